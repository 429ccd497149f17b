// SPDX-License-Identifier: GPL-2.0
/*
 * Door 1 in one walk: an open that brings along what the library has said of the file.
 *
 * Only without a lower tree, where nobody but the library knows what a name leads to.  The
 * request is that of DEFUSE_IOC_OPEN, and is believed as much (I3); the walk of the
 * open itself finds the mount point and the number.
 */
#include "defuse.h"

#include <linux/slab.h>
#include <linux/uaccess.h>

/* The request that the caller's mailbox names; NULL: none that the ioctl would take. */
static struct defuse_mailbox __user *claim_get(struct super_block *sb,
					       struct defuse_open *arg)
{
	struct defuse_mailbox __user *box = defuse_open_mailbox(sb);
	u64 at;

	if (!box || get_user(at, &box->claim) || !at ||
	    defuse_copy_request(arg, sizeof(*arg), u64_to_user_ptr(at)) ||
	    defuse_shadow_check(sb, arg) || !S_ISREG(arg->mode) || arg->lower_fd >= 0)
		return NULL;
	return box;
}

/* Is the request about this name? */
static bool claim_names(const struct defuse_open *arg, struct dentry *dentry)
{
	char claimed[DEFUSE_CLAIM_MAX], text[DEFUSE_CLAIM_MAX];
	const char *path = dentry_path_raw(dentry, text, sizeof(text));
	long len;

	if (IS_ERR(path))
		return false;
	len = strncpy_from_user(claimed, u64_to_user_ptr(arg->path), sizeof(claimed));
	return len > 0 && len < (long)sizeof(claimed) && !strcmp(path, claimed);
}

/**
 * defuse_claim_revalidate() - does a cached name serve the open that has come to it?
 * @dentry: of the last component, of a mount without a lower tree
 *
 * Context: may sleep.
 * Return: 1: it does; 0: another file is claimed, so look the name up again; negative:
 * there is no claim to it.
 */
int defuse_claim_revalidate(struct dentry *dentry)
{
	struct defuse_open arg;
	int verdict;

	if (!claim_get(dentry->d_sb, &arg) || !claim_names(&arg, dentry))
		return -ENOENT;
	verdict = defuse_shadow_compare(dentry, &arg);
	return verdict < 0 ? verdict : !verdict;
}

/**
 * defuse_claim_lookup() - the inode that is claimed for a name
 * @dentry: as for defuse_claim_revalidate(), not yet known
 *
 * Context: may sleep; the directory is locked.
 * Return: inode (a reference), NULL: there is no claim, or ERR_PTR(-ENOMEM).
 */
struct inode *defuse_claim_lookup(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct defuse_open arg;

	if (!claim_get(sb, &arg) || !claim_names(&arg, dentry))
		return NULL;
	return defuse_iget_blind(sb, arg.mode,
				 defuse_claimed_dev(sb, arg.device, arg.inode), arg.inode);
}

/**
 * defuse_claim_open() - make an open file description what the claim says
 * @file: being opened, of a regular file
 *
 * The mailbox then names no claim any more: that is how the caller knows.
 *
 * Context: may sleep.
 * Return: 0, an error, or 1: there is no claim to this file.
 */
int defuse_claim_open(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct defuse_mailbox __user *box;
	struct defuse_open arg;
	int err;

	box = claim_get(inode->i_sb, &arg);
	if (!box || defuse_shadow_compare(file->f_path.dentry, &arg))
		return 1;
	err = defuse_shadow_fill(file, &arg, NULL);
	return err ?: put_user(0, &box->claim);
}
