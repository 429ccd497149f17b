// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Fp, the field of p = 381 bits, in Montgomery form with R = 2^384.
 *
 * Every struct bls_fp in memory is in [0, p), except what fp_add_lazy() makes:
 * that is below 2p and goes only into a product.  R > 9.8 p, so a product of
 * factors below A p and B p with A B <= 9 is reduced to below 2p by Montgomery
 * (a b / R + p), and one subtraction makes it canonical.  Products of two limb
 * rows that are not reduced yet are struct fpw, below p R wherever they are
 * handed to fpw_redc().  docs/bls.md follows the bounds through the tower.
 *
 * Constant time throughout, exponents excepted: those are public constants.
 * An output may be the same variable as an input.
 */
#define FP_LIMBS	BLS_FP_LIMBS

struct fpw {
	bls_limb v[2 * FP_LIMBS];
};

#ifdef BLS_FP_X86
#include "fp_x86.h"
#else
/* r = t - p if that is not negative; t < 2p */
static inline void fp_reduce_once(struct bls_fp *r, const bls_limb *t)
{
	bls_limb bls_uninit d[FP_LIMBS];
	bls_limb borrow = 0, mask;
	unsigned int i;

	for_limbs(i, 0, FP_LIMBS)
		borrow = limb_sbb(&d[i], t[i], fp_p.v[i], borrow);
	mask = limb_mask(borrow);
	for_limbs(i, 0, FP_LIMBS)
		r->v[i] = d[i] ^ (mask & (d[i] ^ t[i]));
}

/* a + b < 4p, not reduced: for factors only */
static bls_noinline void fp_add_lazy(struct bls_fp *r, const struct bls_fp *a,
				     const struct bls_fp *b)
{
	bls_limb carry = 0;
	unsigned int i;

	for_limbs(i, 0, FP_LIMBS)
		carry = limb_adc(&r->v[i], a->v[i], b->v[i], carry);
}

static bls_noinline void fp_add(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	struct bls_fp bls_uninit t;

	fp_add_lazy(&t, a, b);
	fp_reduce_once(r, t.v);
}

static bls_noinline void fp_sub(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	bls_limb bls_uninit t[FP_LIMBS];
	bls_limb borrow = 0, carry = 0, mask;
	unsigned int i;

	for_limbs(i, 0, FP_LIMBS)
		borrow = limb_sbb(&t[i], a->v[i], b->v[i], borrow);
	mask = limb_mask(borrow);
	for_limbs(i, 0, FP_LIMBS)
		carry = limb_adc(&r->v[i], t[i], fp_p.v[i] & mask, carry);
}

/* r = a b, all of it.  Factors below 2^384. */
static bls_noinline void fpw_mul(struct fpw *r, const struct bls_fp *a,
				 const struct bls_fp *b)
{
	bls_limb t[2 * FP_LIMBS] = { 0 };
	bls_limb carry;
	unsigned int i, j;

	for_limbs(i, 0, FP_LIMBS) {
		carry = 0;
		for_limbs(j, 0, FP_LIMBS)
			carry = limb_mac(&t[i + j], t[i + j], a->v[i], b->v[j],
					 carry);
		t[i + FP_LIMBS] = carry;
	}
	memcpy(r->v, t, sizeof(t));
}

/* r = a / R mod p for a < p R: HAC 14.32 */
static bls_noinline void fpw_redc(struct bls_fp *r, const struct fpw *a)
{
	bls_limb bls_uninit t[2 * FP_LIMBS];
	bls_limb carry, over = 0, m;
	unsigned int i, j;

	memcpy(t, a->v, sizeof(t));
	for_limbs(i, 0, FP_LIMBS) {
		m = t[i] * (bls_limb)FP_N0;
		carry = 0;
		for_limbs(j, 0, FP_LIMBS)
			carry = limb_mac(&t[i + j], t[i + j], m, fp_p.v[j],
					 carry);
		over = limb_adc(&t[i + FP_LIMBS], t[i + FP_LIMBS], carry, over);
	}
	fp_reduce_once(r, t + FP_LIMBS);
}

