// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads of the DEFUSE dissertation, chapter 4: small, mixed and large
 * files, written with an fsync each and read back.  Every record begins with
 * a word that names its file and place, checked when it is read: a benchmark
 * of wrong answers is worth nothing.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD (128L * 1024)

static _Alignas(4096) char record[RECORD];

static const struct workload workloads[] = {
	{ "small", 4096, 128, 128 },
	{ "mixed", 2048, 64, 128L * 1024 },
	{ "large", 1, 128L << 20, 128L << 20 },
};

void workload_init(void)
{
	memset(record, 'x', sizeof(record));
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

void workload_prepare(const struct workload *w, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, w->name);
	if (mkdir(path, 0755) && errno != EEXIST)
		err(1, "mkdir %s", path);
}

static void phase_write(const struct workload *w, const char *dir,
			struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);
		long size = file_size(w, i);
		int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

		if (fd < 0)
			err(1, "open %s", path);
		for (long at = 0; at < size; at += RECORD) {
			long n = size - at < RECORD ? size - at : RECORD;
			uint64_t mark = file_mark(i, at);

			memcpy(record, &mark, sizeof(mark));
			if (write(fd, record, n) != n)
				err(1, "write %s", path);
		}
		if (fsync(fd))
			err(1, "fsync %s", path);
		if (close(fd))
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
		int fd = open(path, O_RDONLY);
		long at = 0, n;

		if (fd < 0)
			err(1, "open %s", path);
		while ((n = read(fd, record, RECORD)) > 0) {
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
		close(fd);
		t->ops++;
		t->bytes += at;
	}
}

static void phase_open(const struct workload *w, const char *dir,
		       struct tally *t)
{
	for (long i = 0; i < w->files; i++) {
		const char *path = file_path(w, dir, i);
		int fd = open(path, O_RDONLY);

		if (fd < 0)
			err(1, "open %s", path);
		close(fd);
		t->ops++;
	}
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

phase_fn workload_phase(const char *name)
{
	static const struct {
		const char *name;
		phase_fn run;
	} phases[] = {
		{ "write", phase_write },
		{ "read", phase_read },
		{ "open", phase_open },
		{ "stat", phase_stat },
		{ "unlink", phase_unlink },
	};

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (strcmp(phases[i].name, name) == 0)
			return phases[i].run;
	return NULL;
}
