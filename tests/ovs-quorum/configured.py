# SPDX-License-Identifier: GPL-2.0
"""Cases of interface.py: switches, key sets, ports."""

import os
from errno import (EEXIST, EINVAL, ENODEV, ENOENT, ENOKEY, ENOSPC, EOPNOTSUPP, EPERM,
                   ERANGE)

import sealed
from family import (DATAPATH, DOMAIN, DPID, ENFORCE, N, OFF, VERIFY, dpid, key,
                    keyset, mode, new_switch, port, switch)
from genl import (Refused, Socket, attr, in_namespace, nest, number, parse,
                  parse_all, text, u8, u16, u32, u64)

MISSING = "a required attribute is missing"
COMMANDS = range(N.CMD_SWITCH_SET, N.CMD_PENDING_FLUSH + 1)
DUMPS = (N.CMD_KEYSET_GET, N.CMD_PORT_GET, N.CMD_RULE_GET, N.CMD_GROUP_GET,
         N.CMD_FLOW_GET)
OFPP_LOCAL = 0xfffffffe


def show(s, of=DPID):
    return parse(parse(s.ask(N.CMD_SWITCH_GET, dpid(of)))[N.A_SWITCH])


def envelope(t):
    """What is wrong before any command looks at it."""
    s = Socket()
    for command in COMMANDS:
        ask = s.dump if command in DUMPS else s.ask
        for kind, what in ((N.A_MAX + 1, "nknown attribute"),
                           (N.A_PAD, "nsupported attribute"),
                           (N.A_STATS, "")):
            t.refused(EINVAL, what, ask, command, attr(kind, b""))
        if command not in (N.CMD_SWITCH_SET, N.CMD_SWITCH_GET):
            t.refused(EINVAL, "", ask, command, u32(N.A_DPID, DPID))
        if command not in (N.CMD_SWITCH_GET, N.CMD_LOCK):
            t.refused(EINVAL, MISSING, ask, command)
    for command in DUMPS:
        t.refused(EOPNOTSUPP, "", s.ask, command, dpid())
        t.refused(ENODEV, "no such switch", s.dump, command, dpid())
    for command in (N.CMD_SWITCH_SET, N.CMD_LOCK, N.CMD_STATS_GET):
        t.refused(EOPNOTSUPP, "", s.dump, command, dpid())
    for command in (N.CMD_UPDATE_NTF, N.CMD_VIOLATION_NTF, N.CMD_MAX + 1, 0, 255):
        t.refused(EOPNOTSUPP, "", s.ask, command, dpid())
    s.send(N.CMD_SWITCH_GET, dpid(), reserved=1)
    kind, flags, _, payload = s.messages()[0]
    t.refused(EINVAL, "", s.error, flags, payload, kind)


def permissions(t):
    """Nothing for whoever is not CAP_NET_ADMIN, dumps included."""
    s = Socket()
    s.ask(N.CMD_SWITCH_SET, new_switch())
    back, out = os.pipe()
    if not os.fork():
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        bad = 0
        s = Socket()
        for command in COMMANDS:
            try:
                (s.dump if command in DUMPS else s.ask)(command, dpid())
                bad += 1
            except Refused as e:
                bad += e.errno != EPERM
        for group in ("updates", "violations"):
            try:
                s.join(group)
                bad += 1
            except PermissionError:
                pass
        os.write(out, b"%d" % bad)
        os._exit(0)
    os.close(out)
    os.wait()
    t.same(b"0", os.read(back, 16), "commands for everybody")