/* r = a b / R mod p, rows of product and reduction in turn: Koc, Acar and
 * Kaliski, "Analyzing and comparing Montgomery multiplication algorithms"
 * (1996), CIOS.  p leaves three bits free, so a row sum fits in FP_LIMBS + 1.
 */
static bls_noinline void fp_mul(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	bls_limb t[FP_LIMBS + 1] = { 0 }, carry, m, lost;
	unsigned int i, j;

	for_limbs(i, 0, FP_LIMBS) {
		carry = 0;
		for_limbs(j, 0, FP_LIMBS)
			carry = limb_mac(&t[j], t[j], a->v[i], b->v[j], carry);
		t[FP_LIMBS] = carry;
		m = t[0] * (bls_limb)FP_N0;
		carry = limb_mac(&lost, t[0], m, fp_p.v[0], 0);
		for_limbs(j, 1, FP_LIMBS)
			carry = limb_mac(&t[j - 1], t[j], m, fp_p.v[j], carry);
		t[FP_LIMBS - 1] = t[FP_LIMBS] + carry;
	}
	fp_reduce_once(r, t);
}

static inline void fp_sqr(struct bls_fp *r, const struct bls_fp *a)
{
	fp_mul(r, a, a);
}

/* r = a - b as integers; the caller knows that it is not negative. */
static bls_noinline void fpw_sub_exact(struct fpw *r, const struct fpw *a,
				       const struct fpw *b)
{
	bls_limb borrow = 0;
	unsigned int i;

	for_limbs(i, 0, 2 * FP_LIMBS)
		borrow = limb_sbb(&r->v[i], a->v[i], b->v[i], borrow);
}

/* r = a - b, plus p R if that is negative; below p R if a and b are. */
static bls_noinline void fpw_sub(struct fpw *r, const struct fpw *a,
				 const struct fpw *b)
{
	bls_limb borrow = 0, carry = 0, mask;
	unsigned int i;

	for_limbs(i, 0, 2 * FP_LIMBS)
		borrow = limb_sbb(&r->v[i], a->v[i], b->v[i], borrow);
	mask = limb_mask(borrow);
	for_limbs(i, 0, FP_LIMBS)
		carry = limb_adc(&r->v[FP_LIMBS + i], r->v[FP_LIMBS + i],
				 fp_p.v[i] & mask, carry);
}
#endif

static const struct bls_fp fp_zero;

static inline void fp_set_one(struct bls_fp *r)
{
	*r = fp_one;
}

static inline bls_limb fp_is_zero(const struct bls_fp *a)
{
	bls_limb any = 0;
	unsigned int i;

	for (i = 0; i < FP_LIMBS; i++)
		any |= a->v[i];
	return limb_is_zero(any);
}

static inline bls_limb fp_eq(const struct bls_fp *a, const struct bls_fp *b)
{
	bls_limb any = 0;
	unsigned int i;

	for (i = 0; i < FP_LIMBS; i++)
		any |= a->v[i] ^ b->v[i];
	return limb_is_zero(any);
}

/* r = a if bit is 1, unchanged if 0 */
static inline void fp_cmov(struct bls_fp *r, const struct bls_fp *a,
			   bls_limb bit)
{
	limbs_cmov(r->v, a->v, limb_mask(bit), FP_LIMBS);
}

static inline void fp_neg(struct bls_fp *r, const struct bls_fp *a)
{
	fp_sub(r, &fp_zero, a);
}

/* r = 12 a, the b3 = 3 b of the addition formulas on E */
static bls_noinline void fp_mul12(struct bls_fp *r, const struct bls_fp *a)
{
	struct bls_fp bls_uninit t;

	fp_add(&t, a, a);
	fp_add(&t, &t, a);
	fp_add(&t, &t, &t);
	fp_add(r, &t, &t);
}

/* r = a^e for a public constant e of 384 bits, windows of up to four bits
 * over odd powers (HAC 14.85): for both exponents used here about 380
 * squarings and 85 products, within 2% of the best known addition chains.
 */
