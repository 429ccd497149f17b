# SPDX-License-Identifier: GPL-2.0
"""Messages made by os-ken, with the words that they mean, for golden-openflow.

flow_mod(), delete(), group_mod() and packet_out() return bytes and words.
"""

import ipaddress

from os_ken.ofproto import ofproto_v1_3 as of
from os_ken.ofproto import ofproto_v1_3_parser as parser
from os_ken.ofproto.ofproto_protocol import ProtocolDesc

XID = 0x01020304

# os-ken's name, ours, bytes
FIELDS = [
    ("in_port", "in_port", 4), ("metadata", "metadata", 8),
    ("eth_dst", "eth_dst", 6), ("eth_src", "eth_src", 6),
    ("eth_type", "eth_type", 2), ("vlan_vid", "vlan_vid", 2),
    ("vlan_pcp", "vlan_pcp", 1), ("ip_dscp", "ip_dscp", 1),
    ("ip_ecn", "ip_ecn", 1), ("ip_proto", "ip_proto", 1),
    ("ipv4_src", "ipv4_src", 4), ("ipv4_dst", "ipv4_dst", 4),
    ("tcp_src", "tcp_src", 2), ("tcp_dst", "tcp_dst", 2),
    ("udp_src", "udp_src", 2), ("udp_dst", "udp_dst", 2),
    ("sctp_src", "sctp_src", 2), ("sctp_dst", "sctp_dst", 2),
    ("icmpv4_type", "icmpv4_type", 1), ("icmpv4_code", "icmpv4_code", 1),
    ("arp_op", "arp_op", 2), ("arp_spa", "arp_spa", 4),
    ("arp_tpa", "arp_tpa", 4), ("arp_sha", "arp_sha", 6),
    ("arp_tha", "arp_tha", 6), ("ipv6_src", "ipv6_src", 16),
    ("ipv6_dst", "ipv6_dst", 16), ("ipv6_flabel", "ipv6_flabel", 4),
    ("icmpv6_type", "icmpv6_type", 1), ("icmpv6_code", "icmpv6_code", 1),
    ("ipv6_nd_target", "nd_target", 16), ("ipv6_nd_sll", "nd_sll", 6),
    ("ipv6_nd_tll", "nd_tll", 6),
]
OUR = {theirs: (ours, size) for theirs, ours, size in FIELDS}
ORDER = [theirs for theirs, _, _ in FIELDS]

datapath = ProtocolDesc(version=of.OFP_VERSION)


def raw(field, value):
    """A value as its bytes, in hexadecimal."""
    size = OUR[field][1]
    if isinstance(value, int):
        return value.to_bytes(size, "big").hex()
    if size == 6:
        return value.replace(":", "")
    return ipaddress.ip_address(value).packed.hex()


def ones(field, mask):
    return raw(field, mask) == {"vlan_vid": "1fff",
                                "ipv6_flabel": "000fffff"}.get(
        field, "ff" * OUR[field][1])


def say_match(match):
    words = []
    for field in ORDER:
        if field not in match:
            continue
        value = match[field]
        word = OUR[field][0] + ":"
        if isinstance(value, tuple) and not ones(field, value[1]):
            word += raw(field, value[0]) + "/" + raw(field, value[1])
        elif isinstance(value, tuple):
            word += raw(field, value[0])
        else:
            word += raw(field, value)
        words.append(word)
    return " match=" + ",".join(words)


def action(a):
    """os-ken's action and our words for a tuple."""
    kind, *rest = a
    if kind == "output":
        port = rest[0]
        if port == of.OFPP_CONTROLLER:
            return (parser.OFPActionOutput(port, rest[1]),
                    f"controller:{rest[1]}")
        return parser.OFPActionOutput(port), f"output:{port:#x}"
    if kind == "group":
        return parser.OFPActionGroup(rest[0]), f"group:{rest[0]:#x}"
    if kind == "push":
        return parser.OFPActionPushVlan(rest[0]), f"push:{rest[0]:#x}"
    if kind == "pop":
        return parser.OFPActionPopVlan(), "pop"
    if kind == "ttl":
        return parser.OFPActionSetNwTtl(rest[0]), f"ttl:{rest[0]}"
    if kind == "dec_ttl":
        return parser.OFPActionDecNwTtl(), "dec_ttl"
    field, value = rest
    return (parser.OFPActionSetField(**{field: value}),
            f"set:{OUR[field][0]}:{raw(field, value)}")


