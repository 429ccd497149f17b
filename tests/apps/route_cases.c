// SPDX-License-Identifier: GPL-2.0
/* Application `route`: named cases. */
#include "../wire/test.h"
#include "app_lldp.h"
#include "world.h"

static struct world *w;

/* 0 -- 1 -- 2, a host at each switch */
static void line(uint32_t hosts_of_last)
{
	uint32_t i;

	w = world_create(&app_route, 3);
	world_link(w, 0, 1);
	world_link(w, 1, 2);
	world_host(w, 0);
	world_host(w, 1);
	for (i = 0; i < hosts_of_last; i++)
		world_host(w, 2);
	world_start(w);
}

static bool with(bool (*test)(void), uint32_t hosts_of_last)
{
	bool good;

	line(hosts_of_last);
	good = test() && !w->failed && !w->refused && !w->circles;
	world_free(w);
	return good;
}

static size_t frame(uint8_t out[FRAME_MAX], uint32_t dst, uint32_t src)
{
	uint8_t d[6], s[6];

	mac_of(d, dst);
	mac_of(s, src);
	return frame_make(out, d, s, 0);
}

/* §3.5.4's example: the last switch first, the packet with the first one's rule */
static bool reverse_path(void)
{
	uint8_t f[FRAME_MAX];
	size_t len = frame(f, 3, 1);

	world_send(w, 2, 0);
	world_settle(w);
	world_packet_in(w, 0, w->host[0].port, 0, f, len);
	ASK(w->out.nr == 3);
	ASK(w->out.update[0].sw == 2 && w->out.update[0].after == 0);
	ASK(w->out.update[1].sw == 1 && w->out.update[1].after == 1);
	ASK(w->out.update[2].sw == 0 && w->out.update[2].after == 3);
	ASK(w->out.update[0].flow == w->out.update[2].flow);
	world_settle(w);
	ASK(w->host[2].got == 1);
	/* Frames of other sources at this port, and of this one elsewhere, are heard. */
	len = frame(f, 3, 77);
	world_send_frame(w, 0, f, len);
	ASK(w->asked_nr == 1);
	world_settle(w);
	len = frame(f, 3, 1);
	world_send_frame(w, 1, f, len);
	ASK(w->asked_nr == 1);
	return true;
}

/* All of the frame, or none of it is sent on. */
static bool floods(void)
{
	uint8_t f[FRAME_MAX], message[MESSAGE_MAX];
	size_t len = frame(f, 0, 1);
	uint64_t events;
	unsigned int i;

	len = packet_in_make(message, w->host[0].port, f, len, len + 9);
	world_event(w, APP_PACKET_IN, 0, message, len, false);
	world_settle(w);
	for (i = 0; i < w->hosts; i++)
		ASK(!w->host[i].got);
	world_port(w, 1, 50, false);
	w->host[1].port = 50;
	world_settle(w);
	world_send(w, 0, 0);
	world_settle(w);
	ASK(!w->host[1].got && w->host[2].got == 1);	/* it may be a link yet */
	world_pass(w, 2500);
	events = w->events;
	world_send(w, 0, 0);
	world_settle(w);
	ASK(w->host[1].got == 1 && w->host[2].got == 2 && !w->host[0].got);
	ASK(w->events == events + 1);	/* no copy came back by a link */
	/* What comes from a link to everybody came from no host. */
	len = frame(f, 0, 9);
	world_packet_in(w, 1, 2, 0, f, len);
	ASK(!w->out.nr);
	f[0] = 1;
	f[1] = 0x80;
	f[2] = 0xc2;
	f[3] = f[4] = f[5] = 0;
	world_packet_in(w, 0, w->host[0].port, 0, f, len);
	return !w->out.nr;
}

/* Does LLDP from a host change anything? */
static bool lies(const uint8_t *f, size_t len)
{
	struct world *copy = world_copy(w);
	bool same;

	world_send_frame(w, 0, f, len);
	ASK(w->asked_nr == 1);
	world_settle(w);
	/* An event that says nothing, to both at one time */
	copy->now_ms = w->now_ms;
	world_event(copy, APP_REPLY, 0, NULL, 0, false);
	world_event(w, APP_REPLY, 0, NULL, 0, false);
	same = world_same(w, copy);
	world_free(copy);
	return !same;
}

