// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Points of E and of its twist, both y^2 = x^3 + b.  Part of engine.c, which
 * includes it once for G1 and once for G2: C() names the point functions, F()
 * those of the field, FIELD, POINT and AFFINE the types.
 *
 * One representation, homogeneous projective, x = X/Z, y = Y/Z, infinity
 * (0 : 1 : 0); and complete formulas: Renes, Costello and Batina, "Complete
 * addition formulas for prime order elliptic curves", eprint 2015/1060,
 * algorithms 7 to 9.  They hold for all pairs of points because neither group
 * of points has even order (cofactors included: hostile points are added
 * before their subgroup is known).  So there is no special case to forget and
 * nothing for a branch to depend on; a doubling costs one product more than
 * with Jacobian coordinates, an addition none.
 *
 * Constant time but where the name says vartime.  Outputs may alias inputs.
 */
static void C(set_infinity)(POINT *r)
{
	memset(r, 0, sizeof(*r));
	F(set_one)(&r->y);
}

static void C(from_affine)(POINT *r, const AFFINE *a)
{
	r->x = a->x;
	r->y = a->y;
	F(set_one)(&r->z);
}

static bls_limb C(is_infinity)(const POINT *a)
{
	return F(is_zero)(&a->z);
}

static void C(cmov)(POINT *r, const POINT *a, bls_limb bit)
{
	F(cmov)(&r->x, &a->x, bit);
	F(cmov)(&r->y, &a->y, bit);
	F(cmov)(&r->z, &a->z, bit);
}

/* The last steps of algorithms 7 and 8: t0 = X1 X2, t1 = Y1 Y2,
 * t2 = 3 b Z1 Z2, t3 = X1 Y2 + X2 Y1, t4 = Y1 Z2 + Y2 Z1, t5 = X1 Z2 + X2 Z1.
 * 6 products.  The inputs are used up by now, so r can hold what is on the way.
 */
static inline void C(add_tail)(POINT *r, FIELD *t0, FIELD *t1, FIELD *t2,
			       const FIELD *t3, const FIELD *t4, FIELD *t5)
{
	F(add)(&r->z, t0, t0);
	F(add)(t0, t0, &r->z);		/* 3 X1 X2 */
	F(mul12)(t5, t5);
	F(add_lazy)(&r->z, t1, t2);
	F(sub)(t1, t1, t2);
	F(mul)(t2, t4, t5);
	F(mul)(&r->x, t3, t1);
	F(sub)(&r->x, &r->x, t2);
	F(mul)(t5, t5, t0);
	F(mul)(&r->y, t1, &r->z);
	F(add)(&r->y, &r->y, t5);
	F(mul)(t0, t0, t3);
	F(mul)(&r->z, &r->z, t4);
	F(add)(&r->z, &r->z, t0);
}

/* Algorithm 7: 12 products */
static bls_noinline void C(add)(POINT *r, const POINT *a, const POINT *b)
{
	FIELD bls_uninit t0, t1, t2, t3, t4, t5, s;

	F(mul)(&t0, &a->x, &b->x);
	F(mul)(&t1, &a->y, &b->y);
	F(mul)(&t2, &a->z, &b->z);
	F(add_lazy)(&t3, &a->x, &a->y);
	F(add_lazy)(&s, &b->x, &b->y);
	F(mul)(&t3, &t3, &s);
	F(sub)(&t3, &t3, &t0);
	F(sub)(&t3, &t3, &t1);
	F(add_lazy)(&t4, &a->y, &a->z);
	F(add_lazy)(&s, &b->y, &b->z);
	F(mul)(&t4, &t4, &s);
	F(sub)(&t4, &t4, &t1);
	F(sub)(&t4, &t4, &t2);
	F(add_lazy)(&t5, &a->x, &a->z);
	F(add_lazy)(&s, &b->x, &b->z);
	F(mul)(&t5, &t5, &s);
	F(sub)(&t5, &t5, &t0);
	F(sub)(&t5, &t5, &t2);
	F(mul12)(&t2, &t2);
	C(add_tail)(r, &t0, &t1, &t2, &t3, &t4, &t5);
}

/* Algorithm 8, b affine and so not infinity: 11 products */
static bls_noinline void C(add_mixed)(POINT *r, const POINT *a, const AFFINE *b)
{
	FIELD bls_uninit t0, t1, t2, t3, t4, t5;

	F(mul)(&t0, &a->x, &b->x);
	F(mul)(&t1, &a->y, &b->y);
	F(add_lazy)(&t3, &a->x, &a->y);
	F(add_lazy)(&t4, &b->x, &b->y);
	F(mul)(&t3, &t3, &t4);
	F(sub)(&t3, &t3, &t0);
	F(sub)(&t3, &t3, &t1);
	F(mul)(&t4, &b->y, &a->z);
	F(add)(&t4, &t4, &a->y);
	F(mul)(&t5, &b->x, &a->z);
	F(add)(&t5, &t5, &a->x);
	F(mul12)(&t2, &a->z);
	C(add_tail)(r, &t0, &t1, &t2, &t3, &t4, &t5);
}

/* Algorithm 9: 6 products and 2 squarings */
static bls_noinline void C(dbl)(POINT *r, const POINT *a)
{
	FIELD bls_uninit t0, t1, t2, s, u;

	F(sqr)(&t0, &a->y);
	F(mul)(&t1, &a->y, &a->z);
	F(sqr)(&t2, &a->z);
	F(mul12)(&t2, &t2);
	F(mul)(&u, &a->x, &a->y);
	F(add)(&s, &t0, &t0);
	F(add)(&s, &s, &s);
	F(add)(&s, &s, &s);		/* 8 Y^2 */
	F(mul)(&r->z, &t1, &s);
	F(mul)(&s, &t2, &s);
	F(add_lazy)(&t1, &t0, &t2);
	F(sub)(&t0, &t0, &t2);
	F(sub)(&t0, &t0, &t2);
	F(sub)(&t0, &t0, &t2);
	F(mul)(&t1, &t0, &t1);
	F(add)(&r->y, &t1, &s);
	F(mul)(&u, &u, &t0);
	F(add)(&r->x, &u, &u);
}

