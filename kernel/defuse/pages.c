// SPDX-License-Identifier: GPL-2.0
/*
 * Page objects (I13): memory for the pages of a file that the library maps.
 *
 * Without a lower tree the kernel has no page cache to map.  The library's pages then
 * live in shared memory, one object per file and user, made at the first mapping and
 * gone with the last.  Everything in it is the word of processes of that user; another
 * user gets an object of his own, so nobody can be made to read, or to write back, what
 * he could not have been told otherwise.
 *
 * The pages are a file of shmem, because userfaultfd knows no other kind, opened with
 * operations of our own: they tell us when the last mapping is gone, and they offer no
 * way to make a hole, which would be read as zeros by who has no pager.
 *
 * Lock: table->lock, a leaf but for allocation.
 */
#include "defuse.h"

#include <linux/file.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static_assert(sizeof(struct defuse_live) == PAGE_SIZE);

/**
 * struct object - the pages of one file for one user
 * @node:   in defuse_page_table.objects
 * @dev:    identity of the file, as claimed
 * @ino:    likewise
 * @uid:    whose
 * @pages:  shmem
 * @ledger: shmem, for user space to keep its books in
 * @users:  open file descriptions of @pages; under table->lock
 */
struct object {
	struct hlist_node node;
	u64 dev;
	u64 ino;
	kuid_t uid;
	struct file *pages;
	struct file *ledger;
	unsigned int users;
};

/* private_data of an open file description of pages; @owner: what is mapped. */
struct holder {
	struct object *object;
	struct file *owner;
};

static struct hlist_head *bucket(struct defuse_page_table *table, u64 dev, u64 ino)
{
	return &table->objects[hash_64(dev ^ ino * GOLDEN_RATIO_64, DEFUSE_PAGES_BITS)];
}

/* Tells user space; table->lock is held. */
static void count_live(struct defuse_page_table *table, const struct object *object,
		       int change)
{
	struct defuse_live *live = page_address(table->counts);
	u32 *count = &live->count[DEFUSE_LIVE_CLASS(object->dev, object->ino)];

	WRITE_ONCE(*count, *count + change);
	/*
	 * Who reads the file next to fill a page must see what others have written
	 * that do not see the count yet: they look at it again after they wrote.
	 */
	smp_mb();
}

static void object_free(struct object *object)
{
	if (!IS_ERR_OR_NULL(object->pages))
		fput(object->pages);
	if (!IS_ERR_OR_NULL(object->ledger))
		fput(object->ledger);
	kfree(object);
}

static void object_put(struct super_block *sb, struct object *object)
{
	struct defuse_page_table *table = DEFUSE_SB(sb)->pages;
	bool last;

	mutex_lock(&table->lock);
	last = !--object->users;
	if (last) {
		hlist_del(&object->node);
		count_live(table, object, -1);
	}
	mutex_unlock(&table->lock);
	if (last)
		object_free(object);
}

static struct object *object_new(u64 dev, u64 ino)
{
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL_ACCOUNT);
	int err;

	if (!object)
		return ERR_PTR(-ENOMEM);
	object->dev = dev;
	object->ino = ino;
	object->uid = current_fsuid();
	object->pages = shmem_file_setup("defuse", 0, VM_NORESERVE);
	object->ledger = shmem_file_setup("defuse-ledger", 0, VM_NORESERVE);
	if (!IS_ERR(object->pages) && !IS_ERR(object->ledger)) {
		object->ledger->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
		return object;
	}
	err = IS_ERR(object->pages) ? PTR_ERR(object->pages) : PTR_ERR(object->ledger);
	object_free(object);
	return ERR_PTR(err);
}

static struct object *object_find(struct defuse_page_table *table, u64 dev, u64 ino)
{
	struct object *object;

	hlist_for_each_entry(object, bucket(table, dev, ino), node)
		if (object->dev == dev && object->ino == ino &&
		    uid_eq(object->uid, current_fsuid()))
			return object;
	return NULL;
}

