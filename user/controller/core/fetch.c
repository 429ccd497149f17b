// SPDX-License-Identifier: GPL-2.0
/*
 * What is missing, and who is asked for it: blocks on the way to the final one,
 * the tip, the proposal of the height being worked on and its requests.  Each
 * time somebody else is asked: first the leader, then those who voted.
 */
#include "agree_state.h"

enum { WAY_ASKS = 4 };

static uint64_t interval(const struct agree *a)
{
	return max64(pace_timeout(a) / 8, 2);
}

/* What a member can draw from us by asking, in each interval */
bool fetch_budget(struct agree *a, unsigned int to, size_t len)
{
	struct peer *peer = &a->peer[to];
	uint64_t most = 8 * max64(a->config.block_max, AGREE_CHUNK_LEN);

	if (a->now_ms >= peer->bulk_ms + interval(a)) {
		peer->bulk_ms = a->now_ms;
		peer->bulk_len = 0;
	}
	if (peer->bulk_len > most || !output_bulk(a, len))
		return false;
	peer->bulk_len += len;
	return true;
}

static bool has_voted(const struct agree *a, const struct slot *s,
		      unsigned int member, const uint8_t *digest)
{
	const struct place *p = slot_place(a, s, VOTE_NOTARIZE, member);

	return (p->state != PLACE_EMPTY && digest_equal(p->digest, digest)) ||
	       (s->note.have && s->note.signers & UINT32_C(1) << member);
}

/* The k-th to ask: the leader, then who voted, then everybody */
static unsigned int source(const struct agree *a, const struct slot *s,
			   const uint8_t *digest, unsigned int leader,
			   uint32_t k)
{
	unsigned int i, m, pass;

	k %= 2 * a->n;
	if (leader < a->n && leader != a->self && k-- == 0)
		return leader;
	for (pass = 0; pass < 3; pass++) {
		for (i = 1; i < a->n; i++) {
			m = (a->self + i) % a->n;
			if (pass == 0 && !has_voted(a, s, m, digest))
				continue;
			if (k-- == 0)
				return m;
		}
	}
	return (a->self + 1) % a->n;
}

static void ask(struct agree *a, struct slot *s, const uint8_t *digest,
		const uint8_t *missing, uint32_t nr)
{
	unsigned int leader = a->n, to;

	if (s->block.state >= BLOCK_HEADER)
		leader = s->block.header.leader;
	to = source(a, s, digest, leader, s->asks);
	if (buggify(a, AGREE_BUGGIFY_FORGET_HINT))
		to = (a->self + 1 + s->asks % (a->n - 1)) % a->n;
	s->asks++;
	s->asked_ms = max64(a->now_ms, 1);
	a->stats.fetches++;
	message_put_fetch(output_message(a, AGREE_FETCH), s->height, digest,
			  missing, nr);
	output_send(a, to, true);
}

/* When to ask for it next.  @patience: it may come by itself */
static uint64_t due(struct agree *a, struct slot *s, bool patience)
{
	if (!s->asked_ms) {
		if (!patience)
			return a->now_ms;
		s->asked_ms = max64(a->now_ms, 1);
		s->asks = 0;
	}
	return s->asked_ms + (s->asks ? interval(a) :
					max64(a->round16 / 32, 1));
}

static void want_block(struct agree *a, struct slot *s, const uint8_t *digest,
		       bool patience)
{
	uint64_t at = due(a, s, patience);

	if (at <= a->now_ms) {
		ask(a, s, digest, NULL, 0);
		at = a->now_ms + interval(a);
	}
	a->fetch_ms = min64(a->fetch_ms, at);
}

static void want_requests(struct agree *a, struct slot *s)
{
	const struct body *b = s->block.body;
	uint8_t missing[AGREE_FETCH_MAX * AGREE_DIGEST_LEN];
	uint64_t at = due(a, s, true);
	uint32_t i, nr = 0;

	if (at <= a->now_ms) {
		for (i = 0; i < b->nr; i++)
			if (!b->entry[i].here)
				digest_copy(missing + AGREE_DIGEST_LEN * nr++,
					    b->entry[i].digest);
		ask(a, s, s->block.digest, missing, nr);
		at = a->now_ms + interval(a);
	}
	a->fetch_ms = min64(a->fetch_ms, at);
}