static bool spoofed_probes(void)
{
	struct lldp_probe probe = {
		.dpid = w->dpid[2], .port = w->host[2].port, .ttl_s = 20,
	};
	uint8_t f[LLDP_FRAME_LEN], secret[APP_SECRET_LEN] = "of another domain";
	uint8_t own[WORLD_FRAME];
	unsigned int round, i;

	/* The host has the probe that came to it, of its own port. */
	ASK(w->host[0].probe_len == LLDP_FRAME_LEN);
	memcpy(own, w->host[0].probe, LLDP_FRAME_LEN);
	ASK(!lies(own, LLDP_FRAME_LEN));
	for (round = 0; round < 5; round++) {
		probe.round = round;
		lldp_encode(f, &probe, secret);
		ASK(!lies(f, LLDP_FRAME_LEN));
	}
	/* With the nonce of its own probe, but another's name */
	lldp_encode(f, &probe, secret);
	memcpy(f + 54, own + 54, 8);
	ASK(!lies(f, LLDP_FRAME_LEN));
	probe.dpid = w->dpid[0];
	probe.port = 1;
	lldp_encode(f, &probe, secret);
	memcpy(f + 54, own + 54, 8);
	ASK(!lies(f, LLDP_FRAME_LEN));
	/* What the other host has is good: the limit that is documented. */
	memcpy(f, w->host[2].probe, LLDP_FRAME_LEN);
	for (i = 0; i < 60; i++) {
		f[i] ^= 0x20;
		ASK(i < 12 || !lies(f, LLDP_FRAME_LEN));
		f[i] ^= 0x20;
	}
	ASK(!lies(f, LLDP_FRAME_LEN - 1));
	/* An old one is not. */
	for (i = 0; i < 3; i++)
		world_pass(w, 6000);
	ASK(!lies(f, LLDP_FRAME_LEN));
	memcpy(f, w->host[2].probe, LLDP_FRAME_LEN);
	ASK(lies(f, LLDP_FRAME_LEN));
	return true;
}

/* A probe of 0.2 from port 3 of 1 */
static bool lone_link(void)
{
	struct lldp_probe probe = {
		.dpid = w->dpid[0], .port = w->host[0].port, .ttl_s = 20,
		.round = 1,
	};
	uint8_t f[LLDP_FRAME_LEN];
	unsigned int i;

	world_send(w, 1, 4711);
	world_settle(w);
	w->host[2].got = 0;
	w->host[0].got = 0;
	/* One end alone is no link: no path goes that way, but no host is there. */
	for (i = 0; i < 6; i++) {
		probe.round = i;
		lldp_encode(f, &probe, w->config.secret);
		world_packet_in(w, 1, w->host[1].port, 0, f, sizeof(f));
	}
	world_settle(w);
	world_send(w, 0, 0);
	world_settle(w);
	world_send(w, 0, 2);
	world_settle(w);
	ASK(!w->host[1].got && w->host[2].got == 2);
	world_send(w, 2, 1);
	world_settle(w);
	ASK(w->host[0].got == 1);
	for (i = 0; i < 6; i++)
		world_pass(w, 6000);
	world_send(w, 0, 0);
	world_settle(w);
	return w->host[1].got == 1;
}

/* Who was heard a moment ago is where it was; who was not may have moved. */
static bool thieves(void)
{
	uint8_t f[FRAME_MAX], old[FRAME_MAX];
	const size_t len = frame(f, 0, 1);
	unsigned int hops;

	world_send(w, 0, 0);
	world_settle(w);
	world_packet_in(w, 2, w->host[2].port, 0, f, len);
	ASK(!w->out.nr);
	world_send(w, 1, 1);
	world_settle(w);
	ASK(world_follow(w, 1, 0, &hops) == WORLD_DELIVERED);
	world_pass(w, 1500);
	w->host[0].sw = 2;
	w->host[0].port = 60;
	world_port(w, 2, 60, false);
	world_settle(w);
	world_send(w, 0, 0);
	world_settle(w);
	ASK(world_follow(w, 1, 0, &hops) == WORLD_DELIVERED && hops == 1);
	/* Whoever is where it was is not heard as it. */
	frame(old, 2, 1);
	world_in(w, 0, WORLD_HOST_PORT, old, len, WORLD_TTL);
	ASK(w->asked_nr == 1 && w->asked[0].table == 0);
	world_settle(w);
	world_port(w, 2, 60, true);
	world_settle(w);
	ASK(world_follow(w, 1, 0, &hops) == WORLD_ASKS);
	return true;
}

