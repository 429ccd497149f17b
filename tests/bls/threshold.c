// SPDX-License-Identifier: GPL-2.0
/*
 * Threshold signatures, key generation and resharing, as the protocols use
 * them.
 */
#include "api.h"

enum { N_MAX = 10 };

static const uint8_t msg[] = "an update";

/* One dealer's sharing of a random key, or of a given one */
struct dealing {
	struct bls_fr coef[N_MAX], share[N_MAX + 1];	/* share[index] */
	struct bls_g2 commit[N_MAX];
};

static bool deal(struct dealing *d, unsigned int t, unsigned int n,
		 const struct bls_fr *secret)
{
	uint8_t random[N_MAX * BLS_SAMPLE_LEN];
	size_t len = (t - (secret ? 1 : 0)) * BLS_SAMPLE_LEN;
	unsigned int i;

	test_random(random, sizeof(random));
	ASK(!bls_poly_sample(d->coef, t, secret, random, len));
	ASK(!bls_feldman_commit(d->commit, d->coef, t, &api_scratch));
	for (i = 1; i <= n; i++)
		ASK(!bls_poly_eval(&d->share[i], d->coef, t, i));
	return true;
}

static bool valid(const struct bls_g2 *pk, const struct bls_g1 *sig)
{
	uint8_t bytes[48];

	bls_sig_encode(bytes, sig, &api_scratch);
	return !bls_verify_vartime(pk, BLS_SUITE_NUL, msg, sizeof(msg), bytes,
				   48, &api_scratch);
}

/* Signatures from every t of n, n = 2 .. 5, and for some t of 10; t - 1 are not enough. */
bool test_subsets(void)
{
	static struct dealing d;
	struct bls_scratch *s = &api_scratch;
	struct bls_g1 share[N_MAX + 1], sig, want;
	const struct bls_g1 *ptr[N_MAX];
	unsigned int index[N_MAX], t, n, i, m, have, subsets = 0;
	struct bls_g2 pk;
	uint8_t bytes[48];

	for (n = 2; n <= N_MAX; n += n < 5 ? 1 : 5) {
		for (t = 1; t <= n; t += n < 10 ? 1 : 3) {
			ASK(deal(&d, t, n, NULL));
			ASK(!bls_sign(&want, &d.coef[0], BLS_SUITE_NUL, msg,
				      sizeof(msg), s));
			for (i = 1; i <= n; i++) {
				ASK(!bls_sign(&share[i], &d.share[i],
					      BLS_SUITE_NUL, msg, sizeof(msg),
					      s));
				/* a share is a signature under its own key */
				ASK(!bls_share_pk_vartime(&pk, d.commit, t, i,
							  s));
				ASK(valid(&pk, &share[i]));
			}
			for (m = 1; m < 1u << n; m++) {
				for (have = 0, i = n; i > 0; i--)
					if (m >> (i - 1) & 1) {
						ptr[have] = &share[i];
						index[have++] = i;
					}
				if (have != t && have + 1 != t)
					continue;
				ASK(!bls_combine_vartime(&sig, index, ptr, have,
							 n, s));
				ASK(!memcmp(&sig, &want, sizeof(sig)) ==
				    (have == t));
				subsets++;
			}
			bls_sig_encode(bytes, &want, s);
			ASK(valid(&d.commit[0], &want));
		}
	}
	ASK(subsets > 500);
	return true;
}

/* The secret from every t of n scalars, n = 2 .. 10; not from any t - 1. */
bool test_every_subset(void)
{
	uint8_t random[N_MAX * BLS_SAMPLE_LEN];
	struct bls_fr coef[N_MAX], share[N_MAX], some[N_MAX], secret;
	unsigned int index[N_MAX], t, n, i, m, have;

	for (n = 2; n <= N_MAX; n++) {
		for (t = 1; t <= n; t++) {
			test_random(random, sizeof(random));
			ASK(!bls_poly_sample(coef, t, NULL, random,
					     t * BLS_SAMPLE_LEN));
			for (i = 0; i < n; i++)
				ASK(!bls_poly_eval(&share[i], coef, t, i + 1));
			for (m = 1; m < 1u << n; m++) {
				for (have = 0, i = 0; i < n; i++)
					if (m >> i & 1) {
						some[have] = share[i];
						index[have++] = i + 1;
					}
				if (have != t && have + 1 != t)
					continue;
				ASK(!bls_reshare_share(&secret, index, some, have, n,
						       &api_scratch));
				ASK(!memcmp(&secret, &coef[0], sizeof(secret)) ==
				    (have == t));
			}
		}
	}
	return true;
}

