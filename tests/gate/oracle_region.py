# SPDX-License-Identifier: GPL-2.0
"""Part of oracle.py: a flow's attributes, as a set of packets; its actions.

After Linux 6.1, net/openvswitch/flow_netlink.c and actions.c.
"""

import struct
import sys

(PAD, ENCAP, PRIORITY, IN_PORT, ETHERNET, VLAN, ETHERTYPE, IPV4, IPV6, TCP, UDP,
 ICMP, ICMPV6, ARP, ND, MARK, TUNNEL, SCTP, TCP_FLAGS, DP_HASH, RECIRC, MPLS,
 CT_STATE, CT_ZONE, CT_MARK, CT_LABELS) = range(26)
EXTHDRS = 32
LENGTHS = {ENCAP: None, PRIORITY: 4, IN_PORT: 4, ETHERNET: 12, VLAN: 2,
           ETHERTYPE: 2, IPV4: 12, IPV6: 40, TCP: 4, UDP: 4, ICMP: 2, ICMPV6: 2,
           ARP: 24, ND: 28, MARK: 4, SCTP: 4, TCP_FLAGS: 2, DP_HASH: 4,
           RECIRC: 4, CT_STATE: 4, CT_ZONE: 2, CT_MARK: 4, CT_LABELS: 16,
           EXTHDRS: 2}
OUTPUT, USERSPACE, SET, PUSH_VLAN, POP_VLAN, SET_MASKED = 1, 2, 3, 4, 5, 11
VLANS = (0x8100, 0x88a8)
CONTROLLER = "controller"

WIDTH = {"metadata": 64, "in_port": 32, "eth_dst": 48, "eth_src": 48,
         "vlan_tci": 16, "eth_type": 16, "ip_proto": 8, "ip_tos": 8,
         "ip_ttl": 8, "ip_frag": 8, "ipv4_src": 32, "ipv4_dst": 32,
         "ipv6_src": 128, "ipv6_dst": 128, "ipv6_flabel": 32, "tp_src": 16,
         "tp_dst": 16, "arp_op": 16, "arp_sha": 48, "arp_tha": 48,
         "arp_spa": 32, "arp_tpa": 32, "nd_target": 128, "nd_sll": 48,
         "nd_tll": 48}
HEADERS = [f for f in WIDTH
           if f not in ("metadata", "in_port", "vlan_tci", "eth_type")]


class Refuse(Exception):
    """The verdict, with a reason."""


class Skip(Exception):
    """An action on a header that these packets do not have: it does nothing."""


def full(field):
    return (1 << WIDTH[field]) - 1


def number(data):
    return int.from_bytes(data, "big")


def native(data):
    return int.from_bytes(data, sys.byteorder)


def attributes(data):
    """Yield (type, payload) of a list of netlink attributes."""
    while len(data) >= 4:
        size, kind = struct.unpack("=HH", data[:4])
        if size < 4 or size > len(data):
            raise Refuse("malformed attribute")
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]
    if data:
        raise Refuse("bytes behind the attributes")


def keys(data):
    """One level of key or mask attributes, as a dictionary."""
    found = {}
    for kind, payload in attributes(data):
        if kind not in LENGTHS:
            raise Refuse("unsupported key attribute %d" % kind)
        if kind in found:
            raise Refuse("attribute twice")
        if LENGTHS[kind] not in (None, len(payload)):
            raise Refuse("wrong length")
        found[kind] = payload
    return found


def without_zeros(found):
    return {k: v for k, v in found.items() if any(v)}


def flatten(data, mask_of=None):
    """Take the tags off; returns ([(tpid, tci)], attributes of all levels).

    With mask_of, the number of tags in the key, this is a mask: all zeros is as
    good as absent.
    """
    tags, merged = [], {}
    level = keys(data)
    while True:
        if mask_of is not None:
            level = without_zeros(level)
            inner = ENCAP in level
            if inner and len(tags) >= mask_of:
                raise Refuse("mask of a tag that is not there")
        else:
            inner = (len(tags) < 2 and ETHERTYPE in level and
                     number(level[ETHERTYPE]) in VLANS)
            if inner and not (VLAN in level and ENCAP in level):
                raise Refuse("tag is cut short")
        if not inner:
            break
        tpid = number(level.pop(ETHERTYPE, b"\0\0"))
        tci = number(level.pop(VLAN, b"\0\0"))
        encap = level.pop(ENCAP)
        tags.append((tpid, tci))
        merge(merged, level)
        level = keys(encap)
    if VLAN in level or ENCAP in level:
        raise Refuse("unexpected tag attribute")
    merge(merged, level)
    return tags, merged


def merge(into, level):
    if set(into) & set(level):
        raise Refuse("attribute twice")
    into.update(level)


