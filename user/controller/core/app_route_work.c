// SPDX-License-Identifier: GPL-2.0
/*
 * What is due by time, and what there was no room for in earlier events.  There are no timers:
 * any event moves time and has room for work.
 */
#include <string.h>

#include "app_lldp.h"
#include "app_route.h"

/*
 * A round of probes of a switch; and those whose probes have not come in at it for some rounds
 * are no peers any more.  Rounds are counted, and not time: if nothing happened for long,
 * no probes were sent.
 */
static void route_round(struct route *r, uint32_t sw)
{
	struct route_port *p = route_ports(r, sw);
	uint32_t i;

	r->sw[sw].round++;
	r->sw[sw].probed_ms = r->now_ms;
	for (i = 0; i < r->sw[sw].nr; i++, p++) {
		if (p->peer_sw != ROUTE_NONE && r->sw[p->peer_sw].up &&
		    r->sw[p->peer_sw].round - p->heard > ROUTE_MISSED)
			route_heard(r, sw, p, ROUTE_NONE, 0, 0);
		if (p->live && p->port != OF_PORT_LOCAL)
			route_port_todo(r, sw, p, p->todo | ROUTE_PROBE);
	}
}

void route_due(struct route *r)
{
	uint32_t sw;

	for (sw = 0; sw < r->config->switches; sw++)
		if (r->sw[sw].up && r->now_ms - r->sw[sw].probed_ms >=
				    1000ull * r->config->probe_s)
			route_round(r, sw);
}

static uint32_t route_dpid(const struct route *r, uint64_t dpid)
{
	uint32_t sw;

	for (sw = 0; sw < r->config->switches; sw++)
		if (r->config->dpid[sw] == dpid)
			return sw;
	return ROUTE_NONE;
}

static void route_probe(const struct route *r, uint32_t sw, uint32_t port,
			struct lldp_probe *probe)
{
	const uint32_t ttl_s = (uint32_t)r->config->probe_s * (ROUTE_MISSED + 1);

	probe->dpid = r->config->dpid[sw];
	probe->port = port;
	probe->ttl_s = ttl_s > UINT16_MAX ? UINT16_MAX : (uint16_t)ttl_s;
}

/*
 * LLDP came in at a port.  It counts if it is a probe of one of our ports, of
 * this round or the one before; and not the one that left here, which anybody behind
 * this port can send back.
 */
void route_probed(struct route *r, uint32_t sw, struct route_port *p,
		  const struct app_packet_in *in)
{
	const struct route_port *from;
	struct lldp_probe probe;
	uint32_t peer;
	unsigned int i;

	if (!lldp_decode(&probe, in->frame, in->len))
		return;
	peer = route_dpid(r, probe.dpid);
	if (peer == ROUTE_NONE || (peer == sw && probe.port == p->port))
		return;
	from = route_port_find(r, peer, probe.port);
	if (!from || !from->live)
		return;
	route_probe(r, peer, from->port, &probe);
	for (i = 0; i < 2 && i <= r->sw[peer].round; i++) {
		probe.round = r->sw[peer].round - i;
		if (lldp_proves(in->frame, &probe, r->config->secret)) {
			route_heard(r, sw, p, peer, probe.port, probe.round);
			return;
		}
	}
}

static bool route_do_probe(const struct route *r, uint32_t sw,
			   const struct route_port *port,
			   struct app_payload *p)
{
	uint8_t frame[LLDP_FRAME_LEN];
	struct lldp_probe probe = { .round = r->sw[sw].round };

	route_probe(r, sw, port->port, &probe);
	lldp_encode(frame, &probe, r->config->secret);
	app_packet_out(p, OF_PORT_CONTROLLER, port->port, frame, sizeof(frame));
	return app_payload_add(p);
}

/* All rules of the first table for what comes in here, but for those of all ports */
static void route_do_edge(const struct route *r, const struct route_port *port,
			  struct app_payload *p)
{
	struct of_flow_mod *fm;

	p->table = r->config->table;
	fm = app_flow_mod(p, OF_FLOW_DELETE, ROUTE_LINK, ROUTE_COOKIE);
	app_match_be(fm, FLOW_IN_PORT, port->port);
	app_payload_add(p);
	if (port->peer_sw == ROUTE_NONE)
		return;
	fm = app_flow_mod(p, OF_FLOW_ADD, ROUTE_LINK, ROUTE_COOKIE);
	app_match_be(fm, FLOW_IN_PORT, port->port);
	fm->instructions.has_goto = 1;
	fm->instructions.goto_table = r->config->table + 1;
	app_payload_add(p);
}