/* Returns 0, and no point, at infinity.  One inversion. */
static bls_limb C(to_affine)(AFFINE *r, const POINT *a)
{
	FIELD t;

	F(inv)(&t, &a->z);
	F(mul)(&r->x, &a->x, &t);
	F(mul)(&r->y, &a->y, &t);
	return 1 ^ F(is_zero)(&t);
}

/* r = |x| a, the curve parameter: 63 doublings, 5 additions; r is not a */
static void C(mul_x)(POINT *r, const POINT *a)
{
	int bit;

	*r = *a;
	for (bit = 62; bit >= 0; bit--) {
		C(dbl)(r, r);
		if (BLS_X_ABS >> bit & 1)
			C(add)(r, r, a);
	}
}

static enum bls_err C(result)(AFFINE *r, const POINT *a)
{
	bls_limb finite = C(to_affine)(r, a);

	bls_public(&finite, sizeof(finite));
	return finite ? BLS_OK : BLS_EINFINITY;
}

/* r = k a for a secret k, an integer of 256 bits: windows of 4 bits, the whole
 * table read for each.  256 doublings, 78 additions.
 */
static enum bls_err C(mul_secret)(AFFINE *r, const AFFINE *a,
				  const struct bls_fr *k, struct bls_space *s)
{
	const unsigned int per_limb = BLS_LIMB_BITS / 4;
	POINT *table = s->SPACE.table, *sum = &s->SPACE.sum;
	POINT t;
	enum bls_err err;
	unsigned int i, j;
	bls_limb w;

	C(set_infinity)(&table[0]);
	C(from_affine)(&table[1], a);
	for (i = 2; i < 16; i++)
		C(add_mixed)(&table[i], &table[i - 1], a);
	C(set_infinity)(sum);
	for (i = 64; i-- > 0; ) {
		for (j = 0; j < 4; j++)
			C(dbl)(sum, sum);
		w = k->v[i / per_limb] >> 4 * (i % per_limb) & 15;
		t = table[0];
		for (j = 1; j < 16; j++)
			C(cmov)(&t, &table[j], limb_is_zero(w ^ j));
		C(add)(sum, sum, &t);
	}
	err = C(result)(r, sum);
	bls_memzero(&t, sizeof(t));
	bls_memzero(sum, sizeof(*sum));
	return err;
}

/* r = the sum of n points */
static enum bls_err C(sum_vartime)(AFFINE *r, const AFFINE *const a[],
				   unsigned int n)
{
	POINT t;

	C(set_infinity)(&t);
	while (n-- > 0)
		C(add_mixed)(&t, &t, a[n]);
	return C(result)(r, &t);
}

/* t += the sum of k[i] a[i], n up to C(STRAUS_MAX): Straus's method, signed
 * windows of width 5.  256 doublings for all, 43 additions and a table of 8
 * for each point.
 */
static void C(straus_vartime)(POINT *total, const AFFINE *const a[],
			      const struct bls_fr *k, unsigned int n,
			      struct bls_space *s)
{
	POINT (*table)[8] = s->SPACE.straus, *sum = &s->SPACE.sum;
	struct naf *naf = s->SPACE.naf;
	POINT t;
	unsigned int i, j, bit, top = 0;

	for (i = 0; i < n; i++) {
		C(from_affine)(&table[i][0], a[i]);
		C(dbl)(&t, &table[i][0]);
		for (j = 1; j < 8; j++)
			C(add)(&table[i][j], &table[i][j - 1], &t);
		bit = naf_from_fr_vartime(&naf[i], &k[i]);
		top = bit > top ? bit : top;
	}
	C(set_infinity)(sum);
	for (bit = top; bit-- > 0; ) {
		C(dbl)(sum, sum);
		for (i = 0; i < n; i++) {
			int d = naf[i].digit[bit];

			if (!d)
				continue;
			t = table[i][(d < 0 ? -d : d) / 2];
			if (d < 0)
				F(neg)(&t.y, &t.y);
			C(add)(sum, sum, &t);
		}
	}
	C(add)(total, total, sum);
}

/* r = the sum of k[i] a[i] for any n, in slices */
static enum bls_err C(lincomb_vartime)(AFFINE *r, const AFFINE *const a[],
				       const struct bls_fr *k, unsigned int n,
				       struct bls_space *s)
{
	POINT total;
	unsigned int i, m;

	C(set_infinity)(&total);
	for (i = 0; i < n; i += m) {
		m = n - i < C(STRAUS_MAX) ? n - i : C(STRAUS_MAX);
		C(straus_vartime)(&total, a + i, k + i, m, s);
	}
	return C(result)(r, &total);
}

/* r = the sum of a[j] i^j for a small public i, by Horner's rule */
static enum bls_err C(poly_eval_vartime)(AFFINE *r, const AFFINE *a,
					 unsigned int n, unsigned int i)
{
	POINT sum, t;
	int bit;

	C(set_infinity)(&sum);
	while (n-- > 0) {
		C(set_infinity)(&t);
		for (bit = BLS_INDEX_BITS - 1; bit >= 0; bit--) {
			C(dbl)(&t, &t);
			if (i >> bit & 1)
				C(add)(&t, &t, &sum);
		}
		C(add_mixed)(&sum, &t, &a[n]);
	}
	return C(result)(r, &sum);
}
