// SPDX-License-Identifier: GPL-2.0
/* ovs-vswitchd: handshake, looks at its rules, requests of controllers: G6, G11, G12. */
#include "../test.h"
#include "rig.h"
#include "bytes.h"
#include "ctl_wire.h"

enum { HELLO = 0, ECHO = 2, FLOW_MOD = 14, MULTIPART = 18 };

static const uint8_t features[8] = { 4, 5, 0, 8 };
static const uint8_t port_desc[16] = { 4, 18, 0, 16, 0, 0, 0, 0, 0, 13 };

static struct rig *settled(void)
{
	struct rig *r = rig_new();

	rig_start(r, 5, false);
	rig_settle(r);
	return r;
}

/* How many events of this kind and xid were in bundles from @from on */
static unsigned int events_of(const struct rig *r, unsigned int from,
			      unsigned int kind, uint32_t xid)
{
	unsigned int i, k, nr = 0;

	for (i = from; i < r->bundle_nr; i++)
		for (k = 0; k < r->bundle[i].count && k < RIG_EVENTS; k++)
			nr += r->bundle[i].kind[k] == kind &&
			      r->bundle[i].xid[k] == xid;
	return nr;
}

static void drain(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		rig_pump(r);
		rig_tick(r, r->config.retransmit_ms);
	}
	rig_pump(r);
}

static void message(struct rig *r, const uint8_t *bytes, size_t len)
{
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
					   .bytes = bytes, .len = len });
}

static bool handshake(void)
{
	struct rig *r = settled();

	ASK(r->got[HELLO] == 1 && r->got[5] == 1 && r->got[9] == 1);
	ASK(rig_stats(r).switch_up && rig_stats(r).in_sync && !r->resets);
	ASK(events_of(r, 0, APP_REPLY, ctl_ask_xid(features, 8)) == 1);
	ASK(events_of(r, 0, APP_REPLY, ctl_ask_xid(port_desc, 16)) == 1);
	rig_switch(r, false);
	ASK(!rig_stats(r).switch_up && !rig_stats(r).in_sync);
	rig_switch(r, true);
	drain(r);
	ASK(events_of(r, 0, APP_REPLY, ctl_ask_xid(features, 8)) == 2);
	ASK(events_of(r, 0, APP_REPLY, ctl_ask_xid(port_desc, 16)) == 2);
	ASK(rig_stats(r).resyncs == 2);
	rig_free(r);
	return true;
}

static bool another_bridge_is_refused(void)
{
	struct rig *r = rig_new();

	r->dpid = 0x12;
	rig_start(r, 5, false);
	rig_settle(r);
	ASK(r->resets == 1 && !rig_stats(r).switch_up);
	rig_free(r);
	return true;
}

static bool another_version_is_refused(void)
{
	struct rig *r = rig_new();

	rig_start(r, 5, false);
	r->silent = true;
	rig_switch(r, true);
	message(r, (uint8_t[8]){ 1, 0, 0, 8 }, 8);
	ASK(r->resets == 1 && r->err == AGENT_EBROKEN);
	rig_switch(r, false);
	rig_switch(r, true);
	message(r, (uint8_t[8]){ 4, 0, 0, 8 }, 8);
	ASK(r->resets == 1 && r->got[5] == 1);
	message(r, (uint8_t[8]){ 5, 10, 0, 8 }, 8);
	ASK(r->resets == 2);
	rig_free(r);
	return true;
}

static bool wrong_length_is_refused(void)
{
	struct rig *r = settled();

	message(r, (uint8_t[9]){ 4, 10, 0, 8 }, 9);
	ASK(r->resets == 1 && r->err == AGENT_EBROKEN);
	rig_free(r);
	return true;
}

static bool errors_are_said_once_a_second(void)
{
	uint8_t error[12] = { 4, 1, 0, 12, 0x40, 0, 0, 1, 0, 5, 0, 1 };
	struct rig *r = settled();
	unsigned int said = r->said, i;

	for (i = 0; i < 100; i++)
		message(r, error, sizeof(error));
	error[4] = 0x10;
	for (i = 0; i < 100; i++)
		message(r, error, sizeof(error));
	ASK(r->said == said + 1);
	rig_tick(r, 1000);
	message(r, error, sizeof(error));
	ASK(r->said == said + 2);
	rig_free(r);
	return true;
}

