// SPDX-License-Identifier: GPL-2.0
/*
 * The state, saved: time; each switch with its ports; each host's place in the table, and
 * what switches were told of it: a bit for each switch, and the ports.
 */
#include <assert.h>
#include <string.h>

#include "app_route.h"
#include "../../../lib/wire/bytes.h"

enum {
	SAVED_TIME = 8,
	SAVED_SWITCH = 21,		/* ports 4, round 8, probed 8, flags 1 */
	SAVED_PORT = 30,		/* port 4, peer 4 and 4, heard 8, since 8, flags 1, todo 1 */
	SAVED_HOST = 22,		/* MAC 6, switch 4, port 4, seen 8; behind its state, 1 */
	FLAG_UP = 1, FLAG_MORE = 2,	/* of a switch */
	FLAG_LIVE = 1, FLAG_LISTED = 2,	/* of a port */
	FLAGS = 3,
	TODO_ALL = ROUTE_PROBE | ROUTE_EDGE | ROUTE_PURGE | ROUTE_OPEN,
};

size_t route_save_max(const struct app_config *config)
{
	const size_t v = config->switches;

	return SAVED_TIME + v * SAVED_SWITCH +
	       v * config->ports_max * SAVED_PORT +
	       config->hosts_max * (1 + SAVED_HOST + (v + 7) / 8 + 4 * v);
}

static void route_switch_save(const struct route *r, uint32_t sw,
			      struct wire_writer *w)
{
	const struct route_switch *s = &r->sw[sw];
	const struct route_port *p = route_ports(r, sw);
	uint32_t i;

	wire_write_be(w, s->nr, 4);
	wire_write_be(w, s->round, 8);
	wire_write_be(w, s->probed_ms, 8);
	wire_write_be(w, s->up * FLAG_UP | s->more * FLAG_MORE, 1);
	for (i = 0; i < s->nr; i++, p++) {
		wire_write_be(w, p->port, 4);
		wire_write_be(w, p->peer_sw, 4);
		wire_write_be(w, p->peer_port, 4);
		wire_write_be(w, p->heard, 8);
		wire_write_be(w, p->since_ms, 8);
		wire_write_be(w, p->live * FLAG_LIVE | p->listed * FLAG_LISTED,
			      1);
		wire_write_be(w, p->todo, 1);
	}
}

static void route_host_save(const struct route *r, uint32_t host,
			    struct wire_writer *w)
{
	const struct route_host *h = &r->host[host];
	const uint32_t *told = route_told(r, host), v = r->config->switches;
	uint32_t sw;
	uint8_t bits = 0;

	wire_write_be(w, h->state, 1);
	if (h->state == ROUTE_FREE)
		return;
	wire_write(w, h->mac, 6);
	wire_write_be(w, h->sw, 4);
	wire_write_be(w, h->port, 4);
	wire_write_be(w, h->seen_ms, 8);
	for (sw = 0; sw < v; sw++) {
		bits |= !!told[sw] << sw % 8;
		if (sw % 8 == 7 || sw == v - 1) {
			wire_write(w, &bits, 1);
			bits = 0;
		}
	}
	for (sw = 0; sw < v; sw++)
		if (told[sw])
			wire_write_be(w, told[sw], 4);
}

size_t route_save(const void *app, uint8_t *out, size_t room)
{
	const struct route *r = app;
	struct wire_writer w = { out, room, 0 };
	uint32_t i;

	wire_write_be(&w, r->now_ms, 8);
	for (i = 0; i < r->config->switches; i++)
		route_switch_save(r, i, &w);
	for (i = 0; i < r->config->hosts_max; i++)
		route_host_save(r, i, &w);
	assert(w.used <= room);
	return w.used;
}

/* Takes @len bytes from the front, or NULL: they are not there. */
struct route_reader {
	const uint8_t *in;
	size_t len;
};

static const uint8_t *route_take(struct route_reader *from, size_t len)
{
	const uint8_t *in = from->in;

	if (from->len < len)
		return NULL;
	from->in += len;
	from->len -= len;
	return in;
}

