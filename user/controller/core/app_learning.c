// SPDX-License-Identifier: GPL-2.0
/*
 * A learning switch, for topologies without loops.
 *
 * Each switch has a table of addresses (MAC and VLAN) and the ports behind which they
 * are, in the order in which they were last heard of, oldest first.  A rule is
 * for one pair: it matches in_port, eth_src, eth_dst and vlan_vid exactly, so
 * rules of one priority overlap only if they are equal, and whoever is
 * not known yet is always heard of.
 *
 * L1: a rule (in, src, dst, vlan) -> out is there only if the table has (src,
 * vlan) at in and (dst, vlan) at out.  So what leaves the table takes its
 * rules along, in the same update; and the table changes only if the update
 * went out.  Rules may be missing at any time (timeouts, refusals).
 */
#include <assert.h>
#include <string.h>

#include "app_out.h"
#include "app_packet_in.h"
#include "../../../lib/wire/bytes.h"

#define LEARNING_COOKIE 0x6173682d6c6561ull

enum {
	LEARNING_PRIORITY = 100,
	LEARNING_HOST_LEN = 12,		/* saved: MAC, VLAN, port */
};

struct learning_key {
	uint8_t mac[6];
	uint16_t vlan;			/* FLOW_VLAN_PRESENT | VID, or 0 */
};

struct learning_host {
	struct learning_key key;
	uint32_t port;
};

static_assert(sizeof(struct learning_key) == 8, "keys are compared as bytes");

struct learning {
	const struct app_config *config;
	uint32_t *nr;			/* of each switch */
	struct learning_host *host;	/* hosts_max of each switch */
};

static size_t learning_size(const struct app_config *config)
{
	return sizeof(struct learning) +
	       (size_t)config->switches *
	       (sizeof(uint32_t) +
		config->hosts_max * sizeof(struct learning_host));
}

static void learning_init(void *app, const struct app_config *config)
{
	struct learning *l = app;

	assert(config->hosts_max >= 2);
	memset(app, 0, learning_size(config));
	l->config = config;
	l->nr = (uint32_t *)(l + 1);
	l->host = (struct learning_host *)(l->nr + config->switches);
}

static struct learning_host *learning_table(const struct learning *l,
					    uint32_t sw)
{
	return l->host + (size_t)sw * l->config->hosts_max;
}

static struct learning_key learning_key(const uint8_t *mac, uint16_t vlan)
{
	struct learning_key key = { .vlan = vlan };

	memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

static struct learning_host *learning_find(const struct learning *l,
					   uint32_t sw,
					   const struct learning_key *key)
{
	struct learning_host *h = learning_table(l, sw);
	uint32_t i;

	for (i = 0; i < l->nr[sw]; i++)
		if (!memcmp(&h[i].key, key, sizeof(*key)))
			return &h[i];
	return NULL;
}

static void learning_forget(struct learning *l, uint32_t sw,
			    struct learning_host *h)
{
	struct learning_host *end = learning_table(l, sw) + l->nr[sw];

