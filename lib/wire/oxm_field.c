// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What a match may say: OpenFlow 1.3.5 A.2.3.7, tables 11 to 13.
 */
#include "parts.h"

enum {
	OXM_ETH_IPV4 = 0x0800,
	OXM_ETH_ARP = 0x0806,
	OXM_ETH_IPV6 = 0x86dd,
	OXM_IP_ICMP = 1,
	OXM_IP_TCP = 6,
	OXM_IP_UDP = 17,
	OXM_IP_ICMPV6 = 58,
	OXM_IP_SCTP = 132,
	OXM_ND_SOLICIT = 135,
	OXM_ND_ADVERT = 136,
	OXM_VLAN_EXACT = 0x1fff,	/* all bits of a VLAN_VID */
};

#define OXM_FIELD(name, oxm, member, len) { oxm, len },
static const struct {
	uint8_t number, len;
} oxm_fields[FLOW_FIELD_NR] = { FLOW_FIELDS(OXM_FIELD) };
#undef OXM_FIELD

size_t oxm_field_of(unsigned int number, enum flow_field *f)
{
	unsigned int i;

	for (i = 0; i < FLOW_FIELD_NR; i++) {
		if (oxm_fields[i].number == number) {
			*f = i;
			return oxm_fields[i].len;
		}
	}
	return 0;
}

unsigned int oxm_number(enum flow_field f)
{
	return oxm_fields[f].number;
}

bool oxm_maskable(enum flow_field f)
{
	switch (f) {
	case FLOW_METADATA:
	case FLOW_ETH_DST:
	case FLOW_ETH_SRC:
	case FLOW_VLAN_VID:
	case FLOW_IPV4_SRC:
	case FLOW_IPV4_DST:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
	case FLOW_ARP_SHA:
	case FLOW_ARP_THA:
	case FLOW_IPV6_SRC:
	case FLOW_IPV6_DST:
	case FLOW_IPV6_FLABEL:
		return true;
	default:
		return false;
	}
}

/* What the match gives exactly, or -1 */
static int oxm_eth_type(const struct flow_match *m)
{
	if (wire_get16((const uint8_t *)&m->mask.eth_type) != 0xffff)
		return -1;
	return wire_get16((const uint8_t *)&m->key.eth_type);
}

static int oxm_ip_proto(const struct flow_match *m)
{
	return m->mask.ip_proto == 0xff ? m->key.ip_proto : -1;
}

static int oxm_icmp_type(const struct flow_match *m)
{
	if ((wire_get16((const uint8_t *)&m->mask.tp_src) & 0xff) != 0xff)
		return -1;
	return wire_get16((const uint8_t *)&m->key.tp_src) & 0xff;
}

static bool oxm_is_ip(const struct flow_match *m)
{
	return oxm_eth_type(m) == OXM_ETH_IPV4 ||
	       oxm_eth_type(m) == OXM_ETH_IPV6;
}

static bool oxm_is_icmpv6(const struct flow_match *m)
{
	return oxm_eth_type(m) == OXM_ETH_IPV6 &&
	       oxm_ip_proto(m) == OXM_IP_ICMPV6;
}

/* Open vSwitch looks for neighbours behind code 0 alone (is_nd()). */
static bool oxm_is_nd(const struct flow_match *m, int type)
{
	return oxm_is_icmpv6(m) && oxm_icmp_type(m) == type &&
	       !wire_get16((const uint8_t *)&m->key.tp_dst);
}

bool oxm_prereq(const struct flow_match *m, enum flow_field f)
{
	switch (f) {
	case FLOW_VLAN_PCP:
		return wire_get16((const uint8_t *)&m->key.vlan[0].tci) &
		       FLOW_VLAN_PRESENT;
	case FLOW_IP_DSCP:
	case FLOW_IP_ECN:
	case FLOW_IP_PROTO:
		return oxm_is_ip(m);
	case FLOW_IPV4_SRC:
	case FLOW_IPV4_DST:
		return oxm_eth_type(m) == OXM_ETH_IPV4;
	case FLOW_TCP_SRC:
	case FLOW_TCP_DST:
		return oxm_is_ip(m) && oxm_ip_proto(m) == OXM_IP_TCP;
	case FLOW_UDP_SRC:
	case FLOW_UDP_DST:
		return oxm_is_ip(m) && oxm_ip_proto(m) == OXM_IP_UDP;
	case FLOW_SCTP_SRC:
	case FLOW_SCTP_DST:
		return oxm_is_ip(m) && oxm_ip_proto(m) == OXM_IP_SCTP;
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
		return oxm_eth_type(m) == OXM_ETH_IPV4 &&
		       oxm_ip_proto(m) == OXM_IP_ICMP;
	case FLOW_ARP_OP:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
	case FLOW_ARP_SHA:
	case FLOW_ARP_THA:
		return oxm_eth_type(m) == OXM_ETH_ARP;
	case FLOW_IPV6_SRC:
	case FLOW_IPV6_DST:
	case FLOW_IPV6_FLABEL:
		return oxm_eth_type(m) == OXM_ETH_IPV6;
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
		return oxm_is_icmpv6(m);
	case FLOW_ND_TARGET:
		return oxm_is_nd(m, OXM_ND_SOLICIT) ||
		       oxm_is_nd(m, OXM_ND_ADVERT);
	case FLOW_ND_SLL:
		return oxm_is_nd(m, OXM_ND_SOLICIT);
	case FLOW_ND_TLL:
		return oxm_is_nd(m, OXM_ND_ADVERT);
	default:
		return true;
	}
}

