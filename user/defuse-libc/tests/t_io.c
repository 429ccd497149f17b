// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading and writing: bytes, positions and errors. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int make(const char *name, int flags)
{
	int fd = fk_sys(SYS_open, unit_name(name), O_CREAT | O_TRUNC | flags, 0644);

	CHECK(fd >= 0);
	return fd;
}

static long pos(int fd)
{
	return fk_sys(SYS_lseek, fd, 0, SEEK_CUR);
}

static void position(void)
{
	int fd = make("/io", O_RDWR);
	unsigned long before = fk.door2;
	char buf[64];

	CHECK_IS(fk_sys(SYS_write, fd, "hello world", 11), 11);
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_lseek, fd, 6, SEEK_SET), 6);
	memset(buf, 0, sizeof(buf));
	CHECK_IS(fk_sys(SYS_read, fd, buf, 64), 5);	/* short: the position is corrected */
	CHECK(strcmp(buf, "world") == 0);
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_read, fd, buf, 64), 0);
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 5, 0), 5);
	CHECK(memcmp(buf, "hello", 5) == 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "HELLO", 5, 0), 5);
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_read, fd, buf, -1L), -EINVAL);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 5, -1L), -EINVAL);
	CHECK_IS(fk_sys(SYS_read, fd, NULL, 0), 0);
	fk_sys(SYS_lseek, fd, 0, SEEK_SET);
	CHECK_IS(fk_sys(SYS_read, fd, (void *)8, 5), -EFAULT);
	CHECK_IS(pos(fd), 0);			/* an error moves nothing */
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 3), 0);
	CHECK_IS(fk_sys(SYS_fsync, fd), 0);
	CHECK_IS(fk_sys(SYS_fdatasync, fd), 0);
	CHECK_IS(fk_sys(SYS_ftruncate, fd, -1), -EINVAL);
	CHECK_IS(fk.door2, before);
	/* Beyond what a position can be: the kernel's word. */
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 5, 0x7fffffffffffffffL), -EINVAL);
	fk_sys(SYS_close, fd);
}

static void modes(void)
{
	int in = fk_sys(SYS_open, unit_name("/io"), O_RDONLY);
	int out = fk_sys(SYS_open, unit_name("/io"), O_WRONLY);
	int dir = fk_sys(SYS_open, unit_name("/d"), O_RDONLY);
	char c;

	CHECK_IS(fk_sys(SYS_write, in, "x", 1), -EBADF);
	CHECK_IS(fk_sys(SYS_read, out, &c, 1), -EBADF);
	CHECK_IS(fk_sys(SYS_ftruncate, in, 0), -EINVAL);
	CHECK_IS(fk_sys(SYS_read, dir, &c, 1), -EISDIR);
	CHECK_IS(fk_sys(SYS_getdents64, in, &c, 1), -ENOTDIR);
	CHECK_IS(fk_sys(SYS_read, in, &c, 1), 1);	/* the control */
	fk_sys(SYS_close, in);
	fk_sys(SYS_close, out);
	fk_sys(SYS_close, dir);
}

static void append(void)
{
	int fd = make("/app", O_RDWR | O_APPEND);
	int other = open(unit_back("/app"), O_WRONLY | O_APPEND);
	char buf[16] = "";

	CHECK_IS(fk_sys(SYS_write, fd, "one", 3), 3);
	CHECK(write(other, "two", 3) == 3);
	CHECK_IS(fk_sys(SYS_write, fd, "three", 5), 5);
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "4", 1, 0), 1);	/* Linux appends */
	CHECK_IS(pos(fd), 11);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 16, 0), 12);
	CHECK(memcmp(buf, "onetwothree4", 12) == 0);
	/* Switched off, and on again. */
	CHECK_IS(fk_sys(SYS_fcntl, fd, F_SETFL, 0), 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "O", 1, 0), 1);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 16, 0), 12);
	CHECK(buf[0] == 'O');
	CHECK_IS(fk_sys(SYS_fcntl, fd, F_SETFL, O_APPEND), 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "5", 1, 0), 1);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 16, 0), 13);
	close(other);
	fk_sys(SYS_close, fd);
}

