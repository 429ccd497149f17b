/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: bytes to take from, a scratch for each engine, and
 * a key with its shares.  A broken promise ends the program, which is how
 * libFuzzer wants to hear of it.
 */
#ifndef BLS_FUZZ_H
#define BLS_FUZZ_H

#include "../fuzz.h"

#include "bls.h"

enum { FUZZ_ENGINES = 2, FUZZ_T = 3, FUZZ_N = 4 };

static struct bls_scratch fuzz_scratch[FUZZ_ENGINES];

/* Where the machine has one engine only, that one twice. */
static inline void fuzz_engines(void)
{
	if (fuzz_scratch[0].engine)
		return;
	FUZZ_DEMAND(!bls_scratch_init_engine(&fuzz_scratch[0],
					     BLS_ENGINE_PORTABLE));
	bls_scratch_init(&fuzz_scratch[1]);
}

struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

/* The next bytes; zeros where the input has ended */
static inline void fuzz_take(struct fuzz_input *in, void *out, size_t len)
{
	size_t n = len < in->left ? len : in->left;

	memset(out, 0, len);
	if (n)
		memcpy(out, in->p, n);
	in->p += n;
	in->left -= n;
}

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	uint8_t b;

	fuzz_take(in, &b, 1);
	return b;
}

/* A group of FUZZ_T of FUZZ_N that is the same in every run */
struct fuzz_group {
	struct bls_fr coef[FUZZ_T], share[FUZZ_N];
	struct bls_g2 commit[FUZZ_T];
	struct bls_prepared prepared;
	struct bls_group group;
};

static inline const struct fuzz_group *fuzz_group(void)
{
	static struct fuzz_group g;
	uint8_t random[FUZZ_T * BLS_SAMPLE_LEN];
	unsigned int i;

	fuzz_engines();
	if (g.group.t)
		return &g;
	memset(random, 7, sizeof(random));
	FUZZ_DEMAND(!bls_poly_sample(g.coef, FUZZ_T, NULL, random,
				     sizeof(random)));
	FUZZ_DEMAND(!bls_feldman_commit(g.commit, g.coef, FUZZ_T,
					&fuzz_scratch[0]));
	for (i = 0; i < FUZZ_N; i++)
		FUZZ_DEMAND(!bls_poly_eval(&g.share[i], g.coef, FUZZ_T, i + 1));
	bls_pk_prepare(&g.prepared, &g.commit[0], &fuzz_scratch[0]);
	g.group = (struct bls_group){ &g.prepared, g.commit, FUZZ_T, FUZZ_N,
				      BLS_SUITE_NUL };
	return &g;
}

/* The encoded signature of a share, or with who = 0 of the group */
static inline void fuzz_sign(uint8_t sig[BLS_SIG_LEN], unsigned int who,
			     const uint8_t *msg, size_t msg_len)
{
	const struct fuzz_group *g = fuzz_group();
	struct bls_g1 point;

	FUZZ_DEMAND(!bls_sign(&point, who ? &g->share[who - 1] : &g->coef[0],
			      BLS_SUITE_NUL, msg, msg_len, &fuzz_scratch[1]));
	bls_sig_encode(sig, &point, &fuzz_scratch[1]);
}

#endif
