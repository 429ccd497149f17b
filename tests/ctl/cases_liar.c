// SPDX-License-Identifier: GPL-2.0
/*
 * Switches that lie about what they have, say nothing, or take all they can get: a
 * switch may do harm to itself only (C12, C13).
 */
#include "rig.h"
#include "test.h"

static struct rig rig, twin;

static void begin(enum ctl_procedure procedure)
{
	rig_config(&rig, procedure, 4);
	rig_start(&rig);
}

/* Switch 2 is the liar: between 3, which comes before it, and 1. */
static const struct rig_put path[3] = {
	{ 3, 1, 0, 0 }, { 2, 1, 1, 0 }, { 1, 1, 2, 0 },
};
static const struct rig_put to_1 = { 1, 1, 0, 0 }, to_2 = { 2, 1, 0, 0 };
static const enum ctl_procedure both[2] = { CTL_LINEARIZABLE, CTL_CONSISTENT };

static bool ack_of_what_could_not_leave(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin(both[i]);
		ASK(!rig_bundle(&rig, 0, path, 3));
		ASK(!rig_ack(&rig, 2, 1));
		ASK(rig_updates(&rig, 1, NULL) == 0);
		ASK(rig_stats(&rig).acked == 1 && rig_stats(&rig).ready == 1);
		/* Nobody waits for it for lack of an answer either. */
		ASK(!rig_ack(&rig, 3, 1));
		ASK(rig_updates(&rig, 2, NULL) == 0);
		ASK(rig_updates(&rig, 1, NULL) == 1);
		ASK(rig_stats(&rig).ready == 1);
		rig_free(&rig);
	}
	begin(CTL_CONSISTENT);
	return true;
}

static bool floor_of_what_could_not_leave(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin(both[i]);
		ASK(!rig_bundle(&rig, 0, path, 3));
		ASK(!rig_bundle(&rig, 0, &to_2, 1));
		ASK(!rig_floor(&rig, 2, 1));
		ASK(rig_stats(&rig).retired == 1);
		ASK(rig_updates(&rig, 1, NULL) == 0);
		/* It has more of them, and all is sent again. */
		rig_link(&rig, 2, true);
		rig_link(&rig, 1, true);
		rig_tick(&rig, 100);
		ASK(rig_updates(&rig, 2, NULL) == 0);
		ASK(rig_updates(&rig, 1, NULL) == 0);
		ASK(!rig_ack(&rig, 3, 1));
		ASK(rig_updates(&rig, 1, NULL) == 1);
		ASK(!rig_ack(&rig, 1, 1));
		ASK(rig_updates(&rig, 2, NULL) == 1);
		rig_free(&rig);
	}
	begin(CTL_CONSISTENT);
	return true;
}

