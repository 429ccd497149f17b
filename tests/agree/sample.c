// SPDX-License-Identifier: GPL-2.0
/* Messages for the tests of parts. */
#include <string.h>
#include "sample.h"
#include "test.h"

void sample_config(struct agree_config *config)
{
	memset(config, 0, sizeof(*config));
	config->mode = AGREE_BYZANTINE;
	config->n = 4;
	config->self = 1;
	config->domain = 0x1122334455667788;
	config->phase = 3;
	config->clients = 8;
	config->request_max = 64;
	config->pool_per_client = 16;
	config->pool_total = 64;
	config->batch_max = 8;
	config->block_max = AGREE_BLOCK_LEN + 8 * (AGREE_ENTRY_LEN + 64);
	config->linger_ms = 1;
	config->inline_max = 64;
	config->heights = 64;
	config->history = 64;
	config->checkpoint_blocks = 16;
	config->snapshot_max = 1 << 17;
	config->segment_max = 1 << 20;
	config->rotate_blocks = 1000;
	config->timeout_min_ms = 50;
	config->timeout_max_ms = 1000;
	config->status_ms = 100;
	config->clock_skew_ms = 1000;
	config->window = 64;
}

void sample_mode(struct agree_config *config, enum agree_mode mode)
{
	sample_config(config);
	config->mode = mode;
	config->n = mode == AGREE_BYZANTINE ? 4 : mode == AGREE_CRASH ? 3 : 1;
	config->self = 0;
}

static void fill(uint8_t *out, size_t len, uint8_t from)
{
	while (len--)
		*out++ = from++;
}

static void sample_block(struct message_writer *w, enum agree_type type)
{
	struct block_header b = {
		.height = 9, .parent_height = 7, .term = 5, .run = 2,
		.time_ms = 0x0102030405060708, .count = 2,
		.leader = 0, .skip = { 4, 2 },
	};
	struct block_entry e = { .bytes = (const uint8_t *)"abc", .len = 3 };

	fill(b.parent, sizeof(b.parent), 0x40);
	fill(b.requests, sizeof(b.requests), 0x60);
	message_put_block(w, &b);
	message_put_entry(w, &e);
	if (type == AGREE_PROPOSE) {
		memset(&e, 0, sizeof(e));
		fill(e.digest, sizeof(e.digest), 0x80);
	}
	message_put_entry(w, &e);
}

static void sample_votes(struct message_writer *w, enum vote_kind first,
			 uint32_t nr)
{
	struct vote vote[3];
	uint32_t i;

	memset(vote, 0, sizeof(vote));
	for (i = 0; i < nr; i++) {
		vote[i].kind = first + i;
		vote[i].height = 11 + i;
		if (vote[i].kind != VOTE_DUMMY)
			fill(vote[i].digest, AGREE_DIGEST_LEN, 0x10);
		fill(vote[i].block, AGREE_DIGEST_LEN, 0x30);
		fill(vote[i].sig, AGREE_SIG_LEN, (uint8_t)(0x50 + i));
	}
	message_put_votes(w, vote, nr);
}

static void sample_cert(struct message_writer *w,
			const struct agree_config *config, enum vote_kind kind)
{
	struct cert cert = { .kind = kind, .height = 12 };
	unsigned int i, q = agree_quorum(config);

	if (kind != VOTE_DUMMY)
		fill(cert.digest, AGREE_DIGEST_LEN, 0x20);
	fill(cert.block, AGREE_DIGEST_LEN, 0x70);
	/* The last ones, so that a gap is in front. */
	for (i = config->n - q; i < config->n; i++) {
		cert.signers |= UINT32_C(1) << i;
		fill(cert.sig[i], AGREE_SIG_LEN, (uint8_t)(0x90 + i));
	}
	message_put_cert(w, config, &cert);
}

struct sample {
	const char *name;
	enum agree_type type;
};

static const struct sample samples[SAMPLES] = {
	{ "propose", AGREE_PROPOSE },
	{ "votes", AGREE_VOTES },
	{ "notarization", AGREE_CERT },
	{ "dummy-certificate", AGREE_CERT },
	{ "finalization", AGREE_CERT },
	{ "relay", AGREE_RELAY },
	{ "fetch-requests", AGREE_FETCH },
	{ "fetch-block", AGREE_FETCH },
	{ "block", AGREE_BLOCK },
	{ "status", AGREE_STATUS },
	{ "checkpoint", AGREE_CHECKPOINT },
	{ "stable", AGREE_STABLE },
	{ "want", AGREE_WANT },
	{ "chunk", AGREE_CHUNK },
};

