#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""BLS12-381 encodings, slow and obvious: what a decoder has to answer.

Owns the reference for point encodings: fields, the two curves, affine
addition, membership by multiplication with r, compression.  Every formula is
the definition; nothing is optimised, nothing is constant time.  It shares no
code with any BLS12-381 library and must never import one.

usage: slow.py g1|g2 HEX...     prints the class of each encoding
       slow.py check FILE...    recomputes vector files, see tests/vectors
       slow.py multiples        prints tests/vectors/generator-multiples.txt
"""

import hashlib
import os
import sys

X = -0xd201000000010000                     # the parameter of the curve
R = X ** 4 - X ** 2 + 1                     # order of G1 and G2
P = (X - 1) ** 2 * R // 3 + X               # the base field
H1 = (X - 1) ** 2 // 3                      # cofactors
H2 = (X ** 8 - 4 * X ** 7 + 5 * X ** 6 - 4 * X ** 4 + 6 * X ** 3 - 4 * X ** 2
      - 4 * X + 13) // 9

COORD_BYTES = 48
FLAG_COMPRESSED, FLAG_INFINITY, FLAG_SORT = 0x80, 0x40, 0x20


class Fp:
    """An integer modulo P."""

    def __init__(self, v):
        self.v = v % P

    def __add__(self, o):
        return Fp(self.v + o.v)

    def __sub__(self, o):
        return Fp(self.v - o.v)

    def __mul__(self, o):
        return Fp(self.v * o.v)

    def __neg__(self):
        return Fp(-self.v)

    def __eq__(self, o):
        return self.v == o.v

    def is_zero(self):
        return self.v == 0

    def inverse(self):
        return Fp(pow(self.v, -1, P))

    def sqrt(self):
        """A root, or None.  P is 3 modulo 4."""
        root = Fp(pow(self.v, (P + 1) // 4, P))
        return root if root * root == self else None

    def larger(self):
        """Is this the larger one of itself and its negative?"""
        return self.v > P - self.v if self.v else False

    def encode(self):
        return self.v.to_bytes(COORD_BYTES, "big")


class Fp2:
    """c0 + c1 u with u^2 = -1."""

    def __init__(self, c0, c1):
        self.c0, self.c1 = c0, c1

    def __add__(self, o):
        return Fp2(self.c0 + o.c0, self.c1 + o.c1)

    def __sub__(self, o):
        return Fp2(self.c0 - o.c0, self.c1 - o.c1)

    def __mul__(self, o):
        return Fp2(self.c0 * o.c0 - self.c1 * o.c1,
                   self.c0 * o.c1 + self.c1 * o.c0)

    def __neg__(self):
        return Fp2(-self.c0, -self.c1)

    def __eq__(self, o):
        return self.c0 == o.c0 and self.c1 == o.c1

    def is_zero(self):
        return self.c0.is_zero() and self.c1.is_zero()

    def inverse(self):
        n = (self.c0 * self.c0 + self.c1 * self.c1).inverse()
        return Fp2(self.c0 * n, -self.c1 * n)

    def sqrt(self):
        """A root, or None: solves (a + b u)^2 = c0 + c1 u for a, then b."""
        if self.c1.is_zero():
            a = self.c0.sqrt()
            return Fp2(a, Fp(0)) if a else Fp2(Fp(0), (-self.c0).sqrt())
        norm_root = (self.c0 * self.c0 + self.c1 * self.c1).sqrt()
        if norm_root is None:
            return None
        for s in (norm_root, -norm_root):
            a = ((self.c0 + s) * Fp(2).inverse()).sqrt()
            if a is not None and not a.is_zero():
                root = Fp2(a, self.c1 * (a + a).inverse())
                assert root * root == self
                return root
        return None

    def larger(self):
        """c1 decides, and c0 where c1 is zero."""
        return self.c0.larger() if self.c1.is_zero() else self.c1.larger()

    def encode(self):
        return self.c1.encode() + self.c0.encode()


class Curve:
    """y^2 = x^3 + b; a point is None (infinity) or a pair (x, y)."""

    def __init__(self, name, degree, b, cofactor, generator):
        self.name, self.degree, self.b = name, degree, b
        self.cofactor, self.generator = cofactor, generator
        self.bytes = degree * COORD_BYTES
        assert self.on_curve(generator)

    def element(self, *c):
        """A field element from integers, c0 first."""
        return Fp(c[0]) if self.degree == 1 else Fp2(Fp(c[0]), Fp(c[1]))

    def right_side(self, x):
        return x * x * x + self.b

    def on_curve(self, pt):
        return pt is None or pt[1] * pt[1] == self.right_side(pt[0])

    def add(self, p, q):
        if p is None or q is None:
            return q if p is None else p
        if p[0] == q[0]:
            if (p[1] + q[1]).is_zero():
                return None
            square = p[0] * p[0]
            slope = (square + square + square) * (p[1] + p[1]).inverse()
        else:
            slope = (q[1] - p[1]) * (q[0] - p[0]).inverse()
        x = slope * slope - p[0] - q[0]
        return x, slope * (p[0] - x) - p[1]

    def negate(self, p):
        return None if p is None else (p[0], -p[1])

    def multiply(self, k, p):
        """[k]p by double and add; k is not reduced."""
        acc = None
        for bit in bin(k)[2:]:
            acc = self.add(acc, acc)
            if bit == "1":
                acc = self.add(acc, p)
        return acc

    def in_group(self, p):
        return self.multiply(R, p) is None

    def lift(self, x, larger):
        """The point with this x and the larger or smaller y, or None."""
        y = self.right_side(x).sqrt()
        if y is None:
            return None
        return x, (y if y.larger() == larger else -y)

    def encode(self, p):
        if p is None:
            return bytes([FLAG_COMPRESSED | FLAG_INFINITY]) + bytes(
                self.bytes - 1)
        out = bytearray(p[0].encode())
        out[0] |= FLAG_COMPRESSED | (FLAG_SORT if p[1].larger() else 0)
        return bytes(out)

    def affine(self, p):
        """The uncompressed form, x then y, that test files show."""
        return p[0].encode() + p[1].encode()

    def classify(self, data):
        """(class, point or None).  The order of the checks is the contract."""
        if len(data) != self.bytes:
            return "bad-length", None
        flags, rest = data[0] & 0xe0, bytes([data[0] & 0x1f]) + data[1:]
        if not flags & FLAG_COMPRESSED:
            return "bad-flags", None
        if flags & FLAG_INFINITY:
            clean = not flags & FLAG_SORT and not any(rest)
            return ("infinity" if clean else "bad-infinity"), None
        coords = [int.from_bytes(rest[i:i + COORD_BYTES], "big")
                  for i in range(0, self.bytes, COORD_BYTES)]
        if any(c >= P for c in coords):
            return "not-canonical", None
        pt = self.lift(self.element(*reversed(coords)),
                       bool(flags & FLAG_SORT))
        if pt is None:
            return "not-on-curve", None
        assert self.encode(pt)[1:] == data[1:]
        return ("valid" if self.in_group(pt) else "not-in-group"), pt


# The generators of draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1.
G1 = Curve("g1", 1, Fp(4), H1, (
    Fp(0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb),
    Fp(0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1)))
G2 = Curve("g2", 2, Fp2(Fp(4), Fp(4)), H2, (
    Fp2(Fp(0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8),
        Fp(0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e)),
    Fp2(Fp(0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801),
        Fp(0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be))))
CURVES = {"g1": G1, "g2": G2}


def expand_message_xmd(msg, dst, length):
    """RFC 9380 section 5.3.1 with SHA-256, long tags as in 5.3.3."""
    if len(dst) > 255:
        dst = hashlib.sha256(b"H2C-OVERSIZE-DST-" + dst).digest()
    dst += bytes([len(dst)])
    b0 = hashlib.sha256(bytes(64) + msg + length.to_bytes(2, "big") + b"\0"
                        + dst).digest()
    block, out = bytes(32), b""
    for i in range(1, -(-length // 32) + 1):
        block = hashlib.sha256(bytes(a ^ b for a, b in zip(b0, block))
                               + bytes([i]) + dst).digest()
        out += block
    return out[:length]


def stanzas(lines):
    """Yield {key: [values]} for each stanza of a vector file."""
    stanza = {}
    for line in list(lines) + [""]:
        line = line.strip()
        if line.startswith("#"):
            continue
        if line:
            key, _, value = line.partition("=")
            stanza.setdefault(key.strip(), []).append(value.strip())
        elif stanza:
            yield stanza
            stanza = {}


def holds(s):
    """Does what this stanza claims hold?  None: not for this program."""
    def data(key, i=0):
        return bytes.fromhex(s[key][i])
    test = s["test"][0]
    if test == "expand":
        return data("out") == expand_message_xmd(data("msg"), data("dst"),
                                                 len(data("out")))
    if test in ("decode-g1", "decode-g2"):
        curve = CURVES[test[-2:]]
        found, pt = curve.classify(data("bytes"))
        if "affine" in s and data("affine") != curve.affine(pt):
            return False
        return found == s["expect"][0]
    if test in ("multiple-g1", "multiple-g2"):
        curve = CURVES[test[-2:]]
        pt = curve.multiply(int(s["k"][0], 16), curve.generator)
        return curve.encode(pt) == data("out")
    if test == "hash" and "Qx" in s:
        # The map is not computed here, but what can be checked of it is: u,
        # that Q0 and Q1 are on the curve, and P = [1 - X](Q0 + Q1).
        uniform = expand_message_xmd(data("msg"), data("dst"), 128)
        u = [int.from_bytes(uniform[i:i + 64], "big") % P for i in (0, 64)]
        q = [(Fp(int(x, 16)), Fp(int(y, 16)))
             for x, y in zip(s["Qx"], s["Qy"])]
        pt = G1.multiply(1 - X, G1.add(q[0], q[1]))
        return (u == [int(v, 16) for v in s["u"]] and G1.in_group(pt)
                and all(G1.on_curve(p) for p in q)
                and G1.affine(pt) == data("Px") + data("Py")
                and G1.encode(pt) == data("out"))
    return None


def check(paths):
    """Recompute the files; return the exit code."""
    passed = failed = skipped = 0
    for path in paths:
        with open(path, encoding="ascii") as f:
            for s in stanzas(f):
                ok = holds(s)
                passed += ok is True
                skipped += ok is None
                if ok is False:
                    failed += 1
                    print(f"FAIL: {os.path.basename(path)}: {s}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return int(failed != 0 or passed == 0)


def multiples():
    """Multiples of the generators: small, around powers of 2, close to R."""
    print("""# SPDX-License-Identifier: GPL-2.0
# Multiples of the generators of G1 and G2, compressed.
# Origin: made by tests/bls-oracle/slow.py multiples.
# Verified: tests/bls-oracle/check-vectors, with slow.py, @noble/curves and blst.""")
    factors = list(range(1, 17)) + [
        (1 << i) + d for i in (31, 32, 63, 64, 128, 192, 254) for d in (-1, 0)
    ] + [-X, X * X, (R - 1) // 2, (R + 1) // 2, R - 3, R - 2, R - 1]
    for name, curve in CURVES.items():
        for k in factors:
            out = curve.encode(curve.multiply(k, curve.generator))
            print(f"\ntest = multiple-{name}\nk = {k:064x}\nout = {out.hex()}")


def main():
    if sys.argv[1:] == ["multiples"]:
        return multiples()
    if len(sys.argv) < 3 or sys.argv[1] not in ("g1", "g2", "check"):
        sys.exit(__doc__)
    if sys.argv[1] == "check":
        sys.exit(check(sys.argv[2:]))
    for text in sys.argv[2:]:
        print(CURVES[sys.argv[1]].classify(bytes.fromhex(text))[0])


if __name__ == "__main__":
    main()
