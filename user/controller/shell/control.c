// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_reply.h"

enum { BACKLOG = 16 };

struct conn {
	uv_pipe_t pipe;
	uv_timer_t idle;
	uv_write_t write;
	struct control *control;
	json_object *reply;		/* under way */
	char line[CONTROL_LINE_MAX];
	size_t used;
	bool open, skip;		/* to the end of a line that is too long */
	unsigned int handles;		/* open ones */
};

struct control {
	uv_pipe_t listener;
	uv_loop_t *loop;
	struct node *node;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct conn conn[CONTROL_CONNECTIONS_MAX];
	unsigned int handles;		/* of all */
	bool closing;
	void (*closed)(void *ctx);
	void *ctx;
};

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void on_gone(struct control *c)
{
	if (--c->handles || !c->closing)
		return;
	if (c->closed)
		c->closed(c->ctx);
	free(c);
}

static void on_conn_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	if (!--conn->handles) {
		json_object_put(conn->reply);
		conn->reply = NULL;
		conn->open = false;
	}
	on_gone(conn->control);
}

static void conn_close(struct conn *conn)
{
	if (!conn->open || uv_is_closing((uv_handle_t *)&conn->pipe))
		return;
	uv_close((uv_handle_t *)&conn->pipe, on_conn_closed);
	uv_close((uv_handle_t *)&conn->idle, on_conn_closed);
}

static void on_idle(uv_timer_t *timer)
{
	conn_close(timer->data);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *conn = handle->data;

	(void)suggested;
	buf->base = conn->line + conn->used;
	buf->len = sizeof(conn->line) - conn->used;
}

static void conn_take(struct conn *conn);

static void on_written(uv_write_t *write, int status)
{
	struct conn *conn = write->data;

	if (uv_is_closing((uv_handle_t *)&conn->pipe))
		return;
	json_object_put(conn->reply);
	conn->reply = NULL;
	if (status) {
		conn_close(conn);
		return;
	}
	conn_take(conn);
	if (!conn->reply &&
	    uv_read_start((uv_stream_t *)&conn->pipe, on_alloc, on_read))
		conn_close(conn);
}

/* Takes @reply; nothing is read until it is written. */
static void conn_reply(struct conn *conn, json_object *reply)
{
	uv_buf_t buf[2];
	size_t len;

	assert(!conn->reply);
	conn->reply = reply;
	buf[0].base = (char *)json_object_to_json_string_length(reply,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	buf[0].len = len;
	buf[1] = uv_buf_init("\n", 1);
	uv_read_stop((uv_stream_t *)&conn->pipe);
	uv_timer_again(&conn->idle);
	if (!buf[0].base ||
	    uv_write(&conn->write, (uv_stream_t *)&conn->pipe, buf, 2,
		     on_written))
		conn_close(conn);
}

/* The next whole line, if there is one */
static void conn_take(struct conn *conn)
{
	while (!conn->reply) {
		char *end = memchr(conn->line, '\n', conn->used);
		size_t len = end ? (size_t)(end - conn->line) : conn->used;
		bool skipped = conn->skip;
		json_object *reply = NULL;

		if (!end && conn->used < sizeof(conn->line))
			return;
		if (!skipped)
			reply = end ? control_reply(conn->control->node,
						    conn->line, len) :
				control_error("the line is too long");
		conn->skip = !end;
		conn->used -= len + !!end;
		memmove(conn->line, conn->line + len + !!end, conn->used);
		if (reply)
			conn_reply(conn, reply);
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;

	(void)buf;
	if (n < 0) {
		conn_close(conn);
		return;
	}
	conn->used += (size_t)n;
	conn_take(conn);
}

static struct conn *conn_free(struct control *c)
{
	unsigned int i;

	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		if (!c->conn[i].open)
			return &c->conn[i];
	return NULL;
}

static void conn_open(struct control *c, struct conn *conn)
{
	memset(conn, 0, sizeof(*conn));
	conn->control = c;
	conn->open = true;
	conn->handles = 2;
	c->handles += 2;
	uv_pipe_init(c->loop, &conn->pipe, 0);
	uv_timer_init(c->loop, &conn->idle);
	conn->pipe.data = conn;
	conn->idle.data = conn;
	conn->write.data = conn;
}

static void on_stranger_closed(uv_handle_t *handle)
{
	struct control *c = handle->data;

	free(handle);
	on_gone(c);
}

/* One too many: libuv offers no more until it is taken, so take it and close it. */
static void turn_away(struct control *c)
{
	static const char words[] = "{\"error\":\"too many connections\"}\n";
	uv_pipe_t *pipe = malloc(sizeof(*pipe));
	uv_buf_t buf = uv_buf_init((char *)words, sizeof(words) - 1);

	if (!pipe)
		return;
	uv_pipe_init(c->loop, pipe, 0);
	pipe->data = c;
	c->handles++;
	if (!uv_accept((uv_stream_t *)&c->listener, (uv_stream_t *)pipe))
		uv_try_write((uv_stream_t *)pipe, &buf, 1);
	uv_close((uv_handle_t *)pipe, on_stranger_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control *c = listener->data;
	struct conn *conn = conn_free(c);

	if (status)
		return;
	if (!conn) {
		turn_away(c);
		return;
	}
	conn_open(c, conn);
	if (uv_accept(listener, (uv_stream_t *)&conn->pipe) ||
	    uv_timer_start(&conn->idle, on_idle, CONTROL_IDLE_MS,
			   CONTROL_IDLE_MS) ||
	    uv_read_start((uv_stream_t *)&conn->pipe, on_alloc, on_read))
		conn_close(conn);
}

/* After a crash the socket is still there, and nobody listens. */
static bool remove_stale(const struct sockaddr_un *address)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(address->sun_path, &st))
		return true;
	if (!S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) && errno == ECONNREFUSED;
	close(fd);
	return stale && !unlink(address->sun_path);
}

static int open_socket(const char *path, struct words *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		words_set(why, "control socket %s: the path is too long", path);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (!remove_stale(&address)) {
		words_set(why, "control socket %s: it is there, and in use or no socket",
			  path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Nobody can connect before listen(): by then the mode is right. */
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !chmod(path, 0660))
		return fd;
	words_set(why, "control socket %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct control *control_create(uv_loop_t *loop, struct node *node,
			       const char *path, struct words *why)
{
	struct control *c;
	int fd = open_socket(path, why), err;

	if (fd < 0)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		words_set(why, "control socket %s: no memory", path);
		return NULL;
	}
	c->loop = loop;
	c->node = node;
	c->handles = 1;
	memcpy(c->path, path, strlen(path));
	uv_pipe_init(loop, &c->listener, 0);
	c->listener.data = c;
	err = uv_pipe_open(&c->listener, fd);
	if (err)
		close(fd);
	else
		err = uv_listen((uv_stream_t *)&c->listener, BACKLOG,
				on_connection);
	if (!err)
		return c;
	words_set(why, "control socket %s: %s", path, uv_strerror(err));
	control_close(c, NULL, NULL);
	return NULL;
}

static void on_listener_closed(uv_handle_t *handle)
{
	on_gone(handle->data);
}

void control_close(struct control *c, void (*closed)(void *ctx), void *ctx)
{
	unsigned int i;

	c->closing = true;
	c->closed = closed;
	c->ctx = ctx;
	unlink(c->path);
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		conn_close(&c->conn[i]);
	uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}
