// SPDX-License-Identifier: GPL-2.0
/*
 * Names: lookup and everything that creates, removes or renames them (door 2).
 *
 * Every operation locks the lower directory, looks the name up there again, and
 * lets the VFS work on the lower dentries with the caller's own credentials: the
 * lower tree decides, the shadow dentry follows.  Lock order: shadow directory,
 * then lower directory.
 */
#include "defuse.h"

#include <linux/file.h>
#include <linux/mount.h>
#include <linux/namei.h>

static struct inode *lower_dir_inode(struct dentry *lower_dir)
{
	return d_inode(lower_dir);
}

static struct dentry *lookup_none(struct inode *dir, struct dentry *dentry,
				  unsigned int flags)
{
	struct inode *inode;

	if (!defuse_redirected(dir->i_sb, DEFUSE_CALL_PATH)) {
		defuse_count(dir->i_sb, DEFUSE_STAT_REFUSED);
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (flags & LOOKUP_PARENT) {
		/* On the way to a name the library will be asked about. */
		inode = defuse_iget_blind(dir->i_sb, S_IFDIR | 0755, 0, 0);
	} else {
		inode = flags & LOOKUP_OPEN ? defuse_claim_lookup(dentry) : NULL;
		if (!inode)
			return ERR_PTR(defuse_mark_path(dentry));
	}
	return d_splice_alias(inode, dentry);
}

static struct dentry *defuse_lookup(struct inode *dir, struct dentry *dentry,
				    unsigned int flags)
{
	struct inode *inode = NULL;
	struct path lower_dir;
	struct dentry *lower;
	struct dentry *found;
	int err;

	defuse_count(dir->i_sb, DEFUSE_STAT_LOOKUPS);
	if (!defuse_has_lower(dir->i_sb))
		return lookup_none(dir, dentry, flags);

	err = defuse_lower_path(dentry->d_parent, &lower_dir);
	if (err)
		return ERR_PTR(err);
	lower = lookup_one_unlocked(DEFUSE_IDMAP, dentry->d_name.name,
				    lower_dir.dentry, dentry->d_name.len);
	path_put(&lower_dir);
	if (IS_ERR(lower))
		return lower;

	if (!(flags & LOOKUP_PARENT) &&
	    !(flags & LOOKUP_FOLLOW && d_is_symlink(lower)) &&
	    defuse_redirected(dir->i_sb, DEFUSE_CALL_PATH) &&
	    (d_is_dir(lower) || !defuse_adopted(dir->i_sb))) {
		err = defuse_mark_path(dentry);
		if (err) {
			dput(lower);
			return ERR_PTR(err);
		}
	}

	if (d_really_is_positive(lower)) {
		inode = defuse_iget(dir->i_sb, d_inode(lower));
		if (IS_ERR(inode)) {
			dput(lower);
			return ERR_CAST(inode);
		}
		found = S_ISDIR(inode->i_mode) ? NULL :
						 defuse_move_alias(inode, dentry, lower);
		if (found) {
			iput(inode);
			dput(lower);
			return found;
		}
	}
	/* Before the dentry can be found: it must never be seen half bound. */
	defuse_set_lower_dentry(dentry, dget(lower));
	found = d_splice_alias(inode, dentry);
	if (found && !IS_ERR(found))
		defuse_set_lower_dentry(found, dget(lower));
	dput(lower);
	return found;
}

/**
 * struct lower_op - a lower directory locked for one name
 * @dir:    lower directory, i_rwsem held, write access to its mount held
 * @dentry: the name in it, positive or negative
 */
struct lower_op {
	struct path dir;
	struct dentry *dentry;
};

static int lower_op_begin(struct dentry *dentry, struct lower_op *op)
{
	int err;

	err = defuse_lower_path(dentry->d_parent, &op->dir);
	if (err)
		return err;
	err = mnt_want_write(op->dir.mnt);
	if (err)
		goto err_path;
	inode_lock_nested(lower_dir_inode(op->dir.dentry), I_MUTEX_PARENT);
	op->dentry = lookup_one(DEFUSE_IDMAP, dentry->d_name.name, op->dir.dentry,
				dentry->d_name.len);
	if (!IS_ERR(op->dentry))
		return 0;
	err = PTR_ERR(op->dentry);
	inode_unlock(lower_dir_inode(op->dir.dentry));
	mnt_drop_write(op->dir.mnt);
err_path:
	path_put(&op->dir);
	return err;
}

static void lower_op_end(struct lower_op *op)
{
	inode_unlock(lower_dir_inode(op->dir.dentry));
	mnt_drop_write(op->dir.mnt);
	dput(op->dentry);
	path_put(&op->dir);
}

/* Something was made at @op: let the shadow dentry stand for it. */
static int lower_op_instantiate(struct dentry *dentry, struct lower_op *op)
{
	struct inode *inode;

	/* Some file systems make a directory behind another dentry. */
	if (d_really_is_negative(op->dentry) || d_unhashed(op->dentry)) {
		d_drop(dentry);
		return 0;
	}
	inode = defuse_iget(dentry->d_sb, d_inode(op->dentry));
	if (IS_ERR(inode)) {
		d_drop(dentry);
		return PTR_ERR(inode);
	}
	defuse_set_lower_dentry(dentry, dget(op->dentry));
	d_instantiate(dentry, inode);
	return 0;
}

/**
 * struct making - what a name shall stand for
 * @mode:   type and permission bits
 * @rdev:   of a device
 * @target: of a symbolic link
 * @excl:   the VFS insists that it did not exist
 */
struct making {
	umode_t mode;
	dev_t rdev;
	const char *target;
	bool excl;
};

static int make_below(struct inode *dir, struct dentry *dentry,
		      const struct making *what)
{
	switch (what->mode & S_IFMT) {
	case S_IFREG:
		/* It appeared below after the VFS had looked: let it look again. */
		if (d_really_is_positive(dentry) && !what->excl)
			return -ESTALE;
		return vfs_create(DEFUSE_IDMAP, dir, dentry, what->mode, what->excl);
	case S_IFDIR:
		return vfs_mkdir(DEFUSE_IDMAP, dir, dentry, what->mode);
	case S_IFLNK:
		return vfs_symlink(DEFUSE_IDMAP, dir, dentry, what->target);
	default:
		return vfs_mknod(DEFUSE_IDMAP, dir, dentry, what->mode, what->rdev);
	}
}

static int lower_op_made(struct inode *dir, struct dentry *dentry,
			 struct lower_op *op, int err)
{
	if (!err)
		err = lower_op_instantiate(dentry, op);
	defuse_refresh(dir);
	lower_op_end(op);
	return err;
}

static int make(struct inode *dir, struct dentry *dentry, const struct making *what)
{
	struct lower_op op;
	int err = lower_op_begin(dentry, &op);

	if (err)
		return err;
	err = make_below(lower_dir_inode(op.dir.dentry), op.dentry, what);
	return lower_op_made(dir, dentry, &op, err);
}

static int defuse_create(struct defuse_idmap *idmap, struct inode *dir,
			 struct dentry *dentry, umode_t mode, bool excl)
{
	return make(dir, dentry, &(struct making){
		.mode = S_IFREG | (mode & S_IALLUGO), .excl = excl });
}

static int defuse_mknod(struct defuse_idmap *idmap, struct inode *dir,
			struct dentry *dentry, umode_t mode, dev_t rdev)
{
	return make(dir, dentry, &(struct making){ .mode = mode, .rdev = rdev });
}

static int defuse_mkdir(struct defuse_idmap *idmap, struct inode *dir,
			struct dentry *dentry, umode_t mode)
{
	return make(dir, dentry, &(struct making){
		.mode = S_IFDIR | (mode & S_IALLUGO) });
}

static int defuse_symlink(struct defuse_idmap *idmap, struct inode *dir,
			  struct dentry *dentry, const char *target)
{
	return make(dir, dentry, &(struct making){
		.mode = S_IFLNK, .target = target });
}

static int defuse_link(struct dentry *old, struct inode *dir,
		       struct dentry *dentry)
{
	struct path lower_old;
	struct lower_op op;
	int err;

	err = defuse_lower_path(old, &lower_old);
	if (err)
		return err;
	err = lower_op_begin(dentry, &op);
	if (err)
		goto out;
	err = vfs_link(lower_old.dentry, DEFUSE_IDMAP,
		       lower_dir_inode(op.dir.dentry), op.dentry, NULL);
	err = lower_op_made(dir, dentry, &op, err);
	defuse_refresh(d_inode(old));
out:
	path_put(&lower_old);
	return err;
}

/* The shadow dentry pins the lower file: it must not wait in the cache. */
static void lower_op_removed(struct inode *dir, struct dentry *dentry,
			     struct lower_op *op, int err)
{
	lower_op_end(op);
	defuse_refresh(d_inode(dentry));
	defuse_refresh(dir);
	if (!err)
		d_drop(dentry);
}

static int remove(struct inode *dir, struct dentry *dentry, bool directory)
{
	struct lower_op op;
	int err = lower_op_begin(dentry, &op);

	if (err)
		return err;
	if (d_really_is_negative(op.dentry))
		err = -ENOENT;
	else if (directory)
		err = vfs_rmdir(DEFUSE_IDMAP, lower_dir_inode(op.dir.dentry), op.dentry);
	else
		err = vfs_unlink(DEFUSE_IDMAP, lower_dir_inode(op.dir.dentry),
				 op.dentry, NULL);
	lower_op_removed(dir, dentry, &op, err);
	return err;
}

static int defuse_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, false);
}

