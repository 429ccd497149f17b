#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Malformed point encodings, each with the class that a decoder must give it.

Owns the choice of cases; the classes come from slow.py.  Without --all it
prints the set that is committed in tests/vectors: for G2 not every bit flip,
but one of each byte and all of the first byte of each coordinate.

usage: malformed.py [--all] g1|g2 > FILE
"""

import hashlib
import sys

from slow import CURVES, FLAG_COMPRESSED, FLAG_INFINITY, FLAG_SORT, P, R
from slow import COORD_BYTES

FLAGS = FLAG_COMPRESSED | FLAG_INFINITY | FLAG_SORT
COORD_LIMIT = 1 << 381          # what fits below the flags
# All prime factors of the cofactors but the 449-bit one of G2.
SMALL_PRIMES = {"g1": (3, 11, 10177, 859267, 52437899),
                "g2": (13, 23, 2713, 11953, 262069)}
POINTS_PER_PRIME = 3


def number(words, limit):
    """A number below limit, always the same one for the same words."""
    digest = b"".join(hashlib.sha256(f"ashlar {words} {i}".encode()).digest()
                      for i in range(4))
    return int.from_bytes(digest, "big") % limit


def curve_point(curve, words):
    """A point of the curve, practically never in the subgroup."""
    for i in range(1000):
        c = [number(f"{words} {i} {j}", P) for j in range(curve.degree)]
        pt = curve.lift(curve.element(*c), False)
        if pt is not None:
            return pt
    raise AssertionError("no point in a thousand tries")


def torsion_point(curve, prime, words):
    """A point whose order is exactly the prime."""
    order = curve.cofactor * R
    while order % prime == 0:
        order //= prime
    for i in range(100):
        pt = curve.multiply(order, curve_point(curve, f"{words} {i}"))
        while pt is not None:
            higher = curve.multiply(prime, pt)
            if higher is None:
                return pt
            pt = higher
    raise AssertionError("no point of this order")


def twist_points(curve):
    """x coordinates of other curves with j = 0 that are not on this one."""
    count = i = 0
    while count < 4:
        c = [number(f"twist {i} {j}", P) for j in range(curve.degree)]
        x = curve.element(*c)
        other = (curve.b * curve.b, -curve.b)[i % 2]
        i += 1
        if (x * x * x + other).sqrt() and not curve.right_side(x).sqrt():
            count += 1
            yield count, x


def with_flags(data, flags):
    return bytes([data[0] & ~FLAGS & 0xff | flags]) + data[1:]


def coords(data):
    """The coordinates of a compressed form, in the order of its bytes."""
    plain = with_flags(data, 0)
    return [int.from_bytes(plain[i:i + COORD_BYTES], "big")
            for i in range(0, len(plain), COORD_BYTES)]


def compressed(values, flags=FLAG_COMPRESSED):
    return with_flags(b"".join(v.to_bytes(COORD_BYTES, "big")
                               for v in values), flags)


def flips(curve, good, everything):
    for bit in range(curve.bytes * 8):
        byte = bit // 8
        if (everything or curve.degree == 1 or byte % COORD_BYTES == 0
                or bit % 8 == byte % 8):
            bad = bytearray(good)
            bad[byte] ^= 0x80 >> bit % 8
            yield f"bit {bit} flipped", bytes(bad)


def lengths(curve, good, pt):
    n = curve.bytes
    yield "empty", b""
    for cut in (1, COORD_BYTES - 1, COORD_BYTES, n // 2, n - 1):
        if cut != n:
            yield f"first {cut} bytes", good[:cut]
    yield "first byte missing", good[1:]
    for more in (1, COORD_BYTES, n):
        yield f"{more} zero bytes appended", good + bytes(more)
    yield "a byte 80 before", b"\x80" + good
    yield "a zero byte before", b"\0" + good
    yield "uncompressed form", curve.affine(pt)
    yield "uncompressed infinity", bytes([FLAG_INFINITY]) + bytes(2 * n - 1)
    yield "uncompressed form, compression flag set", with_flags(
        curve.affine(pt), FLAG_COMPRESSED)
    yield "twice the encoding", good + good


def flag_cases(curve, good):
    zero, n = bytes(curve.bytes), curve.bytes
    for flags in range(0, 0x100, 0x20):
        yield f"valid x, flags {flags:02x}", with_flags(good, flags)
        yield f"zero x, flags {flags:02x}", with_flags(zero, flags)
        yield f"all ones, flags {flags:02x}", with_flags(b"\xff" * n, flags)
    for byte in sorted({0, 1, n // 2 - 1, n // 2, n - 1}):
        for flags in (FLAG_COMPRESSED | FLAG_INFINITY, FLAGS):
            bad = bytearray(with_flags(zero, flags))
            bad[byte] |= 1
            yield f"infinity, flags {flags:02x}, byte {byte} is not zero", \
                bytes(bad)
    yield "infinity, x is P", compressed([P] * curve.degree,
                                         FLAG_COMPRESSED | FLAG_INFINITY)


def field_cases(curve, good):
    for i in range(curve.degree):
        name = "x" if curve.degree == 1 else f"c{1 - i}"
        for words, value in (("P", P), ("P + 1", P + 1), ("P - 1", P - 1),
                             ("2^381 - 1", COORD_LIMIT - 1), ("0", 0),
                             ("1", 1), ("(P + 1) / 2", (P + 1) // 2)):
            for rest, others in (("", coords(good)),
                                 (", the rest 0", [0] * curve.degree)):
                if rest and curve.degree == 1:
                    continue
                for flags in (FLAG_COMPRESSED, FLAG_COMPRESSED | FLAG_SORT):
                    values = list(others)
                    values[i] = value
                    yield f"{name} = {words}{rest}, flags {flags:02x}", \
                        compressed(values, flags)
    if curve.degree == 2:
        c1, c0 = coords(good)
        yield "c0 and c1 exchanged", compressed([c0, c1], good[0] & FLAGS)
        yield "both are P", compressed([P, P])


def alias_cases(curve):
    """Valid points with a coordinate small enough to be written as c + P."""
    pt, wanted = curve.generator, set(range(curve.degree))
    while wanted:
        pt = curve.add(pt, curve.generator)
        good = curve.encode(pt)
        for i in sorted(wanted):
            values = coords(good)
            if values[i] + P < COORD_LIMIT:
                wanted.remove(i)
                yield f"control: coordinate {i} is below 2^381 - P", good
                values[i] += P
                yield f"the same point, coordinate {i} plus P", compressed(
                    values, good[0] & FLAGS)


def group_cases(curve, pt):
    """On the curve: small orders, sums with them, cleared and not."""
    for prime in SMALL_PRIMES[curve.name]:
        for i in range(POINTS_PER_PRIME):
            t = torsion_point(curve, prime, f"order {prime} {i}")
            assert curve.multiply(prime, t) is None
            yield f"order {prime}", curve.encode(t)
            yield f"order {prime}, negated", curve.encode(curve.negate(t))
            yield f"valid point plus order {prime}", curve.encode(
                curve.add(pt, t))
    for i in range(4):
        any_pt = curve_point(curve, f"any {i}")
        yield "any point of the curve", curve.encode(any_pt)
        yield "order divides the cofactor", curve.encode(
            curve.multiply(R, any_pt))
        yield "control: cofactor cleared", curve.encode(
            curve.multiply(curve.cofactor, any_pt))
    for k in (1, 2, R - 1, (R + 1) // 2):
        yield "control: multiple of the generator", curve.encode(
            curve.multiply(k, curve.generator))
    for i, x in twist_points(curve):
        flags = FLAG_COMPRESSED | (FLAG_SORT if i % 2 else 0)
        yield "point of a twist", with_flags(x.encode(), flags)


def cases(curve, everything):
    pt = curve.multiply(number("base", R), curve.generator)
    good = curve.encode(pt)
    yield "control: a valid point", good
    yield "control: its negative", curve.encode(curve.negate(pt))
    yield from flips(curve, good, everything)
    yield from lengths(curve, good, pt)
    yield from flag_cases(curve, good)
    yield from field_cases(curve, good)
    yield from alias_cases(curve)
    yield from group_cases(curve, pt)


def main():
    args = sys.argv[1:]
    everything = "--all" in args
    names = [a for a in args if a != "--all"]
    if len(names) != 1 or names[0] not in CURVES:
        sys.exit(__doc__)
    curve = CURVES[names[0]]
    print(f"""# SPDX-License-Identifier: GPL-2.0
# Encodings of {curve.name.upper()} points, right and wrong, and what a decoder must say of each.
# Origin: made by tests/bls-oracle/malformed.py{' --all' if everything else ''} {curve.name}; the classes are of tests/bls-oracle/slow.py.
# Verified: tests/bls-oracle/check-vectors, with slow.py, @noble/curves and blst.""")
    seen = set()
    for note, data in cases(curve, everything):
        if data in seen:
            continue
        seen.add(data)
        found, pt = curve.classify(data)
        assert found == "valid" or not note.startswith("control:"), note
        print(f"\ntest = decode-{curve.name}\nnote = {note}")
        print(f"bytes = {data.hex()}" if data else "bytes =")
        print(f"expect = {found}")
        if pt is not None and (found == "valid" or "flipped" not in note):
            print(f"affine = {curve.affine(pt).hex()}")


if __name__ == "__main__":
    main()
