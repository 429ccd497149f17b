// SPDX-License-Identifier: GPL-2.0
/*
 * A member: a real core with a clock of its own, a disk, and a process that can be
 * killed between any two actions, stopped, and started again.
 */
#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GUARD_LEN = 4096,
	GUARD_BYTE = 0x5a,
	GARBAGE_BYTE = 0xa7,	/* the core must not believe in zeroed memory */
	SPINS_MAX = 100000,	/* ticks without time passing */
};

static size_t agree_kind_size(struct node *node)
{
	const char *why;

	if (agree_config_check(&node->config, &why)) {
		fprintf(stderr, "sim: %s\n", why);
		exit(2);
	}
	return agree_size(&node->config);
}

static void agree_kind_init(struct node *node, void *mem)
{
	node->core = agree_init(mem, &node->config, &log_ops, node);
}

static void agree_kind_step(struct node *node, const struct agree_event *event,
			    uint64_t now_ms)
{
	struct agree_event e = *event;

	e.synced = node->synced;
	agree_step(node->core, &e, now_ms, node->update);
}

static void agree_kind_stats(const struct node *node,
			     struct agree_stats *stats)
{
	agree_stats(node->core, stats);
}

const struct core_kind core_agree = {
	.size = agree_kind_size,
	.init = agree_kind_init,
	.step = agree_kind_step,
	.stats = agree_kind_stats,
};

void node_stats(const struct node *node, struct agree_stats *stats)
{
	node->world->kind->stats(node, stats);
}

void node_new(struct world *w, uint16_t instance, uint16_t member)
{
	struct node *node = must_have(NULL, sizeof(*node));

	memset(node, 0, sizeof(*node));
	node->world = w;
	node->instance = instance;
	node->member = member;
	node->config = w->swarm.config;
	node->config.mode = w->swarm.mode;
	node->config.n = (uint16_t)w->n;
	node->config.self = member;
	node->config.clients = w->swarm.clients;
	node->update = must_have(NULL, sizeof(*node->update));
	node->tail = &node->head;
	node->formatted = true;
	node->audience = ~0u;
	disk_init(&node->disk);
	node->disk.forgets_directory = w->swarm.forgets_directory;
	node->disk.tears_groups = w->swarm.tears_groups;
	node->disk.segment_max = node->config.segment_max;
	node->base_ms = 1700000000000 + 1000000;
	w->node[instance] = node;
}

uint64_t node_now_ms(struct node *node)
{
	int64_t drift = (int64_t)(node->world->now_us / MS) *
			(int64_t)node->drift_ppb / 1000000000;
	uint64_t ms = node->base_ms + node->world->now_us / MS +
		      (uint64_t)drift;

	if (ms < node->last_ms)
		ms = node->last_ms;
	return node->last_ms = ms;
}

static void guard_set(struct node *node, size_t size)
{
	node->arena_len = size + 2 * GUARD_LEN;
	free(node->arena);
	node->arena = aligned_alloc(64, (node->arena_len + 63) / 64 * 64);
	if (!node->arena)
		abort();
	memset(node->arena, GUARD_BYTE, node->arena_len);
	memset(node->arena + GUARD_LEN, GARBAGE_BYTE, size);
}

static bool guard_whole(const struct node *node)
{
	size_t i, tail = node->arena_len - GUARD_LEN;

	for (i = 0; i < GUARD_LEN; i++)
		if (node->arena[i] != GUARD_BYTE ||
		    node->arena[tail + i] != GUARD_BYTE)
			return false;
	return true;
}

bool node_check(struct node *node)
{
	struct agree_stats stats;

	if (!node->arena)
		return true;
	if (!guard_whole(node))
		violated(node->world, "node %u writes beyond its memory",
			 node->member);
	if (!node->up)
		return true;
	node_stats(node, &stats);
	if (stats.pool > node->config.pool_total +
			 node->config.batch_max * node->config.heights)
		violated(node->world, "bounds: pool of node %u has %u",
			 node->member, stats.pool);
	if (stats.height > stats.decided + node->config.heights + 1)
		violated(node->world, "bounds: node %u is at height %llu, decided %llu",
			 node->member, (unsigned long long)stats.height,
			 (unsigned long long)stats.decided);
	if (stats.decided < node->seen_decided)
		violated(node->world, "node %u forgets what it decided",
			 node->member);
	return !node->world->failed;
}

void node_boot(struct node *node)
{
	struct world *w = node->world;

	if (node->up)
		return;
	node->up = true;
	node->paused = false;
	node->incarnation++;
	node->last_ms = 0;
	node->wake_us = 0;
	node->seen_decided = 0;
	node->steps = 0;
	node->synced = 0;
	guard_set(node, w->kind->size(node));
	log_reset(node);
	w->kind->init(node, node->arena + GUARD_LEN);
	trace(w, "boot", EV_BOOT, node->instance, 0,
	      disk_journal_len(&node->disk), node->disk.snapshot_height);
	recover(node);
	if (node->up && w->kind->booted)
		w->kind->booted(node);
}

