// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The headers of an Ethernet frame, as key_extract() of openvswitch reads them:
 * what is cut short or malformed there is zero here, in the same cases.  Reads
 * no byte outside of the frame.
 */
#include "datapath.h"

enum {
	ETH_LEN = 14,
	TAG_LEN = 4,
	SNAP_LEN = 8,
	ARP_LEN = 28,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	TCP_LEN = 20,
	UDP_LEN = 8,
	SCTP_LEN = 12,
	ICMP_LEN = 8,
	ND_LEN = 24,			/* without options */
	ND_OPTION_LEN = 8,
	ND_OPTION_SLL = 1,
	ND_OPTION_TLL = 2,
};

struct frame {
	const uint8_t *at;		/* the next header */
	size_t left;			/* bytes from there */
	struct flow_key *key;
};

static uint16_t be16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void skip(struct frame *f, size_t len)
{
	f->at += len;
	f->left -= len;
}

/* parse_vlan(): a tag counts if a type is behind it. */
static uint8_t read_tags(struct frame *f)
{
	uint8_t tags = 0;

	while (tags < FLOW_VLANS_MAX && dp_is_vlan(be16_at(f->at)) &&
	       f->left >= TAG_LEN + 2) {
		memcpy(&f->key->vlan[tags].tpid, f->at, 2);
		memcpy(&f->key->vlan[tags].tci, f->at + 2, 2);
		f->key->vlan[tags].tci |= htons(FLOW_VLAN_PRESENT);
		skip(f, TAG_LEN);
		tags++;
	}
	return tags;
}

/* parse_ethertype(); the control byte of SNAP is not looked at there either. */
static uint16_t read_type(struct frame *f)
{
	uint16_t type = be16_at(f->at);

	skip(f, 2);
	if (type >= DP_TYPE_MIN)
		return type;
	if (f->left < SNAP_LEN || f->at[0] != 0xaa || f->at[1] != 0xaa ||
	    f->at[3] || f->at[4] || f->at[5])
		return FLOW_ETH_TYPE_NONE;
	type = be16_at(f->at + 6);
	skip(f, SNAP_LEN);
	return type >= DP_TYPE_MIN ? type : FLOW_ETH_TYPE_NONE;
}

/* key_extract_l3l4(): ARP for IPv4 over Ethernet, of 8 bits of operation */
static void read_arp(struct frame *f)
{
	static const uint8_t head[] = { 0, 1, 8, 0, 6, 4 };
	const uint8_t *p = f->at;

	if (f->left < ARP_LEN || memcmp(p, head, sizeof(head)))
		return;
	if (!p[6])
		memcpy(&f->key->arp_op, p + 6, 2);
	memcpy(f->key->arp_sha, p + 8, 6);
	memcpy(&f->key->arp_spa, p + 14, 4);
	memcpy(f->key->arp_tha, p + 18, 6);
	memcpy(&f->key->arp_tpa, p + 24, 4);
}

/* The options of parse_icmpv6(): one of a kind, or nothing is known. */
static void read_nd(struct frame *f)
{
	static const uint8_t none[6];
	struct flow_key *key = f->key;
	size_t len;
	uint8_t *to;

	if (f->left < ND_LEN)
		return;
	memcpy(key->nd_target, f->at + 8, sizeof(key->nd_target));
	skip(f, ND_LEN);
	for (; f->left >= ND_OPTION_LEN; skip(f, len)) {
		len = (size_t)f->at[1] * 8;
		if (!len || len > f->left)
			return;
		if (len != 8)
			continue;
		if (f->at[0] == ND_OPTION_SLL)
			to = key->nd_sll;
		else if (f->at[0] == ND_OPTION_TLL)
			to = key->nd_tll;
		else
			continue;
		if (memcmp(to, none, sizeof(none))) {
			memset(key->nd_target, 0, sizeof(key->nd_target));
			memset(key->nd_sll, 0, sizeof(key->nd_sll));
			memset(key->nd_tll, 0, sizeof(key->nd_tll));
			return;
		}
		memcpy(to, f->at + 2, sizeof(none));
	}
}

static void read_transport(struct frame *f, bool v6)
{
	struct flow_key *key = f->key;
	const uint8_t *p = f->at;
	size_t len;

	if (key->ip_frag == FLOW_FRAG_LATER)
		return;
	if (key->ip_proto == DP_TCP) {
		len = f->left < TCP_LEN ? 0 : (size_t)(p[12] >> 4) * 4;
		if (len < TCP_LEN || len > f->left)
			return;
	} else if (key->ip_proto == DP_UDP) {
		if (f->left < UDP_LEN)
			return;
	} else if (key->ip_proto == DP_SCTP) {
		if (f->left < SCTP_LEN)
			return;
	} else if (key->ip_proto == (v6 ? DP_ICMPV6 : DP_ICMP)) {
		if (f->left < ICMP_LEN)
			return;
		key->tp_src = htons(p[0]);
		key->tp_dst = htons(p[1]);
		if (v6 && !p[1] && (p[0] == DP_ND_SOLICIT ||
				    p[0] == DP_ND_ADVERT))
			read_nd(f);
		return;
	} else {
		return;
	}
	memcpy(&key->tp_src, p, 2);
	memcpy(&key->tp_dst, p + 2, 2);
}

