// SPDX-License-Identifier: GPL-2.0
/*
 * Shortest paths over the configured topology.
 *
 * A rule is for one destination: it matches eth_dst exactly, so rules overlap
 * only if they are equal.  For each host the rules of all switches point towards
 * it; port[] is what each switch was last told.
 *
 * P1: for one host, following the ports from any switch makes no circle.
 * P2: a switch is told a new port only after all switches on its new path that
 *     need one were told theirs (reverse path, §3.5.4).
 *
 * P2 keeps P1 and opens no black hole, at every moment and for any way from old
 * to new: whoever has its new port has a complete path to the host; whoever has
 * not follows old ports, which make no circle, until it meets one that has, or ends
 * where it ended before.  So a change may also stop halfway: for want of
 * room (APP_UPDATES_MAX) paths are left as they were, longer than they had to be.
 * Those over a dead link cannot be left: their rules at both ends are
 * deleted, so that packets become events, and are routed one by one.
 *
 * Updates towards hosts of one switch are one flow (§2.5.7), because they share
 * switches on their ways: what a later event relies on is applied before.  Except
 * on a switch whose tables were emptied: it drops until it is filled again.
 *
 * Broadcasts and addresses that are not configured are dropped.
 */
#include <assert.h>
#include <string.h>

#include "app_out.h"
#include "app_packet_in.h"
#include "app_topology.h"
#include "../../../lib/wire/bytes.h"

#define PATH_COOKIE 0x6173682d70617468ull
#define PATH_FLOW_SWITCH (1ull << 32)	/* updates that are for no destination */

enum {
	PATH_PRIORITY = 100,
	PATH_RULE_LEN = 88,		/* bytes of a rule, a deletion is shorter */
	PATH_RULES_MAX = APP_UPDATE_MAX / PATH_RULE_LEN,
};

#define PATH_WANTED 0xffffffffu		/* in port[], within an event: needs a rule, has none */

static_assert((unsigned int)PATH_RULES_MAX <= OF_MESSAGES_MAX,
	      "an update full of rules");

struct path {
	const struct app_config *config;
	struct topology topology;
	uint32_t *port;			/* [host][switch]; 0: no rule */
	uint64_t *updates;		/* of a switch or those it waits for: bits of this event */
};

static size_t path_size(const struct app_config *config)
{
	return sizeof(struct path) +
	       config->switches * sizeof(uint64_t) +
	       (size_t)config->host_nr * config->switches * sizeof(uint32_t) +
	       topology_size(config);
}

static void path_init(void *app, const struct app_config *config)
{
	const size_t ports = (size_t)config->host_nr * config->switches;
	struct path *p = app;

	memset(app, 0, path_size(config));
	p->config = config;
	p->updates = (uint64_t *)(p + 1);
	p->port = (uint32_t *)(p->updates + config->switches);
	topology_init(&p->topology, p->port + ports, config);
}

static uint32_t *path_ports(const struct path *p, uint32_t host)
{
	return p->port + (size_t)host * p->config->switches;
}

/* The port of a switch towards a host, by the tree of the host's switch */
static uint32_t path_out(const struct path *p, uint32_t host, uint32_t sw)
{
	const struct app_host *h = &p->config->host[host];

	return sw == h->sw ? h->port : p->topology.out[sw];
}

static bool path_add_rule(const struct path *p, struct app_payload *payload,
			  uint32_t host, uint32_t port)
{
	struct of_flow_mod *fm = app_flow_mod(payload, OF_FLOW_ADD,
					      PATH_PRIORITY, PATH_COOKIE);

	fm->idle_timeout = p->config->idle_timeout_s;
	app_match(fm, FLOW_ETH_DST, p->config->host[host].mac);
	app_output(fm, port);
	return app_payload_add(payload);
}

/*
 * From @sw to the host: switches on the way, in order, into the tree's order[],
 * which it no longer needs.  How many.
 */
