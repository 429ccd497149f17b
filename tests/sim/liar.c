// SPDX-License-Identifier: GPL-2.0
/*
 * A Byzantine member: a real core, or two of them under one name, behind a filter
 * that changes, withholds, repeats or delays what leaves, and adds to it.  It has its
 * own key and nobody else's.
 */
#include "world.h"

#include <string.h>

enum {
	TYPE_PROPOSE = 1, TYPE_VOTES, TYPE_CERT, TYPE_BLOCK = 6, TYPE_STATUS,
	TYPE_CHECKPOINT, TYPE_STABLE, TYPE_CHUNK = 11,
	KIND_NOTARIZE = 1, KIND_DUMMY, KIND_FINALIZE,
};

static bool fancies(struct node *node, enum lie lie, uint32_t ppm)
{
	struct world *w = node->world;

	if (!swarm_lies(&w->swarm, lie) || !prng_chance(&w->prng, ppm))
		return false;
	w->totals.lies++;
	return true;
}

static void replace(struct packet **packet, struct packet *by)
{
	if (!by)
		return;
	packet_put(*packet);
	*packet = by;
}

static struct packet *corrupt(struct node *node, const struct packet *p)
{
	struct prng *prng = &node->world->prng;
	struct packet *out = packet_new(p->bytes, p->len);
	unsigned int n = prng_range(prng, 1, 3);

	while (n-- && out->len)
		out->bytes[prng_below(prng, out->len)] ^=
			1 << prng_below(prng, 8);
	return out;
}

static void remember(struct node *node, struct packet *p)
{
	struct packet **place;

	if (!prng_chance(&node->world->prng, 20000))
		return;
	place = &node->replay[node->replay_nr++ % REPLAY_NR];
	packet_put(*place);
	*place = packet_ref(p);
}

static struct packet *remembered(struct node *node)
{
	struct packet *p = node->replay[prng_below(&node->world->prng,
						   REPLAY_NR)];

	return p ? packet_ref(p) : NULL;
}

/* Changes that keep the message whole: only who knows the truth can see them. */
static void twist(struct node *node, uint16_t to, struct packet **packet)
{
	struct packet *p = *packet;

	switch (p->bytes[1]) {
	case TYPE_PROPOSE:
		if (fancies(node, LIE_PROPOSE, MILLION) ||
		    fancies(node, LIE_OLD_REQUEST, MILLION))
			replace(packet, forge_proposal(node, to, p));
		break;
	case TYPE_VOTES:
		replace(packet, forge_votes(node, to, p));
		break;
	case TYPE_STATUS:
		if (fancies(node, LIE_STATUS, 200000))
			replace(packet, forge_status(node));
		break;
	case TYPE_BLOCK:
	case TYPE_CHECKPOINT:
	case TYPE_STABLE:
	case TYPE_CHUNK:
		if (fancies(node, LIE_SNAPSHOT, 700000))
			replace(packet, corrupt(node, p));
		break;
	}
}

bool liar_filter(struct node *node, uint16_t to, struct packet **packet,
		 uint64_t *delay_us)
{
	struct world *w = node->world;

	remember(node, *packet);
	if (fancies(node, LIE_WITHHOLD, 200000))
		return false;
	if ((*packet)->len < 2)
		return true;
	if ((*packet)->bytes[1] == TYPE_PROPOSE &&
	    fancies(node, LIE_DELAY, 700000))
		*delay_us = (uint64_t)w->swarm.config.timeout_min_ms * MS *
			    9 / 10;
	twist(node, to, packet);
	if (fancies(node, LIE_CORRUPT, 30000))
		replace(packet, corrupt(node, *packet));
	if (fancies(node, LIE_REPLAY, 30000))
		replace(packet, remembered(node));
	return true;
}

static void say(struct node *node, uint16_t to, struct packet *p)
{
	struct world *w = node->world;
	unsigned int i;

	for (i = 0; i < w->instances && p; i++)
		if (w->node[i]->member == to)
			heap_put(&w->heap, (struct event){
				.at_us = w->now_us + net_delay_us(w),
				.kind = EV_MESSAGE, .at = (uint16_t)i,
				.from = node->member,
				.packet = packet_ref(p) });
	packet_put(p);
}

/* A block that nobody else saw, and certificates for it */
static void false_certs(struct node *node, uint16_t to)
{
	static const uint8_t zero[AGREE_DIGEST_LEN];
	struct forged *f = &node->forged[to];
	struct agree_stats stats;

	node_stats(node, &stats);
	if (f->height) {
		say(node, to, forge_cert(node, KIND_NOTARIZE, f->height,
					 f->digest));
		say(node, to, forge_cert(node, KIND_FINALIZE, f->height,
					 f->digest));
	}
	if (prng_chance(&node->world->prng, MILLION / 2))
		say(node, to, forge_cert(node, KIND_DUMMY, stats.height, zero));
}

void liar_idea(struct node *node)
{
	struct world *w = node->world;
	uint16_t to = (uint16_t)prng_below(&w->prng, w->n);
	unsigned int i;

	if (node->up && !node->paused && to != node->member) {
		if (fancies(node, LIE_CERT, MILLION))
			false_certs(node, to);
		if (fancies(node, LIE_REPLAY, MILLION / 2))
			say(node, to, remembered(node));
		for (i = 0; i < 20 && fancies(node, LIE_FLOOD, 950000); i++)
			say(node, to, forge_flood(node));
	}
	if (swarm_lies(&w->swarm, LIE_TWIN) && !prng_below(&w->prng, 20))
		node->audience = (uint32_t)prng_next(&w->prng);
	heap_put(&w->heap, (struct event){
		.at_us = w->now_us + MS + prng_below(&w->prng, w->healed ?
			100 * MS : 40 * MS),
		.kind = EV_LIAR, .at = node->instance });
}
