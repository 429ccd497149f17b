// SPDX-License-Identifier: GPL-2.0
/* Shortest paths over the topology that LLDP finds: events, and memory. */
#include <assert.h>
#include <string.h>

#include "app_route.h"

static size_t route_size(const struct app_config *config)
{
	const size_t v = config->switches, h = config->hosts_max;

	return sizeof(struct route) +
	       v * (sizeof(struct route_switch) + sizeof(uint64_t)) +
	       v * config->ports_max * sizeof(struct route_port) +
	       h * sizeof(struct route_host) +
	       (h * v + h + 4 * v) * sizeof(uint32_t);
}

static void route_init(void *app, const struct app_config *config)
{
	const size_t v = config->switches, h = config->hosts_max;
	struct route *r = app;

	assert(h >= 2 && h <= APP_HOSTS_MAX);
	assert(config->ports_max && config->ports_max <= APP_PORTS_MAX);
	assert(config->probe_s && config->probe_s <= APP_PROBE_MAX_S);
	assert(config->table < OF_TABLE_MAX);
	memset(app, 0, route_size(config));
	r->config = config;
	r->sw = (struct route_switch *)(r + 1);
	r->updates = (uint64_t *)(r->sw + v);
	r->port = (struct route_port *)(r->updates + v);
	r->host = (struct route_host *)(r->port + v * config->ports_max);
	r->told = (uint32_t *)(r->host + h);
	r->batch = r->told + h * v;
	r->distance = r->batch + h;
	r->parent = r->distance + v;
	r->out = r->parent + v;
	r->order = r->out + v;
}

/* Rules that are for all ports: LLDP, and what matches nothing in either table */
static void route_base(const struct route *r, struct app_payload *p)
{
	static const uint8_t lldp[2] = { APP_ETH_TYPE_LLDP >> 8,
					 APP_ETH_TYPE_LLDP & 0xff };
	struct of_flow_mod *fm;

	app_payload_init(p, r->config->table);
	fm = app_flow_mod(p, OF_FLOW_ADD, ROUTE_LLDP, ROUTE_COOKIE);
	app_match(fm, FLOW_ETH_TYPE, lldp);
	app_output(fm, OF_PORT_CONTROLLER);
	app_payload_add(p);
	app_payload_miss(p, ROUTE_COOKIE);
	p->table = r->config->table + 1;
	app_payload_miss(p, ROUTE_COOKIE);
}

/* Its tables were emptied: hosts ask for their rules again, links get theirs. */
static void route_emptied(struct route *r, uint32_t sw)
{
	struct route_port *p = route_ports(r, sw);
	uint32_t i;

	for (i = 0; i < r->config->hosts_max; i++)
		route_told(r, i)[sw] = 0;
	for (i = 0; i < r->sw[sw].nr; i++, p++)
		route_port_todo(r, sw, p, (p->todo & ~ROUTE_PURGE) | ROUTE_EDGE);
}

/* While it was away nobody could hear of its probes, nor it of others'. */
static void route_links_rest(struct route *r, uint32_t sw)
{
	struct route_port *p;
	uint32_t at, i;

	for (at = 0; at < r->config->switches; at++) {
		p = route_ports(r, at);
		for (i = 0; i < r->sw[at].nr; i++, p++)
			if (p->peer_sw != ROUTE_NONE &&
			    (at == sw || p->peer_sw == sw))
				p->heard = r->sw[p->peer_sw].round;
	}
}

static void route_up(struct route *r, uint32_t sw, bool resync,
		     struct app_out *out)
{
	struct app_payload p;

	if (!route_room(out, 1)) {
		out->full = true;
		return;
	}
	route_base(r, &p);
	app_payload_put(&p, out, sw, ROUTE_FLOW_SWITCH | sw, 0);
	if (!r->sw[sw].up) {
		r->sw[sw].up = true;
		route_links_rest(r, sw);
		route_dirty_all(r);
	}
	if (resync)
		route_emptied(r, sw);
}

