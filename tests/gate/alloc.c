// SPDX-License-Identifier: GPL-2.0
/* gate_alloc() and gate_free() for test programs. */
#include "alloc.h"

unsigned long alloc_live;
unsigned long alloc_fail_at;

void *gate_alloc(size_t size)
{
	void *p;

	if (alloc_fail_at && !--alloc_fail_at)
		return NULL;
	p = calloc(1, size);
	if (p)
		alloc_live++;
	return p;
}

void gate_free(void *p)
{
	if (p)
		alloc_live--;
	free(p);
}
