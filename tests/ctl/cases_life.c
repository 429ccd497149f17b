// SPDX-License-Identifier: GPL-2.0
/* Switches that come and go, votes on outputs, and state that is saved. */
#include "rig.h"
#include "test.h"

#include "../../lib/wire/openflow.h"

static struct rig rig, twin;

static void begin(enum ctl_procedure procedure)
{
	rig_config(&rig, procedure, 4);
	rig_start(&rig);
}

static const struct rig_put one = { 1, 1, 0, 0 };
static const struct rig_put path[3] = {
	{ 3, 1, 0, 0 }, { 2, 1, 1, 0 }, { 1, 1, 2, 0 },
};

/* As many updates for switch 1 as it may have outstanding */
static void fill(void)
{
	struct rig_put put[32];
	unsigned int i;

	for (i = 0; i < 32; i++)
		put[i] = one;
	for (i = 0; i < 4; i++)
		rig_bundle(&rig, 2, put, 32);
}

static bool overflow_drops_and_fills_again(void)
{
	const struct rig_sent *s;
	struct of_message msg;
	enum wire_err err;
	size_t used;

	begin(CTL_CONSISTENT);
	ASK(!rig_floor(&rig, 1, 0));
	fill();
	ASK(rig_stats(&rig).overflows == 0 && rig_stats(&rig).outstanding == 128);
	ASK(!rig_bundle(&rig, 2, &one, 1));
	ASK(!rig_bundle(&rig, 2, &one, 1));
	ASK(rig_stats(&rig).overflows == 1 && rig_stats(&rig).dropped == 2);
	/* Half of it done: still nothing is added */
	ASK(!rig_floor(&rig, 1, 64));
	ASK(!rig_bundle(&rig, 2, &one, 1));
	ASK(rig_stats(&rig).dropped == 3 && rig_app_resyncs(&rig) == 0);
	ASK(!rig_floor(&rig, 1, 128));
	ASK(rig_app_resyncs(&rig) == 1 && rig_updates(&rig, 1, &s) == 1);
	ASK(s->body.sequence == 129);
	/* It empties all tables, and groups, in the words of lib/wire. */
	err = of_decode(&msg, s->body.payload, s->body.payload_len,
				&used);
	ASK(!err && msg.type == OF_FLOW_MOD && used == 56);
	err = of_decode(&msg, s->body.payload + used,
				s->body.payload_len - used, &used);
	ASK(!err && msg.type == OF_GROUP_MOD && used == 16);
	ASK(!rig_bundle(&rig, 2, &one, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1 && rig_stats(&rig).dropped == 3);
	return true;
}

static bool overflow_leaves_others_their_share(void)
{
	struct rig_put big[16];
	unsigned int i;

	rig_config(&rig, CTL_CONSISTENT, 4);
	rig.config.outstanding_bytes = 4 * 2 * 20 * CTL_CHUNK_LEN;
	rig_start(&rig);
	for (i = 0; i < 16; i++)
		big[i] = (struct rig_put){ 1, 1, 0, APP_UPDATE_MAX };
	stub_at_once(rig.ctl->agree, false);
	ASK(!rig_bundle(&rig, 2, big, 16));
	big[0].sw = 0;
	ASK(!rig_bundle(&rig, 3, big, 1));
	big[0].sw = 2;
	ASK(!rig_bundle(&rig, 3, big, 1));
	rig_tick(&rig, 1);
	/* 160 chunks in all, 20 for each alone and 40 at most; an update is 18. */
	ASK(rig_stats(&rig).outstanding == 2 + 2);
	ASK(rig_stats(&rig).overflows == 1 && rig_stats(&rig).dropped == 14);
	return true;
}

static enum agree_err lost(uint32_t member, uint32_t sw, uint64_t epoch)
{
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .dpid = rig.dpid[sw],
		.switch_epoch = epoch,
	};

	return rig_member(&rig, member, &request);
}

