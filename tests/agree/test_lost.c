// SPDX-License-Identifier: GPL-2.0
/* Members that lost their disk (R12), or are so far behind that they need a state (R17). */
#include "fixture.h"
#include "test.h"

static void grow(struct fixture *f, unsigned int requests)
{
	while (requests--) {
		fixture_submit_all(f);
		fixture_run(f, 10);
	}
}

static struct agree_config small(enum agree_mode mode, unsigned int n)
{
	struct agree_config c = fixture_config(mode, n);

	c.checkpoint_blocks = 8;
	c.history = 16;
	c.segment_max = 8192;
	return c;
}

static bool drop_all(struct fixture *f, struct fixture_message *m)
{
	(void)f;
	(void)m;
	return false;
}

/* Votes for nothing until the others said how far it was, and above that only. */
static bool amnesia(enum agree_mode mode, unsigned int n, unsigned int blocks)
{
	struct agree_config c = small(mode, n);
	struct fixture *f = fixture_new(&c);

	grow(f, blocks);
	fixture_wipe(f, 1);
	f->filter = drop_all;
	fixture_boot(f, 1);
	fixture_run(f, 5000);
	/* control: alone it stays silent */
	ASK(fixture_stats(f, 1).recovering);
	f->filter = NULL;
	fixture_run(f, 3000);
	ASK(!fixture_stats(f, 1).recovering);
	ASK(fixture_equal(f));
	/* it is needed now: one of the others is gone */
	fixture_crash(f, 0);
	fixture_submit_all(f);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, blocks + 2, 10000));
	/* its next start remembers that this is over */
	fixture_crash(f, 1);
	fixture_boot(f, 1);
	ASK(!fixture_stats(f, 1).recovering);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, blocks + 3, 10000));
	ASK(fixture_equal(f));
	fixture_free(f);
	return true;
}

/* With f = 0 others there is nobody to ask: a lost disk of one alone is lost. */
static bool alone(void)
{
	struct agree_config c = small(AGREE_CENTRALIZED, 1);
	struct fixture *f = fixture_new(&c);

	grow(f, 5);
	fixture_wipe(f, 0);
	fixture_boot(f, 0);
	fixture_run(f, 10000);
	ASK(fixture_stats(f, 0).recovering);
	fixture_free(f);
	return true;
}

static unsigned int liar;

/* The liar says that it is far ahead. */
static bool boast(struct fixture *f, struct fixture_message *m)
{
	struct message_writer w = {
		.out = m->bytes, .room = m->len, .used = AGREE_HEADER_LEN,
	};
	struct agree_packet p;

	if (m->from == liar && !message_decode(&p, &f->config, m->bytes, m->len) &&
	    p.type == AGREE_STATUS) {
		p.status.height += 1000000;
		p.status.decided += 1000000;
		message_put_status(&w, &p.status);
	}
	return true;
}

static bool amnesia_lied_to(void)
{
	struct agree_config c = small(AGREE_BYZANTINE, 7);
	struct fixture *f = fixture_new(&c);

	grow(f, 20);
	liar = 3;
	f->filter = boast;
	fixture_wipe(f, 1);
	fixture_boot(f, 1);
	fixture_run(f, 5000);
	ASK(!fixture_stats(f, 1).recovering);
	ASK(f->node[1].executed == 20);
	/* not kept from voting for a million heights */
	fixture_crash(f, 0);
	grow(f, 10);
	fixture_run(f, 1000);
	ASK(fixture_stats(f, 1).height < 100);
	fixture_free(f);
	return true;
}

/* An empty member joins behind all histories; the journals were cut meanwhile. */
static bool join(enum agree_mode mode, unsigned int n)
{
	struct agree_config c = small(mode, n);
	struct fixture *f = fixture_new(&c);

	fixture_crash(f, n - 1);
	grow(f, 100);
	ASK(fixture_stats(f, 0).checkpoint >= 90);
	ASK(f->node[0].segment[0].number > 1);
	ASK(f->node[0].segment_nr < 6);
	fixture_boot(f, n - 1);
	ASK(fixture_run_until(f, 100, 5000));
	ASK(fixture_equal(f));
	ASK(f->sent[AGREE_CHUNK] > 0);
	ASK(fixture_stats(f, n - 1).checkpoint >= 90);
	/* what it loaded is durable */
	fixture_crash(f, n - 1);
	fixture_boot(f, n - 1);
	ASK(f->node[n - 1].executed >= 90);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 101, 3000));
	fixture_free(f);
	return true;
}

