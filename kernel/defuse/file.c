// SPDX-License-Identifier: GPL-2.0
/*
 * Open file descriptions, and I/O on regular files through door 2.
 *
 * Every operation is the same operation on the lower file, with the caller's
 * credentials, so the page cache is the lower file's and all ways agree (I4).  The
 * file position is the shadow file's own, or that of its shared page (position.c).
 */
#include "defuse.h"

#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uio.h>

/* What of the shadow request the lower request shall honour: all is done in place. */
#define LOWER_IOCB_FLAGS \
	(IOCB_APPEND | IOCB_DIRECT | IOCB_DSYNC | IOCB_SYNC | IOCB_NOWAIT)

/* The text of an executed file must not change under it, through any door. */
static int deny_lower_write(struct file *file, struct defuse_ofd *ofd)
{
	int err;

	if (!(file->f_flags & __FMODE_EXEC))
		return 0;
	err = deny_write_access(ofd->lower);
	ofd->exec = !err;
	return err;
}

/*
 * May the opener have the lower file itself?  Not a directory: ".." leads out of the
 * mount, and of a chroot.  Nor where the mount forbids what the lower one does not,
 * as a new open of the file through /proc would find (I10).
 */
static bool may_adopt(const struct inode *inode, const struct file *file)
{
	const struct vfsmount *mnt = file->f_path.mnt;
	const struct vfsmount *lower;
	int forbidden;

	if (!S_ISREG(inode->i_mode) || !defuse_adopted(inode->i_sb))
		return false;
	lower = DEFUSE_SB(inode->i_sb)->lower.mnt;
	forbidden = mnt->mnt_flags & ~lower->mnt_flags;
	if (__mnt_is_readonly((struct vfsmount *)mnt) &&
	    !__mnt_is_readonly((struct vfsmount *)lower))
		forbidden |= MNT_READONLY;
	return !(forbidden & (MNT_READONLY | MNT_NOSUID | MNT_NOEXEC));
}

/* What the library opens, and not the kernel. */
static void open_for_library(struct file *file)
{
	defuse_ofd(file)->shadow = true;
	/* It has accepted O_DIRECT, or not, by now. */
	file->f_mode |= FMODE_CAN_ODIRECT;
}

/*
 * Without a lower tree the root alone is known here, and files that are claimed.  Other
 * directories are opened where a path ends in "." and the kernel has taken the name before
 * for one.
 */
static int open_none(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	int err;

	if (IS_ROOT(dentry))
		return 0;
	err = d_is_reg(dentry) ? defuse_claim_open(file) : 1;
	if (err <= 0) {
		if (!err) {
			open_for_library(file);
			defuse_count(dentry->d_sb, DEFUSE_STAT_DOOR1_OPENS);
		}
		return err;
	}
	if (defuse_redirected(dentry->d_sb, DEFUSE_CALL_PATH))
		return defuse_mark_path(dentry);
	defuse_count(dentry->d_sb, DEFUSE_STAT_REFUSED);
	return -EOPNOTSUPP;
}

