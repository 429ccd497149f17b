/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A journal with a known story, for the tests that damage it: batches whose
 * votes, reserve and record are computed from their serial number.
 */
#ifndef AGREE_STORY_H
#define AGREE_STORY_H

#include "journal.h"

enum {
	STORY_SEGMENTS = 3,
	STORY_LEN_MAX = 1 << 15,
	STORY_READS_MAX = 64,
	STORY_BATCHES_MAX = 8,		/* of a segment */
};

struct story_segment {
	uint8_t bytes[STORY_LEN_MAX];
	size_t len;
	size_t start[STORY_BATCHES_MAX + 1]; /* of its batches, and the end */
	unsigned int nr;
	uint64_t first_serial;
};

/* Bytes of the record of batch @serial: 0, 1, 2, 3 sectors, and not only whole ones */
size_t story_body(uint64_t serial);
/* Appends batch w->serial. */
void story_append(struct story_segment *s, struct journal_writer *w);
/* A segment of @nr batches; the writer goes on from the one before. */
void story_segment(struct story_segment *s, struct journal_writer *w,
		   unsigned int nr);

/* What a reader said */
struct story_read {
	unsigned int nr;
	enum journal_state state[STORY_READS_MAX];
	uint64_t serial[STORY_READS_MAX];
	bool torn[STORY_READS_MAX];	/* with JOURNAL_END */
	bool lied;			/* a batch is not the one of its serial number */
};

/* Reads a copy of the segment to its end, into @out behind what is there. */
void story_read(struct journal_reader *r, struct story_read *out,
		uint64_t segment, bool first, const uint8_t *bytes,
		size_t len);

/*
 * What was read, as text: G good, B body lost, V votes lost, with the serial number of
 * G and B; | end of a segment, ~ torn end.  Valid until the next call.
 */
const char *story_text(const struct story_read *read);

#endif
