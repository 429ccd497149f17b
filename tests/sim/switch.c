// SPDX-License-Identifier: GPL-2.0
/*
 * A switch: events in signed bundles to every controller, again until f + 1 say that they
 * were executed; reboots with a new epoch and empty tables.  Some lie: an event to one
 * controller only, two bundles under one number, acknowledgements of nothing.
 */
#include "domain.h"

#include <stdlib.h>
#include <string.h>

enum { BUNDLE_ROOM = 4096, EVENTS_MAX = 4, PATIENCE_US = 200 * MS };

void switch_sign(const struct sim_switch *sw, const uint8_t *bytes, size_t len,
		 uint8_t sig[AGREE_SIG_LEN])
{
	uint64_t key = mix_bytes(sw->secret, bytes, len), part;
	unsigned int i;

	for (i = 0; i < AGREE_SIG_LEN / 8; i++) {
		part = mix64(key, sw->secret + i);
		memcpy(sig + 8 * i, &part, 8);
	}
}

void switch_send(struct sim_switch *sw, struct node *to, struct packet *p)
{
	struct world *w = sw->world;

	if (!sw->link[to->instance])
		return;
	if (!w->healed && prng_chance(&w->prng, w->swarm.loss_ppm))
		return;
	heap_put(&w->heap, (struct event){
		.at_us = w->now_us + net_delay_us(w), .kind = EV_FROM_SWITCH,
		.at = to->instance, .from = sw->index,
		.stamp = to->incarnation, .packet = packet_ref(p) });
}

static struct packet *bundle_make(struct sim_switch *sw, unsigned int events,
				  bool true_ones, uint64_t floor)
{
	struct world *w = sw->world;
	uint8_t out[BUNDLE_ROOM], text[EVENTS_MAX][64];
	struct ctl_bundle_event event[EVENTS_MAX];
	struct ctl_bundle b = {
		.dpid = sw->dpid, .epoch = sw->epoch, .counter = sw->counter,
		.phase = w->swarm.config.phase, .floor = floor,
		.count = events,
	};
	struct request_id id;
	unsigned int i;
	size_t used;

	for (i = 0; i < events; i++) {
		id = (struct request_id){ sw->index, sw->epoch, ++sw->events };
		event[i] = (struct ctl_bundle_event){ APP_PACKET_IN, text[i],
			16 + (uint32_t)prng_below(&w->prng, 48) };
		prng_fill(&w->prng, text[i], event[i].len);
		memcpy(text[i], &id.epoch, 8);
		memcpy(text[i] + 8, &id.counter, 8);
		if (true_ones)
			history_issued(w, &id, mix_bytes(1, text[i],
							 event[i].len));
	}
	used = ctl_bundle_encode(out, sizeof(out), w->swarm.config.domain, &b,
				 event);
	if (!used) {
		violated(w, "a bundle does not fit");
		return packet_new(NULL, 0);
	}
	switch_sign(sw, out, used, out + used);
	return packet_new(out, used + AGREE_SIG_LEN);
}

static void bundle_send(struct sim_switch *sw, struct bundle_out *b)
{
	struct world *w = sw->world;
	unsigned int i, only = prng_below(&w->prng, w->n);
	bool one = sw->liar && prng_chance(&w->prng, MILLION / 3);

	for (i = 0; i < w->instances; i++) {
		if (one && w->node[i]->member != only)
			continue;
		switch_send(sw, w->node[i], b->other &&
			    prng_chance(&w->prng, MILLION / 2) ? b->other :
			    b->packet);
	}
	b->since_us = w->now_us;
}

static void bundle_new(struct sim_switch *sw, unsigned int events)
{
	struct world *w = sw->world;
	struct bundle_out *b = &sw->bundle[sw->bundle_nr++];
	uint64_t floor = sw->starting ? 0 : sw->applied;

	memset(b, 0, sizeof(*b));
	b->counter = ++sw->counter;
	b->floor = floor;
	if (sw->liar && prng_chance(&w->prng, 100000))
		floor += prng_below(&w->prng, 50);
	b->packet = bundle_make(sw, events, !sw->liar, floor);
	if (sw->liar && prng_chance(&w->prng, MILLION / 4))
		b->other = bundle_make(sw, events, false, floor);
	bundle_send(sw, b);
}

static void drop_all(struct sim_switch *sw)
{
	while (sw->bundle_nr) {
		packet_put(sw->bundle[--sw->bundle_nr].packet);
		packet_put(sw->bundle[sw->bundle_nr].other);
	}
	while (sw->held_nr)
		packet_put(sw->held[--sw->held_nr]);
	packet_put(sw->ack);
	sw->ack = NULL;
}