/* With one more user.  Fills in @arg->flags. */
static struct object *object_get(struct super_block *sb, struct defuse_pages *arg)
{
	struct defuse_page_table *table = DEFUSE_SB(sb)->pages;
	struct object *object;

	mutex_lock(&table->lock);
	object = object_find(table, arg->device, arg->inode);
	if (!object && arg->flags & DEFUSE_PAGES_CREATE) {
		object = object_new(arg->device, arg->inode);
		if (!IS_ERR(object)) {
			hlist_add_head(&object->node,
				       bucket(table, object->dev, object->ino));
			count_live(table, object, 1);
			arg->flags |= DEFUSE_PAGES_CREATED;
		}
	}
	if (!object)
		object = ERR_PTR(-ENOENT);
	if (!IS_ERR(object))
		object->users++;
	mutex_unlock(&table->lock);
	return object;
}

/* The operations of an open file description of pages: shmem's, but for some. */
static const struct file_operations *shmem_ops(const struct file *file)
{
	return file_inode(file)->i_fop;
}

static loff_t pages_llseek(struct file *file, loff_t offset, int whence)
{
	return shmem_ops(file)->llseek(file, offset, whence);
}

static ssize_t pages_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return shmem_ops(iocb->ki_filp)->read_iter(iocb, iter);
}

static ssize_t pages_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return shmem_ops(iocb->ki_filp)->write_iter(iocb, iter);
}

/* As path_noexec(), which is not exported. */
static bool forbids_exec(const struct path *path)
{
	return path->mnt->mnt_flags & MNT_NOEXEC ||
	       path->mnt->mnt_sb->s_iflags & SB_I_NOEXEC;
}

static int pages_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct holder *holder = file->private_data;

	if (forbids_exec(&holder->owner->f_path)) {
		if (vma->vm_flags & VM_EXEC)
			return -EPERM;
		defuse_vm_flags_clear(vma, VM_MAYEXEC);
	}
	return shmem_ops(file)->mmap(file, vma);
}

static int pages_release(struct inode *inode, struct file *file)
{
	struct holder *holder = file->private_data;

	object_put(file_inode(holder->owner)->i_sb, holder->object);
	fput(holder->owner);
	kfree(holder);
	return 0;
}

static long pages_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.llseek = pages_llseek,
	.read_iter = pages_read_iter,
	.write_iter = pages_write_iter,
	.mmap = pages_mmap,
	.fsync = noop_fsync,
	.release = pages_release,
	.unlocked_ioctl = pages_ioctl,
};

/* An open file description of its own; takes over a use of @object. */
static struct file *open_pages(struct object *object, struct file *owner)
{
	struct inode *inode = file_inode(object->pages);
	struct holder *holder = kmalloc(sizeof(*holder), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!holder) {
		object_put(file_inode(owner)->i_sb, object);
		return ERR_PTR(-ENOMEM);
	}
	ihold(inode);
	/* Dropped with the file, as if open(2) had taken it. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, object->pages->f_path.mnt, "defuse", O_RDWR,
				 &pages_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		object_put(file_inode(owner)->i_sb, object);
		kfree(holder);
		return file;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	holder->object = object;
	holder->owner = get_file(owner);
	file->private_data = holder;
	return file;
}

/* Gives @object, a use of which is taken over, to the caller. */
static long give_object(struct object *object, struct file *owner, struct defuse_pages *arg)
{
	struct file *ledger = get_file(object->ledger);
	struct file *pages = open_pages(object, owner);
	int fds[2], err;

	err = PTR_ERR_OR_ZERO(pages);
	if (err)
		goto put_ledger;
	fds[0] = get_unused_fd_flags(O_CLOEXEC);
	err = fds[0];
	if (err < 0)
		goto put_pages;
	fds[1] = get_unused_fd_flags(O_CLOEXEC);
	err = fds[1];
	if (err < 0)
		goto put_fd;
	fd_install(fds[0], pages);
	fd_install(fds[1], ledger);
	arg->pages_fd = fds[0];
	arg->ledger_fd = fds[1];
	return 0;

put_fd:
	put_unused_fd(fds[0]);
put_pages:
	fput(pages);
put_ledger:
	fput(ledger);
	return err;
}

/**
 * defuse_pages_get() - DEFUSE_IOC_PAGES
 * @file: of the file that is mapped
 * @arg:  the request, of the right size but otherwise hostile; filled in
 *
 * Context: process.
 * Return: 0 or -errno, as <linux/defuse.h> says.
 */
long defuse_pages_get(struct file *file, struct defuse_pages *arg)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct object *object;

