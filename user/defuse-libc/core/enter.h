/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entering and leaving the core.
 *
 * Inside, the thread is undeclared (the kernel answers it truthfully) and its depth
 * is above 0 (the hook passes everything).  So neither a library's own I/O nor a
 * signal handler that interrupts the core can come back here on this thread:
 * the core's locks need not be recursive and no handler can deadlock on them.
 *
 * Order matters: a handler between the two stores of dfl_enter() sees depth 0 and
 * magic 0, works as any call does and leaves both as it found them.
 */
#ifndef DFL_ENTER_H
#define DFL_ENTER_H

#include "call.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

struct dfl_scope {
	struct defuse_thread *thread;
	uint64_t magic;
	int error;
	int cancel;
};

static inline void dfl_enter(struct dfl_scope *s, struct defuse_thread *t)
{
	s->thread = t;
	s->magic = t->magic;
	t->magic = 0;
	atomic_signal_fence(memory_order_seq_cst);
	t->depth++;
	s->error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->cancel);
}

static inline void dfl_leave(struct dfl_scope *s)
{
	pthread_setcancelstate(s->cancel, NULL);
	errno = s->error;
	s->thread->depth--;
	atomic_signal_fence(memory_order_seq_cst);
	s->thread->magic = s->magic;
}

#endif /* DFL_ENTER_H */
