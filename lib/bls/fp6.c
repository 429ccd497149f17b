// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Fp6 = Fp2[v] / (v^3 - xi), xi = 1 + u; c[0] + c[1] v + c[2] v^2.
 * Part of engine.c.  Constant time; outputs may alias inputs.
 */
static inline void fp6_add(struct fp6 *r, const struct fp6 *a,
			   const struct fp6 *b)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		fp2_add(&r->c[i], &a->c[i], &b->c[i]);
}

static inline void fp6_sub(struct fp6 *r, const struct fp6 *a,
			   const struct fp6 *b)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		fp2_sub(&r->c[i], &a->c[i], &b->c[i]);
}

static inline void fp6_neg(struct fp6 *r, const struct fp6 *a)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		fp2_neg(&r->c[i], &a->c[i]);
}

/* r = v a */
static inline void fp6_mul_v(struct fp6 *r, const struct fp6 *a)
{
	struct bls_fp2 bls_uninit t;

	fp2_mul_xi(&t, &a->c[2]);
	r->c[2] = a->c[1];
	r->c[1] = a->c[0];
	r->c[0] = t;
}

/* r = (a_i + a_j)(b_i + b_j) - p_i - p_j, Karatsuba's cross term */
static inline void fp6_cross(struct bls_fp2 *r, const struct fp6 *a,
			     const struct fp6 *b, unsigned int i,
			     unsigned int j, const struct bls_fp2 *pi,
			     const struct bls_fp2 *pj)
{
	struct bls_fp2 bls_uninit s;

	fp2_add_lazy(&s, &a->c[i], &a->c[j]);
	fp2_add_lazy(r, &b->c[i], &b->c[j]);
	fp2_mul(r, r, &s);
	fp2_sub(r, r, pi);
	fp2_sub(r, r, pj);
}

/* Devegili, O hEigeartaigh, Scott and Dahab, eprint 2006/471: 6 products */
static bls_noinline void fp6_mul(struct fp6 *r, const struct fp6 *a,
				 const struct fp6 *b)
{
	struct bls_fp2 bls_uninit p0, p1, p2, t0, t1, t2;

	fp2_mul(&p0, &a->c[0], &b->c[0]);
	fp2_mul(&p1, &a->c[1], &b->c[1]);
	fp2_mul(&p2, &a->c[2], &b->c[2]);
	fp6_cross(&t0, a, b, 1, 2, &p1, &p2);
	fp6_cross(&t1, a, b, 0, 1, &p0, &p1);
	fp6_cross(&t2, a, b, 0, 2, &p0, &p2);
	fp2_mul_xi(&t0, &t0);
	fp2_add(&r->c[0], &t0, &p0);
	fp2_mul_xi(&p2, &p2);
	fp2_add(&r->c[1], &t1, &p2);
	fp2_add(&r->c[2], &t2, &p1);
}

/* r = a (b0 + b1 v): 5 products */
static bls_noinline void fp6_mul_01(struct fp6 *r, const struct fp6 *a,
				    const struct bls_fp2 *b0,
				    const struct bls_fp2 *b1)
{
	struct bls_fp2 bls_uninit p0, p1, t0, t1, t2;

	fp2_mul(&p0, &a->c[0], b0);
	fp2_mul(&p1, &a->c[1], b1);
	fp2_add_lazy(&t0, &a->c[0], &a->c[1]);
	fp2_add_lazy(&t1, b0, b1);
	fp2_mul(&t1, &t1, &t0);
	fp2_sub(&t1, &t1, &p0);
	fp2_sub(&t1, &t1, &p1);
	fp2_mul(&t0, &a->c[2], b1);
	fp2_mul_xi(&t0, &t0);
	fp2_mul(&t2, &a->c[2], b0);
	fp2_add(&r->c[0], &p0, &t0);
	r->c[1] = t1;
	fp2_add(&r->c[2], &t2, &p1);
}

/* Scott and Benger's formula: the adjugate over the norm; 0 for 0 */
static bls_noinline void fp6_inv(struct fp6 *r, const struct fp6 *a)
{
	struct fp6 t;
	struct bls_fp2 s, n;

	fp2_sqr(&t.c[0], &a->c[0]);		/* a0^2 - xi a1 a2 */
	fp2_mul(&s, &a->c[1], &a->c[2]);
	fp2_mul_xi(&s, &s);
	fp2_sub(&t.c[0], &t.c[0], &s);
	fp2_sqr(&t.c[1], &a->c[2]);		/* xi a2^2 - a0 a1 */
	fp2_mul_xi(&t.c[1], &t.c[1]);
	fp2_mul(&s, &a->c[0], &a->c[1]);
	fp2_sub(&t.c[1], &t.c[1], &s);
	fp2_sqr(&t.c[2], &a->c[1]);		/* a1^2 - a0 a2 */
	fp2_mul(&s, &a->c[0], &a->c[2]);
	fp2_sub(&t.c[2], &t.c[2], &s);

	fp2_mul(&n, &a->c[1], &t.c[2]);
	fp2_mul(&s, &a->c[2], &t.c[1]);
	fp2_add(&n, &n, &s);
	fp2_mul_xi(&n, &n);
	fp2_mul(&s, &a->c[0], &t.c[0]);
	fp2_add(&n, &n, &s);
	fp2_inv(&n, &n);
	fp2_mul(&r->c[0], &t.c[0], &n);
	fp2_mul(&r->c[1], &t.c[1], &n);
	fp2_mul(&r->c[2], &t.c[2], &n);
}
