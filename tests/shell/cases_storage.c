// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "storage.h"

enum { SEGMENT = 65536 };

static const uint8_t me[STORAGE_IDENTITY_LEN] = "member three of the domain";
static const uint8_t other[STORAGE_IDENTITY_LEN] = "somebody else";

static bool identity_is_checked(void)
{
	const char *dir = scratch();
	struct storage *s;
	struct words why;

	ASK(!storage_open(dir, me, SEGMENT, &why));
	ASK(storage_format(dir, me, false, &why));
	ASK(!storage_format(dir, me, false, &why));
	ASK(!storage_open(dir, other, SEGMENT, &why));
	ASK(strstr(why.text, "another member's"));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	storage_close(s);
	return true;
}

static bool one_process_only(void)
{
	const char *dir = scratch();
	struct storage *s;
	struct words why;
	int status = 0;
	pid_t child;

	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	child = fork();
	if (!child)
		_exit(storage_open(dir, me, SEGMENT, &why) ? 1 :
		      strstr(why.text, "another process") ? 0 : 2);
	ASK(waitpid(child, &status, 0) == child && status == 0);
	storage_close(s);
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	storage_close(s);
	return true;
}

/* An empty journal means something else for a new member than for one that lost it. */
static bool lost_is_noticed(void)
{
	const char *dir = scratch(), *lost = scratch();
	struct storage *s;
	struct words why;
	char path[700];

	ASK(storage_format(lost, me, true, &why));
	s = storage_open(lost, me, SEGMENT, &why);
	ASK(s && !storage_formatted(s));
	storage_close(s);

	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_formatted(s));
	ASK(storage_new_segment(s, 1, &why));
	storage_close(s);
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_formatted(s));
	storage_close(s);
	snprintf(path, sizeof(path), "%s/journal-0000000000000001", dir);
	ASK(!unlink(path));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && !storage_formatted(s));
	storage_close(s);
	return true;
}

static bool what_is_written_is_read(void)
{
	const char *dir = scratch();
	uint8_t bytes[3000];
	const uint8_t *in;
	struct storage *s;
	struct words why;
	uint64_t number;
	unsigned int i;
	size_t len;

	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	ASK(storage_read_snapshot(s, &in, &len, &why) && !in);
	for (i = 1; i <= 20; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		ASK(storage_new_segment(s, i, &why));
		ASK(storage_append(s, bytes, 1000, &why));
		ASK(storage_append(s, bytes, 2000, &why));
		ASK(storage_sync(s, &why));
	}
	ASK(storage_snapshot(s, 7, (const uint8_t *)"seven", 5, &why));
	ASK(storage_snapshot(s, 9, (const uint8_t *)"nine", 4, &why));
	ASK(storage_drop_below(s, 18, &why));
	storage_close(s);

	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_segments(s) == 3);
	for (i = 0; i < 3; i++) {
		ASK(storage_read_segment(s, i, &number, &in, &len, &why));
		ASK(number == 18 + i && len >= SEGMENT);
		memset(bytes, (int)(18 + i), sizeof(bytes));
		ASK(!memcmp(in, bytes, 3000) && !in[3000] && !in[SEGMENT - 1]);
	}
	ASK(storage_read_snapshot(s, &in, &len, &why));
	ASK(in && len == 4 && !memcmp(in, "nine", 4));
	/* The one being written stays. */
	ASK(storage_new_segment(s, 21, &why));
	ASK(storage_drop_below(s, 1000, &why));
	storage_close(s);
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_segments(s) == 1);
	storage_close(s);
	return true;
}

/* A segment may grow over what was set aside for it. */
static bool segment_grows(void)
{
	const char *dir = scratch();
	static uint8_t bytes[7 * SEGMENT], zeros[SEGMENT];
	const uint8_t *in;
	struct storage *s;
	struct words why;
	uint64_t number;
	size_t len;

	memset(bytes, 5, sizeof(bytes));
	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_new_segment(s, 1, &why));
	ASK(storage_append(s, bytes, sizeof(bytes) - 1, &why));
	ASK(storage_append(s, bytes, 1, &why));
	ASK(storage_sync(s, &why));
	storage_close(s);
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_read_segment(s, 0, &number, &in, &len, &why));
	ASK(len >= sizeof(bytes) + SEGMENT && !memcmp(in, bytes, sizeof(bytes)));
	ASK(!memcmp(in + sizeof(bytes), zeros, sizeof(zeros)));
	storage_close(s);
	return true;
}

