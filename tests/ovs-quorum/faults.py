#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Each allocation of each command fails once.

usage: faults.py MODULE.ko [GROUP...]

/proc/thread-self/fail-nth makes the n-th allocation of this task fail, n = 1, 2, ...
until a command gets through without meeting its fault.  Whatever fails must leave
nothing behind that is half done, and the same command must work afterwards.

As root, in a virtual machine, on a kernel with CONFIG_FAILSLAB, with openvswitch and
without ovs_quorum.ko; loads and unloads it.

Last line: N passed, N failed.
"""

import os
import socket
import struct
import sys
import traceback
from errno import EALREADY, ENOBUFS, ENOMEM, EPERM

import sealed
from bed import (DP_DEL, DP_NAME, DP_NEW, DP_UPCALL_PID, DP_USER_FEATURES, Bed, forward,
                 guard, load_module, set_mode, tree, unload_module)
from datapath import (ACTIONS, KEY, NLM_F_CREATE, PACKET, PACKET_ACTIONS, PACKET_EXECUTE,
                      PACKET_KEY, UFID, FLOW_NEW, FLOW_SET, KEY_IN_PORT, output)
from family import (APPLIED, DPID, ENFORCE, N, VERIFY, dpid, keyset, mode,
                    new_switch, port, result, switch)
from genl import (NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR, Refused, Socket,
                  attr, in_namespace, number, parse, parse_all)
from locked import module_is_free
from submitted import rules, stats, submit
from tally import Tally

DEBUGFS = "/sys/kernel/debug"
LIMIT = 2000            # allocations of one command: far fewer in truth
MEMORY = (ENOMEM, ENOBUFS)


def knobs():
    """Allocations that may sleep fail as well, single pages too; not a word of it."""
    for where, name, value in (("failslab", "ignore-gfp-wait", "N"),
                               ("failslab", "verbose", "0"),
                               ("fail_page_alloc", "ignore-gfp-wait", "N"),
                               ("fail_page_alloc", "min-order", "0"),
                               ("fail_page_alloc", "verbose", "0")):
        with open(f"{DEBUGFS}/{where}/{name}", "w", encoding="ascii") as f:
            f.write(value)


class Nth:
    """with Nth(3) as fault: ...; fault.met says whether it happened."""

    fd = None

    def __init__(self, n):
        if Nth.fd is None:
            Nth.fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        self.n = b"%d" % n

    def __enter__(self):
        self.met = None
        os.pwrite(Nth.fd, self.n, 0)
        return self

    def __exit__(self, *_):
        self.left = int(os.pread(Nth.fd, 16, 0).split(b"\0")[0] or b"0")
        self.met = self.left == 0
        os.pwrite(Nth.fd, b"0", 0)


class Answer:
    """code: 0, an errno, or None: it was lost on its way, so anything may be true."""

    def __init__(self):
        self.code, self.replies = None, []

    def take(self, s):
        """Everything is there already: the kernel answers while one sends."""
        while True:
            try:
                data = s.sock.recv(s.room, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return self
            except OSError as error:
                if error.errno not in MEMORY:
                    raise
                continue
            while len(data) >= 16:
                length, kind, _, seq, _ = struct.unpack_from("=IHHII", data)
                payload, data = data[16:length], data[(length + 3) & ~3:]
                if seq != s.sequence:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    self.code = -struct.unpack_from("=i", payload)[0]
                    return self
                self.replies.append(payload[4:])


def send(s, n, command, attrs, flags=NLM_F_ACK):
    """The fault and the answer of one command whose n-th allocation fails."""
    answer = Answer()
    with Nth(n) as fault:
        try:
            s.send(command, attrs, flags)
        except OSError as error:
            if error.errno not in MEMORY:
                raise
            answer.code = error.errno
        else:
            answer.take(s)
    return fault, answer


def sweep(t, name, once, fair=(), first=1):
    """once(n) -> fault, answer, for n = @first, ... until there is no fault."""
    for n in range(first, LIMIT):
        fault, answer = once(n)
        t.check(answer.code in (0, None, *MEMORY, *fair),
                f"{name}: allocation {n} failed, and so errno {answer.code}")
        if not fault.met:
            t.check(answer.code == 0 or answer.code in fair,
                    f"{name}: errno {answer.code} without a fault")
            t.check(n > first, f"{name}: no allocation failed")
            print(f"{name}: {n - first} faults", flush=True)
            return
    t.check(False, f"{name}: more than {LIMIT} allocations")


def shown(s, of=DPID):
    try:
        return parse(parse(s.ask(N.CMD_SWITCH_GET, dpid(of)))[N.A_SWITCH])
    except Refused:
        return None


def plain_switch(s, *attrs):
    s.ask(N.CMD_SWITCH_SET, new_switch(*attrs))


def switches(t, bed):
    """SWITCH_SET that creates, KEYSET_ADD, mode, SWITCH_DEL."""
    s = Socket()

    def create(datapath):
        def once(n):
            fault, answer = send(s, n, N.CMD_SWITCH_SET,
                                 new_switch(mode(VERIFY), datapath=datapath))
            there = shown(s) is not None
            t.check(answer.code is None or there == (answer.code == 0),
                    f"created: {there}, errno {answer.code}")
            if there:
                s.ask(N.CMD_SWITCH_DEL, dpid())
            plain_switch(s)
            s.ask(N.CMD_SWITCH_DEL, dpid())
            return fault, answer
        return once

    sweep(t, "SWITCH_SET, no datapath", create("none"))
    sweep(t, "SWITCH_SET", create(bed.name))

    def add_keys(n):
        plain_switch(s)
        fault, answer = send(s, n, N.CMD_KEYSET_ADD, dpid() + keyset())
        phase = number(shown(s)[N.SWITCH_A_PHASE])
        t.check(answer.code is None or (phase == 1) == (answer.code == 0),
                f"phase {phase}, errno {answer.code}")
        if not phase:
            s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
        s.ask(N.CMD_SWITCH_DEL, dpid())
        return fault, answer

    sweep(t, "KEYSET_ADD", add_keys)

    def enforce(n):
        guard(s, bed)
        bed.offer(1, 2, 3)
        fault, answer = send(s, n, N.CMD_SWITCH_SET, switch(mode(ENFORCE)))
        now = number(shown(s)[N.SWITCH_A_MODE])
        t.check(answer.code is None or (now == ENFORCE) == (answer.code == 0),
                f"mode {now}, errno {answer.code}")
        if now == ENFORCE:
            t.same(0, forged(bed))
        set_mode(s, ENFORCE)
        t.same(0, forged(bed))
        fault_del, gone = send(s, n, N.CMD_SWITCH_DEL, dpid())
        if shown(s) is not None:
            t.check(gone.code != 0, "deleted and still there")
            s.ask(N.CMD_SWITCH_DEL, dpid())
        fault.met |= fault_del.met
        answer.code = answer.code or gone.code
        return fault, answer

    sweep(t, "mode enforce, SWITCH_DEL", enforce)


def forged(bed):
    return sum(out is not None for _, out in bed.outputs().values())


def ports(t, bed):
    s = Socket()
    guard(s, bed)

    def listed():
        return [number(parse(parse(m)[N.A_PORT])[N.PORT_A_NUMBER])
                for m in s.dump(N.CMD_PORT_GET, dpid())]

    def once(n):
        fault, answer = send(s, n, N.CMD_PORT_SET, dpid() + port(7, f"x{n}"))
        there = 7 in listed()
        t.check(answer.code is None or there == (answer.code == 0),
                f"port there: {there}, errno {answer.code}")
        s.ask(N.CMD_PORT_SET, dpid(), port(7, "x"))
        fault_del, gone = send(s, n, N.CMD_PORT_DEL, dpid() + port(7))
        if 7 in listed():
            t.check(gone.code != 0, "removed and still there")
            s.ask(N.CMD_PORT_DEL, dpid(), port(7))
        fault.met |= fault_del.met
        answer.code = answer.code or gone.code
        return fault, answer

    sweep(t, "PORT_SET, PORT_DEL", once)
    t.same([1, 2, 3], listed())
    s.ask(N.CMD_SWITCH_DEL, dpid())


def everything_in(i):
    """Port 1 goes elsewhere; a group, a rule that uses it, a packet-out."""
    return (forward(1, 2 + i % 2) +
            sealed.group_add(i, [sealed.output(1)], [sealed.output(2)]) +
            sealed.flow_add(i, [sealed.in_port(3)], [sealed.group_action(i)]) +
            sealed.packet_out(1, [sealed.output(2)], Bed.frame(i)))


def agree(t, s, bed, words):
    have = bed.outputs()
    known = [parse(value)[N.FLOW_A_UFID]
             for m in s.dump(N.CMD_FLOW_GET, dpid())
             for kind, value in parse_all(m) if kind == N.A_FLOW]
    t.same(sorted(have), sorted(known), words)
    approved = {r[N.RULE_A_FLOW_MOD] for r in rules(s)}
    for where, out in have.values():
        t.check(out is None or forward(where, out) in approved,
                f"{words}: from {where} to {out} follows from nothing")


def updates(t, bed):
    """An update is applied whole or not at all, and its number stays good."""
    s = Socket()
    guard(s, bed)
    set_mode(s, ENFORCE)
    t.same(APPLIED, submit(s, sealed.update(1, forward(1, 2)))[0])
    coming = []

    def once(n):
        if not coming:
            coming.extend(tree([sealed.body(n + i, everything_in(n + i))
                                for i in range(1, 65)]))
        update, before = coming.pop(0), state()
        bed.offer(n, 1, 2 + n % 2)      # as the rule before wants it
        fault, answer = send(s, n, N.CMD_UPDATE_SUBMIT,
                             dpid() + attr(N.A_UPDATE, update))
        after = state()
        if answer.code == 0:
            t.same(APPLIED, result(answer.replies[0])[0])
        t.check(answer.code is None or
                (after[:2] == (before[0] + 1, before[1] + 1)) ==
                (answer.code == 0),
                f"rules and groups {before}, then {after}, errno {answer.code}")
        agree(t, s, bed, f"after errno {answer.code}")
        if after == before:
            t.same(APPLIED, submit(s, update)[0], "once more")
        agree(t, s, bed, "after all")
        t.refused(EALREADY, "already applied", submit, s, update)
        t.same((before[0] + 1, before[1] + 1), state())
        t.same(n + 1, stats(s)[N.STATS_A_APPLIED], "applied once each")
        return fault, answer

    def state():
        now = shown(s)
        return number(now[N.SWITCH_A_RULES]), number(now[N.SWITCH_A_GROUPS])

    sweep(t, "UPDATE_SUBMIT", once)
    s.ask(N.CMD_SWITCH_DEL, dpid())


def next_keys(t, _bed):
    s = Socket()
    update = sealed.update(1, sealed.keyset_payload(2), kind=2)

    def once(n):
        s.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY)))
        s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
        fault, answer = send(s, n, N.CMD_UPDATE_SUBMIT,
                             dpid() + attr(N.A_UPDATE, update))
        phase = number(shown(s)[N.SWITCH_A_PHASE])
        t.check(answer.code is None or (phase == 2) == (answer.code == 0),
                f"phase {phase}, errno {answer.code}")
        if phase == 1:
            t.same(APPLIED, submit(s, update)[0], "once more")
        t.same(2, number(shown(s)[N.SWITCH_A_PHASE]))
        s.ask(N.CMD_SWITCH_DEL, dpid())
        return fault, answer

    sweep(t, "UPDATE_SUBMIT of keys", once)


def questions(t, bed):
    """Dumps and gets."""
    s = Socket()
    guard(s, bed)
    set_mode(s, ENFORCE)
    t.same(APPLIED, submit(s, sealed.update(
        1, forward(1, 2) + everything_in(2)))[0])
    bed.offer(1, 1, 2)
    bed.offer(2, 2, 3)
    for name, flags in (("SWITCH_GET", NLM_F_ACK), ("STATS_GET", NLM_F_ACK),
                        ("RULE_GET", NLM_F_DUMP), ("GROUP_GET", NLM_F_DUMP),
                        ("FLOW_GET", NLM_F_DUMP), ("PORT_GET", NLM_F_DUMP),
                        ("KEYSET_GET", NLM_F_DUMP)):
        command = getattr(N, "CMD_" + name)
        want = Answer()

        def once(n):
            fault, answer = send(s, n, command, dpid(), flags)
            if not fault.met:
                want.replies = answer.replies
            return fault, answer

        sweep(t, name, once)
        t.check(want.replies, f"{name} showed nothing")
    s.ask(N.CMD_SWITCH_DEL, dpid())


def flow_attrs(bed, n, source, out):
    return (struct.pack("=i", bed.index) +
            attr(KEY, bed.key(source, 0x020000000000 + n)) +
            attr(ACTIONS, output(out)) + attr(UFID, bed.ufid(n)))


def flows(t, bed):
    """FLOW_NEW that follows and that does not, FLOW_SET, PACKET_EXECUTE."""
    s, to_flow, to_packet = Socket(), Socket("ovs_flow"), Socket("ovs_packet")
    guard(s, bed)
    set_mode(s, ENFORCE)
    t.same(APPLIED, submit(s, sealed.update(1, forward(1, 2)))[0])

    def put(n):
        fault, answer = send(to_flow, n, FLOW_NEW, flow_attrs(bed, n, 1, 2),
                             NLM_F_ACK | NLM_F_CREATE)
        there = bed.ufid(n) in bed.outputs()
        t.check(answer.code is None or there == (answer.code == 0),
                f"flow there: {there}, errno {answer.code}")
        agree(t, s, bed, "after a put")
        t.same(0, bed.offer(n, 1, 2) if not there else 0, "once more")
        bed.delete(bed.ufid(n))
        return fault, answer

    def forge(n):
        fault, answer = send(to_flow, n, FLOW_NEW, flow_attrs(bed, n, 1, 3),
                             NLM_F_ACK | NLM_F_CREATE)
        t.check(answer.code != 0, "a forged flow was let in")
        agree(t, s, bed, "after a forged put")
        t.same(0, bed.offer(n, 1, 2), "what follows, in its place")
        bed.delete(bed.ufid(n))
        return fault, answer

    def change(out):
        def once(n):
            t.same(0, bed.offer(n, 1, 2))
            fault, answer = send(to_flow, n, FLOW_SET,
                                 flow_attrs(bed, n, 1, out))
            t.check(out == 2 or answer.code != 0, "a forged set was let in")
            t.same((1, 2), bed.outputs()[bed.ufid(n)])
            agree(t, s, bed, "after a set")
            t.same(0, bed.offer(n, 1, 2, change=True), "once more")
            bed.delete(bed.ufid(n))
            return fault, answer
        return once

    def execute(out):
        def once(n):
            fault, answer = send(
                to_packet, n, PACKET_EXECUTE, struct.pack("=i", bed.index) +
                attr(PACKET, bed.frame(9)) +
                attr(PACKET_KEY, attr(KEY_IN_PORT, struct.pack("=I", 1))) +
                attr(PACKET_ACTIONS, output(out)))
            t.check(out == 2 or answer.code != 0, "a forged packet was sent")
            return fault, answer
        return once

    sweep(t, "FLOW_NEW", put)
    sweep(t, "FLOW_NEW, forged", forge, fair=(EPERM,))
    sweep(t, "FLOW_SET", change(2))
    sweep(t, "FLOW_SET, forged", change(3), fair=(EPERM,))
    sweep(t, "PACKET_EXECUTE", execute(2))
    sweep(t, "PACKET_EXECUTE, forged", execute(3), fair=(EPERM,))
    s.ask(N.CMD_SWITCH_DEL, dpid())


def datapaths(t, bed):
    """A datapath that comes and goes: whatever fails, nothing unapproved flows.

    What openvswitch allocates before it makes the datapath known is its own.
    """
    s, to_dp = Socket(), Socket("ovs_datapath")
    guard(s, bed)
    set_mode(s, ENFORCE)
    nobody = struct.pack("=i", 0)
    name = attr(DP_NAME, bed.name.encode() + b"\0")

    def make(n):
        return send(to_dp, n, DP_NEW, nobody + name +
                    attr(DP_UPCALL_PID, bytes(4)) +
                    attr(DP_USER_FEATURES, bytes(4)))

    def guarded():
        if not bed.find():
            bed.make_bare()
        t.same(EPERM, bed.offer(1, 1, 2), "no rule says so")
        t.same(0, forged(bed))

    def remove(n):
        fault, answer = send(to_dp, n, DP_DEL, nobody + name)
        t.check(answer.code != 0 or not bed.find(), "deleted and still there")
        guarded()
        return fault, answer

    def create(n):
        bed.remove()
        fault, answer = make(n)
        t.check(answer.code is None or bed.find() == (answer.code == 0),
                f"datapath there: {bed.index}, errno {answer.code}")
        guarded()
        return fault, answer

    sweep(t, "DP_DEL", remove)
    fault, _ = create(LIMIT)
    sweep(t, "DP_NEW", create, first=max(1, LIMIT - fault.left - 24))
    s.ask(N.CMD_SWITCH_DEL, dpid())


def lock_once(n, out):
    """In a namespace of its own, since there is no way back."""
    s = Socket()
    plain_switch(s)
    fault, answer = send(s, n, N.CMD_LOCK, dpid())
    locked = N.SWITCH_A_LOCKED in shown(s)
    s.ask(N.CMD_LOCK, dpid())
    os.write(out, repr((fault.met, answer.code, locked)).encode())
    return 0


def locks(t, _bed):
    class Met:
        pass

    def once(n):
        back, out = os.pipe()
        in_namespace(lock_once, n, out)
        os.close(out)
        with os.fdopen(back) as f:
            said = f.read()
        fault, answer = Met(), Answer()
        fault.met, answer.code, locked = eval(said)
        t.check(answer.code is None or locked == (answer.code == 0),
                f"locked: {locked}, errno {answer.code}")
        return fault, answer

    sweep(t, "LOCK", once)


GROUPS = (switches, ports, updates, next_keys, questions, flows, datapaths, locks)


def run(out, names):
    t = Tally()
    for group in GROUPS:
        if names and group.__name__ not in names:
            continue
        Nth.fd = None
        bed = Bed()
        try:
            bed.make()
            group(t, bed)
        except Exception:
            t.check(False, f"{group.__name__}: {traceback.format_exc()}")
        s = Socket()
        if shown(s) is not None:
            s.ask(N.CMD_SWITCH_DEL, dpid())
        if bed.find():
            bed.remove()
    os.write(out, f"{t.passed} {t.failed}".encode())
    sys.stdout.flush()
    return 0


def main():
    module = sys.argv[1]
    knobs()
    code = load_module(module)
    if code:
        sys.exit(f"faults.py: {module}: {os.strerror(code)}")
    with open("/proc/sys/kernel/modprobe", "w", encoding="ascii") as f:
        f.write("\n")
    back, out = os.pipe()
    in_namespace(run, out, sys.argv[2:])
    os.close(out)
    counts = os.read(back, 64).split() or [0, 1]
    passed, failed = int(counts[0]), int(counts[1])
    ok = module_is_free() and unload_module() == 0
    if not ok:
        print("FAIL: the module cannot be unloaded")
    print(f"{passed + ok} passed, {failed + (not ok)} failed")
    sys.exit(failed != 0 or not ok or passed == 0)


if __name__ == "__main__":
    main()