int defuse_open(struct inode *inode, struct file *file)
{
	struct defuse_ofd *ofd;
	int err;

	ofd = kzalloc(sizeof(*ofd), GFP_KERNEL_ACCOUNT);
	if (!ofd)
		return -ENOMEM;
	mutex_init(&ofd->lock);
	/* See position.c; whoever takes offsets refuses the negative ones. */
	if (S_ISREG(inode->i_mode))
		file->f_mode |= DEFUSE_FMODE_UNSIGNED;
	file->private_data = ofd;
	atomic_inc(&DEFUSE_I(inode)->opens);
	if (file->f_flags & DEFUSE_O_SHADOW) {
		file->f_flags &= ~DEFUSE_O_SHADOW;
		open_for_library(file);
		return 0;
	}
	if (!defuse_has_lower(inode->i_sb)) {
		err = open_none(file);
		if (err)
			goto err_free;
		return 0;
	}

	ofd->shadow = may_adopt(inode, file);
	ofd->lower = defuse_open_lower(file, ofd->shadow);
	if (IS_ERR(ofd->lower)) {
		err = PTR_ERR(ofd->lower);
		goto err_free;
	}
	err = deny_lower_write(file, ofd);
	if (err)
		goto err_fput;
	file->f_mode |= ofd->lower->f_mode &
			(FMODE_CAN_ODIRECT | FMODE_NOWAIT);
	defuse_count(inode->i_sb, ofd->shadow ? DEFUSE_STAT_DOOR1_OPENS :
						DEFUSE_STAT_DOOR2_OPENS);
	if (ofd->shadow) {
		ofd->donated = get_file(ofd->lower);
		defuse_mail_adopt(inode->i_sb);
	}
	/* exec reads mode, owner and size from the shadow inode next. */
	defuse_refresh(inode);
	return 0;

err_fput:
	fput(ofd->lower);
err_free:
	atomic_dec(&DEFUSE_I(inode)->opens);
	kvfree(ofd->stash);
	kfree(ofd);
	return err;
}

int defuse_flush(struct file *file, fl_owner_t id)
{
	struct file *lower = defuse_ofd_lower(defuse_ofd(file));

	defuse_unlock_owner(file, id);
	if (lower && lower->f_op->flush)
		return lower->f_op->flush(lower, id);
	return 0;
}

int defuse_release(struct inode *inode, struct file *file)
{
	struct defuse_ofd *ofd = defuse_ofd(file);

	atomic_dec(&DEFUSE_I(inode)->opens);
	defuse_unlock_all(file);
	if (ofd->exec)
		allow_write_access(ofd->lower);
	if (ofd->lower)
		fput(ofd->lower);
	if (ofd->donated)
		fput(ofd->donated);
	if (ofd->cached)
		fput(ofd->cached);
	if (ofd->position)
		fput(ofd->position);
	kvfree(ofd->stash);
	kfree(ofd);
	return 0;
}

/* The lower file for a call that a redirected caller must take to the library. */
static struct file *lower_for_call(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	if (defuse_ofd(file)->shadow && defuse_redirected(sb, DEFUSE_CALL_FD))
		return ERR_PTR(defuse_mark_fd(file));
	return defuse_lower_file(file);
}

/* The request on the lower file that stands for @iocb. */
static struct file *lower_request(struct kiocb *request, struct kiocb *iocb)
{
	struct file *lower = lower_for_call(iocb->ki_filp);

	if (!IS_ERR(lower)) {
		defuse_count(file_inode(iocb->ki_filp)->i_sb, DEFUSE_STAT_LOWER_IO);
		kiocb_clone(request, iocb, lower);
		request->ki_flags &= LOWER_IOCB_FLAGS;
	}
	return lower;
}

static ssize_t defuse_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct kiocb request;
	struct file *lower = lower_request(&request, iocb);
	struct defuse_turn turn;
	ssize_t ret;

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	ret = defuse_position_begin(iocb, &request, &turn);
	if (ret)
		return ret;
	if (defuse_private(file_inode(iocb->ki_filp)->i_sb))
		ret = defuse_private_io(iocb, lower, &request, iter, false);
	else
		ret = vfs_iocb_iter_read(lower, &request, iter);
	defuse_position_end(iocb, &request, &turn, ret);
	return ret;
}

static ssize_t defuse_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct kiocb request;
	struct file *lower = lower_request(&request, iocb);
	struct defuse_turn turn;
	ssize_t ret;

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	ret = defuse_position_begin(iocb, &request, &turn);
	if (ret)
		return ret;
	request.ki_flags |= IOCB_WRITE;
	file_start_write(lower);
	if (defuse_private(file_inode(iocb->ki_filp)->i_sb))
		ret = defuse_private_io(iocb, lower, &request, iter, true);
	else
		ret = vfs_iocb_iter_write(lower, &request, iter);
	file_end_write(lower);
	defuse_position_end(iocb, &request, &turn, ret);
	defuse_refresh(file_inode(iocb->ki_filp));
	return ret;
}

