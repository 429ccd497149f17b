// SPDX-License-Identifier: GPL-2.0
/*
 * A signature from the wire, 48 bytes and then a message, under a fixed key:
 * only the signature itself is accepted, by plain and by prepared
 * verification alike, and on both engines.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_group *g = fuzz_group();
	struct fuzz_input in = { data, size };
	uint8_t sig[BLS_SIG_LEN], good[BLS_SIG_LEN];
	enum bls_err first = BLS_OK, err;
	unsigned int i;

	fuzz_take(&in, sig, sizeof(sig));
	fuzz_sign(good, 0, in.p, in.left);
	if (sig[0] == 0xff)	/* good but for the bits that the rest names */
		for (i = 0; i < sizeof(sig); i++)
			sig[i] = good[i] ^ (i ? sig[i] : 0);
	for (i = 0; i < FUZZ_ENGINES; i++) {
		err = bls_verify_vartime(&g->commit[0], BLS_SUITE_NUL, in.p,
					 in.left, sig, sizeof(sig),
					 &fuzz_scratch[i]);
		FUZZ_DEMAND(!i || err == first);
		first = err;
		err = bls_verify_prepared_vartime(&g->prepared, BLS_SUITE_NUL,
						  in.p, in.left, sig,
						  sizeof(sig),
						  &fuzz_scratch[i]);
		FUZZ_DEMAND(err == first);
	}
	FUZZ_DEMAND(!first == !memcmp(sig, good, sizeof(sig)));
	return 0;
}