const char *sample_name(unsigned int i)
{
	return samples[i].name;
}

static void sample_relay(struct message_writer *w)
{
	struct block_entry e = { .bytes = (const uint8_t *)"request", .len = 7 };

	message_put_entry(w, &e);
	e.len = 3;
	message_put_entry(w, &e);
}

static void sample_fetch(struct message_writer *w, uint32_t nr)
{
	uint8_t bytes[3 * AGREE_DIGEST_LEN];

	fill(bytes, sizeof(bytes), 0);
	message_put_fetch(w, 13, bytes + 2 * AGREE_DIGEST_LEN, bytes, nr);
}

size_t sample_message(uint8_t *out, size_t room,
		      const struct agree_config *config, unsigned int i)
{
	struct message_writer w = { .out = out, .room = room };
	const struct status status = {
		.decided = 21, .height = 23, .checkpoint = 16,
		.nonce = 0xa1a2a3a4a5a6a7a8, .echo = 0xb1, .ask = AGREE_ALL,
	};
	uint8_t digests[2 * AGREE_DIGEST_LEN];

	fill(digests, sizeof(digests), 0xc0);
	message_begin(&w, config, samples[i].type);
	switch (samples[i].type) {
	case AGREE_PROPOSE:
	case AGREE_BLOCK:
		sample_block(&w, samples[i].type);
		break;
	case AGREE_VOTES:
		sample_votes(&w, VOTE_NOTARIZE, 3);
		break;
	case AGREE_CHECKPOINT:
		sample_votes(&w, VOTE_CHECKPOINT, 1);
		break;
	case AGREE_CERT:
		sample_cert(&w, config, VOTE_NOTARIZE + i - 2);
		break;
	case AGREE_RELAY:
		sample_relay(&w);
		break;
	case AGREE_FETCH:
		sample_fetch(&w, i == 6 ? 2 : 0);
		break;
	case AGREE_STATUS:
		message_put_status(&w, &status);
		break;
	case AGREE_STABLE:
		sample_cert(&w, config, VOTE_CHECKPOINT);
		message_put_stable(&w, AGREE_CHUNK_LEN + 1, digests, 2);
		break;
	case AGREE_WANT:
		message_put_want(&w, 16, 1);
		break;
	case AGREE_CHUNK:
		message_put_chunk(&w, 16, 1, digests, 5);
		break;
	}
	return w.full ? 0 : w.used;
}

static void random_votes(struct message_writer *w, bool checkpoint)
{
	struct vote vote[AGREE_VOTES_MAX];
	uint32_t i, nr = 1 + test_below(AGREE_VOTES_MAX);

	test_random(vote, sizeof(vote));
	for (i = 0; i < nr; i++) {
		vote[i].kind = checkpoint ? VOTE_CHECKPOINT :
					    1 + test_below(VOTE_FINALIZE);
		vote[i].height = 1 + test_random64() % AGREE_HEIGHT_MAX;
		if (vote[i].kind == VOTE_DUMMY)
			memset(vote[i].digest, 0, AGREE_DIGEST_LEN);
	}
	message_put_votes(w, vote, nr);
}

static void random_cert(struct message_writer *w,
			const struct agree_config *config, bool checkpoint)
{
	struct cert cert;

	test_random(&cert, sizeof(cert));
	cert.kind = checkpoint ? VOTE_CHECKPOINT : 1 + test_below(VOTE_FINALIZE);
	cert.height = 1 + test_random64() % AGREE_HEIGHT_MAX;
	if (cert.kind == VOTE_DUMMY)
		memset(cert.digest, 0, AGREE_DIGEST_LEN);
	do {
		cert.signers = (uint32_t)test_random64() &
			       (uint32_t)((UINT64_C(1) << config->n) - 1);
	} while ((unsigned int)__builtin_popcount(cert.signers) <
		 agree_quorum(config));
	message_put_cert(w, config, &cert);
}

static void random_entries(struct message_writer *w,
			   const struct agree_config *config, uint32_t nr,
			   bool whole)
{
	static uint8_t bytes[1 << 16];
	struct block_entry e;

	while (nr--) {
		memset(&e, 0, sizeof(e));
		if (whole || test_below(2)) {
			e.bytes = bytes;
			e.len = 1 + test_below(config->request_max);
			test_random(bytes, e.len);
		} else {
			test_random(e.digest, sizeof(e.digest));
		}
		message_put_entry(w, &e);
	}
}

