/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ofapp.c (events, fences, outputs) and its connections share.
 */
#ifndef SHELL_OFAPP_CONN_H
#define SHELL_OFAPP_CONN_H

#include "ofapp.h"

enum {
	OFAPP_MESSAGE_MAX = 65535,
	OFAPP_ASKS_MAX = 16,		/* of a connection, not answered */
	OFAPP_QUEUE_MAX = 1024 * 1024,	/* bytes unwritten, then it is too slow */
};

/* OpenFlow 1.3.5 A.1; lib/wire has the numbers of those that change a switch */
enum ofapp_type {
	OFT_HELLO = 0,
	OFT_ERROR = 1,
	OFT_ECHO_REQUEST = 2,
	OFT_ECHO_REPLY = 3,
	OFT_FEATURES_REQUEST = 5,
	OFT_FEATURES_REPLY = 6,
	OFT_GET_CONFIG_REQUEST = 7,
	OFT_GET_CONFIG_REPLY = 8,
	OFT_SET_CONFIG = 9,
	OFT_MULTIPART_REQUEST = 18,
	OFT_MULTIPART_REPLY = 19,
	OFT_BARRIER_REQUEST = 20,
	OFT_BARRIER_REPLY = 21,
	OFT_ROLE_REQUEST = 24,
	OFT_ROLE_REPLY = 25,
	OFT_GET_ASYNC_REQUEST = 26,
	OFT_SET_ASYNC = 28,
};

enum ofapp_state { OFAPP_IDLE, OFAPP_CONNECTING, OFAPP_SHAKING, OFAPP_UP, OFAPP_CLOSING };

struct ofapp_ask {
	uint32_t hash;			/* ctl_ask_xid(); 0: free */
	uint32_t xid;			/* the controller's */
	uint64_t since_ms;
};

/* One switch, as the controller sees it */
struct ofapp_conn {
	struct ofapp *o;
	uint32_t sw;
	enum ofapp_state state;
	bool counts;			/* what it says belongs to the event that is being fed */
	bool features_told;
	unsigned int echoes;		/* answers to the fence that are missing */
	uint64_t since_ms;		/* of the state, or of the last fence */
	uint32_t xid;			/* of what we send */
	uv_tcp_t tcp;
	uv_connect_t connect;
	struct ofapp_ask ask[OFAPP_ASKS_MAX];
	size_t in_len;
	uint8_t in[OFAPP_MESSAGE_MAX];
};

/* ofapp_conn.c */
void ofapp_conn_open(struct ofapp_conn *c);
void ofapp_conn_close(struct ofapp_conn *c, const char *why);
void ofapp_conn_send(struct ofapp_conn *c, const uint8_t *message, size_t len);
void ofapp_conn_echo(struct ofapp_conn *c);
/* A reply in the order: to whoever of the connection asked for it */
void ofapp_conn_reply(struct ofapp_conn *c, const uint8_t *message,
		      size_t len);

/* Are requests of the connection not answered yet? */
bool ofapp_conn_asks(const struct ofapp_conn *c);
/* Those since before @since_ms never will be. */
void ofapp_conn_forget(struct ofapp_conn *c, uint64_t since_ms);

/* ofapp_switch.c: what a switch answers */
void ofapp_switch_message(struct ofapp_conn *c, const uint8_t *in, size_t len);

/* ofapp.c */
const struct external_switch *ofapp_switch_state(const struct ofapp *o,
						 uint32_t sw);
void ofapp_ask(struct ofapp *o, uint32_t sw, const uint8_t *request,
	       size_t len);
void ofapp_said(struct ofapp *o, struct ofapp_conn *c, const uint8_t *message,
		size_t len);		/* canonical, to be voted on */
void ofapp_refused(struct ofapp *o);
void ofapp_barrier(struct ofapp *o, struct ofapp_conn *c, uint32_t xid);

void ofapp_conn_up(struct ofapp *o, struct ofapp_conn *c);
void ofapp_conn_gone(struct ofapp *o, struct ofapp_conn *c);
void ofapp_conn_answered(struct ofapp *o);
void ofapp_barriers_check(struct ofapp *o);
uint64_t ofapp_dpid(const struct ofapp *o, uint32_t sw);
const struct ofapp_config *ofapp_config(const struct ofapp *o);

#endif
