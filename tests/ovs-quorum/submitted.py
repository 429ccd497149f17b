# SPDX-License-Identifier: GPL-2.0
"""Cases of interface.py: updates, what they leave, what is said about them."""

import select
import struct
import time
from errno import (EAGAIN, EALREADY, EINVAL, EKEYREJECTED, EKEYREVOKED, EMSGSIZE,
                   ENODEV, ENOKEY, EOPNOTSUPP, ERANGE, EXDEV)

import sealed
from configured import MISSING, show
from family import (APPLIED, DPID, ENFORCE, EXPIRED, N, OFF, PENDING, REJECTED,
                    VERIFY, dpid, keyset, mode, new_switch, result, switch)
from genl import Socket, attr, number, parse, u32, u64
from sealed import (eth_dst, flow_add, group_action, group_add, in_port, output,
                    packet_out, seal, sign, statement, update)

FLOOD = 0xfffffffb
RULE = flow_add(10, [in_port(1)], [output(2)], cookie=0x77)
# Neither within the other, and both of priority 10: who wins is undefined.
OVERLAP = flow_add(10, [eth_dst(b"\2" * 6)], [output(3)])


def guarded(s, *attrs):
    s.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY), *attrs))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())


def submit(s, *pieces, of=DPID):
    return result(s.ask(N.CMD_UPDATE_SUBMIT, dpid(of),
                        *[attr(N.A_UPDATE, p) for p in pieces]))


def rules(s, **kwargs):
    return [parse(parse(m)[N.A_RULE])
            for m in s.dump(N.CMD_RULE_GET, dpid(), **kwargs)]


def stats(s):
    got = parse(parse(s.ask(N.CMD_STATS_GET, dpid()))[N.A_STATS])
    return {kind: number(value) for kind, value in got.items()}


def count(s, name):
    return stats(s)[getattr(N, "STATS_A_" + name)]


