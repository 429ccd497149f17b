// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and writing.
 *
 * Positions, which duplicates, children and holders without this library share, are
 * position.c's.
 */
#include "io.h"

#include "map.h"
#include "maps.h"
#include "pages.h"
#include "point.h"

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

long dfl_io_read_at(struct dfl_handle *h, int fd, char *buf, size_t n, off_t pos)
{
	struct dfl_mount *m = h->mount;
	size_t got = 0;
	int err;

	if (dfl_map_overlaps((uintptr_t)buf, n))
		return dfl_paged_read_into(h, fd, buf, n, pos);
	if (dfl_mapped(dfl_maps_counter(h)))
		return dfl_raw(SYS_pread64, fd, buf, n, pos);
	if (!m->lower && dfl_address_bad(buf))
		return -EFAULT;
	err = m->ops.read(m->fs, h->fh, buf, n, pos, &got);
	if (err)
		return dfl_mount_error(m, err);
	if (got > n)
		return -EIO;
	dfl_count(m, reads);
	dfl_count_add(m, read_bytes, got);
	return dfl_pages_live(h) ? dfl_paged_read(h, buf, got, pos) : (long)got;
}

/* The library has written; if somebody has mapped the file by now, the kernel does too. */
static long written(struct dfl_handle *h, int fd, uint64_t before, const char *buf, size_t put,
		    off_t pos)
{
	if (!h->maps || dfl_maps_counter(h) == before)
		return put;
	return dfl_maps_rewrite(fd, dfl_handle_flags(h, fd), buf, put, pos);
}

long dfl_io_write_library(struct dfl_handle *h, const char *buf, size_t n, off_t pos)
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

/* Appends through the kernel; the position is behind the data then. */
static long append_mapped(int fd, const char *buf, size_t n, off_t *end)
{
	long ret = dfl_raw(SYS_write, fd, buf, n);

	if (ret >= 0)
		*end = dfl_raw(SYS_lseek, fd, 0, SEEK_CUR);
	return ret;
}

long dfl_io_write_at(struct dfl_handle *h, int fd, const char *buf, size_t n, off_t pos)
{
	uint64_t before = dfl_maps_counter(h);
	off_t at = pos;
	long put;

	if (dfl_map_overlaps((uintptr_t)buf, n))
		return dfl_paged_write_from(h, fd, buf, n, &at);
	if (dfl_mapped(before))
		return dfl_raw(SYS_pwrite64, fd, buf, n, pos);
	if (!h->mount->lower && dfl_address_bad(buf))
		return -EFAULT;
	if (h->mount->live)
		return dfl_paged_write(h, buf, n, pos);
	put = dfl_io_write_library(h, buf, n, pos);
	return put > 0 ? written(h, fd, before, buf, put, pos) : put;
}

long dfl_io_append_library(struct dfl_handle *h, const char *buf, size_t n, off_t *end)
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
	dfl_point(data_appended);
	dfl_count(m, writes);
	dfl_count_add(m, write_bytes, put);
	return put;
}

long dfl_io_append(struct dfl_handle *h, int fd, const char *buf, size_t n, off_t *end)
{
	uint64_t before = dfl_maps_counter(h);
	long put;

	if (dfl_map_overlaps((uintptr_t)buf, n)) {
		*end = -1;
		return dfl_paged_write_from(h, fd, buf, n, end);
	}
	if (dfl_mapped(before))
		return append_mapped(fd, buf, n, end);
	if (!h->mount->lower && dfl_address_bad(buf))
		return -EFAULT;
	if (h->mount->live)
		return dfl_paged_append(h, buf, n, end);
	put = dfl_io_append_library(h, buf, n, end);
	return put > 0 ? written(h, fd, before, buf, put, *end - put) : put;
}

static long io_read(const struct dfl_call *c, struct dfl_handle *h)
{
	long n = clamp(c->a[2]), got, ret;
	int fd = c->a[0];
	off_t pos;

	if (n <= 0)
		return n;
	do {
		ret = dfl_position_begin(c, h, n, false, &pos);
		if (ret)
			return ret;
		got = dfl_io_read_at(h, fd, (char *)c->a[1], n, pos);
	} while (!dfl_position_end(c, got));
	return got;
}

static long io_write(const struct dfl_call *c, struct dfl_handle *h)
{
	const char *buf = (const char *)c->a[1];
	long n = clamp(c->a[2]), put, ret;
	off_t pos, end = 0;
	int fd = c->a[0];

	if (n <= 0)
		return n;
	if (dfl_handle_flags(h, fd) & O_APPEND) {
		ret = dfl_position_begin(c, h, 0, true, &pos);
		if (ret)
			return ret;
		put = dfl_io_append(h, fd, buf, n, &end);
		dfl_position_end_at(c, put < 0 ? -1 : end);
		return put;
	}
	ret = dfl_position_begin(c, h, n, true, &pos);
	if (ret)
		return ret;
	put = dfl_io_write_at(h, fd, buf, n, pos);
	dfl_position_end(c, put);
	return put;
}

