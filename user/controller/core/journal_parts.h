/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The head of a batch, as journal.c writes it and journal_read.c reads it
 * (docs/agreement.md section 5).  Every number is big-endian.
 */
#ifndef AGREE_JOURNAL_PARTS_H
#define AGREE_JOURNAL_PARTS_H

#include "journal.h"

enum {
	HEAD_MAGIC_LEN = 8,
	/* Offsets */
	HEAD_CRC = 8,			/* CRC-32C of all behind it */
	HEAD_COPY = 12,			/* 0 in front of the body, 1 behind it */
	HEAD_VOTE_NR = 13,
	HEAD_SEGMENT = 16,
	HEAD_SERIAL = 24,
	HEAD_RESERVE = 32,
	HEAD_BODY_LEN = 40,
	HEAD_BODY_CRC = 44,
	HEAD_PREVIOUS = 48,
	HEAD_DURABLE = 56,
	HEAD_VOTES = 64,
	/* of one vote: kind 1, zero 7, height 8, digest 32 */
	HEAD_VOTE_LEN = 48,
	HEAD_VOTES_END = HEAD_VOTES + JOURNAL_VOTES_MAX * HEAD_VOTE_LEN,

	RECORD_HEADER_LEN = 8,		/* type 1, zero 3, length 4 */
};

#define HEAD_MAGIC	"ashjrnl\1"

static inline size_t journal_padded(size_t body_len)
{
	return (body_len + JOURNAL_HEAD_LEN - 1) / JOURNAL_HEAD_LEN *
	       JOURNAL_HEAD_LEN;
}

#endif
