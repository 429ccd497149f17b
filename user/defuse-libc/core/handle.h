/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles: open files of a library in this process.
 *
 * Shared by all FDs that are duplicates of one another.  Handles live in memory that
 * is never given back, so that a reader may look at one that is just being
 * dropped: dfl_handle_hold() then fails.
 */
#ifndef DFL_HANDLE_H
#define DFL_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dfl_mount;

/**
 * struct dfl_handle
 * @refs:  FD table entries and calls under way; 0: on the free list
 * @mount: of the file
 * @fh:    the library's handle
 * @flags: access mode and status flags as last known
 * @forks: dfl_handle_forks() when it was made; differs: others share the open file
 *         description and may have changed its flags
 * @dir:   a directory
 * @maps:   counter of mappings of the file, or NULL: they see what the library writes
 * @kernel: the library does not serve it here: every call takes door 2
 * @page:  where the position is shared, see position.c; 0: not yet known
 * @position: that of the kernel as the last operation left it; -1: ask
 * @moves: operations with the position before there was a page
 * @busy:  a thread is in one: 0, 1, or 2 with others waiting
 * @next:  free list
 * @fd:    a number under which it was last used
 * @identified: @dev and @ino are known: which file it is, for the library
 */
struct dfl_handle {
	_Atomic uint32_t refs;
	_Atomic int flags;
	struct dfl_mount *mount;
	uint64_t fh;
	unsigned int forks;
	const _Atomic uint64_t *maps;
	bool dir;
	bool kernel;
	_Atomic uint64_t page;
	_Atomic int64_t position;
	_Atomic uint32_t moves;
	_Atomic uint32_t busy;
	struct dfl_handle *next;
	_Atomic int fd;
	atomic_bool identified;
	uint64_t dev, ino;
};

/* With one reference.  NULL: no memory. */
struct dfl_handle *dfl_handle_new(struct dfl_mount *m, uint64_t fh, int flags, bool dir);
struct dfl_handle *dfl_handle_new_kernel(struct dfl_mount *m);

/* False: it was just dropped. */
bool dfl_handle_hold(struct dfl_handle *h);

/* The last reference closes the library's handle.  Return: its error or 0. */
int dfl_handle_put(struct dfl_handle *h);

/* The file status flags in force for @fd, which is @h. */
int dfl_handle_flags(struct dfl_handle *h, int fd);

unsigned int dfl_handle_forks(void);
void dfl_handle_fork_prepare(void);
void dfl_handle_fork_parent(void);
void dfl_handle_fork_child(void);

#endif /* DFL_HANDLE_H */
