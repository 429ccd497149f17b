/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One system call on its way through the core, and how the core calls the kernel.
 *
 * dfl_raw() is the only way into the kernel here: it is not hooked, not a
 * cancellation point and leaves errno alone.
 */
#ifndef DFL_CALL_H
#define DFL_CALL_H

#include <defuse/hook.h>
#include <linux/defuse.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* "Have the kernel do it": the call is repeated undeclared and door 2 answers. */
#define DFL_DOOR2	DEFUSE_PASS

/**
 * struct dfl_call - a system call that is being served
 * @nr:     number
 * @a:      arguments in kernel form
 * @thread: of the caller
 * @magic:  what @thread->magic was when the core was entered
 */
struct dfl_call {
	long nr;
	long a[6];
	struct defuse_thread *thread;
	uint64_t magic;
};

extern const struct defuse_libc *dfl_libc;

#define dfl_raw(nr, ...)	dfl_raw7(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define dfl_raw7(nr, a, b, c, d, e, f, ...)					\
	dfl_libc->raw((nr), (long)(a), (long)(b), (long)(c), (long)(d),	\
		      (long)(e), (long)(f))

/*
 * Addresses at which no program has memory: what the kernel answers with EFAULT.  The
 * core stores results directly, so for these it lets the kernel answer; memory that
 * is absent elsewhere faults here, as it would in a library function.
 */
static inline bool dfl_address_bad(const void *p)
{
	return (uintptr_t)p < 65536 || (uintptr_t)p >> 47;
}

static inline long dfl_repeat(const struct dfl_call *c)
{
	return dfl_libc->raw(c->nr, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4],
			     c->a[5]);
}

#endif /* DFL_CALL_H */