	memmove(h, h + 1, (size_t)(end - h - 1) * sizeof(*h));
	l->nr[sw]--;
}

/*
 * Who makes room in a full table: the oldest address.  But a port behind
 * which half of the table is makes room for itself: so one liar that invents
 * addresses cannot drive out all others.
 */
static struct learning_host *learning_victim(const struct learning *l,
					     uint32_t sw, uint32_t port)
{
	struct learning_host *h = learning_table(l, sw), *oldest = NULL;
	uint32_t i, same = 0;

	if (l->nr[sw] < l->config->hosts_max)
		return NULL;
	for (i = 0; i < l->nr[sw]; i++) {
		if (h[i].port != port)
			continue;
		same++;
		if (!oldest)
			oldest = &h[i];
	}
	return same >= l->config->hosts_max / 2 ? oldest : h;
}

/* All rules from or to an address */
static struct of_flow_mod *learning_about(struct app_payload *p,
					  enum of_command command,
					  enum flow_field f,
					  const struct learning_key *key)
{
	struct of_flow_mod *fm = app_flow_mod(p, command, LEARNING_PRIORITY,
					      LEARNING_COOKIE);

	app_match(fm, f, key->mac);
	app_match_be(fm, FLOW_VLAN_VID, key->vlan);
	return fm;
}

static void learning_evict(struct app_payload *p,
			   const struct learning_key *key)
{
	learning_about(p, OF_FLOW_DELETE, FLOW_ETH_SRC, key);
	app_payload_add(p);
	learning_about(p, OF_FLOW_DELETE, FLOW_ETH_DST, key);
	app_payload_add(p);
}

/*
 * It is behind another port now.  Rules towards it change at once.  Those
 * from it would match nothing that it sends, but what a forger sends at
 * the old port.
 */
static void learning_move(struct app_payload *p, const struct learning_key *key,
			  uint32_t port)
{
	learning_about(p, OF_FLOW_DELETE, FLOW_ETH_SRC, key);
	app_payload_add(p);
	app_output(learning_about(p, OF_FLOW_MODIFY, FLOW_ETH_DST, key), port);
	app_payload_add(p);
}

static void learning_rule(struct app_payload *p, const struct app_config *config,
			  const struct app_packet_in *in, uint32_t port)
{
	struct of_flow_mod *fm = app_flow_mod(p, OF_FLOW_ADD, LEARNING_PRIORITY,
					      LEARNING_COOKIE);

	fm->idle_timeout = config->idle_timeout_s;
	app_match_be(fm, FLOW_IN_PORT, in->in_port);
	app_match(fm, FLOW_ETH_DST, in->dst);
	app_match(fm, FLOW_ETH_SRC, in->src);
	app_match_be(fm, FLOW_VLAN_VID, in->vlan);
	app_output(fm, port);
	app_payload_add(p);
}

/* Addresses that bridges keep to themselves (IEEE 802.1Q, table 8-1) */
static bool learning_link_local(const uint8_t *mac)
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return !memcmp(mac, prefix, sizeof(prefix)) && mac[5] < 0x10;
}

/* Where the packet goes: to a port, to all but its own, or nowhere (0) */
static uint32_t learning_way(const struct learning *l, uint32_t sw,
			     const struct app_packet_in *in)
{
	const struct learning_key key = learning_key(in->dst, in->vlan);
	const struct learning_host *h;

	if (learning_link_local(in->dst))
		return 0;
	h = app_mac_multicast(in->dst) ? NULL : learning_find(l, sw, &key);
	if (!h)
		return OF_PORT_FLOOD;
	return h->port == in->in_port ? 0 : h->port;
}

static void learning_packet(struct learning *l, uint32_t sw,
			    const struct app_packet_in *in,
			    struct app_out *out)
{
	const struct learning_key key = learning_key(in->src, in->vlan);
	struct learning_host *known, *victim, *dst = NULL;
	struct app_payload p;
	uint32_t way;

	if (app_mac_multicast(in->src))
		return;
	app_payload_init(&p, l->config->table);
	known = learning_find(l, sw, &key);
	victim = known ? NULL : learning_victim(l, sw, in->in_port);
	way = learning_way(l, sw, in);
	if (victim)
		learning_evict(&p, &victim->key);
	if (known && known->port != in->in_port)
		learning_move(&p, &key, in->in_port);
	if (way && way != OF_PORT_FLOOD) {
		const struct learning_key to = learning_key(in->dst, in->vlan);

		dst = learning_find(l, sw, &to);
	}
	/* Whom this packet drives out gets it, but no rule (L1). */
	if (dst && dst != victim && dst != known)
		learning_rule(&p, l->config, in, way);
	if (way && in->whole) {
		app_packet_out(&p, in->in_port, way, in->frame, in->len);
		app_payload_add(&p);
	}
	if (p.nr && app_payload_put(&p, out, sw, sw, 0) < 0)
		return;
	if (known)
		learning_forget(l, sw, known);
	else if (victim)
		learning_forget(l, sw, victim);
	learning_table(l, sw)[l->nr[sw]++] =
		(struct learning_host){ key, in->in_port };
}

/* A port without link: whoever was behind it may come back anywhere. */
static void learning_port(struct learning *l, uint32_t sw, uint32_t port,
			  struct app_out *out)
{
	struct learning_host *h = learning_table(l, sw);
	struct of_flow_mod *fm;
	struct app_payload p;
	uint32_t i, left = 0;

