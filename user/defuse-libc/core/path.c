// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Calls about names.  The kernel has resolved the path up to and including
 * symbolic links; here it is only handed to the library.
 */
#include "base.h"
#include "mailbox.h"
#include "maps.h"
#include "pages.h"
#include "point.h"
#include "readonly.h"
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#define PATH_ARG(i)	((const char *)c->a[i])

bool dfl_path_name(const struct dfl_call *c, struct dfl_name *name)
{
	name->dirfd = AT_FDCWD;
	switch (c->nr) {
	case SYS_open: case SYS_creat: case SYS_stat: case SYS_lstat:
	case SYS_access: case SYS_readlink: case SYS_truncate: case SYS_chmod:
	case SYS_chown: case SYS_lchown: case SYS_utime: case SYS_utimes:
	case SYS_mkdir: case SYS_rmdir: case SYS_unlink: case SYS_rename:
	case SYS_link: case SYS_chdir:
		name->path = PATH_ARG(0);
		return name->path;
	case SYS_statfs:
		name->path = PATH_ARG(0);
		return name->path;
	case SYS_fstat: case SYS_fstatfs: case SYS_fchmod: case SYS_fchown:
		name->dirfd = c->a[0];
		name->path = "";
		return true;
	case SYS_symlink:
		name->path = PATH_ARG(1);
		return name->path;
	case SYS_utimensat:
		name->dirfd = c->a[0];
		name->path = c->a[1] ? PATH_ARG(1) : "";
		return true;
	case SYS_openat: case SYS_newfstatat: case SYS_statx: case SYS_faccessat:
	case SYS_faccessat2: case SYS_readlinkat: case SYS_fchmodat:
	case SYS_fchownat: case SYS_futimesat: case SYS_mkdirat: case SYS_unlinkat:
	case SYS_renameat: case SYS_renameat2: case SYS_linkat:
		name->dirfd = c->a[0];
		name->path = PATH_ARG(1);
		return name->path;
	case SYS_symlinkat:
		name->dirfd = c->a[1];
		name->path = PATH_ARG(2);
		return name->path;
	}
	return false;
}

/* "a/" insists on a directory, which only the kernel's own resolution knows. */
static bool insists(const char *path)
{
	size_t len = strlen(path);

	return len == 0 || path[len - 1] == '/';
}

static long done(struct dfl_mount *m, int err)
{
	return err ? dfl_mount_error(m, err) : 0;
}

/* Calls an optional function of the library, as the result of the system call. */
#define ASK(m, function, ...)							\
	done(m, (m)->ops.function ? (m)->ops.function((m)->fs, __VA_ARGS__) : -ENOSYS)

/*
 * Calls with two names.  @a and @b are the names in the order in which the kernel
 * looks them up, so the letter is about @a if that one is on the mount, else
 * about @b; if it is about @b, asking for @b gives the same path again.
 *
 * Return: path of @b, or NULL: door 2 knows, also that both are the same file.
 */
static const char *second_path(const struct dfl_call *c, struct dfl_mount *m,
			       const struct defuse_mailbox *first, int dirfd,
			       const char *b)
{
	const struct defuse_mailbox *second;

	if (dfl_address_bad(b) || (m->lower && insists(b)))
		return NULL;
	second = dfl_mailbox_probe(c, dirfd, b);
	if (!second || second->mount_id != m->id)
		return NULL;
	return m->lower && strcmp(first->path, second->path) == 0 ? NULL : second->path;
}

static bool is_directory(struct dfl_mount *m, const char *path)
{
	struct stat st = { 0 };

	return !m->ops.getattr(m->fs, path, &st, 0) && S_ISDIR(st.st_mode);
}

/*
 * Others may be in a directory: have it open, or for their working directory.  The FUSE
 * server of a private mount knows it by its name alone, so it must see that one go.
 */
static bool is_servers(struct dfl_mount *m, const char *path, const char *newpath,
		       unsigned int flags)
{
	return m->private && (is_directory(m, path) ||
			      (flags & RENAME_EXCHANGE && is_directory(m, newpath)));
}

static long path_rename(const struct dfl_call *c, struct dfl_mount *m,
			const struct defuse_mailbox *box, int newdirfd,
			const char *newname, unsigned int flags)
{
	const char *newpath;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return DFL_DOOR2;
	newpath = second_path(c, m, box, newdirfd, newname);
	if (newpath && is_servers(m, box->path, newpath, flags))
		return DFL_DOOR2;
	if (newpath && insists(newname)) {
		/* Only a directory may have that for its new name. */
		long ret = dfl_none_insists(c, m, box->path);

		if (ret)
			return ret;
	}
	return newpath ? ASK(m, rename, box->path, newpath, flags) : DFL_DOOR2;
}

