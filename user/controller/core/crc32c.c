// SPDX-License-Identifier: GPL-2.0
/*
 * CRC-32C (RFC 3720 appendix B.4), eight bytes at a time: the remainder of each
 * of the eight is in a table of its own, and their sum is that of all.
 */
#include "crc32c_table.h"
#include "journal.h"

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	crc = ~crc;
	for (; len >= 8; len -= 8, in += 8) {
		uint32_t low = crc ^ ((uint32_t)in[0] | (uint32_t)in[1] << 8 |
				      (uint32_t)in[2] << 16 |
				      (uint32_t)in[3] << 24);

		crc = crc32c_table[7][low & 0xff] ^
		      crc32c_table[6][low >> 8 & 0xff] ^
		      crc32c_table[5][low >> 16 & 0xff] ^
		      crc32c_table[4][low >> 24] ^
		      crc32c_table[3][in[4]] ^ crc32c_table[2][in[5]] ^
		      crc32c_table[1][in[6]] ^ crc32c_table[0][in[7]];
	}
	for (; len; len--, in++)
		crc = crc >> 8 ^ crc32c_table[0][(crc ^ *in) & 0xff];
	return ~crc;
}
