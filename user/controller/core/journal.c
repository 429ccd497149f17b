// SPDX-License-Identifier: GPL-2.0
/*
 * Building a batch of the journal (docs/agreement.md section 5): votes into
 * its head, records into its body.  Never reads one: that is journal_read.c.
 */
#include <assert.h>
#include <string.h>
#include "bytes.h"
#include "journal_parts.h"

void journal_writer_init(struct journal_writer *w, uint8_t *out, size_t room)
{
	assert(room >= 2 * JOURNAL_HEAD_LEN);
	memset(w, 0, sizeof(*w));
	w->out = out;
	w->room = room;
	w->segment = 1;
	w->serial = 1;
}

void journal_writer_resume(struct journal_writer *w,
			   const struct journal_reader *r)
{
	assert(!w->used && !w->vote_nr);
	w->segment = r->segment + 1;
	w->serial = r->serial ? r->serial : 1;
	w->previous = r->serial ? r->previous : 0;
}

bool journal_empty(const struct journal_writer *w)
{
	return !w->used && !w->vote_nr && w->reserve == w->reserve_sealed;
}

bool journal_vote(struct journal_writer *w, const struct vote *vote)
{
	struct journal_vote *v;

	assert(vote->kind >= VOTE_NOTARIZE && vote->kind < VOTE_KINDS);
	assert(vote->height);
	if (w->vote_nr == JOURNAL_VOTES_MAX)
		return false;
	v = &w->vote[w->vote_nr++];
	v->kind = (uint8_t)vote->kind;
	v->height = vote->height;
	memcpy(v->digest, vote->digest, AGREE_DIGEST_LEN);
	return true;
}

static void put(struct journal_writer *w, const void *bytes, size_t len)
{
	/* The tail needs its place too. */
	assert(len <= w->room &&
	       JOURNAL_HEAD_LEN + journal_padded(w->used + len) <= w->room);
	if (len)
		memcpy(w->out + w->used, bytes, len);
	w->used += len;
}

void journal_record(struct journal_writer *w, enum journal_type type)
{
	uint8_t header[RECORD_HEADER_LEN] = { (uint8_t)type };

	assert(!w->record);
	if (!w->used)
		w->used = JOURNAL_HEAD_LEN;
	w->record = w->used;
	put(w, header, sizeof(header));
}

void journal_bytes(struct journal_writer *w, const void *bytes, size_t len)
{
	assert(w->record);
	put(w, bytes, len);
}

static void put_be(uint8_t *out, uint64_t v, size_t len)
{
	struct wire_writer w = { .out = out, .room = len };

	wire_write_be(&w, v, len);
}

void journal_record_end(struct journal_writer *w)
{
	size_t len = w->used - w->record - RECORD_HEADER_LEN;

	assert(w->record && len <= UINT32_MAX);
	put_be(w->out + w->record + 4, len, 4);
	w->record = 0;
}

static void seal_copy(uint8_t *head, uint8_t copy)
{
	head[HEAD_COPY] = copy;
	put_be(head + HEAD_CRC,
	       crc32c(0, head + HEAD_COPY, JOURNAL_HEAD_LEN - HEAD_COPY), 4);
}

static void head_encode(uint8_t *head, const struct journal_writer *w,
			size_t body_len)
{
	const uint8_t *body = w->out + JOURNAL_HEAD_LEN;
	uint8_t *out = head + HEAD_VOTES;
	unsigned int i;

	memset(head, 0, JOURNAL_HEAD_LEN);
	memcpy(head, HEAD_MAGIC, HEAD_MAGIC_LEN);
	head[HEAD_VOTE_NR] = (uint8_t)w->vote_nr;
	put_be(head + HEAD_SEGMENT, w->segment, 8);
	put_be(head + HEAD_SERIAL, w->serial, 8);
	put_be(head + HEAD_RESERVE, w->reserve, 8);
	put_be(head + HEAD_BODY_LEN, body_len, 4);
	put_be(head + HEAD_BODY_CRC, crc32c(0, body, body_len), 4);
	put_be(head + HEAD_PREVIOUS, w->previous, 4);
	put_be(head + HEAD_DURABLE, w->durable, 8);
	for (i = 0; i < w->vote_nr; i++, out += HEAD_VOTE_LEN) {
		out[0] = w->vote[i].kind;
		put_be(out + 8, w->vote[i].height, 8);
		memcpy(out + 16, w->vote[i].digest, AGREE_DIGEST_LEN);
	}
}

size_t journal_seal(struct journal_writer *w)
{
	size_t body_len = w->used ? w->used - JOURNAL_HEAD_LEN : 0;
	size_t padded = journal_padded(body_len);
	uint8_t *tail = w->out + JOURNAL_HEAD_LEN + padded;

	assert(!w->record && !journal_empty(w));
	assert(body_len <= UINT32_MAX &&
	       2 * JOURNAL_HEAD_LEN + padded <= w->room);
	memset(w->out + JOURNAL_HEAD_LEN + body_len, 0, padded - body_len);
	head_encode(w->out, w, body_len);
	memcpy(tail, w->out, JOURNAL_HEAD_LEN);
	seal_copy(w->out, 0);
	seal_copy(tail, 1);

	w->previous = wire_get32(w->out + HEAD_CRC);
	w->serial++;
	w->reserve_sealed = w->reserve;
	w->used = 0;
	w->vote_nr = 0;
	return 2 * JOURNAL_HEAD_LEN + padded;
}

size_t journal_room(size_t body, unsigned int records)
{
	return 2 * JOURNAL_HEAD_LEN +
	       journal_padded(body + (size_t)records * RECORD_HEADER_LEN);
}