static int defuse_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, true);
}

static int defuse_tmpfile(struct defuse_idmap *idmap, struct inode *dir,
			  struct file *file, umode_t mode)
{
	struct dentry *dentry = file->f_path.dentry;
	struct path lower_dir;
	struct inode *inode;
	struct file *lower;
	int err;

	err = defuse_lower_path(dentry->d_parent, &lower_dir);
	if (err)
		return err;
	err = mnt_want_write(lower_dir.mnt);
	if (err)
		goto put_dir;
	lower = defuse_tmpfile_below(&lower_dir, mode, file->f_flags | O_LARGEFILE);
	if (IS_ERR(lower)) {
		err = PTR_ERR(lower);
		goto drop_write;
	}
	inode = defuse_iget(dir->i_sb, file_inode(lower));
	if (IS_ERR(inode)) {
		err = PTR_ERR(inode);
		goto put_lower;
	}
	defuse_set_lower_dentry(dentry, dget(lower->f_path.dentry));
	/* d_tmpfile() takes the one link of a new inode away. */
	set_nlink(inode, 1);
	d_tmpfile(file, inode);
	err = finish_open_simple(file, 0);
put_lower:
	fput(lower);
drop_write:
	mnt_drop_write(lower_dir.mnt);
put_dir:
	path_put(&lower_dir);
	return err;
}