static uint32_t path_walk(struct path *p, uint32_t host, uint32_t sw)
{
	const struct app_host *h = &p->config->host[host];
	struct topology *t = &p->topology;
	uint32_t nr = 0;

	topology_tree(t, h->sw);
	if (t->switch_down[h->sw] || t->distance[sw] == TOPOLOGY_NONE)
		return 0;
	for (; sw != h->sw; sw = t->parent[sw])
		t->order[nr++] = sw;
	t->order[nr++] = sw;
	return nr;
}

/*
 * A packet that no rule matched: rules from the last switch on its way to this
 * one, then the packet itself.  This switch is told in any case: its rule
 * may have expired, or been refused.
 */
static void path_packet(struct path *p, uint32_t sw,
			const struct app_packet_in *in, struct app_out *out)
{
	const uint32_t host = topology_host(&p->topology, in->dst);
	uint32_t *ports, nr, i, at, rules = 1;
	struct app_payload payload;
	uint64_t after = 0;
	int number;

	if (host == TOPOLOGY_NONE)
		return;
	nr = path_walk(p, host, sw);
	if (!nr)
		return;
	ports = path_ports(p, host);
	for (i = 1; i < nr; i++) {
		at = p->topology.order[i];
		rules += ports[at] != path_out(p, host, at);
	}
	if (!app_out_fits(out, rules, rules * PATH_RULE_LEN)) {
		out->full = true;
		return;
	}
	app_payload_init(&payload, p->config->table);
	for (i = nr; i-- > 0;) {
		at = p->topology.order[i];
		if (i && ports[at] == path_out(p, host, at))
			continue;
		ports[at] = path_out(p, host, at);
		path_add_rule(p, &payload, host, ports[at]);
		number = app_payload_put(&payload, out, at,
					 p->config->host[host].sw, after);
		after |= 1ull << number;
	}
	if (!in->whole || ports[sw] == in->in_port)
		return;
	app_packet_out(&payload, in->in_port, ports[sw], in->frame, in->len);
	if (app_payload_add(&payload) && app_out_fits(out, 1, payload.len))
		app_payload_put(&payload, out, sw, p->config->host[host].sw,
				after);
}

/*
 * Tell one switch its new ports towards all hosts of a root, by updates that
 * wait for those of its next hop.  false: no more room.
 */
static bool path_reroute_switch(struct path *p, const uint32_t *host,
				uint32_t host_nr, uint32_t sw, size_t spare,
				struct app_out *out)
{
	const uint32_t root = p->config->host[*host].sw;
	const uint64_t after = sw == root ? 0 :
			       p->updates[p->topology.parent[sw]];
	struct app_payload payload;
	uint32_t i, *port, new;
	uint64_t mine = 0;

	app_payload_init(&payload, p->config->table);
	for (i = 0; i < host_nr; i++) {
		port = path_ports(p, host[i]) + sw;
		new = path_out(p, host[i], sw);
		if (!*port || *port == new)
			continue;
		/* Room for this update with one more rule, and for deletions */
		if (!app_out_fits(out, 3, payload.len + PATH_RULE_LEN + spare))
			break;
		path_add_rule(p, &payload, host[i], new);
		*port = new;
		if (payload.nr == PATH_RULES_MAX)
			mine |= 1ull << app_payload_put(&payload, out, sw, root,
							after);
	}
	if (payload.nr)
		mine |= 1ull << app_payload_put(&payload, out, sw, root, after);
	p->updates[sw] = mine ? mine : after;
	return i == host_nr;
}

/*
 * Bring the rules towards all hosts of one switch onto the tree of now.
 * Switches that have rules, and all on their ways, are told in the tree's order.
 * false: no more room.
 */
