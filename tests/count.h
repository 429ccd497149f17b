/* SPDX-License-Identifier: GPL-2.0 */
/* How test programs count, and say what they found. */
#ifndef TESTS_COUNT_H
#define TESTS_COUNT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Weak: of the files of one program that ask, all count together. */
__attribute__((weak)) unsigned int test_passed, test_failed;

static inline int test_end(void)
{
	printf("%u passed, %u failed\n", test_passed, test_failed);
	return test_failed || !test_passed;
}

/* With TEST_FIRST in the environment, the first failure is the last test. */
static inline void test_count(const char *name, bool good, const char *file,
			      int line)
{
	if (good) {
		test_passed++;
		printf("ok %s\n", name);
	} else {
		test_failed++;
		printf("FAIL %s (%s:%d)\n", name, file, line);
	}
	fflush(stdout);
	if (!good && getenv("TEST_FIRST"))
		exit(test_end());
}

/* One line for each named test, which may ask many questions. */
#define TEST(name, cond) test_count(name, cond, __FILE__, __LINE__)

/* Inside a test function that returns bool: one question. */
#define ASK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: %s\n", __FILE__, __LINE__,	\
			       #cond);					\
			return false;					\
		}							\
	} while (0)

#endif
