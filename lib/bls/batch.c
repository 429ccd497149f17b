// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Many signatures under one key: one pairing check for up to BLS_BATCH_MAX of
 * them.  Variable time; the sums are in msm.c.
 */
#include "expand.h"

/* What can be said of an item by itself */
static enum bls_err decode(struct bls_g1 *sig, const struct bls_item *item,
			   const uint8_t random[BLS_RANDOM_LEN],
			   struct bls_scratch *s)
{
	uint8_t any = 0;
	unsigned int i;

	/* A dead random source would make every batch valid. */
	for (i = 0; i < BLS_RANDOM_LEN; i++)
		any |= random[i];
	if (!any)
		return BLS_ERANDOM;
	return bls_sig_decode_vartime(sig, item->sig, BLS_SIG_LEN, s);
}

static enum bls_err put(const struct bls_item *item, enum bls_suite suite,
			const uint8_t random[BLS_RANDOM_LEN], unsigned int slot,
			struct bls_scratch *s, struct bls_batch_space *b)
{
	uint8_t uniform[BLS_UNIFORM_LEN];
	struct bls_g1 sig;
	enum bls_err err;

	err = decode(&sig, item, random, s);
	if (err)
		return err;
	bls_expand_suite(uniform, item->msg, item->msg_len, suite);
	s->engine->batch_put(b, slot, &sig, uniform, random);
	return BLS_OK;
}

/* Up to BLS_BATCH_MAX items */
static enum bls_err verify_slice(const struct bls_prepared *prepared,
				 enum bls_suite suite,
				 const struct bls_item *item, unsigned int n,
				 const uint8_t *random, unsigned int *bad,
				 struct bls_scratch *s,
				 struct bls_batch_space *b)
{
	struct bls_g1 sig, hash;
	enum bls_err err;
	unsigned int i;

	if (n == 1) {	/* there is nothing to combine */
		err = decode(&sig, item, random, s);
		if (err) {
			*bad = 0;
			return err;
		}
		err = bls_hash_suite(&hash, item->msg, item->msg_len, suite, s);
	} else {
		for (i = 0; i < n; i++) {
			err = put(&item[i], suite, random + i * BLS_RANDOM_LEN,
				  i, s, b);
			if (err) {
				*bad = i;
				return err;
			}
		}
		err = s->engine->batch_sum(&sig, &hash, b, n);
	}
	/* A sum at infinity is no valid batch but by chance 1/r. */
	if (err)
		return BLS_EMISMATCH;
	return s->engine->check_lines(&sig, &hash, prepared->line,
				      bls_space(s));
}

enum bls_err bls_batch_verify_vartime(const struct bls_prepared *prepared,
				      enum bls_suite suite,
				      const struct bls_item *item, size_t n,
				      const uint8_t *random, size_t *bad,
				      struct bls_scratch *s,
				      struct bls_batch *batch)
{
	struct bls_batch_space *b = (struct bls_batch_space *)batch->space;
	unsigned int m, which;
	enum bls_err err;
	size_t i;

	*bad = n;
	if (!n)
		return BLS_ECOUNT;
	for (i = 0; i < n; i += m) {
		m = n - i < BLS_BATCH_MAX ? (unsigned int)(n - i)
					  : BLS_BATCH_MAX;
		which = m;
		err = verify_slice(prepared, suite, item + i, m,
				   random + i * BLS_RANDOM_LEN, &which, s, b);
		if (err) {
			if (which < m)
				*bad = i + which;
			return err;
		}
	}
	return BLS_OK;
}
