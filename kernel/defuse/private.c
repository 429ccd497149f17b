// SPDX-License-Identifier: GPL-2.0
/*
 * I/O of door 2 on a private mount: past the page cache while nobody has the file mapped,
 * through it while somebody has.  Which of them, maps.c explains.
 *
 * The counter is read before and after, so no lock is held while user memory is touched:
 * a mapping is made under mmap_lock.
 */
#include "defuse.h"

#include <linux/pagemap.h>
#include <linux/uio.h>

static u64 counter(const struct file *file)
{
	/* Ordered with count() of maps.c by the full barriers of the caller. */
	return atomic64_read(&DEFUSE_I(file_inode(file))->maps);
}

static bool mapped(u64 counter)
{
	return (u32)counter;
}

/* fcntl(F_SETFL) tells nobody; the server appends as the file it has says. */
static void copy_append(const struct file *file, struct file *lower)
{
	if (!((file->f_flags ^ lower->f_flags) & O_APPEND))
		return;
	spin_lock(&lower->f_lock);
	lower->f_flags = (lower->f_flags & ~O_APPEND) | (file->f_flags & O_APPEND);
	spin_unlock(&lower->f_lock);
}

static ssize_t transfer(struct file *lower, struct kiocb *request, struct iov_iter *iter,
			bool write)
{
	request->ki_filp = lower;
	return write ? vfs_iocb_iter_write(lower, request, iter) :
		       vfs_iocb_iter_read(lower, request, iter);
}

/* Through the page cache, which is the truth as long as it is held. */
static ssize_t transfer_cached(struct file *file, struct kiocb *request,
			       struct iov_iter *iter, bool write)
{
	struct file *cached = defuse_cached_file(file);
	ssize_t ret = PTR_ERR(cached);

	if (!IS_ERR(cached)) {
		copy_append(file, cached);
		request->ki_flags &= ~IOCB_DIRECT;
		ret = transfer(cached, request, iter, write);
	}
	defuse_maps_drop(file);
	return ret;
}

/*
 * The lock keeps writes through the page cache out.  While one is on its way to the server its
 * page is clean: dropped, and read again too early, it would undo the write by write-back.
 */
static void drop_cached(struct file *lower, loff_t pos, loff_t len)
{
	if (len <= 0)
		return;
	inode_lock(file_inode(lower));
	invalidate_inode_pages2_range(lower->f_mapping, pos >> PAGE_SHIFT,
				      (pos + len - 1) >> PAGE_SHIFT);
	inode_unlock(file_inode(lower));
}

/**
 * defuse_private_io() - read or write a file of a private mount
 * @iocb:    the request on the shadow file
 * @lower:   its lower file, which goes past the page cache
 * @request: the request on a lower file; ki_pos is moved on
 * @iter:    the data
 * @write:   which
 *
 * Context: process, no locks.  Return: as ->read_iter() and ->write_iter().
 */
ssize_t defuse_private_io(struct kiocb *iocb, struct file *lower, struct kiocb *request,
			  struct iov_iter *iter, bool write)
{
	struct file *file = iocb->ki_filp;
	loff_t pos;
	ssize_t ret;
	u64 before;
	int err;

	if (write && request->ki_flags & IOCB_APPEND) {
		/* The position after it is made from the size. */
		err = defuse_update_lower(lower);
		if (err)
			return err;
	}
again:
	before = counter(file);
	if (mapped(before)) {
		if (!defuse_maps_hold(file))
			goto again;
		return transfer_cached(file, request, iter, write);
	}
	copy_append(file, lower);
	request->ki_flags |= IOCB_DIRECT;
	ret = transfer(lower, request, iter, write);
	if (!write || ret <= 0)
		return ret;
	smp_mb();	/* the data, then the counter; see maps.c */
	if (counter(file) == before)
		return ret;
	pos = request->ki_pos - ret;
	if (request->ki_flags & IOCB_APPEND) {
		/* Where the server has put it is not known: it is not written twice. */
		drop_cached(lower, 0, LLONG_MAX);
		return ret;
	}
	iov_iter_revert(iter, ret);
	request->ki_pos = pos;
	goto again;
}

/**
 * defuse_private_file() - the lower file for an operation that is neither read nor write
 * @file: shadow file, of any mount
 *
 * Return: borrowed, or ERR_PTR as defuse_lower_file().
 */
struct file *defuse_private_file(struct file *file)
{
	if (defuse_private(file_inode(file)->i_sb) && mapped(counter(file)))
		return defuse_cached_file(file);
	return defuse_lower_file(file);
}

/**
 * defuse_private_settle() - let the library know what has been stored in mappings
 * @file:  shadow file, of any mount
 * @lower: its lower file
 *
 * For operations that ask about data without going through the page cache.  An error stays
 * with the mapping, for fsync() to tell.  Context: may sleep.
 */
void defuse_private_settle(struct file *file, struct file *lower)
{
	if (defuse_private(file_inode(file)->i_sb) && mapped(counter(file)) &&
	    lower->f_op->flush)
		lower->f_op->flush(lower, NULL);
}

/**
 * defuse_private_changed() - an operation has changed a file past the page cache
 * @file:  shadow file, of any mount
 * @lower: what defuse_private_file() gave for it
 * @pos:   where
 * @len:   bytes; not above 0: nothing
 */
void defuse_private_changed(struct file *file, struct file *lower, loff_t pos, loff_t len)
{
	if (!defuse_private(file_inode(file)->i_sb))
		return;
	smp_mb();	/* the data, then the counter; see maps.c */
	if (mapped(counter(file)) && lower == defuse_ofd_lower(defuse_ofd(file)))
		drop_cached(lower, pos, len);
}
