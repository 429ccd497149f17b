/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The core's locks.  The thread that forks has taken all of them (fork.c), and between our
 * handlers those of the program run, in that very thread: to it they are open.
 */
#ifndef DFL_LOCK_H
#define DFL_LOCK_H

#include "call.h"

#include <pthread.h>
#include <stdatomic.h>

/* The thread between the first and the last of our fork handlers, or NULL. */
extern _Atomic(const struct defuse_thread *) dfl_forking;

static inline bool dfl_forks_here(void)
{
	const struct defuse_thread *t = atomic_load_explicit(&dfl_forking,
							     memory_order_relaxed);

	return t && t == dfl_libc->thread();
}

static inline void dfl_lock(pthread_mutex_t *lock)
{
	if (!dfl_forks_here())
		pthread_mutex_lock(lock);
}

static inline void dfl_unlock(pthread_mutex_t *lock)
{
	if (!dfl_forks_here())
		pthread_mutex_unlock(lock);
}

#endif /* DFL_LOCK_H */
