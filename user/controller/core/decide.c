// SPDX-License-Identifier: GPL-2.0
/*
 * Finality and execution (R9): the way from the last decided block to the final
 * one is found downwards, by parents, and executed upwards, as far as
 * the blocks are here.
 */
#include "agree_state.h"
#include "bytes.h"

void decide_final(struct agree *a, uint64_t height,
		  const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct slot *s;

	if (height <= a->decided.height || height <= a->final)
		return;
	s = slot_get(a, height);
	assert(s);
	if (!slot_certify(a, s, digest)) {
		/* Against A1: more than f members lie. */
		a->stats.refused++;
		return;
	}
	a->final = height;
	digest_copy(a->final_digest, digest);
	a->proved = max64(a->proved, height);
	a->again = true;
}

struct slot *decide_way(struct agree *a, struct slot **missing)
{
	const uint8_t *digest = a->final_digest;
	uint64_t height = a->final, above = 0;

	*missing = NULL;
	if (a->final <= a->decided.height)
		return NULL;
	for (;;) {
		struct slot *s = slot_get(a, height);
		const struct block_header *h = &s->block.header;

		if (!slot_certify(a, s, digest))
			return NULL;	/* against A3 */
		s->next = above;
		if (s->block.state < BLOCK_HEADER) {
			*missing = s;
			return NULL;
		}
		if (h->parent_height <= a->decided.height)
			return h->parent_height == a->decided.height &&
			       digest_equal(h->parent, a->decided_digest) ?
			       s : NULL;	/* else against A4 */
		above = height;
		height = h->parent_height;
		digest = h->parent;
	}
}

static void run(struct agree *a, const struct slot *s)
{
	const struct body *b = s->block.body;
	uint32_t i;

	for (i = 0; b && i < b->nr; i++) {
		const struct body_entry *e = &b->entry[i];
		struct pool_request *r = pool_find(a->pool, e->digest);
		struct agree_decided decided = {
			.height = s->height, .index = i,
			.time_ms = s->block.header.time_ms, .id = e->id,
			.request = b->bytes + e->at, .len = e->len,
		};

		if (r)
			pool_remove(a->pool, r);
		if (e->id.client >= a->config.clients ||
		    executed_look(a->executed, &e->id) != EXECUTED_NEW)
			continue;
		executed_add(a->executed, &e->id);
		a->touched[e->id.client / 64] |=
			UINT64_C(1) << e->id.client % 64;
		a->ops->execute(a->ctx, &decided);
		a->stats.executed++;
	}
	a->ops->block_end(a->ctx, s->height, s->block.header.time_ms);
}

/*
 * Nothing waits for it: without it a restart decides the same again, from the votes of
 * all.  So it costs no write of its own.
 */
void decide_journal(struct agree *a)
{
	uint8_t record[8 + AGREE_DIGEST_LEN];
	struct wire_writer w = { .out = record, .room = sizeof(record) };
	struct past *p = history_last(a);

	if (a->journaled >= a->decided.height)
		return;
	a->journaled = a->decided.height;
	if (p && p->final.have) {
		seal_to_cert(a, &p->final, VOTE_FINALIZE, p->header.height,
			     &a->cert);
		seal_journal(a, &a->cert);
	}
	wire_write_be(&w, a->decided.height, 8);
	wire_write(&w, a->decided_digest, AGREE_DIGEST_LEN);
	output_journal(a, JOURNAL_DECIDED, record, sizeof(record));
}

static void execute(struct agree *a, struct slot *s)
{
	uint64_t before = a->decided.height;
	size_t len = s->block.body ? s->block.body->len : 0;

	assert(s->block.state == BLOCK_WHOLE);
	assert(s->block.header.parent_height == before);
	store_journal(a, s);
	run(a, s);
	history_add(a, s);
	a->decided = s->block.header;
	digest_copy(a->decided_digest, s->block.digest);
	if (a->tip <= a->decided.height)
		a->tip = a->decided.height;
	/* Of heights that were passed, blocks may have been left behind. */
	if (a->decided.height > before + 1)
		a->remark = true;
	slot_release(a, before + 1, a->decided.height);
	pace_recount(a);
	a->owed = false;
	a->await_ms = a->now_ms;
	a->stats.blocks++;
	a->executed_step++;
	a->again = true;
	checkpoint_decided(a, len);
}

static bool room(const struct agree *a, const struct slot *s)
{
	/* A state that is being written must not change in the same step. */
	return a->replaying ||
	       (!a->written && a->executed_step < EXECUTE_STEP_MAX &&
		output_journal_room(a, s->block.body ?
				       s->block.body->len : 0));
}

void decide_run(struct agree *a)
{
	struct slot *s, *missing;
	uint64_t next;

	for (s = decide_way(a, &missing); s; s = next ? slot_find(a, next) : NULL) {
		if (!store_complete(a, s))
			return;
		if (!room(a, s)) {
			a->more = true;
			return;
		}
		next = s->next;
		execute(a, s);
	}
}

static bool gone(void *ctx, const struct request_id *id)
{
	struct agree *a = ctx;

	return executed_look(a->executed, id) == EXECUTED_DONE;
}

/* Requests that were executed under another guise do not count as work. */
void decide_sweep(struct agree *a)
{
	uint32_t i;

	for (i = 0; i < AGREE_CLIENTS_MAX / 64; i++) {
		for (; a->touched[i]; a->touched[i] &= a->touched[i] - 1)
			pool_sweep(a->pool, i * 64 + (uint32_t)
				   __builtin_ctzll(a->touched[i]), gone, a);
	}
}
