// SPDX-License-Identifier: GPL-2.0
/*
 * What a switch answers to its controller: from the replicated state, or by asking the switch
 * through the order.  What would change the switch goes to the vote, in canonical bytes.
 */
#include <string.h>

#include "../../../lib/wire/bytes.h"
#include "../../../lib/wire/openflow.h"
#include "../core/ctl.h"
#include "log.h"
#include "ofapp_conn.h"

enum {
	MULTIPART_LEN = 16,
	MULTIPART_DESC = 0,
	MULTIPART_TABLE_FEATURES = 12,
	MULTIPART_PORT_DESC = 13,
	MULTIPART_EXPERIMENTER = 0xffff,
	DESC_LEN = 1056,		/* struct ofp_desc (A.3.5.1) */
	ASK_MAX = 1024,
	ERROR_BAD_REQUEST = 1,		/* A.4.4 */
	BAD_TYPE = 1, BAD_MULTIPART = 2, EPERM_CODE = 5,
	ERROR_DATA_MAX = 64,
	ANSWER_MAX = MULTIPART_LEN + EXTERNAL_PORTS_MAX * EXTERNAL_PORT_LEN,
};

/* An answer of @len bytes with the xid of the message that it answers */
static struct wire_writer answer(uint8_t *out, size_t len, uint8_t type,
				 const uint8_t *in)
{
	struct wire_writer w = { out, len, 0 };

	wire_write_be(&w, 4, 1);
	wire_write_be(&w, type, 1);
	wire_write_be(&w, len, 2);
	wire_write(&w, in + 4, 4);
	return w;
}

static void error(struct ofapp_conn *c, uint16_t code, const char *words,
		  const uint8_t *in, size_t len)
{
	uint8_t out[12 + ERROR_DATA_MAX];
	size_t data = len < ERROR_DATA_MAX ? len : ERROR_DATA_MAX;
	struct wire_writer w = answer(out, 12 + data, OFT_ERROR, in);

	wire_write_be(&w, ERROR_BAD_REQUEST, 2);
	wire_write_be(&w, code, 2);
	wire_write(&w, in, data);
	ofapp_refused(c->o);
	log_say(LOG_L_INFO, "application",
		"message refused switch=%016llx type=%u why=\"%s\"",
		(unsigned long long)ofapp_dpid(c->o, c->sw), in[1], words);
	ofapp_conn_send(c, out, w.used);
}

static void features(struct ofapp_conn *c, const uint8_t *in)
{
	const struct external_switch *s = ofapp_switch_state(c->o, c->sw);
	uint8_t out[EXTERNAL_FEATURES_LEN];
	struct wire_writer w = answer(out, sizeof(out), OFT_FEATURES_REPLY, in);

	wire_write_be(&w, ofapp_dpid(c->o, c->sw), 8);
	wire_write_be(&w, 0, 4);	/* no buffers */
	wire_write(&w, s->features + 20, 1);	/* tables */
	wire_write_zero(&w, 3);		/* the main connection */
	wire_write(&w, s->features + 24, 4);	/* capabilities */
	wire_write_zero(&w, 4);
	ofapp_conn_send(c, out, w.used);
	if (c->state == OFAPP_SHAKING && !c->features_told) {
		c->features_told = true;
		c->echoes = 2;
		ofapp_conn_echo(c);
	}
}

static void port_desc(struct ofapp_conn *c, const uint8_t *in)
{
	const struct external_switch *s = ofapp_switch_state(c->o, c->sw);
	size_t len = MULTIPART_LEN + s->port_nr * EXTERNAL_PORT_LEN;
	uint8_t out[ANSWER_MAX];
	struct wire_writer w = answer(out, len, OFT_MULTIPART_REPLY, in);

	wire_write_be(&w, MULTIPART_PORT_DESC, 2);
	wire_write_zero(&w, 6);
	wire_write(&w, s->port, s->port_nr * EXTERNAL_PORT_LEN);
	ofapp_conn_send(c, out, w.used);
}

static void desc(struct ofapp_conn *c, const uint8_t *in)
{
	static const char *const text[] = { "Ashlar", "switch of a domain",
					    "", "None", "None" };
	static const size_t room[] = { 256, 256, 256, 32, 256 };
	uint8_t out[MULTIPART_LEN + DESC_LEN];
	struct wire_writer w = answer(out, sizeof(out), OFT_MULTIPART_REPLY,
				      in);
	size_t i, len;

	wire_write_zero(&w, 8);
	for (i = 0; i < 5; i++) {
		len = strlen(text[i]);
		wire_write(&w, text[i], len);
		wire_write_zero(&w, room[i] - len);
	}
	ofapp_conn_send(c, out, w.used);
}

