/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The headers of a packet as OpenFlow 1.3 names them, and patterns over them.
 *
 * Everything that speaks of packets speaks in struct flow_key: OXM matches,
 * set-field actions, datapath flows, parsed packets.  Values are in network
 * order, so that memcmp() orders them and a prefix of bits is one of bytes.
 *
 * Conventions: a struct flow_match has no bit in key that is not in mask.
 * Fields that a packet does not have are zero.
 */
#ifndef WIRE_FLOW_H
#define WIRE_FLOW_H

#include "port.h"

enum {
	FLOW_VLAN_PRESENT = 0x1000,	/* in a tci: there is a tag (OFPVID_PRESENT) */
	FLOW_VLANS_MAX = 2,		/* tags that are looked at */
	FLOW_ETH_TYPE_NONE = 0x05ff,	/* 802.2 without SNAP: no Ethernet type */
};

/* ip_frag: what OVS calls nw_frag */
enum {
	FLOW_FRAG_NO = 0,
	FLOW_FRAG_FIRST = 1,		/* a fragment with offset 0 */
	FLOW_FRAG_LATER = 3,		/* any other */
};

struct flow_vlan {
	__be16 tpid;			/* 0x8100 or 0x88a8; 0 without tag */
	__be16 tci;			/* PCP, FLOW_VLAN_PRESENT, VID; or 0 */
};

struct flow_key {
	__be64 metadata;
	__be32 in_port;			/* OpenFlow port number */
	uint8_t eth_dst[6];
	uint8_t eth_src[6];
	struct flow_vlan vlan[FLOW_VLANS_MAX];	/* outermost first */
	__be16 eth_type;		/* behind the tags */
	uint8_t ip_proto;
	uint8_t ip_tos;			/* DSCP << 2 | ECN */
	uint8_t ip_ttl;			/* hop limit for IPv6 */
	uint8_t ip_frag;		/* FLOW_FRAG_* */
	__be16 pad0;
	__be32 ipv4_src;
	__be32 ipv4_dst;
	uint8_t ipv6_src[16];
	uint8_t ipv6_dst[16];
	__be32 ipv6_flabel;		/* 20 bits */
	__be16 tp_src;			/* TCP, UDP, SCTP port; ICMP type */
	__be16 tp_dst;			/* TCP, UDP, SCTP port; ICMP code */
	__be16 arp_op;
	uint8_t arp_sha[6];
	uint8_t arp_tha[6];
	__be16 pad1;
	__be32 arp_spa;
	__be32 arp_tpa;
	uint8_t nd_target[16];
	uint8_t nd_sll[6];
	uint8_t nd_tll[6];
	uint8_t pad2[4];
};

enum { FLOW_KEY_WORDS = sizeof(struct flow_key) / 8 };

/* The same, to compute with as a whole. */
union flow_words {
	struct flow_key key;
	uint64_t word[FLOW_KEY_WORDS];
};

struct flow_match {
	struct flow_key key, mask;
};

/*
 * The fields of the supported set: name, OXM number (OpenFlow 1.3.5, table
 * 11), member of struct flow_key, bytes in OXM.
 * VLAN_VID, VLAN_PCP, IP_DSCP, IP_ECN, the ICMP fields and the flow label share
 * or shift bits: flow_field_mask() says which are theirs.
 */
#define FLOW_FIELDS(X)							\
	X(IN_PORT,	0,	in_port,	4)			\
	X(METADATA,	2,	metadata,	8)			\
	X(ETH_DST,	3,	eth_dst,	6)			\
	X(ETH_SRC,	4,	eth_src,	6)			\
	X(ETH_TYPE,	5,	eth_type,	2)			\
	X(VLAN_VID,	6,	vlan[0].tci,	2)			\
	X(VLAN_PCP,	7,	vlan[0].tci,	1)			\
	X(IP_DSCP,	8,	ip_tos,		1)			\
	X(IP_ECN,	9,	ip_tos,		1)			\
	X(IP_PROTO,	10,	ip_proto,	1)			\
	X(IPV4_SRC,	11,	ipv4_src,	4)			\
	X(IPV4_DST,	12,	ipv4_dst,	4)			\
	X(TCP_SRC,	13,	tp_src,		2)			\
	X(TCP_DST,	14,	tp_dst,		2)			\
	X(UDP_SRC,	15,	tp_src,		2)			\
	X(UDP_DST,	16,	tp_dst,		2)			\
	X(SCTP_SRC,	17,	tp_src,		2)			\
	X(SCTP_DST,	18,	tp_dst,		2)			\
	X(ICMPV4_TYPE,	19,	tp_src,		1)			\
	X(ICMPV4_CODE,	20,	tp_dst,		1)			\
	X(ARP_OP,	21,	arp_op,		2)			\
	X(ARP_SPA,	22,	arp_spa,	4)			\
	X(ARP_TPA,	23,	arp_tpa,	4)			\
	X(ARP_SHA,	24,	arp_sha,	6)			\
	X(ARP_THA,	25,	arp_tha,	6)			\
	X(IPV6_SRC,	26,	ipv6_src,	16)			\
	X(IPV6_DST,	27,	ipv6_dst,	16)			\
	X(IPV6_FLABEL,	28,	ipv6_flabel,	4)			\
	X(ICMPV6_TYPE,	29,	tp_src,		1)			\
	X(ICMPV6_CODE,	30,	tp_dst,		1)			\
	X(ND_TARGET,	31,	nd_target,	16)			\
	X(ND_SLL,	32,	nd_sll,		6)			\
	X(ND_TLL,	33,	nd_tll,		6)

#define FLOW_ENUM(name, oxm, member, len) FLOW_##name,
enum flow_field { FLOW_FIELDS(FLOW_ENUM) FLOW_FIELD_NR };
#undef FLOW_ENUM

enum { FLOW_VALUE_MAX = 16 };		/* bytes of the longest field */

/**
 * flow_field_name() - the field's name: "ipv4_dst", as in OpenFlow's OXM_OF_*
 */
const char *flow_field_name(enum flow_field f);

/**
 * flow_field_put() - set the bits of one field in a key
 * @key:   in and out
 * @f:     which
 * @value: in OXM's encoding: big-endian, as many bytes as the table says
 *
 * VLAN_VID takes FLOW_VLAN_PRESENT with the VID.  Used for keys and for masks.
 */
void flow_field_put(struct flow_key *key, enum flow_field f,
		    const uint8_t *value);

/**
 * flow_field_get() - the bits of one field, in OXM's encoding
 * @value: out, as many bytes as the table says
 * Return: the number of bytes.
 */
size_t flow_field_get(uint8_t value[FLOW_VALUE_MAX],
		      const struct flow_key *key, enum flow_field f);

/**
 * flow_field_mask() - a key with exactly the bits of this field set
 */
void flow_field_mask(struct flow_key *mask, enum flow_field f);

/* Do two patterns have a packet in common? */
bool flow_match_overlap(const struct flow_match *a, const struct flow_match *b);

/* Is every packet of @a also one of @b? */
bool flow_match_within(const struct flow_match *a, const struct flow_match *b);

bool flow_match_equal(const struct flow_match *a, const struct flow_match *b);

#endif
