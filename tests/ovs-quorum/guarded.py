# SPDX-License-Identifier: GPL-2.0
"""A guarded bridge: rules approved by a quorum, then given to ovs-vswitchd.

Drives quorumctl and ovs-ofctl as an agent would: first the kernel approves,
then user space learns.  quorum.sh has made the keys and the switch.
"""

import json
import os
import subprocess

DPID = "0xa1"
DOMAIN = "7"


class Failed(Exception):
    pass


def run(*argv, stdin=None, ok=(0,)):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True,
                          check=False)
    if done.returncode not in ok:
        raise Failed(f"{' '.join(argv[:4])}...: exit code {done.returncode}: "
                     f"{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def ofctl(*argv, stdin=None):
    return run("ovs-ofctl", "-O", "OpenFlow13", *argv, stdin=stdin)


class Bridge:
    """br0, guarded as switch DPID; `keys` are files of signers 1, 2, ..."""

    def __init__(self, work, keys):
        self.work = work
        self.keys = keys
        self.sequence = int(self.switch()["next_sequence"])

    @staticmethod
    def switch():
        shown = json.loads(run("quorumctl", "--json", "switch", "show", DPID))
        return shown[0] if isinstance(shown, list) else shown

    @staticmethod
    def stats():
        return json.loads(run("quorumctl", "--json", "stats", DPID))

    def path(self, name):
        return os.path.join(self.work, name)

    def make(self, flows=(), groups=(), packet_outs=()):
        """An unsigned update with the next number; returns its path."""
        path = self.path(f"update-{self.sequence}")
        argv = ["quorumctl", "update", "make", "--domain", DOMAIN, "--dpid",
                DPID, "--phase", "1", "--sequence", str(self.sequence)]
        for text in groups:
            argv += ["--group", text]
        for text in flows:
            argv += ["--flow", text]
        for text in packet_outs:
            argv += ["--packet-out", text]
        run(*argv, "-o", path)
        self.sequence += 1
        return path

    def sign(self, path, signers=(1, 2)):
        for i in signers:
            run("quorumctl", "sign", "--key", self.keys[i - 1], "--signer",
                str(i), path)

    def approve(self, flows=(), groups=(), packet_outs=()):
        """Make, sign by two, submit; the kernel must apply it."""
        path = self.make(flows, groups, packet_outs)
        self.sign(path)
        run("quorumctl", "update", "submit", DPID, path)

    def replace(self, flows, groups=()):
        """These rules and no others, in the kernel and in ovs-vswitchd.

        In this order nothing that ovs-vswitchd does is ever unapproved: it
        drops all, also what its revalidators are about to write; the kernel
        approves; it learns, all rules at once.  With no rule at all it would
        send misses to whoever is just connecting, such as ovs-ofctl.
        """
        self.bundle("replace-flows", ["priority=0,actions=drop"])
        ofctl("del-groups", "br0")
        run("ovs-appctl", "revalidator/wait")
        self.approve(["delete"] + list(flows), ["delete"] + list(groups))
        if groups:
            ofctl("add-groups", "br0", "-", stdin="\n".join(groups) + "\n")
        self.bundle("add-flows", ["delete"] + list(flows))
        run("ovs-appctl", "revalidator/wait")

    def bundle(self, command, flows):
        """Tell ovs-vswitchd flow mods, all at once."""
        run("ovs-ofctl", "-O", "OpenFlow14", "--bundle", command, "br0", "-",
            stdin="\n".join(flows) + "\n")
