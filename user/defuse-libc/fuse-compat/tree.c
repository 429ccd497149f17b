// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names: what a kernel checks, then the file system's own function. */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Functions that move names about exclude all others. */
static void enter(struct fuse *f, bool alone)
{
	in_enter(f);
	if (alone)
		pthread_rwlock_wrlock(&f->tree);
	else
		pthread_rwlock_rdlock(&f->tree);
}

static int leave(struct fuse *f, int err)
{
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	return err > 0 || err < -4095 ? -EIO : err;
}

/* For a function that is the file system's to have. */
#define CALL(f, function, ...)	((f)->op.function ? (f)->op.function(__VA_ARGS__) : -ENOSYS)

/* The way to @path and, if it is there, itself. */
static int find(struct fuse *f, const char *path, struct stat *parent, struct stat *st)
{
	int err = name_walk(f, path, parent);

	return err ? err : name_stat(f, path, NULL, st);
}

/* For functions that change what is at @path. */
static int find_to_change(struct fuse *f, const char *path, struct stat *parent,
			  struct stat *st)
{
	int err = find(f, path, parent, st);

	return !err && f->read_only ? -EROFS : err;
}

/* For functions that make a name. */
static int may_create(struct fuse *f, const char *path)
{
	struct stat parent, st;
	int err = name_walk(f, path, &parent);

	if (err)
		return err;
	err = name_stat(f, path, NULL, &st);
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	if (f->read_only)
		return -EROFS;
	return f->default_permissions ? may_access(&parent, W_OK | X_OK) : 0;
}

static mode_t masked(struct fuse *f, mode_t mode)
{
	mode &= 07777;
	return f->conn.want & FUSE_CAP_DONT_MASK ? mode : mode & ~caller.umask;
}

int in_getattr(struct fuse *f, const char *path, struct stat *st)
{
	struct stat parent;

	enter(f, false);
	return leave(f, find(f, path, &parent, st));
}

int in_readlink(struct fuse *f, const char *path, char *buf, size_t size, size_t *len)
{
	struct stat parent, st;
	char text[WIRE_PATH];
	int err;

	*len = 0;
	enter(f, false);
	err = find(f, path, &parent, &st);
	if (!err && !S_ISLNK(st.st_mode))
		err = -EINVAL;
	if (!err)
		err = CALL(f, readlink, path, text, sizeof(text));
	leave(f, 0);
	if (err)
		return err > 0 ? -EIO : err;
	*len = strnlen(text, sizeof(text));
	if (*len > size)
		*len = size;
	memcpy(buf, text, *len);
	return 0;
}

int in_access(struct fuse *f, const char *path, int mask)
{
	struct stat parent, st;
	int err;

	enter(f, false);
	err = find(f, path, &parent, &st);
	if (!err && f->read_only && (mask & W_OK) && !S_ISFIFO(st.st_mode) &&
	    !S_ISSOCK(st.st_mode))
		err = -EROFS;
	else if (!err && mask && f->default_permissions)
		err = may_access(&st, mask);
	else if (!err && mask && f->op.access)
		err = f->op.access(path, mask);
	return leave(f, err == -ENOSYS ? 0 : err);
}

int in_trunc(struct fuse *f, const char *path, off_t length)
{
	struct stat parent, st;
	int err;

	enter(f, false);
	err = find_to_change(f, path, &parent, &st);
	if (!err && S_ISDIR(st.st_mode))
		err = -EISDIR;
	if (!err && !S_ISREG(st.st_mode))
		err = S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	if (!err && f->default_permissions)
		err = may_access(&st, W_OK);
	if (!err)
		err = CALL(f, truncate, path, length, NULL);
	return leave(f, err);
}

/* What libfuse says for a file system that says nothing is zeros and these. */
int in_statfs(struct fuse *f, struct statfs *buf)
{
	struct statvfs st = { .f_bsize = 512, .f_namemax = 255 };
	int err = 0;

	enter(f, false);
	if (f->op.statfs)
		err = f->op.statfs("/", &st);
	err = leave(f, err);
	memset(buf, 0, sizeof(*buf));
	buf->f_bsize = st.f_bsize;
	buf->f_frsize = st.f_frsize;
	buf->f_blocks = st.f_blocks;
	buf->f_bfree = st.f_bfree;
	buf->f_bavail = st.f_bavail;
	buf->f_files = st.f_files;
	buf->f_ffree = st.f_ffree;
	buf->f_namelen = st.f_namemax;
	return err;
}

int in_mkdir(struct fuse *f, const char *path, mode_t mode)
{
	int err;

	enter(f, false);
	err = may_create(f, path);
	if (!err)
		err = CALL(f, mkdir, path, masked(f, mode));
	return leave(f, err);
}

int in_symlink(struct fuse *f, const char *target, const char *path)
{
	int err;

	enter(f, false);
	err = may_create(f, path);
	if (!err)
		err = CALL(f, symlink, target, path);
	return leave(f, err);
}

int in_link(struct fuse *f, const char *from, const char *to)
{
	struct stat parent, st;
	int err;

	enter(f, false);
	err = name_walk(f, from, &parent);
	if (!err)
		err = name_walk(f, to, &parent);
	if (!err)
		err = name_stat(f, from, NULL, &st);
	if (!err)
		err = may_create(f, to);
	if (!err && S_ISDIR(st.st_mode))
		err = -EPERM;
	if (!err)
		err = CALL(f, link, from, to);
	return leave(f, err);
}

