// SPDX-License-Identifier: GPL-2.0
/*
 * After a restart (R11): the journal is read again, its blocks executed, its
 * votes taken as cast.  Where it is damaged, votes count as far as they can be
 * read, and nothing is executed past a gap.
 */
#include "agree_state.h"
#include "bytes.h"

/* mode, members, which one, domain, phase: a journal of another member is none of ours. */
void restart_config(const struct agree *a, uint8_t out[24])
{
	const struct agree_config *c = &a->config;
	struct wire_writer w = { .out = out, .room = 24 };

	wire_write_be(&w, c->mode, 4);
	wire_write_be(&w, c->n, 2);
	wire_write_be(&w, c->self, 2);
	wire_write_be(&w, c->domain, 8);
	wire_write_be(&w, c->phase, 4);
	wire_write_zero(&w, 4);
}

/*
 * Alone, nobody else has what a batch held, and nobody has seen what was not synced.  So
 * from the first batch that is not whole on nothing counts, up to the mark of the start
 * that found it; if it was durable it is lost for good (R11).
 */
static bool alone_gap(const struct agree *a)
{
	return a->n == 1 && (a->unproved || a->torn_serial || a->lost_serial);
}

/* A body that cannot be read, of heights that nothing before it decides */
static void alone_torn(struct agree *a, const struct journal_batch *batch,
		       uint32_t previous)
{
	unsigned int i;

	if (a->n > 1 || batch->state == JOURNAL_GOOD || alone_gap(a))
		return;
	for (i = 0; i < batch->vote_nr; i++) {
		if (batch->vote[i].kind == VOTE_CHECKPOINT ||
		    batch->vote[i].height <= a->decided.height)
			continue;
		a->torn_first = batch->serial;
		a->torn_serial = batch->serial;
		a->gap_previous = previous;
	}
}

/* @whole: what the vote rests on can be read too */
static void replay_vote(struct agree *a, const struct journal_vote *v,
			bool whole)
{
	struct slot *s;
	struct place *p;

	if (v->kind == VOTE_CHECKPOINT) {
		recover_replay(a, v);
		return;
	}
	if (v->height <= a->decided.height)
		return;
	if (a->n == 1 && (!whole || alone_gap(a)))
		return;
	s = slot_get(a, v->height);
	/* It may be a lie of a client: then it must do no more than keep us silent once. */
	if (a->unproved) {
		if (s)
			s->cast[v->kind] = true;
		return;
	}
	a->vote_top = max64(a->vote_top, v->height);
	/* Behind a gap that keeps its height away: no vote there, then. */
	if (!s) {
		a->vote_floor = max64(a->vote_floor, v->height);
		return;
	}
	s->cast[v->kind] = true;
	/*
	 * A vote whose block is lost binds us, but is not said again before somebody has
	 * given us the block: if all did, after a power failure, a block could be
	 * notarized that nobody has (A8).
	 */
	if (whole || v->kind != VOTE_NOTARIZE) {
		p = slot_place(a, s, v->kind, a->self);
		p->state = PLACE_GOOD;
		digest_copy(p->digest, v->digest);
	} else {
		s->vote_lost = true;
		digest_copy(s->lost_digest, v->digest);
	}
	slot_journaled(a, s);
}

static void replay_cert(struct agree *a, const struct cert *cert)
{
	struct slot *s = slot_get(a, cert->height);

	a->proved = max64(a->proved, cert->height);
	if (!s)
		return;
	if (cert->kind == VOTE_FINALIZE) {
		/* Made of votes as the link said them (R9) */
		seal_from_cert(a, &a->final_seal, cert);
		a->final_seal.good = !a->is_signed;
		a->final_sealed = cert->height;
	} else if (!(cert->kind == VOTE_NOTARIZE ? s->note : s->dummy).have) {
		seal_adopt(a, s, cert);
	}
}

static void replay_decided(struct agree *a, const uint8_t *in, size_t len)
{
	uint64_t height;

	if (len != 8 + AGREE_DIGEST_LEN)
		return;
	height = wire_get64(in);
	a->replayed = max64(a->replayed, height);
	a->proved = max64(a->proved, height);
	if (height > a->decided.height && slot_get(a, height))
		decide_final(a, height, in + 8);
}

static void replay_record(struct agree *a, enum journal_type type,
			  const uint8_t *in, size_t len)
{
	struct agree_packet *p = &a->packet;
	uint8_t config[24];

	switch (type) {
	case JOURNAL_CONFIG:
		restart_config(a, config);
		a->config_bad |= len != sizeof(config) ||
				 memcmp(in, config, sizeof(config));
		break;
	case JOURNAL_BLOCK:
		if (!message_decode_body(p, &a->config, AGREE_BLOCK, in, len))
			store_replayed(a, p);
		break;
	case JOURNAL_CERT:
		if (!message_decode_body(p, &a->config, AGREE_CERT, in, len))
			replay_cert(a, &p->cert);
		break;
	case JOURNAL_DECIDED:
		replay_decided(a, in, len);
		break;
	case JOURNAL_EVIDENCE:
		evidence_replay(a, in, len);
		break;
	default:
		break;
	}
}

/*
 * Batches that cannot be read: if a later one says that they were durable, votes are
 * lost that others may have seen (R12).  Else a crash tore the last of them, before
 * their steps had said anything.
 */