static bool lost_takes_f_plus_one_members(void)
{
	begin(CTL_LINEARIZABLE);
	ASK(!rig_floor(&rig, 3, 0));
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(rig_updates(&rig, 3, NULL) == 1);
	ASK(!lost(1, 3, 1));
	ASK(!lost(1, 3, 1));		/* the same member, again */
	ASK(!lost(2, 3, 0));		/* of another incarnation */
	rig_tick(&rig, 1);
	ASK(rig_stats(&rig).down == 0 && rig_updates(&rig, 2, NULL) == 0);
	ASK(!lost(2, 3, 1));
	rig_tick(&rig, 1);
	ASK(rig_stats(&rig).down == 1 && rig_updates(&rig, 2, NULL) == 1);
	ASK(rig_app_events(&rig, APP_SWITCH_DOWN) == 1);
	/* Those behind it do not wait either, but for each other. */
	ASK(rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_bundle(&rig, 0, path, 1));
	ASK(!rig_ack(&rig, 2, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1 && rig_updates(&rig, 3, NULL) == 0);
	ASK(rig_stats(&rig).outstanding == 4);
	return true;
}

/* C9: at a switch that is down an update is as good as done when it could
 * leave, not before: what waits behind it still comes after what was before it.
 */
static bool lost_keeps_the_order_of_the_others(void)
{
	static const struct rig_put put[3] = {
		{ 1, 5, 0, 0 }, { 3, 5, 1, 0 }, { 2, 5, 2, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 3));
	ASK(!lost(1, 3, 0) && !lost(2, 3, 0));
	rig_tick(&rig, 1);
	ASK(rig_stats(&rig).down == 1 && rig_updates(&rig, 2, NULL) == 0);
	ASK(!rig_ack(&rig, 1, 1));
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static bool lost_is_said_after_silence(void)
{
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .switch_epoch = 1,
	};

	rig_config(&rig, CTL_LINEARIZABLE, 4);
	rig.config.down_ms = 5000;
	rig_start(&rig);
	ASK(!rig_floor(&rig, 3, 0));
	ASK(!rig_bundle(&rig, 0, path, 3));
	rig_tick(&rig, 4999);
	ASK(rig.ctl->sw[3].lost == 0);
	rig_tick(&rig, 1);
	rig_settle(&rig);
	ASK(rig.ctl->sw[3].lost == 1);
	/* Again after as long, once */
	rig_tick(&rig, 4999);
	rig_settle(&rig);
	ASK(rig.ctl->own_counter == 1);
	rig_tick(&rig, 1);
	rig_settle(&rig);
	ASK(rig.ctl->own_counter == 2 && rig_stats(&rig).down == 0);
	request.dpid = rig.dpid[3];
	ASK(!rig_member(&rig, 2, &request));
	ASK(rig_stats(&rig).down == 1);
	rig_tick(&rig, 0);
	rig_tick(&rig, 5000);
	rig_settle(&rig);
	/* Switch 2 is silent now, 3 is not mentioned any more. */
	ASK(rig.ctl->own_counter == 3 && rig.ctl->sw[2].lost == 1);
	return true;
}

static bool lost_and_back(void)
{
	begin(CTL_LINEARIZABLE);
	ASK(!rig_floor(&rig, 3, 0));
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!lost(1, 3, 1) && !lost(2, 3, 1));
	rig_tick(&rig, 1);
	/* It talks, but shows no update done. */
	ASK(!rig_bundle(&rig, 3, path, 1));
	ASK(rig_stats(&rig).down == 1);
	ASK(!rig_floor(&rig, 3, 1));
	ASK(rig_stats(&rig).down == 0);
	ASK(rig_app_events(&rig, APP_SWITCH_UP) == 3);	/* first: 0 and 3 */
	ASK(rig_app_resyncs(&rig) == 0);
	/* A vote from before is void. */
	ASK(!lost(2, 3, 1));
	ASK(rig_stats(&rig).down == 0);
	return true;
}

static bool lost_votes_end_with_progress(void)
{
	begin(CTL_LINEARIZABLE);
	ASK(!rig_floor(&rig, 3, 0));
	ASK(!rig_bundle(&rig, 0, path, 1));
	ASK(!lost(1, 3, 1));
	ASK(!rig_floor(&rig, 3, 1));
	ASK(!lost(2, 3, 1));
	ASK(rig_stats(&rig).down == 0);
	return true;
}

