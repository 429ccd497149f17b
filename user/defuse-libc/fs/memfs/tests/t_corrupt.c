// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A segment with wrong numbers in it: every call comes back, with EIO or with nonsense,
 * and touches nothing outside.
 */
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define T	defuse_fs_operations

static struct memfs *m;

static void build(void)
{
	static char bytes[60000];
	char name[64];
	uint64_t fh;
	size_t n;
	int i;

	T.mkdir(m, "/d", 0755);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%s/file-%d", i % 2 ? "/d" : "", i);
		T.open(m, name, O_RDWR | O_CREAT, 0644, &fh);
		T.write(m, fh, bytes, i * 3000, 0, &n);
		T.close(m, fh);
	}
	T.symlink(m, "file-2", "/link");
	T.unlink(m, "/file-4");
}

static uint64_t any_value(void)
{
	switch (suite_random() % 5) {
	case 0: return 0;
	case 1: return ~0ULL;
	case 2: return suite_random() % 300;
	case 3: return (uint64_t)suite_random() << 32 | suite_random() % 600;
	}
	return (uint64_t)suite_random() << 32 | suite_random();
}

/* Words where something is: header, buckets, first inodes, records. */
static void spoil(void)
{
	int n = 1 + suite_random() % 6;

	while (n--) {
		char *from, *to;

		switch (suite_random() % 5) {
		case 0: from = m->base + 8; to = from + sizeof(struct mf_head); break;
		case 1: from = (char *)m->buckets; to = (char *)m->inodes; break;
		case 2: case 3: from = (char *)m->inodes; to = from + 40 * 256; break;
		default: from = m->base + ((uint64_t)m->first << 12); to = from + 5 * 4096; break;
		}
		from += suite_random() % (to - from) & ~7U;
		*(uint64_t *)from = any_value();
	}
	/* A process died in the middle: its log is believed as far as it makes sense. */
	if (suite_random() % 4 == 0)
		m->head->undone = suite_random() % 2 ? 3 : any_value();
}

static void use(void)
{
	static char buf[70000];
	char name[64];
	struct statfs sfs;
	struct stat st;
	size_t n;
	off_t at = 0;
	uint64_t fh;
	int i;

	for (i = 0; i < 22; i++) {
		snprintf(name, sizeof(name), "%s/file-%d", i % 2 ? "/d" : "", i);
		T.getattr(m, name, &st, 0);
		if (T.open(m, name, O_RDWR | (i % 3 ? 0 : O_CREAT), 0644, &fh))
			continue;
		T.read(m, fh, buf, sizeof(buf), 0, &n);
		T.write(m, fh, buf, 9000, suite_random() % 80000, &n);
		T.seek(m, fh, 0, SEEK_HOLE, &at);
		T.fallocate(m, fh, 3, 4000, 20000);
		T.ftruncate(m, fh, suite_random() % 50000);
		T.close(m, fh);
	}
	T.readlink(m, "/link", buf, 100, &n);
	if (!T.open(m, i % 2 ? "/d" : "/", O_RDONLY | O_DIRECTORY, 0, &fh)) {
		for (i = 0, at = 0; i < 50; i++)
			if (T.getdirents(m, fh, &at, buf, 200, &n) || !n)
				break;
		T.close(m, fh);
	}
	T.rename(m, "/d", "/file-0", 2);
	T.rename(m, "/file-2", "/d/x", 0);
	T.link(m, "/file-6", "/y");
	T.unlink(m, "/file-8");
	T.mkdir(m, "/d/new", 0755);
	T.rmdir(m, "/d/new");
	mf_reap(m, true);
	T.statfs(m, &sfs);
	mf_check(m, false);
}

static void one(uint32_t seed)
{
	int status = 0;
	pid_t pid;

	suite_remove("corrupt");
	m = suite_attach("corrupt", "size=1M");
	build();
	pid = fork();
	if (!pid) {
		alarm(20);
		suite_seed(seed);
		m->patience = 5;
		spoil();
		use();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK_IS(status, 0);
	if (status)
		fprintf(stderr, "\tseed %u\n", seed);
	suite_detach(m);
}

void test_corrupt(unsigned int runs)
{
	unsigned int i;

	for (i = 1; i <= runs; i++)
		one(i);
	suite_remove("corrupt");
}