def ones(data):
    """The mask of a flow without one: all bits of what the key has."""
    out = b""
    for kind, payload in attributes(data):
        payload = ones(payload) if kind == ENCAP else b"\xff" * len(payload)
        out += struct.pack("=HH", len(payload) + 4, kind) + payload
        out += b"\0" * (-len(payload) % 4)
    return out


class State:
    """A set of packets and what became of their headers.

    fields: name -> (value, known bits).  tags, outermost first: (tpid, known,
    tci, known, name of what unknown bits are).  hidden: tags at the end that rules
    do not see.
    """

    def __init__(self):
        self.fields = {}
        self.tags = []
        self.hidden = 0

    def copy(self):
        s = State()
        s.fields = dict(self.fields)
        s.tags = list(self.tags)
        s.hidden = self.hidden
        return s

    def put(self, field, value, mask):
        self.fields[field] = (value & mask, mask)

    def set(self, field, value, mask):
        v, m = self.fields.get(field, (0, 0))
        self.fields[field] = ((v & ~mask) | (value & mask), m | mask)

    def snapshot(self):
        tags = tuple((tp, tpk, tci, tck, "" if tpk == tck == 0xffff else name)
                     for tp, tpk, tci, tck, name in self.tags)
        return (tuple(self.fields.get(f, (0, 0)) for f in HEADERS),
                self.fields.get("eth_type"), tags)

    def view(self, field):
        """What a rule sees of a field."""
        shown = len(self.tags) - self.hidden
        if field == "vlan_tci":
            if not shown:
                return 0, 0xffff
            return self.tags[0][2], self.tags[0][3]
        if field == "eth_type" and self.hidden:
            return self.tags[shown][0], self.tags[shown][1]
        if self.hidden and field not in ("metadata", "in_port", "eth_dst",
                                         "eth_src"):
            return 0, full(field)
        v, m = self.fields.get(field, (0, 0))
        if field in ("tp_src", "tp_dst") and self.frags() != {0}:
            return 0, 0xffff if 0 not in self.frags() else m & ~v
        return v, m

    def frags(self):
        """Kinds of fragments that there may be: no, first, later."""
        v, m = self.fields.get("ip_frag", (0, 0))
        return {f for f in (0, 1, 2) if f & m == v}

    def exact(self, field):
        v, m = self.fields.get(field, (0, 0))
        return v if m == full(field) else None


def absent(state, *names):
    for name in names:
        state.put(name, 0, full(name))


def region(flow, ports, vlan_limit):
    """The packets of a flow; after ovs_nla_get_match()."""
    key_tags, key = flatten(flow["key"])
    mask_data = flow["mask"] if flow["mask"] is not None else ones(flow["key"])
    for _, tci in key_tags:
        if not tci & 0x1000:
            raise Refuse("tag without its present bit")
    mask_tags, mask = flatten(mask_data, len(key_tags))

    def exact(kind, want):
        return (kind in key and key[kind] == want and
                mask.get(kind, b"") == b"\xff" * len(want))

    if IN_PORT not in key or mask.get(IN_PORT) != b"\xff" * 4:
        raise Refuse("input port is not matched")
    if not exact(RECIRC, b"\0\0\0\0"):
        raise Refuse("recirculated")
    # Supported only where they are not looked at; priority and mark may be.
    for kind in (DP_HASH, CT_STATE, CT_ZONE, CT_MARK, CT_LABELS, EXTHDRS,
                 TCP_FLAGS):
        if kind in mask:
            raise Refuse("match outside the set")
    dp = native(key[IN_PORT])
    if dp not in ports:
        raise Refuse("port of no switch")
    if ETHERNET not in key:
        raise Refuse("no Ethernet header")

    s = State()
    s.put("in_port", ports[dp], full("in_port"))
    s.put("metadata", 0, full("metadata"))
    for i, name in ((0, "eth_src"), (6, "eth_dst")):
        s.put(name, number(key[ETHERNET][i:i + 6]),
              number(mask.get(ETHERNET, bytes(12))[i:i + 6]))
    for i, (tpid, tci) in enumerate(key_tags):
        if i < len(mask_tags):
            tpm, tcm = mask_tags[i]
            if tpm != 0xffff or (tcm and not tcm & 0x1000):
                raise Refuse("mask of a tag")
            # A mask of zeros: the kernel takes some other bits; we none.
            tcm |= 0x1000
        else:
            tpm, tcm = 0, 0xffff
        s.tags.append((tpid & tpm, tpm, tci & tcm, tcm, "tag%d" % i))
    s.hidden = max(0, len(s.tags) - vlan_limit)
    l3(s, key, mask)
    return s


