// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Changes of the tree: each is one transaction.  The checks are those of the VFS, in its
 * order, so that of two reasons to refuse the same one is told.
 */
#include "memfs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <limits.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE	1
#define RENAME_EXCHANGE		2
#endif

/* What a path leads to, and why not. */
static int find(struct memfs *m, struct mf_cred *c, const char *path, struct mf_place *p)
{
	int err = mf_walk(m, c, path, p);

	return err ? err : p->inode ? 0 : -ENOENT;
}

static int may_create(struct mf_cred *c, const struct mf_place *p)
{
	if (p->inode)
		return -EEXIST;
	return mf_may_inode(c, p->dir, W_OK | X_OK);
}

static int may_remove(struct mf_cred *c, const struct mf_place *p, bool directory)
{
	bool is_dir = S_ISDIR(p->inode->mode);
	int err;

	if (!p->dir)
		return directory ? -EBUSY : -EISDIR;
	err = mf_may_inode(c, p->dir, W_OK | X_OK);
	if (err)
		return err;
	if (p->dir->mode & S_ISVTX && mf_uid(c) != p->inode->uid &&
	    mf_uid(c) != p->dir->uid && !mf_capable(c, CAP_FOWNER))
		return -EPERM;
	if (directory != is_dir)
		return directory ? -ENOTDIR : -EISDIR;
	return 0;
}

static void changed(struct mf_inode *dir)
{
	int64_t now = mf_now();

	mf_store(&dir->mtime, now);
	mf_store(&dir->ctime, now);
}

int mf_make(struct memfs *m, struct mf_cred *c, struct mf_place *p, uint32_t mode,
	    struct mf_inode **out)
{
	struct mf_inode *i;
	gid_t gid;
	int err = may_create(c, p);

	if (err)
		return err;
	gid = mf_gid(c);
	if (p->dir->mode & S_ISGID) {
		gid = p->dir->gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
		else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
			 !mf_in_group(c, gid) && !mf_capable(c, CAP_FSETID))
			mode &= ~S_ISGID;
	}
	err = mf_inode_take(m, &i);
	if (err)
		return err;
	mf_store(&i->mode, mode);
	mf_store(&i->uid, mf_uid(c));
	mf_store(&i->gid, gid);
	mf_store(&i->nlink, S_ISDIR(mode) ? 2 : 1);
	err = mf_dir_add(m, p->dir, p->name, p->len, i);
	if (err)
		return err;
	changed(p->dir);
	*out = i;
	return 0;
}

static int make_dir(struct memfs *m, struct mf_cred *c, const char *path, mode_t mode)
{
	struct mf_inode *i;
	struct mf_place p;
	int err = mf_begin(m, true);

	if (err)
		return err;
	err = mf_walk(m, c, path, &p);
	if (!err)
		err = mf_make(m, c, &p, S_IFDIR | mode, &i);
	return mf_end(m, err);
}

int memfs_mkdir(void *fs, const char *path, mode_t mode)
{
	struct memfs *m = fs;
	MF_CRED(c);
	int err;

	mf_uid(&c);
	mode &= ~m->host->umask() & (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX);
	err = make_dir(m, &c, path, mode);
	if (err == -ENOSPC && mf_reap(m, true))
		err = make_dir(m, &c, path, mode);
	return err;
}

static int make_link(struct memfs *m, struct mf_cred *c, const char *target, size_t len,
		     const char *path)
{
	uint32_t *slot, block;
	struct mf_inode *i;
	struct mf_place p;
	int err = mf_begin(m, true);

	if (err)
		return err;
	err = mf_walk(m, c, path, &p);
	if (!err)
		err = mf_make(m, c, &p, S_IFLNK | 0777, &i);
	if (!err)
		err = mf_map_slot(m, i, 0, &slot);
	if (!err && !mf_blocks_take(m, 0, 1, &block))
		err = -ENOSPC;
	if (!err) {
		memcpy(mf_block(m, block), target, len);
		mf_put32(m, slot, block);
		mf_put64(m, &i->blocks, 1);
		mf_put64(m, &i->size, len);
	}
	return mf_end(m, err);
}

int memfs_symlink(void *fs, const char *target, const char *path)
{
	struct memfs *m = fs;
	size_t len = strlen(target);
	MF_CRED(c);
	int err;

	if (!len)
		return -ENOENT;
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	mf_uid(&c);
	err = make_link(m, &c, target, len, path);
	if (err == -ENOSPC && mf_reap(m, true))
		err = make_link(m, &c, target, len, path);
	return err;
}

