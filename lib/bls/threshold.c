// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * t of n: keys of shares, combining shares, finding the bad ones.  Variable
 * time: shares of signatures are public.
 */
#include "expand.h"
#include "fr.h"
#include "indices.h"

enum bls_err bls_share_pk_vartime(struct bls_g2 *pk,
				  const struct bls_g2 *commit, unsigned int t,
				  unsigned int index, struct bls_scratch *s)
{
	enum bls_err err;

	err = bls_check_index(index, t, BLS_PARTIES_MAX);
	if (err)
		return err;
	return s->engine->g2_poly_eval(pk, commit, t, index);
}

enum bls_err bls_combine_vartime(struct bls_g1 *sig,
				 const unsigned int index[],
				 const struct bls_g1 *const share[],
				 unsigned int t, unsigned int n,
				 struct bls_scratch *s)
{
	struct bls_fr *lambda = bls_space(s)->fr;
	enum bls_err err;
	unsigned int i;

	err = bls_check_indices(index, t, n);
	if (err)
		return err;
	bls_fr_lagrange(lambda, index, t);
	for (i = 0; i < t; i++)
		bls_fr_to_int(&lambda[i], &lambda[i]);
	return s->engine->g1_lincomb(sig, share, lambda, t, bls_space(s));
}

/* Decode what can be decoded, and refuse an index that was there before. */
static void sort_out(const struct bls_group *group, struct bls_share *share,
		     unsigned int m, struct bls_scratch *s)
{
	bool seen[BLS_PARTIES_MAX + 1] = { false };
	unsigned int i;

	for (i = 0; i < m; i++) {
		struct bls_share *x = &share[i];

		if (!x->index || x->index > group->n)
			x->verdict = BLS_EINDEX;
		else if (seen[x->index])
			x->verdict = BLS_EDUPLICATE;
		else
			x->verdict = bls_sig_decode_vartime(&x->point, x->sig,
							    BLS_SIG_LEN, s);
		if (!x->verdict)
			seen[x->index] = true;
	}
}

/* The first t good shares, combined; BLS_ECOUNT if there are fewer. */
static enum bls_err combine_good(struct bls_g1 *sig,
				 const struct bls_group *group,
				 const struct bls_share *share, unsigned int m,
				 struct bls_scratch *s)
{
	const struct bls_g1 **point = bls_space(s)->point;
	unsigned int *index = bls_space(s)->index;
	unsigned int i, have = 0;

	for (i = 0; i < m && have < group->t; i++) {
		if (share[i].verdict)
			continue;
		point[have] = &share[i].point;
		index[have++] = share[i].index;
	}
	if (have < group->t)
		return BLS_ECOUNT;
	return bls_combine_vartime(sig, index, point, group->t, group->n, s);
}

enum bls_err bls_combine_verify_vartime(struct bls_g1 *sig,
					const struct bls_group *group,
					const uint8_t *msg, size_t msg_len,
					struct bls_share *share,
					unsigned int m, struct bls_scratch *s)
{
	const struct bls_engine *e = s->engine;
	struct bls_space *space = bls_space(s);
	struct bls_g1 hash;
	struct bls_g2 pk;
	enum bls_err err;
	unsigned int i;

	if (!group->t || group->t > group->n ||
	    group->n > BLS_PARTIES_MAX || m > BLS_PARTIES_MAX)
		return BLS_ECOUNT;
	sort_out(group, share, m, s);
	err = combine_good(sig, group, share, m, s);
	if (err == BLS_ECOUNT)
		return err;
	if (bls_hash_suite(&hash, msg, msg_len, group->suite, s))
		return BLS_EINFINITY;
	if (!err && !e->check_lines(sig, &hash, group->key->line, space))
		return BLS_OK;

	/* Somebody lied: ask each share under its own key. */
	for (i = 0; i < m; i++) {
		if (share[i].verdict)
			continue;
		err = bls_share_pk_vartime(&pk, group->commit, group->t,
					   share[i].index, s);
		if (err || e->check(&share[i].point, &hash, &pk, space))
			share[i].verdict = BLS_EMISMATCH;
	}
	err = combine_good(sig, group, share, m, s);
	if (err)
		return err;
	return e->check_lines(sig, &hash, group->key->line, space);
}
