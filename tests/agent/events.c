// SPDX-License-Identifier: GPL-2.0
/* Events, bundles and floors: rules G1 to G5. */
#include "../test.h"
#include "rig.h"
#include "ctl_wire.h"
#include "bytes.h"

enum { PACKET_IN = 10, FLOW_REMOVED = 11, PORT_STATUS = 12 };

static const struct rig_bundle *last(const struct rig *r)
{
	return &r->bundle[r->bundle_nr - 1];
}

static void port_status(struct rig *r, uint32_t port, uint8_t reason)
{
	uint8_t m[80] = { 4, PORT_STATUS, 0, 80 };

	m[8] = reason;
	m[19] = (uint8_t)port;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
					   .bytes = m, .len = sizeof(m) });
}

static void deafen(struct rig *r, bool deaf)
{
	unsigned int i;

	for (i = 0; i < RIG_N; i++)
		r->controller[i].deaf = deaf;
}

static struct rig *settled(void)
{
	struct rig *r = rig_new();

	rig_start(r, 5, false);
	rig_settle(r);
	return r;
}

/* A former life may have ended between the verifier and ovs-vswitchd. */
static bool old_floor_waits_for_the_look(void)
{
	struct rig *r = rig_new();
	uint8_t m[TABLE_MESSAGE_MAX];
	unsigned int i;

	r->next = 12;
	table_apply(&r->approved, m, table_flow(m, OF_FLOW_ADD, 11, 2, 11));
	rig_start(r, 5, false);
	rig_link(r, 2, true);
	ASK(r->bundle_nr == 1 && r->bundle[0].count == 0);
	ASK(r->bundle[0].counter == 1 && r->bundle[0].floor == 0);
	ASK(r->controller[2].bundles == 1 && !r->controller[1].bundles);
	ASK(rig_stats(r).floor == 11);
	rig_link(r, 1, true);
	r->no_barriers = true;
	rig_switch(r, true);
	for (i = 0; i < 10; i++) {
		rig_pump(r);
		rig_tick(r, r->config.retransmit_ms);
	}
	ASK(table_equal(&r->tables, &r->approved));
	for (i = 0; i < r->bundle_nr; i++)
		ASK(!r->bundle[i].floor);
	r->no_barriers = false;
	rig_switch(r, false);
	rig_switch(r, true);
	/* Then at once */
	rig_pump(r);
	ASK(last(r)->floor == 11);
	rig_free(r);
	return true;
}

static bool first_event_leaves_at_once(void)
{
	struct rig *r = settled();
	unsigned int before = r->bundle_nr;

	rig_event(r, PACKET_IN, 1, 64);
	ASK(r->bundle_nr == before + 1);
	ASK(last(r)->count == 1 && last(r)->kind[0] == APP_PACKET_IN &&
	    last(r)->first[0] == 1);
	rig_free(r);
	return true;
}

static bool events_linger_while_one_is_away(void)
{
	struct rig *r = settled();
	unsigned int before = r->bundle_nr, i;

	deafen(r, true);
	for (i = 1; i <= 4; i++)
		rig_event(r, PACKET_IN, i, 64);
	ASK(r->bundle_nr == before + 1);
	ASK(r->wake == r->now + r->config.linger_ms);
	rig_tick(r, r->config.linger_ms);
	ASK(r->bundle_nr == before + 2 && last(r)->count == 3);
	ASK(last(r)->first[0] == 2 && last(r)->first[2] == 4);
	rig_free(r);
	return true;
}

static bool full_bundle_does_not_linger(void)
{
	struct rig *r = settled();
	unsigned int before = r->bundle_nr, i;

	deafen(r, true);
	for (i = 0; i < 6; i++)
		rig_event(r, PACKET_IN, i, 1000);
	/* 4096 bytes: three of them, and the first left alone */
	ASK(r->bundle_nr == before + 2 && last(r)->count == 3);
	rig_free(r);
	return true;
}

