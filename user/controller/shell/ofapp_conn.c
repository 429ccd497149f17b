// SPDX-License-Identifier: GPL-2.0
/*
 * A connection to the OpenFlow controller, for one switch: bytes in and out, whole messages up.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/wire/bytes.h"
#include "../../../lib/wire/openflow.h"
#include "log.h"
#include "ofapp_conn.h"

struct ofapp_write {
	uv_write_t request;
	uint8_t bytes[];
};

static void closed(uv_handle_t *handle)
{
	struct ofapp_conn *c = handle->data;

	c->state = OFAPP_IDLE;
	ofapp_conn_gone(c->o, c);
}

void ofapp_conn_close(struct ofapp_conn *c, const char *why)
{
	if (c->state == OFAPP_IDLE || c->state == OFAPP_CLOSING)
		return;
	if (why)
		log_say(c->state == OFAPP_CONNECTING ? LOG_L_DEBUG :
			LOG_L_WARNING, "application",
			"connection ends switch=%016llx why=\"%s\"",
			(unsigned long long)ofapp_dpid(c->o, c->sw), why);
	c->state = OFAPP_CLOSING;
	uv_close((uv_handle_t *)&c->tcp, closed);
}

static void written(uv_write_t *request, int status)
{
	struct ofapp_conn *c = request->data;

	free((char *)request - offsetof(struct ofapp_write, request));
	if (status && status != UV_ECANCELED)
		ofapp_conn_close(c, uv_strerror(status));
}

void ofapp_conn_send(struct ofapp_conn *c, const uint8_t *message, size_t len)
{
	struct ofapp_write *w;
	uv_buf_t buf;
	int rc;

	if (c->state != OFAPP_SHAKING && c->state != OFAPP_UP)
		return;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) >
	    OFAPP_QUEUE_MAX) {
		ofapp_conn_close(c, "the controller does not read");
		return;
	}
	w = malloc(sizeof(*w) + len);
	if (!w) {
		ofapp_conn_close(c, "no memory");
		return;
	}
	memcpy(w->bytes, message, len);
	w->request.data = c;
	buf = uv_buf_init((char *)w->bytes, (unsigned int)len);
	rc = uv_write(&w->request, (uv_stream_t *)&c->tcp, &buf, 1, written);
	if (rc) {
		free(w);
		ofapp_conn_close(c, uv_strerror(rc));
	}
}

void ofapp_conn_echo(struct ofapp_conn *c)
{
	uint8_t m[OF_HEADER_LEN] = { 4, OFT_ECHO_REQUEST, 0, OF_HEADER_LEN };
	struct wire_writer w = { m + 4, 4, 0 };

	wire_write_be(&w, ++c->xid, 4);
	ofapp_conn_send(c, m, sizeof(m));
}

static void room_get(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
	struct ofapp_conn *c = handle->data;

	(void)hint;
	*buf = uv_buf_init((char *)c->in + c->in_len,
			   (unsigned int)(sizeof(c->in) - c->in_len));
}

static void got(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
	struct ofapp_conn *c = stream->data;
	size_t at = 0, len;

	(void)buf;
	if (nread <= 0) {
		if (nread)
			ofapp_conn_close(c, uv_strerror((int)nread));
		return;
	}
	c->in_len += (size_t)nread;
	while (c->in_len - at >= OF_HEADER_LEN) {
		len = wire_get16(c->in + at + 2);
		if (len < OF_HEADER_LEN) {
			ofapp_conn_close(c, "a message shorter than its header");
			return;
		}
		if (c->in_len - at < len)
			break;
		ofapp_switch_message(c, c->in + at, len);
		if (c->state != OFAPP_SHAKING && c->state != OFAPP_UP)
			return;
		at += len;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
}

static void connected(uv_connect_t *request, int status)
{
	static const uint8_t hello[] = { 4, OFT_HELLO, 0, 16, 0, 0, 0, 1,
		/* version bitmap: 1.3 alone (A.5.1) */
		0, 1, 0, 8, 0, 0, 0, 1 << 4 };
	struct ofapp_conn *c = request->handle->data;

	if (status == UV_ECANCELED)
		return;
	if (!status)
		status = uv_tcp_nodelay(&c->tcp, 1);
	if (!status)
		status = uv_read_start((uv_stream_t *)&c->tcp, room_get, got);
	if (status) {
		ofapp_conn_close(c, uv_strerror(status));
		return;
	}
	c->state = OFAPP_SHAKING;
	c->since_ms = uv_now(ofapp_config(c->o)->loop);
	ofapp_conn_send(c, hello, sizeof(hello));
}

void ofapp_conn_open(struct ofapp_conn *c)
{
	const struct ofapp_config *config = ofapp_config(c->o);
	struct sockaddr_storage to;
	int rc;

	assert(c->state == OFAPP_IDLE);
	c->in_len = 0;
	c->echoes = 0;
	c->features_told = false;
	memset(c->ask, 0, sizeof(c->ask));
	c->since_ms = uv_now(config->loop);
	rc = uv_tcp_init(config->loop, &c->tcp);
	assert(!rc);
	c->tcp.data = c;
	c->state = OFAPP_CONNECTING;
	rc = uv_ip4_addr(config->host, config->port, (struct sockaddr_in *)&to);
	if (rc)
		rc = uv_ip6_addr(config->host, config->port,
				 (struct sockaddr_in6 *)&to);
	if (!rc)
		rc = uv_tcp_connect(&c->connect, &c->tcp,
				    (struct sockaddr *)&to, connected);
	if (rc)
		ofapp_conn_close(c, uv_strerror(rc));
}

void ofapp_conn_reply(struct ofapp_conn *c, const uint8_t *message,
		      size_t len)
{
	uint32_t hash = wire_get32(message + 4);
	uint8_t copy[OFAPP_MESSAGE_MAX];
	struct wire_writer w = { copy + 4, 4, 0 };
	bool more;
	int i;

	if (len < 12 || len > sizeof(copy) || message[1] != OFT_MULTIPART_REPLY)
		return;
	more = wire_get16(message + 10) & 1;
	for (i = 0; i < OFAPP_ASKS_MAX; i++) {
		if (c->ask[i].hash != hash || !hash)
			continue;
		memcpy(copy, message, len);
		w.used = 0;
		wire_write_be(&w, c->ask[i].xid, 4);
		if (!more)
			c->ask[i].hash = 0;
		ofapp_conn_send(c, copy, len);
	}
	ofapp_barriers_check(c->o);
}

bool ofapp_conn_asks(const struct ofapp_conn *c)
{
	int i;

	for (i = 0; i < OFAPP_ASKS_MAX; i++)
		if (c->ask[i].hash)
			return true;
	return false;
}

void ofapp_conn_forget(struct ofapp_conn *c, uint64_t since_ms)
{
	int i;

	for (i = 0; i < OFAPP_ASKS_MAX; i++)
		if (c->ask[i].since_ms < since_ms)
			c->ask[i].hash = 0;
}
