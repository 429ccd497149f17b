// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "protocol.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int plain_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

const struct protocol protocol_plain = {
	.open = plain_open,
	.read = read,
	.write = write,
	.close = close,
};

/* The number that the application would see; its position is that of the file. */
static int shadow = -1;

static int shadow_of(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	strncpy(dir, path, sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return open(dir, O_TMPFILE | O_RDWR, 0600);
}

static int dissertation_open(const char *path, int flags, mode_t mode)
{
	int fd;

	if (access(path, flags & O_WRONLY ? W_OK : R_OK) && !(flags & O_CREAT))
		return -1;
	fd = open(path, flags, mode);
	if (fd < 0)
		return -1;
	shadow = shadow_of(path);
	if (shadow < 0)
		err(1, "no file without a name beside %s", path);
	return fd;
}

static void lock(short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	if (fcntl(shadow, F_SETLKW, &l))
		err(1, "fcntl");
}

static off_t begin(void)
{
	off_t at;

	lock(F_WRLCK);
	at = lseek(shadow, 0, SEEK_CUR);
	if (at < 0)
		err(1, "lseek");
	return at;
}

static ssize_t end(off_t at, ssize_t n)
{
	if (lseek(shadow, at + (n > 0 ? n : 0), SEEK_SET) < 0)
		err(1, "lseek");
	lock(F_UNLCK);
	return n;
}

static ssize_t dissertation_read(int fd, void *buf, size_t size)
{
	off_t at = begin();

	return end(at, pread(fd, buf, size, at));
}

static ssize_t dissertation_write(int fd, const void *buf, size_t size)
{
	off_t at = begin();

	return end(at, pwrite(fd, buf, size, at));
}

static int dissertation_close(int fd)
{
	close(shadow);
	return close(fd);
}

const struct protocol protocol_dissertation = {
	.open = dissertation_open,
	.read = dissertation_read,
	.write = dissertation_write,
	.close = dissertation_close,
};
