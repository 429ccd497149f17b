// SPDX-License-Identifier: GPL-2.0
/*
 * Hosts: where each address is.
 *
 * R2: rules for a destination are at switches where told[] is not 0 and nowhere
 * else; a rule of a source is at its host's port and nowhere else, but for those that
 * are being deleted.  Rules may be missing at any time.
 */
#include <assert.h>
#include <string.h>

#include "app_route.h"

uint32_t *route_told(const struct route *r, uint32_t host)
{
	return r->told + (size_t)host * r->config->switches;
}

uint32_t route_find(const struct route *r, const uint8_t mac[6])
{
	uint32_t i;

	for (i = 0; i < r->config->hosts_max; i++)
		if (r->host[i].state != ROUTE_FREE &&
		    !memcmp(r->host[i].mac, mac, 6))
			return i;
	return ROUTE_NONE;
}

static bool route_unsettled(const struct route_host *h)
{
	return h->state == ROUTE_DIRTY || h->state == ROUTE_GONE;
}

void route_host_set(struct route *r, uint32_t host, enum route_host_state state)
{
	struct route_host *h = &r->host[host];

	r->unsettled -= route_unsettled(h);
	h->state = state;
	r->unsettled += route_unsettled(h);
}

void route_dirty_all(struct route *r)
{
	uint32_t i;

	for (i = 0; i < r->config->hosts_max; i++)
		if (r->host[i].state == ROUTE_KNOWN)
			route_host_set(r, i, ROUTE_DIRTY);
}

static bool route_known(const struct route_host *h)
{
	return h->state == ROUTE_KNOWN || h->state == ROUTE_DIRTY;
}

void route_forget(struct route *r, uint32_t sw, uint32_t port)
{
	const struct route_host *h = r->host;
	uint32_t i;

	for (i = 0; i < r->config->hosts_max; i++, h++)
		if (route_known(h) && h->sw == sw && h->port == port)
			route_host_set(r, i, ROUTE_GONE);
}

/* A message that deletes the rules of an address as a source */
static bool route_delete_source(const struct route *r, struct app_payload *p,
				const uint8_t mac[6])
{
	p->table = r->config->table;
	app_match(app_flow_mod(p, OF_FLOW_DELETE, ROUTE_SOURCE, ROUTE_COOKIE),
		  FLOW_ETH_SRC, mac);
	return app_payload_add(p);
}

static bool route_delete_destination(const struct route *r,
				     struct app_payload *p,
				     const uint8_t mac[6])
{
	p->table = r->config->table + 1;
	app_match(app_flow_mod(p, OF_FLOW_DELETE, ROUTE_DESTINATION,
			       ROUTE_COOKIE), FLOW_ETH_DST, mac);
	return app_payload_add(p);
}

/* One switch: false: a second update is needed. */
static bool route_bury_at(struct route *r, uint32_t sw, struct app_out *out)
{
	struct app_payload p;
	struct route_host *h = r->host;
	bool all = true;
	uint32_t i;

	app_payload_init(&p, 0);
	for (i = 0; i < r->config->hosts_max && all; i++, h++) {
		if (h->state != ROUTE_GONE)
			continue;
		if (route_told(r, i)[sw]) {
			all = route_delete_destination(r, &p, h->mac);
			if (all)
				route_told(r, i)[sw] = 0;
		}
		if (all && h->sw == sw) {
			all = route_delete_source(r, &p, h->mac);
			if (all)
				h->sw = ROUTE_NONE;
		}
	}
	if (p.nr)
		app_payload_put(&p, out, sw, ROUTE_FLOW_SWITCH | sw, 0);
	return all;
}

static bool route_buried(const struct route *r, uint32_t host)
{
	const uint32_t *told = route_told(r, host);
	uint32_t sw;

	for (sw = 0; sw < r->config->switches; sw++)
		if (told[sw])
			return false;
	return r->host[host].sw == ROUTE_NONE;
}

