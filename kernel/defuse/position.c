// SPDX-License-Identifier: GPL-2.0
/*
 * Shared positions (I11): one page per open file description, in the memory of the
 * processes whose libraries work on it, and honoured by every holder that is not
 * hooked.
 *
 * While a page is mapped somewhere the file's own f_pos is parked at a negative
 * value.  So an operation of the VFS that uses the position is told from one with an
 * offset, and those that never ask the file system (sendfile, splice, copy_file_range
 * without offsets) are refused with the errno that makes their callers copy, instead
 * of taking a position that is not true.  Regular files of the mount therefore allow
 * negative offsets, and every operation here says EINVAL to others than the parked one.
 *
 * What lies in the page is whatever its sharers wrote there.  They can spoil the
 * position, as any holder of the FD can, and keep the lock: waiting for it can be
 * ended by SIGKILL.  That the kernel itself has the lock, who maps the page, and
 * whether f_pos is parked, are known from kernel memory alone (I1).
 *
 * Robustness: a thread that dies in the critical section leaves its number in the
 * lock.  A waiter finds that no living thread with this number is in a process that
 * maps the page.  The futex robust list is not used: a library that runs under the
 * lock has its own robust mutexes, and the list has room for one pending operation.
 */
#include "defuse.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* The one negative offset to which any length can be added without an overflow. */
#define PARKED		LLONG_MIN

/* How long a waiter sleeps before it looks again whether the holder lives. */
#define LOOK_AGAIN	(HZ / 50 + 1)

/**
 * struct defuse_cursor - the shared position of an open file description
 * @lock:    protects what follows; nests inside everything
 * @wait:    who waits for the lock in the page
 * @waiting: how many
 * @page:    the page
 * @shared:  its contents
 * @ns:      in which the numbers of threads in the page mean something; a reference
 * @maps:    struct map, one for each mapping
 * @pins:    mappings that are just being made
 * @parked:  f_pos is parked: the position is the one in the page
 * @held:    the kernel has the lock in the page
 *
 * Private data of the file that is mapped, which lives as long as a mapping does and
 * as long as the open file description.  @ns and @parked change only with the lock in
 * the page held by the kernel, as well as @lock.
 */
struct defuse_cursor {
	spinlock_t lock;	/* see above */
	wait_queue_head_t wait;
	unsigned int waiting;
	struct page *page;
	struct defuse_position *shared;
	struct pid_namespace *ns;
	struct list_head maps;
	unsigned int pins;
	bool parked;
	bool held;
};

/**
 * struct map - one mapping of a page
 * @node: in cursor->maps
 * @mm:   whose; compared only
 * @vmas: areas that show it: more than one while mremap() moves it
 */
struct map {
	struct list_head node;
	struct mm_struct *mm;
	unsigned int vmas;
};

/* Does a living thread with this number map the page?  @c->lock is held. */
static bool holder_lives(const struct defuse_cursor *c, u32 number)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct map *map;

	lockdep_assert_held(&c->lock);
	rcu_read_lock();
	task = pid_task(find_pid_ns(number, c->ns), PIDTYPE_PID);
	mm = task ? READ_ONCE(task->mm) : NULL;
	rcu_read_unlock();
	if (!mm)
		return false;
	list_for_each_entry(map, &c->maps, node)
		if (map->mm == mm)
			return true;
	return false;
}

/* The word says that the lock is taken; is it? */
static bool word_true(const struct defuse_cursor *c, u32 word)
{
	if (word == DEFUSE_POSITION_KERNEL)
		return c->held;
	return word && holder_lives(c, word);
}

enum turn {
	TURN_TAKEN,	/* the kernel has the lock now */
	TURN_NESTED,	/* the caller has it: a signal handler inside its own operation */
	TURN_BUSY,
};

static enum turn try_lock(struct defuse_cursor *c, u32 *word)
{
	enum turn turn = TURN_BUSY;

	spin_lock(&c->lock);
	*word = READ_ONCE(c->shared->lock);
	if (word_true(c, *word)) {
		if (*word == (u32)task_pid_nr_ns(current, c->ns))
			turn = TURN_NESTED;
	} else if (cmpxchg(&c->shared->lock, *word, DEFUSE_POSITION_KERNEL) == *word) {
		c->held = true;
		WRITE_ONCE(c->shared->next, 0);
		turn = TURN_TAKEN;
	}
	spin_unlock(&c->lock);
	return turn;
}

static void wake_next(struct defuse_cursor *c)
{
	/* Pairs with the barrier of prepare_to_wait_exclusive(). */
	smp_mb();
	wake_up(&c->wait);
}

