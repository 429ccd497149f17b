// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Libraries that are wrong: one clear line, the program goes on through door 2 or
 * gets EIO, and nothing hangs (an alarm would end the test).
 */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was written to stderr while @stat ran. */
static long stat_with_stderr(char *text, size_t size)
{
	char name[] = "/tmp/defuse-unit-stderr.XXXXXX";
	int file = mkstemp(name), saved = dup(2);
	struct stat st;
	long ret;
	ssize_t n;

	dup2(file, 2);
	ret = fk_sys(SYS_stat, unit_name("/d"), &st);
	dup2(saved, 2);
	close(saved);
	n = pread(file, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(file);
	unlink(name);
	return ret;
}

static int lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void bad(const char *library, const char *reason)
{
	unsigned long door2, asks = fk.library_asks;
	char text[1024];
	struct stat st;

	alarm(120);
	fk_remount(unit_library(library));
	CHECK_IS(stat_with_stderr(text, sizeof(text)), 0);
	CHECK(strncmp(text, "defuse: ", 8) == 0);
	CHECK(strstr(text, reason) && strstr(text, "; using the kernel's way\n"));
	CHECK_IS(lines(text), 1);
	if (!strstr(text, reason))
		fprintf(stderr, "\t%s: %s\n", library, text);
	/* Said once, asked once; then quietly door 2. */
	door2 = fk.door2;
	CHECK_IS(stat_with_stderr(text, sizeof(text)), 0);
	CHECK(!*text);
	CHECK_IS(fk.door2, door2 + 1);
	CHECK_IS(fk.library_asks, asks + 1);
	fk.flags &= ~DEFUSE_MOUNT_LOWER;
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d"), &st), -EIO);
	fk.flags |= DEFUSE_MOUNT_LOWER;
	alarm(0);
}

static void good(void)
{
	unsigned long door2;
	char text[1024];

	fk_remount(unit_library("defuse-direct"));
	CHECK_IS(stat_with_stderr(text, sizeof(text)), 0);
	CHECK(!*text);
	door2 = fk.door2;
	CHECK_IS(stat_with_stderr(text, sizeof(text)), 0);
	CHECK_IS(fk.door2, door2);
}

/* A library of its own kind, on a mount without a lower tree. */
static void hello(void)
{
	char text[512] = "";
	struct stat st;
	int fd;

	fk_remount(unit_library("defuse-hello"));
	fk.flags &= ~DEFUSE_MOUNT_LOWER;
	fd = fk_sys(SYS_open, unit_name("/greeting"), O_RDONLY);
	CHECK(fd >= 0);
	CHECK(fk_sys(SYS_read, fd, text, sizeof(text)) > 0);
	CHECK(strncmp(text, fk.backend, strlen(fk.backend)) == 0);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	CHECK_IS(fk_sys(SYS_stat, unit_name("/none"), &st), -ENOENT);
	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/x"), 0700), -ENOSYS);
	CHECK_IS(fk_sys(SYS_open, unit_name("/x"), O_CREAT | O_WRONLY, 0600), -EROFS);
	fk.flags |= DEFUSE_MOUNT_LOWER;
}

void test_abi(void)
{
	struct sigaction segv;

	bad("bad-version", "another version");
	bad("bad-symbol", "no symbol defuse_fs_operations");
	bad("bad-size", "impossible size");
	bad("bad-mandatory", "lacks a mandatory function");
	bad("bad-init", "init() failed: No such device");
	bad("bad-crash", "crashed in init() (SIGSEGV)");
	bad("bad-abort", "crashed in init() (SIGABRT)");
	bad("bad-elf", "file too short");
	sigaction(SIGABRT, NULL, &segv);
	CHECK(segv.sa_handler == SIG_DFL);	/* the program's own are back */
	good();
	hello();
}