/* A symbolic link never changes: it is there, or it is gone. */
int memfs_readlink(void *fs, const char *path, char *buf, size_t size, size_t *written)
{
	struct memfs *m = fs;
	struct mf_inode *i;
	struct mf_look l;
	MF_CRED(c);
	int err = mf_look(m, &c, path, &l, NULL);

	*written = 0;
	if (err)
		return err;
	if (!S_ISLNK(l.mode))
		return -EINVAL;
	i = &m->inodes[l.index];
	err = mf_lock(m, i);
	if (err)
		return err;
	err = i->gen == l.gen ? mf_copy_out(m, i, buf, size, 0, written) : -ENOENT;
	mf_unlock(m, i);
	return err;
}

/* One name of @i less. */
static int drop(struct memfs *m, struct mf_inode *i)
{
	bool last = S_ISDIR(i->mode) || i->nlink == 1;

	mf_put32(m, &i->nlink, last ? 0 : i->nlink - 1);
	mf_store(&i->ctime, mf_now());
	return last ? mf_inode_orphan(m, i) : 0;
}

static int drop_name(struct memfs *m, struct mf_place *p)
{
	int err = mf_dir_remove(m, p->dent);

	if (err)
		return err;
	changed(p->dir);
	return drop(m, p->inode);
}

static int remove_name(struct memfs *m, const char *path, bool directory)
{
	struct mf_place p;
	MF_CRED(c);
	int err;

	mf_uid(&c);
	err = mf_begin(m, true);
	if (err)
		return err;
	err = find(m, &c, path, &p);
	if (!err)
		err = may_remove(&c, &p, directory);
	if (!err && directory && p.inode->entries)
		err = -ENOTEMPTY;
	if (!err)
		err = drop_name(m, &p);
	err = mf_end(m, err);
	if (!err && mf_reap_due(m))
		mf_reap(m, false);
	return err;
}

int memfs_unlink(void *fs, const char *path)
{
	return remove_name(fs, path, false);
}

int memfs_rmdir(void *fs, const char *path)
{
	return remove_name(fs, path, true);
}

int memfs_getdircnt(void *fs, const char *path, int *count)
{
	struct memfs *m = fs;
	struct mf_look l;
	MF_CRED(c);
	int err = mf_look(m, &c, path, &l, NULL);

	if (err)
		return err;
	if (!S_ISDIR(l.mode))
		return -ENOTDIR;
	*count = mf_load(&m->inodes[l.index].entries);
	return 0;
}

/* What must not be made a name of by anybody but its owner: protected_hardlinks. */
static int may_link(struct mf_cred *c, const struct mf_inode *i)
{
	if (mf_owner(c, i))
		return 0;
	if (!S_ISREG(i->mode) || i->mode & S_ISUID ||
	    (i->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) ||
	    mf_may_inode(c, i, R_OK | W_OK))
		return -EPERM;
	return 0;
}

static int add_link(struct memfs *m, struct mf_cred *c, const char *oldpath,
		    const char *newpath)
{
	struct mf_place from, to;
	int err = mf_begin(m, true);

	if (err)
		return err;
	err = find(m, c, oldpath, &from);
	if (!err)
		err = mf_walk(m, c, newpath, &to);
	if (!err && to.inode)
		err = -EEXIST;
	if (!err)
		err = may_link(c, from.inode);
	if (!err)
		err = may_create(c, &to);
	if (!err && S_ISDIR(from.inode->mode))
		err = -EPERM;
	if (!err)
		err = mf_dir_add(m, to.dir, to.name, to.len, from.inode);
	if (!err) {
		mf_put32(m, &from.inode->nlink, from.inode->nlink + 1);
		mf_store(&from.inode->ctime, mf_now());
		changed(to.dir);
	}
	return mf_end(m, err);
}

int memfs_link(void *fs, const char *oldpath, const char *newpath)
{
	struct memfs *m = fs;
	MF_CRED(c);
	int err;

	mf_uid(&c);
	err = add_link(m, &c, oldpath, newpath);
	if (err == -ENOSPC && mf_reap(m, true))
		err = add_link(m, &c, oldpath, newpath);
	return err;
}

/* Is @i the directory @dir or above it?  -EIO: directories in a circle. */
static int is_above(struct memfs *m, const struct mf_inode *i, const struct mf_inode *dir)
{
	uint32_t steps = 0;

	while (dir && dir != &m->inodes[MF_ROOT]) {
		if (dir == i)
			return 1;
		if (steps++ > m->ninodes)
			return -EIO;
		dir = mf_inode(m, dir->parent);
	}
	return !dir ? -EIO : dir == i;
}

