// SPDX-License-Identifier: GPL-2.0
/* The learning switch. */
#include "../wire/test.h"
#include "net.h"

enum { HOSTS = 8, A = 1, B, C, D, BROADCAST = 0 };

static const uint64_t dpid[2] = { 1, 2 };
static const struct app_config config = {
	.switches = 2, .dpid = dpid, .hosts_max = HOSTS, .idle_timeout_s = 60,
};
static struct net *net;

static bool sent(uint32_t in_port, uint32_t port)
{
	return net->sent_nr == 1 && net->sent[0].in_port == in_port &&
	       net->sent[0].port == port;
}

/* A at port 1, B at port 2 of switch 0, and rules for both ways */
static bool two_hosts(void)
{
	net_event(net, APP_SWITCH_UP, 0, NULL, 0);
	net_apply_all(net);
	ASK(net_look(net, 0, 1, B, A, 0) == OF_PORT_CONTROLLER);
	net_packet(net, 0, 1, B, A, 0);
	ASK(sent(1, OF_PORT_FLOOD) && net->sw[0].nr == 1);
	net_packet(net, 0, 2, A, B, 0);
	ASK(sent(2, 1) && net->sw[0].nr == 2);
	ASK(net_look(net, 0, 2, A, B, 0) == 1);
	ASK(net->sw[0].rule[1].idle_timeout == 60);
	net_packet(net, 0, 1, B, A, 0);
	ASK(sent(1, 2) && net->sw[0].nr == 3);
	ASK(net_look(net, 0, 1, B, A, 0) == 2);
	return !net->refused;
}

static bool learns(void)
{
	ASK(two_hosts());
	/* Another switch, another VLAN, another source: not known there */
	ASK(net_look(net, 1, 1, B, A, 0) == 0);
	ASK(net_look(net, 0, 1, B, A, 5) == OF_PORT_CONTROLLER);
	ASK(net_look(net, 0, 3, B, C, 0) == OF_PORT_CONTROLLER);
	net_packet(net, 1, 9, A, B, 0);
	ASK(sent(9, OF_PORT_FLOOD));
	return net_saves(net);
}

static bool vlans(void)
{
	ASK(two_hosts());
	net_packet(net, 0, 3, B, A, 5);	/* A is elsewhere in VLAN 5 */
	ASK(sent(3, OF_PORT_FLOOD));
	net_packet(net, 0, 4, A, B, 5);
	ASK(sent(4, 3));
	ASK(net_look(net, 0, 4, A, B, 5) == 3);
	ASK(net_look(net, 0, 2, A, B, 0) == 1);
	ASK(net_look(net, 0, 4, A, B, 6) == OF_PORT_CONTROLLER);
	return !net->refused && net_saves(net);
}

static bool floods(void)
{
	const uint32_t rules = 1;

	net_event(net, APP_SWITCH_UP, 0, NULL, 0);
	net_apply_all(net);
	net_packet(net, 0, 1, BROADCAST, A, 0);
	ASK(sent(1, OF_PORT_FLOOD) && net->sw[0].nr == rules);
	net_packet(net, 0, 2, BROADCAST, B, 0);
	ASK(sent(2, OF_PORT_FLOOD) && net->sw[0].nr == rules);
	net_packet(net, 0, 1, BROADCAST, BROADCAST, 0);	/* a liar */
	ASK(!net->out.nr);
	net_packet(net, 0, 1, A, C, 0);	/* behind the port it came from */
	ASK(!net->out.nr);
	return !net->refused;
}

