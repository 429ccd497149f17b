// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Runs a stanza of shares: thresholds, resharing and the scalars below them.
 */
#include "vector_fields.h"
#include "fr.h"

static const char incomplete[] = "the stanza lacks a value, or has a bad one";

/* Commitments into w->commit[0], the shares into w->share and w->fr. */
static const char *read_shares(const struct vector *v, struct vector_work *w,
			       unsigned int t)
{
	const uint8_t *in;
	unsigned int i;

	for (i = 0; i < t; i++) {
		in = vector_bytes(v, VECTOR_KEY_COMMITMENT, i, BLS_PK_LEN);
		if (!in || bls_pk_decode_vartime(&w->commit[0][i], in,
						 BLS_PK_LEN, &w->s))
			return "a commitment is refused";
		in = vector_bytes(v, VECTOR_KEY_SHARE_SIG, i, BLS_SIG_LEN);
		if (!in || bls_sig_decode_vartime(&w->sig[i], in, BLS_SIG_LEN,
						  &w->s))
			return "the signature of a share is refused";
		if (!vector_scalar(&w->fr[i], v, VECTOR_KEY_SHARE_SK, i))
			return incomplete;
		memcpy(w->share[i].sig, in, BLS_SIG_LEN);
		w->index[i] = vector_number(v, VECTOR_KEY_INDEX, i);
		w->share[i].index = w->index[i];
		w->sigs[i] = &w->sig[i];
	}
	return NULL;
}

/* What each share is by itself */
static const char *check_share(const struct vector *v, struct vector_work *w,
			       unsigned int t, unsigned int i)
{
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);
	const struct bls_g2 *commit = w->commit[0];

	if (bls_sk_to_pk(&w->pk[0], &w->fr[i], &w->s) ||
	    !vector_is_pk(&w->pk[0], v, VECTOR_KEY_SHARE_PK, i, &w->s))
		return "another key of a share";
	if (bls_share_pk_vartime(&w->pk[1], commit, t, w->index[i], &w->s) ||
	    !bls_pk_equal(&w->pk[0], &w->pk[1]))
		return "another key of a share from the commitments";
	if (bls_feldman_check(&w->fr[i], w->index[i], commit, t, &w->s))
		return "the share does not fit the commitments";
	if (bls_sign(&w->sum, &w->fr[i], BLS_SUITE_NUL, msg->bytes, msg->number,
		     &w->s) ||
	    !vector_is_sig(&w->sum, v, VECTOR_KEY_SHARE_SIG, i, &w->s))
		return "a share signs otherwise";
	return NULL;
}

/* Numbers that no sharing has are refused; w->index is as it was after. */
static const char *refusals(struct vector_work *w, unsigned int t,
			    unsigned int n)
{
	unsigned int first = w->index[0];
	const char *why = NULL;

	w->index[0] = 0;
	if (bls_combine_vartime(&w->sum, w->index, w->sigs, t, n, &w->s) !=
	    BLS_EINDEX)
		why = "index 0 is not refused";
	w->index[0] = n + 1;
	if (bls_combine_vartime(&w->sum, w->index, w->sigs, t, n, &w->s) !=
	    BLS_EINDEX)
		why = "an index above n is not refused";
	w->index[0] = t > 1 ? w->index[1] : first;
	if (t > 1 && bls_combine_vartime(&w->sum, w->index, w->sigs, t, n,
					 &w->s) != BLS_EDUPLICATE)
		why = "an index there twice is not refused";
	w->index[0] = first;
	return why;
}

static const char *combine_and_verify(const struct vector *v,
				      struct vector_work *w, unsigned int t,
				      unsigned int n)
{
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);
	const struct bls_group group = {
		.key = &w->prepared,
		.commit = w->commit[0],
		.t = t,
		.n = n,
		.suite = BLS_SUITE_NUL,
	};

	bls_pk_prepare(&w->prepared, &w->commit[0][0], &w->s);
	if (bls_combine_verify_vartime(&w->sum, &group, msg->bytes,
				       msg->number, w->share, t, &w->s) ||
	    !vector_is_sig(&w->sum, v, VECTOR_KEY_SIG, 0, &w->s))
		return "bls_combine_verify_vartime says otherwise";
	if (bls_combine_verify_vartime(&w->sum, &group, msg->bytes,
				       msg->number, w->share, t - 1,
				       &w->s) != BLS_ECOUNT)
		return "t - 1 shares are not too few";
	/* A share of somebody else is found, and nobody else is blamed. */
	memcpy(w->share[0].sig, vector_bytes(v, VECTOR_KEY_SIG, 0, BLS_SIG_LEN),
	       BLS_SIG_LEN);
	w->share[0].sig[0] ^= 0x20;
	if (bls_combine_verify_vartime(&w->sum, &group, msg->bytes,
				       msg->number, w->share, t, &w->s) !=
	    BLS_ECOUNT || w->share[0].verdict != BLS_EMISMATCH ||
	    (t > 1 && w->share[t - 1].verdict))
		return "a wrong share is not found";
	return NULL;
}

