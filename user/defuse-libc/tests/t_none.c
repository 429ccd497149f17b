// SPDX-License-Identifier: LGPL-2.1-or-later
/* A mount without a lower tree: the library alone answers, links are followed here. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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

/* Of an open file, and of the file system. */
static void beyond(void)
{
	const struct timespec times[2] = { { 5, 0 }, { 7, 0 } };
	int fd = fk_sys(SYS_open, unit_name("/none/d/f"), O_RDWR | O_APPEND);
	struct statfs fs = { 0 };
	struct stat st;

	CHECK_IS(fk_sys(SYS_fchmod, fd, 0604), 0);
	CHECK_IS(fk_sys(SYS_fchown, fd, -1, -1), 0);
	CHECK_IS(fk_sys(SYS_utimensat, fd, 0, times, 0), 0);
	CHECK_IS(fk_sys(SYS_fallocate, fd, 0, 0, 65536), 0);
	CHECK(stat(unit_back("/none/d/f"), &st) == 0 && (st.st_mode & 07777) == 0604 &&
	      st.st_size == 65536);
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 1 << 20), 0);
	CHECK_IS(fk_sys(SYS_lseek, fd, 100000, SEEK_DATA), -ENXIO);
	/* An append ends where it ends, whatever was sought before. */
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_HOLE), 4096);
	CHECK_IS(fk_sys(SYS_write, fd, "tail", 4), 4);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_CUR), (1 << 20) + 4);
	CHECK_IS(fk_sys(SYS_fstatfs, fd, &fs), 0);
	CHECK(fs.f_type == DEFUSE_SUPER_MAGIC && fs.f_blocks > 0);
	fk_sys(SYS_close, fd);
}

/* The errors are those of a read-only tmpfs; tests/conform compares them with one. */
/* @point: the mount point alone is. */
static void read_only(bool point)
{
	static const struct {
		const char *name;
		int flags, err;
	} opens[] = {
		{ "/none/d/f", O_RDONLY, 0 },
		{ "/none/d/f", O_CREAT | O_RDONLY, 0 },
		{ "/none/plain", O_CREAT | O_RDONLY, 0 },
		{ "/none/d/f", O_RDWR, EROFS },
		{ "/none/d/f", O_RDONLY | O_TRUNC, EROFS },
		{ "/none/d/f", O_CREAT | O_EXCL, EEXIST },
		{ "/none/d/f", O_WRONLY | O_DIRECTORY, ENOTDIR },
		{ "/none/new", O_CREAT | O_RDONLY, EROFS },
		{ "/none/new", O_RDWR, ENOENT },
		{ "/none/no/new", O_CREAT | O_RDWR, ENOENT },
		{ "/none/d/f/new", O_CREAT | O_RDWR, ENOTDIR },
		{ "/none/d", O_RDWR, EISDIR },
		{ "/none/d", O_CREAT | O_RDONLY, EISDIR },
		{ "/none/d", O_TMPFILE | O_RDWR, EROFS },
		{ "/none/dangling", O_CREAT | O_RDWR, EROFS },
		{ "/none/plain", O_WRONLY | O_NOFOLLOW, ELOOP },
	};
	static const struct {
		long nr;
		const char *name, *second;
		long arg;
		int err;
	} calls[] = {
		{ SYS_mkdir, "/none/new", NULL, 0755, EROFS },
		{ SYS_mkdir, "/none/d", NULL, 0755, EEXIST },
		{ SYS_mkdir, "/none/no/new", NULL, 0755, ENOENT },
		{ SYS_rmdir, "/none/d", NULL, 0, EROFS },
		{ SYS_rmdir, "/none/new", NULL, 0, EROFS },
		{ SYS_unlink, "/none/d/f", NULL, 0, EROFS },
		{ SYS_rename, "/none/d/f", "/none/g", 0, EROFS },
		{ SYS_rename, "/none/new", "/none/g", 0, EROFS },
		{ SYS_link, "/none/d/f", "/none/g", 0, EROFS },
		{ SYS_link, "/none/d/f", "/none/d", 0, EEXIST },
		{ SYS_link, "/none/new", "/none/g", 0, ENOENT },
		{ SYS_chmod, "/none/plain", NULL, 0600, EROFS },
		{ SYS_chmod, "/none/new", NULL, 0600, ENOENT },
		{ SYS_truncate, "/none/d/f", NULL, 0, EROFS },
		{ SYS_truncate, "/none/d/f", NULL, -1, EINVAL },
		{ SYS_truncate, "/none/d", NULL, 0, EISDIR },
		{ SYS_truncate, "/none/new", NULL, 0, ENOENT },
		{ SYS_access, "/none/d/f", NULL, W_OK, EROFS },
		{ SYS_access, "/none/d", NULL, W_OK, EROFS },
		{ SYS_access, "/none/d/f", NULL, R_OK, 0 },
		{ SYS_access, "/none/new", NULL, W_OK, ENOENT },
	};
	unsigned int i;
	int fd;

	fk.flags |= point ? 0 : DEFUSE_MOUNT_RDONLY;
	fk.bind_rdonly = point;
	for (i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
		if (point && opens[i].flags & O_TMPFILE & ~O_DIRECTORY)
			continue;
		fd = fk_sys(SYS_open, unit_name(opens[i].name), opens[i].flags, 0644);
		CHECK_IS(fd < 0 ? -fd : 0, opens[i].err);
		if (fd >= 0)
			fk_sys(SYS_close, fd);
	}
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		/* There the kernel looks first, and the fake one does not. */
		if (point && (calls[i].nr == SYS_rmdir || calls[i].nr == SYS_unlink ||
			      calls[i].nr == SYS_rename))
			continue;
		CHECK_IS(fk_sys(calls[i].nr, unit_name(calls[i].name),
				calls[i].second ? (long)unit_name(calls[i].second) :
						  calls[i].arg), -calls[i].err);
	}
	CHECK_IS(fk_sys(SYS_symlink, "f", unit_name("/none/new")), -EROFS);
	CHECK_IS(fk_sys(SYS_symlink, "f", unit_name("/none/plain")), -EEXIST);
	fd = fk_sys(SYS_open, unit_name("/none/d/f"), O_RDONLY);
	CHECK_IS(fk_sys(SYS_fchmod, fd, 0600), -EROFS);
	CHECK_IS(fk_sys(SYS_utimensat, fd, NULL, NULL, 0), -EROFS);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	fk.flags &= ~DEFUSE_MOUNT_RDONLY;
	fk.bind_rdonly = false;
}

void test_none(void)
{
	fk_remount(unit_library("defuse-direct"));
	fk.flags &= ~DEFUSE_MOUNT_LOWER;
	links();
	seeking();
	beyond();
	read_only(false);
	read_only(true);
	fk.flags |= DEFUSE_MOUNT_LOWER;
}