def switches(t):
    s = Socket()
    t.same([], s.dump(N.CMD_SWITCH_GET))
    t.refused(ENODEV, "no such switch", s.ask, N.CMD_SWITCH_GET, dpid())
    t.refused(ENODEV, "no such switch", s.ask, N.CMD_SWITCH_DEL, dpid())
    t.refused(EINVAL, "all switches", s.dump, N.CMD_SWITCH_GET, dpid())

    def refuse(code, words, message):
        t.refused(code, words, s.ask, N.CMD_SWITCH_SET, message)

    refuse(EINVAL, MISSING, nest(N.A_SWITCH))
    refuse(EINVAL, MISSING, switch())
    refuse(EINVAL, MISSING, switch(u64(N.SWITCH_A_DOMAIN, DOMAIN)))
    refuse(EINVAL, MISSING, switch(text(N.SWITCH_A_DATAPATH, DATAPATH)))
    for name in ("a/b", "..", "a b", ""):
        refuse(EINVAL, "not the name", new_switch(datapath=name))
    refuse(EINVAL, "", new_switch(datapath="sixteen-letters-"))
    refuse(EINVAL, "", switch(attr(N.SWITCH_A_DATAPATH, b"no-nul")))
    refuse(ENOKEY, "needs a key set", new_switch(mode(ENFORCE)))
    for bad in (mode(3), u8(N.SWITCH_A_MISS, 2), u8(N.SWITCH_A_VLAN_LIMIT, 0),
                u8(N.SWITCH_A_VLAN_LIMIT, 3), u32(N.SWITCH_A_OVERLAP, 86400001),
                u32(N.SWITCH_A_EXPIRY, 0), u32(N.SWITCH_A_EXPIRY, 86400001),
                u32(N.SWITCH_A_PENDING_MAX, 0),
                u32(N.SWITCH_A_PENDING_MAX, 4097),
                u32(N.SWITCH_A_RULES_MAX, 0),
                u32(N.SWITCH_A_RULES_MAX, (1 << 20) + 1),
                u64(N.SWITCH_A_NEXT_SEQUENCE, 0),
                u64(N.SWITCH_A_NEXT_SEQUENCE, 1 << 63)):
        refuse(ERANGE, "out of range", new_switch(bad))
    for kind in (N.SWITCH_A_PAD, N.SWITCH_A_LOCKED, N.SWITCH_A_ATTACHED,
                 N.SWITCH_A_PHASE, N.SWITCH_A_RULES, N.SWITCH_A_GROUPS,
                 N.SWITCH_A_PORTS, N.SWITCH_A_MAX + 1):
        refuse(EINVAL, "attribute", new_switch(u32(kind, 0)))
    refuse(EINVAL, "NLA_F_NESTED", attr(N.A_SWITCH, u64(N.SWITCH_A_DPID, DPID)))
    t.same([], s.dump(N.CMD_SWITCH_GET))

    t.same(None, s.ask(N.CMD_SWITCH_SET, new_switch(
        u8(N.SWITCH_A_VLAN_LIMIT, 2), u32(N.SWITCH_A_PENDING_MAX, 16),
        u32(N.SWITCH_A_RULES_MAX, 99), u64(N.SWITCH_A_NEXT_SEQUENCE, 1000))))
    got = show(s)
    for kind, want in ((N.SWITCH_A_DPID, DPID), (N.SWITCH_A_DOMAIN, DOMAIN),
                       (N.SWITCH_A_MODE, OFF), (N.SWITCH_A_MISS, 0),
                       (N.SWITCH_A_VLAN_LIMIT, 2), (N.SWITCH_A_OVERLAP, 0),
                       (N.SWITCH_A_EXPIRY, 60000),
                       (N.SWITCH_A_PENDING_MAX, 16), (N.SWITCH_A_RULES_MAX, 99),
                       (N.SWITCH_A_NEXT_SEQUENCE, 1000), (N.SWITCH_A_PHASE, 0),
                       (N.SWITCH_A_RULES, 0), (N.SWITCH_A_GROUPS, 0),
                       (N.SWITCH_A_PORTS, 0)):
        t.same(want, number(got[kind]), f"attribute {kind}")
    t.same(DATAPATH.encode() + b"\0", got[N.SWITCH_A_DATAPATH])
    t.check(N.SWITCH_A_LOCKED not in got, "locked")
    t.check(N.SWITCH_A_ATTACHED not in got, "attached")

    s.ask(N.CMD_SWITCH_SET, new_switch(u32(N.SWITCH_A_PENDING_MAX, 16)))
    for bad in (u64(N.SWITCH_A_DOMAIN, 8), text(N.SWITCH_A_DATAPATH, "other"),
                u32(N.SWITCH_A_PENDING_MAX, 17), u32(N.SWITCH_A_RULES_MAX, 98),
                u64(N.SWITCH_A_NEXT_SEQUENCE, 1000)):
        refuse(EINVAL, "at creation only", switch(bad, mode(VERIFY)))
    refuse(ENOKEY, "needs a key set", switch(mode(ENFORCE)))
    t.same(OFF, number(show(s)[N.SWITCH_A_MODE]), "after refusals")
    s.ask(N.CMD_SWITCH_SET, switch(mode(VERIFY), u8(N.SWITCH_A_MISS, 1),
                                   u8(N.SWITCH_A_VLAN_LIMIT, 1),
                                   u32(N.SWITCH_A_OVERLAP, 5),
                                   u32(N.SWITCH_A_EXPIRY, 6)))
    got = show(s)
    for kind, want in ((N.SWITCH_A_MODE, VERIFY), (N.SWITCH_A_MISS, 1),
                       (N.SWITCH_A_VLAN_LIMIT, 1), (N.SWITCH_A_OVERLAP, 5),
                       (N.SWITCH_A_EXPIRY, 6)):
        t.same(want, number(got[kind]), f"attribute {kind}")
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
    for value in (ENFORCE, VERIFY, ENFORCE, OFF):
        s.ask(N.CMD_SWITCH_SET, switch(mode(value)))
        t.same(value, number(show(s)[N.SWITCH_A_MODE]))


