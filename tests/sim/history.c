// SPDX-License-Identifier: GPL-2.0
/*
 * The one order that all correct members must have executed: whoever executes the
 * k-th request first (and is durable) writes it down, everybody else is compared.
 * What was written once never goes away, so a decision that is lost by crashes shows
 * up as a contradiction, or as a member that does not get there.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* Open addressing over pairs of 64 bits; the first is never 0. */
static uint64_t *pair_find(uint64_t *table, size_t room, uint64_t key)
{
	size_t i = key * 0x9e3779b97f4a7c15 >> 20 & (room - 1);

	while (table[2 * i] && table[2 * i] != key)
		i = (i + 1) & (room - 1);
	return &table[2 * i];
}

static uint64_t *pair_add(uint64_t **table, size_t *nr, size_t *room,
			  uint64_t key)
{
	uint64_t *old = *table, *p;
	size_t i, had = *room;

	if (2 * *nr >= *room) {
		*room = had ? 2 * had : 1024;
		*table = must_have(NULL, *room * 16);
		memset(*table, 0, *room * 16);
		for (i = 0; i < had; i++)
			if (old[2 * i])
				memcpy(pair_find(*table, *room, old[2 * i]),
				       &old[2 * i], 16);
		free(old);
	}
	p = pair_find(*table, *room, key);
	if (!p[0]) {
		p[0] = key;
		p[1] = 0;
		++*nr;
	}
	return p;
}

void history_issued(struct world *w, const struct request_id *id, uint64_t sum)
{
	struct history *h = &w->history;

	pair_add(&h->truth, &h->truth_nr, &h->truth_room, id_sum(id))[1] = sum;
}

bool history_has(const struct world *w, const struct request_id *id)
{
	const struct history *h = &w->history;

	return h->id_room && pair_find(h->id, h->id_room, id_sum(id))[0];
}

static struct block_end *block_at(struct history *h, uint64_t height)
{
	struct block_end *old = h->block, *b;
	size_t i, had = h->block_room;

	if (2 * h->block_nr >= had) {
		h->block_room = had ? 2 * had : 1024;
		h->block = must_have(NULL, h->block_room * sizeof(*b));
		memset(h->block, 0, h->block_room * sizeof(*b));
		h->block_nr = 0;
		for (i = 0; i < had; i++)
			if (old[i].height)
				*block_at(h, old[i].height) = old[i];
		free(old);
	}
	i = height * 0x9e3779b97f4a7c15 >> 20 & (h->block_room - 1);
	while (h->block[i].height && h->block[i].height != height)
		i = (i + 1) & (h->block_room - 1);
	b = &h->block[i];
	if (!b->height) {
		b->height = height;
		h->block_nr++;
	}
	return b;
}

uint64_t history_blocks(const struct world *w, uint64_t height, uint64_t to)
{
	const struct history *h = &w->history;
	uint64_t nr = 0;
	size_t i;

	for (i = 0; i < h->block_room; i++)
		nr += h->block[i].has_end && h->block[i].height > height &&
		      h->block[i].height <= to;
	return nr;
}

/* Is what this client asked for known? */
static bool history_judges(const struct world *w, const struct request_id *id)
{
	if (w->kind->judges)
		return w->kind->judges(w, id);
	return id->client < w->swarm.clients && !w->client[id->client].liar;
}

/* A request of a correct client must be the one that it made. */
static void check_truth(struct world *w, const struct node *node,
			const struct deed *d)
{
	struct history *h = &w->history;
	uint64_t *p;

	if (!history_judges(w, &d->id))
		return;
	p = h->truth_room ? pair_find(h->truth, h->truth_room,
				      id_sum(&d->id)) : NULL;
	if (!p || !p[0] || p[1] != d->sum)
		violated(w, "validity: node %u executes what client %u never asked for (counter %llu)",
			 node->member, d->id.client, (ull)d->id.counter);
}

static void append(struct world *w, const struct node *node,
		   const struct deed *d)
{
	struct history *h = &w->history;
	struct entry *e;

	if (history_has(w, &d->id))
		violated(w, "exactly once: node %u executes (%u, %llu, %llu) again at height %llu",
			 node->member, d->id.client, (ull)d->id.epoch,
			 (ull)d->id.counter, (ull)d->height);
	pair_add(&h->id, &h->id_nr, &h->id_room, id_sum(&d->id));
	check_truth(w, node, d);
	if (d->height && h->nr && h->entry[h->nr - 1].height > d->height)
		violated(w, "order: node %u executes height %llu after %llu",
			 node->member, (ull)d->height,
			 (ull)h->entry[h->nr - 1].height);
	if (h->nr == h->room) {
		h->room = h->room ? 2 * h->room : 1024;
		h->entry = must_have(h->entry, h->room * sizeof(*h->entry));
	}
	e = &h->entry[h->nr++];
	*e = (struct entry){ d->chain, d->height, d->time_ms, d->sum, d->index,
			     d->id };
	if (w->kind->seen)
		w->kind->seen(w, d);
}

