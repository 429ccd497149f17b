// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * readv() and writev() for libraries that know one piece at a time.
 *
 * What is written together must not be torn apart by another writer where Linux
 * promises that: appending gathers everything, and small writes are gathered
 * because it is cheaper than several calls.
 */
#include "io.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#define GATHER_SMALL	4096

long dfl_vector_check(struct dfl_vector *v, const struct iovec *iov, long count, long max)
{
	long i, total = 0;

	if (count < 0 || count > IOV_MAX)
		return -EINVAL;
	if (count && dfl_address_bad(iov))
		return DFL_DOOR2;
	for (i = 0; i < count; i++) {
		if ((long)iov[i].iov_len < 0 ||
		    __builtin_add_overflow(total, (long)iov[i].iov_len, &total))
			return -EINVAL;
	}
	v->iov = iov;
	v->count = count;
	v->total = total < max ? total : max;
	return v->total;
}

/* Length of piece @i when @left bytes are to go. */
static long piece(const struct dfl_vector *v, int i, long left)
{
	return (long)v->iov[i].iov_len < left ? (long)v->iov[i].iov_len : left;
}

long dfl_vector_read(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t pos)
{
	long done = 0, n, got;
	int i;

	for (i = 0; i < v->count && done < v->total; i++) {
		n = piece(v, i, v->total - done);
		if (!n)
			continue;
		got = dfl_io_read_at(h, fd, v->iov[i].iov_base, n, pos + done);
		if (got < 0)
			return done ? done : got;
		done += got;
		if (got < n)
			break;
	}
	return done;
}

static void gather(const struct dfl_vector *v, char *to)
{
	long done = 0, n;
	int i;

	for (i = 0; i < v->count && done < v->total; i++) {
		n = piece(v, i, v->total - done);
		if (n)
			memcpy(to + done, v->iov[i].iov_base, n);
		done += n;
	}
}

long dfl_vector_write(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t pos)
{
	char small[GATHER_SMALL];
	long done = 0, n, put;
	int i;

	if (v->count > 1 && v->total <= GATHER_SMALL) {
		gather(v, small);
		return dfl_io_write_at(h, fd, small, v->total, pos);
	}
	for (i = 0; i < v->count && done < v->total; i++) {
		n = piece(v, i, v->total - done);
		if (!n)
			continue;
		put = dfl_io_write_at(h, fd, v->iov[i].iov_base, n, pos + done);
		if (put < 0)
			return done ? done : put;
		done += put;
		if (put < n)
			break;
	}
	return done;
}

long dfl_vector_append(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t *end)
{
	char small[GATHER_SMALL];
	long addr, ret;

	if (v->count == 1)
		return dfl_io_append(h, fd, v->iov[0].iov_base, v->total, end);
	if (v->total <= GATHER_SMALL) {
		gather(v, small);
		return dfl_io_append(h, fd, small, v->total, end);
	}
	addr = dfl_raw(SYS_mmap, 0, v->total, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (addr < 0 && addr > -4096)
		return DFL_DOOR2;
	gather(v, (char *)addr);
	ret = dfl_io_append(h, fd, (char *)addr, v->total, end);
	dfl_raw(SYS_munmap, addr, v->total);
	return ret;
}
