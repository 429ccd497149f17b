// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: handshake, frames in, frames out.
 *
 * A frame's callback may send on any link, and may not close one; so a link is
 * closed only from here and from links.c, and freed when the loop has let go of it.
 */
#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link_conn.h"

static void wait_for(struct link *l, int events);

/* @len more bytes at the tail, at most @max in all */
static bool buffer_reserve(struct link_buffer *b, size_t len, size_t max)
{
	size_t used = b->tail - b->head, room = b->room;
	uint8_t *bytes;

	if (b->room - b->tail >= len)
		return true;
	if (len > max || used > max - len)
		return false;
	/* Moves no more bytes than have left since the last time. */
	if (b->head && b->head >= used) {
		memmove(b->bytes, b->bytes + b->head, used);
		b->head = 0;
		b->tail = used;
	}
	while (room - b->tail < len)
		room = room ? 2 * room : LINK_BUFFER_MIN;
	if (room == b->room)
		return true;
	bytes = realloc(b->bytes, room);
	if (!bytes)
		return false;
	b->bytes = bytes;
	b->room = room;
	return true;
}

static const struct link_peer *peer_of(const struct link *l)
{
	return &l->links->config.peer[l->who];
}

/* Of what starts with these four bytes; 0: nothing that is allowed */
static uint32_t frame_len(const struct link *l, const uint8_t *head)
{
	uint32_t len = (uint32_t)head[2] << 8 | head[3];

	if (l->links->config.framing == LINK_OPENFLOW)
		return len < LINK_OPENFLOW_HEAD ? 0 : len;
	return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
		(uint32_t)head[2] << 8 | head[3];
}

/* Bytes before a frame that are not part of it */
static size_t head_len(const struct link *l)
{
	return l->links->config.framing == LINK_LENGTH ? LINK_FRAME_HEAD : 0;
}

/* The whole frames that are in the buffer.  false: the peer broke a rule. */
static bool deliver(struct link *l)
{
	struct links *links = l->links;
	struct link_buffer *b = &l->in;
	size_t skip = head_len(l);

	while (l->state == LINK_UP && b->tail - b->head >= LINK_FRAME_HEAD) {
		const uint8_t *frame = b->bytes + b->head + skip;
		uint32_t len = frame_len(l, b->bytes + b->head);

		if (!len || len > peer_of(l)->frame_max || !links->config.frame)
			return false;
		if (b->tail - b->head - skip < len)
			break;
		b->head += skip + len;
		links->stats.frames_in++;
		/* It took our certificate: in TLS 1.3 that shows only now. */
		if (l->dial)
			l->dial->backoff_ms = 0;
		links->config.frame(links->config.ctx, l->who, frame, len);
		if (l->breach)
			return false;
	}
	if (b->head == b->tail) {
		b->head = 0;
		b->tail = 0;
	}
	return true;
}

/* How much room the next read needs: to the end of the frame that has begun, or a bit. */
static size_t read_room(const struct link *l)
{
	size_t used = l->in.tail - l->in.head, len;

	if (used < LINK_FRAME_HEAD)
		return LINK_BUFFER_MIN;
	len = head_len(l) + (size_t)frame_len(l, l->in.bytes + l->in.head);
	return len > used + LINK_BUFFER_MIN ? len - used : LINK_BUFFER_MIN;
}

/* A stranger, or somebody to whom we are one */
static void tell_refused(struct link *l)
{
	unsigned long error = ERR_peek_error();
	struct words why;

	if (l->state == LINK_HANDSHAKE)
		l->links->stats.strangers++;
	else if (l->chatter > LINK_CHATTER_MAX)
		l->links->stats.breaches++;
	else if (ERR_GET_LIB(error) != ERR_LIB_SSL ||
		 ERR_GET_REASON(error) < SSL_AD_REASON_OFFSET)
		return;
	link_tls_words(l, &why);
	links_refused(l->links, l, why.text);
}

