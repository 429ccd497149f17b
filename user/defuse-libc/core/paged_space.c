// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fallocate() of what may be mapped by the library's way: stores go to the library before
 * it changes the file, and what it changed comes to the pages afterwards.
 */
#include "pages.h"

#include "point.h"

#include <errno.h>
#include <fcntl.h>

/* What it does to the bytes; without these it changes the size alone. */
#define MOVES	(FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)
#define ZEROS	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)

static int begin(struct dfl_handle *h, struct dfl_pages **p, uint64_t start, uint64_t end)
{
	int err;

	*p = NULL;
	err = dfl_pages_live(h) ? dfl_paged_object(h, p) : 0;
	if (err || !*p)
		return err;
	err = dfl_pages_lock(*p, h);
	if (!err) {
		/* Or it would be written over what is done now. */
		err = dfl_pages_flush(*p, h, start, end);
		dfl_point(space_flushed);
		if (!err)
			return 0;
		dfl_pages_unlock(*p);
	}
	dfl_pages_put(*p);
	return err;
}

static bool may_read(const struct dfl_handle *h)
{
	return (atomic_load_explicit(&h->flags, memory_order_relaxed) & O_ACCMODE) !=
	       O_WRONLY;
}

/*
 * What it did follows from @mode, where the file may not be read.  It moved nothing, and
 * where the file grew it has zeros, as has an absent page for those without a pager.
 */
static int follow(struct dfl_pages *p, struct dfl_handle *h, int mode, uint64_t start,
		  uint64_t stop)
{
	long size = dfl_pages_size(p, h);

	if (size < 0)
		return size;
	return mode & ZEROS ? dfl_pages_clear(p, start, stop) : 0;
}

static int compare(struct dfl_pages *p, struct dfl_handle *h, uint64_t start, uint64_t stop)
{
	int err = dfl_pages_reload(p, h, start, stop);

	/* What moved behind the old end is absent, and some have no pager. */
	if (!err && p->ledger->unpaged)
		err = dfl_pages_fill(p, h, 0, INT64_MAX & ~(DFL_PAGE - 1));
	return err;
}

/* There were no pages when the library began. */
static int mapped_meanwhile(struct dfl_handle *h, uint64_t start, uint64_t stop)
{
	struct dfl_pages *p = NULL;
	int err = dfl_pages_live(h) ? dfl_paged_object(h, &p) : 0;

	if (err || !p)
		return err;
	err = dfl_pages_lock(p, h);
	if (!err) {
		if (may_read(h))
			err = compare(p, h, start, stop);
		else
			p->stale = true;	/* the next one does */
		dfl_pages_unlock(p);
	}
	dfl_pages_put(p);
	return err;
}

int dfl_paged_fallocate(struct dfl_handle *h, int mode, off_t offset, off_t len)
{
	struct dfl_mount *m = h->mount;
	struct dfl_pages *p;
	uint64_t stop;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	stop = mode & MOVES || len > INT64_MAX - offset ? INT64_MAX : offset + len;
	err = begin(h, &p, offset, stop);
	if (err)
		return err;
	if (p && mode & MOVES && !may_read(h))
		err = -EOPNOTSUPP;
	err = err ?: m->ops.fallocate(m->fs, h->fh, mode, offset, len);
	dfl_point(space_changed);
	if (!p)
		return err ?: mapped_meanwhile(h, offset, stop);
	if (!err)
		err = may_read(h) ? compare(p, h, offset, stop) :
				    follow(p, h, mode, offset, stop);
	dfl_pages_unlock(p);
	dfl_pages_put(p);
	return err;
}
