// SPDX-License-Identifier: GPL-2.0
/*
 * hammer FILE ROUNDS SEED PROGRAM ROLE...: the coordinator.
 *
 * First by turns: a player changes the file, then every player looks, and all must see
 * what a model in memory says.  Then all at once: records with checksums and sequence
 * numbers side by side, appended, and appended while others truncate.
 *
 * PROGRAM is called as PROGRAM --player ROLE FILE; `-` is this program.
 * Exit status: 0, 1 something was wrong, 2 could not begin.
 */
#include "hammer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAYERS_MAX = 16, SECONDS = 300 };

static struct playing {
	const char *program, *role;
	FILE *to, *from;
} players[PLAYERS_MAX];

static int n_players, passed, failed;

static unsigned char model[FILE_MAX];
static long size;

static void verdict(int ok, const char *what, const char *detail)
{
	passed += ok;
	failed += !ok;
	if (!ok)
		printf("FAIL %s: %s\n", what, detail);
}

static void tell(struct playing *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(struct playing *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(p->to, fmt, ap);
	va_end(ap);
	fputc('\n', p->to);
	fflush(p->to);
}

static int hear(struct playing *p, const char *want, const char *about)
{
	char answer[200] = "gone", what[300], detail[500];

	if (fgets(answer, sizeof(answer), p->from))
		answer[strcspn(answer, "\n")] = 0;
	snprintf(what, sizeof(what), "%s %s, %s", p->program, p->role, about);
	snprintf(detail, sizeof(detail), "'%s', should be '%s'", answer, want);
	verdict(!strcmp(answer, want), what, detail);
	return strcmp(answer, want);
}

static int begin(struct playing *p, const char *file)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return -1;
	if (!fork()) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close_range(3, ~0U, 0);
		alarm(SECONDS);
		execl(p->program, p->program, "--player", p->role, file, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p->to = fdopen(to[1], "w");
	p->from = fdopen(from[0], "r");
	return !p->to || !p->from ? -1 : hear(p, "ready", "begin");
}

/* One change, by the player and in the model. */
static void change(struct playing *p, unsigned int *seed, char *about, size_t room)
{
	unsigned int what = rnd(seed) % 10, s = rnd(seed) % 100000;
	long at = rnd(seed) % (FILE_MAX - 1), len = 1 + rnd(seed) % 9000, i;

	if (what < 6) {
		if (at + len > FILE_MAX)
			len = FILE_MAX - at;
		snprintf(about, room, "write %ld %ld %u", at, len, s);
	} else if (what < 8 && size + len <= FILE_MAX) {
		at = size;
		snprintf(about, room, "append %ld %u", len, s);
	} else {
		snprintf(about, room, "truncate %ld", at);
		if (at < size)
			memset(model + at, 0, size - at);
		size = at;
		len = 0;
	}
	for (i = 0; i < len; i++)
		model[at + i] = pattern(s, i);
	if (at + len > size)
		size = at + len;
	tell(p, "%s", about);
	hear(p, "ok", about);
}

static void by_turns(int rounds, unsigned int seed)
{
	char about[100], want[100], what[150];
	int i, k, j;

	for (i = 0; i < rounds && failed < 10; i++) {
		k = rnd(&seed) % n_players;
		change(&players[k], &seed, about, sizeof(about));
		snprintf(want, sizeof(want), "%ld %016llx", size,
			 (unsigned long long)hash(model, size));
		snprintf(what, sizeof(what), "look after %d: %s %s: %s", i,
			 players[k].program, players[k].role, about);
		for (j = 0; j < n_players; j++) {
			tell(&players[j], "look");
			hear(&players[j], want, what);
		}
	}
}

/* All at once: everybody gets his order before anybody is heard. */
static void at_once(const char *fmt, int rounds, unsigned int seed)
{
	char order[100];
	int i;

	for (i = 0; i < n_players; i++) {
		if (!strcmp(fmt, "race"))
			snprintf(order, sizeof(order), "race %d %d %d %u", i, n_players,
				 rounds, seed + i);
		else
			snprintf(order, sizeof(order), "%s %d %d", fmt, i, rounds);
		tell(&players[i], "%s", order);
	}
	for (i = 0; i < n_players; i++)
		hear(&players[i], "ok", fmt);
}

static void empty(void)
{
	tell(&players[0], "truncate 0");
	hear(&players[0], "ok", "truncate");
}

/* A race needs room for everybody's records from the beginning. */
static void make_room(void)
{
	empty();
	tell(&players[0], "truncate %zu", SLOTS * n_players * sizeof(struct record));
	hear(&players[0], "ok", "truncate");
}

/* In the end all see the same, whatever it is; and every append is there, in order. */
static void agree(const char *file, int appends)
{
	uint64_t next[PLAYERS_MAX] = { 0 };
	char first[200] = "", detail[100];
	struct record r;
	long n = 0, wrong = 0;
	FILE *f;
	int i;

	for (i = 0; i < n_players; i++) {
		tell(&players[i], "look");
		if (i == 0 && fgets(first, sizeof(first), players[0].from))
			first[strcspn(first, "\n")] = 0;
		else if (i)
			hear(&players[i], first, "look in the end");
	}
	f = fopen(file, "r");
	while (f && fread(&r, sizeof(r), 1, f) == 1) {
		n++;
		if (record_whole(&r) != 1 || r.owner > (unsigned int)n_players ||
		    (appends && r.seq != ++next[r.owner - 1]))
			wrong += appends || record_whole(&r) < 0;
	}
	if (f)
		fclose(f);
	snprintf(detail, sizeof(detail), "%ld records, %ld wrong", n, wrong);
	verdict(f && !wrong && (!appends || n == (long)appends * n_players), "records", detail);
}

int main(int argc, char **argv)
{
	static char self[4096];
	int i, rounds, appends;
	unsigned int seed;

	if (argc == 4 && !strcmp(argv[1], "--player"))
		return player(argv[2], argv[3]);
	if (argc < 6 || argc % 2 || argc > 4 + 2 * PLAYERS_MAX ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		fprintf(stderr, "usage: hammer FILE ROUNDS SEED PROGRAM ROLE...\n");
		return 2;
	}
	rounds = atoi(argv[2]);
	seed = atoi(argv[3]);
	for (i = 4; i < argc; i += 2) {
		struct playing *p = &players[n_players++];

		p->program = strcmp(argv[i], "-") ? argv[i] : self;
		p->role = argv[i + 1];
		if (begin(p, argv[1]))
			return 2;
	}
	empty();
	by_turns(rounds, seed);
	make_room();
	at_once("race", rounds * 4, seed);
	agree(argv[1], 0);
	empty();
	/* As many as the players' buffers can look at. */
	appends = FILE_MAX / (int)sizeof(struct record) / n_players;
	at_once("log", appends, 0);
	agree(argv[1], appends);
	empty();
	at_once("churn", rounds, 0);
	for (i = 0; i < n_players; i++)
		tell(&players[i], "quit");
	while (wait(NULL) > 0)
		;
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
