// SPDX-License-Identifier: GPL-2.0
/*
 * The links of a process: who is up, listening, dialing again.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link_conn.h"

static void dial_later(struct link_dial *d);

static bool address_of(struct sockaddr_storage *out, const char *host,
		       uint16_t port, struct words *why)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return true;
	}
	return words_set(why, "%s is not an IPv4 or IPv6 address", host);
}

static socklen_t address_len(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
		sizeof(struct sockaddr_in6);
}

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void socket_options(int fd)
{
	unsigned int lost_ms = LINK_LOST_MS;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms,
		   sizeof(lost_ms));
}

void links_handle_closed(struct links *links)
{
	assert(links->handles);
	links->handles--;
	if (links->handles || !links->closing)
		return;
	SSL_CTX_free(links->tls);
	if (links->listen_fd >= 0)
		close(links->listen_fd);
	if (links->closed)
		links->closed(links->config.ctx);
	free(links->up);
	free(links->dial);
	free(links);
}

static void on_handle_closed(uv_handle_t *handle)
{
	links_handle_closed(handle->data);
}

static void on_dial_closed(uv_handle_t *handle)
{
	struct link_dial *d = handle->data;

	links_handle_closed(d->links);
}

void links_link_up(struct links *links, struct link *l)
{
	struct link *before = links->up[l->who];

	if (!l->dial)
		links->pending_nr--;
	else
		l->dial->backoff_ms = 0;
	if (before)
		link_close(before);
	links->up[l->who] = l;
	links->stats.ups++;
	if (links->config.state)
		links->config.state(links->config.ctx, l->who, true);
}

static void again_remove(struct links *links, struct link *l)
{
	struct link **at = &links->again_first;

	if (!l->again)
		return;
	while (*at != l)
		at = &(*at)->again_next;
	*at = l->again_next;
	if (!*at)
		links->again_last = at;
	links->again_nr--;
	l->again = false;
}

void links_link_closed(struct links *links, struct link *l)
{
	again_remove(links, l);
	if (l->state != LINK_UP && !l->dial)
		links->pending_nr--;
	if (l->state == LINK_UP && links->up[l->who] == l) {
		links->up[l->who] = NULL;
		if (links->config.state)
			links->config.state(links->config.ctx, l->who, false);
	}
	if (l->dial && !links->closing)
		dial_later(l->dial);
}

static void on_dial(uv_timer_t *timer)
{
	struct link_dial *d = timer->data;
	struct links *links = d->links;
	int fd;

	/* The other side found us meanwhile. */
	if (links->up[d->who]) {
		dial_later(d);
		return;
	}
	fd = open_socket(d->address.ss_family);
	if (fd < 0) {
		dial_later(d);
		return;
	}
	socket_options(fd);
	if ((connect(fd, (struct sockaddr *)&d->address,
		     address_len(&d->address)) && errno != EINPROGRESS) ||
	    !link_create(links, fd, d)) {
		close(fd);
		dial_later(d);
	}
}

/* Half of the pause is left to chance, so that all do not come at once. */
static void dial_later(struct link_dial *d)
{
	uint32_t chance = 0;

	d->backoff_ms = d->backoff_ms ? 2 * d->backoff_ms : LINK_BACKOFF_MIN_MS;
	if (d->backoff_ms > LINK_BACKOFF_MAX_MS)
		d->backoff_ms = LINK_BACKOFF_MAX_MS;
	RAND_bytes((uint8_t *)&chance, sizeof(chance));
	uv_timer_start(&d->timer, on_dial,
		       d->backoff_ms / 2 + chance % (d->backoff_ms / 2 + 1), 0);
}

bool links_dial(struct links *links, unsigned int who, const char *host,
		uint16_t port, struct words *why)
{
	struct link_dial *d = &links->dial[who];

	assert(who < links->config.peer_nr && !d->used);
	if (!address_of(&d->address, host, port, why))
		return false;
	d->links = links;
	d->who = who;
	d->used = true;
	uv_timer_init(links->config.loop, &d->timer);
	links->handles++;
	d->timer.data = d;
	uv_timer_start(&d->timer, on_dial, 0, 0);
	return true;
}

/* The one that has been nobody for longest makes room. */
static void close_oldest_pending(struct links *links)
{
	struct link *l, *oldest = NULL;

	for (l = links->all; l; l = l->next)
		if (!l->dial && l->state == LINK_HANDSHAKE)
			oldest = l;	/* new ones come in at the front */
	if (oldest) {
		links->stats.strangers++;
		link_close(oldest);
	}
}

