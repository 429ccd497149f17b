#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The story that `make demo-sdn` tells, on what tests/sdn has for beds and hosts.

usage: story.py OUT
"""

import json
import os
import subprocess
import sys
import threading

from bed import EVIL, Bed
from board import Board
from command import run
from domain import CONTROLLERS
from hostile import FAULTS, HOSTILE
from netns import inside
from network import BRIDGES
from programs import programs
from watch import Watch
import cases_network

DIRECTORY = "/tmp/demo"
BYTES = ("-n", "4M")
TIME = ("-t", "10")
PINGS = 40
PACE_S = 5      # emulation is slow


class View:
    """What is running and what it has counted, in a few lines."""

    def __init__(self, bed):
        self.bed = bed

    def member(self, i):
        domain = self.bed.domain
        daemon = domain.controllers.get(i)
        if i == HOSTILE:
            did = " ".join(f"{f} {domain.did(i, f)}" for f in FAULTS if domain.did(i, f))
            return f"controller-{i}  HOSTILE  {did or 'waits'}"
        if not daemon or not daemon.running():
            return f"controller-{i}  down"
        s = domain.status(i)
        return (f"controller-{i}  height {s.get('decided', '?'):<6} leader "
                f"{s.get('leader', '?'):<13} events {s.get('events', '?'):<6} updates "
                f"{s.get('updates', '?'):<6} {'healthy' if s.get('healthy') else s.get('why')}")

    def switch(self, s):
        c = counters(s)
        return (f"s{s}            applied {c['applied']:<6} waiting "
                f"{c['pending']:<5} flows admitted {c['admitted']:<5} refused "
                f"{c['refused']:<5} executes refused {c['execute_refused']}")

    def show(self):
        lines = [self.member(i) for i in CONTROLLERS] + [self.switch(s) for s in BRIDGES]
        for line in lines:
            print(f"  [ {line:<104} ]", flush=True)


def counters(s):
    return json.loads(run("quorumctl", "--json", "stats", s))


def guard(bed):
    for s in BRIDGES:
        run(f"{bed.domain.dir}/switch-{s}/guard.sh", f"s{s}")
    return all('"enforce"' in run("quorumctl", "--json", "switch", "show", s)
               for s in BRIDGES)


def nothing_yet(bed):
    """No controller runs, so nothing is approved."""
    with Watch([(h.name, "eth0") for h in bed.hosts.values()]) as w:
        assert bed.hosts[1].ping(bed.hosts[2], 2.0) is None, "it answers"
    return not w.frames()


def iperf(client, server, *amount):
    """What iperf3 counted at the receiver"""
    with inside(server.name):
        listener = subprocess.Popen(["iperf3", "-s", "-1", "--forceflush"],
                                    stdout=subprocess.PIPE, text=True)
    with listener:
        for line in listener.stdout:
            if "Server listening" in line:
                break
        with inside(client.name):
            out = run("iperf3", "-c", server.address, "--json", *amount)
    end = json.loads(out)["end"]["sum_received"]
    print(f"       | {end['bytes']} bytes, {end['bits_per_second'] / 1e6:.0f} Mbit/s")
    return end["bytes"] > 0


def direct_rule(bed):
    """An administrator at the switch, past all controllers"""
    before = counters(1)["refused"] + counters(1)["execute_refused"]
    rule = f"{EVIL},actions=output:4"
    with Watch([("h4", "eth0")]) as w:
        run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", "s1", rule)
        run("ovs-appctl", "revalidator/purge")
        bed.hosts[1].ping(bed.hosts[3], 3.0)
    run("ovs-ofctl", "-O", "OpenFlow13", "--strict", "del-flows", "s1", EVIL)
    after = counters(1)["refused"] + counters(1)["execute_refused"]
    print(f"       | h4 heard {w.frames()} frames; refusals: {before}, now {after}")
    assert not w.frames(), "h4 heard what was for h3"
    assert after > before, "nothing was refused: the rule was never tried"
    return bed.hosts[1].ping(bed.hosts[3]) == 64


def hostile_rules(bed):
    """What the kernel approved has no rule of the liar's."""
    for s in BRIDGES:
        rules = run("quorumctl", "rules", s)
        assert "priority=" in rules, f"s{s} has no rules: {rules}"
        assert EVIL not in rules, f"s{s} approved {EVIL}"
    return bed.unchanged()


