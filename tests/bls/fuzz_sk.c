// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a secret key: what decodes encodes to the same bytes, and has
 * the same public key and the same signature on both engines.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bls_fr sk;
	struct bls_g2 pk[FUZZ_ENGINES];
	struct bls_g1 sig[FUZZ_ENGINES];
	uint8_t out[BLS_SK_LEN];
	enum bls_err err;
	unsigned int i;

	fuzz_engines();
	err = bls_sk_decode(&sk, data, size);
	FUZZ_DEMAND((err == BLS_ELENGTH) == (size != BLS_SK_LEN));
	if (err)
		return 0;
	bls_sk_encode(out, &sk);
	FUZZ_DEMAND(!memcmp(out, data, BLS_SK_LEN));
	for (i = 0; i < FUZZ_ENGINES; i++) {
		FUZZ_DEMAND(!bls_sk_to_pk(&pk[i], &sk, &fuzz_scratch[i]));
		FUZZ_DEMAND(!bls_sign(&sig[i], &sk, BLS_SUITE_NUL, data, size,
				      &fuzz_scratch[i]));
	}
	FUZZ_DEMAND(bls_pk_equal(&pk[0], &pk[1]));
	FUZZ_DEMAND(!memcmp(&sig[0], &sig[1], sizeof(sig[0])));
	return 0;
}
