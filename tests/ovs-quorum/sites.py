# SPDX-License-Identifier: GPL-2.0
"""Guarded switches in several network namespaces, with two hosts on each."""

import contextlib
import functools
import itertools
import select
import struct
import time
from errno import EPERM

import sealed
from bed import VPORT_NAME, VPORT_NEW, VPORT_NO, VPORT_TYPE, VPORT_UPCALL_PID
from bed import Bed, quiet, text, u32
from datapath import (ACTION_OUTPUT, ACTIONS, KEY, KEY_IN_PORT, Datapath, attr, attrs,
                      output)
from family import N, VERIFY, dpid, keyset, mode, new_switch, port
from frames import TAG, eth, mac_of
from genl import Socket, number, parse
from hosts import Namespace, Wire
from submitted import submit

# Ways through a switch: what its rules approve, what they do not, and over a patch
# port from the first host of br0 to the first one of br1.
GOOD, BAD, CROSS = "forth", "back", "across"
CROSS_SOURCE, CROSS_TARGET = "02:cc:cc:cc:cc:cc", 3
STREAM = b"ashlar-stream-"
VPORT_NETDEV = 1
KEY_ETHERNET, KEY_ETHERTYPE = 4, 6
PATIENCE_S, QUIET_S = 20.0, 0.3
PACE_S = 0.02
LOST_MAX = 3


class Place:
    """A network namespace: near, where we are, or one by its name."""

    def __init__(self, name=None):
        self.name = name or "near"
        self.inside = contextlib.nullcontext()
        if name:
            self.inside = Namespace(name)
            self.inside.path = f"/run/netns/{name}"
        with self:
            self.socket = Socket()
        self.ears = self.listener("violations")

    def __enter__(self):
        return self.inside.__enter__()

    def __exit__(self, *why):
        return self.inside.__exit__(*why)

    def __repr__(self):
        return self.name

    def listener(self, group):
        with self:
            ears = Socket()
        ears.join(group)
        return ears

    def close(self):
        self.socket.close()
        self.ears.close()


class Site:
    """A switch; ports 1 and 2 are the devices of its two hosts.

    Its datapath is that of an ovs-vswitchd, which knows rules for GOOD and BAD; or
    its own, "bare", and then this program is its user space.
    """

    types = itertools.count(0x9000)     # an Ethernet type makes a megaflow

    def __init__(self, place, number_, datapath, hosts, devices):
        self.place, self.dpid, self.datapath = place, number_, datapath
        self.hosts, self.devices = hosts, devices
        self.guarded, self.bed = False, None
        with place:
            if datapath == "bare":
                self.dp = self.bed = Bed(datapath)
                self.make()
            else:
                self.dp = Datapath(datapath)

    def __repr__(self):
        return f"{self.place} {self.dpid:#x}"

    def make(self):
        self.bed.make_bare()
        for i, device in enumerate(self.devices, 1):
            self.add_port(i, device)

    def add_port(self, dp_port, device):
        self.bed.call(self.bed.vport_id, VPORT_NEW, self.bed.index,
                      (VPORT_NO, u32(dp_port)), (VPORT_TYPE, u32(VPORT_NETDEV)),
                      (VPORT_NAME, text(device)), (VPORT_UPCALL_PID, u32(0)))

    def close(self):
        self.dp.sock.close()

    def ask(self, *args):
        return self.place.socket.ask(*args)

    def guard(self, *settings):
        """In mode verify."""
        self.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY), *settings, of=self.dpid,
                                              datapath=self.datapath))
        self.ask(N.CMD_KEYSET_ADD, dpid(self.dpid), keyset())
        for i, device in enumerate(self.devices, 1):
            self.ask(N.CMD_PORT_SET, dpid(self.dpid), port(i, device))
        self.guarded = True

    def end(self):
        self.ask(N.CMD_SWITCH_DEL, dpid(self.dpid))
        self.guarded = False

    @functools.lru_cache
    def update(self, sequence, payload):
        return sealed.update(sequence, payload, dpid=self.dpid)

    def submit(self, sequence, payload):
        return submit(self.place.socket, self.update(sequence, payload), of=self.dpid)

    def shown(self):
        return parse(parse(self.ask(N.CMD_SWITCH_GET, dpid(self.dpid)))[N.A_SWITCH])

    def mode(self):
        return number(self.shown()[N.SWITCH_A_MODE])

    def counted(self, *names):
        """{refused?: how many}; or the sum of these counters."""
        got = parse(parse(self.ask(N.CMD_STATS_GET, dpid(self.dpid)))[N.A_STATS])
        def total(*names):
            return sum(number(got[getattr(N, "STATS_A_" + n)]) for n in names)
        return total(*names) if names else {
            False: total("COUNTED"), True: total("REFUSED", "EXECUTE_REFUSED")}

    def dump(self, command):
        return self.place.socket.dump(command, dpid(self.dpid))

    def snapshot(self):
        """Whatever stays if nobody changes it; an age does not."""
        rules = [parse(parse(m)[N.A_RULE])[N.RULE_A_FLOW_MOD]
                 for m in self.dump(N.CMD_RULE_GET)]
        return (self.shown(), rules, self.dump(N.CMD_KEYSET_GET),
                self.dump(N.CMD_PORT_GET), self.dump(N.CMD_GROUP_GET))

    def dp_port(self, which):
        """The datapath's number of an OpenFlow port."""
        if self.bed:
            return which
        ports = [parse(parse(m)[N.A_PORT]) for m in self.dump(N.CMD_PORT_GET)]
        return next(number(p[N.PORT_A_DP_PORT]) for p in ports
                    if number(p[N.PORT_A_NUMBER]) == which)

    def flows(self):
        """{(from, to)} of the flows in the kernel that output, by OpenFlow ports."""
        names = {self.dp_port(i): i for i in (1, 2)}
        out = set()
        for flow in self.dp.dump():
            key = dict(attrs(flow[KEY]))
            where = struct.unpack("=I", key[KEY_IN_PORT])[0]
            for kind, value in attrs(flow.get(ACTIONS, b"")):
                if kind == ACTION_OUTPUT:
                    to = struct.unpack("=I", value)[0]
                    out.add((names.get(where, -where), names.get(to, -to)))
        return out

    def source(self, way):
        return self.hosts[way == BAD]

    def target(self, way):
        return CROSS_TARGET if way == CROSS else self.hosts[way != BAD]

    def frame(self, way):
        """One that no flow is there for."""
        kind = next(self.types)
        return eth(CROSS_SOURCE if way == CROSS else mac_of(1), mac_of(2), kind,
                   TAG + b"%x" % kind)

    def offer(self, frame, way):
        """What ovs-vswitchd would do at a miss; the errno."""
        here, there = (2, 1) if way == BAD else (1, 2)
        key = (attr(KEY_IN_PORT, u32(here)) +
               attr(KEY_ETHERNET, frame[6:12] + frame[:6]) +
               attr(KEY_ETHERTYPE, frame[12:14]))
        return quiet(self.bed.put, key, None, output(there), but=(EPERM,))


