// SPDX-License-Identifier: LGPL-2.1-or-later
/* See paged.h.  The steps are a table, so that the states between them can be told. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "paged.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 40, MAPPED = 64 * PAGE, LONGER = 72 * PAGE };

#define RW (PROT_READ | PROT_WRITE)

enum action {
	VIEW,		/* maps to read, and reads @at */
	MAP,		/* to write, too */
	STORE,		/* @n letters */
	BEHIND,		/* likewise behind the end: not in the file */
	SYNC,
	WRITE, APPEND,
	BLIND,		/* appends by an FD that may not read */
	FORKED,		/* a child writes */
	CUT, CUT_NAME,	/* the size is @at */
	PUNCH, REMOVE,	/* @n zeros */
	MOVE,		/* the mapping gets longer, elsewhere */
	UNMAP,		/* part of it */
};

static const struct step {
	enum action action;
	char letter;
	long at, n;
} steps[] = {
	{ .action = VIEW, .at = 17 * PAGE },
	{ .action = MAP },
	{ .action = STORE, 'S', 3 * PAGE + 10, 100 },
	{ .action = STORE, 'T', 21 * PAGE - 20, 40 },
	{ .action = SYNC },
	{ .action = WRITE, 'W', 3 * PAGE + 50, 100 },
	{ .action = STORE, 'U', 5 * PAGE, 200 },
	{ .action = WRITE, 'X', 5 * PAGE + 100, 2 * PAGE },
	{ .action = APPEND, 'A', 0, 100 },
	{ .action = STORE, 'Y', PAGES * PAGE + 90, 5 },
	{ .action = BEHIND, 'B', PAGES * PAGE + 200, 50 },
	{ .action = CUT, .at = 41 * PAGE },
	{ .action = CUT, .at = 43 * PAGE },
	{ .action = STORE, 'V', 42 * PAGE, 10 },
	{ .action = CUT, .at = 30 * PAGE + 5 },
	{ .action = BEHIND, 'C', 30 * PAGE + 7, 50 },
	{ .action = CUT_NAME, .at = 31 * PAGE },
	{ .action = CUT_NAME, .at = 20 * PAGE + 5 },
	{ .action = CUT_NAME, .at = PAGES * PAGE },
	{ .action = STORE, 'P', 7 * PAGE, 20 },
	{ .action = PUNCH, 0, 6 * PAGE + 100, 3 * PAGE },
	{ .action = REMOVE, 0, 10 * PAGE, 2 * PAGE },
	{ .action = MOVE },
	{ .action = STORE, 'M', 35 * PAGE, 20 },
	{ .action = FORKED, 'F', 12 * PAGE + 3, 50 },
	{ .action = BLIND, 'N', 0, PAGE + 10 },
	{ .action = STORE, 'O', 2 * PAGE, 20 },
	{ .action = UNMAP, .at = PAGE, .n = 3 * PAGE },
	{ .action = STORE, 'Q', 9 * PAGE, 20 },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

long (*paged_sys)(long nr, long a, long b, long c, long d, long e, long f);

#define sys(nr, ...)		sys_pad(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sys_pad(nr, a, b, c, d, e, f, ...)					\
	paged_sys(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* What the file has after each step. */
static struct state {
	long size;
	char bytes[MAPPED];
} states[STEPS + 1];

static long file_open(const char *path, int flags)
{
	return sys(SYS_open, path, flags, 0);
}

static char *file_map(int fd, int prot)
{
	long p = sys(SYS_mmap, 0, MAPPED, prot, MAP_SHARED, fd, 0);

	return p < 0 && p > -4096 ? NULL : (char *)p;
}

static void follow(struct state *s, const struct step *step)
{
	switch (step->action) {
	case STORE: case WRITE: case FORKED: case PUNCH: case REMOVE:
		memset(s->bytes + step->at, step->letter, step->n);
		break;
	case APPEND: case BLIND:
		memset(s->bytes + s->size, step->letter, step->n);
		s->size += step->n;
		break;
	case CUT: case CUT_NAME:
		if (step->at < s->size)
			memset(s->bytes + step->at, 0, s->size - step->at);
		s->size = step->at;
		break;
	default:
		break;
	}
}

static void know(void)
{
	int i;

	if (states[0].size)
		return;
	states[0].size = PAGES * PAGE;
	for (i = 0; i < PAGES; i++)
		memset(states[0].bytes + i * PAGE, 'a' + i % 26, PAGE);
	for (i = 0; i < STEPS; i++) {
		states[i + 1] = states[i];
		follow(&states[i + 1], &steps[i]);
	}
}

void paged_fill(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);

	know();
	if (write(fd, states[0].bytes, states[0].size) != states[0].size)
		_exit(98);
	close(fd);
}

/* As who calls it may be the one that is killed. */
static long forked(int fd, const char *letters, const struct step *step)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		long put = sys(SYS_pwrite64, fd, letters, step->n, step->at);

		sys(SYS_exit_group, put != step->n);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		kill(getpid(), SIGKILL);
	return status ? -1 : step->n;
}

