// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Calls that the library serves only where there is no lower tree.  Elsewhere the kernel
 * carries them out on the lower file, which is right, and they are rare.  But on a private
 * mount it asks the FUSE server, which has no name for a file that lost its last one, and
 * perhaps never opened it: ESTALE.  The library of this process has.
 */
#include "maps.h"
#include "pages.h"
#include "readonly.h"
#include "serve.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

static long done(struct dfl_mount *m, int err)
{
	if (err)
		return dfl_mount_error(m, err);
	dfl_count(m, metadata);
	return 0;
}

long dfl_none_statfs(struct dfl_mount *m, struct statfs *out)
{
	struct statfs st = { 0 };
	int err;

	if (m->lower || !m->ops.statfs)
		return DFL_DOOR2;
	if (dfl_address_bad(out))
		return -EFAULT;
	err = m->ops.statfs(m->fs, &st);
	if (err)
		return done(m, err);
	st.f_type = DEFUSE_SUPER_MAGIC;
	memcpy(&st.f_fsid, &m->dev, sizeof(st.f_fsid));
	st.f_flags = 0x20;	/* ST_VALID: the flags mean something */
	*out = st;
	return done(m, 0);
}

long dfl_none_statfs_path(struct dfl_mount *m, const char *path, struct statfs *out)
{
	struct stat st = { 0 };
	int err = m->ops.getattr(m->fs, path, &st, 0);

	return err ? done(m, err) : dfl_none_statfs(m, out);
}

static long none_futime(struct dfl_handle *h, const struct timespec *times)
{
	static const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct dfl_mount *m = h->mount;

	if (!m->ops.futime)
		return DFL_DOOR2;
	if (times && dfl_address_bad(times))
		return -EFAULT;
	return done(m, m->ops.futime(m->fs, h->fh, times ? times : now));
}

static long none_fallocate(struct dfl_handle *h, int mode, off_t offset, off_t len)
{
	struct dfl_mount *m = h->mount;

	return done(m, m->live ? dfl_paged_fallocate(h, mode, offset, len) :
				 m->ops.fallocate(m->fs, h->fh, mode, offset, len));
}

bool dfl_none_asked(const struct dfl_call *c, const struct dfl_handle *h, long *ret)
{
	const struct dfl_mount *m = h->mount;

	if (!m->lower)
		return true;
	*ret = DFL_DOOR2;
	if (!m->private || dfl_mapped(dfl_maps_counter(h)))
		return false;
	*ret = dfl_raw(c->nr, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4], c->a[5]);
	return *ret == -ESTALE;
}

long dfl_none_fd(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_mount *m = h->mount;
	long ret;

	if (!dfl_none_asked(c, h, &ret))
		return ret;
	/* What an FD that cannot be written to would change too. */
	if (!m->lower && (c->nr == SYS_fchmod || c->nr == SYS_fchown ||
			  c->nr == SYS_utimensat) && dfl_readonly_fd(c->a[0]))
		return -EROFS;
	switch (c->nr) {
	case SYS_fstatfs:
		return dfl_none_statfs(m, (struct statfs *)c->a[1]);
	case SYS_fchmod:
		if (m->ops.fchmod)
			return done(m, m->ops.fchmod(m->fs, h->fh, c->a[1] & 07777));
		break;
	case SYS_fchown:
		if (m->ops.fchown)
			return done(m, m->ops.fchown(m->fs, h->fh, c->a[1], c->a[2]));
		break;
	case SYS_utimensat:
		return none_futime(h, (const struct timespec *)c->a[2]);
	case SYS_fallocate:
		if (m->ops.fallocate)
			return none_fallocate(h, c->a[1], c->a[2], c->a[3]);
		break;
	}
	return DFL_DOOR2;
}

long dfl_none_seek(struct dfl_handle *h, off_t offset, int whence)
{
	struct dfl_mount *m = h->mount;
	off_t result = 0;
	int err = m->ops.seek(m->fs, h->fh, offset, whence, &result);

	return err ? dfl_mount_error(m, err) : result < 0 ? -EIO : result;
}

/*
 * A name with a slash behind it is that of a directory.  Where the kernel does not know
 * what it leads to, the library is asked.  @path: in box form, links followed.
 */
long dfl_none_insists(const struct dfl_call *c, struct dfl_mount *m, const char *path)
{
	struct stat st = { 0 };
	int err = m->ops.getattr(m->fs, path, &st, 0);

	if (!err)
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	if (err != -ENOENT)
		return dfl_mount_error(m, err);
	switch (c->nr) {
	case SYS_open:
		return c->a[1] & O_CREAT ? -EISDIR : err;
	case SYS_openat:
		return c->a[2] & O_CREAT ? -EISDIR : err;
	case SYS_creat:
		return -EISDIR;
	case SYS_mkdir: case SYS_mkdirat:
		return 0;
	}
	return err;
}
