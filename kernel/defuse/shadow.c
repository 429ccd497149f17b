// SPDX-License-Identifier: GPL-2.0
/*
 * Door 1: a file descriptor for a file that the library has opened.
 *
 * Nothing is asked and nothing is looked up below: names that are not in the dcache
 * become blind dentries.  What others rely on stays theirs: a dentry that is bound
 * and still true is never replaced because a caller claims something else (I3).
 */
#include "defuse.h"
#include "trace.h"

#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* The access mode and status flags a shadow FD takes over. */
#define SHADOW_FLAGS \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | __O_SYNC | O_DIRECT | \
	 O_NOATIME | O_DIRECTORY | O_NOFOLLOW | O_LARGEFILE | FASYNC)
#define IGNORED_FLAGS \
	(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC)

/**
 * struct claim - what the caller says of the last component
 * @mode:  type and permission bits
 * @dev:   identity
 * @ino:   identity
 * @lower: donated file, or NULL
 */
struct claim {
	umode_t mode;
	u64 dev;
	u64 ino;
	struct file *lower;
};

static const struct claim directory_claim = { .mode = S_IFDIR | 0755 };

static struct claim claim_of(const struct super_block *sb, const struct defuse_open *arg,
			     struct file *donated)
{
	return (struct claim){
		.mode = arg->mode,
		.dev = defuse_claimed_dev(sb, arg->device, arg->inode),
		.ino = arg->inode,
		.lower = donated,
	};
}

/* 0: @child may serve @claim; 1: replace it; else an error. */
static int compare_claim(struct dentry *child, const struct claim *claim)
{
	struct inode *inode = d_inode(child);
	bool same;

	if (d_really_is_negative(child))
		return 1;
	same = !((inode->i_mode ^ claim->mode) & S_IFMT);
	if (same && claim->lower)
		same = defuse_same_identity(inode, file_inode(claim->lower));
	else if (same && claim->ino && S_ISREG(inode->i_mode))
		same = DEFUSE_I(inode)->ino == claim->ino &&
		       DEFUSE_I(inode)->dev == claim->dev;
	if (same)
		return 0;
	if (d_mountpoint(child))
		return -EBUSY;
	if (defuse_dentry_current(child))
		return S_ISDIR(claim->mode) ? -ENOTDIR : -ESTALE;
	return 1;
}

/**
 * defuse_shadow_compare() - may a dentry serve a request without a donated file?
 * @dentry: of the name that it is about
 * @arg:    the request, checked
 *
 * Return: 0: yes; 1: replace it; an error.
 */
int defuse_shadow_compare(struct dentry *dentry, const struct defuse_open *arg)
{
	struct claim claim = claim_of(dentry->d_sb, arg, NULL);

	return compare_claim(dentry, &claim);
}

/* The lower dentry of a donated file, if that is what the name below says. */
static struct dentry *donated_dentry(struct dentry *parent, const struct qstr *name,
				     struct file *file)
{
	struct dentry *lower = file->f_path.dentry;
	bool same;

	spin_lock(&lower->d_lock);
	same = !d_unhashed(lower) &&
	       lower->d_parent == defuse_lower_dentry(parent) &&
	       lower->d_name.len == name->len &&
	       !memcmp(lower->d_name.name, name->name, name->len);
	spin_unlock(&lower->d_lock);
	return same ? dget(lower) : NULL;
}

static struct inode *claim_inode(struct super_block *sb, const struct claim *claim)
{
	if (claim->lower)
		return defuse_iget(sb, file_inode(claim->lower));
	return defuse_iget_blind(sb, claim->mode, claim->dev, claim->ino);
}

