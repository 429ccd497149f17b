// SPDX-License-Identifier: GPL-2.0
/* The connection to ovs-vswitchd: OpenFlow 1.3, of which this is the controller. */
#include "agent_state.h"

enum { HELLO_LEN = 16, FEATURES_LEN = 32, CONFIG_LEN = 12, ERROR_LEN = 12,
       ECHOES_MAX = 3 };

static enum agent_err broken(struct agent *a, const char *why)
{
	a->ops->reset_switch(a->ctx, why);
	vswitchd_down(a);
	return AGENT_EBROKEN;
}

static void heard(struct agent *a)
{
	a->vs.echo_ms = a->now_ms + a->config.echo_ms;
	a->vs.echoes = 0;
}

static void send_empty(struct agent *a, uint8_t type, uint32_t xid)
{
	uint8_t out[OF_HEADER_LEN] = { OF_VERSION, type, 0, OF_HEADER_LEN };

	put32(out + 4, xid);
	a->ops->to_switch(a->ctx, out, sizeof(out));
}

void vswitchd_up(struct agent *a)
{
	uint8_t out[HELLO_LEN] = { OF_VERSION, OFPT_HELLO, 0, HELLO_LEN };

	/* A bitmap of versions (A.5.1): version 4 alone */
	put32(out + 4, xid_of(XID_OWN, XID_OWN_HELLO));
	put16(out + 8, 1);
	put16(out + 10, 8);
	put32(out + 12, 1u << OF_VERSION);
	a->vs.state = VSWITCHD_HELLO;
	heard(a);
	a->ops->to_switch(a->ctx, out, sizeof(out));
}

void vswitchd_down(struct agent *a)
{
	if (a->vs.state == VSWITCHD_DOWN)
		return;
	a->vs.state = VSWITCHD_DOWN;
	a->sync.state = SYNC_NONE;
	a->stats.switch_up = false;
	a->stats.in_sync = false;
	barrier_lost(a);
	ask_lost(a);
}

void vswitchd_send(struct agent *a, const uint8_t *message, size_t len)
{
	uint32_t number = ++a->vs.xid & XID_NUMBER;
	uint32_t xid = xid_of(XID_UPDATE, number);

	a->vs.sent[number % XIDS_MAX].xid = xid;
	a->vs.sent[number % XIDS_MAX].own = wire_get32(message + 4);
	memcpy(a->scratch, message, len);
	put32(a->scratch + 4, xid);
	a->ops->to_switch(a->ctx, a->scratch, len);
}

static void multipart(struct agent *a, unsigned int type, uint32_t own)
{
	size_t len = multipart_request(a->scratch, type, xid_of(XID_OWN, own));

	a->ops->to_switch(a->ctx, a->scratch, len);
}

/* The xid that those who ask for the same know the reply by */
static uint32_t event_xid(struct agent *a, unsigned int type)
{
	uint8_t features[OF_HEADER_LEN] = { OF_VERSION, OFPT_FEATURES_REQUEST,
					    0, OF_HEADER_LEN };

	if (!type)
		return ctl_ask_xid(features, sizeof(features));
	return ctl_ask_xid(a->scratch, multipart_request(a->scratch, type, 0));
}

static enum agent_err features(struct agent *a, const uint8_t *message,
			       size_t len)
{
	uint8_t out[CONFIG_LEN] = { OF_VERSION, OFPT_SET_CONFIG, 0, CONFIG_LEN };
	uint32_t xid;

	if (len != FEATURES_LEN)
		return broken(a, "FEATURES_REPLY of a wrong length");
	if (wire_get64(message + 8) != a->config.dpid)
		return broken(a, "ovs-vswitchd's bridge has another datapath id");
	a->vs.state = VSWITCHD_UP;
	a->stats.switch_up = true;
	a->vs.statistics_ms = a->now_ms + a->config.statistics_ms;
	put32(out + 4, xid_of(XID_OWN, XID_OWN_CONFIG));
	put16(out + 10, 0xffff);	/* miss_send_len: whole packets */
	a->ops->to_switch(a->ctx, out, sizeof(out));
	xid = event_xid(a, 0);
	event_put(a, APP_REPLY, message, len, &xid);
	multipart(a, OFPMP_PORT_DESC, XID_OWN_PORTS);
	a->sync.news = false;
	sync_begin(a, a->now_ms);
	return AGENT_OK;
}

static enum agent_err hello(struct agent *a, const uint8_t *message)
{
	if (message[1] != OFPT_HELLO || message[0] < OF_VERSION)
		return broken(a, "ovs-vswitchd does not speak OpenFlow 1.3");
	a->vs.state = VSWITCHD_FEATURES;
	send_empty(a, OFPT_FEATURES_REQUEST, xid_of(XID_OWN, XID_OWN_FEATURES));
	return AGENT_OK;
}

static enum agent_err own_reply(struct agent *a, const uint8_t *message,
				size_t len)
{
	uint32_t own = wire_get32(message + 4) & XID_NUMBER, xid;
	unsigned int type = own == XID_OWN_PORTS ? OFPMP_PORT_DESC :
						   OFPMP_PORT_STATS;

	if (own != XID_OWN_PORTS && own != XID_OWN_STATISTICS)
		return AGENT_ETYPE;
	if (len < MULTIPART_LEN || wire_get16(message + 8) != type)
		return broken(a, "multipart reply to another request");
	xid = event_xid(a, type);
	event_put(a, APP_REPLY, message, len, &xid);
	return AGENT_OK;
}

static enum agent_err reply(struct agent *a, const uint8_t *message, size_t len)
{
	enum agent_err err;