static bool quorum_of_done_makes_place(void)
{
	uint8_t done[CTL_HEADER_LEN + 24];
	struct rig *r = settled();
	unsigned int before = r->bundle_nr, i;
	uint64_t executed;

	deafen(r, true);
	executed = rig_stats(r).executed;
	for (i = 0; i < 8; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	/* one place is for the floor */
	ASK(r->bundle_nr == before + r->config.bundles_max - 1);
	ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5,
			       r->bundle[before].counter, 1);
	rig_say(r, 1, done, sizeof(done));
	rig_say(r, 1, done, sizeof(done));
	ASK(rig_stats(r).executed == executed);
	ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 4,
			       r->bundle[before].counter, 1);
	rig_say(r, 2, done, sizeof(done));
	ASK(r->err == AGENT_ESTALE && rig_stats(r).executed == executed);
	ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5,
			       r->bundle[before].counter, 1);
	rig_say(r, 2, done, sizeof(done));
	ASK(rig_stats(r).executed == executed + 1);
	ASK(r->bundle_nr == before + r->config.bundles_max);
	ASK(last(r)->count == 5);
	rig_free(r);
	return true;
}

static bool bundles_are_repeated_to_the_silent(void)
{
	struct rig *r = rig_new();
	unsigned int i, got[RIG_N];
	uint64_t wait;

	r->config.echo_ms = 1000000;
	rig_start(r, 5, false);
	rig_settle(r);
	deafen(r, true);
	r->controller[0].deaf = false;
	rig_event(r, PACKET_IN, 1, 64);
	while (r->in_nr)
		rig_pump(r);
	for (i = 0; i < RIG_N; i++)
		got[i] = r->controller[i].bundles;
	for (i = 0, wait = 100; i < 6; i++) {
		rig_tick(r, wait - 1);
		ASK(r->controller[3].bundles == got[3] + i);
		rig_tick(r, 1);
		ASK(r->controller[3].bundles == got[3] + i + 1);
		ASK(r->controller[0].bundles == got[0]);
		wait = wait < 1600 ? 2 * wait : wait;
	}
	rig_link(r, 3, false);
	i = r->controller[3].bundles;
	rig_link(r, 3, true);
	ASK(r->controller[3].bundles == i + 1);
	rig_free(r);
	return true;
}

