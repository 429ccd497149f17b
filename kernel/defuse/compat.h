/* SPDX-License-Identifier: GPL-2.0 */
/* The one place that knows kernel versions: 6.1 (bookworm) to 6.12 (backports). */
#ifndef DEFUSE_COMPAT_H
#define DEFUSE_COMPAT_H

#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/sched/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#include <linux/filelock.h>
#define defuse_idmap		mnt_idmap
#define DEFUSE_IDMAP		(&nop_mnt_idmap)
#else
#define defuse_idmap		user_namespace
#define DEFUSE_IDMAP		(&init_user_ns)
#endif

static inline void defuse_renamedata_idmap(struct renamedata *rd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	rd->old_mnt_idmap = DEFUSE_IDMAP;
	rd->new_mnt_idmap = DEFUSE_IDMAP;
#else
	rd->old_mnt_userns = DEFUSE_IDMAP;
	rd->new_mnt_userns = DEFUSE_IDMAP;
#endif
}

/* An unnamed file in a lower directory; write access to the mount is held. */
static inline struct file *defuse_tmpfile_below(const struct path *dir, umode_t mode,
						int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return kernel_tmpfile_open(DEFUSE_IDMAP, dir, mode, flags, current_cred());
#else
	return vfs_tmpfile_open(DEFUSE_IDMAP, dir, mode, flags, current_cred());
#endif
}

/* Access control lists left the attribute handlers in 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define DEFUSE_ACL_OPS		1
#define DEFUSE_ACL_IOPS		.get_acl = defuse_get_acl, .set_acl = defuse_set_acl,
#else
#define DEFUSE_ACL_OPS		0
#define DEFUSE_ACL_IOPS
#endif

/* File locks grew a common core. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define defuse_lock_set_file(fl, f)	((fl)->c.flc_file = (f))
#define defuse_lock_set_type(fl, t)	((fl)->c.flc_type = (t))
#define defuse_lock_set_flags(fl, x)	((fl)->c.flc_flags = (x))
#define defuse_lock_set_owner(fl, o)	((fl)->c.flc_owner = (o))
#else
#define defuse_lock_set_file(fl, f)	((fl)->fl_file = (f))
#define defuse_lock_set_type(fl, t)	((fl)->fl_type = (t))
#define defuse_lock_set_flags(fl, x)	((fl)->fl_flags = (x))
#define defuse_lock_set_owner(fl, o)	((fl)->fl_owner = (o))
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define defuse_fillattr(mask, inode, stat) \
	generic_fillattr(DEFUSE_IDMAP, mask, inode, stat)
#else
#define defuse_fillattr(mask, inode, stat) \
	generic_fillattr(DEFUSE_IDMAP, inode, stat)
#endif

/* Flags of a VMA became accessors in 6.3. */
static inline void defuse_vm_never_write(struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, VM_MAYWRITE);
#else
	vma->vm_flags &= ~VM_MAYWRITE;
#endif
}

/* dentry_open() tells fsnotify itself since 6.5. */
static inline void defuse_notify_open(struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	fsnotify_open(file);
#endif
}

/* Times became accessors in 6.7. */
static inline void defuse_copy_times(struct inode *to, const struct inode *from)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	inode_set_atime_to_ts(to, inode_get_atime(from));
	inode_set_mtime_to_ts(to, inode_get_mtime(from));
	inode_set_ctime_to_ts(to, inode_get_ctime(from));
#else
	to->i_atime = from->i_atime;
	to->i_mtime = from->i_mtime;
	to->i_ctime = from->i_ctime;
#endif
}

static inline void defuse_init_times(struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	simple_inode_init_ts(inode);
#else
	inode->i_atime = current_time(inode);
	inode->i_mtime = inode->i_atime;
	inode->i_ctime = inode->i_atime;
#endif
}

/* Whether offsets may be negative moved from the open file to its operations. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define DEFUSE_FOPS_UNSIGNED	.fop_flags = FOP_UNSIGNED_OFFSET,
#define DEFUSE_FMODE_UNSIGNED	((__force fmode_t)0)
#else
#define DEFUSE_FOPS_UNSIGNED
#define DEFUSE_FMODE_UNSIGNED	FMODE_UNSIGNED_OFFSET
#endif

/* Flags of a mapping are write-protected since 6.3. */
static inline void defuse_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define defuse_generic_splice_read	copy_splice_read
#else
#define defuse_generic_splice_read	generic_file_splice_read
#endif

/* Where the kernel would place a mapping of a file that has no wishes. */
static inline unsigned long defuse_unmapped_area(struct file *file, unsigned long addr,
						 unsigned long len, unsigned long pgoff,
						 unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return mm_get_unmapped_area(current->mm, file, addr, len, pgoff, flags);
#else
	return current->mm->get_unmapped_area(file, addr, len, pgoff, flags);
#endif
}

static inline void defuse_vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* __assign_str() takes its source from __string() since 6.10. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define defuse_assign_str(dst, src)	__assign_str(dst)
#else
#define defuse_assign_str(dst, src)	__assign_str(dst, src)
#endif

#endif /* DEFUSE_COMPAT_H */
