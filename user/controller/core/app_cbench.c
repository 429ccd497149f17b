// SPDX-License-Identifier: GPL-2.0
/*
 * The responder of the benchmark cbench: an empty FLOW_MOD for each PACKET_IN,
 * whatever is in it, to who asked or to every switch.  Its state is how many there were.
 */
#include <assert.h>
#include <string.h>

#include "app_out.h"
#include "../../../lib/wire/bytes.h"

enum { CBENCH_SAVED_LEN = 8 };

struct cbench {
	const struct app_config *config;
	uint64_t answered;
};

static size_t cbench_size(const struct app_config *config)
{
	(void)config;
	return sizeof(struct cbench);
}

static void cbench_init(void *app, const struct app_config *config)
{
	struct cbench *c = app;

	memset(app, 0, sizeof(struct cbench));
	c->config = config;
}

static void cbench_event(void *app, const struct app_event *event,
			 struct app_out *out)
{
	struct cbench *c = app;
	struct app_payload p;

	uint32_t sw = event->sw, end = sw + 1;
	uint64_t cookie = 0;

	if (event->kind != APP_PACKET_IN)
		return;
	if (c->config->every_switch) {
		sw = 0;
		end = c->config->switches;
		/* Who asked: others are told, too. */
		cookie = event->dpid;
	}
	/* Each switch is a flow of its own: none waits for another. */
	for (; sw < end; sw++) {
		app_payload_init(&p, c->config->table);
		app_flow_mod(&p, OF_FLOW_ADD, 0, cookie);
		p.msg.xid = (uint32_t)c->answered;
		app_payload_add(&p);
		if (app_payload_put(&p, out, sw, sw, 0) < 0)
			return;
	}
	c->answered++;
}

static size_t cbench_save_max(const struct app_config *config)
{
	(void)config;
	return CBENCH_SAVED_LEN;
}

static size_t cbench_save(const void *app, uint8_t *out, size_t room)
{
	const struct cbench *c = app;
	struct wire_writer w = { out, room, 0 };

	wire_write_be(&w, c->answered, CBENCH_SAVED_LEN);
	assert(w.used <= room);
	return w.used;
}

static bool cbench_load(void *app, const uint8_t *in, size_t len)
{
	struct cbench *c = app;

	if (len != CBENCH_SAVED_LEN)
		return false;
	c->answered = wire_get64(in);
	return true;
}

const struct app_ops app_cbench = {
	.name = "cbench",
	.size = cbench_size,
	.init = cbench_init,
	.event = cbench_event,
	.save_max = cbench_save_max,
	.save = cbench_save,
	.load = cbench_load,
};
