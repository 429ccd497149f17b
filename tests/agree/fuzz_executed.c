// SPDX-License-Identifier: GPL-2.0
/* Saved states of executed ids: what is loaded has one form, its own. */
#include "executed.h"
#include "../fuzz.h"
#include "sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[1 << 16];
	static _Alignas(64) uint8_t mem[1 << 16];
	struct agree_config config;
	struct executed *x;
	struct request_id id = { .client = 3 };
	size_t used;

	sample_config(&config);
	if (size && *data & 1)
		config.window = 192;
	FUZZ_DEMAND(executed_size(&config) <= sizeof(mem));
	x = executed_init(mem, &config);
	if (!size)
		return 0;
	used = executed_load(x, data + 1, size - 1);
	FUZZ_DEMAND(used <= size - 1);
	if (!used)
		return 0;
	FUZZ_DEMAND(executed_save(x, again, sizeof(again)) == used);
	FUZZ_DEMAND(!memcmp(again, data + 1, used));
	/* It goes on from there. */
	id.epoch = UINT64_MAX;
	for (id.counter = 1; id.counter < 2 * config.window; id.counter++)
		if (executed_look(x, &id) == EXECUTED_NEW)
			executed_add(x, &id);
	FUZZ_DEMAND(executed_save(x, again, sizeof(again)));
	return 0;
}
