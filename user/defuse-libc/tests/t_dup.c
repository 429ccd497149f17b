// SPDX-License-Identifier: LGPL-2.1-or-later
/* What FD numbers mean, and that the core's own are out of reach. */
#include "check.h"
#include "fakekernel.h"
#include "fdtable.h"
#include "unit.h"

#include <defuse/forget.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_io(void)
{
	int fd = fk_sys(SYS_open, unit_name("/dup"), O_CREAT | O_RDWR, 0600);

	CHECK(fd >= 0);
	return fd;
}

static bool is_ours(int fd)
{
	struct stat st;

	return fk_sys(SYS_fstat, fd, &st) == 0 && st.st_dev == FK_DEV;
}

/* Closed and used again where the hook does not see it. */
static void forgotten(void)
{
	int fd = open_io();

	CHECK_IS(fk_sys(DEFUSE_NR_FORGET, fd), 0);
	close(fd);
	CHECK_IS(open("/dev/null", O_RDWR), fd);
	CHECK(!is_ours(fd));
	CHECK_IS(fk_sys(SYS_write, fd, "zzz", 3), 3);
	close(fd);
}

static void duplicates(void)
{
	int fd = open_io(), two, three, four, null = open("/dev/null", O_RDWR);
	char c;

	CHECK_IS(fk_sys(SYS_write, fd, "abc", 3), 3);
	two = fk_sys(SYS_dup, fd);
	CHECK(two >= 0 && is_ours(two));
	CHECK_IS(fk_sys(SYS_lseek, two, 1, SEEK_SET), 1);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	CHECK(!is_ours(fd));
	CHECK_IS(fk_sys(SYS_read, two, &c, 1), 1);
	CHECK(c == 'b');
	three = fk_sys(SYS_fcntl, two, F_DUPFD_CLOEXEC, 100);
	CHECK(three >= 100 && is_ours(three));
	CHECK_IS(fk_sys(SYS_dup2, two, null), null);
	CHECK(is_ours(null));
	CHECK_IS(fk_sys(SYS_dup2, two, two), two);
	CHECK(is_ours(two));
	CHECK_IS(fk_sys(SYS_dup3, two, two, 0), -EINVAL);
	four = open("/dev/null", O_RDWR);
	CHECK_IS(fk_sys(SYS_dup2, four, null), null);
	CHECK(!is_ours(null));
	CHECK_IS(fk_sys(SYS_write, null, "zzz", 3), 3);	/* not into the file */
	CHECK_IS(fk_sys(SYS_dup2, 999, two), -EBADF);
	CHECK(is_ours(two));
	fk_sys(SYS_close, two);
	CHECK_IS(fk_sys(SYS_read, three, &c, 1), 1);
	CHECK(c == 'c');
	fk_sys(SYS_close, three);
	fk_sys(SYS_close, null);
	close(four);
}

/* The highest FD is one of the core's: it must survive everything. */
static int a_private(void)
{
	int fd, found = -1;

	for (fd = 3; fd < 2900; fd++)
		if (dfl_fd_peek(fd) == DFL_FD_PRIVATE && fcntl(fd, F_GETFD) >= 0)
			found = fd;
	return found;
}

static void ranges(void)
{
	int fd = open_io(), private = a_private(), high, null;
	char c;

	CHECK(private >= 0);
	CHECK_IS(fk_sys(SYS_write, fd, "abc", 3), 3);
	CHECK_IS(fk_sys(SYS_close, private), -EBADF);
	CHECK_IS(fk_sys(SYS_dup2, 0, private), -EBUSY);
	CHECK_IS(fk_sys(SYS_dup, private), -EBADF);
	CHECK_IS(fk_sys(SYS_dup2, private, fd), -EBADF);
	CHECK_IS(fk_sys(SYS_fcntl, private, F_DUPFD, 3), -EBADF);
	CHECK_IS(fk_sys(SYS_fcntl, private, F_GETFD), -EBADF);
	CHECK(fcntl(private, F_GETFD) >= 0);
	high = dup2(0, private + 2);
	null = open("/dev/null", O_RDWR);
	CHECK_IS(fk_sys(SYS_close_range, null, 2900, 0), 0);
	CHECK(fcntl(null, F_GETFD) < 0);
	CHECK(fcntl(high, F_GETFD) < 0);
	CHECK(fcntl(private, F_GETFD) >= 0);
	CHECK_IS(fk_sys(SYS_pread64, fd, &c, 1, 0), 1);	/* its library FD lives */
	CHECK_IS(fk_sys(SYS_close_range, fd, fd, 0), 0);
	CHECK(!is_ours(fd));
	CHECK_IS(fk_sys(SYS_close_range, 7, 6, 0), -EINVAL);
	/* After all that a number is opened anew without an old meaning. */
	CHECK_IS(open("/dev/null", O_RDWR), fd);
	CHECK(!is_ours(fd));
	close(fd);
}

/* Every handle is closed exactly once: no private FD is left behind. */
static void no_leak(void)
{
	int before = 0, after = 0, fd, i;

	for (fd = 0; fd < 2900; fd++)
		before += fcntl(fd, F_GETFD) >= 0;
	for (i = 0; i < 20; i++) {
		int a = open_io(), b = fk_sys(SYS_dup, a), c = fk_sys(SYS_dup, b);

		fk_sys(SYS_close, a);
		fk_sys(SYS_dup2, 0, b);
		fk_sys(SYS_close_range, c, c, 0);
		fk_sys(SYS_close, b);
	}
	for (fd = 0; fd < 2900; fd++)
		after += fcntl(fd, F_GETFD) >= 0;
	CHECK_IS(after, before);
}

/* Each descriptor that goes is told of, however it went; in a child, after the fork is. */
static void flushes(void)
{
	void *library;
	_Atomic unsigned int *told;
	int fd, two, three, status = -1;
	pid_t pid;

	fk_remount(unit_library("defuse-trap"));
	fd = open_io();
	CHECK_IS(fk_sys(SYS_write, fd, "abc", 3), 3);
	library = dlopen(unit_library("defuse-trap"), RTLD_NOW | RTLD_NOLOAD);
	*(void **)&told = library ? dlsym(library, "trap_flushes") : NULL;
	CHECK(told);
	if (!told)
		return;
	CHECK_IS(*told, 0);
	two = fk_sys(SYS_dup, fd);
	three = fk_sys(SYS_dup, fd);
	pid = fork();
	if (pid == 0)
		_exit(fk_sys(SYS_close, two) || fk_sys(SYS_close, three) ||
		      fk_sys(SYS_close, fd) || *told != 3);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_IS(status, 0);
	CHECK_IS(*told, 0);
	fk_sys(SYS_dup2, 0, two);
	CHECK_IS(*told, 1);
	fk_sys(SYS_close_range, three, three, 0);
	CHECK_IS(*told, 2);
	fk_sys(SYS_close, fd);
	CHECK_IS(*told, 3);
	fk_sys(SYS_close, two);
	CHECK_IS(*told, 3);
	dlclose(library);
	fk_remount(unit_library("defuse-direct"));
}

void test_dup(void)
{
	forgotten();
	duplicates();
	ranges();
	no_leak();
	flushes();
}
