// SPDX-License-Identifier: GPL-2.0
/*
 * The network: late, lossy, repeating and reordering while faults last.  A link
 * knows who is at its other end, so nobody sends as somebody else.
 */
#include "world.h"

#include <string.h>

static uint32_t instances_of(const struct world *w, uint16_t member,
			     uint16_t from)
{
	uint32_t set = 0;
	unsigned int i;

	for (i = 0; i < w->instances; i++)
		if (w->node[i]->member == member &&
		    (!w->node[i]->liar || w->node[i]->audience & bit(from)))
			set |= bit(i);
	return set;
}

uint64_t net_delay_us(struct world *w)
{
	const struct swarm *s = &w->swarm;
	uint64_t us = s->delay_us;

	if (s->jitter_us)
		us += prng_below(&w->prng, s->jitter_us);
	if (!w->healed && prng_chance(&w->prng, s->late_ppm))
		us += prng_below(&w->prng, 300 * MS);
	return us;
}

static void deliver(struct world *w, struct node *from, unsigned int to,
		    struct packet *packet, uint64_t extra_us)
{
	struct link *link = &w->link[from->instance][to];
	uint64_t at = w->now_us + net_delay_us(w) + link->slow_us + extra_us;

	if (at < link->clogged_us)
		at = link->clogged_us;
	if (w->swarm.ordered) {
		if (at < link->last_us)
			at = link->last_us;
		link->last_us = at;
	}
	heap_put(&w->heap, (struct event){
		.at_us = at, .kind = EV_MESSAGE, .at = (uint16_t)to,
		.from = from->member, .packet = packet_ref(packet) });
}

static void send_one(struct world *w, struct node *from, uint16_t to,
		     struct packet *packet)
{
	uint64_t extra_us = 0;
	uint32_t set;
	unsigned int i;

	packet_ref(packet);
	if (from->liar && !liar_filter(from, to, &packet, &extra_us)) {
		packet_put(packet);
		return;
	}
	set = instances_of(w, to, from->member);
	for (i = 0; i < w->instances; i++) {
		if (!(set & bit(i)) || w->link[from->instance][i].cut)
			continue;
		w->totals.messages++;
		if (!w->healed && prng_chance(&w->prng, w->swarm.loss_ppm))
			continue;
		deliver(w, from, i, packet, extra_us);
		if (!w->healed && prng_chance(&w->prng, w->swarm.copy_ppm))
			deliver(w, from, i, packet, extra_us);
	}
	packet_put(packet);
}

void net_send(struct world *w, struct node *from, uint16_t to,
	      struct packet *packet)
{
	uint16_t i;

	if (!from->liar)
		votes_sent(w, from, packet);
	if (to != AGREE_ALL) {
		if (to >= w->n || to == from->member)
			violated(w, "node %u sends to %u", from->member, to);
		else
			send_one(w, from, to, packet);
		return;
	}
	for (i = 0; i < w->n; i++)
		if (i != from->member)
			send_one(w, from, i, packet);
}

void net_partition(struct world *w)
{
	uint32_t side = (uint32_t)prng_next(&w->prng);
	bool one_way = swarm_has(&w->swarm, FAULT_ONE_WAY) &&
		       prng_chance(&w->prng, MILLION / 2);
	unsigned int i, j;

	for (i = 0; i < w->instances; i++)
		for (j = 0; j < w->instances; j++)
			if ((side >> i & 1) > (side >> j & 1) ||
			    (!one_way && (side >> i & 1) < (side >> j & 1)))
				w->link[i][j].cut = true;
}

void net_heal(struct world *w)
{
	unsigned int i, j;

	for (i = 0; i < INSTANCES_MAX; i++)
		for (j = 0; j < INSTANCES_MAX; j++) {
			w->link[i][j].cut = false;
			w->link[i][j].clogged_us = 0;
			w->link[i][j].slow_us = 0;
		}
}
