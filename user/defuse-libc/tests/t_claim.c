// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opens whose walk brings the library's claim along, and paths whose text tells the mount. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long markers, opens, claims, infos;

/* What the kernel met of one open, which is closed again.  Return: its result. */
static long opened(long dirfd, const char *path, int flags)
{
	long fd, ret;

	markers = fk.markers;
	opens = fk.opens;
	claims = fk.claims;
	infos = fk.infos;
	fd = ret = fk_sys(SYS_openat, dirfd, path, flags, 0644);
	markers = fk.markers - markers;
	opens = fk.opens - opens;
	claims = fk.claims - claims;
	infos = fk.infos - infos;
	if (fd >= 0) {
		CHECK_IS(fk_sys(SYS_close, fd), 0);
		ret = 0;
	}
	return ret;
}

#define CHECK_WALKS(m, o, c, i)							\
	do {									\
		CHECK_IS(markers, m);						\
		CHECK_IS(opens, o);						\
		CHECK_IS(claims, c);						\
		CHECK_IS(infos, i);						\
	} while (0)

static void make(void)
{
	int fd;

	CHECK(mkdir(unit_back("/claim"), 0755) == 0 && mkdir(unit_back("/claim/d"), 0755) == 0);
	fd = open(unit_back("/claim/f"), O_CREAT | O_WRONLY, 0644);
	CHECK(write(fd, "text", 4) == 4);
	close(fd);
	CHECK(symlink("f", unit_back("/claim/link")) == 0);
}

/* The text tells: one system call, which is the number's. */
static void hinted(void)
{
	char buf[8] = "";
	struct stat st;
	int fd;

	CHECK_IS(fk_sys(SYS_stat, unit_name("/claim/f"), &st), 0);	/* the mount is known */
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(0, 1, 1, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDWR | O_APPEND | O_CLOEXEC), 0);
	CHECK_WALKS(0, 1, 1, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDWR | O_CREAT), 0);
	CHECK_WALKS(0, 1, 1, 0);
	fd = fk_sys(SYS_open, unit_name("/claim/f"), O_RDONLY);
	CHECK_IS(fk_sys(SYS_read, fd, buf, sizeof(buf)), 4);
	CHECK(strcmp(buf, "text") == 0);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK_IS(st.st_size, 4);
	/* Who inherits it finds what the library saved. */
	fk_forget(fd);
	CHECK_IS(fk_sys(SYS_lseek, fd, 1, SEEK_SET), 1);
	CHECK_IS(fk_sys(SYS_read, fd, buf, sizeof(buf)), 3);
	CHECK(strncmp(buf, "ext", 3) == 0);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
}

/* What is not plain, or has effects, or is no regular file: the kernel is asked before. */
static void not_hinted(void)
{
	char dots[300];

	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/none"), O_RDONLY), -ENOENT);
	CHECK_WALKS(1, 0, 0, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/link"), O_RDONLY), 0);
	CHECK_WALKS(2, 1, 0, 1);	/* another name than the file's: not claimed */
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/link"), O_RDONLY | O_NOFOLLOW), -ELOOP);
	CHECK_WALKS(1, 0, 0, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/d"), O_RDONLY), 0);
	CHECK_IS(claims, 0);
	CHECK_IS(opens, 1);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY | O_DIRECTORY), -ENOTDIR);
	CHECK_WALKS(1, 0, 0, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/new"), O_RDWR | O_CREAT | O_EXCL), 0);
	CHECK_WALKS(1, 1, 1, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/new"), O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	CHECK_IS(claims, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/new"), O_WRONLY | O_CREAT | O_TRUNC), 0);
	CHECK_WALKS(1, 1, 1, 0);
	CHECK(unlink(unit_back("/claim/new")) == 0);
	stpcpy(stpcpy(dots, fk.mount), "/claim/d/../f");
	CHECK_IS(opened(AT_FDCWD, dots, O_RDONLY), 0);
	CHECK(markers >= 1);
}

static void on_a_read_only_point(void)
{
	struct stat st;

	fk.bind_rdonly = true;
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(0, 1, 1, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDWR), -EROFS);
	CHECK_IS(opens, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_WRONLY | O_TRUNC), -EROFS);
	CHECK(stat(unit_back("/claim/f"), &st) == 0 && st.st_size == 4);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/new"), O_WRONLY | O_CREAT), -EROFS);
	CHECK(stat(unit_back("/claim/new"), &st) != 0);
	fk.bind_rdonly = false;
}

/* A text is no proof: while names lead elsewhere the kernel is asked first. */
static void misled(void)
{
	fk.refuse_claims = true;
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(3, 1, 0, 1);	/* by the text; for the letter; with a claim again */
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(2, 1, 0, 1);
	fk.refuse_claims = false;
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(1, 1, 1, 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_WALKS(0, 1, 1, 0);
}

void test_claim(void)
{
	fk_remount(unit_library("defuse-direct"));
	fk.flags &= ~DEFUSE_MOUNT_LOWER;
	make();
	hinted();
	not_hinted();
	on_a_read_only_point();
	misled();
	fk.flags |= DEFUSE_MOUNT_LOWER;
	/* The next mount of this name takes the place of this one. */
	fk_remount(unit_library("defuse-direct"));
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_IS(opened(AT_FDCWD, unit_name("/claim/f"), O_RDONLY), 0);
	CHECK_IS(markers, 1);
	CHECK_IS(claims, 0);
}
