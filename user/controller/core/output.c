// SPDX-License-Identifier: GPL-2.0
/*
 * The update of a step: an arena for its messages, and the journal's batch.
 *
 * What a step must say (its proposal, votes, dummy certificates) always has
 * room, which is asserted; what others asked for has a budget of its own, and is not
 * sent if that is used up: they ask again.
 */
#include "agree_state.h"
#include "bytes.h"

enum {
	CERT_BYTES = 64 + AGREE_DIGEST_LEN + AGREE_MEMBERS_MAX * AGREE_SIG_LEN,
	VOTE_BYTES = 1 + 8 + 2 * AGREE_DIGEST_LEN + AGREE_SIG_LEN,
	/* votes, new and again; certificates; status, fetches, wants */
	SMALL_MESSAGES = 2 * (AGREE_VOTES_MAX * VOTE_BYTES + 64) +
			 (SEALS_STEP_MAX + 4) * CERT_BYTES +
			 EXECUTE_STEP_MAX * 512 + 16 * 128,
	FETCHES_MAX = 12,		/* fetch.c: the way, the tip's, the proposal */
	SMALL_MESSAGES_NR = 64,		/* of AGREE_MESSAGES_MAX, not for answers */
	CONFIG_RECORD_LEN = 24,
	EVIDENCE_BYTES = 256,
	/* certificates of heights and of decisions, decided heights, evidence twice */
	SMALL_RECORDS = (SEALS_STEP_MAX + 4 + EXECUTE_STEP_MAX) *
			(CERT_BYTES + 8) +
			EXECUTE_STEP_MAX * 64 + CONFIG_RECORD_LEN +
			2 * EVIDENCE_MAX * EVIDENCE_BYTES,
};

static size_t bulk_max(const struct agree_config *c)
{
	return 2 * message_max(c);
}

static size_t arena_max(const struct agree_config *c)
{
	/* A proposal, all that is asked for, fetches of the way and the height */
	return message_max(c) + bulk_max(c) + SMALL_MESSAGES +
	       FETCHES_MAX * (AGREE_HEADER_LEN + 64 +
		    (size_t)AGREE_FETCH_MAX * AGREE_DIGEST_LEN);
}

static size_t journal_max(const struct agree_config *c)
{
	return journal_room(BLOCKS_STEP * (size_t)c->block_max + SMALL_RECORDS,
			    4 * EXECUTE_STEP_MAX + 2 * SEALS_STEP_MAX +
			    2 * EVIDENCE_MAX + 8);
}

void output_carve(struct agree *a, struct carve *c)
{
	size_t room = journal_max(&a->config);

	a->out.room = arena_max(&a->config);
	a->out.out = carve_take(c, a->out.room);
	a->journal_out = carve_take(c, room);
	seal_carve(a, c, &a->final_seal);
	if (c->mem)
		journal_writer_init(&a->writer, a->journal_out, room);
}

void output_synced(struct agree *a, uint64_t steps)
{
	unsigned int i = 0;

	if (!steps)
		return;
	a->tells_synced = true;
	if (steps >= a->reserve_step)
		a->reserve_durable = a->writer.reserve_sealed;
	for (; i < a->unsynced_nr && a->unsynced[i].step <= steps; i++)
		a->writer.durable = a->unsynced[i].serial;
	a->unsynced_nr -= i;
	memmove(a->unsynced, a->unsynced + i,
		a->unsynced_nr * sizeof(a->unsynced[0]));
}

/* A reader takes lost batches for rot if a later one says that they were durable. */
static size_t seal(struct agree *a)
{
	uint64_t serial = a->writer.serial;
	unsigned int last = a->unsynced_nr;

	/* Who does not tell is taken to sync each batch by itself. */
	if (!a->tells_synced)
		a->writer.durable = serial - 1;
	if (last < UNSYNCED_MAX) {
		a->unsynced[last].step = a->steps;
		a->unsynced_nr++;
	} else {
		last--;
	}
	a->unsynced[last].serial = serial;
	return journal_seal(&a->writer);
}

