// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes.  The library's st_dev is the backend's; the application is shown that
 * of the mount, the one that every other way to ask shows.
 *
 * Results are stored into the caller's memory directly; see dfl_address_bad().
 */
#include "serve.h"

#include <errno.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/sysmacros.h>

static void to_statx(const struct stat *st, struct statx *x)
{
	memset(x, 0, sizeof(*x));
	x->stx_mask = STATX_BASIC_STATS;
	x->stx_blksize = st->st_blksize;
	x->stx_nlink = st->st_nlink;
	x->stx_uid = st->st_uid;
	x->stx_gid = st->st_gid;
	x->stx_mode = st->st_mode;
	x->stx_ino = st->st_ino;
	x->stx_size = st->st_size;
	x->stx_blocks = st->st_blocks;
	x->stx_atime.tv_sec = st->st_atim.tv_sec;
	x->stx_atime.tv_nsec = st->st_atim.tv_nsec;
	x->stx_mtime.tv_sec = st->st_mtim.tv_sec;
	x->stx_mtime.tv_nsec = st->st_mtim.tv_nsec;
	x->stx_ctime.tv_sec = st->st_ctim.tv_sec;
	x->stx_ctime.tv_nsec = st->st_ctim.tv_nsec;
	x->stx_rdev_major = major(st->st_rdev);
	x->stx_rdev_minor = minor(st->st_rdev);
	x->stx_dev_major = major(st->st_dev);
	x->stx_dev_minor = minor(st->st_dev);
}

/* Creation time, mount id and the like are not in struct stat: the kernel has them. */
static bool statx_basic(int flags, unsigned int mask)
{
	const int known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
			  AT_STATX_SYNC_TYPE;

	return !(flags & ~known) &&
	       (flags & AT_STATX_SYNC_TYPE) != AT_STATX_SYNC_TYPE &&
	       !(mask & ~STATX_BASIC_STATS);
}

static long attributes(struct dfl_mount *m, const char *path, struct stat *st)
{
	int err;

	memset(st, 0, sizeof(*st));
	err = m->ops.getattr(m->fs, path, st, 0);
	if (err)
		return dfl_mount_error(m, err);
	st->st_dev = m->dev;
	return 0;
}

long dfl_stat_path(struct dfl_mount *m, const char *path, struct stat *out)
{
	struct stat st;
	long ret;

	if (dfl_address_bad(out))
		return dfl_bad_address(m);
	ret = attributes(m, path, &st);
	if (!ret)
		*out = st;
	return ret;
}

long dfl_statx_path(struct dfl_mount *m, const char *path, int flags, unsigned int mask,
		    void *buf)
{
	struct stat st;
	long ret;

	if (!statx_basic(flags, mask))
		return DFL_DOOR2;
	if (dfl_address_bad(buf))
		return dfl_bad_address(m);
	ret = attributes(m, path, &st);
	if (!ret)
		to_statx(&st, buf);
	return ret;
}

long dfl_stat_fd(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_mount *m = h->mount;
	void *out = (void *)c->a[c->nr == SYS_statx ? 4 : c->nr == SYS_fstat ? 1 : 2];
	struct stat st = { 0 };
	int err;

	if (dfl_address_bad(out))
		return dfl_bad_address(m);
	if (c->nr == SYS_statx && !statx_basic(c->a[2], c->a[3]))
		return DFL_DOOR2;
	if (c->nr == SYS_newfstatat &&
	    (c->a[3] & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)))
		return DFL_DOOR2;
	err = m->ops.fgetattr(m->fs, h->fh, &st);
	if (err)
		return dfl_mount_error(m, err);
	st.st_dev = m->dev;
	dfl_count(m, metadata);
	if (c->nr == SYS_statx)
		to_statx(&st, out);
	else
		*(struct stat *)out = st;
	return 0;
}
