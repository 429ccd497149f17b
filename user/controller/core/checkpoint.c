// SPDX-License-Identifier: GPL-2.0
/*
 * Checkpoints (R17): the state after certain decided blocks, its digest signed by
 * a quorum.  What is due depends on the chain alone, so that all take the same.
 */
#include "agree_state.h"

void checkpoint_carve(struct agree *a, struct carve *c)
{
	snapshot_carve(a, c, &a->stable);
	snapshot_carve(a, c, &a->recent);
}

uint64_t checkpoint_segment(const struct agree *a)
{
	uint64_t segment = a->batch_segment;
	uint32_t i;

	for (i = 0; i < a->config.heights; i++) {
		const struct slot *s = &a->slot[i];

		if (s->height > a->decided.height && s->segment)
			segment = min64(segment, s->segment);
	}
	return segment;
}

/* Somebody is loading it, and can go on from there with our history. */
static bool in_use(struct agree *a)
{
	const struct past *p;

	if (!a->stable.height || !a->served_ms ||
	    a->now_ms >= a->served_ms + 2 * pace_timeout(a))
		return false;
	p = history_above(a, a->stable.height);
	return !p || p->header.parent_height == a->stable.height;
}

void checkpoint_settle(struct agree *a)
{
	struct snapshot other = a->stable;

	if (a->coming || !a->recent.sealed ||
	    a->recent.height <= a->stable.height || in_use(a))
		return;
	a->stable = a->recent;
	a->recent = other;
	a->recent.height = 0;
	a->recent.sealed = false;
	if (a->written == &a->recent)
		a->written = &a->stable;
}

/* A quorum of equal votes with good signatures */
static void count(struct agree *a)
{
	struct snapshot *s = &a->recent;
	unsigned int i, nr = 0;

	if (a->coming || !s->height || s->sealed)
		return;
	s->cert.signers = 0;
	for (i = 0; i < a->n; i++) {
		const struct vote *v = i == a->self ? &a->own_checkpoint :
				       &a->peer[i].checkpoint_vote;

		nr += v->height == s->height &&
		      digest_equal(v->digest, s->cert.digest) &&
		      digest_equal(v->block, s->cert.block);
	}
	if (nr < a->q)
		return;
	for (i = 0, nr = 0; i < a->n && nr < a->q; i++) {
		struct vote *v = i == a->self ? &a->own_checkpoint :
				 &a->peer[i].checkpoint_vote;

		if (v->height != s->height ||
		    !digest_equal(v->digest, s->cert.digest) ||
		    !digest_equal(v->block, s->cert.block))
			continue;
		if (i != a->self && !seal_signature(a, i, v)) {
			memset(v, 0, sizeof(*v));
			tally_bad(a, i);
			continue;
		}
		s->cert.signers |= UINT32_C(1) << i;
		memcpy(s->cert.sig[i], v->sig, AGREE_SIG_LEN);
		nr++;
	}
	if (nr >= a->q)
		checkpoint_seal(a, &s->cert);
}

/* The state of recent is certified: older journal segments may go. */
void checkpoint_seal(struct agree *a, const struct cert *cert)
{
	struct snapshot *s = &a->recent;

	assert(!s->sealed && s->height == cert->height);
	assert(digest_equal(s->cert.digest, cert->digest));
	if (cert != &s->cert)
		s->cert = *cert;
	s->sealed = true;
	a->checkpoint = s->height;
	a->written = a->replaying ? NULL : s;
	a->unwritten |= a->replaying;
	checkpoint_settle(a);
}

static void vote(struct agree *a)
{
	struct vote *v = &a->own_checkpoint;
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];

	memset(v, 0, sizeof(*v));
	v->kind = VOTE_CHECKPOINT;
	v->height = a->recent.height;
	digest_copy(v->digest, a->recent.cert.digest);
	digest_copy(v->block, a->recent.cert.block);
	if (!a->is_signed)
		return;
	vote_statement(statement, &a->config, v);
	a->ops->sign(a->ctx, v->sig, statement, sizeof(statement));
}

static void take(struct agree *a)
{
	if (a->coming) {
		if (a->recent.height > a->decided.height)
			return;
		a->coming = false;
	}
	checkpoint_settle(a);
	snapshot_save(a, &a->recent);
	a->recent.sealed = false;
	if (!a->replaying)
		output_open(a);
	a->recent.segment = checkpoint_segment(a);
	vote(a);
	if (a->started)
		checkpoint_send(a, AGREE_ALL);
	count(a);
}

void checkpoint_decided(struct agree *a, size_t len)
{
	uint32_t blocks = a->config.history / 2;

	/* Who is behind must find a state from which our history goes on. */
	if (blocks > a->config.checkpoint_blocks || !blocks)
		blocks = a->config.checkpoint_blocks;
	a->since_blocks++;
	a->since_bytes += len;
	if (a->since_blocks < blocks &&
	    a->since_bytes < (a->past_size - 2 * a->config.block_max) / 2)
		return;
	a->since_blocks = 0;
	a->since_bytes = 0;
	if (a->decided.height > a->checkpoint)
		take(a);
}

enum agree_err checkpoint_vote(struct agree *a, unsigned int from,
			       const struct vote *vote)
{
	struct vote *old = &a->peer[from].checkpoint_vote;

	if (a->peer[from].bad > BAD_MAX)
		return AGREE_ESIGNATURE;
	if (vote->height <= a->checkpoint || vote->height < old->height)
		return AGREE_ESTALE;
	if (vote->height == old->height)
		return digest_equal(vote->digest, old->digest) ?
		       AGREE_ESTALE : AGREE_ECONFLICT;
	*old = *vote;
	catchup_heard(a, from, vote->height);
	count(a);
	return AGREE_OK;
}

/* Again, until it is stable */
void checkpoint_send(struct agree *a, unsigned int to)
{
	if (a->n == 1 || a->coming || !a->recent.height || a->recent.sealed ||
	    a->own_checkpoint.height != a->recent.height)
		return;
	message_put_votes(output_message(a, AGREE_CHECKPOINT),
			  &a->own_checkpoint, 1);
	output_send(a, to, false);
}