bool test_combine_refusals(void)
{
	static struct dealing d;
	struct bls_scratch *s = &api_scratch;
	struct bls_g1 a, b, sig;
	const struct bls_g1 *ptr[2] = { &a, &b };
	unsigned int index[2];
	struct bls_g2 pk;
	struct bls_fr x;

	ASK(deal(&d, 2, 3, NULL));
	bls_sign(&a, &d.share[1], BLS_SUITE_NUL, msg, 3, s);
	bls_sign(&b, &d.share[3], BLS_SUITE_NUL, msg, 3, s);
#define COMBINE(i, j, t, n)						\
	(index[0] = (i), index[1] = (j),				\
	 bls_combine_vartime(&sig, index, ptr, t, n, s))
	ASK(COMBINE(1, 3, 2, 3) == BLS_OK);
	ASK(COMBINE(1, 1, 2, 3) == BLS_EDUPLICATE);
	ASK(COMBINE(0, 3, 2, 3) == BLS_EINDEX);
	ASK(COMBINE(1, 0, 2, 3) == BLS_EINDEX);
	ASK(COMBINE(1, 4, 2, 3) == BLS_EINDEX);
	ASK(COMBINE(1, 3, 0, 3) == BLS_ECOUNT);
	ASK(COMBINE(1, 3, 4, 3) == BLS_ECOUNT);
	ASK(COMBINE(1, 3, 2, BLS_PARTIES_MAX + 1) == BLS_ECOUNT);
	ASK(COMBINE(1, BLS_PARTIES_MAX, 2, BLS_PARTIES_MAX) == BLS_OK);
	ASK(bls_share_pk_vartime(&pk, d.commit, 2, 0, s) == BLS_EINDEX);
	ASK(bls_share_pk_vartime(&pk, d.commit, 0, 1, s) == BLS_ECOUNT);
	ASK(bls_share_pk_vartime(&pk, d.commit, 2, BLS_PARTIES_MAX + 1, s) ==
	    BLS_EINDEX);
	ASK(bls_poly_eval(&x, d.coef, 2, 0) == BLS_EINDEX);
	ASK(bls_poly_eval(&x, d.coef, 0, 1) == BLS_ECOUNT);
	ASK(bls_poly_sample(d.coef, 0, NULL, NULL, 0) == BLS_ECOUNT);
	ASK(bls_poly_sample(d.coef, 2, NULL, msg, 3) == BLS_ELENGTH);
	{
		uint8_t zeros[2 * BLS_SAMPLE_LEN] = { 1 };

		ASK(bls_poly_sample(d.coef, 2, NULL, zeros, sizeof(zeros)) ==
		    BLS_ERANDOM);
	}
	return true;
}

/* 7 shares of which 4 are needed and up to 3 are bad, each in its own way */
bool test_liars(void)
{
	enum { T = 4, N = 7 };
	static struct dealing d, other;
	static struct bls_prepared key;
	static struct bls_share in[N + 1];
	struct bls_scratch *s = &api_scratch;
	struct bls_group group = { &key, d.commit, T, N, BLS_SUITE_NUL };
	struct bls_g1 sig, share;
	unsigned int i, liars, bad;

	ASK(deal(&d, T, N, NULL));
	ASK(deal(&other, T, N, NULL));
	bls_pk_prepare(&key, &d.commit[0], s);
	for (liars = 0; liars < 1u << N; liars += liars < 16 ? 3 : 11) {
		for (bad = 0, i = 0; i < N; i++) {
			bool lies = liars >> i & 1;

			bad += lies;
			in[i].index = i + 1;
			bls_sign(&share, &(lies ? &other : &d)->share[i + 1],
				 BLS_SUITE_NUL, msg, sizeof(msg), s);
			bls_sig_encode(in[i].sig, &share, s);
		}
		if (bad > N - T) {
			ASK(bls_combine_verify_vartime(&sig, &group, msg,
						       sizeof(msg), in, N,
						       s) == BLS_ECOUNT);
		} else {
			ASK(!bls_combine_verify_vartime(&sig, &group, msg,
							sizeof(msg), in, N, s));
			ASK(valid(&d.commit[0], &sig));
		}
		/* nobody honest is accused; liars who were asked are found */
		for (i = 0; i < N; i++)
			if (!(liars >> i & 1))
				ASK(in[i].verdict == BLS_OK);
			else if (liars & 15)
				ASK(in[i].verdict == BLS_EMISMATCH);
	}
	for (i = 0; i < N; i++) {
		bls_sign(&share, &d.share[i + 1], BLS_SUITE_NUL, msg,
			 sizeof(msg), s);
		bls_sig_encode(in[i].sig, &share, s);
	}
	in[7] = in[1];
	in[0].index = 0;
	in[1].sig[0] ^= 0x80;
	in[2].index = N + 1;
	ASK(!bls_combine_verify_vartime(&sig, &group, msg, sizeof(msg), in,
					N + 1, s));
	ASK(in[0].verdict == BLS_EINDEX && in[1].verdict == BLS_EFLAGS);
	ASK(in[2].verdict == BLS_EINDEX && in[7].verdict == BLS_OK);
	in[3].index = 7;
	ASK(bls_combine_verify_vartime(&sig, &group, msg, sizeof(msg), in, N,
				       s) == BLS_ECOUNT);
	ASK(in[6].verdict == BLS_EDUPLICATE);
	group.t = N + 1;
	ASK(bls_combine_verify_vartime(&sig, &group, msg, sizeof(msg), in, N,
				       s) == BLS_ECOUNT);
	group.t = 0;
	ASK(bls_combine_verify_vartime(&sig, &group, msg, sizeof(msg), in, N,
				       s) == BLS_ECOUNT);
	return true;
}

