// SPDX-License-Identifier: GPL-2.0
/* Shares: combined, and a wrong one found. */
#include "world.h"

#include <signal.h>
#include <sys/wait.h>

enum { SEALED_MAX = 8192 };

static bool all_linked(struct world *w, const void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < CONTROLLERS; i++)
		if (!w->far[i].linked)
			return false;
	return vswitchd_is_up(w->vswitchd) || vswitchd_dial(w->vswitchd);
}

static bool all_acked(struct world *w, const void *arg)
{
	const uint64_t *sequence = arg;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++)
		if (w->far[i].acked[CTL_APPLIED] != *sequence)
			return false;
	return true;
}

static void offer(struct world *w, uint64_t sequence, uint16_t priority,
		  unsigned int who, bool spoil)
{
	uint8_t payload[256], sealed[SEALED_MAX];
	struct draft draft = { .sequence = sequence, .payload = payload };

	draft.len = flow_add(payload, priority, 1, 2);
	draft.after_last = sequence > 1;
	far_update(&w->far[who], sealed,
		   seal(sealed, sizeof(sealed), &w->far[who], &draft, spoil));
}

static bool test_up(struct world *w)
{
	ASK(agent_spawn(w, false));
	ASK(until(w, all_linked, NULL));
	return until_logged(w, "numbers go on at 1");
}

static bool test_combined(struct world *w)
{
	const uint64_t first = 1;

	offer(w, 1, 100, 3, false);
	offer(w, 1, 100, 1, false);
	ASK(until(w, all_acked, &first));
	return vswitchd_has(w->vswitchd, 100);
}

/* The liar comes first, so that the first combination has its share. */
static bool test_liar(struct world *w)
{
	const uint64_t second = 2;

	offer(w, 2, 200, 2, true);
	ASK(far_heard(&w->far[2]));
	offer(w, 2, 200, 0, false);
	offer(w, 2, 200, 3, false);
	ASK(until(w, all_acked, &second));
	ASK(vswitchd_has(w->vswitchd, 200));
	ASK(agent_signal(w, SIGUSR1));
	ASK(until_logged(w, "controller name=c4"));
	ASK(logged(w, "controller name=c3 up=1 wrong_signatures=1"));
	ASK(logged(w, "controller name=c1 up=1 wrong_signatures=0"));
	return logged(w, "controller name=c4 up=1 wrong_signatures=0");
}

/* Without its child, which it cannot have again, a new life is better. */
static bool test_childless(struct world *w)
{
	ASK(!kill(agent_child(w), SIGKILL));
	ASK(agent_wait(w));
	ASK(logged(w, "the process that talks to ovs-vswitchd is gone"));
	ASK(!logged(w, "Sanitizer") && !logged(w, "runtime error"));
	return WIFEXITED(w->status) && WEXITSTATUS(w->status) == 1;
}

void cases_threshold(const char *program)
{
	struct world w;

	agent_program = program;
	if (!world_create(&w, true)) {
		TEST("a threshold domain can be made", false);
		world_free(&w);
		return;
	}
	TEST("threshold: the agent comes up", test_up(&w));
	TEST("threshold: two shares make the signature", test_combined(&w));
	TEST("threshold: a wrong share is found, and whose it is", test_liar(&w));
	TEST("threshold: an agent whose child was killed ends, in words",
	     test_childless(&w));
	world_free(&w);
}
