#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Several guarded switches at once, and real traffic through each.

usage: multi.py PIDFILE

As root, in a virtual machine that tests/vm/515-several.sh has prepared, with the
module loaded; unloads it.  PIDFILE: of the ovs-vswitchd in namespace "far", which
goes with everything in it.  As many names as possible are the same on both sides.

Last line: N passed, N failed.
"""

import os
import signal
import struct
import subprocess
import sys
import traceback
from errno import (EAGAIN, EALREADY, EEXIST, ENODEV, ENOENT, EOPNOTSUPP, EPERM,
                   EWOULDBLOCK)

import sealed
from bed import DP_DEL, Bed, forward, quiet, unload_module
from datapath import FLOW_DEL, NLM_F_ACK, UFID, Datapath, output, refusal
from family import (APPLIED, DPID, ENFORCE, N, OFF, VERIFY, dpid, keyset, mode,
                    new_switch, port, switch)
from genl import Socket, in_namespace, nest, number, parse, u32
from load import Crew
from locked import LOCKED, module_is_free
from sites import BAD, CROSS, GOOD, Place, Site, Watch, stream
from submitted import submit, wait_for
from tally import Tally

NOT_ITS_OWN = "not the ifindex of the datapath's own device"
RULE = forward(1, 2)
ROTATION = ((OFF, VERIFY, ENFORCE), (ENFORCE, OFF, VERIFY), (VERIFY, ENFORCE, OFF),
            (OFF, VERIFY, ENFORCE))


class World:
    """The places, the sites, and the way in which they are tried."""

    def __init__(self, t):
        self.t = t
        self.near, self.far = Place(), Place("far")
        self.watch = Watch(range(1, 9), (self.near, self.far))
        self.bridge = Site(self.near, 0xa1, "ovs-system", (1, 2), ("v1", "v2"))
        self.beside = Site(self.near, 0xa2, "ovs-system", (3, 4), ("v3", "v4"))
        self.remote = Site(self.far, 0xa1, "ovs-system", (5, 6), ("v1", "v2"))
        self.bare = Site(self.far, 0xa3, "bare", (7, 8), ("v7", "v8"))
        self.sites = (self.bridge, self.beside, self.remote, self.bare)

    def attempt(self, site, way, want, frame=None):
        """
        Send a frame, new unless given; what arrives and what is told must be
        @want: "passes", "counted", "refused", or "foreign": refused, as nobody's.
        """
        told = {"counted": {(site.place, site.dpid, False)},
                "refused": {(site.place, site.dpid, True)},
                "foreign": {(site.place, None, True)}}.get(want, set())
        arrives = {site.target(way)} if want in ("passes", "counted") else set()
        frame = frame or site.frame(way)
        words = f"{site} {way}, {want}"
        before = {s: s.counted() for s in self.sites if s.guarded}
        code = 0

        def go():
            nonlocal code
            if site.bed:
                code = site.offer(frame, way)
            self.watch.send(site.source(way), frame)

        got = self.watch.outcome(go, frame, arrives | told)
        missing, more = (arrives | told) - got, got - arrives - told
        self.t.check(not missing, f"{words}: not {missing}")
        self.t.check(more <= self.watch.echo, f"{words}: also {more}")
        self.t.same(EPERM if told and not arrives and site.bed else 0, code, words)
        for s, was in before.items():
            now = s.counted()
            for refused in (False, True):
                what = (s.place, s.dpid, refused)
                grew = now[refused] > was[refused]
                self.t.check(grew or what not in told, f"{words}: {now} for {s}")
                self.t.check(not grew or what in told | self.watch.echo,
                             f"{words}: {was} became {now} for {s}")
        self.watch.echo |= told
        return frame

    def set_mode(self, site, value):
        site.ask(N.CMD_SWITCH_SET, switch(mode(value), of=site.dpid))
        self.watch.forget(site)

    def both(self, site, value):
        """What follows from the rules, and then what does not, alone on its guard."""
        self.attempt(site, GOOD, "passes")
        return self.attempt(site, BAD, {OFF: "passes", VERIFY: "counted",
                                        ENFORCE: "refused"}[value])


def hears(ears):
    """Sequence number of the next update that is told."""
    return number(parse(parse(ears.news()[1])[N.A_RESULT])[N.RESULT_A_SEQUENCE])


def free(w):
    """Nobody guards: everything passes, and a moved port is as good as its datapath."""
    with w.far:
        w.moved = Datapath("int0")
    home = Datapath()
    for site in w.sites:
        w.both(site, OFF)
    w.attempt(w.bridge, CROSS, "passes")
    ufid = b"moved-" + bytes(10)

    def seen():     # revalidators take away what is not theirs
        quiet(w.moved.put, Bed.key(99, 1), None, output(99), ufid, but=(EEXIST,))
        return ufid in [f[UFID] for f in home.dump()]

    w.t.check(wait_for(seen), "not the datapath of the port")
    quiet(home.delete, ufid, but=(ENOENT,))


def two_bridges(w):
    """Two switches of one guard, in each pair of modes that matters."""
    for site in (w.bridge, w.beside):
        site.guard()
        w.t.same(APPLIED, site.submit(1, RULE)[0])
    word = {OFF: "foreign", VERIFY: "counted", ENFORCE: "refused"}
    for modes in ((ENFORCE, VERIFY), (VERIFY, ENFORCE), (ENFORCE, ENFORCE),
                  (ENFORCE, OFF)):
        for site, value in zip((w.bridge, w.beside), modes):
            w.set_mode(site, value)
        for site, value in zip((w.bridge, w.beside), modes):
            w.attempt(site, GOOD, "foreign" if value == OFF else "passes")
            w.attempt(site, BAD, word[value])
        w.attempt(w.bridge, CROSS, "refused")
        here, there = w.bridge.dp_port(1), w.beside.dp_port(1)
        w.t.check(refusal(w.bridge.dp.put, Bed.key(there, 1), None, output(here)),
                  "from one bridge to the other")
    w.set_mode(w.bridge, VERIFY)
    w.both(w.bridge, VERIFY)
    w.both(w.beside, OFF)
    w.attempt(w.bridge, CROSS, "counted")
    w.set_mode(w.bridge, ENFORCE)
    w.beside.end()
    w.attempt(w.beside, GOOD, "foreign")
    w.both(w.bridge, ENFORCE)


def not_there(w):
    """Switch 0xa1 is in near; in far no command finds it, and none changes it."""
    before = w.bridge.snapshot()
    of = dpid(DPID)
    w.t.same([], w.far.socket.dump(N.CMD_SWITCH_GET))
    for command, *more in (
            (N.CMD_SWITCH_GET,), (N.CMD_STATS_GET,), (N.CMD_LOCK,),
            (N.CMD_PENDING_FLUSH,), (N.CMD_SWITCH_DEL,),
            (N.CMD_PORT_SET, port(3, "v3")),
            (N.CMD_PORT_DEL, port(1)), (N.CMD_KEYSET_ADD, keyset(2)),
            (N.CMD_KEYSET_RETIRE, nest(N.A_KEYSET, u32(N.KEYSET_A_PHASE, 1)))):
        w.t.refused(ENODEV, "no such switch", w.far.socket.ask, command, of, *more)
    w.t.refused(ENODEV, "no such switch", submit, w.far.socket,
                sealed.update(2, RULE))
    for command in (N.CMD_KEYSET_GET, N.CMD_PORT_GET, N.CMD_RULE_GET,
                    N.CMD_GROUP_GET, N.CMD_FLOW_GET):
        w.t.refused(ENODEV, "no such switch", w.far.socket.dump, command, of)
        w.near.socket.dump(command, of)
    w.t.same(before, w.bridge.snapshot())
    wrong_door(w)


def two_namespaces(w):
    """The same switch in both: its own rules, numbers, counters and listeners."""
    not_there(w)
    before = w.bridge.snapshot()
    applied = w.bridge.counted("APPLIED")
    ears = []
    for place in (w.near, w.far):
        ears.append(place.listener("updates"))
    w.remote.guard(u32(N.SWITCH_A_EXPIRY, 7777))
    w.t.refused(EALREADY, "", w.bridge.submit, 1, RULE)
    w.t.same(APPLIED, w.remote.submit(1, RULE)[0], "a window of its own")
    w.t.refused(EALREADY, "", w.remote.submit, 1, RULE)
    w.t.same(APPLIED, w.remote.submit(2, forward(7, 8))[0])
    w.t.same(before, w.bridge.snapshot())
    w.t.same(applied, w.bridge.counted("APPLIED"))
    w.t.same(1, len(w.near.socket.dump(N.CMD_SWITCH_GET)))
    w.t.check(w.remote.snapshot() != before, "the control: rules of 0xa1 in far")
    w.t.same(APPLIED, w.bridge.submit(3, forward(5, 6))[0])
    w.t.same(APPLIED, w.remote.submit(4, forward(3, 4))[0])
    w.t.same([3], [hears(ears[0])], "what near hears")
    w.t.same([1, 2, 4], [hears(ears[1]) for _ in range(3)], "what far hears")
    for listener in ears:
        listener.close()
    w.bare.guard()
    w.t.same(APPLIED, w.bare.submit(1, RULE)[0])
    w.both(w.bridge, ENFORCE)
    w.both(w.remote, VERIFY)
    w.both(w.bare, VERIFY)


def enters(w, site, frame):
    """It was not approved, and is there when the switch begins to enforce."""
    w.t.check((2, 1) in site.flows(), f"{site}: {site.flows()}")
    w.set_mode(site, ENFORCE)
    w.t.check(site.flows() <= {(1, 2)}, f"{site}, flushed: {site.flows()}")
    if not site.bed:
        w.attempt(site, BAD, "refused", frame)
        return
    got = w.watch.outcome(lambda: w.watch.send(site.source(BAD), frame), frame,
                          set())
    w.t.same(set(), got - w.watch.echo)


def mixtures(w):
    """Three datapaths in three modes, which change while packets flow."""
    sites, crew = (w.bridge, w.remote, w.bare), Crew(1)
    for site in sites[:2]:
        crew.go(stream, site.hosts)
    last = {}
    for modes in ROTATION:
        for site, value in zip(sites, modes):
            if value == ENFORCE and site in last:
                enters(w, site, last[site])
            else:
                w.set_mode(site, value)
        for site, value in zip(sites, modes):
            last[site] = w.both(site, value)
            w.t.refused(EOPNOTSUPP if value == OFF else EALREADY, "",
                        site.submit, 1, RULE)
        w.t.same(list(modes), [s.mode() for s in sites])
    done = crew.end(w.t)
    w.t.check(done["sent"] > 100, f"{done} is not a stream")
    w.t.same(0, done["lost"], f"of {done['sent']} approved frames")


def wrong_door(w):
    """An internal port in far is no handle for the datapath in near, in enforce."""
    w.attempt(w.bridge, GOOD, "passes")
    flows = w.bridge.flows()
    set(w.watch.told())
    key, moved = Bed.key(w.bridge.dp_port(2), 1), w.moved
    for call, *args in (
            (moved.put, key, None, output(w.bridge.dp_port(1))),
            (moved.put, key, None, b""),
            (moved.flow, FLOW_DEL, [], NLM_F_ACK),
            (moved.execute, w.bridge.dp_port(1), Bed.frame(1), b""),
            (moved.talk, moved.family("ovs_datapath"), DP_DEL,
             struct.pack("=i", moved.index), NLM_F_ACK)):
        w.t.check(NOT_ITS_OWN in (refusal(call, *args) or ""),
                  f"{call.__name__} went through")
    w.t.same({(w.far, None, True)}, set(w.watch.told()) - w.watch.echo,
             "who is told")
    w.t.same(flows, w.bridge.flows())
    w.both(w.bridge, ENFORCE)


def make_other(place):
    """A datapath that nobody guards; the words if that is refused."""
    with place:
        other = Bed("other")
        words = refusal(other.make_bare)
        if words is None:
            other.remove()
    return words


def lock(w):
    """What is locked: that switch, then that namespace; nothing else."""
    w.set_mode(w.remote, ENFORCE)
    for site in (w.bare, w.bridge):
        w.set_mode(site, VERIFY)
    w.t.same(None, make_other(w.far))
    w.t.check("in another datapath" in (refusal(w.bare.add_port, 3, "v1") or ""),
              "a port of a switch that enforces, in another datapath")
    w.remote.ask(N.CMD_LOCK, dpid(w.remote.dpid))
    w.t.refused(EPERM, LOCKED, w.set_mode, w.remote, VERIFY)
    w.t.refused(EPERM, LOCKED, w.remote.ask, N.CMD_SWITCH_DEL, dpid(DPID))
    w.t.refused(EPERM, "another switch of this datapath", w.far.socket.ask,
                N.CMD_SWITCH_SET, new_switch(of=9, datapath="ovs-system"))
    w.t.check(unload_module() in (EAGAIN, EWOULDBLOCK), "the module can be unloaded")
    for site in (w.bare, w.bridge):
        w.set_mode(site, ENFORCE)
        w.both(site, ENFORCE)
    w.t.same(APPLIED, w.remote.submit(5, forward(9, 8))[0], "updates go on")
    w.both(w.remote, ENFORCE)
    w.t.same(None, make_other(w.far))

    w.far.socket.ask(N.CMD_LOCK)
    w.t.refused(EPERM, LOCKED, w.set_mode, w.bare, VERIFY)
    w.t.check("locked" in (make_other(w.far) or ""), "a datapath of nobody's")
    w.t.same(None, make_other(w.near))
    w.set_mode(w.bridge, VERIFY)
    w.both(w.bridge, VERIFY)
    w.set_mode(w.bridge, ENFORCE)
    w.t.check(N.SWITCH_A_LOCKED not in w.bridge.shown(), "near is locked")


def goes(w, pidfile):
    """The namespace goes, with switches that are locked; the other one stays."""
    before, crew = w.bridge.snapshot(), Crew(1)
    told = w.bridge.counted()
    w.moved.sock.close()
    for site in (w.remote, w.bare):
        site.close()
    w.sites = (w.bridge,)
    w.watch.close(w.far, range(5, 9))
    crew.go(stream, w.bridge.hosts)
    with open(pidfile, encoding="ascii") as f:
        os.kill(int(f.read()), signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", "far"], check=True)
    w.t.check(module_is_free(), "it keeps the module")
    done = crew.end(w.t)
    w.t.same(0, done["lost"], f"of {done['sent']} approved frames")
    w.t.same(before, w.bridge.snapshot())
    w.t.same(told, w.bridge.counted())
    w.both(w.bridge, ENFORCE)

    def fresh():
        s = Socket()
        if s.dump(N.CMD_SWITCH_GET):
            return 1
        s.ask(N.CMD_SWITCH_SET, new_switch(datapath="ovs-system"))
        return 0

    w.t.same(0, in_namespace(fresh), "a new namespace")
    w.t.same(before, w.bridge.snapshot())


def unloaded(w):
    """The control: it was the module, and everything passes without it."""
    w.bridge.guarded = False
    w.watch.close(w.near)
    w.t.same(0, unload_module())
    w.both(w.bridge, OFF)
    w.attempt(w.bridge, CROSS, "passes")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: multi.py PIDFILE")
    t = Tally()
    try:
        w = World(t)
        for step, *args in ((free,), (two_bridges,), (two_namespaces,), (mixtures,),
                            (lock,), (goes, sys.argv[1]), (unloaded,)):
            was = t.passed, t.failed
            step(w, *args)
            print(f"{step.__name__}: {t.passed - was[0]} passed, "
                  f"{t.failed - was[1]} failed", flush=True)
    except Exception:
        t.check(False, traceback.format_exc())
    print(f"{t.passed} passed, {t.failed} failed")
    sys.exit(t.failed != 0 or t.passed == 0)


if __name__ == "__main__":
    main()
