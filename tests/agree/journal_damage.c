// SPDX-License-Identifier: GPL-2.0
/*
 * All damages of one kind on a small journal: every truncation, every flipped
 * bit, every torn write by sectors, heads forged inside of a body; and many
 * damages at once, where the reader may lose but must not lie.
 */
#include "bytes.h"
#include "story.h"
#include "test.h"

static uint8_t memory[8192];
static struct journal_writer w;
static struct story_segment before, last;

/* The last of them has two sectors of records, the one before exactly one, the first none. */
enum { SECTOR = JOURNAL_HEAD_LEN, BATCHES = 3, MANY = 8 };

/* A segment that stays whole, of serial number 1, and one of @nr batches from 2 on */
static void build(unsigned int nr)
{
	journal_writer_init(&w, memory, sizeof(memory));
	story_segment(&before, &w, 1);
	w.segment = 2;
	story_segment(&last, &w, nr);
}

static void read_both(struct journal_reader *r, struct story_read *read,
		      const uint8_t *bytes, size_t len)
{
	memset(read, 0, sizeof(*read));
	story_read(r, read, 1, true, before.bytes, before.len);
	story_read(r, read, 2, false, bytes, len);
}

/* G1 | and then batches from 2 on: @state of each, and the end */
static bool says(const uint8_t *bytes, size_t len,
		 const enum journal_state *state, unsigned int nr, bool torn)
{
	struct journal_reader r;
	struct story_read read;
	unsigned int i;

	read_both(&r, &read, bytes, len);
	ASK(!read.lied);
	ASK(read.nr == 2 + nr + 1);
	for (i = 0; i < nr; i++) {
		ASK(read.state[2 + i] == state[i]);
		ASK(state[i] == JOURNAL_VOTES_LOST ||
		    read.serial[2 + i] == last.first_serial + i);
	}
	ASK(read.state[2 + nr] == JOURNAL_END && read.torn[2 + nr] == torn);
	return true;
}

static bool control(void)
{
	enum journal_state state[BATCHES] = { JOURNAL_GOOD };

	build(BATCHES);
	return says(last.bytes, last.len, state, BATCHES, false);
}

static size_t padded(size_t len)
{
	return (len + SECTOR - 1) / SECTOR * SECTOR;
}

/* Bytes of the body of batch @i of the last segment, its record's header included */
static size_t body_len(unsigned int i)
{
	size_t len = story_body(last.first_serial + i);

	return len ? len + 8 : 0;
}

static bool truncations(void)
{
	enum journal_state state[BATCHES];
	size_t len, left;
	unsigned int nr;
	bool torn;

	build(BATCHES);
	for (len = 0; len < last.len; len++) {
		nr = 0;
		torn = false;
		while (last.start[nr + 1] <= len)
			state[nr++] = JOURNAL_GOOD;
		left = len - last.start[nr];
		if (left >= SECTOR) {
			state[nr] = left >= SECTOR + body_len(nr) ?
				    JOURNAL_GOOD : JOURNAL_BODY_LOST;
			nr++;
		} else {
			torn = left;
		}
		if (!says(last.bytes, len, state, nr, torn)) {
			printf("# cut at %zu\n", len);
			return false;
		}
	}
	return true;
}

static bool flipped_bits(void)
{
	enum journal_state state[BATCHES];
	unsigned int i, batch = 0, bit;
	size_t at, in;

	build(BATCHES);
	for (at = 0; at < last.len; at++) {
		while (last.start[batch + 1] <= at)
			batch++;
		in = at - last.start[batch];
		for (i = 0; i < BATCHES; i++)
			state[i] = JOURNAL_GOOD;
		if (in >= SECTOR && in < SECTOR + body_len(batch))
			state[batch] = JOURNAL_BODY_LOST;
		for (bit = 0; bit < 8; bit++) {
			last.bytes[at] ^= 1 << bit;
			if (!says(last.bytes, last.len, state, BATCHES,
				  false)) {
				printf("# byte %zu bit %u\n", at, bit);
				return false;
			}
			last.bytes[at] ^= 1 << bit;
		}
	}
	return true;
}

/* The last batch is written over zeros or garbage, each sector or not. */
static bool torn_write(const uint8_t *old)
{
	static uint8_t torn[STORY_LEN_MAX];
	enum journal_state state[BATCHES];
	size_t start, sectors, k, body;
	unsigned int set, i, nr;
	bool head, whole;

	build(BATCHES);
	start = last.start[BATCHES - 1];
	sectors = (last.len - start) / SECTOR;
	body = padded(body_len(BATCHES - 1)) / SECTOR;
	ASK(body >= 1 && sectors == body + 2);
	for (i = 0; i < BATCHES; i++)
		state[i] = JOURNAL_GOOD;
	for (set = 0; set < 1u << sectors; set++) {
		memcpy(torn, last.bytes, last.len);
		for (k = 0; k < sectors; k++)
			if (!(set & 1u << k))
				memcpy(torn + start + k * SECTOR,
				       old + k * SECTOR, SECTOR);
		head = set & (1u | 1u << (sectors - 1));
		whole = (set >> 1 & ((1u << body) - 1)) == (1u << body) - 1;
		nr = BATCHES - 1 + head;
		state[BATCHES - 1] = whole ? JOURNAL_GOOD : JOURNAL_BODY_LOST;
		if (!says(torn, last.len, state, nr, !head)) {
			printf("# sectors written: %#x\n", set);
			return false;
		}
	}
	return true;
}

