#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Scenes with real traffic through a guarded bridge, and forgeries of each.

usage: traffic.py WORK KEY... [-- SCENE...]

For each scene: the rules go through the quorum and to ovs-vswitchd, traffic
must arrive exactly as they say, and in all that time the gate must refuse
nothing.  Then every megaflow that is in the datapath is forged in several ways,
each of which must be refused.  Last line: N passed, N failed.
"""

import struct
import sys

import datapath
from datapath import attr, attrs, output, refusal, userspace
from guarded import Bridge, Failed, run
from hosts import Hosts, datagram, iperf, ping, stream
from scenes import SCENES, Frame

SCTP, TCP = 132, 6
CONTROLLER = struct.pack("=H", 5)   # first in a cookie: enum user_action_cookie_type
TTL_AT = {7: 10, 8: 38}             # in struct ovs_key_ipv4, struct ovs_key_ipv6
WATCHED = ("refused", "execute_refused")


class Tally:
    passed = failed = 0

    def check(self, good, words):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL: {words}", flush=True)


def talk(step):
    if step.kind in ("ping", "big"):
        return ping(step.client, step.address,
                    size=3000 if step.kind == "big" else 56)
    if step.kind == "iperf":
        return iperf(step.client, step.server, step.address)
    if step.kind == "udp":
        return datagram(step.client, step.server, step.address, step.port)
    return stream(step.client, step.server, step.address, step.port,
                  SCTP if step.kind == "sctp" else TCP)


def show(frames):
    return {host: [f.hex() for f in list_] for host, list_ in frames.items()}


def play(scene, hosts, tally):
    for n, step in enumerate(scene.steps, 1):
        name = f"{scene.name}, step {n}"
        if not isinstance(step, Frame):
            tally.check(talk(step), f"{name}: {step}")
            continue
        got = hosts.exchange(step.sender, step.frame, step.want)
        same = ({h: sorted(f) for h, f in got.items()} ==
                {h: sorted(f) for h, f in step.want.items()})
        tally.check(same, f"{name} {step.why}: want {show(step.want)}, "
                    f"got {show(got)}")


def controllers(actions):
    """Actions that send to the controller, as user space makes them."""
    return [attr(k, v) for k, v in attrs(actions)
            if k == datapath.ACTION_USERSPACE and
            dict(attrs(v)).get(datapath.USERSPACE_USERDATA, b"")[:2] ==
            CONTROLLER]


def any_ttl(mask):
    """The mask without what it has of the TTL; None if it has nothing."""
    out, found = b"", False
    for kind, value in attrs(mask):
        at = TTL_AT.get(kind)
        if at is not None and value[at]:
            value, found = value[:at] + b"\0" + value[at + 1:], True
        out += attr(kind, value)
    return out if found else None


def forgeries(flow, ports):
    """(words, actions) that differ in effect from the flow's own."""
    actions = flow[datapath.ACTIONS]
    outputs = [struct.unpack("=I", v)[0] for k, v in attrs(actions)
               if k == datapath.ACTION_OUTPUT]
    spoof = attr(datapath.ACTION_SET_MASKED, attr(4, b"\2" + b"\x66" * 5 +
                 b"\0" * 6 + b"\xff" * 6 + b"\0" * 6))
    for port in ports:
        if port not in outputs:
            yield "one output more", actions + output(port)
            if outputs:
                yield "another output", output(port)
            break
    else:
        yield "an output twice", actions + output(outputs[0])
    if len(outputs) > 1:
        yield "an output less", output(outputs[0])
    if outputs:
        # Before the last output: what comes first the rule may overwrite.
        list_ = [attr(k, v) for k, v in attrs(actions)]
        last = max(i for i, a in enumerate(list_)
                   if a[2:4] == output(0)[2:4])
        yield "another source address", b"".join(list_[:last] + [spoof] +
                                                  list_[last:])
        yield "an unknown action", attr(30, b"\0\0\0\0") + actions
        yield "the controller instead", userspace(CONTROLLER)
    if outputs or controllers(actions):
        yield "one for the controller more", actions + userspace(CONTROLLER)


def forge(scene, dp, ports, tally):
    seen = 0
    for flow in dp.dump():
        if datapath.ACTIONS not in flow:
            continue
        key, mask = flow[datapath.KEY], flow.get(datapath.MASK)
        for words, actions in forgeries(flow, ports):
            seen += 1
            why = refusal(dp.put, key, mask, actions)
            tally.check(why, f"{scene.name}: {words} was accepted as new")
            ufid = flow.get(datapath.UFID)
            why = refusal(dp.set, key, mask, actions, ufid)
            tally.check(why, f"{scene.name}: {words} was accepted as set")
    tally.check(seen, f"{scene.name}: no flow to forge")


def forge_ttl(scene, dp, tally):
    """What is so for one TTL must not be said of all."""
    told = 0
    for flow in dp.dump():
        actions = flow.get(datapath.ACTIONS, b"")
        kinds = [kind for kind, _ in attrs(actions)]
        copies = len(controllers(actions))
        mask = any_ttl(flow[datapath.MASK])
        if mask is None or not (copies or datapath.ACTION_OUTPUT in kinds):
            continue
        told += copies == len(kinds)
        why = refusal(dp.put, flow[datapath.KEY], mask, actions)
        tally.check(why, f"{scene.name}: any TTL was accepted")
    tally.check(told, f"{scene.name}: no flow that goes to the controller alone")


def set_vlan_limit(limit):
    run("ovs-vsctl", "set", "Open_vSwitch", ".",
        f"other_config:vlan-limit={limit}")
    run("quorumctl", "switch", "set", "0xa1", "--vlan-limit", str(limit))


def main(argv):
    names = argv[argv.index("--") + 1:] if "--" in argv else []
    argv = argv[:argv.index("--")] if "--" in argv else argv
    bridge = Bridge(argv[1], argv[2:])
    hosts, dp, tally = Hosts(3), datapath.Datapath(), Tally()
    ports = [2, 3, 4]       # v1, v2, v3 in the datapath
    limit = 1
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        before = tally.failed
        try:
            if scene.vlan_limit != limit:
                limit = scene.vlan_limit
                set_vlan_limit(limit)
            counted = bridge.stats()
            bridge.replace(scene.rules, scene.groups)
            play(scene, hosts, tally)
            now = bridge.stats()
            for what in WATCHED:
                tally.check(now[what] == counted[what],
                            f"{scene.name}: {now[what] - counted[what]} "
                            f"{what}")
            forge(scene, dp, ports, tally)
            if scene.ttl:
                forge_ttl(scene, dp, tally)
        except Failed as failed:
            tally.check(False, f"{scene.name}: {failed}")
        print("ok" if tally.failed == before else "not ok", scene.name,
              flush=True)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return tally.failed != 0 or tally.passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
