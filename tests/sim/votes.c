// SPDX-License-Identifier: GPL-2.0
/*
 * A5: a correct member never contradicts a vote that it sent, whatever happened to
 * it in between.  Reads the bytes that leave, by the layout of docs/agreement.md section 7.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum {
	TYPE_VOTES = 2, KIND_NOTARIZE = 1, KIND_DUMMY = 2, KIND_FINALIZE = 3,
	HEAD_LEN = 16, VOTE_LEN = 41, HEIGHTS_MAX = 1 << 20,
};

static uint64_t big_endian(const uint8_t *in, unsigned int len)
{
	uint64_t v = 0;

	while (len--)
		v = v << 8 | *in++;
	return v;
}

static struct vote_seen *seen(struct history *h, unsigned int member,
			      uint64_t height)
{
	size_t room = h->vote_room;
	unsigned int i;

	if (height >= HEIGHTS_MAX)
		return NULL;
	if (height >= room) {
		h->vote_room = 2 * (height + 512);
		for (i = 0; i < MEMBERS_MAX; i++) {
			h->vote[i] = must_have(h->vote[i], h->vote_room *
					       sizeof(*h->vote[i]));
			memset(h->vote[i] + room, 0, (h->vote_room - room) *
			       sizeof(*h->vote[i]));
		}
	}
	return &h->vote[member][height];
}

static void one(struct world *w, const struct node *node, unsigned int kind,
		uint64_t height, uint64_t digest)
{
	struct vote_seen *s = seen(&w->history, node->member, height);

	if (!s || kind > KIND_FINALIZE)
		return;
	if (s->has >> kind & 1 && s->digest[kind] != digest)
		violated(w, "A5: member %u votes (kind %u) for two blocks at height %llu",
			 node->member, kind, (unsigned long long)height);
	s->has |= 1 << kind;
	s->digest[kind] = digest;
	if (s->has >> KIND_DUMMY & 1 && s->has >> KIND_FINALIZE & 1)
		violated(w, "A5: member %u sent both dummy and finalize at height %llu",
			 node->member, (unsigned long long)height);
}

void votes_sent(struct world *w, const struct node *node,
		const struct packet *p)
{
	size_t each = VOTE_LEN, at = HEAD_LEN + 4;
	uint64_t nr;

	if (p->len < at || p->bytes[1] != TYPE_VOTES)
		return;
	nr = big_endian(p->bytes + HEAD_LEN, 4);
	if (w->swarm.mode != AGREE_CRASH)
		each += AGREE_SIG_LEN;
	if (p->len != at + nr * each) {
		violated(w, "member %u sends votes of a strange length",
			 node->member);
		return;
	}
	for (; nr--; at += each)
		one(w, node, p->bytes[at], big_endian(p->bytes + at + 1, 8),
		    mix_bytes(2, p->bytes + at + 9, AGREE_DIGEST_LEN));
}