static bool epoch_sends_again_then_fills_again(void)
{
	uint8_t stale[CTL_ACK_LEN + AGREE_SIG_LEN];
	struct rig_put put[3] = { one, one, one };
	const struct rig_sent *s;
	unsigned int i;
	size_t len;

	begin(CTL_CONSISTENT);
	ASK(!rig_floor(&rig, 1, 0));
	ASK(!rig_bundle(&rig, 0, put, 3));
	ASK(!rig_ack(&rig, 1, 1));
	ASK(!rig_floor(&rig, 1, 1));
	ASK(!rig_ack(&rig, 1, 2));
	len = rig_ack_bytes(&rig, 1, 3, CTL_APPLIED, stale, sizeof(stale));
	/* It was switched off and on, and remembers nothing. */
	rig.epoch[1] = 2;
	rig.counter[1] = 0;
	ASK(!rig_floor(&rig, 1, 0));
	ASK(rig_updates(&rig, 1, &s) == 2 && s->body.sequence == 2);
	for (i = 0; i < rig.sent_nr; i++)
		if (rig.sent[i].m.type == CTL_BUNDLE_DONE)
			ASK(rig.sent[i].m.start == 2);
	ASK(rig_app_resyncs(&rig) == 0);
	/* What it acknowledged in its former life does not count. */
	ASK(rig_switch(&rig, 1, stale, len) == AGREE_ESTALE);
	ASK(rig_stats(&rig).acked == 3 - 1);
	ASK(!rig_ack(&rig, 1, 3));
	ASK(!rig_floor(&rig, 1, 3));
	ASK(rig_app_resyncs(&rig) == 1 && rig_updates(&rig, 1, &s) == 1);
	ASK(s->body.sequence == 4);
	/* The bundles of the former life are void (R13). */
	rig.epoch[1] = 1;
	rig.counter[1] = 10;
	ASK(rig_bundle(&rig, 1, &one, 1) == AGREE_EDECIDED);
	ASK(rig.sent[0].m.type == CTL_BUNDLE_DONE && rig.sent[0].m.start == 0);
	return true;
}

static bool epoch_ends_the_silence(void)
{
	rig_config(&rig, CTL_CONSISTENT, 4);
	rig.config.down_ms = 5000;
	rig_start(&rig);
	ASK(!rig_floor(&rig, 1, 0));
	ASK(!rig_bundle(&rig, 0, &one, 1));
	rig_tick(&rig, 4000);
	rig.epoch[1] = 2;
	rig.counter[1] = 0;
	ASK(!rig_floor(&rig, 1, 0));
	rig_tick(&rig, 4999);
	rig_settle(&rig);
	ASK(rig.ctl->sw[1].lost == 0);
	rig_tick(&rig, 1);
	rig_settle(&rig);
	ASK(rig.ctl->sw[1].lost == 1);
	return true;
}

static uint8_t list_a[64], list_b[64];

static size_t list_of(uint8_t *out, uint64_t dpid, uint8_t fill_byte)
{
	struct wire_writer w = { out, 64, 0 };

	wire_write_be(&w, dpid, 8);
	wire_write_be(&w, 1, 8);
	wire_write_be(&w, 0, 8);
	wire_write_be(&w, 8, 4);
	memset(out + w.used, fill_byte, 8);
	return w.used + 8;
}

static enum agree_err vote(uint32_t member, uint64_t key, const uint8_t *list,
			   size_t len)
{
	struct ctl_request request = {
		.type = CTL_OUTPUT, .key = key, .list = list, .list_len = len,
	};

	return rig_member(&rig, member, &request);
}

