/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which FD is which handle.  Readers take no lock.
 *
 * The kernel has the truth; this table is what the process knows of it.  An
 * entry is removed before the number is closed and made after it was opened, so
 * an entry never speaks of another file than the number does, unless the
 * program closes FDs behind the C library's back.
 */
#ifndef DFL_FDTABLE_H
#define DFL_FDTABLE_H

#include "handle.h"

#include <stddef.h>

/* What stands in the slot of an FD that belongs to the core or a library. */
#define DFL_FD_PRIVATE	((struct dfl_handle *)1)

/* Numbers the table has room for; what is above takes door 2. */
#define DFL_FD_MAX	(1 << 22)

/* NULL, DFL_FD_PRIVATE or a handle that must not be touched: a hint. */
struct dfl_handle *dfl_fd_peek(long fd);

/* The handle of @fd with a reference, or NULL. */
struct dfl_handle *dfl_fd_get(long fd);

/**
 * dfl_fd_set() - enter what @fd is now
 * @h: takes over one reference; NULL: nothing
 * @old: out: the handle that was there, with the table's reference, or NULL
 *
 * Return: 0; -ENOMEM or -EBADF (no room for the number): nothing changed.
 */
int dfl_fd_set(long fd, struct dfl_handle *h, struct dfl_handle **old);

/* The first FD of first..last with an entry, or -1. */
long dfl_fd_next(unsigned int first, unsigned int last);

/*
 * Changes of what a number means.  A closer holds the lock around table and kernel;
 * who learnt by asking the kernel what @fd is remembers the epoch from before
 * and enters the answer under the lock only if it is still the same.
 */
void dfl_fd_lock(long fd);
void dfl_fd_unlock(long fd);
unsigned int dfl_fd_epoch(long fd);
void dfl_fd_changed(long fd);	/* lock held */

void dfl_fd_fork_prepare(void);
void dfl_fd_fork_parent(void);
void dfl_fd_fork_child(void);

#endif /* DFL_FDTABLE_H */