static bls_noinline void fp_pow(struct bls_fp *r, const struct bls_fp *a,
				const uint64_t e[6])
{
	struct bls_fp odd[8], acc = fp_one;
	bool one = true;
	unsigned int w, k, top = 384;

	odd[0] = *a;
	fp_sqr(&acc, a);
	for (w = 1; w < 8; w++)
		fp_mul(&odd[w], &odd[w - 1], &acc);
	while (top) {
		if (!(e[(top - 1) / 64] >> (top - 1) % 64 & 1)) {
			if (!one)
				fp_sqr(&acc, &acc);
			top--;
			continue;
		}
		/* the longest window of at most 4 bits that ends with a 1 */
		k = top < 4 ? top : 4;
		while (!(e[(top - k) / 64] >> (top - k) % 64 & 1))
			k--;
		for (w = 0; k; k--, top--) {
			w = 2 * w + (e[(top - 1) / 64] >> (top - 1) % 64 & 1);
			if (!one)
				fp_sqr(&acc, &acc);
		}
		if (one)
			acc = odd[w / 2];
		else
			fp_mul(&acc, &acc, &odd[w / 2]);
		one = false;
	}
	*r = acc;
}

/* r = 1/a by Fermat; 0 for 0.  About 465 products, constant time. */
static void fp_inv(struct bls_fp *r, const struct bls_fp *a)
{
	fp_pow(r, a, fp_exp_inv);
}

/* r = sqrt(a) or garbage; returns 1 if it was a square.  p = 3 mod 4. */
static bls_limb fp_sqrt(struct bls_fp *r, const struct bls_fp *a)
{
	struct bls_fp t, s;
	bls_limb square;

	fp_pow(&t, a, fp_exp_sqrt);	/* a^((p - 3)/4) */
	fp_mul(&t, &t, a);
	fp_sqr(&s, &t);
	square = fp_eq(&s, a);
	*r = t;
	return square;
}

/* Out of Montgomery form: the integer in [0, p). */
static void fp_to_int(struct bls_fp *r, const struct bls_fp *a)
{
	struct fpw w;

	memcpy(w.v, a->v, sizeof(a->v));
	memset(w.v + FP_LIMBS, 0, sizeof(a->v));
	fpw_redc(r, &w);
}

/* 1 if the integer a is above the integer b */
static bls_limb fp_int_above(const struct bls_fp *a, const struct bls_fp *b)
{
	bls_limb t, borrow = 0;
	unsigned int i;

	for (i = 0; i < FP_LIMBS; i++)
		borrow = limb_sbb(&t, b->v[i], a->v[i], borrow);
	return borrow;
}

/* RFC 9380 4.1: the parity of the integer */
static bls_limb fp_sgn0(const struct bls_fp *a)
{
	struct bls_fp t;

	fp_to_int(&t, a);
	return t.v[0] & 1;
}

/* 1 if a > (p - 1)/2, the sign of the compressed encodings */
static bls_limb fp_is_larger(const struct bls_fp *a)
{
	struct bls_fp t;

	fp_to_int(&t, a);
	return fp_int_above(&t, &fp_half);
}

static void fp_encode(uint8_t out[48], const struct bls_fp *a)
{
	struct bls_fp t;

	fp_to_int(&t, a);
	limbs_to_be(out, t.v, 48);
}

/* Returns 1 if the 48 bytes were a canonical integer, below p. */
static bls_limb fp_decode(struct bls_fp *r, const uint8_t in[48])
{
	struct bls_fp t;

	limbs_from_be(t.v, in, 48);
	fp_mul(r, &t, &fp_r2);
	return fp_int_above(&fp_p, &t);
}

/* 64 bytes mod p, RFC 9380 5.2 with L = 64: low 48 bytes times 2^768, high 16
 * bytes times 2^1152, each over 2^384.  A factor of 384 bits is below 9.9 p,
 * and the other one is below p.
 */
static void fp_from_wide(struct bls_fp *r, const uint8_t in[64])
{
	struct bls_fp lo, hi;

	limbs_from_be(lo.v, in + 16, 48);
	memset(hi.v, 0, sizeof(hi.v));
	limbs_from_be(hi.v, in, 16);
	fp_mul(&lo, &lo, &fp_r2);
	fp_mul(&hi, &hi, &fp_r3);
	fp_add(r, &lo, &hi);
}
