// SPDX-License-Identifier: GPL-2.0
/* Journals that end badly: alone, where nobody can help (R11), and with a client's bytes in them */
#include "scenes.h"

#include "journal.h"

#include <stdlib.h>
#include <string.h>

enum { FORGED_MAX = 1 << 17 };

static struct segment *last_segment(struct node *node)
{
	struct disk *d = &node->disk;
	size_t i = d->segment_nr;

	while (i && !d->segment[i - 1]->batch_nr)
		i--;
	return i ? d->segment[i - 1] : NULL;
}

static struct world *alone_new(uint32_t sync_us)
{
	struct swarm s;

	swarm_calm(&s, AGREE_CENTRALIZED, 1);
	s.config.history = 1024;
	s.config.checkpoint_blocks = 512;
	s.sync_us = sync_us;
	return scene_new(&s, 800);
}

/* Started, although something is wrong: does it say so, as agree.h has it? */
static bool refuses(struct node *node, uint64_t executed)
{
	bool refused;

	node->damaged = true;
	node_boot(node);
	refused = node->update->verdict == AGREE_EJOURNAL &&
		  node->log.count < executed;
	node_crash(node);
	node->damaged = false;
	return refused;
}

/* What was durable rots: nobody else has it, so it is said aloud, and nothing is executed. */
static bool alone_body_rots(void)
{
	struct world *w = alone_new(500);
	struct node *node = w->node[0];
	struct segment *s;
	struct batch *b;
	uint64_t executed;
	bool refused;

	node_crash(node);
	executed = node->log.count;
	s = last_segment(node);
	b = &s->batch[s->batch_nr / 2];
	if (b->len <= 2 * SECTOR_LEN)
		b++;
	s->bytes[b->at + SECTOR_LEN + 20] ^= 1;
	refused = refuses(node, executed) && refuses(node, executed);
	/* The operator has a copy. */
	s->bytes[b->at + SECTOR_LEN + 20] ^= 1;
	node_boot(node);
	return scene_end(w, refused);
}

/* The same of a batch that nobody was told of: it goes, and so does what came behind it. */
static bool alone_group_torn(void)
{
	struct world *w = alone_new(30000);
	struct node *node = w->node[0];
	unsigned int i, torn = 0, rounds;

	for (rounds = 0; rounds < 3; rounds++) {
		for (i = 0; i < 500 && node->disk.started < 3; i++)
			scene_run_ms(w, 1);
		torn += disk_tear_body(&node->disk) >= 3;
		node_crash(node);
		node_boot(node);
		/* Twice: once with nothing new in the journal, then with a mark. */
		node_crash(node);
		node_boot(node);
		scene_run_ms(w, 300);
	}
	return scene_end(w, torn == 3);
}

/* What is expected behind the last batch of the disk */
static uint64_t next_serial(struct node *node)
{
	struct disk *d = &node->disk;
	struct journal_reader r;
	struct journal_batch b;
	bool torn;
	size_t i;

	for (i = 0; i < d->segment_nr; i++) {
		journal_reader_segment(&r, d->segment[i]->number, !i,
				       d->segment[i]->bytes,
				       d->segment[i]->len);
		do
			journal_read(&r, &b, &torn);
		while (b.state != JOURNAL_END);
	}
	return r.serial;
}

/*
 * A torn batch of which the body is left, a client's request; both heads are gone.  The client
 * knows all that is in a head but the CRC before: it claims that what is lost was durable,
 * votes, and a decision.
 */
static size_t forge_tail(struct node *node, uint64_t height, uint64_t skips)
{
	struct segment *s = last_segment(node);
	uint8_t *out = must_have(NULL, FORGED_MAX), digest[AGREE_DIGEST_LEN];
	struct vote vote = { .height = height };
	struct journal_writer w;
	uint8_t decided[8 + AGREE_DIGEST_LEN] = { 0 };
	size_t len, before = s->len;
	unsigned int i;

	memset(digest, 0xfe, sizeof(digest));
	memcpy(vote.digest, digest, sizeof(digest));
	decided[7] = (uint8_t)height;
	decided[6] = (uint8_t)(height >> 8);
	memcpy(decided + 8, digest, sizeof(digest));
	journal_writer_init(&w, out, FORGED_MAX);
	w.segment = s->number;
	w.serial = next_serial(node) + skips;
	w.previous = 0x12345678;
	w.durable = w.serial + 100;
	w.reserve = height + 1000;
	s->bytes = must_have(s->bytes, s->len + FORGED_MAX);
	s->room = s->len + FORGED_MAX;
	memset(s->bytes + s->len, 0, SECTOR_LEN);
	s->len += SECTOR_LEN;
	for (i = 0; i < 3; i++) {
		for (vote.kind = VOTE_NOTARIZE; vote.kind <= VOTE_FINALIZE;
		     vote.kind++)
			journal_vote(&w, &vote);
		journal_record(&w, JOURNAL_DECIDED);
		journal_bytes(&w, decided, sizeof(decided));
		journal_record_end(&w);
		len = journal_seal(&w);
		memcpy(s->bytes + s->len, out, len);
		s->len += len;
	}
	memset(s->bytes + s->len, 0, SECTOR_LEN);
	s->len += SECTOR_LEN;
	free(out);
	return before;
}

/* One of several believes at most that votes are lost, and asks the others (R12). */
static bool forged(uint64_t skips, uint64_t ahead)
{
	struct agree_stats stats;
	struct node *node;
	struct swarm s;
	struct world *w;
	uint64_t decided;
	bool asks;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 800);
	node = w->node[1];
	decided = scene_decided(w, 1);
	node_crash(node);
	forge_tail(node, decided + ahead, skips);
	node->damaged = true;
	node_boot(node);
	node_stats(node, &stats);
	if (stats.decided > decided || stats.repairing)
		violated(w, "member 1 believes in a client's decision");
	asks = stats.recovering;
	scene_run_ms(w, 3000);
	node_stats(node, &stats);
	if (stats.recovering)
		violated(w, "member 1 never ends its recovery");
	return scene_end(w, asks);
}

static bool head_in_a_request(void)
{
	return forged(0, 1) && forged(1, 1) && forged(5, 3);
}

/* Alone there is nobody to ask: it refuses until somebody has cut the end off. */
static bool head_in_a_request_alone(void)
{
	struct world *w = alone_new(500);
	struct node *node = w->node[0];
	uint64_t executed, decided = scene_decided(w, 0);
	struct segment *s;
	size_t before;
	bool refused;

	node_crash(node);
	executed = node->log.count;
	before = forge_tail(node, decided + 1, 1);
	node->damaged = true;
	node_boot(node);
	refused = node->update->verdict == AGREE_EJOURNAL;
	if (node->log.count > executed || scene_decided(w, 0) > decided)
		violated(w, "a client's decision is executed");
	node_crash(node);
	node->damaged = false;
	s = last_segment(node);
	s->len = before;
	node_boot(node);
	return scene_end(w, refused);
}

const struct scene scenes_journal[] = {
	{ "alone, a body rots", alone_body_rots },
	{ "alone, a group is torn", alone_group_torn },
	{ "a head in a request", head_in_a_request },
	{ "a head in a request, alone", head_in_a_request_alone },
	{ NULL, NULL },
};
