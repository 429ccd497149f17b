// SPDX-License-Identifier: GPL-2.0
/* Updates, their order, and acknowledgements: rules G6 to G9. */
#include "../test.h"
#include "rig.h"
#include "bytes.h"
#include "ctl_wire.h"

enum { FLOW_MOD = 14, BARRIER = 20 };

static struct rig *settled(void)
{
	struct rig *r = rig_new();

	rig_start(r, 5, false);
	rig_settle(r);
	return r;
}

static void deafen(struct rig *r, bool deaf)
{
	unsigned int i;

	for (i = 0; i < RIG_N; i++)
		r->controller[i].deaf = deaf;
}

static bool applied_after_the_barrier(void)
{
	struct rig *r = settled();
	unsigned int barriers = r->got[BARRIER], i;

	r->no_barriers = true;
	rig_flow(r, 1);
	rig_pump(r);
	ASK(r->used[1] == CTL_APPLIED && r->tables.nr == 1);
	ASK(r->got[BARRIER] == barriers + 1 && !r->acked[1]);
	ASK(rig_stats(r).floor == 0);
	/* What it answers to something else is no answer. */
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = (uint8_t[8]){ 4, 21, 0, 8, 0x30, 0, 0, 99 }, .len = 8 });
	ASK(r->err == AGENT_ESTALE && !r->acked[1]);
	r->last[1] = 21;
	r->last[4] ^= 0x10;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = r->last, .len = 8 });
	ASK(r->err == AGENT_ESTALE && !r->acked[1]);
	r->last[4] ^= 0x10;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = r->last, .len = 8 });
	ASK(r->acked[1] == 0xf && rig_stats(r).floor == 1);
	for (i = 0; i < RIG_N; i++)
		ASK(r->controller[i].acks == 1 &&
		    r->controller[i].ack_status == CTL_APPLIED);
	rig_free(r);
	return true;
}

static bool xids_are_ours(void)
{
	uint8_t payload[1024];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1);
	uint32_t first;

	len += table_flow(payload + len, OF_FLOW_ADD, 2, 2, 1);
	r->no_barriers = true;
	rig_offer(r, 0, 1, 0, payload, len, true);
	ASK(!r->got[FLOW_MOD]);
	rig_offer(r, 1, 1, 0, payload, len, true);
	ASK(r->got[FLOW_MOD] == 2 && r->tables.nr == 2);
	len = table_flow(payload, OF_FLOW_ADD, 3, 2, RIG_ERROR);
	payload[4] = 0x12;
	payload[7] = 0x34;
	rig_offer(r, 0, 2, 1, payload, len, true);
	rig_offer(r, 1, 2, 1, payload, len, true);
	first = r->bundle_nr;
	rig_pump(r);
	/* ovs-vswitchd's error is an event, with the xid that the update had. */
	ASK(r->bundle_nr == first + 1);
	ASK(r->bundle[first].kind[0] == APP_ERROR);
	ASK(r->bundle[first].xid[0] == 0x12000034);
	rig_free(r);
	return true;
}

static bool refused_is_acknowledged_and_told(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, RIG_REFUSED);
	unsigned int before = r->bundle_nr;

	rig_offer(r, 0, 1, 0, payload, len, true);
	rig_offer(r, 2, 1, 0, payload, len, true);
	ASK(r->acked[1] == 0xf && r->controller[0].ack_status == CTL_REFUSED);
	ASK(!r->got[FLOW_MOD]);
	ASK(r->bundle_nr == before + 1 &&
	    r->bundle[before].kind[0] == APP_ERROR &&
	    r->bundle[before].first[0] == 0x00050000);
	ASK(rig_stats(r).refused == 1 && rig_stats(r).floor == 1);
	rig_free(r);
	return true;
}

/* For the controllers an acknowledgement is one of all before it. */
static bool refused_waits_for_those_before(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, RIG_REFUSED);

	r->no_barriers = true;
	rig_flow(r, 1);
	rig_offer(r, 0, 2, 1, payload, len, true);
	rig_offer(r, 2, 2, 1, payload, len, true);
	rig_tick(r, r->config.retransmit_ms);
	ASK(rig_stats(r).refused == 1 && !r->acked[1] && !r->acked[2]);
	/* Neither while nobody is connected */
	rig_switch(r, false);
	rig_tick(r, r->config.retransmit_ms);
	ASK(!r->acked[1] && !r->acked[2]);
	r->no_barriers = false;
	rig_switch(r, true);
	rig_pump(r);
	ASK(r->acked[1] == 0xf && r->acked[2] == 0xf);
	ASK(r->controller[0].ack_status == CTL_REFUSED);
	rig_free(r);
	return true;
}

