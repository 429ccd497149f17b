// SPDX-License-Identifier: GPL-2.0
/* Events to updates: the three procedures, waves, acknowledgements, intake. */
#include "rig.h"
#include "test.h"

#include "../../lib/bls/sha256.h"

static struct rig rig;

static void begin(enum ctl_procedure procedure)
{
	rig_config(&rig, procedure, 4);
	rig_start(&rig);
}

/* Three switches, one flow: the last of the path first (§3.5.4) */
static const struct rig_put path[3] = {
	{ 3, 1, 0, 0 }, { 2, 1, 1, 0 }, { 1, 1, 2, 0 },
};

static bool linearizable_one_in_flight(void)
{
	static const struct rig_put two[2] = { { 0, 1, 0, 0 }, { 0, 2, 0, 0 } };

	begin(CTL_LINEARIZABLE);
	ASK(!rig_bundle(&rig, 0, two, 2));
	ASK(rig.sent_nr == 2 && rig_updates(&rig, 0, NULL) == 1);
	ASK(!rig_bundle(&rig, 1, path, 3));
	ASK(rig_updates(&rig, 3, NULL) == 0);
	ASK(!rig_ack(&rig, 0, 1));
	ASK(rig_updates(&rig, 0, NULL) == 1 && rig_updates(&rig, 3, NULL) == 0);
	ASK(!rig_ack(&rig, 0, 2));
	ASK(rig_updates(&rig, 3, NULL) == 1 && rig_updates(&rig, 2, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 2, NULL) == 1 && rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 2, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	ASK(rig_stats(&rig).waves == 5);
	return true;
}

static bool consistent_follows_the_path(void)
{
	static const struct rig_put plain[3] = {
		{ 3, 1, 0, 0 }, { 2, 2, 0, 0 }, { 1, 3, 0, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(rig_updates(&rig, 3, NULL) == 1 && rig_updates(&rig, 2, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 2, NULL) == 1 && rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 2, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	/* The control: nothing in common, nothing waits. */
	rig_free(&rig);
	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, plain, 3));
	ASK(rig_updates(&rig, 3, NULL) == 1 && rig_updates(&rig, 2, NULL) == 1 &&
	    rig_updates(&rig, 1, NULL) == 1);
	ASK(rig_stats(&rig).waves == 1);
	return true;
}

static bool consistent_after_links_without_flow(void)
{
	static const struct rig_put put[3] = {
		{ 3, 1, 0, 0 }, { 2, 2, 0, 0 }, { 1, 3, 3, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 3));
	ASK(rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 1, NULL) == 0);
	ASK(!rig_ack(&rig, 2, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

static bool consistent_flow_over_events(void)
{
	static const struct rig_put first = { 3, 9, 0, 0 };
	static const struct rig_put second = { 2, 9, 0, 0 };
	static const struct rig_put other = { 2, 8, 0, 0 };

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, &first, 1));
	ASK(rig_updates(&rig, 3, NULL) == 1);
	ASK(!rig_bundle(&rig, 0, &second, 1));
	ASK(rig_updates(&rig, 2, NULL) == 0);
	/* Behind the one that waits, at the same switch */
	ASK(!rig_bundle(&rig, 0, &other, 1));
	ASK(rig_updates(&rig, 2, NULL) == 0);
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_updates(&rig, 2, NULL) == 2);
	return true;
}

static bool consistent_switch_order_is_in_the_envelope(void)
{
	static const struct rig_put put[2] = { { 1, 1, 0, 0 }, { 1, 2, 0, 0 } };
	const struct rig_sent *s;
	struct update_dep dep;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 2));
	ASK(rig_updates(&rig, 1, &s) == 2);
	ASK(s[0].body.sequence == 1 && s[0].body.dep_nr == 0);
	ASK(s[1].body.sequence == 2 && s[1].body.dep_nr == 1);
	dep = update_body_dep(&s[1].body, 0);
	ASK(dep.dpid == rig.dpid[1] && dep.sequence == 1);
	return true;
}

