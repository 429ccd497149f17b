// SPDX-License-Identifier: GPL-2.0
/*
 * Our own votes: journaled with the step that casts them (R10), counted here at
 * once, and sent when the batch is durable; each after its kind's rule
 * (docs/agreement.md section 2, A5).
 */
#include "agree_state.h"

bool vote_allowed(const struct agree *a, uint64_t height)
{
	return a->started && !a->recovering && height > a->vote_floor &&
	       height > a->decided.height;
}

bool vote_room(const struct agree *a)
{
	return a->writer.vote_nr < JOURNAL_VOTES_MAX;
}

static void sign(const struct agree *a, struct vote *v)
{
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];

	if (!a->is_signed)
		return;
	vote_statement(statement, &a->config, v);
	a->ops->sign(a->ctx, v->sig, statement, sizeof(statement));
}

void vote_cast(struct agree *a, struct slot *s, enum vote_kind kind)
{
	struct vote *v = &a->cast[a->cast_nr];
	bool room;

	assert(vote_allowed(a, s->height) && !s->cast[kind]);
	assert(a->cast_nr < JOURNAL_VOTES_MAX);
	memset(v, 0, sizeof(*v));
	v->kind = kind;
	v->height = s->height;
	switch (kind) {
	case VOTE_NOTARIZE:
		assert(s->block.journaled && s->height == a->height);
		digest_copy(v->digest, s->block.digest);
		break;
	case VOTE_DUMMY:
		assert(!s->cast[VOTE_FINALIZE]);	/* A2 */
		break;
	case VOTE_FINALIZE:
		assert(!s->cast[VOTE_DUMMY] && s->note.have);	/* A2 */
		digest_copy(v->digest, s->note.digest);
		break;
	default:
		assert(!"no vote about a height");
	}
	sign(a, v);
	output_open(a);
	room = journal_vote(&a->writer, v);
	assert(room);
	a->cast_nr++;
	s->cast[kind] = true;
	slot_journaled(a, s);
	tally_own(a, s, v);
}

void vote_restore(struct agree *a, struct slot *s)
{
	struct vote v = { .kind = VOTE_NOTARIZE, .height = s->height };

	assert(s->vote_lost && s->cast[VOTE_NOTARIZE] && s->block.journaled);
	digest_copy(v.digest, s->lost_digest);
	sign(a, &v);
	s->vote_lost = false;
	tally_own(a, s, &v);
}

void vote_send(struct agree *a)
{
	unsigned int nr = a->cast_nr;

	a->cast_nr = 0;
	if (!nr || a->n == 1)
		return;
	message_put_votes(output_message(a, AGREE_VOTES), a->cast, nr);
	output_send(a, AGREE_ALL, false);
}

/* R14: the newest votes again: they may have been lost, or their receiver's memory of them. */
void vote_resend(struct agree *a, unsigned int to)
{
	struct vote vote[AGREE_VOTES_MAX];
	unsigned int nr = 0;
	uint64_t h;

	for (h = a->height; h > a->decided.height; h--) {
		struct slot *s = slot_find(a, h);
		unsigned int kind;

		for (kind = VOTE_NOTARIZE; s && kind <= VOTE_FINALIZE; kind++) {
			struct place *p = slot_place(a, s, kind, a->self);

			if (p->state == PLACE_EMPTY || nr == AGREE_VOTES_MAX)
				continue;
			assert(s->cast[kind]);
			memset(&vote[nr], 0, sizeof(vote[nr]));
			vote[nr].kind = kind;
			vote[nr].height = h;
			digest_copy(vote[nr].digest, p->digest);
			memcpy(vote[nr].sig, p->sig, AGREE_SIG_LEN);
			nr++;
		}
	}
	if (!nr || a->n == 1)
		return;
	message_put_votes(output_message(a, AGREE_VOTES), vote, nr);
	output_send(a, to, false);
}