static bool rows_of_one_status(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX], reply[8];
	struct rig *r = settled();
	struct rig_controller *c = &r->controller[3];
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, RIG_REFUSED);
	uint64_t s;

	r->no_barriers = true;
	for (s = 1; s <= 4; s++)
		rig_flow(r, s);
	rig_offer(r, 0, 5, 4, payload, len, true);
	rig_offer(r, 2, 5, 4, payload, len, true);
	rig_flow(r, 6);
	ASK(!c->acks);
	/* All but the last barrier are answered: no hurry while others are to be */
	memcpy(reply, r->last, 8);
	reply[1] = 21;
	reply[7] -= 1;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = reply, .len = 8 });
	ASK(!c->acks && r->wake == r->now);
	rig_tick(r, 0);
	ASK(c->acks == 2 && c->ack_last == 5 && c->ack_status == CTL_REFUSED);
	ASK(r->acked[4] && !r->acked[6] && r->wake > r->now);
	reply[7] += 1;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = reply, .len = 8 });
	ASK(c->acks == 3 && c->ack_last == 6 && r->acked[6]);
	rig_free(r);
	return true;
}

static bool row_has_a_count(void)
{
	struct rig *r = settled();
	uint8_t reply[8];
	uint64_t s;

	r->no_barriers = true;
	for (s = 1; s <= 5; s++)
		rig_flow(r, s);
	memcpy(reply, r->last, 8);
	reply[1] = 21;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = reply, .len = 8 });
	ASK(r->controller[1].acks == 1 && r->controller[1].ack_count == 5);
	ASK(rig_stats(r).acks == 1);
	rig_free(r);
	return true;
}

static bool acks_are_repeated_until_seen(void)
{
	struct rig *r = rig_new();
	unsigned int i;

	r->config.echo_ms = 1000000;
	rig_start(r, 5, false);
	rig_settle(r);
	deafen(r, true);
	r->controller[0].deaf = false;
	rig_flow(r, 1);
	rig_pump(r);
	ASK(r->controller[0].acks == 1 && r->controller[1].acks == 1);
	/* The third's signature, later than the quorum: the acknowledgement is on its way */
	rig_flow(r, 1);
	ASK(r->controller[0].acks == 1 && r->controller[1].acks == 1);
	rig_tick(r, 100);
	rig_pump(r);
	ASK(r->controller[0].acks == 1 && r->controller[1].acks == 2);
	rig_tick(r, 100);
	ASK(r->controller[1].acks == 2);
	rig_tick(r, 100);
	ASK(r->controller[1].acks == 3);
	/* A link that is made anew */
	rig_link(r, 2, false);
	i = r->controller[2].acks;
	rig_link(r, 2, true);
	ASK(r->controller[2].acks == i + 1);
	/* An update that is repeated */
	i = r->controller[3].acks;
	rig_flow(r, 1);
	ASK(r->controller[3].acks == i && r->err == AGENT_ESTALE);
	/* It was said long ago: that is no signature on its way. */
	ASK(r->controller[0].acks == 2);
	/* A floor that was executed ends it. */
	deafen(r, false);
	for (i = 0; i < 30; i++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
	i = r->controller[1].acks;
	rig_link(r, 1, false);
	rig_link(r, 1, true);
	rig_tick(r, 100000);
	ASK(r->controller[1].acks == i);
	rig_free(r);
	return true;
}

static bool floor_ends_repetition(void)
{
	uint8_t done[CTL_BUNDLE_DONE_LEN];
	struct rig *r = settled();
	unsigned int i, acks;

	deafen(r, true);
	rig_flow(r, 1);
	rig_pump(r);
	rig_tick(r, r->config.retransmit_ms);
	ASK(r->bundle[r->bundle_nr - 1].floor == 1);
	acks = r->controller[1].acks;
	rig_tick(r, 2 * r->config.retransmit_ms);
	ASK(r->controller[1].acks == acks + 1);
	for (i = 0; i < RIG_QUORUM; i++) {
		ctl_bundle_done_encode(done, sizeof(done), RIG_DOMAIN, 5,
				       r->bundle[r->bundle_nr - 1].counter, 1);
		rig_say(r, i, done, sizeof(done));
	}
	acks = r->controller[1].acks;
	for (i = 0; i < 10; i++)
		rig_tick(r, 16 * r->config.retransmit_ms);
	rig_link(r, 1, false);
	rig_link(r, 1, true);
	ASK(r->controller[1].acks == acks);
	rig_free(r);
	return true;
}

static bool early_ones_are_held(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 9, 2, 1);
	uint64_t s;

	for (s = 4; s >= 2; s--) {
		rig_offer(r, 0, s, s - 1, payload, len, true);
		rig_offer(r, 1, s, s - 1, payload, len, true);
	}
	ASK(rig_stats(r).early == 6 && r->next == 1);
	rig_flow(r, 1);
	rig_pump(r);
	ASK(r->next == 5 && r->acked[4] == 0xf && rig_stats(r).floor == 4);
	rig_free(r);
	return true;
}

