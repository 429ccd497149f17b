// SPDX-License-Identifier: GPL-2.0
/*
 * Shares from hostile parties: with t honest ones among them the signature
 * comes out, whatever the others send and claim to be; with fewer it never
 * does.  A byte says what each of up to 8 shares is: an honest one, a bit of
 * it flipped, another party's, bytes of the input.
 */
#include "fuzz.h"

enum { SHARES = 8 };

/* Returns who has an honest share here, 0 for nobody. */
static unsigned int fill(struct bls_share *share, struct fuzz_input *in,
			 const uint8_t msg[4])
{
	uint8_t how = fuzz_byte(in);
	unsigned int who = 1 + how % FUZZ_N;
	uint8_t bit;

	share->index = who;
	fuzz_sign(share->sig, who, msg, 4);
	switch (how / FUZZ_N % 6) {
	case 1:
		bit = fuzz_byte(in);
		share->sig[bit / 8] ^= 1u << bit % 8;
		return 0;
	case 2:
		share->index = fuzz_byte(in);
		return share->index == who ? who : 0;
	case 3:
		fuzz_take(in, share->sig, BLS_SIG_LEN);
		return 0;
	case 4:
		share->sig[0] ^= 0x20;
		return 0;
	default:
		return who;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_group *g = fuzz_group();
	struct fuzz_input in = { data, size };
	struct bls_share share[FUZZ_ENGINES][SHARES];
	uint8_t msg[4], good[BLS_SIG_LEN], out[BLS_SIG_LEN];
	bool seen[FUZZ_N + 1] = { false };
	unsigned int i, who, m, honest = 0;
	enum bls_err err[FUZZ_ENGINES];
	struct bls_g1 sig;

	fuzz_take(&in, msg, sizeof(msg));
	m = fuzz_byte(&in) % (SHARES + 1);
	memset(share, 0, sizeof(share));
	for (i = 0; i < m; i++) {
		who = fill(&share[0][i], &in, msg);
		/* The first decodable share of an index is the one that counts,
		 * so only where nobody else was before is it honest for sure.
		 */
		if (who && !seen[who])
			honest++;
		if (share[0][i].index <= FUZZ_N)
			seen[share[0][i].index] = true;
	}
	memcpy(share[1], share[0], sizeof(share[0]));
	fuzz_sign(good, 0, msg, sizeof(msg));
	for (i = 0; i < FUZZ_ENGINES; i++) {
		err[i] = bls_combine_verify_vartime(&sig, &g->group, msg,
						    sizeof(msg), share[i], m,
						    &fuzz_scratch[i]);
		if (err[i])
			continue;
		bls_sig_encode(out, &sig, &fuzz_scratch[i]);
		FUZZ_DEMAND(!memcmp(out, good, sizeof(good)));
	}
	FUZZ_DEMAND(err[0] == err[1]);
	FUZZ_DEMAND(!err[0] || err[0] == BLS_ECOUNT);
	FUZZ_DEMAND(!err[0] || honest < FUZZ_T);
	for (i = 0; i < m; i++)
		FUZZ_DEMAND(share[0][i].verdict == share[1][i].verdict);
	return 0;
}
