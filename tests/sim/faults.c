// SPDX-License-Identifier: GPL-2.0
/*
 * What breaks.  Crashes, pauses and the network may hit anybody at any time; what
 * makes a member forget or misread its promises hits at most f, liars included,
 * until they have recovered.
 */
#include "world.h"

static struct node *anyone(struct world *w)
{
	return w->node[prng_below(&w->prng, w->instances)];
}

static uint64_t some_time_us(struct world *w)
{
	return prng_below(&w->prng, 2 * MS * w->swarm.fault_ms) + 1;
}

static void later(struct world *w, enum event_kind kind, uint16_t at,
		  uint32_t stamp)
{
	heap_put(&w->heap, (struct event){ .at_us = w->now_us +
		some_time_us(w), .kind = kind, .at = at, .stamp = stamp });
}

/* Members that count among the f now */
unsigned int fault_impaired(const struct world *w)
{
	uint32_t set = 0;
	unsigned int i;

	for (i = 0; i < w->instances; i++)
		if (w->node[i]->liar || w->node[i]->damaged)
			set |= bit(w->node[i]->member);
	return (unsigned int)__builtin_popcount(set);
}

static bool may_damage(const struct world *w, const struct node *node)
{
	return node->liar || node->damaged || fault_impaired(w) < w->f;
}

static void crash(struct world *w, struct node *node)
{
	node_crash(node);
	later(w, EV_BOOT, node->instance, 0);
}

void fault_lose_disk(struct world *w, struct node *node)
{
	node_crash(node);
	disk_lose(&node->disk);
	node->formatted = false;
	node->damaged = true;
	w->totals.recoveries++;
}

static void rot(struct world *w, struct node *node, enum rot what)
{
	if (what != ROT_HEAD && !may_damage(w, node))
		return;
	node_crash(node);
	if (disk_rot(&node->disk, &w->prng, what)) {
		trace(w, "rots", EV_MEND, node->instance, 0, what, 0);
		if (what != ROT_HEAD && !node->liar)
			node->damaged = true;
	}
	later(w, EV_BOOT, node->instance, 0);
}

static void clog_link(struct world *w)
{
	struct link *link = &w->link[prng_below(&w->prng, w->instances)]
				    [prng_below(&w->prng, w->instances)];

	link->clogged_us = w->now_us + some_time_us(w);
}

static void slow_link(struct world *w)
{
	uint32_t us = (uint32_t)prng_below(&w->prng, 50 * MS);
	struct node *node = anyone(w);
	unsigned int i;

	for (i = 0; i < w->instances; i++) {
		w->link[node->instance][i].slow_us = us;
		w->link[i][node->instance].slow_us = us;
	}
	later(w, EV_MEND, node->instance, FAULT_SLOW_LINK);
}

static void crash_all(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->instances; i++)
		crash(w, w->node[i]);
}

static void one(struct world *w, enum fault fault)
{
	struct node *node = anyone(w);

	switch (fault) {
	case FAULT_CRASH:
	case FAULT_CRASH_BUSY:
		crash(w, node);
		break;
	case FAULT_CRASH_ALL:
		if (prng_chance(&w->prng, 200000))
			crash_all(w);
		break;
	case FAULT_REBOOT:
		/* Killed and started at once, as a supervisor does */
		node_crash(node);
		node_boot(node);
		break;
	case FAULT_PAUSE:
		node->paused = node->up;
		later(w, EV_RESUME, node->instance, 0);
		break;
	case FAULT_PARTITION:
	case FAULT_ONE_WAY:
		net_partition(w);
		later(w, EV_MEND, 0, FAULT_PARTITION);
		break;
	case FAULT_CLOG:
		clog_link(w);
		break;
	case FAULT_SLOW_LINK:
		slow_link(w);
		break;
	case FAULT_FULL_DISK:
		node->full = true;
		later(w, EV_MEND, node->instance, FAULT_FULL_DISK);
		break;
	case FAULT_ROT_HEAD:
		rot(w, node, ROT_HEAD);
		break;
	case FAULT_ROT_BODY:
		rot(w, node, ROT_BODY);
		break;
	case FAULT_ROT_VOTES:
		rot(w, node, ROT_VOTES);
		break;
	case FAULT_ROT_SNAPSHOT:
		rot(w, node, ROT_SNAPSHOT);
		break;
	case FAULT_LOSE_DISK:
		if (!node->liar && may_damage(w, node)) {
			fault_lose_disk(w, node);
			later(w, EV_BOOT, node->instance, 0);
		}
		break;
	case FAULT_CLOCK:
		node->base_ms += prng_below(&w->prng, w->swarm.clock_ms + 1);
		break;
	case FAULT_SLOW_DISK:	/* perform.c */
	case FAULT_KINDS:
		break;
	}
	trace(w, "fault", EV_FAULT, node->instance, 0, fault, 0);
}

void fault_any(struct world *w)
{
	enum fault fault = (enum fault)prng_below(&w->prng, FAULT_KINDS);

	if (w->healed)
		return;
	if (swarm_has(&w->swarm, fault)) {
		w->totals.faults++;
		one(w, fault);
	}
	heap_put(&w->heap, (struct event){ .at_us = w->now_us + 1 +
		prng_below(&w->prng, 2 * MS * w->swarm.fault_ms / 4),
		.kind = EV_FAULT });
}

void fault_mend(struct world *w, const struct event *event)
{
	struct node *node = w->node[event->at];
	unsigned int i;

	if (event->stamp == FAULT_PARTITION) {
		net_heal(w);
		return;
	}
	if (event->stamp == FAULT_FULL_DISK) {
		node->full = false;
		if (!node->up)
			node_boot(node);
		return;
	}
	for (i = 0; i < w->instances; i++) {
		w->link[node->instance][i].slow_us = 0;
		w->link[i][node->instance].slow_us = 0;
	}
}