	if (!defuse_is_paged(sb))
		return -EOPNOTSUPP;
	if (arg->flags & ~DEFUSE_PAGES_CREATE || (!arg->device && !arg->inode))
		return -EINVAL;
	if (arg->mount_id != DEFUSE_SB(sb)->mount_id)
		return -EXDEV;
	if (arg->flags & DEFUSE_PAGES_CREATE && !S_ISREG(file_inode(file)->i_mode))
		return -EISDIR;
	object = object_get(sb, arg);
	if (IS_ERR(object))
		return PTR_ERR(object);
	defuse_count(sb, DEFUSE_STAT_PAGED);
	return give_object(object, file, arg);
}

static long pages_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct holder *holder = file->private_data;
	struct defuse_page_table *table = DEFUSE_SB(file_inode(holder->owner)->i_sb)->pages;
	struct defuse_pages __user *user = (void __user *)arg;
	struct defuse_pages request;
	long err;

	if (cmd != DEFUSE_IOC_PAGES)
		return -ENOTTY;
	err = defuse_copy_request(&request, sizeof(request), user);
	if (err)
		return err;
	mutex_lock(&table->lock);
	holder->object->users++;
	mutex_unlock(&table->lock);
	request.flags = 0;
	err = give_object(holder->object, holder->owner, &request);
	if (!err && copy_to_user(user, &request, sizeof(request)))
		return -EFAULT;
	return err;
}

/**
 * defuse_pages_live() - DEFUSE_IOC_LIVE
 * @sb: the mount
 *
 * Return: a new file (a reference) or ERR_PTR.
 */
struct file *defuse_pages_live(const struct super_block *sb)
{
	if (!defuse_is_paged(sb))
		return ERR_PTR(-EOPNOTSUPP);
	return dentry_open(&DEFUSE_SB(sb)->pages->live->f_path, O_RDONLY | O_LARGEFILE,
			   current_cred());
}

/**
 * defuse_pages_init() - prepare a mount for the library to map
 * @sb: being mounted
 *
 * Context: process.
 * Return: 0 or -ENOMEM and the like; defuse_pages_exit() cleans up in any case.
 */
int defuse_pages_init(struct super_block *sb)
{
	struct defuse_page_table *table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	struct page *page;

	if (!table)
		return -ENOMEM;
	mutex_init(&table->lock);
	DEFUSE_SB(sb)->pages = table;
	table->live = shmem_file_setup("defuse-live", PAGE_SIZE, 0);
	if (IS_ERR(table->live))
		return PTR_ERR(table->live);
	/* Readable through /proc/PID/fd, and no more. */
	file_inode(table->live)->i_mode = S_IFREG | 0444;
	page = shmem_read_mapping_page(table->live->f_mapping, 0);
	if (IS_ERR(page))
		return PTR_ERR(page);
	set_page_dirty(page);
	table->counts = page;
	return 0;
}

/**
 * defuse_pages_exit() - the end of a mount, or of an attempt at one
 * @dsb: no object is left, for each holds the mount
 */
void defuse_pages_exit(struct defuse_sb *dsb)
{
	struct defuse_page_table *table = dsb->pages;

	if (!table)
		return;
	if (table->counts)
		put_page(table->counts);
	if (!IS_ERR_OR_NULL(table->live))
		fput(table->live);
	kfree(table);
}
