/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections of a process to the server of a mount, and calls over them.
 *
 * A connection has the credentials that the process had when it was made, so each set
 * of credentials gets one of its own.  A child of fork() makes new ones.
 *
 * Locks: client.lock around the list and connecting; link.lock around slots; neither
 * is held while a call waits for its answer.
 */
#ifndef COMPAT_LINK_H
#define COMPAT_LINK_H

#include "ring.h"

#include <defuse/fs.h>

#include <pthread.h>

/**
 * struct link - one connection
 * @generation: of the client it belongs to; another one's is the parent's, before fork()
 * @refs: users, the list among them
 * @free: bits of slots that nobody uses
 * @asked: requests at once that the server has threads for
 * @patience: of ring_wait()
 */
struct link {
	struct link *next;
	struct ring *ring;
	unsigned int generation;
	int fd;
	atomic_bool dead;
	_Atomic unsigned int refs;
	uid_t uid;
	gid_t gid;
	uint64_t groups;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	uint32_t free;
	unsigned int asked;
	struct ring_patience patience;
};

/**
 * struct client - a mount
 * @socket: path of the server's
 * @rebind: around giving open files a new connection
 */
struct client {
	const struct defuse_host *host;
	char *socket;
	unsigned int generation;
	pthread_mutex_t lock;
	pthread_mutex_t rebind;
	struct link *links;
};

/**
 * struct ask - a call, see wire.h
 * @in:     the operation and its numbers; @in.first and @in.size are set by link_ask()
 * @path:   the first text of the data, or NULL
 * @more:   @size bytes that follow
 * @answer: @room bytes for the answer's data, of which @out.size come
 */
struct ask {
	struct ring_in in;
	const char *path;
	const void *more;
	size_t size;
	void *answer;
	size_t room;
	struct ring_out out;
};

/* The server is no more, and never looked at the call: another one may be asked. */
#define LINK_AGAIN	1

/* In the child of fork(), before anything else. */
void client_forked(struct client *c);

/*
 * The connection for the credentials the thread has now, made if there is none.
 * Return: 0; -ENOTCONN no server; -EACCES it does not want us; -EOPNOTSUPP credentials
 * that a socket cannot prove.  Put with link_put().
 */
int link_get(struct client *c, struct link **l);
void link_hold(struct link *l);
void link_put(struct client *c, struct link *l);

/*
 * The process ends: takes out of the list a connection over which files are open; put
 * with link_put().  NULL: no more, or somebody is in the way for long.
 */
struct link *link_leave(struct client *c);

/* Whether calls can be made over it. */
bool link_usable(const struct client *c, const struct link *l);

/*
 * Return: the answer's error, or 0; LINK_AGAIN; -EIO the server died meanwhile, or makes
 * no sense; -ENAMETOOLONG.
 */
int link_ask(struct link *l, struct ask *ask);

/* Over the connection for the credentials of the caller; again until somebody heard it. */
int link_ask_any(struct client *c, struct ask *ask);

#endif /* COMPAT_LINK_H */
