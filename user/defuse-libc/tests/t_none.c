// SPDX-License-Identifier: LGPL-2.1-or-later
/* A mount without a lower tree: the library alone answers, links are followed here. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long read_name(const char *rest, char *buf, size_t size)
{
	int fd = fk_sys(SYS_open, unit_name(rest), O_RDONLY);
	long n;

	memset(buf, 0, size);
	if (fd < 0)
		return fd;
	n = fk_sys(SYS_read, fd, buf, size - 1);
	fk_sys(SYS_close, fd);
	return n;
}

static void link_to(const char *target, const char *rest)
{
	CHECK(symlink(target, unit_back(rest)) == 0);
}

static void links(void)
{
	char buf[64];
	struct stat st;
	int fd;

	CHECK(mkdir(unit_back("/none"), 0755) == 0 && mkdir(unit_back("/none/d"), 0755) == 0);
	fd = open(unit_back("/none/d/f"), O_CREAT | O_WRONLY, 0644);
	CHECK(write(fd, "text", 4) == 4);
	close(fd);
	link_to("d/f", "/none/plain");
	link_to("../d/../plain", "/none/d/up");
	link_to("d", "/none/dir");
	link_to(unit_name("/none/dir/f"), "/none/absolute");
	link_to("/etc/passwd", "/none/outside");
	link_to("loop", "/none/loop");
	link_to("nothing", "/none/dangling");

	CHECK_IS(read_name("/none/d/f", buf, sizeof(buf)), 4);	/* the control */
	CHECK_IS(read_name("/none/plain", buf, sizeof(buf)), 4);
	CHECK(strcmp(buf, "text") == 0);
	CHECK_IS(read_name("/none/d/up", buf, sizeof(buf)), 4);
	CHECK_IS(read_name("/none/dir/f", buf, sizeof(buf)), 4);
	CHECK_IS(read_name("/none/dir/up", buf, sizeof(buf)), 4);
	CHECK_IS(read_name("/none/absolute", buf, sizeof(buf)), 4);
	CHECK_IS(read_name("/none/outside", buf, sizeof(buf)), -EXDEV);
	CHECK_IS(read_name("/none/loop", buf, sizeof(buf)), -ELOOP);
	CHECK_IS(read_name("/none/dangling", buf, sizeof(buf)), -ENOENT);
	CHECK_IS(fk_sys(SYS_open, unit_name("/none/plain"), O_RDONLY | O_NOFOLLOW), -ELOOP);
	CHECK_IS(fk_sys(SYS_stat, unit_name("/none/plain"), &st), 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_IS(fk_sys(SYS_lstat, unit_name("/none/plain"), &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_IS(fk_sys(SYS_lstat, unit_name("/none/dir/f"), &st), 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_IS(fk_sys(SYS_chmod, unit_name("/none/plain"), 0600), 0);
	CHECK(stat(unit_back("/none/d/f"), &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/none/dir/up")), 0);
	CHECK(lstat(unit_back("/none/d/up"), &st) != 0);
}

static void seeking(void)
{
	int fd = fk_sys(SYS_open, unit_name("/none/d/f"), O_RDWR);

	CHECK_IS(fk_sys(SYS_lseek, fd, -1, SEEK_END), 3);
	CHECK_IS(fk_sys(SYS_lseek, fd, -5, SEEK_END), -EINVAL);
	CHECK_IS(fk_sys(SYS_lseek, fd, 1, SEEK_DATA), 1);
	CHECK_IS(fk_sys(SYS_lseek, fd, 1, SEEK_HOLE), 4);
	CHECK_IS(fk_sys(SYS_lseek, fd, 4, SEEK_DATA), -ENXIO);
	CHECK_IS(fk_sys(SYS_copy_file_range, fd, 0, fd, 0, 1, 0), -EXDEV);
	CHECK_IS(fk_sys(SYS_sendfile, fd, fd, 0, 1), -EINVAL);
	fk_sys(SYS_close, fd);
}

void test_none(void)
{
	fk_remount(unit_library("defuse-direct"));
	fk.flags &= ~DEFUSE_MOUNT_LOWER;
	links();
	seeking();
	fk.flags |= DEFUSE_MOUNT_LOWER;
}
