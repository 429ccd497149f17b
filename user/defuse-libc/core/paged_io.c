// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and writing a file that somebody has mapped by the library's way.
 *
 * io.c comes here where there may be pages of the file.  Reading takes from the library
 * and then, where there are pages, from them.  Writing goes to both under the object's
 * lock, and out of a copy: the buffer could be the mapping itself, whose absent pages
 * the pager could not bring while we hold the lock.
 */
#include "pages.h"

#include "io.h"
#include "point.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

static char *copy_new(size_t n)
{
	long addr = dfl_raw(SYS_mmap, 0, n, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return addr < 0 && addr > -4096 ? NULL : (char *)addr;
}

int dfl_paged_object(struct dfl_handle *h, struct dfl_pages **out)
{
	int fd = atomic_load_explicit(&h->fd, memory_order_relaxed);
	int err = dfl_pages_get(h->mount, h->dev, h->ino, fd, false, out);

	if (err == -ENOENT) {
		*out = NULL;
		return 0;
	}
	return err;
}

long dfl_paged_read(struct dfl_handle *h, char *buf, size_t n, off_t pos)
{
	struct dfl_pages *p;
	int err = dfl_paged_object(h, &p);

	if (err || !p)
		return err ?: (long)n;
	dfl_pages_mend(p, h);
	err = dfl_pages_overlay(p, buf, n, pos);
	dfl_pages_put(p);
	return err ?: (long)n;
}

static bool readable(const struct dfl_handle *h)
{
	return (atomic_load_explicit(&h->flags, memory_order_relaxed) & O_ACCMODE) !=
	       O_WRONLY;
}

/* The library has written @n bytes of @buf at @pos; the lock is held. */
static int written(struct dfl_pages *p, struct dfl_handle *h, const char *buf, size_t n,
		   uint64_t pos)
{
	long size = dfl_pages_size(p, h);
	int err = size < 0 ? size : 0;

	/* Absent pages of who has no pager would be read as zeros. */
	if (!err && p->ledger->unpaged)
		err = readable(h) ? dfl_pages_fill(p, h, pos & ~(DFL_PAGE - 1), pos + n) :
				    dfl_pages_extend(p, buf, n, pos);
	return err ?: dfl_pages_overwrite(p, buf, n, pos);
}

/* One piece, at *@pos or, if that is negative, at the end; *@pos is where it went. */
static long write_piece(struct dfl_pages *p, struct dfl_handle *h, const char *copy,
			size_t n, off_t *pos)
{
	off_t end = 0;
	long put;
	int err = dfl_pages_lock(p, h);

	if (err)
		return err;
	/* Who may not read cannot bring in the rest of a page: better not begin. */
	if (p->ledger->unpaged && *pos >= 0 && !readable(h))
		err = dfl_pages_present(p, *pos, *pos + n);
	if (err) {
		dfl_pages_unlock(p);
		return err;
	}
	if (*pos < 0) {
		put = dfl_io_append_library(h, copy, n, &end);
		*pos = end - (put > 0 ? put : 0);
	} else {
		put = dfl_io_write_library(h, copy, n, *pos);
	}
	dfl_point(paged_written);
	if (put > 0)
		err = written(p, h, copy, put, *pos);
	dfl_pages_unlock(p);
	return err ?: put;
}

static long write_pieces(struct dfl_pages *p, struct dfl_handle *h, const char *buf,
			 size_t n, off_t pos, off_t *end)
{
	const size_t step = n < DFL_BATCH_MAX || end ? n : DFL_BATCH_MAX;
	char *copy = copy_new(step);
	size_t done = 0;
	long put = 0;

	if (!copy)
		return -ENOMEM;
	while (done < n) {
		const size_t want = n - done < step ? n - done : step;
		off_t at = end ? -1 : pos + (off_t)done;

		memcpy(copy, buf + done, want);
		put = write_piece(p, h, copy, want, &at);
		if (put <= 0)
			break;
		done += put;
		if (end)
			*end = at + put;
		if ((size_t)put < want || end)
			break;
	}
	dfl_raw(SYS_munmap, copy, step);
	return done ? (long)done : put;
}

/* What was written just now, when there were no pages yet. */
static long catch_up(struct dfl_handle *h, long put, off_t pos)
{
	struct dfl_pages *p;
	int err;

	if (put <= 0 || !dfl_pages_live(h))
		return put;
	err = dfl_paged_object(h, &p);
	if (err || !p)
		return err ?: put;
	err = dfl_pages_lock(p, h);
	if (!err) {
		err = dfl_pages_reload(p, h, pos, pos + put);
		/* Who may only write cannot compare: the next one does. */
		if (err == -EBADF) {
			p->stale = true;
			err = 0;
		}
		dfl_pages_unlock(p);
	}
	dfl_pages_put(p);
	return err ?: put;
}

long dfl_paged_write(struct dfl_handle *h, const char *buf, size_t n, off_t pos)
{
	struct dfl_pages *p = NULL;
	int err = dfl_pages_live(h) ? dfl_paged_object(h, &p) : 0;
	long put;

	if (err)
		return err;
	if (!p)
		return catch_up(h, dfl_io_write_library(h, buf, n, pos), pos);
	put = write_pieces(p, h, buf, n, pos, NULL);
	dfl_pages_put(p);
	return put;
}

long dfl_paged_append(struct dfl_handle *h, const char *buf, size_t n, off_t *end)
{
	struct dfl_pages *p = NULL;
	int err = dfl_pages_live(h) ? dfl_paged_object(h, &p) : 0;
	long put;

	if (err)
		return err;
	if (!p) {
		put = dfl_io_append_library(h, buf, n, end);
		return put > 0 ? catch_up(h, put, *end - put) : put;
	}
	put = write_pieces(p, h, buf, n, 0, end);
	dfl_pages_put(p);
	return put;
}

long dfl_paged_read_into(struct dfl_handle *h, int fd, char *buf, size_t n, off_t pos)
{
	const size_t step = n < DFL_BATCH_MAX ? n : DFL_BATCH_MAX;
	char *copy = copy_new(step);
	size_t done = 0;
	long got = 0;

	if (!copy)
		return -ENOMEM;
	while (done < n) {
		const size_t want = n - done < step ? n - done : step;

		got = dfl_io_read_at(h, fd, copy, want, pos + done);
		if (got <= 0)
			break;
		memcpy(buf + done, copy, got);
		done += got;
		if ((size_t)got < want)
			break;
	}
	dfl_raw(SYS_munmap, copy, step);
	return done ? (long)done : got;
}

long dfl_paged_write_from(struct dfl_handle *h, int fd, const char *buf, size_t n,
			  off_t *pos)
{
	char *copy = copy_new(n);
	long put;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, buf, n);
	put = *pos < 0 ? dfl_io_append(h, fd, copy, n, pos) :
			 dfl_io_write_at(h, fd, copy, n, *pos);
	dfl_raw(SYS_munmap, copy, n);
	return put;
}

