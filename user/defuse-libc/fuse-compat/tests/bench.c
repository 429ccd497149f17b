// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bench ROUNDS NAME LIBRARY BACKEND [NAME LIBRARY BACKEND]...: what a call costs, in
 * nanoseconds.
 *
 * Of a library, the functions of its table: no core, no system call before them.  LIBRARY
 * "-": of the directory BACKEND, by system calls.  All take turns in each round; printed are
 * the median of the rounds, the ratio to that of the first, and the quartiles.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TURNS		1000
#define ROUNDS_MAX	1000
#define VARIANTS_MAX	8
#define SMALL		128

/* @ops: NULL: plain, @fd is open and @fs is not. */
struct variant {
	const char *name;
	const struct defuse_fs_operations *ops;
	void *fs;
	uint64_t fh;
	int fd;
	char path[4096];
	long took[ROUNDS_MAX];
};

static struct variant variants[VARIANTS_MAX];
static int count, rounds;
static char buf[SMALL];

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static bool look(struct variant *v)
{
	struct stat st;

	return v->ops ? v->ops->fgetattr(v->fs, v->fh, &st) == 0 : fstat(v->fd, &st) == 0;
}

static bool look_by_name(struct variant *v)
{
	struct stat st;

	return v->ops ? v->ops->getattr(v->fs, v->path, &st, 0) == 0 : stat(v->path, &st) == 0;
}

static bool read_small(struct variant *v)
{
	size_t n;

	if (!v->ops)
		return pread(v->fd, buf, SMALL, 0) == SMALL;
	return v->ops->read(v->fs, v->fh, buf, SMALL, 0, &n) == 0 && n == SMALL;
}

static bool write_small(struct variant *v)
{
	size_t n;

	if (!v->ops)
		return pwrite(v->fd, buf, SMALL, 0) == SMALL;
	return v->ops->write(v->fs, v->fh, buf, SMALL, 0, &n) == 0 && n == SMALL;
}

static bool open_close(struct variant *v)
{
	uint64_t fh;
	int fd;

	if (v->ops)
		return v->ops->open(v->fs, v->path, O_RDONLY, 0, &fh) == 0 &&
		       v->ops->flush(v->fs, fh) == 0 && v->ops->close(v->fs, fh) == 0;
	fd = open(v->path, O_RDONLY);
	return fd >= 0 && close(fd) == 0;
}

static bool prepare(struct variant *v, const char *library, const char *backend)
{
	if (strcmp(library, "-") == 0) {
		snprintf(v->path, sizeof(v->path), "%s/bench%td", backend, v - variants);
		v->fd = open(v->path, O_RDWR | O_CREAT, 0600);
		return v->fd >= 0 && write_small(v);
	}
	v->ops = host_load(library);
	snprintf(v->path, sizeof(v->path), "/bench%td", v - variants);
	return v->ops->init("/mnt", backend, &test_host, &v->fs) == 0 &&
	       v->ops->open(v->fs, v->path, O_RDWR | O_CREAT, 0600, &v->fh) == 0 &&
	       write_small(v);
}

static bool finish(struct variant *v)
{
	if (!v->ops)
		return close(v->fd) == 0 && unlink(v->path) == 0;
	return v->ops->close(v->fs, v->fh) == 0 && v->ops->unlink(v->fs, v->path) == 0;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static void measure(const char *what, bool (*call)(struct variant *))
{
	int round, n, i;

	for (round = 0; round < rounds; round++) {
		for (n = 0; n < count; n++) {
			long begin = now_ns();

			for (i = 0; i < TURNS; i++) {
				if (!call(&variants[n])) {
					fprintf(stderr, "%s, %s failed\n", variants[n].name,
						what);
					exit(1);
				}
			}
			variants[n].took[round] = (now_ns() - begin) / TURNS;
		}
	}
	for (n = 0; n < count; n++) {
		struct variant *v = &variants[n];

		qsort(v->took, rounds, sizeof(v->took[0]), compare);
		printf("%-14s %-12s %8ld ns %8.2f   %ld..%ld\n", n ? "" : what, v->name,
		       v->took[rounds / 2],
		       (double)v->took[rounds / 2] / variants[0].took[rounds / 2],
		       v->took[rounds / 4], v->took[rounds * 3 / 4]);
	}
}

int main(int argc, char **argv)
{
	bool fine = true;
	int n;

	rounds = argc > 1 ? atoi(argv[1]) : 0;
	count = argc / 3;
	if (argc != 3 * count + 2 || count < 1 || count > VARIANTS_MAX || rounds < 1 ||
	    rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench ROUNDS NAME LIBRARY BACKEND...\n");
		return 2;
	}
	for (n = 0; n < count; n++) {
		variants[n].name = argv[3 * n + 2];
		if (!prepare(&variants[n], argv[3 * n + 3], argv[3 * n + 4])) {
			fprintf(stderr, "%s: cannot begin\n", variants[n].name);
			return 1;
		}
	}
	measure("fstat", look);
	measure("stat", look_by_name);
	measure("read 128", read_small);
	measure("write 128", write_small);
	measure("open, close", open_close);
	for (n = 0; n < count; n++) {
		if (finish(&variants[n]))
			continue;
		fprintf(stderr, "%s: cannot end\n", variants[n].name);
		fine = false;
	}
	return !fine;
}