def many_switches(t):
    """As many as there may be, in order, across the seams of a dump."""
    s = Socket()
    ids = [(i * 37) % 256 + 1 for i in range(255)] + [2**64 - 1]
    for i in ids:
        s.ask(N.CMD_SWITCH_SET, new_switch(u32(N.SWITCH_A_PENDING_MAX, 1), of=i))
    t.refused(ENOSPC, "too many", s.ask, N.CMD_SWITCH_SET, new_switch(of=0))
    small = Socket(room=8192)
    got = small.dump(N.CMD_SWITCH_GET)
    t.same(sorted(ids), [number(parse(parse(g)[N.A_SWITCH])[N.SWITCH_A_DPID])
                         for g in got])
    t.check(not small.interrupted, "a quiet dump was interrupted")
    left = list(ids)

    def delete_one():
        if len(left) > 200:
            s.ask(N.CMD_SWITCH_DEL, dpid(left.pop()))

    small.dump(N.CMD_SWITCH_GET, between=delete_one)
    t.check(small.interrupted, "a dump did not say that switches went meanwhile")
    for i in left[:20]:
        s.ask(N.CMD_SWITCH_DEL, dpid(i))
        t.refused(ENODEV, "no such switch", s.ask, N.CMD_SWITCH_GET, dpid(i))
    s.ask(N.CMD_SWITCH_SET, new_switch(of=0))


