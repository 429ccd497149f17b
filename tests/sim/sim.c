// SPDX-License-Identifier: GPL-2.0
/*
 * sim [-q] [-r] [-c] [-1] [-v] SEED [COUNT]: worlds of these seeds, one line for each; the last line
 * is N passed, N failed.  -q: only failures and totals.  -r: each twice, with equal traces.
 * The environment's SIM_COMMIT is said with failures.
 * -c: whole controllers with switches, instead of agreement alone.  -v: every event.
 * -1: with one member alone, whatever the seed says (centralized).
 */
#include "domain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool quiet, twice, whole, alone, loud;

static void say(const struct world *w)
{
	const struct totals *t = &w->totals;

	printf("seed %" PRIu64 ": %s, n %u, %u lie: %" PRIu64 " events, %"
	       PRIu64 " heights, %" PRIu64 " executed, %" PRIu64
	       " crashes, %" PRIu64 " faults, settled after %" PRIu64
	       " ms, trace %016" PRIx64 "\n",
	       w->seed, w->failed ? "FAIL" : "ok", w->n, w->swarm.liars,
	       t->events, w->history.top, (uint64_t)w->history.nr, t->crashes,
	       t->faults, t->heal_us / MS, w->trace_sum);
}

static struct world *make(uint64_t seed)
{
	const struct core_kind *kind = whole ? &core_ctl : &core_agree;
	struct swarm swarm;
	struct prng prng;

	if (!alone)
		return world_new(seed, NULL, kind);
	prng_seed(&prng, seed);
	swarm_seed(&swarm, &prng, whole ? (unsigned int)
		   prng_range(&prng, 2, 6) : 0);
	swarm.mode = AGREE_CENTRALIZED;
	swarm.n = 1;
	swarm.liars = 0;
	return world_new(seed, &swarm, kind);
}

static bool run(uint64_t seed, struct totals *sum)
{
	struct world *w = make(seed), *again;
	const char *commit = getenv("SIM_COMMIT");
	bool good;

	w->loud = loud;
	good = world_run(w);

	if (twice) {
		again = make(seed);
		world_run(again);
		if (again->trace_sum != w->trace_sum)
			violated(w, "two runs of one seed differ");
		good = !w->failed;
		world_free(again);
	}
	if (!good || !quiet)
		say(w);
	if (!good) {
		printf("FAIL seed %" PRIu64 " at commit %s: %s\n", seed,
		       commit ? commit : "unknown", w->why);
		world_print(w);
	}
	sum->events += w->totals.events;
	sum->steps += w->totals.steps;
	sum->messages += w->totals.messages;
	sum->decided += w->history.top;
	sum->executed += w->history.nr;
	sum->crashes += w->totals.crashes;
	sum->faults += w->totals.faults;
	sum->recoveries += w->totals.recoveries;
	sum->snapshots += w->totals.snapshots;
	sum->lies += w->totals.lies;
	sum->applied += w->totals.applied;
	if (w->totals.heal_us > sum->heal_us)
		sum->heal_us = w->totals.heal_us;
	world_free(w);
	fflush(stdout);
	return good;
}

int main(int argc, char **argv)
{
	struct totals sum = { 0 };
	uint64_t seed, count, i, passed = 0, failed = 0;
	struct timespec from, to;
	double s;

	for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
		quiet |= !strcmp(argv[1], "-q");
		twice |= !strcmp(argv[1], "-r");
		whole |= !strcmp(argv[1], "-c");
		alone |= !strcmp(argv[1], "-1");
		loud |= !strcmp(argv[1], "-v");
	}
	if (argc < 2) {
		fprintf(stderr, "usage: sim [-q] [-r] [-c] [-1] [-v] SEED [COUNT]\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < count; i++)
		if (run(seed + i, &sum))
			passed++;
		else
			failed++;
	clock_gettime(CLOCK_MONOTONIC, &to);
	s = (double)(to.tv_sec - from.tv_sec) +
	    (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	printf("%" PRIu64 " events (%.0f a second), %" PRIu64 " heights, %"
	       PRIu64 " executed, %" PRIu64 " crashes, %" PRIu64 " faults, %"
	       PRIu64 " lost disks, %" PRIu64 " snapshots, %" PRIu64
	       " lies, %" PRIu64
	       " updates applied; settled within %" PRIu64 " ms\n",
	       sum.events, (double)sum.events / s, sum.decided, sum.executed,
	       sum.crashes, sum.faults, sum.recoveries, sum.snapshots,
	       sum.lies, sum.applied, sum.heal_us / MS);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed || !passed;
}
