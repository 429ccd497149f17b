/* SPDX-License-Identifier: GPL-2.0 */
/* A switch with a few ports, a packet at its port 1, and the walk of it. */
#ifndef GATE_UNIT_WALK_H
#define GATE_UNIT_WALK_H

#include "unit.h"

static const struct gate_port ports[] = {
	{ .of_port = 1, .dp_port = 11 },
	{ .of_port = 2, .dp_port = 12 },
	{ .of_port = 3, .dp_port = 13, .flags = GATE_PORT_NO_FLOOD },
	{ .of_port = OF_PORT_LOCAL, .dp_port = 0 },
};

static struct gate_pipeline pipeline;
static struct of_flow_mod fm;
static struct of_group_mod gm;
static struct gate_effects want;
static struct gate_result result;
static struct gate_state packet;
static struct gate_view view;
static unsigned int choices;

enum { IP = 0x0800, ARP = 0x0806, IPV6 = 0x86dd, VLAN = 0x8100, QINQ = 0x88a8 };

/* All of a packet is known: from port 1, TTL 64, no tag. */
static inline void start_packet(uint16_t type, uint8_t proto)
{
	memset(&packet, 0, sizeof(packet));
	memset(&packet.known, 0xff, sizeof(packet.known));
	unit_put(&packet.val.key, FLOW_IN_PORT, 1);
	unit_put(&packet.val.key, FLOW_ETH_TYPE, type);
	packet.val.key.ip_proto = proto;
	if (type == IP || type == IPV6)
		packet.val.key.ip_ttl = 64;
}

static inline void add_tag(uint16_t tpid, uint16_t vid)
{
	gate_state_push_vlan(&packet, tpid, FLOW_VLAN_PRESENT | vid);
}

static inline void forget(void *member, size_t len)
{
	const size_t at = (uint8_t *)member - (uint8_t *)&packet.val;

	memset((uint8_t *)&packet.known + at, 0, len);
	memset((uint8_t *)&packet.val + at, 0, len);
}

static inline void begin(void)
{
	gate_pipeline_destroy(&pipeline);
	gate_pipeline_init(&pipeline, 100);
	view = (struct gate_view){
		.ports = { sizeof(ports) / sizeof(ports[0]), ports },
		.vlan_limit = 1,
	};
	start_packet(IP, 6);
}

static inline bool add(void)
{
	struct gate_touched touched;

	ASK(unit_commit(&pipeline, &fm, 0, &touched) == GATE_OK);
	return true;
}

static inline bool add_group(void)
{
	struct gate_touched touched;

	ASK(unit_commit_group(&pipeline, &gm, &touched) == GATE_OK);
	return true;
}

static inline void rule(unsigned int table, unsigned int priority)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, table, priority);
}

static inline enum gate_err walk_skipping(uint32_t skip)
{
	want.nr = 0;
	want.state_nr = 0;
	memset(&result, 0, sizeof(result));
	view.rules = gate_deref(pipeline.version);
	return gate_walk(&view, &packet, skip, &choices, &want, &result);
}

static inline enum gate_err walk(void)
{
	return walk_skipping(0);
}

/* Are the outputs to these ports, in this order? */
static inline bool outputs(unsigned int nr, const uint32_t *port)
{
	unsigned int i;

	if (want.nr != nr)
		return false;
	for (i = 0; i < nr; i++)
		if (want.effect[i].port != port[i])
			return false;
	return true;
}

#define OUTPUTS(...)							\
	outputs(sizeof((uint32_t[]){ __VA_ARGS__ }) / 4,		\
		(uint32_t[]){ __VA_ARGS__ })

static inline const struct gate_state *left(unsigned int i)
{
	return &want.state[want.effect[i].state];
}

static inline uint64_t field(unsigned int i, enum flow_field f)
{
	uint8_t value[FLOW_VALUE_MAX];
	size_t len = flow_field_get(value, &left(i)->val.key, f), n;
	uint64_t v = 0;

	for (n = 0; n < len; n++)
		v = v << 8 | value[n];
	return v;
}

#endif
