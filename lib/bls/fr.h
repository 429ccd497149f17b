/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The scalar field, integers mod r, in Montgomery form with R = 2^256.
 * Private to lib/bls and its tests.  All of it is constant time; outputs may
 * alias inputs.
 */
#ifndef BLS_FR_H
#define BLS_FR_H

#include "limb.h"

void bls_fr_add(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b);
void bls_fr_sub(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b);
void bls_fr_mul(struct bls_fr *r, const struct bls_fr *a,
		const struct bls_fr *b);
/* 1/a; 0 for 0 */
void bls_fr_inv(struct bls_fr *r, const struct bls_fr *a);
/* A small integer into Montgomery form, and any element out of it */
void bls_fr_from_u32(struct bls_fr *r, uint32_t a);
void bls_fr_to_int(struct bls_fr *r, const struct bls_fr *a);
/* 48 bytes, big-endian, mod r */
void bls_fr_from_wide(struct bls_fr *r, const uint8_t in[48]);
/* 32 bytes, big-endian; returns 1 if below r */
bls_limb bls_fr_decode(struct bls_fr *r, const uint8_t in[32]);
bls_limb bls_fr_is_zero(const struct bls_fr *a);

/* Lagrange coefficients at 0 for n different public indices, in Montgomery
 * form: coefficient i is the product of x_j / (x_j - x_i) over j != i.
 * Source: Shamir, "How to share a secret" (1979).
 */
void bls_fr_lagrange(struct bls_fr *coef, const unsigned int *index,
		     unsigned int n);

#endif
