# SPDX-License-Identifier: GPL-2.0
"""A network and its domain, and the questions that are asked of both again and again."""

import itertools

from command import run
from domain import CONTROLLERS, Domain
from host import PATIENCE_S
from network import BRIDGES, Network
from wait import until
from watch import Watch

EVIL = "priority=65535"


class Bed:
    def __init__(self, directory, programs, datapath="netdev", where=None,
                 pace_s=1):
        self.net = Network(datapath, directory)
        self.domain = Domain(f"{directory}/domain", programs, where, pace_s)
        self.hosts = self.net.hosts

    def ready(self):
        """Controllers agree, bridges have their agents, links were found."""
        self.domain.wait_healthy()
        until(lambda: self.net.connected() == len(BRIDGES) or self.domain.must_run_all(),
              "bridges are connected")
        for a, b in self.pairs():
            ttl = until(lambda a=a, b=b: a.echo(b, 1.0), f"{a} reaches {b}")
            assert ttl == 64, f"{a} to {b}: TTL {ttl}"
        return True

    def pairs(self):
        return list(itertools.permutations(self.hosts.values(), 2))

    def all_ping(self, seconds=PATIENCE_S):
        """Every host every other, at once or soon; bridges change no TTL."""
        for a, b in self.pairs():
            ttl = a.ping(b, seconds)
            assert ttl == 64, f"{a} to {b}: TTL {ttl}"
        return True

    def no_circles(self, seconds=PATIENCE_S):
        """All pairs ping, and no frame comes to the same place twice."""
        with Watch(self.net.all_links()) as w:
            self.all_ping(seconds)
        assert w.most() == 1, f"a frame came {w.most()} times"
        assert w.frames(), "nothing crossed the links"
        return w.devices()

    def honest_leader(self):
        """Who leads, once that is one who does not lie; what is new makes terms end."""
        def found():
            leader = self.domain.leader()
            if leader in self.domain.honest():
                return leader
            self.hosts[1].newcomer(self.hosts[2])
            return None
        return until(found, "an honest member leads")

    def caught_up(self):
        """All that answer have decided as much as any of them had, or more since."""
        least = max(self.domain.decided(i) for i in self.domain.honest())
        for i in self.domain.honest():
            until(lambda i=i: self.domain.decided(i) >= least,
                  f"controller-{i} has decided height {least}")
        return True

    def unchanged(self):
        """No rule of a liar is anywhere, and none of its frames."""
        for s in BRIDGES:
            bad = [f for f in self.net.flows(s) if EVIL in f]
            assert not bad, f"s{s} has {bad}"
        return True

    def fault(self, i, word, times=20):
        """Controller i lies so often; meanwhile the network learns what is new."""
        before = self.domain.did(i, word)
        a, b = self.hosts[1], self.hosts[3]

        def struck():
            assert a.newcomer(b) is not None, "what is new is not forwarded any more"
            return self.domain.did(i, word) >= before + times

        self.domain.set_faults(i, word)
        try:
            until(struck, f"controller-{i} does {word}")
            self.only(a, b)
        finally:
            self.domain.set_faults(i)
        return self.unchanged()

    def only(self, a, b):
        """They talk, and nobody else hears it."""
        with Watch([(h.name, "eth0") for h in self.hosts.values()]) as w:
            assert a.ping(b) == 64, "no answer"
        heard = {name.partition(":")[0] for name in w.devices()}
        assert heard == {a.name, b.name}, f"heard by {heard}"

    def caught(self, i):
        """Somebody has two votes of this member that contradict each other."""
        name = f"controller-{i}"
        return any(m["evidence"] for k in self.domain.honest()
                   for m in (self.domain.ask(k, "members") or {}).get("members", [])
                   if m["name"] == name)

    def all_end(self):
        """Politely, and none with an error"""
        bad = self.domain.end()
        assert not bad, " // ".join(bad)
        return True

    def histories(self):
        """What those who do not lie wrote down, by the simulator's checkers"""
        where = [f"controller-{i}" for i in CONTROLLERS if i not in self.domain.liars]
        where += [f"switch-{s}" for s in BRIDGES]
        out = run(self.domain.programs["check-history"],
                  *(f"{self.domain.dir}/{name}/history" for name in where), good=(0, 1))
        assert out.rstrip().endswith("; 0 violations"), out[-600:]
        return True


def others(i):
    return [k for k in CONTROLLERS if k != i]
