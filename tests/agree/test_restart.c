// SPDX-License-Identifier: GPL-2.0
/*
 * Restarts (R10, R11): at every update of a scenario, with and without its
 * batch; of all members at once; with damaged journals and odd snapshots.
 */
#include "fixture.h"
#include "journal.h"
#include "test.h"

enum { REQUESTS = 12 };

static unsigned int victim;
static uint64_t fatal_update;	/* of the victim, counted from its first start */
static uint64_t updates;
static bool fatal_synced;

static bool survives(struct fixture *f, struct fixture_node *node,
		     bool *synced)
{
	(void)f;
	if (node->self != victim || ++updates != fatal_update)
		return true;
	*synced = fatal_synced;
	return false;
}

/* Height 3 gets its proposal to one member only; finalize votes at 5 are lost. */
static bool holes(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;
	struct vote v;

	if (message_decode(&p, &f->config, m->bytes, m->len))
		return false;
	if (p.type == AGREE_PROPOSE && p.block.height == 3)
		return m->to == 2;
	if (p.type == AGREE_BLOCK && p.block.height == 3)
		return false;
	if (p.type == AGREE_VOTES) {
		message_vote(&p, 0, &v);
		return v.kind != VOTE_FINALIZE || v.height != 5;
	}
	return true;
}

static bool scenario(unsigned int who, uint64_t update, bool synced,
		     uint64_t *total)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f;
	unsigned int i;

	c.checkpoint_blocks = 4;
	c.segment_max = 4096;
	victim = who;
	fatal_update = update;
	fatal_synced = synced;
	updates = 0;
	f = fixture_new(&c);
	f->survives = survives;
	f->filter = holes;
	for (i = 0; i < REQUESTS; i++) {
		fixture_submit_all(f);
		fixture_run(f, 150);
		if (!f->node[who].up)
			fixture_boot(f, who);
	}
	ASK(fixture_run_until(f, REQUESTS, 5000));
	fixture_run(f, 1000);
	ASK(fixture_equal(f));
	for (i = 0; i < 4; i++) {
		ASK(!fixture_stats(f, i).equivocations);
		ASK(!fixture_stats(f, i).recovering);
		ASK(fixture_stats(f, i).checkpoint >= 8);
	}
	*total = updates;
	fixture_free(f);
	return true;
}

static bool every_update(unsigned int who)
{
	uint64_t k, total, unused;

	ASK(scenario(who, 0, false, &total));
	ASK(total > 50);
	for (k = 1; k <= total; k++) {
		ASK(scenario(who, k, false, &unused));
		ASK(scenario(who, k, true, &unused));
	}
	return true;
}

static bool drop_all(struct fixture *f, struct fixture_message *m)
{
	(void)f;
	(void)m;
	return false;
}

/* commonware #4275: all journaled a dummy vote, none was received, all crash. */
static bool dummy_vote_replayed(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i;

	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 100));
	fixture_crash(f, 0);	/* the leader, for good */
	f->filter = drop_all;
	fixture_submit_all(f);
	fixture_run(f, 140);
	for (i = 1; i < 4; i++) {
		ASK(fixture_stats(f, i).timeouts == 1);
		ASK(fixture_stats(f, i).dummies == 0);
		fixture_crash(f, i);
	}
	f->filter = NULL;
	for (i = 1; i < 4; i++)
		fixture_boot(f, i);
	/* Their own votes of before make the certificate: no new timeout is needed. */
	fixture_run(f, 5);
	for (i = 1; i < 4; i++)
		ASK(fixture_stats(f, i).dummies == 1);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 2, 500));
	fixture_free(f);
	return true;
}

static struct fixture *grown(uint32_t checkpoint_blocks, unsigned int requests)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f;
	unsigned int i;

	c.checkpoint_blocks = checkpoint_blocks;
	c.segment_max = 16384;
	f = fixture_new(&c);
	for (i = 0; i < requests; i++) {
		fixture_submit_all(f);
		fixture_run(f, 10);
	}
	return f;
}

/* #3727: the application behind the journal (no snapshot), or ahead of it (a later snapshot) */
static bool application_behind_or_ahead(void)
{
	struct fixture *f = grown(1000, 20), *g = grown(10, 30);
	struct fixture_node *node = &f->node[2];

	ASK(node->executed == 20 && !node->snapshot);
	fixture_crash(f, 2);
	fixture_boot(f, 2);
	ASK(node->executed >= 19);	/* the last is decided again */
	/* the same history, ten blocks on, as a snapshot alone */
	fixture_crash(f, 2);
	ASK(g->node[2].snapshot);
	node->snapshot = test_copy(g->node[2].snapshot,
				   g->node[2].snapshot_len);
	node->snapshot_len = g->node[2].snapshot_len;
	memcpy(f->order, g->order, sizeof(f->order));
	f->order_nr = g->order_nr;
	fixture_boot(f, 2);
	ASK(node->executed == 30 && !memcmp(node->state, g->node[2].state, 32));
	ASK(fixture_stats(f, 2).decided == 30);
	ASK(!fixture_stats(f, 2).recovering);
	fixture_free(f);
	fixture_free(g);
	return true;
}

