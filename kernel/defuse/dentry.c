// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow dentries: are they still true?
 *
 * A bound dentry holds the lower dentry it was verified against (d_fsdata).  The
 * lower tree changes behind our back, by libraries and by other programs, so
 * every walk asks again; since the lower dentry is the live entry of the lower
 * dcache, the answer is a few comparisons: still hashed, same parent, same name,
 * same inode.  Negative dentries are bound and checked in the same way.  A blind
 * dentry is verified when an ordinary walk meets it (I2).
 */
#include "defuse.h"
#include "trace.h"

#include <linux/mount.h>
#include <linux/namei.h>

static void defuse_d_release(struct dentry *dentry)
{
	dput(dentry->d_fsdata);
}

/**
 * defuse_set_lower_dentry() - bind a dentry, or bind it anew
 * @dentry: shadow dentry
 * @lower:  lower dentry; the reference is taken over
 */
void defuse_set_lower_dentry(struct dentry *dentry, struct dentry *lower)
{
	struct dentry *old = xchg(&dentry->d_fsdata, lower);

	/* A walk in RCU mode may still look at it: dentries are freed by RCU too. */
	dput(old);
}

static bool same_name(const struct dentry *dentry, const struct dentry *lower)
{
	return dentry->d_name.len == lower->d_name.len &&
	       !memcmp(dentry->d_name.name, lower->d_name.name, dentry->d_name.len);
}

/* Caller holds dentry->d_lock, or is in RCU mode and rechecks a refusal. */
static bool bound_current(const struct dentry *dentry, struct dentry *lower)
{
	const struct dentry *parent = READ_ONCE(dentry->d_parent);
	const struct inode *inode = d_inode_rcu(dentry);
	bool ok;

	spin_lock_nested(&lower->d_lock, DENTRY_D_LOCK_NESTED);
	ok = !d_unhashed(lower) &&
	     lower->d_parent == defuse_lower_dentry(parent) &&
	     d_inode_rcu(lower) == (inode ? defuse_lower_inode(inode) : NULL) &&
	     same_name(dentry, lower);
	spin_unlock(&lower->d_lock);
	return ok;
}

/**
 * defuse_dentry_current() - does a bound dentry still say the truth?
 * @dentry: held by the caller
 *
 * Return: false also for a blind dentry.
 */
bool defuse_dentry_current(struct dentry *dentry)
{
	struct dentry *lower;
	bool ok;

	if (IS_ROOT(dentry))
		return true;
	spin_lock(&dentry->d_lock);
	lower = defuse_lower_dentry(dentry);
	ok = lower && bound_current(dentry, lower);
	spin_unlock(&dentry->d_lock);
	return ok;
}

/* Looks the name of a blind dentry up below, in a parent that is bound. */
static int bind_in_parent(struct dentry *parent, struct dentry *dentry)
{
	struct dentry *dir = defuse_lower_dentry(parent);
	struct name_snapshot name;
	struct dentry *lower;
	int err = 0;

	take_dentry_name_snapshot(&name, dentry);
	lower = lookup_one_positive_unlocked(DEFUSE_IDMAP, name.name.name, dir,
					     name.name.len);
	release_dentry_name_snapshot(&name);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	if (d_really_is_negative(dentry) ||
	    !defuse_same_identity(d_inode(dentry), d_inode(lower))) {
		err = -ESTALE;
	} else {
		defuse_bind_inode(d_inode(dentry), d_inode(lower));
		/* Lost to another walk?  Then it found the same. */
		if (!cmpxchg(&dentry->d_fsdata, NULL, lower))
			return 0;
	}
	dput(lower);
	return err;
}

/**
 * defuse_bind_dentry() - verify a name and all above it, with current's rights
 * @dentry: of a mount with a lower tree, whose root is always bound
 *
 * The lookups check search permission on every lower directory.  Iterative, as
 * paths can be thousands of components deep: find the lowest bound ancestor, bind
 * its child, start again.
 *
 * Context: may sleep; no directory lock of the mount held that is a lower one too.
 * Return: 0, -ENOENT, -EACCES, -ESTALE (another file has the name), ...
 */
int defuse_bind_dentry(struct dentry *dentry)
{
	int err = 0;

	while (!err && !defuse_lower_dentry(dentry)) {
		struct dentry *child = dget(dentry);
		struct dentry *parent = dget_parent(child);

		while (!defuse_lower_dentry(parent)) {
			dput(child);
			child = parent;
			parent = dget_parent(child);
		}
		err = bind_in_parent(parent, child);
		dput(child);
		dput(parent);
	}
	if (dentry->d_sb->s_root != dentry) {
		defuse_count(dentry->d_sb, DEFUSE_STAT_VERIFICATIONS);
		trace_defuse_verify(dentry, err);
	}
	return err;
}