/* Tables, windows and counters are gone; the epoch never comes back. */
static void reboot(struct sim_switch *sw)
{
	drop_all(sw);
	sw->epoch++;
	sw->counter = 0;
	sw->starting = true;
	sw->excused = true;
	sw->events = 0;
	/* What was not known to be applied is applied again. */
	sw->last = 0;
	memset(sw->start, 0, sizeof(sw->start));
	memset(sw->seen, 0, sizeof(sw->seen));
	free(sw->quorum);
	sw->quorum = NULL;
	trace(sw->world, "switch reboots", EV_SWITCH, sw->index, 0, sw->epoch,
	      sw->applied);
}

/* A connection breaks, and is made again. */
static void reconnect(struct sim_switch *sw, unsigned int instance)
{
	struct world *w = sw->world;
	uint64_t at = w->now_us + net_delay_us(w);
	struct event event = { .kind = EV_LINK, .at = (uint16_t)instance,
			       .from = sw->index };

	sw->link[instance] = false;
	event.at_us = at;
	heap_put(&w->heap, event);
	event.at_us = at + 1 + net_delay_us(w);
	event.stamp = 1;
	heap_put(&w->heap, event);
}

/* §2.7.6: acknowledged, and never applied */
static void lie(struct sim_switch *sw)
{
	struct update_body body = {
		.phase = sw->world->swarm.config.phase,
		.sequence = sw->applied + 1 + prng_below(&sw->world->prng, 5),
	};
	uint8_t bytes[8] = { 0 };

	if (!sw->starting)
		switch_ack(sw, &body, bytes, sizeof(bytes));
}

static void repeat(struct sim_switch *sw)
{
	struct world *w = sw->world;
	unsigned int i;

	for (i = 0; i < sw->bundle_nr; i++)
		if (w->now_us - sw->bundle[i].since_us > PATIENCE_US)
			bundle_send(sw, &sw->bundle[i]);
	if (!sw->ack || !prng_chance(&w->prng, 100000))
		return;
	for (i = 0; i < w->instances; i++)
		if (sw->seen[i] < sw->ack_sequence)
			switch_send(sw, w->node[i], sw->ack);
}

/* Does the order know, or will it learn from a bundle on its way, what is applied? */
static bool floor_told(const struct sim_switch *sw)
{
	unsigned int i;

	if (sw->starting)
		return sw->bundle_nr;
	for (i = 0; i < sw->bundle_nr; i++)
		if (sw->bundle[i].floor == sw->applied)
			return true;
	return sw->told >= sw->applied;
}

/*
 * Events may be refused while much is outstanding (C12); floors never are: there is always a
 * place for one.
 */
void switch_look(struct world *w, unsigned int index)
{
	struct sim_switch *sw = &w->domain->sw[index];
	unsigned int most = w->swarm.outstanding < BUNDLES_MAX / 2 ?
			    w->swarm.outstanding : BUNDLES_MAX / 2;

	if (!w->healed && swarm_has(&w->swarm, FAULT_REBOOT) &&
	    prng_chance(&w->prng, 500))
		reboot(sw);
	if (!w->healed && prng_chance(&w->prng, 1000))
		reconnect(sw, prng_below(&w->prng, w->instances));
	if (sw->liar && prng_chance(&w->prng, 50000))
		lie(sw);
	if (sw->bundle_nr < most && !w->quiet &&
	    prng_chance(&w->prng, 400000))
		bundle_new(sw, prng_range(&w->prng, 1, EVENTS_MAX));
	else if (sw->bundle_nr < BUNDLES_MAX && !floor_told(sw))
		bundle_new(sw, 0);
	repeat(sw);
	heap_put(&w->heap, (struct event){
		.at_us = w->now_us + 1 + prng_below(&w->prng, 2 * MS *
			(w->quiet ? 20 : w->swarm.request_ms + 2)),
		.kind = EV_SWITCH, .at = (uint16_t)index });
}

bool switch_idle(const struct sim_switch *sw)
{
	return !sw->starting && !sw->bundle_nr && sw->told >= sw->applied;
}

void switch_open(struct world *w)
{
	struct domain *d = w->domain;
	struct sim_switch *sw;
	unsigned int i;

	for (i = 0; i < w->swarm.switches; i++) {
		sw = &d->sw[i];
		sw->world = w;
		sw->index = (uint16_t)i;
		sw->dpid = 1000 + i * 7;
		sw->epoch = 1;
		sw->secret = prng_next(&w->prng);
		sw->liar = i < w->swarm.liar_switches;
		sw->excused = sw->liar;
		d->dpid[i] = sw->dpid;
		d->ctl_sw[i] = (struct ctl_switch){ sw->dpid, 1 };
		switch_quorum_new(sw, 1);
	}
}

void switch_close(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->swarm.switches; i++) {
		drop_all(&w->domain->sw[i]);
		free(w->domain->sw[i].quorum);
	}
}