static void route_do_purge(const struct route *r, uint32_t sw,
			   const struct route_port *port,
			   struct app_payload *p)
{
	uint32_t i, *told;

	p->table = r->config->table + 1;
	app_flow_mod(p, OF_FLOW_DELETE, ROUTE_DESTINATION,
		     ROUTE_COOKIE)->out_port = port->port;
	app_payload_add(p);
	for (i = 0; i < r->config->hosts_max; i++) {
		told = route_told(r, i) + sw;
		if (*told == port->port)
			*told = 0;
	}
}

/* What a port has to do, in one update with others'.  false: there is no room in it. */
static bool route_do(struct route *r, uint32_t sw, struct route_port *port,
		     struct app_payload *p)
{
	const size_t most = 3 * ROUTE_RULE_LEN + 48 + LLDP_FRAME_LEN;

	if (p->nr + 4 > OF_MESSAGES_MAX || p->len + most > sizeof(p->bytes))
		return false;
	if (port->todo & ROUTE_PURGE && !route_link(r, sw, port))
		route_do_purge(r, sw, port, p);
	if (port->todo & (ROUTE_EDGE | ROUTE_OPEN))
		route_do_edge(r, port, p);
	if (port->todo & ROUTE_PROBE)
		route_do_probe(r, sw, port, p);
	route_port_todo(r, sw, port, 0);
	return true;
}

/* The ports of a switch that have any of these to do */
static void route_do_ports(struct route *r, uint32_t sw, uint8_t what,
			   unsigned int spare, struct app_out *out)
{
	struct route_port *port = route_ports(r, sw);
	struct app_payload p;
	uint32_t i;

	app_payload_init(&p, 0);
	for (i = 0; i < r->sw[sw].nr && r->sw[sw].todo; i++, port++) {
		if (!(port->todo & what))
			continue;
		if (!route_room(out, 1 + spare))
			return;
		if (route_do(r, sw, port, &p))
			continue;
		app_payload_put(&p, out, sw, ROUTE_FLOW_SWITCH | sw, 0);
		if (!route_room(out, 1 + spare))
			return;
		route_do(r, sw, port, &p);
	}
	if (p.nr)
		app_payload_put(&p, out, sw, ROUTE_FLOW_SWITCH | sw, 0);
}

/* Switches where rules over dead links are to go */
static unsigned int route_purges(const struct route *r)
{
	const struct route_port *port;
	unsigned int nr = 0;
	uint32_t sw, i;

	for (sw = 0; sw < r->config->switches; sw++) {
		port = route_ports(r, sw);
		for (i = 0; i < r->sw[sw].nr && r->sw[sw].todo; i++)
			if (port[i].todo & ROUTE_PURGE)
				break;
		nr += r->sw[sw].todo && i < r->sw[sw].nr;
	}
	return nr < APP_UPDATES_MAX / 2 ? nr : APP_UPDATES_MAX / 2;
}

static uint64_t route_bits(unsigned int nr)
{
	return nr == APP_UPDATES_MAX ? UINT64_MAX : (1ull << nr) - 1;
}

/*
 * New links, new paths, then what is left of the old ones, for which there is room in any
 * case: packets would go nowhere by them.  Then all else.
 */
void route_work(struct route *r, struct app_out *out)
{
	const unsigned int spare = route_purges(r), before = out->nr;
	uint32_t sw;

	for (sw = 0; sw < r->config->switches; sw++)
		route_do_ports(r, sw, ROUTE_OPEN, spare, out);
	if (r->unsettled)
		route_reroute(r, route_bits(out->nr) & ~route_bits(before),
			      spare, out);
	for (sw = 0; sw < r->config->switches && spare; sw++)
		route_do_ports(r, sw, ROUTE_PURGE, 0, out);
	for (sw = 0; sw < r->config->switches; sw++)
		route_do_ports(r, sw, ROUTE_EDGE, 0, out);
	if (r->unsettled)
		route_bury(r, out);
	for (sw = 0; sw < r->config->switches; sw++)
		route_do_ports(r, sw, ROUTE_PROBE, 0, out);
}
