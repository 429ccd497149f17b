// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The optimal ate pairing: Miller loop over |x|, final exponentiation.
 * Part of engine.c.  Variable time only in that nothing here is secret: there
 * is no branch on a value but the final comparison.
 *
 * A line through points of the twist with slope m, T = (xt, yt) on it, is at
 * P = (x, y) of G1, up to factors that the final exponentiation makes 1:
 *	(m xt - yt) - m x v + y v w
 * (untwisted coordinates are x/w^2 and y/w^3; the line is multiplied by w^3).
 * It is used divided by y: (m xt - yt)/y - m x/y v + v w, whose last
 * coefficient costs nothing.  Both quotients come from one inversion.
 */

/* a = (-x/y, 1/y) for two points with one inversion */
static void over_y(struct g1_over_y r[2], const struct bls_g1 *a,
		   const struct bls_g1 *b)
{
	struct bls_fp t;

	fp_mul(&t, &a->y, &b->y);
	fp_inv(&t, &t);
	fp_mul(&r[0].one, &t, &b->y);
	fp_mul(&r[1].one, &t, &a->y);
	fp_mul(&r[0].x, &a->x, &r[0].one);
	fp_mul(&r[1].x, &b->x, &r[1].one);
	fp_neg(&r[0].x, &r[0].x);
	fp_neg(&r[1].x, &r[1].x);
}

/* The pair of -P: only 1/y changes sign, and with it x/y */
static void over_y_neg(struct g1_over_y *r)
{
	fp_neg(&r->x, &r->x);
	fp_neg(&r->one, &r->one);
}

/* f *= a line given as (m, m xt - yt), at p */
static void mul_known_line(struct fp12 *f, const struct bls_line *line,
			   const struct g1_over_y *p, struct line_tmp *w)
{
	fp2_mul_fp(&w->a, &line->cst, &p->one);
	fp2_mul_fp(&w->b, &line->slope, &p->x);
	fp12_mul_line(f, &w->a, &w->b, NULL, &w->fp12);
}

/* t = 2 t, f *= the tangent at t, at p.  Homogeneous coordinates, formulas of
 * Aranha et al., eprint 2010/526, section 4, all multiplied by 4 instead of
 * halved; m = 3 X^2 / 2 Y Z, so the line is multiplied by 2 Y Z.  3 products
 * and 7 squarings in Fp2.
 */
static bls_noinline void mul_tangent(struct fp12 *f, struct g2p *t,
				     const struct g1_over_y *p,
				     struct line_tmp *w)
{
	fp2_sqr(&w->a, &t->x);
	fp2_sqr(&w->b, &t->y);
	fp2_sqr(&w->e, &t->z);
	fp2_add(&w->h, &t->y, &t->z);
	fp2_sqr(&w->h, &w->h);
	fp2_sub(&w->h, &w->h, &w->b);
	fp2_sub(&w->h, &w->h, &w->e);		/* 2 Y Z */
	fp2_mul12(&w->e, &w->e);		/* 3 b' Z^2 */
	fp2_add(&w->c, &t->x, &t->y);
	fp2_sqr(&w->c, &w->c);
	fp2_sub(&w->c, &w->c, &w->a);
	fp2_sub(&w->c, &w->c, &w->b);		/* 2 X Y */

	fp2_add(&w->d, &w->e, &w->e);
	fp2_add(&w->d, &w->d, &w->e);		/* 9 b' Z^2 */
	fp2_sub(&t->x, &w->b, &w->d);
	fp2_mul(&t->x, &t->x, &w->c);
	fp2_add(&w->d, &w->d, &w->b);
	fp2_sqr(&w->d, &w->d);
	fp2_sqr(&w->c, &w->e);
	fp2_add(&t->y, &w->c, &w->c);
	fp2_add(&w->c, &w->c, &t->y);
	fp2_add(&w->c, &w->c, &w->c);
	fp2_add(&w->c, &w->c, &w->c);
	fp2_sub(&t->y, &w->d, &w->c);		/* (Y^2 + 9 b' Z^2)^2 - 108 b'^2 Z^4 */
	fp2_mul(&t->z, &w->b, &w->h);
	fp2_add(&t->z, &t->z, &t->z);
	fp2_add(&t->z, &t->z, &t->z);

	fp2_sub(&w->c, &w->b, &w->e);		/* Y^2 - 3 b' Z^2 */
	fp2_mul_fp(&w->c, &w->c, &p->one);
	fp2_add(&w->d, &w->a, &w->a);
	fp2_add(&w->d, &w->d, &w->a);
	fp2_mul_fp(&w->d, &w->d, &p->x);
	fp12_mul_line(f, &w->c, &w->d, &w->h, &w->fp12);
}

