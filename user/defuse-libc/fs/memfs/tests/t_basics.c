// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the comparison with tmpfs cannot tell: handles, cookies, space, other processes. */
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define T	defuse_fs_operations

static struct memfs *m;

static uint64_t made(const char *name, const char *text)
{
	uint64_t fh = 0;
	size_t put;

	CHECK_IS(T.open(m, name, O_RDWR | O_CREAT, 0644, &fh), 0);
	CHECK_IS(T.write(m, fh, text, strlen(text), 0, &put), 0);
	return fh;
}

static void handles(void)
{
	uint64_t fh = made("/f", "text"), other;
	char blob[256], buf[16];
	size_t len, got;
	int fd;

	CHECK_IS(T.save(m, fh, blob, sizeof(blob), &len, &fd), 0);
	CHECK_IS(fd, -1);
	CHECK_IS(T.restore(m, NULL, O_RDONLY, blob, len, -1, &other), 0);
	CHECK_IS(T.read(m, other, buf, sizeof(buf), 1, &got), 0);
	CHECK(got == 3 && !memcmp(buf, "ext", 3));
	CHECK_IS(T.write(m, other, "x", 1, 0, &got), -EBADF);
	CHECK_IS(T.restore(m, NULL, O_RDONLY, blob, len - 1, -1, &other), -EINVAL);
	blob[8]++;
	CHECK_IS(T.restore(m, NULL, O_RDONLY, blob, len, -1, &other), -ESTALE);
	CHECK_IS(T.read(m, fh + (5ULL << 32), buf, 1, 0, &got), -ESTALE);
	CHECK_IS(T.read(m, ~0ULL, buf, 1, 0, &got), -ESTALE);
	T.close(m, fh);
}

/* One name a call, and something happens in between. */
static void cookies(void)
{
	char name[32], buf[64];
	struct dirent64 *e = (struct dirent64 *)buf;
	bool seen[200] = { false };
	size_t written;
	off_t at = 0;
	uint64_t fh;
	int i, n = 0;

	T.mkdir(m, "/many", 0755);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "/many/%03d", i);
		T.close(m, made(name, ""));
	}
	CHECK_IS(T.open(m, "/many", O_RDONLY | O_DIRECTORY, 0, &fh), 0);
	while (!T.getdirents(m, fh, &at, buf, 32, &written) && written) {
		CHECK_IS(at, e->d_off);
		if (e->d_name[0] == '.')
			continue;
		i = atoi(e->d_name);
		CHECK(!seen[i]);
		seen[i] = true;
		/* This one goes, and one behind it; a new one comes. */
		snprintf(name, sizeof(name), "/many/%03d", i);
		CHECK_IS(T.unlink(m, name), 0);
		if (n % 10 == 0 && i + 1 < 100) {
			snprintf(name, sizeof(name), "/many/%03d", i + 1);
			CHECK_IS(T.unlink(m, name), 0);
			seen[i + 1] = true;
			snprintf(name, sizeof(name), "/many/%03d", 100 + n);
			T.close(m, made(name, ""));
		}
		n++;
	}
	for (i = 0; i < 100; i++)
		CHECK(seen[i]);
	CHECK_IS(T.getdirents(m, fh, &at, buf, 8, &written), 0);
	at = 0;
	CHECK_IS(T.getdirents(m, fh, &at, buf, 8, &written), -EINVAL);
	T.close(m, fh);
}

