// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Distributed key generation: polynomials, commitments, checks of shares, and
 * their sums.  Constant time in polynomials and shares.
 */
#include "engine.h"
#include "fr.h"
#include "generators.h"
#include "indices.h"

static enum bls_err check_count(unsigned int n)
{
	return n && n <= BLS_PARTIES_MAX ? BLS_OK : BLS_ECOUNT;
}

enum bls_err bls_poly_sample(struct bls_fr *coef, unsigned int t,
			     const struct bls_fr *secret,
			     const uint8_t *random, size_t random_len)
{
	unsigned int i, j, first = secret ? 1 : 0;
	uint8_t any;

	if (check_count(t))
		return BLS_ECOUNT;
	if (random_len != (size_t)(t - first) * BLS_SAMPLE_LEN)
		return BLS_ELENGTH;
	if (secret)
		coef[0] = *secret;
	for (i = first; i < t; i++, random += BLS_SAMPLE_LEN) {
		for (any = 0, j = 0; j < BLS_SAMPLE_LEN; j++)
			any |= random[j];
		any = (uint8_t)limb_is_zero(any);
		bls_public(&any, sizeof(any));
		if (any) {
			bls_wipe(coef, t * sizeof(*coef));
			return BLS_ERANDOM;
		}
		bls_fr_from_wide(&coef[i], random);
	}
	return BLS_OK;
}

enum bls_err bls_poly_eval(struct bls_fr *share, const struct bls_fr *coef,
			   unsigned int t, unsigned int index)
{
	struct bls_fr x, acc;
	enum bls_err err;

	err = bls_check_index(index, t, BLS_PARTIES_MAX);
	if (err)
		return err;
	bls_fr_from_u32(&x, index);
	acc = coef[--t];
	while (t-- > 0) {
		bls_fr_mul(&acc, &acc, &x);
		bls_fr_add(&acc, &acc, &coef[t]);
	}
	*share = acc;
	bls_wipe(&acc, sizeof(acc));
	return BLS_OK;
}

enum bls_err bls_feldman_commit(struct bls_g2 *commit,
				const struct bls_fr *coef, unsigned int t,
				struct bls_scratch *s)
{
	struct bls_fr k;
	enum bls_err err;
	unsigned int i;

	err = check_count(t);
	for (i = 0; !err && i < t; i++) {
		bls_fr_to_int(&k, &coef[i]);
		err = s->engine->g2_mul(&commit[i], &bls_generator_g2, &k,
					bls_space(s));
	}
	bls_wipe(&k, sizeof(k));
	return err;
}

enum bls_err bls_feldman_check(const struct bls_fr *share, unsigned int index,
			       const struct bls_g2 *commit, unsigned int t,
			       struct bls_scratch *s)
{
	struct bls_g2 want, have;
	enum bls_err err;

	err = bls_share_pk_vartime(&want, commit, t, index, s);
	if (!err)
		err = bls_sk_to_pk(&have, share, s);
	if (err)
		return err;
	bls_public(&have, sizeof(have));
	return bls_pk_equal(&want, &have) ? BLS_OK : BLS_EMISMATCH;
}

/* r = a G + b H */
static enum bls_err pedersen(struct bls_g1 *r, const struct bls_fr *a,
			     const struct bls_fr *b, struct bls_scratch *s)
{
	const struct bls_engine *e = s->engine;
	const struct bls_g1 *both[2];
	struct bls_g1 first, second;
	struct bls_fr k;
	enum bls_err err;

	bls_fr_to_int(&k, a);
	err = e->g1_mul(&first, &bls_generator_g1, &k, bls_space(s));
	if (!err) {
		bls_fr_to_int(&k, b);
		err = e->g1_mul(&second, &bls_generator_pedersen, &k,
				bls_space(s));
	}
	if (!err) {
		/* complete formulas: constant time for any two points */
		both[0] = &first;
		both[1] = &second;
		err = e->g1_sum(r, both, 2);
	}
	/* a G alone would say what the blinding hides */
	bls_wipe(&first, sizeof(first));
	bls_wipe(&second, sizeof(second));
	bls_wipe(&k, sizeof(k));
	return err;
}

enum bls_err bls_pedersen_commit(struct bls_g1 *commit,
				 const struct bls_fr *coef,
				 const struct bls_fr *blind, unsigned int t,
				 struct bls_scratch *s)
{
	enum bls_err err;
	unsigned int i;

	err = check_count(t);
	for (i = 0; !err && i < t; i++)
		err = pedersen(&commit[i], &coef[i], &blind[i], s);
	return err;
}

enum bls_err bls_pedersen_check(const struct bls_fr *share,
				const struct bls_fr *blind, unsigned int index,
				const struct bls_g1 *commit, unsigned int t,
				struct bls_scratch *s)
{
	struct bls_g1 want, have;
	enum bls_err err;

	err = bls_check_index(index, t, BLS_PARTIES_MAX);
	if (!err)
		err = s->engine->g1_poly_eval(&want, commit, t, index);
	if (!err)
		err = pedersen(&have, share, blind, s);
	if (err)
		return err;
	bls_public(&have, sizeof(have));
	return memcmp(&want, &have, sizeof(want)) ? BLS_EMISMATCH : BLS_OK;
}

enum bls_err bls_dkg_share(struct bls_fr *share, const struct bls_fr *dealt,
			   unsigned int n)
{
	struct bls_fr sum;
	unsigned int i;

	if (check_count(n))
		return BLS_ECOUNT;
	sum = dealt[0];
	for (i = 1; i < n; i++)
		bls_fr_add(&sum, &sum, &dealt[i]);
	*share = sum;
	bls_wipe(&sum, sizeof(sum));
	return BLS_OK;
}

enum bls_err bls_dkg_commit_vartime(struct bls_g2 *sum,
				    const struct bls_g2 *const commit[],
				    unsigned int n, unsigned int t,
				    struct bls_scratch *s)
{
	const struct bls_g2 **column = bls_space(s)->key;
	enum bls_err err;
	unsigned int i, j;

	if (check_count(n) || check_count(t))
		return BLS_ECOUNT;
	for (j = 0; j < t; j++) {
		for (i = 0; i < n; i++)
			column[i] = &commit[i][j];
		err = s->engine->g2_sum(&sum[j], column, n);
		if (err)
			return err;
	}
	return BLS_OK;
}
