/* SPDX-License-Identifier: GPL-2.0 */
/* Memory as agree_init() wants it, besides what all test programs share. */
#ifndef AGREE_TEST_H
#define AGREE_TEST_H

#include "../test.h"

static inline void *test_alloc(size_t len)
{
	void *p = aligned_alloc(64, (len + 63) / 64 * 64 + 64);

	if (!p)
		abort();
	return p;
}

#endif