/*
 * What is open gets another name instead of losing its own, as libfuse does it: many
 * file systems know an open file by its path only.  In a process by itself nobody knows
 * who else has it open, so there files must work by fuse_file_info.fh.
 * Return: 0 and *@gone if it was hidden.
 */
static int hide(struct fuse *f, const char *path, bool *gone)
{
	static _Atomic unsigned int serial;
	char hidden[WIRE_PATH + 32];
	struct file *file;
	struct stat st;
	size_t n;
	int err;

	*gone = false;
	if (!f->shared || f->cfg.hard_remove || !f->op.rename || !file_is_open(f, path))
		return 0;
	do {
		n = strrchr(path, '/') + 1 - path;
		memcpy(hidden, path, n);
		snprintf(hidden + n, sizeof(hidden) - n, ".fuse_hidden%08x%08x",
			 (unsigned int)getpid(), serial++);
		if (strlen(hidden) >= WIRE_PATH)
			return -ENAMETOOLONG;
		err = name_stat(f, hidden, NULL, &st);
	} while (!err);
	if (err != -ENOENT)
		return err;
	err = f->op.rename(path, hidden, 0);
	if (err)
		return err;
	pthread_mutex_lock(&f->files);
	for (file = f->open; file; file = file->next)
		if (!file->gone && strcmp(file->path, path) == 0)
			file->hidden = true;
	pthread_mutex_unlock(&f->files);
	files_moved(f, path, hidden);
	name_moved(f, path, hidden, false);
	*gone = true;
	return 0;
}

int in_unlink(struct fuse *f, const char *path)
{
	struct stat parent, st;
	bool gone = false;
	int err;

	enter(f, true);
	err = find_to_change(f, path, &parent, &st);
	if (!err && f->default_permissions)
		err = may_remove(&parent, &st);
	if (!err && S_ISDIR(st.st_mode))
		err = -EISDIR;
	if (!err)
		err = hide(f, path, &gone);
	if (!err && !gone) {
		err = CALL(f, unlink, path);
		if (!err) {
			files_moved(f, path, NULL);
			name_moved(f, path, NULL, false);
		}
	}
	return leave(f, err);
}

int in_rmdir(struct fuse *f, const char *path)
{
	struct stat parent, st;
	int err;

	if (!path[1])
		return -EBUSY;
	enter(f, true);
	err = find_to_change(f, path, &parent, &st);
	if (!err && f->default_permissions)
		err = may_remove(&parent, &st);
	if (!err && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (!err)
		err = CALL(f, rmdir, path);
	if (!err) {
		files_moved(f, path, NULL);
		name_moved(f, path, NULL, false);
	}
	return leave(f, err);
}

/* What a kernel would refuse; @target: what is at @to, if *@there. */
static int may_rename(struct fuse *f, const char *from, const char *to, unsigned int flags,
		      bool *there, bool *tree)
{
	struct stat parent, st, target_parent, target;
	size_t n = strlen(from);
	int err = name_walk(f, from, &parent);

	if (!err)
		err = name_walk(f, to, &target_parent);
	if (!err)
		err = name_stat(f, from, NULL, &st);
	if (!err && f->read_only)
		err = -EROFS;
	if (err)
		return err;
	*tree = S_ISDIR(st.st_mode);
	err = name_stat(f, to, NULL, &target);
	*there = !err;
	if (err && err != -ENOENT)
		return err;
	if (!*there && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (*there && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (strncmp(from, to, n) == 0 && to[n] == '/')
		return -EINVAL;
	n = strlen(to);
	if (strncmp(from, to, n) == 0 && from[n] == '/')
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (*there && !(flags & RENAME_EXCHANGE)) {
		if (S_ISDIR(st.st_mode) && !S_ISDIR(target.st_mode))
			return -ENOTDIR;
		if (!S_ISDIR(st.st_mode) && S_ISDIR(target.st_mode))
			return -EISDIR;
	}
	if (*there)
		*tree = *tree || S_ISDIR(target.st_mode);
	if (!f->default_permissions)
		return 0;
	err = may_remove(&parent, &st);
	if (!err)
		err = *there ? may_remove(&target_parent, &target) :
			       may_access(&target_parent, W_OK | X_OK);
	return err;
}

/* @from and @to change places. */
static void exchanged(struct fuse *f, const char *from, const char *to, bool tree)
{
	static const char aside[] = "/.fuse_hidden_exchange";

	files_moved(f, from, aside);
	name_moved(f, from, aside, tree);
	files_moved(f, to, from);
	name_moved(f, to, from, tree);
	files_moved(f, aside, to);
	name_moved(f, aside, to, tree);
}

int in_rename(struct fuse *f, const char *from, const char *to, unsigned int flags)
{
	bool there = false, tree = false, gone = false;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	enter(f, true);
	err = may_rename(f, from, to, flags, &there, &tree);
	if (err || strcmp(from, to) == 0)
		return leave(f, err);
	if (there && !(flags & RENAME_EXCHANGE))
		err = hide(f, to, &gone);
	if (!err)
		err = CALL(f, rename, from, to, flags);
	if (!err && (flags & RENAME_EXCHANGE)) {
		exchanged(f, from, to, tree);
	} else if (!err) {
		if (there && !gone)
			files_moved(f, to, NULL);
		files_moved(f, from, to);
		name_moved(f, from, to, tree);
	}
	return leave(f, err);
}
