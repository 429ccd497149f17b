// SPDX-License-Identifier: GPL-2.0
/*
 * What was executed lately: beginnings of messages, and the texts made of them for people.
 */
#include <stdio.h>
#include <string.h>

#include "../../../lib/wire/bytes.h"
#include "node_parts.h"

enum {
	PACKET_IN = 10, FLOW_REMOVED = 11, PORT_STATUS = 12,
	PACKET_OUT = 13, FLOW_MOD = 14, GROUP_MOD = 15,
	PACKET_IN_MATCH = 24,
	FLOW_MOD_LEN = 48,
	OXM_IN_PORT = 0x80000004u,
};

static struct node_recent_entry *next(struct node *node,
				      enum node_recent_kind kind)
{
	struct node_recent_ring *ring = &node->recent[kind];
	struct node_recent_entry *e = &ring->entry[ring->nr++ % NODE_RECENT];

	e->height = node->height;
	e->time_ms = node->time_ms;
	e->index = node->index;
	e->sequence = 0;
	e->kind = 0;
	return e;
}

static void keep(struct node_recent_entry *e, const uint8_t *bytes, size_t len)
{
	e->len = len < sizeof(e->bytes) ? (uint32_t)len : sizeof(e->bytes);
	memcpy(e->bytes, bytes, e->len);
}

void node_recent_event(struct node *node, uint32_t sw,
		       const struct ctl_bundle_event *event)
{
	struct node_recent_entry *e = next(node, NODE_EVENT);

	e->sw = sw;
	e->kind = event->kind;
	keep(e, event->message, event->len);
}

void node_recent_update(struct node *node, uint32_t sw, uint64_t sequence,
			const uint8_t *payload, size_t len)
{
	struct node_recent_entry *e = next(node, NODE_UPDATE);

	e->sw = sw;
	e->sequence = sequence;
	keep(e, payload, len);
}

/* The frame begins behind the match; the port is the match's first field in all that Open vSwitch sends. */
static void packet_in_text(char *out, size_t room,
			   const struct node_recent_entry *e)
{
	const uint8_t *m = e->bytes, *f;
	uint32_t port = 0;
	size_t at;
	int n;

	if (e->len < PACKET_IN_MATCH + 12) {
		snprintf(out, room, "PACKET_IN cut short");
		return;
	}
	if (wire_get32(m + PACKET_IN_MATCH + 4) == OXM_IN_PORT)
		port = wire_get32(m + PACKET_IN_MATCH + 8);
	n = snprintf(out, room, "PACKET_IN port %u", port);
	at = PACKET_IN_MATCH + ((wire_get16(m + PACKET_IN_MATCH + 2) + 7u) & ~7u) + 2;
	if (at + 14 > e->len)
		return;
	f = m + at;
	snprintf(out + n, room - (size_t)n,
		 " %02x:%02x:%02x:%02x:%02x:%02x > %02x:%02x:%02x:%02x:%02x:%02x 0x%04x",
		 f[6], f[7], f[8], f[9], f[10], f[11], f[0], f[1], f[2], f[3],
		 f[4], f[5], wire_get16(f + 12));
}

static void event_text(char *out, size_t room,
		       const struct node_recent_entry *e)
{
	const uint8_t *m = e->bytes;

	if (e->kind == APP_PACKET_IN)
		packet_in_text(out, room, e);
	else if (e->kind == APP_PORT_STATUS && e->len >= 20)
		snprintf(out, room, "PORT_STATUS port %u %s", wire_get32(m + 16),
			 m[8] == 0 ? "added" : m[8] == 1 ? "deleted" : "changed");
	else if (e->kind == APP_FLOW_REMOVED && e->len >= 20)
		snprintf(out, room, "FLOW_REMOVED table %u priority %u", m[19],
			 wire_get16(m + 16));
	else if (e->kind == APP_ERROR && e->len >= 12)
		snprintf(out, room, "ERROR type %u code %u", wire_get16(m + 8),
			 wire_get16(m + 10));
	else if (e->kind == APP_REPLY && e->len >= 10)
		snprintf(out, room, "REPLY type %u", m[1]);
	else
		snprintf(out, room, "event of kind %u", e->kind);
}

static void update_text(char *out, size_t room,
			const struct node_recent_entry *e)
{
	static const char *const command[] = {
		"ADD", "MODIFY", "MODIFY_STRICT", "DELETE", "DELETE_STRICT",
	};
	const uint8_t *m = e->bytes;

	if (e->len >= FLOW_MOD_LEN && m[1] == FLOW_MOD && m[25] < 5)
		snprintf(out, room, "%s table %u priority %u cookie %016llx",
			 command[m[25]], m[24], wire_get16(m + 30),
			 (unsigned long long)wire_get64(m + 8));
	else if (e->len >= 16 && m[1] == GROUP_MOD)
		snprintf(out, room, "GROUP_MOD group %u", wire_get32(m + 12));
	else if (e->len >= 16 && m[1] == PACKET_OUT)
		snprintf(out, room, "PACKET_OUT");
	else
		snprintf(out, room, "update of %u bytes or more", e->len);
}

bool node_recent(const struct node *node, enum node_recent_kind kind,
		 unsigned int back, struct node_recent *recent)
{
	const struct node_recent_ring *ring = &node->recent[kind];
	const struct node_recent_entry *e;

	if (back >= NODE_RECENT || back >= ring->nr)
		return false;
	e = &ring->entry[(ring->nr - 1 - back) % NODE_RECENT];
	*recent = (struct node_recent){
		.height = e->height, .time_ms = e->time_ms, .index = e->index,
		.sequence = e->sequence, .sw = node->domain->sw[e->sw].name,
	};
	if (kind == NODE_EVENT)
		event_text(recent->text, sizeof(recent->text), e);
	else
		update_text(recent->text, sizeof(recent->text), e);
	return true;
}
