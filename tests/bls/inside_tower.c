// SPDX-License-Identifier: GPL-2.0
/*
 * The tests of Fp, Fp2 and Fp12.  Part of inside.c.
 */
static void random_fp(struct bls_fp *r)
{
	uint8_t b[64];

	test_random(b, sizeof(b));
	fp_from_wide(r, b);
}

static void random_fp2(struct bls_fp2 *r)
{
	random_fp(&r->c[0]);
	random_fp(&r->c[1]);
}

static void random_fp12(struct fp12 *r)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		random_fp2(&r->c[i % 2].c[i / 2]);
}

static bool fp12_eq(const struct fp12 *a, const struct fp12 *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Edge cases first, then anything. */
static void some_fp(struct bls_fp *r, unsigned int i)
{
	struct bls_fp one = fp_one;

	switch (i) {
	case 0:
		*r = fp_zero;
		break;
	case 1:
		*r = fp_one;
		break;
	case 2:
		fp_neg(r, &one);
		break;
	case 3:		/* p - 1 as it is in memory: the largest limbs */
		*r = fp_p;
		r->v[0]--;
		break;
	default:
		random_fp(r);
	}
}

/* a b by doubling and adding the bits of b */
static void slow_mul(struct bls_fp *r, const struct bls_fp *a,
		     const struct bls_fp *b)
{
	struct bls_fp k, acc = fp_zero;
	int i;

	fp_to_int(&k, b);
	for (i = 383; i >= 0; i--) {
		fp_add(&acc, &acc, &acc);
		if (k.v[i / BLS_LIMB_BITS] >> i % BLS_LIMB_BITS & 1)
			fp_add(&acc, &acc, a);
	}
	*r = acc;
}

/* a + b mod p with 16-bit digits */
static void slow_add(struct bls_fp *r, const struct bls_fp *a,
		     const struct bls_fp *b)
{
	uint16_t x[24], y[24], p[24], s[25], d[25];
	int32_t t = 0;
	unsigned int i;

	for (i = 0; i < 24; i++) {
		unsigned int l = i * 16 / BLS_LIMB_BITS;
		unsigned int at = i * 16 % BLS_LIMB_BITS;

		x[i] = (uint16_t)(a->v[l] >> at);
		y[i] = (uint16_t)(b->v[l] >> at);
		p[i] = (uint16_t)(fp_p.v[l] >> at);
	}
	for (i = 0; i < 24; i++, t >>= 16) {
		t += x[i] + y[i];
		s[i] = (uint16_t)t;
	}
	s[24] = (uint16_t)t;
	for (t = 0, i = 0; i < 25; i++, t >>= 16) {
		t += s[i] - (i < 24 ? p[i] : 0);
		d[i] = (uint16_t)t;
	}
	memset(r, 0, sizeof(*r));
	for (i = 0; i < 24; i++)
		r->v[i * 16 / BLS_LIMB_BITS] |=
			(bls_limb)(t < 0 ? s[i] : d[i])
			<< i * 16 % BLS_LIMB_BITS;
}

static bool test_fp_arithmetic(void)
{
	struct bls_fp a, b, c, x, y, z;
	struct fpw w, v;
	unsigned int i, j;

	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < ROUNDS; j++) {
			some_fp(&a, i);
			some_fp(&b, j);
			random_fp(&c);
			fp_add(&x, &a, &b);
			slow_add(&y, &a, &b);
			ASK(fp_eq(&x, &y));
			fp_sub(&x, &x, &b);
			ASK(fp_eq(&x, &a));
			fp_mul(&x, &a, &b);
			slow_mul(&y, &a, &b);
			ASK(fp_eq(&x, &y));
			fpw_mul(&w, &a, &b);
			fpw_redc(&y, &w);
			ASK(fp_eq(&x, &y));
			/* what fp_add_lazy() makes is a factor like its sum */
			fp_add_lazy(&x, &a, &b);
			fp_add(&y, &a, &b);
			fp_mul(&z, &x, &x);
			fp_mul(&x, &x, &c);
			fp_mul(&c, &y, &c);
			ASK(fp_eq(&x, &c));
			fp_sqr(&y, &y);
			ASK(fp_eq(&y, &z));
			/* a^2 - b^2 = (a + b)(a - b) in wide limbs */
			fpw_mul(&w, &a, &a);
			fpw_mul(&v, &b, &b);
			fpw_sub(&w, &w, &v);
			fpw_redc(&x, &w);
			fp_add(&y, &a, &b);
			fp_sub(&z, &a, &b);
			fp_mul(&y, &y, &z);
			ASK(fp_eq(&x, &y));
		}
	}
	return true;
}

static bool test_fp_inverse_and_root(void)
{
	struct bls_fp a, b, c;
	unsigned int i, squares = 0;

	for (i = 0; i < ROUNDS; i++) {
		some_fp(&a, i);
		fp_inv(&b, &a);
		fp_mul(&b, &b, &a);
		ASK(fp_eq(&b, i ? &fp_one : &fp_zero));
		fp_sqr(&b, &a);
		ASK(fp_sqrt(&c, &b));
		fp_sqr(&c, &c);
		ASK(fp_eq(&b, &c));
		squares += (unsigned int)fp_sqrt(&c, &a);
	}
	ASK(squares > 2 && squares < ROUNDS);
	return true;
}

