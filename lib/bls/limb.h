/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Arithmetic on limbs: carries, and choices without a branch.
 *
 * Everything here is constant time.  Masks are all ones or all zeros.
 */
#ifndef BLS_LIMB_H
#define BLS_LIMB_H

#include "bls.h"

#if BLS_LIMB_BITS == 64
typedef unsigned __int128 bls_dlimb;
#define LIMBS(w)	(w)
#else
typedef uint64_t bls_dlimb;
#define LIMBS(w)	(uint32_t)(w), (uint32_t)((uint64_t)(w) >> 32)
#endif

/* Constants are 64-bit words in constants.h, whatever the limbs are. */
#define FP(a, b, c, d, e, f) \
	{ { LIMBS(a), LIMBS(b), LIMBS(c), LIMBS(d), LIMBS(e), LIMBS(f) } }
#define FR(a, b, c, d)	{ { LIMBS(a), LIMBS(b), LIMBS(c), LIMBS(d) } }
#define WORDS(...)	{ __VA_ARGS__ }
#define LINE(m0, m1, m2, m3, m4, m5, n0, n1, n2, n3, n4, n5,		\
	     c0, c1, c2, c3, c4, c5, d0, d1, d2, d3, d4, d5)		\
	{								\
		{ { FP(m0, m1, m2, m3, m4, m5),				\
		    FP(n0, n1, n2, n3, n4, n5) } },			\
		{ { FP(c0, c1, c2, c3, c4, c5),				\
		    FP(d0, d1, d2, d3, d4, d5) } }			\
	}

/* r = a + b + carry; returns the carry out.  Carries are 0 or 1.  Compilers
 * make less of the same thing said with bls_dlimb: gcc 12 takes twice as long.
 */
static inline bls_limb limb_adc(bls_limb *r, bls_limb a, bls_limb b,
				bls_limb carry)
{
	bls_limb t, out;

	out = __builtin_add_overflow(a, b, &t);
	return out | __builtin_add_overflow(t, carry, r);
}

/* r = a - b - borrow; returns the borrow out. */
static inline bls_limb limb_sbb(bls_limb *r, bls_limb a, bls_limb b,
				bls_limb borrow)
{
	bls_limb t, out;

	out = __builtin_sub_overflow(a, b, &t);
	return out | __builtin_sub_overflow(t, borrow, r);
}

/* r = a + b c + carry, which cannot overflow two limbs; returns the high one. */
static inline bls_limb limb_mac(bls_limb *r, bls_limb a, bls_limb b, bls_limb c,
				bls_limb carry)
{
	bls_dlimb t = (bls_dlimb)b * c + a + carry;

	*r = (bls_limb)t;
	return (bls_limb)(t >> BLS_LIMB_BITS);
}

/* All ones if bit is 1, zero if it is 0.  The empty asm keeps the compiler
 * from seeing that there are only two values and making a branch of it.
 */
static inline bls_limb limb_mask(bls_limb bit)
{
	__asm__("" : "+r"(bit));
	return (bls_limb)0 - bit;
}

/* What follows from secrets and may be known, and branched on.  For readers,
 * and for the test of constant time (tests/bls/ct.c), which takes everything
 * else for secret.
 */
#ifdef BLS_CT_TEST
void bls_public(const void *p, size_t len);
#else
static inline void bls_public(const void *p, size_t len)
{
	(void)p;
	(void)len;
}
#endif

/* 1 if a is zero, else 0 */
static inline bls_limb limb_is_zero(bls_limb a)
{
	return 1 ^ ((a | ((bls_limb)0 - a)) >> (BLS_LIMB_BITS - 1));
}

/* r = a where mask is ones, unchanged where it is zeros */
static inline void limbs_cmov(bls_limb *r, const bls_limb *a, bls_limb mask,
			      unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		r[i] ^= mask & (r[i] ^ a[i]);
}

/* Big-endian bytes to limbs and back; len is a multiple of the limb size. */
static inline void limbs_from_be(bls_limb *r, const uint8_t *in, size_t len)
{
	size_t i;

	memset(r, 0, len);
	for (i = 0; i < len; i++)
		r[(len - 1 - i) / sizeof(bls_limb)] |=
			(bls_limb)in[i] << 8 * ((len - 1 - i) % sizeof(bls_limb));
}

static inline void limbs_to_be(uint8_t *out, const bls_limb *a, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(a[(len - 1 - i) / sizeof(bls_limb)] >>
				   8 * ((len - 1 - i) % sizeof(bls_limb)));
}

#endif
