// SPDX-License-Identifier: GPL-2.0
/*
 * Rules towards hosts.
 *
 * R3: a switch is told a port only after the next switch on its path is told its
 *     own, or was told it by an earlier update of the same flow (§3.5.4).
 *
 * So at every moment, and in any order that `after`, flows and switches allow: the
 * rule of a switch is as new as that of the next one or older, and rules of one age
 * make no circle.  Where a rule is missing, the packet becomes an event; nobody is
 * told to go where no path is.
 *
 * Updates towards hosts of one switch are one flow.  Who moved to another switch has
 * another flow, so nothing told before counts for R3: ROUTE_RETELL.
 */
#include <assert.h>
#include <string.h>

#include "app_route.h"

static uint32_t route_out(const struct route *r, uint32_t host, uint32_t sw)
{
	const struct route_host *h = &r->host[host];

	return sw == h->sw ? h->port : r->out[sw];
}

static bool route_rule(const struct route *r, struct app_payload *p,
		       uint32_t host, uint32_t port)
{
	struct of_flow_mod *fm;

	p->table = r->config->table + 1;
	fm = app_flow_mod(p, OF_FLOW_ADD, ROUTE_DESTINATION, ROUTE_COOKIE);
	fm->idle_timeout = r->config->idle_timeout_s;
	app_match(fm, FLOW_ETH_DST, r->host[host].mac);
	app_output(fm, port);
	return app_payload_add(p);
}

/*
 * From @sw to the host: the switches on the way into order[], which the tree no longer
 * needs.  How many; 0: there is no way.
 */
static uint32_t route_walk(struct route *r, uint32_t host, uint32_t sw)
{
	const uint32_t root = r->host[host].sw;
	uint32_t nr = 0;

	route_tree(r, root);
	if (!r->sw[root].up || r->distance[sw] == ROUTE_NONE)
		return 0;
	for (; sw != root; sw = r->parent[sw])
		r->order[nr++] = sw;
	r->order[nr++] = sw;
	return nr;
}

/*
 * Rules from the last switch on its way to this one, and the packet itself.  This
 * switch is told in any case: its rule may have expired, or been refused.
 */
void route_packet(struct route *r, uint32_t host, uint32_t sw,
		  const struct app_packet_in *in, struct app_payload *payload,
		  struct app_out *out)
{
	const uint32_t nr = route_walk(r, host, sw);
	uint32_t *told = route_told(r, host), i, at, rules = 1;
	const uint64_t flow = r->host[host].sw;
	struct app_payload p;
	uint64_t after = 0;

	for (i = 1; i < nr; i++)
		rules += told[r->order[i]] != route_out(r, host, r->order[i]);
	if (!nr || rules > APP_UPDATES_MAX || !route_room(out, rules))
		return;
	app_payload_init(&p, 0);
	for (i = nr; --i > 0;) {
		at = r->order[i];
		if (told[at] == route_out(r, host, at))
			continue;
		told[at] = route_out(r, host, at);
		route_rule(r, &p, host, told[at]);
		after |= 1ull << app_payload_put(&p, out, at, flow, after);
	}
	told[sw] = route_out(r, host, sw);
	route_rule(r, payload, host, told[sw]);
	if (in->whole && told[sw] != in->in_port) {
		app_packet_out(payload, in->in_port, told[sw], in->frame,
			       in->len);
		app_payload_add(payload);
	}
	app_payload_put(payload, out, sw, flow, after);
}

/*
 * Tell one switch its new ports towards all hosts of the batch, by updates that wait
 * for those of its next hop.  false: no more room.
 */
static bool route_reroute_switch(struct route *r, uint32_t nr, uint32_t sw,
				 unsigned int spare, struct app_out *out)
{
	const uint32_t root = r->order[0];
	const uint64_t after = sw == root ? r->first :
			       r->updates[r->parent[sw]];
	struct app_payload p;
	uint64_t mine = 0;
	uint32_t i, *told, new;

	app_payload_init(&p, 0);
	for (i = 0; i < nr; i++) {
		told = route_told(r, r->batch[i]) + sw;
		new = route_out(r, r->batch[i], sw);
		if (!*told || *told == new)
			continue;
		if (p.len + ROUTE_RULE_LEN > sizeof(p.bytes) ||
		    p.nr == OF_MESSAGES_MAX)
			mine |= 1ull << app_payload_put(&p, out, sw, root, after);
		if (!route_room(out, 1 + spare))
			break;
		route_rule(r, &p, r->batch[i], new);
		*told = new;
	}
	if (p.nr)
		mine |= 1ull << app_payload_put(&p, out, sw, root, after);
	r->updates[sw] = mine ? mine : after;
	return i == nr;
}

/* Switches without a rule that are on the way of one with a rule */
static void route_want(struct route *r, uint32_t nr)
{
	uint32_t i, at, *told;

	for (i = 0; i < nr; i++) {
		told = route_told(r, r->batch[i]);
		for (at = r->reached - 1; at; at--)
			if (told[r->order[at]] &&
			    !told[r->parent[r->order[at]]])
				told[r->parent[r->order[at]]] = ROUTE_WANTED;
	}
}

static void route_unwant(struct route *r, uint32_t nr)
{
	uint32_t i, at, *told;

	for (i = 0; i < nr; i++) {
		told = route_told(r, r->batch[i]);
		for (at = 0; at < r->reached; at++)
			if (told[r->order[at]] == ROUTE_WANTED)
				told[r->order[at]] = 0;
	}
}

/* All dirty hosts of one switch, onto the tree of now, from the root outwards */
static bool route_reroute_root(struct route *r, uint32_t root,
			       unsigned int spare, struct app_out *out)
{
	uint32_t i, at, nr = 0;
	bool room = true;

	for (i = 0; i < r->config->hosts_max; i++)
		if (r->host[i].state == ROUTE_DIRTY && r->host[i].sw == root)
			r->batch[nr++] = i;
	if (r->sw[root].up) {
		route_tree(r, root);
		route_want(r, nr);
		for (at = 0; at < r->reached && room; at++)
			room = route_reroute_switch(r, nr, r->order[at], spare,
						    out);
		if (!room)
			route_unwant(r, nr);
	}
	for (i = 0; i < nr && room; i++)
		route_host_set(r, r->batch[i], ROUTE_KNOWN);
	return room;
}

void route_reroute(struct route *r, uint64_t after, unsigned int spare,
		   struct app_out *out)
{
	uint32_t i;

	r->first = after;
	for (i = 0; i < r->config->hosts_max && r->unsettled; i++)
		if (r->host[i].state == ROUTE_DIRTY &&
		    !route_reroute_root(r, r->host[i].sw, spare, out))
			return;
}
