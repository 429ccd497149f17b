/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the datapath side of lib/gate share: a builder of netlink
 * attributes, messages in the text that Open vSwitch logs them in, and a switch
 * with a few ports.
 */
#ifndef GATE_DP_H
#define GATE_DP_H

#include "datapath.h"
#include "unit.h"

enum {
	DP_BYTES = 2048,
	DP_COOKIE_LEN = 48,		/* Open vSwitch's struct user_action_cookie */
};

struct dp_list {
	size_t len;
	uint8_t bytes[DP_BYTES];
};

void dp_put(struct dp_list *l, unsigned int type, const void *data, size_t len);
void dp_put_u16(struct dp_list *l, unsigned int type, uint16_t v);
void dp_put_u32(struct dp_list *l, unsigned int type, uint32_t v);
void dp_put_be16(struct dp_list *l, unsigned int type, uint16_t v);
size_t dp_nest(struct dp_list *l, unsigned int type);
void dp_end(struct dp_list *l, size_t nest);
void dp_put_list(struct dp_list *l, unsigned int type,
		 const struct dp_list *inner);

/* A userspace action with a cookie of that type */
void dp_put_userspace(struct dp_list *l, uint16_t cookie);

/* One flow message */
struct dp_flow {
	struct dp_list key, mask, actions;
	bool has_mask;
};

struct gate_flow dp_gate_flow(const struct dp_flow *f);

/**
 * dp_parse() - a flow as Open vSwitch writes it: "in_port(2),...  actions:3"
 *
 * Attributes in the order of the text; value/mask, value alone for an exact one.
 * TUNNEL is put into the mask, as Open vSwitch does.  Return: false for what is
 * not understood.
 */
bool dp_parse(struct dp_flow *f, const char *text);

/* Key and mask of these, as dp_parse() makes them, without actions */
bool dp_parse_match(struct dp_flow *f, const char *text);
bool dp_parse_actions(struct dp_list *actions, const char *text);

/* A switch: OpenFlow port 1, 2, 3, LOCAL are 2, 3, 4, 1 of the datapath. */
struct dp_switch {
	struct gate_pipeline pipeline;
	struct gate_view view;
	struct gate_scratch *scratch;
	struct gate_result result;
};

void dp_switch_init(struct dp_switch *sw);
void dp_switch_destroy(struct dp_switch *sw);
bool dp_add(struct dp_switch *sw, const struct of_flow_mod *fm);
bool dp_add_group(struct dp_switch *sw, const struct of_group_mod *gm);
enum gate_err dp_check(struct dp_switch *sw, const struct dp_flow *f);
enum gate_err dp_check_text(struct dp_switch *sw, const char *text);

/* Bytes of hexadecimal digits; spaces are skipped */
size_t dp_hex(uint8_t *out, size_t room, const char *hex);

#endif
