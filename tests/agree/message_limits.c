// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of messages: the last value that is taken, and the first that is not.
 * Each pair is one message with a field changed, or another configuration.
 */
#include "sample.h"
#include "test.h"

static struct agree_config config;
static uint8_t bytes[SAMPLE_MAX];
static size_t len;

/* Offsets in a message, behind its header */
enum {
	BLOCK_HEIGHT = AGREE_HEADER_LEN,
	BLOCK_PARENT_HEIGHT = BLOCK_HEIGHT + 8,
	BLOCK_PARENT = BLOCK_HEIGHT + 16,
	BLOCK_TERM = BLOCK_HEIGHT + 48,
	BLOCK_COUNT = BLOCK_HEIGHT + 68,
	FIRST_ENTRY = AGREE_HEADER_LEN + AGREE_BLOCK_LEN,
	VOTE_LEN = 1 + 8 + 32 + 64,
	FIRST_VOTE = AGREE_HEADER_LEN + 4,
	CERT_SIGNERS = AGREE_HEADER_LEN + 1 + 8 + 32,
	STABLE_LEN = AGREE_HEADER_LEN + 1 + 8 + 64 + 4 + 3 * 64,
};

static void sample(const char *name)
{
	unsigned int i;

	sample_config(&config);
	for (i = 0; strcmp(sample_name(i), name); i++)
		;
	len = sample_message(bytes, sizeof(bytes), &config, i);
}

static bool taken(void)
{
	struct agree_packet p;

	return message_decode(&p, &config, bytes, len) == AGREE_OK;
}

static void set(size_t at, uint64_t v, size_t width)
{
	while (width--) {
		bytes[at + width] = (uint8_t)v;
		v >>= 8;
	}
}

/* A field of a sample takes one value and not the other. */
static bool edge(const char *name, size_t at, size_t width, uint64_t good,
		 uint64_t bad)
{
	sample(name);
	ASK(taken());
	set(at, good, width);
	ASK(taken());
	set(at, bad, width);
	ASK(!taken());
	return true;
}

