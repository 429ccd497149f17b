// SPDX-License-Identifier: LGPL-2.1-or-later
#include "link.h"

#include "wire.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ALL_FREE	((uint32_t)((1ULL << RING_SLOTS) - 1))
#define GROUPS_MAX	1024

/* How long an ending process waits for a thread that connects. */
#define LEAVE_S		1

struct credentials {
	uid_t uid;
	gid_t gid;
	uint64_t groups;
};

/* What connect() would prove, if that is all there is to prove. */
static int credentials_now(struct credentials *now)
{
	gid_t list[GROUPS_MAX];
	int i, n;

	now->uid = geteuid();
	now->gid = getegid();
	if ((uid_t)setfsuid(-1) != now->uid || (gid_t)setfsgid(-1) != now->gid)
		return -EOPNOTSUPP;
	n = getgroups(GROUPS_MAX, list);
	if (n < 0)
		return -EOPNOTSUPP;
	now->groups = 14695981039346656037ULL;		/* FNV-1a */
	for (i = 0; i < n; i++)
		now->groups = (now->groups ^ list[i]) * 1099511628211ULL;
	return 0;
}

static void link_free(struct client *c, struct link *l)
{
	/* A parent's mapping was not inherited. */
	if (l->generation == c->generation)
		ring_unmap(l->ring);
	if (l->fd >= 0)
		c->host->close_fd(l->fd);
	free(l);
}

void link_hold(struct link *l)
{
	atomic_fetch_add(&l->refs, 1);
}

void link_put(struct client *c, struct link *l)
{
	if (atomic_fetch_sub(&l->refs, 1) == 1)
		link_free(c, l);
}

bool link_usable(const struct client *c, const struct link *l)
{
	return l->generation == c->generation && !atomic_load(&l->dead);
}

/* The server's segment, which it sends first of all. */
static int receive_ring(int fd, struct ring **r)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	int segment, err;
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		return -ENOTCONN;
	head = CMSG_FIRSTHDR(&msg);
	if (!head || head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return byte ? -byte : -EPROTO;	/* it says why not */
	memcpy(&segment, CMSG_DATA(head), sizeof(segment));
	err = ring_map(segment, r);
	close(segment);
	if (err)
		return err;
	madvise(*r, RING_BYTES, MADV_DONTFORK);
	return (*r)->magic == RING_MAGIC ? 0 : -EPROTO;
}

static int connect_socket(struct client *c)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(c->socket) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, c->socket, strlen(c->socket) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	fd = c->host->private_fd(fd);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		c->host->close_fd(fd);
		return -ENOTCONN;
	}
	return fd;
}

static int link_new(struct client *c, const struct credentials *now, struct link **out)
{
	struct link *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	err = connect_socket(c);
	if (err < 0)
		goto err_free;
	l->fd = err;
	err = receive_ring(l->fd, &l->ring);
	if (err) {
		c->host->close_fd(l->fd);
		goto err_free;
	}
	l->generation = c->generation;
	l->uid = now->uid;
	l->gid = now->gid;
	l->groups = now->groups;
	l->free = ALL_FREE;
	l->asked = 1;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->freed, NULL);
	atomic_store(&l->refs, 1);
	*out = l;
	return 0;

err_free:
	free(l);
	return err;
}

/* The list's connection for @now; dead ones leave it. */
static struct link *find(struct client *c, const struct credentials *now)
{
	struct link **at = &c->links, *l;

	while ((l = *at)) {
		if (!link_usable(c, l)) {
			*at = l->next;
			link_put(c, l);
			continue;
		}
		if (l->uid == now->uid && l->gid == now->gid && l->groups == now->groups)
			return l;
		at = &l->next;
	}
	return NULL;
}

int link_get(struct client *c, struct link **out)
{
	struct credentials now;
	struct link *l;
	int err = credentials_now(&now);

	if (err)
		return err;
	pthread_mutex_lock(&c->lock);
	l = find(c, &now);
	if (!l) {
		err = link_new(c, &now, &l);
		if (!err) {
			l->next = c->links;
			c->links = l;
		}
	}
	if (!err)
		link_hold(l);
	pthread_mutex_unlock(&c->lock);
	*out = l;
	return err;
}