static bool no_ack_waits_for_nothing(void)
{
	const struct rig_sent *s;

	begin(CTL_NO_ACK);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(rig_updates(&rig, 3, &s) == 1 && rig_updates(&rig, 1, NULL) == 1);
	ASK(s->body.sequence == 2 && s->body.dep_nr == 0);
	return true;
}

/* Two events in one block, whose second updates wait for different switches */
static bool waves_of_a_silent_switch_hold_up_no_other(void)
{
	static const struct rig_put a[2] = { { 0, 1, 0, 0 }, { 2, 1, 0, 0 } };
	static const struct rig_put b[2] = { { 1, 2, 0, 0 }, { 3, 2, 0, 0 } };

	begin(CTL_CONSISTENT);
	stub_at_once(rig.ctl->agree, false);
	ASK(!rig_bundle(&rig, 0, a, 2));
	ASK(!rig_bundle(&rig, 1, b, 2));
	rig_tick(&rig, 1);
	ASK(rig_updates(&rig, 0, NULL) == 1 && rig_updates(&rig, 1, NULL) == 1);
	/* One signature for the first of both */
	ASK(rig_stats(&rig).waves == 1);
	/* Switch 1 says nothing, ever. */
	ASK(!rig_ack(&rig, 0, 1));
	ASK(rig_updates(&rig, 2, NULL) == 1 && rig_updates(&rig, 3, NULL) == 0);
	return true;
}

static bool waves_are_shared_by_those_who_wait_alike(void)
{
	struct rig_put put[8];
	unsigned int i;

	begin(CTL_CONSISTENT);
	for (i = 0; i < 8; i++)
		put[i] = (struct rig_put){ i & 1 ? 2 : 0, (uint8_t)(i / 2), 0, 0 };
	ASK(!rig_bundle(&rig, 0, put, 8));
	ASK(rig_updates(&rig, 0, NULL) == 4 && rig_stats(&rig).waves == 1);
	for (i = 1; i <= 4; i++)
		ASK(!rig_ack(&rig, 0, i));
	ASK(rig_updates(&rig, 2, NULL) == 4 && rig_stats(&rig).waves == 2);
	return true;
}

/* C4: the second and the last wait for the same switch, and are not one wave:
 * what the last waits for waits for the second.
 */
