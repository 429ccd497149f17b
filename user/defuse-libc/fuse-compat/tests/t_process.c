// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * t_process LIBRARY SCRATCH: toyfs in this process.  Files whose names others have taken
 * away, and descriptors that are closed.
 */
#include "host.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned long check_passed, check_failed;

static const struct defuse_fs_operations *ops;
static const char *root;
static void *fs;

static const char *file(const char *name)
{
	static char names[4][512];
	static int i;

	i = (i + 1) % 4;
	snprintf(names[i], sizeof(names[i]), "%s%s", root, name);
	return names[i];
}

static uint64_t open_new(const char *path)
{
	uint64_t fh = 0;

	CHECK_IS(ops->open(fs, path, O_RDWR | O_CREAT, 0600, &fh), 0);
	return fh;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	return stat(file(name), &st) ? 0 : st.st_mode & 07777;
}

/* Another process, which this one does not hear of, puts a file in the place of ours. */
static void replaced(void)
{
	const struct timespec set[2] = { { 100, 0 }, { 200, 0 } };
	uint64_t fh = open_new("/ours");
	struct stat st;

	CHECK_IS(ops->fchmod(fs, fh, 0640), 0);
	CHECK_IS(mode_of("/ours"), 0640);
	CHECK(rename(file("/ours"), file("/moved")) == 0);
	close(open(file("/ours"), O_CREAT | O_WRONLY, 0604));
	CHECK_IS(ops->fchmod(fs, fh, 0600), 0);
	CHECK_IS(mode_of("/moved"), 0600);
	CHECK_IS(mode_of("/ours"), 0604);
	CHECK_IS(ops->fchown(fs, fh, 9, -1), 0);
	CHECK_IS(ops->futime(fs, fh, set), 0);
	CHECK(stat(file("/moved"), &st) == 0 && st.st_uid == 9 && st.st_mtime == 200);
	CHECK(stat(file("/ours"), &st) == 0 && st.st_uid == 0 && st.st_mtime != 200);
	CHECK(unlink(file("/moved")) == 0);
	CHECK_IS(ops->fchmod(fs, fh, 0644), 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_mode, S_IFREG | 0644);
	CHECK_IS(mode_of("/ours"), 0604);
	CHECK_IS(ops->close(fs, fh), 0);
	/* By ourselves. */
	fh = open_new("/ours");
	CHECK_IS(ops->unlink(fs, "/ours"), 0);
	CHECK_IS(ops->fchmod(fs, fh, 0640), 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_mode, S_IFREG | 0640);
	CHECK_IS(ops->close(fs, fh), 0);
	/* A directory has its name alone. */
	CHECK(mkdir(file("/dir"), 0755) == 0);
	CHECK_IS(ops->open(fs, "/dir", O_RDONLY | O_DIRECTORY, 0, &fh), 0);
	CHECK_IS(ops->fchmod(fs, fh, 0750), 0);
	CHECK_IS(mode_of("/dir"), 0750);
	CHECK(rename(file("/dir"), file("/moved")) == 0 && mkdir(file("/dir"), 0705) == 0);
	CHECK_IS(ops->fchmod(fs, fh, 0700), -ESTALE);
	CHECK_IS(mode_of("/dir"), 0705);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK(rmdir(file("/dir")) == 0 && rmdir(file("/moved")) == 0);
}

/* Since the last call: so many were flushed and released. */
static void ended(time_t flushed, time_t released)
{
	static struct stat before;
	struct stat st;

	CHECK_IS(ops->getattr(fs, "/.caller", &st, 0), 0);
	if (flushed >= 0) {
		CHECK_IS(st.st_atime - before.st_atime, flushed);
		CHECK_IS(st.st_mtime - before.st_mtime, released);
	}
	before = st;
}

static void flushes(void)
{
	uint64_t fh = open_new("/flushed"), other = open_new("/flushed");
	size_t n;

	ended(-1, -1);
	CHECK_IS(ops->flush(fs, fh), 0);
	CHECK_IS(ops->flush(fs, fh), 0);
	ended(2, 0);
	CHECK_IS(ops->close(fs, fh), 0);
	ended(0, 1);
	CHECK_IS(ops->flush(fs, other), 0);
	CHECK_IS(ops->write(fs, other, "text", 4, 0, &n), 0);
	CHECK_IS(ops->close(fs, other), 0);
	ended(2, 1);
	fh = open_new("/flushed");
	other = open_new("/flushed");
	ops->finalize(fs);
	ended(2, 0);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->close(fs, other), 0);
}

int main(int argc, char **argv)
{
	char backend[512];

	if (argc != 3)
		return 2;
	umask(022);
	root = argv[2];
	snprintf(backend, sizeof(backend), "instance=process toyfs -o root=%s,ino,null", root);
	ops = host_load(argv[1]);
	CHECK_IS(ops->init("/mnt", backend, &test_host, &fs), 0);
	if (!check_failed) {
		replaced();
		flushes();
	}
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 50;
}
