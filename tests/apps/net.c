// SPDX-License-Identifier: GPL-2.0
/* An application, and switches that do what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "net.h"

static void *net_alloc(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p)
		abort();
	memset(p, 0xa5, len ? len : 1);
	return p;
}

struct net *net_create(const struct app_ops *ops,
		       const struct app_config *config)
{
	struct net *net = calloc(1, sizeof(*net));

	if (!net)
		abort();
	net->ops = ops;
	net->config = config;
	net->room = sizeof(net->arena);
	net->app = net_alloc(ops->size(config));
	ops->init(net->app, config);
	return net;
}

void net_free(struct net *net)
{
	free(net->app);
	free(net);
}

static void net_run(struct net *net, const struct app_event *event)
{
	memset(&net->out, 0, sizeof(net->out));
	net->out.arena = net->arena;
	net->out.room = net->room;
	net->ops->event(net->app, event, &net->out);
}

void net_event(struct net *net, enum app_event_kind kind, uint32_t sw,
	       const uint8_t *message, size_t len)
{
	/* At an end of memory: what reads behind it is caught. */
	uint8_t *copy = net_alloc(len);
	struct app_event event = {
		.kind = kind, .sw = sw, .dpid = net->config->dpid[sw],
		.message = copy, .len = len,
	};

	if (len)
		memcpy(copy, message, len);
	net_run(net, &event);
	free(copy);
}

void net_resync(struct net *net, uint32_t sw)
{
	struct app_event event = {
		.kind = APP_SWITCH_UP, .sw = sw, .dpid = net->config->dpid[sw],
		.resync = true,
	};

	net->sw[sw].nr = 0;
	net_run(net, &event);
}

static uint32_t net_output(const struct of_instructions *in)
{
	if (!in->apply_nr)
		return 0;
	if (in->apply_nr != 1 || in->write_nr || in->has_goto ||
	    in->action[0].type != OF_ACTION_OUTPUT)
		abort();
	return in->action[0].port;
}

static bool net_add(struct net_switch *sw, const struct of_flow_mod *fm)
{
	struct net_rule *r = NULL;
	uint32_t i;

	for (i = 0; i < sw->nr && !r; i++)
		if (sw->rule[i].priority == fm->priority &&
		    flow_match_equal(&sw->rule[i].match, &fm->match))
			r = &sw->rule[i];
	for (i = 0; i < sw->nr && !r; i++)
		if (sw->rule[i].priority == fm->priority &&
		    flow_match_overlap(&sw->rule[i].match, &fm->match))
			return false;
	if (!r) {
		if (sw->nr == NET_RULES_MAX)
			return false;
		r = &sw->rule[sw->nr++];
	}
	*r = (struct net_rule){ fm->match, fm->cookie,
				net_output(&fm->instructions), fm->priority,
				fm->idle_timeout };
	return true;
}

static bool net_flow_mod(struct net_switch *sw, const struct of_flow_mod *fm)
{
	const bool delete = fm->command == OF_FLOW_DELETE;
	uint32_t i, left = 0;

	if (fm->command == OF_FLOW_ADD)
		return net_add(sw, fm);
	if (!delete && fm->command != OF_FLOW_MODIFY)
		return false;
	for (i = 0; i < sw->nr; i++) {
		struct net_rule *r = &sw->rule[i];
		const bool meant =
			flow_match_within(&r->match, &fm->match) &&
			!((r->cookie ^ fm->cookie) & fm->cookie_mask) &&
			(!delete || fm->out_port == OF_PORT_ANY ||
			 fm->out_port == r->port);

		if (meant && delete)
			continue;
		if (meant)
			r->port = net_output(&fm->instructions);
		sw->rule[left++] = *r;
	}
	sw->nr = left;
	return true;
}

static bool net_packet_out(struct net *net, uint32_t sw,
			   const struct of_packet_out *po)
{
	if (po->action_nr != 1 || po->action[0].type != OF_ACTION_OUTPUT ||
	    net->sent_nr == NET_SENT_MAX)
		return false;
	net->sent[net->sent_nr++] = (struct net_sent){
		sw, po->in_port, po->action[0].port, po->data_len,
	};
	return true;
}

