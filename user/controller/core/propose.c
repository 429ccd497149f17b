// SPDX-License-Identifier: GPL-2.0
/* Being the leader (R3): when to propose, what, and the reserve. */
#include "agree_state.h"

/* Ours to lead, and nothing proposed there yet? */
static struct slot *our_turn(struct agree *a)
{
	struct slot *s;

	if (chain_leader(a) != a->self ||
	    !vote_allowed(a, a->height) || chain_gap(a) != a->height)
		return NULL;
	/* What was proposed in an earlier life may have been another block. */
	if (a->n > 1 && a->height <= a->reserve_found)
		return NULL;
	s = slot_get(a, a->height);
	if (!s || s->proposed || s->certified || s->cast[VOTE_NOTARIZE] ||
	    s->cast[VOTE_DUMMY])
		return NULL;
	return s;
}

/* Since when something waits for an empty block to decide it */
static bool awaits(const struct agree *a, uint64_t *due_ms)
{
	if (a->tip == a->decided.height && !a->owed)
		return false;
	*due_ms = a->await_ms + pace_timeout(a) / 4;
	return true;
}

/* Bodies are for those who may have to vote; empty blocks need none. */
static bool crowded(const struct agree *a)
{
	return a->bodies >= BODIES - AHEAD_MAX;
}

/* When to propose, if nothing changes.  UINT64_MAX: never */
static uint64_t due(const struct agree *a)
{
	const struct pool_request *oldest = pool_oldest(a->pool);
	uint64_t at = UINT64_MAX, empty_ms;

	if (awaits(a, &empty_ms))
		at = empty_ms;
	if (!oldest || crowded(a))
		return at;
	if (pool_unproposed(a->pool) >= a->config.batch_max)
		return 0;
	return min64(at, oldest->since_ms + a->config.linger_ms);
}

/* Requests for a block, into a->batch */
static unsigned int choose(struct agree *a)
{
	unsigned int i, nr, kept = 0, max = a->config.batch_max;

	if (crowded(a))
		return 0;
	if (buggify(a, AGREE_BUGGIFY_SMALL_BATCH))
		max = 1;
	nr = pool_batch(a->pool, a->batch, max,
			a->config.block_max - AGREE_BLOCK_LEN);
	for (i = 0; i < nr; i++) {
		struct pool_request *r = a->batch[i];

		if (executed_look(a->executed, &r->id) == EXECUTED_DONE)
			pool_remove(a->pool, r);
		else
			a->batch[kept++] = r;
	}
	return kept;
}

static void extend_reserve(struct agree *a)
{
	if (a->writer.reserve >= a->height + RESERVE_STEP / 2)
		return;
	a->writer.reserve = a->height + RESERVE_STEP;
	a->reserve_step = a->steps;
}

static void send(struct agree *a, const struct slot *s)
{
	struct message_writer *w = output_message(a, AGREE_PROPOSE);
	const struct body *b = s->block.body;
	uint32_t i;

	message_put_block(w, &s->block.header);
	for (i = 0; b && i < b->nr; i++) {
		const struct body_entry *e = &b->entry[i];
		struct block_entry entry = { .len = e->len };

		digest_copy(entry.digest, e->digest);
		if (e->len <= a->config.inline_max)
			entry.bytes = b->bytes + e->at;
		message_put_entry(w, &entry);
	}
	output_send(a, AGREE_ALL, s->height <= a->reserve_durable);
}

static void make(struct agree *a, struct slot *s, unsigned int nr)
{
	const struct block_header *parent = chain_header(a, a->tip);
	struct block_header *h = &s->block.header;
	struct body *b = NULL;

	slot_drop_block(a, s);
	if (nr) {
		b = body_get(a, s->height);
		assert(b);
		body_from_batch(a, b, nr);
	}
	chain_term(a, parent, s->height, h);
	h->parent_height = parent->height;
	if (parent->height)
		digest_copy(h->parent, parent == &a->decided ?
			    a->decided_digest :
			    slot_find(a, a->tip)->block.digest);
	h->time_ms = max64(a->now_ms, parent->time_ms);
	h->count = nr;
	body_requests(b, h->requests);
	block_digest(s->block.digest, &a->config, h);
	s->block.body = b;
	s->block.state = BLOCK_WHOLE;
	s->block.from_leader = true;
	s->proposed = true;
}

void propose_run(struct agree *a)
{
	unsigned int nr = 0;
	struct slot *s;

	s = our_turn(a);
	if (!s)
		return;
	chain_mark(a);
	if (due(a) > a->now_ms && !buggify(a, AGREE_BUGGIFY_EMPTY_BLOCK))
		return;
	/* The vote for it belongs into the same batch. */
	if (!vote_room(a) || !output_journal_room(a, a->config.block_max)) {
		a->more = true;
		return;
	}
	if (s->block.state >= BLOCK_HEADER &&
	    proposal_check(a, &s->block.header) == PROPOSAL_VALID)
		return;
	if (pool_unproposed(a->pool)) {
		nr = choose(a);
		if (!nr && !crowded(a)) {
			/* All that waited was executed long ago. */
			a->again = true;
			return;
		}
	}
	make(a, s, nr);
	if (a->n > 1) {
		extend_reserve(a);
		send(a, s);
	}
	a->again = true;
}

uint64_t propose_wake(const struct agree *a)
{
	const struct slot *s = slot_find(a, a->height);
	uint64_t at;

	if (chain_leader(a) != a->self ||
	    !vote_allowed(a, a->height) || chain_gap(a) != a->height ||
	    (a->n > 1 && a->height <= a->reserve_found) ||
	    (s && (s->proposed || s->certified || s->cast[VOTE_NOTARIZE] ||
		   s->cast[VOTE_DUMMY])))
		return UINT64_MAX;
	at = due(a);
	/* What is due already needed something else, which will be an event. */
	return at > a->now_ms ? at : UINT64_MAX;
}