static bool echo_both_ways(void)
{
	struct rig *r = settled();
	unsigned int i;

	message(r, (uint8_t[10]){ 4, ECHO, 0, 10, 1, 2, 3, 4, 'h', 'i' }, 10);
	ASK(r->last[1] == 3 && r->last_len == 10 && r->last[9] == 'i' &&
	    r->last[4] == 1);
	r->got[ECHO] = 0;
	rig_tick(r, r->config.echo_ms);
	ASK(r->got[ECHO] == 1);
	rig_pump(r);
	r->silent = true;
	for (i = 0; i < 3; i++)
		rig_tick(r, r->config.echo_ms);
	ASK(r->got[ECHO] == 4 && !r->resets);
	rig_tick(r, r->config.echo_ms);
	ASK(r->resets == 1 && !rig_stats(r).switch_up);
	rig_free(r);
	return true;
}

static void approve(struct rig *r, const uint8_t *message_bytes, size_t len)
{
	table_apply(&r->approved, message_bytes, len);
}

static bool look_repairs(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	size_t len;
	unsigned int i;

	/* Approved: flows 1 to 9, a group with a flow, another group */
	for (i = 1; i <= 9; i++) {
		len = table_flow(m, OF_FLOW_ADD, (uint16_t)i, 2, i);
		approve(r, m, len);
		if (i > 3)
			table_apply(&r->tables, m, len);
	}
	approve(r, m, table_group(m, OF_GROUP_ADD, 7, 3));
	approve(r, m, table_flow_group(m, 77, 7));
	approve(r, m, table_group(m, OF_GROUP_ADD, 8, 3));
	/* There: 4 with another cookie, 5 with another port, a group that differs, strays */
	table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD, 4, 2, 99));
	table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD, 5, 3, 5));
	table_apply(&r->tables, m, table_group(m, OF_GROUP_ADD, 8, 4));
	table_apply(&r->tables, m, table_group(m, OF_GROUP_ADD, 9, 4));
	table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD, 200, 2, 1));
	table_apply(&r->tables, m, table_foreign(m, 201, false));
	table_apply(&r->tables, m, table_foreign(m, 202, true));
	table_apply(&r->tables, m, table_foreign(m, 6, false));
	ASK(r->tables.nr == 11);
	rig_start(r, 5, false);
	rig_settle(r);
	ASK(table_equal(&r->tables, &r->approved));
	/* 1 2 3, 4, 5, 6, two groups, the group's flow; less 200, 201, 202, group 9 */
	ASK(rig_stats(r).repaired == 13 && rig_stats(r).in_sync);
	ASK(r->purges == 1 && !r->resets);
	/* Nothing is touched if nothing is wrong. */
	i = r->got[FLOW_MOD];
	rig_switch(r, false);
	rig_switch(r, true);
	drain(r);
	ASK(r->got[FLOW_MOD] == i && rig_stats(r).repaired == 13);
	ASK(r->purges == 1);
	rig_free(r);
	return true;
}

static bool news_make_a_look(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	unsigned int looks = r->got[MULTIPART], i;

	rig_flow(r, 1);
	drain(r);
	/* A rule expired in the kernel. */
	table_apply(&r->approved, m, table_flow(m, OF_FLOW_DELETE_STRICT, 1, 0, 0));
	for (i = 0; i < 20; i++)
		rig_news(r);
	drain(r);
	ASK(!r->tables.nr && r->purges && rig_stats(r).in_sync);
	/* Twenty are two: one that has begun, and one for those that came meanwhile. */
	ASK(r->got[MULTIPART] <= looks + 4);
	rig_free(r);
	return true;
}

static bool others_numbers_count(void)
{
	struct rig *r = settled();

	rig_flow(r, 1);
	drain(r);
	/* quorumctl submitted 2. */
	r->used[2] = CTL_APPLIED;
	r->next = 3;
	rig_news(r);
	drain(r);
	ASK(rig_stats(r).floor == 2 && !r->acked[2]);
	rig_flow(r, 3);
	drain(r);
	ASK(r->acked[3] == 0xf);
	rig_free(r);
	return true;
}