/* Blocks that are decided, or will be if anything is */
static void want(struct agree *a, struct slot *s)
{
	if (s->block.state == BLOCK_WHOLE)
		return;
	if (s->block.body && s->block.body->missing && s->asks < a->n)
		want_requests(a, s);
	else
		want_block(a, s, s->block.digest, false);
}

static void want_way(struct agree *a)
{
	struct slot *missing, *s = decide_way(a, &missing);
	unsigned int nr = 0;

	if (missing)
		want(a, missing);
	for (; s && nr < WAY_ASKS;
	     s = s->next ? slot_find(a, s->next) : NULL) {
		nr += s->block.state != BLOCK_WHOLE;
		want(a, s);
	}
}

/* The proposal of this height, or what it lacks */
static void want_proposal(struct agree *a)
{
	struct slot *s = slot_find(a, a->height);
	unsigned int leader;
	struct place *p;

	if (!s || s->certified || (s->cast[VOTE_NOTARIZE] && !s->vote_lost))
		return;
	if (s->vote_lost && (s->block.state == BLOCK_NONE ||
			     !digest_equal(s->block.digest, s->lost_digest))) {
		want_block(a, s, s->lost_digest, false);
		return;
	}
	if (s->block.state == BLOCK_WHOLE)
		return;
	if (s->block.state == BLOCK_HEADER) {
		if (s->block.body && s->block.body->missing)
			want_requests(a, s);
		else if (!s->block.body)
			want_block(a, s, s->block.digest, false);
		return;
	}
	leader = chain_leader(a);
	if (leader == a->n || leader == a->self)
		return;
	/* Its vote is here, but not what it voted for. */
	p = slot_place(a, s, VOTE_NOTARIZE, leader);
	if (p->state != PLACE_EMPTY)
		want_block(a, s, p->digest, true);
}

void fetch_run(struct agree *a)
{
	struct slot *s;
	unsigned int asks = 0;

	a->fetch_ms = UINT64_MAX;
	if (a->n == 1)
		return;
	want_way(a);
	/* Who lost its disk must have what it once voted for (A8). */
	for (s = slot_find(a, a->tip); s && s->height > a->final &&
	     asks < WAY_ASKS; s = chain_below(a, s)) {
		asks += s->block.state != BLOCK_WHOLE && !s->block.journaled;
		if (!s->block.journaled)
			want(a, s);
	}
	want_proposal(a);
}

uint64_t fetch_wake(const struct agree *a)
{
	return a->fetch_ms;
}

/* Requests that are in the pool here.  false: not all are */
static bool answer_requests(struct agree *a, unsigned int to,
			    const struct agree_packet *p)
{
	struct message_writer *w;
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < p->count; i++) {
		const struct pool_request *r = pool_find(a->pool,
			p->digests + (size_t)i * AGREE_DIGEST_LEN);

		if (!r || i == a->config.batch_max)
			return false;
		len += AGREE_ENTRY_LEN + r->len;
	}
	if (len > a->config.block_max ||
	    !fetch_budget(a, to, AGREE_HEADER_LEN + len))
		return false;
	w = output_message(a, AGREE_RELAY);
	for (i = 0; i < p->count; i++) {
		const struct pool_request *r = pool_find(a->pool,
			p->digests + (size_t)i * AGREE_DIGEST_LEN);
		struct block_entry entry = { .bytes = r->bytes, .len = r->len };

		message_put_entry(w, &entry);
	}
	return output_send(a, to, true);
}

enum agree_err fetch_answer(struct agree *a, unsigned int from,
			    const struct agree_packet *p)
{
	if (p->count && answer_requests(a, from, p))
		return AGREE_OK;
	return answer_block(a, from, p->height, p->digest) ? AGREE_OK :
							     AGREE_ESTALE;
}
