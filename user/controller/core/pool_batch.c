// SPDX-License-Identifier: GPL-2.0
/*
 * Whose requests go into the next block: deficit round robin (Shreedhar and
 * Varghese, 1995) over the clients that have something waiting.
 *
 * A request costs 1, and 1 more for each UNIT_LEN bytes.  At its turn a client
 * gets as much as its weight is, keeps what it cannot spend yet, and loses it when
 * it has nothing more to ask for.  A batch that is full ends in the middle of a
 * turn, and the next one goes on there.  What does not fit into the bytes
 * ends the batch too, and opens the next, where it fits: nobody starves.
 */
#include <assert.h>
#include "message.h"
#include "pool_parts.h"

enum { UNIT_LEN = 1024 };

void pool_turn_join(struct pool *pool, struct pool_client *c)
{
	assert(!c->next && !c->prev);
	pool->ring_nr++;
	if (!pool->turn) {
		c->next = c;
		c->prev = c;
		pool->turn = c;
		pool->begun = false;
		return;
	}
	/* Behind all others: the last of the round that is running. */
	c->next = pool->turn;
	c->prev = pool->turn->prev;
	c->prev->next = c;
	c->next->prev = c;
}

void pool_turn_leave(struct pool *pool, struct pool_client *c)
{
	assert(c->next && c->prev && pool->ring_nr);
	pool->ring_nr--;
	if (pool->turn == c) {
		pool->turn = c->next == c ? NULL : c->next;
		pool->begun = false;
	}
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->next = NULL;
	c->prev = NULL;
	c->deficit = 0;
}

static uint64_t cost_of(const struct pool_entry *e)
{
	return 1 + e->r.len / UNIT_LEN;
}

static struct pool_entry *cursor_of(struct pool *pool, struct pool_client *c)
{
	if (c->batch != pool->batch) {
		c->batch = pool->batch;
		c->cursor = c->waiting.first;
	}
	return c->cursor;
}

/* Nobody could pay: after how many rounds will the first one be able to?  0: nothing is left. */
static uint64_t rounds_until_served(struct pool *pool)
{
	struct pool_client *c = pool->turn;
	uint64_t rounds = 0, needed;
	uint32_t i;

	for (i = 0; i < pool->ring_nr; i++, c = c->next) {
		struct pool_entry *e = cursor_of(pool, c);

		if (!e)
			continue;
		assert(cost_of(e) > c->deficit);
		needed = (cost_of(e) - c->deficit + c->weight - 1) / c->weight;
		if (!rounds || needed < rounds)
			rounds = needed;
	}
	return rounds;
}

/* State of one batch */
struct filling {
	struct pool_request **out;
	unsigned int nr, max;
	size_t left;		/* bytes */
	bool full;
};

/* As much as @c may and can have.  false: the batch ended before its turn did. */
static bool take_turn(struct pool *pool, struct pool_client *c,
		      struct filling *f)
{
	struct pool_entry *e = cursor_of(pool, c);

	for (; e && cost_of(e) <= c->deficit;
	     e = e->link[POOL_CLIENT_WAITING].next) {
		assert(!e->r.proposed);
		if (f->nr == f->max || AGREE_ENTRY_LEN + e->r.len > f->left) {
			f->full = true;
			break;
		}
		f->out[f->nr++] = &e->r;
		f->left -= AGREE_ENTRY_LEN + e->r.len;
		c->deficit -= cost_of(e);
	}
	c->cursor = e;
	if (!e)
		c->deficit = 0;
	return !f->full;
}

unsigned int pool_batch(struct pool *pool, struct pool_request **out,
			unsigned int max, size_t bytes)
{
	struct filling f = { .out = out, .max = max, .left = bytes };
	uint64_t rounds = 1;	/* that this one stands for */
	unsigned int before = 0;
	uint32_t i = 0;

	pool->batch++;
	while (pool->turn && f.nr < max) {
		struct pool_client *c = pool->turn;

		if (!pool->begun)
			c->deficit += rounds * c->weight;
		pool->begun = true;
		if (!take_turn(pool, c, &f))
			break;
		pool->turn = c->next;
		pool->begun = false;
		if (++i < pool->ring_nr)
			continue;
		rounds = f.nr > before ? 1 : rounds_until_served(pool);
		if (!rounds)
			break;
		before = f.nr;
		i = 0;
	}
	return f.nr;
}
