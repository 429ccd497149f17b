// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Hashing: expand_message_xmd with SHA-256, and the tags of our suites.
 * Constant time for a message of given length.
 */
#include "expand.h"

#define DST(text)	{ text, sizeof(text) - 1 }

/* The draft, 4.2.1 and 4.2.3 */
static const struct {
	const char *tag;
	size_t len;
} suites[] = {
	[BLS_SUITE_NUL] = DST("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"),
	[BLS_SUITE_POP] = DST("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"),
	[BLS_SUITE_POP_PROVE] =
		DST("BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"),
};

void bls_expand(uint8_t out[BLS_UNIFORM_LEN], const uint8_t *msg,
		size_t msg_len, const uint8_t *dst, size_t dst_len)
{
	static const uint8_t zeros[64];
	const uint8_t lengths[3] = { 0, BLS_UNIFORM_LEN, 0 };
	const uint8_t dst_len8 = (uint8_t)dst_len;
	uint8_t b0[32], mix[33];
	struct bls_sha256 h;
	unsigned int i, j;

	bls_sha256_init(&h);
	bls_sha256_update(&h, zeros, sizeof(zeros));
	if (msg_len)
		bls_sha256_update(&h, msg, msg_len);
	bls_sha256_update(&h, lengths, sizeof(lengths));
	bls_sha256_update(&h, dst, dst_len);
	bls_sha256_update(&h, &dst_len8, 1);
	bls_sha256_final(&h, b0);

	for (i = 0; i < BLS_UNIFORM_LEN / 32; i++) {
		for (j = 0; j < 32; j++)
			mix[j] = b0[j] ^ (i ? out[32 * (i - 1) + j] : 0);
		mix[32] = (uint8_t)(i + 1);
		bls_sha256_init(&h);
		bls_sha256_update(&h, mix, sizeof(mix));
		bls_sha256_update(&h, dst, dst_len);
		bls_sha256_update(&h, &dst_len8, 1);
		bls_sha256_final(&h, out + 32 * i);
	}
}

void bls_expand_suite(uint8_t out[BLS_UNIFORM_LEN], const uint8_t *msg,
		      size_t msg_len, enum bls_suite suite)
{
	bls_expand(out, msg, msg_len, (const uint8_t *)suites[suite].tag,
		   suites[suite].len);
}

enum bls_err bls_hash_suite(struct bls_g1 *r, const uint8_t *msg,
			    size_t msg_len, enum bls_suite suite,
			    struct bls_scratch *s)
{
	uint8_t uniform[BLS_UNIFORM_LEN];

	bls_expand_suite(uniform, msg, msg_len, suite);
	return s->engine->g1_map(r, uniform);
}

enum bls_err bls_hash_to_g1(struct bls_g1 *r, const uint8_t *msg,
			    size_t msg_len, const uint8_t *dst, size_t dst_len,
			    struct bls_scratch *s)
{
	uint8_t uniform[BLS_UNIFORM_LEN];

	if (!dst_len || dst_len > BLS_DST_MAX)
		return BLS_ELENGTH;
	bls_expand(uniform, msg, msg_len, dst, dst_len);
	return s->engine->g1_map(r, uniform);
}
