// SPDX-License-Identifier: GPL-2.0
/* Members that lie: equivocation and its evidence, wrong signatures, orphans, two tips, floods. */
#include "fixture.h"
#include "test.h"

static unsigned int liar;

static size_t put_vote(struct fixture *f, uint8_t *out, const struct vote *v)
{
	struct message_writer w = { .out = out, .room = 4096 };

	message_begin(&w, &f->config, AGREE_VOTES);
	message_put_votes(&w, v, 1);
	return w.used;
}

static enum agree_err tell(struct fixture *f, unsigned int from,
			   unsigned int to, enum vote_kind kind,
			   uint64_t height, uint8_t fill, bool right)
{
	struct vote v = { .kind = kind, .height = height };
	uint8_t out[4096];

	if (kind != VOTE_DUMMY)
		memset(v.digest, fill, sizeof(v.digest));
	fixture_sign(f, from, &v);
	if (!right)
		v.sig[5] ^= 1;
	return fixture_inject(f, from, to, out, put_vote(f, out, &v));
}

static unsigned int evidence_nr(struct fixture *f, unsigned int node,
				const struct agree_evidence **e)
{
	return agree_evidence(f->node[node].agree, e);
}

/* #2797: what proves a lie survives a restart; a lie across a restart is none of ours to prove. */
static bool evidence(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	const struct agree_evidence *e;
	struct fixture *f;
	unsigned int i;

	c.checkpoint_blocks = 5;
	c.segment_max = 4096;
	f = fixture_new(&c);
	fixture_run(f, 10);
	/* control: one vote of each kind, and again, proves nothing */
	ASK(tell(f, 3, 1, VOTE_NOTARIZE, 2, 1, true) == AGREE_OK);
	ASK(tell(f, 3, 1, VOTE_NOTARIZE, 2, 1, true) == AGREE_ESTALE);
	ASK(tell(f, 3, 1, VOTE_DUMMY, 2, 0, true) == AGREE_OK);
	ASK(tell(f, 3, 1, VOTE_FINALIZE, 3, 2, true) == AGREE_OK);
	ASK(!evidence_nr(f, 1, &e));
	/* a wrong signature proves nothing either */
	ASK(tell(f, 3, 1, VOTE_NOTARIZE, 2, 7, false) == AGREE_ECONFLICT);
	ASK(!evidence_nr(f, 1, &e));
	/* two digests of one kind */
	ASK(tell(f, 3, 1, VOTE_NOTARIZE, 2, 7, true) == AGREE_ECONFLICT);
	ASK(evidence_nr(f, 1, &e) == 1);
	ASK(e->member == 3 && e->kind == VOTE_NOTARIZE && e->height == 2);
	ASK(e->digest[0][0] == 1 && e->digest[1][0] == 7);
	/* the same lie in other words is the same evidence */
	tell(f, 3, 1, VOTE_NOTARIZE, 2, 9, true);
	ASK(evidence_nr(f, 1, &e) == 1);
	/* dummy and finalize, in both orders */
	tell(f, 3, 1, VOTE_DUMMY, 3, 0, true);
	tell(f, 3, 1, VOTE_FINALIZE, 2, 1, true);
	ASK(evidence_nr(f, 1, &e) == 3);
	ASK(e[1].kind == VOTE_FINALIZE && e[1].height == 3);
	ASK(e[2].kind == VOTE_FINALIZE && e[2].height == 2 && !e[2].digest[1][0]);
	/* finalize and notarize of different blocks: R8 allows it */
	ASK(tell(f, 2, 1, VOTE_NOTARIZE, 4, 1, true) == AGREE_OK);
	ASK(tell(f, 2, 1, VOTE_FINALIZE, 4, 2, true) == AGREE_OK);
	ASK(evidence_nr(f, 1, &e) == 3);
	fixture_crash(f, 1);
	fixture_boot(f, 1);
	ASK(evidence_nr(f, 1, &e) == 3);
	ASK(e->member == 3 && e->kind == VOTE_NOTARIZE && e->height == 2);
	/* and when the segment that had it is gone */
	for (i = 0; i < 40; i++) {
		fixture_submit_all(f);
		fixture_run(f, 10);
	}
	ASK(f->node[1].segment[0].number > 1);
	fixture_crash(f, 1);
	fixture_boot(f, 1);
	ASK(evidence_nr(f, 1, &e) == 3);
	fixture_free(f);
	return true;
}