/* Something happens to a process that cannot look now: it waits in its sockets, up to a bound. */
bool node_busy(struct node *node, const struct event *event)
{
	struct inbox *inbox = &node->inbox;

	if (!node->paused && !(node->world->swarm.waits && node->head))
		return false;
	if (inbox->nr == INBOX_MAX)
		return true;
	inbox->event[(inbox->head + inbox->nr++) % INBOX_MAX] = *event;
	if (event->packet)
		packet_ref(event->packet);
	return true;
}

static void wake_at(struct node *node)
{
	struct world *w = node->world;
	uint64_t wake_ms = node->update->wake_ms, now = node->last_ms, at;

	node->wake_ms = wake_ms;
	if (wake_ms > now + 3600000)
		return;
	if (wake_ms <= now) {
		/* Work is left; it costs some time. */
		at = w->now_us + 5;
		if (++node->spins > SPINS_MAX)
			violated(w, "node %u spins", node->member);
	} else {
		/* Its clock may be slower than time by a part. */
		at = (w->now_us / MS + (wake_ms - now)) * MS;
		node->spins = 0;
	}
	if (node->wake_us > w->now_us && node->wake_us <= at)
		return;
	node->wake_us = at;
	heap_put(&w->heap, (struct event){ .at_us = at, .kind = EV_WAKE,
		.at = node->instance, .stamp = node->incarnation });
}

void node_stepped(struct node *node, uint8_t kind, uint16_t from, uint64_t sum)
{
	struct world *w = node->world;
	struct agree_stats stats;

	w->totals.steps++;
	node_stats(node, &stats);
	trace(w, "step", kind, node->instance, from, stats.height << 32 |
	      stats.decided, sum);
	perform_update(node);
	if (node->up)
		wake_at(node);
}

void node_step(struct node *node, const struct agree_event *event)
{
	uint64_t now_ms = node_now_ms(node);

	node->deed_nr = 0;
	node->world->kind->step(node, event, now_ms);
	node_stepped(node, (uint8_t)event->kind, event->from,
		     (uint64_t)node->update->verdict << 32 | event->len);
}

static void wake(struct node *node, const struct event *event)
{
	if (event->stamp != node->incarnation)
		return;
	if (node->wake_us <= event->at_us)
		node->wake_us = 0;
	if (node_now_ms(node) < node->wake_ms) {
		/* Another step has moved it. */
		if (!node->wake_us)
			wake_at(node);
		return;
	}
	node_step(node, &(struct agree_event){ .kind = AGREE_TICK });
}

void node_event(struct node *node, const struct event *event)
{
	struct agree_event in = { .from = event->from };

	if (event->kind == EV_WAKE) {
		wake(node, event);
		return;
	}
	if (event->kind != EV_MESSAGE && event->kind != EV_REQUEST) {
		node->world->kind->happen(node->world, event);
		return;
	}
	in.kind = event->kind == EV_MESSAGE ? AGREE_MESSAGE : AGREE_REQUEST;
	in.bytes = event->packet->bytes;
	in.len = event->packet->len;
	node_step(node, &in);
	if (in.kind == AGREE_REQUEST)
		client_told(node->world, node, event->packet);
}

static void inbox_drop(struct inbox *inbox)
{
	while (inbox->nr) {
		packet_put(inbox->event[inbox->head].packet);
		inbox->head = (inbox->head + 1) % INBOX_MAX;
		inbox->nr--;
	}
}

void node_crash(struct node *node)
{
	struct world *w = node->world;

	if (!node->up)
		return;
	if (!guard_whole(node))
		violated(w, "node %u writes beyond its memory", node->member);
	w->totals.crashes++;
	node->up = false;
	trace(w, "crash", EV_BOOT, node->instance, 0, node->disk.started,
	      node->disk.queued);
	node->ghost_nr = 0;
	perform_drop(node);
	disk_crash(&node->disk, &w->prng);
	inbox_drop(&node->inbox);
}

void node_free(struct node *node)
{
	unsigned int i;

	perform_drop(node);
	inbox_drop(&node->inbox);
	for (i = 0; i < REPLAY_NR; i++)
		packet_put(node->replay[i]);
	disk_free(&node->disk);
	free(node->arena);
	if (node->ctl_update)
		free(node->ctl_update);
	else
		free(node->update);
	free(node->ctl_config);
	free(node->deed);
	free(node->ghost);
	free(node);
}

/* What waited comes in now, unless the node becomes busy or dies of it. */
void node_resume(struct node *node)
{
	struct inbox *inbox = &node->inbox;
	struct event event;

	while (inbox->nr && node->up && !node->paused &&
	       !(node->world->swarm.waits && node->head)) {
		event = inbox->event[inbox->head];
		inbox->head = (inbox->head + 1) % INBOX_MAX;
		inbox->nr--;
		node_event(node, &event);
		packet_put(event.packet);
	}
}
