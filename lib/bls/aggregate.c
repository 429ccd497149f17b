// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Sums of signatures and of keys, the draft, 2.8, 2.9, 3.1.1 and 3.3.4.
 * Variable time: everything here is public.
 */
#include "expand.h"

enum bls_err bls_sig_aggregate_vartime(struct bls_g1 *r,
				       const struct bls_g1 *const sig[],
				       unsigned int n, struct bls_scratch *s)
{
	if (!n)
		return BLS_ECOUNT;
	return s->engine->g1_sum(r, sig, n);
}

enum bls_err bls_pk_aggregate_vartime(struct bls_g2 *r,
				      const struct bls_g2 *const pk[],
				      unsigned int n, struct bls_scratch *s)
{
	if (!n)
		return BLS_ECOUNT;
	return s->engine->g2_sum(r, pk, n);
}

static bool same_message(const struct bls_item *a, const struct bls_item *b)
{
	return a->msg_len == b->msg_len &&
	       (!a->msg_len || !memcmp(a->msg, b->msg, a->msg_len));
}

enum bls_err bls_aggregate_verify_vartime(const struct bls_g2 *const pk[],
					  enum bls_suite suite,
					  const struct bls_item *item,
					  unsigned int n, const uint8_t *sig,
					  size_t sig_len,
					  struct bls_scratch *s)
{
	struct bls_g1 point, hash;
	unsigned int i, j;
	enum bls_err err;

	if (!n)
		return BLS_ECOUNT;
	for (i = 1; suite == BLS_SUITE_NUL && i < n; i++)
		for (j = 0; j < i; j++)
			if (same_message(&item[i], &item[j]))
				return BLS_EDUPLICATE;
	err = bls_sig_decode_vartime(&point, sig, sig_len, s);
	if (err)
		return err;
	s->engine->product_start(bls_space(s));
	for (i = 0; i < n; i++) {
		err = bls_hash_suite(&hash, item[i].msg, item[i].msg_len, suite,
				     s);
		if (err)
			return err;
		s->engine->product_pair(&hash, pk[i], bls_space(s));
	}
	return s->engine->product_finish(&point, bls_space(s));
}

enum bls_err bls_fast_aggregate_verify_vartime(const struct bls_g2 *const pk[],
					       unsigned int n,
					       const uint8_t *msg,
					       size_t msg_len,
					       const uint8_t *sig,
					       size_t sig_len,
					       struct bls_scratch *s)
{
	struct bls_g2 sum;
	enum bls_err err;

	err = bls_pk_aggregate_vartime(&sum, pk, n, s);
	if (err)
		return err;
	return bls_verify_vartime(&sum, BLS_SUITE_POP, msg, msg_len, sig,
				  sig_len, s);
}