static bool waves_wait_for_lower_levels_only(void)
{
	static const struct rig_put put[4] = {
		{ 0, 1, 0, 0 }, { 1, 2, 1, 0 }, { 0, 3, 2, 0 }, { 2, 4, 4, 0 },
	};

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 3, put, 4));
	ASK(rig_updates(&rig, 0, NULL) == 1);
	ASK(!rig_ack(&rig, 0, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	ASK(!rig_ack(&rig, 1, 1));
	ASK(rig_updates(&rig, 0, NULL) == 1);
	ASK(!rig_ack(&rig, 0, 2));
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

/* A block may take several steps: its trees are not complete until it ends. */
static bool waves_leave_when_their_block_ends(void)
{
	static uint8_t bytes[4096];
	struct agree_decided decided = {
		.height = 1, .id = { 0, 1, 1 }, .request = bytes,
	};

	begin(CTL_NO_ACK);
	decided.len = rig_bundle_bytes(&rig, 0, path, 3, bytes, sizeof(bytes));
	rig.ctl->update = &rig.update;
	ctl_execute(rig.ctl, &decided);
	ctl_touch(rig.ctl, &rig.ctl->sw[3]);
	rig_tick(&rig, 0);
	ASK(rig_updates(&rig, 3, NULL) == 0);
	decided.id.counter = 2;
	decided.index = 1;
	decided.len = rig_bundle_bytes(&rig, 0, path, 3, bytes, sizeof(bytes));
	rig.ctl->update = &rig.update;
	ctl_execute(rig.ctl, &decided);
	ctl_block_end(rig.ctl, 1, 0);
	rig_tick(&rig, 0);
	ASK(rig_updates(&rig, 3, NULL) == 2 && rig_stats(&rig).waves == 1);
	return true;
}

/* Each count of leaves has its own shape of tree; rig.c verifies all that is sent. */
static bool waves_of_every_size(void)
{
	struct rig_put put[APP_UPDATES_MAX];
	unsigned int n, i;

	for (n = 1; n <= APP_UPDATES_MAX; n++) {
		begin(CTL_NO_ACK);
		for (i = 0; i < n; i++)
			put[i] = (struct rig_put){ i % 4, 0, 0, 0 };
		ASK(!rig_bundle(&rig, 0, put, n));
		ASK(rig_stats(&rig).sent == n && rig_stats(&rig).waves == 1);
		for (i = 0; i < rig.sent_nr; i++)
			if (rig.sent[i].m.type == CTL_UPDATE)
				ASK(rig.sent[i].sealed.leaves == n);
		rig_free(&rig);
	}
	begin(CTL_NO_ACK);
	return true;
}

static bool waves_end_at_their_maximum(void)
{
	struct rig_put put[APP_UPDATES_MAX];
	unsigned int i;

	begin(CTL_NO_ACK);
	stub_at_once(rig.ctl->agree, false);
	for (i = 0; i < APP_UPDATES_MAX; i++)
		put[i] = (struct rig_put){ i % 4, 0, 0, 0 };
	for (i = 0; i < 5; i++)
		ASK(!rig_bundle(&rig, 0, put, APP_UPDATES_MAX));
	rig_tick(&rig, 1);
	rig_settle(&rig);
	ASK(rig_stats(&rig).sent == 5 * APP_UPDATES_MAX);
	ASK(rig_stats(&rig).waves == 2);
	return true;
}

static bool ack_of_another_body_releases_nothing(void)
{
	uint8_t bytes[CTL_ACK_LEN + AGREE_SIG_LEN];
	size_t len;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	len = rig_ack_bytes(&rig, 3, 1, CTL_APPLIED, bytes, sizeof(bytes));
	bytes[56] ^= 1;
	/* Nobody signed that. */
	ASK(rig_switch(&rig, 3, bytes, len) == AGREE_ESIGNATURE);
	ASK(rig_stats(&rig).divergent == 0);
	rig_sign_switch(3, bytes, CTL_ACK_LEN, bytes + CTL_ACK_LEN);
	ASK(rig_switch(&rig, 3, bytes, len) == AGREE_ECONFLICT);
	ASK(rig_stats(&rig).divergent == 1 && rig_updates(&rig, 2, NULL) == 0);
	bytes[56] ^= 1;
	rig_sign_switch(3, bytes, CTL_ACK_LEN, bytes + CTL_ACK_LEN);
	ASK(rig_switch(&rig, 3, bytes, len) == AGREE_OK);
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

/* One thing of an acknowledgement is changed; its signer signs the rest. */
static enum agree_err ack_with(unsigned int at, uint8_t flip, uint32_t signer,
			       uint32_t link)
{
	uint8_t bytes[CTL_ACK_LEN + AGREE_SIG_LEN];

	rig_ack_bytes(&rig, 3, 1, CTL_APPLIED, bytes, sizeof(bytes));
	bytes[at] ^= flip;
	rig_sign_switch(signer, bytes, CTL_ACK_LEN, bytes + CTL_ACK_LEN);
	return rig_switch(&rig, link, bytes, sizeof(bytes));
}

static bool ack_hostile(void)
{
	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 3, path, 3));
	ASK(ack_with(0, 0, 3, 2) == AGREE_ECLIENT);	/* over another's link */
	ASK(ack_with(0, 0, 2, 3) == AGREE_ESIGNATURE);
	ASK(ack_with(8, 1, 3, 3) == AGREE_EDOMAIN);
	ASK(ack_with(43, 2, 3, 3) == AGREE_EDOMAIN);	/* phase */
	ASK(ack_with(23, 1, 3, 3) == AGREE_ECLIENT);	/* dpid */
	ASK(ack_with(31, 2, 3, 3) == AGREE_EFAR);	/* a later epoch */
	ASK(rig_messages(&rig, 3, CTL_ACK_SEEN) == 0);
	ASK(ack_with(31, 1, 3, 3) == AGREE_ESTALE);	/* epoch 0 */
	ASK(rig_messages(&rig, 3, CTL_ACK_SEEN) == 1);
	ASK(ack_with(39, 3, 3, 3) == AGREE_EFAR);	/* number 2 */
	ASK(ack_with(47, 2, 3, 3) == AGREE_EFORMAT);	/* a row from before 1 on */
	ASK(ack_with(48, 2, 3, 3) == AGREE_EFORMAT);	/* status */
	ASK(rig_updates(&rig, 2, NULL) == 0 && rig_stats(&rig).acked == 0);
	ASK(ack_with(0, 0, 3, 3) == AGREE_OK);
	ASK(rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static bool ack_again_is_seen_without_a_look_at_it(void)
{
	unsigned int verified;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_ack(&rig, 3, 1));
	ASK(rig_messages(&rig, 3, CTL_ACK_SEEN) == 1);
	verified = rig.verified;
	ASK(rig_ack(&rig, 3, 1) == AGREE_ESTALE);
	ASK(rig_messages(&rig, 3, CTL_ACK_SEEN) == 1);
	ASK(rig.verified == verified && rig_stats(&rig).acked == 1);
	return true;
}

static bool ack_refused_releases_too(void)
{
	uint8_t bytes[CTL_ACK_LEN + AGREE_SIG_LEN];
	size_t len;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	len = rig_ack_bytes(&rig, 3, 1, CTL_REFUSED, bytes, sizeof(bytes));
	ASK(!rig_switch(&rig, 3, bytes, len));
	ASK(rig_stats(&rig).refused == 1 && rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static bool ack_of_a_row(void)
{
	static const struct rig_put put[4] = {
		{ 1, 1, 0, 0 }, { 1, 2, 0, 0 }, { 1, 3, 0, 0 }, { 2, 3, 0, 0 },
	};
	uint8_t bytes[CTL_ACK_LEN + AGREE_SIG_LEN];
	struct ctl_ack ack = {
		.epoch = 1, .phase = 1, .sequence = 3, .count = 2,
		.status = CTL_APPLIED,
	};
	struct bls_sha256 h;
	uint64_t i;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, put, 4));
	ack.dpid = rig.dpid[1];
	bls_sha256_init(&h);
	for (i = 2; i <= 3; i++)
		bls_sha256_update(&h, ctl_job_of(rig.ctl, &rig.ctl->sw[1],
						 i)->digest, 32);
	bls_sha256_final(&h, ack.body);
	ack.body[0] ^= 1;
	ASK(ctl_ack_encode(bytes, sizeof(bytes), RIG_DOMAIN, &ack));
	rig_sign_switch(1, bytes, CTL_ACK_LEN, bytes + CTL_ACK_LEN);
	ASK(rig_switch(&rig, 1, bytes, sizeof(bytes)) == AGREE_ECONFLICT);
	ack.body[0] ^= 1;
	ASK(ctl_ack_encode(bytes, sizeof(bytes), RIG_DOMAIN, &ack));
	rig_sign_switch(1, bytes, CTL_ACK_LEN, bytes + CTL_ACK_LEN);
	ASK(rig_switch(&rig, 1, bytes, sizeof(bytes)) == AGREE_OK);
	/* The first is done too: the envelopes say so. */
	ASK(rig_stats(&rig).acked == 3 && rig_updates(&rig, 2, NULL) == 1);
	return true;
}

static bool no_ack_acknowledges_each_by_itself(void)
{
	static const struct rig_put put[2] = { { 1, 1, 0, 0 }, { 1, 2, 0, 0 } };

	begin(CTL_NO_ACK);
	ASK(!rig_bundle(&rig, 0, put, 2));
	ASK(!rig_ack(&rig, 1, 2));
	ASK(rig_stats(&rig).acked == 1);
	rig_tick(&rig, 100);
	ASK(rig_updates(&rig, 1, NULL) == 1);
	return true;
}

static bool bundle_is_answered_once_executed(void)
{
	static uint8_t bytes[4096];
	size_t len;

	begin(CTL_CONSISTENT);
	len = rig_bundle_bytes(&rig, 0, path, 3, bytes, sizeof(bytes));
	ASK(!rig_switch(&rig, 0, bytes, len));
	ASK(rig_messages(&rig, 0, CTL_BUNDLE_DONE) == 1);
	ASK(rig.sent[0].m.epoch == 1 && rig.sent[0].m.counter == 1 &&
	    rig.sent[0].m.start == 1);
	ASK(rig_switch(&rig, 0, bytes, len) == AGREE_EDECIDED);
	ASK(rig_messages(&rig, 0, CTL_BUNDLE_DONE) == 1);
	ASK(rig_stats(&rig).updates == 3);
	return true;
}

static enum agree_err bundle_with(unsigned int at, uint8_t flip,
				  uint32_t signer, uint32_t link)
{
	static uint8_t bytes[4096];
	size_t len = rig_bundle_bytes(&rig, 0, path, 3, bytes, sizeof(bytes));

	bytes[at] ^= flip;
	len -= AGREE_SIG_LEN;
	rig_sign_switch(signer, bytes, len, bytes + len);
	return rig_switch(&rig, link, bytes, len + AGREE_SIG_LEN);
}

static bool bundle_hostile(void)
{
	begin(CTL_CONSISTENT);
	ASK(bundle_with(0, 0, 0, 1) == AGREE_ECLIENT);
	ASK(bundle_with(0, 0, 1, 0) == AGREE_ESIGNATURE);
	ASK(bundle_with(8, 1, 0, 0) == AGREE_EDOMAIN);
	ASK(bundle_with(51, 2, 0, 0) == AGREE_EDOMAIN);	/* phase */
	ASK(bundle_with(23, 1, 0, 0) == AGREE_ECLIENT);	/* another's dpid */
	ASK(bundle_with(55, 3, 0, 0) == AGREE_EFORMAT);	/* count */
	ASK(bundle_with(56, 2, 0, 0) == AGREE_EFORMAT);	/* SWITCH_UP */
	ASK(bundle_with(5, 7, 0, 0) == AGREE_EFORMAT);	/* OUTPUT's type */
	ASK(rig_switch(&rig, 0, NULL, 0) == AGREE_EFORMAT);
	ASK(rig_stats(&rig).events == 0);
	ASK(bundle_with(0, 0, 0, 0) == AGREE_OK);
	ASK(rig_stats(&rig).updates == 3);
	return true;
}

static bool floor_of_what_was_not_given_out(void)
{
	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_floor(&rig, 3, 2));
	ASK(rig_stats(&rig).hostile == 1 && rig_stats(&rig).retired == 0);
	ASK(rig_stats(&rig).outstanding == 3);
	ASK(!rig_floor(&rig, 3, 1));
	ASK(rig_stats(&rig).retired == 1 && rig_stats(&rig).outstanding == 2);
	/* It also is an acknowledgement. */
	ASK(rig_updates(&rig, 2, NULL) == 1);
	/* And never goes back */
	ASK(!rig_floor(&rig, 3, 0));
	ASK(rig_stats(&rig).outstanding == 2 && rig_stats(&rig).hostile == 1);
	return true;
}

static bool floor_within_its_own_block(void)
{
	begin(CTL_CONSISTENT);
	stub_at_once(rig.ctl->agree, false);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(!rig_floor(&rig, 3, 1));
	rig_tick(&rig, 1);
	ASK(rig_stats(&rig).hostile == 1 && rig_stats(&rig).outstanding == 3);
	return true;
}

static bool intake_waits_but_not_for_floors(void)
{
	static const struct rig_put put[32] = { { 1, 1, 0, 0 } };
	struct rig_put many[32];
	unsigned int i;

	begin(CTL_CONSISTENT);
	for (i = 0; i < 32; i++)
		many[i] = (struct rig_put){ 1, 1, 0, 0 };
	for (i = 0; i < 3; i++)
		ASK(rig_bundle(&rig, 1, many, 32) == AGREE_OK);
	/* 96 of 128 outstanding at switch 1: too many for more events of its own */
	ASK(rig_bundle(&rig, 1, put, 1) == AGREE_EFULL);
	ASK(rig_bundle(&rig, 2, put, 1) == AGREE_OK);
	rig.counter[1]--;
	ASK(rig_floor(&rig, 1, 0) == AGREE_OK);
	/* An event with good news is welcome. */
	rig.floor[1] = 40;
	ASK(rig_bundle(&rig, 1, put, 1) == AGREE_OK);
	ASK(rig_stats(&rig).overflows == 0);
	return true;
}

static bool retransmission_doubles(void)
{
	static const struct rig_put put = { 1, 1, 0, 0 };
	uint64_t wait;
	unsigned int i;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, &put, 1));
	ASK(rig_updates(&rig, 1, NULL) == 1);
	for (i = 0, wait = 100; i < 8; i++) {
		ASK(rig.update.agree.wake_ms == rig.now_ms + wait);
		rig_tick(&rig, wait - 1);
		ASK(rig_updates(&rig, 1, NULL) == 0);
		rig_tick(&rig, 1);
		ASK(rig_updates(&rig, 1, NULL) == 1);
		wait = wait == 1600 ? 1600 : 2 * wait;
	}
	ASK(rig_stats(&rig).waves == 1 && rig_stats(&rig).resent == 8);
	ASK(!rig_ack(&rig, 1, 1));
	rig_tick(&rig, 10000);
	ASK(rig_updates(&rig, 1, NULL) == 0);
	return true;
}

