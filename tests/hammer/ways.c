// SPDX-License-Identifier: GPL-2.0
/*
 * The ways: read and write with the position, with an offset, by names alone, through a
 * mapping, and by system calls that no C library sees.
 */
#include "hammer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *file;
static int fd = -1, end = -1;	/* end: for appending */

static int open_two(const char *name)
{
	file = name;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	end = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 || end < 0 ? -1 : 0;
}

static ssize_t stream_read(void *buf, size_t n, off_t at)
{
	return lseek(fd, at, SEEK_SET) < 0 ? -1 : read(fd, buf, n);
}

static ssize_t stream_write(const void *buf, size_t n, off_t at)
{
	return lseek(fd, at, SEEK_SET) < 0 ? -1 : write(fd, buf, n);
}

static ssize_t fd_append(const void *buf, size_t n)
{
	return write(end, buf, n);
}

static int fd_truncate(off_t len)
{
	return ftruncate(fd, len);
}

static off_t fd_size(void)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

static ssize_t at_read(void *buf, size_t n, off_t at)
{
	return pread(fd, buf, n, at);
}

static ssize_t at_write(const void *buf, size_t n, off_t at)
{
	return pwrite(fd, buf, n, at);
}

static int name_open(const char *name)
{
	int one = open(name, O_RDWR | O_CREAT, 0644);

	file = name;
	return one < 0 ? -1 : close(one);
}

static ssize_t name_read(void *buf, size_t n, off_t at)
{
	int one = open(file, O_RDONLY);
	ssize_t got = one < 0 ? -1 : pread(one, buf, n, at);

	return one < 0 || close(one) ? -1 : got;
}

static ssize_t name_write(const void *buf, size_t n, off_t at)
{
	int one = open(file, O_WRONLY);
	ssize_t put = one < 0 ? -1 : pwrite(one, buf, n, at);

	return one < 0 || close(one) ? -1 : put;
}

static ssize_t name_append(const void *buf, size_t n)
{
	int one = open(file, O_WRONLY | O_APPEND);
	ssize_t put = one < 0 ? -1 : write(one, buf, n);

	return one < 0 || close(one) ? -1 : put;
}

static int name_truncate(off_t len)
{
	return truncate(file, len);
}

static off_t name_size(void)
{
	struct stat st;

	return stat(file, &st) ? -1 : st.st_size;
}

static char *map;

static int map_open(const char *name)
{
	if (open_two(name))
		return -1;
	map = mmap(NULL, FILE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? -1 : 0;
}

static ssize_t map_read(void *buf, size_t n, off_t at)
{
	off_t size = fd_size();

	if (at >= size)
		return 0;
	if (at + (off_t)n > size)
		n = size - at;
	memcpy(buf, map + at, n);
	return n;
}

static ssize_t map_write(const void *buf, size_t n, off_t at)
{
	if (at + (off_t)n > fd_size() && ftruncate(fd, at + n))
		return -1;
	memcpy(map + at, buf, n);
	return n;
}

static long raw(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	if (ret < 0 && ret > -4096) {
		errno = -ret;
		return -1;
	}
	return ret;
}

static int raw_open(const char *name)
{
	fd = raw(SYS_open, (long)name, O_RDWR | O_CREAT, 0644, 0);
	end = raw(SYS_open, (long)name, O_WRONLY | O_APPEND, 0, 0);
	return fd < 0 || end < 0 ? -1 : 0;
}

static ssize_t raw_read(void *buf, size_t n, off_t at)
{
	return raw(SYS_pread64, fd, (long)buf, n, at);
}

static ssize_t raw_write(const void *buf, size_t n, off_t at)
{
	return raw(SYS_pwrite64, fd, (long)buf, n, at);
}

static ssize_t raw_append(const void *buf, size_t n)
{
	return raw(SYS_write, end, (long)buf, n, 0);
}

static int raw_truncate(off_t len)
{
	return raw(SYS_ftruncate, fd, len, 0, 0);
}

static off_t raw_size(void)
{
	struct stat st;

	return raw(SYS_fstat, fd, (long)&st, 0, 0) ? -1 : st.st_size;
}

/* Opened by the C library, used past it. */
static int half_open(const char *name)
{
	char byte;

	return open_two(name) || read(fd, &byte, 1) < 0 ? -1 : 0;
}

const struct way ways[] = {
	{ "stream", open_two, stream_read, stream_write, fd_append, fd_truncate, fd_size },
	{ "at", open_two, at_read, at_write, fd_append, fd_truncate, fd_size },
	{ "name", name_open, name_read, name_write, name_append, name_truncate, name_size },
	{ "map", map_open, map_read, map_write, fd_append, fd_truncate, fd_size },
	{ "raw", raw_open, raw_read, raw_write, raw_append, raw_truncate, raw_size },
	{ "half", half_open, raw_read, raw_write, raw_append, raw_truncate, raw_size },
	{ 0 },
};