static void space(void)
{
	struct memfs *all = m;
	static char block[40000];
	struct statfs before, st;
	uint64_t fh;
	size_t put;
	off_t at = 0;
	int err, n;

	m = suite_attach("small", "size=1M");
	T.statfs(m, &before);
	fh = made("/full", "x");
	while (!(err = T.write(m, fh, block, sizeof(block), at, &put)))
		at += put;
	CHECK_IS(err, -ENOSPC);
	T.statfs(m, &st);
	CHECK_IS(st.f_bfree, 0);
	CHECK_IS(T.mkdir(m, "/d", 0755), 0);	/* there are records left */
	CHECK_IS(T.symlink(m, "target", "/s"), -ENOSPC);
	CHECK_IS(mf_check(m, true), 0);
	CHECK_IS(T.write(m, fh, "y", 1, 1000, &put), 0);	/* needs none */
	CHECK_IS(T.fallocate(m, fh, 0, at, 100000), -ENOSPC);
	T.close(m, fh);
	CHECK_IS(T.unlink(m, "/full"), 0);
	CHECK_IS(T.symlink(m, "target", "/s"), 0);	/* an orphan makes room */
	CHECK_IS(T.unlink(m, "/s"), 0);
	CHECK_IS(T.rmdir(m, "/d"), 0);
	T.statfs(m, &st);
	CHECK(st.f_bfree + 1 >= before.f_bfree && st.f_ffree == before.f_ffree);
	for (n = 0; n < 1000; n++) {
		char name[32];

		snprintf(name, sizeof(name), "/%d", n);
		err = T.mkdir(m, name, 0755);
		if (err)
			break;
	}
	CHECK_IS(err, -ENOSPC);
	CHECK_IS(mf_check(m, true), 0);
	suite_detach(m);
	suite_remove("small");
	m = all;
}

static void options(void)
{
	static const char *const bad[] = {
		"", ":", "a/b", ".hidden", "n:size=1", "n:size=12Q", "n:mode=9", "n:what=1",
		"n:size=", "n:size=99999999G", "/", "/nowhere/there/n",
	};
	struct defuse_host host = { .size = sizeof(host) };
	unsigned int i;
	void *fs;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(T.init("/mnt", bad[i], &host, &fs) < 0);
}

/* A file that is not a segment, or somebody else's. */
static void strangers(void)
{
	struct defuse_host host = { .size = sizeof(host) };
	char path[64] = "/dev/shm/memfs-stranger-XXXXXX";
	int fd = mkstemp(path);
	void *fs;

	CHECK_IS(T.init("/mnt", path, &host, &fs), -EINVAL);
	CHECK(!ftruncate(fd, 1 << 20));
	CHECK_IS(T.init("/mnt", path, &host, &fs), -EINVAL);
	if (!geteuid()) {
		CHECK(!fchown(fd, 1, 1));
		CHECK_IS(T.init("/mnt", path, &host, &fs), -EPERM);
	}
	close(fd);
	unlink(path);
}

/* Two mappings are two processes as far as the segment is concerned; so is a child. */
static void shared(void)
{
	struct memfs *second = suite_attach("basics", NULL);
	uint64_t fh = made("/shared", "one"), other;
	char buf[16];
	size_t n;
	pid_t pid;
	int status = 0;

	CHECK(second->base != m->base);
	CHECK_IS(T.open(second, "/shared", O_RDWR, 0, &other), 0);
	CHECK_IS(T.read(second, other, buf, sizeof(buf), 0, &n), 0);
	CHECK(n == 3 && !memcmp(buf, "one", 3));
	CHECK_IS(T.rename(second, "/shared", "/moved", 0), 0);
	pid = fork();
	if (!pid) {
		T.write(m, fh, "two", 3, 0, &n);
		_exit(T.unlink(second, "/moved"));
	}
	waitpid(pid, &status, 0);
	CHECK_IS(status, 0);
	CHECK_IS(T.read(second, other, buf, sizeof(buf), 0, &n), 0);
	CHECK(n == 3 && !memcmp(buf, "two", 3));
	T.close(m, fh);
	T.close(second, other);
	suite_detach(second);
}

void test_basics(void)
{
	m = suite_attach("basics", "size=16M");
	handles();
	cookies();
	shared();
	CHECK_IS(mf_check(m, true), 0);
	suite_detach(m);
	suite_remove("basics");
	space();
	options();
	strangers();
}
