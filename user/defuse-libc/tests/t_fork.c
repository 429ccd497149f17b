// SPDX-License-Identifier: LGPL-2.1-or-later
/* Copies of a process: told of, not told of, and the program's own fork handlers. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int victims[3] = { -1, -1, -1 };	/* closed by prepare, parent, child */
static int spare;			/* still open in all of them */

static long hook(long nr, long a, long b, long c, long d)
{
	return fk_core->hook(nr, a, b, c, d, 0, 0);
}

static bool reads(int fd, const char *want)
{
	char c = 0;

	return fk_sys(SYS_pread64, fd, &c, 1, 0) == 1 && c == *want;
}

/* The program's handlers, older than the core's: they run between those. */
static void step(int i)
{
	int copy;

	if (spare <= 0)
		return;
	CHECK_IS(fk_sys(SYS_close, victims[i]), 0);
	CHECK(reads(spare, "f"));
	copy = fk_sys(SYS_dup, spare);
	CHECK_IS(fk_sys(SYS_close, copy), 0);
}

static void prepare(void)
{
	step(0);
}

static void parent(void)
{
	step(1);
}

static void child(void)
{
	step(2);
}

__attribute__((constructor))
static void before_the_core(void)
{
	pthread_atfork(prepare, parent, child);
}

static int open_one(const char *name)
{
	int fd = fk_sys(SYS_open, unit_name(name), O_CREAT | O_RDWR, 0600);

	CHECK(fd >= 0);
	CHECK_IS(fk_sys(SYS_write, fd, "f", 1), 1);
	return fd;
}

/* The child says by its exit status how many things were wrong. */
static void finish(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_IS(status, 0);
}

static void announced(void)
{
	unsigned long failed = check_failed;
	int i, fd = open_one("/forked");
	pid_t pid;

	for (i = 0; i < 3; i++)
		victims[i] = open_one("/victim");
	spare = fd;
	pid = fork();
	if (!pid) {
		alarm(120);
		spare = 0;
		CHECK(hook(SYS_fsync, fd, 0, 0, 0) == 0);
		CHECK(reads(fd, "f"));
		_exit(check_failed - failed);
	}
	spare = 0;
	finish(pid);
	CHECK(reads(fd, "f"));
	fk_sys(SYS_close, victims[2]);
	fk_sys(SYS_close, fd);
}

static void unannounced(void)
{
	unsigned long failed = check_failed;
	int fd = open_one("/copied");
	pid_t pid = _Fork();

	if (!pid) {
		char c;

		CHECK(hook(SYS_pread64, fd, (long)&c, 1, 0) == DEFUSE_PASS);
		CHECK(hook(SYS_close, fd, 0, 0, 0) == DEFUSE_PASS);
		CHECK(hook(SYS_exit_group, 0, 0, 0, 0) == DEFUSE_PASS);
		/* Its children are no better. */
		pid = fork();
		if (!pid)
			_exit(hook(SYS_close, fd, 0, 0, 0) != DEFUSE_PASS);
		finish(pid);
		_exit(check_failed - failed);
	}
	finish(pid);
	CHECK(reads(fd, "f"));
	fk_sys(SYS_close, fd);
}

static void *unsharing(void *arg)
{
	long fd = (long)arg;

	CHECK(hook(SYS_close_range, fd, fd, CLOSE_RANGE_UNSHARE, 0) == DEFUSE_PASS);
	CHECK_IS(fk_thread()->magic, 0);
	CHECK(hook(SYS_close, fd, 0, 0, 0) == DEFUSE_PASS);
	return NULL;
}

/* A thread with an FD table of its own says nothing about ours. */
static void unshared(void)
{
	int fd = open_one("/unshared");
	pthread_t t;

	CHECK(pthread_create(&t, NULL, unsharing, (void *)(long)fd) == 0);
	pthread_join(t, NULL);
	CHECK(reads(fd, "f"));
	fk_sys(SYS_close, fd);
}

void test_fork(void)
{
	announced();
	unannounced();
	unshared();
}
