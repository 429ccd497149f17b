// SPDX-License-Identifier: LGPL-2.1-or-later
/* Truncating by name, by truncate() or O_TRUNC, what may be mapped by the library's way. */
#include "pages.h"

#include "base.h"
#include "point.h"

#include <errno.h>

/* Which file the name is; false: none, or none that can be mapped. */
static bool identify(struct dfl_mount *m, const char *path, struct stat *st)
{
	*st = (struct stat){ 0 };
	return m->live && !m->ops.getattr(m->fs, path, st, 0) && S_ISREG(st->st_mode);
}

static int lock_pages(struct dfl_want *w, const struct stat *st, struct dfl_pages **out)
{
	struct dfl_pages *p = NULL;
	int fd = dfl_base_wanted(w), err;

	if (fd < 0)
		return fd;
	err = dfl_pages_get(w->m, st->st_dev, st->st_ino, fd, false, &p);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = dfl_pages_lock(p, NULL);
	if (err)
		dfl_pages_put(p);
	else
		*out = p;
	return err;
}

/* As long as the library's file is, if the name is still that of @p, which is locked. */
static void take_size(struct dfl_mount *m, const char *path, struct dfl_pages *p)
{
	struct stat st;

	if (identify(m, path, &st) && p->dev == st.st_dev && p->ino == st.st_ino)
		dfl_pages_resize(p, st.st_size);
}

int dfl_paged_cut_begin(struct dfl_want *w, const char *path, struct dfl_pages **p)
{
	struct dfl_mount *m = w->m;
	struct stat st;
	int err;

	*p = NULL;
	if (!identify(m, path, &st) || !dfl_pages_live_at(m, st.st_dev, st.st_ino))
		return 0;
	err = lock_pages(w, &st, p);
	/* Somebody died with the lock.  His bytes can wait for one who reads; not his size. */
	if (!err && *p && (*p)->stale)
		take_size(m, path, *p);
	return err;
}

void dfl_paged_cut_end(struct dfl_want *w, const char *path, struct dfl_pages *p)
{
	struct dfl_mount *m = w->m;
	struct stat st;

	dfl_point(name_cut);
	/* Mapped meanwhile, by somebody who may have seen the old size. */
	if (!p && identify(m, path, &st) && dfl_pages_live_at(m, st.st_dev, st.st_ino) &&
	    lock_pages(w, &st, &p))
		p = NULL;
	if (p) {
		take_size(m, path, p);
		dfl_pages_unlock(p);
		dfl_pages_put(p);
	}
}