def l3(s, key, mask):
    kind = number(key[ETHERTYPE]) if ETHERTYPE in key else 0x05ff
    if kind < 0x600 and ETHERTYPE in key:
        raise Refuse("Ethernet type out of range")
    known = ETHERTYPE in mask
    s.put("eth_type", kind if known else 0, 0xffff if known else 0)
    expected = {0x0800: IPV4, 0x86dd: IPV6, 0x0806: ARP, 0x8035: ARP}.get(kind)
    for attr in (IPV4, IPV6, ARP):
        if attr == expected and attr not in key:
            raise Refuse("missing key attribute")
        if attr != expected and (attr in key or attr in mask):
            raise Refuse("key attribute of another type")
        if attr in mask and not known:
            raise Refuse("mask without the Ethernet type")
    v4, v6 = ("ipv4_src", "ipv4_dst"), ("ipv6_src", "ipv6_dst", "ipv6_flabel")
    ip = ("ip_proto", "ip_tos", "ip_ttl", "ip_frag", "tp_src", "tp_dst")
    arp = ("arp_op", "arp_sha", "arp_tha", "arp_spa", "arp_tpa")
    nd = ("nd_target", "nd_sll", "nd_tll")
    if known:
        absent(s, *(v4 if expected != IPV4 else ()),
               *(v6 + nd if expected != IPV6 else ()),
               *(arp if expected != ARP else ()),
               *(ip if expected not in (IPV4, IPV6) else ()))
    if expected == ARP:
        arp_fields(s, key[ARP], mask.get(ARP, bytes(24)))
    elif expected == IPV4:
        k, m = key[IPV4], mask.get(IPV4, bytes(12))
        put_all(s, k, m, (("ipv4_src", 0, 4), ("ipv4_dst", 4, 4),
                          ("ip_proto", 8, 1), ("ip_tos", 9, 1),
                          ("ip_ttl", 10, 1), ("ip_frag", 11, 1)))
        l4(s, key, mask, k[8], k[11], False)
    elif expected == IPV6:
        k, m = key[IPV6], mask.get(IPV6, bytes(40))
        if number(k[32:36]) >> 20:
            raise Refuse("flow label out of range")
        put_all(s, k, m, (("ipv6_src", 0, 16), ("ipv6_dst", 16, 16),
                          ("ipv6_flabel", 32, 4), ("ip_proto", 36, 1),
                          ("ip_tos", 37, 1), ("ip_ttl", 38, 1),
                          ("ip_frag", 39, 1)))
        l4(s, key, mask, k[36], k[39], True)
    elif set(key) & {TCP, UDP, SCTP, ICMP, ICMPV6, ND}:
        raise Refuse("ports without IP")


def put_all(s, k, m, where):
    for name, at, size in where:
        s.put(name, number(k[at:at + size]), number(m[at:at + size]))


def arp_fields(s, k, m):
    put_all(s, k, m, (("arp_spa", 0, 4), ("arp_tpa", 4, 4), ("arp_sha", 10, 6),
                      ("arp_tha", 16, 6)))
    op, known = k[9] & m[9], m[9]
    if k[8]:
        raise Refuse("ARP operation out of range")
    # The kernel sees operations above 255 as 0.
    s.put("arp_op", op, known | (0xff00 if op else 0))


def l4(s, key, mask, proto, frag, six):
    if frag > 2:
        raise Refuse("kind of fragment out of range")
    attr = {6: TCP, 17: UDP, 132: SCTP, 58 if six else 1:
            ICMPV6 if six else ICMP}.get(proto) if frag != 2 else None
    known = s.exact("ip_proto") is not None
    if attr is not None and attr not in key:
        raise Refuse("missing key attribute")
    if attr == TCP and TCP_FLAGS not in key:
        raise Refuse("missing key attribute")
    for other in (TCP, UDP, SCTP, ICMP, ICMPV6):
        if other != attr and (other in key or other in mask):
            raise Refuse("key attribute of another protocol")
        if other in mask and not known:
            raise Refuse("mask without the protocol")
    if TCP_FLAGS in key and attr != TCP:
        raise Refuse("TCP flags without TCP")
    is_nd = attr == ICMPV6 and key[attr][0] in (135, 136)
    if (ND in key) != is_nd:
        raise Refuse("neighbour discovery out of place")
    for name in ("tp_src", "tp_dst"):
        if frag == 2 or (known and attr is None):
            absent(s, name)
    if attr in (ICMP, ICMPV6):
        k, m = key[attr], mask.get(attr, bytes(2))
        for i, name in enumerate(("tp_src", "tp_dst")):
            s.put(name, k[i], m[i] | (0xff00 if known else 0))
    elif attr is not None:
        k, m = key[attr], mask.get(attr, bytes(4))
        put_all(s, k, m, (("tp_src", 0, 2), ("tp_dst", 2, 2)))
    if not six:
        return
    types = (s.exact("tp_src"), s.exact("tp_dst"))
    if ND in mask:
        if types[0] is None or types[1] != 0:
            raise Refuse("neighbour discovery without type and code")
        put_all(s, key[ND], mask[ND], (("nd_target", 0, 16), ("nd_sll", 16, 6),
                                       ("nd_tll", 22, 6)))
    elif known and (attr != ICMPV6 or
                    (types[0] is not None and types[0] not in (135, 136)) or
                    types[1]):
        absent(s, "nd_target", "nd_sll", "nd_tll")