int defuse_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct file *lower = lower_for_call(file);

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	return vfs_fsync_range(lower, start, end, datasync);
}

/* SEEK_DATA and SEEK_HOLE, without leaving a trace in the lower file's position. */
static loff_t seek_data(struct file *file, struct file *lower, loff_t offset, int whence)
{
	loff_t saved, ret;

	defuse_private_settle(file, lower);
	/* Inside the shadow file's, which the VFS holds; a lower file is never ours. */
	mutex_lock_nested(&lower->f_pos_lock, SINGLE_DEPTH_NESTING);
	saved = lower->f_pos;
	ret = vfs_llseek(lower, offset, whence);
	lower->f_pos = saved;
	mutex_unlock(&lower->f_pos_lock);
	return ret;
}

static loff_t defuse_llseek(struct file *file, loff_t offset, int whence)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct file *lower;
	int err;

	if (whence != SEEK_SET && whence != SEEK_CUR) {
		lower = lower_for_call(file);
		if (IS_ERR(lower))
			return PTR_ERR(lower);
		if (whence == SEEK_END) {
			err = defuse_update_lower(lower);
			if (err)
				return err;
			offset = check_add_overflow(i_size_read(file_inode(lower)),
						    offset, &offset) ? -EINVAL : offset;
		} else {
			offset = seek_data(file, lower, offset, whence);
		}
		if (offset < 0)
			return whence == SEEK_END ? -EINVAL : offset;
		whence = SEEK_SET;
	}
	return defuse_position_seek(file, offset, whence, sb->s_maxbytes);
}

/* To a pipe.  Without an offset sendfile() would need a position that is true. */
static ssize_t defuse_splice_read(struct file *file, loff_t *pos,
				  struct pipe_inode_info *pipe, size_t len,
				  unsigned int flags)
{
	if (*pos < 0)
		return -EINVAL;
	return defuse_generic_splice_read(file, pos, pipe, len, flags);
}

/*
 * From a pipe.  Not iter_file_splice_write() on the shadow file: the pipe's lock must be
 * taken inside of the lower file system's freeze protection.
 */
static ssize_t defuse_splice_write(struct pipe_inode_info *pipe, struct file *file,
				   loff_t *pos, size_t len, unsigned int flags)
{
	struct file *lower = defuse_private_file(file);
	loff_t begin = *pos;
	ssize_t ret;

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	if (*pos < 0)
		return -EINVAL;
	defuse_count(file_inode(file)->i_sb, DEFUSE_STAT_LOWER_IO);
	file_start_write(lower);
	ret = iter_file_splice_write(pipe, lower, pos, len, flags);
	file_end_write(lower);
	defuse_private_changed(file, lower, begin, ret);
	defuse_refresh(file_inode(file));
	return ret;
}

/* The first to hear of mmap(), before anything is unmapped: the place for the marker. */
static unsigned long defuse_get_unmapped_area(struct file *file, unsigned long addr,
					      unsigned long len, unsigned long pgoff,
					      unsigned long flags)
{
	struct super_block *sb = file_inode(file)->i_sb;

	if (defuse_is_paged(sb) && defuse_ofd(file)->shadow &&
	    (!defuse_has_lower(sb) || (flags & MAP_TYPE) == MAP_PRIVATE) &&
	    defuse_redirected(sb, DEFUSE_CALL_MAP))
		return defuse_mark_map(file);
	return defuse_unmapped_area(file, addr, len, pgoff, flags);
}

static int defuse_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool private = defuse_private(file_inode(file)->i_sb);
	struct file *lower = private ? defuse_cached_file(file) : defuse_lower_file(file);

	if (IS_ERR(lower))
		return PTR_ERR(lower) == -EOPNOTSUPP ? -ENODEV : PTR_ERR(lower);
	if (!lower->f_op->mmap)
		return -ENODEV;
	defuse_count(file_inode(file)->i_sb, DEFUSE_STAT_LOWER_IO);
	if (private)
		return defuse_map_counted(file, lower, vma);
	vma_set_file(vma, lower);
	return call_mmap(lower, vma);
}

