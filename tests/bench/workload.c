// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads of the DEFUSE dissertation, chapter 4: small, mixed and large
 * files, written with an fsync each and read back.  Every record begins with
 * a word that names its file and place, checked when it is read: a benchmark
 * of wrong answers is worth nothing.
 */
#define _GNU_SOURCE
#include "workload.h"

#include "protocol.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD (128L * 1024)
#define LARGE ((128L << 20) / SCALE)
/* §4.6: reads of eight bytes anywhere in a mapping */
#define MAP_READS (1250000L / SCALE)
/* Records of an open file: a read costs what reading costs, not what opening does. */
#define RECORDS (65536L / SCALE)
#define RECORD_SIZE 128L
#define HELD_MAX 4096

static _Alignas(4096) char record[RECORD];

static struct workload workloads[] = {
	{ "small", 4096 / SCALE, 128, 128 },
	{ "mixed", 2048 / SCALE, 64, 128L * 1024 },
	{ "large", 1, LARGE, LARGE },
};

static const struct protocol *via = &protocol_plain;

void workload_use(const struct protocol *p)
{
	via = p;
}

void workload_init(void)
{
	memset(record, 'x', sizeof(record));
}

void workload_share(long share)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (workloads[i].files > share)
			workloads[i].files /= share;
}

const struct workload *workload_find(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}

static long file_size(const struct workload *w, long i)
{
	if (w->files == 1)
		return w->first;
	return w->first + (w->last - w->first) * i / (w->files - 1);
}

static const char *file_path(const struct workload *w, const char *dir, long i)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/f%06ld", dir, w->name, i);
	return path;
}

static uint64_t file_mark(long i, long offset)
{
	return (uint64_t)i * 0x9e3779b97f4a7c15ULL + (uint64_t)offset;
}

/* What is at an offset divisible by 8 of file 0. */
static uint64_t word_at(long offset)
{
	return offset % RECORD ? 0x7878787878787878ULL : file_mark(0, offset);
}

void workload_prepare(const struct workload *w, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, w->name);
	if (access(path, F_OK) && mkdir(path, 0755) && errno != EEXIST)
		err(1, "mkdir %s", path);
}

static void phase_write(const struct workload *w, const char *dir,
			struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);
		long size = file_size(w, i);
		int fd = via->open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

		if (fd < 0)
			err(1, "open %s", path);
		for (long at = 0; at < size; at += RECORD) {
			long n = size - at < RECORD ? size - at : RECORD;
			uint64_t mark = file_mark(i, at);

			memcpy(record, &mark, sizeof(mark));
			if (via->write(fd, record, n) != n)
				err(1, "write %s", path);
		}
		if (fsync(fd))
			err(1, "fsync %s", path);
		if (via->close(fd))
			err(1, "close %s", path);
		t->ops++;
		t->bytes += size;
	}
}

static void phase_read(const struct workload *w, const char *dir,
		       struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);
		int fd = via->open(path, O_RDONLY, 0);
		long at = 0, n;

		if (fd < 0)
			err(1, "open %s", path);
		while ((n = via->read(fd, record, RECORD)) > 0) {
			uint64_t mark;

			memcpy(&mark, record, sizeof(mark));
			if (mark != file_mark(i, at))
				errx(1, "%s: wrong content at %ld", path, at);
			at += n;
		}
		if (n < 0)
			err(1, "read %s", path);
		if (at != file_size(w, i))
			errx(1, "%s: %ld bytes", path, at);
		via->close(fd);
		t->ops++;
		t->bytes += at;
	}
}

static void phase_open(const struct workload *w, const char *dir,
		       struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);
		int fd = via->open(path, O_RDONLY, 0);

		if (fd < 0)
			err(1, "open %s", path);
		via->close(fd);
		t->ops++;
	}
}

static int held[HELD_MAX];

static void phase_hold(const struct workload *w, const char *dir, struct tally *t)
{
	if (w->files > HELD_MAX)
		errx(2, "%s: too many files to hold", w->name);
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);

		held[i] = open(path, O_RDONLY);
		if (held[i] < 0)
			err(1, "open %s", path);
		t->ops++;
	}
}

static void phase_release(const struct workload *w, const char *dir, struct tally *t)
{
	(void)dir;
	for (long i = 0; i < w->files; i++, t->ops++)
		if (close(held[i]))
			err(1, "close");
}

static void phase_records(const struct workload *w, const char *dir, struct tally *t)
{
	const char *path = file_path(w, dir, 0);
	int fd = via->open(path, O_RDONLY, 0);

	if (fd < 0)
		err(1, "open %s", path);
	for (; t->ops < RECORDS; t->ops++) {
		long at = t->ops * RECORD_SIZE;
		uint64_t mark;

		if (via->read(fd, record, RECORD_SIZE) != RECORD_SIZE)
			err(1, "read %s", path);
		memcpy(&mark, record, sizeof(mark));
		if (mark != word_at(at))
			errx(1, "%s: wrong content at %ld", path, at);
		t->bytes += RECORD_SIZE;
	}
	via->close(fd);
}

static void phase_stat(const struct workload *w, const char *dir,
		       struct tally *t)
{
	struct stat st;

	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);

		if (stat(path, &st))
			err(1, "stat %s", path);
		if (st.st_size != file_size(w, i))
			errx(1, "%s: %ld bytes", path, (long)st.st_size);
		t->ops++;
	}
}

static void phase_unlink(const struct workload *w, const char *dir,
			 struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);

		if (unlink(path))
			err(1, "unlink %s", path);
		t->ops++;
	}
}

static uint64_t next_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return (*state ^ *state >> 29) * 0xbf58476d1ce4e5b9ULL >> 16;
}

static void read_mapping(const struct workload *w, const char *dir, int flags,
			 struct tally *t)
{
	const char *path = file_path(w, dir, 0);
	int fd = open(path, O_RDONLY);
	const char *map = fd < 0 ? MAP_FAILED :
		mmap(NULL, w->first, PROT_READ, flags, fd, 0);
	uint64_t state = 1;

	if (map == MAP_FAILED)
		err(1, "mmap %s", path);
	for (; t->ops < MAP_READS; t->ops++) {
		long at = next_random(&state) % (w->first / 8) * 8;
		uint64_t word;

		memcpy(&word, map + at, sizeof(word));
		if (word != word_at(at))
			errx(1, "%s: wrong content at %ld", path, at);
		t->bytes += sizeof(word);
	}
	munmap((void *)map, w->first);
	close(fd);
}

static void phase_map(const struct workload *w, const char *dir, struct tally *t)
{
	read_mapping(w, dir, MAP_SHARED, t);
}

static void phase_private(const struct workload *w, const char *dir, struct tally *t)
{
	read_mapping(w, dir, MAP_PRIVATE, t);
}

phase_fn workload_phase(const char *name)
{
	static const struct {
		const char *name;
		phase_fn run;
	} phases[] = {
		{ "write", phase_write },
		{ "read", phase_read },
		{ "open", phase_open },
		{ "hold", phase_hold },
		{ "release", phase_release },
		{ "records", phase_records },
		{ "stat", phase_stat },
		{ "unlink", phase_unlink },
		{ "map", phase_map },
		{ "private", phase_private },
	};

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (strcmp(phases[i].name, name) == 0)
			return phases[i].run;
	return NULL;
}
