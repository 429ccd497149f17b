// SPDX-License-Identifier: LGPL-2.1-or-later
/* open(): flags, numbers, and what falls back to the kernel. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int lowest(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void numbers(void)
{
	int want = lowest(), a, b;
	unsigned long opens = fk.opens;

	a = fk_sys(SYS_open, unit_name("/n1"), O_CREAT | O_RDWR, 0644);
	CHECK_IS(a, want);
	b = fk_sys(SYS_openat, AT_FDCWD, unit_name("/n2"), O_CREAT | O_WRONLY | O_EXCL, 0400);
	CHECK_IS(b, want + 1);
	CHECK_IS(fk_sys(SYS_open, unit_name("/n2"), O_CREAT | O_EXCL | O_RDWR, 0600), -EEXIST);
	CHECK_IS(fk_sys(SYS_close, a), 0);
	a = fk_sys(SYS_creat, unit_name("/n3"), 0600);
	CHECK_IS(a, want);
	CHECK_IS(fk.opens, opens + 3);
	CHECK_IS(fk_sys(SYS_close, a), 0);
	CHECK_IS(fk_sys(SYS_close, b), 0);
	CHECK_IS(fk_sys(SYS_close, b), -EBADF);
}

static void kinds(void)
{
	unsigned long opens = fk.opens;
	int fd, dir;

	CHECK_IS(fk_sys(SYS_open, unit_name("/none"), O_RDONLY), -ENOENT);
	CHECK_IS(fk_sys(SYS_open, unit_name("/d"), O_WRONLY), -EISDIR);
	CHECK_IS(fk_sys(SYS_open, unit_name("/n1"), O_DIRECTORY), -ENOTDIR);
	CHECK_IS(fk.opens, opens);
	dir = fk_sys(SYS_open, unit_name("/d"), O_RDONLY | O_DIRECTORY);
	CHECK(dir >= 0);
	/* Through an application's directory FD no base FD is needed. */
	fd = fk_sys(SYS_openat, dir, "new", O_CREAT | O_RDWR, 0644);
	CHECK(fd >= 0 && access(unit_back("/d/new"), F_OK) == 0);
	CHECK_IS(fk.opens, opens + 2);
	fk_sys(SYS_close, fd);
	fk_sys(SYS_close, dir);
	/* O_PATH: the kernel's. */
	fd = fk_sys(SYS_open, unit_name("/d"), O_PATH);
	CHECK(fd >= 0);
	CHECK_IS(fk.opens, opens + 2);
	fk_sys(SYS_close, fd);
}

/* A FIFO must not be opened for a moment: that would wake up the other end. */
static void fifo(void)
{
	unsigned long before = fk.door2;
	int reader, fd;

	CHECK(mkfifo(unit_back("/fifo"), 0600) == 0);
	CHECK_IS(fk_sys(SYS_open, unit_name("/fifo"), O_WRONLY | O_NONBLOCK), -ENXIO);
	reader = open(unit_back("/fifo"), O_RDONLY | O_NONBLOCK);
	fd = fk_sys(SYS_open, unit_name("/fifo"), O_WRONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	CHECK(fk.door2 >= before + 2);
	fk_sys(SYS_close, fd);
	close(reader);
	unlink(unit_back("/fifo"));
}

/* Nothing of ours stays open on the mount when the process has no handle there. */
static void not_busy(void)
{
	unsigned long before = fk.door2;
	int fd, two;

	fd = fk_sys(SYS_open, unit_name("/n1"), O_RDONLY);
	CHECK_IS(fk.door2, before + 1);		/* the base directory was opened anew */
	CHECK(fd >= 0);
	two = fk_sys(SYS_open, unit_name("/n1"), O_RDONLY);
	CHECK_IS(fk_sys(SYS_close, two), 0);
	CHECK_IS(fk.door2, before + 1);		/* ... and is kept while fd is open */
	fk_sys(SYS_close, fd);
	fd = fk_sys(SYS_open, unit_name("/n1"), O_RDONLY);
	CHECK_IS(fk.door2, before + 2);
	fk_sys(SYS_close, fd);
}

/* Without private numbers files are opened by the kernel, and creation is not torn. */
static void few_numbers(void)
{
	struct rlimit old, few;
	unsigned long opens = fk.opens, before = fk.door2;
	int fds[48], n, i;
	char name[32];

	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 48;
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	for (n = 0; n < 48; n++) {
		snprintf(name, sizeof(name), "/few%d", n);
		fds[n] = fk_sys(SYS_open, unit_name(name), O_CREAT | O_EXCL | O_RDWR, 0600);
		if (fds[n] < 0)
			break;
		CHECK_IS(fk_sys(SYS_write, fds[n], "x", 1), 1);
	}
	CHECK(n > 20);
	CHECK_IS(fds[n], -EMFILE);
	CHECK(fk.opens > opens);		/* some the fast way */
	CHECK(fk.door2 > before);		/* the rest the slow way */
	for (i = 0; i < n; i++) {
		CHECK_IS(fk_sys(SYS_close, fds[i]), 0);
		snprintf(name, sizeof(name), "/few%d", i);
		unlink(unit_back(name));
	}
	setrlimit(RLIMIT_NOFILE, &old);
}

void test_open(void)
{
	numbers();
	kinds();
	fifo();
	not_busy();
	few_numbers();
}