static bool flood_evicts_its_own(void)
{
	uint8_t payload[1024];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 9, 2, 1);
	unsigned int full = 0, i;
	uint64_t s;

	/* Controller 3 fills its store with many bodies. */
	for (i = 0; i < 200; i++) {
		payload[8] = (uint8_t)i;
		rig_offer(r, 3, 3 + i % 10, 2 + i % 10, payload, len, true);
		full += r->err == AGENT_EFULL;
	}
	ASK(full > 150);
	for (s = 3; s >= 2; s--) {
		len = table_flow(payload, OF_FLOW_ADD, (uint16_t)s, 2, 1);
		rig_offer(r, 0, s, s - 1, payload, len, true);
		ASK(r->err == AGENT_OK);
		rig_offer(r, 1, s, s - 1, payload, len, true);
	}
	rig_flow(r, 1);
	ASK(r->next >= 3);
	rig_free(r);
	return true;
}

static bool strangers_are_refused(void)
{
	uint8_t out[4096], payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1), used;

	used = rig_update(r, out, 0, 1, 0, payload, len, true);
	rig_say(r, 1, out, used);
	ASK(r->err == AGENT_ESHARE);
	out[15] ^= 1;
	rig_say(r, 0, out, used);
	ASK(r->err == AGENT_EDOMAIN);
	out[15] ^= 1;
	out[16 + 24 + 15] ^= 1;
	rig_say(r, 0, out, used);
	ASK(r->err == AGENT_EDOMAIN);
	out[16 + 24 + 15] ^= 1;
	out[16 + 24 + 23] ^= 1;
	rig_say(r, 0, out, used);
	ASK(r->err == AGENT_EDPID);
	out[16 + 24 + 23] ^= 1;
	out[16 + 24 + 27] ^= 2;
	rig_say(r, 0, out, used);
	ASK(r->err == AGENT_ESTALE);
	ASK(!r->submits);
	rig_offer(r, 0, 1000, 999, payload, len, true);
	ASK(r->err == AGENT_EFULL && !r->submits);
	rig_offer(r, 0, 1, 0, payload, len, false);
	ASK(r->err == AGENT_ESHARE && rig_stats(r).liars[0] == 1);
	rig_say(r, 0, (const uint8_t *)"ASHC", 4);
	ASK(r->err == AGENT_EFORMAT);
	rig_free(r);
	return true;
}

static bool numbers_of_a_former_life(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1);
	unsigned int before;

	/* 1 to 3 and 5 were used up */
	r->next = 4;
	r->used[5] = CTL_APPLIED;
	rig_start(r, 6, false);
	rig_settle(r);
	ASK(rig_stats(r).floor == 3);
	rig_offer(r, 0, 2, 1, payload, len, true);
	ASK(r->err == AGENT_ESTALE && !r->controller[0].acks);
	rig_offer(r, 0, 5, 3, payload, len, true);
	ASK(rig_stats(r).floor == 3);
	rig_flow(r, 4);
	rig_pump(r);
	/* The floor says what nobody can acknowledge. */
	ASK(rig_stats(r).floor == 5 && r->acked[4] == 0xf && !r->acked[5]);
	before = r->bundle_nr;
	rig_tick(r, r->config.retransmit_ms);
	ASK(r->bundle_nr == before + 1 && r->bundle[before].floor == 5);
	rig_free(r);
	return true;
}

