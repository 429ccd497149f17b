// SPDX-License-Identifier: GPL-2.0
/* Key sets: what is accepted has one encoding, its own. */
#include "update.h"
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[UPDATE_BODY_MAX + 1];
	static struct keyset_key key[UPDATE_SIGNERS_MAX];
	struct keyset set;
	unsigned int nr = 0;
	size_t used, at = 0;

	if (keyset_decode(&set, data, size))
		return 0;
	FUZZ_DEMAND(set.key_nr <= UPDATE_SIGNERS_MAX);
	FUZZ_DEMAND(set.quorum && set.quorum <= set.n);
	while (nr < set.key_nr && keyset_key(&set, &at, &key[nr]))
		nr++;
	FUZZ_DEMAND(nr == set.key_nr);
	FUZZ_DEMAND(!keyset_encode(out, sizeof(out), &used, &set, key));
	FUZZ_DEMAND(used == size && !memcmp(out, data, size));
	return 0;
}
