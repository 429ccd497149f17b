// SPDX-License-Identifier: GPL-2.0
/*
 * Messages: what is accepted has one encoding, its own.  The first byte chooses
 * the mode.
 */
#include "../fuzz.h"
#include "sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SAMPLE_MAX];
	static struct agree_packet p, body;
	struct agree_config config;
	size_t len;

	if (!size)
		return 0;
	sample_mode(&config, AGREE_BYZANTINE + *data % 3);
	data++;
	size--;
	if (message_decode(&p, &config, data, size))
		return 0;
	FUZZ_DEMAND(size <= message_max(&config));
	len = sample_encode(again, sizeof(again), &config, &p);
	FUZZ_DEMAND(len == size && !memcmp(again, data, size));
	FUZZ_DEMAND(!message_decode_body(&body, &config, p.type,
					 data + AGREE_HEADER_LEN,
					 size - AGREE_HEADER_LEN));
	FUZZ_DEMAND(!memcmp(&p, &body, sizeof(p)));
	return 0;
}
