// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What FD numbers mean: close, dup, fcntl, close_range.
 *
 * The system call itself is made here.  A number that is the core's own looks
 * closed to the application, and cannot be taken from it: EBADF and EBUSY.
 */
#include "fdtable.h"
#include "point.h"
#include "serve.h"

#include <defuse/forget.h>
#include <errno.h>
#include <linux/close_range.h>
#include <unistd.h>

#define SETFL_MASK	(O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

/* A number that was @old's is no more: POSIX has it closed, also where dup2() did it. */
static int let_go(struct dfl_handle *old)
{
	int err = 0, late;

	if (!old->kernel && old->mount->ops.flush && dfl_mount_usable(old->mount))
		err = old->mount->ops.flush(old->mount->fs, old->fh);
	late = dfl_handle_put(old);
	return err ? err : late;
}

static long dup_close(long fd)
{
	struct dfl_handle *old;
	long ret;
	int err = 0;

	if (dfl_fd_peek(fd) == DFL_FD_PRIVATE)
		return -EBADF;
	dfl_fd_lock(fd);
	dfl_fd_changed(fd);
	dfl_fd_set(fd, NULL, &old);
	dfl_point(number_forgotten);
	ret = dfl_raw(SYS_close, fd);
	dfl_fd_unlock(fd);
	dfl_point(number_closed);
	if (old)
		err = let_go(old);
	return ret ? ret : err;
}

/* Somebody else closes it. */
static long dup_forget(long fd)
{
	struct dfl_handle *old;

	if (dfl_fd_peek(fd) == DFL_FD_PRIVATE)
		return DFL_DOOR2;
	dfl_fd_lock(fd);
	dfl_fd_changed(fd);
	dfl_fd_set(fd, NULL, &old);
	dfl_fd_unlock(fd);
	return old ? dfl_handle_put(old) : 0;
}

/* The new number of @from, and of nothing else any more. */
static void now_is(long fd, struct dfl_handle *h)
{
	struct dfl_handle *old = NULL;

	if (h && !dfl_handle_hold(h))
		h = NULL;
	if (dfl_fd_set(fd, h, &old) && h)
		dfl_handle_put(h);	/* no room: restore.c will look after it */
	if (old)
		dfl_handle_put(old);
}

static long dup_new(const struct dfl_call *c, struct dfl_handle *h)
{
	long fd = dfl_repeat(c);

	if (fd >= 0)
		now_is(fd, h);
	return fd;
}

static long dup_over(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_handle *old = NULL;
	long to = (unsigned int)c->a[1], ret;

	if (dfl_fd_peek(to) == DFL_FD_PRIVATE)
		return -EBUSY;
	if (c->nr == SYS_dup2 && c->a[0] == c->a[1])
		return DFL_DOOR2;
	if (h && !dfl_handle_hold(h))
		h = NULL;
	dfl_fd_lock(to);
	ret = dfl_repeat(c);
	dfl_point(number_copied);
	if (ret >= 0) {
		dfl_fd_changed(to);
		if (dfl_fd_set(to, h, &old) == 0)
			h = NULL;	/* the table's now */
	}
	dfl_fd_unlock(to);
	if (h)
		dfl_handle_put(h);
	if (old)
		let_go(old);
	return ret;
}

/*
 * Record locks relative to a position that the kernel does not have (struct
 * defuse_position).  The rest of the locks is no business of the core.
 */
static long dup_lock(const struct dfl_call *c, struct dfl_handle *h)
{
	struct flock *user = (struct flock *)c->a[2], lock;
	struct dfl_call at = *c;
	long ret;

	if (dfl_address_bad(user) || user->l_whence != SEEK_CUR || !dfl_position_mapped(h))
		return DFL_DOOR2;
	lock = *user;
	lock.l_whence = SEEK_SET;
	if (__builtin_add_overflow(lock.l_start, dfl_position_look(h), &lock.l_start))
		return -EOVERFLOW;
	at.a[2] = (long)&lock;
	ret = dfl_repeat(&at);
	if (ret || (c->a[1] != F_GETLK && c->a[1] != F_OFD_GETLK))
		return ret;
	if (lock.l_type == F_UNLCK)
		user->l_type = F_UNLCK;
	else
		*user = lock;
	return ret;
}

static long dup_fcntl(const struct dfl_call *c, struct dfl_handle *h)
{
	long ret;

	switch (c->a[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dup_new(c, h);
	case F_GETLK: case F_SETLK: case F_SETLKW:
	case F_OFD_GETLK: case F_OFD_SETLK: case F_OFD_SETLKW:
		return dup_lock(c, h);
	case F_SETFL:
		ret = dfl_repeat(c);
		if (ret == 0) {
			int flags = atomic_load(&h->flags) & ~SETFL_MASK;

			atomic_store(&h->flags, flags | (c->a[2] & SETFL_MASK));
		}
		return ret;
	}
	return DFL_DOOR2;
}

static long dup_range(const struct dfl_call *c)
{
	unsigned int first = c->a[0], last = c->a[1], flags = c->a[2];
	long fd, ret = 0;

	/* CLOEXEC changes nothing for us; UNSHARE comes here only where it does nothing. */
	if (flags & ~CLOSE_RANGE_UNSHARE || first > last)
		return DFL_DOOR2;
	for (fd = first; (fd = dfl_fd_next(fd, last)) >= 0; fd++)
		if (dfl_fd_peek(fd) != DFL_FD_PRIVATE)
			dup_close(fd);
	dfl_point(range_begun);
	while (ret == 0 && first <= last) {
		for (fd = first; (fd = dfl_fd_next(fd, last)) >= 0; fd++)
			if (dfl_fd_peek(fd) == DFL_FD_PRIVATE)
				break;
		if (fd < 0)
			return dfl_raw(SYS_close_range, first, last, 0);
		if (fd > (long)first)
			ret = dfl_raw(SYS_close_range, first, fd - 1, 0);
		first = fd + 1;
	}
	return ret;
}

/*
 * Is it asked what, or whether, a number of the core's own is?  Other requests pass: a
 * library's own thread is not inside the core.
 */
static bool looks_closed(const struct dfl_call *c)
{
	if (dfl_fd_peek((unsigned int)c->a[0]) != DFL_FD_PRIVATE)
		return false;
	return c->nr != SYS_fcntl || c->a[1] == F_GETFD || c->a[1] == F_SETFD ||
	       c->a[1] == F_DUPFD || c->a[1] == F_DUPFD_CLOEXEC;
}

long dfl_dup_serve(const struct dfl_call *c)
{
	struct dfl_handle *h;
	long ret = DFL_DOOR2;

	switch (c->nr) {
	case SYS_close:
		return dup_close((unsigned int)c->a[0]);
	case SYS_close_range:
		return dup_range(c);
	case DEFUSE_NR_FORGET:
		return dup_forget((unsigned int)c->a[0]);
	}
	if (looks_closed(c))
		return -EBADF;
	h = dfl_fd_get((unsigned int)c->a[0]);
	switch (c->nr) {
	case SYS_dup:
		if (h)
			ret = dup_new(c, h);
		break;
	case SYS_dup2:
	case SYS_dup3:
		ret = dup_over(c, h);
		break;
	case SYS_fcntl:
		if (h)
			ret = dup_fcntl(c, h);
		break;
	}
	if (h)
		dfl_handle_put(h);
	return ret;
}