struct link *link_leave(struct client *c)
{
	struct timespec until;
	struct link *l;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LEAVE_S;
	if (pthread_mutex_clocklock(&c->lock, CLOCK_MONOTONIC, &until))
		return NULL;
	/* The list's reference is the only one where no file is open. */
	while ((l = c->links) && atomic_load(&l->refs) == 1) {
		c->links = l->next;
		link_put(c, l);
	}
	if (l)
		c->links = l->next;
	pthread_mutex_unlock(&c->lock);
	return l;
}

void client_forked(struct client *c)
{
	struct link *l;

	for (l = c->links; l; l = l->next) {
		c->host->close_fd(l->fd);
		l->fd = -1;
	}
	c->links = NULL;
	c->generation++;
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->rebind, NULL);
}

/* The server says nothing on the socket after the segment, until it ends. */
static bool alive(void *arg)
{
	struct link *l = arg;
	struct pollfd p = { .fd = l->fd, .events = POLLIN | POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

/* A slot of our own; if others wait for answers, one more thread to serve it. */
static unsigned int take_slot(struct link *l)
{
	unsigned int busy, slot;
	bool more;

	pthread_mutex_lock(&l->lock);
	while (!l->free)
		pthread_cond_wait(&l->freed, &l->lock);
	slot = __builtin_ctz(l->free);
	l->free &= ~(1U << slot);
	busy = RING_SLOTS - __builtin_popcount(l->free);
	more = busy > l->asked;
	if (more)
		l->asked = busy;
	pthread_mutex_unlock(&l->lock);
	if (more)
		send(l->fd, &(char){ WIRE_MORE }, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	return slot;
}

static void give_slot(struct link *l, unsigned int slot)
{
	pthread_mutex_lock(&l->lock);
	l->free |= 1U << slot;
	pthread_mutex_unlock(&l->lock);
	pthread_cond_signal(&l->freed);
}

/* The path and what follows it become the request's data. */
static int put_data(struct ask *ask, unsigned char *data)
{
	size_t n = ask->path ? strlen(ask->path) + 1 : 0;

	if (n > WIRE_PATH)
		return -ENAMETOOLONG;
	if (ask->size > RING_DATA - n)
		return -EINVAL;
	if (n)
		memcpy(data, ask->path, n);
	if (ask->size)
		memcpy(data + n, ask->more, ask->size);
	ask->in.first = n;
	ask->in.size = n + ask->size;
	return 0;
}

/* Return: 0; LINK_AGAIN: nobody took it; -EIO: nobody answered. */
static int exchange(struct link *l, unsigned int slot, struct ask *ask)
{
	struct ring_slot *s = &l->ring->slot[slot];
	uint32_t ready = SLOT_READY;

	if (atomic_load(&l->dead))
		return LINK_AGAIN;
	memcpy(&s->in, &ask->in, sizeof(s->in));
	ring_submit(l->ring, slot);
	if (!ring_wait(l->ring, slot, alive, l, &l->patience)) {
		atomic_store(&l->dead, true);
		return atomic_compare_exchange_strong(&s->state, &ready, SLOT_FREE) ?
			       LINK_AGAIN : -EIO;
	}
	memcpy(&ask->out, &s->out, sizeof(ask->out));
	atomic_signal_fence(memory_order_seq_cst);
	return 0;
}

int link_ask(struct link *l, struct ask *ask)
{
	unsigned int slot = take_slot(l);
	unsigned char *data = ring_data(l->ring, slot);
	int err = put_data(ask, data);

	if (!err)
		err = exchange(l, slot, ask);
	if (!err && (ask->out.size > RING_DATA || ask->out.error > 0 ||
		     ask->out.error < -4095))
		err = -EIO;
	if (!err)
		err = ask->out.error;
	if (!err && ask->out.size > ask->room)
		err = -EIO;
	if (!err && ask->out.size)
		memcpy(ask->answer, data, ask->out.size);
	give_slot(l, slot);
	return err;
}

int link_ask_any(struct client *c, struct ask *ask)
{
	struct link *l;
	int err;

	do {
		err = link_get(c, &l);
		if (err)
			return err;
		err = link_ask(l, ask);
		link_put(c, l);
	} while (err == LINK_AGAIN);
	return err;
}
