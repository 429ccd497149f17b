#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Everything at once on a guarded datapath: what is said afterwards must add up.

usage: load.py MODULE.ko load|unload [SEED]

load: updates, flows, packets, dumps, modes, ports, the datapath itself.
unload: the module comes and goes while its hooks are in use.

As root, in a virtual machine, with openvswitch and without ovs_quorum.ko; loads and
unloads it.  All of it is in a network namespace of its own, which is locked at the
end.  The number of rounds is fixed; what runs beside them runs until they are done.

Last line: N passed, N failed.
"""

import mmap
import os
import random
import sys
import traceback
from errno import (EAGAIN, EALREADY, EBUSY, EEXIST, EINVAL, ENODEV, ENOENT, EPERM,
                   EPROTONOSUPPORT, EWOULDBLOCK)

import sealed
from bed import (Bed, approve, forward, guard, load_module, quiet, set_mode, tree,
                 unload_module)
from datapath import output
from family import (APPLIED, ENFORCE, N, PENDING, VERIFY, dpid, port)
from genl import Refused, Socket, in_namespace, parse, parse_all
from locked import module_is_free
from submitted import rules, stats, submit
from tally import Tally

RACES, WITNESSED, STORM, UNLOADS = 8, 16, 32, 8
NUMBERS = 64        # flows that are put, set and deleted, for each input port


class Crew:
    """Processes that work until told to stop, and then say what they counted."""

    def __init__(self, seed):
        self.flag = mmap.mmap(-1, mmap.PAGESIZE)
        self.seed = seed
        self.members = []

    def go(self, function, *args):
        """function(going, random, *args) in a child; returns {name: number}."""
        back, out = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            os.close(out)
            self.members.append((function.__name__, pid, back))
            return
        code = 1
        try:
            counted = function(lambda: not self.flag[0],
                               random.Random(self.seed + len(self.members)),
                               *args)
            os.write(out, repr(counted).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def end(self, t, stop=True):
        """The sums of what they counted."""
        total = {}
        if stop:
            self.flag[0] = 1
        for name, pid, back in self.members:
            with os.fdopen(back) as f:
                said = f.read()
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            t.check(code == 0, f"{name} ended with code {code}")
            for key, value in eval(said or "{}").items():
                total[key] = total.get(key, 0) + value
        self.members = []
        self.flag[0] = 0
        return total


def flows(going, rng, bed_name, ports, slot):
    """Puts, sets and deletes flows, of which few follow."""
    bed, done = Bed(bed_name), {"in": 0, "no": 0, "flows": 0}
    while going() or not done["flows"]:
        if not bed.find():
            continue
        n, source = rng.randrange(NUMBERS) * 8 + slot, rng.choice(ports)
        what = rng.random()
        if what < 0.3:
            quiet(bed.delete, bed.ufid(n), but=(ENOENT, ENODEV, EAGAIN))
            continue
        code = bed.offer(n, source, rng.choice(bed.PORTS), change=what < 0.5)
        if code not in (0, EPERM, EEXIST, ENOENT, ENODEV, EAGAIN):
            raise RuntimeError(f"a flow was answered by errno {code}")
        done["flows"] += 1
        done["in"] += code == 0
        done["no"] += code == EPERM
    return done


def packets(going, rng, bed_name):
    bed, done = Bed(bed_name), {"sent": 0, "unsent": 0, "packets": 0}
    while going() or not done["packets"]:
        if not bed.find():
            continue
        code = quiet(bed.execute, rng.choice(bed.PORTS), bed.frame(5),
                     output(rng.choice(bed.PORTS)),
                     but=(EPERM, ENODEV, EAGAIN, EINVAL))
        done["packets"] += 1
        done["sent"] += code == 0
        done["unsent"] += code == EPERM
    return done


def reads(going, _rng, gone):
    """Whatever can be asked; @gone: errors there may be."""
    done, s = {"reads": 0}, None
    while going() or not done["reads"]:
        try:
            s = s or Socket()
            for command in (N.CMD_RULE_GET, N.CMD_GROUP_GET, N.CMD_FLOW_GET,
                            N.CMD_PORT_GET, N.CMD_KEYSET_GET):
                s.dump(command, dpid())
            s.dump(N.CMD_SWITCH_GET)
            s.ask(N.CMD_SWITCH_GET, dpid())
            s.ask(N.CMD_STATS_GET, dpid())
        except Refused as refused:
            if refused.errno not in gone:
                raise
            s = None
        done["reads"] += 1
    return done


def meddles(going, rng, bed_name):
    """Modes, ports, and now and then the whole datapath."""
    s, bed, done = Socket(), Bed(bed_name), {"meddled": 0}
    while going() or not done["meddled"]:
        set_mode(s, rng.choice((VERIFY, ENFORCE)))
        quiet_ask(s, N.CMD_PORT_DEL, dpid(), port(3), but=(ENOENT,))
        s.ask(N.CMD_PORT_SET, dpid(), port(3, bed.device(3)))
        if rng.random() < 0.3:
            bed.remove()
            bed.make()
        s.ask(N.CMD_PENDING_FLUSH, dpid())
        done["meddled"] += 1
    return done


def quiet_ask(s, *args, but):
    try:
        s.ask(*args)
    except Refused as refused:
        if refused.errno not in but:
            raise


def answer(s, update):
    """The state that a submission was answered with, or minus its errno."""
    try:
        return submit(s, update)[0]
    except Refused as refused:
        return -refused.errno


def races(_going, _rng, updates, start):
    """Submits at the same time as others do; how each was answered."""
    s, done = Socket(), {}
    for i, update in enumerate(updates):
        start(i)
        state = answer(s, update)
        done[i, state] = 1
    return done


def submits(_going, _rng, updates):
    s, done = Socket(), {}
    for update in updates:
        state = answer(s, update)
        done[state] = done.get(state, 0) + 1
    return done


class Line:
    """@n processes start together: a byte for each, and all wait for all."""

    def __init__(self, n):
        self.n = n
        self.at = mmap.mmap(-1, mmap.PAGESIZE)

    def __call__(self, me):
        def start(i):
            self.at[me] = i + 1
            while any(self.at[k] < i + 1 for k in range(self.n)):
                os.sched_yield()
        return start


def toggled(sequence):
    """The rule of port 1 changes its mind with each update."""
    return sealed.body(sequence, forward(1, 2 + sequence % 2))


def agree(t, s, bed, words):
    """What the kernel has, what is admitted, and what the rules say: the same."""
    have = bed.outputs()
    known = [parse(value) for m in s.dump(N.CMD_FLOW_GET, dpid())
             for kind, value in parse_all(m) if kind == N.A_FLOW]
    t.same(sorted(have), sorted(k[N.FLOW_A_UFID] for k in known), words)
    approved = {r[N.RULE_A_FLOW_MOD] for r in rules(s)}
    for where, out in have.values():
        if out is not None:
            t.check(forward(where, out) in approved,
                    f"{words}: a flow from {where} to {out} follows from nothing")
    got = stats(s)
    t.same(len(have), got[N.STATS_A_FLOWS] + got[N.STATS_A_MUZZLES], words)
    return have


def race(t, s, crew, sequence):
    """The same update from four sides: one of them is told that it is applied."""
    updates = [[], [], [], []]
    for i in range(RACES // 2):
        encoded = toggled(sequence + i)
        said = sealed.statement(sealed.leaf(encoded))
        sigs = [(k, sealed.sign(k, said)) for k in (1, 2, 3)]
        for mine, some in zip(updates, (sigs, sigs[:2], sigs[1:], sigs[:1])):
            mine.append(sealed.seal(encoded, some))
    for whole in tree([toggled(sequence + RACES // 2 + i)
                       for i in range(RACES // 2)]):
        for mine in updates:
            mine.append(whole)
    before = stats(s)
    line = Line(len(updates))
    for i, mine in enumerate(updates):
        crew.go(races, mine, line(i))
    crew.go(flows, "oq", (1, 2), 0)
    crew.go(reads, ())
    # The racers end by themselves, and then the others are told to.
    others, crew.members = crew.members[4:], crew.members[:4]
    done = crew.end(t, stop=False)
    crew.members = others
    crew.end(t)
    for i in range(RACES):
        t.same(1, done.get((i, APPLIED), 0), f"times that race {i} was won")
    t.same(4 * RACES, sum(done.values()))
    t.same(set(), {state for _, state in done} -
           {APPLIED, PENDING, -EALREADY, -EBUSY}, "other answers")
    after = stats(s)
    t.same(RACES, after[N.STATS_A_APPLIED] - before[N.STATS_A_APPLIED])
    t.same(4 * RACES, after[N.STATS_A_SUBMITTED] - before[N.STATS_A_SUBMITTED])
    t.same(0, after[N.STATS_A_FORGED])
    return sequence + RACES


def witness(t, s, crew, bed, sequence):
    """Q1, Q8: when the answer says applied, nothing of the old rule is left."""
    updates = tree([toggled(sequence + i) for i in range(WITNESSED)])
    before = stats(s)
    for slot in (0, 1):
        crew.go(flows, "oq", (1, 2), slot)
    crew.go(packets, "oq")
    stale = 0
    for i, update in enumerate(updates):
        t.same(APPLIED, submit(s, update)[0])
        right = 2 + (sequence + i) % 2
        stale += sum(where == 1 and out not in (right, None) or
                     where == 2 and out not in (1, None)
                     for where, out in bed.outputs().values())
    done = crew.end(t)
    t.same(0, stale, "flows that followed from an older rule, or from none")
    after = stats(s)
    for name, want in (("APPLIED", WITNESSED), ("SUBMITTED", WITNESSED),
                       ("ADMITTED", done["in"]), ("REFUSED", done["no"]),
                       ("EXECUTED", done["sent"]),
                       ("EXECUTE_REFUSED", done["unsent"])):
        kind = getattr(N, "STATS_A_" + name)
        t.same(want, after[kind] - before[kind], name)
    for name in ("in", "no", "sent", "unsent"):
        t.check(done[name], f"nothing was counted as '{name}'")
    t.check(after[N.STATS_A_REVOKED] > before[N.STATS_A_REVOKED], "no revocation")
    agree(t, s, bed, "after the witness")
    return sequence + WITNESSED


def storm(t, s, crew, bed, sequence):
    """Modes, ports and the datapath itself change, too."""
    updates = tree([toggled(sequence + i) for i in range(STORM)])
    for i in range(2):
        crew.go(submits, updates[i::2])
    crew.go(submits, updates[::-1])
    crew.go(meddles, "oq")
    crew.go(reads, ())
    crew.go(flows, "oq", (1, 2, 3), 2)
    crew.go(packets, "oq")
    others, crew.members = crew.members[3:], crew.members[:3]
    done = crew.end(t, stop=False)
    crew.members = others
    t.check(crew.end(t)["meddled"] > 1, "nobody meddled")
    t.same(STORM, done.pop(APPLIED, 0), "applied")
    t.same(STORM, sum(done.values()), f"applied before: {done}")
    t.same(set(), set(done) - {-EALREADY, -EBUSY}, "other answers")
    set_mode(s, ENFORCE)
    t.check(bed.find(), "the datapath is there")
    got = agree(t, s, bed, "after the storm")
    t.same(0, bed.offer(8, 2, 1), f"the control: {len(got)} flows before")
    t.same(EPERM, bed.offer(16, 2, 3))
    return sequence + STORM


def unload(t, module, crew, bed):
    """The module goes and comes while its hooks are in use."""
    plain = Bed("plain")
    plain.make()
    crew.go(flows, "oq", (1, 2), 0)
    crew.go(flows, "plain", (1, 2), 0)
    crew.go(packets, "oq")
    crew.go(reads, (ENOENT, ENODEV, EPROTONOSUPPORT))
    for i in range(UNLOADS):
        tries = 0
        while (code := unload_module()) in (EAGAIN, EBUSY, EWOULDBLOCK):
            tries += 1      # a dump is under way: it keeps the module
            if tries > 100000:
                break
        t.same(0, code, f"unload {i}")
        code = load_module(module)
        t.same(0, code, f"load {i}")
        if code or i % 2 == 0 and i != UNLOADS - 1:
            continue
        s = Socket()
        guard(s, bed)
        approve(s, 1, forward(1, 2) + forward(2, 1))
        set_mode(s, ENFORCE)
    crew.end(t)
    s = Socket()
    agree(t, s, bed, "after the unloads")
    plain.remove()
    return s


def final_lock(t, s, bed, sequence):
    """What is locked can be changed by updates only, and stays."""
    approve(s, sequence, forward(1, 2))
    s.ask(N.CMD_LOCK)
    t.check(unload_module() in (EAGAIN, EWOULDBLOCK), "a locked module was unloaded")
    t.refused(EPERM, "locked", set_mode, s, VERIFY)
    t.refused(EPERM, "locked", s.ask, N.CMD_SWITCH_DEL, dpid())
    t.same(EPERM, bed.offer(24, 1, 3))
    approve(s, sequence + 1, forward(1, 3))
    t.same(0, bed.offer(24, 1, 3))
    agree(t, s, bed, "locked")


def load(t, crew, bed):
    s, sequence = Socket(), 2
    guard(s, bed)
    approve(s, 1, forward(1, 2) + forward(2, 1))
    set_mode(s, ENFORCE)
    for step, *args in ((race,), (witness, bed), (storm, bed)):
        sequence = step(t, s, crew, *args, sequence)
        print(f"{step.__name__}: done", flush=True)
    final_lock(t, s, bed, sequence)


def everything(module, what, seed, out):
    t = Tally()
    try:
        crew, bed = Crew(seed), Bed()
        bed.make()
        if what == "load":
            load(t, crew, bed)
        else:
            final_lock(t, unload(t, module, crew, bed), bed, 2)
    except Exception:
        t.check(False, traceback.format_exc())
    os.write(out, f"{t.passed} {t.failed}".encode())
    sys.stdout.flush()
    return 0


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in ("load", "unload"):
        sys.exit("usage: load.py MODULE.ko load|unload [SEED]")
    module, what = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    code = load_module(module)
    if code:
        sys.exit(f"load.py: {module}: {os.strerror(code)}")
    # What it asks modprobe for is there by now, or never: no more of that.
    with open("/proc/sys/kernel/modprobe", "w", encoding="ascii") as f:
        f.write("\n")
    back, out = os.pipe()
    in_namespace(everything, module, what, seed, out)
    os.close(out)
    counts = os.read(back, 64).split() or [0, 1]
    passed, failed = int(counts[0]), int(counts[1])
    for ok, words in ((module_is_free(), "it keeps the module"),
                      (unload_module() == 0, "it cannot be unloaded")):
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(f"FAIL: the namespace is gone, and {words}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


if __name__ == "__main__":
    main()