/**
 * defuse_lower_path() - where a shadow dentry lies below
 * @dentry: shadow dentry
 * @lower:  out: references on both members, on success
 *
 * Return: 0 or an error of defuse_bind_dentry().
 */
int defuse_lower_path(struct dentry *dentry, struct path *lower)
{
	int err;

	if (!defuse_has_lower(dentry->d_sb)) {
		defuse_count(dentry->d_sb, DEFUSE_STAT_REFUSED);
		return -EOPNOTSUPP;
	}
	err = defuse_lower_dentry(dentry) ? 0 : defuse_bind_dentry(dentry);
	if (err)
		return err;
	lower->mnt = DEFUSE_SB(dentry->d_sb)->lower.mnt;
	lower->dentry = defuse_lower_dentry(dentry);
	path_get(lower);
	return 0;
}

/**
 * defuse_change_begin() - defuse_lower_path(), to change what is there
 * @dentry: shadow dentry
 * @lower:  out
 *
 * Return: 0: defuse_change_end() must follow; an error, also -EROFS.
 */
int defuse_change_begin(struct dentry *dentry, struct path *lower)
{
	int err = defuse_lower_path(dentry, lower);

	if (err)
		return err;
	err = mnt_want_write(lower->mnt);
	if (err)
		path_put(lower);
	return err;
}

void defuse_change_end(struct dentry *dentry, struct path *lower)
{
	mnt_drop_write(lower->mnt);
	path_put(lower);
	defuse_refresh(d_inode(dentry));
}

/*
 * The lower file system may have an opinion of its own (network file systems).  On a private
 * mount its server lets names of directories be kept: who goes through one is checked for
 * permission, and asks it that way.  The last component is always asked for.
 */
static int revalidate_below(const struct super_block *sb, struct dentry *lower,
			    unsigned int flags)
{
	int ret;

	if (!(lower->d_flags & DCACHE_OP_REVALIDATE))
		return 1;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (defuse_private(sb) && !(flags & LOOKUP_PARENT))
		flags |= LOOKUP_REVAL;
	ret = lower->d_op->d_revalidate(lower, flags & ~LOOKUP_PARENT);
	if (!ret)
		d_invalidate(lower);
	return ret;
}

static int revalidate_lower(struct dentry *dentry, unsigned int flags)
{
	struct dentry *lower = defuse_lower_dentry(dentry);
	int ret;

	defuse_count(dentry->d_sb, DEFUSE_STAT_REVALIDATIONS);
	if (flags & LOOKUP_RCU) {
		if (!lower || !bound_current(dentry, lower))
			return -ECHILD;
		return revalidate_below(dentry->d_sb, lower, flags);
	}
	if (!lower) {
		ret = defuse_bind_dentry(dentry);
		if (ret == -ENOENT || ret == -ESTALE)
			return 0;
		return ret ?: 1;
	}
	if (!defuse_dentry_current(dentry))
		return 0;
	ret = revalidate_below(dentry->d_sb, lower, flags);
	if (ret > 0 && d_really_is_positive(dentry))
		defuse_refresh(d_inode(dentry));
	return ret;
}

/* Without a lower tree only redirected callers may walk; names are as they say. */
static int revalidate_none(struct dentry *dentry, unsigned int flags)
{
	if (!defuse_redirected(dentry->d_sb, DEFUSE_CALL_PATH)) {
		defuse_count(dentry->d_sb, DEFUSE_STAT_REFUSED);
		return -EOPNOTSUPP;
	}
	if (flags & LOOKUP_PARENT)
		return d_really_is_positive(dentry) && d_is_dir(dentry);
	return 1;
}

static int defuse_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	bool lower_tree = defuse_has_lower(dentry->d_sb);
	int ret, claim;

	if (IS_ROOT(dentry))
		return 1;
	ret = lower_tree ? revalidate_lower(dentry, flags) :
			   revalidate_none(dentry, flags);
	if (ret <= 0 || flags & LOOKUP_PARENT ||
	    !defuse_redirected(dentry->d_sb, DEFUSE_CALL_PATH))
		return ret;
	/* The VFS follows the last link for us and comes to us, or not, for its target. */
	if (flags & LOOKUP_FOLLOW && d_is_symlink(dentry))
		return ret;
	if (!d_is_dir(dentry) && defuse_adopted(dentry->d_sb))
		return ret;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	claim = flags & LOOKUP_OPEN && !lower_tree ? defuse_claim_revalidate(dentry) :
						     -ENOENT;
	return claim >= 0 ? claim : defuse_mark_path(dentry) ?: ret;
}

/* A dentry of a file that was removed below would keep its space from being freed. */
static int defuse_d_delete(const struct dentry *dentry)
{
	const struct dentry *lower = defuse_lower_dentry(dentry);

	return lower && d_unhashed(lower);
}

const struct dentry_operations defuse_dops = {
	.d_delete = defuse_d_delete,
	.d_revalidate = defuse_d_revalidate,
	.d_release = defuse_d_release,
};