static long defuse_fallocate(struct file *file, int mode, loff_t offset,
			     loff_t len)
{
	struct file *lower = lower_for_call(file);
	long err;

	if (!IS_ERR(lower))
		lower = defuse_private_file(file);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	err = vfs_fallocate(lower, mode, offset, len);
	defuse_private_changed(file, lower, offset, err ? 0 : len);
	defuse_refresh(file_inode(file));
	return err;
}

static int defuse_fadvise(struct file *file, loff_t offset, loff_t len,
			  int advice)
{
	struct file *lower;

	/* Nothing is cached here that advice could be about. */
	if (!defuse_has_lower(file_inode(file)->i_sb))
		return 0;
	lower = defuse_lower_file(file);
	return IS_ERR(lower) ? PTR_ERR(lower) :
			       vfs_fadvise(lower, offset, len, advice);
}

static ssize_t defuse_copy_file_range(struct file *in, loff_t in_offset,
				      struct file *out, loff_t out_offset,
				      size_t len, unsigned int flags)
{
	struct file *lower_in = defuse_private_file(in);
	struct file *lower_out = defuse_private_file(out);
	ssize_t ret;

	/* With the position of a shared one: the caller will read and write instead. */
	if (defuse_position_parked(in_offset) || defuse_position_parked(out_offset))
		return -EXDEV;
	if (in_offset < 0 || out_offset < 0)
		return -EINVAL;
	if (IS_ERR(lower_in))
		return PTR_ERR(lower_in);
	if (IS_ERR(lower_out))
		return PTR_ERR(lower_out);
	ret = vfs_copy_file_range(lower_in, in_offset, lower_out, out_offset, len,
				  flags);
	defuse_private_changed(out, lower_out, out_offset, ret);
	defuse_refresh(file_inode(out));
	return ret;
}

static loff_t defuse_remap_file_range(struct file *in, loff_t in_offset,
				      struct file *out, loff_t out_offset,
				      loff_t len, unsigned int flags)
{
	struct file *lower_in = defuse_lower_file(in);
	struct file *lower_out = defuse_lower_file(out);
	loff_t ret;

	if (IS_ERR(lower_in))
		return PTR_ERR(lower_in);
	if (IS_ERR(lower_out))
		return PTR_ERR(lower_out);
	if (flags & REMAP_FILE_DEDUP)
		ret = vfs_dedupe_file_range_one(lower_in, in_offset, lower_out,
						out_offset, len, flags);
	else
		ret = vfs_clone_file_range(lower_in, in_offset, lower_out,
					   out_offset, len, flags);
	defuse_refresh(file_inode(out));
	return ret;
}

static void defuse_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct defuse_ofd *ofd = defuse_ofd(file);

	seq_printf(m, "defuse-door:\t%d\ndefuse-stash:\t%u\ndefuse-position:\t%lld\n",
		   ofd->shadow ? 1 : 2, ofd->stash_len, defuse_position_now(file));
}

const struct file_operations defuse_file_fops = {
	.owner = THIS_MODULE,
	DEFUSE_FOPS_UNSIGNED
	.open = defuse_open,
	.flush = defuse_flush,
	.release = defuse_release,
	.llseek = defuse_llseek,
	.read_iter = defuse_read_iter,
	.write_iter = defuse_write_iter,
	.fsync = defuse_fsync,
	.mmap = defuse_mmap,
	.get_unmapped_area = defuse_get_unmapped_area,
	.splice_read = defuse_splice_read,
	.splice_write = defuse_splice_write,
	.copy_file_range = defuse_copy_file_range,
	.remap_file_range = defuse_remap_file_range,
	.fallocate = defuse_fallocate,
	.fadvise = defuse_fadvise,
	.lock = defuse_lock,
	.flock = defuse_flock,
	/* A lease would not notice an opener on the lower file. */
	.setlease = simple_nosetlease,
	.unlocked_ioctl = defuse_ioctl,
	.show_fdinfo = defuse_show_fdinfo,
};