/* Sectors past the page cache, more than the buffer holds; then an odd length, and sectors behind it */
static bool of_any_length(void)
{
	static const size_t lengths[] = { 512, 2048, 1536, 900 * 1024, 512, 100, 1024, 412, 4096 };
	enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };
	static uint8_t bytes[1024 * 1024];
	const char *dir = scratch();
	size_t i, len, at = 0;
	const uint8_t *in;
	struct storage *s;
	struct words why;
	uint64_t number;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 512 + 1);
	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_new_segment(s, 1, &why));
	for (i = 0; i < LENGTHS; i++) {
		ASK(storage_append(s, bytes + at, lengths[i], &why));
		at += lengths[i];
		ASK(i % 3 == 0 || storage_sync(s, &why));
	}
	storage_close(s);
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_read_segment(s, 0, &number, &in, &len, &why));
	ASK(len > at && !memcmp(in, bytes, at) && !in[at]);
	storage_close(s);
	return true;
}

static bool bad_sector_costs_itself_only(void)
{
	const char *dir = scratch();
	static uint8_t bytes[16384];
	const uint8_t *in;
	struct storage *s;
	struct words why;
	uint64_t number;
	size_t len, i, wrong = 0;

	memset(bytes, 7, sizeof(bytes));
	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s && storage_new_segment(s, 1, &why));
	ASK(storage_append(s, bytes, sizeof(bytes), &why));
	ASK(storage_sync(s, &why));
	fault_unreadable = 5000;
	ASK(storage_read_segment(s, 0, &number, &in, &len, &why));
	fault_unreadable = -1;
	for (i = 0; i < sizeof(bytes); i++)
		wrong += in[i] != 7;
	ASK(len >= SEGMENT && wrong == 4096 && in[5000] && in[4095] == 7 &&
	    in[8192] == 7);
	storage_close(s);
	return true;
}

/* cometbft #6031: a rename, or a new file, is durable when its directory is. */
static bool order_of_syncs(void)
{
	const char *dir = scratch();
	struct storage *s;
	struct words why;

	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	fault_reset();
	ASK(storage_new_segment(s, 1, &why));
	ASK(!strcmp(fault_log, "casdcd"));	/* the second: "used" */
	fault_reset();
	ASK(storage_append(s, (const uint8_t *)"x", 1, &why));
	ASK(storage_append(s, (const uint8_t *)"y", 1, &why));
	ASK(!fault_log[0]);
	ASK(storage_sync(s, &why) && storage_sync(s, &why));
	ASK(!strcmp(fault_log, "wws"));		/* the first are zeros ahead */
	ASK(storage_append(s, (const uint8_t *)"x", 1, &why));
	fault_reset();
	ASK(storage_new_segment(s, 2, &why));
	ASK(!strcmp(fault_log, "wscasd"));
	fault_reset();
	ASK(storage_snapshot(s, 4, (const uint8_t *)"four", 4, &why));
	ASK(!strcmp(fault_log, "cwsrd"));
	ASK(storage_append(s, (const uint8_t *)"x", 1, &why));
	fault_reset();
	ASK(storage_snapshot(s, 5, (const uint8_t *)"five", 4, &why));
	ASK(!strcmp(fault_log, "wwscwsrdu"));
	fault_reset();
	ASK(storage_drop_below(s, 2, &why));
	ASK(!strcmp(fault_log, "u"));
	storage_close(s);
	fault_reset();
	return true;
}

void cases_storage(void)
{
	TEST("storage: a directory is one member's", identity_is_checked());
	TEST("storage: two processes never share it", one_process_only());
	TEST("storage: a lost journal is not a new one", lost_is_noticed());
	TEST("storage: what is written is read", what_is_written_is_read());
	TEST("storage: a segment may grow", segment_grows());
	TEST("storage: of any length", of_any_length());
	TEST("storage: a bad sector costs itself only",
	     bad_sector_costs_itself_only());
	TEST("storage: order of syncs", order_of_syncs());
}