static bool updates_while_looking(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	unsigned int i;

	for (i = 101; i <= 109; i++)
		approve(r, m, table_flow(m, OF_FLOW_ADD, (uint16_t)i, 2, i));
	for (i = 201; i <= 209; i++)
		table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD,
						      (uint16_t)i, 2, i));
	rig_start(r, 5, false);
	rig_link(r, 0, true);
	rig_switch(r, true);
	/* One at a time, and updates between any two of ovs-vswitchd's answers */
	for (i = 1; i < 12; i++) {
		struct agent_event event = r->inbox[r->in_head % RIG_INBOX].event;
		uint8_t *bytes = r->inbox[r->in_head % RIG_INBOX].bytes;

		if (r->in_nr) {
			r->in_head++;
			r->in_nr--;
			rig_step(r, &event);
			free(bytes);
		}
		if (!rig_stats(r).in_sync && r->got[20] == 0)
			ASK(!r->acked[i]);
		rig_flow(r, i);
	}
	drain(r);
	ASK(rig_stats(r).in_sync && table_equal(&r->tables, &r->approved));
	/* Two came before the handshake was done: those were lacking too. */
	ASK(rig_stats(r).repaired == 20 && r->approved.nr == 20);
	ASK(r->acked[11] == 1 && rig_stats(r).floor == 11);
	rig_free(r);
	return true;
}

/* The next message that waits is delivered. */
static bool next(struct rig *r)
{
	struct rig_message m = r->inbox[r->in_head % RIG_INBOX];

	if (!r->in_nr)
		return false;
	r->in_head++;
	r->in_nr--;
	rig_step(r, &m.event);
	free(m.bytes);
	return true;
}

/*
 * An update needs what the repairs bring, and ovs-vswitchd's error about it is behind the last
 * part of its rules: neither that one nor those that depend on it are acknowledged before
 * another look.
 */
static bool error_behind_the_last_part(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	unsigned int i;
	size_t len;

	rig_start(r, 5, false);
	rig_link(r, 0, true);
	rig_switch(r, true);
	while (r->got[MULTIPART] < 3)
		ASK(next(r));
	len = table_flow(m, OF_FLOW_ADD, 1, 2, RIG_ERROR);
	rig_offer(r, 0, 1, 0, m, len, true);
	rig_offer(r, 1, 1, 0, m, len, true);
	r->forgives = true;
	while (r->got[20] < 1)
		ASK(next(r));
	/* Its error is still on its way. */
	rig_flow(r, 2);
	for (i = 0; r->got[MULTIPART] < 5; i++) {
		ASK(i < 100 && !r->acked[1] && !r->acked[2]);
		if (!next(r))
			rig_tick(r, r->config.retransmit_ms);
	}
	drain(r);
	ASK(r->approved.nr == 2 && table_equal(&r->tables, &r->approved));
	ASK(r->acked[2] == 1 && rig_stats(r).floor == 2);
	ASK(rig_stats(r).in_sync && rig_stats(r).resyncs == 2);
	/* What cannot be done at all does not make looks without end. */
	r->forgives = false;
	len = table_flow(m, OF_FLOW_ADD, 3, 2, RIG_ERROR);
	rig_offer(r, 0, 3, 2, m, len, true);
	rig_offer(r, 1, 3, 2, m, len, true);
	drain(r);
	ASK(rig_stats(r).resyncs == 2 && r->acked[3] == 1);
	rig_free(r);
	return true;
}

static bool depends_on_what_is_looked_for_again(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	size_t len;

	rig_start(r, 5, false);
	rig_link(r, 0, true);
	rig_switch(r, true);
	while (r->got[MULTIPART] < 2)
		ASK(next(r));
	/* Refused while the look is at groups; taken later */
	len = table_flow(m, OF_FLOW_ADD, 1, 2, RIG_ERROR);
	rig_offer(r, 0, 1, 0, m, len, true);
	rig_offer(r, 1, 1, 0, m, len, true);
	r->forgives = true;
	while (r->got[20] < 1)
		ASK(next(r));
	rig_flow(r, 2);
	while (r->got[MULTIPART] < 5) {
		ASK(!r->acked[1] && !r->acked[2]);
		if (!next(r))
			rig_tick(r, r->config.retransmit_ms);
	}
	drain(r);
	ASK(table_equal(&r->tables, &r->approved) && r->acked[2] == 1);
	rig_free(r);
	return true;
}