/* t = t + q, f *= the line through both, at p; the slope is theta/lambda */
static bls_noinline void mul_chord(struct fp12 *f, struct g2p *t,
				   const struct bls_g2 *q,
				   const struct g1_over_y *p,
				   struct line_tmp *w)
{
	struct bls_fp2 *theta = &w->a, *lambda = &w->b;

	fp2_mul(theta, &q->y, &t->z);
	fp2_sub(theta, &t->y, theta);
	fp2_mul(lambda, &q->x, &t->z);
	fp2_sub(lambda, &t->x, lambda);

	fp2_sqr(&w->c, theta);
	fp2_sqr(&w->d, lambda);
	fp2_mul(&w->e, &w->d, lambda);
	fp2_mul(&w->g, &t->x, &w->d);
	fp2_mul(&w->c, &w->c, &t->z);
	fp2_add(&w->c, &w->c, &w->e);
	fp2_sub(&w->c, &w->c, &w->g);
	fp2_sub(&w->c, &w->c, &w->g);
	fp2_mul(&t->x, lambda, &w->c);
	fp2_sub(&w->g, &w->g, &w->c);
	fp2_mul(&w->g, &w->g, theta);
	fp2_mul(&w->h, &w->e, &t->y);
	fp2_sub(&t->y, &w->g, &w->h);
	fp2_mul(&t->z, &t->z, &w->e);

	fp2_mul(&w->h, theta, &q->x);
	fp2_mul(&w->c, lambda, &q->y);
	fp2_sub(&w->h, &w->h, &w->c);
	fp2_mul_fp(&w->h, &w->h, &p->one);
	fp2_mul_fp(theta, theta, &p->x);
	fp12_mul_line(f, &w->h, theta, lambda, &w->fp12);
}

/* One pair or two that share the squarings: f = the product of Miller loops
 * of (p[0], lines) if lines is given and (p[1], q) if q is; more lines in
 * place of q if those are given.
 */
static void miller_loop(struct fp12 *f, const struct g1_over_y p[2],
			const struct bls_line *lines, const struct bls_g2 *q,
			const struct bls_line *more, struct bls_space *s)
{
	struct line_tmp *w = &s->pairing.tmp;
	struct g2p *t = &s->pairing.q;
	unsigned int i = 0;
	int bit;

	fp12_set_one(f);
	if (q)
		g2_from_affine(t, q);
	for (bit = 62; bit >= 0; bit--) {
		fp12_sqr(f, f, &w->fp12);
		if (lines)
			mul_known_line(f, &lines[i], &p[0], w);
		if (more)
			mul_known_line(f, &more[i], &p[1], w);
		if (q)
			mul_tangent(f, t, &p[1], w);
		i++;
		if (!(BLS_X_ABS >> bit & 1))
			continue;
		if (lines)
			mul_known_line(f, &lines[i], &p[0], w);
		if (more)
			mul_known_line(f, &more[i], &p[1], w);
		if (q)
			mul_chord(f, t, q, &p[1], w);
		i++;
	}
	fp12_conj(f, f);	/* x is negative */
}

/* r = a^x in the cyclotomic subgroup; r is not a */
static void exp_x(struct fp12 *r, const struct fp12 *a, struct fp12_tmp *tmp)
{
	int bit;

	*r = *a;
	for (bit = 62; bit >= 0; bit--) {
		fp12_cyclotomic_sqr(r, r);
		if (BLS_X_ABS >> bit & 1)
			fp12_mul(r, r, a, tmp);
	}
	fp12_conj(r, r);
}

/* f = f^(3 (p^12 - 1)/r).  The cube does no harm, 3 does not divide r, and
 * makes the hard part short: Hayashida, Hayasaka and Teruya, eprint 2020/875,
 *	3 (p^4 - p^2 + 1)/r = (x - 1)^2 (x + p)(x^2 + p^2 - 1) + 3.
 */