static void vectors(void)
{
	int fd = make("/vec", O_RDWR);
	char a[4], b[8], big[6000], back[6000];
	struct iovec out[3] = { { "ab", 2 }, { NULL, 0 }, { "cdef", 4 } };
	struct iovec in[3] = { { a, 4 }, { NULL, 0 }, { b, 8 } };
	struct iovec two[2] = { { big, 5000 }, { big + 5000, 1000 } };

	CHECK_IS(fk_sys(SYS_writev, fd, out, 3), 6);
	CHECK_IS(pos(fd), 6);
	fk_sys(SYS_lseek, fd, 0, SEEK_SET);
	CHECK_IS(fk_sys(SYS_readv, fd, in, 3), 6);
	CHECK_IS(pos(fd), 6);
	CHECK(memcmp(a, "abcd", 4) == 0 && memcmp(b, "ef", 2) == 0);
	CHECK_IS(fk_sys(SYS_preadv, fd, in, 3, 2, 0), 4);
	CHECK(memcmp(a, "cdef", 4) == 0);
	CHECK_IS(fk_sys(SYS_readv, fd, in, -1), -EINVAL);
	CHECK_IS(fk_sys(SYS_readv, fd, in, 2000), -EINVAL);
	in[2].iov_len = -1;
	CHECK_IS(fk_sys(SYS_readv, fd, in, 3), -EINVAL);
	memset(big, 'x', 5000);
	memset(big + 5000, 'y', 1000);
	CHECK_IS(fk_sys(SYS_pwritev, fd, two, 2, 100, 0), 6000);
	CHECK_IS(fk_sys(SYS_pread64, fd, back, 6000, 100), 6000);
	CHECK(memcmp(big, back, 6000) == 0);
	CHECK_IS(fk_sys(SYS_pwritev2, fd, two, 2, -1, 0, 0), 6000);	/* at the position */
	CHECK_IS(pos(fd), 6006);
	CHECK_IS(fk_sys(SYS_fcntl, fd, F_SETFL, O_APPEND), 0);
	CHECK_IS(fk_sys(SYS_writev, fd, two, 2), 6000);
	CHECK_IS(pos(fd), 6100 + 6000);
	fk_sys(SYS_close, fd);
}

static void attributes(void)
{
	int fd = make("/attr", O_RDWR);
	struct stat st;

	CHECK_IS(fk_sys(SYS_write, fd, "123", 3), 3);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/attr")), 0);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	CHECK_IS(st.st_size, 3);
	CHECK_IS(st.st_nlink, 0);
	CHECK_IS(st.st_dev, FK_DEV);
	memset(&st, 0, sizeof(st));
	CHECK_IS(fk_sys(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH), 0);
	CHECK_IS(st.st_dev, FK_DEV);
	fk_sys(SYS_close, fd);
}

static void directory(void)
{
	char name[32], buf[512];
	int fd, i, seen = 0, dots = 0;
	long n, at;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "/many/%03d", i);
		if (!i)
			CHECK(mkdir(unit_back("/many"), 0755) == 0);
		close(open(unit_back(name), O_CREAT | O_WRONLY, 0600));
	}
	fd = fk_sys(SYS_open, unit_name("/many"), O_RDONLY | O_DIRECTORY);
	CHECK_IS(fk_sys(SYS_getdents64, fd, buf, 10), -EINVAL);
	while ((n = fk_sys(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += ((struct dirent64 *)(buf + at))->d_reclen) {
			if (((struct dirent64 *)(buf + at))->d_name[0] == '.')
				dots++;
			else
				seen++;
		}
	}
	CHECK_IS(n, 0);
	CHECK_IS(seen, 100);
	CHECK_IS(dots, 2);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_SET), 0);
	CHECK(fk_sys(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
	fk_sys(SYS_close, fd);
}

void test_io(void)
{
	position();
	modes();
	append();
	vectors();
	attributes();
	directory();
}
