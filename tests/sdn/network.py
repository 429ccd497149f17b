# SPDX-License-Identifier: GPL-2.0
"""Open vSwitch bridges in a triangle, and hosts on them.

Bridge s<i> has the datapath id i, links to the others on ports 1 and 2, and its
hosts behind.  The datapath is the kernel's ("system") or ovs-vswitchd's own
("netdev").  The device of the link from s1 to s2 at s1 is l12, the one at s2 l21.
"""

import os
import signal
import time

from command import run
from host import Host
from netns import inside
from wait import until

RUN = "/run/openvswitch"
# The same place, as Debian's ovs-vswitchd calls it: it connects to no socket elsewhere, and
# compares names.
RUN_NAME = "/var/run/openvswitch"
UP_MIN_S = 11.0

# Host: its bridge
HOSTS = {1: 1, 2: 2, 3: 3, 4: 1}
BRIDGES = (1, 2, 3)


def uptime_s():
    with open("/proc/uptime", encoding="ascii") as f:
        return float(f.read().split()[0])


def openflow(bridge):
    return f"{RUN}/s{bridge}.openflow"


def pid_of(name):
    with open(f"{RUN}/{name}.pid", encoding="ascii") as f:
        return int(f.read())


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


class Network:
    """Makes all of it; what it made ends with the namespaces that it is made in."""

    def __init__(self, datapath, log):
        self.datapath, self.log = datapath, log
        self.hosts = {}

    def make(self):
        self.make_hosts()
        self.make_links()
        self.start_database()
        self.start_vswitchd()
        self.make_bridges()

    @staticmethod
    def links():
        """(bridge, its device, the other bridge)"""
        return [(a, f"l{a}{b}", b) for a in BRIDGES for b in BRIDGES if a != b]

    def make_hosts(self):
        lines = []
        for h in HOSTS:
            lines += [f"netns add h{h}",
                      f"link add v{h} type veth peer name eth0 netns h{h}",
                      f"link set v{h} up"]
        run("ip", "-batch", "-", text="\n".join(lines) + "\n")
        for h in HOSTS:
            with inside(f"h{h}"):
                self.no_ipv6()
                run("ip", "-batch", "-", text=f"link set lo up\n"
                    f"link set eth0 address 02:00:00:00:00:0{h}\n"
                    f"address add 10.0.0.{h}/24 dev eth0\nlink set eth0 up\n")
                # A veth's checksum is never computed; on a wire it would be.
                run("ethtool", "-K", "eth0", "tx", "off")
            self.hosts[h] = Host(h)

    def make_links(self):
        self.no_ipv6()
        lines = []
        for a, device, b in self.links():
            if a < b:
                lines.append(f"link add {device} type veth peer name l{b}{a}")
        lines += [f"link set {device} up" for _, device, _ in self.links()]
        run("ip", "-batch", "-", text="\n".join(lines) + "\n")

    @staticmethod
    def no_ipv6():
        """Nobody has anything to say by itself."""
        for which in ("all", "default"):
            with open(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6", "w",
                      encoding="ascii") as f:
                f.write("1")

    def start_database(self):
        os.makedirs(RUN, exist_ok=True)
        run("ovsdb-tool", "create", f"{RUN}/conf.db", os.environ["OVS_SCHEMA"])
        run("ovsdb-server", f"{RUN}/conf.db", "-vconsole:off", "-vsyslog:off",
            f"--remote=punix:{RUN}/db.sock", "--pidfile", "--detach", "--no-chdir",
            f"--log-file={self.log}/ovsdb.log")
        run("ovs-vsctl", "--no-wait", "init", "--", "set", "Open_vSwitch", ".",
            "other_config:n-handler-threads=1", "other_config:n-revalidator-threads=1")

    def start_vswitchd(self):
        # OVS 3.1 finds no processor in the first ten seconds after boot, and starts
        # no handler (lib/ovs-thread.c, count_cpu_cores()).
        time.sleep(max(0.0, UP_MIN_S - uptime_s()))
        run(os.environ["OVS_VSWITCHD"], f"unix:{RUN}/db.sock", "-vconsole:off",
            "-vsyslog:off", "-vfile:info", "--pidfile", "--detach", "--no-chdir",
            f"--log-file={self.log}/vswitchd.log")

    def kill_vswitchd(self):
        pid = pid_of("ovs-vswitchd")
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid), "ovs-vswitchd is gone")
        os.unlink(f"{RUN}/ovs-vswitchd.pid")

    def ports(self, bridge):
        """[(number, device)]"""
        devices = [d for a, d, _ in self.links() if a == bridge]
        devices += [f"v{h}" for h, at in HOSTS.items() if at == bridge]
        return list(enumerate(devices, 1))

    def make_bridges(self):
        words = []
        for s in BRIDGES:
            words += ["--", "add-br", f"s{s}", "--", "set", "bridge", f"s{s}",
                      f"datapath_type={self.datapath}", "fail-mode=secure",
                      "protocols=OpenFlow13", "mcast_snooping_enable=false",
                      f"other_config:datapath-id={s:016x}",
                      f"other_config:hwaddr=02:00:00:00:01:0{s}"]
            for number, device in self.ports(s):
                words += ["--", "add-port", f"s{s}", device, "--", "set",
                          "interface", device, f"ofport_request={number}"]
        run("ovs-vsctl", *words[1:])

    def set_controllers(self):
        """The agents' sockets"""
        words = []
        for s in BRIDGES:
            words += ["--", "set-controller", f"s{s}",
                      f"unix:{RUN_NAME}/s{s}.openflow", "--", "set", "controller",
                      f"s{s}", "connection-mode=out-of-band", "max_backoff=1000"]
        run("ovs-vsctl", *words[1:])

    def connected(self):
        """How many bridges have their agent."""
        out = run("ovs-vsctl", "--columns=is_connected", "--bare", "list",
                  "controller")
        return out.split().count("true")

    @staticmethod
    def link(device, up):
        run("ip", "link", "set", device, "up" if up else "down")

    @staticmethod
    def mute(*devices):
        """They send nothing any more, and keep their carrier: no frame fits the bucket."""
        for device in devices:
            run("tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", "8bit",
                "burst", "1", "limit", "1")

    @staticmethod
    def unmute(*devices):
        for device in devices:
            run("tc", "qdisc", "delete", "dev", device, "root")

    @staticmethod
    def received(device):
        """Packets that came in at a device of the network"""
        with open(f"/sys/class/net/{device}/statistics/rx_packets",
                  encoding="ascii") as f:
            return int(f.read())

    @staticmethod
    def flows(bridge):
        """ovs-vswitchd's rules, one a line"""
        out = run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", f"s{bridge}",
                  "--no-stats")
        return [line.strip() for line in out.splitlines() if "actions=" in line]

    @staticmethod
    def add_flow(bridge, rule):
        """As an administrator would, past all controllers"""
        run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", f"s{bridge}", rule)

    def all_links(self):
        return [(None, device) for _, device, _ in self.links()]