def actions(many):
    return [action(a)[0] for a in many]


def say_actions(word, many):
    return f" {word}=" + ",".join(action(a)[1] for a in many)


def instructions(ins):
    """In the order that the dictionary has"""
    made = []
    for kind, value in ins.items():
        made.append({
            "apply": lambda v: parser.OFPInstructionActions(
                of.OFPIT_APPLY_ACTIONS, actions(v)),
            "write": lambda v: parser.OFPInstructionActions(
                of.OFPIT_WRITE_ACTIONS, actions(v)),
            "clear": lambda v: parser.OFPInstructionActions(
                of.OFPIT_CLEAR_ACTIONS, []),
            "metadata": lambda v: parser.OFPInstructionWriteMetadata(*v),
            "goto": parser.OFPInstructionGotoTable,
        }[kind](value))
    return made


def say_instructions(ins):
    words = ""
    if ins.get("apply"):
        words += say_actions("apply", ins["apply"])
    if "clear" in ins:
        words += " clear"
    if ins.get("write"):
        words += say_actions("write", ins["write"])
    if "metadata" in ins:
        words += " metadata=%#x/%#x" % ins["metadata"]
    if "goto" in ins:
        words += " goto=%d" % ins["goto"]
    return words


def wire(msg):
    msg.set_xid(XID)
    msg.serialize()
    return bytes(msg.buf)


COMMANDS = ["add", "modify", "modify_strict", "delete", "delete_strict"]


def flow_mod(match=None, ins=None, command="add", **other):
    match = match or {}
    ins = ins or {}
    msg = parser.OFPFlowMod(datapath, command=COMMANDS.index(command),
                            match=parser.OFPMatch(**match),
                            instructions=instructions(ins), **other)
    get = other.get
    delete = command.startswith("delete")
    says = (f"flow_mod {command} table={get('table_id', 0)}"
            f" priority={get('priority', 32768)}"
            f" cookie={get('cookie', 0):#x}"
            f"/{0 if command == 'add' else get('cookie_mask', 0):#x}"
            f" idle={get('idle_timeout', 0)} hard={get('hard_timeout', 0)}"
            f" flags={get('flags', 0):#x}"
            f" out_port={get('out_port', 0) if delete else of.OFPP_ANY:#x}"
            f" out_group={get('out_group', 0) if delete else of.OFPG_ANY:#x}")
    return wire(msg), says + say_match(match) + say_instructions(ins)


def delete(match=None, command="delete", **other):
    other = {"out_port": of.OFPP_ANY, "out_group": of.OFPG_ANY, **other}
    return flow_mod(match, None, command, **other)


def group_mod(buckets=(), command=of.OFPGC_ADD, kind=of.OFPGT_ALL, group=1,
              **bucket):
    msg = parser.OFPGroupMod(datapath, command, kind, group, [
        parser.OFPBucket(actions=actions(b), **bucket) for b in buckets])
    if command == of.OFPGC_DELETE:
        kind = of.OFPGT_ALL
    says = (f"group_mod {['add', 'modify', 'delete'][command % 3]}"
            f" group={group:#x} type={kind}")
    return wire(msg), says + "".join(say_actions("bucket", b)
                                     for b in buckets)


def packet_out(many, data, in_port=of.OFPP_CONTROLLER,
               buffer_id=of.OFP_NO_BUFFER):
    msg = parser.OFPPacketOut(datapath, buffer_id=buffer_id, in_port=in_port,
                              actions=actions(many), data=data)
    says = f"packet_out in_port={in_port:#x}" + say_actions("actions", many)
    return wire(msg), says + " data=" + data.hex()
