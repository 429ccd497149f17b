// SPDX-License-Identifier: GPL-2.0
/*
 * We read whatever is written to us, always: ovs-vswitchd stops reading while its answers
 * are not taken, so that an agent which stopped too, until its own queue is shorter, would
 * wait for ever.  What is read is bounded by the core, which drops events in a defined
 * order; what is written is bounded here.
 */
#include "ofconn.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	IN_ROOM = 2 * 65536,		/* the longest message, and what came behind it */
	OUT_ROOM = 1 << 16,		/* at first */
	READS_MAX = 4,			/* before the others' turn */
	HEADER_LEN = 8,
	BACKLOG = 4,
};

/* One accepted connection; lives until the loop has let go of its descriptor */
struct conn {
	uv_poll_t poll;
	int fd, events;
	struct ofconn *owner;		/* NULL: closed */
	size_t in;
	uint8_t *out;
	size_t head, tail, room;
	char doomed[160];		/* why it is given up; "": it is not */
	uint8_t bytes[IN_ROOM];
};

struct ofconn {
	struct ofconn_config config;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	uv_poll_t listen;
	int listen_fd;
	struct conn *conn;
};

static void doom(struct conn *c, const char *why)
{
	if (!*c->doomed)
		snprintf(c->doomed, sizeof(c->doomed), "%s", why);
}

static void on_conn_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	close(c->fd);
	free(c->out);
	free(c);
}

static void conn_close(struct conn *c)
{
	c->owner->conn = NULL;
	c->owner = NULL;
	shutdown(c->fd, SHUT_RDWR);
	uv_close((uv_handle_t *)&c->poll, on_conn_closed);
}

/* The whole messages that are there; what is left moves to the front. */
static void deliver(struct conn *c)
{
	const struct ofconn_config *config = &c->owner->config;
	size_t at = 0, len;

	while (!*c->doomed && c->in - at >= HEADER_LEN) {
		const uint8_t *message = c->bytes + at;

		len = (size_t)message[2] << 8 | message[3];
		if (len < HEADER_LEN) {
			doom(c, "a message says that it is shorter than its header");
			return;
		}
		if (c->in - at < len)
			break;
		at += len;
		config->message(config->ctx, message, len);
	}
	c->in -= at;
	memmove(c->bytes, c->bytes + at, c->in);
}

static void conn_read(struct conn *c)
{
	unsigned int reads;
	ssize_t n;

	for (reads = 0; reads < READS_MAX && !*c->doomed; reads++) {
		n = read(c->fd, c->bytes + c->in, IN_ROOM - c->in);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			doom(c, n ? strerror(errno) : "ovs-vswitchd closed it");
			return;
		}
		c->in += (size_t)n;
		deliver(c);
	}
}

static void on_conn(uv_poll_t *poll, int status, int events);

static void wait_for(struct conn *c, int events)
{
	if (c->events == events)
		return;
	c->events = events;
	uv_poll_start(&c->poll, events, on_conn);
}

static void conn_write(struct conn *c)
{
	ssize_t n;

	while (c->head != c->tail && !*c->doomed) {
		n = send(c->fd, c->out + c->head, c->tail - c->head,
			 MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			wait_for(c, UV_READABLE | UV_WRITABLE);
			return;
		}
		if (n < 0) {
			doom(c, strerror(errno));
			return;
		}
		c->head += (size_t)n;
	}
	c->head = 0;
	c->tail = 0;
	wait_for(c, UV_READABLE);
}

static void on_conn(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;

	if (!c->owner)
		return;
	if (status < 0)
		doom(c, uv_strerror(status));
	else if (events & UV_READABLE)
		conn_read(c);
	if (c->owner)
		ofconn_flush(c->owner);
}

static void give_up(struct ofconn *o, const char *why)
{
	char words[sizeof(o->conn->doomed)];

	snprintf(words, sizeof(words), "%s", why);
	conn_close(o->conn);
	o->config.down(o->config.ctx, words);
}

void ofconn_flush(struct ofconn *o)
{
	struct conn *c = o->conn;

	if (!c)
		return;
	if (!*c->doomed)
		conn_write(c);
	if (*c->doomed)
		give_up(o, c->doomed);
}

void ofconn_reset(struct ofconn *o, const char *why)
{
	if (o->conn)
		doom(o->conn, why);
}