def keysets(t):
    s, small = Socket(), Socket(room=8192)
    t.refused(ENODEV, "no such switch", s.ask, N.CMD_KEYSET_ADD, dpid(), keyset())
    s.ask(N.CMD_SWITCH_SET, new_switch())

    def refuse(code, words, message):
        t.refused(code, words, s.ask, N.CMD_KEYSET_ADD, dpid(), message)

    good = [key(i) for i in range(1, 5)]
    parts = [u32(N.KEYSET_A_PHASE, 1), u8(N.KEYSET_A_SCHEME, 1),
             u16(N.KEYSET_A_N, 1), u16(N.KEYSET_A_QUORUM, 1), key(1)]
    t.refused(EINVAL, MISSING, s.ask, N.CMD_KEYSET_ADD, dpid())
    for i in range(len(parts)):
        refuse(EINVAL, MISSING, nest(N.A_KEYSET, *parts[:i], *parts[i + 1:]))
    whole = [u16(N.KEY_A_SIGNER, 1), u8(N.KEY_A_ALG, 2),
             attr(N.KEY_A_DATA, sealed.public(1))]
    for i in range(len(whole)):
        refuse(EINVAL, MISSING, nest(N.A_KEYSET, *parts[:4], nest(
            N.KEYSET_A_KEY, *whole[:i], *whole[i + 1:])))
    for bad in (keyset(0), keyset(n=0, keys=good), keyset(n=129, keys=good),
                keyset(quorum=0), keyset(quorum=129), keyset(scheme=0),
                keyset(scheme=3), keyset(keys=[key(129, b"\4" * 65)]),
                keyset(keys=[key(1, alg=0)]), keyset(keys=[key(1, alg=4)]),
                keyset(keys=[key(1, b"x" * 63)]), keyset(keys=[key(1, b"x" * 561)])):
        refuse(ERANGE, "", bad)
    refuse(EINVAL, "ttribute", nest(N.A_KEYSET, *parts,
                                    attr(N.KEYSET_A_CURRENT, b"")))
    refuse(EINVAL, "too many keys", keyset(keys=[key(1, b"\4" * 65)] * 129))
    for bad in (keyset(quorum=1), keyset(quorum=4), keyset(keys=good[:3]),
                keyset(keys=good + [key(5)]), keyset(keys=good[::-1]),
                keyset(keys=[good[0]] * 4),
                keyset(scheme=2), keyset(n=4, scheme=2, keys=good[:1]),
                keyset(keys=good[:3] + [key(4, b"\4" * 66)]),
                keyset(keys=good[:3] + [key(4, alg=1)]),
                keyset(keys=good[:3] + [key(4, alg=3)]),
                keyset(keys=good[:3] + [key(4, b"\4" * 65)]),
                keyset(keys=good[:3] + [key(4, b"\4" + bytes(64))]),
                keyset(keys=good[:3] + [key(4, sealed.encode_point(sealed.G))]),
                keyset(keys=good[:3] + [key(4, b"\3" + bytes(64))])):
        refuse(EINVAL, " ", bad)
    t.same([], s.dump(N.CMD_KEYSET_GET, dpid()))

    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset(5))
    t.same(5, number(show(s)[N.SWITCH_A_PHASE]))
    for phase in (5, 4, 7, 2**32 - 1):
        refuse(EINVAL, "does not follow", keyset(phase))
    s.ask(N.CMD_SWITCH_SET, switch(u32(N.SWITCH_A_OVERLAP, 3600000)))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset(6, n=1, quorum=1))

    def phases():
        out = {}
        for message in small.dump(N.CMD_KEYSET_GET, dpid()):
            found = parse_all(parse(message)[N.A_KEYSET])
            one = dict(found)
            entry = out.setdefault(number(one[N.KEYSET_A_PHASE]),
                                   [N.KEYSET_A_CURRENT in one, []])
            entry[1] += [parse(v) for k, v in found if k == N.KEYSET_A_KEY]
        return out

    got = phases()
    t.same([6, 5], list(got))
    t.same([True, False], [got[6][0], got[5][0]], "which is current")
    t.same([sealed.public(i) for i in range(1, 5)],
           [k[N.KEY_A_DATA] for k in got[5][1]])
    retire = nest(N.A_KEYSET, u32(N.KEYSET_A_PHASE, 5))
    t.refused(EINVAL, MISSING, s.ask, N.CMD_KEYSET_RETIRE, dpid(),
              nest(N.A_KEYSET))
    t.refused(EINVAL, "ttribute", s.ask, N.CMD_KEYSET_RETIRE, dpid(), keyset(5))
    t.refused(ENOKEY, "no key set", s.ask, N.CMD_KEYSET_RETIRE, dpid(),
              nest(N.A_KEYSET, u32(N.KEYSET_A_PHASE, 4)))
    s.ask(N.CMD_KEYSET_RETIRE, dpid(), retire)
    t.refused(ENOKEY, "no key set", s.ask, N.CMD_KEYSET_RETIRE, dpid(), retire)
    t.same([6], list(phases()))

    point, keys = sealed.multiple(5000), []
    for i in range(1, 129):
        point = sealed.add(point, sealed.G)
        keys.append(key(i, sealed.encode_point(point)))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset(7, 128, 43, keys=keys))
    got = phases()
    t.same([7, 6], list(got))
    t.same(list(range(1, 129)), [number(k[N.KEY_A_SIGNER]) for k in got[7][1]])


