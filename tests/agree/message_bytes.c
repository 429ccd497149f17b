// SPDX-License-Identifier: GPL-2.0
/*
 * Messages as bytes: what is recorded in golden.txt, every truncation, every
 * flipped bit, and a byte behind the end; then random messages of every mode.
 */
#include "golden.h"
#include "sample.h"
#include "test.h"

static struct agree_config config;
static uint8_t one[SAMPLE_MAX], two[SAMPLE_MAX];

/* Decodes from memory of exactly this length. */
static enum agree_err decode(struct agree_packet *p, uint8_t **copy,
			     const uint8_t *bytes, size_t len)
{
	*copy = test_copy(bytes, len);
	return message_decode(p, &config, *copy, len);
}

static bool refused(const uint8_t *bytes, size_t len)
{
	struct agree_packet p;
	uint8_t *copy;
	bool bad = decode(&p, &copy, bytes, len) != AGREE_OK;

	free(copy);
	return bad;
}

/* Decodes, and encodes to the same bytes. */
static bool returns(const uint8_t *bytes, size_t len)
{
	struct agree_packet p;
	uint8_t *copy;
	bool same = false;

	if (decode(&p, &copy, bytes, len) == AGREE_OK)
		same = sample_encode(two, sizeof(two), &config, &p) == len &&
		       !memcmp(two, bytes, len);
	free(copy);
	return same;
}

static bool damage(unsigned int i)
{
	size_t len = sample_message(one, sizeof(one), &config, i), k;
	unsigned int bit;

	ASK(len && returns(one, len));
	for (k = 0; k < len; k++)
		/* A relay or a chunk may be shorter; then it is another message. */
		ASK(refused(one, k) || returns(one, k));
	ASK(refused(one, AGREE_HEADER_LEN) && refused(one, 0));
	one[len] = 0;
	ASK(refused(one, len + 1) ||
	    (one[1] == AGREE_CHUNK && returns(one, len + 1)));
	for (k = 0; k < len; k++)
		for (bit = 0; bit < 8; bit++) {
			one[k] ^= 1 << bit;
			ASK(refused(one, len) || returns(one, len));
			ASK(k >= AGREE_HEADER_LEN || k == 1 ||
			    refused(one, len));
			one[k] ^= 1 << bit;
		}
	return returns(one, len);
}

/* All of golden.txt for this mode */
static bool golden(enum agree_mode mode)
{
	unsigned int i;
	size_t len, want;

	for (i = 0; i < SAMPLES; i++) {
		len = sample_message(one, sizeof(one), &config, i);
		want = golden_read(two, sizeof(two), mode, sample_name(i));
		ASK(len && len == want && !memcmp(one, two, len));
	}
	return true;
}

/* What is hashed and signed */
static bool statements(void)
{
	static uint8_t statement[AGREE_VOTE_STATEMENT_LEN];
	struct agree_packet p;
	uint8_t digest[AGREE_DIGEST_LEN];
	struct vote vote;
	size_t len;

	len = golden_read(one, sizeof(one), AGREE_BYZANTINE, "block");
	ASK(!message_decode(&p, &config, one, len));
	block_digest(digest, &config, &p.block);
	ASK(golden_read(two, sizeof(two), 0, "block-digest") == 32);
	ASK(!memcmp(two, digest, sizeof(digest)));

	len = golden_read(one, sizeof(one), AGREE_BYZANTINE, "checkpoint");
	ASK(!message_decode(&p, &config, one, len));
	message_vote(&p, 0, &vote);
	vote_statement(statement, &config, &vote);
	ASK(golden_read(two, sizeof(two), 0, "checkpoint-statement") ==
	    sizeof(statement));
	ASK(!memcmp(two, statement, sizeof(statement)));
	vote.kind = VOTE_FINALIZE;
	vote_statement(statement, &config, &vote);
	ASK(golden_read(two, sizeof(two), 0, "statement") ==
	    sizeof(statement));
	ASK(!memcmp(two, statement, sizeof(statement)));
	return true;
}

/* The writer stops at any room, and says so. */
static bool rooms(void)
{
	unsigned int i;
	size_t len, room;

	for (i = 0; i < SAMPLES; i++) {
		len = sample_message(one, sizeof(one), &config, i);
		for (room = 0; room < len; room++) {
			memset(two, 0xee, len + 1);
			ASK(!sample_message(two, room, &config, i));
			ASK(two[room] == 0xee);
		}
		ASK(sample_message(two, len, &config, i) == len);
	}
	return true;
}

static bool random_messages(void)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < 3000; i++) {
		len = sample_random(one, sizeof(one), &config);
		ASK(len && len <= message_max(&config));
		ASK(returns(one, len));
	}
	return true;
}

static bool foreign(void)
{
	struct agree_config other = config;
	struct agree_packet p;
	size_t len = sample_message(one, sizeof(one), &config, 1);

	ASK(!message_decode(&p, &config, one, len));
	other.domain++;
	ASK(message_decode(&p, &other, one, len) == AGREE_EDOMAIN);
	other = config;
	other.phase++;
	ASK(message_decode(&p, &other, one, len) == AGREE_EDOMAIN);
	one[0]++;
	ASK(message_decode(&p, &config, one, len) == AGREE_EFORMAT);
	return true;
}

int main(void)
{
	static const char *const modes[] = { "byzantine", "crash",
					     "centralized" };
	char name[96];
	unsigned int mode, i;

	for (mode = AGREE_BYZANTINE; mode <= AGREE_CENTRALIZED; mode++) {
		const char *m = modes[mode - 1];

		sample_mode(&config, mode);
		snprintf(name, sizeof(name), "%s: bytes as recorded", m);
		TEST(name, golden(mode));
		for (i = 0; i < SAMPLES; i++) {
			snprintf(name, sizeof(name),
				 "%s: %s: cut, flipped, longer", m,
				 sample_name(i));
			TEST(name, damage(i));
		}
		snprintf(name, sizeof(name), "%s: writer without room", m);
		TEST(name, rooms());
		snprintf(name, sizeof(name), "%s: random messages return", m);
		TEST(name, random_messages());
		snprintf(name, sizeof(name), "%s: another domain, phase, version", m);
		TEST(name, foreign());
	}
	sample_config(&config);
	TEST("what votes sign and blocks are hashed to", statements());
	return test_end();
}