static struct dentry *make_child(struct dentry *parent, struct qstr *name,
				 const struct claim *claim)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct inode *dir = d_inode(parent);
	struct dentry *child, *found, *lower = NULL;
	struct inode *inode;

	inode_lock_shared(dir);
	child = IS_DEADDIR(dir) ? ERR_PTR(-ENOENT) :
				  d_alloc_parallel(parent, name, &wq);
	if (IS_ERR(child) || !d_in_lookup(child))
		goto unlock;
	if (claim->lower)
		lower = donated_dentry(parent, name, claim->lower);
	/* A directory has one dentry; a claim alone must not move it here. */
	if (claim->lower && !lower && S_ISDIR(claim->mode))
		inode = ERR_PTR(-ESTALE);
	else
		inode = claim_inode(parent->d_sb, claim);
	if (IS_ERR(inode))
		dput(lower);
	else
		defuse_set_lower_dentry(child, lower);
	found = d_splice_alias(inode, child);
	d_lookup_done(child);
	if (found) {
		dput(child);
		child = found;
	}
unlock:
	inode_unlock_shared(dir);
	return child;
}

/* One component down.  A child that lost a race is compared like any other. */
static struct dentry *step(struct dentry *parent, struct qstr *name,
			   const struct claim *claim)
{
	struct dentry *child;
	int verdict;

	if (!d_can_lookup(parent))
		return ERR_PTR(-ENOTDIR);
	for (;;) {
		name->hash = full_name_hash(parent, name->name, name->len);
		child = d_lookup(parent, name);
		if (!child)
			child = make_child(parent, name, claim);
		if (IS_ERR(child))
			return child;
		verdict = compare_claim(child, claim);
		if (verdict > 0)
			d_drop(child);
		if (!verdict)
			return child;
		dput(child);
		if (verdict < 0)
			return ERR_PTR(verdict);
		if (fatal_signal_pending(current))
			return ERR_PTR(-EINTR);
	}
}

static struct dentry *walk(struct super_block *sb, const char *path,
			   const struct claim *claim)
{
	struct dentry *dentry = dget(sb->s_root);
	struct qstr name, next;
	int more = 0;

	if (!*path)
		more = -EINVAL;
	else if (path[1] || path[0] != '/')
		more = defuse_next_component(&path, &name);
	else if (!S_ISDIR(claim->mode))
		more = -EISDIR;
	while (more > 0) {
		struct dentry *parent = dentry;

		more = defuse_next_component(&path, &next);
		if (more < 0)
			break;
		dentry = step(parent, &name, more ? &directory_claim : claim);
		dput(parent);
		if (IS_ERR(dentry))
			return dentry;
		name = next;
	}
	if (more < 0) {
		dput(dentry);
		return ERR_PTR(more);
	}
	return dentry;
}

/* A donated file proves which file it is, if it is one of the lower file system. */
static struct file *get_donated(struct super_block *sb, const struct defuse_open *arg)
{
	const fmode_t access = FMODE_READ | FMODE_WRITE;
	struct inode *inode;
	struct file *file;

	if (arg->lower_fd < 0)
		return NULL;
	file = fget(arg->lower_fd);
	if (!file)
		return ERR_PTR(-EBADF);
	inode = file_inode(file);
	if (!defuse_has_lower(sb) || inode->i_sb != DEFUSE_SB(sb)->lower.dentry->d_sb ||
	    (inode->i_mode ^ arg->mode) & S_IFMT ||
	    (file->f_mode & access) != (OPEN_FMODE(arg->open_flags) & access)) {
		fput(file);
		return ERR_PTR(-EMEDIUMTYPE);
	}
	return file;
}

/**
 * defuse_shadow_fill() - what an open file description shall hold
 * @file:    of a shadow FD that nobody has yet
 * @arg:     the request, checked
 * @donated: borrowed, or NULL
 *
 * Return: 0, -EFAULT or -ENOMEM.
 */
int defuse_shadow_fill(struct file *file, const struct defuse_open *arg,
		       struct file *donated)
{
	struct defuse_ofd *ofd = defuse_ofd(file);

	if (arg->stash_len) {
		ofd->stash = vmemdup_user(u64_to_user_ptr(arg->stash),
					  arg->stash_len);
		if (IS_ERR(ofd->stash)) {
			int err = PTR_ERR(ofd->stash);

			ofd->stash = NULL;
			return err;
		}
		ofd->stash_len = arg->stash_len;
	}
	if (donated) {
		ofd->donated = get_file(donated);
		if (S_ISREG(file_inode(file)->i_mode))
			ofd->lower = get_file(donated);
	}
	return 0;
}

