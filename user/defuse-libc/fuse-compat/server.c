// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The server of a mount: who connects gets a ring and a thread, and one more for each
 * request that would have to wait for another of his.
 *
 * Bounds: CONNS processes, half of them of one user who is not root; RING_SLOTS threads
 * and CONN_FILES open files for each.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONNS		1024
#define CONNS_OF_USER	(CONNS / 2)
#define EVENTS		32

/* How often those that do not end are told again: a hostile ring may have lost it. */
#define REMIND_MS	100
/* How long the end waits for operations under way. */
#define END_MS		5000

/**
 * struct server - the loop's own
 * @live, @dying: connections; dying ones have threads that must end first
 */
struct server {
	struct fuse *fuse;
	int poll;
	struct conn *live, *dying;
	unsigned int count;
};

static void *worker(void *arg)
{
	struct conn *c = arg;
	struct ring_in in;
	unsigned char *buffer = malloc(RING_DATA);
	int wake = c->fuse->wake, slot;

	while (buffer && (slot = ring_take(c->ring, &in, &c->stop)) >= 0)
		serve(c, slot, &in, buffer);
	free(buffer);
	/* The loop frees @c once it has seen no worker. */
	atomic_fetch_sub(&c->workers, 1);
	if (write(wake, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		return NULL;
	return NULL;
}

/* Signals are for the thread that runs the loop. */
static int start_worker(struct conn *c)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	atomic_fetch_add(&c->workers, 1);
	err = pthread_create(&thread, &attr, worker, c);
	if (err)
		atomic_fetch_sub(&c->workers, 1);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

static void conn_free(struct conn *c)
{
	serve_end(c);
	if (c->ring)
		ring_unmap(c->ring);
	if (c->pidfd >= 0)
		close(c->pidfd);
	close(c->fd);
	free(c->groups);
	free(c);
}

/* What the kernel says of who connected. */
static int identify(struct conn *c)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return -errno;
	c->caller = (struct caller){ .uid = cred.uid, .gid = cred.gid, .pid = cred.pid };
	size = 0;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) && errno != ERANGE)
		return -errno;
	if (size) {
		c->groups = malloc(size);
		if (!c->groups)
			return -ENOMEM;
		if (getsockopt(c->fd, SOL_SOCKET, SO_PEERGROUPS, c->groups, &size))
			return -errno;
	}
	c->caller.groups = c->groups;
	c->caller.ngroups = size / sizeof(gid_t);
	c->pidfd = cred.pid > 0 ? syscall(SYS_pidfd_open, cred.pid, 0) : -1;
	return 0;
}

/* Without allow_other a mount is its owner's alone. */
static int admit(struct server *s, const struct conn *c)
{
	struct fuse *f = s->fuse;
	unsigned int same = 0;
	struct conn *o;

	if (c->caller.uid != f->owner && !f->allow_other &&
	    !(f->allow_root && c->caller.uid == 0))
		return -EACCES;
	for (o = s->live; o; o = o->next)
		same += o->caller.uid == c->caller.uid;
	if (s->count >= CONNS || (c->caller.uid != 0 && same >= CONNS_OF_USER))
		return -EAGAIN;
	return 0;
}

/* The segment, or as one byte why there is none. */
static int send_ring(int fd, int segment, int err)
{
	char byte = -err, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *head;

	if (!err) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		head = CMSG_FIRSTHDR(&msg);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &segment, sizeof(segment));
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : -EPIPE;
}

static int watch(struct server *s, struct conn *c)
{
	struct epoll_event socket = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = c };

	if (epoll_ctl(s->poll, EPOLL_CTL_ADD, c->fd, &socket))
		return -errno;
	if (c->pidfd >= 0 && epoll_ctl(s->poll, EPOLL_CTL_ADD, c->pidfd, &socket)) {
		close(c->pidfd);
		c->pidfd = -1;
	}
	return 0;
}

static void take_connection(struct server *s)
{
	struct conn *c = calloc(1, sizeof(*c));
	int err, segment;

	if (!c)
		return;
	c->fuse = s->fuse;
	c->pidfd = -1;
	pthread_mutex_init(&c->lock, NULL);
	c->fd = accept4(s->fuse->handover.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c->fd < 0) {
		free(c);
		return;
	}
	err = identify(c);
	if (!err)
		err = admit(s, c);
	if (err)
		goto err_tell;
	segment = ring_create(&c->ring);
	if (segment < 0) {
		err = segment;
		goto err_tell;
	}
	err = start_worker(c);
	if (err) {
		close(segment);
		goto err_tell;
	}
	s->count++;
	err = send_ring(c->fd, segment, 0);
	close(segment);
	if (!err)
		err = watch(s, c);
	c->next = err ? s->dying : s->live;
	*(err ? &s->dying : &s->live) = c;
	if (err) {
		atomic_store(&c->stop, true);
		ring_rouse(c->ring);
	}
	return;

err_tell:
	send_ring(c->fd, -1, err);
	conn_free(c);
}

