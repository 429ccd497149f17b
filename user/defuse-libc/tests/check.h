/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests count what they checked; a run that checked nothing has not passed. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

extern unsigned long check_passed, check_failed;

#define CHECK(condition) do {							\
	if (condition) {							\
		__atomic_add_fetch(&check_passed, 1, __ATOMIC_RELAXED);	\
	} else {								\
		__atomic_add_fetch(&check_failed, 1, __ATOMIC_RELAXED);	\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
	}									\
} while (0)

/* A system call's result, shown when it is another. */
#define CHECK_IS(call, want) do {						\
	long got_ = (long)(call), want_ = (long)(want);				\
										\
	CHECK(got_ == want_);							\
	if (got_ != want_)							\
		fprintf(stderr, "\tis %ld, should be %ld\n", got_, want_);	\
} while (0)

#endif /* CHECK_H */
