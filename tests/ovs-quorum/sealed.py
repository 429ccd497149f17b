# SPDX-License-Identifier: GPL-2.0
"""Signed updates, byte for byte as PROTOCOL.md has them, with ECDSA P-256 keys.

Shares no code with lib/wire or quorumctl.  For tests: the secrets are numbers that
everybody knows.
"""

import hashlib
import struct

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)

ECDSA_P256 = 2
INDIVIDUAL = 1
OPENFLOW, KEYSET = 1, 2
IN_PORT_ANY = 0xffffffff


def add(a, b):
    """Points of P-256; None is the one at infinity."""
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiple(k, point=G):
    out = None
    while k:
        if k & 1:
            out = add(out, point)
        point = add(point, point)
        k >>= 1
    return out


def encode_point(point):
    return b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def secret_of(signer):
    """Not 1: the module knows better than to take the generator for a key."""
    return 1000 + signer


def public(signer):
    """The encoded public key of a signer."""
    return encode_point(multiple(secret_of(signer)))


def sign(signer, message):
    """r || s, with a nonce that depends on both."""
    secret = secret_of(signer)
    digest = hashlib.sha256(message).digest()
    k = int.from_bytes(hashlib.sha256(struct.pack(">Q", secret) +
                                      digest).digest(), "big") % N
    r = multiple(k)[0] % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def body(sequence, payload, *, kind=OPENFLOW, domain=7, dpid=0xa1, phase=1,
         deps=()):
    return (b"ASHU" + struct.pack(">BBHQQIIQII", 1, kind, 0, domain, dpid, phase,
                                  len(deps), sequence, len(payload), 0) +
            b"".join(struct.pack(">QQ", *d) for d in deps) + payload)


def leaf(encoded):
    return hashlib.sha256(b"\0" + encoded).digest()


def statement(root, *, leaves=1, domain=7, phase=1):
    return (b"ashlar-statement-1".ljust(20, b"\0") +
            struct.pack(">QII", domain, phase, leaves) + root)


def seal(encoded, sigs, *, leaves=1, index=0, path=()):
    """@sigs: (signer, signature) or (signer, signature, algorithm), ascending."""
    out = (b"ASHQ" + struct.pack(">B3xIIIHH", 1, len(encoded), leaves, index,
                                 len(path), len(sigs)) + encoded +
           b"".join(path))
    for signer, sig, *alg in sigs:
        out += struct.pack(">HBBH", signer, (alg or [ECDSA_P256])[0], 0,
                           len(sig)) + sig
    return out


def update(sequence, payload, signers=(1, 2), **fields):
    """A sealed update of one leaf, signed by these."""
    encoded = body(sequence, payload, **fields)
    said = statement(leaf(encoded), domain=fields.get("domain", 7),
                     phase=fields.get("phase", 1))
    return seal(encoded, [(s, sign(s, said)) for s in signers])


def keyset_payload(phase, n=4, quorum=2):
    out = struct.pack(">IBBHHH", phase, INDIVIDUAL, 0, n, quorum, n)
    for i in range(1, n + 1):
        key = public(i)
        out += struct.pack(">HBBH", i, ECDSA_P256, 0, len(key)) + key
    return out


def padded(data):
    return data + b"\0" * (-len(data) % 8)


def message(kind, rest, xid=0):
    return struct.pack(">BBHI", 4, kind, 8 + len(rest), xid) + rest


def oxm(field, value):
    return struct.pack(">HBB", 0x8000, field << 1, len(value)) + value


def match(*fields):
    data = struct.pack(">HH", 1, 4 + sum(map(len, fields))) + b"".join(fields)
    return padded(data)


def output(port, max_len=0):
    return struct.pack(">HHIH6x", 0, 16, port, max_len)


def group_action(group):
    return struct.pack(">HHI", 22, 8, group)


def flow_add(priority, fields, actions, *, table=0, hard=0, cookie=0):
    """FLOW_MOD that adds a rule with an apply-actions instruction."""
    acts = b"".join(actions)
    apply = struct.pack(">HH4x", 4, 8 + len(acts)) + acts
    return message(14, struct.pack(">QQBBHHHIIIH2x", cookie, 0, table, 0, 0, hard,
                                   priority, 0xffffffff, 0xffffffff, 0xffffffff,
                                   0) + match(*fields) + apply)


def group_add(group, *buckets):
    """GROUP_MOD that adds one of type all."""
    out = struct.pack(">HBxI", 0, 0, group)
    for actions in buckets:
        acts = b"".join(actions)
        out += struct.pack(">HHII4x", 16 + len(acts), 0, 0xffffffff,
                           0xffffffff) + acts
    return message(15, out)


def packet_out(in_port, actions, data):
    acts = b"".join(actions)
    return message(13, struct.pack(">IIH6x", 0xffffffff, in_port, len(acts)) +
                   acts + data)


def in_port(port):
    return oxm(0, struct.pack(">I", port))


def eth_dst(address):
    return oxm(3, address)
