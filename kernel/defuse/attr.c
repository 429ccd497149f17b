// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes and permissions: answered by the lower inode.
 *
 * Permission checks use the caller's own credentials on the lower inode, so a mount
 * never grants what the backend refuses.
 */
#include "defuse.h"

#include <linux/fileattr.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/stat.h>

int defuse_permission(struct defuse_idmap *idmap, struct inode *inode, int mask)
{
	struct inode *lower = defuse_lower_inode(inode);
	struct dentry *alias;
	int err;

	if (lower) {
		err = inode_permission(DEFUSE_IDMAP, lower, mask);
		return err;
	}
	if (!defuse_has_lower(inode->i_sb)) {
		/* Who claims a file has asked the library. */
		if (S_ISREG(inode->i_mode) &&
		    defuse_redirected(inode->i_sb, DEFUSE_CALL_PATH))
			return 0;
		return generic_permission(DEFUSE_IDMAP, inode, mask);
	}
	if (mask & MAY_NOT_BLOCK)
		return -ECHILD;
	/* Reached without a walk, from an FD or the working directory: verify now. */
	alias = d_find_any_alias(inode);
	if (!alias)
		return -ESTALE;
	err = defuse_bind_dentry(alias);
	dput(alias);
	lower = defuse_lower_inode(inode);
	if (!err && !lower)
		err = -ESTALE;
	return err ?: inode_permission(DEFUSE_IDMAP, lower, mask);
}

/*
 * The lower path of what a call is about.  A file that was opened keeps its lower
 * file although its name is gone.
 */
static int attr_path(struct dentry *dentry, struct file *file, struct path *path)
{
	struct file *lower;

	if (!file)
		return defuse_lower_path(dentry, path);
	lower = defuse_lower_file(file);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	*path = lower->f_path;
	path_get(path);
	return 0;
}

int defuse_setattr(struct defuse_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr)
{
	struct file *file = attr->ia_valid & ATTR_FILE ? attr->ia_file : NULL;
	struct inode *inode = d_inode(dentry);
	struct iattr lower_attr = *attr;
	struct path path;
	int err;

	if (file && defuse_ofd(file)->shadow &&
	    defuse_redirected(inode->i_sb, DEFUSE_CALL_FD))
		return defuse_mark_fd(file);
	/* fchmod() and its like come without their file; nothing else comes here. */
	if (!file && !defuse_has_lower(inode->i_sb) &&
	    defuse_redirected(inode->i_sb, DEFUSE_CALL_PATH))
		return defuse_mark_path(dentry);
	err = attr_path(dentry, file, &path);
	if (err)
		return err;
	if (file)
		lower_attr.ia_file = defuse_ofd(file)->lower;
	/* The lower file was not opened with O_TRUNC: FUSE must not believe it was. */
	lower_attr.ia_valid &= ~ATTR_OPEN;
	/* Killing setuid bits is decided below, from the true mode. */
	if (lower_attr.ia_valid & (ATTR_KILL_SUID | ATTR_KILL_SGID))
		lower_attr.ia_valid &= ~ATTR_MODE;
	err = mnt_want_write(path.mnt);
	if (!err) {
		inode_lock(d_inode(path.dentry));
		err = notify_change(DEFUSE_IDMAP, path.dentry, &lower_attr, NULL);
		inode_unlock(d_inode(path.dentry));
		mnt_drop_write(path.mnt);
	}
	defuse_refresh(inode);
	path_put(&path);
	return err;
}

/* Another name of the file may still be there to prove what it is. */
static void bind_by_alias(struct dentry *dentry)
{
	struct dentry *alias = d_find_any_alias(d_inode(dentry));

	if (alias && alias != dentry)
		defuse_bind_dentry(alias);
	dput(alias);
}

int defuse_getattr(struct defuse_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct super_block *sb = inode->i_sb;
	struct inode *lower_inode;
	struct path lower;
	int err;

	if (!defuse_has_lower(sb)) {
		if (defuse_redirected(sb, DEFUSE_CALL_PATH))
			return defuse_mark_path(path->dentry);
		if (!IS_ROOT(path->dentry)) {
			defuse_count(sb, DEFUSE_STAT_REFUSED);
			return -EOPNOTSUPP;
		}
		defuse_fillattr(mask, inode, stat);
		return 0;
	}
	err = defuse_lower_path(path->dentry, &lower);
	if (err)
		bind_by_alias(path->dentry);
	lower_inode = defuse_lower_inode(inode);
	if (err && lower_inode) {
		/* Bound by a donated file, but the name is gone already. */
		lower.dentry = d_find_any_alias(lower_inode);
		if (lower.dentry) {
			lower.mnt = mntget(DEFUSE_SB(sb)->lower.mnt);
			err = 0;
		}
	}
	if (err)
		return err == -ENOENT ? -ESTALE : err;
	err = vfs_getattr_nosec(&lower, stat, mask, flags);
	path_put(&lower);
	stat->dev = sb->s_dev;
	return err;
}

int defuse_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	struct path lower;
	int err;

	err = defuse_lower_path(dentry, &lower);
	if (err)
		return err;
	err = vfs_fileattr_get(lower.dentry, fa);
	path_put(&lower);
	return err;
}

int defuse_fileattr_set(struct defuse_idmap *idmap, struct dentry *dentry,
			struct fileattr *fa)
{
	struct path lower;
	int err;

	err = defuse_change_begin(dentry, &lower);
	if (err)
		return err;
	err = vfs_fileattr_set(DEFUSE_IDMAP, lower.dentry, fa);
	defuse_change_end(dentry, &lower);
	return err;
}

static const char *defuse_get_link(struct dentry *dentry, struct inode *inode,
				   struct delayed_call *done)
{
	struct path lower;
	const char *link;
	int err;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	err = defuse_lower_path(dentry, &lower);
	if (err)
		return ERR_PTR(err);
	touch_atime(&lower);
	link = vfs_get_link(lower.dentry, done);
	path_put(&lower);
	return link;
}

const struct inode_operations defuse_file_iops = {
	.fileattr_get = defuse_fileattr_get,
	.fileattr_set = defuse_fileattr_set,
	.permission = defuse_permission,
	.setattr = defuse_setattr,
	.getattr = defuse_getattr,
	.listxattr = defuse_listxattr,
	DEFUSE_ACL_IOPS
};

const struct inode_operations defuse_symlink_iops = {
	.get_link = defuse_get_link,
	.permission = defuse_permission,
	.setattr = defuse_setattr,
	.getattr = defuse_getattr,
	.listxattr = defuse_listxattr,
	DEFUSE_ACL_IOPS
};

const struct inode_operations defuse_special_iops = {
	.permission = defuse_permission,
	.setattr = defuse_setattr,
	.getattr = defuse_getattr,
	.listxattr = defuse_listxattr,
	DEFUSE_ACL_IOPS
};