bool net_apply(struct net *net, const struct app_update *u)
{
	static struct of_message msg;
	struct net_switch *sw = &net->sw[u->sw];
	static struct net_switch before;
	size_t at, used = 0;
	unsigned int nr;
	bool ok = !of_check(&msg, u->payload, u->len, &nr, &at) &&
		  u->len <= APP_UPDATE_MAX && u->sw < net->config->switches;

	before.nr = sw->nr;
	memcpy(before.rule, sw->rule, sw->nr * sizeof(*sw->rule));
	for (at = 0; ok && at < u->len; at += used) {
		ok = !of_decode(&msg, u->payload + at, u->len - at, &used);
		if (ok && msg.type == OF_FLOW_MOD)
			ok = net_flow_mod(sw, &msg.flow_mod);
		else if (ok)
			ok = msg.type == OF_PACKET_OUT &&
			     net_packet_out(net, u->sw, &msg.packet_out);
	}
	if (!ok) {
		*sw = before;
		net->refused++;
	}
	return ok;
}

void net_apply_all(struct net *net)
{
	unsigned int i;

	net->sent_nr = 0;
	for (i = 0; i < net->out.nr; i++)
		net_apply(net, &net->out.update[i]);
}

void net_packet(struct net *net, uint32_t sw, uint32_t in_port, uint32_t dst,
		uint32_t src, uint16_t vlan)
{
	uint8_t frame[FRAME_MAX], message[MESSAGE_MAX], d[6], s[6];
	size_t len;

	mac_of(d, dst);
	mac_of(s, src);
	len = frame_make(frame, d, s, vlan);
	len = packet_in_make(message, in_port, frame, len, len);
	net_event(net, APP_PACKET_IN, sw, message, len);
	net_apply_all(net);
}

void net_port(struct net *net, uint32_t sw, uint32_t port, bool down)
{
	uint8_t message[MESSAGE_MAX];
	size_t len = port_status_make(message, port, down ? PORT_NO_LINK : 0);

	net_event(net, APP_PORT_STATUS, sw, message, len);
	net_apply_all(net);
}

uint32_t net_look(const struct net *net, uint32_t sw, uint32_t in_port,
		  uint32_t dst, uint32_t src, uint16_t vlan)
{
	const struct net_switch *s = &net->sw[sw];
	const struct net_rule *best = NULL;
	struct flow_match packet;
	uint8_t mac[6], v[4] = { 0 };
	uint32_t i;

	if (vlan)
		vlan |= FLOW_VLAN_PRESENT;
	memset(&packet, 0, sizeof(packet));
	memset(&packet.mask, 0xff, sizeof(packet.mask));
	mac_of(mac, dst);
	flow_field_put(&packet.key, FLOW_ETH_DST, mac);
	mac_of(mac, src);
	flow_field_put(&packet.key, FLOW_ETH_SRC, mac);
	v[0] = (uint8_t)(vlan >> 8);
	v[1] = (uint8_t)vlan;
	flow_field_put(&packet.key, FLOW_VLAN_VID, v);
	for (i = 0; i < 4; i++)
		v[i] = (uint8_t)(in_port >> (24 - 8 * i));
	flow_field_put(&packet.key, FLOW_IN_PORT, v);
	for (i = 0; i < s->nr; i++)
		if ((!best || s->rule[i].priority > best->priority) &&
		    flow_match_within(&packet, &s->rule[i].match))
			best = &s->rule[i];
	if (!best || best->port == in_port)
		return 0;
	return best->port;
}

size_t net_save(const struct net *net, uint8_t **bytes)
{
	const size_t max = net->ops->save_max(net->config);
	size_t len;

	*bytes = net_alloc(max);
	len = net->ops->save(net->app, *bytes, max);
	if (len > max)
		abort();
	return len;
}

bool net_same_state(const struct net *a, const struct net *b)
{
	uint8_t *x, *y;
	size_t m = net_save(a, &x), n = net_save(b, &y);
	bool same = m == n && !memcmp(x, y, m);

	free(x);
	free(y);
	return same;
}

void net_load(struct net *to, const struct net *from)
{
	uint8_t *bytes;
	size_t len = net_save(from, &bytes);

	if (!to->ops->load(to->app, bytes, len))
		abort();
	free(bytes);
}

bool net_saves(struct net *net)
{
	static struct net copy;
	bool same;

	copy.ops = net->ops;
	copy.config = net->config;
	copy.app = net_alloc(net->ops->size(net->config));
	net->ops->init(copy.app, net->config);
	net_load(&copy, net);
	same = net_same_state(net, &copy);
	free(copy.app);
	return same;
}
