// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Owner, mode and times, of a name or of an open file.
 *
 * An open file is passed on with its fuse_file_info, which a Linux kernel does not do:
 * it names the file.  So a file system that looks at the name alone must get one too, as
 * long as it is the file's.
 */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/**
 * struct target - what is changed
 * @path: its name; NULL for a @file that has none, or may have lost it
 * @file: as which it is open, or NULL
 * @fi:   a copy for one call
 */
struct target {
	const char *path;
	struct file *file;
	struct fuse_file_info fi;
};

/* A process by itself is not told of renames, and can but look who has the name now. */
static int name_of(struct fuse *f, struct target *t)
{
	const struct file *file = t->file;
	struct stat st;

	t->path = file->gone ? NULL : file->path;
	if (t->path && !f->shared && f->cfg.use_ino &&
	    (name_stat(f, t->path, NULL, &st) || st.st_ino != file->identity))
		t->path = NULL;
	else if (!f->shared && !f->cfg.use_ino && !file_by_name(f, file))
		t->path = NULL;
	return t->path || !file_by_name(f, file) ? 0 : -ESTALE;
}

/* @st: out: what it is now.  To be ended with leave(), whatever it returns. */
static int enter(struct fuse *f, struct target *t, struct stat *st)
{
	int err;

	in_enter(f);
	pthread_rwlock_rdlock(&f->tree);
	if (t->file) {
		t->fi = t->file->fi;
		err = name_of(f, t);
		if (!err)
			err = file_stat(f, t->file, st);
	} else {
		err = name_walk(f, t->path, st);
		if (!err)
			err = name_stat(f, t->path, NULL, st);
	}
	return !err && f->read_only ? -EROFS : err;
}

static int leave(struct fuse *f, int err)
{
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	return err > 0 || err < -4095 ? -EIO : err;
}

/* Directories have handles of their own. */
static struct fuse_file_info *fi_of(struct target *t)
{
	return t->file && !t->file->dir ? &t->fi : NULL;
}

static int change_owner(struct fuse *f, struct target *t, uid_t uid, gid_t gid)
{
	struct stat st;
	int err = enter(f, t, &st);

	if (!err && f->default_permissions && caller.uid != 0 &&
	    (caller.uid != st.st_uid || (uid != (uid_t)-1 && uid != st.st_uid) ||
	     (gid != (gid_t)-1 && gid != st.st_gid && !in_group(gid))))
		err = -EPERM;
	if (!err)
		err = f->op.chown ? f->op.chown(t->path, uid, gid, fi_of(t)) : -ENOSYS;
	return leave(f, err);
}

static int change_mode(struct fuse *f, struct target *t, mode_t mode)
{
	struct stat st;
	int err = enter(f, t, &st);

	mode &= 07777;
	if (!err && S_ISLNK(st.st_mode))
		err = -EOPNOTSUPP;
	if (!err && f->default_permissions) {
		if (!is_owner(&st))
			err = -EPERM;
		else if (caller.uid != 0 && !in_group(st.st_gid))
			mode &= ~S_ISGID;
	}
	if (!err && f->op.chmod)
		err = f->op.chmod(t->path, mode | (st.st_mode & S_IFMT), fi_of(t));
	else if (!err)
		err = -ENOSYS;
	return leave(f, err);
}

static int change_times(struct fuse *f, struct target *t, const struct timespec times[2])
{
	bool now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
	struct stat st;
	int err;

	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	err = enter(f, t, &st);
	if (!err && f->default_permissions && !is_owner(&st))
		err = now ? may_access(&st, W_OK) : -EPERM;
	if (!err)
		err = f->op.utimens ? f->op.utimens(t->path, times, fi_of(t)) : -ENOSYS;
	return leave(f, err);
}

int in_chown(struct fuse *f, const char *path, uid_t uid, gid_t gid)
{
	return change_owner(f, &(struct target){ .path = path }, uid, gid);
}

int in_fchown(struct fuse *f, struct file *file, uid_t uid, gid_t gid)
{
	return change_owner(f, &(struct target){ .file = file }, uid, gid);
}

int in_chmod(struct fuse *f, const char *path, mode_t mode)
{
	return change_mode(f, &(struct target){ .path = path }, mode);
}

int in_fchmod(struct fuse *f, struct file *file, mode_t mode)
{
	return change_mode(f, &(struct target){ .file = file }, mode);
}

int in_utime(struct fuse *f, const char *path, const struct timespec times[2])
{
	return change_times(f, &(struct target){ .path = path }, times);
}

int in_futime(struct fuse *f, struct file *file, const struct timespec times[2])
{
	return change_times(f, &(struct target){ .file = file }, times);
}