void ofconn_send(struct ofconn *o, const uint8_t *message, size_t len)
{
	struct conn *c = o->conn;
	size_t used, room;
	uint8_t *out;

	if (!c || *c->doomed)
		return;
	used = c->tail - c->head;
	if (len > OFCONN_QUEUE_MAX - used) {
		doom(c, "it does not read what is written to it");
		return;
	}
	if (c->head && c->room - c->tail < len) {
		memmove(c->out, c->out + c->head, used);
		c->head = 0;
		c->tail = used;
	}
	for (room = c->room; room - c->tail < len;)
		room = room ? 2 * room : OUT_ROOM;
	if (room != c->room) {
		out = realloc(c->out, room);
		if (!out) {
			doom(c, "no memory for its messages");
			return;
		}
		c->out = out;
		c->room = room;
	}
	memcpy(c->out + c->tail, message, len);
	c->tail += len;
}

static bool conn_create(struct ofconn *o, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c || uv_poll_init(o->config.loop, &c->poll, fd)) {
		free(c);
		return false;
	}
	c->poll.data = c;
	c->fd = fd;
	c->owner = o;
	o->conn = c;
	wait_for(c, UV_READABLE);
	return true;
}

static void on_listen(uv_poll_t *poll, int status, int events)
{
	struct ofconn *o = poll->data;
	int fd;

	(void)events;
	if (status < 0)
		return;
	while ((fd = accept4(o->listen_fd, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (o->conn)
			give_up(o, "another connection took its place");
		if (conn_create(o, fd))
			o->config.up(o->config.ctx);
		else
			close(fd);
	}
	ofconn_flush(o);
}

static bool give_to(const char *path, const char *owner, struct words *why)
{
	const struct passwd *pw;

	if (!*owner)
		return true;
	pw = getpwnam(owner);
	if (!pw)
		return words_set(why, "there is no user %s", owner);
	if (chown(path, pw->pw_uid, (gid_t)-1))
		return words_set(why, "%s cannot be given to user %s: %s", path,
				 owner, strerror(errno));
	return true;
}

/* A socket of a former life; anything else of that name is not ours to remove. */
static bool remove_old(const char *path, struct words *why)
{
	struct stat st;

	if (lstat(path, &st))
		return true;
	if (!S_ISSOCK(st.st_mode))
		return words_set(why, "%s is there, and is not a socket", path);
	if (unlink(path))
		return words_set(why, "%s cannot be removed: %s", path,
				 strerror(errno));
	return true;
}

static bool begin(struct ofconn *o, struct words *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int err;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
			     o->config.path) >= sizeof(address.sun_path))
		return words_set(why, "%s is longer than a socket's path may be",
				 o->config.path);
	memcpy(o->path, address.sun_path, sizeof(o->path));
	if (!remove_old(o->path, why))
		return false;
	o->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
			      SOCK_CLOEXEC, 0);
	mask = umask(0177);
	err = o->listen_fd < 0 ||
		bind(o->listen_fd, (struct sockaddr *)&address,
		     sizeof(address));
	umask(mask);
	if (err)
		return words_set(why, "cannot listen on %s: %s", o->path,
				 strerror(errno));
	if (!give_to(o->path, o->config.owner, why))
		return false;
	if (listen(o->listen_fd, BACKLOG) ||
	    uv_poll_init(o->config.loop, &o->listen, o->listen_fd))
		return words_set(why, "cannot listen on %s: %s", o->path,
				 strerror(errno));
	o->listen.data = o;
	uv_poll_start(&o->listen, UV_READABLE, on_listen);
	return true;
}

struct ofconn *ofconn_create(const struct ofconn_config *config,
			     struct words *why)
{
	struct ofconn *o = calloc(1, sizeof(*o));

	if (!o) {
		words_set(why, "no memory");
		return NULL;
	}
	o->config = *config;
	o->listen_fd = -1;
	if (begin(o, why))
		return o;
	if (o->listen_fd >= 0)
		close(o->listen_fd);
	free(o);
	return NULL;
}

static void on_listen_closed(uv_handle_t *handle)
{
	struct ofconn *o = handle->data;

	close(o->listen_fd);
	free(o);
}

void ofconn_close(struct ofconn *o)
{
	if (!o)
		return;
	if (o->conn)
		conn_close(o->conn);
	/* Without privileges this may fail; whoever starts next removes it. */
	unlink(o->path);
	uv_close((uv_handle_t *)&o->listen, on_listen_closed);
}
