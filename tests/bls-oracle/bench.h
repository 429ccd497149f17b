/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a call takes: the median over rounds, printed as `name us`.
 *
 * Processor time of the process, not the clock on the wall, so that what else
 * runs on the machine is not counted; the median, because the rest of it (the
 * caches, the other half of the core) only ever makes a round slower.
 */
#ifndef ASHLAR_TESTS_BENCH_H
#define ASHLAR_TESTS_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	BENCH_ROUNDS = 31,
	BENCH_ROUND_NS_MIN = 10 * 1000 * 1000,
};

static inline double bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Times f(arg), which must return 1 for success, and prints the microseconds
 * of one of the `items` things that a call does.  A call that fails ends the
 * program: the time of an error is no result.
 */
static inline void bench(const char *name, int (*f)(void *arg), void *arg,
			 int items)
{
	double ns[BENCH_ROUNDS];
	int calls = 0, round, i;
	double start;

	start = bench_now_ns();
	do {
		if (f(arg) != 1) {
			fprintf(stderr, "%s: the call failed\n", name);
			exit(1);
		}
		calls++;
	} while (bench_now_ns() - start < BENCH_ROUND_NS_MIN);

	for (round = 0; round < BENCH_ROUNDS; round++) {
		start = bench_now_ns();
		for (i = 0; i < calls; i++)
			if (f(arg) != 1)
				exit(1);
		ns[round] = (bench_now_ns() - start) / calls;
	}
	qsort(ns, BENCH_ROUNDS, sizeof(ns[0]), bench_compare);
	printf("%s %.2f\n", name, ns[BENCH_ROUNDS / 2] / 1e3 / items);
	fflush(stdout);
}

#endif
