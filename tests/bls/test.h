/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every test program here shares: counting, reproducible random bytes,
 * hexadecimal.
 */
#ifndef BLS_TEST_H
#define BLS_TEST_H

#include <string.h>

#include "../count.h"
#include "bls.h"

/* splitmix64, a byte of each number: the same bytes in every run */
static inline void test_random(void *out, size_t len)
{
	static uint64_t state = 1;
	uint8_t *p = out;
	uint64_t z;

	while (len--) {
		state += 0x9e3779b97f4a7c15;
		z = state;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		*p++ = (uint8_t)(z >> 24);
	}
}

static inline unsigned int test_below(unsigned int n)
{
	uint32_t v;

	test_random(&v, sizeof(v));
	return v % n;
}

static inline size_t test_hex(uint8_t *out, const char *hex)
{
	size_t n = 0;
	unsigned int v;

	while (hex[0] && hex[1] && sscanf(hex, "%2x", &v) == 1) {
		out[n++] = (uint8_t)v;
		hex += 2;
	}
	return n;
}

static inline bool test_is_hex(const uint8_t *bytes, const char *hex)
{
	uint8_t want[512];

	return !memcmp(bytes, want, test_hex(want, hex));
}

#endif
