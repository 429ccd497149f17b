// SPDX-License-Identifier: GPL-2.0
/*
 * What switches may apply, and when: only what a correct controller sent and its
 * application made of an event in the order (quorum authenticity); each switch in the
 * order of the events; nothing before what it depends on is applied (flow consistency and
 * switch consistency, or event linearizability).
 *
 * A switch that was given up, that rebooted or that lies need not be waited for.
 */
#include "domain.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

enum { WIPE_LEN = 72 };

static bool vouch_find(struct domain *d, uint64_t key, bool add)
{
	uint64_t *old = d->vouched;
	size_t i, had = d->vouched_room;

	if (2 * d->vouched_nr >= had) {
		d->vouched_room = had ? 2 * had : 4096;
		d->vouched = must_have(NULL, d->vouched_room * 8);
		memset(d->vouched, 0, d->vouched_room * 8);
		d->vouched_nr = 0;
		for (i = 0; i < had; i++)
			if (old[i])
				vouch_find(d, old[i], true);
		free(old);
	}
	i = key & (d->vouched_room - 1);
	while (d->vouched[i] && d->vouched[i] != key)
		i = (i + 1) & (d->vouched_room - 1);
	if (d->vouched[i])
		return true;
	if (add) {
		d->vouched[i] = key;
		d->vouched_nr++;
	}
	return false;
}

void applied_vouch(struct world *w, const uint8_t *statement)
{
	vouch_find(w->domain, mix_bytes(4, statement, STATEMENT_LEN) | 1, true);
}

static size_t before_of(const struct domain *d, uint64_t flow)
{
	size_t i;

	for (i = d->produced_nr; i && d->produced_nr - i < 512; i--)
		if (d->produced[i - 1].flow == flow)
			return i;
	return 0;
}

static void produce(struct domain *d, const struct plan *plan, uint64_t k,
		    uint64_t chain)
{
	uint8_t payload[MARK_LEN + 2000];
	size_t first = d->produced_nr;
	struct produced *p;
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		if (d->produced_nr == d->produced_room) {
			d->produced_room = d->produced_room ?
					   2 * d->produced_room : 1024;
			d->produced = must_have(d->produced, d->produced_room *
						sizeof(*p));
		}
		plan_payload(plan, i, k, chain, payload);
		p = &d->produced[d->produced_nr];
		*p = (struct produced){
			.k = k, .i = (uint8_t)i, .sw = plan->update[i].sw,
			.flow = plan->update[i].flow,
			.after = plan->update[i].after,
			.sum = mix_bytes(5, payload, plan->update[i].len),
			.before = before_of(d, plan->update[i].flow),
			.first = first,
		};
		d->produced_nr++;
	}
}

void applied_seen(struct world *w, const struct deed *deed)
{
	enum app_event_kind kind = (enum app_event_kind)(deed->index >> 16);
	struct domain *d = w->domain;
	uint32_t sw = deed->index & 0xff;
	struct plan plan;

	if (d->event_nr + 2 > d->event_room) {
		d->event_room = d->event_room ? 2 * d->event_room : 1024;
		d->event = must_have(d->event, d->event_room *
				     sizeof(*d->event));
	}
	while (d->event_nr <= deed->count)
		d->event[d->event_nr++] = d->produced_nr;
	if (kind == APP_SWITCH_DOWN || deed->index >> 8 & 1)
		d->sw[sw].excused = true;
	if (d->votes && kind == APP_PACKET_IN)
		return;		/* answered by vote, or never */
	plan_make(&plan, w, deed->chain, kind, sw, deed->index >> 8 & 1);
	produce(d, &plan, deed->count, deed->chain);
}

void applied_voted(struct world *w, uint64_t key, uint64_t chain)
{
	struct domain *d = w->domain;
	struct plan plan;

	d->event[key] = d->produced_nr;
	plan_make(&plan, w, chain, APP_PACKET_IN, 0, false);
	produce(d, &plan, key, chain);
}

static bool done(const struct domain *d, size_t place)
{
	return d->produced[place].applied ||
	       d->sw[d->produced[place].sw].excused;
}

static void too_early(struct sim_switch *sw, const struct produced *p,
		      const struct produced *other, const char *what)
{
	struct world *w = sw->world;

	/* Dependants of what was dropped go on without it. */
	if (w->domain->lenient)
		return;
	violated(w, "%s: switch %u applies update %u of event %llu before switch %u has update %u of event %llu",
		 what, sw->index, p->i, (ull)p->k, other->sw, other->i,
		 (ull)other->k);
}

static void check_order(struct sim_switch *sw, struct produced *p, size_t place)
{
	struct world *w = sw->world;
	struct domain *d = w->domain;
	unsigned int j;

	if (place < sw->last)
		violated(w, "order: switch %u applies update %u of event %llu after update %u of event %llu",
			 sw->index, p->i, (ull)p->k,
			 d->produced[sw->last - 1].i,
			 (ull)d->produced[sw->last - 1].k);
	sw->last = place + 1;
	if (w->swarm.procedure == CTL_LINEARIZABLE) {
		while (d->frontier < place && done(d, d->frontier))
			d->frontier++;
		if (d->frontier < place)
			too_early(sw, p, &d->produced[d->frontier],
				  "event linearizability");
		return;
	}
	for (j = 0; j < p->i; j++)
		if (p->after >> j & 1 && !done(d, p->first + j))
			too_early(sw, p, &d->produced[p->first + j],
				  "switch consistency");
	if (p->before && !done(d, p->before - 1))
		too_early(sw, p, &d->produced[p->before - 1],
			  "flow consistency");
}

void applied_check(struct sim_switch *sw, const struct update_body *body,
		   const uint8_t *statement)
{
	struct world *w = sw->world;
	struct domain *d = w->domain;
	struct produced *p;
	uint64_t k;
	uint32_t i;

	if (!vouch_find(d, mix_bytes(4, statement, STATEMENT_LEN) | 1, false))
		violated(w, "authenticity: switch %u applies %llu, which no correct controller signed",
			 sw->index, (ull)body->sequence);
	if (body->payload_len == WIPE_LEN && body->payload[0] == 4)
		return;		/* its tables are emptied before they are filled */
	memcpy(&k, body->payload + 4, 8);
	memcpy(&i, body->payload + 12, 4);
	if (body->payload_len < MARK_LEN || memcmp(body->payload, "SIMU", 4) ||
	    !k || k >= d->event_nr || d->event[k] + i >= d->produced_nr) {
		violated(w, "authenticity: switch %u applies what no application made",
			 sw->index);
		return;
	}
	p = &d->produced[d->event[k] + i];
	if (p->k != k || p->i != i || p->sw != sw->index ||
	    p->sum != mix_bytes(5, body->payload, body->payload_len)) {
		violated(w, "authenticity: switch %u applies another update than event %llu led to",
			 sw->index, (ull)k);
		return;
	}
	check_order(sw, p, d->event[k] + i);
	p->applied = true;
}

/* All that the application made for correct switches that stayed is applied. */
bool applied_all(struct world *w)
{
	struct domain *d = w->domain;
	size_t i;

	for (i = d->produced_nr; i; i--)
		if (!done(d, i - 1))
			return d->lenient;
	return true;
}

void applied_free(struct domain *d)
{
	free(d->produced);
	free(d->event);
	free(d->vouched);
}
