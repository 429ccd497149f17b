// SPDX-License-Identifier: LGPL-2.1-or-later
/* Open files of the backend: a handle is a private FD. */
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What the backend FD shall not have: the core does appending. */
#define NOT_BELOW	(O_APPEND | O_CLOEXEC | O_NONBLOCK | O_ASYNC)

static int type_error(mode_t mode)
{
	if (S_ISREG(mode) || S_ISDIR(mode))
		return 0;
	return S_ISLNK(mode) ? -ELOOP : -EOPNOTSUPP;
}

/*
 * Opening a FIFO wakes up its other end, opening a device may do anything: so look
 * first.  The look is only a hint (a directory on the way may be changed into a
 * link), therefore O_NONBLOCK; the core looks again at what was opened.
 */
static int look_first(struct direct *d, const char *relative, int flags)
{
	struct stat st;

	if (flags & O_DIRECTORY || (flags & O_CREAT && flags & O_EXCL))
		return 0;
	if (fstatat(d->root, relative, &st, AT_SYMLINK_NOFOLLOW))
		return 0;	/* the open says why */
	return type_error(st.st_mode);
}

int direct_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	struct direct *d = fs;
	const char *relative = path[1] ? path + 1 : ".";
	int fd, err;

	err = look_first(d, relative, flags);
	if (err)
		return err;
	fd = direct_openat2(d->root, relative,
			    (flags & ~NOT_BELOW) | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	fd = d->host->private_fd(fd);
	if (fd < 0)
		return fd;
	*fh = fd;
	return 0;
}

int direct_close(void *fs, uint64_t fh)
{
	struct direct *d = fs;

	d->host->close_fd(fh);
	return 0;
}

int direct_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *done)
{
	ssize_t n;

	(void)fs;
	do {
		n = pread(fh, buf, size, offset);
	} while (n < 0 && errno == EINTR);
	*done = n < 0 ? 0 : n;
	return n < 0 ? -errno : 0;
}

int direct_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		 size_t *done)
{
	size_t put = 0;
	ssize_t n;

	(void)fs;
	while (put < size) {
		n = pwrite(fh, buf + put, size - put, offset + put);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !put)
			return -errno;
		if (n <= 0)
			break;
		put += n;
	}
	*done = put;
	return 0;
}

/*
 * With offset -1 the kernel appends and leaves the FD's position behind the data.
 * Another appender of this very handle may move it on before it is asked: then @end
 * is behind his data, a place where this process's position may be as well.
 */
int direct_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done,
		  off_t *end)
{
	struct iovec iov = { (void *)buf, size };
	ssize_t n;

	(void)fs;
	do {
		n = pwritev2(fh, &iov, 1, -1, RWF_APPEND);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*end = lseek(fh, 0, SEEK_CUR);
	*done = n;
	return *end < 0 ? -errno : 0;
}

int direct_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len)
{
	(void)fs;
	return fallocate(fh, mode, offset, len) ? -errno : 0;
}

int direct_fsync(void *fs, uint64_t fh, int data_sync)
{
	(void)fs;
	return (data_sync ? fdatasync(fh) : fsync(fh)) ? -errno : 0;
}

int direct_ftruncate(void *fs, uint64_t fh, off_t length)
{
	(void)fs;
	return ftruncate(fh, length) ? -errno : 0;
}

/* The C library's fstat() names the empty path, which the kernel has to look at. */
int direct_stat_fd(int fd, struct stat *st)
{
	return syscall(SYS_fstat, fd, st) ? -errno : 0;
}

int direct_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	(void)fs;
	return direct_stat_fd(fh, st);
}

/* The FD is all there is to a handle; the kernel keeps it. */
int direct_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len, int *lower_fd)
{
	(void)fs;
	(void)blob;
	(void)size;
	*len = 0;
	*lower_fd = fh;
	return 0;
}

int direct_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		   int lower_fd, uint64_t *fh)
{
	struct direct *d = fs;
	int own;

	(void)blob;
	(void)len;
	if (lower_fd < 0)
		return path ? direct_open(fs, path, flags, 0, fh) : -ESTALE;
	if (flags & O_DIRECTORY) {
		/* Its position is shared with the process that opened it. */
		own = openat(lower_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		d->host->close_fd(lower_fd);
		lower_fd = own < 0 ? -errno : d->host->private_fd(own);
		if (lower_fd < 0)
			return lower_fd;
	}
	*fh = lower_fd;
	return 0;
}

int direct_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		      size_t *written)
{
	struct direct *d = fs;
	pthread_mutex_t *lock = &d->dir_locks[fh % DIRECT_LOCKS];
	ssize_t n = -1;
	int err = 0;

	pthread_mutex_lock(lock);
	if (lseek(fh, *cookie, SEEK_SET) >= 0)
		n = syscall(SYS_getdents64, (int)fh, buf, size);
	if (n < 0)
		err = -errno;
	else if (n > 0)
		*cookie = lseek(fh, 0, SEEK_CUR);
	pthread_mutex_unlock(lock);
	*written = err ? 0 : n;
	return err;
}