void route_bury(struct route *r, struct app_out *out)
{
	uint32_t i, sw;

	for (i = 0; i < r->config->hosts_max; i++)
		if (r->host[i].state == ROUTE_GONE)
			break;
	if (i == r->config->hosts_max)
		return;
	for (sw = 0; sw < r->config->switches; sw++)
		do {
			if (!route_room(out, 1))
				break;
		} while (!route_bury_at(r, sw, out));
	for (; i < r->config->hosts_max; i++) {
		if (r->host[i].state != ROUTE_GONE || !route_buried(r, i))
			continue;
		route_host_set(r, i, ROUTE_FREE);
		memset(&r->host[i], 0, sizeof(r->host[i]));
	}
}

/*
 * A place for a new host: a free one; else that of the one heard of last
 * longest ago.  But a port behind which half of all are makes room for itself, so
 * that one liar who invents addresses cannot drive out all others.
 */
static uint32_t route_place(struct route *r, uint32_t sw, uint32_t port,
			    struct app_out *out)
{
	uint32_t i, same = 0, oldest = ROUTE_NONE, own = ROUTE_NONE;
	const struct route_host *h = r->host;

	for (i = 0; i < r->config->hosts_max; i++) {
		if (h[i].state == ROUTE_FREE)
			return i;
		if (!route_known(&h[i]))
			continue;
		if (oldest == ROUTE_NONE || h[i].seen_ms < h[oldest].seen_ms)
			oldest = i;
		if (h[i].sw != sw || h[i].port != port)
			continue;
		same++;
		if (own == ROUTE_NONE || h[i].seen_ms < h[own].seen_ms)
			own = i;
	}
	if (same >= r->config->hosts_max / 2)
		oldest = own;
	if (oldest == ROUTE_NONE)
		return ROUTE_NONE;
	route_host_set(r, oldest, ROUTE_GONE);
	route_bury(r, out);
	return h[oldest].state == ROUTE_FREE ? oldest : ROUTE_NONE;
}

/*
 * It is elsewhere now.  Nothing is sure of its rules at other switches: they were put in the
 * order of another flow, so all are told again.
 */
static bool route_move(struct route *r, uint32_t host, uint32_t sw,
		       uint32_t port, struct app_out *out)
{
	struct route_host *h = &r->host[host];
	uint32_t *told = route_told(r, host), i;
	struct app_payload p;

	if (!route_room(out, 1))
		return false;
	if (h->sw != ROUTE_NONE) {
		app_payload_init(&p, 0);
		route_delete_source(r, &p, h->mac);
		app_payload_put(&p, out, h->sw, ROUTE_FLOW_SWITCH | h->sw, 0);
	}
	for (i = 0; i < r->config->switches && h->sw != sw; i++)
		if (told[i])
			told[i] = ROUTE_RETELL;
	h->sw = sw;
	h->port = port;
	route_host_set(r, host, ROUTE_DIRTY);
	return true;
}

/* Was it heard elsewhere just now?  Then one of both lies, or a frame went in circles. */
static bool route_elsewhere(const struct route *r, const struct route_host *h)
{
	const struct route_port *p;

	if (!route_known(h) || r->now_ms - h->seen_ms >= ROUTE_MOVE_MS)
		return false;
	p = route_port_find(r, h->sw, h->port);
	return p && p->live;
}

bool route_learn(struct route *r, uint32_t sw, const struct app_packet_in *in,
		 bool *new, struct app_out *out)
{
	uint32_t i = route_find(r, in->src);
	struct route_host *h;

	*new = i == ROUTE_NONE;
	if (*new) {
		i = route_place(r, sw, in->in_port, out);
		if (i == ROUTE_NONE)
			return false;
		h = &r->host[i];
		memcpy(h->mac, in->src, 6);
		h->sw = sw;
		h->port = in->in_port;
		route_host_set(r, i, ROUTE_KNOWN);
	}
	h = &r->host[i];
	if (!route_known(h) || h->sw != sw || h->port != in->in_port) {
		if (route_elsewhere(r, h) ||
		    !route_move(r, i, sw, in->in_port, out))
			return false;
		*new = true;
	}
	h->seen_ms = r->now_ms;
	return true;
}