	app_payload_init(&p, l->config->table);
	fm = app_flow_mod(&p, OF_FLOW_DELETE, LEARNING_PRIORITY,
			  LEARNING_COOKIE);
	app_match_be(fm, FLOW_IN_PORT, port);
	app_payload_add(&p);
	fm = app_flow_mod(&p, OF_FLOW_DELETE, LEARNING_PRIORITY,
			  LEARNING_COOKIE);
	fm->out_port = port;
	app_payload_add(&p);
	if (app_payload_put(&p, out, sw, sw, 0) < 0)
		return;
	for (i = 0; i < l->nr[sw]; i++)
		if (h[i].port != port)
			h[left++] = h[i];
	l->nr[sw] = left;
}

/*
 * The rule for what matches nothing.  The others come back as packets ask for
 * them: emptied tables are no contradiction to L1.
 */
static void learning_up(const struct learning *l, uint32_t sw,
			struct app_out *out)
{
	struct app_payload p;

	app_payload_init(&p, l->config->table);
	app_payload_miss(&p, LEARNING_COOKIE);
	app_payload_put(&p, out, sw, sw, 0);
}

static void learning_event(void *app, const struct app_event *event,
			   struct app_out *out)
{
	struct learning *l = app;
	struct app_port_status status;
	struct app_packet_in in;

	assert(event->sw < l->config->switches);
	switch (event->kind) {
	case APP_SWITCH_UP:
		learning_up(l, event->sw, out);
		break;
	case APP_PACKET_IN:
		if (!app_packet_in_decode(&in, event->message, event->len))
			learning_packet(l, event->sw, &in, out);
		break;
	case APP_PORT_STATUS:
		if (!app_port_status_decode(&status, event->message,
					    event->len) && status.down)
			learning_port(l, event->sw, status.port, out);
		break;
	default:
		break;
	}
}

static size_t learning_save_max(const struct app_config *config)
{
	return (size_t)config->switches *
	       (4 + (size_t)config->hosts_max * LEARNING_HOST_LEN);
}

/* Each switch: how many, and those, oldest first: the order is state. */
static size_t learning_save(const void *app, uint8_t *out, size_t room)
{
	const struct learning *l = app;
	struct wire_writer w = { out, room, 0 };
	const struct learning_host *h;
	uint32_t sw, i;

	for (sw = 0; sw < l->config->switches; sw++) {
		h = learning_table(l, sw);
		wire_write_be(&w, l->nr[sw], 4);
		for (i = 0; i < l->nr[sw]; i++) {
			wire_write(&w, h[i].key.mac, 6);
			wire_write_be(&w, h[i].key.vlan, 2);
			wire_write_be(&w, h[i].port, 4);
		}
	}
	assert(w.used <= room);
	return w.used;
}

/* What no sequence of events leaves behind is refused. */
static bool learning_host_load(struct learning *l, uint32_t sw,
			       const uint8_t *in)
{
	const uint16_t vlan = wire_get16(in + 6);
	const struct learning_key key = learning_key(in, vlan);
	const uint32_t port = wire_get32(in + 8);

	if (app_mac_multicast(key.mac) || !app_port_real(port) ||
	    (vlan && (vlan & 0xf000) != FLOW_VLAN_PRESENT) ||
	    learning_find(l, sw, &key))
		return false;
	learning_table(l, sw)[l->nr[sw]++] = (struct learning_host){ key, port };
	return true;
}

static bool learning_load(void *app, const uint8_t *in, size_t len)
{
	struct learning *l = app;
	uint32_t sw, nr;

	for (sw = 0; sw < l->config->switches; sw++) {
		l->nr[sw] = 0;
		if (len < 4)
			return false;
		nr = wire_get32(in);
		in += 4;
		len -= 4;
		if (nr > l->config->hosts_max || nr > len / LEARNING_HOST_LEN)
			return false;
		for (; nr; nr--) {
			if (!learning_host_load(l, sw, in))
				return false;
			in += LEARNING_HOST_LEN;
			len -= LEARNING_HOST_LEN;
		}
	}
	return !len;
}

const struct app_ops app_learning = {
	.name = "learning",
	.size = learning_size,
	.init = learning_init,
	.event = learning_event,
	.save_max = learning_save_max,
	.save = learning_save,
	.load = learning_load,
};
