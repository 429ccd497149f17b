/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * What openvswitch means by its messages: keys and masks, packets, actions.
 * Private to lib/gate: check.c puts them together.  docs/gate.md has the
 * reasons for every equivalence that is claimed here.
 */
#ifndef GATE_DATAPATH_H
#define GATE_DATAPATH_H

#include "attr.h"
#include "walk.h"

enum {
	/* Ethernet types */
	DP_IPV4 = 0x0800,
	DP_ARP = 0x0806,
	DP_RARP = 0x8035,
	DP_VLAN = 0x8100,
	DP_QINQ = 0x88a8,
	DP_IPV6 = 0x86dd,
	DP_TYPE_MIN = 0x0600,		/* below: a length, 802.3 */

	/* IP protocols */
	DP_ICMP = 1,
	DP_TCP = 6,
	DP_UDP = 17,
	DP_FRAGMENT = 44,
	DP_ICMPV6 = 58,
	DP_NONE = 59,
	DP_SCTP = 132,

	DP_ND_SOLICIT = 135,		/* ICMPv6 types */
	DP_ND_ADVERT = 136,

	DP_PORTS_MAX = 0xffff,		/* DP_MAX_PORTS of openvswitch */
};

static inline bool dp_is_vlan(uint16_t type)
{
	return type == DP_VLAN || type == DP_QINQ;
}

/* Work space of gate_region() */
struct gate_region {
	struct gate_attr_set key, mask;
	struct gate_state *state;
	uint64_t rest;			/* attributes that are yet to be looked at */
	bool exact;			/* there is no mask */
	bool opaque;			/* the mask stops at a hidden tag ... */
	bool opaque_type;		/* ... and makes the type behind it exact */
	bool type_known;
	uint8_t vlan_limit;
	uint16_t eth_type;		/* of the key; DP_TYPE_MIN - 1: none */
	int bad;			/* out: the offending attribute, or -1 */
};

/**
 * gate_region() - the packets that match a flow
 * @r:          work space; bad is set
 * @in_port:    OpenFlow's number for the key's port, which must be exact
 * @vlan_limit: tags that OpenFlow sees
 * @state:      out
 *
 * Every packet that openvswitch finds the flow for is in @state, and bits known
 * in @state are right for all of them.
 */
enum gate_err gate_region(struct gate_region *r, const struct gate_flow *flow,
			  uint32_t in_port, uint8_t vlan_limit,
			  struct gate_state *state);

/**
 * gate_metadata() - is this a key as PACKET_EXECUTE has them?
 *
 * Metadata alone; what could change how the packet is treated must be zero.
 */
enum gate_err gate_metadata(struct gate_region *r, const struct gate_flow *flow);

/**
 * gate_packet() - the headers of a frame, as openvswitch's key_extract() reads
 *		   them
 * Return: GATE_OK, or GATE_EPACKET: too short for an Ethernet header.
 */
enum gate_err gate_packet(struct gate_state *state, const uint8_t *packet,
			  size_t len, uint32_t in_port, uint8_t vlan_limit);

/**
 * gate_datapath() - the effects of datapath actions
 * @state: in: the packets; out: whatever became of them
 * @got:   out
 */
enum gate_err gate_datapath(const struct gate_view *view,
			    struct gate_state *state, const void *actions,
			    size_t len, struct gate_effects *got,
			    struct gate_result *result);

/* Is the list one action that sends packets to user space's slow path? */
bool gate_datapath_slow(const void *actions, size_t len);

#endif
