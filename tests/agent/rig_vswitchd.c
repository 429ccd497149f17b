// SPDX-License-Identifier: GPL-2.0
/* The fake ovs-vswitchd: OpenFlow 1.3 as far as the agent uses it. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static uint8_t out[AGENT_MESSAGE_MAX];

static void send(struct rig *r, uint8_t type, uint32_t xid, size_t len)
{
	struct wire_writer w = { out, 8, 0 };

	wire_write_be(&w, OF_VERSION, 1);
	wire_write_be(&w, type, 1);
	wire_write_be(&w, len, 2);
	wire_write_be(&w, xid, 4);
	if (!r->silent)
		rig_post(r, AGENT_SWITCH_MESSAGE, 0, out, len);
}

void rig_vswitchd_hello(struct rig *r)
{
	send(r, 0, 1, 8);
}

/* Flow statistics of an ADD, or a group's description */
static size_t entry_of(uint8_t *p, const struct table_entry *e)
{
	const uint8_t *m = e->bytes;
	size_t len = m[1] == OF_FLOW_MOD ? e->len : e->len - 8;

	memset(p, 0, 48);
	p[0] = (uint8_t)(len >> 8);
	p[1] = (uint8_t)len;
	if (m[1] == OF_GROUP_MOD) {
		p[2] = m[10];
		memcpy(p + 4, m + 12, 4);
		memcpy(p + 8, m + 16, e->len - 16);
		return len;
	}
	p[2] = m[24];
	memcpy(p + 12, m + 30, 2);
	memcpy(p + 14, m + 26, 4);
	memcpy(p + 18, m + 44, 2);
	memcpy(p + 24, m + 8, 8);
	p[39] = 9;		/* packets */
	memcpy(p + 48, m + 48, e->len - 48);
	return len;
}

static void dump(struct rig *r, uint32_t xid, uint8_t type, uint8_t of)
{
	unsigned int i, nr = 0, left = 0;
	size_t len = 16;

	for (i = 0; i < r->tables.nr; i++)
		left += r->tables.entry[i].bytes[1] == of;
	memset(out, 0, 16);
	for (i = 0; i < r->tables.nr; i++) {
		if (r->tables.entry[i].bytes[1] != of)
			continue;
		len += entry_of(out + len, &r->tables.entry[i]);
		left--;
		if (++nr < r->parts || !left)
			continue;
		out[9] = type;
		out[11] = 1;
		send(r, 19, xid, len);
		memset(out, 0, 16);
		nr = 0;
		len = 16;
	}
	out[9] = type;
	send(r, 19, xid, len);
}

static void multipart(struct rig *r, const uint8_t *m, uint32_t xid)
{
	unsigned int type = wire_get16(m + 8);

	memset(out, 0, 256);
	out[9] = (uint8_t)type;
	switch (type) {
	case 1:
		dump(r, xid, 1, OF_FLOW_MOD);
		break;
	case 7:
		dump(r, xid, 7, OF_GROUP_MOD);
		break;
	case 13:
		send(r, 19, xid, 16 + 64);
		break;
	default:
		send(r, 19, xid, 16 + 112);
	}
}

static void mod(struct rig *r, const uint8_t *m, size_t len)
{
	uint32_t xid = wire_get32(m + 4);

	if (m[1] == OF_FLOW_MOD && wire_get64(m + 8) == RIG_ERROR &&
	    !r->forgives) {
		memset(out, 0, 12);
		out[9] = 5;
		memcpy(out + 12, m, len);
		send(r, 1, xid, 12 + len);
		return;
	}
	if (m[1] != OF_PACKET_OUT)
		table_apply(&r->tables, m, len);
}

void rig_vswitchd_take(struct rig *r, const uint8_t *m, size_t len)
{
	uint32_t xid;

	MUST(r->connected);
	MUST(len >= 8 && m[0] == OF_VERSION && wire_get16(m + 2) == len);
	xid = wire_get32(m + 4);
	memcpy(r->last, m, len);
	r->last_len = len;
	r->got[m[1]]++;
	switch (m[1]) {
	case 2:
		send(r, 3, xid, 8);
		break;
	case 5:
		memset(out, 0, 32);
		memcpy(out + 8, &(uint64_t){ __builtin_bswap64(r->dpid) }, 8);
		send(r, 6, xid, 32);
		break;
	case OF_PACKET_OUT:
	case OF_FLOW_MOD:
	case OF_GROUP_MOD:
		mod(r, m, len);
		break;
	case 18:
		multipart(r, m, xid);
		break;
	case 20:
		if (!r->no_barriers)
			send(r, 21, xid, 8);
	}
}
