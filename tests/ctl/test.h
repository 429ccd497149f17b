/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs share: counting, reproducible numbers. */
#ifndef CTL_TEST_H
#define CTL_TEST_H

#include <stdint.h>

#include "../count.h"

/* Here a test is a function, and has its name. */
#undef TEST
#define TEST(fn) test_count(#fn, fn(), __FILE__, __LINE__)

/* splitmix64 */
static inline uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#endif
