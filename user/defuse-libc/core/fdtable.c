// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The FD table: two levels of atomic pointers, chunks are never freed.
 *
 * Lock order: stripe locks (ascending) before the handle pool's.  Never held while a
 * library runs.
 */
#include "fdtable.h"

#include "lock.h"

#include <errno.h>
#include <sys/mman.h>

#define CHUNK		1024
#define STRIPES		16

struct chunk {
	_Atomic(struct dfl_handle *) slot[CHUNK];
};

static _Atomic(struct chunk *) chunks[DFL_FD_MAX / CHUNK];

static struct stripe {
	pthread_mutex_t lock;
	_Atomic unsigned int epoch;
} stripes[STRIPES] = {
	[0 ... STRIPES - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

static struct stripe *stripe_of(long fd)
{
	return &stripes[fd & (STRIPES - 1)];
}

static _Atomic(struct dfl_handle *) *slot_of(long fd)
{
	struct chunk *chunk;

	if (fd < 0 || fd >= DFL_FD_MAX)
		return NULL;
	chunk = atomic_load_explicit(&chunks[fd / CHUNK], memory_order_acquire);
	return chunk ? &chunk->slot[fd % CHUNK] : NULL;
}

static int chunk_make(long fd)
{
	long addr = dfl_raw(SYS_mmap, 0, sizeof(struct chunk), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct chunk *none = NULL;

	if (addr < 0 && addr > -4096)
		return -ENOMEM;
	if (!atomic_compare_exchange_strong(&chunks[fd / CHUNK], &none,
					    (struct chunk *)addr))
		dfl_raw(SYS_munmap, addr, sizeof(struct chunk));
	return 0;
}

struct dfl_handle *dfl_fd_peek(long fd)
{
	_Atomic(struct dfl_handle *) *slot = slot_of(fd);

	return slot ? atomic_load_explicit(slot, memory_order_acquire) : NULL;
}

struct dfl_handle *dfl_fd_get(long fd)
{
	_Atomic(struct dfl_handle *) *slot = slot_of(fd);
	struct dfl_handle *h;

	if (!slot)
		return NULL;
	for (;;) {
		h = atomic_load_explicit(slot, memory_order_acquire);
		if (!h || h == DFL_FD_PRIVATE)
			return NULL;
		if (!dfl_handle_hold(h))
			continue;	/* its slot has changed already */
		if (atomic_load_explicit(slot, memory_order_acquire) == h)
			return h;
		/* Reused for another file meanwhile; the last one to leave closes it. */
		dfl_handle_put(h);
	}
}

int dfl_fd_set(long fd, struct dfl_handle *h, struct dfl_handle **old)
{
	_Atomic(struct dfl_handle *) *slot = slot_of(fd);
	struct dfl_handle *was = NULL;

	*old = NULL;
	if (fd < 0 || fd >= DFL_FD_MAX)
		return h ? -EBADF : 0;
	if (!slot && !h)
		return 0;
	if (!slot && chunk_make(fd))
		return -ENOMEM;
	slot = slot_of(fd);
	was = atomic_exchange_explicit(slot, h, memory_order_acq_rel);
	if (was != DFL_FD_PRIVATE)
		*old = was;
	return 0;
}

long dfl_fd_next(unsigned int first, unsigned int last)
{
	unsigned long fd = first;

	while (fd <= last && fd < DFL_FD_MAX) {
		if (!atomic_load_explicit(&chunks[fd / CHUNK], memory_order_acquire)) {
			fd = (fd / CHUNK + 1) * CHUNK;
			continue;
		}
		if (dfl_fd_peek(fd))
			return fd;
		fd++;
	}
	return -1;
}

void dfl_fd_lock(long fd)
{
	dfl_lock(&stripe_of(fd)->lock);
}

void dfl_fd_unlock(long fd)
{
	dfl_unlock(&stripe_of(fd)->lock);
}

unsigned int dfl_fd_epoch(long fd)
{
	return atomic_load(&stripe_of(fd)->epoch);
}

void dfl_fd_changed(long fd)
{
	atomic_fetch_add(&stripe_of(fd)->epoch, 1);
}

void dfl_fd_fork_prepare(void)
{
	int i;

	for (i = 0; i < STRIPES; i++)
		dfl_lock(&stripes[i].lock);
}

void dfl_fd_fork_parent(void)
{
	int i;

	for (i = STRIPES - 1; i >= 0; i--)
		dfl_unlock(&stripes[i].lock);
}

void dfl_fd_fork_child(void)
{
	int i;

	for (i = 0; i < STRIPES; i++)
		pthread_mutex_init(&stripes[i].lock, NULL);
}