static void ask(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	uint8_t request[ASK_MAX];
	unsigned int i;

	if (len > sizeof(request)) {
		error(c, BAD_MULTIPART, "request too long", in, len);
		return;
	}
	for (i = 0; i < OFAPP_ASKS_MAX && c->ask[i].hash; i++)
		;
	if (i == OFAPP_ASKS_MAX) {
		/* The oldest was not answered: its switch is away, or slow. */
		memmove(c->ask, c->ask + 1, sizeof(c->ask) - sizeof(c->ask[0]));
		i--;
	}
	memcpy(request, in, len);
	memset(request + 4, 0, 4);
	c->ask[i].hash = ctl_ask_xid(request, len);
	c->ask[i].xid = wire_get32(in + 4);
	c->ask[i].since_ms = uv_now(ofapp_config(c->o)->loop);
	ofapp_ask(c->o, c->sw, request, len);
}

static void multipart(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	if (len < MULTIPART_LEN) {
		error(c, BAD_MULTIPART, "short multipart request", in, len);
		return;
	}
	switch (wire_get16(in + 8)) {
	case MULTIPART_DESC:
		desc(c, in);
		break;
	case MULTIPART_PORT_DESC:
		port_desc(c, in);
		break;
	case MULTIPART_TABLE_FEATURES:
	case MULTIPART_EXPERIMENTER:
		error(c, BAD_MULTIPART, "not supported", in, len);
		break;
	default:
		ask(c, in, len);
	}
}

/* Equal meanings become equal bytes; xids are random in each instance. */
static void change(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	static struct of_message message;	/* of one thread: the loop's */
	uint8_t out[APP_UPDATE_MAX];
	enum wire_err err;
	size_t used;

	err = of_decode(&message, in, len, &used);
	if (!err && used != len)
		err = WIRE_ELONG;
	message.xid = 0;
	if (!err)
		err = of_encode(out, sizeof(out), &used, &message);
	if (err)
		error(c, EPERM_CODE, wire_err_text(err), in, len);
	else
		ofapp_said(c->o, c, out, used);
}

static void echo_reply(struct ofapp_conn *c)
{
	if (!c->echoes)
		return;
	if (--c->echoes)
		ofapp_conn_echo(c);
	else if (c->state == OFAPP_SHAKING)
		ofapp_conn_up(c->o, c);
	else
		ofapp_conn_answered(c->o);
}

static void get_config(struct ofapp_conn *c, const uint8_t *in)
{
	uint8_t out[12];
	struct wire_writer w = answer(out, sizeof(out), OFT_GET_CONFIG_REPLY,
				      in);

	wire_write_be(&w, 0xffff, 4);	/* fragments as usual; whole packets */
	ofapp_conn_send(c, out, w.used);
}

static void echo(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	uint8_t out[OFAPP_MESSAGE_MAX];
	struct wire_writer w = answer(out, len, OFT_ECHO_REPLY, in);

	wire_write(&w, in + OF_HEADER_LEN, len - OF_HEADER_LEN);
	ofapp_conn_send(c, out, w.used);
}

/* There is one controller: it gets the role that it asks for (A.3.9). */
static void role(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	uint8_t out[24];
	struct wire_writer w = answer(out, sizeof(out), OFT_ROLE_REPLY, in);

	if (len != sizeof(out)) {
		error(c, BAD_TYPE, "malformed role request", in, len);
		return;
	}
	wire_write(&w, in + OF_HEADER_LEN, sizeof(out) - OF_HEADER_LEN);
	ofapp_conn_send(c, out, w.used);
}

void ofapp_switch_message(struct ofapp_conn *c, const uint8_t *in, size_t len)
{
	if (in[0] != 4 && in[1] != OFT_HELLO) {
		ofapp_conn_close(c, "not OpenFlow 1.3");
		return;
	}
	switch (in[1]) {
	case OFT_HELLO:
	case OFT_SET_CONFIG:
	case OFT_SET_ASYNC:
		break;
	case OFT_ERROR:
		log_say(LOG_L_INFO, "application",
			"controller reports an error switch=%016llx",
			(unsigned long long)ofapp_dpid(c->o, c->sw));
		break;
	case OFT_ECHO_REQUEST:
		echo(c, in, len);
		break;
	case OFT_ECHO_REPLY:
		echo_reply(c);
		break;
	case OFT_FEATURES_REQUEST:
		features(c, in);
		break;
	case OFT_GET_CONFIG_REQUEST:
		get_config(c, in);
		break;
	case OFT_MULTIPART_REQUEST:
		multipart(c, in, len);
		break;
	case OFT_BARRIER_REQUEST:
		ofapp_barrier(c->o, c, wire_get32(in + 4));
		break;
	case OFT_ROLE_REQUEST:
		role(c, in, len);
		break;
	case OF_FLOW_MOD:
	case OF_GROUP_MOD:
	case OF_PACKET_OUT:
		change(c, in, len);
		break;
	default:
		error(c, BAD_TYPE, "type not supported", in, len);
	}
}
