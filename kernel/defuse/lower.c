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

/*
 * On a private mount: O_DIRECT says to the server of the lower tree that the file shall
 * be read and written past the page cache, its absence that it is for mappings.
 */
static unsigned int lower_flags(const struct file *file, unsigned int flags_off,
				bool cached)
{
	unsigned int flags = file->f_flags & ~flags_off;

	if (!defuse_private(file_inode(file)->i_sb) || !S_ISREG(file_inode(file)->i_mode))
		return flags;
	return cached ? flags & ~O_DIRECT : flags | O_DIRECT;
}

static struct file *open_lower(struct file *file, unsigned int flags_off, bool verify,
			       bool cached)
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
		lower = dentry_open(&path, lower_flags(file, flags_off, cached),
				    file->f_cred);
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
					LOWER_FLAGS_OFF, false, false);
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
		lower = open_lower(file, LOWER_FLAGS_OFF, true, false);
		revert_creds(saved);
		if (!IS_ERR(lower))
			/* Pairs with defuse_ofd_lower(). */
			smp_store_release(&ofd->lower, lower);
	}
	mutex_unlock(&ofd->lock);
	return lower;
}

/**
 * defuse_cached_file() - the lower file that goes through the page cache
 * @file: an open regular file of a private mount
 *
 * Context: may sleep; takes ofd->lock.
 * Return: as defuse_lower_file().
 */
struct file *defuse_cached_file(struct file *file)
{
	struct defuse_ofd *ofd = defuse_ofd(file);
	struct file *verified = defuse_lower_file(file);
	const struct cred *saved;
	struct file *cached;

	if (IS_ERR(verified))
		return verified;
	mutex_lock(&ofd->lock);
	cached = ofd->cached;
	if (!cached) {
		saved = override_creds(file->f_cred);
		cached = open_lower(file, LOWER_FLAGS_OFF, false, true);
		revert_creds(saved);
		if (!IS_ERR(cached))
			ofd->cached = cached;
	}
	mutex_unlock(&ofd->lock);
	return cached;
}

/**
 * defuse_update_lower() - make the size in the lower inode that of the lower file
 * @lower: lower file
 *
 * A file system with an opinion of its own about names has one about sizes too.
 * Context: may sleep.
 */
int defuse_update_lower(struct file *lower)
{
	struct kstat stat;

	if (!(file_dentry(lower)->d_flags & DCACHE_OP_REVALIDATE) &&
	    !IS_ROOT(file_dentry(lower)))
		return 0;
	return vfs_getattr(&lower->f_path, &stat, STATX_SIZE, AT_STATX_SYNC_AS_STAT);
}
