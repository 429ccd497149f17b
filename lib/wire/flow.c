// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Where each field lies in a struct flow_key, and relations of patterns. */
#include "flow.h"
#include "bytes.h"

static const char *const flow_names[FLOW_FIELD_NR] = {
	[FLOW_IN_PORT] = "in_port",
	[FLOW_METADATA] = "metadata",
	[FLOW_ETH_DST] = "eth_dst",
	[FLOW_ETH_SRC] = "eth_src",
	[FLOW_ETH_TYPE] = "eth_type",
	[FLOW_VLAN_VID] = "vlan_vid",
	[FLOW_VLAN_PCP] = "vlan_pcp",
	[FLOW_IP_DSCP] = "ip_dscp",
	[FLOW_IP_ECN] = "ip_ecn",
	[FLOW_IP_PROTO] = "ip_proto",
	[FLOW_IPV4_SRC] = "ipv4_src",
	[FLOW_IPV4_DST] = "ipv4_dst",
	[FLOW_TCP_SRC] = "tcp_src",
	[FLOW_TCP_DST] = "tcp_dst",
	[FLOW_UDP_SRC] = "udp_src",
	[FLOW_UDP_DST] = "udp_dst",
	[FLOW_SCTP_SRC] = "sctp_src",
	[FLOW_SCTP_DST] = "sctp_dst",
	[FLOW_ICMPV4_TYPE] = "icmpv4_type",
	[FLOW_ICMPV4_CODE] = "icmpv4_code",
	[FLOW_ARP_OP] = "arp_op",
	[FLOW_ARP_SPA] = "arp_spa",
	[FLOW_ARP_TPA] = "arp_tpa",
	[FLOW_ARP_SHA] = "arp_sha",
	[FLOW_ARP_THA] = "arp_tha",
	[FLOW_IPV6_SRC] = "ipv6_src",
	[FLOW_IPV6_DST] = "ipv6_dst",
	[FLOW_IPV6_FLABEL] = "ipv6_flabel",
	[FLOW_ICMPV6_TYPE] = "icmpv6_type",
	[FLOW_ICMPV6_CODE] = "icmpv6_code",
	[FLOW_ND_TARGET] = "nd_target",
	[FLOW_ND_SLL] = "nd_sll",
	[FLOW_ND_TLL] = "nd_tll",
};

#define FLOW_PLACE(name, oxm, member, oxm_len)	\
	{ offsetof(struct flow_key, member), oxm_len },
static const struct {
	uint8_t offset, len;		/* bytes in OXM */
} flow_place[FLOW_FIELD_NR] = { FLOW_FIELDS(FLOW_PLACE) };
#undef FLOW_PLACE

/* Fields that are some bits of a member of @size bytes; width 0: all of it */
static const struct {
	uint8_t shift, width, size;
} flow_part[FLOW_FIELD_NR] = {
	[FLOW_VLAN_VID] = { 0, 13, 2 },	/* with FLOW_VLAN_PRESENT */
	[FLOW_VLAN_PCP] = { 13, 3, 2 },
	[FLOW_IP_DSCP] = { 2, 6, 1 },
	[FLOW_IP_ECN] = { 0, 2, 1 },
	[FLOW_ICMPV4_TYPE] = { 0, 8, 2 },
	[FLOW_ICMPV4_CODE] = { 0, 8, 2 },
	[FLOW_IPV6_FLABEL] = { 0, 20, 4 },
	[FLOW_ICMPV6_TYPE] = { 0, 8, 2 },
	[FLOW_ICMPV6_CODE] = { 0, 8, 2 },
};

static_assert(sizeof(struct flow_key) == 8 * FLOW_KEY_WORDS,
	      "flow_key is whole words");

static uint32_t flow_load(const uint8_t *p, size_t len)
{
	uint32_t v = 0;

	while (len--)
		v = v << 8 | *p++;
	return v;
}

static void flow_store(uint8_t *p, size_t len, uint32_t v)
{
	while (len--) {
		p[len] = (uint8_t)v;
		v >>= 8;
	}
}

const char *flow_field_name(enum flow_field f)
{
	return (unsigned int)f < FLOW_FIELD_NR ? flow_names[f] : "unknown";
}

void flow_field_put(struct flow_key *key, enum flow_field f,
		    const uint8_t *value)
{
	uint8_t *p = (uint8_t *)key + flow_place[f].offset;
	uint32_t v, mask;

	if (!flow_part[f].width) {
		memcpy(p, value, flow_place[f].len);
		return;
	}
	mask = ((1u << flow_part[f].width) - 1) << flow_part[f].shift;
	v = flow_load(value, flow_place[f].len) << flow_part[f].shift;
	v = (v & mask) | (flow_load(p, flow_part[f].size) & ~mask);
	flow_store(p, flow_part[f].size, v);
}

size_t flow_field_get(uint8_t value[FLOW_VALUE_MAX],
		      const struct flow_key *key, enum flow_field f)
{
	const uint8_t *p = (const uint8_t *)key + flow_place[f].offset;
	uint32_t v;

	if (!flow_part[f].width) {
		memcpy(value, p, flow_place[f].len);
	} else {
		v = flow_load(p, flow_part[f].size) >> flow_part[f].shift;
		v &= (1u << flow_part[f].width) - 1;
		flow_store(value, flow_place[f].len, v);
	}
	return flow_place[f].len;
}

void flow_field_mask(struct flow_key *mask, enum flow_field f)
{
	uint8_t ones[FLOW_VALUE_MAX];

	memset(ones, 0xff, sizeof(ones));
	memset(mask, 0, sizeof(*mask));
	flow_field_put(mask, f, ones);
}

static uint64_t flow_word(const struct flow_key *key, unsigned int i)
{
	uint64_t w;

	memcpy(&w, (const uint8_t *)key + 8 * i, 8);
	return w;
}

/* Do they differ in a bit that both look at? */
static bool flow_differ(const struct flow_match *a, const struct flow_match *b)
{
	uint64_t any = 0;
	unsigned int i;

	for (i = 0; i < FLOW_KEY_WORDS; i++)
		any |= (flow_word(&a->key, i) ^ flow_word(&b->key, i)) &
		       flow_word(&a->mask, i) & flow_word(&b->mask, i);
	return any;
}

bool flow_match_overlap(const struct flow_match *a, const struct flow_match *b)
{
	return !flow_differ(a, b);
}

bool flow_match_within(const struct flow_match *a, const struct flow_match *b)
{
	uint64_t any = 0;
	unsigned int i;

	for (i = 0; i < FLOW_KEY_WORDS; i++)
		any |= flow_word(&b->mask, i) & ~flow_word(&a->mask, i);
	return !any && !flow_differ(a, b);
}

bool flow_match_equal(const struct flow_match *a, const struct flow_match *b)
{
	return !memcmp(a, b, sizeof(*a));
}
