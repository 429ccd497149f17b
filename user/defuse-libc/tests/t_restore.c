// SPDX-License-Identifier: LGPL-2.1-or-later
/* FDs that come from elsewhere: stash, lower FD, trust; and fork(). */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int inherited(const char *name)
{
	int fd = fk_sys(SYS_open, unit_name(name), O_CREAT | O_RDWR, 0600);

	CHECK(fd >= 0);
	CHECK_IS(fk_sys(SYS_write, fd, "inherited", 9), 9);
	fk_forget(fd);
	return fd;
}

static void same_user(void)
{
	int fd = inherited("/restore");
	unsigned long markers = fk.markers;
	struct stat st;
	char buf[16] = "";

	/* The control: the first call gets a marker, the second is the library's. */
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_SET), 0);
	CHECK_IS(fk_sys(SYS_read, fd, buf, 9), 9);
	CHECK(strcmp(buf, "inherited") == 0);
	CHECK_IS(fk.markers, markers + 1);
	CHECK_IS(fk_sys(SYS_write, fd, "!", 1), 1);
	CHECK_IS(fk.markers, markers + 1);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK_IS(st.st_size, 10);
	CHECK_IS(st.st_dev, FK_DEV);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
}

static void other_user(void)
{
	int fd = inherited("/foreign");
	unsigned long markers = fk.markers;
	struct stat st;
	char c;

	fk.uid = geteuid() + 1;
	CHECK_IS(fk_sys(SYS_pread64, fd, &c, 1, 0), 1);	/* right, by the kernel */
	CHECK_IS(fk_sys(SYS_pread64, fd, &c, 1, 0), 1);
	CHECK_IS(fk.markers, markers + 1);		/* asked once */
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK(st.st_dev != FK_DEV);			/* (the fake kernel does not map it) */
	fk.uid = geteuid();
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	/* The number's next file has nothing of it. */
	CHECK_IS(fk_sys(SYS_open, unit_name("/foreign"), O_RDONLY), fd);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK(st.st_dev == FK_DEV);
	fk_sys(SYS_close, fd);
}

static void directory(void)
{
	int fd = fk_sys(SYS_open, unit_name("/many"), O_RDONLY | O_DIRECTORY);
	unsigned long markers = fk.markers;
	char buf[4096];

	fk_forget(fd);
	CHECK(fk_sys(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
	CHECK_IS(fk.markers, markers + 1);
	fk_sys(SYS_close, fd);
}

/* A child works with the handles of its parent, and on the same position. */
static void child(void)
{
	int fd = fk_sys(SYS_open, unit_name("/fork"), O_CREAT | O_RDWR, 0600), status = -1;
	char buf[4] = "";
	pid_t pid;

	CHECK_IS(fk_sys(SYS_write, fd, "ab", 2), 2);
	pid = fork();
	if (!pid) {
		long n = fk_sys(SYS_write, fd, "cd", 2);

		n += fk_sys(SYS_fcntl, fd, F_SETFL, O_APPEND);
		n += fk_sys(SYS_close, fd);
		_exit(n == 2 ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 4, 0), 4);
	CHECK(memcmp(buf, "abcd", 4) == 0);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_CUR), 4);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_SET), 0);
	CHECK_IS(fk_sys(SYS_write, fd, "e", 1), 1);	/* the child's O_APPEND is in force */
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 4, 1), 4);
	CHECK(memcmp(buf, "bcde", 4) == 0);
	fk_sys(SYS_close, fd);
}

void test_restore(void)
{
	same_user();
	other_user();
	directory();
	child();
}
