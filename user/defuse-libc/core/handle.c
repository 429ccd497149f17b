// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles and their pool.  Lock: pool_lock, around the free list alone.
 */
#include "handle.h"

#include "lock.h"
#include "mount.h"
#include "point.h"
#include "position.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>

#define POOL_BYTES	16384

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct dfl_handle *pool_free;
static _Atomic unsigned int forks;

static struct dfl_handle *pool_take(void)
{
	struct dfl_handle *h;

	dfl_lock(&pool_lock);
	if (!pool_free) {
		long addr = dfl_raw(SYS_mmap, 0, POOL_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		size_t i;

		h = (struct dfl_handle *)addr;
		if (addr < 0 && addr > -4096)
			goto out;
		for (i = 0; i < POOL_BYTES / sizeof(*h); i++) {
			h[i].next = pool_free;
			pool_free = &h[i];
		}
	}
out:
	h = pool_free;
	if (h)
		pool_free = h->next;
	dfl_unlock(&pool_lock);
	return h;
}

static void pool_give(struct dfl_handle *h)
{
	dfl_lock(&pool_lock);
	h->next = pool_free;
	pool_free = h;
	dfl_unlock(&pool_lock);
}

static struct dfl_handle *handle_new(struct dfl_mount *m, uint64_t fh, int flags,
				     bool dir, bool kernel)
{
	struct dfl_handle *h = pool_take();

	if (!h)
		return NULL;
	assert(atomic_load(&h->refs) == 0);
	h->mount = m;
	h->fh = fh;
	h->maps = NULL;
	h->forks = forks;
	h->dir = dir;
	h->kernel = kernel;
	atomic_store_explicit(&h->position, -1, memory_order_relaxed);
	atomic_store_explicit(&h->moves, 0, memory_order_relaxed);
	atomic_store_explicit(&h->busy, 0, memory_order_relaxed);
	atomic_store_explicit(&h->fd, -1, memory_order_relaxed);
	atomic_store_explicit(&h->identified, false, memory_order_relaxed);
	atomic_store_explicit(&h->flags, flags, memory_order_relaxed);
	if (!kernel)
		dfl_mount_pin(m);
	atomic_store_explicit(&h->refs, 1, memory_order_release);
	return h;
}

struct dfl_handle *dfl_handle_new(struct dfl_mount *m, uint64_t fh, int flags, bool dir)
{
	return handle_new(m, fh, flags, dir, false);
}

struct dfl_handle *dfl_handle_new_kernel(struct dfl_mount *m)
{
	return handle_new(m, 0, 0, false, true);
}

bool dfl_handle_hold(struct dfl_handle *h)
{
	uint32_t refs = atomic_load_explicit(&h->refs, memory_order_relaxed);

	do {
		if (!refs)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&h->refs, &refs, refs + 1,
							memory_order_acquire,
							memory_order_relaxed));
	return true;
}

int dfl_handle_put(struct dfl_handle *h)
{
	struct dfl_mount *m = h->mount;
	bool kernel = h->kernel;
	uint64_t fh = h->fh;
	int err = 0;
	uint32_t refs = atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel);

	assert(refs > 0);
	if (refs > 1)
		return 0;
	dfl_position_drop(h);
	pool_give(h);
	dfl_point(handle_dropped);
	if (!kernel) {
		/* The first that a child of fork() does may be to close. */
		if (dfl_mount_usable(m))
			err = m->ops.close(m->fs, fh);
		dfl_mount_unpin(m);
	}
	return err;
}

int dfl_handle_flags(struct dfl_handle *h, int fd)
{
	int flags = atomic_load_explicit(&h->flags, memory_order_relaxed);

	if (h->forks != forks) {
		long now = dfl_raw(SYS_fcntl, fd, F_GETFL);

		if (now >= 0)
			flags = now;
	}
	return flags;
}

unsigned int dfl_handle_forks(void)
{
	return forks;
}

void dfl_handle_fork_prepare(void)
{
	dfl_lock(&pool_lock);
	forks++;
}

void dfl_handle_fork_parent(void)
{
	dfl_unlock(&pool_lock);
}

void dfl_handle_fork_child(void)
{
	pthread_mutex_init(&pool_lock, NULL);
}
