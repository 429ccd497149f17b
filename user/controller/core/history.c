// SPDX-License-Identifier: GPL-2.0
/*
 * Decided blocks for those who are behind (R14): a ring of as many as
 * config.history, whose requests share a ring of bytes; large blocks push out more
 * of the old ones.
 */
#include "agree_state.h"

enum { TYPICAL_LEN = 16384 };

static size_t bytes_size(const struct agree_config *c)
{
	size_t each = c->block_max < TYPICAL_LEN ? c->block_max : TYPICAL_LEN;

	return c->history * each + 2 * (size_t)c->block_max;
}

void history_carve(struct agree *a, struct carve *c)
{
	uint32_t i;

	a->past = carve_take(c, a->config.history * sizeof(*a->past));
	for (i = 0; i < a->config.history; i++) {
		struct seal none;

		seal_carve(a, c, c->mem ? &a->past[i].final : &none);
	}
	a->past_size = bytes_size(&a->config);
	a->past_bytes = carve_take(c, a->past_size);
}

static struct past *place(struct agree *a, uint64_t i)
{
	return &a->past[i & (a->config.history - 1)];
}

void history_clear(struct agree *a)
{
	a->past_first = a->past_end;
	a->past_at = 0;
}

/* @len bytes in one piece; the oldest blocks give way. */
static size_t take_bytes(struct agree *a, size_t len)
{
	size_t at;

	assert(len <= a->past_size);
	if (len > a->past_size - a->past_at) {
		/* What lies between here and the end is the oldest. */
		while (a->past_first < a->past_end &&
		       (place(a, a->past_first)->at >= a->past_at))
			a->past_first++;
		a->past_at = 0;
	}
	at = a->past_at;
	while (a->past_first < a->past_end) {
		const struct past *p = place(a, a->past_first);

		if (p->at < at || p->at >= at + len)
			break;
		a->past_first++;
	}
	a->past_at += len;
	return at;
}

static void take_votes(const struct agree *a, struct past *p,
		       const struct slot *s)
{
	const struct place *v = slot_place(a, s, VOTE_FINALIZE, 0);
	unsigned int i, nr = 0;
	struct seal *seal = &p->final;

	for (i = 0; i < a->n; i++) {
		if (v[i].state == PLACE_EMPTY ||
		    !digest_equal(v[i].digest, p->digest))
			continue;
		seal->signers |= UINT32_C(1) << i;
		memcpy(seal->sig[i], v[i].sig, AGREE_SIG_LEN);
		nr++;
	}
	seal->have = nr >= a->q;
	seal->good = seal->have && !a->is_signed;
}

void history_add(struct agree *a, const struct slot *s)
{
	const struct body *b = s->block.body;
	uint8_t (*sig)[AGREE_SIG_LEN];
	struct past *p;
	size_t at;

	if (a->past_end - a->past_first == a->config.history)
		a->past_first++;
	/* An empty block has a place too, so that places tell which is older. */
	at = take_bytes(a, b ? b->len : 1);
	p = place(a, a->past_end++);
	sig = p->final.sig;
	memset(p, 0, sizeof(*p));
	p->final.sig = sig;
	p->header = s->block.header;
	digest_copy(p->digest, s->block.digest);
	digest_copy(p->final.digest, s->block.digest);
	p->at = at;
	p->len = b ? b->len : 0;
	if (b)
		memcpy(a->past_bytes + p->at, b->bytes, b->len);
	if (a->final_seal.have && a->final_sealed == s->height) {
		a->final_seal.have = false;
		p->final.have = true;
		p->final.good = a->final_seal.good;
		p->final.signers = a->final_seal.signers;
		memcpy(p->final.sig, a->final_seal.sig,
		       a->n * sizeof(*p->final.sig));
	} else {
		take_votes(a, p, s);
	}
}

struct past *history_last(struct agree *a)
{
	return a->past_first < a->past_end ? place(a, a->past_end - 1) : NULL;
}

struct past *history_above(struct agree *a, uint64_t height)
{
	uint64_t low = a->past_first, high = a->past_end;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (place(a, middle)->header.height > height)
			high = middle;
		else
			low = middle + 1;
	}
	return low < a->past_end ? place(a, low) : NULL;
}

struct past *history_next(struct agree *a, const struct past *p)
{
	return history_above(a, p->header.height);
}

struct past *history_find(struct agree *a, uint64_t height,
			  const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct past *p = height ? history_above(a, height - 1) : NULL;

	return p && p->header.height == height &&
	       digest_equal(p->digest, digest) ? p : NULL;
}

bool history_final(struct agree *a, struct past *p)
{
	struct vote vote = {
		.kind = VOTE_FINALIZE, .height = p->header.height,
	};
	unsigned int i;

	if (!p->final.have || p->final.good)
		return p->final.have;
	digest_copy(vote.digest, p->digest);
	for (i = 0; i < a->n; i++) {
		if (!(p->final.signers & UINT32_C(1) << i))
			continue;
		memcpy(vote.sig, p->final.sig[i], AGREE_SIG_LEN);
		if (seal_signature(a, i, &vote))
			continue;
		p->final.signers &= ~(UINT32_C(1) << i);
		tally_bad(a, i);
	}
	p->final.have = (unsigned int)
		__builtin_popcount(p->final.signers) >= a->q;
	p->final.good = p->final.have;
	return p->final.have;
}

/* A finalize vote that came after the decision may complete a certificate. */
void history_vote(struct agree *a, unsigned int member, const struct vote *vote)
{
	struct past *p = history_find(a, vote->height, vote->digest);
	uint32_t bit = UINT32_C(1) << member;

	if (!p || p->final.have || p->final.signers & bit)
		return;
	p->final.signers |= bit;
	memcpy(p->final.sig[member], vote->sig, AGREE_SIG_LEN);
	p->final.have = (unsigned int)
		__builtin_popcount(p->final.signers) >= a->q;
}