def datapath(actions, state):
    """The actions' effects, or None for the slow path."""
    out = []
    items = list(attributes(actions))
    for kind, data in items:
        if kind == OUTPUT:
            if len(data) != 4:
                raise Refuse("malformed output")
            out.append((native(data), state.snapshot()))
        elif kind == USERSPACE:
            if cookie(data) == 2:
                if len(items) != 1:
                    raise Refuse("slow path among other actions")
                return None
            out.append((CONTROLLER, state.snapshot()))
        elif kind == PUSH_VLAN:
            if len(data) != 4:
                raise Refuse("malformed tag")
            tpid, tci = struct.unpack(">HH", data)
            if tpid not in VLANS or not tci & 0x1000:
                raise Refuse("malformed tag")
            state.tags.insert(0, (tpid, 0xffff, tci, 0xffff, ""))
        elif kind == POP_VLAN:
            if data or not state.tags:
                raise Refuse("no tag to pop")
            state.tags.pop(0)
        elif kind in (SET, SET_MASKED):
            rewrite(data, kind == SET_MASKED, state)
        else:
            raise Refuse("unsupported action")
    return out


def cookie(data):
    found = {}
    for kind, payload in attributes(data):
        if kind not in (1, 2) or kind in found:
            raise Refuse("malformed user space action")
        found[kind] = payload
    if 1 not in found or len(found[1]) != 4 or not any(found[1]):
        raise Refuse("user space action without a port")
    kind = native(found.get(2, b"\0\0")[:2])
    if len(found.get(2, b"")) != 48 or kind not in (2, 5):
        raise Refuse("user space action of another kind")
    return kind


def rewrite(data, masked, state):
    items = list(attributes(data))
    if len(items) != 1:
        raise Refuse("malformed set")
    kind, payload = items[0]
    size = LENGTHS.get(kind)
    if size is None or len(payload) != (2 * size if masked else size):
        raise Refuse("malformed set")
    value, mask = payload[:size], payload[size:] or b"\xff" * size
    if any(v & ~m & 0xff for v, m in zip(value, mask)):
        raise Refuse("value outside its mask")

    def put(*where):
        for name, at, n in where:
            state.set(name, number(value[at:at + n]), number(mask[at:at + n]))

    def known(name, *values):
        if state.exact(name) not in values:
            raise Refuse("set of what is not there")

    if kind == ETHERNET:
        put(("eth_src", 0, 6), ("eth_dst", 6, 6))
    elif kind in (IPV4, IPV6):
        proto, frag = (8, 11) if kind == IPV4 else (36, 39)
        known("eth_type", 0x0800 if kind == IPV4 else 0x86dd)
        if masked and (mask[proto] or mask[frag]):
            raise Refuse("set of the protocol")
        # Not written; the kernel itself refuses what differs in open bits.
        if not masked:
            for name, at in (("ip_proto", proto), ("ip_frag", frag)):
                v, m = state.fields[name]
                if (v ^ value[at]) & m:
                    raise Refuse("set of the protocol")
        if kind == IPV4:
            put(("ipv4_src", 0, 4), ("ipv4_dst", 4, 4), ("ip_tos", 9, 1),
                ("ip_ttl", 10, 1))
        else:
            label = number(mask[32:36])
            if number(value[32:36]) >> 20 or (masked and label >> 20):
                raise Refuse("flow label out of range")
            put(("ipv6_src", 0, 16), ("ipv6_dst", 16, 16), ("ip_tos", 37, 1),
                ("ip_ttl", 38, 1))
            state.set("ipv6_flabel", number(value[32:36]), label & 0xfffff)
    elif kind in (TCP, UDP, SCTP):
        known("eth_type", 0x0800, 0x86dd)
        known("ip_proto", {TCP: 6, UDP: 17, SCTP: 132}[kind])
        if 2 in state.frags():
            raise Refuse("set of what is not there")
        put(("tp_src", 0, 2), ("tp_dst", 2, 2))
    else:
        raise Refuse("unsupported set")
