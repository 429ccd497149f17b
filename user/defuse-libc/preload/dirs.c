// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * DIR, the whole family: libc's own would read directories where it is not seen.
 *
 * No function of libc that is left over takes a DIR of the program, so the two kinds
 * never meet.  scandir, ftw, fts and glob have libc's inside.
 */
#include "front.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64) &&
	       offsetof(struct dirent, d_name) == 19, "as getdents64(2) fills it");

/* Large enough for about a thousand names, as in libc. */
#define BUFFER	32768

/**
 * struct __dirstream - what opendir() returns
 * @lock: around all below but @fd
 * @fd:   of the directory, closed with it
 * @pos, @end: the records of @buf not yet read
 * @told: where the next record is in the directory
 */
struct __dirstream {
	pthread_mutex_t lock;
	int fd;
	size_t pos, end;
	off_t told;
	char buf[BUFFER] __attribute__((aligned(8)));
};

static DIR *dir_new(int fd)
{
	DIR *dir = malloc(sizeof(*dir));

	if (!dir)
		return NULL;
	pthread_mutex_init(&dir->lock, NULL);
	dir->fd = fd;
	dir->pos = dir->end = 0;
	dir->told = 0;
	return dir;
}

PRE_PUBLIC DIR *opendir(const char *path)
{
	int fd, error;
	DIR *dir;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	dir = dir_new(fd);
	if (!dir) {
		error = errno;
		close(fd);
		errno = error;
	}
	return dir;
}

PRE_PUBLIC DIR *fdopendir(int fd)
{
	struct stat st;
	int flags;
	DIR *dir;

	if (fstat(fd, &st))
		return NULL;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return NULL;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return NULL;
	if ((flags & O_ACCMODE) == O_WRONLY) {
		errno = EINVAL;
		return NULL;
	}
	dir = dir_new(fd);
	/* Where it stands; it need not be the beginning. */
	if (dir)
		dir->told = lseek(fd, 0, SEEK_CUR);
	return dir;
}

PRE_PUBLIC int closedir(DIR *dir)
{
	int fd;

	if (!dir) {
		errno = EINVAL;
		return -1;
	}
	fd = dir->fd;
	pthread_mutex_destroy(&dir->lock);
	free(dir);
	return close(fd);
}

PRE_PUBLIC int dirfd(DIR *dir)
{
	return dir->fd;
}

/* The next record, lock held; NULL: the end, or *error. */
static struct dirent *next_record(DIR *dir, int *error)
{
	struct dirent *entry;
	long n;

	*error = 0;
	if (dir->pos == dir->end) {
		n = pre_call(SYS_getdents64, dir->fd, (long)dir->buf, BUFFER, 0, 0, 0);
		/* A directory that was removed has no entries (POSIX readdir). */
		if (n == -ENOENT)
			n = 0;
		if (n <= 0) {
			*error = -n;
			return NULL;
		}
		dir->pos = 0;
		dir->end = n;
	}
	entry = (struct dirent *)(dir->buf + dir->pos);
	dir->pos += entry->d_reclen;
	dir->told = entry->d_off;
	return entry;
}

PRE_PUBLIC struct dirent *readdir(DIR *dir)
{
	struct dirent *entry;
	int error;

	pthread_mutex_lock(&dir->lock);
	entry = next_record(dir, &error);
	pthread_mutex_unlock(&dir->lock);
	if (error)
		errno = error;
	return entry;
}
PRE_ALIAS(readdir, readdir64);

PRE_PUBLIC int readdir_r(DIR *dir, struct dirent *entry, struct dirent **result)
{
	struct dirent *next;
	bool too_long = false;
	int error;

	*result = NULL;
	pthread_mutex_lock(&dir->lock);
	while ((next = next_record(dir, &error))) {
		size_t length = strlen(next->d_name);

		if (length < sizeof(entry->d_name)) {
			memcpy(entry, next, offsetof(struct dirent, d_name) + length + 1);
			*result = entry;
			break;
		}
		too_long = true;	/* said at the end, as libc does */
	}
	pthread_mutex_unlock(&dir->lock);
	return error || next || !too_long ? error : ENAMETOOLONG;
}
PRE_ALIAS(readdir_r, readdir64_r);

static void go_to(DIR *dir, off_t offset)
{
	pthread_mutex_lock(&dir->lock);
	lseek(dir->fd, offset, SEEK_SET);
	dir->pos = dir->end = 0;
	dir->told = offset;
	pthread_mutex_unlock(&dir->lock);
}

PRE_PUBLIC void rewinddir(DIR *dir)
{
	go_to(dir, 0);
}

PRE_PUBLIC void seekdir(DIR *dir, long offset)
{
	go_to(dir, offset);
}

PRE_PUBLIC long telldir(DIR *dir)
{
	long told;

	pthread_mutex_lock(&dir->lock);
	told = dir->told;
	pthread_mutex_unlock(&dir->lock);
	return told;
}

PRE_PUBLIC ssize_t getdents64(int fd, void *buf, size_t size)
{
	return PRE_SYS(getdents64, fd, buf, size < INT_MAX ? size : INT_MAX);
}