static long path_rmdir(struct dfl_mount *m, const char *path)
{
	return m->private ? DFL_DOOR2 : ASK(m, rmdir, path);
}

static long path_link(const struct dfl_call *c, struct dfl_mount *m,
		      const struct defuse_mailbox *box, const struct dfl_name *name,
		      int newdirfd, const char *newname, int flags)
{
	const char *newpath;

	if (flags & ~AT_SYMLINK_FOLLOW)
		return DFL_DOOR2;
	if (m->lower && (dfl_address_bad(newname) ||
			 !dfl_base_same_point(c, name->dirfd, name->path, flags, newdirfd,
					      newname)))
		return DFL_DOOR2;
	newpath = second_path(c, m, box, newdirfd, newname);
	if (newpath && insists(newname))
		return -ENOENT;
	return newpath ? ASK(m, link, box->path, newpath) : DFL_DOOR2;
}

static long path_readlink(struct dfl_mount *m, const char *path, char *buf, long size)
{
	size_t n = 0;
	int err;

	if (size <= 0 || !m->ops.readlink)
		return m->lower ? DFL_DOOR2 : -EINVAL;
	if (dfl_address_bad(buf))
		return dfl_bad_address(m);
	err = m->ops.readlink(m->fs, path, buf, size, &n);
	if (err)
		return dfl_mount_error(m, err);
	return n <= (size_t)size ? (long)n : -EIO;
}

static long path_access(struct dfl_mount *m, const char *path, int mode, int flags)
{
	if ((mode & ~(R_OK | W_OK | X_OK)) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW)))
		return DFL_DOOR2;
	return ASK(m, access, path, mode, flags & AT_EACCESS);
}

static long path_utime(struct dfl_mount *m, const char *path,
		       const struct timespec times[2])
{
	static const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

	if (times && dfl_address_bad(times))
		return dfl_bad_address(m);
	return ASK(m, utime, path, times ? times : now);
}

static long path_utimes(struct dfl_mount *m, const char *path,
			const struct timeval tv[2])
{
	struct timespec ts[2];
	int i;

	if (!tv)
		return path_utime(m, path, NULL);
	if (dfl_address_bad(tv))
		return dfl_bad_address(m);
	for (i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		ts[i].tv_sec = tv[i].tv_sec;
		ts[i].tv_nsec = tv[i].tv_usec * 1000;
	}
	return path_utime(m, path, ts);
}

static long path_utimbuf(struct dfl_mount *m, const char *path, const struct utimbuf *b)
{
	struct timespec ts[2] = { { 0, 0 }, { 0, 0 } };

	if (!b)
		return path_utime(m, path, NULL);
	if (dfl_address_bad(b))
		return dfl_bad_address(m);
	ts[0].tv_sec = b->actime;
	ts[1].tv_sec = b->modtime;
	return path_utime(m, path, ts);
}

