// SPDX-License-Identifier: GPL-2.0
/*
 * Packets for everybody, and for who is not known: by packet-outs, to each port that
 * hosts are behind, at each switch that the tree of links reaches.  None
 * is sent into a link, so none can go in circles; no rules are needed, and none can
 * be in the way of another.
 *
 * R4: into a port that may be a link and has not shown it yet nothing is flooded.
 */
#include "app_policy_match.h"
#include "app_route.h"

/* A probe left when it came up, and none came in since. */
bool route_settled(const struct route *r, const struct route_port *p)
{
	return p->live && p->peer_sw == ROUTE_NONE &&
	       (p->port == OF_PORT_LOCAL ||
		r->now_ms - p->since_ms >= ROUTE_SETTLE_MS);
}

static void route_flood_begin(struct app_payload *payload, uint32_t in_port,
			      const struct app_packet_in *in)
{
	app_packet_out(payload, in_port, OF_PORT_ANY, in->frame, in->len);
	payload->msg.packet_out.action_nr = 0;
}

/* The ports of one switch, but for those at which the packet has been */
static void route_flood_at(struct route *r, uint32_t sw, uint32_t in_port,
			   uint32_t src_port, const struct app_packet_in *in,
			   struct app_payload *payload)
{
	const struct route_port *p = route_ports(r, sw);
	struct of_packet_out *po = &payload->msg.packet_out;
	uint32_t i;

	route_flood_begin(payload, in_port, in);
	for (i = 0; i < r->sw[sw].nr; i++, p++) {
		if (!route_settled(r, p) || p->port == in_port ||
		    p->port == src_port)
			continue;
		if (po->action_nr == OF_ACTIONS_MAX) {
			if (!app_payload_add(payload))
				return;
			route_flood_begin(payload, in_port, in);
		}
		po->action[po->action_nr].type = OF_ACTION_OUTPUT;
		po->action[po->action_nr++].port = p->port;
	}
	if (po->action_nr)
		app_payload_add(payload);
}

void route_flood(struct route *r, uint32_t sw, const struct app_packet_in *in,
		 struct app_payload *payload, struct app_out *out)
{
	const uint32_t src = route_find(r, in->src);
	struct app_payload p;
	uint32_t at;

	if (!in->whole)
		return;
	route_tree(r, sw);
	app_payload_init(&p, 0);
	for (at = 0; at < r->reached && route_room(out, 1); at++) {
		const uint32_t to = r->order[at];
		const bool here = to == sw;
		struct app_payload *use = here ? payload : &p;

		if (!here && !app_policy_allows(r->config, to, in->frame,
						in->len))
			continue;
		route_flood_at(r, to, here ? in->in_port : OF_PORT_CONTROLLER,
			       src != ROUTE_NONE && r->host[src].sw == to ?
			       r->host[src].port : OF_PORT_ANY, in, use);
		if (use->nr)
			app_payload_put(use, out, to, ROUTE_FLOW_FLOOD | to, 0);
	}
}