static void unlock(struct defuse_cursor *c)
{
	spin_lock(&c->lock);
	c->held = false;
	/* Not if a sharer has written there: the word is no longer ours. */
	cmpxchg(&c->shared->lock, DEFUSE_POSITION_KERNEL, 0);
	spin_unlock(&c->lock);
	wake_next(c);
}

/* Users look at the number of waiters when they let go of the lock. */
static void count_waiters(struct defuse_cursor *c, int change)
{
	spin_lock(&c->lock);
	c->waiting += change;
	WRITE_ONCE(c->shared->waiters, c->waiting);
	spin_unlock(&c->lock);
}

/* Sleeps while the lock is @word.  Return: 0, or -EINTR for a signal of @state. */
static int wait_turn(struct defuse_cursor *c, u32 word, unsigned int state)
{
	DEFINE_WAIT(wait);
	int err = 0;

	count_waiters(c, 1);
	prepare_to_wait_exclusive(&c->wait, &wait, state);
	if (READ_ONCE(c->shared->lock) == word) {
		if (signal_pending_state(state, current))
			err = -EINTR;
		else
			schedule_timeout(LOOK_AGAIN);
	}
	finish_wait(&c->wait, &wait);
	count_waiters(c, -1);
	/* It may have been meant for one who can use it. */
	if (err)
		wake_next(c);
	return err;
}

static int lock(struct defuse_cursor *c, bool nowait, enum turn *turn)
{
	int err = 0;
	u32 word;

	while (!err) {
		*turn = try_lock(c, &word);
		if (*turn != TURN_BUSY)
			return 0;
		err = nowait ? -EAGAIN : wait_turn(c, word, TASK_KILLABLE);
	}
	return err;
}

static struct defuse_cursor *file_cursor(const struct file *file)
{
	struct file *map = defuse_ofd_position(defuse_ofd(file));

	return map ? map->private_data : NULL;
}

/**
 * defuse_position_take() - begin an operation that uses the position
 * @file:   regular file of the mount
 * @nowait: do not wait for others
 * @turn:   out, for defuse_position_give()
 *
 * Context: may sleep; until the other function excludes all users of the position.
 * Return: 0; -EAGAIN with @nowait; -EINTR if killed.  @turn->position is the
 * position, or negative if the sharers have spoilt it.
 */
int defuse_position_take(struct file *file, bool nowait, struct defuse_turn *turn)
{
	struct defuse_cursor *c = file_cursor(file);
	enum turn got;
	int err;

	turn->cursor = NULL;
	turn->nested = false;
	if (c) {
		err = lock(c, nowait, &got);
		if (err)
			return err;
		if (c->parked) {
			turn->cursor = c;
			turn->nested = got == TURN_NESTED;
			turn->position = READ_ONCE(c->shared->position);
			if (turn->nested && READ_ONCE(c->shared->next))
				turn->position = READ_ONCE(c->shared->next);
			return 0;
		}
		if (got == TURN_TAKEN)
			unlock(c);
	}
	turn->position = READ_ONCE(file->f_pos);
	return 0;
}

/* Nobody maps the page any more: back to a file like any other. */
static bool unpark(struct defuse_cursor *c)
{
	spin_lock(&c->lock);
	if (list_empty(&c->maps) && !c->pins)
		c->parked = false;
	spin_unlock(&c->lock);
	return !c->parked;
}

/**
 * defuse_position_give() - end an operation that uses the position
 * @turn:     of defuse_position_take()
 * @position: the new position, or negative: nothing has changed
 *
 * Return: what f_pos has to be now.
 */
loff_t defuse_position_give(struct defuse_turn *turn, loff_t position)
{
	struct defuse_cursor *c = turn->cursor;
	loff_t f_pos = PARKED;

	if (!c)
		return position;
	if (position >= 0) {
		WRITE_ONCE(c->shared->position, position);
		if (turn->nested) {
			/* The interrupted operation finds that others came between. */
			WRITE_ONCE(c->shared->next, 0);
			WRITE_ONCE(c->shared->changes, READ_ONCE(c->shared->changes) + 1);
		} else if (unpark(c)) {
			f_pos = position;
		}
	}
	if (!turn->nested)
		unlock(c);
	return f_pos;
}

/**
 * defuse_position_begin() - defuse_position_take() for a read or write
 * @iocb:    the request
 * @request: its copy for the lower file, gets the true offset
 * @turn:    out, for defuse_position_end()
 *
 * Return: 0 or an error for the caller.
 */
