// SPDX-License-Identifier: LGPL-2.1-or-later
/* Attributes: who may change them is decided as the VFS does. */
#include "memfs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

int memfs_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	struct mf_look l;
	MF_CRED(c);

	(void)flags;
	return mf_look(fs, &c, path, &l, st);
}

int memfs_access(void *fs, const char *path, int mode, int flags)
{
	struct mf_look l;
	MF_CRED(c);
	int err;

	if (!(flags & AT_EACCESS))
		mf_cred_real(&c);
	err = mf_look(fs, &c, path, &l, NULL);
	return err || mode == F_OK ? err : mf_may(&c, l.mode, l.uid, l.gid, mode);
}

/* A change of what is under the tree lock: by path or by handle. */
struct target {
	const char *path;
	uint64_t fh;
};

static int begin(struct memfs *m, struct mf_cred *c, const struct target *t,
		 struct mf_inode **out)
{
	struct mf_place p;
	int err = mf_begin(m, false);

	if (err)
		return err;
	if (!t->path) {
		*out = mf_of(m, t->fh);
		return *out ? 0 : mf_end(m, -ESTALE);
	}
	err = mf_walk(m, c, t->path, &p);
	if (!err && !p.inode)
		err = -ENOENT;
	*out = p.inode;
	return err ? mf_end(m, err) : 0;
}

static int set_mode(struct memfs *m, const struct target *t, mode_t mode)
{
	struct mf_inode *i;
	MF_CRED(c);
	int err;

	mf_uid(&c);
	err = begin(m, &c, t, &i);
	if (err)
		return err;
	if (S_ISLNK(i->mode))
		err = -EOPNOTSUPP;
	else if (!mf_owner(&c, i))
		err = -EPERM;
	mode &= 07777;
	if (!err && mode & S_ISGID && !mf_in_group(&c, i->gid) && !mf_capable(&c, CAP_FSETID))
		mode &= ~S_ISGID;
	if (!err) {
		mf_put32(m, &i->mode, (i->mode & S_IFMT) | mode);
		mf_store(&i->ctime, mf_now());
	}
	return mf_end(m, err);
}

int memfs_chmod(void *fs, const char *path, mode_t mode)
{
	return set_mode(fs, &(struct target){ .path = path }, mode);
}

int memfs_fchmod(void *fs, uint64_t fh, mode_t mode)
{
	return set_mode(fs, &(struct target){ .fh = fh }, mode);
}

/* What is left of @mode when somebody writes to the file, or gives it away. */
static uint32_t stripped(struct mf_cred *c, const struct mf_inode *i)
{
	uint32_t mode = mf_load(&i->mode);

	/* S_ISGID without group execution once meant mandatory locking. */
	if (mode & S_ISGID && (mode & S_IXGRP || (!mf_in_group(c, mf_load(&i->gid)) &&
						  !mf_capable(c, CAP_FSETID))))
		mode &= ~S_ISGID;
	return mode & ~S_ISUID;
}

int mf_strip(struct memfs *m, struct mf_inode *i)
{
	MF_CRED(c);
	int err;

	if (mf_capable(&c, CAP_FSETID))
		return 0;
	err = mf_begin(m, false);
	if (err)
		return err;
	mf_put32(m, &i->mode, stripped(&c, i));
	return mf_end(m, 0);
}

static int may_chown(struct mf_cred *c, const struct mf_inode *i, uid_t uid, gid_t gid)
{
	bool owner = mf_uid(c) == i->uid;

	if (uid != (uid_t)-1 && !(owner && uid == i->uid) && !mf_capable(c, CAP_CHOWN))
		return -EPERM;
	if (gid != (gid_t)-1 && !(owner && (gid == i->gid || mf_in_group(c, gid))) &&
	    !mf_capable(c, CAP_CHOWN))
		return -EPERM;
	/* Bits will be taken off, which is a change of the mode. */
	if (!S_ISDIR(i->mode) && stripped(c, i) != i->mode && !mf_owner(c, i))
		return -EPERM;
	return 0;
}

static int set_owner(struct memfs *m, const struct target *t, uid_t uid, gid_t gid)
{
	struct mf_inode *i;
	MF_CRED(c);
	int err;

	mf_uid(&c);
	err = begin(m, &c, t, &i);
	if (err)
		return err;
	err = may_chown(&c, i, uid, gid);
	if (!err) {
		if (!S_ISDIR(i->mode))
			mf_put32(m, &i->mode, stripped(&c, i));
		if (uid != (uid_t)-1)
			mf_put32(m, &i->uid, uid);
		if (gid != (gid_t)-1)
			mf_put32(m, &i->gid, gid);
		mf_store(&i->ctime, mf_now());
	}
	return mf_end(m, err);
}

int memfs_chown(void *fs, const char *path, uid_t uid, gid_t gid)
{
	return set_owner(fs, &(struct target){ .path = path }, uid, gid);
}

int memfs_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid)
{
	return set_owner(fs, &(struct target){ .fh = fh }, uid, gid);
}

/* Seconds beyond what 64 bits of nanoseconds hold become the last that they do. */
static int64_t nanoseconds(const struct timespec *t)
{
	const int64_t most = INT64_MAX / 1000000000 - 1;
	int64_t seconds = t->tv_sec;

	if (seconds > most)
		seconds = most;
	if (seconds < -most)
		seconds = -most;
	return seconds * 1000000000 + t->tv_nsec;
}

static bool valid(const struct timespec *t)
{
	return t->tv_nsec == UTIME_NOW || t->tv_nsec == UTIME_OMIT ||
	       (t->tv_nsec >= 0 && t->tv_nsec < 1000000000);
}

static void set_time(int64_t *at, const struct timespec *t, int64_t now)
{
	if (t->tv_nsec == UTIME_NOW)
		mf_store(at, now);
	else if (t->tv_nsec != UTIME_OMIT)
		mf_store(at, nanoseconds(t));
}

static int set_times(struct memfs *m, const struct target *t, const struct timespec times[2])
{
	bool touch = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
	int64_t now = mf_now();
	struct mf_inode *i;
	MF_CRED(c);
	int err;

	if (!valid(&times[0]) || !valid(&times[1]))
		return -EINVAL;
	mf_uid(&c);
	err = begin(m, &c, t, &i);
	if (err)
		return err;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return mf_end(m, 0);
	if (!mf_owner(&c, i))
		err = touch ? mf_may_inode(&c, i, W_OK) : -EPERM;
	if (!err) {
		set_time(&i->atime, &times[0], now);
		set_time(&i->mtime, &times[1], now);
		mf_store(&i->ctime, now);
	}
	return mf_end(m, err);
}

int memfs_utime(void *fs, const char *path, const struct timespec times[2])
{
	return set_times(fs, &(struct target){ .path = path }, times);
}

int memfs_futime(void *fs, uint64_t fh, const struct timespec times[2])
{
	return set_times(fs, &(struct target){ .fh = fh }, times);
}

int memfs_statfs(void *fs, struct statfs *buf)
{
	struct memfs *m = fs;
	const struct mf_head *h = m->head;

	if (mf_load(&h->orphan_count))
		mf_reap(m, false);
	memset(buf, 0, sizeof(*buf));
	buf->f_bsize = buf->f_frsize = MF_BLOCK;
	buf->f_blocks = m->nblocks - m->first;
	buf->f_bfree = buf->f_bavail = mf_load(&h->blocks_free);
	buf->f_files = m->ninodes - 1;
	buf->f_ffree = mf_load(&h->inodes_free);
	buf->f_namelen = MF_NAME_MAX;
	return 0;
}
