// SPDX-License-Identifier: GPL-2.0
/*
 * Which file a shadow inode stands for.  Pure: no locks, no allocation.
 *
 * The identity of a file is (st_dev, st_ino) on the backend.  A bound inode has a
 * lower inode to prove it, a blind one only a claim.
 */
#include "defuse.h"

#include <linux/kdev_t.h>

/**
 * defuse_lower_dev() - the device half of a lower inode's identity
 * @lower: lower inode
 *
 * In the form in which stat(2) gives st_dev to user space.  Where a file system
 * shows another device per subvolume the claim of a library will not match, and
 * its dentries are verified by name as if it had made none.
 */
u64 defuse_lower_dev(const struct inode *lower)
{
	return new_encode_dev(lower->i_sb->s_dev);
}

/**
 * defuse_claimed_dev() - the device half of an identity that a library claims
 * @sb:  mount
 * @dev: as claimed
 * @ino: the other half, as claimed
 *
 * On a private mount the lower files have a device of their own, and the inode numbers
 * of the library.
 */
u64 defuse_claimed_dev(const struct super_block *sb, u64 dev, u64 ino)
{
	if (!defuse_private(sb) || !ino)
		return dev;
	return defuse_lower_dev(d_inode(DEFUSE_SB(sb)->lower.dentry));
}

/**
 * defuse_same_identity() - may @inode stand for @lower?
 * @inode: bound or blind
 * @lower: lower inode
 *
 * A blind inode without identity stands for whatever has its name and type.
 */
bool defuse_same_identity(const struct inode *inode, const struct inode *lower)
{
	const struct defuse_inode *di = DEFUSE_I(inode);
	const struct inode *bound = defuse_lower_inode(inode);

	if (bound)
		return bound == lower;
	if ((inode->i_mode ^ lower->i_mode) & S_IFMT)
		return false;
	if (!di->dev && !di->ino)
		return true;
	return di->ino == lower->i_ino && di->dev == defuse_lower_dev(lower);
}

/**
 * defuse_identity_matches() - is @inode the one to be found under @id?
 * @inode: from the inode hash
 * @id:    what is looked for
 */
bool defuse_identity_matches(const struct inode *inode,
			     const struct defuse_identity *id)
{
	const struct defuse_inode *di = DEFUSE_I(inode);
	const struct inode *bound = defuse_lower_inode(inode);

	if ((inode->i_mode & S_IFMT) != id->type)
		return false;
	if (id->lower && bound)
		return bound == id->lower;
	return di->dev == id->dev && di->ino == id->ino;
}
