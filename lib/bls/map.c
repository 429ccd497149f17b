// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Bytes to points of G1: the map of RFC 9380 8.8.1, simplified SWU on the
 * curve E', y^2 = x^3 + a x + b, and an isogeny of degree 11 to E.
 * Part of engine.c.  Constant time.
 */

/* RFC 9380 F.2 with sqrt_ratio of F.2.1.2: a point of E' as x = xn/xd and y. */
static bls_noinline void sswu(struct bls_fp *xn, struct bls_fp *xd,
			      struct bls_fp *y, const struct bls_fp *u)
{
	struct bls_fp t1, t2, gn, gd, s, v;
	bls_limb square;

	fp_sqr(&t1, u);
	fp_mul(&t1, &t1, &sswu_z);		/* Z u^2 */
	fp_sqr(&t2, &t1);
	fp_add(&t2, &t2, &t1);
	fp_add(xn, &t2, &fp_one);
	fp_mul(xn, xn, &sswu_b);
	*xd = sswu_z;
	square = fp_is_zero(&t2);
	fp_neg(&t2, &t2);
	fp_cmov(xd, &t2, 1 ^ square);
	fp_mul(xd, xd, &sswu_a);

	/* g(xn/xd) = gn/gd */
	fp_sqr(&gn, xn);
	fp_sqr(&gd, xd);
	fp_mul(&t2, &gd, &sswu_a);
	fp_add(&gn, &gn, &t2);
	fp_mul(&gn, &gn, xn);
	fp_mul(&gd, &gd, xd);
	fp_mul(&t2, &gd, &sswu_b);
	fp_add(&gn, &gn, &t2);

	/* s = sqrt(gn/gd) = gn gd (gn gd^3)^((p - 3)/4) if that is a square,
	 * sqrt(Z gn/gd) = s sqrt(-Z) if not
	 */
	fp_mul(&t2, &gn, &gd);
	fp_sqr(&v, &gd);
	fp_mul(&v, &v, &t2);
	fp_pow(&s, &v, fp_exp_sqrt);
	fp_mul(&s, &s, &t2);
	fp_sqr(&v, &s);
	fp_mul(&v, &v, &gd);
	square = fp_eq(&v, &gn);

	fp_mul(y, &t1, u);
	fp_mul(y, y, &s);
	fp_mul(y, y, &sswu_c2);
	fp_cmov(y, &s, square);
	fp_mul(&t1, &t1, xn);
	fp_cmov(xn, &t1, 1 ^ square);
	fp_neg(&t1, y);
	fp_cmov(y, &t1, fp_sgn0(u) ^ fp_sgn0(y));
}

/* acc = acc xn + c power, one step of a homogeneous Horner's rule */
static inline void iso_step(struct bls_fp *acc, const struct bls_fp *xn,
			    const struct bls_fp *c, const struct bls_fp *power)
{
	struct bls_fp t;

	fp_mul(&t, c, power);
	fp_mul(acc, acc, xn);
	fp_add(acc, acc, &t);
}

/* The isogeny, RFC 9380 E.2, with h its kernel polynomial (so that the
 * denominators of E.2 are h^2 and h^3):
 *	x' = xn(x) / h(x)^2,  y' = y yn(x) / h(x)^3
 * All of them homogeneous in x = xn/xd: 85 products.  Points of the kernel
 * have h = 0 and come to (0 : y : 0), infinity, as they must.
 */
static bls_noinline void iso_map(struct g1p *r, const struct bls_fp *xn,
				 const struct bls_fp *xd,
				 const struct bls_fp *y)
{
	struct bls_fp power = *xd, h = fp_one, nx = iso_xn[11], ny = iso_yn[15];
	unsigned int i;

	for (i = 1; i <= 15; i++) {
		if (i > 1)
			fp_mul(&power, &power, xd);
		if (i <= 5)
			iso_step(&h, xn, &iso_h[5 - i], &power);
		if (i <= 11)
			iso_step(&nx, xn, &iso_xn[11 - i], &power);
		iso_step(&ny, xn, &iso_yn[15 - i], &power);
	}
	fp_mul(&r->x, &nx, &h);
	fp_mul(&r->y, &ny, y);
	fp_mul(&r->y, &r->y, xd);
	fp_sqr(&r->z, &h);
	fp_mul(&r->z, &r->z, &h);
	fp_mul(&r->z, &r->z, xd);
}

/* hash_to_curve (RFC 9380 3) without the cofactor: the sum of two maps */
static void map_to_curve(struct g1p *r, const uint8_t uniform[128])
{
	struct bls_fp u, xn, xd, y;
	struct g1p t;

	fp_from_wide(&u, uniform);
	sswu(&xn, &xd, &y, &u);
	iso_map(r, &xn, &xd, &y);
	fp_from_wide(&u, uniform + 64);
	sswu(&xn, &xd, &y, &u);
	iso_map(&t, &xn, &xd, &y);
	g1_add(r, r, &t);
}

static enum bls_err g1_map(struct bls_g1 *r, const uint8_t uniform[128])
{
	struct g1p t, s;

	map_to_curve(&t, uniform);
	g1_clear_cofactor(&s, &t);
	return g1_result(r, &s);
}
