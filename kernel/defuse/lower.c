// SPDX-License-Identifier: GPL-2.0
/*
 * The lower file of an open file description, and the verification rule.
 *
 * A shadow FD is only a name.  Before anything is shared through the kernel on
 * its behalf (raw I/O, page cache, locks) the lower file is opened, once, with
 * the opener's credentials and full permission checks along the way.
 * dentry_open() itself checks none, so they are made here.  A donated file was
 * opened by the opener itself and needs no second look (I1).
 */
#include "defuse.h"

#include <linux/file.h>
#include <linux/security.h>

/* Creation is over and done with by the time a lower file is opened. */
#define LOWER_FLAGS_OFF		(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC)
/* fcntl(F_SETFL). */
#define CHANGEABLE_FLAGS	(O_APPEND | O_NONBLOCK | FASYNC)

/* What may_open() checks that the shadow FD has not been checked for. */
static int may_open_lower(struct file *file, struct inode *inode)
{
	int mask = MAY_OPEN;

	if (file->f_mode & FMODE_READ)
		mask |= MAY_READ;
	if (file->f_mode & FMODE_WRITE)
		mask |= MAY_WRITE;
	if (file->f_flags & O_APPEND)
		mask |= MAY_APPEND;
	if (S_ISDIR(inode->i_mode) && mask & MAY_WRITE)
		return -EISDIR;
	if (IS_APPEND(inode) && mask & MAY_WRITE && !(mask & MAY_APPEND))
		return -EPERM;
	if (file->f_flags & O_NOATIME &&
	    !inode_owner_or_capable(DEFUSE_IDMAP, inode))
		return -EPERM;
	return inode_permission(DEFUSE_IDMAP, inode, mask);
}

static struct file *open_lower(struct file *file, unsigned int flags_off, bool verify)
{
	struct path path;
	struct file *lower;
	int err;

	err = defuse_lower_path(file->f_path.dentry, &path);
	if (err)
		return ERR_PTR(err == -ENOENT ? -ESTALE : err);
	/* What may only be appended to must not be open in another way, for anybody. */
	if (IS_APPEND(d_inode(path.dentry)))
		flags_off &= ~O_APPEND;
	/* The inode is what was opened; the name may have moved on. */
	if (!defuse_same_identity(file_inode(file), d_inode(path.dentry)))
		err = -ESTALE;
	else if (verify)
		err = may_open_lower(file, d_inode(path.dentry));
	if (err)
		lower = ERR_PTR(err);
	else
		lower = dentry_open(&path, file->f_flags & ~flags_off, file->f_cred);
	path_put(&path);
	if (!IS_ERR(lower))
		defuse_count(file_inode(file)->i_sb, DEFUSE_STAT_LOWER_OPENS);
	return lower;
}

/**
 * defuse_open_lower() - open the lower file of an ordinary open
 * @file:  being opened; the VFS has checked permission, and may have created
 * @adopt: a library will use it as its own: the flags that can be changed later are
 *         the shadow file's alone
 *
 * Context: process, from ->open().
 * Return: the file, which the caller publishes, or ERR_PTR.
 */
struct file *defuse_open_lower(struct file *file, bool adopt)
{
	return open_lower(file, adopt ? LOWER_FLAGS_OFF | CHANGEABLE_FLAGS :
					LOWER_FLAGS_OFF, false);
}

/**
 * defuse_lower_file() - the lower file, verified
 * @file: any open file description of the mount
 *
 * Context: may sleep; takes ofd->lock.
 * Return: the file, borrowed for as long as @file is held; ERR_PTR: -EACCES and the
 * like if the opener may not, -ESTALE if the file has lost its name, -EOPNOTSUPP
 * without a lower tree.
 */
struct file *defuse_lower_file(struct file *file)
{
	struct defuse_ofd *ofd = defuse_ofd(file);
	struct file *lower = defuse_ofd_lower(ofd);
	const struct cred *saved;

	if (lower)
		return lower;
	if (!defuse_has_lower(file_inode(file)->i_sb)) {
		defuse_count(file_inode(file)->i_sb, DEFUSE_STAT_REFUSED);
		return ERR_PTR(-EOPNOTSUPP);
	}
	mutex_lock(&ofd->lock);
	lower = ofd->lower;
	if (!lower) {
		saved = override_creds(file->f_cred);
		lower = open_lower(file, LOWER_FLAGS_OFF, true);
		revert_creds(saved);
		if (!IS_ERR(lower))
			/* Pairs with defuse_ofd_lower(). */
			smp_store_release(&ofd->lower, lower);
	}
	mutex_unlock(&ofd->lock);
	return lower;
}
