/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs share: counting, questions, reproducible numbers. */
#ifndef CTL_TEST_H
#define CTL_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static unsigned int test_passed, test_failed;

/* One line for each named test, which may ask many questions. */
#define TEST(fn)							\
	do {								\
		if (fn()) {						\
			test_passed++;					\
			printf("ok %s\n", #fn);				\
		} else {						\
			test_failed++;					\
			printf("FAIL %s\n", #fn);			\
		}							\
		fflush(stdout);						\
	} while (0)

/* Inside a test function that returns bool: one question. */
#define ASK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: %s\n", __FILE__, __LINE__,	\
			       #cond);					\
			return false;					\
		}							\
	} while (0)

static inline int test_end(void)
{
	printf("%u passed, %u failed\n", test_passed, test_failed);
	return test_failed || !test_passed;
}

/* splitmix64 */
static inline uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#endif
