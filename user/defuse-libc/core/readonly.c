// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What would change a read-only mount without a lower tree.
 *
 * With a lower tree the kernel answers.  Without one it does not know what a name leads to,
 * and EROFS comes last: so the library is asked what the kernel would have met before, in
 * the kernel's order (fs/namei.c, fs/open.c).
 */
#include "readonly.h"

#include "mailbox.h"
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TMPFILE_BIT	020000000

static int look(struct dfl_mount *m, const char *path, struct stat *st)
{
	*st = (struct stat){ 0 };
	return m->ops.getattr(m->fs, path, st, 0);
}

/* EROFS, if there is a directory that the last name of @path could be in. */
static long in_directory(const struct dfl_call *c, struct dfl_mount *m, const char *path)
{
	char *parent = dfl_post(c)->path;
	const char *slash = strrchr(path, '/');
	size_t len = slash && slash > path ? slash - path : 1;
	struct stat st;
	int err;

	memcpy(parent, path, len);
	parent[len] = '\0';
	err = look(m, parent, &st);
	if (err)
		return err;
	return S_ISDIR(st.st_mode) ? -EROFS : -ENOTDIR;
}

/* A name that is to be made. */
static long make(const struct dfl_call *c, struct dfl_mount *m, const char *path)
{
	struct stat st;
	int err = look(m, path, &st);

	if (err == -ENOENT)
		return in_directory(c, m, path);
	return err ?: -EEXIST;
}

/* What stands behind a name is to be changed. */
static long change(struct dfl_mount *m, const char *path)
{
	struct stat st;

	return look(m, path, &st) ?: -EROFS;
}

static long cut(struct dfl_mount *m, const char *path, long length)
{
	struct stat st;
	int err = length < 0 ? -EINVAL : look(m, path, &st);

	if (err)
		return err;
	return S_ISREG(st.st_mode) ? -EROFS : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
}

long dfl_readonly_path(const struct dfl_call *c, struct dfl_mount *m, const char *path,
		       const char *second)
{
	long ret;

	switch (c->nr) {
	case SYS_truncate:
		return cut(m, path, c->a[1]);
	case SYS_mkdir: case SYS_mkdirat: case SYS_symlink: case SYS_symlinkat:
		return make(c, m, path);
	case SYS_link: case SYS_linkat:
		ret = change(m, path);
		return ret != -EROFS || !second ? ret : make(c, m, second);
	case SYS_rename: case SYS_renameat: case SYS_renameat2:
	case SYS_unlink: case SYS_unlinkat: case SYS_rmdir:
		return -EROFS;		/* the kernel says so itself */
	}
	/* chmod, chown and utime by all their names; access() for writing. */
	return change(m, path);
}

long dfl_readonly_open(const struct dfl_call *c, struct dfl_mount *m, const char *path,
		       int *flags)
{
	const bool writes = (*flags & O_ACCMODE) != O_RDONLY || *flags & O_TRUNC;
	struct stat st;
	int err;

	if (!writes && !(*flags & O_CREAT))
		return 0;
	err = look(m, path, &st);
	if (*flags & TMPFILE_BIT)
		return err ?: S_ISDIR(st.st_mode) ? -EROFS : -ENOTDIR;
	if (err == -ENOENT && *flags & O_CREAT)
		return in_directory(c, m, path);
	if (err)
		return err;
	if (*flags & O_CREAT && *flags & O_EXCL)
		return -EEXIST;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (*flags & O_DIRECTORY)
		return -ENOTDIR;
	if (writes && S_ISREG(st.st_mode))
		return -EROFS;
	*flags &= ~O_CREAT;
	return 0;
}

bool dfl_readonly_fd(int fd)
{
	struct statfs st;

	return !dfl_raw(SYS_fstatfs, fd, &st) && st.f_flags & ST_RDONLY;
}
