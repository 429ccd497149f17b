// SPDX-License-Identifier: GPL-2.0
/* A player: obeys its orders in the way of its role. */
#include "hammer.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* How often a record may be met in the middle of being written. */
enum { TRIES = 100000 };

static const struct way *way;

unsigned char pattern(unsigned int seed, size_t i)
{
	return (seed * 2654435761U + i * 40503U) >> 13;
}

uint64_t hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325ULL;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

unsigned int rnd(unsigned int *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

void record_make(struct record *r, uint32_t owner, uint32_t slot, uint64_t seq)
{
	int i;

	*r = (struct record){ .owner = owner, .slot = slot, .seq = seq };
	for (i = 0; i < 5; i++)
		r->fill[i] = (seq + i) * 0x9e3779b97f4a7c15ULL ^ owner;
	r->sum = hash(r, offsetof(struct record, sum));
}

int record_whole(const struct record *r)
{
	static const struct record none;
	struct record want;

	if (!memcmp(r, &none, sizeof(none)))
		return 0;
	record_make(&want, r->owner, r->slot, r->seq);
	return memcmp(r, &want, sizeof(want)) ? -1 : 1;
}

/* What went wrong is the answer. */
static int bad(const char *what, long where)
{
	printf("bad %s %ld errno %d\n", what, where, errno);
	return -1;
}

static int put_pattern(long at, size_t n, unsigned int seed)
{
	static unsigned char buf[FILE_MAX];
	ssize_t put;
	size_t i;

	if (n > sizeof(buf))
		return bad("length", n);
	for (i = 0; i < n; i++)
		buf[i] = pattern(seed, i);
	put = at < 0 ? way->append(buf, n) : way->write(buf, n, at);
	return put == (ssize_t)n ? 0 : bad("write", put);
}

static int look(void)
{
	static unsigned char buf[FILE_MAX + 1];
	ssize_t n = 0, got;

	while ((got = way->read(buf + n, sizeof(buf) - n, n)) > 0)
		n += got;
	if (got < 0 || n != way->size())
		return bad("size", n);
	printf("%zd %016llx\n", n, (unsigned long long)hash(buf, n));
	return 1;
}

static int read_record(struct record *r, off_t at)
{
	int i, whole = -1;

	for (i = 0; i < TRIES && whole < 0; i++) {
		if (way->read(r, sizeof(*r), at) != sizeof(*r))
			return -2;
		whole = record_whole(r);
	}
	return whole;
}

/* Everybody writes records of his own, side by side, and looks at those of others. */
static int race(int me, int players, int rounds, unsigned int seed)
{
	static uint64_t seen[64][SLOTS];
	struct record r, back;
	int i, who, slot;
	off_t at;

	if (players > 64)
		return bad("players", players);
	memset(seen, 0, sizeof(seen));
	for (i = 1; i <= rounds; i++) {
		slot = rnd(&seed) % SLOTS;
		at = (slot * players + me) * sizeof(r);
		record_make(&r, me + 1, slot, i);
		if (way->write(&r, sizeof(r), at) != sizeof(r))
			return bad("write", at);
		seen[me][slot] = i;
		if (way->read(&back, sizeof(back), at) != sizeof(back) ||
		    memcmp(&r, &back, sizeof(r)))
			return bad("own record", at);
		who = rnd(&seed) % players;
		slot = rnd(&seed) % SLOTS;
		at = (slot * players + who) * sizeof(r);
		switch (read_record(&back, at)) {
		case 0:
			if (seen[who][slot])
				return bad("lost", at);
			break;
		case 1:
			if (back.owner != who + 1U || back.slot != (unsigned int)slot ||
			    back.seq < seen[who][slot])
				return bad("old", at);
			seen[who][slot] = back.seq;
			break;
		default:
			return bad("torn", at);
		}
	}
	return 0;
}

static int append_log(int me, int rounds)
{
	struct record r;
	int i;

	for (i = 1; i <= rounds; i++) {
		record_make(&r, me + 1, 0, i);
		if (way->append(&r, sizeof(r)) != sizeof(r))
			return bad("append", i);
	}
	return 0;
}

/* While others cut the file off, what is in it is whole records from its beginning. */
static int churn(int me, int rounds)
{
	unsigned int seed = me;
	struct record r;
	int i, whole;
	off_t at;

	for (i = 1; i <= rounds; i++) {
		record_make(&r, me + 1, 0, i);
		if (way->append(&r, sizeof(r)) != sizeof(r))
			return bad("append", i);
		if (rnd(&seed) % 16 == 0 && way->truncate(0))
			return bad("truncate", i);
		at = rnd(&seed) % 4 * sizeof(r);
		whole = strcmp(way->name, "map") ? read_record(&r, at) : 1;
		if (whole == -1 || way->size() % (off_t)sizeof(r))
			return bad("torn", at);
	}
	return 0;
}

static int obey(const char *order)
{
	long a = 0, b = 0, c = 0, d = 0;
	char what[20] = "";

	sscanf(order, "%19s %ld %ld %ld %ld", what, &a, &b, &c, &d);
	if (!strcmp(what, "write"))
		return put_pattern(a, b, c);
	if (!strcmp(what, "append"))
		return put_pattern(-1, a, b);
	if (!strcmp(what, "truncate"))
		return way->truncate(a) ? bad("truncate", a) : 0;
	if (!strcmp(what, "look"))
		return look();
	if (!strcmp(what, "race"))
		return race(a, b, c, d);
	if (!strcmp(what, "log"))
		return append_log(a, b);
	if (!strcmp(what, "churn"))
		return churn(a, b);
	return bad("order", 0);
}

int player(const char *role, const char *file)
{
	char order[200];

	for (way = ways; way->name && strcmp(way->name, role); way++)
		;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!way->name || way->open(file)) {
		bad("open", 0);
		return 1;
	}
	puts("ready");
	while (fgets(order, sizeof(order), stdin) && strncmp(order, "quit", 4))
		if (!obey(order))
			puts("ok");
	return 0;
}
