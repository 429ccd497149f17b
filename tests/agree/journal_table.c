// SPDX-License-Identifier: GPL-2.0
/*
 * The table of docs/agreement.md section 5, one line at a time: what is
 * damaged, and what the reader makes of it.
 */
#include "golden.h"
#include "story.h"
#include "test.h"

static uint8_t memory[4096];
static struct journal_writer w;
static struct story_segment s[STORY_SEGMENTS];
static struct journal_writer after[STORY_SEGMENTS];

/* Segments of 3, 4 and 3 batches: serial numbers 1 .. 10 */
static void build(void)
{
	static const unsigned int nr[STORY_SEGMENTS] = { 3, 4, 3 };
	unsigned int i;

	journal_writer_init(&w, memory, sizeof(memory));
	for (i = 0; i < STORY_SEGMENTS; i++) {
		w.segment = i + 1;
		story_segment(&s[i], &w, nr[i]);
		after[i] = w;
	}
}

static bool says(const char *want)
{
	struct journal_reader r;
	struct story_read read = { .nr = 0 };
	unsigned int i;

	for (i = 0; i < STORY_SEGMENTS; i++)
		story_read(&r, &read, i + 1, !i, s[i].bytes, s[i].len);
	if (strcmp(story_text(&read), want)) {
		printf("# want %s\n# have %s\n", want, story_text(&read));
		return false;
	}
	return !read.lied;
}

static void spoil_sector(unsigned int segment, size_t at)
{
	memset(s[segment].bytes + at, 0x5a, JOURNAL_HEAD_LEN);
}

static void spoil_front(unsigned int segment, unsigned int batch)
{
	spoil_sector(segment, s[segment].start[batch]);
}

static void spoil_tail(unsigned int segment, unsigned int batch)
{
	spoil_sector(segment, s[segment].start[batch + 1] - JOURNAL_HEAD_LEN);
}

static void spoil_body(unsigned int segment, unsigned int batch)
{
	s[segment].bytes[s[segment].start[batch] + JOURNAL_HEAD_LEN + 9] ^= 1;
}

#define WHOLE "G1 G2 G3 | G4 G5 G6 G7 | G8 G9 G10 |"

static bool control(void)
{
	build();
	return says(WHOLE);
}

static bool one_copy(void)
{
	unsigned int i, k;

	for (i = 0; i < STORY_SEGMENTS; i++)
		for (k = 0; k < s[i].nr; k++) {
			build();
			spoil_front(i, k);
			ASK(says(WHOLE));
			build();
			spoil_tail(i, k);
			ASK(says(WHOLE));
		}
	return true;
}

static bool body(void)
{
	build();
	spoil_body(1, 1);
	ASK(says("G1 G2 G3 | G4 B5 G6 G7 | G8 G9 G10 |"));
	build();
	spoil_body(2, 1);
	ASK(says("G1 G2 G3 | G4 G5 G6 G7 | G8 B9 G10 |"));
	/* The last one, read by its tail alone */
	build();
	spoil_body(1, 2);
	spoil_front(1, 2);
	ASK(says("G1 G2 G3 | G4 G5 B6 G7 | G8 G9 G10 |"));
	return true;
}

static bool both_copies(void)
{
	build();
	spoil_front(1, 1);
	spoil_tail(1, 1);
	ASK(says("G1 G2 G3 | G4 V G6 G7 | G8 G9 G10 |"));
	build();
	spoil_front(0, 0);
	spoil_tail(0, 0);
	ASK(says("V G2 G3 | G4 G5 G6 G7 | G8 G9 G10 |"));
	/* At the end of a segment that is not the last, and two in a row */
	build();
	spoil_front(1, 3);
	spoil_tail(1, 3);
	ASK(says("G1 G2 G3 | G4 G5 G6 ~ V G8 G9 G10 |"));
	build();
	spoil_front(1, 1);
	spoil_tail(1, 1);
	spoil_front(1, 2);
	spoil_tail(1, 2);
	ASK(says("G1 G2 G3 | G4 V G7 | G8 G9 G10 |"));
	/* Only the tail of the batch behind it is left */
	build();
	spoil_front(1, 1);
	spoil_tail(1, 1);
	spoil_front(1, 2);
	ASK(says("G1 G2 G3 | G4 V G6 G7 | G8 G9 G10 |"));
	/* The last one of all was never relied on */
	build();
	spoil_front(2, 2);
	spoil_tail(2, 2);
	return says("G1 G2 G3 | G4 G5 G6 G7 | G8 G9 ~");
}

static bool missing_segment(void)
{
	struct story_read read = { .nr = 0 };
	struct journal_reader r;

	build();
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	story_read(&r, &read, 3, false, s[2].bytes, s[2].len);
	ASK(!strcmp(story_text(&read), "G1 G2 G3 | V G8 G9 G10 |"));
	/* The first ones may be gone: a snapshot has what they said. */
	memset(&read, 0, sizeof(read));
	story_read(&r, &read, 2, true, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "G4 G5 G6 G7 |"));
	/* A file under another name is nothing. */
	memset(&read, 0, sizeof(read));
	story_read(&r, &read, 1, true, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "~") && !read.lied);
	return true;
}

