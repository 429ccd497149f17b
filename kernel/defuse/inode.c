// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow inodes: allocation, identity, binding to a lower inode.
 *
 * All inodes with an identity live in the VFS inode hash under (device, inode
 * number) of the backend, so hard links share one shadow inode.  A bound inode
 * pins its lower inode, so its number cannot be used again meanwhile.  A blind one
 * only claims an identity; it is bound in place when a lookup or a donated file
 * proves the claim.  Binding is the only change of identity there is: once, by
 * cmpxchg (I8).
 */
#include "defuse.h"

#include <linux/hash.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/slab.h>

static struct kmem_cache *inode_cache;

static void inode_cache_ctor(void *object)
{
	struct defuse_inode *di = object;

	inode_init_once(&di->vfs);
}

int __init defuse_inode_init(void)
{
	inode_cache = kmem_cache_create("defuse_inode", sizeof(struct defuse_inode),
					0, SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
					inode_cache_ctor);
	return inode_cache ? 0 : -ENOMEM;
}

void defuse_inode_exit(void)
{
	/* Inodes are freed by RCU callbacks. */
	rcu_barrier();
	kmem_cache_destroy(inode_cache);
}

struct inode *defuse_alloc_inode(struct super_block *sb)
{
	struct defuse_inode *di = alloc_inode_sb(sb, inode_cache, GFP_KERNEL);

	if (!di)
		return NULL;
	di->lower = NULL;
	di->dev = 0;
	di->ino = 0;
	atomic64_set(&di->maps, 0);
	atomic_set(&di->opens, 0);
	return &di->vfs;
}

void defuse_free_inode(struct inode *inode)
{
	kmem_cache_free(inode_cache, DEFUSE_I(inode));
}

void defuse_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	/*
	 * A walk in RCU mode may still look at the lower inode; like ours it is
	 * freed only after a grace period.
	 */
	iput(DEFUSE_I(inode)->lower);
}

/**
 * defuse_refresh() - take over the attributes of the lower inode
 * @inode: bound; the VFS reads mode, owner, flags, link count and size from it
 *
 * Context: does not sleep.  Takes inode->i_lock, because set_nlink() keeps an account
 * in the superblock that two racing copies would spoil.
 */
void defuse_refresh(struct inode *inode)
{
	const unsigned int flags = S_SYNC | S_APPEND | S_IMMUTABLE | S_DIRSYNC;
	struct inode *lower = defuse_lower_inode(inode);

	if (!lower)
		return;
	spin_lock(&inode->i_lock);
	inode->i_mode = (inode->i_mode & S_IFMT) | (lower->i_mode & S_IALLUGO);
	inode->i_uid = lower->i_uid;
	inode->i_gid = lower->i_gid;
	inode->i_rdev = lower->i_rdev;
	inode->i_blkbits = lower->i_blkbits;
	inode_set_flags(inode, lower->i_flags & flags, flags);
	set_nlink(inode, lower->i_nlink);
	i_size_write(inode, i_size_read(lower));
	defuse_copy_times(inode, lower);
	spin_unlock(&inode->i_lock);
}

static int identity_test(struct inode *inode, void *opaque)
{
	return defuse_identity_matches(inode, opaque);
}

static int identity_set(struct inode *inode, void *opaque)
{
	const struct defuse_identity *id = opaque;

	/* The hash is searched by type, so it must be there before insertion. */
	inode->i_mode = id->type;
	inode->i_ino = id->ino;
	DEFUSE_I(inode)->dev = id->dev;
	DEFUSE_I(inode)->ino = id->ino;
	return 0;
}

static void set_operations(struct inode *inode, umode_t mode, dev_t rdev)
{
	/* Times and access control lists are the lower file's affair. */
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
#ifdef CONFIG_FS_POSIX_ACL
	inode->i_acl = ACL_DONT_CACHE;
	inode->i_default_acl = ACL_DONT_CACHE;
#endif
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &defuse_file_iops;
		inode->i_fop = &defuse_file_fops;
		break;
	case S_IFDIR:
		inode->i_op = &defuse_dir_iops;
		inode->i_fop = &defuse_dir_fops;
		break;
	case S_IFLNK:
		inode->i_op = &defuse_symlink_iops;
		break;
	default:
		inode->i_op = &defuse_special_iops;
		init_special_inode(inode, mode, rdev);
	}
}

