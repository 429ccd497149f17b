// SPDX-License-Identifier: GPL-2.0
/* Flow and group tables as bytes. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "openflow.h"

enum { MATCH = 48 };

static size_t match_len(const uint8_t *m)
{
	return (wire_get16(m + MATCH + 2) + 7u) / 8 * 8;
}

/* Table, priority and match; or the group */
static bool same_place(const uint8_t *a, const uint8_t *b)
{
	if (a[1] != b[1])
		return false;
	if (a[1] == OF_GROUP_MOD)
		return !memcmp(a + 12, b + 12, 4);
	return a[24] == b[24] && !memcmp(a + 30, b + 30, 2) &&
	       match_len(a) == match_len(b) &&
	       !memcmp(a + MATCH, b + MATCH, match_len(a));
}

static void cut(struct table *t, unsigned int i)
{
	t->entry[i] = t->entry[--t->nr];
}

static void add(struct table *t, const uint8_t *message, size_t len)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (same_place(t->entry[i].bytes, message))
			break;
	if (i == t->nr)
		t->nr++;
	if (t->nr > TABLE_MAX || len > TABLE_MESSAGE_MAX)
		abort();
	memcpy(t->entry[i].bytes, message, len);
	memset(t->entry[i].bytes + 4, 0, 4);
	t->entry[i].len = len;
	if (message[1] == OF_GROUP_MOD)
		memset(t->entry[i].bytes + 8, 0, 2);
}

void table_apply(struct table *t, const uint8_t *message, size_t len)
{
	bool flow = message[1] == OF_FLOW_MOD;
	unsigned int command = flow ? message[25] : message[9], i;

	if ((flow && command == OF_FLOW_ADD) ||
	    (!flow && command != OF_GROUP_DELETE)) {
		add(t, message, len);
		return;
	}
	for (i = t->nr; i--;)
		if (flow && command == OF_FLOW_DELETE ?
		    t->entry[i].bytes[1] == OF_FLOW_MOD :
		    same_place(t->entry[i].bytes, message))
			cut(t, i);
}

static bool has(const struct table *t, const struct table_entry *e)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (t->entry[i].len == e->len &&
		    !memcmp(t->entry[i].bytes, e->bytes, e->len))
			return true;
	return false;
}

bool table_equal(const struct table *a, const struct table *b)
{
	unsigned int i;

	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (!has(b, &a->entry[i]))
			return false;
	return true;
}

static size_t encode(uint8_t *out, const struct of_message *m)
{
	size_t used;

	if (of_encode(out, TABLE_MESSAGE_MAX, &used, m))
		abort();
	return used;
}

static struct of_message *flow_mod(unsigned int command, uint16_t priority)
{
	static struct of_message m;

	memset(&m, 0, sizeof(m));
	m.type = OF_FLOW_MOD;
	m.flow_mod.command = (uint8_t)command;
	m.flow_mod.priority = priority;
	m.flow_mod.out_port = OF_PORT_ANY;
	m.flow_mod.out_group = OF_GROUP_ANY;
	if (command != OF_FLOW_DELETE) {
		m.flow_mod.match.key.in_port = (__be32)__builtin_bswap32(1);
		m.flow_mod.match.mask.in_port = (__be32)~0u;
	}
	return &m;
}

size_t table_flow(uint8_t *out, unsigned int command, uint16_t priority,
		  uint32_t port, uint64_t cookie)
{
	struct of_message *m = flow_mod(command, priority);

	m->flow_mod.cookie = cookie;
	if (command == OF_FLOW_ADD) {
		m->flow_mod.instructions.apply_nr = 1;
		m->flow_mod.instructions.action[0].type = OF_ACTION_OUTPUT;
		m->flow_mod.instructions.action[0].port = port;
	}
	return encode(out, m);
}

size_t table_flow_group(uint8_t *out, uint16_t priority, uint32_t group)
{
	struct of_message *m = flow_mod(OF_FLOW_ADD, priority);

	m->flow_mod.instructions.apply_nr = 1;
	m->flow_mod.instructions.action[0].type = OF_ACTION_GROUP;
	m->flow_mod.instructions.action[0].group = group;
	return encode(out, m);
}

size_t table_group(uint8_t *out, unsigned int command, uint32_t group,
		   uint32_t port)
{
	static struct of_message m;

	memset(&m, 0, sizeof(m));
	m.type = OF_GROUP_MOD;
	m.group_mod.command = (uint8_t)command;
	m.group_mod.type = OF_GROUP_TYPE_ALL;
	m.group_mod.group = group;
	if (command != OF_GROUP_DELETE) {
		m.group_mod.bucket_nr = m.group_mod.action_nr = 1;
		m.group_mod.bucket_end[0] = 1;
		m.group_mod.action[0].type = OF_ACTION_OUTPUT;
		m.group_mod.action[0].port = port;
	}
	return encode(out, &m);
}

size_t table_foreign(uint8_t *out, uint16_t priority, bool odd)
{
	size_t len = table_flow(out, OF_FLOW_ADD, priority, 1, 0);

	/* The port of its only action, in the last 16 bytes */
	memset(out + len - 12, 0xff, 3);
	out[len - 9] = 0xfa;
	if (odd)
		out[MATCH + 4 + 2] = 1 << 1;	/* in_phy_port */
	return len;
}