static bool path_reroute(struct path *p, const uint32_t *host,
			 uint32_t host_nr, size_t spare, struct app_out *out)
{
	struct topology *t = &p->topology;
	bool room = true;
	uint32_t i, at, *ports;

	topology_tree(t, p->config->host[*host].sw);
	for (i = 0; i < host_nr; i++) {
		ports = path_ports(p, host[i]);
		for (at = t->reached - 1; at; at--) {
			const uint32_t sw = t->order[at];

			if (ports[sw] && !ports[t->parent[sw]])
				ports[t->parent[sw]] = PATH_WANTED;
		}
	}
	for (at = 0; at < t->reached && room; at++)
		room = path_reroute_switch(p, host, host_nr, t->order[at],
					   spare, out);
	for (i = 0; i < host_nr && !room; i++) {
		ports = path_ports(p, host[i]);
		for (at = 0; at < t->reached; at++)
			if (ports[t->order[at]] == PATH_WANTED)
				ports[t->order[at]] = 0;
	}
	return room;
}

/* All rules of a switch through a port; what was told before goes first. */
static void path_delete(struct path *p, uint32_t sw, uint32_t port,
			struct app_out *out)
{
	struct app_payload payload;
	uint32_t host, *ports;
	uint64_t after = 0;
	unsigned int i;
	bool any = false;

	for (host = 0; host < p->config->host_nr; host++) {
		ports = path_ports(p, host);
		any |= ports[sw] == port;
		if (ports[sw] == port)
			ports[sw] = 0;
	}
	if (!any)
		return;
	for (i = 0; i < out->nr; i++)
		if (out->update[i].sw == sw)
			after |= 1ull << i;
	app_payload_init(&payload, p->config->table);
	app_flow_mod(&payload, OF_FLOW_DELETE, PATH_PRIORITY,
		     PATH_COOKIE)->out_port = port;
	app_payload_add(&payload);
	app_payload_put(&payload, out, sw, PATH_FLOW_SWITCH | sw, after);
}

/* A link died or came back. */
static void path_link(struct path *p, uint32_t link, struct app_out *out)
{
	const struct topology *t = &p->topology;
	const struct app_link *l = &p->config->link[link];
	const struct app_host *host = p->config->host;
	const uint32_t nr = p->config->host_nr;
	uint32_t i, n;
	bool room = true;

	for (i = 0; i < nr && room; i += n) {
		const uint32_t *first = &t->by_root[i];

		for (n = 1; i + n < nr; n++)
			if (host[first[n]].sw != host[*first].sw)
				break;
		if (!t->switch_down[host[*first].sw])
			room = path_reroute(p, first, n, 2 * PATH_RULE_LEN,
					    out);
	}
	for (i = 0; i < 2 && t->link_down[link]; i++)
		path_delete(p, l->sw[i], l->port[i], out);
}

static void path_port(struct path *p, uint32_t sw,
		      const struct app_port_status *status, struct app_out *out)
{
	uint32_t link;

	/* Deletions must have room, or the state would contradict the rules. */
	if (!topology_is_link(&p->topology, sw, status->port))
		return;
	if (!app_out_fits(out, 2, 2 * PATH_RULE_LEN)) {
		out->full = true;
		return;
	}
	if (topology_port(&p->topology, sw, status->port, status->down, &link))
		path_link(p, link, out);
}

/*
 * The rule for what matches nothing; and, if its tables are emptied, all that the
 * switch was told.  What has no room is forgotten: packets will ask for it.
 */
static void path_up(struct path *p, uint32_t sw, bool resync,
		    struct app_out *out)
{
	struct app_payload payload;
	uint32_t host, *port;

	app_payload_init(&payload, p->config->table);
	app_payload_miss(&payload, PATH_COOKIE);
	if (!app_out_fits(out, 1, payload.len)) {
		out->full = true;
		return;
	}
	p->topology.switch_down[sw] = false;
	for (host = 0; host < p->config->host_nr && resync; host++) {
		port = path_ports(p, host) + sw;
		if (!*port)
			continue;
		if (!app_out_fits(out, 1, payload.len + PATH_RULE_LEN)) {
			*port = 0;
			continue;
		}
		path_add_rule(p, &payload, host, *port);
		if (payload.nr == PATH_RULES_MAX)
			app_payload_put(&payload, out, sw,
					PATH_FLOW_SWITCH | sw, 0);
	}
	if (payload.nr)
		app_payload_put(&payload, out, sw, PATH_FLOW_SWITCH | sw, 0);
}

