// SPDX-License-Identifier: GPL-2.0
/*
 * Undecided blocks as they come in: one for each height, the first that is
 * proposed there until the quorum names another (R4).
 */
#include "agree_state.h"

/* Every block is bound to its header by the digest; to its leader by nothing but the link. */
static bool led_by(const struct block_header *h, unsigned int member)
{
	return h->leader == member;
}

static void put_header(struct slot *s, const struct agree_packet *p,
		       const uint8_t *digest)
{
	s->block.header = p->block;
	digest_copy(s->block.digest, digest);
	s->block.state = BLOCK_HEADER;
}

/*
 * The body of a block whose header is there.  Without memory for it the header
 * alone is kept.
 */
static enum agree_err put_body(struct agree *a, struct slot *s,
			       const struct agree_packet *p)
{
	uint8_t requests[AGREE_DIGEST_LEN];
	bool whole = p->type == AGREE_BLOCK;
	enum agree_err err;
	struct body *b;

	if (s->block.body)
		body_put(a, s->block.body);
	s->block.body = NULL;
	b = p->count ? body_get(a, s->height) : NULL;
	if (p->count && !b)
		return AGREE_EFULL;
	/* Before the requests are looked at: what is listed waits for them. */
	s->block.body = b;
	err = AGREE_OK;
	if (b)
		err = whole ? body_fill(a, b, p, s->certified || a->replaying) :
			      body_list(a, b, p);
	body_requests(b, requests);
	if (!err && !digest_equal(requests, s->block.header.requests))
		err = AGREE_EREQUEST;
	if (err) {
		if (b)
			body_put(a, b);
		s->block.body = NULL;
		return err;
	}
	if (whole || !b)
		s->block.state = BLOCK_WHOLE;
	a->again = true;
	return AGREE_OK;
}

/* Give the place at a height to a block.  It stays WANTED or empty if the block is not good. */
static enum agree_err store(struct agree *a, struct slot *s,
			    const struct agree_packet *p, const uint8_t *digest)
{
	enum agree_err err;

	if (s->block.state == BLOCK_HEADER || s->block.state == BLOCK_WHOLE) {
		if (!digest_equal(s->block.digest, digest)) {
			assert(!s->certified);
			slot_drop_block(a, s);
			a->remark = true;
		}
	}
	put_header(s, p, digest);
	err = put_body(a, s, p);
	if (err == AGREE_EREQUEST && !s->certified)
		slot_drop_block(a, s);
	return err;
}

/* Must the block that has the place give way to a proposal of the leader? */
static bool replaceable(const struct agree *a, const struct slot *s,
			const struct block_header *h)
{
	return !s->certified && !s->cast[VOTE_NOTARIZE] && !s->proposed &&
	       proposal_check(a, &s->block.header) != PROPOSAL_VALID &&
	       proposal_check(a, h) == PROPOSAL_VALID;
}

enum agree_err store_propose(struct agree *a, unsigned int from,
			     const struct agree_packet *p)
{
	const struct block_header *h = &p->block;
	uint8_t digest[AGREE_DIGEST_LEN];
	enum agree_err err;
	struct slot *s;

	if (!led_by(h, from))
		return AGREE_EMEMBER;
	catchup_heard(a, from, h->height);
	if (h->height < a->height)
		return AGREE_ESTALE;
	s = h->height <= a->height + AHEAD_MAX ? slot_get(a, h->height) : NULL;
	if (!s)
		return AGREE_EFAR;
	block_digest(digest, &a->config, h);
	if (s->block.state != BLOCK_NONE &&
	    digest_equal(s->block.digest, digest)) {
		s->block.from_leader = true;
		a->again = true;
		if (s->block.state == BLOCK_WHOLE || s->block.body)
			return AGREE_ESTALE;
		return store(a, s, p, digest);
	}
	if (s->block.state != BLOCK_NONE && !replaceable(a, s, h))
		return AGREE_ECONFLICT;
	/* A member can make us check one block for each height. */
	if (s->proposers & UINT32_C(1) << from)
		return AGREE_ECONFLICT;
	if (proposal_check(a, h) == PROPOSAL_BAD)
		return AGREE_EREQUEST;
	s->proposers |= UINT32_C(1) << from;
	err = store(a, s, p, digest);
	s->block.from_leader = s->block.state != BLOCK_NONE;
	return err;
}

/* Was this block asked for, or is it on the way to a final one? */
static bool welcome(const struct agree *a, const struct slot *s,
		    const uint8_t *digest)
{
	const struct place *p;
	unsigned int i;

	if (s->vote_lost && !s->certified &&
	    digest_equal(s->lost_digest, digest))
		return true;
	if (s->block.state != BLOCK_NONE)
		return digest_equal(s->block.digest, digest);
	if (s->height < a->final)
		return true;
	/* Its leader voted for it, and the proposal was lost. */
	p = slot_place(a, s, VOTE_NOTARIZE, 0);
	for (i = 0; i < a->n; i++)
		if (p[i].state != PLACE_EMPTY &&
		    digest_equal(p[i].digest, digest))
			return true;
	return false;
}

enum agree_err store_block(struct agree *a, const struct agree_packet *p)
{
	uint8_t digest[AGREE_DIGEST_LEN];
	struct slot *s;

	if (p->block.height <= a->decided.height)
		return AGREE_ESTALE;
	s = slot_get(a, p->block.height);
	if (!s)
		return AGREE_EFAR;
	block_digest(digest, &a->config, &p->block);
	if (!welcome(a, s, digest))
		return AGREE_ECONFLICT;
	if (s->block.state == BLOCK_WHOLE &&
	    digest_equal(s->block.digest, digest))
		return AGREE_ESTALE;
	return store(a, s, p, digest);
}

/* Our own journal had it. */
void store_replayed(struct agree *a, const struct agree_packet *p)
{
	uint8_t digest[AGREE_DIGEST_LEN];
	struct slot *s = slot_get(a, p->block.height);

	if (!s)
		return;
	block_digest(digest, &a->config, &p->block);
	if ((s->certified && !digest_equal(s->block.digest, digest)) ||
	    s->block.state == BLOCK_WHOLE)
		return;
	store(a, s, p, digest);
	s->block.journaled = s->block.state == BLOCK_WHOLE;
	slot_journaled(a, s);
}

bool store_complete(struct agree *a, struct slot *s)
{
	enum agree_err err;

	if (s->block.state != BLOCK_HEADER || !s->block.body ||
	    s->block.body->missing)
		return s->block.state == BLOCK_WHOLE;
	err = body_assemble(a, s->block.body);
	if (err == AGREE_OK)
		s->block.state = BLOCK_WHOLE;
	else if (err == AGREE_EREQUEST && !s->certified)
		slot_drop_block(a, s);
	return err == AGREE_OK;
}

/* R10: the block, with all its requests, once */
void store_journal(struct agree *a, struct slot *s)
{
	uint8_t header[AGREE_BLOCK_LEN];
	const struct body *b = s->block.body;

	assert(s->block.state == BLOCK_WHOLE);
	if (s->block.journaled || a->replaying)
		return;
	block_encode(header, &s->block.header);
	output_open(a);
	journal_record(&a->writer, JOURNAL_BLOCK);
	journal_bytes(&a->writer, header, sizeof(header));
	if (b)
		journal_bytes(&a->writer, b->bytes, b->len);
	journal_record_end(&a->writer);
	s->block.journaled = true;
	slot_journaled(a, s);
}