/* check_iphdr(): neither the version nor the checksum matters. */
static void read_ipv4(struct frame *f)
{
	struct flow_key *key = f->key;
	const uint8_t *p = f->at;
	uint16_t offset;
	size_t len;

	len = f->left < IPV4_LEN ? 0 : (size_t)(p[0] & 15) * 4;
	if (len < IPV4_LEN || len > f->left)
		return;
	key->ip_tos = p[1];
	key->ip_ttl = p[8];
	key->ip_proto = p[9];
	memcpy(&key->ipv4_src, p + 12, 4);
	memcpy(&key->ipv4_dst, p + 16, 4);
	offset = be16_at(p + 6);
	if (offset & 0x1fff)
		key->ip_frag = FLOW_FRAG_LATER;
	else if (offset & 0x2000)
		key->ip_frag = FLOW_FRAG_FIRST;
	skip(f, len);
	read_transport(f, false);
}

/* ipv6_ext_hdr(): ESP is none. */
static bool is_extension(uint8_t next)
{
	switch (next) {
	case 0:				/* hop-by-hop options */
	case 43:			/* routing */
	case DP_FRAGMENT:
	case 51:			/* authentication */
	case DP_NONE:
	case 60:			/* destination options */
		return true;
	}
	return false;
}

/*
 * ipv6_find_hdr() with no target, as parse_ipv6hdr() has it.  Return: false if
 * it fails there; the protocol is then DP_NONE.  What it found about fragments
 * counts in any case: but it does not say the offset when it fails.
 */
static bool skip_extensions(struct frame *f, uint8_t *next)
{
	struct flow_key *key = f->key;
	uint8_t type = *next;
	size_t len;

	while (is_extension(type) && type != DP_NONE) {
		if (f->left < 2)
			return false;
		if (type == DP_FRAGMENT) {
			key->ip_frag = FLOW_FRAG_FIRST;
			if (f->left < 4)
				return false;
			if (be16_at(f->at + 2) & 0xfff8) {
				if (is_extension(f->at[0]) &&
				    f->at[0] != DP_NONE)
					return false;
				key->ip_frag = FLOW_FRAG_LATER;
				*next = DP_FRAGMENT;
				return true;
			}
			len = 8;
		} else if (type == 43 && f->left < 4) {
			return false;
		} else if (type == 51) {
			len = ((size_t)f->at[1] + 2) * 4;
		} else {
			len = ((size_t)f->at[1] + 1) * 8;
		}
		type = f->at[0];
		/* The next header may begin behind the end. */
		skip(f, len < f->left ? len : f->left);
	}
	*next = type;
	return true;
}

static void read_ipv6(struct frame *f)
{
	struct flow_key *key = f->key;
	const uint8_t *p = f->at;
	uint8_t next;

	if (f->left < IPV6_LEN)
		return;
	key->ip_tos = (uint8_t)(be16_at(p) >> 4);
	memcpy(&key->ipv6_flabel, p, 4);
	key->ipv6_flabel &= htonl(0x000fffff);
	key->ip_ttl = p[7];
	memcpy(key->ipv6_src, p + 8, 16);
	memcpy(key->ipv6_dst, p + 24, 16);
	next = p[6];
	skip(f, IPV6_LEN);
	if (!skip_extensions(f, &next)) {
		key->ip_proto = DP_NONE;
		return;
	}
	key->ip_proto = next;
	read_transport(f, true);
}

enum gate_err gate_packet(struct gate_state *state, const uint8_t *packet,
			  size_t len, uint32_t in_port, uint8_t vlan_limit)
{
	struct flow_key *key = &state->val.key;
	struct frame f = { .at = packet, .left = len, .key = key };
	uint16_t type;

	memset(state, 0, sizeof(*state));
	memset(&state->known, 0xff, sizeof(state->known));
	if (len < ETH_LEN)
		return GATE_EPACKET;
	key->in_port = htonl(in_port);
	memcpy(key->eth_dst, packet, 6);
	memcpy(key->eth_src, packet + 6, 6);
	skip(&f, 12);
	state->tags = read_tags(&f);
	if (state->tags > vlan_limit)
		state->hidden = state->tags - vlan_limit;
	type = read_type(&f);
	key->eth_type = htons(type);
	if (type == DP_IPV4)
		read_ipv4(&f);
	else if (type == DP_IPV6)
		read_ipv6(&f);
	else if (type == DP_ARP || type == DP_RARP)
		read_arp(&f);
	return GATE_OK;
}
