// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a segment of the journal (docs/agreement.md section 5).  The disk
 * may return anything: a batch is believed if the CRC of a head is right, its
 * serial number is the next one and it names the CRC of the head before.
 *
 * That chain also keeps bodies apart from heads.  A request is bytes of its
 * client, who may put a head with a right CRC into it, and a torn write or rot
 * may take the true ones away; but the CRC of the head before depends on every
 * byte this member ever wrote to its journal, which nobody else has seen.
 */
#include <assert.h>
#include <string.h>
#include "bytes.h"
#include "journal_parts.h"

/* What a readable head says */
struct head {
	bool tail;
	uint64_t serial;
	size_t body_len;
	uint32_t body_crc, previous;
	uint32_t crc;			/* of the copy in front */
};

static bool votes_fit(const uint8_t *in)
{
	const uint8_t *v = in + HEAD_VOTES;
	unsigned int i, nr = in[HEAD_VOTE_NR];

	if (nr > JOURNAL_VOTES_MAX)
		return false;
	for (i = 0; i < nr; i++, v += HEAD_VOTE_LEN)
		if (v[0] < VOTE_NOTARIZE || v[0] >= VOTE_KINDS ||
		    !wire_zero(v + 1, 7) || !wire_get64(v + 8) ||
		    wire_get64(v + 8) > AGREE_HEIGHT_MAX)
			return false;
	return wire_zero(v, (size_t)(in + JOURNAL_HEAD_LEN - v));
}

static uint32_t front_crc(const uint8_t *in)
{
	const uint8_t zero = 0;
	uint32_t crc = crc32c(0, &zero, 1);

	return crc32c(crc, in + HEAD_COPY + 1,
		      JOURNAL_HEAD_LEN - HEAD_COPY - 1);
}

/* Is there a head of this segment at @at? */
static bool head_decode(const struct journal_reader *r, size_t at,
			struct head *h)
{
	const uint8_t *in = r->in + at;

	if (at > r->len || r->len - at < JOURNAL_HEAD_LEN ||
	    memcmp(in, HEAD_MAGIC, HEAD_MAGIC_LEN) ||
	    wire_get64(in + HEAD_SEGMENT) != r->segment)
		return false;
	if (crc32c(0, in + HEAD_COPY, JOURNAL_HEAD_LEN - HEAD_COPY) !=
	    wire_get32(in + HEAD_CRC))
		return false;
	h->tail = in[HEAD_COPY];
	h->serial = wire_get64(in + HEAD_SERIAL);
	h->body_len = wire_get32(in + HEAD_BODY_LEN);
	h->body_crc = wire_get32(in + HEAD_BODY_CRC);
	h->previous = wire_get32(in + HEAD_PREVIOUS);
	h->crc = front_crc(in);
	return in[HEAD_COPY] <= 1 && wire_zero(in + HEAD_VOTE_NR + 1, 2) &&
	       wire_zero(in + HEAD_PREVIOUS + 4,
			 HEAD_DURABLE - HEAD_PREVIOUS - 4) &&
	       h->serial && h->serial <= AGREE_HEIGHT_MAX && votes_fit(in);
}

/* Is it the batch that follows what was read? */
static bool follows(const struct journal_reader *r, const struct head *h)
{
	return !r->serial ||
	       (h->serial == r->serial && h->previous == r->previous);
}

/* Where the batch of a head at @at begins.  false: not behind what was read. */
static bool batch_start(const struct journal_reader *r, size_t at,
			const struct head *h, size_t *start)
{
	size_t before = JOURNAL_HEAD_LEN + journal_padded(h->body_len);

	if (!h->tail)
		before = 0;
	if (at - r->at < before)
		return false;
	*start = at - before;
	return true;
}

/* The copy of the head that is readable of the batch at r->at */
static bool find_batch(const struct journal_reader *r, struct head *h,
		       size_t *head_at)
{
	size_t at, start;

	if (head_decode(r, r->at, h) && !h->tail && follows(r, h)) {
		*head_at = r->at;
		return true;
	}
	for (at = r->at; r->len - at >= JOURNAL_HEAD_LEN;
	     at += JOURNAL_HEAD_LEN) {
		if (head_decode(r, at, h) && h->tail && follows(r, h) &&
		    batch_start(r, at, h, &start) && start == r->at) {
			*head_at = at;
			return true;
		}
	}
	return false;
}

