// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes from controllers, and any frame: the first byte says which scheme and what came
 * before; then messages, each length (2), the controller (1) and bytes.
 */
#include "../fuzz.h"
#include "rig.h"

#include <string.h>

#include "ctl_frame.h"
#include "ctl_wire.h"

static void begin(struct rig *r, uint8_t how)
{
	unsigned int i;

	r->config.rules_max = 32;
	r->config.scheme = how & 1 ? SCHEME_THRESHOLD : SCHEME_INDIVIDUAL;
	rig_start(r, 5, how & 2);
	for (i = 0; i < RIG_N; i++)
		rig_link(r, i, true);
	if (!(how & 2)) {
		rig_switch(r, true);
		rig_pump(r);
		rig_flow(r, 1);
	}
}

static void frame(const uint8_t *data, size_t size)
{
	uint8_t head[CTL_FRAME_HEAD];
	const uint8_t *bytes;
	const char *why;
	size_t used;

	if (ctl_frame_decode(data, size, &bytes, &used, &why) !=
	    CTL_FRAME_MESSAGE)
		return;
	MUST(bytes == data + CTL_FRAME_HEAD && used + CTL_FRAME_HEAD == size);
	MUST(ctl_frame_head(head, bytes[5], used));
	/* any xid */
	MUST(!memcmp(head, data, 4) && !memcmp(head + 8, data + 8, 8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig *r = rig_new();
	struct ctl_to_switch m;
	size_t len, at = 1;
	uint8_t *bytes;

	frame(data, size);
	ctl_to_switch_decode(&m, RIG_DOMAIN, data, size);
	if (size)
		begin(r, data[0]);
	while (size && size - at >= 4) {
		len = (data[at] << 8 | data[at + 1]) & 0xfff;
		if (len > size - at - 3)
			len = size - at - 3;
		bytes = malloc(len ? len : 1);
		if (!bytes)
			abort();
		memcpy(bytes, data + at + 3, len);
		rig_say(r, data[at + 2] % RIG_N, bytes, len);
		free(bytes);
		at += 3 + len;
	}
	if (size)
		rig_tick(r, 1000);
	rig_free(r);
	return 0;
}
