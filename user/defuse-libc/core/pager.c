// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The pager.  See pager.h.
 *
 * Pages are put in through a window of our own, because UFFDIO_COPY into a private
 * mapping would make a page that only that mapping has.
 *
 * Lock: start_lock, around the start.
 */
#include "pager.h"

#include "map.h"
#include "pages.h"
#include "private_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW	_IO(0xAA, 0x00)
#endif

/* A library may need some stack; glibc's default is for the application's threads. */
#define STACK_SIZE	(512UL << 10)

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int uffd;		/* 0: not started */
static atomic_bool answers;

void dfl_signals_block(sigset_t *mask)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, mask);
}

void dfl_signals_restore(const sigset_t *mask)
{
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

bool dfl_pager_answers(void)
{
	return atomic_load(&answers);
}

/* *@all: also for faults of system calls. */
static long uffd_new(bool *all)
{
	long fd = dfl_raw(SYS_userfaultfd, O_CLOEXEC), dev;

	*all = true;
	if (fd >= 0)
		return fd;
	dev = dfl_raw(SYS_openat, AT_FDCWD, "/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	if (dev >= 0) {
		fd = dfl_raw(SYS_ioctl, dev, USERFAULTFD_IOC_NEW, O_CLOEXEC);
		dfl_raw(SYS_close, dev);
		if (fd >= 0)
			return fd;
	}
	*all = false;
	return dfl_raw(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
}

static void *answer(void *arg)
{
	struct defuse_thread *t = dfl_libc->thread();
	int fd = (int)(intptr_t)arg;
	struct uffd_msg msg;
	long got;

	/* For ever inside the core: what a library does here takes the kernel's way. */
	t->magic = 0;
	t->depth = 1;
	for (;;) {
		got = dfl_raw(SYS_read, fd, &msg, sizeof(msg));
		if (got == -EINTR || got == -EAGAIN)
			continue;
		if (got != sizeof(msg))
			return NULL;
		if (msg.event == UFFD_EVENT_PAGEFAULT)
			dfl_map_fault(msg.arg.pagefault.address & ~(DFL_PAGE - 1));
	}
}

static int start_thread(int fd)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	if (pthread_attr_init(&attr))
		return -ENOMEM;
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, answer, (void *)(intptr_t)fd);
	pthread_attr_destroy(&attr);
	return -err;
}

static int start(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	bool all;
	long fd = uffd_new(&all);
	int err;

	if (fd < 0)
		return fd;
	fd = dfl_private_fd(fd);
	if (fd < 0)
		return fd;
	err = dfl_raw(SYS_ioctl, fd, UFFDIO_API, &api);
	if (!err && all)
		err = start_thread(fd);
	if (err) {
		dfl_private_close(fd);
		return err;
	}
	atomic_store(&answers, all);
	atomic_store(&uffd, fd);
	return 0;
}

int dfl_pager_start(void)
{
	sigset_t mask;
	int err = 0;

	if (atomic_load(&uffd))
		return 0;
	/* The thread begins with the mask of its maker: it never handles a signal. */
	dfl_signals_block(&mask);
	pthread_mutex_lock(&start_lock);
	if (!atomic_load(&uffd))
		err = start();
	pthread_mutex_unlock(&start_lock);
	dfl_signals_restore(&mask);
	return err;
}

static int uffd_register(uintptr_t addr, size_t len)
{
	struct uffdio_register reg = {
		.range = { .start = addr, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return dfl_raw(SYS_ioctl, atomic_load(&uffd), UFFDIO_REGISTER, &reg);
}

int dfl_pager_register(uintptr_t addr, size_t len)
{
	return uffd_register(addr, len);
}

void dfl_pager_wake(uintptr_t addr, size_t len)
{
	struct uffdio_range range = { .start = addr, .len = len };

	dfl_raw(SYS_ioctl, atomic_load(&uffd), UFFDIO_WAKE, &range);
}

/* The window, at @pos. */
static int window(struct dfl_pages *p, uint64_t pos)
{
	long addr;
	int err;

	addr = dfl_raw(SYS_mmap, p->window, DFL_BATCH_MAX, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_NORESERVE | (p->window ? MAP_FIXED : 0), p->fd, pos);
	if (addr < 0 && addr > -4096)
		return addr;
	p->window = (char *)addr;
	dfl_raw(SYS_madvise, addr, DFL_BATCH_MAX, MADV_DONTFORK);
	err = uffd_register(addr, DFL_BATCH_MAX);
	if (err) {
		dfl_raw(SYS_munmap, addr, DFL_BATCH_MAX);
		p->window = NULL;
	}
	return err;
}

int dfl_pager_put(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos)
{
	size_t done = 0;
	int err;

	err = dfl_pager_start() ?: window(p, pos);
	while (!err && done < n) {
		struct uffdio_copy copy = {
			.dst = (uintptr_t)p->window + done,
			.src = (uintptr_t)buf + done,
			.len = n - done,
		};
		long ret = dfl_raw(SYS_ioctl, atomic_load(&uffd), UFFDIO_COPY, &copy);

		if (!ret)
			break;
		if (copy.copy > 0)
			done += copy.copy;
		else if (ret == -EEXIST)
			done += DFL_PAGE;
		else if (ret != -EAGAIN)
			err = ret;
	}
	return err;
}

/* The descriptor is of the parent's memory, and the thread is his. */
void dfl_pager_fork_child(void)
{
	int fd = atomic_load(&uffd);

	pthread_mutex_init(&start_lock, NULL);
	atomic_store(&answers, false);
	atomic_store(&uffd, 0);
	if (fd)
		dfl_private_close(fd);
}