static bool whole_frames_only(void)
{
	uint8_t frame[FRAME_MAX], message[MESSAGE_MAX], a[6], b[6];
	size_t len;

	ASK(two_hosts());
	mac_of(a, A);
	mac_of(b, B);
	len = frame_make(frame, b, a, 0);
	len = packet_in_make(message, 1, frame, len, len + 100);
	net_event(net, APP_PACKET_IN, 0, message, len);
	net_apply_all(net);
	ASK(net->out.nr == 1 && !net->sent_nr);
	frame[0] = 1;
	frame[1] = 0x80;
	frame[2] = 0xc2;
	memset(frame + 3, 0, 3);
	frame[5] = 0x0e;		/* LLDP: no bridge passes it on */
	len = packet_in_make(message, 1, frame, 60, 60);
	net_event(net, APP_PACKET_IN, 0, message, len);
	ASK(!net->out.nr);
	frame[5] = 0x10;
	len = packet_in_make(message, 1, frame, 60, 60);
	net_event(net, APP_PACKET_IN, 0, message, len);
	net_apply_all(net);
	return sent(1, OF_PORT_FLOOD);
}

static bool moves(void)
{
	ASK(two_hosts());
	net_packet(net, 0, 3, B, A, 0);
	ASK(sent(3, 2));
	ASK(net_look(net, 0, 2, A, B, 0) == 3);	/* changed, not deleted */
	ASK(net_look(net, 0, 3, B, A, 0) == 2);
	ASK(net_look(net, 0, 1, B, A, 0) == OF_PORT_CONTROLLER);
	ASK(net->sw[0].nr == 3 && !net->refused);
	/* Behind the very port of the other: the rule then drops. */
	net_packet(net, 0, 2, B, A, 0);
	ASK(net_look(net, 0, 2, A, B, 0) == 0);
	return !net->refused && net_saves(net);
}

static bool port_goes_down(void)
{
	ASK(two_hosts());
	net_packet(net, 0, 3, A, C, 0);
	ASK(net_look(net, 0, 3, A, C, 0) == 1 && net->sw[0].nr == 4);
	net_port(net, 0, 2, false);
	ASK(!net->out.nr);
	net_port(net, 0, 2, true);
	ASK(net_look(net, 0, 2, A, B, 0) == OF_PORT_CONTROLLER);
	ASK(net_look(net, 0, 1, B, A, 0) == OF_PORT_CONTROLLER);
	ASK(net_look(net, 0, 3, A, C, 0) == 1 && net->sw[0].nr == 2);
	net_packet(net, 0, 1, B, A, 0);
	ASK(sent(1, OF_PORT_FLOOD));
	return !net->refused && net_saves(net);
}

static bool resync(void)
{
	ASK(two_hosts());
	net_resync(net, 0);
	net_apply_all(net);
	ASK(net_look(net, 0, 1, B, A, 0) == OF_PORT_CONTROLLER);
	net_packet(net, 0, 1, B, A, 0);
	ASK(sent(1, 2) && net_look(net, 0, 1, B, A, 0) == 2);
	return !net->refused;
}

/* Addresses 100.. from one port, each talking to A */
static void flood_from(uint32_t port, uint32_t first, uint32_t nr)
{
	uint32_t i;

	for (i = first; i < first + nr; i++)
		net_packet(net, 0, port, A, i, 0);
}

static bool evicts(void)
{
	uint32_t i;

	ASK(two_hosts());
	for (i = 0; i < HOSTS; i++)	/* each at a port of its own */
		net_packet(net, 0, 10 + i, BROADCAST, 100 + i, 0);
	/* A and B were the oldest, and took their rules along. */
	ASK(net_look(net, 0, 2, A, B, 0) == OF_PORT_CONTROLLER);
	ASK(net_look(net, 0, 1, B, A, 0) == OF_PORT_CONTROLLER);
	ASK(net->sw[0].nr == 1 && !net->refused);
	net_packet(net, 0, 10, BROADCAST, 100, 0);	/* 100 is young again */
	net_packet(net, 0, 1, 101, A, 0);	/* whom it drives out */
	ASK(sent(1, 11) && net->sw[0].nr == 1);
	net_packet(net, 0, 1, 100, A, 0);
	ASK(sent(1, 10) && net->sw[0].nr == 2);
	net_packet(net, 0, 1, 101, A, 0);
	ASK(sent(1, OF_PORT_FLOOD));
	return !net->refused && net_saves(net);
}