/* Not for the first time only: the order remembers what was passed on. */
static bool floor_passes_on_what_it_waited_for(void)
{
	static const struct rig_put put[4] = {
		{ 3, 1, 0, 0 }, { 0, 2, 0, 0 }, { 2, 3, 3, 0 }, { 1, 4, 4, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 4));
	ASK(!rig_floor(&rig, 2, 1));
	rig_config(&twin, CTL_CONSISTENT, 4);
	rig_start(&twin);
	rig_restart(&twin, &rig);
	ASK(rig_equal(&rig, &twin));
	twin.now_ms = rig.now_ms;
	rig_tick(&twin, 1);
	ASK(rig_updates(&twin, 1, NULL) == 0);
	ASK(!rig_ack(&twin, 3, 1));
	ASK(rig_updates(&twin, 1, NULL) == 0);
	ASK(!rig_ack(&twin, 0, 1));
	ASK(rig_updates(&twin, 1, NULL) == 1);
	rig_free(&twin);
	/* What is in the order of one is in that of all. */
	ASK(!rig_ack(&rig, 0, 1));
	ASK(!rig_floor(&rig, 3, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

/* What comes after the lie waits for what was before it. */
static bool floor_does_not_part_what_comes_later(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		begin(both[i]);
		ASK(!rig_bundle(&rig, 0, path, 2));
		ASK(!rig_floor(&rig, 2, 1));
		rig_restart(&rig, &rig);
		ASK(!rig_bundle(&rig, 0, &to_1, 1));
		ASK(rig_updates(&rig, 1, NULL) == 0);
		ASK(!rig_ack(&rig, 3, 1));
		ASK(rig_updates(&rig, 1, NULL) == 1);
		rig_free(&rig);
	}
	begin(CTL_CONSISTENT);
	return true;
}

static bool flows_keep_those_in_the_middle(void)
{
	static const struct rig_put put[3] = {
		{ 3, 1, 0, 0 }, { 2, 1, 0, 0 }, { 0, 1, 0, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 3));
	/* The middle one, the last one, then the first is the last one. */
	ASK(!rig_floor(&rig, 2, 1));
	ASK(!rig_floor(&rig, 0, 1));
	rig_restart(&rig, &rig);
	ASK(!rig_bundle(&rig, 0, &to_1, 1));
	ASK(rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	ASK(!rig_floor(&rig, 3, 1));
	ASK(!rig_floor(&rig, 1, 1));
	ASK(!rig_bundle(&rig, 0, &to_2, 1));
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static bool floor_waits_for_edges(void)
{
	static const struct rig_put put[4] = {
		{ 3, 1, 0, 0 }, { 0, 2, 0, 0 }, { 2, 3, 3, 0 }, { 1, 4, 4, 0 },
	};
	uint32_t left;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 4));
	left = rig.ctl->edges_left;
	rig.ctl->edges_left = 0;
	ASK(!rig_floor(&rig, 2, 1));
	ASK(rig_stats(&rig).retired == 0 && rig.ctl->sw[2].floor == 0);
	ASK(rig_updates(&rig, 1, NULL) == 0);
	rig.ctl->edges_left = left;
	ASK(!rig_floor(&rig, 2, 1));
	ASK(rig_stats(&rig).retired == 1);
	return true;
}

/* Two of one flow at the liar: the second waits for what the first waits for. */
static bool floor_passes_on_along_the_flow(void)
{
	static const struct rig_put put[4] = {
		{ 3, 1, 0, 0 }, { 2, 1, 0, 0 }, { 2, 1, 0, 0 }, { 1, 1, 0, 0 },
	};
	unsigned int i;
	uint32_t left;

	begin(CTL_CONSISTENT);
	left = rig.ctl->edges_left;
	for (i = 0; i < 4; i++)
		ASK(!rig_bundle(&rig, 0, &put[i], 1));
	ASK(!rig_floor(&rig, 2, 1));
	ASK(rig.ctl->edges_left == left - 2);	/* one of the liar's row */
	ASK(!rig_floor(&rig, 2, 2));
	ASK(rig.ctl->edges_left == left - 1);
	ASK(rig_stats(&rig).retired == 2 && rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

/* One edge for each switch that is waited for, the last update there */
static bool waits_for_the_last_of_a_switch(void)
{
	struct rig_put put[17];
	unsigned int i;
	uint32_t left;

	begin(CTL_CONSISTENT);
	for (i = 0; i < 16; i++)
		put[i] = (struct rig_put){ i & 1 ? 3 : 0, (uint8_t)i, 0, 0 };
	put[16] = (struct rig_put){ 1, 16, 0xffff, 0 };
	left = rig.ctl->edges_left;
	ASK(!rig_bundle(&rig, 2, put, 17));
	ASK(rig.ctl->edges_left == left - 2);
	ASK(!rig_ack(&rig, 0, 8));
	ASK(!rig_ack(&rig, 3, 7));
	ASK(rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 8));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

static void fill(uint32_t from, uint8_t sw, unsigned int nr)
{
	struct rig_put put[32];
	unsigned int i;

	for (i = 0; i < 32; i++)
		put[i] = (struct rig_put){ sw, 1, 0, 0 };
	for (; nr > 32; nr -= 32)
		rig_bundle(&rig, from, put, 32);
	rig_bundle(&rig, from, put, nr);
}

static bool intake_takes_a_new_life(void)
{
	begin(CTL_CONSISTENT);
	/* Nothing is known of 1 yet: its first word */
	rig.epoch[1] = 0;
	fill(0, 1, 96);
	ASK(!rig_bundle(&rig, 1, &to_2, 1));
	ASK(rig_bundle(&rig, 1, &to_2, 1) == AGREE_EFULL);
	rig.epoch[1] = 2;
	rig.counter[1] = 0;
	ASK(!rig_bundle(&rig, 1, &to_2, 1));
	ASK(rig_updates(&rig, 1, NULL) == 96);
	ASK(rig_bundle(&rig, 1, &to_2, 1) == AGREE_EFULL);
	return true;
}

static bool intake_is_not_stopped_by_one(void)
{
	static const struct rig_put other = { 2, 2, 0, 0 };

	begin(CTL_CONSISTENT);
	ASK(!rig_floor(&rig, 0, 0) && !rig_floor(&rig, 1, 0));
	/* As much as it gets, and it says nothing. */
	fill(0, 1, 200);
	ASK(rig_stats(&rig).outstanding == 128);
	ASK(rig_bundle(&rig, 1, &other, 1) == AGREE_EFULL);
	ASK(rig_bundle(&rig, 0, &other, 1) == AGREE_OK);
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static enum agree_err lost(uint32_t member, uint32_t sw)
{
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .dpid = rig.dpid[sw],
	};

	return rig_member(&rig, member, &request);
}

/* 640 chunks, of which a switch has 20 alone and 100 at most; of what is common half is 160. */
static bool intake_counts_those_that_go_on(void)
{
	unsigned int i;

	rig_config(&rig, CTL_NO_ACK, 16);
	rig.config.outstanding_bytes = 640 * CTL_CHUNK_LEN;
	rig_start(&rig);
	ASK(!rig_floor(&rig, 15, 0));
	for (i = 0; i < 5; i++)
		fill(15, (uint8_t)i, 25);
	ASK(!rig_floor(&rig, 15, 0));
	fill(15, 5, 25);
	ASK(rig_stats(&rig).outstanding == 6 * 25 && rig.ctl->shared == 180);
	ASK(rig_bundle(&rig, 15, &to_1, 1) == AGREE_EFULL);
	ASK(!rig_floor(&rig, 15, 0));
	/* One of them is given up. */
	ASK(!lost(1, 5) && !lost(2, 5));
	ASK(!rig_bundle(&rig, 15, &to_1, 1));
	/* That one took more than half of what it can have, and is out too. */
	ASK(rig.ctl->sw[1].chunks == 52);
	ASK(!lost(1, 0) && !lost(2, 0));
	fill(15, 6, 25);
	fill(15, 7, 25);
	fill(15, 8, 25);
	ASK(rig.ctl->shared == 5 * 30 + 32 + 3 * 30);
	ASK(rig_bundle(&rig, 15, &to_1, 1) == AGREE_EFULL);
	return true;
}

static bool one_switch_cannot_have_it_all(void)
{
	rig_config(&rig, CTL_NO_ACK, 16);
	rig.config.outstanding_bytes = 640 * CTL_CHUNK_LEN;
	rig_start(&rig);
	fill(15, 1, 100);
	ASK(rig.ctl->sw[1].chunks == 100 && rig_stats(&rig).overflows == 1);
	fill(15, 2, 25);
	ASK(rig.ctl->sw[2].chunks == 50 && rig_stats(&rig).overflows == 1);
	return true;
}

#define CASE(fn)							\
	do {								\
		TEST(fn);						\
		rig_free(&rig);						\
	} while (0)

int main(void)
{
	CASE(ack_of_what_could_not_leave);
	CASE(floor_of_what_could_not_leave);
	CASE(floor_passes_on_what_it_waited_for);
	CASE(floor_does_not_part_what_comes_later);
	CASE(flows_keep_those_in_the_middle);
	CASE(floor_waits_for_edges);
	CASE(floor_passes_on_along_the_flow);
	CASE(waits_for_the_last_of_a_switch);
	CASE(intake_takes_a_new_life);
	CASE(intake_is_not_stopped_by_one);
	CASE(intake_counts_those_that_go_on);
	CASE(one_switch_cannot_have_it_all);
	return test_end();
}
