// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a signature: what decodes encodes to the same bytes, and the
 * engines say the same of the rest.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bls_g1 point[FUZZ_ENGINES];
	uint8_t out[BLS_SIG_LEN];
	enum bls_err err[FUZZ_ENGINES];
	unsigned int i;

	fuzz_engines();
	for (i = 0; i < FUZZ_ENGINES; i++) {
		err[i] = bls_sig_decode_vartime(&point[i], data, size,
						&fuzz_scratch[i]);
		FUZZ_DEMAND((err[i] == BLS_ELENGTH) == (size != BLS_SIG_LEN));
		if (err[i])
			continue;
		bls_sig_encode(out, &point[i], &fuzz_scratch[i]);
		FUZZ_DEMAND(!memcmp(out, data, BLS_SIG_LEN));
	}
	FUZZ_DEMAND(err[0] == err[1]);
	FUZZ_DEMAND(err[0] || !memcmp(&point[0], &point[1], sizeof(point[0])));
	return 0;
}
