// SPDX-License-Identifier: GPL-2.0
/*
 * Where numbers go on after a start (G5, C10): the verifier knows, or, if its window was
 * lost, as many controllers as one correct one needs to be among say so alike.
 */
#include "agent_state.h"

static void go_on(struct agent *a, uint64_t start)
{
	a->ready = true;
	a->floor = start - 1;
	a->floor_ms = a->now_ms;
	a->top = a->floor;
	a->unsaid = start;
	a->progress = true;
	a->in_step = a->lost;
	agent_say_number(a, 6, "numbers go on at ", start, "");
}

enum agent_err start_begin(struct agent *a, uint64_t epoch, bool fresh)
{
	assert(!a->begun);
	a->begun = true;
	a->lost = fresh;
	a->epoch = epoch;
	a->ready_ms = a->now_ms;
	start_work(a);
	return AGENT_OK;
}

/* What f + 1 of them say alike; 0: they do not yet */
static uint64_t agreed(const struct agent *a)
{
	unsigned int i, k, same;

	for (i = 0; i < a->config.n; i++) {
		for (k = 0, same = 0; k < a->config.n; k++)
			same += a->peer[k].start == a->peer[i].start;
		if (a->peer[i].start && same >= a->config.quorum)
			return a->peer[i].start;
	}
	return 0;
}

void start_take(struct agent *a, unsigned int from, uint64_t start)
{
	if (!start || !a->lost || a->ready)
		return;
	a->peer[from].start = start;
	a->ready_ms = a->now_ms;
	start_work(a);
}

void start_work(struct agent *a)
{
	uint64_t start;

	if (a->ready || a->now_ms < a->ready_ms)
		return;
	a->ready_ms = a->now_ms + a->config.retransmit_ms;
	if (a->lost) {
		start = agreed(a);
		if (start && a->ops->start(a->ctx, start)) {
			go_on(a, start);
			/* The order told us: it knows. */
			a->said = a->told = a->floor;
		} else if (!start) {
			a->ready_ms = TIME_NONE;
		}
	} else if (a->ops->state(a->ctx, &start) && start) {
		go_on(a, start);
		/* A former life may have ended before ovs-vswitchd had the last of them. */
		sync_news(a);
	}
}

/* Others may have submitted updates: those numbers are used up, and nobody acknowledges them. */
void start_news(struct agent *a)
{
	uint64_t next, s;

	if (!a->ready || !a->ops->state(a->ctx, &next) || !next)
		return;
	for (s = a->floor + 1; s < next &&
	     s - a->floor <= a->config.acks_max; s++)
		if (!ack_of(a, s))
			ack_put(a, s, 0, NULL, 0, ACK_SYNC);
	ack_ready(a);
}
