/* SPDX-License-Identifier: GPL-2.0 */
/* What test programs share: counting, and reproducible random bytes. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

/* splitmix64: the same bytes in every run */
static inline uint64_t test_random64(void)
{
	static uint64_t state = 1;
	uint64_t z;

	state += 0x9e3779b97f4a7c15;
	z = state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint32_t test_below(uint32_t n)
{
	return (uint32_t)(test_random64() % n);
}

static inline void test_random(void *out, size_t len)
{
	uint8_t *p = out;

	while (len--)
		*p++ = (uint8_t)test_random64();
}

/* Any bytes at an end of memory: what reads behind them is caught. */
static inline uint8_t *test_copy(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

#endif
