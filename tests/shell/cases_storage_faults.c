// SPDX-License-Identifier: GPL-2.0
/*
 * The same small history of a member's directory, over and over, with the first,
 * second, third ... call going wrong, until nothing is left to go wrong.  What was
 * said to be durable must be there afterwards.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "storage.h"

enum { SEGMENT = 16384, PIECE_MAX = 1024, PIECES_EACH = 3, SEGMENTS = 4 };

/* Bytes of what is appended: whole sectors, which pass by the page cache, and others */
static const size_t piece_lens[] = { 700, PIECE_MAX };
static size_t piece_len;

static const uint8_t me[STORAGE_IDENTITY_LEN] = "a member";

/* What was promised; shared with a child that is killed */
struct promised {
	unsigned int pieces;		/* durable, over all segments, oldest first */
	unsigned int snapshot;
	unsigned int below;		/* removal of segments was asked for */
};

static struct promised *promised;

static void fill(uint8_t *out, unsigned int piece)
{
	memset(out, (int)piece + 1, piece_len);
}

/* Stops at the first thing that fails. */
static bool history(struct storage *s, struct words *why)
{
	uint8_t bytes[PIECE_MAX], snapshot[2 * PIECE_MAX];
	unsigned int i, j, piece = 0;

	for (i = 1; i <= SEGMENTS; i++) {
		if (!storage_new_segment(s, i, why))
			return false;
		for (j = 0; j < PIECES_EACH; j++) {
			fill(bytes, piece++);
			if (!storage_append(s, bytes, piece_len, why) ||
			    !storage_sync(s, why))
				return false;
			promised->pieces = piece;
		}
		memset(snapshot, (int)(100 + i), sizeof(snapshot));
		if (!storage_snapshot(s, i, snapshot, sizeof(snapshot), why))
			return false;
		promised->snapshot = i;
		if (i >= 2) {
			promised->below = i - 1;
			if (!storage_drop_below(s, i - 1, why))
				return false;
		}
	}
	return true;
}

/* Is everything promised there, and does the directory still work? */
static bool kept(const char *dir)
{
	const uint8_t *in;
	uint8_t bytes[PIECE_MAX];
	struct storage *s;
	struct words why;
	uint64_t number, next = 0;
	unsigned int i, j, seen = 0;
	size_t len;

	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	ASK(storage_read_snapshot(s, &in, &len, &why));
	ASK(!promised->snapshot || in);
	if (in) {
		ASK(len == 2 * PIECE_MAX && in[0] >= 100 + promised->snapshot);
		ASK(in[0] == in[len - 1]);
	}
	for (i = 0; i < storage_segments(s); i++) {
		ASK(storage_read_segment(s, i, &number, &in, &len, &why));
		next = number;
		for (j = 0; j < PIECES_EACH; j++) {
			unsigned int piece = ((unsigned int)number - 1) *
				PIECES_EACH + j;

			if (piece >= promised->pieces)
				break;
			fill(bytes, piece);
			ASK(len >= (j + 1) * piece_len);
			ASK(!memcmp(in + j * piece_len, bytes, piece_len));
			seen++;
		}
	}
	ASK(seen + PIECES_EACH * promised->below >= promised->pieces);
	if (promised->pieces)
		ASK(storage_formatted(s));
	ASK(storage_new_segment(s, next + 1, &why));
	ASK(storage_append(s, bytes, piece_len, &why) && storage_sync(s, &why));
	ASK(storage_snapshot(s, 90, bytes, piece_len, &why));
	storage_close(s);
	return true;
}

/* Run the history with this fault at its call number @at.  *met: it had so many calls. */
static bool with_fault(enum fault kind, int error, unsigned int at, bool *met)
{
	const char *dir = scratch();
	struct words why = { "" };
	unsigned int calls;
	struct storage *s;
	bool ok;

	memset(promised, 0, sizeof(*promised));
	fault_reset();
	ASK(storage_format(dir, me, false, &why));
	s = storage_open(dir, me, SEGMENT, &why);
	ASK(s);
	fault_reset();
	fault = kind;
	fault_errno = error;
	fault_at = at;
	ok = history(s, &why);
	*met = fault_calls >= at;
	calls = fault_calls;
	if (*met && kind != FAULT_HALF) {
		ASK(!ok && why.text[0]);
		/* Nothing is tried again: fsyncgate. */
		ASK(calls == at);
		ASK(!storage_sync(s, &why));
		ASK(!storage_append(s, (const uint8_t *)"x", 1, &why));
		ASK(!storage_snapshot(s, 99, (const uint8_t *)"x", 1, &why));
		ASK(!storage_new_segment(s, 99, &why));
		ASK(!storage_drop_below(s, 99, &why));
		ASK(fault_calls == calls);
	} else {
		ASK(ok);
	}
	storage_close(s);
	fault_reset();
	return kept(dir);
}

static bool all_faults(enum fault kind, int error)
{
	unsigned int at = 0;
	bool met = true;

	while (met) {
		piece_len = piece_lens[(++at + kind) % 2];
		ASK(with_fault(kind, error, at, &met));
	}
	printf("# %u calls\n", at - 1);
	ASK(at > 30);
	return true;
}

static bool killed_at(enum fault kind, unsigned int at, bool *met)
{
	const char *dir = scratch();
	struct words why;
	int status = 0;
	pid_t child;

	memset(promised, 0, sizeof(*promised));
	fault_reset();
	ASK(storage_format(dir, me, false, &why));
	child = fork();
	if (!child) {
		struct storage *s = storage_open(dir, me, SEGMENT, &why);

		fault_reset();
		fault = kind;
		fault_at = at;
		_exit(s && history(s, &why) ? 0 : 1);
	}
	ASK(waitpid(child, &status, 0) == child);
	*met = WIFSIGNALED(status);
	ASK(*met ? WTERMSIG(status) == 9 : !status);
	return kept(dir);
}

static bool all_kills(enum fault kind)
{
	unsigned int at = 0;
	bool met = true;

	while (met) {
		piece_len = piece_lens[(++at + kind) % 2];
		ASK(killed_at(kind, at, &met));
	}
	ASK(at > 30);
	return true;
}

void cases_storage_faults(void)
{
	promised = mmap(NULL, sizeof(*promised), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (promised == MAP_FAILED)
		abort();
	TEST("storage: short writes are finished", all_faults(FAULT_HALF, 0));
	TEST("storage: EIO at each call", all_faults(FAULT_ERROR, EIO));
	TEST("storage: ENOSPC at each call", all_faults(FAULT_ERROR, ENOSPC));
	TEST("storage: ENOSPC half-way", all_faults(FAULT_HALF_ERROR, ENOSPC));
	TEST("storage: killed before each call", all_kills(FAULT_KILL_BEFORE));
	TEST("storage: killed after each call", all_kills(FAULT_KILL_AFTER));
	munmap(promised, sizeof(*promised));
}