static bool votes_need_f_plus_one_alike(void)
{
	size_t a, b;

	begin(CTL_CONSISTENT);
	a = list_of(list_a, rig.dpid[1], 'a');
	b = list_of(list_b, rig.dpid[1], 'b');
	ASK(!vote(1, 5, list_a, a));
	ASK(!vote(1, 5, list_a, a));		/* twice is once */
	ASK(!vote(2, 5, list_b, b));
	ASK(!vote(2, 5, list_a, a));		/* its first word counts */
	ASK(rig_stats(&rig).outputs == 0);
	ASK(!vote(3, 6, list_a, a));		/* another key */
	ASK(rig_stats(&rig).outputs == 0);
	ASK(!vote(3, 5, list_b, b));
	ASK(rig_stats(&rig).outputs == 1 && rig_stats(&rig).updates == 1);
	/* Once */
	ASK(!vote(0, 5, list_b, b));
	ASK(!vote(0, 5, list_a, a));
	ASK(rig_stats(&rig).outputs == 1);
	rig_tick(&rig, 0);
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

static bool votes_of_a_flood_push_out_its_own(void)
{
	size_t a;
	uint64_t i;

	begin(CTL_CONSISTENT);		/* 8 votes for each of 4 */
	a = list_of(list_a, rig.dpid[1], 'a');
	ASK(!vote(1, 5, list_a, a));
	ASK(!vote(3, 7, list_a, a));
	for (i = 0; i < 8; i++)
		ASK(!vote(3, 1000 + i, list_a, a));
	ASK(!vote(2, 5, list_a, a));
	ASK(rig_stats(&rig).outputs == 1);
	/* Member 3 withdrew its word for 7 itself. */
	ASK(!vote(2, 7, list_a, a));
	ASK(rig_stats(&rig).outputs == 1);
	return true;
}

static bool votes_are_not_executed_again_when_forgotten(void)
{
	size_t a;
	uint64_t i;

	begin(CTL_CONSISTENT);		/* 32 executed keys */
	a = list_of(list_a, rig.dpid[1], 'a');
	for (i = 1; i <= 40; i++) {
		ASK(!vote(1, i, list_a, a));
		ASK(!vote(2, i, list_a, a));
	}
	ASK(rig_stats(&rig).outputs == 40);
	for (i = 1; i <= 40; i++) {
		ASK(!vote(0, i, list_a, a));
		ASK(!vote(3, i, list_a, a));
	}
	ASK(rig_stats(&rig).outputs == 40);
	return true;
}

static bool votes_for_a_foreign_switch_do_nothing(void)
{
	size_t a;

	begin(CTL_CONSISTENT);
	a = list_of(list_a, 0x999, 'a');
	ASK(!vote(1, 5, list_a, a));
	ASK(!vote(2, 5, list_a, a));
	ASK(rig_stats(&rig).hostile == 1 && rig_stats(&rig).updates == 0);
	return true;
}

static bool output_of_our_own_application(void)
{
	struct ctl_event event = { .kind = CTL_APP_OUTPUT, .key = 5 };
	size_t a;

	begin(CTL_CONSISTENT);
	a = list_of(list_a, rig.dpid[1], 'a');
	event.bytes = list_a;
	event.len = a - 1;
	ASK(rig_step(&rig, &event) == AGREE_EREQUEST);
	event.len = a;
	ASK(rig_step(&rig, &event) == AGREE_OK);
	ASK(rig_stats(&rig).outputs == 0);
	ASK(!vote(2, 5, list_a, a));
	ASK(rig_stats(&rig).outputs == 1);
	return true;
}

static bool request_hostile(void)
{
	static uint8_t bytes[256];
	struct agree_event event = { .kind = AGREE_REQUEST, .bytes = bytes };
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .member = 1, .phase = 1, .epoch = 1,
		.counter = 1, .dpid = 0x100,
	};
	struct agree_update update;
	size_t len;

	begin(CTL_CONSISTENT);
	len = ctl_request_encode(bytes, sizeof(bytes), RIG_DOMAIN, &request);
	event.len = len + AGREE_SIG_LEN;
	/* Another member's signature; no member; another phase; a switch's link */
	rig_sign_member(2, bytes, len, bytes + len);
	agree_step(rig.ctl->agree, &event, rig.now_ms, &update);
	ASK(update.verdict == AGREE_ESIGNATURE);
	bytes[19] = 4;
	rig_sign_member(4, bytes, len, bytes + len);
	agree_step(rig.ctl->agree, &event, rig.now_ms, &update);
	ASK(update.verdict == AGREE_ECLIENT);
	bytes[19] = 1;
	bytes[23] = 2;
	rig_sign_member(1, bytes, len, bytes + len);
	agree_step(rig.ctl->agree, &event, rig.now_ms, &update);
	ASK(update.verdict == AGREE_EDOMAIN);
	bytes[23] = 1;
	rig_sign_member(1, bytes, len, bytes + len);
	ASK(rig_switch(&rig, 0, bytes, event.len) == AGREE_EFORMAT);
	agree_step(rig.ctl->agree, &event, rig.now_ms, &update);
	ASK(update.verdict == AGREE_OK);
	return true;
}

