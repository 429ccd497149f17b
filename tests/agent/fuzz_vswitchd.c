// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes from ovs-vswitchd: at most a broken connection.  An input is a row of messages,
 * each length (2) and bytes; half of them get a right header, and the xid that is waited for.
 */
#include "../fuzz.h"
#include "rig.h"

#include <string.h>

static void begin(struct rig *r, uint8_t how)
{
	uint8_t m[TABLE_MESSAGE_MAX];
	unsigned int i;

	r->config.rules_max = 32;
	for (i = 0; i < 4; i++)
		table_apply(&r->approved, m, table_flow(m, OF_FLOW_ADD,
							(uint16_t)i, 2, i));
	rig_start(r, 5, false);
	rig_link(r, 0, true);
	r->silent = how & 1;
	rig_switch(r, true);
	if (!(how & 1))
		rig_pump(r);
	r->silent = true;
	if (how & 2) {
		/* The look has asked for groups or flows; an update waits for a barrier. */
		rig_flow(r, 1);
		rig_tick(r, 1000);
		rig_news(r);
	}
}

static void message(struct rig *r, uint8_t *bytes, size_t len, bool right)
{
	if (right && len >= 8) {
		bytes[0] = 4;
		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
		if (r->last_len >= 8)
			memcpy(bytes + 4, r->last + 4, 4);
	}
	if (r->connected)
		rig_step(r, &(struct agent_event){
			.kind = AGENT_SWITCH_MESSAGE, .bytes = bytes,
			.len = len });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig *r = rig_new();
	size_t len, at = 1;
	uint8_t *bytes;

	if (size)
		begin(r, data[0]);
	while (size && size - at >= 3) {
		len = (data[at] << 8 | data[at + 1]) & 0xfff;
		bytes = malloc(len ? len : 1);
		if (!bytes)
			abort();
		if (len > size - at - 2)
			len = size - at - 2;
		memcpy(bytes, data + at + 2, len);
		message(r, bytes, len, data[at] & 0x80);
		free(bytes);
		at += 2 + len;
	}
	if (size) {
		rig_tick(r, 10);
		rig_tick(r, 100000);
	}
	rig_free(r);
	return 0;
}