static void random_block(struct message_writer *w,
			 const struct agree_config *config, bool whole)
{
	struct block_header b;
	unsigned int i, nr;

	test_random(&b, sizeof(b));
	b.height = 1 + test_random64() % AGREE_HEIGHT_MAX;
	b.parent_height = test_below(2) ? test_random64() % b.height : 0;
	if (!b.parent_height)
		memset(b.parent, 0, sizeof(b.parent));
	b.term %= AGREE_HEIGHT_MAX;
	b.leader %= config->n;
	nr = test_below(AGREE_SKIP_MAX + 1);
	for (i = 0; i < AGREE_SKIP_MAX; i++)
		b.skip[i] = i < nr ? 1 + b.skip[i] % AGREE_MEMBERS_MAX : 0;
	b.count = test_below(config->batch_max + 1);
	message_put_block(w, &b);
	random_entries(w, config, b.count, whole);
}

static void random_status(struct message_writer *w,
			  const struct agree_config *config)
{
	struct status s;

	test_random(&s, sizeof(s));
	s.decided %= AGREE_HEIGHT_MAX;
	s.height %= AGREE_HEIGHT_MAX;
	s.checkpoint %= AGREE_HEIGHT_MAX;
	s.ask = test_below(2) ? AGREE_ALL : (uint16_t)test_below(config->n);
	message_put_status(w, &s);
}

size_t sample_random(uint8_t *out, size_t room,
		     const struct agree_config *config)
{
	static uint8_t bytes[AGREE_FETCH_MAX * AGREE_DIGEST_LEN];
	struct message_writer w = { .out = out, .room = room };
	enum agree_type type = 1 + test_below(AGREE_CHUNK);
	uint64_t height = 1 + test_random64() % AGREE_HEIGHT_MAX;
	uint32_t nr;

	test_random(bytes, sizeof(bytes));
	message_begin(&w, config, type);
	switch (type) {
	case AGREE_PROPOSE:
	case AGREE_BLOCK:
		random_block(&w, config, type == AGREE_BLOCK);
		break;
	case AGREE_VOTES:
	case AGREE_CHECKPOINT:
		random_votes(&w, type == AGREE_CHECKPOINT);
		break;
	case AGREE_CERT:
		random_cert(&w, config, false);
		break;
	case AGREE_RELAY:
		random_entries(&w, config, 1 + test_below(config->batch_max),
			       true);
		break;
	case AGREE_FETCH:
		message_put_fetch(&w, height, bytes, bytes,
				  test_below(AGREE_FETCH_MAX + 1));
		break;
	case AGREE_STATUS:
		random_status(&w, config);
		break;
	case AGREE_STABLE:
		random_cert(&w, config, true);
		nr = test_below(config->snapshot_max + 1);
		message_put_stable(&w, nr, bytes, (nr + AGREE_CHUNK_LEN - 1) /
						  AGREE_CHUNK_LEN);
		break;
	case AGREE_WANT:
		message_put_want(&w, height, test_below(AGREE_CHUNKS_MAX));
		break;
	case AGREE_CHUNK:
		message_put_chunk(&w, height, test_below(AGREE_CHUNKS_MAX),
				  bytes, 1 + test_below(AGREE_CHUNK_LEN));
		break;
	}
	return w.full ? 0 : w.used;
}

size_t sample_encode(uint8_t *out, size_t room,
		     const struct agree_config *config,
		     const struct agree_packet *p)
{
	struct message_writer w = { .out = out, .room = room };
	struct vote vote[AGREE_VOTES_MAX];
	struct block_entry e;
	size_t at = 0;
	uint32_t i;

	message_begin(&w, config, p->type);
	if (p->type == AGREE_PROPOSE || p->type == AGREE_BLOCK)
		message_put_block(&w, &p->block);
	while (p->entries && message_entry(p, &at, &e))
		message_put_entry(&w, &e);
	for (i = 0; p->votes && i < p->count; i++)
		message_vote(p, i, &vote[i]);
	if (p->votes)
		message_put_votes(&w, vote, p->count);
	if (p->type == AGREE_CERT || p->type == AGREE_STABLE)
		message_put_cert(&w, config, &p->cert);
	if (p->type == AGREE_STABLE)
		message_put_stable(&w, p->snapshot_len, p->digests, p->count);
	if (p->type == AGREE_STATUS)
		message_put_status(&w, &p->status);
	if (p->type == AGREE_FETCH)
		message_put_fetch(&w, p->height, p->digest, p->digests,
				  p->count);
	if (p->type == AGREE_WANT)
		message_put_want(&w, p->height, p->chunk);
	if (p->type == AGREE_CHUNK)
		message_put_chunk(&w, p->height, p->chunk, p->bytes, p->len);
	return w.full ? 0 : w.used;
}
