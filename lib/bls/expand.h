/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Messages to uniform bytes, and the domain separation tags.  Private to
 * lib/bls.
 */
#ifndef BLS_EXPAND_H
#define BLS_EXPAND_H

#include "engine.h"

enum {
	BLS_UNIFORM_LEN = 128,	/* two elements of Fp, 64 bytes each */
};

/* expand_message_xmd (RFC 9380 5.3.1) with SHA-256 to BLS_UNIFORM_LEN bytes.
 * dst_len is 1 .. BLS_DST_MAX.
 */
void bls_expand(uint8_t out[BLS_UNIFORM_LEN], const uint8_t *msg,
		size_t msg_len, const uint8_t *dst, size_t dst_len);

/* The same with the tag of a suite; and the point that comes of it. */
void bls_expand_suite(uint8_t out[BLS_UNIFORM_LEN], const uint8_t *msg,
		      size_t msg_len, enum bls_suite suite);
enum bls_err bls_hash_suite(struct bls_g1 *r, const uint8_t *msg,
			    size_t msg_len, enum bls_suite suite,
			    struct bls_scratch *s);

/* The suite of proofs of possession, not one to sign with. */
#define BLS_SUITE_POP_PROVE	((enum bls_suite)2)

#endif
