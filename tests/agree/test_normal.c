// SPDX-License-Identifier: GPL-2.0
/* The normal case: three hops, all modes, batches, a silent leader. */
#include "fixture.h"
#include "test.h"

/* A request that all have is executed by all three message delays after the leader got it. */
static bool three_hops(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	uint64_t start;

	fixture_run(f, 10);
	start = f->now_ms;
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 50));
	ASK(f->now_ms - start == 3);
	ASK(fixture_equal(f));
	ASK(fixture_stats(f, 0).decided == 1);
	ASK(fixture_stats(f, 0).timeouts == 0);
	/* control: a longer way takes longer */
	f->delay_ms = 2;
	start = f->now_ms;
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 2, 50));
	ASK(f->now_ms - start == 6);
	fixture_free(f);
	return true;
}

static bool many(enum agree_mode mode, unsigned int n, uint32_t inline_max,
		 uint32_t rotate)
{
	struct agree_config c = fixture_config(mode, n);
	struct fixture *f;
	unsigned int i, k;

	c.inline_max = inline_max;
	c.rotate_blocks = rotate;
	f = fixture_new(&c);
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 1 + i % 20; k++)
			fixture_submit_all(f);
		fixture_run(f, 1 + i % 5);
	}
	ASK(fixture_run_until(f, f->counter, 1000));
	ASK(fixture_equal(f));
	for (i = 0; i < n; i++) {
		ASK(fixture_stats(f, i).timeouts == 0);
		ASK(fixture_stats(f, i).equivocations == 0);
		ASK(fixture_stats(f, i).pool == 0);
	}
	if (mode == AGREE_BYZANTINE)
		ASK(f->node[0].verified && f->node[0].signed_nr);
	else
		ASK(!f->node[0].verified && !f->node[0].signed_nr);
	fixture_free(f);
	return true;
}

/* Alone: decided within the step of the request, and nothing to send. */
static bool centralized(void)
{
	struct agree_config c = fixture_config(AGREE_CENTRALIZED, 1);
	struct fixture *f = fixture_new(&c);
	unsigned int i;

	for (i = 1; i <= 10; i++) {
		fixture_submit_all(f);
		ASK(f->node[0].executed == i);
	}
	ASK(f->serial == 0);
	fixture_crash(f, 0);
	fixture_boot(f, 0);
	ASK(f->node[0].executed == 10);
	fixture_submit_all(f);
	ASK(f->node[0].executed == 11);
	fixture_free(f);
	return true;
}

static bool silent_leader(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i;
	uint64_t start;

	fixture_crash(f, 0);
	start = f->now_ms;
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 1000));
	/* one timeout; certificates and the next leader's block after it */
	ASK(f->now_ms - start >= 100 && f->now_ms - start <= 110);
	for (i = 0; i < 200; i++) {
		start = f->now_ms;
		fixture_submit_all(f);
		ASK(fixture_run_until(f, 2 + i, 1000));
		ASK(f->now_ms - start <= 4);
	}
	for (i = 1; i < 4; i++)
		ASK(fixture_stats(f, i).timeouts == 1);
	fixture_free(f);
	return true;
}

int main(void)
{
	TEST("three message delays", three_hops());
	TEST("byzantine, 4", many(AGREE_BYZANTINE, 4, 0, 1000000));
	TEST("byzantine, 4, whole requests", many(AGREE_BYZANTINE, 4, 128, 1000000));
	TEST("byzantine, 4, each block another leader",
	     many(AGREE_BYZANTINE, 4, 0, 1));
	TEST("byzantine, 7", many(AGREE_BYZANTINE, 7, 0, 10));
	TEST("byzantine, 10", many(AGREE_BYZANTINE, 10, 64, 100));
	TEST("crash, 3", many(AGREE_CRASH, 3, 0, 10));
	TEST("crash, 5", many(AGREE_CRASH, 5, 0, 1000000));
	TEST("centralized, many", many(AGREE_CENTRALIZED, 1, 0, 10));
	TEST("centralized: one step", centralized());
	TEST("a silent leader costs one timeout, once", silent_leader());
	return test_end();
}