	switch (wire_get32(message + 4) >> XID_KIND) {
	case XID_OWN:
		return own_reply(a, message, len);
	case XID_SYNC:
		err = sync_reply(a, message, len);
		return err == AGENT_EBROKEN ?
		       broken(a, "malformed flow or group statistics") : err;
	case XID_ASK:
		return ask_reply(a, message, len);
	default:
		return AGENT_ESTALE;
	}
}

/* An error about a message of an update: with the xid it had there */
static enum agent_err update_error(struct agent *a, const uint8_t *message,
				   size_t len)
{
	uint32_t xid = wire_get32(message + 4), own = xid;
	uint8_t *out = a->scratch;

	if (a->vs.sent[xid % XIDS_MAX].xid == xid)
		own = a->vs.sent[xid % XIDS_MAX].own;
	memcpy(out, message, len);
	if (len >= ERROR_LEN + OF_HEADER_LEN)
		put32(out + ERROR_LEN + 4, own);
	event_put(a, APP_ERROR, out, len, &own);
	sync_error(a, xid & XID_NUMBER);
	return AGENT_OK;
}

static enum agent_err error(struct agent *a, const uint8_t *message, size_t len)
{
	uint32_t xid = wire_get32(message + 4);

	if (len < ERROR_LEN)
		return broken(a, "ERROR of a wrong length");
	switch (xid >> XID_KIND) {
	case XID_UPDATE:
		return update_error(a, message, len);
	case XID_ASK:
		return ask_reply(a, message, len);
	case XID_SYNC:
		if (xid == a->sync.xid && (a->sync.state == SYNC_GROUPS ||
					   a->sync.state == SYNC_FLOWS))
			return broken(a, "ovs-vswitchd does not tell its rules");
		if (say_due(a, &a->vs.say_ms))
			agent_say(a, 4, "ovs-vswitchd refuses an approved rule");
		return AGENT_OK;
	default:
		if (say_due(a, &a->vs.say_ms))
			agent_say(a, 4, "ovs-vswitchd refuses a request of the agent");
		return AGENT_OK;
	}
}

static enum agent_err echo_reply(struct agent *a, const uint8_t *message,
				 size_t len)
{
	memcpy(a->scratch, message, len);
	a->scratch[1] = OFPT_ECHO_REPLY;
	a->ops->to_switch(a->ctx, a->scratch, len);
	return AGENT_OK;
}

static enum agent_err up_message(struct agent *a, const uint8_t *message,
				 size_t len)
{
	switch (message[1]) {
	case OFPT_PACKET_IN:
		event_put(a, APP_PACKET_IN, message, len, NULL);
		return AGENT_OK;
	case OFPT_PORT_STATUS:
		event_put(a, APP_PORT_STATUS, message, len, NULL);
		return AGENT_OK;
	case OFPT_FLOW_REMOVED:
		event_put(a, APP_FLOW_REMOVED, message, len, NULL);
		return AGENT_OK;
	case OFPT_MULTIPART_REPLY:
	case OFPT_FEATURES_REPLY:
		return reply(a, message, len);
	case OFPT_BARRIER_REPLY:
		if (!barrier_answered(a, wire_get32(message + 4)))
			return AGENT_ESTALE;
		sync_answered(a);
		return AGENT_OK;
	case OFPT_ERROR:
		return error(a, message, len);
	default:
		return AGENT_ETYPE;
	}
}

enum agent_err vswitchd_message(struct agent *a, const uint8_t *message,
				size_t len)
{
	if (a->vs.state == VSWITCHD_DOWN)
		return AGENT_ESTALE;
	if (len < OF_HEADER_LEN || wire_get16(message + 2) != len)
		return broken(a, "message of a wrong length");
	heard(a);
	if (a->vs.state == VSWITCHD_HELLO)
		return hello(a, message);
	if (message[0] != OF_VERSION)
		return broken(a, "message of another version of OpenFlow");
	if (message[1] == OFPT_ECHO_REQUEST)
		return echo_reply(a, message, len);
	if (message[1] == OFPT_ECHO_REPLY)
		return AGENT_OK;
	if (a->vs.state == VSWITCHD_UP)
		return up_message(a, message, len);
	if (message[1] == OFPT_FEATURES_REPLY)
		return features(a, message, len);
	if (message[1] == OFPT_ERROR)
		return broken(a, "ovs-vswitchd refuses the handshake");
	/* Port states and packets: FEATURES_REPLY and PORT_DESC tell. */
	return AGENT_ETYPE;
}

void vswitchd_work(struct agent *a)
{
	if (a->vs.state == VSWITCHD_DOWN)
		return;
	if (a->vs.barrier_wanted)
		barrier_send(a);
	if (a->vs.echo_ms <= a->now_ms) {
		if (a->vs.echoes == ECHOES_MAX) {
			broken(a, "ovs-vswitchd is silent");
			return;
		}
		a->vs.echoes++;
		a->vs.echo_ms = a->now_ms + a->config.echo_ms;
		send_empty(a, OFPT_ECHO_REQUEST, xid_of(XID_OWN, XID_OWN_ECHO));
	}
	if (a->vs.state == VSWITCHD_UP && a->config.statistics_ms &&
	    a->vs.statistics_ms <= a->now_ms) {
		a->vs.statistics_ms = a->now_ms + a->config.statistics_ms;
		multipart(a, OFPMP_PORT_STATS, XID_OWN_STATISTICS);
	}
}

uint64_t vswitchd_wake(const struct agent *a)
{
	uint64_t wake = TIME_NONE;

	if (a->vs.state == VSWITCHD_DOWN)
		return wake;
	wake = a->vs.echo_ms;
	if (a->vs.state == VSWITCHD_UP && a->config.statistics_ms)
		wake = min_ms(wake, a->vs.statistics_ms);
	return wake;
}
