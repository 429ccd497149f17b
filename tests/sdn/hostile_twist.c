// SPDX-License-Identifier: GPL-2.0
/* Another proposal and other votes, well-formed and signed by who says them. */
#include "hostile.h"

#include <string.h>

#include "../../user/controller/core/message.h"

enum { ROOM = 1 << 20 };

static uint8_t room[ROOM];

static void put_votes(struct message_writer *w, const struct hostile *h,
		      struct node *node, const struct agree_packet *in)
{
	struct vote votes[AGREE_VOTES_MAX];
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];
	uint32_t i;

	for (i = 0; i < in->count; i++) {
		message_vote(in, i, &votes[i]);
		if (votes[i].kind != VOTE_DUMMY)
			votes[i].digest[0] ^= 1;
		vote_statement(statement, &h->config.agree, &votes[i]);
		node_sign(node, votes[i].sig, statement, sizeof(statement));
	}
	message_put_votes(w, votes, in->count);
}

/* The same requests, a moment later */
static void put_proposal(struct message_writer *w, struct agree_packet *in)
{
	struct block_entry entry;
	size_t at = 0;

	in->block.time_ms++;
	message_put_block(w, &in->block);
	while (message_entry(in, &at, &entry))
		message_put_entry(w, &entry);
}

size_t hostile_twist(struct hostile *h, struct node *node, uint16_t to,
		     const uint8_t *bytes, size_t len, const uint8_t **out)
{
	struct message_writer w = { .out = room, .room = ROOM };
	struct agree_packet in;

	if (to % 2 ||
	    message_decode(&in, &h->config.agree, bytes, len) != AGREE_OK)
		return 0;
	message_begin(&w, &h->config.agree, in.type);
	if (in.type == AGREE_VOTES)
		put_votes(&w, h, node, &in);
	else if (in.type == AGREE_PROPOSE)
		put_proposal(&w, &in);
	else
		return 0;
	if (w.full)
		return 0;
	h->did[HOSTILE_EQUIVOCATE]++;
	*out = room;
	return w.used;
}