static void executed(struct world *w, const struct node *node,
		     const struct deed *d)
{
	struct history *h = &w->history;
	const struct entry *e;

	if (!w->kind->seen && d->id.client >= w->swarm.clients) {
		violated(w, "node %u executes what no client can have asked for",
			 node->member);
		return;
	}
	if (d->count > h->nr + 1) {
		violated(w, "order: node %u executes number %llu, but only %zu are known",
			 node->member, (ull)d->count, h->nr);
		return;
	}
	if (d->count == h->nr + 1) {
		append(w, node, d);
	} else {
		e = &h->entry[d->count - 1];
		if (e->chain != d->chain || e->sum != d->sum)
			violated(w, "agreement: number %llu is client %u's %llu at height %llu for node %u, and was client %u's %llu at height %llu",
				 (ull)d->count, d->id.client,
				 (ull)d->id.counter, (ull)d->height,
				 node->member, e->id.client,
				 (ull)e->id.counter, (ull)e->height);
	}
	if (!w->kind->seen)
		client_executed(w, node, &d->id);
}

/* Outputs by vote: one order too, and a key once, whoever said it */
static void voted(struct world *w, const struct node *node,
		  const struct deed *d)
{
	struct history *h = &w->history;
	uint64_t key = d->id.counter;
	size_t before = h->key_nr;

	if (d->outputs > h->output_nr + 1) {
		violated(w, "order: node %u executes output %llu, but only %zu are known",
			 node->member, (ull)d->outputs, h->output_nr);
		return;
	}
	if (d->outputs <= h->output_nr) {
		if (h->output[d->outputs - 1].chain != d->output_chain)
			violated(w, "agreement: output number %llu of node %u is for %llu, and was for %llu",
				 (ull)d->outputs, node->member, (ull)key,
				 (ull)h->output[d->outputs - 1].key);
		return;
	}
	pair_add(&h->key, &h->key_nr, &h->key_room, mix64(key, 3) | 1);
	if (h->key_nr == before)
		violated(w, "exactly once: node %u executes an output for %llu again",
			 node->member, (ull)key);
	if (h->output_nr == h->output_room) {
		h->output_room = h->output_room ? 2 * h->output_room : 256;
		h->output = must_have(h->output, h->output_room *
				      sizeof(*h->output));
	}
	h->output[h->output_nr++] = (struct output_entry){ key, d->sum,
		d->output_chain };
	w->kind->voted(w, d);
}

static void ended(struct world *w, const struct node *node,
		  const struct deed *d)
{
	struct block_end *b = block_at(&w->history, d->height);

	if (d->height > w->history.top)
		w->history.top = d->height;
	if (!b->has_end) {
		b->has_end = true;
		b->count = d->count;
		b->time_ms = d->time_ms;
	} else if (b->count != d->count || b->time_ms != d->time_ms) {
		violated(w, "agreement: block %llu of node %u ends at %llu executed, for others at %llu",
			 (ull)d->height, node->member, (ull)d->count,
			 (ull)b->count);
	}
}

static bool believable(const struct history *h, const struct deed *ghost,
		       const struct deed *load)
{
	switch (ghost->kind) {
	case DEED_EXECUTE:
		return ghost->count <= load->count && ghost->count == h->nr + 1;
	case DEED_END:
		return ghost->count <= load->count &&
		       ghost->height <= load->height;
	case DEED_VOTED:
		return ghost->outputs <= load->outputs &&
		       ghost->outputs == h->output_nr + 1;
	default:
		return false;
	}
}

/* A snapshot that was durable when the process died, before anybody saw what it did */
static void believe_ghosts(struct world *w, const struct node *node,
			   const struct deed *load)
{
	size_t i;

	for (i = 0; i < node->ghost_nr; i++)
		if (believable(&w->history, &node->ghost[i], load))
			history_deed(w, node, &node->ghost[i]);
}

static void load(struct world *w, const struct node *node,
		 const struct deed *d)
{
	const struct history *h = &w->history;

	if (d->count > h->nr || d->outputs > h->output_nr)
		believe_ghosts(w, node, d);
	if (d->count > h->nr ||
	    (d->count && h->entry[d->count - 1].chain != d->chain) ||
	    d->outputs > h->output_nr ||
	    (d->outputs && h->output[d->outputs - 1].chain != d->output_chain))
		violated(w, "state: node %u loads %llu executed at height %llu, which nobody had",
			 node->member, (ull)d->count, (ull)d->height);
}

void history_deed(struct world *w, const struct node *node,
		  const struct deed *d)
{
	switch (d->kind) {
	case DEED_EXECUTE:
		executed(w, node, d);
		break;
	case DEED_END:
		ended(w, node, d);
		break;
	case DEED_VOTED:
		voted(w, node, d);
		break;
	case DEED_LOAD:
		load(w, node, d);
		break;
	}
}

void history_decided(struct world *w, const struct node *node, uint64_t height,
		     const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct block_end *b;

	if (!height)
		return;
	b = block_at(&w->history, height);
	if (!b->has_digest) {
		b->has_digest = true;
		memcpy(b->digest, digest, AGREE_DIGEST_LEN);
	} else if (memcmp(b->digest, digest, AGREE_DIGEST_LEN)) {
		violated(w, "agreement: node %u decided another block at height %llu",
			 node->member, (ull)height);
	}
}

void history_free(struct history *h)
{
	unsigned int i;

	free(h->entry);
	free(h->output);
	free(h->key);
	free(h->block);
	free(h->id);
	free(h->truth);
	for (i = 0; i < MEMBERS_MAX; i++)
		free(h->vote[i]);
}
