// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files that the kernel opens and the library takes over at first use. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long markers, opens, door2;

static void remember(void)
{
	markers = fk.markers;
	opens = fk.opens;
	door2 = fk.door2;
}

/* The library, and nobody else, has worked; @n times the kernel had to say so. */
static void check_silent(unsigned long n)
{
	CHECK_IS(fk.markers - markers, n);
	CHECK_IS(fk.opens, opens);
	CHECK_IS(fk.door2, door2);
}

static void first_open_teaches(void)
{
	int fd;

	remember();
	fd = fk_sys(SYS_open, unit_name("/a1"), O_CREAT | O_RDWR, 0644);
	CHECK(fd >= 0);
	CHECK_IS(fk.markers, markers + 1);
	CHECK_IS(fk.opens, opens);
	CHECK_IS(fk_sys(SYS_write, fd, "hello", 5), 5);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	remember();
	fd = fk_sys(SYS_open, unit_name("/a1"), O_RDONLY);
	CHECK(fd >= 0);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	check_silent(0);
}

static void io_needs_no_marker(void)
{
	char buf[16] = "";
	struct stat st;
	int fd;

	remember();
	fd = fk_sys(SYS_openat, AT_FDCWD, unit_name("/a1"), O_RDWR);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK_IS(st.st_size, 5);
	CHECK_IS(fk_sys(SYS_read, fd, buf, sizeof(buf)), 5);
	CHECK(strcmp(buf, "hello") == 0);
	CHECK_IS(fk_sys(SYS_read, fd, buf, sizeof(buf)), 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "J", 1, 0), 1);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	check_silent(0);
}

/* The letter tells of one FD; the others are found when the kernel meets them. */
static void two_at_once(void)
{
	char a[8] = "", b[8] = "";
	int x, y;

	remember();
	x = fk_sys(SYS_open, unit_name("/a1"), O_RDONLY);
	y = fk_sys(SYS_open, unit_name("/a1"), O_RDONLY);
	CHECK_IS(fk_sys(SYS_read, x, a, 5), 5);
	CHECK_IS(fk_sys(SYS_read, y, b, 2), 2);
	CHECK(strcmp(a, "Jello") == 0 && strcmp(b, "Je") == 0);
	check_silent(1);
	fk_sys(SYS_close, x);
	fk_sys(SYS_close, y);
}

/* A letter is not believed about an FD that is no file of the mount. */
static void other_files(void)
{
	char buf[4] = "";
	int fd, pipes[2];

	CHECK(pipe(pipes) == 0);
	fd = fk_sys(SYS_open, unit_name("/a1"), O_RDONLY);
	CHECK_IS(fk_sys(SYS_write, pipes[1], "abc", 3), 3);
	CHECK_IS(fk_sys(SYS_read, pipes[0], buf, 3), 3);
	CHECK(strcmp(buf, "abc") == 0);
	CHECK_IS(fk_sys(SYS_read, fd, buf, 1), 1);
	CHECK(buf[0] == 'J');
	fk_sys(SYS_close, fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void appending(void)
{
	int fd = fk_sys(SYS_open, unit_name("/a1"), O_WRONLY | O_APPEND);

	CHECK_IS(fk_sys(SYS_write, fd, "!", 1), 1);
	CHECK_IS(fk_sys(SYS_fcntl, fd, F_SETFL, 0), 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "H", 1, 0), 1);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	fd = open(unit_back("/a1"), O_RDONLY);
	char buf[16] = "";
	CHECK_IS(read(fd, buf, sizeof(buf)), 6);
	CHECK(strcmp(buf, "Hello!") == 0);
	close(fd);
}

/* The kernel's, but where the library must hear of them; and no lower directory is given away. */
static void names(bool library)
{
	char buf[4096];
	struct stat st;
	int fd;

	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/ad"), 0755), 0);
	remember();
	CHECK_IS(fk_sys(SYS_stat, unit_name("/ad"), &st), 0);
	CHECK(S_ISDIR(st.st_mode));
	fd = fk_sys(SYS_open, unit_name("/ad"), O_RDONLY | O_DIRECTORY);
	CHECK_IS(fk.opens, opens + library);
	CHECK_IS(fk.markers, markers + 2 * library);
	CHECK(library || fk.door2 == door2 + 2);
	CHECK(fk_sys(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
	CHECK_IS(fk_sys(SYS_getdents64, fd, buf, sizeof(buf)), 0);
	CHECK_IS(fk.markers, markers + 2 * library);
	fk_sys(SYS_close, fd);
	CHECK_IS(fk_sys(SYS_rmdir, unit_name("/ad")), 0);
}

/* The first call about a name says that names are the kernel's. */
static void first_name_teaches(void)
{
	struct stat st;

	fk_remount(unit_library("defuse-direct"));
	remember();
	CHECK_IS(fk_sys(SYS_stat, unit_name("/a1"), &st), 0);
	CHECK_IS(fk.markers, markers + 1);
	remember();
	CHECK_IS(fk_sys(SYS_stat, unit_name("/a1"), &st), 0);
	CHECK_IS(st.st_size, 6);
	CHECK_IS(fk_sys(SYS_stat, unit_name("/a-none"), &st), -ENOENT);
	CHECK_IS(fk.markers, markers);
	CHECK_IS(fk.door2, door2 + 2);
}

/* Somebody else's open file description is not restored, but read all the same. */
static void of_another_user(void)
{
	char buf[4] = "";
	int fd = fk_sys(SYS_open, unit_name("/a1"), O_RDONLY);

	fk.uid = 4711;
	CHECK_IS(fk_sys(SYS_read, fd, buf, 1), 1);
	CHECK(buf[0] == 'H');
	fk.uid = geteuid();
	fk_sys(SYS_close, fd);
}

void test_adopt(void)
{
	unsetenv("DEFUSE_ADOPT");
	fk_remount(unit_library("defuse-direct"));
	first_open_teaches();
	io_needs_no_marker();
	two_at_once();
	other_files();
	appending();
	names(false);
	of_another_user();
	first_name_teaches();
	fk.flags |= DEFUSE_MOUNT_PAGING;
	fk_remount(unit_library("defuse-direct"));
	first_open_teaches();
	names(true);
	fk.flags &= ~DEFUSE_MOUNT_PAGING;
	setenv("DEFUSE_ADOPT", "0", 1);
	fk_remount(unit_library("defuse-direct"));
}