def ports(t):
    s = Socket()
    s.ask(N.CMD_SWITCH_SET, new_switch())

    def refuse(code, words, message, command=N.CMD_PORT_SET):
        t.refused(code, words, s.ask, command, dpid(), message)

    refuse(EINVAL, MISSING, nest(N.A_PORT))
    refuse(EINVAL, MISSING, port(1))
    refuse(EINVAL, MISSING, nest(N.A_PORT, text(N.PORT_A_NETDEV, "v1")))
    for bad in (0, 0xffffff01, 0xfffffffd, 0xffffffff):
        refuse(EINVAL, "not the number", port(bad, "v1"))
        refuse(EINVAL, "not the number", port(bad), N.CMD_PORT_DEL)
    for bad in ("", "..", "a/b", "a:b"):
        refuse(EINVAL, "not the name", port(1, bad))
    refuse(EINVAL, "", port(1, "sixteen-letters-"))
    refuse(ERANGE, "", port(1, "v1", 2))
    refuse(EINVAL, "ttribute", nest(N.A_PORT, u32(N.PORT_A_NUMBER, 1),
                                    text(N.PORT_A_NETDEV, "v1"),
                                    u32(N.PORT_A_DP_PORT, 1)))
    refuse(EINVAL, "ttribute", port(1, "v1"), N.CMD_PORT_DEL)
    refuse(EINVAL, MISSING, nest(N.A_PORT), N.CMD_PORT_DEL)
    t.refused(ENOENT, "", s.ask, N.CMD_PORT_DEL, dpid(), port(1))

    names = {n: f"oq-v{n}" for n in range(1, 200)}
    for n in sorted(names, key=lambda n: n * 83 % 199):
        s.ask(N.CMD_PORT_SET, dpid(), port(n, names[n], n % 2))
    s.ask(N.CMD_PORT_SET, dpid(), port(OFPP_LOCAL, "oq-local"))
    got = [parse(parse(m)[N.A_PORT])
           for m in Socket(room=8192).dump(N.CMD_PORT_GET, dpid())]
    t.same(sorted(names) + [OFPP_LOCAL], [number(p[N.PORT_A_NUMBER]) for p in got])
    t.same([n % 2 for n in sorted(names)] + [0],
           [number(p[N.PORT_A_NO_FLOOD]) for p in got])
    t.check(all(N.PORT_A_DP_PORT not in p for p in got), "there is no datapath")
    t.same(200, number(show(s)[N.SWITCH_A_PORTS]))
    s.ask(N.CMD_PORT_SET, dpid(), port(7, "oq-other"))
    t.same(200, number(show(s)[N.SWITCH_A_PORTS]), "replaced")
    t.refused(EEXIST, "", s.ask, N.CMD_PORT_SET, dpid(),
              port(1000, "oq-other"))
    for n in names:
        s.ask(N.CMD_PORT_DEL, dpid(), port(n))
    t.same(1, len(s.dump(N.CMD_PORT_GET, dpid())))


def namespaces(t):
    """A switch is one of its namespace; the namespace goes with switches in it."""
    s = Socket()
    s.ask(N.CMD_SWITCH_SET, new_switch())

    def child():
        inner = Socket()
        empty = inner.dump(N.CMD_SWITCH_GET) == []
        inner.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY)))
        inner.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
        inner.ask(N.CMD_PORT_SET, dpid(), port(1, "v1"))
        payload = sealed.flow_add(1, [], [sealed.output(1)], hard=3600)
        inner.ask(N.CMD_UPDATE_SUBMIT, dpid(),
                  attr(N.A_UPDATE, sealed.update(1, payload)))
        inner.ask(N.CMD_UPDATE_SUBMIT, dpid(),
                  attr(N.A_UPDATE, sealed.update(2, payload, [1])))
        return 0 if empty else 1

    t.same(0, in_namespace(child))
    t.same(OFF, number(show(s)[N.SWITCH_A_MODE]))
    t.same(1, len(s.dump(N.CMD_SWITCH_GET)))


GROUPS = [envelope, permissions, switches, many_switches, keysets, ports,
          namespaces]
