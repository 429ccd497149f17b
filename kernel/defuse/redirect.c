// SPDX-License-Identifier: GPL-2.0
/*
 * The marker: which callers are sent to the library, and the letter they get.
 *
 * A thread declares itself by a magic number in its thread control block, found
 * relative to the robust futex list the C library registers for every thread
 * anyway; so declaring costs no system call, exec forgets it, and children of
 * vfork, io_uring workers and kernel threads (which have no such list) are never
 * redirected.  The memory is the thread's own: lying in it harms only the liar (I5).
 *
 * Called under d_revalidate and lookup, that is with a directory's i_rwsem held
 * or none; never in RCU mode except defuse_redirected(), which does not sleep.
 */
#include "defuse.h"
#include "trace.h"

#include <linux/compat.h>
#include <linux/kdev_t.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>

/* Is there a library for the processes that come here? */
static bool has_library(const struct super_block *sb)
{
	return DEFUSE_SB(sb)->trust == DEFUSE_TRUST_PROCESS;
}

static bool call_redirected(const struct super_block *sb, enum defuse_call call)
{
	static const unsigned int answered_to[] = {
		[DEFUSE_CALL_PATH] = DEFUSE_REDIRECT_PATH,
		[DEFUSE_CALL_FD] = DEFUSE_REDIRECT_FD,
		[DEFUSE_CALL_MAP] = DEFUSE_REDIRECT_MAP,
	};
	int nr = syscall_get_nr(current, current_pt_regs());
	unsigned int wanted = answered_to[call];

	if (!has_library(sb))
		return false;
	if (!defuse_has_lower(sb) && call != DEFUSE_CALL_MAP)
		wanted |= DEFUSE_REDIRECT_NONE;
	return defuse_redirection(nr) & wanted;
}

/* Was the system call made by the code that declared itself? */
static bool called_from(const struct defuse_able *able)
{
	unsigned long ip = instruction_pointer(current_pt_regs());

	return !able->text_size || ip - able->text < able->text_size;
}

/* Reads the declaration without sleeping; absent memory means undeclared. */
static bool caller_able(struct defuse_able *able)
{
	unsigned long head;
	bool present;

	/* Who dumps core died in a system call, which the kernel's own are not. */
	if (!current->mm || current->flags & (PF_KTHREAD | PF_IO_WORKER | PF_DUMPCORE) ||
	    in_compat_syscall())
		return false;
	head = (unsigned long)READ_ONCE(current->robust_list);
	if (head < DEFUSE_ABLE_OFFSET ||
	    !access_ok((void __user *)(head - DEFUSE_ABLE_OFFSET), sizeof(*able)))
		return false;
	pagefault_disable();
	present = !__copy_from_user_inatomic(able,
			(void __user *)(head - DEFUSE_ABLE_OFFSET), sizeof(*able));
	pagefault_enable();
	return present && able->magic == DEFUSE_ABLE_MAGIC && called_from(able);
}

/* Does the caller's library work on the lower files of this mount themselves? */
static bool caller_adopts(const struct super_block *sb, const struct defuse_able *able)
{
	const struct defuse_mailbox __user *box = (void __user *)(unsigned long)able->mailbox;
	u64 adopts;
	bool present;

	if (!defuse_has_lower(sb) || !has_library(sb) || defuse_private(sb) ||
	    !access_ok(&box->adopts, sizeof(adopts)))
		return false;
	pagefault_disable();
	present = !__copy_from_user_inatomic(&adopts, &box->adopts, sizeof(adopts));
	pagefault_enable();
	return present && adopts == DEFUSE_SB(sb)->mount_id;
}

/*
 * Are names the kernel's own affair?  Not where the library fills mappings, and must hear
 * when a file is made shorter.
 */
static bool names_adopted(const struct super_block *sb, const struct defuse_able *able)
{
	return !defuse_is_paged(sb) && caller_adopts(sb, able);
}

/**
 * defuse_redirected() - is the current system call to be answered by the marker?
 * @sb:   the mount it has reached
 * @call: whether it got there by a path or by an FD
 *
 * Context: any in which current is the caller; does not sleep.
 */
bool defuse_redirected(const struct super_block *sb, enum defuse_call call)
{
	struct defuse_able able;

	return call_redirected(sb, call) && caller_able(&able) &&
	       !(call == DEFUSE_CALL_PATH && names_adopted(sb, &able));
}

/**
 * defuse_adopted() - is this an open whose lower file the caller's library will adopt?
 * @sb: the mount
 *
 * Context: any in which current is the caller; does not sleep.
 */
bool defuse_adopted(const struct super_block *sb)
{
	int nr = syscall_get_nr(current, current_pt_regs());
	struct defuse_able able;

	return defuse_redirection(nr) & DEFUSE_REDIRECT_OPEN && caller_able(&able) &&
	       caller_adopts(sb, &able);
}

