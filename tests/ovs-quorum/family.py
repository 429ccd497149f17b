# SPDX-License-Identifier: GPL-2.0
"""The numbers of the family, from the header, and its messages in short."""

import os
import re

import sealed
from genl import attr, nest, number, parse, text, u8, u16, u32, u64

HEADER = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      "../../include/uapi/linux/ovs_quorum.h")
DPID, DOMAIN, DATAPATH = 0xa1, 7, "oq-test"
OFF, VERIFY, ENFORCE = range(3)
PENDING, APPLIED, REJECTED, EXPIRED = range(4)


class Numbers:
    """OVS_QUORUM_X as .X"""

    def __init__(self):
        with open(HEADER, encoding="utf-8") as f:
            code = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.DOTALL)
        for body in re.findall(r"enum \w+ \{(.*?)\};", code, re.DOTALL):
            value = -1
            for entry in filter(None, map(str.strip, body.split(","))):
                name, _, expr = (p.strip() for p in entry.partition("="))
                if name.startswith("__"):
                    continue
                if not expr.startswith("__"):  # the last, again, as _MAX
                    value = int(expr) if expr else value + 1
                setattr(self, name.removeprefix("OVS_QUORUM_"), value)


N = Numbers()


def dpid(value=DPID):
    return u64(N.A_DPID, value)


def switch(*attrs, of=DPID):
    """SWITCH_SET of a switch with these attributes besides."""
    return nest(N.A_SWITCH, u64(N.SWITCH_A_DPID, of), *attrs)


def new_switch(*attrs, of=DPID, datapath=DATAPATH):
    return switch(u64(N.SWITCH_A_DOMAIN, DOMAIN),
                  text(N.SWITCH_A_DATAPATH, datapath), *attrs, of=of)


def mode(value):
    return u8(N.SWITCH_A_MODE, value)


def key(signer, data=None, alg=2):
    if data is None:
        data = sealed.public(signer)
    return nest(N.KEYSET_A_KEY, u16(N.KEY_A_SIGNER, signer),
                u8(N.KEY_A_ALG, alg), attr(N.KEY_A_DATA, data))




def keyset(phase=1, n=4, quorum=2, scheme=1, keys=None):
    if keys is None:
        keys = [key(i) for i in range(1, n + 1)]
    return nest(N.A_KEYSET, u32(N.KEYSET_A_PHASE, phase),
                u8(N.KEYSET_A_SCHEME, scheme), u16(N.KEYSET_A_N, n),
                u16(N.KEYSET_A_QUORUM, quorum), *keys)


def port(value, netdev=None, no_flood=None):
    attrs = [u32(N.PORT_A_NUMBER, value)]
    if netdev is not None:
        attrs.append(text(N.PORT_A_NETDEV, netdev))
    if no_flood is not None:
        attrs.append(u8(N.PORT_A_NO_FLOOD, no_flood))
    return nest(N.A_PORT, *attrs)


def result(attrs):
    """State, signers, signers needed, reason of an answer or notification."""
    r = parse(parse(attrs)[N.A_RESULT])
    reason = r.get(N.RESULT_A_REASON, b"").rstrip(b"\0").decode()
    return (number(r[N.RESULT_A_STATE]), number(r[N.RESULT_A_HAVE]),
            number(r[N.RESULT_A_NEED]), reason)