enum wire_err oxm_value_check(enum flow_field f, const uint8_t *value)
{
	uint8_t again[FLOW_VALUE_MAX];
	struct flow_key key;
	uint32_t port;
	size_t n;

	memset(&key, 0, sizeof(key));
	flow_field_put(&key, f, value);
	n = flow_field_get(again, &key, f);
	if (memcmp(again, value, n))
		return WIRE_EOXMVALUE;
	switch (f) {
	case FLOW_IN_PORT:
		port = wire_get32(value);
		if (!of_port_real(port) && port != OF_PORT_CONTROLLER)
			return WIRE_EPORT;
		return WIRE_OK;
	case FLOW_ARP_OP:
		/* Datapaths have eight bits of it. */
		return value[0] ? WIRE_EOXMVALUE : WIRE_OK;
	default:
		return WIRE_OK;
	}
}

/*
 * Table 13: no tag (0, exactly), any tag, a VLAN; and some VLANs, by a mask
 * that looks at the tag's presence.
 */
static enum wire_err oxm_vlan_check(const struct flow_match *m)
{
	uint16_t vid = wire_get16((const uint8_t *)&m->key.vlan[0].tci);
	uint16_t mask = wire_get16((const uint8_t *)&m->mask.vlan[0].tci);

	vid &= OXM_VLAN_EXACT;
	mask &= OXM_VLAN_EXACT;
	if (vid & FLOW_VLAN_PRESENT)
		return WIRE_OK;
	if (mask != OXM_VLAN_EXACT)
		return WIRE_EMASK;
	return vid ? WIRE_EOXMVALUE : WIRE_OK;
}

/* Which bits of a field are in a mask? */
enum oxm_cover {
	OXM_COVER_NONE, OXM_COVER_SOME, OXM_COVER_ALL,
};

static enum oxm_cover oxm_cover(const union flow_words *mask,
				const union flow_words *field)
{
	uint64_t have = 0, lack = 0;
	unsigned int i;

	for (i = 0; i < FLOW_KEY_WORDS; i++) {
		have |= field->word[i] & mask->word[i];
		lack |= field->word[i] & ~mask->word[i];
	}
	if (!have)
		return OXM_COVER_NONE;
	return lack ? OXM_COVER_SOME : OXM_COVER_ALL;
}

enum wire_err oxm_match_check(const struct flow_match *m, uint64_t *fields)
{
	uint8_t value[FLOW_VALUE_MAX];
	union flow_words key, mask, field;
	enum oxm_cover cover;
	enum wire_err err;
	unsigned int f, i;
	uint64_t outside = 0, rest = 0;

	*fields = 0;
	key.key = m->key;
	mask.key = m->mask;
	for (i = 0; i < FLOW_KEY_WORDS; i++)
		outside |= key.word[i] & ~mask.word[i];
	if (outside)
		return WIRE_EOXMVALUE;
	for (f = 0; f < FLOW_FIELD_NR; f++) {
		flow_field_mask(&field.key, f);
		cover = oxm_cover(&mask, &field);
		if (cover == OXM_COVER_NONE || !oxm_prereq(m, f))
			continue;
		if (cover == OXM_COVER_SOME && !oxm_maskable(f))
			return WIRE_EMASK;
		flow_field_get(value, &m->key, f);
		err = f == FLOW_VLAN_VID ? oxm_vlan_check(m) :
					   oxm_value_check(f, value);
		if (err)
			return err;
		*fields |= 1ull << f;
		/* Two fields share bits only if one of them cannot be here. */
		for (i = 0; i < FLOW_KEY_WORDS; i++)
			mask.word[i] &= ~field.word[i];
	}
	for (i = 0; i < FLOW_KEY_WORDS; i++)
		rest |= mask.word[i];
	return rest ? WIRE_EPREREQ : WIRE_OK;
}