/* Every byte of a saved state matters, and damaged ones are refused or are another state. */
static bool state_survives(void)
{
	size_t len, i, refused = 0;
	uint8_t *bytes, *copy;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_bundle(&rig, 1, path, 3));
	ASK(!rig_ack(&rig, 3, 1));
	ASK(!lost(1, 3, 0));
	ASK(!vote(1, 5, list_a, list_of(list_a, rig.dpid[1], 'a')));
	ASK(!vote(2, 5, list_a, list_of(list_a, rig.dpid[1], 'a')));
	rig_config(&twin, CTL_CONSISTENT, 4);
	rig_start(&twin);
	ASK(!rig_equal(&rig, &twin));
	rig_restart(&twin, &rig);
	ASK(rig_equal(&rig, &twin));
	/* The same updates with the same roots are there to be sent. */
	twin.now_ms = rig.now_ms;
	memcpy(twin.counter, rig.counter, sizeof(twin.counter));
	rig_tick(&twin, 1);
	ASK(!rig_ack(&twin, 3, 1));
	ASK(rig_updates(&twin, 2, NULL) == 1);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_bundle(&twin, 0, path, 3));
	ASK(rig_equal(&rig, &twin));
	bytes = rig_save(&rig, &len);
	for (i = 0; i < len; i++) {
		copy = malloc(len);
		memcpy(copy, bytes, len);
		copy[i] ^= 1;
		refused += !ctl_state_load(twin.ctl, copy, len);
		free(copy);
		copy = malloc(i ? i : 1);
		memcpy(copy, bytes, i);
		ASK(!ctl_state_load(twin.ctl, copy, i));
		free(copy);
	}
	ASK(refused > len / 4);
	ASK(ctl_state_load(twin.ctl, bytes, len));
	ASK(rig_equal(&rig, &twin));
	free(bytes);
	rig_free(&twin);
	return true;
}

static bool own_epoch_is_above_all_that_was(void)
{
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .dpid = 0x100, .epoch = 1ull << 60,
	};
	uint64_t before;

	begin(CTL_CONSISTENT);
	before = rig.ctl->own_epoch;
	ASK(before == (1000 << 16 | 3));
	/* From a life when the clock went wrong */
	ASK(!rig_member(&rig, 0, &request));
	rig_tick(&rig, 1);
	ASK(rig.ctl->own_epoch == (1ull << 60) + 1);
	return true;
}

#define CASE(fn)							\
	do {								\
		TEST(fn);						\
		rig_free(&rig);						\
	} while (0)

int main(void)
{
	CASE(overflow_drops_and_fills_again);
	CASE(overflow_leaves_others_their_share);
	CASE(lost_takes_f_plus_one_members);
	CASE(lost_keeps_the_order_of_the_others);
	CASE(lost_is_said_after_silence);
	CASE(lost_and_back);
	CASE(lost_votes_end_with_progress);
	CASE(epoch_sends_again_then_fills_again);
	CASE(epoch_ends_the_silence);
	CASE(votes_need_f_plus_one_alike);
	CASE(votes_of_a_flood_push_out_its_own);
	CASE(votes_are_not_executed_again_when_forgotten);
	CASE(votes_for_a_foreign_switch_do_nothing);
	CASE(output_of_our_own_application);
	CASE(request_hostile);
	CASE(state_survives);
	CASE(own_epoch_is_above_all_that_was);
	return test_end();
}