/*
 * The liar's proposals differ: odd members get another time.  It votes for what it
 * told each.
 */
static bool two_faces(struct fixture *f, struct fixture_message *m)
{
	struct message_writer w = { .out = m->bytes, .room = m->len };
	static uint8_t other[64][AGREE_DIGEST_LEN];
	struct agree_packet p;
	struct block_header h;
	struct vote v[AGREE_VOTES_MAX];
	uint32_t i;

	if (m->from != liar || m->to % 2 == 0 ||
	    message_decode(&p, &f->config, m->bytes, m->len))
		return true;
	if (p.type == AGREE_PROPOSE) {
		h = p.block;
		h.time_ms++;
		block_digest(other[h.height % 64], &f->config, &h);
		block_encode(m->bytes + AGREE_HEADER_LEN, &h);
	}
	if (p.type == AGREE_VOTES) {
		for (i = 0; i < p.count; i++) {
			message_vote(&p, i, &v[i]);
			if (v[i].kind == VOTE_NOTARIZE) {
				memcpy(v[i].digest, other[v[i].height % 64], 32);
				fixture_sign(f, liar, &v[i]);
			}
		}
		message_begin(&w, &f->config, AGREE_VOTES);
		message_put_votes(&w, v, p.count);
	}
	return true;
}

/* @restart: somebody restarts between the two faces */
static bool equivocation(unsigned int n, bool restart)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, n);
	struct fixture *f;
	unsigned int i;

	c.rotate_blocks = 2;
	f = fixture_new(&c);
	liar = 0;
	f->filter = two_faces;
	for (i = 0; i < 20; i++) {
		fixture_submit_all(f);
		fixture_run(f, 150);
		if (restart) {
			fixture_crash(f, 1 + i % (n - 1));
			fixture_boot(f, 1 + i % (n - 1));
		}
	}
	/* The liar does not know what it said, so it may be behind: it counts as faulty. */
	fixture_crash(f, liar);
	for (i = 0; i < 10; i++)
		fixture_submit_all(f);
	ASK(fixture_run_until(f, 30, 10000));
	ASK(fixture_equal(f));
	fixture_free(f);
	return true;
}

static bool wrong_signatures(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;

	if (m->from == liar &&
	    !message_decode(&p, &f->config, m->bytes, m->len) &&
	    (p.type == AGREE_VOTES || p.type == AGREE_CERT))
		m->bytes[m->len - 1] ^= 0x10;
	return true;
}

/* Nothing follows from a wrong signature, and the others' still count. */
static bool bad_signatures(bool behind)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	unsigned int i;

	liar = 2;
	f->filter = wrong_signatures;
	if (behind)
		fixture_crash(f, 3);
	for (i = 0; i < 30; i++) {
		fixture_submit_all(f);
		fixture_run(f, behind ? 300 : 10);
	}
	/* With one down and one lying there is no quorum of four. */
	if (behind) {
		fixture_boot(f, 3);
		for (i = 0; i < 10; i++)
			fixture_submit_all(f);
	}
	ASK(fixture_run_until(f, behind ? 40 : 30, 20000));
	ASK(fixture_equal(f));
	ASK(f->node[0].verified);
	fixture_free(f);
	return true;
}

static uint64_t drop_height;
static unsigned int drop_type;

static bool at_height(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;
	struct vote v;

	if (message_decode(&p, &f->config, m->bytes, m->len))
		return false;
	if (drop_type == AGREE_PROPOSE && p.type == AGREE_PROPOSE)
		return p.block.height != drop_height;
	if (drop_type == AGREE_VOTES && p.type == AGREE_VOTES) {
		message_vote(&p, 0, &v);
		return v.height != drop_height;
	}
	return true;
}