/* A key, however it came about: does every share and every quorum fit it? */
static bool group_works(const struct bls_g2 *commit, const struct bls_fr *share,
			unsigned int t, unsigned int n)
{
	struct bls_scratch *s = &api_scratch;
	struct bls_g1 sig[N_MAX], sum;
	const struct bls_g1 *ptr[N_MAX];
	unsigned int index[N_MAX], i;
	struct bls_g2 pk, own;

	for (i = 1; i <= n; i++) {
		ASK(!bls_share_pk_vartime(&pk, commit, t, i, s));
		ASK(!bls_sk_to_pk(&own, &share[i], s));
		ASK(bls_pk_equal(&pk, &own));
	}
	for (i = 0; i < t; i++) {
		index[i] = n - i;
		ptr[i] = &sig[i];
		bls_sign(&sig[i], &share[n - i], BLS_SUITE_NUL, msg,
			 sizeof(msg), s);
	}
	ASK(!bls_combine_vartime(&sum, index, ptr, t, n, s));
	ASK(valid(&commit[0], &sum));
	return true;
}

/* n parties, f of which send a wrong share to somebody and are left out */
bool test_dkg(void)
{
	enum { N = 5, T = 3, F = 2 };
	static struct dealing d[N];
	struct bls_scratch *s = &api_scratch;
	const struct bls_g2 *commit[N];
	struct bls_g2 sum[T];
	struct bls_fr dealt[N], share[N_MAX + 1];
	unsigned int i, j, n;
	bool out[N] = { false };
	enum bls_err err;

	for (j = 0; j < N; j++)
		ASK(deal(&d[j], T, N, NULL));
	d[1].share[4] = d[1].share[3];		/* another's share */
	d[3].commit[2] = d[0].commit[2];	/* another polynomial */
	for (j = 0; j < N; j++)
		for (i = 1; i <= N; i++) {
			err = bls_feldman_check(&d[j].share[i], i, d[j].commit,
						T, s);
			ASK(err == BLS_OK || err == BLS_EMISMATCH);
			out[j] |= err;
		}
	ASK(!out[0] && out[1] && !out[2] && out[3] && !out[4]);
	for (n = 0, j = 0; j < N; j++)
		if (!out[j])
			commit[n++] = d[j].commit;
	ASK(n == N - F);
	ASK(!bls_dkg_commit_vartime(sum, commit, n, T, s));
	for (i = 1; i <= N; i++) {
		for (n = 0, j = 0; j < N; j++)
			if (!out[j])
				dealt[n++] = d[j].share[i];
		ASK(!bls_dkg_share(&share[i], dealt, n));
	}
	ASK(group_works(sum, share, T, N));
	/* with a disqualified dealing among them nothing fits */
	commit[0] = d[1].commit;
	ASK(!bls_dkg_commit_vartime(sum, commit, n, T, s));
	for (i = 1; i <= N; i++) {
		struct bls_g2 pk, own;

		bls_share_pk_vartime(&pk, sum, T, i, s);
		bls_sk_to_pk(&own, &share[i], s);
		ASK(!bls_pk_equal(&pk, &own));
	}
	ASK(bls_dkg_share(&share[0], dealt, 0) == BLS_ECOUNT);
	ASK(bls_dkg_commit_vartime(sum, commit, 0, T, s) == BLS_ECOUNT);
	return true;
}