/* Looks, and changes nothing. */
static long path_look(const struct dfl_call *c, struct dfl_mount *m, const char *path)
{
	switch (c->nr) {
	case SYS_stat:
	case SYS_lstat:
		return dfl_stat_path(m, path, (struct stat *)c->a[1]);
	case SYS_newfstatat:
		if (c->a[3] & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
			return DFL_DOOR2;
		return dfl_stat_path(m, path, (struct stat *)c->a[2]);
	case SYS_statfs:
		return dfl_none_statfs_path(m, path, (struct statfs *)c->a[1]);
	case SYS_statx:
		return dfl_statx_path(m, path, c->a[2], c->a[3], (void *)c->a[4]);
	case SYS_access:
		return path_access(m, path, c->a[1], 0);
	case SYS_faccessat:
		return path_access(m, path, c->a[2], 0);
	case SYS_faccessat2:
		return path_access(m, path, c->a[2], c->a[3]);
	case SYS_readlink:
		return path_readlink(m, path, (char *)c->a[1], (int)c->a[2]);
	case SYS_readlinkat:
		return path_readlink(m, path, (char *)c->a[2], (int)c->a[3]);
	}
	return DFL_DOOR2;
}

static long path_truncate(const struct dfl_call *c, struct dfl_mount *m, const char *path,
			  const struct dfl_name *name)
{
	struct dfl_want want = { .c = c, .m = m, .dirfd = name->dirfd, .path = name->path };
	struct dfl_pages *p;
	long ret = dfl_paged_cut_begin(&want, path, &p);

	if (!ret) {
		ret = ASK(m, trunc, path, c->a[1]);
		dfl_paged_cut_end(&want, path, p);
	}
	dfl_base_done(&want);
	return ret;
}

/* Read-only, and nobody but the library knows what is there. */
static long path_readonly(const struct dfl_call *c, struct dfl_mount *m,
			  const struct defuse_mailbox *box)
{
	const char *second = NULL;

	if (c->nr == SYS_link)
		second = second_path(c, m, box, AT_FDCWD, PATH_ARG(1));
	else if (c->nr == SYS_linkat)
		second = second_path(c, m, box, c->a[2], PATH_ARG(3));
	return done(m, dfl_readonly_path(c, m, box->path, second));
}

static long path_change(const struct dfl_call *c, struct dfl_mount *m,
			const struct defuse_mailbox *box, const struct dfl_name *name)
{
	const char *path = box->path;

	switch (c->nr) {
	case SYS_truncate:
		if (dfl_mapped(dfl_maps_of_mount(m)))
			return DFL_DOOR2;
		return c->a[1] < 0 ? -EINVAL : path_truncate(c, m, path, name);
	case SYS_chmod:
		return ASK(m, chmod, path, c->a[1] & 07777);
	case SYS_fchmodat:
		return ASK(m, chmod, path, c->a[2] & 07777);
	case SYS_chown:
	case SYS_lchown:
		return ASK(m, chown, path, c->a[1], c->a[2]);
	case SYS_fchownat:
		if (c->a[4] & ~AT_SYMLINK_NOFOLLOW)
			return DFL_DOOR2;
		return ASK(m, chown, path, c->a[2], c->a[3]);
	case SYS_utime:
		return path_utimbuf(m, path, (const struct utimbuf *)c->a[1]);
	case SYS_utimes:
		return path_utimes(m, path, (const struct timeval *)c->a[1]);
	case SYS_futimesat:
		return path_utimes(m, path, (const struct timeval *)c->a[2]);
	case SYS_utimensat:
		if (c->a[3] & ~AT_SYMLINK_NOFOLLOW)
			return DFL_DOOR2;
		return path_utime(m, path, (const struct timespec *)c->a[2]);
	case SYS_mkdir:
		return ASK(m, mkdir, path, c->a[1]);
	case SYS_mkdirat:
		return ASK(m, mkdir, path, c->a[2]);
	case SYS_rmdir:
		return path_rmdir(m, path);
	case SYS_unlink:
		return ASK(m, unlink, path);
	case SYS_unlinkat:
		if (c->a[2] & ~AT_REMOVEDIR)
			return DFL_DOOR2;
		return c->a[2] ? path_rmdir(m, path) : ASK(m, unlink, path);
	case SYS_rename:
		return path_rename(c, m, box, AT_FDCWD, PATH_ARG(1), 0);
	case SYS_renameat:
		return path_rename(c, m, box, c->a[2], PATH_ARG(3), 0);
	case SYS_renameat2:
		return path_rename(c, m, box, c->a[2], PATH_ARG(3), c->a[4]);
	case SYS_link:
		return path_link(c, m, box, name, AT_FDCWD, PATH_ARG(1), 0);
	case SYS_linkat:
		return path_link(c, m, box, name, c->a[2], PATH_ARG(3), c->a[4]);
	case SYS_symlink:
	case SYS_symlinkat:
		return ASK(m, symlink, PATH_ARG(0), path);
	}
	return DFL_DOOR2;
}

/* Calls for which the kernel checks the mount point before it looks names up. */
static bool checked(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_unlink: case SYS_unlinkat: case SYS_rmdir: case SYS_rename:
	case SYS_renameat: case SYS_renameat2:
		return true;
	}
	return false;
}

/* access() for writing asks about the mount point too. */
static bool asks_to_write(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_access:
		return c->a[1] & W_OK;
	case SYS_faccessat: case SYS_faccessat2:
		return c->a[2] & W_OK;
	}
	return false;
}

/* Calls of path_look(). */
static bool looks(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_stat: case SYS_lstat: case SYS_newfstatat: case SYS_statx:
	case SYS_access: case SYS_faccessat: case SYS_faccessat2: case SYS_readlink:
	case SYS_readlinkat: case SYS_statfs:
		return true;
	}
	return false;
}

static void look_again(int dirfd, const char *path)
{
	struct stat unused;

	dfl_raw(SYS_newfstatat, dirfd, path, &unused, AT_SYMLINK_NOFOLLOW);
}

/*
 * The library has removed or moved a name behind the kernel's back.  An ordinary look
 * makes the kernel drop or move what it has cached there, and with it what others
 * see of their working directories and open files.
 */