static long appended(const char *path, int flags, const char *letters, long n)
{
	int fd = file_open(path, flags | O_APPEND);
	long put = sys(SYS_write, fd, letters, n);

	return sys(SYS_close, fd) ?: put;
}

/* Return: whether it was right. */
static bool take(const struct step *step, const char *path, int fd, char **map)
{
	char letters[3 * PAGE];
	long moved;

	memset(letters, step->letter, sizeof(letters));
	switch (step->action) {
	case VIEW:
		*map = file_map(fd, PROT_READ);
		return *map && (*map)[step->at] == states[0].bytes[step->at];
	case MAP:
		*map = file_map(fd, RW);
		return *map;
	case STORE: case BEHIND:
		memcpy(*map + step->at, letters, step->n);
		return true;
	case SYNC:
		return !sys(SYS_msync, *map, MAPPED, MS_SYNC);
	case WRITE:
		return sys(SYS_pwrite64, fd, letters, step->n, step->at) == step->n;
	case APPEND: case BLIND:
		return appended(path, step->action == APPEND ? O_RDWR : O_WRONLY, letters,
				step->n) == step->n;
	case FORKED:
		return forked(fd, letters, step) == step->n;
	case CUT:
		return !sys(SYS_ftruncate, fd, step->at);
	case CUT_NAME:
		return !sys(SYS_truncate, path, step->at);
	case PUNCH:
		return !sys(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    step->at, step->n);
	case REMOVE:
		return !sys(SYS_madvise, *map + step->at, step->n, MADV_REMOVE);
	case MOVE:
		moved = sys(SYS_mremap, *map, MAPPED, LONGER, MREMAP_MAYMOVE);
		*map = (char *)moved;
		return moved > 0;
	case UNMAP:
		return !sys(SYS_munmap, *map + step->at, step->n);
	}
	return false;
}

_Noreturn void paged_victim(const char *path, volatile int *done)
{
	int fd = file_open(path, O_RDWR), i;
	char *map = NULL;

	know();
	for (i = 0; i < STEPS; i++, *done = i)
		if (fd < 0 || !take(&steps[i], path, fd, &map))
			break;
	sys(SYS_exit_group, i < STEPS ? i + 1 : 0);
	_exit(99);
}

bool paged_survive(struct paged_survivor *s, const char *path, enum paged_kind kind)
{
	s->kind = kind;
	s->fd = file_open(path, O_RDWR);
	s->map = NULL;
	if (s->fd >= 0 && kind == PAGED_MAPS) {
		s->map = file_map(s->fd, RW);
	} else if (kind == PAGED_VIEWS) {
		int fd = file_open(path, O_RDONLY);

		s->map = file_map(fd, PROT_READ);
		sys(SYS_close, fd);
	}
	return s->fd >= 0 && (s->map || kind == PAGED_OPEN);
}

/* Who viewed stores from now on. */
static bool grow_up(struct paged_survivor *s)
{
	char *map;

	if (s->kind != PAGED_VIEWS)
		return true;
	map = file_map(s->fd, RW);
	if (!map || sys(SYS_munmap, s->map, MAPPED))
		return false;
	s->map = map;
	return true;
}

/* The last step before @done after which all was with the library. */
static int synced(int done)
{
	while (done > 0 && steps[done - 1].action != SYNC)
		done--;
	return done;
}

/* Every byte must be of one of the states from @first to @last, the size of the last two. */
static const char *compare(const char *bytes, long size, int first, int last)
{
	long i;
	int k;

	if (size != states[last].size && (!last || size != states[last - 1].size))
		return "its size";
	for (i = 0; i < size; i++) {
		for (k = last; k >= first; k--)
			if (i < states[k].size && bytes[i] == states[k].bytes[i])
				break;
		if (k < first)
			return "its bytes";
	}
	return NULL;
}

