// SPDX-License-Identifier: GPL-2.0
/*
 * File locks: held on the lower file, so that they exclude users of either door
 * and of the backend alike.
 *
 * Traditional locks belong to the process (fl_owner = its files_struct) and end when
 * it closes any FD of the file: the VFS looks for them on the shadow inode only, so
 * ->flush lets go of them below.  OFD and flock locks belong to the shadow file and
 * end with it.
 *
 * Without a lower tree they are held on the shadow inode, which is one for all names and
 * openers of a file because the library gives it an identity.
 */
#include "defuse.h"

#include <linux/file.h>

static int lock_here(struct file *file, int cmd, struct file_lock *fl)
{
	if (cmd != F_GETLK && cmd != F_OFD_GETLK)
		return posix_lock_file(file, fl, NULL);
	posix_test_lock(file, fl);
	return 0;
}

int defuse_lock(struct file *file, int cmd, struct file_lock *fl)
{
	struct file *lower;
	int ret;

	if (!defuse_has_lower(file_inode(file)->i_sb))
		return lock_here(file, cmd, fl);
	lower = defuse_lower_file(file);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	/* Before a position that is parked: the sum has wrapped around. */
	if (defuse_position_parked(file->f_pos) && fl->fl_start > LLONG_MAX - BIT_ULL(44))
		return -EOVERFLOW;
	defuse_lock_set_file(fl, lower);
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		ret = vfs_test_lock(lower, fl);
	else
		ret = vfs_lock_file(lower, cmd, fl, NULL);
	/* A request that has to wait comes again, and as one for this file. */
	defuse_lock_set_file(fl, file);
	return ret;
}

static int flock_lower(struct file *lower, int cmd, struct file_lock *fl)
{
	defuse_lock_set_file(fl, lower);
	if (lower->f_op->flock)
		return lower->f_op->flock(lower, cmd, fl);
	return locks_lock_file_wait(lower, fl);
}

int defuse_flock(struct file *file, int cmd, struct file_lock *fl)
{
	struct file *lower;

	if (!defuse_has_lower(file_inode(file)->i_sb))
		return locks_lock_file_wait(file, fl);
	lower = defuse_lower_file(file);
	return IS_ERR(lower) ? PTR_ERR(lower) : flock_lower(lower, cmd, fl);
}

/* Does anybody hold a POSIX lock on the lower inode? */
static bool lower_locked(const struct inode *inode)
{
	struct inode *lower = defuse_lower_inode(inode);
	struct file_lock_context *ctx;

	if (!lower)
		return false;
	ctx = locks_inode_context(lower);
	return ctx && !list_empty_careful(&ctx->flc_posix);
}

/**
 * defuse_unlock_owner() - drop the POSIX locks of an owner on the file
 * @file:  the FD being closed; need not be the one they were taken through
 * @owner: whose
 */
void defuse_unlock_owner(struct file *file, fl_owner_t owner)
{
	struct file *lower;

	if (!lower_locked(file_inode(file)))
		return;
	lower = defuse_lower_file(file);
	if (!IS_ERR(lower))
		locks_remove_posix(lower, owner);
}

/**
 * defuse_unlock_all() - drop what the open file description holds
 * @file: being released
 *
 * Not left to the release of the lower file: a donated one may live on in the
 * process that gave it.
 */
void defuse_unlock_all(struct file *file)
{
	struct file *lower = defuse_ofd(file)->lower;
	struct file_lock_context *ctx;
	struct file_lock fl;

	if (!lower)
		return;
	ctx = locks_inode_context(file_inode(lower));
	if (!ctx)
		return;
	if (!list_empty_careful(&ctx->flc_posix))
		locks_remove_posix(lower, file);
	if (list_empty_careful(&ctx->flc_flock))
		return;
	locks_init_lock(&fl);
	defuse_lock_set_type(&fl, F_UNLCK);
	defuse_lock_set_flags(&fl, FL_FLOCK | FL_CLOSE);
	defuse_lock_set_owner(&fl, lower);
	flock_lower(lower, F_SETLKW, &fl);
	locks_release_private(&fl);
}