/* A torn end, a restart, a new segment: no loss, whatever was torn. */
static bool resumed(void)
{
	struct story_read read = { .nr = 0 };
	struct journal_reader r;
	struct journal_writer again;

	build();
	spoil_front(0, 2);
	spoil_tail(0, 2);
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	ASK(!strcmp(story_text(&read), "G1 G2 ~"));
	journal_writer_init(&again, memory, sizeof(memory));
	journal_writer_resume(&again, &r);
	ASK(again.segment == 2 && again.serial == 3);
	story_segment(&s[1], &again, 2);
	memset(&read, 0, sizeof(read));
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	story_read(&r, &read, 2, false, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "G1 G2 ~ G3 G4 |") && !read.lied);

	/* The same with a body that was torn */
	build();
	spoil_body(0, 0);
	s[0].len = s[0].start[1];
	memset(&read, 0, sizeof(read));
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	journal_writer_init(&again, memory, sizeof(memory));
	journal_writer_resume(&again, &r);
	story_segment(&s[1], &again, 1);
	story_read(&r, &read, 2, false, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "B1 | G2 |") && !read.lied);

	/* Nothing was ever whole; and: there is nothing at all. */
	memset(&read, 0, sizeof(read));
	memset(s[0].bytes, 0, s[0].len);
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	journal_writer_init(&again, memory, sizeof(memory));
	journal_writer_resume(&again, &r);
	story_segment(&s[1], &again, 1);
	story_read(&r, &read, 2, false, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "~ G1 |") && !read.lied);
	memset(&read, 0, sizeof(read));
	story_read(&r, &read, 1, true, NULL, 0);
	ASK(!strcmp(story_text(&read), "|"));
	return true;
}

/* A batch of an old journal stands where the next one should be. */
static bool other_history(void)
{
	struct story_read read = { .nr = 0 };
	struct journal_reader r;
	struct journal_writer other;

	build();
	other = after[0];
	other.segment = 2;
	other.previous ^= 1;
	story_segment(&s[1], &other, 2);
	story_read(&r, &read, 1, true, s[0].bytes, s[0].len);
	story_read(&r, &read, 2, false, s[1].bytes, s[1].len);
	ASK(!strcmp(story_text(&read), "G1 G2 G3 | V G4 G5 |"));
	return true;
}

static bool golden(void)
{
	static uint8_t want[4096], data[600];
	struct vote v = { .kind = VOTE_NOTARIZE, .height = 11 };
	size_t i, len;

	journal_writer_init(&w, memory, sizeof(memory));
	w.segment = 6;
	w.serial = 5;
	ASK(journal_empty(&w));
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	memcpy(v.digest, data + 0x10, sizeof(v.digest));
	ASK(journal_vote(&w, &v) && !journal_empty(&w));
	memset(&v, 0, sizeof(v));
	v.kind = VOTE_DUMMY;
	v.height = 12;
	ASK(journal_vote(&w, &v));
	journal_record(&w, JOURNAL_DECIDED);
	journal_bytes(&w, data, 40);
	journal_record_end(&w);
	journal_record(&w, JOURNAL_BLOCK);
	for (i = 0; i < 600; i++)
		data[i] = (uint8_t)(7 + i);
	journal_bytes(&w, data, 600);
	journal_record_end(&w);
	len = journal_seal(&w);
	ASK(len == journal_room(640, 2));
	ASK(golden_read(want, sizeof(want), 0, "batch") == len);
	ASK(!memcmp(want, memory, len) && journal_empty(&w));

	w.reserve = 77;
	ASK(!journal_empty(&w));
	len = journal_seal(&w);
	ASK(golden_read(want, sizeof(want), 0, "batch-after") == len);
	ASK(!memcmp(want, memory, len) && journal_empty(&w));
	return true;
}

static bool votes_max(void)
{
	struct vote v = { .kind = VOTE_DUMMY, .height = 1 };
	unsigned int i;

	journal_writer_init(&w, memory, sizeof(memory));
	for (i = 0; i < JOURNAL_VOTES_MAX; i++, v.height++)
		ASK(journal_vote(&w, &v));
	ASK(!journal_vote(&w, &v) && w.vote_nr == JOURNAL_VOTES_MAX);
	return true;
}

int main(void)
{
	TEST("bytes as recorded", golden());
	TEST("eight votes in a head", votes_max());
	TEST("control: nothing is damaged", control());
	TEST("one copy of a head", one_copy());
	TEST("a body", body());
	TEST("both copies of a head", both_copies());
	TEST("a missing segment", missing_segment());
	TEST("writing goes on behind a torn end", resumed());
	TEST("a batch of another history", other_history());
	return test_end();
}
