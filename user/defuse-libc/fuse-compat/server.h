/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's side of a connection. */
#ifndef COMPAT_SERVER_H
#define COMPAT_SERVER_H

#include "instance.h"
#include "ring.h"

/* Open files of one connection: more than a process usually may have. */
#define CONN_FILES	65536

/**
 * struct conn - a process that uses the file system
 * @next:    in one of the server's lists
 * @stop:    its threads shall end
 * @workers: threads that serve it; the last one leaves it to the server's loop
 * @pidfd:   tells when the process is gone, though a child may hold its socket; or -1
 * @left:    it said that it ends, and nothing since: its files are flushed
 * @caller:  its credentials, the kernel's word
 * @lock:    around @table, the open files by handle, of which @room are allocated
 */
struct conn {
	struct conn *next;
	struct fuse *fuse;
	struct ring *ring;
	int fd, pidfd;
	atomic_bool stop, left;
	_Atomic int workers;
	struct caller caller;
	gid_t *groups;
	pthread_mutex_t lock;
	struct file **table;
	unsigned int room;
};

/* Serves one request that ring_take() gave; @buffer: RING_DATA bytes of the thread's own. */
void serve(struct conn *c, unsigned int slot, const struct ring_in *in, void *buffer);

/* The process is gone: its files end, or wait a moment for who has them now. */
void serve_end(struct conn *c);

#endif /* COMPAT_SERVER_H */
