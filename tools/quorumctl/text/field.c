// SPDX-License-Identifier: GPL-2.0
/* Names of match fields, and what packets must be to have them. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include "field.h"

#define ETH_P_BOTH { ETH_P_IP, ETH_P_IPV6 }

struct field {
	const char *name;
	uint8_t form;
	struct field_needs needs;
};

static const struct field fields[FLOW_FIELD_NR] = {
	[FLOW_IN_PORT] = { "in_port", FORM_PORT, { { 0 } } },
	[FLOW_METADATA] = { "metadata", FORM_HEX, { { 0 } } },
	[FLOW_ETH_DST] = { "eth_dst", FORM_MAC, { { 0 } } },
	[FLOW_ETH_SRC] = { "eth_src", FORM_MAC, { { 0 } } },
	[FLOW_ETH_TYPE] = { "eth_type", FORM_HEX, { { 0 } } },
	[FLOW_VLAN_VID] = { "vlan_vid", FORM_DECIMAL, { { 0 } } },
	[FLOW_VLAN_PCP] = { "vlan_pcp", FORM_DECIMAL, { .vlan = true } },
	[FLOW_IP_DSCP] = { "ip_dscp", FORM_DECIMAL, { ETH_P_BOTH } },
	[FLOW_IP_ECN] = { "nw_ecn", FORM_DECIMAL, { ETH_P_BOTH } },
	[FLOW_IP_PROTO] = { "nw_proto", FORM_DECIMAL, { ETH_P_BOTH } },
	[FLOW_IPV4_SRC] = { "ip_src", FORM_IPV4, { { ETH_P_IP } } },
	[FLOW_IPV4_DST] = { "ip_dst", FORM_IPV4, { { ETH_P_IP } } },
	[FLOW_TCP_SRC] = { "tcp_src", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_TCP, IPPROTO_TCP } } },
	[FLOW_TCP_DST] = { "tcp_dst", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_TCP, IPPROTO_TCP } } },
	[FLOW_UDP_SRC] = { "udp_src", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_UDP, IPPROTO_UDP } } },
	[FLOW_UDP_DST] = { "udp_dst", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_UDP, IPPROTO_UDP } } },
	[FLOW_SCTP_SRC] = { "sctp_src", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_SCTP, IPPROTO_SCTP } } },
	[FLOW_SCTP_DST] = { "sctp_dst", FORM_DECIMAL,
		{ ETH_P_BOTH, { IPPROTO_SCTP, IPPROTO_SCTP } } },
	[FLOW_ICMPV4_TYPE] = { "icmp_type", FORM_DECIMAL,
		{ { ETH_P_IP }, { IPPROTO_ICMP } } },
	[FLOW_ICMPV4_CODE] = { "icmp_code", FORM_DECIMAL,
		{ { ETH_P_IP }, { IPPROTO_ICMP } } },
	[FLOW_ARP_OP] = { "arp_op", FORM_DECIMAL, { { ETH_P_ARP } } },
	[FLOW_ARP_SPA] = { "arp_spa", FORM_IPV4, { { ETH_P_ARP } } },
	[FLOW_ARP_TPA] = { "arp_tpa", FORM_IPV4, { { ETH_P_ARP } } },
	[FLOW_ARP_SHA] = { "arp_sha", FORM_MAC, { { ETH_P_ARP } } },
	[FLOW_ARP_THA] = { "arp_tha", FORM_MAC, { { ETH_P_ARP } } },
	[FLOW_IPV6_SRC] = { "ipv6_src", FORM_IPV6, { { ETH_P_IPV6 } } },
	[FLOW_IPV6_DST] = { "ipv6_dst", FORM_IPV6, { { ETH_P_IPV6 } } },
	[FLOW_IPV6_FLABEL] = { "ipv6_label", FORM_HEX, { { ETH_P_IPV6 } } },
	[FLOW_ICMPV6_TYPE] = { "icmpv6_type", FORM_DECIMAL,
		{ { ETH_P_IPV6 }, { IPPROTO_ICMPV6 } } },
	[FLOW_ICMPV6_CODE] = { "icmpv6_code", FORM_DECIMAL,
		{ { ETH_P_IPV6 }, { IPPROTO_ICMPV6 } } },
	[FLOW_ND_TARGET] = { "nd_target", FORM_IPV6,
		{ { ETH_P_IPV6 }, { IPPROTO_ICMPV6 } } },
	[FLOW_ND_SLL] = { "nd_sll", FORM_MAC,
		{ { ETH_P_IPV6 }, { IPPROTO_ICMPV6 } } },
	[FLOW_ND_TLL] = { "nd_tll", FORM_MAC,
		{ { ETH_P_IPV6 }, { IPPROTO_ICMPV6 } } },
};

/* The other names that ovs-ofctl knows */
static const struct field_name aliases[] = {
	{ "dl_dst", FLOW_ETH_DST, 0 },
	{ "dl_src", FLOW_ETH_SRC, 0 },
	{ "dl_type", FLOW_ETH_TYPE, 0 },
	{ "dl_vlan", FLOW_VLAN_VID, SPECIAL_DL_VLAN },
	{ "vlan_tci", FLOW_VLAN_VID, SPECIAL_VLAN_TCI },
	{ "dl_vlan_pcp", FLOW_VLAN_PCP, 0 },
	{ "nw_tos", FLOW_IP_DSCP, SPECIAL_NW_TOS },
	{ "ip_ecn", FLOW_IP_ECN, 0 },
	{ "ip_proto", FLOW_IP_PROTO, 0 },
	{ "nw_src", FLOW_IPV4_SRC, 0 },
	{ "nw_dst", FLOW_IPV4_DST, 0 },
	{ "tp_src", FLOW_TCP_SRC, 0 },
	{ "tp_dst", FLOW_TCP_DST, 0 },
};