/* The ports of a switch; what a whole description lacks is gone. */
static void route_described(struct route *r, uint32_t sw, struct app_ports *desc)
{
	struct route_port *p = route_ports(r, sw);
	struct app_port_status port;
	uint32_t i;

	for (i = 0; i < r->sw[sw].nr && !r->sw[sw].more; i++)
		p[i].listed = false;
	while (app_ports_next(desc, &port)) {
		struct route_port *known;

		route_port_set(r, sw, port.port, !port.down);
		known = route_port_find(r, sw, port.port);
		if (known)
			known->listed = true;
	}
	r->sw[sw].more = desc->more;
	for (i = 0; i < r->sw[sw].nr && !desc->more; i++)
		if (!p[i].listed)
			route_port_set(r, sw, p[i].port, false);
}

/* Who sends may come in here from now on, at this port. */
static void route_source(const struct route *r, const struct app_packet_in *in,
			 struct app_payload *p)
{
	struct of_flow_mod *fm;

	p->table = r->config->table;
	fm = app_flow_mod(p, OF_FLOW_ADD, ROUTE_SOURCE, ROUTE_COOKIE);
	fm->idle_timeout = r->config->idle_timeout_s;
	app_match_be(fm, FLOW_IN_PORT, in->in_port);
	app_match(fm, FLOW_ETH_SRC, in->src);
	fm->instructions.has_goto = 1;
	fm->instructions.goto_table = r->config->table + 1;
	app_payload_add(p);
}

/* Addresses that bridges keep to themselves (IEEE 802.1Q, table 8-1) */
static bool route_link_local(const uint8_t *mac)
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return !memcmp(mac, prefix, sizeof(prefix)) && mac[5] < 0x10;
}

static bool route_lldp(const struct app_packet_in *in)
{
	return in->frame[12] == APP_ETH_TYPE_LLDP >> 8 &&
	       in->frame[13] == (APP_ETH_TYPE_LLDP & 0xff);
}

static void route_frame(struct route *r, uint32_t sw,
			const struct app_packet_in *in, struct app_out *out)
{
	struct route_port *port = route_port_find(r, sw, in->in_port);
	struct app_payload p;
	bool hosts, new = false;
	uint32_t to;

	if (!port || !port->live)
		return;
	if (route_lldp(in)) {
		if (in->whole && port->port != OF_PORT_LOCAL)
			route_probed(r, sw, port, in);
		return;
	}
	if (app_mac_multicast(in->src) || route_link_local(in->dst))
		return;
	/* By links come packets to those who were known; others would be flooded again and again. */
	hosts = port->peer_sw == ROUTE_NONE;
	if (hosts && !route_learn(r, sw, in, &new, out))
		return;
	to = route_find(r, in->dst);
	if (to != ROUTE_NONE && r->host[to].state == ROUTE_GONE)
		to = ROUTE_NONE;
	if (!hosts && to == ROUTE_NONE)
		return;
	app_payload_init(&p, 0);
	if (hosts && (new || in->table == r->config->table))
		route_source(r, in, &p);
	if (to != ROUTE_NONE)
		route_packet(r, to, sw, in, &p, out);
	else
		route_flood(r, sw, in, &p, out);
	if (p.nr && route_room(out, 1))
		app_payload_put(&p, out, sw, ROUTE_FLOW_SWITCH | sw, 0);
}

static void route_event(void *app, const struct app_event *event,
			struct app_out *out)
{
	struct route *r = app;
	struct app_port_status status;
	struct app_packet_in in;
	struct app_ports ports;

	assert(event->sw < r->config->switches);
	if (event->time_ms > r->now_ms)
		r->now_ms = event->time_ms;
	switch (event->kind) {
	case APP_SWITCH_UP:
		route_up(r, event->sw, event->resync, out);
		break;
	case APP_SWITCH_DOWN:
		/* What it forwards, it goes on to forward.  New paths avoid it. */
		r->sw[event->sw].up = false;
		break;
	case APP_PACKET_IN:
		if (!app_packet_in_decode(&in, event->message, event->len))
			route_frame(r, event->sw, &in, out);
		break;
	case APP_PORT_STATUS:
		if (!app_port_status_decode(&status, event->message,
					    event->len))
			route_port_set(r, event->sw, status.port, !status.down);
		break;
	case APP_REPLY:
		if (!app_ports_decode(&ports, event->message, event->len))
			route_described(r, event->sw, &ports);
		break;
	default:
		break;
	}
	route_due(r);
	if (!out->full)
		route_work(r, out);
}

const struct app_ops app_route = {
	.name = "route",
	.size = route_size,
	.init = route_init,
	.event = route_event,
	.save_max = route_save_max,
	.save = route_save,
	.load = route_load,
};