static bool news_of_an_unfinished_look(void)
{
	struct rig *r = rig_new();

	rig_start(r, 5, false);
	rig_switch(r, true);
	while (r->got[MULTIPART] < 2)
		ASK(next(r));
	/* A rule expired, and the look does not get to its end. */
	rig_news(r);
	r->verifier_gone = true;
	drain(r);
	ASK(!rig_stats(r).in_sync && !r->purges);
	r->verifier_gone = false;
	drain(r);
	ASK(rig_stats(r).in_sync && r->purges == 1);
	rig_free(r);
	return true;
}

static bool no_verifier_no_sync(void)
{
	struct rig *r = rig_new();
	uint8_t m[TABLE_MESSAGE_MAX];

	table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD, 4, 2, 99));
	rig_start(r, 5, false);
	r->verifier_gone = true;
	rig_settle(r);
	ASK(!rig_stats(r).in_sync && r->tables.nr == 1);
	r->verifier_gone = false;
	drain(r);
	ASK(rig_stats(r).in_sync && !r->tables.nr);
	rig_free(r);
	return true;
}

static bool more_than_the_table_holds(void)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	unsigned int i;

	r->config.rules_max = 32;
	for (i = 1; i <= 200; i++)
		table_apply(&r->tables, m, table_flow(m, OF_FLOW_ADD,
						      (uint16_t)i, 2, i));
	approve(r, m, table_flow(m, OF_FLOW_ADD, 200, 2, 200));
	rig_start(r, 5, false);
	rig_settle(r);
	drain(r);
	/* Some at each look */
	ASK(table_equal(&r->tables, &r->approved) && rig_stats(r).in_sync);
	rig_free(r);
	return true;
}

static void ask(struct rig *r, unsigned int from, const uint8_t *request,
		size_t len)
{
	uint8_t out[2048];
	size_t used = ctl_ask_encode(out, sizeof(out), RIG_DOMAIN, request, len);

	MUST(used);
	rig_say(r, from, out, used);
}

static bool requests_of_controllers(void)
{
	uint8_t port_stats[24] = { 4, 18, 0, 24, 9, 9, 9, 9, 0, 4 };
	struct rig *r = settled();
	unsigned int before = r->bundle_nr, got = r->got[MULTIPART], i;
	uint32_t xid = ctl_ask_xid(port_stats, sizeof(port_stats));

	memset(port_stats + 16, 0xff, 4);
	xid = ctl_ask_xid(port_stats, sizeof(port_stats));
	ask(r, 1, port_stats, sizeof(port_stats));
	ask(r, 2, port_stats, sizeof(port_stats));
	ASK(r->err == AGENT_OK && r->got[MULTIPART] == got + 1);
	ask(r, 1, features, sizeof(features));
	ASK(r->err == AGENT_ERATE);
	drain(r);
	ASK(events_of(r, before, APP_REPLY, xid) == 1);
	for (i = 0; i < 20; i++) {
		ask(r, 1, features, sizeof(features));
		rig_pump(r);
	}
	drain(r);
	ASK(events_of(r, before, APP_REPLY, ctl_ask_xid(features, 8)) == 10);
	ask(r, 1, features, sizeof(features));
	ASK(r->err == AGENT_OK);
	rig_free(r);
	return true;
}

