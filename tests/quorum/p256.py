#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""ECDSA with P-256 in plain integers, and the table that tests the kernel's.

usage: p256.py write|check kernel/ovs-quorum/tests

The same rows in every run.  Affine points and Python's own arithmetic, so that
nothing is shared with what is tested.  Most signatures are not made with a
secret key: for any key Q and any u1 and u2, R = u1 G + u2 Q gives one (r = x of
R, s = r / u2, digest = u1 s), so that the corners of verification can be
chosen.  The kinds of corners are those of Wycheproof
(https://github.com/C2SP/wycheproof).
"""

import hashlib
import os
import sys

P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
MAX = 2**256 - 1

# RFC 6979 A.2.5, SHA-256: key, message, r, s
RFC6979 = (0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6,
           0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299,
           [("sample",
             0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716,
             0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8),
            ("test",
             0xf1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367,
             0x019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083)])

# openssl ecparam -name prime256v1 -genkey; openssl dgst -sha256 -sign
OPENSSL = [
    (0x1add67d4acb95a1c4cbfb97a0bbb59e6da0132fc4eecc668c1c9a01f8729e576,
     0xa58ad106135c37568654284e33177716f4fb82a61454c71f5fcd463b796e6370,
     "message 0",
     0x9ec15eff72c1b30e002e16f621b40892f0766857479a8ba5fcd50eea50cdd9db,
     0x0379ce69428a1f6b9886d8cd2468bbab7aa7ddd3c26aca75b82892bd14680119),
    (0x72d9f22c5be3cca82c7cf530d68a8896db6e5a78675fb819783bea996eb2344a,
     0x7ee9a43e49063d8900c222d5734c27a8f0d752f4c8acb25536fcc45042efb066,
     "message 1",
     0xe0935412e74136c37497cf5e6d8cca94927a5d33dbc15a3c8c3ffad9d5929ad9,
     0xe0e3fa2dd9509cf1c04479d5ac49d6b6af3df480dbf583409dc539b361ebf3fe),
    (0x3cb3add5c35406dfa2c000ae6c98ec84846affd38e65c7390479ccdd62831aac,
     0x5e163c8b396ca3208d17098c1f67a79d09b14005d2ffd1828a6fc32153a5a6ae,
     "message 2",
     0x33fde1ed6786081a7630aac125bc7227c2542edd7228c43cd18b310f18e50cae,
     0xc7a23b09f7a60dc446746e22d8ad64763eada8f6d77f489f81f3aaae492122d7),
    (0x0c1e44d1ab8f4ea5e37be054df2d1a380409b7671bc78fd0caf6c045897fd8b5,
     0xf93d2e0f6b8d5338d94a554e5e9174466d898c4d9c23bb3aedcd2592ca5091c6,
     "message 3",
     0x01841df51b0f7cee0fe7912810453793452f6075903980e23d2825d50aa3511c,
     0x93ebb7a94dc44a3196fb32ab0dbccef0aef94c41f6c216194e589d3c0ab6f998),
    (0x9c24ef72b2c7408c76f19605ea070b73cc5d0caa89413504fa91b4b920982532,
     0xaf0a1a60fabddbd9f8630c487835edbc65c9568821a4c8aca0cddf23fc6bf157,
     "message 4",
     0xf56bec20ec81ef364a06aaf50855479e2993b38ca9dadb53343b3b0b047ea063,
     0xfd2dd2aae270fc1d8d7cd801df050a26f72373e1e8ff44886fd1130fc54ece77),
    (0x9f3bd0be3128e597e8d326c24f3dfdbf0f6204b05581449e7aec00f2ccd45214,
     0x1f98003279dc54005a7749bf6b1de9875f50e21bbee12b05db978c2f09e8eb3d,
     "message 5",
     0xaf550258e66dcca5761e34b84229b0a667399b0121de38d472530063392fd1dc,
     0x7ac2d548645d6bdab4506ca1b0d08fce977d26d9be8233b7ea95f267251c0404),
]


def on_curve(q):
    x, y = q
    return (x < P and y < P and q != (0, 0)
            and (y * y - (x * x * x - 3 * x + B)) % P == 0)


def add(a, b):
    """Points of the curve; None is infinity."""
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        m = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        m = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (m * m - a[0] - b[0]) % P
    return x, (m * (a[0] - x) - a[1]) % P


def times(k, q):
    r = None
    while k:
        if k & 1:
            r = add(r, q)
        q = add(q, q)
        k >>= 1
    return r


def neg(q):
    return q and (q[0], P - q[1])


def with_x(x):
    """A point with this x, or None"""
    t = (x * x * x - 3 * x + B) % P
    y = pow(t, (P + 1) // 4, P)
    return (x, y) if y * y % P == t else None


def next_point(x, step=1):
    while not with_x(x):
        x += step
    return with_x(x)


def verify(q, digest, r, s):
    if not (0 < r < N and 0 < s < N):
        return False
    w = pow(s, -1, N)
    point = add(times(digest * w % N, G), times(r * w % N, q))
    return point is not None and point[0] % N == r


def scalar(name):
    """An integer mod N that its name decides"""
    return int.from_bytes(hashlib.sha512(name.encode()).digest(), "big") % N


def crafted(q, u1, u2):
    """digest, r, s with these two multipliers"""
    x = add(times(u1, G), times(u2, q))[0]
    r = x % N
    s = r * pow(u2, -1, N) % N
    return u1 * s % N, r, s


def key_for(point, digest, r, s):
    """The key under which a signature leads to a point"""
    w = pow(s, -1, N)
    rest = add(point, neg(times(digest * w % N, G)))
    return times(pow(r * w, -1, N), rest)


class Table:
    def __init__(self):
        self.rows = []
        self.names = set()

    def row(self, expect, name, q, digest, r, s):
        assert name not in self.names, name
        self.names.add(name)
        good = on_curve(q) and verify(q, digest, r, s)
        assert good == (expect in ("VALID", "WEAK")), name
        assert on_curve(q) == (expect != "KEY"), name
        self.rows.append((expect, name, q, digest, r, s))

    def pair(self, name, q, digest, r, s, expect="VALID"):
        """A valid one, and the same of another digest"""
        self.row(expect, name, q, digest, r, s)
        self.row("INVALID", name + ", digest + 1", q, (digest + 1) % 2**256,
                 r, s)


def published(t):
    for m, r, s in RFC6979[2]:
        digest = int.from_bytes(hashlib.sha256(m.encode()).digest(), "big")
        t.pair(f"RFC 6979 A.2.5 {m}", RFC6979[:2], digest, r, s)
    for x, y, m, r, s in OPENSSL:
        digest = int.from_bytes(hashlib.sha256(m.encode()).digest(), "big")
        t.pair(f"OpenSSL {m}", (x, y), digest, r, s)


def ranges(t):
    q = times(scalar("ranges"), G)
    digest, r, s = crafted(q, scalar("u1"), scalar("u2"))
    t.pair("ordinary", q, digest, r, s)
    t.row("VALID", "n - s", q, digest, r, N - s)
    t.row("INVALID", "n - r", q, digest, N - r, s)
    t.row("INVALID", "r and s exchanged", q, digest, s, r)
    t.row("INVALID", "-key", neg(q), digest, r, s)
    odd = {"0": 0, "1": 1, "2": 2, "n - 1": N - 1, "n": N, "n + 1": N + 1,
           "p - n": P - N, "p - 1": P - 1, "p": P, "p + 1": P + 1,
           "2^255": 2**255, "2^256 - 1": MAX}
    for name, v in odd.items():
        t.row("INVALID", f"r = {name}", q, digest, v, s)
        t.row("INVALID", f"s = {name}", q, digest, r, v)
    for a in ("0", "1", "n", "2^256 - 1"):
        for b in ("0", "1", "n", "2^256 - 1"):
            t.row("INVALID", f"r = {a}, s = {b}", q, digest, odd[a], odd[b])
            if b in ("0", "n"):
                t.row("INVALID", f"r = {a}, s = {b}, digest 0", q, 0, odd[a],
                      odd[b])
    for bit in (0, 1, 31, 63, 64, 127, 128, 191, 192, 255):
        t.row("INVALID", f"r, bit {bit}", q, digest, r ^ 1 << bit, s)
        t.row("INVALID", f"s, bit {bit}", q, digest, r, s ^ 1 << bit)
        t.row("INVALID", f"digest, bit {bit}", q, digest ^ 1 << bit, r, s)


def large_x(t):
    """x of R may be above n: then r is x - n, and r alone says not which."""
    for i, start in enumerate((N, N + 2**100, P - 1)):
        point = next_point(start, 1 if i < 2 else -1)
        r = point[0] - N
        s, digest = scalar(f"large s {i}"), scalar(f"large e {i}")
        q = key_for(point, digest, r, s)
        t.pair(f"x >= n, {i}", q, digest, r, s)
        t.row("INVALID", f"x >= n, {i}, r not reduced", q, digest, point[0], s)
    for i, start in enumerate((1, 2**32, P - N)):
        point = next_point(start)
        s, digest = scalar(f"small s {i}"), scalar(f"small e {i}")
        q = key_for(point, digest, point[0], s)
        t.pair(f"small x, {i}", q, digest, point[0], s)
        t.row("INVALID", f"small x, {i}, r + n", q, digest, point[0] + N, s)
        t.row("INVALID", f"small x, {i}, s + n", q, digest, point[0],
              (s + N) % 2**256)
        # s that is small enough to have a second representation
        q = key_for(point, digest, point[0], 5 + i)
        t.row("VALID", f"small s, {i}", q, digest, point[0], 5 + i)
        t.row("INVALID", f"small s, {i}, s + n", q, digest, point[0],
              5 + i + N)


def digests(t):
    """Digests are integers of 256 bits: those above n are reduced."""
    for name, e in (("0", 0), ("1", 1), ("n - 1", N - 1), ("n", N),
                    ("n + 1", N + 1), ("p", P), ("2^256 - 1", MAX)):
        point = times(scalar("k " + name), G)
        r, s = point[0] % N, scalar("s " + name)
        q = key_for(point, e, r, s)
        t.pair(f"digest {name}", q, e, r, s)


def infinity(t):
    """u1 G + u2 Q is infinity: no x at all, whatever r is."""
    for i in range(4):
        d, s = scalar(f"infinity {i}"), scalar(f"infinity s {i}")
        r = (1, P - N, N - 1, scalar("infinity r"))[i]
        t.row("INVALID", f"infinity, {i}", times(d, G), -r * d % N, r, s)


def multipliers(t):
    q = times(scalar("multipliers"), G)
    some = {"1": 1, "2": 2, "3": 3, "n - 1": N - 1, "n - 2": N - 2,
            "2^255": 2**255, "2^128": 2**128, "2^64 - 1": 2**64 - 1,
            "(n - 1)/2": (N - 1) // 2, "(n + 1)/2": (N + 1) // 2,
            "0x5555..": int("5" * 63, 16), "0xaaaa..": int("a" * 63, 16)}
    for a, u1 in [("0", 0)] + list(some.items()):
        for b, u2 in some.items():
            if a in ("0", "1", "n - 1", "2^255") or a == b or b == "1":
                t.row("VALID", f"u1 = {a}, u2 = {b}", q, *crafted(q, u1, u2))


def keys(t):
    u1, u2 = scalar("keys u1"), scalar("keys u2")
    for name, q in (("x = 0", with_x(0)), ("small x", next_point(1)),
                    ("large x", next_point(P - 1, -1)),
                    ("x of 2^128", next_point(2**128))):
        t.pair(f"key with {name}", q, *crafted(q, u1, u2))
        t.row("VALID", f"-key with {name}", neg(q), *crafted(neg(q), u1, u2))
    q = with_x(0)
    sig = crafted(q, u1, u2)
    t.row("KEY", "key (0, 0)", (0, 0), *sig)
    t.row("KEY", "key with y + 1", (q[0], q[1] + 1), *sig)
    t.row("KEY", "key with x + p", (q[0] + P, q[1]), *sig)
    t.row("KEY", "key (p, 0)", (P, 0), *sig)
    t.row("KEY", "key (0, p)", (0, P), *sig)
    t.row("KEY", "key (2^256 - 1, 2^256 - 1)", (MAX, MAX), *sig)
    t.row("KEY", "key (1, 0)", (1, 0), *sig)
    small_y = next(v for v in map(with_small_y, range(1, 60)) if v)
    t.row("VALID", "key with small y", small_y, *crafted(small_y, u1, u2))
    t.row("KEY", "key with y + p", (small_y[0], small_y[1] + P), *sig)
    # On other curves y^2 = x^3 - 3x + b, for which the formulas are the same
    for i in range(3):
        x, y = scalar(f"wrong curve x {i}"), scalar(f"wrong curve y {i}")
        t.row("KEY", f"key on another curve, {i}", (x, y), *sig)
    # On the twist: x is on no point of this curve
    x = next(v for v in range(1, 50) if not with_x(v))
    t.row("KEY", "key on the twist", (x, 5), *sig)


def with_small_y(y):
    """A point with this y: the cubic is solved by gcd with X^p - X."""
    f = [(B - y * y) % P, P - 3, 0, 1]

    def mulmod(a, b):
        r = [0] * 5
        for i, u in enumerate(a):
            for j, v in enumerate(b):
                r[i + j] += u * v
        for i in (4, 3):
            r[i - 2] += 3 * r[i]
            r[i - 3] -= f[0] * r[i]
        return [v % P for v in r[:3]]

    g, base, k = [1, 0, 0], [0, 1, 0], P
    while k:
        if k & 1:
            g = mulmod(g, base)
        base = mulmod(base, base)
        k >>= 1
    g[1] = (g[1] - 1) % P
    a, b = f[:], g
    while any(b):
        while b and not b[-1]:
            b.pop()
        while len(a) >= len(b):
            m = a[-1] * pow(b[-1], -1, P) % P
            for i, v in enumerate(b):
                a[len(a) - len(b) + i] = (a[len(a) - len(b) + i] - m * v) % P
            a.pop()
        a, b = b, a + [0] * (len(b) - len(a))
    while a and not a[-1]:
        a.pop()
    if len(a) != 2:  # no root, or more than one
        return None
    return -a[0] * pow(a[1], -1, P) % P, y


def weak(t):
    """Keys that are small multiples of G, whose secret everybody can find: sums
    on the way may be of equal points, which fast formulas do not do.
    """
    for d in (1, 2, 3, N - 1, N - 2, (N + 1) // 2, (N - 1) // 2):
        q = times(d, G)
        name = f"key {d if d < 9 else hex(d)[:9] + '..'} G"
        for u1, u2 in ((1, 1), (2, 1), (1, 2), (3, 5)):
            if (u1 + u2 * d) % N:
                t.row("WEAK", f"{name} {hex(d)[-3:]}, u1 = {u1}, u2 = {u2}", q,
                      *crafted(q, u1, u2))
        u1, u2 = scalar("weak u1"), scalar("weak u2")
        digest, r, s = crafted(q, u1, u2)
        t.row("WEAK", f"{name} {hex(d)[-3:]}", q, digest, r, s)
        t.row("INVALID", f"{name} {hex(d)[-3:]}, digest + 1", q, digest + 1, r,
              s)
        t.row("INVALID", f"{name} {hex(d)[-3:]}, infinity", q, -r * d % N, r,
              s)


# File, and what is in it
PARTS = {
    "ecdsa_ranges.h": (published, ranges),
    "ecdsa_points.h": (large_x, digests, infinity),
    "ecdsa_multipliers.h": (multipliers,),
    "ecdsa_keys.h": (keys, weak),
}

HEAD = """/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of the table in ecdsa_vectors.h.  Made by tests/quorum/p256.py. */
"""


def part(functions):
    t = Table()
    for f in functions:
        f(t)
    out = HEAD
    for expect, name, q, digest, r, s in t.rows:
        out += f'\t{{ ECDSA_{expect}, "{name}",\n'
        out += ",\n".join(f'\t  "{v:064x}"' for v in (*q, digest, r, s))
        out += " },\n"
    return out


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "check"):
        sys.exit("usage: p256.py write|check DIRECTORY")
    for name, functions in PARTS.items():
        path = os.path.join(sys.argv[2], name)
        if sys.argv[1] == "write":
            with open(path, "w") as f:
                f.write(part(functions))
        elif open(path).read() != part(functions):
            sys.exit(f"{name} is not what p256.py makes")


if __name__ == "__main__":
    main()