static void stop(struct server *s, struct conn *c)
{
	struct conn **at = &s->live;

	while (*at && *at != c)
		at = &(*at)->next;
	if (!*at)
		return;			/* both its socket and its process told */
	*at = c->next;
	c->next = s->dying;
	s->dying = c;
	epoll_ctl(s->poll, EPOLL_CTL_DEL, c->fd, NULL);
	if (c->pidfd >= 0)
		epoll_ctl(s->poll, EPOLL_CTL_DEL, c->pidfd, NULL);
	atomic_store(&c->stop, true);
	ring_rouse(c->ring);
}

/* Bytes that ask for threads; or the end. */
static void hear(struct server *s, struct conn *c)
{
	char bytes[RING_SLOTS];
	struct pollfd ended = { .fd = c->pidfd, .events = POLLIN };
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT), i;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		stop(s, c);
		return;
	}
	/* Nothing to read: perhaps it was the process that ended. */
	if (n < 0 && c->pidfd >= 0 && poll(&ended, 1, 0) > 0) {
		stop(s, c);
		return;
	}
	for (i = 0; i < n; i++) {
		if (bytes[i] != WIRE_MORE) {
			stop(s, c);
			return;
		}
		if (!s->fuse->single && atomic_load(&c->workers) < RING_SLOTS)
			start_worker(c);
	}
}

/* Frees what has no thread any more.  Return: whether there is something left. */
static bool sweep(struct server *s)
{
	struct conn **at = &s->dying, *c;

	while ((c = *at)) {
		if (atomic_load(&c->workers)) {
			ring_rouse(c->ring);
			at = &c->next;
			continue;
		}
		*at = c->next;
		s->count--;
		conn_free(c);
	}
	return s->dying;
}

static void step(struct server *s)
{
	struct epoll_event events[EVENTS];
	int timeout = files_expire(s->fuse, false), n, i;
	uint64_t drain;

	if (sweep(s) && (timeout < 0 || timeout > REMIND_MS))
		timeout = REMIND_MS;
	n = epoll_wait(s->poll, events, EVENTS, timeout);
	for (i = 0; i < n; i++) {
		void *what = events[i].data.ptr;

		if (what == s)
			take_connection(s);
		else if (what == s->fuse)
			atomic_store(&s->fuse->exited, 1);
		else if (what)
			hear(s, what);
		else if (read(s->fuse->wake, &drain, sizeof(drain)) < 0)
			continue;
	}
}

static void end(struct server *s)
{
	struct timespec piece = { 0, 10000000 };
	int ms;

	epoll_ctl(s->poll, EPOLL_CTL_DEL, s->fuse->handover.listener, NULL);
	while (s->live)
		stop(s, s->live);
	for (ms = 0; sweep(s) && ms < END_MS; ms += 10)
		nanosleep(&piece, NULL);
	if (s->dying)
		fuse_log(FUSE_LOG_ERR, "fuse: operations still under way at the end\n");
}

int server_loop(struct fuse *f)
{
	struct server s = { .fuse = f };
	struct epoll_event wake = { .events = EPOLLIN };
	struct epoll_event listener = { .events = EPOLLIN, .data.ptr = &s };
	struct epoll_event gone = { .events = EPOLLIN, .data.ptr = f };
	const struct handover *h = &f->handover;

	s.poll = epoll_create1(EPOLL_CLOEXEC);
	if (s.poll < 0)
		return -errno;
	if (epoll_ctl(s.poll, EPOLL_CTL_ADD, f->wake, &wake) ||
	    epoll_ctl(s.poll, EPOLL_CTL_ADD, h->listener, &listener) ||
	    (h->gone >= 0 && epoll_ctl(s.poll, EPOLL_CTL_ADD, h->gone, &gone))) {
		close(s.poll);
		return -errno;
	}
	while (!atomic_load(&f->exited))
		step(&s);
	end(&s);
	close(s.poll);
	return s.dying ? -EBUSY : 0;
}

/* defuse-server made the socket while it was root, and left us its number. */
int server_listen(struct fuse *f)
{
	int fd = f->handover.listener, on = 0;
	socklen_t size = sizeof(on);
	struct rlimit files;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) || !on)
		return -ENOTSOCK;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return 0;
}