/* One controller's questions take their part of the queue, not that of packets. */
static bool answers_have_their_part(void)
{
	uint8_t request[24] = { 4, 18, 0, 24, 0, 0, 0, 0, 0, 4 };
	uint8_t part[1000] = { 4, 19, 1000 >> 8, 1000 & 255, 0, 0, 0, 0, 0, 4,
			       0, 1 };
	struct rig *r = settled();
	struct agent_stats before;
	unsigned int i, bundles;
	uint32_t xid;

	for (i = 0; i < RIG_N; i++)
		r->controller[i].deaf = true;
	/* All places of bundles are taken. */
	for (i = 0; i < 8; i++) {
		rig_event(r, 10, i, 64);
		rig_tick(r, r->config.linger_ms);
	}
	r->silent = true;
	before = rig_stats(r);
	memset(request + 16, 0xff, 4);
	ask(r, 3, request, sizeof(request));
	ASK(r->last[1] == MULTIPART);
	memcpy(part + 4, r->last + 4, 4);
	for (i = 0; i < 20; i++)
		message(r, part, sizeof(part));
	ASK(rig_stats(r).dropped[APP_REPLY] > before.dropped[APP_REPLY]);
	for (i = 0; i < 20; i++)
		rig_event(r, 10, i, 128);
	ASK(!rig_stats(r).dropped[APP_PACKET_IN]);
	/* When those left, there is room for others. */
	part[11] = 0;
	message(r, part, sizeof(part));
	for (i = 0; i < RIG_N; i++)
		r->controller[i].deaf = false;
	drain(r);
	xid = ctl_ask_xid(request, sizeof(request));
	bundles = r->bundle_nr;
	ask(r, 3, request, sizeof(request));
	memcpy(part + 4, r->last + 4, 4);
	message(r, part, sizeof(part));
	drain(r);
	ASK(events_of(r, bundles, APP_REPLY, xid) == 1);
	rig_free(r);
	return true;
}

static bool parts_of_a_reply(void)
{
	uint8_t flows[56] = { 4, 18, 0, 56, 0, 0, 0, 0, 0, 1 };
	struct rig *r = settled();
	unsigned int before;
	uint64_t s;

	for (s = 1; s <= 5; s++)
		rig_flow(r, s);
	drain(r);
	before = r->bundle_nr;
	memset(flows + 20, 0xff, 8);
	flows[16] = 0xff;
	ask(r, 1, flows, sizeof(flows));
	drain(r);
	/* of two entries, of two, and of one */
	ASK(events_of(r, before, APP_REPLY,
		      ctl_ask_xid(flows, sizeof(flows))) == 3);
	r->silent = true;
	ask(r, 1, flows, sizeof(flows));
	ask(r, 1, features, sizeof(features));
	ASK(r->err == AGENT_ERATE);
	rig_switch(r, false);
	ask(r, 1, features, sizeof(features));
	ASK(r->err == AGENT_EFULL);
	rig_free(r);
	return true;
}

static bool statistics_in_time(void)
{
	uint8_t port_stats[24] = { 4, 18, 0, 24, 0, 0, 0, 0, 0, 4 };
	struct rig *r = rig_new();
	unsigned int before;

	memset(port_stats + 16, 0xff, 4);
	r->config.statistics_ms = 5000;
	rig_start(r, 5, false);
	rig_settle(r);
	before = r->bundle_nr;
	while (r->now < 6000) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	ASK(events_of(r, before, APP_REPLY,
		      ctl_ask_xid(port_stats, sizeof(port_stats))) == 1);
	rig_free(r);
	return true;
}

static bool packet_outs_are_not_rules(void)
{
	static const uint8_t out[24 + 16 + 14] = {
		4, 13, 0, sizeof(out), 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff,
		0, 0, 0, 1, 0, 16, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 16, 0, 0, 0, 2,
	};
	struct rig *r = settled();

	rig_offer(r, 0, 1, 0, out, sizeof(out), true);
	rig_offer(r, 1, 1, 0, out, sizeof(out), true);
	rig_pump(r);
	ASK(r->got[13] == 1 && r->acked[1] == 0xf && !r->tables.nr);
	rig_free(r);
	return true;
}

#define CASE(fn) TEST(#fn, fn())

int main(void)
{
	CASE(handshake);
	CASE(another_bridge_is_refused);
	CASE(another_version_is_refused);
	CASE(wrong_length_is_refused);
	CASE(errors_are_said_once_a_second);
	CASE(echo_both_ways);
	CASE(look_repairs);
	CASE(news_make_a_look);
	CASE(others_numbers_count);
	CASE(updates_while_looking);
	CASE(error_behind_the_last_part);
	CASE(depends_on_what_is_looked_for_again);
	CASE(news_of_an_unfinished_look);
	CASE(no_verifier_no_sync);
	CASE(more_than_the_table_holds);
	CASE(requests_of_controllers);
	CASE(answers_have_their_part);
	CASE(parts_of_a_reply);
	CASE(statistics_in_time);
	CASE(packet_outs_are_not_rules);
	return test_end();
}