/* OpenSSL's verdict on a call that did not succeed: wait, or close. */
static void after_failure(struct link *l, int ret)
{
	switch (SSL_get_error(l->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		wait_for(l, UV_READABLE | (l->state == LINK_UP ?
					   l->events & UV_WRITABLE : 0));
		break;
	case SSL_ERROR_WANT_WRITE:
		wait_for(l, UV_READABLE | UV_WRITABLE);
		break;
	default:
		tell_refused(l);
		link_close(l);
	}
}

void link_read(struct link *l)
{
	size_t total = 0, max = peer_of(l)->patient ? LINK_PATIENT_READ_MAX :
		LINK_READ_MAX;
	int n;

	while (l->state == LINK_UP) {
		struct link_buffer *b = &l->in;

		if (total >= max) {
			/* The others' turn; what TLS has buffered wakes nobody. */
			links_read_again(l->links, l);
			return;
		}
		if (!buffer_reserve(b, read_room(l), (size_t)peer_of(l)->frame_max +
				    2 * LINK_BUFFER_MIN)) {
			link_close(l);
			return;
		}
		ERR_clear_error();
		n = SSL_read(l->ssl, b->bytes + b->tail,
			     (int)(b->room - b->tail));
		if (n <= 0) {
			after_failure(l, n);
			return;
		}
		b->tail += (size_t)n;
		total += (size_t)n;
		l->links->stats.bytes_in += (size_t)n;
		if (!deliver(l)) {
			l->links->stats.breaches++;
			link_close(l);
		} else if (!SSL_has_pending(l->ssl)) {
			/* What the socket still has wakes us; asking it costs a call each time. */
			return;
		}
	}
}

void link_write(struct link *l)
{
	struct link_buffer *b = &l->out;
	int n;

	while (l->state == LINK_UP && b->head != b->tail) {
		size_t len = b->tail - b->head;

		if (len > LINK_RECORD_MAX)
			len = LINK_RECORD_MAX;
		ERR_clear_error();
		n = SSL_write(l->ssl, b->bytes + b->head, (int)len);
		if (n <= 0) {
			after_failure(l, n);
			return;
		}
		b->head += (size_t)n;
		l->links->stats.bytes_out += (size_t)n;
	}
	if (l->state != LINK_UP)
		return;
	b->head = 0;
	b->tail = 0;
	wait_for(l, UV_READABLE);
}

bool link_queue(struct link *l, const uint8_t *bytes, size_t len)
{
	struct link_buffer *b = &l->out;
	size_t skip = head_len(l);
	uint8_t *out;

	assert(len && len <= UINT32_MAX - LINK_FRAME_HEAD);
	if (!buffer_reserve(b, skip + len, peer_of(l)->queue_max))
		return false;
	out = b->bytes + b->tail;
	if (skip) {
		out[0] = (uint8_t)(len >> 24);
		out[1] = (uint8_t)(len >> 16);
		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
	}
	memcpy(out + skip, bytes, len);
	b->tail += skip + len;
	return true;
}

static void handshake(struct link *l)
{
	int ok;

	ERR_clear_error();
	ok = SSL_do_handshake(l->ssl);
	if (ok != 1) {
		after_failure(l, ok);
		return;
	}
	assert(l->who < l->links->config.peer_nr);
	l->state = LINK_UP;
	wait_for(l, UV_READABLE);
	links_link_up(l->links, l);
	/* The first frames may be in TLS's buffer already. */
	link_read(l);
}

void link_turn(struct link *l)
{
	if (l->state == LINK_HANDSHAKE)
		handshake(l);
	else
		link_read(l);
}

static void connected(struct link *l)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &len) || err) {
		link_close(l);
		return;
	}
	l->state = LINK_HANDSHAKE;
	handshake(l);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct link *l = poll->data;

	if (status < 0) {
		link_close(l);
		return;
	}
	switch (l->state) {
	case LINK_CONNECTING:
		connected(l);
		break;
	case LINK_HANDSHAKE:
		/* Strangers' arithmetic is not to hold up whoever is known. */
		links_read_again(l->links, l);
		break;
	case LINK_UP:
		if (events & UV_WRITABLE)
			link_write(l);
		if (l->state != LINK_UP || !(events & UV_READABLE))
			break;
		if (peer_of(l)->patient)
			links_read_again(l->links, l);
		else
			link_read(l);
		break;
	case LINK_CLOSED:
		break;
	}
}

static void wait_for(struct link *l, int events)
{
	if (l->events == events)
		return;
	l->events = events;
	uv_poll_start(&l->poll, events, on_poll);
}

struct link *link_create(struct links *links, int fd, struct link_dial *dial)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->links = links;
	l->fd = fd;
	l->dial = dial;
	l->who = links->config.peer_nr;
	l->since_ms = uv_now(links->config.loop);
	l->poll.data = l;
	l->ssl = SSL_new(links->tls);
	if (!l->ssl || !SSL_set_fd(l->ssl, fd) ||
	    uv_poll_init(links->config.loop, &l->poll, fd)) {
		ERR_clear_error();
		SSL_free(l->ssl);
		free(l);
		return NULL;
	}
	links->handles++;
	SSL_set_app_data(l->ssl, l);
	if (dial) {
		SSL_set_connect_state(l->ssl);
		l->state = LINK_CONNECTING;
		wait_for(l, UV_WRITABLE);
	} else {
		SSL_set_accept_state(l->ssl);
		l->state = LINK_HANDSHAKE;
		wait_for(l, UV_READABLE);
	}
	l->next = links->all;
	l->prev = &links->all;
	if (l->next)
		l->next->prev = &l->next;
	links->all = l;
	return l;
}

static void on_closed(uv_handle_t *handle)
{
	struct link *l = handle->data;
	struct links *links = l->links;

	SSL_free(l->ssl);
	close(l->fd);
	free(l->in.bytes);
	free(l->out.bytes);
	free(l);
	links_handle_closed(links);
}

void link_close(struct link *l)
{
	assert(l->state != LINK_CLOSED);
	*l->prev = l->next;
	if (l->next)
		l->next->prev = l->prev;
	links_link_closed(l->links, l);
	l->state = LINK_CLOSED;
	/* The other end learns of it now, not when the memory goes. */
	shutdown(l->fd, SHUT_RDWR);
	uv_poll_stop(&l->poll);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	ERR_clear_error();
}