static void final_exp(struct fp12 *f, struct fp12 t[3], struct fp12_tmp *tmp)
{
	fp12_inv(&t[0], f, tmp);		/* f^((p^6 - 1)(p^2 + 1)) */
	fp12_conj(f, f);
	fp12_mul(f, f, &t[0], tmp);
	fp12_frobenius2(&t[0], f);
	fp12_mul(f, f, &t[0], tmp);

	exp_x(&t[0], f, tmp);		/* x - 1 */
	fp12_conj(&t[1], f);
	fp12_mul(&t[0], &t[0], &t[1], tmp);
	exp_x(&t[1], &t[0], tmp);		/* (x - 1)^2 */
	fp12_conj(&t[0], &t[0]);
	fp12_mul(&t[0], &t[0], &t[1], tmp);
	exp_x(&t[1], &t[0], tmp);		/* ... (x + p) */
	fp12_frobenius(&t[0], &t[0]);
	fp12_mul(&t[0], &t[0], &t[1], tmp);
	exp_x(&t[1], &t[0], tmp);		/* ... (x^2 + p^2 - 1) */
	exp_x(&t[2], &t[1], tmp);
	fp12_frobenius2(&t[1], &t[0]);
	fp12_mul(&t[2], &t[2], &t[1], tmp);
	fp12_conj(&t[0], &t[0]);
	fp12_mul(&t[2], &t[2], &t[0], tmp);
	fp12_cyclotomic_sqr(&t[0], f);	/* ... + 3 */
	fp12_mul(f, f, &t[0], tmp);
	fp12_mul(f, f, &t[2], tmp);
}

static enum bls_err is_one(struct bls_space *s)
{
	final_exp(&s->pairing.f, s->pairing.t, &s->pairing.tmp.fp12);
	return fp12_is_one(&s->pairing.f) ? BLS_OK : BLS_EMISMATCH;
}

/* e(sig, G2) e(-hash, key) = 1 */
static enum bls_err check(const struct bls_g1 *sig, const struct bls_g1 *hash,
			  const struct bls_g2 *key, struct bls_space *s)
{
	struct g1_over_y p[2];

	over_y(p, sig, hash);
	over_y_neg(&p[1]);
	miller_loop(&s->pairing.f, p, g2_generator_lines, key, NULL, s);
	return is_one(s);
}

static enum bls_err check_lines(const struct bls_g1 *sig,
				const struct bls_g1 *hash,
				const struct bls_line *lines,
				struct bls_space *s)
{
	struct g1_over_y p[2];

	over_y(p, sig, hash);
	over_y_neg(&p[1]);
	miller_loop(&s->pairing.f, p, g2_generator_lines, NULL, lines, s);
	return is_one(s);
}

static void product_start(struct bls_space *s)
{
	fp12_set_one(&s->pairing.f);
}

static void product_pair(const struct bls_g1 *hash, const struct bls_g2 *key,
			 struct bls_space *s)
{
	struct g1_over_y p[2];

	over_y(p, hash, hash);
	miller_loop(&s->pairing.t[0], p, NULL, key, NULL, s);
	fp12_mul(&s->pairing.f, &s->pairing.f, &s->pairing.t[0],
		 &s->pairing.tmp.fp12);
}

static enum bls_err product_finish(const struct bls_g1 *sig,
				   struct bls_space *s)
{
	struct g1_over_y p[2];

	over_y(p, sig, sig);
	over_y_neg(&p[0]);
	miller_loop(&s->pairing.t[0], p, g2_generator_lines, NULL, NULL, s);
	fp12_mul(&s->pairing.f, &s->pairing.f, &s->pairing.t[0],
		 &s->pairing.tmp.fp12);
	return is_one(s);
}

/* The line of one step and the point after it, in affine coordinates; an
 * inversion for each, which is dear, but a key is prepared once.
 */
static void affine_line(struct bls_line *line, struct bls_g2 *t,
			const struct bls_fp2 *num, struct bls_fp2 *den,
			const struct bls_fp2 *x2)
{
	struct bls_fp2 x;

	fp2_inv(den, den);
	fp2_mul(&line->slope, num, den);
	fp2_mul(&line->cst, &line->slope, &t->x);
	fp2_sub(&line->cst, &line->cst, &t->y);
	fp2_sqr(&x, &line->slope);
	fp2_sub(&x, &x, &t->x);
	fp2_sub(&x, &x, x2);
	/* y' = m (xt - x') - yt = (m xt - yt) - m x' */
	fp2_mul(&t->y, &line->slope, &x);
	fp2_sub(&t->y, &line->cst, &t->y);
	t->x = x;
}

static void lines(struct bls_line *line, const struct bls_g2 *key)
{
	struct bls_g2 t = *key;
	struct bls_fp2 num, den, x;
	int bit;

	for (bit = 62; bit >= 0; bit--) {
		fp2_sqr(&den, &t.x);
		fp2_add(&num, &den, &den);
		fp2_add(&num, &num, &den);
		fp2_add(&den, &t.y, &t.y);
		x = t.x;
		affine_line(line++, &t, &num, &den, &x);
		if (!(BLS_X_ABS >> bit & 1))
			continue;
		fp2_sub(&num, &t.y, &key->y);
		fp2_sub(&den, &t.x, &key->x);
		affine_line(line++, &t, &num, &den, &key->x);
	}
}