static int no_circle(struct memfs *m, const struct mf_place *from, const struct mf_place *to,
		     bool exchange)
{
	int above = is_above(m, from->inode, to->dir);

	if (above)
		return above < 0 ? above : -EINVAL;
	if (!to->inode)
		return 0;
	above = is_above(m, to->inode, from->dir);
	if (above)
		return above < 0 ? above : exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* A directory that gets another parent is written to: its ".." changes. */
static int may_move(struct mf_cred *c, const struct mf_inode *i, bool elsewhere)
{
	return elsewhere && S_ISDIR(i->mode) ? mf_may_inode(c, i, W_OK) : 0;
}

static int may_rename(struct memfs *m, struct mf_cred *c, const struct mf_place *from,
		      const struct mf_place *to, unsigned int flags)
{
	bool exchange = flags & RENAME_EXCHANGE, elsewhere = from->dir != to->dir;
	bool directory = S_ISDIR(from->inode->mode);
	int err;

	if (flags & RENAME_NOREPLACE && to->inode)
		return -EEXIST;
	if (exchange && !to->inode)
		return -ENOENT;
	if (!from->dir || !to->dir)
		return -EBUSY;
	err = no_circle(m, from, to, exchange);
	/* Two names of one file: POSIX wants both to stay. */
	if (err || from->inode == to->inode)
		return err;
	err = may_remove(c, from, directory);
	if (err)
		return err;
	if (!to->inode)
		err = may_create(c, to);
	else
		err = may_remove(c, to, exchange ? S_ISDIR(to->inode->mode) : directory);
	if (!err)
		err = may_move(c, from->inode, elsewhere);
	if (!err && exchange)
		err = may_move(c, to->inode, elsewhere);
	if (!err && !exchange && to->inode && directory && to->inode->entries)
		err = -ENOTEMPTY;
	return err;
}

/* @dir has a directory for a file now (@by 1), or the other way round (-1). */
static void count_subdir(struct memfs *m, struct mf_inode *dir, int by)
{
	mf_put32(m, &dir->subdirs, dir->subdirs + by);
	mf_put32(m, &dir->nlink, dir->nlink + by);
}

static void exchange(struct memfs *m, struct mf_place *from, struct mf_place *to)
{
	int by = S_ISDIR(to->inode->mode) - S_ISDIR(from->inode->mode);

	mf_put32(m, &from->dent->child, mf_index(m, to->inode));
	mf_put32(m, &to->dent->child, mf_index(m, from->inode));
	if (from->dir != to->dir && by) {
		count_subdir(m, from->dir, by);
		count_subdir(m, to->dir, -by);
	}
	if (S_ISDIR(from->inode->mode))
		mf_put32(m, &from->inode->parent, mf_index(m, to->dir));
	if (S_ISDIR(to->inode->mode))
		mf_put32(m, &to->inode->parent, mf_index(m, from->dir));
	mf_store(&to->inode->ctime, mf_now());
}

static int move(struct memfs *m, struct mf_place *from, struct mf_place *to)
{
	int err = to->inode ? drop_name(m, to) : 0;

	if (!err)
		err = mf_dir_remove(m, from->dent);
	return err ? err : mf_dir_add(m, to->dir, to->name, to->len, from->inode);
}

static int rename_in(struct memfs *m, struct mf_cred *c, const char *oldpath,
		     const char *newpath, unsigned int flags)
{
	struct mf_place from, to;
	int err = mf_begin(m, true);

	if (err)
		return err;
	err = mf_walk(m, c, oldpath, &from);
	if (!err)
		err = mf_walk(m, c, newpath, &to);
	if (!err && !from.inode)
		err = -ENOENT;
	if (!err)
		err = may_rename(m, c, &from, &to, flags);
	if (err || from.inode == to.inode)
		return mf_end(m, err);
	if (flags & RENAME_EXCHANGE)
		exchange(m, &from, &to);
	else
		err = move(m, &from, &to);
	if (!err) {
		mf_store(&from.inode->ctime, mf_now());
		changed(from.dir);
		changed(to.dir);
	}
	return mf_end(m, err);
}

int memfs_rename(void *fs, const char *oldpath, const char *newpath, unsigned int flags)
{
	struct memfs *m = fs;
	MF_CRED(c);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	mf_uid(&c);
	err = rename_in(m, &c, oldpath, newpath, flags);
	if (err == -ENOSPC && mf_reap(m, true))
		err = rename_in(m, &c, oldpath, newpath, flags);
	if (!err && mf_reap_due(m))
		mf_reap(m, false);
	return err;
}
