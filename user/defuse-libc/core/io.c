// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and writing.
 *
 * The position lives in the kernel's open file description, so that duplicates,
 * children and holders without this library share it.  A call first moves it on
 * by what it hopes to transfer, which reserves that range, and moves it back by
 * what it did not.
 */
#include "io.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

/* Linux moves at most this much in one call. */
#define IO_MAX		0x7ffff000L

/* @n as Linux counts it, or -EINVAL. */
static long clamp(size_t n)
{
	if ((long)n < 0)
		return -EINVAL;
	return n < IO_MAX ? (long)n : IO_MAX;
}

/* Position before it was moved on by @n; < 0: the kernel will say what is wrong. */
static long claim(int fd, long n)
{
	long end = dfl_raw(SYS_lseek, fd, n, SEEK_CUR);

	return end < 0 ? end : end - n;
}

static void give_back(int fd, long n)
{
	if (n)
		dfl_raw(SYS_lseek, fd, -n, SEEK_CUR);
}

static bool readable(struct dfl_handle *h)
{
	return (atomic_load_explicit(&h->flags, memory_order_relaxed) & O_ACCMODE) !=
	       O_WRONLY;
}

static bool writable(struct dfl_handle *h)
{
	return (atomic_load_explicit(&h->flags, memory_order_relaxed) & O_ACCMODE) !=
	       O_RDONLY;
}

long dfl_io_read_at(struct dfl_handle *h, char *buf, size_t n, off_t pos)
{
	struct dfl_mount *m = h->mount;
	size_t got = 0;
	int err = m->ops.read(m->fs, h->fh, buf, n, pos, &got);

	if (err)
		return dfl_mount_error(m, err);
	if (got > n)
		return -EIO;
	dfl_count(m, reads);
	dfl_count_add(m, read_bytes, got);
	return got;
}

long dfl_io_write_at(struct dfl_handle *h, const char *buf, size_t n, off_t pos)
{
	struct dfl_mount *m = h->mount;
	size_t put = 0;
	int err;

	if (!m->ops.write)
		return dfl_mount_error(m, -ENOSYS);
	err = m->ops.write(m->fs, h->fh, buf, n, pos, &put);
	if (err)
		return dfl_mount_error(m, err);
	if (put > n)
		return -EIO;
	dfl_count(m, writes);
	dfl_count_add(m, write_bytes, put);
	return put;
}

long dfl_io_append(struct dfl_handle *h, const char *buf, size_t n, off_t *end)
{
	struct dfl_mount *m = h->mount;
	size_t put = 0;
	int err;

	if (!m->ops.append)
		return dfl_mount_error(m, -ENOSYS);
	err = m->ops.append(m->fs, h->fh, buf, n, &put, end);
	if (err)
		return dfl_mount_error(m, err);
	if (put > n || *end < 0)
		return -EIO;
	dfl_count(m, writes);
	dfl_count_add(m, write_bytes, put);
	return put;
}

static long io_read(int fd, struct dfl_handle *h, char *buf, size_t size)
{
	long n = clamp(size), pos, got;

	if (n <= 0)
		return n;
	pos = claim(fd, n);
	if (pos < 0)
		return DFL_DOOR2;
	got = dfl_io_read_at(h, buf, n, pos);
	give_back(fd, n - (got > 0 ? got : 0));
	return got;
}

static long io_write(int fd, struct dfl_handle *h, const char *buf, size_t size)
{
	long n = clamp(size), pos, put;
	off_t end = 0;

	if (n <= 0)
		return n;
	if (dfl_handle_flags(h, fd) & O_APPEND) {
		put = dfl_io_append(h, buf, n, &end);
		if (put >= 0)
			dfl_raw(SYS_lseek, fd, end, SEEK_SET);
		return put;
	}
	pos = claim(fd, n);
	if (pos < 0)
		return DFL_DOOR2;
	put = dfl_io_write_at(h, buf, n, pos);
	give_back(fd, n - (put > 0 ? put : 0));
	return put;
}

static long io_pread(struct dfl_handle *h, char *buf, size_t size, off_t pos)
{
	long n = clamp(size);

	if (pos < 0)
		return -EINVAL;
	if (n <= 0)
		return n;
	return pos > LONG_MAX - n ? DFL_DOOR2 : dfl_io_read_at(h, buf, n, pos);
}

static long io_pwrite(int fd, struct dfl_handle *h, const char *buf, size_t size,
		      off_t pos)
{
	long n = clamp(size);
	off_t end = 0;

	if (pos < 0)
		return -EINVAL;
	if (n <= 0)
		return n;
	if (pos > LONG_MAX - n)
		return DFL_DOOR2;
	/* Linux appends here too, whatever POSIX says. */
	if (dfl_handle_flags(h, fd) & O_APPEND)
		return dfl_io_append(h, buf, n, &end);
	return dfl_io_write_at(h, buf, n, pos);
}