/*
 * The host of 2 moves to 1.  For 0 it is behind the same port, and yet 0 is told again:
 * what it was told before was in the order of another flow.
 */
static bool told_again(void)
{
	uint8_t f[FRAME_MAX];
	const size_t len = frame(f, 0, 3);
	unsigned int i;

	world_send(w, 2, 0);
	world_settle(w);
	world_send(w, 0, 3);
	world_settle(w);
	w->now_ms += 1100;
	world_packet_in(w, 1, w->host[1].port, 0, f, len);
	for (i = 0; i < w->out.nr; i++)
		if (w->out.update[i].sw == 0 && w->out.update[i].flow == 1)
			break;
	ASK(i < w->out.nr && w->out.update[i].after);
	world_settle(w);
	world_send(w, 0, 3);
	world_settle(w);
	return w->host[1].got == 2;
}

/* More than one event may say: the rest at the next ones. */
static bool too_much(void)
{
	uint32_t i;
	unsigned int hops, late = 0;

	for (i = 0; i < w->hosts; i++)
		world_send(w, i, 0), world_settle(w);
	for (i = 1; i < w->hosts; i++) {
		world_send(w, 0, 1 + i);
		world_settle(w);
		ASK(world_follow(w, 0, i, &hops) == WORLD_DELIVERED);
	}
	/* The port of half of them; then their switch's only link */
	world_port(w, 1, 2, true);
	w->link[1].dead = true;
	ASK(w->most <= APP_UPDATES_MAX);
	world_settle(w);
	for (i = 2; i < w->hosts; i++)
		ASK(world_follow(w, 0, i, &hops) == WORLD_ASKS);
	for (i = 2; i < w->hosts; i++) {
		world_port(w, 2, w->host[i].port, true);
		late += w->out.nr;
	}
	ASK(late);
	world_settle(w);
	world_pass(w, 1);
	for (i = 0; i < w->sw[0].nr; i++)
		ASK(w->sw[0].rule[i].table != 1 || !w->sw[0].rule[i].port ||
		    w->sw[0].rule[i].port == OF_PORT_CONTROLLER ||
		    w->sw[0].rule[i].port == w->host[0].port ||
		    w->sw[0].rule[i].match.key.eth_dst[5] == 2);
	return true;
}

/* A port behind which many invent addresses drives out itself. */
static bool liar(void)
{
	uint8_t f[FRAME_MAX];
	unsigned int i, hops;
	size_t len;

	world_send(w, 0, 0);
	world_settle(w);
	world_send(w, 2, 0);
	world_settle(w);
	for (i = 0; i < 300; i++) {
		len = frame(f, 1, 1000 + i);
		world_send_frame(w, 1, f, len);
		world_settle(w);
	}
	world_send(w, 0, 3);
	world_settle(w);
	world_send(w, 2, 1);
	world_settle(w);
	ASK(world_follow(w, 0, 2, &hops) == WORLD_DELIVERED);
	ASK(world_follow(w, 2, 0, &hops) == WORLD_DELIVERED);
	ASK(w->sw[1].nr < WORLD_HOSTS + 20);
	return true;
}

static bool resync(void)
{
	unsigned int hops;

	world_send(w, 2, 0);
	world_settle(w);
	world_send(w, 0, 3);
	world_settle(w);
	w->sw[1].nr = 0;
	world_event(w, APP_SWITCH_UP, 1, NULL, 0, true);
	world_settle(w);
	ASK(world_follow(w, 0, 2, &hops) == WORLD_ASKS && hops == 1);
	world_send(w, 0, 3);
	world_settle(w);
	ASK(world_follow(w, 0, 2, &hops) == WORLD_DELIVERED);
	return w->host[2].got == 2;
}