static bool link_brings_all_again(void)
{
	static const struct rig_put put[2] = { { 1, 1, 0, 0 }, { 1, 2, 0, 0 } };

	begin(CTL_CONSISTENT);
	rig_link(&rig, 1, false);
	ASK(!rig_bundle(&rig, 0, put, 2));
	ASK(rig_updates(&rig, 1, NULL) == 0);
	rig_tick(&rig, 1000);
	ASK(rig_updates(&rig, 1, NULL) == 0);
	rig_link(&rig, 1, true);
	ASK(rig_updates(&rig, 1, NULL) == 2);
	rig_link(&rig, 1, false);
	rig_link(&rig, 1, true);
	ASK(rig_updates(&rig, 1, NULL) == 2 && rig_stats(&rig).resent == 2);
	ASK(rig_stats(&rig).waves == 1);
	return true;
}

static bool step_is_bounded(void)
{
	struct rig_put put[APP_UPDATES_MAX];
	unsigned int i, most = 0;

	begin(CTL_CONSISTENT);
	stub_at_once(rig.ctl->agree, false);
	/* Each flow's second update waits; and 20 waves become ready at once. */
	for (i = 0; i < 20; i++) {
		put[0] = (struct rig_put){ 0, (uint8_t)i, 0, 0 };
		put[1] = (struct rig_put){ 1, (uint8_t)i, 0, 0 };
		ASK(!rig_bundle(&rig, 0, put, 2));
		rig_link(&rig, 0, false);
		rig_link(&rig, 1, false);
		rig_tick(&rig, 1);
	}
	rig_link(&rig, 0, true);
	ASK(rig_stats(&rig).waves == CTL_SIGNS_MAX);
	ASK(rig.update.agree.wake_ms == rig.now_ms);
	for (i = 0; rig.update.agree.wake_ms == rig.now_ms; i++) {
		ASK(i < 10);
		rig_tick(&rig, 0);
		if (most < rig.sent_nr)
			most = rig.sent_nr;
	}
	ASK(rig_stats(&rig).waves == 20 && most <= CTL_SIGNS_MAX);
	return true;
}

