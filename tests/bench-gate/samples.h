/* SPDX-License-Identifier: GPL-2.0 */
/* What was measured, and the line that says so. */
#ifndef BENCH_GATE_SAMPLES_H
#define BENCH_GATE_SAMPLES_H

#include <stdint.h>

enum { SAMPLES_MAX = 1 << 15 };

struct samples {
	int nr;
	uint64_t took[SAMPLES_MAX];
};

void samples_add(struct samples *s, uint64_t took);

/* Prints `LABEL MEDIAN P10 P90 MEAN NR`. */
void samples_print(const char *label, struct samples *s);

#endif
