// SPDX-License-Identifier: GPL-2.0
/*
 * Renames that the lower tree saw and we did not.
 *
 * A library renames on the backend.  The lower dentry moves, the shadow dentry stays
 * behind, and with it the working directories and open files of others.  When a
 * lookup comes to the new name it finds there the very lower dentry that a shadow
 * dentry elsewhere is bound to, and moves that one.  For directories
 * d_splice_alias() does it, since they have one dentry; this is for the others.
 */
#include "defuse.h"

/* A shadow dentry of @inode that is bound to @lower, with a reference. */
static struct dentry *find_bound_alias(struct inode *inode, struct dentry *lower)
{
	struct dentry *alias;

	spin_lock(&inode->i_lock);
	hlist_for_each_entry(alias, &inode->i_dentry, d_u.d_alias) {
		if (defuse_lower_dentry(alias) == lower && !d_unhashed(alias)) {
			dget(alias);
			spin_unlock(&inode->i_lock);
			return alias;
		}
	}
	spin_unlock(&inode->i_lock);
	return NULL;
}

/* With both directories still: is @alias what it was when it was found? */
static bool still_alias(struct dentry *alias, struct inode *inode,
			struct dentry *lower)
{
	return d_inode(alias) == inode && !d_unhashed(alias) &&
	       defuse_lower_dentry(alias) == lower;
}

/* Both directories must keep still; when somebody is busy there, it can wait. */
static bool try_move(struct dentry *alias, struct dentry *dentry,
		     struct inode *inode, struct dentry *lower)
{
	struct mutex *rename = &dentry->d_sb->s_vfs_rename_mutex;
	struct dentry *old_parent;
	bool moved = false;
	bool other;

	if (!mutex_trylock(rename))
		return false;
	/* d_move() takes the child's reference away from it; ours must remain. */
	old_parent = dget_parent(alias);
	other = old_parent != dentry->d_parent;
	if (!other || inode_trylock_shared(d_inode(old_parent))) {
		moved = still_alias(alias, inode, lower);
		if (moved)
			d_move(alias, dentry);
		if (other)
			inode_unlock_shared(d_inode(old_parent));
	}
	dput(old_parent);
	mutex_unlock(rename);
	return moved;
}

/**
 * defuse_move_alias() - move a shadow dentry to where its file is now
 * @inode:  shadow inode, not a directory
 * @dentry: where it was just found, in lookup or new
 * @lower:  the lower dentry found there
 *
 * Context: ->lookup(), the directory's i_rwsem held.
 * Return: the dentry that has taken the place of @dentry, or NULL.
 */
struct dentry *defuse_move_alias(struct inode *inode, struct dentry *dentry,
				 struct dentry *lower)
{
	struct dentry *alias = find_bound_alias(inode, lower);

	if (alias && !try_move(alias, dentry, inode, lower)) {
		dput(alias);
		alias = NULL;
	}
	return alias;
}
