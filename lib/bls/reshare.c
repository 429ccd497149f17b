// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Resharing: the same key for another threshold and other parties.  The new
 * polynomial is the sum of lambda_i g_i over the t agreed dealers, where g_i
 * shares dealer i's old share: at 0 it is the old secret.
 */
#include "engine.h"
#include "fr.h"
#include "indices.h"

enum bls_err bls_reshare_check_vartime(const struct bls_g2 *dealt,
				       unsigned int dealer,
				       const struct bls_g2 *commit,
				       unsigned int t, struct bls_scratch *s)
{
	struct bls_g2 pk;
	enum bls_err err;

	err = bls_share_pk_vartime(&pk, commit, t, dealer, s);
	if (err)
		return err;
	return bls_pk_equal(&pk, dealt) ? BLS_OK : BLS_EMISMATCH;
}

enum bls_err bls_reshare_share(struct bls_fr *share,
			       const unsigned int dealer[],
			       const struct bls_fr *dealt, unsigned int t,
			       unsigned int n, struct bls_scratch *s)
{
	struct bls_fr *lambda = bls_space(s)->fr;
	struct bls_fr sum = { { 0 } }, term;
	enum bls_err err;
	unsigned int i;

	err = bls_check_indices(dealer, t, n);
	if (err)
		return err;
	bls_fr_lagrange(lambda, dealer, t);
	for (i = 0; i < t; i++) {
		bls_fr_mul(&term, &lambda[i], &dealt[i]);
		bls_fr_add(&sum, &sum, &term);
	}
	*share = sum;
	bls_wipe(&sum, sizeof(sum));
	bls_wipe(&term, sizeof(term));
	return BLS_OK;
}

enum bls_err bls_reshare_commit_vartime(struct bls_g2 *commit,
					const unsigned int dealer[],
					const struct bls_g2 *const dealt[],
					unsigned int t, unsigned int n,
					unsigned int t_new,
					struct bls_scratch *s)
{
	struct bls_fr *lambda = bls_space(s)->fr;
	const struct bls_g2 **column = bls_space(s)->key;
	enum bls_err err;
	unsigned int i, j;

	if (!t_new || t_new > BLS_PARTIES_MAX)
		return BLS_ECOUNT;
	err = bls_check_indices(dealer, t, n);
	if (err)
		return err;
	bls_fr_lagrange(lambda, dealer, t);
	for (i = 0; i < t; i++)
		bls_fr_to_int(&lambda[i], &lambda[i]);
	for (j = 0; j < t_new; j++) {
		for (i = 0; i < t; i++)
			column[i] = &dealt[i][j];
		err = s->engine->g2_lincomb(&commit[j], column, lambda, t,
					    bls_space(s));
		if (err)
			return err;
	}
	return BLS_OK;
}
