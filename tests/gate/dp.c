// SPDX-License-Identifier: GPL-2.0
/* The builder, and the switch, of the tests of the datapath side. */
#include "dp.h"

void dp_put(struct dp_list *l, unsigned int type, const void *data, size_t len)
{
	const size_t room = (len + 3) & ~(size_t)3;
	const uint16_t head[2] = { (uint16_t)(len + 4), (uint16_t)type };

	if (l->len + 4 + room > DP_BYTES)
		abort();
	memcpy(l->bytes + l->len, head, sizeof(head));
	memset(l->bytes + l->len + 4, 0, room);
	if (len)
		memcpy(l->bytes + l->len + 4, data, len);
	l->len += 4 + room;
}

void dp_put_u16(struct dp_list *l, unsigned int type, uint16_t v)
{
	dp_put(l, type, &v, sizeof(v));
}

void dp_put_u32(struct dp_list *l, unsigned int type, uint32_t v)
{
	dp_put(l, type, &v, sizeof(v));
}

void dp_put_be16(struct dp_list *l, unsigned int type, uint16_t v)
{
	dp_put_u16(l, type, htons(v));
}

size_t dp_nest(struct dp_list *l, unsigned int type)
{
	const size_t at = l->len;

	dp_put(l, type, NULL, 0);
	return at;
}

void dp_end(struct dp_list *l, size_t nest)
{
	const uint16_t len = (uint16_t)(l->len - nest);

	memcpy(l->bytes + nest, &len, sizeof(len));
}

void dp_put_list(struct dp_list *l, unsigned int type,
		 const struct dp_list *inner)
{
	dp_put(l, type, inner->bytes, inner->len);
}

void dp_put_userspace(struct dp_list *l, uint16_t cookie)
{
	uint8_t data[DP_COOKIE_LEN] = { 0 };
	const size_t nest = dp_nest(l, OVS_ACTION_ATTR_USERSPACE);

	memcpy(data, &cookie, sizeof(cookie));
	dp_put_u32(l, OVS_USERSPACE_ATTR_PID, UINT32_MAX);
	dp_put(l, OVS_USERSPACE_ATTR_USERDATA, data, sizeof(data));
	dp_end(l, nest);
}

struct gate_flow dp_gate_flow(const struct dp_flow *f)
{
	return (struct gate_flow) {
		.key = f->key.bytes, .key_len = f->key.len,
		.mask = f->mask.bytes, .mask_len = f->mask.len,
		.actions = f->actions.bytes, .actions_len = f->actions.len,
		.has_mask = f->has_mask,
	};
}

static const struct gate_port dp_ports[] = {
	{ .of_port = 1, .dp_port = 2 },
	{ .of_port = 2, .dp_port = 3 },
	{ .of_port = 3, .dp_port = 4 },
	{ .of_port = OF_PORT_LOCAL, .dp_port = 1 },
};

void dp_switch_init(struct dp_switch *sw)
{
	memset(sw, 0, sizeof(*sw));
	if (gate_pipeline_init(&sw->pipeline, GATE_RULES_DEFAULT))
		abort();
	sw->scratch = malloc(gate_scratch_size());
	if (!sw->scratch)
		abort();
	/* "Any contents": so let them be odd. */
	memset(sw->scratch, 0xa5, gate_scratch_size());
	sw->view.ports.nr = sizeof(dp_ports) / sizeof(dp_ports[0]);
	sw->view.ports.port = dp_ports;
	sw->view.vlan_limit = 1;
	sw->view.rules = gate_deref(sw->pipeline.version);
}

void dp_switch_destroy(struct dp_switch *sw)
{
	gate_pipeline_destroy(&sw->pipeline);
	free(sw->scratch);
}

bool dp_add(struct dp_switch *sw, const struct of_flow_mod *fm)
{
	struct gate_touched touched;
	const enum gate_err err = unit_commit(&sw->pipeline, fm, 0, &touched);

	sw->view.rules = gate_deref(sw->pipeline.version);
	if (err)
		printf("# flow mod: %s\n", gate_err_text(err));
	return !err;
}

bool dp_add_group(struct dp_switch *sw, const struct of_group_mod *gm)
{
	struct gate_touched touched;
	const enum gate_err err = unit_commit_group(&sw->pipeline, gm, &touched);

	sw->view.rules = gate_deref(sw->pipeline.version);
	if (err)
		printf("# group mod: %s\n", gate_err_text(err));
	return !err;
}

enum gate_err dp_check(struct dp_switch *sw, const struct dp_flow *f)
{
	const struct gate_flow flow = dp_gate_flow(f);

	return gate_check_flow(&sw->view, &flow, sw->scratch, &sw->result);
}

enum gate_err dp_check_text(struct dp_switch *sw, const char *text)
{
	struct dp_flow f;

	if (!dp_parse(&f, text)) {
		printf("# cannot parse: %s\n", text);
		abort();
	}
	return dp_check(sw, &f);
}

size_t dp_hex(uint8_t *out, size_t room, const char *hex)
{
	unsigned int v;
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		if (n == room || sscanf(hex, "%2x", &v) != 1)
			abort();
		out[n++] = (uint8_t)v;
		hex++;
	}
	return n;
}
