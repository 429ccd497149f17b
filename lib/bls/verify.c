// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Verification of one signature over one message, the draft, 2.7.  Variable
 * time: everything here is public.
 */
#include "expand.h"

/* Cheap before dear: nothing is hashed for a signature that is no point. */
static enum bls_err decode_and_hash(struct bls_g1 *point, struct bls_g1 *hash,
				    enum bls_suite suite, const uint8_t *msg,
				    size_t msg_len, const uint8_t *sig,
				    size_t sig_len, struct bls_scratch *s)
{
	enum bls_err err;

	err = bls_sig_decode_vartime(point, sig, sig_len, s);
	if (err)
		return err;
	return bls_hash_suite(hash, msg, msg_len, suite, s);
}

enum bls_err bls_verify_vartime(const struct bls_g2 *pk, enum bls_suite suite,
				const uint8_t *msg, size_t msg_len,
				const uint8_t *sig, size_t sig_len,
				struct bls_scratch *s)
{
	struct bls_g1 point, hash;
	enum bls_err err;

	err = decode_and_hash(&point, &hash, suite, msg, msg_len, sig, sig_len,
			      s);
	if (err)
		return err;
	return s->engine->check(&point, &hash, pk, bls_space(s));
}

void bls_pk_prepare(struct bls_prepared *prepared, const struct bls_g2 *pk,
		    struct bls_scratch *s)
{
	s->engine->lines(prepared->line, pk);
}

enum bls_err bls_verify_prepared_vartime(const struct bls_prepared *prepared,
					 enum bls_suite suite,
					 const uint8_t *msg, size_t msg_len,
					 const uint8_t *sig, size_t sig_len,
					 struct bls_scratch *s)
{
	struct bls_g1 point, hash;
	enum bls_err err;

	err = decode_and_hash(&point, &hash, suite, msg, msg_len, sig, sig_len,
			      s);
	if (err)
		return err;
	return s->engine->check_lines(&point, &hash, prepared->line,
				      bls_space(s));
}

enum bls_err bls_pop_verify_vartime(const struct bls_g2 *pk,
				    const uint8_t *proof, size_t proof_len,
				    struct bls_scratch *s)
{
	uint8_t bytes[BLS_PK_LEN];

	bls_pk_encode(bytes, pk, s);
	return bls_verify_vartime(pk, BLS_SUITE_POP_PROVE, bytes, sizeof(bytes),
				  proof, proof_len, s);
}
