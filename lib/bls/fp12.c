// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Fp12 = Fp6[w] / (w^2 - v); c[0] + c[1] w.  Part of engine.c.
 *
 * So w^6 = xi, and an element is also the sum of six Fp2 coefficients of
 * 1, w, .. w^5: c[i % 2].c[i / 2] belongs to w^i.  Frobenius maps use that.
 * Constant time; outputs may alias inputs.  Temporaries of this size are the
 * caller's (struct fp12_tmp): see the stack budget in docs/bls.md.
 */
static void fp12_set_one(struct fp12 *r)
{
	memset(r, 0, sizeof(*r));
	r->c[0].c[0].c[0] = fp_one;
}

static bls_limb fp12_is_one(const struct fp12 *a)
{
	bls_limb ok = fp_eq(&a->c[0].c[0].c[0], &fp_one) &
		      fp_is_zero(&a->c[0].c[0].c[1]);
	unsigned int i;

	for (i = 1; i < 6; i++)
		ok &= fp2_is_zero(&a->c[i % 2].c[i / 2]);
	return ok;
}

/* a^(p^6), which is 1/a in the cyclotomic subgroup */
static void fp12_conj(struct fp12 *r, const struct fp12 *a)
{
	r->c[0] = a->c[0];
	fp6_neg(&r->c[1], &a->c[1]);
}

/* Karatsuba: 18 products in Fp2 */
static bls_noinline void fp12_mul(struct fp12 *r, const struct fp12 *a,
				  const struct fp12 *b, struct fp12_tmp *tmp)
{
	struct fp6 *s = &tmp->s, *t = &tmp->t;

	fp6_add(s, &a->c[0], &a->c[1]);
	fp6_add(t, &b->c[0], &b->c[1]);
	fp6_mul(s, s, t);
	fp6_mul(t, &a->c[1], &b->c[1]);
	fp6_mul(&r->c[0], &a->c[0], &b->c[0]);
	fp6_sub(s, s, &r->c[0]);
	fp6_sub(&r->c[1], s, t);
	fp6_mul_v(t, t);
	fp6_add(&r->c[0], &r->c[0], t);
}

/* Complex squaring, (a + b)(a + v b) - a b - v a b: 12 products in Fp2 */
static bls_noinline void fp12_sqr(struct fp12 *r, const struct fp12 *a,
				  struct fp12_tmp *tmp)
{
	struct fp6 *s = &tmp->s, *t = &tmp->t;

	fp6_add(s, &a->c[0], &a->c[1]);
	fp6_mul_v(t, &a->c[1]);
	fp6_add(t, t, &a->c[0]);
	fp6_mul(s, s, t);
	fp6_mul(t, &a->c[0], &a->c[1]);
	fp6_sub(s, s, t);
	fp6_add(&r->c[1], t, t);
	fp6_mul_v(t, t);
	fp6_sub(&r->c[0], s, t);
}

/* r = r (a + b v + c v w), the shape of a line: 13 products, 10 if c is 1,
 * which NULL means.
 */
static bls_noinline void fp12_mul_line(struct fp12 *r, const struct bls_fp2 *a,
				       const struct bls_fp2 *b,
				       const struct bls_fp2 *c,
				       struct fp12_tmp *tmp)
{
	struct fp6 *s = &tmp->s, *p1 = &tmp->t;
	struct bls_fp2 bls_uninit t;
	unsigned int i;

	fp6_add(s, &r->c[0], &r->c[1]);
	fp6_mul_v(p1, &r->c[1]);
	if (c) {
		for (i = 0; i < 3; i++)
			fp2_mul(&p1->c[i], &p1->c[i], c);
		fp2_add(&t, b, c);
	} else {
		t = *b;
		fp_add(&t.c[0], &t.c[0], &fp_one);
	}
	fp6_mul_01(&r->c[0], &r->c[0], a, b);
	fp6_mul_01(s, s, a, &t);
	fp6_sub(s, s, &r->c[0]);
	fp6_sub(&r->c[1], s, p1);
	fp6_mul_v(p1, p1);
	fp6_add(&r->c[0], &r->c[0], p1);
}

/* conj(a) / (a0^2 - v a1^2); 0 for 0 */
static bls_noinline void fp12_inv(struct fp12 *r, const struct fp12 *a,
				  struct fp12_tmp *tmp)
{
	struct fp6 *s = &tmp->s, *t = &tmp->t;

