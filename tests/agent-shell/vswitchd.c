// SPDX-License-Identifier: GPL-2.0
/*
 * A fake ovs-vswitchd: OpenFlow 1.3 as the agent speaks it, and a table of rules.  A rule
 * is kept as the FLOW_MOD that added it; equal places are equal table, priority and match.
 */
#include "world.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../lib/wire/bytes.h"

enum {
	RULES_MAX = 64, RULE_LEN = 256,
	HELLO = 0, ERROR = 1, ECHO_REQUEST = 2, ECHO_REPLY = 3, FEATURES_REQUEST = 5,
	FEATURES_REPLY = 6, PACKET_IN = 10, FLOW_MOD = 14,
	MULTIPART_REQUEST = 18, MULTIPART_REPLY = 19, BARRIER_REQUEST = 20,
	BARRIER_REPLY = 21,
	MP_FLOW = 1, MP_PORT_STATS = 4, MP_GROUP_DESC = 7, MP_PORT_DESC = 13,
	FM_TABLE = 24, FM_COMMAND = 25, FM_PRIORITY = 30, FM_MATCH = 48,
	PORT_LEN = 64,
};

struct rule {
	size_t len;
	uint8_t bytes[RULE_LEN];
};

struct fake_vswitchd {
	struct world *world;
	uv_poll_t *poll;
	int fd;
	unsigned int rules, barriers;
	bool up;			/* it was asked for its features */
	struct rule rule[RULES_MAX];
	size_t in;
	uint8_t bytes[1 << 17];
};

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void vswitchd_hang_up(struct fake_vswitchd *v, bool forget)
{
	if (v->poll) {
		uv_close((uv_handle_t *)v->poll, on_closed);
		close(v->fd);
	}
	v->poll = NULL;
	v->up = false;
	v->in = 0;
	if (forget)
		v->rules = 0;
}

void vswitchd_write(struct fake_vswitchd *v, const void *bytes, size_t len)
{
	/* The agent may be gone: the next read tells. */
	if (v->poll && send(v->fd, bytes, len, MSG_NOSIGNAL) < 0)
		shutdown(v->fd, SHUT_RDWR);
}

static void reply(struct fake_vswitchd *v, uint8_t type, const uint8_t *request,
		  uint8_t *out, size_t len)
{
	out[0] = 4;
	out[1] = type;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	memcpy(out + 4, request + 4, 4);
	vswitchd_write(v, out, len);
}

static size_t match_len(const uint8_t *fm)
{
	return (wire_get16(fm + FM_MATCH + 2) + 7u) / 8 * 8;
}

static bool same_place(const uint8_t *a, const uint8_t *b)
{
	return a[FM_TABLE] == b[FM_TABLE] &&
	       wire_get16(a + FM_PRIORITY) == wire_get16(b + FM_PRIORITY) &&
	       match_len(a) == match_len(b) &&
	       !memcmp(a + FM_MATCH, b + FM_MATCH, match_len(a));
}

static void drop(struct fake_vswitchd *v, const uint8_t *fm, bool strict)
{
	unsigned int i, k = 0;

	for (i = 0; i < v->rules; i++)
		if (strict && !same_place(v->rule[i].bytes, fm))
			v->rule[k++] = v->rule[i];
	v->rules = k;
}

void vswitchd_rule(struct fake_vswitchd *v, const uint8_t *fm, size_t len)
{
	drop(v, fm, true);
	if (len > RULE_LEN || v->rules == RULES_MAX)
		abort();
	memcpy(v->rule[v->rules].bytes, fm, len);
	v->rule[v->rules++].len = len;
}

static void flow_mod(struct fake_vswitchd *v, const uint8_t *fm, size_t len)
{
	if (fm[FM_COMMAND] == 0)
		vswitchd_rule(v, fm, len);
	else
		drop(v, fm, fm[FM_COMMAND] == 4);
}

/* One entry of the flow table as struct ofp_flow_stats */
static size_t flow_stats(uint8_t *out, const struct rule *rule)
{
	const uint8_t *fm = rule->bytes;
	size_t len = FM_MATCH + rule->len - FM_MATCH;

	memset(out, 0, FM_MATCH);
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	out[2] = fm[FM_TABLE];
	memcpy(out + 12, fm + FM_PRIORITY, 2);
	memcpy(out + 14, fm + 26, 4);		/* timeouts */
	memcpy(out + 18, fm + 44, 2);		/* flags */
	memcpy(out + 24, fm + 8, 8);		/* cookie */
	memcpy(out + FM_MATCH, fm + FM_MATCH, rule->len - FM_MATCH);
	return len;
}

