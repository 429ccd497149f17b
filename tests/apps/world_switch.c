// SPDX-License-Identifier: GPL-2.0
/* The switches of the world: tables that are changed, and that packets go through. */
#include <string.h>

#include "world.h"

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put(struct flow_key *key, enum flow_field f, uint32_t value,
		unsigned int len)
{
	uint8_t v[FLOW_VALUE_MAX] = { 0 };
	unsigned int i;

	for (i = 0; i < len; i++)
		v[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	flow_field_put(key, f, v);
}

/* Headers as a switch sees them, of frames with at most one tag and no options */
static void parse(struct flow_key *key, uint32_t in_port, const uint8_t *frame,
		  size_t len)
{
	size_t at = 12;
	uint16_t type;

	memset(key, 0, sizeof(*key));
	put(key, FLOW_IN_PORT, in_port, 4);
	flow_field_put(key, FLOW_ETH_DST, frame);
	flow_field_put(key, FLOW_ETH_SRC, frame + 6);
	type = get16(frame + at);
	if (type == 0x8100 && len >= 18) {
		put(key, FLOW_VLAN_VID, 0x1000 | (get16(frame + 14) & 0xfff), 2);
		at += 4;
		type = get16(frame + at);
	}
	put(key, FLOW_ETH_TYPE, type, 2);
	at += 2;
	if (type == 0x0800 && len >= at + 24) {
		flow_field_put(key, FLOW_IP_PROTO, frame + at + 9);
		flow_field_put(key, FLOW_IPV4_SRC, frame + at + 12);
		flow_field_put(key, FLOW_IPV4_DST, frame + at + 16);
		if (frame[at + 9] == 6 || frame[at + 9] == 17)
			flow_field_put(key, FLOW_TCP_DST, frame + at + 22);
	}
	if (type == 0x86dd && len >= at + 44) {
		flow_field_put(key, FLOW_IP_PROTO, frame + at + 6);
		flow_field_put(key, FLOW_IPV6_SRC, frame + at + 8);
		flow_field_put(key, FLOW_IPV6_DST, frame + at + 24);
		if (frame[at + 6] == 6 || frame[at + 6] == 17)
			flow_field_put(key, FLOW_TCP_DST, frame + at + 42);
	}
}

uint32_t world_look(const struct world *w, uint32_t sw, uint32_t in_port,
		    const uint8_t *frame, size_t len, uint8_t *table)
{
	const struct world_switch *s = &w->sw[sw];
	const struct world_rule *best;
	struct flow_match packet;
	uint32_t i;

	memset(&packet.mask, 0xff, sizeof(packet.mask));
	parse(&packet.key, in_port, frame, len);
	for (*table = 0;; *table = best->go) {
		best = NULL;
		for (i = 0; i < s->nr; i++)
			if (s->rule[i].table == *table &&
			    (!best || s->rule[i].priority > best->priority) &&
			    flow_match_within(&packet, &s->rule[i].match))
				best = &s->rule[i];
		if (!best)
			return 0;
		if (!best->go)
			return best->port == in_port ? 0 : best->port;
	}
}

static bool rule_add(struct world_switch *s, const struct of_flow_mod *fm)
{
	const struct of_instructions *in = &fm->instructions;
	struct world_rule *r = NULL;
	uint32_t i;

	if (in->write_nr || in->clear_actions || in->apply_nr > 1 ||
	    (in->apply_nr && in->action[0].type != OF_ACTION_OUTPUT) ||
	    (in->has_goto && (in->apply_nr || in->goto_table <= fm->table)) ||
	    fm->table >= WORLD_TABLES)
		return false;
	for (i = 0; i < s->nr; i++) {
		if (s->rule[i].table != fm->table ||
		    s->rule[i].priority != fm->priority)
			continue;
		if (flow_match_equal(&s->rule[i].match, &fm->match))
			r = &s->rule[i];
		else if (flow_match_overlap(&s->rule[i].match, &fm->match))
			return false;
	}
	if (!r && s->nr == WORLD_RULES)
		return false;
	if (!r)
		r = &s->rule[s->nr++];
	*r = (struct world_rule){
		fm->match, fm->cookie, in->apply_nr ? in->action[0].port : 0,
		fm->priority, fm->table, in->has_goto ? in->goto_table : 0,
	};
	return true;
}

static bool rules_change(struct world_switch *s, const struct of_flow_mod *fm)
{
	uint32_t i, left = 0;

	if (fm->command == OF_FLOW_ADD)
		return rule_add(s, fm);
	if (fm->command != OF_FLOW_DELETE && fm->command != OF_FLOW_MODIFY)
		return false;
	for (i = 0; i < s->nr; i++) {
		struct world_rule r = s->rule[i];
		const bool meant = r.table == fm->table &&
			flow_match_within(&r.match, &fm->match) &&
			!((r.cookie ^ fm->cookie) & fm->cookie_mask) &&
			(fm->out_port == OF_PORT_ANY || fm->out_port == r.port);

		if (meant && fm->command == OF_FLOW_DELETE)
			continue;
		if (meant)
			r.port = fm->instructions.action[0].port;
		s->rule[left++] = r;
	}
	s->nr = left;
	return true;
}

static bool packet_out(struct world *w, uint32_t sw,
		       const struct of_packet_out *po)
{
	unsigned int i;

	for (i = 0; i < po->action_nr; i++) {
		if (po->action[i].type != OF_ACTION_OUTPUT ||
		    (po->action[i].port > OF_PORT_MAX &&
		     po->action[i].port != OF_PORT_LOCAL))
			return false;
		if (po->action[i].port != po->in_port)
			world_out(w, sw, po->action[i].port, po->data,
				  po->data_len, WORLD_TTL);
	}
	return true;
}

bool world_switch_apply(struct world *w, const struct app_update *u)
{
	static struct of_message msg;
	size_t at, used = 0;
	unsigned int nr;
	bool ok = u->sw < w->config.switches && u->len <= APP_UPDATE_MAX &&
		  !of_check(&msg, u->payload, u->len, &nr, &at);

	for (at = 0; ok && at < u->len; at += used) {
		ok = !of_decode(&msg, u->payload + at, u->len - at, &used);
		if (ok && msg.type == OF_FLOW_MOD)
			ok = rules_change(&w->sw[u->sw], &msg.flow_mod);
		else if (ok)
			ok = msg.type == OF_PACKET_OUT &&
			     packet_out(w, u->sw, &msg.packet_out);
	}
	w->refused += !ok;
	return ok;
}

bool world_other(const struct world *w, uint32_t sw, uint32_t port,
		 uint32_t *to, uint32_t *to_port)
{
	uint32_t i, k;

	for (i = 0; i < w->links; i++)
		for (k = 0; k < 2 && !w->link[i].dead; k++)
			if (w->link[i].sw[k] == sw &&
			    w->link[i].port[k] == port) {
				*to = w->link[i].sw[!k];
				*to_port = w->link[i].port[!k];
				return true;
			}
	return false;
}

void world_in(struct world *w, uint32_t sw, uint32_t port,
	      const uint8_t *frame, size_t len, unsigned int ttl)
{
	uint8_t table;
	uint32_t out = world_look(w, sw, port, frame, len, &table);
	struct world_asked *a;

	if (!ttl) {
		w->circles++;
		return;
	}
	if (out != OF_PORT_CONTROLLER) {
		if (out)
			world_out(w, sw, out, frame, len, ttl - 1);
		return;
	}
	if (w->asked_nr == WORLD_ASKED || len > WORLD_FRAME) {
		w->refused++;
		return;
	}
	a = &w->asked[w->asked_nr++];
	*a = (struct world_asked){ .sw = sw, .in_port = port, .table = table,
				   .len = len };
	memcpy(a->frame, frame, len);
}

void world_out(struct world *w, uint32_t sw, uint32_t port,
	       const uint8_t *frame, size_t len, unsigned int ttl)
{
	uint32_t to, to_port, i;

	for (i = 0; i < w->hosts; i++) {
		struct world_host *h = &w->host[i];

		if (h->sw != sw || h->port != port || h->unplugged)
			continue;
		if (get16(frame + 12) != 0x88cc) {
			h->got++;
			continue;
		}
		h->probe_len = len < WORLD_FRAME ? len : WORLD_FRAME;
		memcpy(h->probe, frame, h->probe_len);
	}
	if (world_other(w, sw, port, &to, &to_port))
		world_in(w, to, to_port, frame, len, ttl);
}