/* BFT-SMaRt #27: paused for long, resumed, and the others go on meanwhile */
static bool paused(void)
{
	struct agree_config c = small(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i;

	grow(f, 5);
	for (i = 0; i < 3; i++) {
		f->node[2].up = false;
		grow(f, 150);
		f->node[2].up = true;
		grow(f, 30);
		fixture_run(f, 3000);
		ASK(fixture_equal(f));
	}
	ASK(f->node[2].executed == f->counter);
	fixture_free(f);
	return true;
}

/* The source dies in the middle; others have other states. */
static bool dies_while_giving(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;

	if (!message_decode(&p, &f->config, m->bytes, m->len) &&
	    p.type == AGREE_CHUNK && m->from == liar)
		return false;
	return true;
}

static bool another_source(void)
{
	struct agree_config c = small(AGREE_BYZANTINE, 4);
	struct fixture *f;

	f = fixture_new(&c);
	fixture_crash(f, 3);
	grow(f, 64);
	for (liar = 0; liar < 3; liar++) {
		f->filter = dies_while_giving;
		fixture_boot(f, 3);
		fixture_run(f, 10000);
		ASK(fixture_equal(f));
		ASK(f->node[3].executed == 64);
		fixture_wipe(f, 3);
	}
	fixture_free(f);
	return true;
}

/* fabric-orderingservice #7: two of four restart, one of them from nothing */
static bool two_of_four(void)
{
	struct agree_config c = small(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i;

	grow(f, 70);
	fixture_crash(f, 2);
	fixture_wipe(f, 3);
	for (i = 0; i < 5; i++)
		fixture_submit_all(f);
	fixture_run(f, 500);
	fixture_boot(f, 3);
	fixture_run(f, 500);
	fixture_boot(f, 2);
	ASK(fixture_run_until(f, 75, 20000));
	fixture_run(f, 3000);
	ASK(fixture_equal(f) && !fixture_stats(f, 3).recovering);
	fixture_free(f);
	return true;
}

/* A snapshot file that rotted is refused, and made up for. */
static bool rotten_snapshot(void)
{
	struct agree_config c = small(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i, refused = 0;

	grow(f, 40);
	ASK(f->node[1].snapshot);
	for (i = 0; i < f->node[1].snapshot_len;
	     i += 1 + f->node[1].snapshot_len / 10) {
		fixture_crash(f, 1);
		f->node[1].snapshot[i] ^= 4;
		fixture_boot(f, 1);
		refused += f->node[1].executed == 0;
		ASK(fixture_stats(f, 1).recovering);
		fixture_run(f, 5000);
		ASK(!fixture_stats(f, 1).recovering && fixture_equal(f));
		grow(f, 20);
		ASK(f->node[1].snapshot);
	}
	ASK(refused >= 8);
	fixture_free(f);
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	TEST("amnesia, byzantine, 4", amnesia(AGREE_BYZANTINE, 4, 5));
	TEST("amnesia, behind all histories", amnesia(AGREE_BYZANTINE, 4, 50));
	TEST("amnesia, nothing decided yet", amnesia(AGREE_BYZANTINE, 4, 0));
	TEST("amnesia, crash, 3", amnesia(AGREE_CRASH, 3, 30));
	TEST("amnesia, lied to", amnesia_lied_to());
	TEST("amnesia, alone: stays silent", alone());
	TEST("an empty member joins, byzantine", join(AGREE_BYZANTINE, 4));
	TEST("an empty member joins, crash", join(AGREE_CRASH, 3));
	TEST("BFT-SMaRt #27: paused and resumed", paused());
	TEST("a state from another source", another_source());
	TEST("fabric-orderingservice #7: two of four restart", two_of_four());
	TEST("a rotten snapshot", rotten_snapshot());
	return test_end();
}