static bool packet_ins_are_dropped_first(void)
{
	struct rig *r = settled();
	struct agent_stats stats;
	unsigned int i;

	deafen(r, true);
	for (i = 0; i < 3; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	for (i = 0; i < 10; i++)
		rig_event(r, PACKET_IN, 100 + i, 1000);
	stats = rig_stats(r);
	ASK(stats.dropped[APP_PACKET_IN] == 2);
	rig_event(r, FLOW_REMOVED, 200, 1000);
	port_status(r, 1, 2);
	stats = rig_stats(r);
	ASK(stats.dropped[APP_PACKET_IN] == 3);
	for (i = 0; i < 10; i++)
		rig_event(r, FLOW_REMOVED, 201 + i, 1000);
	stats = rig_stats(r);
	ASK(stats.dropped[APP_PACKET_IN] == 10);
	ASK(stats.dropped[APP_FLOW_REMOVED] == 3);
	for (i = 2; i < 100; i++)
		port_status(r, i, 0);
	stats = rig_stats(r);
	ASK(stats.dropped[APP_FLOW_REMOVED] == 11);
	ASK(stats.dropped[APP_PORT_STATUS] == 6);
	deafen(r, false);
	i = r->bundle_nr;
	for (unsigned int k = 0; k < 40; k++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	ASK(r->bundle_nr > i);
	ASK(r->bundle[i].kind[0] == APP_PORT_STATUS);
	rig_free(r);
	return true;
}

static bool newest_packet_in_is_dropped(void)
{
	struct rig *r = settled();
	unsigned int i, k;

	r->config.bundles_max = 4;
	deafen(r, true);
	for (i = 0; i < 3; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	for (i = 0; i < 8; i++)
		rig_event(r, PACKET_IN, 100 + i, 1000);
	rig_event(r, FLOW_REMOVED, 200, 1000);
	rig_event(r, PACKET_IN, 300, 1000);
	deafen(r, false);
	i = r->bundle_nr;
	for (k = 0; k < 10; k++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	ASK(r->bundle_nr == i + 3);
	ASK(r->bundle[i].first[0] == 100 && r->bundle[i + 2].count == 2);
	ASK(r->bundle[i + 2].first[0] == 106 && r->bundle[i + 2].first[1] == 200);
	rig_free(r);
	return true;
}

static bool newest_of_all_kinds_is_dropped(void)
{
	struct rig *r = settled();
	unsigned int i, k;

	deafen(r, true);
	for (i = 0; i < 3; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	for (i = 0; i < 12; i++)
		rig_event(r, FLOW_REMOVED, 100 + i, 1000);
	deafen(r, false);
	for (k = 0; k < 10; k++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	ASK(last(r)->count == 2 && last(r)->first[1] == 107);
	rig_free(r);
	return true;
}

static bool ports_are_coalesced(void)
{
	struct rig *r = settled();

	deafen(r, true);
	rig_event(r, PACKET_IN, 1, 64);
	port_status(r, 1, 0);
	port_status(r, 2, 2);
	port_status(r, 1, 2);
	port_status(r, 2, 1);
	port_status(r, 3, 2);
	rig_tick(r, r->config.linger_ms);
	ASK(last(r)->count == 3);
	/* a new one that changed is new, one that went is gone */
	ASK(last(r)->reason[0] == 0 && last(r)->reason[1] == 1 &&
	    last(r)->reason[2] == 2);
	rig_free(r);
	return true;
}

/* Every event of a kind is in a bundle, once and in order, or counted as dropped. */
static bool nothing_else_is_lost(void)
{
	uint32_t issued[APP_EVENT_KINDS] = { 0 }, got[APP_EVENT_KINDS] = { 0 };
	uint32_t newest[APP_EVENT_KINDS] = { 0 }, i, k, kind;
	struct rig *r = settled();
	unsigned int before = r->bundle_nr;

	for (i = 1; i <= 600; i++) {
		kind = test_below(3) ? APP_PACKET_IN : APP_FLOW_REMOVED;
		rig_event(r, kind == APP_PACKET_IN ? PACKET_IN : FLOW_REMOVED,
			  ++issued[kind], 64 + test_below(900));
		deafen(r, i / 100 % 2);
		if (!test_below(8)) {
			rig_tick(r, 20);
			rig_pump(r);
		}
	}
	deafen(r, false);
	for (i = 0; i < 30; i++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	for (i = before; i < r->bundle_nr; i++)
		for (k = 0; k < r->bundle[i].count; k++) {
			kind = r->bundle[i].kind[k];
			got[kind]++;
			ASK(r->bundle[i].first[k] > newest[kind]);
			newest[kind] = r->bundle[i].first[k];
		}
	for (kind = APP_PACKET_IN; kind < APP_EVENT_KINDS; kind++)
		ASK(issued[kind] == got[kind] + rig_stats(r).dropped[kind]);
	ASK(rig_stats(r).dropped[APP_PACKET_IN] > 10);
	ASK(issued[APP_FLOW_REMOVED] > 100 && got[APP_PACKET_IN] > 100);
	rig_free(r);
	return true;
}

static bool room_is_news(void)
{
	struct rig *r = rig_new();
	unsigned int i;

	r->config.echo_ms = 1000000;
	rig_start(r, 5, false);
	rig_settle(r);
	deafen(r, true);
	for (i = 0; i < 2; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	for (i = 0; i < 8; i++)
		rig_tick(r, 1600);
	/* Both waited for 1600 ms; one is executed. */
	for (i = 0; i < 2; i++) {
		uint8_t done[CTL_BUNDLE_DONE_LEN];

		ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5,
				       last(r)->counter, 1);
		rig_say(r, i, done, sizeof(done));
	}
	i = r->controller[0].bundles;
	rig_tick(r, r->config.retransmit_ms);
	ASK(r->controller[0].bundles == i + 1);
	rig_free(r);
	return true;
}

static bool too_large_is_dropped(void)
{
	struct rig *r = settled();
	unsigned int said = r->said, i;

	for (i = 0; i < 5; i++)
		rig_event(r, PACKET_IN, 1, 4096);
	ASK(rig_stats(r).dropped[APP_PACKET_IN] == 5);
	ASK(r->said == said + 1);
	rig_free(r);
	return true;
}

static bool floor_is_told_when_idle(void)
{
	struct rig *r = settled();
	unsigned int before = r->bundle_nr;

	rig_flow(r, 1);
	rig_pump(r);
	ASK(r->bundle_nr == before && rig_stats(r).floor == 1);
	rig_tick(r, r->config.retransmit_ms);
	rig_pump(r);
	ASK(r->bundle_nr == before + 1);
	ASK(last(r)->floor == 1 && last(r)->count == 0);
	rig_tick(r, 10000);
	ASK(r->bundle_nr == before + 1);
	rig_free(r);
	return true;
}

static bool floor_is_told_under_load(void)
{
	struct rig *r = settled();
	unsigned int before, i;
	uint64_t s;

	/* Nothing is executed, and events have all places but one. */
	deafen(r, true);
	for (i = 0; i < 8; i++) {
		rig_event(r, PACKET_IN, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	before = r->bundle_nr;
	for (s = 1; s <= 7; s++) {
		rig_flow(r, s);
		rig_pump(r);
	}
	ASK(r->bundle_nr == before);
	rig_flow(r, 8);
	rig_pump(r);
	ASK(r->bundle_nr == before + 1 && last(r)->floor == 8);
	rig_free(r);
	return true;
}

static bool fresh_learns_where_to_go_on(void)
{
	struct rig *r = rig_new();
	unsigned int i;

	r->start = 41;
	rig_start(r, 5, true);
	rig_link(r, 0, true);
	rig_pump(r);
	ASK(r->bundle_nr == 1 && r->bundle[0].floor == 0 && !r->started);
	/* Held until then */
	rig_flow(r, 41);
	ASK(!r->submits);
	r->start = 99;
	rig_link(r, 1, true);
	rig_pump(r);
	ASK(!r->started);
	r->start = 41;
	r->verifier_gone = true;
	rig_link(r, 2, true);
	rig_pump(r);
	ASK(!r->started);
	r->verifier_gone = false;
	for (i = 0; i < 3; i++) {
		rig_tick(r, r->config.retransmit_ms);
		rig_pump(r);
	}
	ASK(r->started && r->used[41] == CTL_APPLIED);
	ASK(rig_stats(r).floor == 40);
	rig_switch(r, true);
	rig_pump(r);
	ASK(rig_stats(r).floor == 41);
	rig_free(r);
	return true;
}

static bool start_of_one_liar_is_nothing(void)
{
	uint8_t done[CTL_BUNDLE_DONE_LEN];
	struct rig *r = rig_new();
	unsigned int i;

	rig_start(r, 5, true);
	for (i = 0; i < 10; i++) {
		ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5, 1, 7);
		rig_say(r, 3, done, sizeof(done));
	}
	ASK(!r->started);
	ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5, 1, 0);
	for (i = 0; i < RIG_N; i++)
		rig_say(r, i, done, sizeof(done));
	ASK(!r->started);
	rig_free(r);
	return true;
}

static bool old_window_waits_for_the_verifier(void)
{
	struct rig *r = rig_new();

	r->next = 5;
	r->verifier_gone = true;
	rig_start(r, 5, false);
	rig_link(r, 0, true);
	ASK(r->bundle_nr == 1 && r->bundle[0].floor == 0);
	r->verifier_gone = false;
	rig_tick(r, r->config.retransmit_ms);
	ASK(rig_stats(r).floor == 4);
	rig_tick(r, r->config.retransmit_ms);
	ASK(r->bundle_nr == 1);
	rig_link(r, 1, true);
	rig_switch(r, true);
	rig_pump(r);
	ASK(last(r)->floor == 4);
	rig_free(r);
	return true;
}

/* ovs-vswitchd was brought in step before the verifier said where numbers go on. */
static bool old_floor_of_a_late_verifier(void)
{
	struct rig *r = rig_new();
	unsigned int looks;

	r->next = 0;
	rig_start(r, 5, false);
	rig_link(r, 0, true);
	rig_link(r, 1, true);
	rig_switch(r, true);
	rig_pump(r);
	ASK(rig_stats(r).in_sync && !rig_stats(r).floor);
	looks = rig_stats(r).resyncs;
	r->next = 5;
	rig_tick(r, r->config.retransmit_ms);
	rig_pump(r);
	rig_tick(r, r->config.retransmit_ms);
	rig_pump(r);
	ASK(rig_stats(r).resyncs == looks + 1 && last(r)->floor == 4);
	rig_free(r);
	return true;
}

static bool a_short_port_status_is_nobodys_news(void)
{
	struct rig *r = settled();
	uint64_t events;

	deafen(r, true);
	rig_event(r, PACKET_IN, 1, 64);
	events = rig_stats(r).events;
	/* Cut short, with the same number where a port's would be */
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = (uint8_t[24]){ 4, PORT_STATUS, 0, 24,
					[19] = 6 }, .len = 24 });
	port_status(r, 6, 0);
	rig_tick(r, r->config.linger_ms);
	ASK(rig_stats(r).events == events + 2 && last(r)->count == 2);
	rig_free(r);
	return true;
}

static bool configurations(void)
{
	struct rig *r = rig_new();
	struct agent_config good = r->config, c;
	const char *why = NULL;

	ASK(!agent_config_check(&good, &why) && !why);
	c = good;
	c.bundles_max = 1;
	ASK(agent_config_check(&c, &why) && why);
	c = good;
	c.quorum = 5;
	ASK(agent_config_check(&c, &why));
	c = good;
	c.bundle_max = 65536;
	c.events_bytes = 1 << 20;
	ASK(agent_config_check(&c, &why));
	c = good;
	c.scheme = 3;
	ASK(agent_config_check(&c, &why));
	ASK(agent_err_text(AGENT_EFULL)[0] &&
	    agent_err_text(AGENT_ERR_NR)[0] == 'u');
	rig_free(r);
	return true;
}

#define CASE(fn) TEST(#fn, fn())

int main(void)
{
	CASE(old_floor_waits_for_the_look);
	CASE(first_event_leaves_at_once);
	CASE(events_linger_while_one_is_away);
	CASE(full_bundle_does_not_linger);
	CASE(quorum_of_done_makes_place);
	CASE(bundles_are_repeated_to_the_silent);
	CASE(packet_ins_are_dropped_first);
	CASE(newest_packet_in_is_dropped);
	CASE(newest_of_all_kinds_is_dropped);
	CASE(ports_are_coalesced);
	CASE(nothing_else_is_lost);
	CASE(room_is_news);
	CASE(too_large_is_dropped);
	CASE(floor_is_told_when_idle);
	CASE(floor_is_told_under_load);
	CASE(fresh_learns_where_to_go_on);
	CASE(start_of_one_liar_is_nothing);
	CASE(old_window_waits_for_the_verifier);
	CASE(old_floor_of_a_late_verifier);
	CASE(a_short_port_status_is_nobodys_news);
	CASE(configurations);
	return test_end();
}
