// SPDX-License-Identifier: GPL-2.0
/*
 * Votes about heights: each member has one place for each kind at each height
 * (R18), and a quorum of equal ones makes a certificate (R7) or a decision (R9).
 *
 * Signatures are looked at only when a quorum could follow, and once: for the block that we
 * voted for as they come, as those of a quorum will be needed, and less is left to do
 * when its last one is here.  One that is wrong leaves its place, and its sender is trusted
 * less: its finalize votes, which otherwise count as the link says them, are checked on arrival.
 */
#include "agree_state.h"

enum { WORD_BITS = 64 };

void tally_carve(struct agree *a, struct carve *c)
{
	size_t len = a->config.heights / WORD_BITS * sizeof(*a->dirty);

	a->dirty = carve_take(c, len);
	if (c->mem)
		memset(a->dirty, 0, len);
}

void tally_bad(struct agree *a, unsigned int member)
{
	a->peer[member].bad++;
	a->stats.refused++;
}

static void mark_dirty(struct agree *a, struct slot *s, enum vote_kind kind)
{
	uint64_t i = s->height & (a->config.heights - 1);

	s->dirty |= (uint8_t)(1u << kind);
	a->dirty[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
	a->again = true;
}

static void put_vote(struct agree *a, struct slot *s, unsigned int member,
		     const struct vote *vote, bool good)
{
	struct place *p = slot_place(a, s, vote->kind, member);

	p->state = good ? PLACE_GOOD : PLACE_HELD;
	digest_copy(p->digest, vote->digest);
	memcpy(p->sig, vote->sig, AGREE_SIG_LEN);
	mark_dirty(a, s, vote->kind);
}

void tally_own(struct agree *a, struct slot *s, const struct vote *vote)
{
	put_vote(a, s, a->self, vote, true);
}

enum agree_err tally_vote(struct agree *a, unsigned int member,
			  const struct vote *vote)
{
	struct slot *s = slot_get(a, vote->height);
	bool good = !a->is_signed;
	struct place *p;

	if (a->peer[member].bad > BAD_MAX)
		return AGREE_ESIGNATURE;
	catchup_heard(a, member, vote->height);
	if (!s) {
		if (vote->height > a->decided.height)
			return AGREE_EFAR;
		if (vote->kind == VOTE_FINALIZE)
			history_vote(a, member, vote);
		return AGREE_ESTALE;
	}
	/* It timed out where a block was notarized: it does not know. */
	if (vote->kind == VOTE_DUMMY && s->note.have)
		answer_certs(a, member, vote->height);
	p = slot_place(a, s, vote->kind, member);
	if (p->state != PLACE_EMPTY) {
		if (digest_equal(p->digest, vote->digest))
			return AGREE_ESTALE;
		evidence_check(a, s, member, vote);
		/* Unless what was there had a wrong signature */
		if (p->state != PLACE_EMPTY)
			return AGREE_ECONFLICT;
	}
	if (vote->kind == VOTE_FINALIZE && a->peer[member].bad && !good) {
		if (!seal_signature(a, member, vote)) {
			tally_bad(a, member);
			return AGREE_ESIGNATURE;
		}
		good = true;
	}
	put_vote(a, s, member, vote, good);
	if (vote->kind != VOTE_NOTARIZE)
		evidence_check(a, s, member, vote);
	return AGREE_OK;
}

static unsigned int count(const struct agree *a, const struct place *place,
			  const uint8_t *digest)
{
	unsigned int i, nr = 0;

	for (i = 0; i < a->n; i++)
		nr += place[i].state != PLACE_EMPTY &&
		      digest_equal(place[i].digest, digest);
	return nr;
}

/* A digest that a quorum voted for; at most one with these places.  NULL: none */
static const uint8_t *majority(const struct agree *a, const struct place *place)
{
	unsigned int i, any = 0;

	for (i = 0; i < a->n; i++)
		any += place[i].state != PLACE_EMPTY;
	for (i = 0; any >= a->q && i < a->n; i++)
		if (place[i].state != PLACE_EMPTY &&
		    count(a, place, place[i].digest) >= a->q)
			return place[i].digest;
	return NULL;
}

/* Look at signatures until enough are good.  false: too few are. */
static bool verify_quorum(struct agree *a, struct slot *s, enum vote_kind kind,
			  const uint8_t *digest)
{
	struct place *place = slot_place(a, s, kind, 0);
	struct vote vote = { .kind = kind, .height = s->height };
	unsigned int i, good = 0;

	digest_copy(vote.digest, digest);
	for (i = 0; i < a->n; i++)
		good += place[i].state == PLACE_GOOD &&
			digest_equal(place[i].digest, vote.digest);
	for (i = 0; i < a->n && good < a->q; i++) {
		if (place[i].state != PLACE_HELD ||
		    !digest_equal(place[i].digest, vote.digest))
			continue;
		memcpy(vote.sig, place[i].sig, AGREE_SIG_LEN);
		if (seal_signature(a, i, &vote)) {
			place[i].state = PLACE_GOOD;
			good++;
		} else {
			place[i].state = PLACE_EMPTY;
			tally_bad(a, i);
		}
	}
	return good >= a->q;
}

static void make_cert(struct agree *a, struct slot *s, enum vote_kind kind,
		      const uint8_t *digest)
{
	struct place *place = slot_place(a, s, kind, 0);
	struct cert *cert = &a->cert;
	unsigned int i, nr = 0;

	memset(cert, 0, sizeof(*cert));
	cert->kind = kind;
	cert->height = s->height;
	digest_copy(cert->digest, digest);
	for (i = 0; i < a->n && nr < a->q; i++) {
		if (place[i].state != PLACE_GOOD ||
		    !digest_equal(place[i].digest, cert->digest))
			continue;
		cert->signers |= UINT32_C(1) << i;
		memcpy(cert->sig[i], place[i].sig, AGREE_SIG_LEN);
		nr++;
	}
	assert(nr == a->q);
	seal_adopt(a, s, cert);
}

static void look(struct agree *a, struct slot *s, enum vote_kind kind)
{
	const struct place *own = slot_place(a, s, kind, a->self);
	const uint8_t *digest = majority(a, slot_place(a, s, kind, 0));

	if (kind == VOTE_FINALIZE) {
		if (digest)
			decide_final(a, s->height, digest);
		return;
	}
	if ((kind == VOTE_NOTARIZE ? &s->note : &s->dummy)->have)
		return;
	if (!digest && kind == VOTE_NOTARIZE && own->state != PLACE_EMPTY) {
		a->seals_step++;
		verify_quorum(a, s, kind, own->digest);
		return;
	}
	if (!digest)
		return;
	a->seals_step++;
	if (verify_quorum(a, s, kind, digest))
		make_cert(a, s, kind, digest);
	else
		mark_dirty(a, s, kind);	/* the rest may still be enough */
}

static bool look_at_slot(struct agree *a, struct slot *s)
{
	unsigned int kind;

	for (kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
		if (!(s->dirty & 1u << kind))
			continue;
		if (a->seals_step >= SEALS_STEP_MAX) {
			a->more = true;
			return false;
		}
		s->dirty &= (uint8_t)~(1u << kind);
		look(a, s, kind);
	}
	return true;
}

void tally_run(struct agree *a)
{
	uint32_t i, words = a->config.heights / WORD_BITS;

	for (i = 0; i < words; i++) {
		uint64_t bits = a->dirty[i];

		while (bits) {
			unsigned int bit = (unsigned int)__builtin_ctzll(bits);
			struct slot *s = &a->slot[i * WORD_BITS + bit];

			bits &= bits - 1;
			a->dirty[i] &= ~(UINT64_C(1) << bit);
			if (s->height && !look_at_slot(a, s)) {
				a->dirty[i] |= UINT64_C(1) << bit;
				return;
			}
		}
	}
}