/**
 * defuse_open_mailbox() - the mailbox that a redirected open may bring a claim in
 * @sb: the mount, without a lower tree
 *
 * Context: as for defuse_redirected().
 * Return: user address, or NULL: another call, or not redirected.
 */
struct defuse_mailbox __user *defuse_open_mailbox(const struct super_block *sb)
{
	int nr = syscall_get_nr(current, current_pt_regs());
	struct defuse_able able;

	if (!(defuse_redirection(nr) & DEFUSE_REDIRECT_OPEN) || !has_library(sb) ||
	    !caller_able(&able))
		return NULL;
	return (void __user *)(unsigned long)able.mailbox;
}

/**
 * defuse_mount_flags() - DEFUSE_MOUNT_* of a mount, for its letters and for IOC_INFO
 * @sb:       mount
 * @readonly: it, or the mount point asked about, is
 */
u32 defuse_mount_flags(const struct super_block *sb, bool readonly)
{
	return (readonly ? DEFUSE_MOUNT_RDONLY : 0) |
	       (defuse_has_lower(sb) ? DEFUSE_MOUNT_LOWER : 0) |
	       (defuse_is_paged(sb) ? DEFUSE_MOUNT_PAGING : 0) |
	       (defuse_private(sb) ? DEFUSE_MOUNT_PRIVATE : 0) |
	       (has_library(sb) ? 0 : DEFUSE_MOUNT_DAEMON);
}

/* struct defuse_mailbox up to what its owner writes, and without the path. */
struct mail_head {
	u32 kind;
	u32 flags;
	u64 mount_id;
	u32 dev_major;
	u32 dev_minor;
	u32 path_len;
	u32 umask;
};

static_assert(sizeof(struct mail_head) == offsetof(struct defuse_mailbox, adopts));
static_assert(offsetof(struct mail_head, path_len) ==
	      offsetof(struct defuse_mailbox, path_len));

/* Fills the caller's mailbox, if it has one.  A bad address is the caller's loss. */
static void send_mail(const struct super_block *sb, u32 kind, const char *path)
{
	struct defuse_mailbox __user *box;
	struct mail_head head = {
		.kind = kind,
		.flags = defuse_mount_flags(sb, sb_rdonly(sb)),
		.mount_id = DEFUSE_SB(sb)->mount_id,
		.dev_major = MAJOR(sb->s_dev),
		.dev_minor = MINOR(sb->s_dev),
		.path_len = strlen(path),
		.umask = current_umask(),
	};
	struct defuse_able able;

	if (!caller_able(&able) || !able.mailbox)
		return;
	box = (void __user *)(unsigned long)able.mailbox;
	/* The kind, which says that there is mail, comes last. */
	if (!copy_to_user(box->path, path, head.path_len + 1) &&
	    !copy_to_user(&box->flags, &head.flags,
			  sizeof(head) - offsetof(struct mail_head, flags)))
		put_user(kind, &box->kind);
}

/**
 * defuse_mark_path() - redirect a call that is about a name
 * @dentry: of the last component, hashed or not, positive or not
 *
 * Context: may sleep.
 * Return: -DEFUSE_MARKER; 0 where the path is too long for a mailbox, but door 2 can
 * answer; else -ENAMETOOLONG or -ENOMEM.
 */
int defuse_mark_path(struct dentry *dentry)
{
	struct defuse_path_text text;
	int err = defuse_path_text_get(dentry, &text);

	if (err)
		return err == -ENAMETOOLONG && defuse_has_lower(dentry->d_sb) ? 0 : err;
	defuse_count(dentry->d_sb, DEFUSE_STAT_MARKERS);
	trace_defuse_marker(dentry->d_sb, text.path);
	send_mail(dentry->d_sb, DEFUSE_MAIL_PATH, text.path);
	defuse_path_text_put(&text);
	return -DEFUSE_MARKER;
}

/**
 * defuse_mark_fd() - redirect a call on a shadow FD
 * @file: the open file description
 *
 * Context: may sleep.
 * Return: -DEFUSE_MARKER.
 */
int defuse_mark_fd(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	defuse_count(sb, DEFUSE_STAT_MARKERS);
	trace_defuse_marker(sb, "");
	send_mail(sb, DEFUSE_MAIL_FD, "");
	return -DEFUSE_MARKER;
}

/**
 * defuse_mark_map() - redirect mmap() of a shadow FD
 * @file: the open file description
 *
 * A mailbox that is not present stays empty: the C library touches it and asks again.
 *
 * Context: mmap_lock held, so user memory is not faulted in.
 * Return: -DEFUSE_MARKER.
 */
int defuse_mark_map(struct file *file)
{
	int err;

	pagefault_disable();
	err = defuse_mark_fd(file);
	pagefault_enable();
	return err;
}

/**
 * defuse_mail_adopt() - tell the caller that what it opens is its library's to adopt
 * @sb: the mount
 *
 * Context: may sleep.
 */
void defuse_mail_adopt(const struct super_block *sb)
{
	send_mail(sb, DEFUSE_MAIL_ADOPT, "");
}
