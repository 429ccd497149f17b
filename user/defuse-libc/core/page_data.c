// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bytes of a page object: from the library, back to it, and both at once.
 *
 * All but the overlay with the object's lock held.  SEEK_DATA and SEEK_HOLE tell which
 * pages are there, swapped out or not.
 */
#include "pages.h"

#include "pager.h"
#include "point.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Differences that are closer to each other are written as one. */
#define NEAR	16

static uint64_t page_down(uint64_t n)
{
	return n & ~(DFL_PAGE - 1);
}

static uint64_t page_up(uint64_t n)
{
	return page_down(n + DFL_PAGE - 1);
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * The next bytes at or behind *@start that are there, at most DFL_BATCH_MAX; *@end is
 * the end of the search, and then theirs.  Return: 1, 0 if there are none, -errno.
 */
static int next_data(const struct dfl_pages *p, uint64_t *start, uint64_t *end)
{
	long data, hole;

	if (*start >= *end)
		return 0;
	data = dfl_raw(SYS_lseek, p->fd, *start, SEEK_DATA);
	if (data == -ENXIO)
		return 0;
	if (data < 0)
		return data;
	if ((uint64_t)data >= *end)
		return 0;
	hole = dfl_raw(SYS_lseek, p->fd, data, SEEK_HOLE);
	if (hole == -ENXIO)
		return 0;	/* cut off meanwhile, where there is no lock */
	if (hole < 0)
		return hole;
	*start = data;
	*end = min(min(hole, *end), data + DFL_BATCH_MAX);
	return 1;
}

/* Likewise whole pages that are absent, of a file of @size bytes. */
static int next_absent(const struct dfl_pages *p, uint64_t size, uint64_t *start,
		       uint64_t *end)
{
	long hole, data;

	*end = page_up(min(*end, size));
	if (*start >= *end)
		return 0;
	hole = dfl_raw(SYS_lseek, p->fd, *start, SEEK_HOLE);
	if (hole == -ENXIO || hole >= (long)min(*end, size))
		return 0;
	if (hole < 0)
		return hole;
	data = dfl_raw(SYS_lseek, p->fd, hole, SEEK_DATA);
	if (data == -ENXIO)
		data = *end;
	if (data < 0)
		return data;
	*start = hole;
	*end = min(min(data, *end), hole + DFL_BATCH_MAX);
	return 1;
}

/* Exactly @n bytes of the library, zeros behind the end of the file. */
static int read_library(struct dfl_handle *h, char *buf, size_t n, uint64_t pos)
{
	struct dfl_mount *m = h->mount;
	size_t got = 0;
	int err = m->ops.read(m->fs, h->fh, buf, n, pos, &got);

	if (err)
		return err;
	if (got > n)
		return -EIO;
	memset(buf + got, 0, n - got);
	return 0;
}

static int full(long ret, size_t n)
{
	return ret == (long)n ? 0 : ret < 0 ? ret : -EIO;
}

static int get_pages(const struct dfl_pages *p, char *buf, size_t n, uint64_t pos)
{
	return full(dfl_raw(SYS_pread64, p->fd, buf, n, pos), n);
}

static int put_pages(const struct dfl_pages *p, const char *buf, size_t n, uint64_t pos)
{
	return full(dfl_raw(SYS_pwrite64, p->fd, buf, n, pos), n);
}

static int get_ledger(const struct dfl_pages *p, char *buf, size_t n, uint64_t pos)
{
	return full(dfl_raw(SYS_pread64, p->ledger_fd, buf, n, DFL_PAGE + pos), n);
}

static int put_ledger(const struct dfl_pages *p, const char *buf, size_t n, uint64_t pos)
{
	return full(dfl_raw(SYS_pwrite64, p->ledger_fd, buf, n, DFL_PAGE + pos), n);
}

static bool tracking(const struct dfl_pages *p)
{
	return p->ledger && p->ledger->tracking;
}

int dfl_pages_track(struct dfl_pages *p)
{
	long size = dfl_raw(SYS_lseek, p->fd, 0, SEEK_END);
	uint64_t start = 0, end = size;
	int more, err = 0;

	if (size < 0)
		return size;
	if (p->ledger->tracking)
		return 0;
	/* Nobody has been able to store until now: what is there is what the library has. */
	while (!err && (more = next_data(p, &start, &end)) > 0) {
		err = get_pages(p, p->buf, end - start, start);
		err = err ?: put_ledger(p, p->buf, end - start, start);
		start = end;
		end = size;
	}
	dfl_point(ledger_copied);
	err = err ?: more;
	if (!err)
		p->ledger->tracking = 1;
	return err;
}

int dfl_pages_fill(struct dfl_pages *p, struct dfl_handle *h, uint64_t start, uint64_t end)
{
	const uint64_t last = end;
	long size = dfl_pages_size(p, h);
	int more, err = 0;

	if (size < 0)
		return size;
	while (!err && (more = next_absent(p, size, &start, &end)) > 0) {
		const size_t n = end - start;

		err = read_library(h, p->buf, n, start);
		/* First the books: who sees the page may store. */
		if (!err && tracking(p))
			err = put_ledger(p, p->buf, min(end, size) - start, start);
		dfl_point(ledger_filled);
		err = err ?: dfl_pager_put(p, p->buf, n, start);
		dfl_point(pages_filled);
		if (!err) {
			dfl_count(p->mount, fills);
			dfl_count_add(p->mount, fill_bytes, n);
		}
		start = end;
		end = last;
	}
	return err ?: more;
}

int dfl_pages_present(struct dfl_pages *p, uint64_t start, uint64_t end)
{
	long size = dfl_raw(SYS_lseek, p->fd, 0, SEEK_END);
	int more;

	if (size < 0)
		return size;
	start = page_down(start);
	more = next_absent(p, size, &start, &end);
	return more > 0 ? -EIO : more;
}

int dfl_pages_extend(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos)
{
	uint64_t start = page_down(pos);
	int err = 0;

	while (!err && start < pos + n) {
		const uint64_t end = min(start + DFL_BATCH_MAX, page_up(pos + n));
		const uint64_t from = start > pos ? start : pos;

		memset(p->buf, 0, end - start);
		memcpy(p->buf + (from - start), buf + (from - pos), min(end, pos + n) - from);
		err = dfl_pager_put(p, p->buf, end - start, start);
		dfl_point(pages_extended);
		start = end;
	}
	return err;
}

/*
 * The next run of bytes from @at on, before @n, in which @a and @b differ.  Return: where
 * it begins, @n for none; *@end is its end.
 */
static size_t next_run(const char *a, const char *b, size_t at, size_t n, size_t *end)
{
	size_t begin, same = 0;

	while (at + 64 <= n && !memcmp(a + at, b + at, 64))
		at += 64;
	while (at < n && a[at] == b[at])
		at++;
	begin = at;
	*end = at;
	for (; at < n && same < NEAR; at++) {
		same = a[at] == b[at] ? same + 1 : 0;
		if (!same)
			*end = at + 1;
	}
	return begin;
}

static int write_library(struct dfl_handle *h, const char *buf, size_t n, uint64_t pos)
{
	struct dfl_mount *m = h->mount;
	size_t put = 0;
	int err = m->ops.write ? m->ops.write(m->fs, h->fh, buf, n, pos, &put) : -EROFS;

	if (!err)
		dfl_count_add(m, written_back, put);
	return err ?: put == n ? 0 : -ENOSPC;
}

int dfl_pages_flush(struct dfl_pages *p, struct dfl_handle *writer, uint64_t start,
		    uint64_t end)
{
	char *now = p->buf, *then = p->buf + DFL_BATCH_MAX;
	const uint64_t last = end;
	size_t at, run_end;
	int more, err = 0;
	long size;

	if (!tracking(p))
		return 0;
	size = dfl_pages_size(p, writer);
	if (size < 0)
		return size;
	while (!err && (more = next_data(p, &start, &end)) > 0) {
		const size_t n = end - start;

		err = get_pages(p, now, n, start);
		err = err ?: get_ledger(p, then, n, start);
		for (at = 0; !err; at = run_end) {
			at = next_run(now, then, at, n, &run_end);
			if (at >= n)
				break;
			err = write_library(writer, now + at, run_end - at, start + at);
			dfl_point(library_written);
			err = err ?: put_ledger(p, now + at, run_end - at, start + at);
		}
		start = end;
		end = last;
	}
	return err ?: more;
}

/* The bytes from @pos on are @then in the ledger, @now with the library. */
static int reload_batch(struct dfl_pages *p, const char *then, char *now, size_t n,
			uint64_t pos)
{
	size_t at, run_end;
	int err = 0;

	for (at = 0; !err; at = run_end) {
		at = next_run(now, then, at, n, &run_end);
		if (at >= n)
			break;
		err = put_pages(p, now + at, run_end - at, pos + at);
		dfl_point(page_reloaded);
		if (!err && tracking(p))
			err = put_ledger(p, now + at, run_end - at, pos + at);
	}
	return err;
}

/* Keeps in @now what was stored and not written back. */
static int keep_stores(struct dfl_pages *p, const char *then, char *now, size_t n,
		       uint64_t pos)
{
	char page[512];
	size_t at, i;
	int err = 0;

	for (at = 0; at < n && !err; at += sizeof(page)) {
		const size_t m = min(sizeof(page), n - at);

		err = get_pages(p, page, m, pos + at);
		for (i = 0; i < m && !err; i++)
			if (page[i] != then[at + i])
				now[at + i] = then[at + i];
	}
	return err;
}

int dfl_pages_reload(struct dfl_pages *p, struct dfl_handle *h, uint64_t start,
		     uint64_t end)
{
	char *then = p->buf, *now = p->buf + DFL_BATCH_MAX;
	const uint64_t last = end;
	long size = dfl_pages_size(p, h);
	int more, err = 0;

	if (size < 0)
		return size;
	while (!err && (more = next_data(p, &start, &end)) > 0) {
		const size_t n = end - start;

		err = tracking(p) ? get_ledger(p, then, n, start) :
				    get_pages(p, then, n, start);
		err = err ?: read_library(h, now, n, start);
		if (!err && tracking(p) && memcmp(then, now, n))
			err = keep_stores(p, then, now, n, start);
		err = err ?: reload_batch(p, then, now, n, start);
		start = end;
		end = last;
	}
	return err ?: more;
}

int dfl_pages_overwrite(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos)
{
	uint64_t start = pos, end = pos + n;
	int more, err = 0;

	while (!err && (more = next_data(p, &start, &end)) > 0) {
		err = put_pages(p, buf + (start - pos), end - start, start);
		dfl_point(page_overwritten);
		if (!err && tracking(p))
			err = put_ledger(p, buf + (start - pos), end - start, start);
		start = end;
		end = pos + n;
	}
	return err ?: more;
}

int dfl_pages_clear(struct dfl_pages *p, uint64_t start, uint64_t end)
{
	const uint64_t last = end;
	int more, err = 0;

	memset(p->buf, 0, DFL_BATCH_MAX);
	while (!err && (more = next_data(p, &start, &end)) > 0) {
		err = put_pages(p, p->buf, end - start, start);
		if (!err && tracking(p))
			err = put_ledger(p, p->buf, end - start, start);
		start = end;
		end = last;
	}
	return err ?: more;
}

int dfl_pages_overlay(struct dfl_pages *p, char *buf, size_t n, uint64_t pos)
{
	uint64_t start = pos, end = pos + n;
	int more, err = 0;
	long got;

	while (!err && (more = next_data(p, &start, &end)) > 0) {
		got = dfl_raw(SYS_pread64, p->fd, buf + (start - pos), end - start, start);
		err = got < 0 ? got : 0;
		start = end;
		end = pos + n;
	}
	return err ?: more;
}
