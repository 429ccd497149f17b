// SPDX-License-Identifier: GPL-2.0
#include "metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics_text.h"

enum { BACKLOG = 16, IDLE_RUN_MS = 1000 };

struct metrics {
	uv_poll_t poll;			/* of libmicrohttpd's epoll descriptor */
	uv_timer_t timer;
	struct node *node;
	struct MHD_Daemon *daemon;
	uint16_t port;
	unsigned int handles;
	void (*closed)(void *ctx);
	void *ctx;
};

static enum MHD_Result respond(struct MHD_Connection *connection,
			       unsigned int status, char *text, size_t len,
			       enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, text, mode);
	enum MHD_Result result;

	if (!r) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; version=0.0.4; charset=utf-8");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection,
			   unsigned int status, const char *words)
{
	return respond(connection, status, (char *)words, strlen(words),
		       MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result health(struct metrics *m,
			      struct MHD_Connection *connection)
{
	struct words why = { "" }, line;

	if (node_healthy(m->node, &why))
		return say(connection, MHD_HTTP_OK, "ok\n");
	words_set(&line, "%.300s\n", why.text);
	return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, line.text);
}

static enum MHD_Result numbers(struct metrics *m,
			       struct MHD_Connection *connection)
{
	size_t len;
	char *text = metrics_text(m->node, &len);

	if (!text)
		return MHD_NO;
	return respond(connection, MHD_HTTP_OK, text, len,
		       MHD_RESPMEM_MUST_FREE);
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *len = MHD_lookup_connection_value(connection,
		MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (len && strcmp(len, "0")) ||
	       MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					   MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_len, void **state)
{
	struct metrics *m = cls;

	(void)version;
	(void)upload;
	(void)upload_len;
	/* The first call is for the headers; an answer now ends the connection, and no body is read. */
	if (!*state) {
		if (strcmp(method, MHD_HTTP_METHOD_GET) &&
		    strcmp(method, MHD_HTTP_METHOD_HEAD))
			return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				   "only GET and HEAD\n");
		if (has_body(connection))
			return say(connection, MHD_HTTP_BAD_REQUEST,
				   "a request has no body here\n");
		*state = m;
		return MHD_YES;
	}
	if (!strcmp(url, "/metrics"))
		return numbers(m, connection);
	if (!strcmp(url, "/health"))
		return health(m, connection);
	return say(connection, MHD_HTTP_NOT_FOUND,
		   "/metrics and /health are here\n");
}

static void on_timer(uv_timer_t *timer);

/*
 * libmicrohttpd says when it wants to be run although nothing happens.  It does not say that
 * connections which ended made room for those that wait, so it is run every second anyway.
 */
static void run(struct metrics *m)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(m->daemon);
	if (MHD_get_timeout(m->daemon, &ms) != MHD_YES || ms > IDLE_RUN_MS)
		ms = IDLE_RUN_MS;
	uv_timer_start(&m->timer, on_timer, ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
	run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	run(poll->data);
}

static int open_port(struct metrics *m, uint16_t port, struct words *why)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !listen(fd, BACKLOG) &&
	    !getsockname(fd, (struct sockaddr *)&address, &len)) {
		m->port = ntohs(address.sin_port);
		return fd;
	}
	words_set(why, "metrics on 127.0.0.1 port %u: %s", port,
		  strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool start(struct metrics *m, uv_loop_t *loop, uint16_t port,
		  struct words *why)
{
	const union MHD_DaemonInfo *info;
	int fd = open_port(m, port, why);

	if (fd < 0)
		return false;
	m->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request,
		m, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, METRICS_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)METRICS_REQUEST_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, METRICS_TIMEOUT_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_END);
	if (!m->daemon) {
		close(fd);
		return words_set(why, "metrics: libmicrohttpd does not start");
	}
	info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(loop, &m->poll, info->epoll_fd)) {
		MHD_stop_daemon(m->daemon);
		return words_set(why, "metrics: the loop does not take libmicrohttpd");
	}
	return true;
}

struct metrics *metrics_create(uv_loop_t *loop, struct node *node,
			       uint16_t port, struct words *why)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m) {
		words_set(why, "metrics: no memory");
		return NULL;
	}
	m->node = node;
	if (!start(m, loop, port, why)) {
		free(m);
		return NULL;
	}
	m->handles = 2;
	m->poll.data = m;
	m->timer.data = m;
	uv_timer_init(loop, &m->timer);
	uv_poll_start(&m->poll, UV_READABLE, on_poll);
	run(m);
	return m;
}

uint16_t metrics_port(const struct metrics *m)
{
	return m->port;
}

static void on_closed(uv_handle_t *handle)
{
	struct metrics *m = handle->data;

	if (--m->handles)
		return;
	if (m->closed)
		m->closed(m->ctx);
	free(m);
}

void metrics_close(struct metrics *m, void (*closed)(void *ctx), void *ctx)
{
	m->closed = closed;
	m->ctx = ctx;
	/* Before libmicrohttpd closes the descriptor that is polled */
	uv_poll_stop(&m->poll);
	MHD_stop_daemon(m->daemon);
	uv_close((uv_handle_t *)&m->poll, on_closed);
	uv_close((uv_handle_t *)&m->timer, on_closed);
}
