// SPDX-License-Identifier: GPL-2.0
/*
 * Which height is worked on, what a block there extends, and who leads
 * (docs/agreement.md section 2; R1, R2, R7, R8).
 */
#include "agree_state.h"

const struct block_header *chain_header(const struct agree *a, uint64_t height)
{
	const struct slot *s;

	if (height == a->decided.height)
		return &a->decided;
	s = slot_find(a, height);
	if (!s || !s->note.have || s->block.state < BLOCK_HEADER)
		return NULL;
	assert(digest_equal(s->note.digest, s->block.digest));
	return &s->block.header;
}

static bool is_skipped(const struct block_header *h, unsigned int member)
{
	unsigned int i;

	for (i = 0; i < AGREE_SKIP_MAX && h->skip[i]; i++)
		if (h->skip[i] == member + 1)
			return true;
	return false;
}

static void next_leader(const struct agree *a, struct block_header *h)
{
	/* At most f are skipped, so somebody is left. */
	do
		h->leader = (uint8_t)((h->leader + 1) % a->n);
	while (is_skipped(h, h->leader));
}

/* It led a height that was passed without a block: the oldest mark gives way. */
static void mark_leader(const struct agree *a, struct block_header *h)
{
	unsigned int nr = 0;

	if (!a->f)
		return;
	assert(a->f <= AGREE_SKIP_MAX);
	while (nr < a->f && h->skip[nr])
		nr++;
	if (nr == a->f)
		memmove(h->skip, h->skip + 1, --nr);
	h->skip[nr] = (uint8_t)(h->leader + 1);
}

void chain_term(const struct agree *a, const struct block_header *parent,
		uint64_t height, struct block_header *child)
{
	bool rotate = parent->run + 1 >= a->config.rotate_blocks;
	uint64_t dummies = height - 1 - parent->height, walk = dummies;

	assert(height > parent->height);
	child->height = height;
	child->term = parent->term + dummies + rotate;
	child->run = child->term == parent->term ? parent->run + 1 : 0;
	child->leader = parent->leader;
	memcpy(child->skip, parent->skip, AGREE_SKIP_MAX);
	if (rotate)
		next_leader(a, child);
	/*
	 * After 2f dummies the last f leaders are marked, each follows the one
	 * before, and the next is the member behind: n more change nothing.
	 */
	if (walk > 2 * a->n)
		walk = 2 * a->n + (walk - 2 * a->n) % a->n;
	while (walk--) {
		mark_leader(a, child);
		next_leader(a, child);
	}
}

bool chain_term_equal(const struct block_header *a,
		      const struct block_header *b)
{
	return a->height == b->height && a->term == b->term &&
	       a->run == b->run && a->leader == b->leader &&
	       !memcmp(a->skip, b->skip, AGREE_SKIP_MAX);
}

bool chain_next(const struct agree *a, struct block_header *next)
{
	const struct block_header *tip = chain_header(a, a->tip);

	/* A tip above: its height cannot be entered for want of memory (R18). */
	if (!tip || a->height <= tip->height)
		return false;
	chain_term(a, tip, a->height, next);
	return true;
}

unsigned int chain_leader(const struct agree *a)
{
	struct block_header next;

	return chain_next(a, &next) ? next.leader : a->n;
}

uint64_t chain_gap(const struct agree *a)
{
	uint64_t h;

	for (h = a->tip + 1; h < a->height; h++) {
		const struct slot *s = slot_find(a, h);

		if (!s || !s->dummy.have)
			return h;
	}
	return a->height;
}

void chain_tip(struct agree *a, uint64_t height)
{
	const struct block_header *h;

	if (height <= a->tip)
		return;
	h = chain_header(a, height);
	/* Marks of requests follow the tip, as long as it grows by one block. */
	if (!h || h->parent_height != a->tip)
		a->remark = true;
	a->tip = height;
}

struct slot *chain_below(const struct agree *a, const struct slot *s)
{
	return s->block.state >= BLOCK_HEADER ?
	       slot_find(a, s->block.header.parent_height) : NULL;
}

static void enter(struct agree *a, uint64_t height)
{
	a->height = height;
	a->again = true;
	pace_recount(a);
	pace_enter(a);
}

/* R8.  false: no room for the vote in this step */
static bool finalize(struct agree *a, struct slot *s)
{
	if (!s->note.have || s->height <= a->final ||
	    s->cast[VOTE_DUMMY] || s->cast[VOTE_FINALIZE] ||
	    !vote_allowed(a, s->height))
		return true;
	if (!vote_room(a)) {
		a->more = true;
		return false;
	}
	vote_cast(a, s, VOTE_FINALIZE);
	return true;
}

void chain_advance(struct agree *a)
{
	uint64_t last = a->decided.height + a->config.heights;
	uint64_t top = min64(max64(a->sealed, a->final), last);
	uint64_t h;

	for (h = a->height; h <= top; h++) {
		struct slot *s = slot_find(a, h);

		if (!s)
			continue;
		if (!finalize(a, s)) {
			top = h - 1;
			break;
		}
		if (s->dummy.have && !s->note.have && h < last) {
			a->stats.dummies++;
			/* Requests of a block that was not notarized wait again. */
			if (s->block.state != BLOCK_NONE)
				a->remark = true;
		}
	}
	/* R18: above the last one there is no memory to work in. */
	if (top == last)
		top--;
	if (a->height <= a->decided.height)
		enter(a, max64(a->decided.height, top) + 1);
	else if (top >= a->height)
		enter(a, top + 1);
}

void chain_mark_block(struct agree *a, const struct slot *s)
{
	const struct body *b = s->block.body;
	uint32_t i;

	for (i = 0; b && i < b->nr; i++) {
		struct pool_request *r = pool_find(a->pool,
						   b->entry[i].digest);

		if (r)
			pool_propose(a->pool, r, s->height);
	}
}

/* Which requests wait, after the chain took another way */
void chain_mark(struct agree *a)
{
	struct pool_request *r = NULL;
	const struct slot *s;

	if (!a->remark)
		return;
	a->remark = false;
	while ((r = pool_next(a->pool, r)))
		if (r->proposed)
			pool_propose(a->pool, r, 0);
	for (s = slot_find(a, a->tip); s; s = chain_below(a, s))
		chain_mark_block(a, s);
}
