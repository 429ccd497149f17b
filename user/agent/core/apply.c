// SPDX-License-Identifier: GPL-2.0
/* What the verifier applied goes to ovs-vswitchd; what it refused becomes an event (G6). */
#include "agent_state.h"

enum { ERROR_LEN = 12, ERROR_DATA_MAX = 64,
       BAD_REQUEST = 1, BAD_REQUEST_EPERM = 5,
       FLOW_MOD_FAILED = 5, FLOW_MOD_UNKNOWN = 0,
       GROUP_MOD_FAILED = 6, GROUP_MOD_EPERM = 14 };

/* Does what an update says come after what ovs-vswitchd was brought up to? */
static bool in_order(const struct agent *a)
{
	return a->sync.state == SYNC_DONE || a->sync.state == SYNC_BARRIER;
}

static void send_payload(struct agent *a, const struct update_body *body)
{
	const uint8_t *p = body->payload;
	size_t left = body->payload_len, len;

	/* The verifier applied it: it was decoded. */
	while (left >= OF_HEADER_LEN) {
		len = wire_get16(p + 2);
		if (len < OF_HEADER_LEN || len > left)
			return;
		vswitchd_send(a, p, len);
		p += len;
		left -= len;
	}
}

void apply_applied(struct agent *a, const struct offer *o)
{
	enum ack_state state = ACK_SYNC;

	if (a->vs.state == VSWITCHD_UP) {
		if (o->body.kind == UPDATE_OPENFLOW)
			send_payload(a, &o->body);
		if (in_order(a)) {
			state = ACK_BARRIER;
			a->vs.barrier_wanted = true;
		}
	}
	ack_put(a, o->body.sequence, CTL_APPLIED, o->sealed.body,
		o->sealed.body_len, state);
	if (state == ACK_BARRIER)
		ack_of(a, o->body.sequence)->barrier =
			(a->vs.barrier + 1) & XID_NUMBER;
	a->stats.applied++;
	if (a->ops->applied)
		a->ops->applied(a->ctx, o->body.sequence, o->sealed.body,
				o->sealed.body_len, CTL_APPLIED);
}

/* OFPT_ERROR about the first message: its beginning, then the verifier's words */
static void refused_event(struct agent *a, const struct offer *o)
{
	uint8_t *out = a->scratch;
	size_t data = o->body.payload_len, words = 0, len;
	uint8_t type = data > 1 ? o->body.payload[1] : 0;

	if (data > ERROR_DATA_MAX)
		data = ERROR_DATA_MAX;
	while (words < sizeof(a->result.why) && a->result.why[words])
		words++;
	len = ERROR_LEN + data + words;
	memset(out, 0, ERROR_LEN);
	out[0] = OF_VERSION;
	out[1] = OFPT_ERROR;
	put16(out + 2, (uint32_t)len);
	if (o->body.kind == UPDATE_OPENFLOW && data >= OF_HEADER_LEN)
		memcpy(out + 4, o->body.payload + 4, 4);
	if (o->body.kind == UPDATE_OPENFLOW && type == OF_FLOW_MOD) {
		put16(out + 8, FLOW_MOD_FAILED);
		put16(out + 10, FLOW_MOD_UNKNOWN);
	} else if (o->body.kind == UPDATE_OPENFLOW && type == OF_GROUP_MOD) {
		put16(out + 8, GROUP_MOD_FAILED);
		put16(out + 10, GROUP_MOD_EPERM);
	} else {
		put16(out + 8, BAD_REQUEST);
		put16(out + 10, BAD_REQUEST_EPERM);
	}
	memcpy(out + ERROR_LEN, o->body.payload, data);
	memcpy(out + ERROR_LEN + data, a->result.why, words);
	event_put(a, APP_ERROR, out, len, NULL);
}

void apply_refused(struct agent *a, const struct offer *o)
{
	ack_put(a, o->body.sequence, CTL_REFUSED, o->sealed.body,
		o->sealed.body_len, ACK_READY);
	ack_ready(a);
	a->stats.refused++;
	refused_event(a, o);
	if (a->ops->applied)
		a->ops->applied(a->ctx, o->body.sequence, o->sealed.body,
				o->sealed.body_len, CTL_REFUSED);
}