static void path_event(void *app, const struct app_event *event,
		       struct app_out *out)
{
	struct path *p = app;
	struct app_port_status status;
	struct app_packet_in in;

	assert(event->sw < p->config->switches);
	switch (event->kind) {
	case APP_SWITCH_UP:
		path_up(p, event->sw, event->resync, out);
		break;
	case APP_SWITCH_DOWN:
		/* What it forwards, it goes on to forward.  New paths avoid it. */
		p->topology.switch_down[event->sw] = true;
		break;
	case APP_PACKET_IN:
		if (!app_packet_in_decode(&in, event->message, event->len))
			path_packet(p, event->sw, &in, out);
		break;
	case APP_PORT_STATUS:
		if (!app_port_status_decode(&status, event->message,
					    event->len))
			path_port(p, event->sw, &status, out);
		break;
	default:
		break;
	}
}

static size_t path_save_max(const struct app_config *config)
{
	const size_t v = config->switches;

	return config->link_nr + v + config->host_nr * ((v + 7) / 8 + 4 * v);
}

/* Links, switches; for each host a bit for each switch that has a rule, and the ports */
static size_t path_save(const void *app, uint8_t *out, size_t room)
{
	const struct path *p = app;
	const uint32_t v = p->config->switches;
	struct wire_writer w = { out, room, 0 };
	uint32_t host, sw, *ports;

	wire_write(&w, p->topology.link_down, p->config->link_nr);
	wire_write(&w, p->topology.switch_down, v);
	for (host = 0; host < p->config->host_nr; host++) {
		uint8_t bits = 0;

		ports = path_ports(p, host);
		for (sw = 0; sw < v; sw++) {
			bits |= !!ports[sw] << sw % 8;
			if (sw % 8 == 7 || sw == v - 1) {
				wire_write(&w, &bits, 1);
				bits = 0;
			}
		}
		for (sw = 0; sw < v; sw++)
			if (ports[sw])
				wire_write_be(&w, ports[sw], 4);
	}
	assert(w.used <= room);
	return w.used;
}

/* One host; bytes used, 0: they are none */
static size_t path_host_load(struct path *p, uint32_t host, const uint8_t *in,
			     size_t len)
{
	const struct app_host *h = &p->config->host[host];
	const uint32_t v = p->config->switches;
	const size_t bits = (v + 7) / 8;
	uint32_t sw, *ports = path_ports(p, host);
	size_t at = bits;

	if (len < bits || (v % 8 && in[bits - 1] >> v % 8))
		return 0;
	for (sw = 0; sw < v; sw++) {
		ports[sw] = 0;
		if (!(in[sw / 8] >> sw % 8 & 1))
			continue;
		if (len - at < 4)
			return 0;
		ports[sw] = wire_get32(in + at);
		at += 4;
		if (sw == h->sw ? ports[sw] != h->port :
				  !topology_is_link(&p->topology, sw,
						    ports[sw]))
			return 0;
	}
	return at;
}

static bool path_load(void *app, const uint8_t *in, size_t len)
{
	struct path *p = app;
	const size_t head = (size_t)p->config->link_nr + p->config->switches;
	uint32_t host, i;
	size_t used;

	if (len < head)
		return false;
	for (i = 0; i < head; i++)
		if (in[i] > (i < p->config->link_nr ? 3 : 1))
			return false;
	memcpy(p->topology.link_down, in, p->config->link_nr);
	memcpy(p->topology.switch_down, in + p->config->link_nr,
	       p->config->switches);
	in += head;
	len -= head;
	for (host = 0; host < p->config->host_nr; host++) {
		used = path_host_load(p, host, in, len);
		if (!used)
			return false;
		in += used;
		len -= used;
	}
	return !len;
}

const struct app_ops app_path = {
	.name = "path",
	.size = path_size,
	.init = path_init,
	.event = path_event,
	.save_max = path_save_max,
	.save = path_save,
	.load = path_load,
};