static bool liar_evicts_itself(void)
{
	ASK(two_hosts());
	net_packet(net, 0, 4, BROADCAST, D, 0);
	flood_from(3, 100, 1000);
	ASK(net_look(net, 0, 2, A, B, 0) == 1);
	ASK(net_look(net, 0, 1, B, A, 0) == 2);
	net_packet(net, 0, 1, D, A, 0);
	ASK(sent(1, 4));
	/* Rules towards A of those that are remembered, and the ones above */
	ASK(net->sw[0].nr == 1 + 2 + 1 + (HOSTS - 3));
	net_packet(net, 0, 1, 100 + 998, A, 0);	/* its newest but one */
	ASK(sent(1, 3));
	return !net->refused && net_saves(net);
}

static bool random_events(struct net *a, struct net *b, unsigned int nr)
{
	struct net *both[2] = { a, b };
	unsigned int i, k;

	for (i = 0; i < nr; i++) {
		const uint32_t sw = test_random64() % 2;
		const uint32_t port = 1 + test_random64() % 5;
		const uint32_t dst = test_random64() % 14;
		const uint32_t src = 1 + test_random64() % 13;
		const uint16_t vlan = test_random64() % 3;
		const unsigned int what = test_random64() % 40;

		for (k = 0; k < 2; k++) {
			if (!what)
				net_port(both[k], sw, port, true);
			else
				net_packet(both[k], sw, port, dst, src, vlan);
			ASK(!both[k]->out.full && !both[k]->refused);
		}
		ASK(a->out.nr == b->out.nr);
		for (k = 0; k < a->out.nr; k++) {
			const struct app_update *u = &a->out.update[k];

			ASK(u->len == b->out.update[k].len);
			ASK(!memcmp(u->payload, b->out.update[k].payload,
				    u->len));
		}
	}
	return true;
}

/* L1: a rule leads to where the table has its destination. */
static bool rules_follow_from_table(const struct net *n)
{
	uint8_t *bytes, *p;
	size_t len = net_save(n, &bytes);
	uint32_t sw, rules, i, k, port, nr;
	bool found = true;

	for (p = bytes, sw = 0; sw < 2; sw++, p += 12 * nr) {
		nr = p[3];
		p += 4;
		rules = n->sw[sw].nr;
		for (i = 0; i < rules && found; i++) {
			const struct net_rule *r = &n->sw[sw].rule[i];
			unsigned int ends = 0;

			if (r->priority == 0)
				continue;
			for (k = 0; k < nr; k++) {
				const uint8_t *e = p + 12 * k;

				port = (uint32_t)e[8] << 24 | e[9] << 16 |
				       e[10] << 8 | e[11];
				if (memcmp(e + 6, &r->match.key.vlan[0].tci, 2))
					continue;
				ends += !memcmp(e, r->match.key.eth_dst, 6) &&
					port == r->port;
				ends += !memcmp(e, r->match.key.eth_src, 6) &&
					!memcmp(e + 8, &r->match.key.in_port, 4);
			}
			found = ends == 2;
		}
	}
	ASK((size_t)(p - bytes) == len);
	free(bytes);
	return found;
}

/* Two of them say the same, one of them restarted from bytes all the time. */
static bool equal_everywhere(void)
{
	struct net *other = net_create(&app_learning, &config), *fresh;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		ASK(random_events(net, other, 20));
		ASK(net_same_state(net, other) && net_saves(net));
		ASK(rules_follow_from_table(net));
		fresh = net_create(&app_learning, &config);
		net_load(fresh, other);
		memcpy(fresh->sw, other->sw, sizeof(fresh->sw));
		net_free(other);
		other = fresh;
	}
	net_free(other);
	return true;
}