static void announce(const struct dfl_call *c, const struct dfl_name *name)
{
	switch (c->nr) {
	case SYS_unlink: case SYS_unlinkat: case SYS_rmdir:
		look_again(name->dirfd, name->path);
		break;
	case SYS_rename:
		look_again(AT_FDCWD, PATH_ARG(1));
		break;
	case SYS_renameat: case SYS_renameat2:
		look_again(c->a[2], PATH_ARG(3));
		if (c->nr == SYS_renameat2 && c->a[4])
			look_again(name->dirfd, name->path);
		break;
	}
}

static long serve_resolved(const struct dfl_call *c, struct dfl_mount *m,
			   const struct defuse_mailbox *box, const struct dfl_name *name)
{
	long ret;

	switch (c->nr) {
	case SYS_open:
		return dfl_open(c, m, box, name, c->a[1], c->a[2]);
	case SYS_openat:
		return dfl_open(c, m, box, name, c->a[2], c->a[3]);
	case SYS_creat:
		return dfl_open(c, m, box, name, O_CREAT | O_WRONLY | O_TRUNC, c->a[1]);
	case SYS_chdir:
		return dfl_chdir(c, m, box, name);
	}
	if (looks(c) && !asks_to_write(c))
		ret = path_look(c, m, box->path);
	/* On a read-only mount the kernel knows which error comes first. */
	else if (!(box->flags & DEFUSE_MOUNT_RDONLY) &&
		 (checked(c) || dfl_base_writable(c, m, name->dirfd, name->path)))
		ret = looks(c) ? path_look(c, m, box->path) : path_change(c, m, box, name);
	else
		ret = m->lower ? DFL_DOOR2 : path_readonly(c, m, box);
	if (ret != DFL_DOOR2)
		dfl_count(m, metadata);
	dfl_point(name_changed);
	if (!ret && m->lower)
		announce(c, name);
	dfl_point(name_announced);
	return ret;
}

static bool is_exclusive(int flags)
{
	return (flags & O_CREAT) && (flags & O_EXCL);
}

/* Calls about a name itself, whatever stands behind it. */
static bool is_of_name(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_rmdir: case SYS_unlink: case SYS_unlinkat: case SYS_mkdir: case SYS_mkdirat:
	case SYS_rename: case SYS_renameat: case SYS_renameat2:
		return true;
	}
	return false;
}

/* Whether the call is about what a link in the last place leads to. */
static bool follows(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_stat: case SYS_access: case SYS_faccessat: case SYS_truncate:
	case SYS_chmod: case SYS_fchmodat: case SYS_chown: case SYS_utime:
	case SYS_utimes: case SYS_futimesat: case SYS_chdir: case SYS_statfs:
		return true;
	case SYS_newfstatat: case SYS_faccessat2: case SYS_utimensat:
		return !(c->a[3] & AT_SYMLINK_NOFOLLOW);
	case SYS_statx:
		return !(c->a[2] & AT_SYMLINK_NOFOLLOW);
	case SYS_fchownat:
		return !(c->a[4] & AT_SYMLINK_NOFOLLOW);
	case SYS_linkat:
		return c->a[4] & AT_SYMLINK_FOLLOW;
	case SYS_open:
		return !(c->a[1] & O_NOFOLLOW || is_exclusive(c->a[1]));
	case SYS_openat:
		return !(c->a[2] & O_NOFOLLOW || is_exclusive(c->a[2]));
	case SYS_creat:
		return true;
	}
	return false;
}

long dfl_path_serve(const struct dfl_call *c, struct dfl_mount *m,
		    struct defuse_mailbox *box)
{
	struct dfl_follow *scratch = &dfl_post(c)->follow;
	struct dfl_name name;
	bool last;
	long ret;

	if (!dfl_path_name(c, &name) || (m->lower && insists(name.path)))
		return DFL_DOOR2;
	if (m->lower)
		return serve_resolved(c, m, box, &name);
	/* The kernel has followed nothing; usually there is nothing to follow. */
	last = follows(c) || (insists(name.path) && !is_of_name(c));
	if (last && dfl_is_link(m, box->path, scratch)) {
		ret = dfl_follow(m, box->path, true, scratch);
		if (ret)
			return ret;
	}
	if (insists(name.path)) {
		ret = dfl_none_insists(c, m, box->path);
		if (ret && ret != -ELOOP)
			return ret;
	}
	ret = serve_resolved(c, m, box, &name);
	if (ret != -ELOOP || dfl_follow(m, box->path, last, scratch))
		return ret;
	return serve_resolved(c, m, box, &name);
}