/* Neither copy can be read: go on with the first later batch.  false: there is none. */
static bool skip_lost(struct journal_reader *r)
{
	struct head h;
	size_t at, start;

	for (at = r->at; r->len - at >= JOURNAL_HEAD_LEN;
	     at += JOURNAL_HEAD_LEN) {
		if (!head_decode(r, at, &h) || h.serial < r->serial ||
		    !batch_start(r, at, &h, &start))
			continue;
		r->at = start;
		r->serial = h.serial;
		r->previous = h.previous;
		return true;
	}
	return false;
}

/* Do records fill the body?  Ours do; a CRC may be right by accident. */
static bool records_fit(const uint8_t *body, size_t len)
{
	size_t at = 0, record;

	while (at < len) {
		if (len - at < RECORD_HEADER_LEN || !body[at] ||
		    !wire_zero(body + at + 1, 3))
			return false;
		record = wire_get32(body + at + 4);
		at += RECORD_HEADER_LEN;
		if (record > len - at)
			return false;
		at += record;
	}
	return true;
}

static void votes_decode(struct journal_batch *batch, const uint8_t *head)
{
	const uint8_t *in = head + HEAD_VOTES;
	unsigned int i;

	batch->vote_nr = head[HEAD_VOTE_NR];
	for (i = 0; i < batch->vote_nr; i++, in += HEAD_VOTE_LEN) {
		batch->vote[i].kind = in[0];
		batch->vote[i].height = wire_get64(in + 8);
		memcpy(batch->vote[i].digest, in + 16, AGREE_DIGEST_LEN);
	}
}

void journal_reader_segment(struct journal_reader *r, uint64_t segment,
			    bool first, const uint8_t *in, size_t len)
{
	if (first)
		memset(r, 0, sizeof(*r));
	r->in = in;
	r->len = len;
	r->at = 0;
	r->end = 0;
	r->segment = segment;
}

void journal_read(struct journal_reader *r, struct journal_batch *batch,
		  bool *torn)
{
	struct head h;
	size_t head_at, body, left;

	memset(batch, 0, sizeof(*batch));
	batch->segment = r->segment;
	*torn = false;
	if (!find_batch(r, &h, &head_at)) {
		*torn = r->at < r->len;
		if (*torn && skip_lost(r)) {
			*torn = false;
			batch->state = JOURNAL_VOTES_LOST;
			return;
		}
		/* A torn first batch is the first: it was never relied on. */
		if (*torn && !r->serial)
			r->serial = 1;
		batch->state = JOURNAL_END;
		r->at = r->len;
		return;
	}
	batch->serial = h.serial;
	batch->reserve = wire_get64(r->in + head_at + HEAD_RESERVE);
	batch->durable = wire_get64(r->in + head_at + HEAD_DURABLE);
	votes_decode(batch, r->in + head_at);
	r->serial = h.serial + 1;
	r->previous = h.crc;

	body = r->at + JOURNAL_HEAD_LEN;
	left = r->len - body;
	batch->state = JOURNAL_BODY_LOST;
	if (h.body_len <= left &&
	    crc32c(0, r->in + body, h.body_len) == h.body_crc &&
	    records_fit(r->in + body, h.body_len)) {
		batch->state = JOURNAL_GOOD;
		batch->body = r->in + body;
		batch->body_len = h.body_len;
	}
	left -= h.body_len <= left ? h.body_len : left;
	r->at = r->len;
	if (left >= JOURNAL_HEAD_LEN + journal_padded(h.body_len) - h.body_len)
		r->at = body + journal_padded(h.body_len) + JOURNAL_HEAD_LEN;
	r->end = r->at;
}

bool journal_next(const struct journal_batch *batch, size_t *at,
		  enum journal_type *type, const uint8_t **bytes, size_t *len)
{
	const uint8_t *in = batch->body + *at;

	assert(batch->state == JOURNAL_GOOD && *at <= batch->body_len);
	if (*at == batch->body_len)
		return false;
	*type = in[0];
	*len = wire_get32(in + 4);
	*bytes = in + RECORD_HEADER_LEN;
	*at += RECORD_HEADER_LEN + *len;
	return true;
}
