// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of one engine from the inside: field, tower, curves, maps,
 * pairing.  Includes the engine's source; ENGINE_SOURCE says which.
 */
#include "test.h"
#include "expand.h"
#include "fr.h"
#include "generators.h"

#if defined(INSIDE_ADX) && !defined(BLS_HAVE_X86)
int main(void)
{
	printf("# this build has no assembly\n");
	return 77;
}
#else
#include ENGINE_SOURCE

enum { ROUNDS = 20 };

static struct bls_space space;
static struct fp12_tmp tmp;

#include "inside_tower.c"

static void random_scalar(struct bls_fr *k)
{
	uint8_t b[48];

	test_random(b, sizeof(b));
	bls_fr_from_wide(k, b);
	bls_fr_to_int(k, k);
}

static bool test_naf(void)
{
	struct bls_fr k, sum, t, two;
	struct naf naf;
	unsigned int i, j;

	bls_fr_from_u32(&two, 2);
	for (i = 0; i < ROUNDS; i++) {
		random_scalar(&k);
		if (!i) {	/* r - 1, the largest there is */
			memset(&k, 0, sizeof(k));
			bls_fr_from_u32(&t, 1);
			bls_fr_sub(&k, &k, &t);
			bls_fr_to_int(&k, &k);
		}
		naf_from_fr_vartime(&naf, &k);
		memset(&sum, 0, sizeof(sum));
		for (j = 257; j-- > 0; ) {
			int d = naf.digit[j];

			bls_fr_mul(&sum, &sum, &two);
			ASK(d >= -15 && d <= 15 && (!d || d & 1));
			bls_fr_from_u32(&t, (uint32_t)abs(d));
			if (d < 0)
				bls_fr_sub(&sum, &sum, &t);
			else
				bls_fr_add(&sum, &sum, &t);
		}
		bls_fr_to_int(&sum, &sum);
		ASK(!memcmp(&sum, &k, sizeof(k)));
	}
	return true;
}

