// SPDX-License-Identifier: GPL-2.0
/*
 * Batches of up to 4 items, each the signature or something else: a batch is
 * accepted if and only if each item verifies by itself, on both engines.
 */
#include "fuzz.h"

enum { ITEMS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_group *g = fuzz_group();
	static struct bls_batch batch;
	struct fuzz_input in = { data, size };
	uint8_t msg[ITEMS][2], sig[ITEMS][BLS_SIG_LEN];
	uint8_t random[ITEMS][BLS_RANDOM_LEN];
	struct bls_item item[ITEMS];
	enum bls_err err[FUZZ_ENGINES], one;
	size_t bad[FUZZ_ENGINES], first_bad = ITEMS;
	unsigned int i, n, how;
	bool all = true;

	n = 1 + fuzz_byte(&in) % ITEMS;
	for (i = 0; i < n; i++) {
		fuzz_take(&in, msg[i], sizeof(msg[i]));
		fuzz_sign(sig[i], 0, msg[i], sizeof(msg[i]));
		how = fuzz_byte(&in);
		if (how % 4 == 1)
			sig[i][how / 4 % BLS_SIG_LEN] ^= fuzz_byte(&in);
		else if (how % 4 == 2)
			fuzz_take(&in, sig[i], sizeof(sig[i]));
		else if (how % 4 == 3 && i)	/* opposite errors */
			memcpy(sig[i], sig[i - 1], sizeof(sig[i]));
		/* The weights are not the attacker's to choose. */
		memset(random[i], (int)(0x35 + 31 * i), sizeof(random[i]));
		random[i][i] = 9;
		item[i] = (struct bls_item){ msg[i], sizeof(msg[i]), sig[i] };
		one = bls_verify_prepared_vartime(&g->prepared, BLS_SUITE_NUL,
						  msg[i], sizeof(msg[i]),
						  sig[i], sizeof(sig[i]),
						  &fuzz_scratch[1]);
		all = all && !one;
		if (one && one != BLS_EMISMATCH && first_bad == ITEMS)
			first_bad = i;
	}
	for (i = 0; i < FUZZ_ENGINES; i++)
		err[i] = bls_batch_verify_vartime(&g->prepared, BLS_SUITE_NUL,
						  item, n, random[0], &bad[i],
						  &fuzz_scratch[i], &batch);
	FUZZ_DEMAND(err[0] == err[1] && bad[0] == bad[1]);
	FUZZ_DEMAND(!err[0] == all);
	FUZZ_DEMAND(first_bad == ITEMS || bad[0] == first_bad);
	FUZZ_DEMAND(first_bad != ITEMS || !err[0] || err[0] == BLS_EMISMATCH);
	return 0;
}
