/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The journal's bytes (docs/agreement.md section 5): building a batch, reading
 * a segment.  No I/O: whoever drives the core writes and reads files.
 */
#ifndef AGREE_JOURNAL_H
#define AGREE_JOURNAL_H

#include "message.h"

enum {
	JOURNAL_HEAD_LEN = 512,
	JOURNAL_VOTES_MAX = 8,		/* of one batch; so a step casts no more */
};

enum journal_type {
	JOURNAL_CONFIG = 1,	/* first record of each segment: mode, n, self, domain, phase */
	JOURNAL_BLOCK,		/* header, then entries, all whole, as in AGREE_BLOCK */
	JOURNAL_CERT,		/* as in AGREE_CERT */
	JOURNAL_DECIDED,	/* height, digest: decided and executed so far */
	JOURNAL_EVIDENCE,	/* two votes of one member that contradict each other (A7) */
};

/* VOTE_CHECKPOINT stands for a mark of R12: recover.c */
struct journal_vote {
	uint8_t kind;
	uint64_t height;
	uint8_t digest[AGREE_DIGEST_LEN];
};

struct journal_reader;

/* A batch being built in memory of the caller */
struct journal_writer {
	uint8_t *out;
	size_t room, used;		/* used: 0: nothing yet */
	uint64_t segment, serial;	/* of the next batch */
	uint64_t reserve;		/* to be set by the caller */
	uint64_t reserve_sealed;	/* in the last batch */
	uint32_t previous;		/* CRC of the head before */
	uint64_t durable;		/* to be set by the caller: the last batch known to be synced */
	unsigned int vote_nr;
	struct journal_vote vote[JOURNAL_VOTES_MAX];
	size_t record;			/* where the open record began */
};

void journal_writer_init(struct journal_writer *w, uint8_t *out, size_t room);
/*
 * Go on behind what was read to the end of the last segment: always in a new segment, so that a
 * torn end stays what it is.  The serial numbers go on without gap, and show the next reader that
 * nothing was lost there.
 */
void journal_writer_resume(struct journal_writer *w,
			   const struct journal_reader *r);
bool journal_empty(const struct journal_writer *w); /* neither records, votes nor a new reserve */

/* A vote joins the batch.  false: JOURNAL_VOTES_MAX are there. */
bool journal_vote(struct journal_writer *w, const struct vote *vote);

/* A record: begin, bytes, end.  Room is the caller's to know: it is asserted. */
void journal_record(struct journal_writer *w, enum journal_type type);
void journal_bytes(struct journal_writer *w, const void *bytes, size_t len);
void journal_record_end(struct journal_writer *w);

/* Close the batch: out[0 .. return) is to be written, and stays until the next batch begins. */
size_t journal_seal(struct journal_writer *w);

/* Upper bound of the bytes of a batch with @body bytes of records, frames included */
size_t journal_room(size_t body, unsigned int records);

enum journal_state {
	JOURNAL_GOOD,		/* head and body */
	JOURNAL_BODY_LOST,	/* the votes can be read, the records cannot */
	/* Something was here and cannot be read at all: R12.  What the reader finds behind it
	 * may be a lie (section 5): it forbids votes, but is not to be sent again.
	 */
	JOURNAL_VOTES_LOST,
	JOURNAL_END,		/* of the segment, torn or not */
};

struct journal_batch {
	enum journal_state state;
	uint64_t segment, serial, reserve, durable;
	unsigned int vote_nr;
	struct journal_vote vote[JOURNAL_VOTES_MAX];
	const uint8_t *body;		/* GOOD */
	size_t body_len;
};

/* Reads segments in ascending order.  Keep it from one to the next. */
struct journal_reader {
	const uint8_t *in;
	size_t len, at;
	uint64_t segment;
	uint64_t serial;		/* expected next; 0: any */
	uint32_t previous;
	size_t end;			/* out: bytes of this segment that are batches */
};

/*
 * Start on a segment.  @first: the first of all.  If one is missing before it, the serial
 * numbers have a gap: JOURNAL_VOTES_LOST.
 */
void journal_reader_segment(struct journal_reader *r, uint64_t segment,
			    bool first, const uint8_t *in, size_t len);

/**
 * journal_read() - the next batch
 *
 * JOURNAL_END is said at the end of a segment; @torn: bytes were left which are no batch.  That
 * is no loss by itself: if something was there, the next segment's serial numbers tell.
 */
void journal_read(struct journal_reader *r, struct journal_batch *batch,
		  bool *torn);

/* Walk a body's records; false behind the last.  Reading has checked that they fill the body. */
bool journal_next(const struct journal_batch *batch, size_t *at,
		  enum journal_type *type, const uint8_t **bytes, size_t *len);

/* CRC-32C (Castagnoli), as in RFC 3720 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
