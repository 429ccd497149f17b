// SPDX-License-Identifier: GPL-2.0
/*
 * Random worlds: messages lost, repeated and reordered, members that crash at
 * any step and return, rare branches taken often.  When the faults stop, all
 * must reach the same state soon.
 */
#include "fixture.h"
#include "test.h"

enum { WORLDS = 120 };

static unsigned int crash_permille, rare_percent;
static bool calm;

static bool survives(struct fixture *f, struct fixture_node *node,
		     bool *synced)
{
	unsigned int i, up = 0;

	if (calm || test_below(1000) >= crash_permille)
		return true;
	for (i = 0; i < f->n; i++)
		up += f->node[i].up;
	if (up < 2)
		return true;
	*synced = test_below(2);
	(void)node;
	return false;
}

static bool rare(struct fixture_node *node, enum agree_buggify what)
{
	(void)node;
	(void)what;
	return !calm && test_below(100) < rare_percent;
}

static void boot_some(struct fixture *f, bool all)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (!f->node[i].up && (all || !test_below(4)))
			fixture_boot(f, i);
}

static bool world(enum agree_mode mode, unsigned int n)
{
	struct agree_config c = fixture_config(mode, n);
	struct fixture *f;
	unsigned int i, k;

	c.inline_max = test_below(2) ? 128 : 0;
	c.rotate_blocks = 1 + test_below(40);
	c.checkpoint_blocks = 5 + test_below(50);
	c.history = 16u << test_below(3);
	c.linger_ms = test_below(5);
	c.segment_max = 4096u << test_below(6);
	c.pool_per_client = 400;
	c.clock_skew_ms = test_below(20);
	f = fixture_new(&c);
	calm = false;
	crash_permille = test_below(3) ? test_below(20) : 0;
	rare_percent = test_below(2) ? test_below(5) : 0;
	f->loss_percent = test_below(2) ? test_below(30) : 0;
	f->twice_percent = test_below(10);
	f->jitter_ms = test_below(2) ? test_below(20) : 0;
	f->survives = survives;
	f->buggify = rare;
	for (i = 0; i < 200; i++) {
		uint8_t bytes[128];
		size_t len = fixture_request(bytes, test_below(4), 1, i / 2 + 1);

		/* to one, or to all */
		k = test_below(n + 1);
		if (k < n && f->node[k].up)
			fixture_submit(f, k, bytes, len);
		else
			fixture_submit_all(f);
		fixture_run(f, test_below(30));
		boot_some(f, false);
	}
	calm = true;
	f->loss_percent = 0;
	f->jitter_ms = 0;
	boot_some(f, true);
	/* What was lost with the memory of all that had it, its client sends again. */
	for (i = 0; i < 20; i++)
		fixture_submit_all(f);
	for (i = 0; i < 160 && !(f->order_nr && fixture_equal(f) &&
				f->node[0].executed == f->order_nr &&
				!fixture_stats(f, 0).pool); i++)
		fixture_run(f, 500);
	if (i == 160) {
		for (k = 0; k < n; k++) {
			struct agree_stats s = fixture_stats(f, k);

			printf("# %u: height %llu decided %llu executed %llu checkpoint %llu pool %u timeout %u recovering %d repairing %d leader %u dummies %llu timeouts %llu\n",
			       k, (unsigned long long)s.height,
			       (unsigned long long)s.decided,
			       (unsigned long long)f->node[k].executed,
			       (unsigned long long)s.checkpoint, s.pool,
			       s.timeout_ms, s.recovering, s.repairing,
			       s.leader, (unsigned long long)s.dummies,
			       (unsigned long long)s.timeouts);
		}
		printf("# loss %u twice %u crash %u rare %u\n", f->loss_percent, f->twice_percent, crash_permille, rare_percent);
	}
	ASK(i < 160);
	for (k = 0; k < n; k++)
		ASK(!fixture_stats(f, k).equivocations &&
		    !fixture_stats(f, k).recovering);
	fixture_free(f);
	return true;
}

static bool worlds(enum agree_mode mode, unsigned int n, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!world(mode, n)) {
			printf("# world %u\n", i);
			return false;
		}
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	TEST("byzantine, 4", worlds(AGREE_BYZANTINE, 4, WORLDS));
	TEST("byzantine, 7", worlds(AGREE_BYZANTINE, 7, WORLDS / 4));
	TEST("crash, 3", worlds(AGREE_CRASH, 3, WORLDS / 2));
	TEST("crash, 5", worlds(AGREE_CRASH, 5, WORLDS / 4));
	TEST("centralized", worlds(AGREE_CENTRALIZED, 1, WORLDS / 4));
	return test_end();
}
