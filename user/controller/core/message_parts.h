/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sizes that both halves of the codec know: message_encode.c, message_decode.c.
 * Every number is big-endian (docs/agreement.md section 7).
 */
#ifndef AGREE_MESSAGE_PARTS_H
#define AGREE_MESSAGE_PARTS_H

#include "message.h"

enum {
	MESSAGE_VERSION = 1,
	MESSAGE_VOTE_LEN = 1 + 8 + AGREE_DIGEST_LEN,	/* without signature and block */
	MESSAGE_STATUS_LEN = 5 * 8 + 2,
};

/* The length that says: a digest follows, not a request. */
#define MESSAGE_DIGEST_ALONE	0xffffffffu

/* A vote for a state names its block too. */
static inline size_t message_vote_len(bool checkpoint, bool is_signed)
{
	return MESSAGE_VOTE_LEN + (checkpoint ? AGREE_DIGEST_LEN : 0) +
	       (is_signed ? AGREE_SIG_LEN : 0);
}

#endif
