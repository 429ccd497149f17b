// SPDX-License-Identifier: GPL-2.0
/*
 * Ports, which of them are links, and shortest paths over these.
 *
 * R1: a port whose probes come in at another port p is p's peer.  A link is two
 * ports that are each other's peers, of two switches; so a switch can
 * invent a link only with another that lies too.  A port that has a peer is not one
 * for hosts.
 */
#include <assert.h>
#include <string.h>

#include "app_route.h"

struct route_port *route_ports(const struct route *r, uint32_t sw)
{
	return r->port + (size_t)sw * r->config->ports_max;
}

/* The first port that is not below @port */
static uint32_t route_port_at(const struct route *r, uint32_t sw, uint32_t port)
{
	const struct route_port *p = route_ports(r, sw);
	uint32_t low = 0, high = r->sw[sw].nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (p[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct route_port *route_port_find(const struct route *r, uint32_t sw,
				   uint32_t port)
{
	const uint32_t i = route_port_at(r, sw, port);
	struct route_port *p = route_ports(r, sw) + i;

	return i < r->sw[sw].nr && p->port == port ? p : NULL;
}

void route_port_todo(struct route *r, uint32_t sw, struct route_port *p,
		     uint8_t todo)
{
	r->sw[sw].todo -= !!p->todo;
	p->todo = todo;
	r->sw[sw].todo += !!p->todo;
}

static struct route_port *route_port_make(struct route *r, uint32_t sw,
					  uint32_t port)
{
	const uint32_t i = route_port_at(r, sw, port);
	struct route_port *p = route_ports(r, sw) + i;

	if (r->sw[sw].nr == r->config->ports_max)
		return NULL;
	memmove(p + 1, p, (r->sw[sw].nr++ - i) * sizeof(*p));
	memset(p, 0, sizeof(*p));
	p->port = port;
	p->peer_sw = ROUTE_NONE;
	return p;
}

void route_port_set(struct route *r, uint32_t sw, uint32_t port, bool live)
{
	struct route_port *p = route_port_find(r, sw, port);

	if (!p && live)
		p = route_port_make(r, sw, port);
	if (!p || p->live == live)
		return;
	if (live) {
		p->live = true;
		p->since_ms = r->now_ms;
		if (port != OF_PORT_LOCAL)
			route_port_todo(r, sw, p, p->todo | ROUTE_PROBE);
		return;
	}
	route_heard(r, sw, p, ROUTE_NONE, 0, 0);
	p->live = false;
	route_forget(r, sw, port);
	route_port_todo(r, sw, p, (p->todo & ~ROUTE_PROBE) | ROUTE_EDGE);
}

static struct route_port *route_peer(const struct route *r,
				     const struct route_port *p)
{
	if (p->peer_sw == ROUTE_NONE)
		return NULL;
	return route_port_find(r, p->peer_sw, p->peer_port);
}

bool route_link(const struct route *r, uint32_t sw, const struct route_port *p)
{
	const struct route_port *q;

	if (!p->live || p->peer_sw == sw)
		return false;
	q = route_peer(r, p);
	return q && q->live && q->peer_sw == sw && q->peer_port == p->port;
}

/* What was told to go through this port needs another way. */
static void route_link_gone(struct route *r, uint32_t sw, struct route_port *p)
{
	uint32_t i;

	for (i = 0; i < r->config->hosts_max; i++)
		if (r->host[i].state == ROUTE_KNOWN &&
		    route_told(r, i)[sw] == p->port)
			route_host_set(r, i, ROUTE_DIRTY);
	route_port_todo(r, sw, p, p->todo | ROUTE_PURGE);
}

static void route_link_new(struct route *r, uint32_t sw, struct route_port *p)
{
	struct route_port *q = route_peer(r, p);

	route_port_todo(r, sw, p, p->todo | ROUTE_OPEN);
	route_port_todo(r, p->peer_sw, q, q->todo | ROUTE_OPEN);
	route_dirty_all(r);
}

void route_heard(struct route *r, uint32_t sw, struct route_port *p,
		 uint32_t peer_sw, uint32_t peer_port, uint64_t round)
{
	const bool was = p->peer_sw != ROUTE_NONE;

	if (p->peer_sw != peer_sw || p->peer_port != peer_port) {
		if (route_link(r, sw, p)) {
			route_link_gone(r, p->peer_sw, route_peer(r, p));
			route_link_gone(r, sw, p);
		}
		p->peer_sw = peer_sw;
		p->peer_port = peer_port;
		if (route_link(r, sw, p))
			route_link_new(r, sw, p);
	}
	p->heard = round;
	if (was == (peer_sw != ROUTE_NONE))
		return;
	route_forget(r, sw, p->port);
	p->since_ms = r->now_ms;
	route_port_todo(r, sw, p, p->todo | ROUTE_EDGE);
}

/* The way of a switch towards the root: the lowest next hop, the lowest port to it */
static void route_tree_way(struct route *r, uint32_t sw)
{
	const struct route_port *p = route_ports(r, sw);
	uint32_t i;

	r->parent[sw] = ROUTE_NONE;
	for (i = 0; i < r->sw[sw].nr; i++, p++) {
		if (!route_link(r, sw, p) || p->peer_sw >= r->parent[sw] ||
		    r->distance[p->peer_sw] != r->distance[sw] - 1)
			continue;
		r->parent[sw] = p->peer_sw;
		r->out[sw] = p->port;
	}
	assert(r->parent[sw] != ROUTE_NONE);
}

/* Breadth first.  No path leads through a switch that is down. */
void route_tree(struct route *r, uint32_t root)
{
	uint32_t i, at, sw;

	memset(r->distance, 0xff, r->config->switches * sizeof(*r->distance));
	r->distance[root] = 0;
	r->parent[root] = root;
	r->out[root] = 0;
	r->order[0] = root;
	r->reached = 1;
	for (at = 0; at < r->reached; at++) {
		const struct route_port *p = route_ports(r, r->order[at]);

		sw = r->order[at];
		for (i = 0; i < r->sw[sw].nr; i++, p++) {
			if (p->peer_sw == ROUTE_NONE || !r->sw[p->peer_sw].up ||
			    r->distance[p->peer_sw] != ROUTE_NONE ||
			    !route_link(r, sw, p))
				continue;
			r->distance[p->peer_sw] = r->distance[sw] + 1;
			r->order[r->reached++] = p->peer_sw;
		}
	}
	for (at = 1; at < r->reached; at++)
		route_tree_way(r, r->order[at]);
}