/**
 * defuse_bind_inode() - give a blind inode its lower inode
 * @inode: of the same type as @lower
 * @lower: borrowed; a reference is taken if @inode was blind
 */
void defuse_bind_inode(struct inode *inode, struct inode *lower)
{
	ihold(lower);
	if (cmpxchg(&DEFUSE_I(inode)->lower, NULL, lower))
		iput(lower);
	defuse_refresh(inode);
}

static unsigned long identity_hash(const struct defuse_identity *id)
{
	return hash_64(id->dev ^ id->ino * GOLDEN_RATIO_64, BITS_PER_LONG - 1);
}

static struct inode *iget_identity(struct super_block *sb, struct defuse_identity *id)
{
	return iget5_locked(sb, identity_hash(id), identity_test, identity_set, id);
}

/**
 * defuse_inode_held() - has anybody a regular file open?
 * @sb:  mount
 * @dev: identity as a library claims it
 * @ino: likewise
 *
 * A file that was known by name alone when it was first met, because the library had given no
 * number, is not found.
 *
 * Context: may sleep.
 */
bool defuse_inode_held(struct super_block *sb, u64 dev, u64 ino)
{
	struct defuse_identity id = { .dev = dev, .ino = ino, .type = S_IFREG };
	struct inode *inode = ilookup5(sb, identity_hash(&id), identity_test, &id);
	bool held;

	if (!inode)
		return false;
	held = atomic_read(&DEFUSE_I(inode)->opens);
	iput(inode);
	return held;
}

/**
 * defuse_iget() - the shadow inode of a lower inode
 * @sb:    mount
 * @lower: borrowed
 *
 * Context: may sleep.
 * Return: inode (a reference) or ERR_PTR(-ENOMEM).
 */
struct inode *defuse_iget(struct super_block *sb, struct inode *lower)
{
	struct defuse_identity id = {
		.dev = defuse_lower_dev(lower),
		.ino = lower->i_ino,
		.type = lower->i_mode & S_IFMT,
		.lower = lower,
	};
	struct inode *inode = iget_identity(sb, &id);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (inode->i_state & I_NEW) {
		set_operations(inode, lower->i_mode, lower->i_rdev);
		defuse_bind_inode(inode, lower);
		unlock_new_inode(inode);
	} else {
		defuse_bind_inode(inode, lower);
	}
	return inode;
}

/**
 * defuse_iget_blind() - a shadow inode nobody has verified
 * @sb:   mount
 * @mode: type (S_IFREG or S_IFDIR) and permission bits to show meanwhile
 * @dev:  claimed identity; directories are known by name alone, as one directory
 * @ino:  cannot have two dentries
 *
 * Context: may sleep.
 * Return: inode (a reference), perhaps one that is bound already, or
 * ERR_PTR(-ENOMEM).
 */
struct inode *defuse_iget_blind(struct super_block *sb, umode_t mode, u64 dev,
				u64 ino)
{
	struct defuse_identity id = { .dev = dev, .ino = ino, .type = mode & S_IFMT };
	struct inode *inode;

	if (S_ISDIR(mode) || (!dev && !ino)) {
		inode = new_inode(sb);
		if (!inode)
			return ERR_PTR(-ENOMEM);
		inode->i_ino = get_next_ino();
	} else {
		inode = iget_identity(sb, &id);
		if (!inode)
			return ERR_PTR(-ENOMEM);
		if (!(inode->i_state & I_NEW))
			return inode;
	}
	inode->i_mode = mode;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	defuse_init_times(inode);
	set_operations(inode, mode, 0);
	if (S_ISDIR(mode))
		set_nlink(inode, 2);
	if (inode->i_state & I_NEW)
		unlock_new_inode(inode);
	return inode;
}
