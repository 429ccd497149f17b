/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The position of an open file description, which duplicates, children and holders
 * without this library share.
 *
 * A file that nobody else holds stays with the kernel's position at first: one lseek()
 * or two for an operation, and other threads wait.  After DFL_POSITION_TRIAL operations,
 * and at once where the file may have other holders, the position moves to a page
 * that they all share (struct defuse_position), and an operation takes its lock without
 * entering the kernel.  What cannot have a page takes door 2.
 */
#ifndef DFL_POSITION_H
#define DFL_POSITION_H

#include "handle.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct defuse_position;
struct dfl_call;

/*
 * Making and dropping a page costs as much as about this many lseek() calls
 * (docs/performance.md), so a file that ends before is better off without.
 */
#define DFL_POSITION_TRIAL	100

/**
 * struct dfl_hold - a thread's operation with a position, in its post
 * @active:     there is one
 * @write:      it writes
 * @busy:       it has @h->busy
 * @h:          the file
 * @fd:         by this FD
 * @page:       whose lock it has or waits for; NULL: the position is the kernel's
 * @generation: of the process that began it
 * @number:     of the thread
 * @changes:    of the page at the beginning
 * @position:   at the beginning
 * @length:     bytes hoped for
 * @frame:      the call that is served: lies in a stack frame above all of the operation
 *
 * Read by signal handlers of the thread.
 */
struct dfl_hold {
	volatile bool active;
	bool write;
	bool busy;
	struct dfl_handle *h;
	int fd;
	struct defuse_position *page;
	uint32_t generation;
	uint32_t number;
	uint32_t changes;
	off_t position;
	long length;
	const char *frame;
};

/**
 * dfl_position_begin() - begin an operation at the position
 * @c: the call being served, on @h
 * @length: bytes to be moved at most
 * @write: whether they are written
 * @position: out: where
 *
 * Return: 0; DFL_DOOR2: the kernel has to do it.
 */
long dfl_position_begin(const struct dfl_call *c, struct dfl_handle *h, long length,
			bool write, off_t *position);

/**
 * dfl_position_end() - end it, moved on by @done bytes (< 0: an error, not moved)
 *
 * Return: true; false: a handler or another process has moved the position while this
 * thread was reading, so what it read is not what comes next: begin again.
 */
bool dfl_position_end(const struct dfl_call *c, long done);

/* End it at @position, where an append has ended; < 0: not moved. */
void dfl_position_end_at(const struct dfl_call *c, off_t position);

/* lseek() to or from where the page says: position, -errno or DFL_DOOR2. */
long dfl_position_seek(const struct dfl_call *c, struct dfl_handle *h, off_t offset,
		       int whence);

/* Whether the position is in a page that this process maps; a hint. */
bool dfl_position_mapped(const struct dfl_handle *h);

/* Somebody else is about to move the kernel's position of @h, which may be another file
 * by now. */
void dfl_position_forget(struct dfl_handle *h);

/* The position in the page, which is mapped; others may move it at any time. */
off_t dfl_position_look(const struct dfl_handle *h);

/* With the last reference to @h: unmap its page. */
void dfl_position_drop(struct dfl_handle *h);

/**
 * dfl_position_nested() - a system call of a thread inside the core
 * @c: of a library or a signal handler, while an operation with a position is active
 *
 * Where the handler interrupted an operation with the position of the same file, the
 * kernel's position lock may be held by somebody who waits for that operation.
 * Return: result, -errno or DEFUSE_PASS.
 */
long dfl_position_nested(const struct dfl_call *c);

#endif /* DFL_POSITION_H */
