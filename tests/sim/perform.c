// SPDX-License-Identifier: GPL-2.0
/*
 * Executes what a step asked for, in the order of struct agree_update: what is early
 * leaves at once, the rest when this step and all before are durable.  The
 * process may die between any two actions.
 */
#include "world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool dies(struct node *node)
{
	struct world *w = node->world;

	if (w->healed || !w->swarm.crash_ppm ||
	    !prng_chance(&w->prng, w->swarm.crash_ppm))
		return false;
	node_crash(node);
	heap_put(&w->heap, (struct event){
		.at_us = w->now_us + prng_below(&w->prng, 500 * MS),
		.kind = EV_BOOT, .at = node->instance });
	return true;
}

static void pending_free(struct pending *p)
{
	unsigned int i;

	for (i = 0; i < p->out_nr; i++)
		packet_put(p->out[i].packet);
	for (i = 0; i < p->wave_nr; i++)
		packet_put(p->wave[i].packet);
	free(p->out);
	free(p->wave);
	free(p->deed);
	free(p);
}

static void keep_ghosts(struct node *node, const struct pending *p)
{
	size_t nr = node->ghost_nr + p->deed_nr;

	if (nr > node->ghost_room) {
		node->ghost_room = 2 * nr;
		node->ghost = must_have(node->ghost, node->ghost_room *
					sizeof(*node->ghost));
	}
	if (p->deed_nr)
		memcpy(node->ghost + node->ghost_nr, p->deed,
		       p->deed_nr * sizeof(*p->deed));
	node->ghost_nr = nr;
}

void perform_drop(struct node *node)
{
	struct pending *p;

	while ((p = node->head)) {
		node->head = p->next;
		keep_ghosts(node, p);
		pending_free(p);
	}
	node->tail = &node->head;
}

/* Its step and all before are durable: what it did counts, what it said leaves. */
static void release(struct node *node, struct pending *p)
{
	struct world *w = node->world;
	unsigned int i;

	if (p->snapshot)
		bounds_dropped(node, p->snapshot);
	if (!node->liar) {
		for (i = 0; i < p->deed_nr; i++)
			history_deed(w, node, &p->deed[i]);
		if (p->decided != node->seen_decided) {
			node->seen_decided = p->decided;
			history_decided(w, node, p->decided, p->digest);
		}
	}
	for (i = 0; i < p->out_nr; i++) {
		if (dies(node))
			return;
		net_send(w, node, p->out[i].to, p->out[i].packet);
	}
	for (i = 0; i < p->wave_nr; i++) {
		if (dies(node))
			return;
		w->kind->waved(node, p->wave[i].to, p->wave[i].packet);
	}
}

static void release_all(struct node *node)
{
	struct pending *p;

	while ((p = node->head) && !p->ops) {
		node->head = p->next;
		if (!node->head)
			node->tail = &node->head;
		node->synced = p->step;
		release(node, p);
		pending_free(p);
		if (!node->up)
			return;
	}
}

void node_disk_start(struct node *node)
{
	struct world *w = node->world;
	uint64_t us = w->swarm.sync_us;

	if (!disk_start(&node->disk))
		return;
	us = us / 2 + prng_below(&w->prng, us + 1);
	if (!w->healed && swarm_has(&w->swarm, FAULT_SLOW_DISK) &&
	    prng_chance(&w->prng, 5000))
		us += prng_below(&w->prng, 500 * MS);
	heap_put(&w->heap, (struct event){ .at_us = w->now_us + us,
		.kind = EV_DISK, .at = node->instance,
		.stamp = node->incarnation });
}

void node_disk_done(struct node *node)
{
	struct pending *p = node->head;
	size_t done;

	if (node->full) {
		/* A write failed: the process must stop. */
		node_crash(node);
		return;
	}
	done = disk_done(&node->disk);
	if (node->disk.wrong)
		violated(node->world, "node %u %s", node->member,
			 node->disk.wrong);
	for (; done; p = p->next) {
		assert(p);
		while (p->ops && done) {
			p->ops--;
			done--;
		}
	}
	if (dies(node))
		return;
	release_all(node);
	if (!node->up)
		return;
	node_disk_start(node);
	node_resume(node);
}

static void write_disk(struct node *node, struct pending *p,
		       const struct agree_stats *stats)
{
	const struct agree_update *u = node->update;
	struct disk *d = &node->disk;
	size_t before = d->queued;
	struct disk_op *op;

	bounds_batch(node, u->journal_len);
	if (u->new_segment)
		disk_put(d, DISK_CREATE, u->journal_segment, NULL);
	if (u->journal_len) {
		op = disk_put(d, DISK_APPEND, u->journal_segment,
			      packet_new(u->journal, u->journal_len));
		op->height = stats->height;
		op->decided = stats->decided;
	}
	if (u->snapshot) {
		node->world->totals.snapshots++;
		disk_put(d, DISK_SNAPSHOT, u->snapshot_height,
			 packet_new(u->snapshot, u->snapshot_len));
		/* Who does not know its promises keeps all that shows it (R12). */
		if (!stats->recovering)
			p->snapshot = u->snapshot_height;
	}
	if (u->drop_below && (!d->segment_nr ||
			      d->segment[0]->number < u->drop_below))
		disk_put(d, DISK_DROP, u->drop_below, NULL);
	p->ops = d->queued - before;
}

static void take_messages(struct node *node, struct pending *p)
{
	const struct agree_update *u = node->update;
	const struct agree_message *m;
	struct packet *packet;
	unsigned int i;

	if (u->message_nr > AGREE_MESSAGES_MAX) {
		violated(node->world, "node %u sends %u messages at a time",
			 node->member, u->message_nr);
		return;
	}
	if (u->message_nr)
		p->out = must_have(NULL, u->message_nr * sizeof(*p->out));
	for (i = 0; i < u->message_nr; i++) {
		m = &u->message[i];
		packet = packet_new(m->bytes, m->len);
		if (m->early && node->up) {
			net_send(node->world, node, m->to, packet);
			packet_put(packet);
		} else {
			p->out[p->out_nr++] = (struct out){ m->to, packet };
		}
	}
}

void perform_update(struct node *node)
{
	struct pending *p = must_have(NULL, sizeof(*p));
	struct agree_stats stats;

	memset(p, 0, sizeof(*p));
	p->step = ++node->steps;
	take_messages(node, p);
	node_stats(node, &stats);
	write_disk(node, p, &stats);
	if (node->world->kind->wave)
		node->world->kind->wave(node, p);
	p->decided = stats.decided;
	memcpy(p->digest, stats.decided_digest, AGREE_DIGEST_LEN);
	if (node->deed_nr) {
		p->deed = must_have(NULL, node->deed_nr * sizeof(*p->deed));
		memcpy(p->deed, node->deed, node->deed_nr * sizeof(*p->deed));
		p->deed_nr = node->deed_nr;
	}
	*node->tail = p;
	node->tail = &p->next;
	if (dies(node))
		return;
	release_all(node);
	if (node->up)
		node_disk_start(node);
}
