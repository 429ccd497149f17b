// SPDX-License-Identifier: GPL-2.0
/*
 * Open directories through door 2.
 *
 * Entries and positions are the lower directory's.  The lower file is always one of
 * our own, even where a file was donated: a directory's position lives in its
 * struct file, and the donor has its own use for that.
 */
#include "defuse.h"

#include <linux/file.h>

static struct file *lower_dir(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	if ((defuse_ofd(file)->shadow || !defuse_has_lower(sb)) &&
	    defuse_redirected(sb, DEFUSE_CALL_FD))
		return ERR_PTR(defuse_mark_fd(file));
	return defuse_lower_file(file);
}

static int defuse_iterate(struct file *file, struct dir_context *ctx)
{
	struct file *lower = lower_dir(file);
	loff_t pos;
	int err;

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	/*
	 * f_pos_lock of the shadow file is held: nobody else moves the lower one.  Some
	 * file systems keep a cursor that only llseek moves.
	 */
	if (lower->f_pos != ctx->pos) {
		pos = vfs_llseek(lower, ctx->pos, SEEK_SET);
		if (pos < 0)
			return pos;
	}
	err = iterate_dir(lower, ctx);
	ctx->pos = lower->f_pos;
	return err;
}

static loff_t defuse_dir_llseek(struct file *file, loff_t offset, int whence)
{
	struct file *lower;
	loff_t ret;

	/* Positions a library gave out need no lower directory to be set again. */
	if (whence == SEEK_SET || (whence == SEEK_CUR && !offset))
		return generic_file_llseek_size(file, offset, whence, LLONG_MAX, 0);
	lower = defuse_lower_file(file);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	lower->f_pos = file->f_pos;
	ret = vfs_llseek(lower, offset, whence);
	if (ret >= 0)
		file->f_pos = ret;
	return ret;
}

const struct file_operations defuse_dir_fops = {
	.owner = THIS_MODULE,
	.open = defuse_open,
	.flush = defuse_flush,
	.release = defuse_release,
	.llseek = defuse_dir_llseek,
	.read = generic_read_dir,
	.iterate_shared = defuse_iterate,
	.fsync = defuse_fsync,
	.lock = defuse_lock,
	.flock = defuse_flock,
	.unlocked_ioctl = defuse_ioctl,
};