int defuse_position_begin(const struct kiocb *iocb, struct kiocb *request,
			  struct defuse_turn *turn)
{
	int err;

	turn->cursor = NULL;
	if (iocb->ki_pos >= 0)
		return 0;
	if (iocb->ki_pos != PARKED)
		return -EINVAL;
	err = defuse_position_take(iocb->ki_filp, iocb->ki_flags & IOCB_NOWAIT, turn);
	if (err)
		return err;
	if (turn->position < 0) {
		defuse_position_give(turn, -1);
		return -EINVAL;
	}
	request->ki_pos = turn->position;
	return 0;
}

/**
 * defuse_position_end() - defuse_position_give() for a read or write
 * @iocb:    the request
 * @request: its copy, after the lower file has served it
 * @turn:    of defuse_position_begin()
 * @done:    bytes, or an error, with which the VFS leaves f_pos alone
 */
void defuse_position_end(struct kiocb *iocb, const struct kiocb *request,
			 struct defuse_turn *turn, ssize_t done)
{
	iocb->ki_pos = turn->cursor ?
		defuse_position_give(turn, done < 0 ? -1 : request->ki_pos) :
		request->ki_pos;
}

/**
 * defuse_position_seek() - lseek() with SEEK_SET or SEEK_CUR
 * @file:   regular file of the mount, its f_pos_lock held unless nobody else has it
 * @offset: as given
 * @whence: SEEK_SET or SEEK_CUR
 * @limit:  the highest position
 *
 * Return: the new position or -errno.
 */
loff_t defuse_position_seek(struct file *file, loff_t offset, int whence, loff_t limit)
{
	struct defuse_turn turn;
	loff_t position = -EINVAL;
	int err;

	err = defuse_position_take(file, false, &turn);
	if (err)
		return err;
	if (whence == SEEK_CUR && turn.position >= 0 &&
	    check_add_overflow(turn.position, offset, &position))
		position = -EINVAL;
	if (whence == SEEK_SET)
		position = offset;
	if (position < 0 || position > limit) {
		if (turn.cursor)
			defuse_position_give(&turn, -1);
		return -EINVAL;
	}
	WRITE_ONCE(file->f_pos, defuse_position_give(&turn, position));
	return position;
}

/**
 * defuse_position_now() - the position as others may look at it
 * @file: any open file description of the mount
 */
loff_t defuse_position_now(const struct file *file)
{
	const struct defuse_cursor *c = file_cursor(file);

	return c && READ_ONCE(c->parked) ? READ_ONCE(c->shared->position) :
					   READ_ONCE(file->f_pos);
}

/* Has the VFS made @offset from f_pos? */
bool defuse_position_parked(loff_t offset)
{
	return offset == PARKED;
}

static void area_open(struct vm_area_struct *vma)
{
	struct defuse_cursor *c = vma->vm_file->private_data;
	struct map *map = vma->vm_private_data;

	spin_lock(&c->lock);
	map->vmas++;
	spin_unlock(&c->lock);
}

static void area_close(struct vm_area_struct *vma)
{
	struct defuse_cursor *c = vma->vm_file->private_data;
	struct map *map = vma->vm_private_data;
	bool last;

	spin_lock(&c->lock);
	last = --map->vmas == 0;
	if (last)
		list_del(&map->node);
	spin_unlock(&c->lock);
	if (!last)
		return;
	kfree(map);
	/* The holder may just have died. */
	wake_next(c);
}

static vm_fault_t area_fault(struct vm_fault *vmf)
{
	struct defuse_cursor *c = vmf->vma->vm_file->private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(c->page);
	vmf->page = c->page;
	return 0;
}

static const struct vm_operations_struct area_ops = {
	.open = area_open,
	.close = area_close,
	.fault = area_fault,
};

static int cursor_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct defuse_cursor *c = file->private_data;
	struct map *map;

	if (vma->vm_end - vma->vm_start != PAGE_SIZE || vma->vm_pgoff ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	map->mm = vma->vm_mm;
	map->vmas = 1;
	vma->vm_private_data = map;
	vma->vm_ops = &area_ops;
	/* A child has other threads: it asks for a mapping of its own. */
	defuse_vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	spin_lock(&c->lock);
	list_add(&map->node, &c->maps);
	spin_unlock(&c->lock);
	return 0;
}

static int cursor_release(struct inode *inode, struct file *file)
{
	struct defuse_cursor *c = file->private_data;

	WARN_ON_ONCE(!list_empty(&c->maps));
	put_pid_ns(c->ns);
	__free_page(c->page);
	kfree(c);
	return 0;
}

