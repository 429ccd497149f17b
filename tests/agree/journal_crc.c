// SPDX-License-Identifier: GPL-2.0
/* CRC-32C: the vectors of RFC 3720 B.4, the tables bit by bit, pieces. */
#include "crc32c_table.h"
#include "journal.h"
#include "test.h"

/* One bit at a time, by the polynomial 0x1edc6f41 reflected */
static uint32_t slow(uint32_t crc, const uint8_t *in, size_t len)
{
	unsigned int i;

	for (crc = ~crc; len--; in++)
		for (crc ^= *in, i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	return ~crc;
}

static bool vectors(void)
{
	static const uint8_t read10[48] = {
		0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
		0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
	};
	uint8_t in[32];
	unsigned int i;

	memset(in, 0, sizeof(in));
	ASK(crc32c(0, in, sizeof(in)) == 0x8a9136aa);
	memset(in, 0xff, sizeof(in));
	ASK(crc32c(0, in, sizeof(in)) == 0x62a8ab43);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	ASK(crc32c(0, in, sizeof(in)) == 0x46dd794e);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(31 - i);
	ASK(crc32c(0, in, sizeof(in)) == 0x113fdb5c);
	ASK(crc32c(0, read10, sizeof(read10)) == 0xd9963a56);
	ASK(crc32c(0, "123456789", 9) == 0xe3069283);
	ASK(crc32c(0, NULL, 0) == 0);
	return true;
}

static bool table(void)
{
	unsigned int i, k, bit;
	uint32_t crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (k = 0; k < 8; k++) {
			for (bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
			ASK(crc32c_table[k][i] == crc);
		}
	}
	return true;
}

static bool pieces(void)
{
	uint8_t in[100];
	size_t at, len, cut;

	test_random(in, sizeof(in));
	for (at = 0; at < 9; at++)
		for (len = 0; at + len <= sizeof(in); len++) {
			uint32_t want = slow(0, in + at, len);

			ASK(crc32c(0, in + at, len) == want);
			cut = len ? test_below((uint32_t)len + 1) : 0;
			ASK(crc32c(crc32c(0, in + at, cut), in + at + cut,
				   len - cut) == want);
		}
	return true;
}

int main(void)
{
	TEST("vectors of RFC 3720", vectors());
	TEST("tables bit by bit", table());
	TEST("any length, any alignment, in pieces", pieces());
	return test_end();
}
