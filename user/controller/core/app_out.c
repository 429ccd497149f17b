// SPDX-License-Identifier: GPL-2.0
/* The updates of one event, and the messages of one update. */
#include <assert.h>
#include <string.h>

#include "app_out.h"
#include "../../../lib/wire/bytes.h"

uint8_t *app_out_room(struct app_out *out, size_t len)
{
	uint8_t *p;

	assert(out->used <= out->room);
	if (out->full || len > out->room - out->used) {
		out->full = true;
		return NULL;
	}
	p = out->arena + out->used;
	out->used += len;
	return p;
}

int app_out_put(struct app_out *out, uint32_t sw, uint64_t flow,
		uint64_t after, const uint8_t *payload, size_t len)
{
	if (out->full || out->nr == APP_UPDATES_MAX || !payload || !len ||
	    len > APP_UPDATE_MAX) {
		out->full = true;
		return -1;
	}
	/* An update waits for those before it only: so there are no circles. */
	assert(!(after >> out->nr));
	out->update[out->nr] = (struct app_update){
		.sw = sw, .flow = flow, .after = after,
		.payload = payload, .len = len,
	};
	return (int)out->nr++;
}

bool app_out_fits(const struct app_out *out, unsigned int nr, size_t len)
{
	return !out->full && nr <= APP_UPDATES_MAX - out->nr &&
	       len <= out->room - out->used;
}

void app_payload_init(struct app_payload *p, uint8_t table)
{
	p->table = table;
	p->nr = 0;
	p->len = 0;
}

void app_match(struct of_flow_mod *fm, enum flow_field f, const void *value)
{
	static const uint8_t ones[FLOW_VALUE_MAX] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};

	flow_field_put(&fm->match.key, f, value);
	flow_field_put(&fm->match.mask, f, ones);
}

void app_match_be(struct of_flow_mod *fm, enum flow_field f, uint32_t value)
{
	uint8_t v[4];
	struct wire_writer w = { v, sizeof(v), 0 };

	wire_write_be(&w, value, f == FLOW_VLAN_VID ? 2 : 4);
	app_match(fm, f, v);
}

struct of_flow_mod *app_flow_mod(struct app_payload *p, enum of_command command,
				 uint16_t priority, uint64_t cookie)
{
	struct of_flow_mod *fm = &p->msg.flow_mod;

	memset(&p->msg, 0, sizeof(p->msg));
	p->msg.type = OF_FLOW_MOD;
	fm->table = p->table;
	fm->command = command;
	fm->priority = priority;
	fm->cookie = cookie;
	/* Whatever changes rules that are there means the application's own. */
	if (command != OF_FLOW_ADD)
		fm->cookie_mask = UINT64_MAX;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	return fm;
}

void app_output(struct of_flow_mod *fm, uint32_t port)
{
	struct of_instructions *in = &fm->instructions;

	in->action[0].type = OF_ACTION_OUTPUT;
	in->action[0].port = port;
	if (port == OF_PORT_CONTROLLER)
		in->action[0].max_len = APP_SEND_WHOLE;
	in->apply_nr = 1;
}

void app_packet_out(struct app_payload *p, uint32_t in_port, uint32_t out_port,
		    const uint8_t *frame, size_t len)
{
	struct of_packet_out *po = &p->msg.packet_out;

	memset(&p->msg, 0, sizeof(p->msg));
	p->msg.type = OF_PACKET_OUT;
	po->in_port = in_port;
	po->action[0].type = OF_ACTION_OUTPUT;
	po->action[0].port = out_port;
	po->action_nr = 1;
	po->data = frame;
	po->data_len = len;
}

bool app_payload_add(struct app_payload *p)
{
	enum wire_err err;
	size_t used;

	if (p->nr == OF_MESSAGES_MAX)
		return false;
	err = of_encode(p->bytes + p->len, sizeof(p->bytes) - p->len, &used,
			&p->msg);
	if (err == WIRE_EROOM)
		return false;
	/* A frame may be too long for any message; all else is ours to know. */
	if (err && p->msg.type == OF_PACKET_OUT)
		return false;
	assert(!err);
	p->len += used;
	p->nr++;
	return true;
}

bool app_payload_miss(struct app_payload *p, uint64_t cookie)
{
	app_output(app_flow_mod(p, OF_FLOW_ADD, 0, cookie), OF_PORT_CONTROLLER);
	return app_payload_add(p);
}

int app_payload_put(struct app_payload *p, struct app_out *out, uint32_t sw,
		    uint64_t flow, uint64_t after)
{
	uint8_t *bytes;
	size_t len;

	if (!app_out_fits(out, 1, p->len)) {
		out->full = true;
		return -1;
	}
	bytes = app_out_room(out, p->len);
	memcpy(bytes, p->bytes, p->len);
	len = p->len;
	app_payload_init(p, p->table);
	return app_out_put(out, sw, flow, after, bytes, len);
}