/* A block that some have and that is never notarized: its requests are decided later, once. */
static bool orphan(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);

	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 100));
	drop_height = 2;
	drop_type = AGREE_VOTES;
	f->filter = at_height;
	fixture_submit_all(f);
	fixture_run(f, 95);
	ASK(fixture_stats(f, 1).height == 2);
	f->node[0].wake_ms = UINT64_MAX;
	fixture_crash(f, 0);
	f->filter = NULL;
	ASK(fixture_run_until(f, 2, 1000));
	ASK(f->node[1].executed == 2 && fixture_equal(f));
	ASK(fixture_stats(f, 1).dummies == 1 || fixture_stats(f, 1).blocks == 2);
	fixture_free(f);
	return true;
}

/* Votes for the block at height 2 reach member 3 alone: it has another tip than the rest. */
static bool to_three(struct fixture *f, struct fixture_message *m)
{
	struct agree_packet p;
	struct vote v;

	if (message_decode(&p, &f->config, m->bytes, m->len))
		return false;
	if (p.type == AGREE_CERT && m->from == 3 && p.cert.height == 2)
		return false;
	if (p.type != AGREE_VOTES)
		return true;
	message_vote(&p, 0, &v);
	return v.height != 2 || m->to == 3 || v.kind == VOTE_DUMMY;
}

static bool two_tips(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);

	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 100));
	f->filter = to_three;
	fixture_submit_all(f);
	fixture_run(f, 50);
	ASK(fixture_stats(f, 3).height == 3 && fixture_stats(f, 1).height == 2);
	fixture_run(f, 80);
	/* the others passed it by a dummy certificate */
	ASK(fixture_stats(f, 1).dummies == 1);
	f->filter = NULL;
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 3, 3000));
	ASK(fixture_equal(f));
	fixture_free(f);
	return true;
}

/* A member's flood fills its own places; answers to its questions are bounded. */
static bool flood(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	struct status s = { .height = 1, .ask = AGREE_ALL };
	uint8_t out[4096];
	struct message_writer w;
	uint64_t sent, verified;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		fixture_submit_all(f);
		fixture_run(f, 5);
	}
	fixture_crash(f, 3);
	sent = f->serial;
	for (i = 0; i < 10000; i++) {
		w = (struct message_writer){ .out = out, .room = sizeof(out) };
		message_begin(&w, &f->config, AGREE_STATUS);
		message_put_status(&w, &s);
		fixture_inject(f, 3, 1, out, w.used);
	}
	ASK(f->serial - sent < 100);
	verified = f->node[1].verified;
	for (i = 0; i < 10000; i++) {
		tell(f, 3, 1, 1 + i % 3, 52 + i % 8, (uint8_t)(i * 7), false);
		tell(f, 3, 1, 1 + i % 3, 1000000 + i, 1, false);
	}
	ASK(f->node[1].verified - verified < 200);
	for (i = 0; i < 10; i++)
		fixture_submit_all(f);
	ASK(fixture_run_until(f, 60, 1000));
	fixture_free(f);
	return true;
}

/* Nobody's bytes lead to an assertion. */
static bool garbage(void)
{
	struct agree_config c = fixture_config(AGREE_BYZANTINE, 4);
	struct fixture *f = fixture_new(&c);
	struct agree_stats s;
	uint8_t out[512];
	uint32_t i, len;

	for (i = 0; i < 20000; i++) {
		len = test_below(sizeof(out));
		test_random(out, len);
		if (len > 16 && i % 2) {
			struct message_writer w = { .out = out, .room = len };

			message_begin(&w, &f->config,
				      1 + test_below(AGREE_CHUNK));
		}
		fixture_inject(f, 1 + test_below(3), 0, out, len);
	}
	s = fixture_stats(f, 0);
	ASK(s.refused > 10000);
	fixture_submit_all(f);
	ASK(fixture_run_until(f, 1, 1000));
	fixture_free(f);
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	TEST("#2797: evidence, and after restarts", evidence());
	TEST("an equivocating leader, 4", equivocation(4, false));
	TEST("an equivocating leader, 7", equivocation(7, false));
	TEST("equivocation before and after a restart", equivocation(4, true));
	TEST("wrong signatures", bad_signatures(false));
	TEST("wrong signatures, and one behind", bad_signatures(true));
	TEST("an orphaned block", orphan());
	TEST("two tips", two_tips());
	TEST("a flood", flood());
	TEST("garbage", garbage());
	return test_end();
}