static bool test_fp_bytes(void)
{
	uint8_t in[48], out[48], wide[64];
	struct bls_fp a, b, two = fp_one;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		some_fp(&a, i);
		fp_encode(out, &a);
		ASK(fp_decode(&b, out) && fp_eq(&a, &b));
	}
	limbs_to_be(in, fp_p.v, 48);
	ASK(!fp_decode(&b, in));	/* p */
	in[47]--;
	ASK(fp_decode(&b, in));		/* p - 1 */
	ASK(fp_is_larger(&b) && !fp_is_larger(&fp_one));
	ASK(!fp_sgn0(&b) && fp_sgn0(&fp_one));
	memset(in, 0xff, sizeof(in));
	ASK(!fp_decode(&b, in));
	limbs_to_be(in, fp_half.v, 48);
	ASK(fp_decode(&b, in) && !fp_is_larger(&b));
	fp_neg(&b, &b);
	ASK(fp_is_larger(&b));
	/* 2^512 - 1 */
	memset(wide, 0xff, sizeof(wide));
	fp_from_wide(&a, wide);
	for (i = 0; i < 512; i++)
		fp_add(&two, &two, &two);
	fp_sub(&two, &two, &fp_one);
	ASK(fp_eq(&a, &two));
	return true;
}

static bool test_fp2(void)
{
	struct bls_fp2 a, b, c, x, y;
	unsigned int i, squares = 0;

	for (i = 0; i < 4 * ROUNDS; i++) {
		some_fp(&a.c[0], i % 5);
		some_fp(&a.c[1], i / 5 % 5);
		random_fp2(&b);
		random_fp2(&c);
		fp2_mul(&x, &a, &b);
		fp2_mul(&y, &a, &c);
		fp2_add(&x, &x, &y);
		fp2_add_lazy(&y, &b, &c);
		fp2_mul(&y, &a, &y);
		ASK(fp2_eq(&x, &y));
		fp2_sqr(&x, &a);
		fp2_mul(&y, &a, &a);
		ASK(fp2_eq(&x, &y));
		ASK(fp2_sqrt_vartime(&y, &x));
		fp2_sqr(&y, &y);
		ASK(fp2_eq(&x, &y));
		squares += (unsigned int)fp2_sqrt_vartime(&y, &b);
		fp2_inv(&x, &a);
		fp2_mul(&x, &x, &a);
		fp2_set_one(&y);
		ASK(fp2_is_zero(&a) || fp2_eq(&x, &y));
		fp2_mul_xi(&x, &b);
		y.c[1] = fp_one;
		fp2_mul(&y, &y, &b);
		ASK(fp2_eq(&x, &y));
	}
	ASK(squares > ROUNDS && squares < 3 * ROUNDS);
	/* square roots of what has no u: of both kinds of a0 */
	memset(&a, 0, sizeof(a));
	a.c[0] = fp_one;
	ASK(fp2_sqrt_vartime(&x, &a));
	fp2_neg(&a, &a);
	ASK(fp2_sqrt_vartime(&x, &a));
	fp2_sqr(&x, &x);
	ASK(fp2_eq(&x, &a));
	return true;
}

/* r = a^e, e big-endian bytes */
static void fp12_pow(struct fp12 *r, const struct fp12 *a, const uint8_t *e,
		     unsigned int len)
{
	struct fp12 acc;
	unsigned int i;

	fp12_set_one(&acc);
	for (i = 0; i < 8 * len; i++) {
		fp12_sqr(&acc, &acc, &tmp);
		if (e[i / 8] >> (7 - i % 8) & 1)
			fp12_mul(&acc, &acc, a, &tmp);
	}
	*r = acc;
}

static bool test_fp12(void)
{
	struct fp12 a, b, c, x, y;
	uint8_t p[48];
	unsigned int i;

	limbs_to_be(p, fp_p.v, 48);
	for (i = 0; i < ROUNDS; i++) {
		random_fp12(&a);
		random_fp12(&b);
		random_fp12(&c);
		fp12_mul(&x, &a, &b, &tmp);
		fp12_mul(&x, &x, &c, &tmp);
		fp12_mul(&y, &b, &c, &tmp);
		fp12_mul(&y, &y, &a, &tmp);
		ASK(fp12_eq(&x, &y));
		fp12_sqr(&x, &a, &tmp);
		fp12_mul(&y, &a, &a, &tmp);
		ASK(fp12_eq(&x, &y));
		fp12_inv(&x, &a, &tmp);
		fp12_mul(&x, &x, &a, &tmp);
		ASK(fp12_is_one(&x));
		/* sparse products are products */
		memset(&c, 0, sizeof(c));
		random_fp2(&c.c[0].c[0]);
		random_fp2(&c.c[0].c[1]);
		random_fp2(&c.c[1].c[1]);
		x = a;
		fp12_mul_line(&x, &c.c[0].c[0], &c.c[0].c[1], &c.c[1].c[1], &tmp);
		fp12_mul(&y, &a, &c, &tmp);
		ASK(fp12_eq(&x, &y));
		fp2_set_one(&c.c[1].c[1]);
		x = a;
		fp12_mul_line(&x, &c.c[0].c[0], &c.c[0].c[1], NULL, &tmp);
		fp12_mul(&y, &a, &c, &tmp);
		ASK(fp12_eq(&x, &y));
	}
	fp12_frobenius(&x, &a);
	fp12_pow(&y, &a, p, 48);
	ASK(fp12_eq(&x, &y));
	fp12_frobenius2(&x, &a);
	fp12_pow(&y, &y, p, 48);
	ASK(fp12_eq(&x, &y));
	for (i = 2; i < 6; i++)
		fp12_pow(&y, &y, p, 48);
	fp12_conj(&x, &a);
	ASK(fp12_eq(&x, &y));
	/* into the cyclotomic subgroup */
	fp12_inv(&y, &a, &tmp);
	fp12_mul(&x, &x, &y, &tmp);
	fp12_frobenius2(&y, &x);
	fp12_mul(&x, &x, &y, &tmp);
	fp12_cyclotomic_sqr(&y, &x);
	fp12_sqr(&x, &x, &tmp);
	ASK(fp12_eq(&x, &y));
	return true;
}