const char *vector_threshold(const struct vector *v, struct vector_work *w)
{
	unsigned int t = vector_number(v, VECTOR_KEY_T, 0);
	unsigned int n = vector_number(v, VECTOR_KEY_N, 0);
	const char *why;
	unsigned int i;

	if (!t || t > VECTOR_MANY || !vector_field(v, VECTOR_KEY_MSG, 0) ||
	    vector_count(v, VECTOR_KEY_INDEX) != t ||
	    !vector_bytes(v, VECTOR_KEY_SIG, 0, BLS_SIG_LEN) ||
	    !vector_scalar(&w->poly[0], v, VECTOR_KEY_SK, 0))
		return incomplete;
	why = read_shares(v, w, t);
	for (i = 0; !why && i < t; i++)
		why = check_share(v, w, t, i);
	if (why)
		return why;
	if (bls_sk_to_pk(&w->pk[0], &w->poly[0], &w->s) ||
	    !bls_pk_equal(&w->pk[0], &w->commit[0][0]))
		return "another key of the group";
	bls_fr_lagrange(w->dealt, w->index, t);
	for (i = 0; i < t; i++)
		if (!vector_is_scalar(&w->dealt[i], v, VECTOR_KEY_LAMBDA, i))
			return "another Lagrange coefficient";
	if (bls_reshare_share(&w->dealt[0], w->index, w->fr, t, n, &w->s) ||
	    !vector_is_scalar(&w->dealt[0], v, VECTOR_KEY_SK, 0))
		return "the shares are not of this secret";
	why = refusals(w, t, n);
	if (why)
		return why;
	if (bls_combine_vartime(&w->sum, w->index, w->sigs, t, n, &w->s) ||
	    !vector_is_sig(&w->sum, v, VECTOR_KEY_SIG, 0, &w->s))
		return "another signature";
	return combine_and_verify(v, w, t, n);
}

/* Dealer i's new polynomial: its share and new_t - 1 further coefficients */
static bool read_dealing(const struct vector *v, struct vector_work *w,
			 unsigned int i, unsigned int new_t)
{
	unsigned int j;

	if (!vector_scalar(&w->poly[0], v, VECTOR_KEY_SHARE_SK, i))
		return false;
	for (j = 1; j < new_t; j++)
		if (!vector_scalar(&w->poly[j], v, VECTOR_KEY_COEFFICIENT,
				   i * (new_t - 1) + j - 1))
			return false;
	return true;
}

static const char *deal(const struct vector *v, struct vector_work *w,
			unsigned int t, unsigned int n, unsigned int new_t)
{
	unsigned int i;

	for (i = 0; i < t; i++) {
		w->index[i] = vector_number(v, VECTOR_KEY_INDEX, i);
		w->pks[i] = w->commit[i];
		if (!read_dealing(v, w, i, new_t))
			return incomplete;
		if (bls_feldman_commit(w->commit[i], w->poly, new_t, &w->s))
			return "bls_feldman_commit failed";
	}
	if (bls_reshare_commit_vartime(w->pk, w->index, w->pks, t, n, new_t,
				       &w->s))
		return "bls_reshare_commit_vartime failed";
	return vector_is_pk(&w->pk[0], v, VECTOR_KEY_PK, 0, &w->s) ?
		NULL : "another key of the group";
}

const char *vector_reshare(const struct vector *v, struct vector_work *w)
{
	unsigned int t = vector_number(v, VECTOR_KEY_T, 0);
	unsigned int n = vector_number(v, VECTOR_KEY_N, 0);
	unsigned int new_t = vector_number(v, VECTOR_KEY_NEW_T, 0);
	unsigned int new_n = vector_number(v, VECTOR_KEY_NEW_N, 0);
	const char *why;
	unsigned int i, j;

	if (!t || t > VECTOR_MANY || !new_t || new_t > new_n ||
	    new_n > VECTOR_MANY || vector_count(v, VECTOR_KEY_INDEX) != t ||
	    vector_count(v, VECTOR_KEY_NEW_SHARE) != new_n)
		return incomplete;
	why = deal(v, w, t, n, new_t);
	if (why)
		return why;
	for (j = 1; j <= new_n; j++) {
		for (i = 0; i < t; i++) {
			if (!read_dealing(v, w, i, new_t) ||
			    bls_poly_eval(&w->dealt[i], w->poly, new_t, j))
				return incomplete;
		}
		if (bls_reshare_share(&w->fr[j - 1], w->index, w->dealt, t, n,
				      &w->s) ||
		    !vector_is_scalar(&w->fr[j - 1], v, VECTOR_KEY_NEW_SHARE,
				      j - 1))
			return "another new share";
		if (bls_feldman_check(&w->fr[j - 1], j, w->pk, new_t, &w->s))
			return "a new share does not fit the new commitments";
	}
	/* the last new_t of them share the old secret */
	for (i = 0; i < new_t; i++)
		w->index[i] = new_n - new_t + 1 + i;
	if (bls_reshare_share(&w->dealt[0], w->index, &w->fr[new_n - new_t],
			      new_t, new_n, &w->s) ||
	    !vector_is_scalar(&w->dealt[0], v, VECTOR_KEY_SK, 0))
		return "the new shares are not of the old secret";
	return NULL;
}

const char *vector_fr(const struct vector *v, struct vector_work *w)
{
	const struct bls_fr *a = &w->fr[0], *b = &w->fr[1];
	struct bls_fr *r = &w->dealt[0];

	if (!vector_scalar(&w->fr[0], v, VECTOR_KEY_A, 0) ||
	    !vector_scalar(&w->fr[1], v, VECTOR_KEY_B, 0))
		return incomplete;
	bls_fr_add(r, a, b);
	if (!vector_is_scalar(r, v, VECTOR_KEY_SUM, 0))
		return "another sum";
	if (bls_dkg_share(r, w->fr, 2) ||
	    !vector_is_scalar(r, v, VECTOR_KEY_SUM, 0))
		return "another sum of dealings";
	bls_fr_sub(r, a, b);
	if (!vector_is_scalar(r, v, VECTOR_KEY_DIFFERENCE, 0))
		return "another difference";
	bls_fr_mul(r, a, b);
	if (!vector_is_scalar(r, v, VECTOR_KEY_PRODUCT, 0))
		return "another product";
	bls_fr_inv(r, a);
	if (!vector_is_scalar(r, v, VECTOR_KEY_INVERSE, 0))
		return "another inverse";
	return NULL;
}