static long io_vector(const struct dfl_call *c, int fd, struct dfl_handle *h)
{
	struct dfl_vector v;
	bool at = c->nr != SYS_readv && c->nr != SYS_writev;
	bool in = c->nr == SYS_readv || c->nr == SYS_preadv || c->nr == SYS_preadv2;
	bool append = !in && (dfl_handle_flags(h, fd) & O_APPEND);
	off_t pos = c->a[3], end = 0;
	long ret;

	/* RWF_*: the kernel's own business. */
	if ((c->nr == SYS_preadv2 || c->nr == SYS_pwritev2) && c->a[5])
		return DFL_DOOR2;
	/* The v2 calls with -1 use the position. */
	if (pos == -1 && (c->nr == SYS_preadv2 || c->nr == SYS_pwritev2))
		at = false;
	if (at && pos < 0)
		return -EINVAL;
	ret = dfl_vector_check(&v, (const struct iovec *)c->a[1], c->a[2], IO_MAX);
	if (ret <= 0)
		return ret;
	if (append) {
		ret = dfl_vector_append(&v, h, &end);
		if (ret >= 0 && !at)
			dfl_raw(SYS_lseek, fd, end, SEEK_SET);
		return ret;
	}
	if (!at) {
		pos = claim(fd, v.total);
		if (pos < 0)
			return DFL_DOOR2;
	} else if (pos > LONG_MAX - v.total) {
		return DFL_DOOR2;
	}
	ret = in ? dfl_vector_read(&v, h, pos) : dfl_vector_write(&v, h, pos);
	if (!at)
		give_back(fd, v.total - (ret > 0 ? ret : 0));
	return ret;
}

static long io_getdents(int fd, struct dfl_handle *h, void *buf, unsigned int size)
{
	struct dfl_mount *m = h->mount;
	size_t written = 0;
	off_t cookie;
	int err;

	if (!m->ops.getdirents)
		return dfl_mount_error(m, -ENOSYS);
	cookie = dfl_raw(SYS_lseek, fd, 0, SEEK_CUR);
	if (cookie < 0)
		return DFL_DOOR2;
	err = m->ops.getdirents(m->fs, h->fh, &cookie, buf, size, &written);
	if (err)
		return dfl_mount_error(m, err);
	if (written > size)
		return -EIO;
	/* At the end the cookie may be one the kernel has no position for. */
	if (written && dfl_raw(SYS_lseek, fd, cookie, SEEK_SET) < 0)
		return -EIO;
	dfl_count(m, metadata);
	return written;
}

static long io_ftruncate(struct dfl_handle *h, long length)
{
	struct dfl_mount *m = h->mount;
	int err;

	if (length < 0 || !writable(h))
		return -EINVAL;
	err = m->ops.ftruncate ? m->ops.ftruncate(m->fs, h->fh, length) : -ENOSYS;
	return err ? dfl_mount_error(m, err) : 0;
}

static long io_fsync(struct dfl_handle *h, int data)
{
	struct dfl_mount *m = h->mount;
	int err = m->ops.fsync ? m->ops.fsync(m->fs, h->fh, data) : -ENOSYS;

	return err ? dfl_mount_error(m, err) : 0;
}

/* Only where there is no lower file whose size the kernel could ask. */
static long io_seek_end(const struct dfl_call *c, int fd, struct dfl_handle *h)
{
	struct stat st = { 0 };
	long off = c->a[1], pos;
	int err;

	if (h->mount->lower || c->a[2] == SEEK_SET || c->a[2] == SEEK_CUR)
		return DFL_DOOR2;
	err = h->mount->ops.fgetattr(h->mount->fs, h->fh, &st);
	if (err)
		return dfl_mount_error(h->mount, err);
	switch (c->a[2]) {
	case SEEK_END:
		if (__builtin_add_overflow(st.st_size, off, &pos))
			return -EOVERFLOW;
		break;
	case SEEK_DATA:		/* one piece of data, as allowed */
	case SEEK_HOLE:
		if (off < 0 || off >= st.st_size)
			return -ENXIO;
		pos = c->a[2] == SEEK_DATA ? off : st.st_size;
		break;
	default:
		return -EINVAL;
	}
	return pos < 0 ? -EINVAL : dfl_raw(SYS_lseek, fd, pos, SEEK_SET);
}

long dfl_io_serve(const struct dfl_call *c, struct dfl_handle *h)
{
	int fd = c->a[0];

	switch (c->nr) {
	case SYS_getdents64:
		return h->dir ? io_getdents(fd, h, (void *)c->a[1], c->a[2]) : -ENOTDIR;
	case SYS_fsync:
	case SYS_fdatasync:
		return io_fsync(h, c->nr == SYS_fdatasync);
	case SYS_lseek:
		return io_seek_end(c, fd, h);
	case SYS_fstat:
	case SYS_newfstatat:
	case SYS_statx:
		return dfl_stat_fd(c, h);
	}
	if (h->dir)
		return DFL_DOOR2;	/* an error; the kernel knows which */
	switch (c->nr) {
	case SYS_read: case SYS_pread64: case SYS_readv: case SYS_preadv:
	case SYS_preadv2:
		if (!readable(h))
			return -EBADF;
		break;
	case SYS_write: case SYS_pwrite64: case SYS_writev: case SYS_pwritev:
	case SYS_pwritev2:
		if (!writable(h))
			return -EBADF;
		break;
	}
	switch (c->nr) {
	case SYS_read:
		return io_read(fd, h, (char *)c->a[1], c->a[2]);
	case SYS_write:
		return io_write(fd, h, (const char *)c->a[1], c->a[2]);
	case SYS_pread64:
		return io_pread(h, (char *)c->a[1], c->a[2], c->a[3]);
	case SYS_pwrite64:
		return io_pwrite(fd, h, (const char *)c->a[1], c->a[2], c->a[3]);
	case SYS_readv: case SYS_preadv: case SYS_preadv2:
	case SYS_writev: case SYS_pwritev: case SYS_pwritev2:
		return io_vector(c, fd, h);
	case SYS_ftruncate:
		return io_ftruncate(h, c->a[1]);
	}
	return DFL_DOOR2;
}
