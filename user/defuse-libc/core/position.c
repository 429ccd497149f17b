// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Positions: the page and its lock by the rules of struct defuse_position, and the
 * kernel's position until there is a page.
 *
 * The lock of a page is held while the library works, as Linux holds f_pos_lock, so
 * operations of all holders are atomic as POSIX wants (2.9.7).  A holder that is killed
 * has not moved the position.  A handler of the thread comes between: what it does is
 * done before the read or after the write that it interrupts.
 */
#include "position.h"

#include "fdtable.h"
#include "fork.h"
#include "mailbox.h"
#include "mount.h"
#include "point.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beyond is the kernel's to judge: what a file may have depends on the backend. */
#define SEEK_KNOWN	(1L << 43)
/* Tries before a waiter goes to sleep: the holder may be about to let go. */
#define SPINS		50

/*
 * What a handle knows of its page: the address, and in the bits that it leaves free
 * the generation that mapped it.  Address 0: there will be none.
 */
#define ADDRESS_BITS	0x0000fffffffff000UL

static uint64_t pack(uint64_t addr, uint32_t gen)
{
	return addr | (gen & 0xfff) | (uint64_t)(gen >> 12) << 48;
}

/* Has this process asked for one, and which did it get? */
static bool known(const struct dfl_handle *h, uint32_t gen, struct defuse_position **page)
{
	uint64_t word = atomic_load_explicit(&h->page, memory_order_acquire);
	bool ours = gen && (word & ~ADDRESS_BITS) == pack(0, gen);

	*page = ours ? (struct defuse_position *)(word & ADDRESS_BITS) : NULL;
	return ours;
}

/* The page that this process maps, or NULL. */
static struct defuse_position *mapped(const struct dfl_handle *h)
{
	struct defuse_position *page;

	if (!atomic_load_explicit(&h->page, memory_order_relaxed))
		return NULL;
	known(h, dfl_fork_generation(), &page);
	return page;
}

bool dfl_position_mapped(const struct dfl_handle *h)
{
	return mapped(h);
}

off_t dfl_position_look(const struct dfl_handle *h)
{
	struct defuse_position *page = mapped(h);

	return page ? __atomic_load_n(&page->position, __ATOMIC_ACQUIRE) : -1;
}

void dfl_position_drop(struct dfl_handle *h)
{
	struct defuse_position *page = mapped(h);

	atomic_store_explicit(&h->page, 0, memory_order_relaxed);
	if (page)
		dfl_raw(SYS_munmap, page, 4096);
}

/* Another thread may do so too; the first one's page stays. */
static struct defuse_position *promote(struct dfl_handle *h, int fd, uint32_t gen)
{
	struct defuse_position *page;
	uint64_t was = atomic_load(&h->page), addr = 0;
	long ret;

	if (known(h, gen, &page))
		return page;
	ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_POSITION, &addr);
	if (ret == -EINTR)
		return NULL;
	if (ret || addr & ~ADDRESS_BITS)
		addr = 0;
	if (atomic_compare_exchange_strong(&h->page, &was, pack(addr, gen)))
		return (struct defuse_position *)addr;
	if (addr)
		dfl_raw(SYS_munmap, addr, 4096);
	known(h, gen, &page);
	return page;
}

/* The handle's own lock, where the position is the kernel's and nobody else's. */
static void busy_lock(struct dfl_handle *h)
{
	uint32_t free = 0;

	if (atomic_compare_exchange_strong(&h->busy, &free, 1))
		return;
	/* Threads share it: a page is the better place. */
	atomic_store_explicit(&h->moves, DFL_POSITION_TRIAL, memory_order_relaxed);
	while (atomic_exchange(&h->busy, 2))
		dfl_raw(SYS_futex, &h->busy, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, 0);
}