int dfl_paged_flush(struct dfl_handle *h)
{
	struct dfl_pages *p = NULL;
	int err = dfl_pages_live(h) ? dfl_paged_object(h, &p) : 0;

	if (err || !p)
		return err;
	err = dfl_pages_lock(p, h);
	if (!err) {
		err = dfl_pages_flush(p, h, 0, INT64_MAX);
		dfl_pages_unlock(p);
	}
	dfl_pages_put(p);
	return err;
}

int dfl_paged_ftruncate(struct dfl_handle *h, off_t length)
{
	struct dfl_mount *m = h->mount;
	struct dfl_pages *p = NULL;
	int err = dfl_pages_live(h) ? dfl_paged_object(h, &p) : 0;

	if (err)
		return err;
	if (p) {
		err = dfl_pages_lock(p, h);
		if (err)
			goto out;
	}
	err = m->ops.ftruncate ? m->ops.ftruncate(m->fs, h->fh, length) : -ENOSYS;
	dfl_point(paged_cut);
	if (p) {
		if (!err)
			err = dfl_pages_resize(p, length);
		dfl_pages_unlock(p);
	} else if (!err && dfl_pages_live(h) && !dfl_paged_object(h, &p) && p) {
		/* Mapped meanwhile. */
		err = dfl_pages_lock(p, h);
		if (!err) {
			long size = dfl_pages_size(p, h);

			err = size < 0 ? size : 0;
			dfl_pages_unlock(p);
		}
	}
out:
	if (p)
		dfl_pages_put(p);
	return err;
}