/* Switched off for long, then back: its links are not taken for silent ones. */
static bool long_silence(void)
{
	unsigned int hops, i;

	world_send(w, 2, 0);
	world_settle(w);
	world_send(w, 0, 3);
	world_settle(w);
	world_event(w, APP_SWITCH_DOWN, 1, NULL, 0, false);
	for (i = 0; i < 8; i++) {
		w->now_ms += 6000;
		world_event(w, APP_REPLY, 0, NULL, 0, false);
		world_lose(w);
	}
	world_event(w, APP_SWITCH_UP, 1, NULL, 0, false);
	world_settle(w);
	ASK(world_follow(w, 0, 2, &hops) == WORLD_DELIVERED);
	/* And an hour without any event */
	w->now_ms += 3600000;
	for (i = 0; i < 5; i++)
		world_pass(w, 1);
	return world_follow(w, 0, 2, &hops) == WORLD_DELIVERED;
}

/* A description in parts: what no part has is gone. */
static bool ports_in_parts(void)
{
	const uint32_t one = w->host[0].port, other = 1, off[2] = { one, other };
	uint8_t message[PORT_DESC_MAX];
	struct world *was;
	size_t len;
	bool same;

	was = world_copy(w);
	len = port_desc_make(message, &one, 1, 0, true);
	world_event(w, APP_REPLY, 0, message, len, false);
	len = port_desc_make(message, &other, 1, 0, false);
	world_event(w, APP_REPLY, 0, message, len, false);
	world_event(was, APP_REPLY, 0, NULL, 0, false);
	same = world_same(w, was);
	world_free(was);
	ASK(same && !w->out.nr);
	len = port_desc_make(message, off, 2, 1, false);
	world_event(w, APP_REPLY, 0, message, len, false);
	world_settle(w);
	world_send(w, 1, 0);
	world_settle(w);
	ASK(!w->host[0].got && w->host[2].got == 1);
	len = port_desc_make(message, &one, 1, 0, false);
	world_event(w, APP_REPLY, 0, message, len, false);
	world_settle(w);
	world_pass(w, 2500);
	world_send(w, 0, 0);	/* alone now: the link is gone */
	world_settle(w);
	return w->host[2].got == 1 && !w->host[1].got;
}

static bool hostile_states(void)
{
	uint8_t *bytes;
	const size_t len = (world_send(w, 0, 0), world_send(w, 2, 0),
			    world_settle(w),
			    world_save(w, &bytes));
	void *app = malloc(w->ops->size(&w->config));
	size_t i, refused = 0;

	for (i = 0; i < len; i++) {
		uint8_t *cut = test_copy(bytes, i);

		w->ops->init(app, &w->config);
		ASK(!w->ops->load(app, cut, i));
		free(cut);
	}
	for (i = 0; i < 8 * len; i++) {
		uint8_t *again, *flipped = test_copy(bytes, len);
		const size_t max = w->ops->save_max(&w->config);
		size_t used;

		flipped[i / 8] ^= 1 << i % 8;
		w->ops->init(app, &w->config);
		if (w->ops->load(app, flipped, len)) {
			again = malloc(max);
			used = w->ops->save(app, again, max);
			ASK(used == len && !memcmp(again, flipped, len));
			free(again);
		} else {
			refused++;
		}
		free(flipped);
	}
	/* The address of one host twice */
	for (i = 0; i + 6 <= len && memcmp(bytes + i, "\2\0\0\0\0\3", 6); i++)
		;
	ASK(i + 6 <= len);
	bytes[i + 5] = 1;
	w->ops->init(app, &w->config);
	ASK(!w->ops->load(app, bytes, len));
	free(app);
	free(bytes);
	return refused > 100;
}

int main(void)
{
	TEST("route: rules by reverse path", with(reverse_path, 1));
	TEST("route: to everybody", with(floods, 1));
	TEST("route: hosts that pretend to be switches", with(spoofed_probes, 1));
	TEST("route: one end is no link", with(lone_link, 1));
	TEST("route: hosts that pretend to be others", with(thieves, 1));
	TEST("route: told again after a move", with(told_again, 1));
	TEST("route: more than an event may say", with(too_much, 70));
	TEST("route: a liar drives out itself", with(liar, 1));
	TEST("route: emptied tables", with(resync, 1));
	TEST("route: long silence", with(long_silence, 1));
	TEST("route: ports in parts", with(ports_in_parts, 1));
	TEST("route: hostile states", with(hostile_states, 1));
	return test_end();
}