def wait_for(condition, timeout_s=60):
    """Poll: there is no message for what is waited for."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        select.select([], [], [], 0.05)
    return True


def refusals(t):
    """Each error of the page docs/netlink/ovs_quorum.md that one can make."""
    s = Socket()
    t.refused(ENODEV, "no such switch", submit, s, update(1, RULE))
    s.ask(N.CMD_SWITCH_SET, new_switch())
    t.refused(EINVAL, MISSING, s.ask, N.CMD_UPDATE_SUBMIT, dpid())
    t.refused(ERANGE, "out of range", submit, s, b"")
    t.refused(EOPNOTSUPP, "mode off", submit, s, update(1, RULE))
    s.ask(N.CMD_SWITCH_SET, switch(mode(VERIFY)))
    t.refused(ENOKEY, "no key set", submit, s, update(1, RULE))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())

    good = update(1, RULE)
    for n in list(range(1, 60)) + list(range(60, len(good), 7)):
        t.refused(EINVAL, "cut short", submit, s, good[:n])
    t.refused(EINVAL, "behind the end", submit, s, good + b"\0")
    t.refused(EINVAL, "not a message", submit, s, b"XXXX" + good[4:])
    t.refused(EINVAL, "version", submit, s, good[:4] + b"\2" + good[5:])
    t.refused(EMSGSIZE, "too long", submit, s, *[bytes(60000)] * 5)
    t.refused(EXDEV, "another domain", submit, s, update(1, RULE, domain=8))
    t.refused(EXDEV, "another datapath", submit, s, update(1, RULE, dpid=0xb2))
    t.refused(ENOKEY, "no key set", submit, s, update(1, RULE, phase=2))
    t.refused(ERANGE, "window", submit, s, update(1 + 4096, RULE))
    t.refused(EAGAIN, "not applied", submit, s,
              update(2, RULE, deps=[(DPID, 1)]))
    t.refused(EXDEV, "another datapath", submit, s,
              update(2, RULE, deps=[(0xb2, 1)]))
    t.refused(EINVAL, "later one", submit, s, update(2, RULE, deps=[(DPID, 3)]))
    t.refused(EINVAL, "no signature", submit, s, update(1, RULE, []))
    t.refused(EKEYREJECTED, "not in the key set", submit, s,
              update(1, RULE, [1, 5]))
    encoded = sealed.body(1, RULE)
    t.refused(EKEYREJECTED, "algorithm", submit, s,
              seal(encoded, [(1, bytes(256), 1)]))
    t.refused(EKEYREJECTED, "no signature is valid", submit, s,
              seal(encoded, [(1, bytes(64))]))
    said = statement(sealed.leaf(encoded))
    t.refused(EKEYREJECTED, "no signature is valid", submit, s,
              seal(encoded, [(1, sign(2, said)), (2, sign(1, said))]))
    t.refused(EINVAL, "Merkle path", submit, s,
              seal(encoded, [(1, sign(1, said))], leaves=2))
    for bad in (b"", RULE[:-1], RULE + b"\0", b"\1" + RULE[1:],
                flow_add(1, [], [output(0)]), RULE + bytes(8)):
        t.refused(EINVAL, " ", submit, s, update(1, bad))
    t.refused(EINVAL, " ", submit, s, update(1, b"x" * 100, kind=2))
    t.same([], rules(s))
    t.same(0, count(s, "APPLIED"))
    t.same((APPLIED, 2, 2, ""), submit(s, good), "the control")


def counting(t):
    """Distinct signers of the same bytes, and each number once."""
    s = Socket()
    guarded(s)
    t.same((PENDING, 1, 2, ""), submit(s, update(1, RULE, [3])))
    t.same((PENDING, 1, 2, ""), submit(s, update(1, RULE, [3])), "once more")
    t.same((PENDING, 1, 2, ""), submit(s, update(1, OVERLAP, [2])), "other bytes")
    t.same(2, count(s, "PENDING"))
    t.same([], rules(s))
    t.same((APPLIED, 2, 2, ""), submit(s, update(1, RULE, [4])))
    t.same(0, count(s, "PENDING"))
    for signers in ([1], [1, 2], [3]):
        t.refused(EALREADY, "already applied", submit, s,
                  update(1, RULE, signers))
        t.refused(EALREADY, "already applied", submit, s,
                  update(1, OVERLAP, signers))
    t.same(1, len(rules(s)))
    encoded = sealed.body(2, flow_add(20, [], []))
    said = statement(sealed.leaf(encoded))
    half = seal(encoded, [(1, sign(1, said)), (2, bytes(64)),
                          (3, sign(4, said))])
    t.same((PENDING, 1, 2, ""), submit(s, half), "one of three is good")
    t.same((APPLIED, 2, 2, ""), submit(s, update(2, flow_add(20, [], []), [2])))
    t.same((APPLIED, 2, 2, ""), submit(s, update(
        3, flow_add(21, [], []), deps=[(DPID, 1), (DPID, 2)])))
    t.same((APPLIED, 2, 2, ""), submit(s, update(4096, flow_add(22, [], []))))
    t.same(4, number(show(s)[N.SWITCH_A_NEXT_SEQUENCE]))
    got = stats(s)
    for name, want in (("SUBMITTED", 14), ("REPLAYED", 6), ("MALFORMED", 0),
                       ("APPLIED", 4), ("REJECTED", 0), ("FORGED", 2)):
        t.same(want, got[getattr(N, "STATS_A_" + name)], name)

    t.same(PENDING, submit(s, update(7, RULE, [1]))[0])
    s.ask(N.CMD_PENDING_FLUSH, dpid())
    t.same(0, count(s, "PENDING"))
    t.same((PENDING, 1, 2, ""), submit(s, update(7, RULE, [2])), "after a flush")


def pieces_and_trees(t):
    s = Socket()
    guarded(s)
    whole = update(1, RULE)
    for cut in (1, 24, len(whole) - 1):
        t.refused(EINVAL, "cut short", submit, s, whole[:cut])
    t.same((APPLIED, 2, 2, ""),
           submit(s, whole[:5], whole[5:100], whole[100:]), "in pieces")
    large = packet_out(1, [output(2)], bytes(65535 - 48 - 40))
    long = update(2, large, [1, 2, 3, 4])
    t.check(len(long) > 65535, "longer than an attribute")
    t.same((APPLIED, 4, 2, ""), submit(s, long[:40000], long[40000:]))

    bodies = [sealed.body(3 + i, flow_add(30 + i, [], [])) for i in range(3)]
    a, b, c = map(sealed.leaf, bodies)
    node = sealed.hashlib.sha256(b"\1" + a + b).digest()
    root = sealed.hashlib.sha256(b"\1" + node + c).digest()
    said = statement(root, leaves=3)
    sigs = [(i, sign(i, said)) for i in (1, 2)]
    verified, remembered = count(s, "VERIFIED"), count(s, "REMEMBERED")
    for i, path in enumerate(([b, c], [a, c], [node])):
        t.same((APPLIED, 2, 2, ""),
               submit(s, seal(bodies[i], sigs, leaves=3, index=i, path=path)))
    t.same(2, count(s, "VERIFIED") - verified, "one root, verified once")
    t.same(4, count(s, "REMEMBERED") - remembered)
    t.same(4, len(rules(s)))


def rejected(t):
    """What a quorum signed and cannot be done: nothing of it is, for good."""
    s = Socket()
    guarded(s, u32(N.SWITCH_A_RULES_MAX, 5))
    t.same(APPLIED, submit(s, update(1, RULE))[0])
    before = rules(s)
    uses = flow_add(50, [], [group_action(9)])
    for sequence, payload, why in (
            (2, flow_add(40, [], []) + OVERLAP, "overlaps"),
            (3, flow_add(40, [], []) + uses, "group"),
            (4, b"".join(flow_add(60 + i, [], []) for i in range(5)), "too many"),
            (5, group_add(1, [output(1)]) + group_add(1, [output(1)]),
             "already there"),
            (6, packet_out(1, [output(2)], bytes(60)) + OVERLAP, "overlaps")):
        state, have, need, reason = submit(s, update(sequence, payload))
        t.same((REJECTED, 2, 2), (state, have, need))
        t.check(why in reason, f"'{why}' is not in '{reason}'")
        t.refused(EALREADY, "", submit, s, update(sequence, payload))
        t.same(before[0][N.RULE_A_FLOW_MOD], rules(s)[0][N.RULE_A_FLOW_MOD])
        t.same(1, len(rules(s)))
    t.same(0, len(s.dump(N.CMD_GROUP_GET, dpid())))
    t.same(5, count(s, "REJECTED"))
    t.same(APPLIED, submit(s, update(
        7, group_add(9, [output(1)], [output(2)]) + uses))[0], "the control")
    t.same(1, len(s.dump(N.CMD_GROUP_GET, dpid())))


def shown(t):
    """Dumps give what went in, once each, whatever the size of messages."""
    s = Socket()
    guarded(s)
    mods = [flow_add(1000 - i, [in_port(i + 1)], [output(i + 2), output(FLOOD)],
                     table=i % 3, cookie=i, hard=i % 2 * 4000)
            for i in range(150)]
    for i in range(0, 150, 50):
        t.same(APPLIED, submit(s, update(1 + i // 50,
                                         b"".join(mods[i:i + 50])))[0])
    t.same(150, number(show(s)[N.SWITCH_A_RULES]))
    want = mods[0::3] + mods[1::3] + mods[2::3]
    small = Socket(room=8192)
    for dumper in (s, small):
        got = rules(dumper)
        t.same(want, [g[N.RULE_A_FLOW_MOD] for g in got])
        t.check(not dumper.interrupted, "a quiet dump was interrupted")
    t.same(150, len({g[N.RULE_A_ID] for g in got}))
    t.check(all(number(g[N.RULE_A_AGE]) < 10**7 for g in got), "age in ms")
    sequences = iter(range(4, 4096))

    def change():
        n = next(sequences)
        submit(s, update(n, flow_add(5000 + n, [], [])))

    got = [g[N.RULE_A_FLOW_MOD] for g in rules(small, between=change)]
    t.check(small.interrupted, "a dump did not say that rules changed meanwhile")
    for one in mods:
        t.same(1, got.count(one))

    groups = [group_add(i, [output(1)], [output(1000 + i)])
              for i in range(1, 120)]
    for i in range(0, 119, 60):
        t.same(APPLIED, submit(s, update(next(sequences),
                                         b"".join(groups[i:i + 60])))[0])
    for dumper in (s, small):
        t.same(groups, [parse(m)[N.A_GROUP]
                        for m in dumper.dump(N.CMD_GROUP_GET, dpid())])
    t.same(119, number(show(s)[N.SWITCH_A_GROUPS]))
    t.same([], s.dump(N.CMD_FLOW_GET, dpid()))


def said_aloud(t):
    """Notifications: every applied, rejected and expired update, in order."""
    s, ears = Socket(), Socket()
    ears.join("updates")
    guarded(s)
    submit(s, update(1, RULE))
    submit(s, update(2, OVERLAP))
    submit(s, update(3, RULE, [4]))
    submit(s, update(4, RULE, [3]))
    s.ask(N.CMD_SWITCH_SET, switch(u32(N.SWITCH_A_EXPIRY, 1)))
    digests = [sealed.leaf(sealed.body(i, p)) for i, p in
               enumerate((RULE, OVERLAP, RULE, RULE), 1)]
    want = {1: APPLIED, 2: REJECTED, 3: EXPIRED, 4: EXPIRED}
    order = []
    for _ in want:
        command, attrs = ears.news()
        r = parse(parse(attrs)[N.A_RESULT])
        sequence = number(r[N.RESULT_A_SEQUENCE])
        order.append(sequence)
        t.same(N.CMD_UPDATE_NTF, command)
        t.same(want[sequence], number(r[N.RESULT_A_STATE]), f"of {sequence}")
        t.same(DPID, number(r[N.RESULT_A_DPID]))
        t.same(1, number(r[N.RESULT_A_PHASE]))
        t.same(digests[sequence - 1], r[N.RESULT_A_DIGEST])
        t.same(want[sequence] != APPLIED, N.RESULT_A_REASON in r)
    t.same([1, 2], order[:2])
    t.same([3, 4], sorted(order[2:]))
    t.same(2, count(s, "EXPIRED"))
    t.same((PENDING, 1, 2, ""), submit(s, update(3, RULE, [2])), "forgotten")


def timeouts(t):
    """A rule goes by its hard timeout, and leaves the others."""
    s = Socket()
    guarded(s)
    submit(s, update(1, flow_add(1, [], [], hard=1) +
                     flow_add(2, [], [], hard=3600) + flow_add(3, [], [])))
    t.check(wait_for(lambda: count(s, "RULES_EXPIRED")), "it never went")
    t.same(1, count(s, "RULES_EXPIRED"))
    t.same([3, 2], [struct.unpack_from(">H", r[N.RULE_A_FLOW_MOD], 30)[0]
                    for r in rules(s)], "priorities")


def next_keys(t):
    """The next key set comes by an update that this one signs."""
    s, ears = Socket(), Socket()
    ears.join("updates")
    guarded(s)
    payload = sealed.keyset_payload(2, 7, 3)
    t.same((PENDING, 1, 2, ""), submit(s, update(1, payload, [1], kind=2)))
    t.same(1, number(show(s)[N.SWITCH_A_PHASE]))
    t.same((APPLIED, 2, 2, ""), submit(s, update(1, payload, [2], kind=2)))
    t.same(2, number(show(s)[N.SWITCH_A_PHASE]))
    t.same(APPLIED, result(ears.news()[1])[0])
    t.refused(EKEYREVOKED, "retired", submit, s, update(2, RULE))
    t.same((PENDING, 2, 3, ""), submit(s, update(1, RULE, [1, 7], phase=2)))
    t.same((APPLIED, 3, 3, ""), submit(s, update(1, RULE, [5], phase=2)))
    broken = bytearray(sealed.keyset_payload(3, 7, 3))
    broken[-1] ^= 1
    for sequence, bad, why in ((2, sealed.keyset_payload(5, 7, 3), "follow"),
                               (3, sealed.keyset_payload(2, 7, 3), "follow"),
                               (4, bytes(broken), "")):
        state, have, need, reason = submit(
            s, update(sequence, bad, [1, 2, 3], kind=2, phase=2))
        t.same((REJECTED, 3, 3), (state, have, need))
        t.check(reason and why in reason, f"'{why}' is not in '{reason}'")
        t.same(REJECTED, result(ears.news()[1])[0] if sequence > 2 else
               [result(ears.news()[1])[0] for _ in range(2)][1])
    t.same(2, number(show(s)[N.SWITCH_A_PHASE]))
    s.ask(N.CMD_SWITCH_SET, switch(u32(N.SWITCH_A_OVERLAP, 3600000)))
    t.same(APPLIED, submit(s, update(5, sealed.keyset_payload(3), [1, 2, 3],
                                     kind=2, phase=2))[0])
    t.same(APPLIED, submit(s, update(6, flow_add(99, [], []), [1, 2, 3],
                                     phase=2))[0], "the last phase, overlapping")
    t.same(APPLIED, submit(s, update(1, flow_add(98, [], []), phase=3))[0])
    # What merely overlaps may not choose whom comes after its successor.
    state, _, _, reason = submit(
        s, update(7, sealed.keyset_payload(4), [1, 2, 3], kind=2, phase=2))
    t.same(REJECTED, state)
    t.check("follow" in reason, f"'follow' is not in '{reason}'")
    t.same(3, number(show(s)[N.SWITCH_A_PHASE]))


def modes(t):
    """Rules are kept through changes of the mode; updates need one that is on."""
    s = Socket()
    guarded(s)
    for sequence, value in enumerate((ENFORCE, VERIFY, ENFORCE), 1):
        s.ask(N.CMD_SWITCH_SET, switch(mode(value)))
        t.same(APPLIED, submit(s, update(sequence, flow_add(sequence, [], [])))[0])
        t.same(sequence, len(rules(s)))
    t.same(PENDING, submit(s, update(4, RULE, [1]))[0])
    s.ask(N.CMD_SWITCH_SET, switch(mode(OFF)))
    t.refused(EOPNOTSUPP, "mode off", submit, s, update(4, RULE, [2]))
    t.same(3, len(rules(s)))
    s.ask(N.CMD_SWITCH_SET, switch(mode(VERIFY)))
    t.same((APPLIED, 2, 2, ""), submit(s, update(4, RULE, [2])))
    t.same(0, stats(s)[N.STATS_A_FLOWS])
    s.ask(N.CMD_SWITCH_DEL, dpid())
    s.ask(N.CMD_SWITCH_SET, new_switch(u64(N.SWITCH_A_NEXT_SEQUENCE, 3)))
    t.same([], rules(s), "of a switch that was deleted")


GROUPS = [refusals, counting, pieces_and_trees, rejected, shown, said_aloud,
          timeouts, next_keys, modes]
