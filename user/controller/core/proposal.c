// SPDX-License-Identifier: GPL-2.0
/* Is a proposal valid (R4), and may we vote for it (R5)? */
#include "agree_state.h"

/* The parent's place, whatever is known of it */
static enum proposal_verdict check_parent(const struct agree *a,
					  const struct block_header *h)
{
	const struct slot *s;

	if (h->parent_height < a->decided.height)
		return PROPOSAL_BAD;
	if (h->parent_height == a->decided.height)
		return digest_equal(h->parent, a->decided_digest) ?
		       PROPOSAL_VALID : PROPOSAL_BAD;
	s = slot_find(a, h->parent_height);
	if (!s || !s->certified)
		return PROPOSAL_WAIT;
	if (!digest_equal(s->block.digest, h->parent))
		return PROPOSAL_BAD;
	return chain_header(a, h->parent_height) ? PROPOSAL_VALID :
						   PROPOSAL_WAIT;
}

enum proposal_verdict proposal_check(const struct agree *a,
				     const struct block_header *h)
{
	enum proposal_verdict verdict = check_parent(a, h);
	const struct block_header *parent;
	struct block_header right;
	uint64_t k;

	if (verdict != PROPOSAL_VALID)
		return verdict;
	parent = chain_header(a, h->parent_height);
	chain_term(a, parent, h->height, &right);
	if (!chain_term_equal(h, &right) || h->time_ms < parent->time_ms)
		return PROPOSAL_BAD;
	for (k = h->parent_height + 1; k < h->height; k++) {
		const struct slot *s = slot_find(a, k);

		if (!s || !s->dummy.have)
			return PROPOSAL_WAIT;
	}
	if (h->time_ms > a->now_ms + a->config.clock_skew_ms)
		return PROPOSAL_WAIT;
	return PROPOSAL_VALID;
}

/* Does its leader stand to it?  Only the link it came by says so, or the leader's vote. */
static bool led(const struct agree *a, const struct slot *s)
{
	const struct place *p = slot_place(a, s, VOTE_NOTARIZE,
					   s->block.header.leader);

	return s->block.from_leader ||
	       (p->state != PLACE_EMPTY &&
		digest_equal(p->digest, s->block.digest));
}

static void vote(struct agree *a, struct slot *s)
{
	if (!vote_room(a) ||
	    !output_journal_room(a, s->block.body ? s->block.body->len : 0)) {
		a->more = true;
		return;
	}
	store_journal(a, s);
	slow_sample(a, s);
	if (!slow_full(a, s))
		a->spare_ms = a->now_ms;
	chain_mark_block(a, s);
	vote_cast(a, s, VOTE_NOTARIZE);
	pace_voted(a, s);
}

/* The block that we voted for before a restart, and lost */
static void restore(struct agree *a, struct slot *s)
{
	if (s->block.state < BLOCK_HEADER ||
	    !digest_equal(s->block.digest, s->lost_digest) ||
	    !store_complete(a, s))
		return;
	if (!output_journal_room(a, s->block.body ? s->block.body->len : 0)) {
		a->more = true;
		return;
	}
	store_journal(a, s);
	vote_restore(a, s);
}

void proposal_run(struct agree *a)
{
	struct slot *s = slot_find(a, a->height);

	if (s && s->vote_lost)
		restore(a, s);
	if (!s || s->certified || s->block.state < BLOCK_HEADER ||
	    s->cast[VOTE_NOTARIZE])
		return;
	switch (proposal_check(a, &s->block.header)) {
	case PROPOSAL_WAIT:
		catchup_want(a, s);
		return;
	case PROPOSAL_BAD:
		slot_drop_block(a, s);
		a->stats.refused++;
		return;
	case PROPOSAL_VALID:
		break;
	}
	if (store_complete(a, s) && led(a, s) && vote_allowed(a, s->height))
		vote(a, s);
}
