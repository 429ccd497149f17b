// SPDX-License-Identifier: GPL-2.0
/*
 * Signed bundles: made from events and the floor, repeated to each controller until it,
 * or a quorum of them, says that they were executed (G1, G3, G4).
 */
#include "agent_state.h"

static unsigned int bits_of(uint32_t set)
{
	unsigned int nr = 0;

	for (; set; set &= set - 1)
		nr++;
	return nr;
}

static void send(struct agent *a, const struct bundle *b, unsigned int to)
{
	if (a->peer[to].linked && !(b->done >> to & 1))
		a->ops->to_controller(a->ctx, to, b->bytes, b->len);
}

static void send_all(struct agent *a, struct bundle *b)
{
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		send(a, b, i);
	b->next_ms = a->now_ms + ((uint64_t)a->config.retransmit_ms << b->shift);
	if (b->shift < BACKOFF_MAX)
		b->shift++;
}

static struct bundle *free_one(struct agent *a, unsigned int *on_the_way)
{
	struct bundle *b = NULL;
	unsigned int i;

	*on_the_way = 0;
	for (i = 0; i < a->config.bundles_max; i++) {
		if (a->bundle[i].used)
			++*on_the_way;
		else if (!b)
			b = &a->bundle[i];
	}
	return b;
}

/* 0: not known */
static uint64_t floor_of(const struct agent *a)
{
	return a->in_step ? a->floor : 0;
}

void bundle_in_step(struct agent *a)
{
	if (a->in_step || !a->ready)
		return;
	a->in_step = true;
	/* Others wait for what the former life did. */
	a->floor_ms = 0;
}

static void make(struct agent *a, struct bundle *b, bool events)
{
	struct ctl_bundle_event event[CTL_EVENTS_MAX];
	struct ctl_bundle out = {
		.dpid = a->config.dpid, .epoch = a->epoch,
		.counter = ++a->counter, .phase = a->config.phase,
		.floor = floor_of(a),
	};
	uint8_t *bytes = b->bytes;

	if (events)
		out.count = event_peek(a, event, bundle_room(a));
	*b = (struct bundle){
		.used = true, .bytes = bytes,
		.counter = out.counter, .floor = out.floor,
	};
	b->len = ctl_bundle_encode(bytes, a->config.bundle_max,
				   a->config.domain, &out, event);
	assert(b->len);
	a->ops->sign(a->ctx, bytes + b->len, bytes, b->len);
	b->len += AGREE_SIG_LEN;
	event_take(a, out.count);
	if (a->said < out.floor)
		a->said = out.floor;
	a->hello = true;
	a->stats.bundles++;
	send_all(a, b);
}

/* May those that wait leave?  The first of an idle switch at once. */
static bool events_due(const struct agent *a, unsigned int on_the_way)
{
	if (!a->queue.nr)
		return false;
	return !on_the_way || event_full(a, bundle_room(a)) ||
	       a->now_ms - a->queue.since_ms >= a->config.linger_ms;
}

static bool floor_near(const struct agent *a)
{
	return floor_of(a) - a->said >= a->config.acks_max / 2;
}

/* One that says nothing but the floor, and at first that we are there */
static bool floor_due(const struct agent *a)
{
	if (!a->hello)
		return true;
	return floor_of(a) > a->said &&
	       (floor_near(a) ||
		a->now_ms - a->floor_ms >= a->config.retransmit_ms);
}

/*
 * Those that a quorum executed.  Not while we have to learn where to go on: then everybody
 * has to answer.
 */
static void forget(struct agent *a)
{
	uint64_t soon = a->now_ms + a->config.retransmit_ms;
	struct bundle *b;
	bool any = false;

	if (a->lost && !a->ready)
		return;
	for (b = a->bundle; b < a->bundle + a->config.bundles_max; b++) {
		if (!b->used || bits_of(b->done) < a->config.quorum)
			continue;
		b->used = false;
		any = true;
		a->stats.executed++;
		if (a->told < b->floor)
			a->told = b->floor;
	}
	/* Controllers that had no room have some again (C12). */
	for (b = a->bundle; any && b < a->bundle + a->config.bundles_max; b++)
		if (b->used && b->next_ms > soon) {
			b->next_ms = soon;
			b->shift = 1;
		}
}

void bundle_work(struct agent *a)
{
	unsigned int i, on_the_way;
	struct bundle *b;

	forget(a);
	for (;;) {
		b = free_one(a, &on_the_way);
		if (!b)
			break;
		if (!a->hello || on_the_way + 1 == a->config.bundles_max ||
		    !events_due(a, on_the_way)) {
			if (!floor_due(a))
				break;
			make(a, b, false);
		} else {
			make(a, b, true);
		}
	}
	for (i = 0; i < a->config.bundles_max; i++)
		if (a->bundle[i].used && a->bundle[i].next_ms <= a->now_ms)
			send_all(a, &a->bundle[i]);
}

void bundle_link(struct agent *a, unsigned int to)
{
	uint64_t counter = 0;
	const struct bundle *next;
	unsigned int i;

	/* In the order of their counters, as they were made */
	do {
		next = NULL;
		for (i = 0; i < a->config.bundles_max; i++)
			if (a->bundle[i].used && a->bundle[i].counter > counter &&
			    (!next || a->bundle[i].counter < next->counter))
				next = &a->bundle[i];
		if (next) {
			send(a, next, to);
			counter = next->counter;
		}
	} while (next);
}

enum agent_err bundle_done(struct agent *a, unsigned int from,
			   const struct ctl_to_switch *m)
{
	struct bundle *b = a->bundle;

	if (m->epoch != a->epoch || m->counter > a->counter)
		return AGENT_ESTALE;
	start_take(a, from, m->start);
	while (b < a->bundle + a->config.bundles_max &&
	       !(b->used && b->counter == m->counter))
		b++;
	if (b == a->bundle + a->config.bundles_max)
		return AGENT_ESTALE;
	b->done |= 1u << from;
	forget(a);
	return AGENT_OK;
}

uint64_t bundle_wake(const struct agent *a)
{
	uint64_t wake = TIME_NONE;
	unsigned int i, on_the_way = 0;

	for (i = 0; i < a->config.bundles_max; i++)
		if (a->bundle[i].used) {
			wake = min_ms(wake, a->bundle[i].next_ms);
			on_the_way++;
		}
	/* A place that becomes free comes with an event of its own. */
	if (a->queue.nr && on_the_way + 1 < a->config.bundles_max)
		wake = min_ms(wake, a->queue.since_ms + a->config.linger_ms);
	if (floor_of(a) > a->said && on_the_way < a->config.bundles_max)
		wake = min_ms(wake, a->floor_ms + a->config.retransmit_ms);
	return wake;
}