#define CURVE_TESTS(G, FIELD, f, generator)				\
/* y^2 z = x^3 + b z^3, times 3: mul12() is times 3 b on this curve */	\
static bool G##_on_curve(const struct G##p *a)				\
{									\
	FIELD l, r, z;							\
	f##_sqr(&l, &a->y);						\
	f##_mul(&l, &l, &a->z);						\
	f##_sqr(&r, &a->x);						\
	f##_mul(&r, &r, &a->x);						\
	f##_sub(&l, &l, &r);						\
	f##_add(&r, &l, &l);						\
	f##_add(&l, &l, &r);						\
	f##_sqr(&z, &a->z);						\
	f##_mul(&z, &z, &a->z);						\
	f##_mul12(&z, &z);						\
	return f##_eq(&l, &z);						\
}									\
static bool G##_same(const struct G##p *a, const struct G##p *b)	\
{									\
	FIELD l, r;							\
	if (G##_is_infinity(a) || G##_is_infinity(b))			\
		return G##_is_infinity(a) && G##_is_infinity(b);	\
	f##_mul(&l, &a->x, &b->z);					\
	f##_mul(&r, &b->x, &a->z);					\
	if (!f##_eq(&l, &r))						\
		return false;						\
	f##_mul(&l, &a->y, &b->z);					\
	f##_mul(&r, &b->y, &a->z);					\
	return f##_eq(&l, &r);						\
}									\
/* double and add */							\
static void G##_slow(struct G##p *r, const struct G##p *a,		\
		     const struct bls_fr *k)				\
{									\
	struct G##p acc;						\
	int i;								\
	G##_set_infinity(&acc);						\
	for (i = 255; i >= 0; i--) {					\
		G##_dbl(&acc, &acc);					\
		if (k->v[i / BLS_LIMB_BITS] >> i % BLS_LIMB_BITS & 1)	\
			G##_add(&acc, &acc, a);				\
	}								\
	*r = acc;							\
}									\
static void G##_random(struct bls_##G *r)				\
{									\
	struct bls_fr k;						\
	random_scalar(&k);						\
	G##_mul_secret(r, &generator, &k, &space);			\
}									\
static bool test_##G##_laws(void)					\
{									\
	struct bls_##G a, b, c;						\
	struct G##p p, q, s, x, y, inf;					\
	struct bls_fr k;						\
	unsigned int i;							\
	G##_set_infinity(&inf);						\
	for (i = 0; i < ROUNDS; i++) {					\
		G##_random(&a);						\
		G##_random(&b);						\
		G##_random(&c);						\
		G##_from_affine(&p, &a);				\
		G##_from_affine(&q, &b);				\
		G##_from_affine(&s, &c);				\
		G##_add(&p, &p, &s);		/* some z */		\
		ASK(G##_on_curve(&p) && G##_on_curve(&q));		\
		G##_add(&x, &p, &q);					\
		G##_add(&y, &q, &p);					\
		ASK(G##_same(&x, &y) && G##_on_curve(&x));		\
		G##_add_mixed(&y, &p, &b);				\
		ASK(G##_same(&x, &y));					\
		G##_add(&x, &x, &s);					\
		G##_add(&y, &q, &s);					\
		G##_add(&y, &y, &p);					\
		ASK(G##_same(&x, &y));					\
		G##_dbl(&x, &p);					\
		G##_add(&y, &p, &p);					\
		ASK(G##_same(&x, &y) && G##_on_curve(&x));		\
		G##_add_mixed(&y, &q, &b);				\
		G##_dbl(&x, &q);					\
		ASK(G##_same(&x, &y));					\
		G##_add(&x, &p, &inf);					\
		ASK(G##_same(&x, &p));					\
		G##_add_mixed(&x, &inf, &b);				\
		ASK(G##_same(&x, &q));					\
		f##_neg(&b.y, &b.y);					\
		G##_add_mixed(&x, &q, &b);				\
		ASK(G##_is_infinity(&x) && !G##_is_infinity(&q));	\
		G##_dbl(&x, &x);					\
		ASK(G##_is_infinity(&x));				\
		random_scalar(&k);					\
		G##_from_affine(&p, &a);				\
		G##_slow(&x, &p, &k);					\
		ASK(!G##_mul_secret(&c, &a, &k, &space));		\
		G##_from_affine(&y, &c);				\
		ASK(G##_same(&x, &y));					\
	}								\
	/* order r: -1 and 0 times a point */				\
	memset(&k, 0, sizeof(k));					\
	ASK(G##_mul_secret(&c, &a, &k, &space) == BLS_EINFINITY);	\
	ASK(G##_in_subgroup(&a));					\
	return true;							\
}									\
static bool test_##G##_sums(void)					\
{									\
	struct bls_##G a[11], r, t;					\
	const struct bls_##G *ptr[11];					\
	struct G##p sum, x, y;						\
	struct bls_fr k[11];						\
	unsigned int i, n, power;					\
	for (i = 0; i < 11; i++) {					\
		G##_random(&a[i]);					\
		ptr[i] = &a[i];						\
		random_scalar(&k[i]);					\
	}								\
	for (n = 1; n <= 11; n++) {					\
		G##_set_infinity(&sum);					\
		for (i = 0; i < n; i++) {				\
			G##_from_affine(&x, &a[i]);			\
			G##_slow(&x, &x, &k[i]);			\
			G##_add(&sum, &sum, &x);			\
		}							\
		ASK(!G##_lincomb_vartime(&r, ptr, k, n, &space));	\
		G##_from_affine(&x, &r);				\
		ASK(G##_same(&x, &sum));				\
		/* the polynomial at 3, and at the largest index */	\
		G##_set_infinity(&sum);					\
		for (i = 0, power = 1; i < n; i++, power *= 3) {	\
			struct bls_fr e = { { power } };		\
			G##_from_affine(&y, &a[i]);			\
			G##_slow(&y, &y, &e);				\
			G##_add(&sum, &sum, &y);			\
		}							\
		ASK(!G##_poly_eval_vartime(&t, a, n, 3));		\
		G##_from_affine(&x, &t);				\
		ASK(G##_same(&x, &sum));				\
	}								\
	ASK(!G##_poly_eval_vartime(&t, a, 2, BLS_PARTIES_MAX));		\
	memset(&k[1], 0, sizeof(k[1]));					\
	k[0] = k[1];							\
	k[0].v[0] = 1;							\
	k[1].v[0] = BLS_PARTIES_MAX;					\
	ASK(!G##_lincomb_vartime(&r, ptr, k, 2, &space));		\
	ASK(!memcmp(&r, &t, sizeof(r)));				\
	ASK(!G##_sum_vartime(&r, ptr, 3));				\
	G##_set_infinity(&sum);						\
	for (i = 0; i < 3; i++)						\
		G##_add_mixed(&sum, &sum, &a[i]);			\
	G##_from_affine(&x, &r);					\
	ASK(G##_same(&x, &sum));					\
	f##_neg(&a[1].y, &a[0].y);					\
	a[1].x = a[0].x;						\
	ASK(G##_sum_vartime(&r, ptr, 2) == BLS_EINFINITY);		\
	return true;							\
}

CURVE_TESTS(g1, struct bls_fp, fp, bls_generator_g1)
CURVE_TESTS(g2, struct bls_fp2, fp2, bls_generator_g2)

/* A point of E(Fp), any order, and its multiple by a cofactor of q */
static bool test_g1_subgroup(void)
{
	uint8_t uniform[128];
	struct bls_g1 a;
	struct g1p p, q;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		test_random(uniform, sizeof(uniform));
		map_to_curve(&p, uniform);
		ASK(g1_on_curve(&p));
		g1_to_affine(&a, &p);
		ASK(!g1_in_subgroup(&a));
		g1_clear_cofactor(&q, &p);
		g1_to_affine(&a, &q);
		ASK(g1_in_subgroup(&a));
	}
	/* (0, 2) has order 3, on any curve y^2 = x^3 + b */
	memset(&a, 0, sizeof(a));
	fp_add(&a.y, &fp_one, &fp_one);
	g1_from_affine(&p, &a);
	ASK(g1_on_curve(&p));
	ASK(!g1_in_subgroup(&a));
	g1_dbl(&q, &p);
	g1_add(&q, &q, &p);
	ASK(g1_is_infinity(&q));
	/* a good point plus that one */
	g1_add_mixed(&q, &p, &bls_generator_g1);
	g1_to_affine(&a, &q);
	ASK(!g1_in_subgroup(&a));
	ASK(g1_in_subgroup(&bls_generator_g1));
	ASK(g1_in_subgroup(&bls_generator_pedersen));
	return true;
}

static bool test_g2_subgroup(void)
{
	struct bls_g2 a;
	struct bls_fp2 b, t;
	unsigned int found = 0;

	b.c[0] = fp_b;
	b.c[1] = fp_b;
	while (found < ROUNDS) {
		random_fp2(&a.x);
		fp2_sqr(&t, &a.x);
		fp2_mul(&t, &t, &a.x);
		fp2_add(&t, &t, &b);
		if (!fp2_sqrt_vartime(&a.y, &t))
			continue;
		found++;
		ASK(!g2_in_subgroup(&a));
	}
	ASK(g2_in_subgroup(&bls_generator_g2));
	return true;
}

static const struct {
	const char *msg, *x, *y;
} j91[] = {
	{ "",
	  "052926add2207b76ca4fa57a8734416c8dc95e24501772c8"
	  "14278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1",
	  "08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6b"
	  "e0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265" },
	{ "abc",
	  "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0"
	  "a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903",
	  "0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429"
	  "c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d" },
};

static bool test_hash_rfc9380(void)
{
	static const char dst[] =
		"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
	uint8_t uniform[128], out[48];
	struct bls_g1 h;
	unsigned int i;

	for (i = 0; i < sizeof(j91) / sizeof(j91[0]); i++) {
		bls_expand(uniform, (const uint8_t *)j91[i].msg,
			   strlen(j91[i].msg), (const uint8_t *)dst,
			   sizeof(dst) - 1);
		ASK(!g1_map(&h, uniform));
		fp_encode(out, &h.x);
		ASK(test_is_hex(out, j91[i].x));
		fp_encode(out, &h.y);
		ASK(test_is_hex(out, j91[i].y));
	}
	return true;
}

/* u = 0 and u with Z^2 u^4 + Z u^2 = 0 take the exceptional branch; both
 * halves the same add a point to itself; zero bytes are u = 0 twice.
 */
static bool test_map_edges(void)
{
	uint8_t uniform[128] = { 0 };
	struct bls_fp z, u, m;
	struct g1p p;

	map_to_curve(&p, uniform);
	ASK(g1_on_curve(&p) && !g1_is_infinity(&p));
	fp_inv(&z, &sswu_z);
	fp_neg(&m, &z);
	if (fp_sqrt(&u, &m)) {		/* u^2 = -1/Z */
		fp_encode(uniform + 16, &u);
		map_to_curve(&p, uniform);
		ASK(g1_on_curve(&p));
		memcpy(uniform + 64, uniform, 64);
		fp_neg(&u, &u);		/* and its negative: the sum may be */
		fp_encode(uniform + 80, &u);	/* infinity, and is a point */
		map_to_curve(&p, uniform);
		ASK(g1_on_curve(&p));
	}
	return true;
}

/* e(a, b), no product */
static void pair(struct fp12 *r, const struct bls_g1 *a, const struct bls_g2 *b)
{
	struct g1_over_y p[2];

	over_y(p, a, a);
	miller_loop(r, p, NULL, b, NULL, &space);
	final_exp(r, space.pairing.t, &tmp);
}

static bool test_pairing(void)
{
	struct bls_g1 a, ka;
	struct bls_g2 b, kb;
	struct bls_fr k, m, one, km;
	struct fp12 x, y, z;
	uint8_t e[32];
	unsigned int i;

	bls_fr_from_u32(&one, 1);
	for (i = 0; i < 4; i++) {
		g1_random(&a);
		g2_random(&b);
		random_scalar(&k);
		random_scalar(&m);
		pair(&x, &a, &b);
		ASK(!fp12_is_one(&x));
		g1_mul_secret(&ka, &a, &k, &space);
		g2_mul_secret(&kb, &b, &m, &space);
		pair(&y, &ka, &kb);
		/* k m mod r: Montgomery by hand */
		bls_fr_mul(&km, &k, &m);	/* k m / R */
		limbs_to_be(e, km.v, 32);
		fp12_pow(&z, &x, e, 32);
		/* ... times R: square 256 times */
		{
			unsigned int j;

			for (j = 0; j < 256; j++)
				fp12_sqr(&z, &z, &tmp);
		}
		ASK(fp12_eq(&y, &z));
		g2_mul_secret(&kb, &b, &k, &space);
		pair(&y, &a, &kb);
		pair(&z, &ka, &b);
		ASK(fp12_eq(&y, &z));
		/* order r */
		limbs_to_be(e, one.v, 32);
		fp12_pow(&z, &x, e, 32);	/* 2^256 mod r */
		y = x;
		{
			unsigned int j;

			for (j = 0; j < 256; j++)
				fp12_sqr(&y, &y, &tmp);
		}
		ASK(fp12_eq(&y, &z));
		/* e(-a, b) = 1/e(a, b) */
		fp_neg(&a.y, &a.y);
		pair(&y, &a, &b);
		fp12_mul(&y, &y, &x, &tmp);
		ASK(fp12_is_one(&y));
	}
	return true;
}

static bool test_lines(void)
{
	static struct bls_line l[BLS_LINES];
	struct g1_over_y p[2];
	struct bls_g1 a, b, kb;
	struct bls_g2 q;
	struct bls_fr k;
	struct fp12 x, y;

	lines(l, &bls_generator_g2);
	ASK(!memcmp(l, g2_generator_lines, sizeof(l)));
	g1_random(&a);
	g2_random(&q);
	lines(l, &q);
	over_y(p, &a, &a);
	miller_loop(&x, p, NULL, &q, NULL, &space);
	final_exp(&x, space.pairing.t, &tmp);
	miller_loop(&y, p, NULL, NULL, l, &space);
	final_exp(&y, space.pairing.t, &tmp);
	ASK(fp12_eq(&x, &y));
	/* e(k b, G2) = e(b, k G2) */
	random_scalar(&k);
	g1_random(&b);
	g1_mul_secret(&kb, &b, &k, &space);
	g2_mul_secret(&q, &bls_generator_g2, &k, &space);
	lines(l, &q);
	ASK(!check(&kb, &b, &q, &space));
	ASK(!check_lines(&kb, &b, l, &space));
	ASK(check(&a, &b, &q, &space) == BLS_EMISMATCH);
	ASK(check_lines(&a, &b, l, &space) == BLS_EMISMATCH);
	product_start(&space);
	product_pair(&b, &q, &space);
	ASK(!product_finish(&kb, &space));
	product_start(&space);
	product_pair(&a, &q, &space);
	ASK(product_finish(&kb, &space) == BLS_EMISMATCH);
	return true;
}

enum { BATCH = 150 };

/* all windows are tried: see msm_width() */
static bool test_batch_sums(unsigned int n)
{
	static struct bls_batch_space b;
	static struct bls_g1 s[BATCH], h[BATCH];
	static struct bls_fr k[BATCH];
	const struct bls_g1 *ps[BATCH], *ph[BATCH];
	struct bls_g1 sum_s, sum_h, x;
	uint8_t uniform[128], scalar[16];
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		g1_random(&s[i]);
		test_random(uniform, sizeof(uniform));
		test_random(scalar, sizeof(scalar));
		if (i < 2)
			memset(scalar, i ? 0xff : 0, sizeof(scalar));
		if (!i)
			scalar[0] = 1;
		batch_put(&b, i, &s[i], uniform, scalar);
		g1_map(&h[i], uniform);
		memset(&k[i], 0, sizeof(k[i]));
		for (j = 0; j < 16; j++)
			k[i].v[j / sizeof(bls_limb)] |= (bls_limb)scalar[j]
				<< 8 * (j % sizeof(bls_limb));
		ps[i] = &s[i];
		ph[i] = &h[i];
	}
	ASK(!batch_sum(&sum_s, &sum_h, &b, n));
	g1_lincomb_vartime(&x, ps, k, n, &space);
	ASK(!memcmp(&x, &sum_s, sizeof(x)));
	g1_lincomb_vartime(&x, ph, k, n, &space);
	ASK(!memcmp(&x, &sum_h, sizeof(x)));
	return true;
}

int main(void)
{
	printf("# engine %s, limbs of %d bits\n", BLS_ENGINE.name,
	       BLS_LIMB_BITS);
#ifdef BLS_FP_X86
	if (!bls_cpu_has_adx()) {
		printf("# this CPU has no ADX\n");
		return 77;
	}
#endif
	TEST("fp arithmetic", test_fp_arithmetic());
	TEST("fp inverse and root", test_fp_inverse_and_root());
	TEST("fp bytes", test_fp_bytes());
	TEST("fp2", test_fp2());
	TEST("fp12", test_fp12());
	TEST("naf", test_naf());
	TEST("g1 laws", test_g1_laws());
	TEST("g1 sums", test_g1_sums());
	TEST("g1 subgroup", test_g1_subgroup());
	TEST("g2 laws", test_g2_laws());
	TEST("g2 sums", test_g2_sums());
	TEST("g2 subgroup", test_g2_subgroup());
	TEST("hash RFC 9380 J.9.1", test_hash_rfc9380());
	TEST("map edges", test_map_edges());
	TEST("pairing bilinear", test_pairing());
	TEST("pairing lines", test_lines());
	TEST("batch sums", test_batch_sums(1) && test_batch_sums(2) &&
	     test_batch_sums(5) && test_batch_sums(20) &&
	     test_batch_sums(40) && test_batch_sums(BATCH));
	return test_end();
}
#endif