/* (t, n) -> (t', n') -> ..., the key of the group stays */
bool test_reshare(void)
{
	static struct dealing d[N_MAX];
	struct bls_scratch *s = &api_scratch;
	const struct bls_g2 *dealt[N_MAX];
	struct bls_g2 commit[N_MAX], key;
	struct bls_fr share[N_MAX + 1], next[N_MAX + 1], sub[N_MAX];
	unsigned int dealer[N_MAX], t = 2, n = 3, t2, n2, round, i, j;

	ASK(deal(&d[0], t, n, NULL));
	memcpy(commit, d[0].commit, sizeof(commit));
	memcpy(share, d[0].share, sizeof(share));
	key = commit[0];
	for (round = 0; round < 6; round++) {
		n2 = 1 + test_below(8);
		t2 = 1 + test_below(n2);
		for (i = 0; i < t; i++) {	/* the last t deal */
			dealer[i] = n - i;
			ASK(deal(&d[i], t2, n2, &share[n - i]));
			ASK(!bls_reshare_check_vartime(&d[i].commit[0],
						       dealer[i], commit, t,
						       s));
			ASK(t == 1 ||
			    bls_reshare_check_vartime(&d[i].commit[0],
						      dealer[i] == 1 ? 2 : 1,
						      commit, t, s) ||
			    dealer[i] == 1);
			for (j = 1; j <= n2; j++)
				ASK(!bls_feldman_check(&d[i].share[j], j,
						       d[i].commit, t2, s));
			dealt[i] = d[i].commit;
		}
		for (j = 1; j <= n2; j++) {
			for (i = 0; i < t; i++)
				sub[i] = d[i].share[j];
			ASK(!bls_reshare_share(&next[j], dealer, sub, t, n, s));
		}
		ASK(!bls_reshare_commit_vartime(commit, dealer, dealt, t, n, t2,
						s));
		memcpy(share, next, sizeof(share));
		t = t2;
		n = n2;
		ASK(bls_pk_equal(&key, &commit[0]));
		ASK(group_works(commit, share, t, n));
	}
	dealer[0] = 0;
	ASK(bls_reshare_share(&next[1], dealer, sub, 1, 3, s) == BLS_EINDEX);
	dealer[0] = 2;
	dealer[1] = 2;
	ASK(bls_reshare_share(&next[1], dealer, sub, 2, 3, s) ==
	    BLS_EDUPLICATE);
	ASK(bls_reshare_commit_vartime(commit, dealer, dealt, 2, 3, 1, s) ==
	    BLS_EDUPLICATE);
	ASK(bls_reshare_commit_vartime(commit, dealer, dealt, 1, 3, 0, s) ==
	    BLS_ECOUNT);
	bls_wipe(share, sizeof(share));
	for (i = 0; i < sizeof(share); i++)
		ASK(!((uint8_t *)share)[i]);
	return true;
}

bool test_pedersen(void)
{
	enum { T = 3, N = 4 };
	static struct dealing a, b;
	struct bls_scratch *s = &api_scratch;
	struct bls_g1 commit[T];
	unsigned int i;

	ASK(deal(&a, T, N, NULL));
	ASK(deal(&b, T, N, NULL));
	ASK(!bls_pedersen_commit(commit, a.coef, b.coef, T, s));
	for (i = 1; i <= N; i++) {
		ASK(!bls_pedersen_check(&a.share[i], &b.share[i], i, commit, T,
					s));
		ASK(bls_pedersen_check(&b.share[i], &a.share[i], i, commit, T,
				       s) == BLS_EMISMATCH);
		ASK(bls_pedersen_check(&a.share[i], &b.share[i], i % N + 1,
				       commit, T, s) == BLS_EMISMATCH);
	}
	ASK(bls_pedersen_check(&a.share[1], &b.share[1], 0, commit, T, s) ==
	    BLS_EINDEX);
	ASK(bls_pedersen_commit(commit, a.coef, b.coef, 0, s) == BLS_ECOUNT);
	return true;
}