static struct file *open_shadow(struct file *base, const struct defuse_open *arg,
				const char *name, struct file *donated)
{
	struct super_block *sb = file_inode(base)->i_sb;
	struct path path = { .mnt = base->f_path.mnt };
	struct claim claim = claim_of(sb, arg, donated);
	struct file *file;
	int err;

	path.dentry = walk(sb, name, &claim);
	if (IS_ERR(path.dentry))
		return ERR_CAST(path.dentry);
	/* The FD's mount may show only a part of the file system. */
	if (is_subdir(path.dentry, path.mnt->mnt_root))
		file = dentry_open(&path, (arg->open_flags & SHADOW_FLAGS) |
				   O_LARGEFILE | DEFUSE_O_SHADOW, current_cred());
	else
		file = ERR_PTR(-EXDEV);
	dput(path.dentry);
	if (IS_ERR(file))
		return file;
	err = defuse_shadow_fill(file, arg, donated);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	return file;
}

/**
 * defuse_shadow_check() - is a request one that could be carried out?
 * @sb:  the mount
 * @arg: of the right size but otherwise hostile
 *
 * Return: 0 or -errno, as <linux/defuse.h> says.
 */
int defuse_shadow_check(const struct super_block *sb, const struct defuse_open *arg)
{
	if (DEFUSE_SB(sb)->trust == DEFUSE_TRUST_DAEMON)
		return -EPERM;
	if (arg->reserved || !(S_ISREG(arg->mode) || S_ISDIR(arg->mode)) ||
	    arg->mode & ~(S_IFMT | S_IALLUGO))
		return -EINVAL;
	if (arg->lower_fd < -1)
		return -EBADF;
	if (arg->open_flags & ~(SHADOW_FLAGS | IGNORED_FLAGS) ||
	    (arg->open_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (S_ISDIR(arg->mode) && OPEN_FMODE(arg->open_flags) & FMODE_WRITE)
		return -EISDIR;
	if (S_ISREG(arg->mode) && arg->open_flags & O_DIRECTORY)
		return -ENOTDIR;
	if (arg->stash_len > DEFUSE_STASH_MAX)
		return -E2BIG;
	return arg->mount_id == DEFUSE_SB(sb)->mount_id ? 0 : -EXDEV;
}

/**
 * defuse_shadow_open() - DEFUSE_IOC_OPEN
 * @base: directory FD of the mount
 * @arg:  the request, of the right size but otherwise hostile
 *
 * Context: process.
 * Return: FD or -errno, as <linux/defuse.h> says.
 */
long defuse_shadow_open(struct file *base, const struct defuse_open *arg)
{
	struct super_block *sb = file_inode(base)->i_sb;
	struct file *donated, *file;
	char *name;
	long fd;

	fd = defuse_shadow_check(sb, arg);
	if (fd)
		return fd;
	name = strndup_user(u64_to_user_ptr(arg->path), DEFUSE_PATH_MAX);
	if (IS_ERR(name))
		return PTR_ERR(name) == -EINVAL ? -ENAMETOOLONG : PTR_ERR(name);
	donated = get_donated(sb, arg);
	if (IS_ERR(donated)) {
		fd = PTR_ERR(donated);
		goto free_name;
	}
	fd = get_unused_fd_flags(arg->open_flags & O_CLOEXEC);
	if (fd < 0)
		goto put_donated;
	file = open_shadow(base, arg, name, donated);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
	} else {
		defuse_notify_open(file);
		defuse_count(sb, DEFUSE_STAT_DOOR1_OPENS);
		fd_install(fd, file);
	}
put_donated:
	if (donated)
		fput(donated);
free_name:
	trace_defuse_shadow_open(sb, name, fd);
	kfree(name);
	return fd;
}
