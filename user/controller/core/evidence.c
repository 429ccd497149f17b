// SPDX-License-Identifier: GPL-2.0
/*
 * Proofs that a member contradicts itself (A7): two signed votes of which a
 * correct member casts one at most.  Kept in the journal, so that a restart
 * does not pardon anybody.
 *
 * finalize(h, d) with notarize(h, d') is none: R8 asks only that d is notarized.
 */
#include "agree_state.h"
#include "bytes.h"

enum { EVIDENCE_LEN = 16 + 2 * (AGREE_DIGEST_LEN + AGREE_SIG_LEN) };

static bool is_known(const struct agree *a, unsigned int member,
		     uint64_t height, enum vote_kind kind)
{
	unsigned int i, nr = 0;

	for (i = 0; i < a->evidence_nr; i++) {
		if (a->evidence[i].member != member)
			continue;
		nr++;
		if (a->evidence[i].height == height &&
		    a->evidence[i].kind == kind)
			return true;
	}
	/* One who lied that often needs no more proof. */
	return nr >= EVIDENCE_MEMBER_MAX;
}

static void write_evidence(struct agree *a, const struct agree_evidence *e)
{
	uint8_t out[EVIDENCE_LEN];
	struct wire_writer w = { .out = out, .room = sizeof(out) };
	unsigned int i;

	wire_write_be(&w, e->member, 2);
	wire_write_be(&w, e->kind, 1);
	wire_write_zero(&w, 5);
	wire_write_be(&w, e->height, 8);
	for (i = 0; i < 2; i++) {
		wire_write(&w, e->digest[i], AGREE_DIGEST_LEN);
		wire_write(&w, e->sig[i], AGREE_SIG_LEN);
	}
	assert(w.used == EVIDENCE_LEN);
	output_journal(a, JOURNAL_EVIDENCE, out, sizeof(out));
}

static void add(struct agree *a, unsigned int member, const struct vote *first,
		const struct vote *second)
{
	struct agree_evidence *e;

	if (a->evidence_nr == EVIDENCE_MAX)
		return;
	e = &a->evidence[a->evidence_nr++];
	memset(e, 0, sizeof(*e));
	e->member = (uint16_t)member;
	e->kind = (uint8_t)first->kind;
	e->height = first->height;
	digest_copy(e->digest[0], first->digest);
	digest_copy(e->digest[1], second->digest);
	memcpy(e->sig[0], first->sig, AGREE_SIG_LEN);
	memcpy(e->sig[1], second->sig, AGREE_SIG_LEN);
	a->stats.equivocations++;
	write_evidence(a, e);
}

/* The vote in a place, if its signature is good; otherwise the place becomes empty. */
static bool good_place(struct agree *a, struct slot *s, enum vote_kind kind,
		       unsigned int member, struct vote *vote)
{
	struct place *p = slot_place(a, s, kind, member);

	if (p->state == PLACE_EMPTY)
		return false;
	memset(vote, 0, sizeof(*vote));
	vote->kind = kind;
	vote->height = s->height;
	digest_copy(vote->digest, p->digest);
	memcpy(vote->sig, p->sig, AGREE_SIG_LEN);
	if (p->state == PLACE_HELD && !seal_signature(a, member, vote)) {
		p->state = PLACE_EMPTY;
		tally_bad(a, member);
		return false;
	}
	p->state = PLACE_GOOD;
	return true;
}

static void check_pair(struct agree *a, struct slot *s, enum vote_kind kind,
		       unsigned int member, const struct vote *vote)
{
	enum vote_kind named = vote->kind == VOTE_DUMMY ? kind : vote->kind;
	struct vote other;

	if (is_known(a, member, s->height, named) ||
	    !good_place(a, s, kind, member, &other))
		return;
	if (!seal_signature(a, member, vote)) {
		tally_bad(a, member);
		return;
	}
	if (vote->kind == VOTE_FINALIZE && kind == VOTE_DUMMY)
		add(a, member, vote, &other);
	else
		add(a, member, &other, vote);
}

void evidence_check(struct agree *a, struct slot *s, unsigned int member,
		    const struct vote *vote)
{
	struct place *same = slot_place(a, s, vote->kind, member);

	/* Votes without signatures prove nothing. */
	if (!a->is_signed)
		return;
	if (same->state != PLACE_EMPTY &&
	    !digest_equal(same->digest, vote->digest))
		check_pair(a, s, vote->kind, member, vote);
	if (vote->kind == VOTE_FINALIZE)
		check_pair(a, s, VOTE_DUMMY, member, vote);
	if (vote->kind == VOTE_DUMMY)
		check_pair(a, s, VOTE_FINALIZE, member, vote);
}

/* Each segment begins with all of it: older segments may be removed. */
void evidence_journal(struct agree *a)
{
	unsigned int i;

	for (i = 0; i < a->evidence_nr; i++)
		write_evidence(a, &a->evidence[i]);
}

void evidence_replay(struct agree *a, const uint8_t *in, size_t len)
{
	struct agree_evidence e = { 0 };
	unsigned int i;

	if (len != EVIDENCE_LEN || a->evidence_nr == EVIDENCE_MAX)
		return;
	e.member = wire_get16(in);
	e.kind = in[2];
	e.height = wire_get64(in + 8);
	if (is_known(a, e.member, e.height, e.kind))
		return;
	in += 16;
	for (i = 0; i < 2; i++) {
		memcpy(e.digest[i], in, AGREE_DIGEST_LEN);
		memcpy(e.sig[i], in + AGREE_DIGEST_LEN, AGREE_SIG_LEN);
		in += AGREE_DIGEST_LEN + AGREE_SIG_LEN;
	}
	a->evidence[a->evidence_nr++] = e;
	a->stats.equivocations++;
}
