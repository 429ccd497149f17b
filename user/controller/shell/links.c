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

/* Whom an address belongs to, as far as it tells: all of IPv4's, the network of IPv6's */
static uint64_t network_of(const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	uint64_t network = 0;

	if (address->ss_family == AF_INET)
		memcpy(&network, &((const struct sockaddr_in *)address)->sin_addr, 4);
	else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(&network, in6->sin6_addr.s6_addr + 12, 4);
	else
		memcpy(&network, in6->sin6_addr.s6_addr, 8);
	return network;
}

static bool is_pending(const struct link *l)
{
	return !l->dial && l->state == LINK_HANDSHAKE;
}

/*
 * Of the network from which most come, the one that has been nobody for longest makes
 * room: who connects without end pushes out itself.
 */
static void close_one_pending(struct links *links)
{
	struct link *l, *other, *crowded = NULL;
	unsigned int nr, most = 0;

	/* New ones come in at the front. */
	for (l = links->all; l; l = l->next) {
		if (!is_pending(l))
			continue;
		nr = 0;
		for (other = links->all; other; other = other->next)
			nr += is_pending(other) && other->network == l->network;
		if (nr >= most) {
			most = nr;
			crowded = l;
		}
	}
	if (crowded) {
		links->stats.strangers++;
		links_refused(links, crowded, "it said nothing, and others came");
		link_close(crowded);
	}
}

/* A few in a turn: what is closed keeps its descriptor until the turn's end, and others need some. */
static void on_listen(uv_poll_t *poll, int status, int events)
{
	struct links *links = poll->data;
	struct sockaddr_storage from;
	unsigned int nr;
	struct link *l;
	socklen_t len;
	int fd;

	(void)events;
	if (status < 0)
		return;
	for (nr = 0; nr < LINK_ACCEPT_MAX; nr++) {
		len = sizeof(from);
		fd = accept4(links->listen_fd, (struct sockaddr *)&from, &len,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		socket_options(fd);
		if (links->pending_nr == LINK_PENDING_MAX)
			close_one_pending(links);
		l = link_create(links, fd, NULL);
		if (!l) {
			close(fd);
			continue;
		}
		l->network = network_of(&from);
		links->pending_nr++;
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
		link_turn(l);
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

/* A new period, in which lines may be written again */
static void refused_again(struct links *links)
{
	struct words words;

	if (links->refused_more && links->config.refused) {
		words_set(&words, "%u more were refused", links->refused_more);
		links->config.refused(links->config.ctx, words.text);
	}
	links->refused_nr = 0;
	links->refused_more = 0;
}

void links_refused(struct links *links, const struct link *l, const char *why)
{
	struct sockaddr_storage from = { 0 };
	char host[INET6_ADDRSTRLEN] = "?";
	socklen_t len = sizeof(from);
	struct words words;
	uint16_t port;

	if (!links->config.refused || links->closing)
		return;
	if (links->refused_nr == LINK_REFUSED_MAX) {
		links->refused_more++;
		return;
	}
	if (!links->refused_nr++)
		links->refused_ms = uv_now(links->config.loop);
	getpeername(l->fd, (struct sockaddr *)&from, &len);
	if (from.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&from)->sin6_addr,
			  host, sizeof(host));
	else
		inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr,
			  host, sizeof(host));
	port = ntohs(from.ss_family == AF_INET6 ?
		     ((struct sockaddr_in6 *)&from)->sin6_port :
		     ((struct sockaddr_in *)&from)->sin_port);
	words_set(&words, "%s (%s %s port %u)", why,
		  l->dial ? links->config.peer[l->dial->who].name : "it came from",
		  host, port);
	links->config.refused(links->config.ctx, words.text);
}

static void on_housekeeping(uv_timer_t *timer)
{
	struct links *links = timer->data;
	uint64_t now_ms = uv_now(links->config.loop);
	struct link *l, *next;

	for (l = links->all; l; l = next) {
		next = l->next;
		if (l->state != LINK_UP &&
		    now_ms - l->since_ms > links->handshake_ms) {
			links->stats.strangers++;
			links_refused(links, l, "it did not finish the handshake");
			link_close(l);
		}
	}
	if (links->refused_nr &&
	    now_ms - links->refused_ms > LINK_REFUSED_MS)
		refused_again(links);
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
	links->handshake_ms = LINK_HANDSHAKE_MS;
	links->again_last = &links->again_first;
	links->up = calloc(config->peer_nr, sizeof(*links->up));
	links->dial = calloc(config->peer_nr, sizeof(*links->dial));
	links->tls = link_tls_create(config->self, config->authority,
				     why);
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
	links->config.authority = NULL;
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

bool links_renew(struct links *links, const struct identity *self,
		 X509_STORE *authority, struct words *why)
{
	SSL_CTX *tls = link_tls_create(self, authority, why);

	if (!tls)
		return false;
	/* Links that are up, or nearly, keep theirs. */
	SSL_CTX_free(links->tls);
	links->tls = tls;
	return true;
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

void links_breach(struct links *links, unsigned int who, const char *why)
{
	struct link *l = links->up[who];

	if (!l || l->breach)
		return;
	l->breach = true;
	links_refused(links, l, why);
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
