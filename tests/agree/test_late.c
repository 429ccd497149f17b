// SPDX-License-Identifier: GPL-2.0
/* What is lost comes again (R14), and leaders that are slow or silent lose their place (R15). */
#include "fixture.h"
#include "test.h"

static enum vote_kind lost_kind;
static unsigned int lost_type;
static uint64_t until_ms;

static bool lose(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;
	struct vote v;
	uint32_t i;

	if (f->now_ms >= until_ms ||
	    message_decode(&p, &f->config, m->bytes, m->len))
		return true;
	if (lost_type && p.type == lost_type)
		return false;
	for (i = 0; lost_kind && p.type == AGREE_VOTES && i < p.count; i++) {
		message_vote(&p, i, &v);
		if (v.kind == lost_kind)
			return false;
	}
	return true;
}

/* All of one kind of message is lost for @ms, and nothing new comes in afterwards. */
static bool lossy(unsigned int type, enum vote_kind kind, uint64_t ms)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);

	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 100));
	lost_type = type;
	lost_kind = kind;
	until_ms = f->now_ms + ms;
	f->filter = lose;
	fixture_submit_all(f);
	fixture_submit_all(f);
	/* A lost proposal is fetched, since its leader's vote came. */
	ASK(fixture_run_until(f, 3, ms) == (type == AGREE_PROPOSE));
	ASK(fixture_run_until(f, 3, 4000));
	ASK(fixture_equal(f));
	fixture_free(f);
	return true;
}

/* concord #704: half of the members timed out and everything they said was lost. */
static bool stuck(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);

	fixture_crash(f, 0);
	lost_type = 0;
	lost_kind = VOTE_DUMMY;
	until_ms = f->now_ms + 1000;
	f->filter = lose;
	fixture_submit_all(f);
	fixture_run(f, 1000);
	ASK(fixture_stats(f, 1).dummies == 0 && fixture_stats(f, 1).timeouts == 1);
	ASK(fixture_run_until(f, 1, 300));
	fixture_free(f);
	return true;
}

/* Only one member was told: its request reaches the leader at half time. */
static bool told_one(unsigned int who)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	uint8_t bytes[128];
	size_t len = fixture_request(bytes, 1, 1, 1);
	unsigned int i;

	ASK(fixture_submit(f, who, bytes, len) == AGREE_OK);
	ASK(fixture_submit(f, who, bytes, len) == AGREE_EDUPLICATE);
	ASK(fixture_run_until(f, 1, 60));
	ASK(fixture_submit(f, who, bytes, len) == AGREE_EDECIDED);
	for (i = 0; i < 4; i++)
		ASK(fixture_stats(f, i).timeouts == 0);
	/* while others' requests go on, too */
	len = fixture_request(bytes, 1, 1, 2);
	fixture_submit(f, who, bytes, len);
	for (i = 0; i < 100 && fixture_stats(f, 0).executed < 1; i++)
		;
	for (i = 0; i < 60; i++) {
		fixture_submit_all(f);
		fixture_run(f, 2);
	}
	fixture_run(f, 10);
	ASK(fixture_submit(f, who, bytes, len) == AGREE_EDECIDED);
	fixture_free(f);
	return true;
}

static uint64_t slow_ms;

/* All that member 0 says takes long, but comes before any timer ends. */
static bool slow(struct fixture *f, struct fixture_message *m)
{
	(void)f;
	if (m->from == 0)
		m->at_ms += slow_ms;
	return true;
}

static bool slow_leader(uint64_t ms, bool deposed)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	struct agree_stats s;
	unsigned int i;

	slow_ms = ms;
	f->filter = slow;
	for (i = 0; i < 40; i++) {
		fixture_submit_all(f);
		ASK(fixture_run_until(f, i + 1, 200));
	}
	s = fixture_stats(f, 1);
	ASK((s.leader != 0) == deposed);
	ASK((s.slow_leaders > 0) == deposed);
	ASK(s.dummies == deposed);
	fixture_free(f);
	return true;
}

/* Member 0 proposes nothing of client 2. */
static bool left_out(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	uint8_t bytes[128];
	size_t len = fixture_request(bytes, 2, 1, 1);
	unsigned int i;

	for (i = 1; i < 4; i++)
		fixture_submit(f, i, bytes, len);
	/* it never sees it */
	lost_type = AGREE_RELAY;
	lost_kind = 0;
	until_ms = UINT64_MAX;
	f->filter = lose;
	for (i = 0; i < 200; i++) {
		fixture_submit_all(f);
		fixture_run(f, 5);
	}
	ASK(fixture_stats(f, 1).slow_leaders);
	ASK(fixture_stats(f, 1).leader != 0);
	ASK(fixture_submit(f, 1, bytes, len) == AGREE_EDECIDED);
	fixture_free(f);
	return true;
}

/* hotstuff #106: silent whenever it is its turn, and everybody has turns */
static bool silent_in_turn(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f;
	uint64_t start, longest = 0, waits = 0;
	unsigned int i;

	c.rotate_blocks = 4;
	f = fixture_new(&c);
	fixture_crash(f, 2);
	for (i = 0; i < 100; i++) {
		start = f->now_ms;
		fixture_submit_all(f);
		ASK(fixture_run_until(f, i + 1, 3000));
		if (f->now_ms - start > longest)
			longest = f->now_ms - start;
		waits += f->now_ms - start > 50;
	}
	/* one timeout, once: it does not lead again */
	ASK(longest <= 110);
	ASK(waits == 1);
	fixture_free(f);
	return true;
}

/* Proposals list digests: what is missing is fetched. */
static bool missing_requests(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	uint8_t bytes[128];
	size_t len;
	unsigned int i;

	fixture_run(f, 5);
	for (i = 1; i <= 10; i++) {
		len = fixture_request(bytes, 1, 1, i);
		fixture_submit(f, 0, bytes, len);
		ASK(fixture_run_until(f, i, 30));
	}
	ASK(fixture_stats(f, 1).fetches && fixture_stats(f, 1).timeouts == 0);
	fixture_free(f);
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	TEST("proposals are lost", lossy(AGREE_PROPOSE, 0, 50));
	TEST("proposals are lost for long", lossy(AGREE_PROPOSE, 0, 300));
	TEST("notarize votes are lost", lossy(0, VOTE_NOTARIZE, 80));
	TEST("finalize votes are lost", lossy(0, VOTE_FINALIZE, 80));
	TEST("finalize votes are lost for long", lossy(0, VOTE_FINALIZE, 1000));
	TEST("all votes are lost", lossy(AGREE_VOTES, 0, 500));
	TEST("concord #704: dummy votes are sent again", stuck());
	TEST("a client that told one member", told_one(1));
	TEST("a client that told the leader alone", told_one(0));
	TEST("requests are fetched", missing_requests());
	TEST("a slow leader just under the timeout", slow_leader(60, true));
	TEST("a leader that is not slow", slow_leader(4, false));
	TEST("a leader that leaves somebody out", left_out());
	TEST("hotstuff #106: silent once a rotation", silent_in_turn());
	return test_end();
}