	fp6_mul(t, &a->c[0], &a->c[0]);
	fp6_mul(s, &a->c[1], &a->c[1]);
	fp6_mul_v(s, s);
	fp6_sub(t, t, s);
	fp6_inv(t, t);
	fp6_mul(&r->c[0], &a->c[0], t);
	fp6_mul(s, &a->c[1], t);
	fp6_neg(&r->c[1], s);
}

/* r = a^p: conjugate each coefficient, times xi^(i (p - 1)/6) */
static void fp12_frobenius(struct fp12 *r, const struct fp12 *a)
{
	unsigned int i;

	fp2_conj(&r->c[0].c[0], &a->c[0].c[0]);
	for (i = 1; i < 6; i++) {
		struct bls_fp2 *c = &r->c[i % 2].c[i / 2];

		fp2_conj(c, &a->c[i % 2].c[i / 2]);
		fp2_mul(c, c, &fp12_frob[i - 1]);
	}
}

/* r = a^(p^2) */
static void fp12_frobenius2(struct fp12 *r, const struct fp12 *a)
{
	unsigned int i;

	r->c[0].c[0] = a->c[0].c[0];
	for (i = 1; i < 6; i++)
		fp2_mul_fp(&r->c[i % 2].c[i / 2], &a->c[i % 2].c[i / 2],
			   &fp12_frob2[i - 1]);
}

/* (x + y s)^2 over Fp4 = Fp2[s] / (s^2 - xi): r0 = x^2 + xi y^2, r1 = 2 x y */
static void fp4_sqr(struct bls_fp2 *r0, struct bls_fp2 *r1,
		    const struct bls_fp2 *x, const struct bls_fp2 *y)
{
	struct bls_fp2 bls_uninit t, s;

	fp2_add(&s, x, y);
	fp2_sqr(&t, y);
	fp2_sqr(r0, x);
	fp2_sqr(&s, &s);
	fp2_sub(&s, &s, &t);
	fp2_sub(r1, &s, r0);
	fp2_mul_xi(&t, &t);
	fp2_add(r0, r0, &t);
}

/* r = 3 t - 2 a, or 3 t + 2 a */
static void fp2_3t_minus_2a(struct bls_fp2 *r, const struct bls_fp2 *t,
			    const struct bls_fp2 *a)
{
	struct bls_fp2 bls_uninit s;

	fp2_sub(&s, t, a);
	fp2_add(&s, &s, &s);
	fp2_add(r, &s, t);
}

static void fp2_3t_plus_2a(struct bls_fp2 *r, const struct bls_fp2 *t,
			   const struct bls_fp2 *a)
{
	struct bls_fp2 bls_uninit s;

	fp2_add(&s, t, a);
	fp2_add(&s, &s, &s);
	fp2_add(r, &s, t);
}

/* r = a^2 for a in the cyclotomic subgroup, 9 squarings in Fp2: Granger and
 * Scott, "Faster squaring in the cyclotomic subgroup of sixth degree
 * extensions", eprint 2009/565, section 3.2, with Fp4 = Fp2[w^3].
 */
static bls_noinline void fp12_cyclotomic_sqr(struct fp12 *r,
					     const struct fp12 *a)
{
	struct bls_fp2 bls_uninit t0, t1, t2, t3;

	/* the three Fp4 coefficients pair w^0 w^3, w^1 w^4, w^2 w^5 */
	fp4_sqr(&t0, &t1, &a->c[0].c[0], &a->c[1].c[1]);
	fp2_3t_minus_2a(&r->c[0].c[0], &t0, &a->c[0].c[0]);
	fp2_3t_plus_2a(&r->c[1].c[1], &t1, &a->c[1].c[1]);

	fp4_sqr(&t0, &t1, &a->c[1].c[0], &a->c[0].c[2]);
	fp4_sqr(&t2, &t3, &a->c[0].c[1], &a->c[1].c[2]);
	fp2_3t_minus_2a(&r->c[0].c[1], &t0, &a->c[0].c[1]);
	fp2_3t_plus_2a(&r->c[1].c[2], &t1, &a->c[1].c[2]);
	fp2_mul_xi(&t3, &t3);
	fp2_3t_plus_2a(&r->c[1].c[0], &t3, &a->c[1].c[0]);
	fp2_3t_minus_2a(&r->c[0].c[2], &t2, &a->c[0].c[2]);
}