static bool back_is(const char *back, const char *bytes, long size)
{
	static char got[MAPPED + 1];
	int fd = open(back, O_RDONLY);
	long n = read(fd, got, sizeof(got));

	close(fd);
	return n == size && !memcmp(got, bytes, n);
}

/* The survivor does what it does to the file, and is obeyed. */
static const char *work(const struct paged_survivor *s, const char *back)
{
	static const char text[] = "the survivor";
	const long n = sizeof(text), at = 8 * PAGE - 5;
	char got[sizeof(text)];

	if (sys(SYS_ftruncate, s->fd, 4 * PAGE + 1) || sys(SYS_ftruncate, s->fd, 50 * PAGE))
		return "ftruncate() fails";
	/* Into a page that nobody has touched since. */
	if (sys(SYS_pwrite64, s->fd, text, n, 30 * PAGE - 5) != n)
		return "pwrite() of an absent page fails";
	if (s->map && memcmp(s->map + 30 * PAGE - 5, text, n))
		return "what was written is not mapped";
	if (sys(SYS_pread64, s->fd, got, n, at) != n || memcmp(got, (char[sizeof(text)]){ 0 }, n))
		return "bytes came back when it grew";
	if (s->map && memcmp(s->map + at, got, n))
		return "bytes came back in the mapping when it grew";
	if (sys(SYS_pwrite64, s->fd, text, n, at) != n)
		return "pwrite() fails";
	if (s->map && memcmp(s->map + at, text, n))
		return "what was written is not mapped";
	if (s->map)
		memcpy(s->map + 45 * PAGE, text, n);
	else if (sys(SYS_pwrite64, s->fd, text, n, 45 * PAGE) != n)
		return "pwrite() fails";
	if (s->map && sys(SYS_msync, s->map, MAPPED, MS_SYNC))
		return "msync() fails";
	if (sys(SYS_pread64, s->fd, got, n, 45 * PAGE) != n || memcmp(got, text, n))
		return "what was stored is not read";
	return back_is(back, (char[50 * PAGE]){ 0 }, 50 * PAGE) ? "nothing was written" : NULL;
}

const char *paged_check(struct paged_survivor *s, const char *back, int done)
{
	static char got[MAPPED + 1];
	const int last = done < STEPS ? done + 1 : done;
	const char *wrong;
	struct stat st;
	long n;

	n = sys(SYS_pread64, s->fd, got, sizeof(got), 0);
	if (n < 0 || sys(SYS_fstat, s->fd, &st) || st.st_size != n)
		return "what is read is not as long as the file";
	wrong = compare(got, n, s->map ? done : synced(done), last);
	if (wrong)
		return wrong;
	if (s->map && memcmp(s->map, got, n))
		return "what is read is not what is mapped";
	if (!grow_up(s) || (s->map && memcmp(s->map, got, n)))
		return "it cannot be mapped to write";
	if (s->map && sys(SYS_msync, s->map, MAPPED, MS_SYNC))
		return "msync() fails";
	if (!back_is(back, got, n))
		return "the backend differs";
	return work(s, back);
}

const char *paged_look(const char *path, const char *back)
{
	static const char text[] = "who came later";
	static char got[MAPPED + 1];
	struct paged_survivor s;
	long n;

	if (!paged_survive(&s, path, PAGED_MAPS))
		return "it cannot be mapped";
	n = sys(SYS_pread64, s.fd, got, sizeof(got), 0);
	if (n < 0 || memcmp(s.map, got, n))
		return "what is read is not what is mapped by who came later";
	memcpy(s.map + PAGE, text, sizeof(text));
	memcpy(got + PAGE, text, sizeof(text));
	if (sys(SYS_msync, s.map, MAPPED, MS_SYNC))
		return "msync() by who came later";
	if (!back_is(back, got, n))
		return "the backend is not what who came later has";
	return paged_leave(&s, back);
}

const char *paged_leave(struct paged_survivor *s, const char *back)
{
	static const char text[] = "goes";
	char got[sizeof(text)] = "";
	const char *wrong = NULL;
	int fd;

	if (s->map) {
		memcpy(s->map + 3 * PAGE, text, sizeof(text));
		if (sys(SYS_munmap, s->map, MAPPED))
			wrong = "munmap()";
		fd = open(back, O_RDONLY);
		if (pread(fd, got, sizeof(got), 3 * PAGE) != sizeof(got) ||
		    memcmp(got, text, sizeof(got)))
			wrong = "what was stored last is not written back";
		close(fd);
	}
	sys(SYS_close, s->fd);
	return wrong;
}