/* Where batch @k of a segment begins */
static size_t batch_at(const struct fixture_segment *s, unsigned int k)
{
	struct journal_reader r;
	struct journal_batch b;
	size_t at = 0;
	bool torn;

	journal_reader_segment(&r, s->number, true, s->bytes, s->len);
	while (k--) {
		journal_read(&r, &b, &torn);
		at = r.at;
	}
	return at;
}

/* The third batch that has a block */
static unsigned int block_batch(const struct fixture_segment *s)
{
	struct journal_reader r;
	struct journal_batch b;
	enum journal_type type;
	unsigned int k, blocks = 0;
	const uint8_t *in;
	size_t at, len;
	bool torn;

	journal_reader_segment(&r, s->number, true, s->bytes, s->len);
	for (k = 0;; k++) {
		journal_read(&r, &b, &torn);
		if (b.state != JOURNAL_GOOD)
			abort();
		for (at = 0; journal_next(&b, &at, &type, &in, &len);)
			blocks += type == JOURNAL_BLOCK;
		if (blocks == 3)
			return k;
	}
}

static bool damaged(bool head, bool tail, bool body, bool repairs,
		    bool recovers)
{
	struct fixture *f = grown(1000, 20);
	struct fixture_segment *s = &f->node[1].segment[0];
	unsigned int k = block_batch(s);
	size_t at = batch_at(s, k), next = batch_at(s, k + 1);
	unsigned int i;

	ASK(f->node[1].executed == 20);
	fixture_crash(f, 1);
	if (head)
		s->bytes[at + 100] ^= 1;
	if (body)
		s->bytes[at + 600] ^= 1;
	if (tail)
		s->bytes[next - 100] ^= 1;
	f->filter = drop_all;
	fixture_boot(f, 1);
	ASK(fixture_stats(f, 1).recovering == recovers);
	/* Behind lost votes nothing is believed: then nobody knows what is missing. */
	ASK(fixture_stats(f, 1).repairing == (repairs && !recovers));
	/* nothing past the gap */
	ASK((f->node[1].executed < 19) == repairs);
	f->filter = NULL;
	fixture_run(f, 3000);
	ASK(!fixture_stats(f, 1).recovering && !fixture_stats(f, 1).repairing);
	ASK(fixture_equal(f));
	/* and once more, with what it wrote since */
	for (i = 0; i < 10; i++) {
		fixture_submit_all(f);
		fixture_run(f, 200);
	}
	fixture_crash(f, 1);
	fixture_boot(f, 1);
	ASK(!fixture_stats(f, 1).recovering);
	fixture_run(f, 3000);
	ASK(f->node[1].executed == 30 && fixture_equal(f));
	fixture_free(f);
	return true;
}

/* The last batch, torn at every sector */
static bool torn_end(void)
{
	struct fixture *f = grown(1000, 3);
	struct fixture_segment *s = &f->node[1].segment[0];
	size_t len = s->len;
	unsigned int batches = 0, cuts = 0, i;
	uint8_t *whole = test_copy(s->bytes, len);
	size_t at, last = 0;

	while (batch_at(s, batches) < len)
		last = batch_at(s, batches++);
	for (at = last; at < len; at += 512) {
		fixture_crash(f, 1);
		for (i = 1; i < f->node[1].segment_nr; i++)
			free(f->node[1].segment[i].bytes);
		f->node[1].segment_nr = 1;
		free(s->bytes);
		s->bytes = test_copy(whole, len);
		s->len = at;
		fixture_boot(f, 1);
		ASK(!fixture_stats(f, 1).recovering);
		fixture_run(f, 2000);
		ASK(fixture_equal(f));
		cuts++;
	}
	ASK(cuts >= 2);
	free(whole);
	fixture_free(f);
	return true;
}

/* Power fails everywhere, when not all have decided the last block. */
static bool all_restart(void)
{
	struct fixture *f = grown(1000, 10);
	unsigned int i;

	fixture_crash(f, 3);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 11, 500));
	fixture_run(f, 20);
	for (i = 0; i < 3; i++)
		fixture_crash(f, i);
	for (i = 0; i < 4; i++)
		fixture_boot(f, i);
	/* nothing new comes in: what they decided must reach the fourth all the same */
	ASK(fixture_run_until(f, 11, 5000));
	ASK(fixture_equal(f));
	fixture_free(f);
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	TEST("a crash at every update of the leader", every_update(0));
	TEST("a crash at every update of another member", every_update(1));
	TEST("commonware #4275: journaled dummy votes count again",
	     dummy_vote_replayed());
	TEST("#3727: application behind or ahead of the journal",
	     application_behind_or_ahead());
	TEST("damage: one head of two", damaged(true, false, false, false, false));
	TEST("damage: a body is fetched from peers",
	     damaged(false, false, true, true, false));
	TEST("damage: both heads, votes are lost",
	     damaged(true, true, false, true, true));
	TEST("a torn end, at every sector", torn_end());
	TEST("all restart, one behind", all_restart());
	return test_end();
}