/* Agreement must never think that more is durable than is. */
static bool durable_steps_are_counted_as_agreement_does(void)
{
	unsigned int i;

	begin(CTL_CONSISTENT);
	ASK(!rig_bundle(&rig, 0, path, 3));
	ASK(stub_unsynced(rig.ctl->agree) == 2);	/* START, and this one */
	for (i = 0; i < 10; i++)
		rig_link(&rig, 1, true);
	rig.synced = 5;		/* START, four links up at the start */
	rig_tick(&rig, 1);
	ASK(stub_unsynced(rig.ctl->agree) == 3);
	rig.synced = rig.steps;
	rig_tick(&rig, 1);
	ASK(stub_unsynced(rig.ctl->agree) == 1);
	return true;
}

static bool config_is_checked(void)
{
	const char *why;

	rig_config(&rig, CTL_CONSISTENT, 4);
	ASK(!ctl_config_check(&rig.config, &why));
	rig.config.outstanding_max = 64;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG && why);
	rig.config.outstanding_max = 8192;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	rig.config.outstanding_max = 128;
	rig.config.alg = ALG_BLS;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	rig.config.scheme = SCHEME_THRESHOLD;
	ASK(!ctl_config_check(&rig.config, &why));
	rig.config.signer = 0;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	rig.config.signer = 4;
	rig.sw[1].dpid = rig.sw[0].dpid;
	rig.dpid[1] = rig.dpid[0];
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	rig_config(&rig, CTL_CONSISTENT, 4);
	rig.config.outstanding_bytes = 1 << 15;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	rig_config(&rig, CTL_CONSISTENT, 4);
	rig.config.agree.snapshot_max = 1 << 19;
	ASK(ctl_config_check(&rig.config, &why) == AGREE_ECONFIG);
	begin(CTL_CONSISTENT);
	return true;
}