static void replay_batch(struct agree *a, const struct journal_batch *batch,
			 uint64_t expected, uint32_t previous)
{
	enum journal_type type;
	const uint8_t *in;
	size_t at = 0, len;
	unsigned int i;

	if (batch->state == JOURNAL_VOTES_LOST) {
		if (!a->torn_serial)
			a->torn_first = max64(expected, 1);
		if (!a->unproved)
			a->gap_previous = previous;
		a->unproved = true;
		a->torn_serial = a->reader.serial - 1;
		return;
	}
	if (a->first_missing) {
		a->first_missing = false;
		a->lost_serial = batch->serial - 1;
	}
	if (!a->unproved)
		a->reserve_found = max64(a->reserve_found, batch->reserve);
	for (i = 0; i < batch->vote_nr; i++)
		replay_vote(a, &batch->vote[i],
			    batch->state == JOURNAL_GOOD);
	/* After its own votes: a mark of R12 makes up for what was lost. */
	if (a->torn_serial && batch->durable >= a->torn_first) {
		a->lost_serial = a->torn_serial;
		a->torn_serial = 0;
	}
	alone_torn(a, batch, previous);
	while (batch->state == JOURNAL_GOOD && !a->unproved && !alone_gap(a) &&
	       journal_next(batch, &at, &type, &in, &len))
		replay_record(a, type, in, len);
	decide_run(a);
}

enum agree_err restart_segment(struct agree *a, uint64_t segment,
			       const uint8_t *in, size_t len)
{
	enum agree_err err = AGREE_OK;
	struct journal_batch batch;
	uint64_t expected;
	uint32_t previous;
	bool torn;

	/* Older ones were left behind when it was killed, and nobody misses what rots there. */
	if (a->n == 1 && segment < a->snapshot_segment)
		return AGREE_OK;
	a->replaying = true;
	a->batch_segment = segment;
	/* Only what a snapshot covers may be removed. */
	if (!a->any_segment)
		a->first_missing = segment > max64(a->snapshot_segment, 1);
	journal_reader_segment(&a->reader, segment, !a->any_segment, in, len);
	a->any_segment = true;
	for (;;) {
		expected = a->reader.serial;
		previous = a->reader.previous;
		journal_read(&a->reader, &batch, &torn);
		if (batch.state == JOURNAL_END)
			break;
		replay_batch(a, &batch, expected, previous);
		if (a->lost_serial)
			err = AGREE_EJOURNAL;
	}
	a->replaying = false;
	return a->config_bad ? AGREE_ECONFIG : err;
}

/* Votes of the journal have no signatures: they are made anew, and counted. */
static void restore_votes(struct agree *a)
{
	uint32_t i;

	for (i = 0; i < a->config.heights; i++) {
		struct slot *s = &a->slot[i];
		unsigned int kind;

		for (kind = VOTE_NOTARIZE; s->height && kind <= VOTE_FINALIZE;
		     kind++) {
			uint8_t statement[AGREE_VOTE_STATEMENT_LEN];
			struct vote v = { .kind = kind, .height = s->height };

			if (slot_place(a, s, kind, a->self)->state ==
			    PLACE_EMPTY)
				continue;
			digest_copy(v.digest,
				    slot_place(a, s, kind, a->self)->digest);
			if (a->is_signed) {
				vote_statement(statement, &a->config, &v);
				a->ops->sign(a->ctx, v.sig, statement,
					     sizeof(statement));
			}
			tally_own(a, s, &v);
		}
	}
}

/* What is read from here on is proved, whatever was lost before. */
void restart_mark(struct agree *a)
{
	a->mark_serial = a->writer.serial;
	a->mark_previous = a->gap_previous;
}

/* Are promises lost that the others may know, or have to make up for? */
static bool promises_lost(const struct agree *a, bool formatted)
{
	/* Segments that a snapshot needs are not there at all. */
	return a->lost_serial || a->first_missing || a->config_bad ||
	       (a->any_snapshot && !a->any_segment) ||
	       (a->n == 1 && a->replayed > a->decided.height) ||
	       (!formatted && !a->mark_serial);
}

enum agree_err restart_start(struct agree *a, const struct agree_event *event)
{
	uint64_t last = a->decided.height + a->config.heights;

	if (a->any_segment)
		journal_writer_resume(&a->writer, &a->reader);
	/* What was torn never was durable, whatever comes after it. */
	a->writer.durable = (a->torn_serial ? a->torn_first :
					      a->writer.serial) - 1;
	a->batch_segment = a->writer.segment;
	/* Older segments, which say it too, will be removed. */
	a->writer.reserve = a->reserve_found;
	a->writer.reserve_sealed = a->reserve_found;
	a->started = true;
	a->journaled = a->decided.height;
	a->nonce = event->nonce;
	a->height = min64(max64(max64(a->sealed, a->final), a->decided.height),
			  last - 1) + 1;
	a->entered_ms = a->now_ms;
	a->await_ms = a->now_ms;
	a->status_ms = a->now_ms;
	restore_votes(a);
	pace_recount(a);
	if (promises_lost(a, event->formatted))
		a->recovering = true;
	else if (a->vote_floor > a->decided.height || a->torn_serial)
		/*
		 * Votes that the floor stands for may go with their segments; and
		 * what is torn was never durable, whatever later batches say.
		 */
		restart_mark(a);
	vote_resend(a, AGREE_ALL);
	/* Alone: a crash kept it from the disk, and who crashes often would never have one. */
	if (a->unwritten && !a->recovering)
		a->written = &a->stable;
	if (a->config_bad)
		return AGREE_ECONFIG;
	return a->n == 1 && a->recovering ? AGREE_EJOURNAL : AGREE_OK;
}
