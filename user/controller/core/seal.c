// SPDX-License-Identifier: GPL-2.0
/*
 * Certificates (R7): made of votes, received, kept, journaled.  Nothing
 * follows from one before all its signatures are known to be good: a bad one
 * could strand those who believed it.
 */
#include "agree_state.h"

void seal_carve(struct agree *a, struct carve *c, struct seal *seal)
{
	void *sig = carve_take(c, (size_t)a->n * AGREE_SIG_LEN);

	if (c->mem)
		seal->sig = sig;
}

void seal_to_cert(const struct agree *a, const struct seal *seal,
		  enum vote_kind kind, uint64_t height, struct cert *cert)
{
	unsigned int i;

	cert->kind = kind;
	cert->height = height;
	digest_copy(cert->digest, seal->digest);
	memset(cert->block, 0, sizeof(cert->block));
	cert->signers = seal->signers;
	for (i = 0; i < a->n; i++)
		if (seal->signers & UINT32_C(1) << i)
			memcpy(cert->sig[i], seal->sig[i], AGREE_SIG_LEN);
}

void seal_from_cert(const struct agree *a, struct seal *seal,
		    const struct cert *cert)
{
	unsigned int i;

	seal->have = true;
	seal->good = true;
	digest_copy(seal->digest, cert->digest);
	seal->signers = cert->signers;
	for (i = 0; i < a->n; i++)
		if (seal->signers & UINT32_C(1) << i)
			memcpy(seal->sig[i], cert->sig[i], AGREE_SIG_LEN);
}

bool seal_signature(const struct agree *a, unsigned int member,
		    const struct vote *vote)
{
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];

	if (!a->is_signed)
		return true;
	vote_statement(statement, &a->config, vote);
	return a->ops->verify(a->ctx, member, statement, sizeof(statement),
			      vote->sig);
}

/* Was this very signature found good before? */
static bool known_good(struct agree *a, unsigned int member,
		       const struct vote *vote)
{
	struct slot *s = slot_find(a, vote->height);
	struct place *p;

	if (!s || vote->kind > VOTE_FINALIZE)
		return false;
	p = slot_place(a, s, vote->kind, member);
	return p->state == PLACE_GOOD &&
	       digest_equal(p->digest, vote->digest) &&
	       !memcmp(p->sig, vote->sig, AGREE_SIG_LEN);
}

bool seal_verify(struct agree *a, const struct cert *cert)
{
	struct vote vote = { .kind = cert->kind, .height = cert->height };
	unsigned int i, good = 0;

	digest_copy(vote.digest, cert->digest);
	digest_copy(vote.block, cert->block);
	for (i = 0; i < a->n; i++) {
		if (!(cert->signers & UINT32_C(1) << i))
			continue;
		memcpy(vote.sig, cert->sig[i], AGREE_SIG_LEN);
		if (!known_good(a, i, &vote) && !seal_signature(a, i, &vote))
			return false;
		good++;
	}
	return good >= a->q;
}

/* R10: what a later vote rests on is durable with it. */
void seal_journal(struct agree *a, const struct cert *cert)
{
	uint8_t bytes[64 + AGREE_DIGEST_LEN +
		      AGREE_MEMBERS_MAX * AGREE_SIG_LEN];
	struct message_writer w = {
		.out = bytes, .room = sizeof(bytes),
	};

	if (a->replaying)
		return;
	message_put_cert(&w, &a->config, cert);
	assert(!w.full);
	output_journal(a, JOURNAL_CERT, bytes, w.used);
}

static void send_dummy(struct agree *a, const struct cert *cert)
{
	if (a->replaying || a->n == 1 ||
	    buggify(a, AGREE_BUGGIFY_LATE_RELAY))
		return;
	message_put_cert(output_message(a, AGREE_CERT), &a->config, cert);
	output_send(a, AGREE_ALL, false);
}

void seal_adopt(struct agree *a, struct slot *s, const struct cert *cert)
{
	bool note = cert->kind == VOTE_NOTARIZE;
	struct seal *seal = note ? &s->note : &s->dummy;

	assert(!seal->have && s->height == cert->height);
	if (note && !slot_certify(a, s, cert->digest)) {
		/* Against A1: more than f members lie. */
		a->stats.refused++;
		return;
	}
	seal_from_cert(a, seal, cert);
	slot_journaled(a, s);
	seal_journal(a, cert);
	a->sealed = max64(a->sealed, s->height);
	a->proved = max64(a->proved, s->height);
	a->again = true;
	if (note) {
		pace_notarized(a, s);
		chain_tip(a, s->height);
	} else {
		send_dummy(a, cert);
	}
}

/* Who decided tells it to those who did not: good for the blocks below too. */
static enum agree_err receive_final(struct agree *a, const struct cert *cert)
{
	if (cert->height <= a->decided.height ||
	    (cert->height <= a->final && a->final_seal.have &&
	     cert->height <= a->final_sealed))
		return AGREE_ESTALE;
	if (!seal_verify(a, cert))
		return AGREE_ESIGNATURE;
	a->proved = max64(a->proved, cert->height);
	if (cert->height > a->decided.height + a->config.heights)
		return AGREE_EFAR;
	seal_from_cert(a, &a->final_seal, cert);
	a->final_sealed = cert->height;
	a->catching = true;
	decide_final(a, cert->height, cert->digest);
	return AGREE_OK;
}

enum agree_err seal_receive(struct agree *a, unsigned int from,
			    const struct cert *cert)
{
	enum agree_err err = AGREE_OK;
	struct slot *s;

	if (a->peer[from].bad > BAD_MAX)
		return AGREE_ESIGNATURE;
	if (cert->kind == VOTE_FINALIZE) {
		err = receive_final(a, cert);
	} else {
		if (cert->height <= a->decided.height)
			return AGREE_ESTALE;
		s = slot_get(a, cert->height);
		if (s && (cert->kind == VOTE_NOTARIZE ? s->note : s->dummy).have)
			return AGREE_ESTALE;
		/* Beyond our slots it proves something to R12 alone. */
		if (!s && (!a->recovering || cert->height <= a->proved))
			return AGREE_EFAR;
		if (!seal_verify(a, cert))
			err = AGREE_ESIGNATURE;
		else if (s)
			seal_adopt(a, s, cert);
		else
			a->proved = max64(a->proved, cert->height);
	}
	if (err == AGREE_ESIGNATURE)
		tally_bad(a, from);
	else
		catchup_heard(a, from, cert->height + 1);
	return err;
}
