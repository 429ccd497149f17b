// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Arithmetic mod r, the order of the groups.  See fr.h.
 *
 * Elements in memory are in [0, r).  r has 255 bits, so sums need no extra
 * limb.  Not fast: protocols need a few hundred products where pairings need
 * twenty thousand.
 */
#include "fr.h"
#include "constants.h"

/* r = t - r if that is not negative; t < 2r */
static void fr_reduce_once(struct bls_fr *r, const bls_limb *t)
{
	bls_limb d[BLS_FR_LIMBS], borrow = 0, mask;
	unsigned int i;

	for (i = 0; i < BLS_FR_LIMBS; i++)
		borrow = limb_sbb(&d[i], t[i], fr_r.v[i], borrow);
	mask = limb_mask(1 ^ borrow);
	memcpy(r->v, t, sizeof(r->v));
	limbs_cmov(r->v, d, mask, BLS_FR_LIMBS);
}

void bls_fr_add(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b)
{
	bls_limb t[BLS_FR_LIMBS], carry = 0;
	unsigned int i;

	for (i = 0; i < BLS_FR_LIMBS; i++)
		carry = limb_adc(&t[i], a->v[i], b->v[i], carry);
	fr_reduce_once(r, t);
}

void bls_fr_sub(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b)
{
	bls_limb t[BLS_FR_LIMBS], borrow = 0, carry = 0, mask;
	unsigned int i;

	for (i = 0; i < BLS_FR_LIMBS; i++)
		borrow = limb_sbb(&t[i], a->v[i], b->v[i], borrow);
	mask = limb_mask(borrow);
	for (i = 0; i < BLS_FR_LIMBS; i++)
		carry = limb_adc(&r->v[i], t[i], fr_r.v[i] & mask, carry);
}

/* r = a b / 2^256 for a b < 2^256 r: CIOS, as fp_mul() */
void bls_fr_mul(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b)
{
	bls_limb t[BLS_FR_LIMBS + 1] = { 0 }, carry, m, lost;
	unsigned int i, j;

	for (i = 0; i < BLS_FR_LIMBS; i++) {
		carry = 0;
		for (j = 0; j < BLS_FR_LIMBS; j++)
			carry = limb_mac(&t[j], t[j], a->v[i], b->v[j], carry);
		t[BLS_FR_LIMBS] = carry;
		m = t[0] * (bls_limb)FR_N0;
		carry = limb_mac(&lost, t[0], m, fr_r.v[0], 0);
		for (j = 1; j < BLS_FR_LIMBS; j++)
			carry = limb_mac(&t[j - 1], t[j], m, fr_r.v[j], carry);
		/* b + r < 2^256: no carry out */
		t[BLS_FR_LIMBS - 1] = t[BLS_FR_LIMBS] + carry;
	}
	fr_reduce_once(r, t);
	bls_memzero(t, sizeof(t));
}

/* Fermat, a^(r - 2): the exponent is public */
void bls_fr_inv(struct bls_fr *r, const struct bls_fr *a)
{
	struct bls_fr acc = fr_one, base = *a;
	unsigned int i;

	for (i = 256; i-- > 0; ) {
		bls_fr_mul(&acc, &acc, &acc);
		if (fr_exp_inv[i / 64] >> i % 64 & 1)
			bls_fr_mul(&acc, &acc, &base);
	}
	*r = acc;
	bls_memzero(&base, sizeof(base));
	bls_memzero(&acc, sizeof(acc));
}

void bls_fr_from_u32(struct bls_fr *r, uint32_t a)
{
	struct bls_fr t = { { a } };

	bls_fr_mul(r, &t, &fr_r2);
}

void bls_fr_to_int(struct bls_fr *r, const struct bls_fr *a)
{
	static const struct bls_fr one = { { 1 } };

	bls_fr_mul(r, a, &one);
}

/* low 32 bytes times 2^512 and high 16 bytes times 2^768, each over 2^256 */
void bls_fr_from_wide(struct bls_fr *r, const uint8_t in[48])
{
	struct bls_fr lo, hi = { { 0 } };

	limbs_from_be(lo.v, in + 16, 32);
	limbs_from_be(hi.v, in, 16);
	bls_fr_mul(&lo, &lo, &fr_r2);
	bls_fr_mul(&hi, &hi, &fr_r3);
	bls_fr_add(r, &lo, &hi);
	bls_memzero(&lo, sizeof(lo));
	bls_memzero(&hi, sizeof(hi));
}

bls_limb bls_fr_decode(struct bls_fr *r, const uint8_t in[32])
{
	struct bls_fr t;
	bls_limb d, borrow = 0;
	unsigned int i;

	limbs_from_be(t.v, in, 32);
	for (i = 0; i < BLS_FR_LIMBS; i++)
		borrow = limb_sbb(&d, t.v[i], fr_r.v[i], borrow);
	bls_fr_mul(r, &t, &fr_r2);
	bls_memzero(&t, sizeof(t));
	return borrow;
}

bls_limb bls_fr_is_zero(const struct bls_fr *a)
{
	bls_limb any = 0;
	unsigned int i;

	for (i = 0; i < BLS_FR_LIMBS; i++)
		any |= a->v[i];
	return limb_is_zero(any);
}

/* The products of x_j and of x_j - x_i over j != i */
static void fr_products(struct bls_fr *num, struct bls_fr *den,
			const unsigned int *index, unsigned int n,
			unsigned int i)
{
	struct bls_fr xi, xj;
	unsigned int j;

	*num = fr_one;
	*den = fr_one;
	bls_fr_from_u32(&xi, index[i]);
	for (j = 0; j < n; j++) {
		if (j == i)
			continue;
		bls_fr_from_u32(&xj, index[j]);
		bls_fr_mul(num, num, &xj);
		bls_fr_sub(&xj, &xj, &xi);
		bls_fr_mul(den, den, &xj);
	}
}

/* One inversion for all (Montgomery's trick): coef keeps the products of the
 * denominators before each, and those are computed again on the way back.
 */
void bls_fr_lagrange(struct bls_fr *coef, const unsigned int *index,
		     unsigned int n)
{
	struct bls_fr num, den, acc = fr_one, t;
	unsigned int i;

	for (i = 0; i < n; i++) {
		fr_products(&num, &den, index, n, i);
		coef[i] = acc;
		bls_fr_mul(&acc, &acc, &den);
	}
	bls_fr_inv(&acc, &acc);
	while (i-- > 0) {
		fr_products(&num, &den, index, n, i);
		bls_fr_mul(&t, &acc, &coef[i]);
		bls_fr_mul(&acc, &acc, &den);
		bls_fr_mul(&coef[i], &num, &t);
	}
}
