// SPDX-License-Identifier: GPL-2.0
/*
 * Heights that are not decided yet: a ring of as many as config.heights (R18).
 * A slot is in use from the first word about its height until a block at or
 * above it is decided.
 */
#include "agree_state.h"

void slot_carve(struct agree *a, struct carve *c)
{
	uint32_t i, nr = a->config.heights;
	struct place *place;

	a->slot = carve_take(c, nr * sizeof(*a->slot));
	place = carve_take(c, (size_t)nr * KINDS * a->n * sizeof(*place));
	if (c->mem)
		memset(a->slot, 0, nr * sizeof(*a->slot));
	for (i = 0; i < nr; i++) {
		struct slot none = { 0 };
		struct slot *s = c->mem ? &a->slot[i] : &none;

		if (c->mem)
			s->place = place + (size_t)i * KINDS * a->n;
		seal_carve(a, c, &s->note);
		seal_carve(a, c, &s->dummy);
	}
}

static struct slot *ring(const struct agree *a, uint64_t height)
{
	return &a->slot[height & (a->config.heights - 1)];
}

struct slot *slot_find(const struct agree *a, uint64_t height)
{
	struct slot *s = ring(a, height);

	return height && s->height == height ? s : NULL;
}

struct slot *slot_get(struct agree *a, uint64_t height)
{
	struct slot *s = ring(a, height), old;

	if (height <= a->decided.height ||
	    height > a->decided.height + a->config.heights)
		return NULL;
	if (s->height == height)
		return s;
	assert(!s->height);
	old = *s;
	memset(s, 0, sizeof(*s));
	s->height = height;
	s->place = old.place;
	s->note.sig = old.note.sig;
	s->dummy.sig = old.dummy.sig;
	memset(s->place, 0, KINDS * a->n * sizeof(*s->place));
	return s;
}

struct place *slot_place(const struct agree *a, const struct slot *s,
			 enum vote_kind kind, unsigned int member)
{
	assert(kind >= VOTE_NOTARIZE && kind <= VOTE_FINALIZE);
	assert(member < a->n);
	return &s->place[(kind - 1) * a->n + member];
}

void slot_drop_block(struct agree *a, struct slot *s)
{
	if (s->block.body)
		body_put(a, s->block.body);
	memset(&s->block, 0, sizeof(s->block));
}

static void release(struct agree *a, struct slot *s)
{
	slot_drop_block(a, s);
	s->height = 0;
}

void slot_release(struct agree *a, uint64_t from, uint64_t to)
{
	uint64_t h;

	for (h = from; h <= to; h++) {
		struct slot *s = slot_find(a, h);

		if (s)
			release(a, s);
	}
}

/* After a jump that is wider than the ring */
void slot_release_all(struct agree *a)
{
	uint32_t i;

	for (i = 0; i < a->config.heights; i++)
		if (a->slot[i].height &&
		    a->slot[i].height <= a->decided.height)
			release(a, &a->slot[i]);
}

bool slot_certify(struct agree *a, struct slot *s,
		  const uint8_t digest[AGREE_DIGEST_LEN])
{
	if (s->certified)
		return digest_equal(s->block.digest, digest);
	s->certified = true;
	if (s->block.state != BLOCK_NONE &&
	    digest_equal(s->block.digest, digest))
		return true;
	if (s->block.state != BLOCK_NONE)
		a->remark = true;
	slot_drop_block(a, s);
	s->block.state = BLOCK_WANTED;
	digest_copy(s->block.digest, digest);
	s->asked_ms = 0;
	s->asks = 0;
	return true;
}

void slot_journaled(struct agree *a, struct slot *s)
{
	if (!s->segment)
		s->segment = a->batch_segment;
}