#define CASE(fn)							\
	do {								\
		TEST(fn);						\
		rig_free(&rig);						\
	} while (0)

int main(void)
{
	CASE(linearizable_one_in_flight);
	CASE(consistent_follows_the_path);
	CASE(consistent_after_links_without_flow);
	CASE(consistent_flow_over_events);
	CASE(consistent_switch_order_is_in_the_envelope);
	CASE(no_ack_waits_for_nothing);
	CASE(waves_of_a_silent_switch_hold_up_no_other);
	CASE(waves_are_shared_by_those_who_wait_alike);
	CASE(waves_wait_for_lower_levels_only);
	CASE(waves_leave_when_their_block_ends);
	CASE(waves_of_every_size);
	CASE(waves_end_at_their_maximum);
	CASE(ack_of_another_body_releases_nothing);
	CASE(ack_hostile);
	CASE(ack_again_is_seen_without_a_look_at_it);
	CASE(ack_refused_releases_too);
	CASE(ack_of_a_row);
	CASE(no_ack_acknowledges_each_by_itself);
	CASE(bundle_is_answered_once_executed);
	CASE(bundle_hostile);
	CASE(floor_of_what_was_not_given_out);
	CASE(floor_within_its_own_block);
	CASE(intake_waits_but_not_for_floors);
	CASE(retransmission_doubles);
	CASE(link_brings_all_again);
	CASE(step_is_bounded);
	CASE(durable_steps_are_counted_as_agreement_does);
	CASE(config_is_checked);
	return test_end();
}
