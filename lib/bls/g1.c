// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * G1: the points of order r on E(Fp): y^2 = x^3 + 4.  Part of engine.c.
 *
 * Encoding: 48 bytes, x big-endian, with three flags in the top bits
 * (draft-irtf-cfrg-pairing-friendly-curves, appendix C; the ZCash format).
 */

/* 1 if a is in G1: phi(x, y) = (beta x, y) has phi^2 + phi + 1 = 0 on all of
 * E(Fp); if phi(a) = [-x^2] a, then x^4 - x^2 + 1 = r annihilates a.  Scott,
 * eprint 2021/1130, section 6.  126 doublings, 11 additions.
 */
static bls_noinline bls_limb g1_in_subgroup(const struct bls_g1 *a)
{
	struct bls_g1 e;
	struct g1p s, t;

	g1_from_affine(&s, a);
	g1_mul_x(&t, &s);
	g1_mul_x(&s, &t);
	fp_mul(&e.x, &a->x, &g1_beta);
	e.y = a->y;
	g1_add_mixed(&s, &s, &e);
	return g1_is_infinity(&s);
}

/* r = [1 - x] a, into G1 from anywhere on E: RFC 9380 8.8.1, h_eff */
static void g1_clear_cofactor(struct g1p *r, const struct g1p *a)
{
	struct g1p t;

	g1_mul_x(&t, a);
	g1_add(r, &t, a);
}

/* What the flags say before any arithmetic; common to G1 and G2. */
static enum bls_err check_flags(const uint8_t *in, size_t len)
{
	uint8_t any = in[0] & 0x1f;
	size_t i;

	if (!(in[0] & 0x80))		/* not compressed */
		return BLS_EFLAGS;
	if (!(in[0] & 0x40))
		return BLS_OK;
	for (i = 1; i < len; i++)
		any |= in[i];
	if (any || (in[0] & 0x20))	/* infinity, and something else */
		return BLS_EFLAGS;
	return BLS_EINFINITY;
}

/* Variable time: encodings are public. */
static enum bls_err g1_decode(struct bls_g1 *r, const uint8_t in[48])
{
	uint8_t x[48];
	struct bls_fp t;
	enum bls_err err;

	err = check_flags(in, 48);
	if (err)
		return err;
	memcpy(x, in, 48);
	x[0] &= 0x1f;
	if (!fp_decode(&r->x, x))
		return BLS_ERANGE;
	fp_sqr(&t, &r->x);
	fp_mul(&t, &t, &r->x);
	fp_add(&t, &t, &fp_b);
	if (!fp_sqrt(&r->y, &t))
		return BLS_ECURVE;
	fp_neg(&t, &r->y);
	fp_cmov(&r->y, &t, fp_is_larger(&r->y) ^ (in[0] >> 5 & 1));
	return g1_in_subgroup(r) ? BLS_OK : BLS_ESUBGROUP;
}

static void g1_encode(uint8_t out[48], const struct bls_g1 *a)
{
	fp_encode(out, &a->x);
	out[0] |= 0x80 | (uint8_t)(fp_is_larger(&a->y) << 5);
}