static long io_pread(int fd, struct dfl_handle *h, char *buf, size_t size, off_t pos)
{
	long n = clamp(size);

	if (pos < 0)
		return -EINVAL;
	if (n <= 0)
		return n;
	return pos > LONG_MAX - n ? DFL_DOOR2 : dfl_io_read_at(h, fd, buf, n, pos);
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
		return dfl_io_append(h, fd, buf, n, &end);
	return dfl_io_write_at(h, fd, buf, n, pos);
}

/* Of io_vector(): at the position. */
static long vector_moving(const struct dfl_call *c, struct dfl_handle *h,
			  const struct dfl_vector *v, bool in)
{
	long n, ret;
	off_t pos;

	do {
		ret = dfl_position_begin(c, h, v->total, !in, &pos);
		if (ret)
			return ret;
		n = in ? dfl_vector_read(v, h, c->a[0], pos) :
			 dfl_vector_write(v, h, c->a[0], pos);
	} while (!dfl_position_end(c, n));
	return n;
}

static long vector_append(const struct dfl_call *c, struct dfl_handle *h,
			  const struct dfl_vector *v, bool at)
{
	off_t pos, end = 0;
	long ret;

	if (at)
		return dfl_vector_append(v, h, c->a[0], &end);
	ret = dfl_position_begin(c, h, 0, true, &pos);
	if (ret)
		return ret;
	ret = dfl_vector_append(v, h, c->a[0], &end);
	dfl_position_end_at(c, ret < 0 ? -1 : end);
	return ret;
}

static long io_vector(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_vector v;
	bool at = c->nr != SYS_readv && c->nr != SYS_writev;
	bool in = c->nr == SYS_readv || c->nr == SYS_preadv || c->nr == SYS_preadv2;
	int fd = c->a[0];
	bool append = !in && (dfl_handle_flags(h, fd) & O_APPEND);
	off_t pos = c->a[3];
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
	if (append)
		return vector_append(c, h, &v, at);
	if (!at)
		return vector_moving(c, h, &v, in);
	if (pos > LONG_MAX - v.total)
		return DFL_DOOR2;
	return in ? dfl_vector_read(&v, h, fd, pos) : dfl_vector_write(&v, h, fd, pos);
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

	uint64_t before = dfl_maps_counter(h);

	if (length < 0 || !writable(h))
		return -EINVAL;
	if (dfl_mapped(before))
		return DFL_DOOR2;
	err = dfl_paged_ftruncate(h, length);
	if (!err && dfl_maps_counter(h) != before)
		return DFL_DOOR2;	/* once more, for those who have mapped it */
	return err ? dfl_mount_error(m, err) : 0;
}

static long io_fsync(struct dfl_handle *h, int data)
{
	struct dfl_mount *m = h->mount;
	int err;

	if (dfl_mapped(dfl_maps_counter(h)))
		return DFL_DOOR2;
	err = writable(h) ? dfl_paged_flush(h) : 0;
	if (!err)
		err = m->ops.fsync ? m->ops.fsync(m->fs, h->fh, data) : -ENOSYS;
	return err ? dfl_mount_error(m, err) : 0;
}

/* Only where there is no lower file that the kernel could ask. */
static long io_seek_end(const struct dfl_call *c, int fd, struct dfl_handle *h)
{
	struct stat st = { 0 };
	long off = c->a[1], pos;
	int err;

	if (c->a[2] == SEEK_SET || c->a[2] == SEEK_CUR)
		return DFL_DOOR2;
	if (!dfl_none_asked(c, h, &pos))
		return pos;
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
		if (h->mount->ops.seek) {
			pos = dfl_none_seek(h, off, c->a[2]);
			if (pos < 0)
				return pos;
			break;
		}
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
		if (!h->dir && (unsigned long)c->a[2] <= SEEK_CUR)
			return dfl_position_seek(c, h, c->a[1], c->a[2]);
		return io_seek_end(c, fd, h);
	case SYS_fstat:
	case SYS_newfstatat:
	case SYS_statx:
		return dfl_stat_fd(c, h);
	case SYS_fstatfs:
	case SYS_fchmod:
	case SYS_fchown:
	case SYS_utimensat:
		return dfl_none_fd(c, h);
	}
	atomic_store_explicit(&h->fd, fd, memory_order_relaxed);
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
		return io_read(c, h);
	case SYS_write:
		return io_write(c, h);
	case SYS_pread64:
		return io_pread(fd, h, (char *)c->a[1], c->a[2], c->a[3]);
	case SYS_pwrite64:
		return io_pwrite(fd, h, (const char *)c->a[1], c->a[2], c->a[3]);
	case SYS_readv: case SYS_preadv: case SYS_preadv2:
	case SYS_writev: case SYS_pwritev: case SYS_pwritev2:
		return io_vector(c, h);
	case SYS_ftruncate:
		return io_ftruncate(h, c->a[1]);
	case SYS_fallocate:
		return dfl_none_fd(c, h);
	}
	return DFL_DOOR2;
}