/* ... over zeros, over garbage, and over what another segment left there */
static bool torn_writes(void)
{
	static uint8_t old[STORY_LEN_MAX];

	ASK(torn_write(old));
	test_random(old, sizeof(old));
	ASK(torn_write(old));
	build(BATCHES);
	return torn_write(before.bytes);
}

static void put32(uint8_t *out, uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

/*
 * A head that a client could have made: all of it right for its place behind the
 * sectors before it, but for the CRC of the head before, which it does not know.
 */
static void forge(uint8_t *out, const struct journal_writer *now,
		  const uint8_t *body, size_t len, uint8_t copy)
{
	uint8_t room[2 * SECTOR];
	struct journal_writer liar;
	struct vote v = { .kind = VOTE_FINALIZE, .height = 666 };

	journal_writer_init(&liar, room, sizeof(room));
	liar.segment = now->segment;
	liar.serial = now->serial;
	liar.previous = now->previous + 1;
	journal_vote(&liar, &v);
	journal_seal(&liar);
	memcpy(out, room, SECTOR);
	put32(out + 40, (uint32_t)len);
	put32(out + 44, crc32c(0, body, len));
	out[12] = copy;
	put32(out + 8, crc32c(0, out + 12, SECTOR - 12));
}

/* A last batch whose record is full of heads: a tail for each place, fronts */
static size_t build_forged(uint8_t copy)
{
	static uint8_t record[8 * SECTOR];
	size_t at, from = SECTOR - 8;

	build(BATCHES);
	test_random(record, sizeof(record));
	for (at = from; at + SECTOR <= sizeof(record); at += SECTOR)
		/* The header of the record is of the body too: this CRC is not right. */
		forge(record + at, &w, record, at + 8, copy);
	journal_record(&w, JOURNAL_BLOCK);
	journal_bytes(&w, record, sizeof(record));
	journal_record_end(&w);
	at = journal_seal(&w);
	memcpy(last.bytes + last.len, w.out, at);
	return last.len + at;
}

static bool believes_forged(const uint8_t *bytes, size_t len)
{
	struct journal_batch b;
	struct journal_reader r;
	bool torn, any = false;

	journal_reader_segment(&r, 1, true, before.bytes, before.len);
	do
		journal_read(&r, &b, &torn);
	while (b.state != JOURNAL_END);
	journal_reader_segment(&r, 2, false, bytes, len);
	do {
		journal_read(&r, &b, &torn);
		/* Behind a loss nothing is sure, and the caller knows that. */
		if (b.state == JOURNAL_VOTES_LOST)
			break;
		any |= b.vote_nr && b.vote[0].height == 666;
	} while (b.state != JOURNAL_END);
	return any;
}

static bool forged_heads(void)
{
	static uint8_t bytes[STORY_LEN_MAX];
	uint8_t copy, *forged;
	size_t len;

	for (copy = 0; copy < 2; copy++) {
		len = build_forged(copy);
		memcpy(bytes, last.bytes, len);
		ASK(!believes_forged(bytes, len));
		memset(bytes + last.len, 0, SECTOR);
		ASK(!believes_forged(bytes, len));
		memset(bytes + len - SECTOR, 0, SECTOR);
		ASK(!believes_forged(bytes, len));
	}
	/* Control: with the CRC of the head before it would be believed. */
	len = build_forged(1);
	memcpy(bytes, last.bytes, len);
	memset(bytes + last.len, 0, SECTOR);
	forged = bytes + last.len + 2 * SECTOR;
	put32(forged + 48, wire_get32(bytes + len - SECTOR + 48));
	put32(forged + 8, crc32c(0, forged + 12, SECTOR - 12));
	ASK(believes_forged(bytes, len));
	return true;
}

/* Many damages: serial numbers ascend, and no batch says what it did not say. */
static bool any_damage(void)
{
	static uint8_t bytes[STORY_LEN_MAX];
	struct journal_reader r;
	struct story_read read;
	unsigned int i, k, n;
	uint64_t serial;
	size_t a, b;

	build(MANY);
	for (n = 0; n < 10000; n++) {
		memcpy(bytes, last.bytes, last.len);
		for (k = test_below(6); k; k--) {
			a = test_below((uint32_t)(last.len / SECTOR)) * SECTOR;
			b = test_below((uint32_t)(last.len / SECTOR)) * SECTOR;
			if (test_below(3) == 0)
				bytes[a + test_below(SECTOR)] ^= 4;
			else if (test_below(2))
				memset(bytes + a, 0, SECTOR);
			else	/* misdirected */
				memcpy(bytes + a, last.bytes + b, SECTOR);
		}
		read_both(&r, &read, bytes, last.len - test_below(2) *
			  test_below((uint32_t)last.len));
		ASK(!read.lied);
		for (serial = 0, i = 0; i < read.nr; i++) {
			if (!read.serial[i])
				continue;
			ASK(read.serial[i] > serial);
			serial = read.serial[i];
		}
	}
	return true;
}

int main(void)
{
	TEST("control: nothing is damaged", control());
	TEST("cut at every byte", truncations());
	TEST("every bit flipped", flipped_bits());
	TEST("every torn write of the last batch", torn_writes());
	TEST("heads forged in a body", forged_heads());
	TEST("any damage", any_damage());
	return test_end();
}