void output_begin(struct agree *a, struct agree_update *update)
{
	memset(update, 0, offsetof(struct agree_update, message));
	update->wake_ms = UINT64_MAX;
	a->update = update;
	a->out.used = 0;
	a->out.full = false;
	a->bulk_left = bulk_max(&a->config);
	a->batch_open = false;
	a->written = NULL;
	a->segment_next = !a->segment_open ||
			  a->segment_len >= a->config.segment_max ||
			  buggify(a, AGREE_BUGGIFY_ROTATE);
	a->batch_segment = a->writer.segment +
			   (a->segment_next && a->segment_open);
}

struct message_writer *output_message(struct agree *a, enum agree_type type)
{
	a->out_start = a->out.used;
	message_begin(&a->out, &a->config, type);
	return &a->out;
}

void output_bytes(struct agree *a, const uint8_t *bytes, size_t len)
{
	struct message_writer *w = &a->out;

	assert(!w->full && len <= w->room - w->used);
	if (len)
		memcpy(w->out + w->used, bytes, len);
	w->used += len;
}

bool output_send(struct agree *a, unsigned int to, bool early)
{
	struct agree_update *u = a->update;
	struct agree_message *m = &u->message[u->message_nr];

	assert(!a->out.full && to != a->self);
	if (u->message_nr == AGREE_MESSAGES_MAX) {
		a->out.used = a->out_start;
		return false;
	}
	u->message_nr++;
	m->to = (uint16_t)to;
	m->early = early;
	m->bytes = a->out.out + a->out_start;
	m->len = a->out.used - a->out_start;
	return true;
}

bool output_bulk(struct agree *a, size_t len)
{
	if (len > a->bulk_left ||
	    a->update->message_nr >= AGREE_MESSAGES_MAX - SMALL_MESSAGES_NR)
		return false;
	a->bulk_left -= len;
	return true;
}

bool output_journal_room(const struct agree *a, size_t len)
{
	size_t used = max64(a->writer.used, JOURNAL_HEAD_LEN) + SMALL_RECORDS;

	/* A block of full size always fits into an empty batch. */
	return used + AGREE_BLOCK_LEN + len <=
	       JOURNAL_HEAD_LEN + SMALL_RECORDS +
	       BLOCKS_STEP * (size_t)a->config.block_max;
}

static void put_config(struct agree *a)
{
	uint8_t out[CONFIG_RECORD_LEN];

	restart_config(a, out);
	journal_record(&a->writer, JOURNAL_CONFIG);
	journal_bytes(&a->writer, out, sizeof(out));
	journal_record_end(&a->writer);
}

/*
 * The first batch of a segment says again what must not be forgotten with the
 * segments before.
 */
bool output_open(struct agree *a)
{
	assert(a->started);
	if (a->batch_open)
		return false;
	a->batch_open = true;
	if (!a->segment_next)
		return false;
	a->writer.segment = a->batch_segment;
	a->update->new_segment = true;
	a->segment_open = true;
	a->segment_len = 0;
	put_config(a);
	evidence_journal(a);
	if (a->mark_serial)
		recover_mark(a);
	return a->mark_serial;
}

void output_journal(struct agree *a, enum journal_type type,
		    const uint8_t *bytes, size_t len)
{
	output_open(a);
	journal_record(&a->writer, type);
	journal_bytes(&a->writer, bytes, len);
	journal_record_end(&a->writer);
}

void output_end(struct agree *a)
{
	struct agree_update *u = a->update;

	assert(!a->out.full);
	if (!journal_empty(&a->writer)) {
		output_open(a);
		decide_journal(a);
		u->journal_len = seal(a);
		u->journal = a->journal_out;
		u->journal_segment = a->writer.segment;
		a->segment_len += u->journal_len;
	}
	if (a->written) {
		u->snapshot = snapshot_file(a, a->written, &u->snapshot_len);
		u->snapshot_height = a->written->height;
		u->drop_below = a->written->segment;
		/* What was forgotten must stay visible until it is made up for. */
		if (a->recovering)
			u->drop_below = 0;
	}
	a->update = NULL;
}
