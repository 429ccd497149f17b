// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * G2: the points of order r on the twist E'(Fp2): y^2 = x^3 + 4 (1 + u).
 * Part of engine.c.
 *
 * Encoding: 96 bytes, x as c[1] and then c[0], both big-endian, flags as in G1.
 */

/* 1 if a is in G2: psi, Frobenius seen from the twist, has
 * psi^2 - [x + 1] psi + [p] = 0 on all of E'(Fp2); if psi(a) = [x] a, then
 * p - x = #E(Fp) annihilates a, and gcd(#E(Fp), #E'(Fp2)) = r (constants.py
 * computes it).  Scott, eprint 2021/1130, section 4.  63 doublings,
 * 6 additions.
 */
static bls_noinline bls_limb g2_in_subgroup(const struct bls_g2 *a)
{
	struct bls_g2 e;
	struct g2p s, t;

	g2_from_affine(&s, a);
	g2_mul_x(&t, &s);		/* x is negative: t = -[x] a */
	fp2_conj(&e.x, &a->x);
	fp2_mul(&e.x, &e.x, &g2_psi_x);
	fp2_conj(&e.y, &a->y);
	fp2_mul(&e.y, &e.y, &g2_psi_y);
	g2_add_mixed(&t, &t, &e);
	return g2_is_infinity(&t);
}

/* Variable time: encodings are public. */
static enum bls_err g2_decode(struct bls_g2 *r, const uint8_t in[96])
{
	uint8_t x[48];
	struct bls_fp2 t, b;
	enum bls_err err;

	err = check_flags(in, 96);
	if (err)
		return err;
	memcpy(x, in, 48);
	x[0] &= 0x1f;
	if (!fp_decode(&r->x.c[1], x) || !fp_decode(&r->x.c[0], in + 48))
		return BLS_ERANGE;
	fp2_sqr(&t, &r->x);
	fp2_mul(&t, &t, &r->x);
	b.c[0] = fp_b;
	b.c[1] = fp_b;
	fp2_add(&t, &t, &b);
	if (!fp2_sqrt_vartime(&r->y, &t))
		return BLS_ECURVE;
	if (fp2_is_larger(&r->y) != (in[0] >> 5 & 1))
		fp2_neg(&r->y, &r->y);
	return g2_in_subgroup(r) ? BLS_OK : BLS_ESUBGROUP;
}

static void g2_encode(uint8_t out[96], const struct bls_g2 *a)
{
	fp_encode(out, &a->x.c[1]);
	fp_encode(out + 48, &a->x.c[0]);
	out[0] |= 0x80 | (uint8_t)(fp2_is_larger(&a->y) << 5);
}