static void multipart(struct fake_vswitchd *v, const uint8_t *request)
{
	static uint8_t out[RULES_MAX * RULE_LEN + 64];
	unsigned int type = wire_get16(request + 8), i;
	size_t used = 16;

	memset(out, 0, 16 + PORT_LEN);
	memcpy(out + 8, request + 8, 2);
	if (type == MP_FLOW) {
		for (i = 0; i < v->rules; i++)
			used += flow_stats(out + used, &v->rule[i]);
	} else if (type == MP_PORT_DESC) {
		out[16 + 3] = 1;
		memcpy(out + 16 + 16, "veth1", 5);
		used += PORT_LEN;
	}
	reply(v, MULTIPART_REPLY, request, out, used);
}

static void take(struct fake_vswitchd *v, const uint8_t *m, size_t len)
{
	uint8_t out[64] = { 0 };

	switch (m[1]) {
	case ECHO_REQUEST:
		reply(v, ECHO_REPLY, m, out, 8);
		break;
	case FEATURES_REQUEST:
		v->up = true;
		out[15] = DPID;
		out[20] = 254;
		reply(v, FEATURES_REPLY, m, out, 32);
		break;
	case FLOW_MOD:
		flow_mod(v, m, len);
		break;
	case MULTIPART_REQUEST:
		multipart(v, m);
		break;
	case BARRIER_REQUEST:
		v->barriers++;
		reply(v, BARRIER_REPLY, m, out, 8);
		break;
	default:
		break;
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct fake_vswitchd *v = poll->data;
	size_t at = 0, len;
	ssize_t n;

	(void)events;
	n = status < 0 ? 0 : recv(v->fd, v->bytes + v->in,
				  sizeof(v->bytes) - v->in, MSG_DONTWAIT);
	if (n <= 0) {
		vswitchd_hang_up(v, false);
		return;
	}
	v->in += (size_t)n;
	while (v->in - at >= 8) {
		len = wire_get16(v->bytes + at + 2);
		if (v->in - at < len)
			break;
		take(v, v->bytes + at, len);
		at += len;
	}
	v->in -= at;
	memmove(v->bytes, v->bytes + at, v->in);
}

bool vswitchd_dial(struct fake_vswitchd *v)
{
	static const uint8_t hello[] = { 4, HELLO, 0, 8, 0, 0, 0, 1 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	vswitchd_hang_up(v, false);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		 v->world->openflow);
	v->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(v->fd, (struct sockaddr *)&address, sizeof(address))) {
		close(v->fd);
		return false;
	}
	v->poll = malloc(sizeof(*v->poll));
	uv_poll_init(&v->world->loop, v->poll, v->fd);
	v->poll->data = v;
	uv_poll_start(v->poll, UV_READABLE, on_readable);
	vswitchd_write(v, hello, sizeof(hello));
	return true;
}

void vswitchd_packet_in(struct fake_vswitchd *v, uint8_t mark)
{
	/* No buffer, 14 bytes of frame, no match reason, table 0, in_port 1 */
	uint8_t m[] = {
		4, PACKET_IN, 0, 56, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 1, 0, 12, 0x80, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0,
		0, 0, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 8, mark,
	};

	vswitchd_write(v, m, sizeof(m));
}

bool vswitchd_is_up(const struct fake_vswitchd *v)
{
	return v->poll && v->up;
}

unsigned int vswitchd_rules(const struct fake_vswitchd *v)
{
	return v->rules;
}

unsigned int vswitchd_barriers(const struct fake_vswitchd *v)
{
	return v->barriers;
}

bool vswitchd_has(const struct fake_vswitchd *v, uint16_t priority)
{
	unsigned int i;

	for (i = 0; i < v->rules; i++)
		if (wire_get16(v->rule[i].bytes + FM_PRIORITY) == priority)
			return true;
	return false;
}

struct fake_vswitchd *vswitchd_new(struct world *w)
{
	struct fake_vswitchd *v = calloc(1, sizeof(*v));

	if (v)
		v->world = w;
	return v;
}

void vswitchd_free(struct fake_vswitchd *v)
{
	if (v)
		vswitchd_hang_up(v, true);
	free(v);
}