static void on_listen(uv_poll_t *poll, int status, int events)
{
	struct links *links = poll->data;
	int fd;

	(void)events;
	if (status < 0)
		return;
	while ((fd = accept4(links->listen_fd, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		socket_options(fd);
		if (links->pending_nr == LINK_PENDING_MAX)
			close_oldest_pending(links);
		if (link_create(links, fd, NULL))
			links->pending_nr++;
		else
			close(fd);
	}
}

bool links_listen(struct links *links, const char *host, uint16_t port,
		  struct words *why)
{
	struct sockaddr_storage address;
	int fd, on = 1;

	assert(links->listen_fd < 0);
	if (!address_of(&address, host, port, why))
		return false;
	fd = open_socket(address.ss_family);
	if (fd < 0)
		return words_set(why, "no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, address_len(&address)) ||
	    listen(fd, SOMAXCONN) ||
	    uv_poll_init(links->config.loop, &links->listen, fd)) {
		words_set(why, "cannot listen on %s port %u: %s", host, port,
			  strerror(errno));
		close(fd);
		return false;
	}
	links->listen_fd = fd;
	links->handles++;
	links->listen.data = links;
	uv_poll_start(&links->listen, UV_READABLE, on_listen);
	return true;
}

uint16_t links_port(const struct links *links)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int err = getsockname(links->listen_fd, (struct sockaddr *)&address,
			      &len);

	assert(!err);
	return ntohs(address.ss_family == AF_INET ?
		     ((struct sockaddr_in *)&address)->sin_port :
		     ((struct sockaddr_in6 *)&address)->sin6_port);
}

/*
 * Before each poll, which does not sleep while somebody waits here: a few links, so that
 * those of the others, and timers, get their turn however much comes in.
 */
static void on_again(uv_idle_t *idle)
{
	struct links *links = idle->data;
	uint64_t began_ns = uv_hrtime();
	unsigned int nr = links->again_nr;
	struct link *l;

	while (nr-- && (l = links->again_first)) {
		again_remove(links, l);
		link_read(l);
		if (uv_hrtime() - began_ns > LINK_PATIENT_NS)
			break;
	}
	if (!links->again_first)
		uv_idle_stop(idle);
}

void links_read_again(struct links *links, struct link *l)
{
	if (l->again)
		return;
	l->again = true;
	l->again_next = NULL;
	*links->again_last = l;
	links->again_last = &l->again_next;
	links->again_nr++;
	uv_idle_start(&links->again, on_again);
}

static void on_housekeeping(uv_timer_t *timer)
{
	struct links *links = timer->data;
	uint64_t now_ms = uv_now(links->config.loop);
	struct link *l, *next;

	for (l = links->all; l; l = next) {
		next = l->next;
		if (l->state != LINK_UP &&
		    now_ms - l->since_ms > LINK_HANDSHAKE_MS) {
			links->stats.strangers++;
			link_close(l);
		}
	}
}

struct links *links_create(const struct links_config *config,
			   struct words *why)
{
	struct links *links = calloc(1, sizeof(*links));

	if (!links) {
		words_set(why, "no memory for links");
		return NULL;
	}
	links->config = *config;
	links->listen_fd = -1;
	links->again_last = &links->again_first;
	links->up = calloc(config->peer_nr, sizeof(*links->up));
	links->dial = calloc(config->peer_nr, sizeof(*links->dial));
	links->tls = link_tls_create(links, why);
	if (!links->up || !links->dial || !links->tls) {
		if (links->tls)
			words_set(why, "no memory for links");
		SSL_CTX_free(links->tls);
		free(links->up);
		free(links->dial);
		free(links);
		return NULL;
	}
	links->config.self = NULL;
	/* A peer that goes away in the middle of our write is no reason to die. */
	signal(SIGPIPE, SIG_IGN);
	uv_timer_init(config->loop, &links->housekeeping);
	links->housekeeping.data = links;
	uv_timer_start(&links->housekeeping, on_housekeeping,
		       LINK_HOUSEKEEPING_MS, LINK_HOUSEKEEPING_MS);
	uv_idle_init(config->loop, &links->again);
	links->again.data = links;
	links->handles = 2;
	return links;
}

void links_close(struct links *links, void (*closed)(void *ctx))
{
	unsigned int i;

	links->closing = true;
	links->closed = closed;
	while (links->all)
		link_close(links->all);
	for (i = 0; i < links->config.peer_nr; i++)
		if (links->dial[i].used)
			uv_close((uv_handle_t *)&links->dial[i].timer,
				 on_dial_closed);
	if (links->listen_fd >= 0)
		uv_close((uv_handle_t *)&links->listen, on_handle_closed);
	uv_close((uv_handle_t *)&links->housekeeping, on_handle_closed);
	uv_close((uv_handle_t *)&links->again, on_handle_closed);
}

bool links_send(struct links *links, unsigned int who, const uint8_t *bytes,
		size_t len)
{
	struct link *l = links->up[who];

	if (!l) {
		links->stats.dropped_down++;
		return false;
	}
	if (!link_queue(l, bytes, len)) {
		links->stats.dropped_full++;
		return false;
	}
	links->stats.frames_out++;
	return true;
}

void links_flush(struct links *links)
{
	struct link *l, *next;

	for (l = links->all; l; l = next) {
		next = l->next;
		/* One that waits for room in the socket writes when there is. */
		if (l->out.head != l->out.tail && !(l->events & UV_WRITABLE))
			link_write(l);
	}
}

void links_stats(const struct links *links, struct links_stats *stats)
{
	*stats = links->stats;
}

bool links_up(const struct links *links, unsigned int who)
{
	return links->up[who];
}
