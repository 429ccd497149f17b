// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What a secret key does: become a public key, sign, prove its possession.
 * Constant time; the draft, 2.4, 2.6, 3.3.2.
 */
#include "expand.h"
#include "fr.h"
#include "generators.h"

enum bls_err bls_sk_to_pk(struct bls_g2 *pk, const struct bls_fr *sk,
			  struct bls_scratch *s)
{
	struct bls_fr k;
	enum bls_err err;

	bls_fr_to_int(&k, sk);
	err = s->engine->g2_mul(pk, &bls_generator_g2, &k, bls_space(s));
	bls_wipe(&k, sizeof(k));
	return err;
}

enum bls_err bls_sign(struct bls_g1 *sig, const struct bls_fr *sk,
		      enum bls_suite suite, const uint8_t *msg, size_t msg_len,
		      struct bls_scratch *s)
{
	struct bls_g1 hash;
	struct bls_fr k;
	enum bls_err err;

	err = bls_hash_suite(&hash, msg, msg_len, suite, s);
	if (err)
		return err;
	bls_fr_to_int(&k, sk);
	err = s->engine->g1_mul(sig, &hash, &k, bls_space(s));
	bls_wipe(&k, sizeof(k));
	return err;
}

enum bls_err bls_pop_prove(struct bls_g1 *proof, const struct bls_fr *sk,
			   struct bls_scratch *s)
{
	uint8_t bytes[BLS_PK_LEN];
	struct bls_g2 pk;
	enum bls_err err;

	err = bls_sk_to_pk(&pk, sk, s);
	if (err)
		return err;
	bls_pk_encode(bytes, &pk, s);
	return bls_sign(proof, sk, BLS_SUITE_POP_PROVE, bytes, sizeof(bytes),
			s);
}