class Watch:
    """What arrives at which host, and what is told in which place.

    A violation is (place, DPID or None, refused?).  ovs-vswitchd makes a flow of a
    packet and executes it, and its revalidators wonder about the drop that is there
    for a flow that was refused, so the same may be told again at any time: `echo`
    holds what may be.
    """

    def __init__(self, hosts, places):
        self.wires = {i: Wire(i) for i in hosts}
        self.places = list(places)
        self.echo = set()

    def forget(self, site):
        """Its mode changed: what was true of it is not any more."""
        self.echo = {e for e in self.echo
                     if e[0] != site.place or e[1] not in (site.dpid, None)}

    def close(self, place, hosts=()):
        self.places.remove(place)
        place.close()
        for host in hosts:
            self.wires.pop(host).sock.close()

    def send(self, host, frame):
        self.wires[host].send(frame)

    def arrived(self, frame):
        for host, wire in self.wires.items():
            seen = 0
            while (data := wire.receive()) is not None:
                seen += 1
                yield host if data == frame else ("another frame", host)
            if seen > 1:
                yield "again", host

    def told(self):
        for place in self.places:
            ears = place.ears
            while select.select([ears.sock], [], [], 0)[0]:
                for _, _, _, payload in ears.messages():
                    v = parse(parse(payload[4:])[N.A_VIOLATION])
                    yield (place,
                           number(v[N.VIOLATION_A_DPID])
                           if N.VIOLATION_A_DPID in v else None,
                           bool(number(v[N.VIOLATION_A_REFUSED])))

    def outcome(self, go, frame, want):
        """Call @go; hosts at which @frame arrived, and violations.

        Waits long for what is wanted, then a little for more.
        """
        set(self.arrived(frame)), set(self.told())
        go()
        got = set()
        end = time.monotonic() + (PATIENCE_S if want else QUIET_S)
        while (left := end - time.monotonic()) > 0:
            select.select([w.sock for w in self.wires.values()] +
                          [p.ears.sock for p in self.places], [], [], left)
            more = set(self.arrived(frame)) | set(self.told())
            if not want <= got and want <= got | more:
                end = time.monotonic() + QUIET_S
            got |= more
        return got


def stream(going, _rng, hosts):
    """Frames from one host to the other, each after the last one arrived."""
    here, there = map(Wire, hosts)
    done = {"sent": 0, "lost": 0}
    while (going() or not done["sent"]) and done["lost"] < LOST_MAX:
        frame = eth(mac_of(1), mac_of(2), 0x8fff, STREAM + b"%d" % done["sent"])
        here.send(frame)
        done["sent"] += 1
        done["lost"] += not came(there.sock, frame)
        select.select([], [], [], PACE_S)
    return done


def came(sock, frame):
    end = time.monotonic() + PATIENCE_S
    while (left := end - time.monotonic()) > 0:
        if select.select([sock], [], [], left)[0] and sock.recv(2000) == frame:
            return True
    return False