static const struct file_operations cursor_fops = {
	.owner = THIS_MODULE,
	.mmap = cursor_mmap,
	.release = cursor_release,
};

static struct file *make_cursor(void)
{
	struct defuse_cursor *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	struct file *map = ERR_PTR(-ENOMEM);

	if (!c)
		return map;
	c->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!c->page)
		goto err_free;
	c->shared = page_address(c->page);
	spin_lock_init(&c->lock);
	init_waitqueue_head(&c->wait);
	INIT_LIST_HEAD(&c->maps);
	c->ns = get_pid_ns(task_active_pid_ns(current));
	map = anon_inode_getfile("[defuse-position]", &cursor_fops, c, O_RDWR);
	if (!IS_ERR(map))
		return map;
	put_pid_ns(c->ns);
	__free_page(c->page);
err_free:
	kfree(c);
	return map;
}

/*
 * Makes the page the place of the position and keeps it so until @c->pins is taken
 * back.  Numbers of threads are those of one pid namespace as long as anybody maps it.
 */
static int park(struct defuse_cursor *c, struct file *file)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	enum turn turn;
	int err;

	err = lock(c, false, &turn);
	if (err)
		return err;
	if (turn == TURN_NESTED)
		return -EBUSY;
	spin_lock(&c->lock);
	if (c->ns != ns && (c->pins || !list_empty(&c->maps))) {
		err = -EXDEV;
	} else {
		swap(c->ns, ns);
		c->pins++;
		if (!c->parked)
			WRITE_ONCE(c->shared->position, READ_ONCE(file->f_pos));
		c->parked = true;
		WRITE_ONCE(file->f_pos, PARKED);
	}
	spin_unlock(&c->lock);
	if (!err) {
		get_pid_ns(c->ns);
		put_pid_ns(ns);
	}
	unlock(c);
	return err;
}

static long map_page(struct file *file)
{
	struct defuse_ofd *ofd = defuse_ofd(file);
	struct defuse_cursor *c;
	struct file *map = ofd->position;
	unsigned long addr;
	int err;

	if (!map) {
		map = make_cursor();
		if (IS_ERR(map))
			return PTR_ERR(map);
		/* Pairs with defuse_ofd_position(). */
		smp_store_release(&ofd->position, map);
	}
	c = map->private_data;
	err = park(c, file);
	if (err)
		return err;
	addr = vm_mmap(map, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	spin_lock(&c->lock);
	c->pins--;
	spin_unlock(&c->lock);
	return addr;
}

/**
 * defuse_position_map() - DEFUSE_IOC_POSITION
 * @file: the open file description
 * @user: where the address goes
 *
 * Context: process; takes f_pos_lock, which keeps the VFS from using f_pos, and
 * mmap_lock inside of it, as read(2) does.
 * Return: 0 or -errno, as <linux/defuse.h> says.
 */
long defuse_position_map(struct file *file, u64 __user *user)
{
	long addr;

	if (!S_ISREG(file_inode(file)->i_mode) || !defuse_ofd(file)->shadow)
		return -EINVAL;
	if (mutex_lock_killable(&file->f_pos_lock))
		return -EINTR;
	addr = map_page(file);
	mutex_unlock(&file->f_pos_lock);
	if (IS_ERR_VALUE(addr))
		return addr;
	defuse_count(file_inode(file)->i_sb, DEFUSE_STAT_POSITIONS);
	return put_user((u64)addr, user);
}

/**
 * defuse_position_turn() - DEFUSE_IOC_POSITION_TURN
 * @file: the open file description
 * @word: what the caller saw in the lock; 0: it has let go of it
 *
 * Return: 0: look again; -EINTR; -EINVAL: there is no page.
 */
long defuse_position_turn(struct file *file, unsigned long word)
{
	struct defuse_cursor *c = file_cursor(file);
	bool taken;

	if (!c || word != (u32)word)
		return -EINVAL;
	if (!word) {
		wake_next(c);
		return 0;
	}
	spin_lock(&c->lock);
	/* Who asks does not hold it, whatever a namesake left there. */
	taken = word_true(c, word) && word != (u32)task_pid_nr_ns(current, c->ns);
	if (!taken)
		cmpxchg(&c->shared->lock, (u32)word, 0);
	spin_unlock(&c->lock);
	return taken ? wait_turn(c, word, TASK_INTERRUPTIBLE) : 0;
}