/* Both lower directories are locked and both names looked up: go. */
static int rename_lower(struct path *old_dir, struct dentry *old,
			struct path *new_dir, struct dentry *new,
			unsigned int flags)
{
	struct renamedata rd = {
		.old_dir = d_inode(old_dir->dentry),
		.old_dentry = old,
		.new_dir = d_inode(new_dir->dentry),
		.new_dentry = new,
		.flags = flags,
	};

	defuse_renamedata_idmap(&rd);
	if (d_really_is_negative(old))
		return -ENOENT;
	if (flags & RENAME_NOREPLACE && d_really_is_positive(new))
		return -EEXIST;
	if (flags & RENAME_EXCHANGE && d_really_is_negative(new))
		return -ENOENT;
	return vfs_rename(&rd);
}

static int rename_locked(struct path *old_dir, struct dentry *old_dentry,
			 struct path *new_dir, struct dentry *new_dentry,
			 unsigned int flags)
{
	struct dentry *trap, *old, *new;
	int err;

	trap = lock_rename(old_dir->dentry, new_dir->dentry);
	if (IS_ERR(trap))
		return PTR_ERR(trap);
	old = lookup_one(DEFUSE_IDMAP, old_dentry->d_name.name, old_dir->dentry,
			 old_dentry->d_name.len);
	if (IS_ERR(old)) {
		err = PTR_ERR(old);
		goto unlock;
	}
	new = lookup_one(DEFUSE_IDMAP, new_dentry->d_name.name, new_dir->dentry,
			 new_dentry->d_name.len);
	if (IS_ERR(new)) {
		err = PTR_ERR(new);
		goto put_old;
	}
	if (old == trap)
		err = -EINVAL;
	else if (new == trap)
		err = flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	else
		err = rename_lower(old_dir, old, new_dir, new, flags);
	if (!err) {
		/* The VFS moves the shadow dentries as it moved these. */
		defuse_set_lower_dentry(old_dentry, dget(old));
		if (flags & RENAME_EXCHANGE)
			defuse_set_lower_dentry(new_dentry, dget(new));
	}
	dput(new);
put_old:
	dput(old);
unlock:
	unlock_rename(old_dir->dentry, new_dir->dentry);
	return err;
}

static int defuse_rename(struct defuse_idmap *idmap, struct inode *old_dir,
			 struct dentry *old_dentry, struct inode *new_dir,
			 struct dentry *new_dentry, unsigned int flags)
{
	struct path lower_old, lower_new;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = defuse_lower_path(old_dentry->d_parent, &lower_old);
	if (err)
		return err;
	err = defuse_lower_path(new_dentry->d_parent, &lower_new);
	if (err)
		goto put_old;
	err = mnt_want_write(lower_old.mnt);
	if (err)
		goto put_new;
	err = rename_locked(&lower_old, old_dentry, &lower_new, new_dentry, flags);
	mnt_drop_write(lower_old.mnt);
	defuse_refresh(old_dir);
	defuse_refresh(new_dir);
	defuse_refresh(d_inode(old_dentry));
	if (d_really_is_positive(new_dentry))
		defuse_refresh(d_inode(new_dentry));
put_new:
	path_put(&lower_new);
put_old:
	path_put(&lower_old);
	return err;
}

const struct inode_operations defuse_dir_iops = {
	.lookup = defuse_lookup,
	.create = defuse_create,
	.mknod = defuse_mknod,
	.mkdir = defuse_mkdir,
	.symlink = defuse_symlink,
	.link = defuse_link,
	.unlink = defuse_unlink,
	.rmdir = defuse_rmdir,
	.rename = defuse_rename,
	.tmpfile = defuse_tmpfile,
	.fileattr_get = defuse_fileattr_get,
	.fileattr_set = defuse_fileattr_set,
	.permission = defuse_permission,
	.setattr = defuse_setattr,
	.getattr = defuse_getattr,
	.listxattr = defuse_listxattr,
	DEFUSE_ACL_IOPS
};