/* A number that a former life used up, told while the look's barrier is away */
static bool used_up_number_during_the_barrier(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = rig_new();
	size_t len = table_flow(payload, OF_FLOW_ADD, 2, 2, 1);
	unsigned int i;

	r->used[2] = CTL_APPLIED;
	rig_start(r, 6, false);
	r->no_barriers = true;
	for (i = 0; i < RIG_N; i++)
		rig_link(r, i, true);
	rig_switch(r, true);
	rig_pump(r);
	ASK(r->got[BARRIER] == 1 && !rig_stats(r).in_sync);
	rig_offer(r, 0, 2, 0, payload, len, true);
	ASK(r->err == AGENT_ESTALE);
	r->no_barriers = false;
	r->last[1] = 21;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
		.bytes = r->last, .len = 8 });
	rig_flow(r, 1);
	for (i = 0; i < 5; i++) {
		rig_pump(r);
		rig_tick(r, r->config.retransmit_ms);
	}
	ASK(rig_stats(r).floor == 2);
	rig_free(r);
	return true;
}

/* Somebody else's update is not ovs-vswitchd's yet when its number is known to be used up. */
static bool others_numbers_wait_for_a_look(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1);

	table_apply(&r->approved, payload, len);
	r->used[1] = CTL_APPLIED;
	rig_offer(r, 0, 1, 0, payload, len, true);
	ASK(r->err == AGENT_ESTALE && !r->tables.nr);
	ASK(!rig_stats(r).floor);
	rig_tick(r, r->config.retransmit_ms);
	rig_pump(r);
	ASK(table_equal(&r->tables, &r->approved));
	ASK(rig_stats(r).floor == 1);
	rig_free(r);
	return true;
}

/* What the verifier calls early for reasons of its own must not be offered with each number. */
static bool early_for_no_reason_is_not_held(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1);
	unsigned int s;

	r->window = 8;
	for (s = 9; s <= 14; s++)
		rig_offer(r, 3, s, 0, payload, len, true);
	ASK(r->submits == 6 && r->err == AGENT_EFULL);
	rig_flow(r, 1);
	rig_pump(r);
	ASK(r->submits == 8 && r->acked[1] == 0xf);
	/* Nor one that was held for a better reason, which is gone */
	rig_offer(r, 3, 14, 2, payload, len, true);
	ASK(r->submits == 9 && r->err == AGENT_OK);
	rig_flow(r, 2);
	ASK(r->submits == 12);
	rig_flow(r, 3);
	ASK(r->submits == 14);
	rig_free(r);
	return true;
}

static bool not_connected_nothing_is_said(void)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	size_t len;
	struct rig *r = settled();

	r->no_barriers = true;
	rig_flow(r, 1);
	rig_pump(r);
	rig_switch(r, false);
	rig_flow(r, 2);
	rig_pump(r);
	/* What is refused is never there, but those before it are not done. */
	len = table_flow(payload, OF_FLOW_ADD, 1, 2, RIG_REFUSED);
	rig_offer(r, 0, 3, 2, payload, len, true);
	rig_offer(r, 1, 3, 2, payload, len, true);
	ASK(r->next == 4 && !r->acked[1] && !r->acked[2] && !r->acked[3]);
	ASK(rig_stats(r).floor == 0 && !rig_stats(r).in_sync);
	memset(&r->tables, 0, sizeof(r->tables));
	r->no_barriers = false;
	rig_switch(r, true);
	rig_pump(r);
	ASK(r->acked[1] == 0xf && r->acked[2] == 0xf && r->acked[3] == 0xf);
	ASK(table_equal(&r->tables, &r->approved) && r->tables.nr == 2);
	rig_free(r);
	return true;
}

static bool long_run_goes_round(void)
{
	struct rig *r = settled();
	uint64_t s;

	for (s = 1; s < 200; s++) {
		rig_flow(r, s);
		rig_pump(r);
		if (s % 5 == 0)
			rig_tick(r, r->config.retransmit_ms);
		rig_pump(r);
		ASK(r->acked[s] == 0xf);
	}
	ASK(rig_stats(r).floor == 199 && rig_stats(r).applied == 199);
	rig_free(r);
	return true;
}

#define CASE(fn) TEST(#fn, fn())

int main(void)
{
	CASE(applied_after_the_barrier);
	CASE(xids_are_ours);
	CASE(refused_is_acknowledged_and_told);
	CASE(refused_waits_for_those_before);
	CASE(rows_of_one_status);
	CASE(row_has_a_count);
	CASE(acks_are_repeated_until_seen);
	CASE(floor_ends_repetition);
	CASE(early_ones_are_held);
	CASE(flood_evicts_its_own);
	CASE(strangers_are_refused);
	CASE(numbers_of_a_former_life);
	CASE(used_up_number_during_the_barrier);
	CASE(others_numbers_wait_for_a_look);
	CASE(early_for_no_reason_is_not_held);
	CASE(not_connected_nothing_is_said);
	CASE(long_run_goes_round);
	return test_end();
}
