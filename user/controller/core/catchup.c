// SPDX-License-Identifier: GPL-2.0
/*
 * STATUS (R14): telling the others where we are, seeing where they say they are,
 * and asking one of them when we are behind.  What they say is believed for
 * nothing but whom to ask.
 */
#include "agree_state.h"

static uint64_t grace(const struct agree *a)
{
	return max64(pace_timeout(a) / 8, 2);
}

/* The lowest height of which a proposal needs a certificate that is not here */
static uint64_t missing_height(const struct agree *a, const struct slot *s)
{
	uint64_t h = s->block.header.parent_height;
	const struct slot *below = slot_find(a, h);

	if (h > a->decided.height && !(below && below->note.have))
		return h;
	for (h++; h < s->height; h++) {
		below = slot_find(a, h);
		if (!below || !below->dummy.have)
			return h;
	}
	return s->height;
}

static void send(struct agree *a, unsigned int to, unsigned int ask,
		 uint64_t height)
{
	struct status s = {
		.decided = a->decided.height, .height = height,
		.checkpoint = a->checkpoint, .ask = (uint16_t)ask,
	};

	if (a->n == 1)
		return;
	message_put_status(output_message(a, AGREE_STATUS), &s);
	output_send(a, to, false);
}

void catchup_send(struct agree *a, unsigned int to, unsigned int ask)
{
	const struct slot *s = slot_find(a, a->height);
	uint64_t height = chain_gap(a);

	/* By turns: a liar's proposal must not keep us from the tip. */
	if (s && !s->certified && s->block.state >= BLOCK_HEADER &&
	    a->ask_next % 2)
		height = missing_height(a, s);
	send(a, to, ask, height);
}

void catchup_want(struct agree *a, struct slot *s)
{
	unsigned int leader = s->block.header.leader;
	uint64_t height = missing_height(a, s);

	if (s->asked_ms || height == s->height || leader == a->self)
		return;
	s->asked_ms = max64(a->now_ms, 1);
	send(a, leader, leader, height);
}

/* A message is of a member that works on this height, or says so. */
void catchup_heard(struct agree *a, unsigned int from, uint64_t height)
{
	if (height > a->peer[from].height)
		a->peer[from].height = height;
}

static bool is_ahead(const struct agree *a, unsigned int member)
{
	const struct peer *p = &a->peer[member];

	return member != a->self && p->bad <= BAD_MAX &&
	       (p->decided > a->decided.height || p->height > a->height);
}

/* By turns, first those who say that they know more */
unsigned int catchup_next(struct agree *a)
{
	unsigned int i, m;

	for (i = 0; i < a->n; i++) {
		m = (a->ask_next + i) % a->n;
		if (is_ahead(a, m)) {
			a->ask_next = m + 1;
			return m;
		}
	}
	m = a->ask_next++ % a->n;
	return m == a->self ? (a->ask_next++) % a->n : m;
}

/* R12: whoever asks with a nonce gets our height and a proof. */
static void echo(struct agree *a, unsigned int to, uint64_t nonce)
{
	struct status s = {
		.decided = a->decided.height, .checkpoint = a->checkpoint,
		.height = max64(a->height, a->vote_top),
		.echo = nonce, .ask = a->config.self,
	};

	/* Who does not know its own promises proves nothing about others'. */
	if (a->recovering)
		return;
	message_put_status(output_message(a, AGREE_STATUS), &s);
	output_send(a, to, false);
	answer_proof(a, to);
}

static void nonce(struct agree *a, unsigned int from, uint64_t nonce)
{
	struct peer *p = &a->peer[from];

	if (output_bulk(a, AGREE_HEADER_LEN + 64))
		echo(a, from, nonce);
	/* It can vote again when some heights have passed, so they must. */
	if (a->now_ms >= p->nonce_ms + a->config.status_ms) {
		p->nonce_ms = a->now_ms;
		a->owed = true;
	}
}

enum agree_err catchup_status(struct agree *a, unsigned int from,
			      const struct status *s)
{
	struct peer *p = &a->peer[from];
	bool asked = s->ask == a->self || s->ask == AGREE_ALL;

	p->decided = s->decided;
	p->checkpoint = s->checkpoint;
	p->height = s->height;
	if (s->echo)
		recover_echo(a, from, s);
	/* It tells, and asks nobody. */
	if (s->ask == from)
		return AGREE_OK;
	if (s->nonce)
		nonce(a, from, s->nonce);
	if (asked && s->decided < a->decided.height)
		answer_blocks(a, from, s->decided);
	if (s->height < a->height && s->height > a->decided.height)
		answer_certs(a, from, s->height);
	if (s->checkpoint < a->checkpoint && s->decided >= a->checkpoint)
		transfer_offer(a, from);
	return AGREE_OK;
}

/* Ask as soon as an answer was used up, or if progress ended. */
static bool ask_due(const struct agree *a)
{
	if (a->catching && a->ask_decided != a->decided.height &&
	    a->final <= a->decided.height)
		return true;
	return a->now_ms >= max64(a->behind_ms + grace(a),
				  a->ask_ms + a->ask_wait_ms);
}

static bool anybody_ahead(const struct agree *a)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (is_ahead(a, i))
			return true;
	return false;
}

static void catch_up(struct agree *a)
{
	unsigned int peer;

	/* While heights pass, it is the others' messages that are on the way. */
	if (a->behind_height != a->height + a->decided.height) {
		a->behind_height = a->height + a->decided.height;
		a->behind_ms = a->now_ms;
		a->ask_wait_ms = grace(a);
	}
	if (!ask_due(a))
		return;
	peer = catchup_next(a);
	catchup_send(a, peer, peer);
	a->ask_ms = a->now_ms;
	a->ask_decided = a->decided.height;
	a->ask_wait_ms = min64(2 * max64(a->ask_wait_ms, 1),
			       max64(a->config.status_ms, grace(a)));
}

void catchup_run(struct agree *a)
{
	if (a->n == 1)
		return;
	if (anybody_ahead(a))
		catch_up(a);
	else
		a->catching = false;
	if (a->now_ms < a->status_ms)
		return;
	a->status_ms = a->now_ms + a->config.status_ms;
	catchup_send(a, AGREE_ALL, catchup_next(a));
	checkpoint_send(a, AGREE_ALL);
}

uint64_t catchup_wake(const struct agree *a)
{
	if (a->n == 1)
		return UINT64_MAX;
	if (!anybody_ahead(a))
		return a->status_ms;
	return min64(a->status_ms, max64(a->behind_ms + grace(a),
					 a->ask_ms + a->ask_wait_ms));
}
