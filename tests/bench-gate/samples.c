// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "nl.h"
#include "samples.h"

void samples_add(struct samples *s, uint64_t took)
{
	if (s->nr == SAMPLES_MAX) {
		errno = ENOSPC;
		die("samples");
	}
	s->took[s->nr++] = took;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void samples_print(const char *label, struct samples *s)
{
	uint64_t sum = 0;
	int i;

	qsort(s->took, s->nr, sizeof(*s->took), by_size);
	for (i = 0; i < s->nr; i++)
		sum += s->took[i];
	printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", label,
	       s->took[s->nr / 2], s->took[s->nr / 10], s->took[s->nr * 9 / 10],
	       sum / s->nr, s->nr);
}
