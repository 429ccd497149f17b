// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Fp2 = Fp[u] / (u^2 + 1); c[0] + c[1] u.  Part of engine.c.
 *
 * Products are Karatsuba's with three row products and two reductions
 * (Aranha, Karabina, Longa, Gebotys and Lopez, "Faster explicit formulas for
 * computing pairings over ordinary curves", eprint 2010/526, section 3).
 * Constant time, but for fp2_sqrt_vartime().  Outputs may alias inputs.
 */
static inline void fp2_set_one(struct bls_fp2 *r)
{
	r->c[0] = fp_one;
	r->c[1] = fp_zero;
}

static inline void fp2_add(struct bls_fp2 *r, const struct bls_fp2 *a,
			   const struct bls_fp2 *b)
{
	fp_add(&r->c[0], &a->c[0], &b->c[0]);
	fp_add(&r->c[1], &a->c[1], &b->c[1]);
}

/* not reduced, for factors of fp2_mul() only */
static inline void fp2_add_lazy(struct bls_fp2 *r, const struct bls_fp2 *a,
				const struct bls_fp2 *b)
{
	fp_add_lazy(&r->c[0], &a->c[0], &b->c[0]);
	fp_add_lazy(&r->c[1], &a->c[1], &b->c[1]);
}

static inline void fp2_sub(struct bls_fp2 *r, const struct bls_fp2 *a,
			   const struct bls_fp2 *b)
{
	fp_sub(&r->c[0], &a->c[0], &b->c[0]);
	fp_sub(&r->c[1], &a->c[1], &b->c[1]);
}

static inline void fp2_neg(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	fp_neg(&r->c[0], &a->c[0]);
	fp_neg(&r->c[1], &a->c[1]);
}

static inline void fp2_conj(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	r->c[0] = a->c[0];
	fp_neg(&r->c[1], &a->c[1]);
}

/* Factors with coordinates below 2p: s t < 16 p^2 < 2^768, and what is reduced
 * is below 4 p^2 + p R - ... < p R and 2 (2p)^2 = 8 p^2 < p R.
 */
static bls_noinline void fp2_mul(struct bls_fp2 *r, const struct bls_fp2 *a,
				 const struct bls_fp2 *b)
{
	struct fpw bls_uninit w0, w1, w2;
	struct bls_fp bls_uninit s, t;

	fp_add_lazy(&s, &a->c[0], &a->c[1]);
	fp_add_lazy(&t, &b->c[0], &b->c[1]);
	fpw_mul(&w2, &s, &t);
	fpw_mul(&w0, &a->c[0], &b->c[0]);
	fpw_mul(&w1, &a->c[1], &b->c[1]);
	fpw_sub_exact(&w2, &w2, &w0);
	fpw_sub_exact(&w2, &w2, &w1);
	fpw_sub(&w0, &w0, &w1);
	fpw_redc(&r->c[0], &w0);
	fpw_redc(&r->c[1], &w2);
}

/* (a0 + a1)(a0 - a1), 2 a0 a1 */
static bls_noinline void fp2_sqr(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	struct bls_fp bls_uninit s, d, t;

	fp_add_lazy(&s, &a->c[0], &a->c[1]);
	fp_sub(&d, &a->c[0], &a->c[1]);
	fp_add_lazy(&t, &a->c[0], &a->c[0]);
	fp_mul(&r->c[1], &t, &a->c[1]);
	fp_mul(&r->c[0], &s, &d);
}

static inline void fp2_mul_fp(struct bls_fp2 *r, const struct bls_fp2 *a,
			      const struct bls_fp *b)
{
	fp_mul(&r->c[0], &a->c[0], b);
	fp_mul(&r->c[1], &a->c[1], b);
}

/* r = (1 + u) a; 1 + u is xi, of which Fp6 adjoins the cube root */
static inline void fp2_mul_xi(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	struct bls_fp bls_uninit t;

	fp_sub(&t, &a->c[0], &a->c[1]);
	fp_add(&r->c[1], &a->c[0], &a->c[1]);
	r->c[0] = t;
}

/* r = 12 (1 + u) a, the b3 of the addition formulas on the twist */
static inline void fp2_mul12(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	fp2_mul_xi(r, a);
	fp_mul12(&r->c[0], &r->c[0]);
	fp_mul12(&r->c[1], &r->c[1]);
}

static inline bls_limb fp2_is_zero(const struct bls_fp2 *a)
{
	return fp_is_zero(&a->c[0]) & fp_is_zero(&a->c[1]);
}

static inline bls_limb fp2_eq(const struct bls_fp2 *a, const struct bls_fp2 *b)
{
	return fp_eq(&a->c[0], &b->c[0]) & fp_eq(&a->c[1], &b->c[1]);
}

static inline void fp2_cmov(struct bls_fp2 *r, const struct bls_fp2 *a,
			    bls_limb bit)
{
	fp_cmov(&r->c[0], &a->c[0], bit);
	fp_cmov(&r->c[1], &a->c[1], bit);
}

/* conj(a) / (a0^2 + a1^2); 0 for 0 */
static void fp2_inv(struct bls_fp2 *r, const struct bls_fp2 *a)
{
	struct bls_fp n, t;

	fp_sqr(&n, &a->c[0]);
	fp_sqr(&t, &a->c[1]);
	fp_add(&n, &n, &t);
	fp_inv(&n, &n);
	fp_mul(&r->c[0], &a->c[0], &n);
	fp_mul(&t, &a->c[1], &n);
	fp_neg(&r->c[1], &t);
}

/* r = sqrt(a) if there is one; returns 1 then.  The complex method (Scott,
 * eprint 2020/1497, section 6): with d = (a0 + sqrt(norm))/2, or its companion
 * (a0 - sqrt(norm))/2 if d is no square, the root is sqrt(d) + a1/(2 sqrt(d)) u.
 * Without a1 one of the two is zero and the other may be no square: then it is
 * the root of -a0 times u.  Variable time; a is public wherever this is called.
 * The output is not the input.
 */
static bls_noinline bls_limb fp2_sqrt_vartime(struct bls_fp2 *r,
					      const struct bls_fp2 *a)
{
	struct bls_fp n, t, d, half;
	struct bls_fp2 s;

	if (fp_is_zero(&a->c[1])) {
		unsigned int at = !fp_sqrt(&t, &a->c[0]);

		r->c[at] = t;
		r->c[!at] = fp_zero;
		return 1;
	}
	fp_sqr(&n, &a->c[0]);
	fp_sqr(&t, &a->c[1]);
	fp_add(&n, &n, &t);
	if (!fp_sqrt(&n, &n))
		return 0;
	fp_mul(&half, &fp_half, &fp_r2);	/* (p - 1)/2 + 1 is 1/2 */
	fp_add(&half, &half, &fp_one);
	fp_add(&d, &a->c[0], &n);
	fp_mul(&d, &d, &half);
	/* t = d^((p - 3)/4): 1/sqrt(d) up to sign if d is a square */
	fp_pow(&t, &d, fp_exp_sqrt);
	fp_mul(&s.c[0], &t, &d);
	fp_sqr(&s.c[1], &s.c[0]);
	if (!fp_eq(&s.c[1], &d)) {
		fp_sub(&d, &a->c[0], &n);
		fp_mul(&d, &d, &half);
		fp_pow(&t, &d, fp_exp_sqrt);
		fp_mul(&s.c[0], &t, &d);
	}
	fp_mul(&t, &t, &half);
	fp_mul(&s.c[1], &t, &a->c[1]);
	fp2_sqr(r, &s);
	if (!fp2_eq(r, a))
		return 0;
	*r = s;
	return 1;
}

/* The sign of the encodings: of c[1], or of c[0] if that is zero */
static bls_limb fp2_is_larger(const struct bls_fp2 *a)
{
	return fp_is_larger(&a->c[1]) |
	       (fp_is_zero(&a->c[1]) & fp_is_larger(&a->c[0]));
}