/* Histories that lead to one state give the same bytes. */
static bool histories(void)
{
	struct net *other = net_create(&app_learning, &config);

	net_packet(net, 0, 1, BROADCAST, A, 0);
	net_packet(net, 0, 2, BROADCAST, B, 0);
	net_packet(other, 0, 2, BROADCAST, B, 0);
	ASK(!net_same_state(net, other));
	net_packet(other, 0, 3, BROADCAST, A, 0);
	net_packet(other, 0, 1, BROADCAST, A, 0);
	ASK(!net_same_state(net, other));
	net_packet(other, 0, 2, BROADCAST, B, 0);
	ASK(net_same_state(net, other));
	net_packet(other, 0, 5, BROADCAST, C, 0);
	net_port(other, 0, 5, true);
	ASK(net_same_state(net, other));
	net_free(other);
	return true;
}

/* No room: no update, and nothing learned */
static bool no_room(void)
{
	uint8_t frame[FRAME_MAX], message[MESSAGE_MAX], a[6], b[6];
	struct app_event event = { .kind = APP_PACKET_IN, .dpid = 1 };
	struct net *other;

	ASK(two_hosts());
	other = net_create(&app_learning, &config);
	net_load(other, net);
	mac_of(a, A);
	mac_of(b, B);
	event.message = message;
	event.len = frame_make(frame, b, a, 0);
	event.len = packet_in_make(message, 3, frame, event.len, event.len);
	net->out = (struct app_out){ .arena = net->arena, .room = 100 };
	net->ops->event(net->app, &event, &net->out);
	ASK(net->out.full && !net->out.nr && net_same_state(net, other));
	event.len = port_status_make(message, 1, PORT_GONE);
	event.kind = APP_PORT_STATUS;
	net->out = (struct app_out){ .arena = net->arena, .room = 100 };
	net->ops->event(net->app, &event, &net->out);
	ASK(net->out.full && !net->out.nr && net_same_state(net, other));
	net_free(other);
	return true;
}

static bool hostile_states(void)
{
	uint8_t *bytes, *copy, *again;
	unsigned int i, accepted = 0;
	struct net *other = net_create(&app_learning, &config);
	size_t len, n, m;

	ASK(two_hosts());
	flood_from(3, 100, 4);
	len = net_save(net, &bytes);
	for (n = 0; n < len; n++) {
		copy = test_copy(bytes, n);
		ASK(!other->ops->load(other->app, copy, n));
		free(copy);
	}
	for (i = 0; i < 20000; i++) {
		n = len + (i % 5 == 0);
		copy = test_copy(bytes, len);
		copy = realloc(copy, n);
		ASK(copy);
		if (n > len)
			copy[len] = 0;
		copy[test_random64() % len] = (uint8_t)test_random64();
		if (other->ops->load(other->app, copy, n)) {
			accepted++;
			m = net_save(other, &again);
			ASK(m == n && !memcmp(copy, again, n));
			free(again);
		}
		free(copy);
		net_packet(other, 0, 1, A, C, 0);
	}
	ASK(accepted > 100 && accepted < i);
	memcpy(bytes + 4 + 12, bytes + 4, 8);	/* twice the same address */
	ASK(!other->ops->load(other->app, bytes, len));
	free(bytes);
	net_free(other);
	return true;
}

static bool with(bool (*test)(void))
{
	bool ok;

	net = net_create(&app_learning, &config);
	ok = test();
	net_free(net);
	return ok;
}

int main(void)
{
	TEST("learning: two hosts", with(learns));
	TEST("learning: an address belongs to a VLAN", with(vlans));
	TEST("learning: floods what it does not know", with(floods));
	TEST("learning: whole frames, no link-local ones", with(whole_frames_only));
	TEST("learning: a host moves", with(moves));
	TEST("learning: a port goes down", with(port_goes_down));
	TEST("learning: emptied tables", with(resync));
	TEST("learning: the oldest goes", with(evicts));
	TEST("learning: a liar drives out itself", with(liar_evicts_itself));
	TEST("learning: the same everywhere", with(equal_everywhere));
	TEST("learning: the same by other histories", with(histories));
	TEST("learning: no room, nothing learned", with(no_room));
	TEST("learning: hostile states", with(hostile_states));
	return test_end();
}