/* Names whose field depends on what the packet is */
static const uint8_t siblings[][3] = {
	{ FLOW_TCP_SRC, FLOW_UDP_SRC, FLOW_SCTP_SRC },
	{ FLOW_TCP_DST, FLOW_UDP_DST, FLOW_SCTP_DST },
	{ FLOW_ICMPV4_TYPE, FLOW_ICMPV6_TYPE, FLOW_ICMPV6_TYPE },
	{ FLOW_ICMPV4_CODE, FLOW_ICMPV6_CODE, FLOW_ICMPV6_CODE },
	{ FLOW_IPV4_SRC, FLOW_ARP_SPA, FLOW_ARP_SPA },
	{ FLOW_IPV4_DST, FLOW_ARP_TPA, FLOW_ARP_TPA },
	{ FLOW_IP_PROTO, FLOW_ARP_OP, FLOW_ARP_OP },
};

static bool depends_on_packet(const char *name)
{
	return !strncmp(name, "nw_", 3) || !strncmp(name, "tp_", 3) ||
	       !strncmp(name, "icmp_", 5);
}

bool field_find(const char *name, const struct flow_key *match,
		struct field_name *out)
{
	unsigned int i, j;

	*out = (struct field_name){ name, FLOW_FIELD_NR, SPECIAL_NONE };
	for (i = 0; i < FLOW_FIELD_NR; i++)
		if (!strcmp(fields[i].name, name))
			out->field = i;
	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].name, name))
			*out = aliases[i];
	if (out->field == FLOW_FIELD_NR)
		return false;
	if (!depends_on_packet(name) || field_applies(out->field, match))
		return true;
	for (i = 0; i < sizeof(siblings) / sizeof(siblings[0]); i++)
		for (j = 0; siblings[i][0] == out->field && j < 3; j++)
			if (field_applies(siblings[i][j], match)) {
				out->field = siblings[i][j];
				return true;
			}
	return true;		/* the caller says which prerequisite it lacks */
}

const char *field_name(enum flow_field f)
{
	return fields[f].name;
}

enum field_form field_form(enum flow_field f)
{
	return fields[f].form;
}

unsigned int field_len(enum flow_field f)
{
#define FIELD_LEN(name, oxm, member, len) len,
	static const uint8_t lens[] = { FLOW_FIELDS(FIELD_LEN) };
#undef FIELD_LEN
	return lens[f];
}

const struct field_needs *field_needs(enum flow_field f)
{
	return &fields[f].needs;
}

bool field_applies(enum flow_field f, const struct flow_key *match)
{
	const struct field_needs *n = &fields[f].needs;
	unsigned int i;

	if (n->vlan && !(ntohs(match->vlan[0].tci) & FLOW_VLAN_PRESENT))
		return false;
	if (!n->eth_type[0])
		return true;
	for (i = 0; i < 2; i++)
		if (n->eth_type[i] && n->eth_type[i] == ntohs(match->eth_type))
			return !n->ip_proto[i] ||
			       n->ip_proto[i] == match->ip_proto;
	return false;
}