static void busy_unlock(struct dfl_handle *h)
{
	if (atomic_exchange(&h->busy, 0) == 2)
		dfl_raw(SYS_futex, &h->busy, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

static uint32_t thread_number(struct dfl_post *post, uint32_t gen)
{
	if (post->number_of != gen) {
		post->number = dfl_raw(SYS_gettid);
		post->number_of = gen;
	}
	return post->number;
}

static void page_unlock(struct dfl_hold *hold)
{
	struct defuse_position *page = hold->page;
	uint32_t number = hold->number;

	__atomic_store_n(&page->next, 0, __ATOMIC_RELAXED);
	/* Unless a sharer has spoilt the word, or the lock was taken for abandoned. */
	__atomic_compare_exchange_n(&page->lock, &number, 0, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_RELAXED);
	if (__atomic_load_n(&page->waiters, __ATOMIC_SEQ_CST))
		dfl_raw(SYS_ioctl, hold->fd, DEFUSE_IOC_POSITION_TURN, 0);
}

/* Return: 0, or an error that means: not this way. */
static int page_lock(struct dfl_hold *hold)
{
	uint32_t word;
	int spins = 0;
	long ret;

	for (;;) {
		word = 0;
		if (__atomic_compare_exchange_n(&hold->page->lock, &word, hold->number,
						false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return 0;
		if (spins++ < SPINS) {
			__builtin_ia32_pause();
			continue;
		}
		ret = dfl_raw(SYS_ioctl, hold->fd, DEFUSE_IOC_POSITION_TURN, word);
		if (ret && ret != -EINTR)
			return ret;
	}
}

static void hold_begin(struct dfl_hold *hold)
{
	atomic_signal_fence(memory_order_seq_cst);
	hold->active = true;
	atomic_signal_fence(memory_order_seq_cst);
}

static void hold_end(struct dfl_hold *hold)
{
	atomic_signal_fence(memory_order_seq_cst);
	hold->active = false;
}

static long begin_page(struct dfl_hold *hold)
{
	struct defuse_position *page = hold->page;

	hold_begin(hold);
	if (page_lock(hold)) {
		hold_end(hold);
		return DFL_DOOR2;
	}
	hold->changes = __atomic_load_n(&page->changes, __ATOMIC_RELAXED);
	hold->position = __atomic_load_n(&page->position, __ATOMIC_RELAXED);
	/* Spoilt by a sharer, or at the end of what there can be: the kernel's word. */
	if (hold->position < 0 || hold->position > LONG_MAX - hold->length) {
		page_unlock(hold);
		hold_end(hold);
		return DFL_DOOR2;
	}
	__atomic_store_n(&page->next, hold->write ? hold->position + hold->length : 0,
			 __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
	return 0;
}

static void remember(struct dfl_handle *h, off_t position)
{
	atomic_store_explicit(&h->position, position, memory_order_relaxed);
}

void dfl_position_forget(struct dfl_handle *h)
{
	remember(h, -1);
}

/*
 * The kernel's position.  A write moves it first, which reserves the range.  A read
 * begins where the last operation has left it; moving it on shows whether that was true.
 */
static long begin_kernel(struct dfl_hold *hold)
{
	long n = hold->write ? hold->length : 0;
	off_t pos = atomic_load_explicit(&hold->h->position, memory_order_relaxed);

	hold->page = NULL;
	hold_begin(hold);
	if (hold->write || pos < 0 || !hold->busy)
		pos = dfl_raw(SYS_lseek, hold->fd, n, SEEK_CUR) - n;
	if (pos < 0 || pos > LONG_MAX - hold->length) {
		if (hold->busy)
			busy_unlock(hold->h);
		hold_end(hold);
		return DFL_DOOR2;
	}
	hold->position = pos;
	return 0;
}

static bool is_shared(const struct dfl_handle *h)
{
	return h->forks != dfl_handle_forks();
}

long dfl_position_begin(const struct dfl_call *c, struct dfl_handle *h, long length,
			bool write, off_t *position)
{
	struct dfl_post *post = dfl_mailbox_post(c->thread);
	const bool shared = is_shared(h);
	struct dfl_hold *hold;
	uint32_t gen = dfl_fork_generation();
	bool asked;
	long ret;

	if (!post)
		return DFL_DOOR2;
	hold = &post->hold;
	hold->h = h;
	hold->fd = c->a[0];
	hold->write = write;
	hold->length = length;
	hold->generation = gen;
	hold->frame = (const char *)c;
	asked = known(h, gen, &hold->page);
	hold->busy = !hold->page && !shared;
	if (hold->busy)
		busy_lock(h);
	if (!asked && gen && (shared || atomic_fetch_add_explicit(&h->moves, 1,
					memory_order_relaxed) >= DFL_POSITION_TRIAL))
		hold->page = promote(h, hold->fd, gen);
	if (hold->page) {
		if (hold->busy)
			busy_unlock(h);
		hold->busy = false;
		hold->number = thread_number(post, gen);
		ret = begin_page(hold);
	} else if (shared && h->mount->lower) {
		return DFL_DOOR2;
	} else {
		ret = begin_kernel(hold);
	}
	*position = hold->position;
	dfl_point(position_claimed);
	return ret;
}

/* Moves the position to @now.  Return: whether nobody has come between. */
static bool commit(struct dfl_hold *hold, int64_t now)
{
	struct defuse_position *page = hold->page;
	int64_t was = hold->position;

	if (__atomic_load_n(&page->changes, __ATOMIC_RELAXED) != hold->changes)
		return false;
	/* A handler that comes between the two stores shall begin where this ends. */
	if (hold->write)
		__atomic_store_n(&page->next, now, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
	return __atomic_compare_exchange_n(&page->position, &was, now, false,
					   __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static bool end_page(struct dfl_hold *hold, int64_t now)
{
	bool good = commit(hold, now);

	page_unlock(hold);
	hold_end(hold);
	dfl_point(position_settled);
	return good;
}

static bool end_kernel(struct dfl_hold *hold, long done)
{
	long moved = done > 0 ? done : 0;
	off_t end = hold->position + moved, now = end;

	if (hold->write && moved < hold->length) {
		now = dfl_raw(SYS_lseek, hold->fd, moved - hold->length, SEEK_CUR);
	} else if (!hold->write && done >= 0) {
		now = dfl_raw(SYS_lseek, hold->fd, moved, SEEK_CUR);
		if (now != end && moved)
			dfl_raw(SYS_lseek, hold->fd, -moved, SEEK_CUR);
	}
	remember(hold->h, now == end ? end : -1);
	if (hold->busy)
		busy_unlock(hold->h);
	hold_end(hold);
	dfl_point(position_settled);
	/* Closed by another thread meanwhile: what was read was read. */
	return now == end || now < 0 || hold->write;
}

/* The library has forked, and this is the child: the position is its parent's. */
static bool is_child(struct dfl_hold *hold)
{
	dfl_point(data_moved);
	if (hold->generation == dfl_fork_generation())
		return false;
	hold_end(hold);
	return true;
}

bool dfl_position_end(const struct dfl_call *c, long done)
{
	struct dfl_hold *hold = &dfl_post(c)->hold;

	if (is_child(hold))
		return true;
	if (!hold->page)
		return end_kernel(hold, done);
	/* What is written stays where it is; after an error nothing was read. */
	return end_page(hold, hold->position + (done > 0 ? done : 0)) || hold->write ||
	       done < 0;
}

void dfl_position_end_at(const struct dfl_call *c, off_t position)
{
	struct dfl_hold *hold = &dfl_post(c)->hold;

	if (is_child(hold))
		return;
	if (hold->page) {
		end_page(hold, position < 0 ? hold->position : position);
		return;
	}
	if (position >= 0)
		dfl_raw(SYS_lseek, hold->fd, position, SEEK_SET);
	else
		position = hold->position;
	/* What begin_kernel() reserved was nothing. */
	hold->position = position;
	end_kernel(hold, 0);
}

long dfl_position_seek(const struct dfl_call *c, struct dfl_handle *h, off_t offset,
		       int whence)
{
	off_t position, to = offset;
	long ret;

	if ((whence != SEEK_SET && whence != SEEK_CUR) || !dfl_position_mapped(h))
		return DFL_DOOR2;
	ret = dfl_position_begin(c, h, 0, true, &position);
	if (ret)
		return ret;
	if (whence == SEEK_CUR && __builtin_add_overflow(position, offset, &to))
		to = -1;
	if (to < 0 || to > SEEK_KNOWN) {
		dfl_position_end_at(c, -1);
		return to < 0 ? -EINVAL : DFL_DOOR2;
	}
	dfl_position_end_at(c, to);
	return to;
}

/*
 * A handler that left by siglongjmp() has left the operation, too: the stack is used
 * again where its call was.  On an alternate stack addresses mean nothing, but there
 * the handler is still at work.
 */
static bool abandoned(const struct dfl_hold *hold, const struct dfl_call *c)
{
	stack_t stack = { 0 };

	if ((const char *)c < hold->frame)
		return false;
	return dfl_raw(SYS_sigaltstack, 0, &stack) == 0 && !(stack.ss_flags & SS_ONSTACK);
}

static void abandon(struct dfl_hold *hold)
{
	if (hold->page && hold->generation == dfl_fork_generation() &&
	    __atomic_load_n(&hold->page->lock, __ATOMIC_RELAXED) == hold->number)
		page_unlock(hold);
	if (hold->busy)
		busy_unlock(hold->h);
	hold_end(hold);
}

/* The handler's call at @pos of the file. */
static long nested_call(const struct dfl_call *c, off_t pos)
{
	switch (c->nr) {
	case SYS_read:
		return dfl_raw(SYS_pread64, c->a[0], c->a[1], c->a[2], pos);
	case SYS_write:
		return dfl_raw(SYS_pwrite64, c->a[0], c->a[1], c->a[2], pos);
	case SYS_readv:
		return dfl_raw(SYS_preadv, c->a[0], c->a[1], c->a[2], pos, 0);
	case SYS_writev:
		return dfl_raw(SYS_pwritev, c->a[0], c->a[1], c->a[2], pos, 0);
	}
	return -ENOSYS;
}

/* Where the position is after nested_call() has returned @ret. */
static off_t nested_end(const struct dfl_call *c, struct dfl_handle *h, off_t pos, long ret)
{
	struct stat st;

	if ((c->nr == SYS_write || c->nr == SYS_writev) &&
	    (atomic_load_explicit(&h->flags, memory_order_relaxed) & O_APPEND) &&
	    dfl_raw(SYS_fstat, c->a[0], &st) == 0)
		return st.st_size;
	return pos + ret;
}

long dfl_position_nested(const struct dfl_call *c)
{
	struct dfl_hold *hold = &dfl_post(c)->hold;
	struct defuse_position *page = hold->page;
	off_t pos, to;
	long ret;

	if (abandoned(hold, c)) {
		abandon(hold);
		return DEFUSE_PASS;
	}
	if (!page || dfl_fd_peek((unsigned int)c->a[0]) != hold->h ||
	    hold->generation != dfl_fork_generation() ||
	    __atomic_load_n(&page->lock, __ATOMIC_RELAXED) != hold->number)
		return DEFUSE_PASS;
	pos = __atomic_load_n(&page->next, __ATOMIC_RELAXED);
	if (!pos)
		pos = __atomic_load_n(&page->position, __ATOMIC_RELAXED);
	switch (c->nr) {
	case SYS_read: case SYS_write: case SYS_readv: case SYS_writev:
		ret = nested_call(c, pos);
		if (ret <= 0)
			return ret;
		to = nested_end(c, hold->h, pos, ret);
		break;
	case SYS_lseek:
		if (c->a[2] != SEEK_SET && c->a[2] != SEEK_CUR)
			return DEFUSE_PASS;
		if (__builtin_add_overflow(c->a[2] == SEEK_CUR ? pos : 0, c->a[1], &to) || to < 0)
			return -EINVAL;
		if (to > SEEK_KNOWN)
			return DEFUSE_PASS;
		ret = to;
		break;
	default:
		return DEFUSE_PASS;
	}
	__atomic_store_n(&page->position, to, __ATOMIC_RELAXED);
	__atomic_store_n(&page->next, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&page->changes, 1, __ATOMIC_RELAXED);
	return ret;
}
