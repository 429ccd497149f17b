// SPDX-License-Identifier: GPL-2.0
/*
 * What the OpenFlow controller outside may send: any messages, on a connection in any state. What goes
 * to the vote decodes to what it was, and answers have the length that their header says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz.h"
#include "../../lib/wire/bytes.h"
#include "../../lib/wire/openflow.h"
#include "../../user/controller/core/ctl.h"
#include "../../user/controller/shell/ofapp_conn.h"

static struct ofapp_conn conn;
static struct external_switch state = { .up = true, .has_features = true,
					.has_ports = true, .port_nr = 2 };
static struct ofapp_config config;

const struct external_switch *ofapp_switch_state(const struct ofapp *o,
						 uint32_t sw)
{
	(void)o;
	FUZZ_DEMAND(sw == conn.sw);
	return &state;
}

uint64_t ofapp_dpid(const struct ofapp *o, uint32_t sw)
{
	(void)o;
	return sw + 1;
}

const struct ofapp_config *ofapp_config(const struct ofapp *o)
{
	(void)o;
	return &config;
}

void ofapp_conn_send(struct ofapp_conn *c, const uint8_t *message, size_t len)
{
	FUZZ_DEMAND(c == &conn && len >= OF_HEADER_LEN && message[0] == 4 &&
	       wire_get16(message + 2) == len);
}

void ofapp_conn_close(struct ofapp_conn *c, const char *why)
{
	FUZZ_DEMAND(why);
	c->state = OFAPP_CLOSING;
}

void ofapp_conn_echo(struct ofapp_conn *c)
{
	c->xid++;
}

void ofapp_ask(struct ofapp *o, uint32_t sw, const uint8_t *request,
	       size_t len)
{
	static uint8_t out[4096];
	struct ctl_to_switch to;
	size_t used;

	(void)o;
	(void)sw;
	FUZZ_DEMAND(len <= 1024 && !wire_get32(request + 4));
	used = ctl_ask_encode(out, sizeof(out), 7, request, len);
	FUZZ_DEMAND(!used || !ctl_to_switch_decode(&to, 7, out, used));
}

void ofapp_said(struct ofapp *o, struct ofapp_conn *c, const uint8_t *message,
		size_t len)
{
	static struct of_message decoded;
	static uint8_t again[APP_UPDATE_MAX];
	size_t used;

	(void)o;
	FUZZ_DEMAND(c == &conn && len <= APP_UPDATE_MAX);
	FUZZ_DEMAND(!of_decode(&decoded, message, len, &used) && used == len &&
	       !decoded.xid);
	FUZZ_DEMAND(!of_encode(again, sizeof(again), &used, &decoded) &&
	       used == len && !memcmp(again, message, len));
}

void ofapp_refused(struct ofapp *o)
{
	(void)o;
}

void ofapp_barrier(struct ofapp *o, struct ofapp_conn *c, uint32_t xid)
{
	(void)o;
	(void)c;
	(void)xid;
}

void ofapp_conn_up(struct ofapp *o, struct ofapp_conn *c)
{
	(void)o;
	FUZZ_DEMAND(c->state == OFAPP_SHAKING && !c->echoes);
	c->state = OFAPP_UP;
}

void ofapp_conn_answered(struct ofapp *o)
{
	(void)o;
	FUZZ_DEMAND(conn.state == OFAPP_UP && !conn.echoes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t message[OFAPP_MESSAGE_MAX];
	size_t len;

	memset(&conn, 0, sizeof(conn));
	config.loop = uv_default_loop();
	conn.state = size & 1 ? OFAPP_UP : OFAPP_SHAKING;
	conn.echoes = size >> 1 & 3;
	/* The connection's reader gives whole messages: the header's length is made true. */
	while (size >= OF_HEADER_LEN && conn.state != OFAPP_CLOSING) {
		len = wire_get16(data + 2);
		if (len < OF_HEADER_LEN || len > size)
			len = size < sizeof(message) ? size : sizeof(message);
		memcpy(message, data, len);
		message[2] = (uint8_t)(len >> 8);
		message[3] = (uint8_t)len;
		ofapp_switch_message(&conn, message, len);
		data += len;
		size -= len;
	}
	return 0;
}
