// SPDX-License-Identifier: GPL-2.0
/* Sealed updates and bodies: what is accepted has one encoding, its own. */
#include "update.h"
#include "../fuzz.h"

static uint8_t out[UPDATE_SEALED_MAX];

static void body(const uint8_t *data, size_t size)
{
	static struct update_dep dep[UPDATE_DEPS_MAX];
	struct update_body body;
	unsigned int i;
	size_t used;

	if (update_body_decode(&body, data, size))
		return;
	FUZZ_DEMAND(body.dep_nr <= UPDATE_DEPS_MAX);
	for (i = 0; i < body.dep_nr; i++)
		dep[i] = update_body_dep(&body, i);
	FUZZ_DEMAND(!update_body_encode(out, sizeof(out), &used, &body, dep));
	FUZZ_DEMAND(used == size && !memcmp(out, data, size));
}

static void sealed(const uint8_t *data, size_t size)
{
	static struct update_sig sig[UPDATE_SIGS_MAX];
	struct update_sealed sealed;
	unsigned int nr = 0;
	size_t used, at = 0;

	if (update_sealed_decode(&sealed, data, size))
		return;
	FUZZ_DEMAND(sealed.sig_nr <= UPDATE_SIGS_MAX);
	while (nr < sealed.sig_nr && update_sealed_sig(&sealed, &at, &sig[nr]))
		nr++;
	FUZZ_DEMAND(nr == sealed.sig_nr);
	FUZZ_DEMAND(!update_sealed_sig(&sealed, &at, &sig[0]));
	FUZZ_DEMAND(!update_sealed_encode(out, sizeof(out), &used, &sealed,
					  sig));
	FUZZ_DEMAND(used == size && !memcmp(out, data, size));
	body(sealed.body, sealed.body_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sealed(data, size);
	body(data, size);
	return 0;
}