def leader_killed_in_iperf(bed):
    """The kill is in the middle of a transfer; newcomers are decided on without it."""
    done = []
    thread = threading.Thread(target=lambda: done.append(
        iperf(bed.hosts[1], bed.hosts[3], *TIME)))
    thread.start()
    try:
        good = cases_network.leader_killed(bed)
    finally:
        thread.join()
    assert done and done[0], "iperf3 failed"
    return good


def counted(bed):
    """Counters of the links: each ping and its answer once, and some probes."""
    before = {d: bed.net.received(d) for _, d, _ in bed.net.links()}
    for _ in range(PINGS):
        assert bed.hosts[1].ping(bed.hosts[2]) == 64
    grew = {d: bed.net.received(d) - n for d, n in before.items()}
    print(f"       | {PINGS} pings and answers; packets that came in: {grew}")
    assert all(PINGS <= grew[d] < 2 * PINGS for d in ("l12", "l21")), "not once each"
    return all(n < PINGS for d, n in grew.items() if d not in ("l12", "l21"))


def tell(board, view, bed):
    board.chapter("three stock bridges in a triangle, four hosts, a guard on each bridge")
    bed.net.make()
    bed.domain.init("route", "--rsa", "2048", verifier="kernel")
    board.must("enforce, on all three", guard, bed)
    board.must("no controller, no rules: nothing passes", nothing_yet, bed)

    board.chapter("four controllers, one of them hostile, agree on every packet that is new")
    bed.domain.set_faults(HOSTILE)
    bed.domain.start(HOSTILE, "quorumd-hostile")
    if not board.must("twelve pairs of hosts ping, each with its TTL as it was sent",
                      cases_network.starts, bed):
        return
    view.show()
    board.must("iperf3 from h1 to h2", iperf, bed.hosts[1], bed.hosts[2], *BYTES)

    board.chapter("the hostile controller")
    for fault in FAULTS:
        board.must(f"{fault}: nothing changes, what is new gets through", bed.fault,
                   HOSTILE, fault)
    board.must("the kernel approved no rule of its", hostile_rules, bed)
    board.must("its contradictions are proved", bed.caught, HOSTILE)
    view.show()

    board.chapter("the leader is killed under load")
    board.must("the transfer goes on, newcomers get through; it comes back and catches up",
               leader_killed_in_iperf, bed)
    view.show()

    board.chapter("a link of the triangle fails")
    board.must("another way, and the old one again; no frame is anywhere twice",
               cases_network.link_fails, bed)
    board.must("counters: each frame crosses once", counted, bed)

    board.chapter("at the switch, past the controllers")
    board.must("ovs-ofctl add-flow has no effect", direct_rule, bed)

    board.chapter("ovs-vswitchd is killed and restarted")
    board.must("it gets its rules again, from the kernel's table",
               cases_network.vswitchd_restarted, bed)
    board.must("an agent is killed, and comes back; the kernel knew its rules meanwhile",
               cases_network.agent_killed, bed)
    board.must("no rule of the liar's was ever approved", hostile_rules, bed)
    view.show()


def logs(bed):
    """The last words of everybody, for who looks why"""
    for daemon in (*bed.domain.controllers.values(), *bed.domain.agents.values()):
        print(daemon.last_words())
    run("cp", "-r", bed.domain.dir, os.environ.get("OUT", "/tmp"))


def main():
    out = sys.argv[1]
    os.makedirs(DIRECTORY, exist_ok=True)
    board = Board()
    bed = Bed(DIRECTORY, programs(out), datapath="system", pace_s=PACE_S)
    tell(board, View(bed), bed)
    board.must("all daemons end well", bed.all_end)
    board.must("what they wrote down agrees", bed.histories)
    if board.failed:
        logs(bed)
    code = board.end()
    print("FAIL" if code else "PASS")
    return code


if __name__ == "__main__":
    sys.exit(main())
