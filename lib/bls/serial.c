// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Bytes of keys and signatures.  What the bytes of a point may be is checked
 * in g1.c and g2.c; here are lengths, and scalars.
 */
#include "engine.h"
#include "fr.h"

enum bls_err bls_sk_decode(struct bls_fr *sk, const uint8_t *in, size_t len)
{
	bls_limb good;

	if (len != BLS_SK_LEN)
		return BLS_ELENGTH;
	good = bls_fr_decode(sk, in);
	good &= 1 ^ bls_fr_is_zero(sk);
	bls_public(&good, sizeof(good));
	if (good)
		return BLS_OK;
	bls_wipe(sk, sizeof(*sk));
	return BLS_ESCALAR;
}

void bls_sk_encode(uint8_t out[BLS_SK_LEN], const struct bls_fr *sk)
{
	struct bls_fr t;

	bls_fr_to_int(&t, sk);
	limbs_to_be(out, t.v, BLS_SK_LEN);
	bls_wipe(&t, sizeof(t));
}

enum bls_err bls_sig_decode_vartime(struct bls_g1 *sig, const uint8_t *in,
				    size_t len, struct bls_scratch *s)
{
	if (len != BLS_SIG_LEN)
		return BLS_ELENGTH;
	return s->engine->g1_decode(sig, in);
}

void bls_sig_encode(uint8_t out[BLS_SIG_LEN], const struct bls_g1 *sig,
		    struct bls_scratch *s)
{
	s->engine->g1_encode(out, sig);
}

enum bls_err bls_pk_decode_vartime(struct bls_g2 *pk, const uint8_t *in,
				   size_t len, struct bls_scratch *s)
{
	if (len != BLS_PK_LEN)
		return BLS_ELENGTH;
	return s->engine->g2_decode(pk, in);
}

void bls_pk_encode(uint8_t out[BLS_PK_LEN], const struct bls_g2 *pk,
		   struct bls_scratch *s)
{
	s->engine->g2_encode(out, pk);
}

/* Coordinates are canonical in memory, so equal points have equal bytes. */
bool bls_pk_equal(const struct bls_g2 *a, const struct bls_g2 *b)
{
	return !memcmp(a, b, sizeof(*a));
}