/* What no sequence of events leaves behind is refused. */
static bool route_port_load(struct route *r, uint32_t sw, uint32_t i,
			    const uint8_t *in)
{
	struct route_port *p = route_ports(r, sw) + i;
	uint8_t todo;

	if (!in)
		return false;
	*p = (struct route_port){
		.port = wire_get32(in),
		.peer_sw = wire_get32(in + 4),
		.peer_port = wire_get32(in + 8),
		.heard = wire_get64(in + 12),
		.since_ms = wire_get64(in + 20),
		.live = in[28] & FLAG_LIVE,
		.listed = in[28] & FLAG_LISTED,
	};
	todo = in[29];
	if (in[28] > FLAGS || todo & ~TODO_ALL || !app_port_real(p->port) ||
	    (i && p->port <= p[-1].port) || p->since_ms > r->now_ms)
		return false;
	if (p->peer_sw == ROUTE_NONE ? p->peer_port || p->heard :
	    p->peer_sw >= r->config->switches || !p->live ||
	    !app_port_real(p->peer_port))
		return false;
	route_port_todo(r, sw, p, todo);
	return true;
}

static bool route_switch_load(struct route *r, uint32_t sw,
			      struct route_reader *from)
{
	const uint8_t *in = route_take(from, SAVED_SWITCH);
	struct route_switch *s = &r->sw[sw];
	uint32_t i;

	if (!in)
		return false;
	*s = (struct route_switch){
		.nr = wire_get32(in),
		.round = wire_get64(in + 4),
		.probed_ms = wire_get64(in + 12),
		.up = in[20] & FLAG_UP,
		.more = in[20] & FLAG_MORE,
	};
	if (s->nr > r->config->ports_max || s->probed_ms > r->now_ms ||
	    in[20] > FLAGS)
		return false;
	for (i = 0; i < s->nr; i++)
		if (!route_port_load(r, sw, i, route_take(from, SAVED_PORT)))
			return false;
	return true;
}

static bool route_told_load(struct route *r, uint32_t host,
			    struct route_reader *from)
{
	const uint32_t v = r->config->switches;
	const uint8_t *bits = route_take(from, (v + 7) / 8), *in;
	uint32_t *told = route_told(r, host), sw;

	if (!bits || (v % 8 && bits[v / 8] >> v % 8))
		return false;
	for (sw = 0; sw < v; sw++) {
		if (!(bits[sw / 8] >> sw % 8 & 1))
			continue;
		in = route_take(from, 4);
		if (!in)
			return false;
		told[sw] = wire_get32(in);
		if (!app_port_real(told[sw]) && told[sw] != ROUTE_RETELL)
			return false;
	}
	return true;
}

static bool route_host_load(struct route *r, uint32_t host,
			    struct route_reader *from)
{
	struct route_host *h = &r->host[host];
	const uint8_t *state = route_take(from, 1), *in;

	if (!state || *state >= ROUTE_HOST_STATES)
		return false;
	if (*state == ROUTE_FREE)
		return true;
	in = route_take(from, SAVED_HOST);
	if (!in || app_mac_multicast(in) || route_find(r, in) != ROUTE_NONE)
		return false;
	memcpy(h->mac, in, 6);
	h->sw = wire_get32(in + 6);
	h->port = wire_get32(in + 10);
	h->seen_ms = wire_get64(in + 14);
	if ((h->sw >= r->config->switches &&
	     (h->sw != ROUTE_NONE || *state != ROUTE_GONE)) ||
	    !app_port_real(h->port) || h->seen_ms > r->now_ms)
		return false;
	route_host_set(r, host, *state);
	return route_told_load(r, host, from);
}

bool route_load(void *app, const uint8_t *in, size_t len)
{
	struct route *r = app;
	const struct app_config *c = r->config;
	struct route_reader from = { in, len };
	uint32_t i;

	app_route.init(app, c);
	in = route_take(&from, SAVED_TIME);
	if (!in)
		return false;
	r->now_ms = wire_get64(in);
	for (i = 0; i < c->switches; i++)
		if (!route_switch_load(r, i, &from))
			return false;
	for (i = 0; i < c->hosts_max; i++)
		if (!route_host_load(r, i, &from))
			return false;
	return !from.len;
}