static bool blocks(void)
{
	ASK(edge("propose", BLOCK_HEIGHT, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	ASK(edge("propose", BLOCK_HEIGHT, 8, 8, 7));
	ASK(edge("propose", BLOCK_PARENT_HEIGHT, 8, 8, 9));
	ASK(edge("propose", BLOCK_TERM, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	/* The beginning has no digest. */
	sample("block");
	set(BLOCK_PARENT_HEIGHT, 0, 8);
	ASK(!taken());
	memset(bytes + BLOCK_PARENT, 0, AGREE_DIGEST_LEN);
	ASK(taken());
	bytes[BLOCK_PARENT + 31] = 1;
	ASK(!taken());
	ASK(edge("block", BLOCK_COUNT, 4, 2, 1));
	ASK(edge("block", BLOCK_COUNT, 4, 2, 3));
	/* A digest is no whole request. */
	sample("propose");
	bytes[1] = AGREE_BLOCK;
	return !taken();
}

static bool requests(void)
{
	sample("block");
	config.batch_max = 2;
	ASK(taken());
	config.batch_max = 1;
	ASK(!taken());
	sample("block");
	config.block_max = (uint32_t)len - AGREE_HEADER_LEN;
	ASK(taken());
	config.block_max--;
	ASK(!taken());
	/* Digests alone do not count. */
	sample("propose");
	config.block_max = AGREE_BLOCK_LEN + AGREE_ENTRY_LEN + 3;
	ASK(taken());
	config.block_max--;
	ASK(!taken());
	sample("block");
	config.request_max = 3;
	ASK(taken());
	config.request_max = 2;
	ASK(!taken());

	sample("relay");
	config.request_max = 7;
	config.batch_max = 2;
	ASK(taken());
	config.batch_max = 1;
	ASK(!taken());
	sample("relay");
	config.block_max = (uint32_t)len - AGREE_HEADER_LEN;
	ASK(taken());
	config.block_max--;
	ASK(!taken());
	/* An empty request, an empty relay */
	sample("relay");
	set(AGREE_HEADER_LEN, 1, 4);
	len = AGREE_HEADER_LEN + AGREE_ENTRY_LEN + 1;
	ASK(taken());
	set(AGREE_HEADER_LEN, 0, 4);
	len--;
	ASK(!taken());
	len = AGREE_HEADER_LEN;
	return !taken();
}

static bool votes(void)
{
	ASK(edge("votes", FIRST_VOTE, 1, VOTE_FINALIZE, VOTE_CHECKPOINT));
	ASK(edge("votes", FIRST_VOTE, 1, VOTE_NOTARIZE, 0));
	ASK(edge("votes", FIRST_VOTE + 1, 8, 1, 0));
	ASK(edge("votes", FIRST_VOTE + 1, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	ASK(edge("votes", FIRST_VOTE + VOTE_LEN + 9 + 31, 1, 0, 1));
	ASK(edge("votes", FIRST_VOTE, 1, VOTE_FINALIZE, VOTE_DUMMY));
	ASK(edge("checkpoint", FIRST_VOTE, 1, VOTE_CHECKPOINT, VOTE_FINALIZE));
	sample("votes");
	set(AGREE_HEADER_LEN, 1, 4);
	len = FIRST_VOTE + VOTE_LEN;
	ASK(taken());
	set(AGREE_HEADER_LEN, 0, 4);
	len = FIRST_VOTE;
	ASK(!taken());
	/* 64 of one message, not 65 */
	sample("votes");
	for (len = 1; len < 65; len++)
		memcpy(bytes + FIRST_VOTE + len * VOTE_LEN, bytes + FIRST_VOTE,
		       VOTE_LEN);
	set(AGREE_HEADER_LEN, 64, 4);
	len = FIRST_VOTE + 64 * VOTE_LEN;
	ASK(taken());
	set(AGREE_HEADER_LEN, 65, 4);
	len += VOTE_LEN;
	return !taken();
}

static bool certificates(void)
{
	ASK(edge("notarization", AGREE_HEADER_LEN, 1, VOTE_FINALIZE,
		 VOTE_CHECKPOINT));
	ASK(edge("notarization", AGREE_HEADER_LEN, 1, VOTE_FINALIZE,
		 VOTE_DUMMY));
	ASK(edge("stable", AGREE_HEADER_LEN, 1, VOTE_CHECKPOINT,
		 VOTE_NOTARIZE));
	ASK(edge("notarization", AGREE_HEADER_LEN + 1, 8, 1, 0));
	ASK(edge("notarization", AGREE_HEADER_LEN + 1, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	ASK(edge("dummy-certificate", AGREE_HEADER_LEN + 9, 1, 0, 1));
	/* Three of four; of others than members none */
	ASK(edge("notarization", CERT_SIGNERS, 4, 7, 0x13));
	ASK(edge("notarization", CERT_SIGNERS, 4, 7, 0x17));
	ASK(edge("notarization", CERT_SIGNERS, 4, 0xb, 0x80000003));
	/* Two are no quorum, with as many signatures; four are one too. */
	sample("notarization");
	set(CERT_SIGNERS, 3, 4);
	ASK(!taken());
	len -= AGREE_SIG_LEN;
	ASK(!taken());
	sample("notarization");
	set(CERT_SIGNERS, 15, 4);
	ASK(!taken());
	len += AGREE_SIG_LEN;
	return taken();
}

static bool others(void)
{
	ASK(edge("fetch-block", AGREE_HEADER_LEN, 8, 1, 0));
	ASK(edge("want", AGREE_HEADER_LEN, 8, 1, 0));
	ASK(edge("chunk", AGREE_HEADER_LEN, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	ASK(edge("want", AGREE_HEADER_LEN + 8, 4, AGREE_CHUNKS_MAX - 1,
		 AGREE_CHUNKS_MAX));
	ASK(edge("status", AGREE_HEADER_LEN + 40, 2, 3, 4));
	ASK(edge("status", AGREE_HEADER_LEN + 40, 2, AGREE_ALL, 0xfffe));
	ASK(edge("status", AGREE_HEADER_LEN, 8, AGREE_HEIGHT_MAX,
		 AGREE_HEIGHT_MAX + 1));
	ASK(edge("status", AGREE_HEADER_LEN + 8, 8, 0, AGREE_HEIGHT_MAX + 1));
	ASK(edge("status", AGREE_HEADER_LEN + 16, 8, 0, UINT64_MAX));
	ASK(edge("stable", STABLE_LEN, 4, 2 * AGREE_CHUNK_LEN,
		 2 * AGREE_CHUNK_LEN + 1));
	ASK(edge("stable", STABLE_LEN, 4, AGREE_CHUNK_LEN + 1,
		 AGREE_CHUNK_LEN));
	sample("stable");
	config.snapshot_max = AGREE_CHUNK_LEN + 1;
	ASK(taken());
	config.snapshot_max--;
	ASK(!taken());
	sample("chunk");
	len = AGREE_HEADER_LEN + 12 + AGREE_CHUNK_LEN;
	ASK(taken());
	len++;
	ASK(!taken());
	len = AGREE_HEADER_LEN + 12;
	ASK(!taken());
	sample("fetch-requests");
	set(AGREE_HEADER_LEN + 40, AGREE_FETCH_MAX, 4);
	len = AGREE_HEADER_LEN + 44 + AGREE_FETCH_MAX * AGREE_DIGEST_LEN;
	ASK(taken() && len <= message_max(&config));
	set(AGREE_HEADER_LEN + 40, AGREE_FETCH_MAX + 1, 4);
	len += AGREE_DIGEST_LEN;
	ASK(!taken());
	ASK(edge("want", 1, 1, AGREE_WANT, AGREE_CHUNK + 1));
	return edge("want", 1, 1, AGREE_WANT, 0);
}

/* Whole requests come with their own digest, whatever the sender would have said. */
static bool digests(void)
{
	static const uint8_t abc[] = {	/* FIPS 180-4 */
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	struct agree_packet p;
	struct block_entry e;
	size_t at = 0;

	sample("propose");
	ASK(!message_decode(&p, &config, bytes, len));
	ASK(message_entry(&p, &at, &e));
	ASK(e.len == 3 && e.bytes == bytes + FIRST_ENTRY + AGREE_ENTRY_LEN);
	ASK(!memcmp(e.digest, abc, sizeof(abc)));
	ASK(message_entry(&p, &at, &e));
	ASK(!e.bytes && !e.len && e.digest[0] == 0x80);
	return !message_entry(&p, &at, &e);
}

int main(void)
{
	TEST("block headers", blocks());
	TEST("requests", requests());
	TEST("votes", votes());
	TEST("certificates", certificates());
	TEST("fetch, status, snapshots", others());
	TEST("digests of whole requests", digests());
	return test_end();
}
