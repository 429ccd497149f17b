#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Derive every constant of lib/bls from the few numbers that define it.

usage: constants.py constants.h | g2_lines.h     (prints that file)

What is taken as given: the curve parameter x, the two generators and the
curve E' of the isogeny (draft-irtf-cfrg-pairing-friendly-curves 4.2.1,
RFC 9380 8.8.1).  The rest is computed, and checked as it is computed.
tests/bls compares the output with the files in the tree.
"""

import hashlib
import sys
from math import gcd

X = -0xd201000000010000
R = X**4 - X**2 + 1                      # order of G1, G2 and GT
P = (X - 1)**2 * R // 3 + X              # the field
N1 = P - X                               # points on E(Fp): p + 1 - (x + 1)

G1 = (0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb,
      0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1)
G2 = ((0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8,
       0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e),
      (0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801,
       0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be))
ISO_A = 0x144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d
ISO_B = 0x12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0
SSWU_Z = 11
PEDERSEN_DST = b"ASHLAR-BLS12381G1_XMD:SHA-256_SSWU_RO_PEDERSEN_"
PEDERSEN_MSG = b"second generator"


# Fp2 = Fp[u]/(u^2 + 1), as pairs.

def mul2(a, b):
    return ((a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P)


def sub2(a, b):
    return ((a[0] - b[0]) % P, (a[1] - b[1]) % P)


def inv2(a):
    n = pow(a[0] * a[0] + a[1] * a[1], -1, P)
    return (a[0] * n % P, -a[1] * n % P)


def pow2(a, e):
    out = (1, 0)
    while e:
        if e & 1:
            out = mul2(out, a)
        a = mul2(a, a)
        e >>= 1
    return out


# Affine points over Fp on y^2 = x^3 + ax + b; None is infinity.

def add1(p, q, a=0):
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        m = (3 * p[0] * p[0] + a) * pow(2 * p[1], -1, P) % P
    else:
        m = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (m * m - p[0] - q[0]) % P
    return (x, (m * (p[0] - x) - p[1]) % P)


def times1(k, p, a=0):
    out = None
    while k:
        if k & 1:
            out = add1(out, p, a)
        p = add1(p, p, a)
        k >>= 1
    return out


def sqrt1(a):
    s = pow(a, (P + 1) // 4, P)
    return s if s * s % P == a % P else None


# Polynomials over Fp, constant term first.

def polymul(f, g):
    out = [0] * (len(f) + len(g) - 1)
    for i, a in enumerate(f):
        for j, b in enumerate(g):
            out[i + j] = (out[i + j] + a * b) % P
    return out


def polyadd(f, g):
    n = max(len(f), len(g))
    return [((f[i] if i < len(f) else 0) + (g[i] if i < len(g) else 0)) % P
            for i in range(n)]


def polydiff(f):
    return [i * a % P for i, a in enumerate(f)][1:]


def isogeny():
    """The 11-isogeny E' -> E by Velu's formulas.

    Of the kernels of order 11, one leads to j = 0; of the six maps that then
    differ by an automorphism of E, RFC 9380 E.2 takes the one whose x
    numerator leads with s^2 and y numerator with s^3 below.
    Returns the kernel polynomial and the numerators of x and y:
    x' = xn(x) / h(x)^2, y' = y yn(x) / h(x)^3.
    """
    order = N1
    assert order % 121 == 0
    x = 0
    while True:
        x += 1
        y = sqrt1(x**3 + ISO_A * x + ISO_B)
        if y is None:
            continue
        q = times1(order // 121, (x, y), ISO_A)
        if q is None:
            continue
        if times1(11, q, ISO_A) is not None:
            q = times1(11, q, ISO_A)
        kernel = [times1(i, q, ISO_A) for i in range(1, 6)]
        v = [2 * (3 * kx * kx + ISO_A) % P for kx, _ in kernel]
        u = [4 * ky * ky % P for _, ky in kernel]
        a = (ISO_A - 5 * sum(v)) % P
        b = (ISO_B - 7 * sum(ui + k[0] * vi
                             for ui, vi, k in zip(u, v, kernel))) % P
        if a == 0:
            break
    h = [1]
    for kx, _ in kernel:
        h = polymul(h, [-kx % P, 1])
    # x' = x + sum v/(x - kx) + u/(x - kx)^2, all over h^2
    num = polymul([0, 1], polymul(h, h))
    for i, (kx, _) in enumerate(kernel):
        rest = [1]
        for j, (ox, _) in enumerate(kernel):
            if j != i:
                rest = polymul(rest, [-ox % P, 1])
        rest2 = polymul(rest, rest)
        num = polyadd(num, polymul(rest2, [(u[i] - v[i] * kx) % P, v[i]]))
    # y' = y dx'/dx = y (num' h - 2 num h') / h^3
    ynum = polyadd(polymul(polydiff(num), h),
                   [-2 * c % P for c in polymul(num, polydiff(h))])
    while ynum[-1] == 0:
        ynum.pop()
    # scale so that b becomes 4: the six roots of s^6 = 4 / b
    six = 4 * pow(b, -1, P) % P
    for s in cuberoots(sqrt1(six)) + cuberoots(-sqrt1(six) % P):
        if s**3 % P == ISO_S3 and s * s % P == ISO_S2:
            return (h, [c * s * s % P for c in num],
                    [c * s**3 % P for c in ynum])
    raise SystemExit("no scale gives the isogeny of RFC 9380")


# RFC 9380 E.2, k_(1,11) and k_(3,15): which of the six maps is meant.
ISO_S2 = 0x06e08c248e260e70bd1e962381edee3d31d79d7e22c837bc23c0bf1bc24c6b68c24b1b80b64d391fa9c8ba2e8ba2d229
ISO_S3 = 0x15e6be4e990f03ce4ea50b3b42df2eb5cb181d8f84965a3957add4fa95af01b2b665027efec01c7704b456be69c8b604


def cuberoots(a):
    """All cube roots of a: p = 1 mod 3, but 9 does not divide p - 1."""
    m, e = P - 1, 0
    while m % 3 == 0:
        m //= 3
        e += 1
    g = 2
    while pow(g, (P - 1) // 3, P) == 1:
        g += 1
    w = pow(g, (P - 1) // 3, P)
    z = pow(g, m, P)                     # generates the 3-part, order 3^e
    k = pow(3, -1, m)
    r = pow(a, k, P)
    err = a * pow(r, -3, P) % P          # in the 3-part
    for j in range(3**e):
        if pow(z, 3 * j, P) == err:
            r = r * pow(z, j, P) % P
            return [r, r * w % P, r * w * w % P]
    return []


def hash_to_g1(msg, dst, iso):
    """RFC 9380 hash_to_curve for the suite BLS12381G1_XMD:SHA-256_SSWU_RO_."""
    def sha(b):
        return hashlib.sha256(b).digest()
    tail = dst + bytes([len(dst)])
    b0 = sha(bytes(64) + msg + (128).to_bytes(2, "big") + b"\0" + tail)
    b = [sha(b0 + b"\1" + tail)]
    for i in range(2, 5):
        b.append(sha(bytes(s ^ t for s, t in zip(b0, b[-1])) +
                     bytes([i]) + tail))
    u = b"".join(b)
    out = None
    for i in range(2):
        t = int.from_bytes(u[64 * i:64 * i + 64], "big") % P
        out = add1(out, iso_apply(sswu(t), iso))
    return times1(1 - X, out)


def sswu(u):
    d = (SSWU_Z**2 * u**4 + SSWU_Z * u * u) % P
    if d:
        x = -ISO_B * pow(ISO_A, -1, P) * (1 + pow(d, -1, P)) % P
    else:
        x = ISO_B * pow(SSWU_Z * ISO_A, -1, P) % P
    y = sqrt1(x**3 + ISO_A * x + ISO_B)
    if y is None:
        x = SSWU_Z * u * u * x % P
        y = sqrt1(x**3 + ISO_A * x + ISO_B)
    return (x, y if y % 2 == u % 2 else P - y)


def iso_apply(q, iso):
    def at(f):
        return sum(c * pow(q[0], i, P) for i, c in enumerate(f)) % P
    h, xn, yn = map(at, iso)
    return (xn * pow(h, -2, P) % P, q[1] * yn * pow(h, -3, P) % P)


# Output.

def words(v, n):
    return [(v >> (64 * i)) & (2**64 - 1) for i in range(n)]


def body(macro, v, n, indent="\t"):
    w = [f"0x{x:016x}" for x in words(v, n)]
    lines = [", ".join(w[i:i + 3]) for i in range(0, n, 3)]
    pad = " " * (len(macro) + 1)
    return f"{indent}{macro}(" + f",\n{indent}{pad}".join(lines) + ")"


def mont(v):
    return v * 2**384 % P


def fp(v, indent="\t"):
    return body("FP", mont(v), 6, indent)


def fp2(v, indent="\t"):
    return (f"{indent}{{ {{\n" + fp(v[0], indent) + ",\n" + fp(v[1], indent) +
            f"\n{indent}}} }}")


def comment(why):
    lines = why.split("\n")
    print("/* " + "\n * ".join(lines) + ("\n */" if lines[1:] else " */"))


def define(kind, name, text, why):
    comment(why)
    gap = " " + text.lstrip() if text.startswith("\t{") else "\n" + text
    print(f"static const struct {kind} {name} ={gap};\n")


def macro(name, text, why):
    comment(why)
    lines = (f"#define {name} " + text).split("\n")
    print("\t\\\n".join(lines) + "\n")


def table(kind, name, texts, why):
    comment(why)
    print(f"static const struct {kind} {name}[{len(texts)}] = {{")
    print(",\n".join(texts))
    print("};\n")


def head(name, what):
    print("/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */")
    print("/*")
    for line in what:
        print(f" * {line}".rstrip())
    print(f" * Written by constants.py {name}: change that, not this.")
    print(" */")


def print_constants():
    head("constants.h", [
        "Constants of BLS12-381: 64-bit words, least significant first.  FP()",
        "holds an element of Fp in Montgomery form (v * 2^384 mod p), FR() one",
        "of the scalar field (v * 2^256 mod r), WORDS() plain integers."])
    xi = (1, 1)
    # The fields and the two generators are what they should be.
    assert pow(2, P - 1, P) == 1 and P.bit_length() == 381 and P % 4 == 3
    assert pow(2, R - 1, R) == 1 and R.bit_length() == 255
    assert (G1[1]**2 - G1[0]**3 - 4) % P == 0 and times1(R, G1) is None
    assert sub2(mul2(G2[1], G2[1]), pow2(G2[0], 3)) == (4, 4)

    # Fast subgroup checks: see g1.c and g2.c.
    n2 = R * (X**8 - 4 * X**7 + 5 * X**6 - 4 * X**4 + 6 * X**3 - 4 * X**2
              - 4 * X + 13) // 9
    assert gcd(N1, n2) == R

    print("#define BLS_X_ABS 0xd201000000010000\t/* -x, the curve parameter */")
    print(f"#define FP_N0 0x{-pow(P, -1, 2**64) % 2**64:016x}\t/* -1/p mod 2^64 */")
    print(f"#define FR_N0 0x{-pow(R, -1, 2**64) % 2**64:016x}\t/* -1/r mod 2^64 */\n")
    define("bls_fp", "fp_p", body("FP", P, 6), "p itself, not in Montgomery form")
    define("bls_fp", "fp_one", fp(1), "1")
    define("bls_fp", "fp_r2", body("FP", 2**768 % P, 6),
           "2^768 mod p: times an integer, gives its Montgomery form")
    define("bls_fp", "fp_r3", body("FP", 2**1152 % P, 6),
           "2^1152 mod p: the same for integers that count 2^384")
    define("bls_fp", "fp_half", body("FP", (P - 1) // 2, 6),
           "(p - 1)/2, an integer: above it, y is the larger of y and -y")
    print("/* (p - 3)/4 and p - 2, exponents */")
    for name, e in (("fp_exp_sqrt", (P - 3) // 4), ("fp_exp_inv", P - 2)):
        print(f"static const uint64_t {name}[6] =\n" +
              body("WORDS", e, 6) + ";")
    print()
    define("bls_fp", "fp_b", fp(4), "b of E: y^2 = x^3 + 4")
    macro("G1_GENERATOR", "{\n" + fp(G1[0]) + ",\n" + fp(G1[1]) + "\n}",
          "generator of G1")
    macro("G2_GENERATOR", "{\n" + fp2(G2[0]) + ",\n" + fp2(G2[1]) + "\n}",
          "generator of G2")
    # phi(x, y) = (beta x, y) is multiplication by -x^2 on G1
    w = pow(2, (P - 1) // 3, P)
    while w == 1:
        w = pow(3, (P - 1) // 3, P)
    want = times1(-X**2 % R, G1)
    beta = next(b for b in (w, w * w % P) if b * G1[0] % P == want[0])
    assert want[1] == G1[1]
    define("bls_fp", "g1_beta", fp(beta),
           "cube root of 1 with (beta x, y) = [-x^2](x, y) on G1")
    # psi = twist o frobenius o untwist, (x, y) -> (x^p c_x, y^p c_y);
    # untwist divides by w^2 and w^3, w^6 = 1 + u
    cx = inv2(pow2(xi, (P - 1) // 3))
    cy = inv2(pow2(xi, (P - 1) // 2))
    conj = lambda a: (a[0], -a[1] % P)
    psi = (mul2(conj(G2[0]), cx), mul2(conj(G2[1]), cy))
    assert psi == times2(-X, (G2[0], sub2((0, 0), G2[1])))
    define("bls_fp2", "g2_psi_x", fp2(cx), "psi(x, y) = (conj(x) this, ...")
    define("bls_fp2", "g2_psi_y", fp2(cy), "... conj(y) this)")
    table("bls_fp2", "fp12_frob",
          [fp2(pow2(xi, i * (P - 1) // 6)) for i in range(1, 6)],
          "(1 + u)^(i (p - 1)/6), i = 1..5: w^(i p) = this w^i")
    table("bls_fp", "fp12_frob2",
          [fp(pow2(xi, i * (P * P - 1) // 6)[0]) for i in range(1, 6)],
          "(1 + u)^(i (p^2 - 1)/6), i = 1..5, all in Fp")
    define("bls_fp", "sswu_a", fp(ISO_A), "E': y^2 = x^3 + a x + b")
    define("bls_fp", "sswu_b", fp(ISO_B), "b of E'")
    define("bls_fp", "sswu_z", fp(SSWU_Z), "Z of the map")
    define("bls_fp", "sswu_c2", fp(sqrt_c2()), "sqrt(-Z)")
    iso = isogeny()
    table("bls_fp", "iso_h", [fp(c) for c in iso[0][:-1]],
          "kernel polynomial of the 11-isogeny; its leading term is 1")
    table("bls_fp", "iso_xn", [fp(c) for c in iso[1]], "numerator of x over h^2")
    table("bls_fp", "iso_yn", [fp(c) for c in iso[2]],
          "numerator of y over h^3")
    h = hash_to_g1(PEDERSEN_MSG, PEDERSEN_DST, iso)
    assert times1(R, h) is None
    macro("G1_PEDERSEN", "{\n" + fp(h[0]) + ",\n" + fp(h[1]) + "\n}",
           f'hash_to_curve("{PEDERSEN_MSG.decode()}"), tag\n'
          f'"{PEDERSEN_DST.decode()}"')
    define("bls_fr", "fr_r", body("FR", R, 4), "r itself")
    define("bls_fr", "fr_one", body("FR", 2**256 % R, 4), "1")
    define("bls_fr", "fr_r2", body("FR", 2**512 % R, 4), "2^512 mod r")
    define("bls_fr", "fr_r3", body("FR", 2**768 % R, 4), "2^768 mod r")
    print("/* r - 2, an exponent */")
    print("static const uint64_t fr_exp_inv[4] =\n" +
          body("WORDS", R - 2, 4) + ";")


def sqrt_c2():
    """RFC 9380 F.2.1.2 allows either root; the even one is as good."""
    s = sqrt1(-SSWU_Z % P)
    return s


# Affine points of the twist, y^2 = x^3 + 4(1 + u).

def slope2(p, q):
    if p == q:
        n = mul2(p[0], p[0])
        n, d = ((3 * n[0]) % P, (3 * n[1]) % P), (2 * p[1][0], 2 * p[1][1])
    else:
        n, d = sub2(q[1], p[1]), sub2(q[0], p[0])
    return mul2(n, inv2(d))


def add2(p, q):
    m = slope2(p, q)
    x = sub2(sub2(mul2(m, m), p[0]), q[0])
    return (x, sub2(mul2(m, sub2(p[0], x)), p[1]))


def times2(k, p):
    out = None
    for bit in bin(k)[2:]:
        out = add2(out, out) if out else None
        if bit == "1":
            out = add2(out, p) if out else p
    return out


def print_lines():
    head("g2_lines.h", [
        "Lines of the Miller loop for the generator of G2, in the form and",
        "order of struct bls_pk_lines: for each step the slope m and m x - y."])
    lines = []

    def step(t, q):
        m = slope2(t, q)
        lines.append((m, sub2(mul2(m, t[0]), t[1])))
        return add2(t, q)

    t = G2
    for bit in bin(-X)[3:]:
        t = step(t, t)
        if bit == "1":
            t = step(t, G2)
    assert len(lines) == 68
    print("static const struct bls_line g2_generator_lines[68] = {")
    for m, c in lines:
        print("\tLINE(" + ",\n\t     ".join(
            ", ".join(f"0x{x:x}" for x in words(mont(v), 6)[i:i + 3])
            for v in (*m, *c) for i in (0, 3)) + "),")
    print("};")


if __name__ == "__main__":
    {"constants.h": print_constants, "g2_lines.h": print_lines}[sys.argv[1]]()
