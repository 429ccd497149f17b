/* SPDX-License-Identifier: GPL-2.0 */
/* Flow and group tables that a fake verifier and a fake ovs-vswitchd keep: FLOW_MODs as bytes. */
#ifndef AGENT_TABLE_H
#define AGENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_MAX = 256, TABLE_MESSAGE_MAX = 512 };

struct table_entry {
	uint8_t bytes[TABLE_MESSAGE_MAX];	/* the ADD */
	size_t len;
};

struct table {
	struct table_entry entry[TABLE_MAX];
	unsigned int nr;
};

/* Carry out a FLOW_MOD (ADD, DELETE of everything, DELETE_STRICT) or GROUP_MOD. */
void table_apply(struct table *t, const uint8_t *message, size_t len);
/* The same rules and groups, xids and order apart? */
bool table_equal(const struct table *a, const struct table *b);

/* Messages to put in: bytes written */
size_t table_flow(uint8_t *out, unsigned int command, uint16_t priority,
		  uint32_t port, uint64_t cookie);
size_t table_flow_group(uint8_t *out, uint16_t priority, uint32_t group);
size_t table_group(uint8_t *out, unsigned int command, uint32_t group,
		   uint32_t port);
/* A rule that lib/wire does not know: output to NORMAL, and if @odd with a match it does not know */
size_t table_foreign(uint8_t *out, uint16_t priority, bool odd);

#endif
