// SPDX-License-Identifier: GPL-2.0
/*
 * A policy's verdict on a frame.
 *
 * Not all that a switch would see of it is looked for here.  So a rule matches,
 * does not, or is not sure; and then, if it denies, it counts, and if it allows,
 * it does not.
 */
#include <string.h>

#include "app_packet_in.h"
#include "app_policy_match.h"
#include "../../../lib/wire/bytes.h"

enum {
	ETH_HEADER = 14,
	ETH_TAG = 4,
	ETH_TYPE_MIN = 0x600,		/* below it is a length: 802.2 */
	ETH_TYPE_IPV4 = 0x0800,
	ETH_TYPE_VLAN = 0x8100,
	ETH_TYPE_IPV6 = 0x86dd,
	ETH_TYPE_QINQ = 0x88a8,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PORT_DST = 2,
};

enum verdict { NO, UNSURE, YES };

struct policy_frame {
	const uint8_t *eth, *src, *dst;
	uint8_t known;			/* enum app_policy_field: those that are sure */
	uint16_t vlan, type, port_dst;
	uint8_t proto;
};

static bool policy_tag(uint16_t type)
{
	return type == ETH_TYPE_VLAN || type == ETH_TYPE_QINQ;
}

static void policy_ports(struct policy_frame *f, const uint8_t *in, size_t len)
{
	f->known |= APP_POLICY_IP_PROTO;
	if (f->proto != PROTO_TCP && f->proto != PROTO_UDP)
		return;
	if (len < PORT_DST + 2)
		return;
	f->known |= APP_POLICY_PORT_DST;
	f->port_dst = wire_get16(in + PORT_DST);
}

static void policy_ipv4(struct policy_frame *f, const uint8_t *in, size_t len)
{
	size_t header;

	if (len < IPV4_HEADER)
		return;
	header = 4u * (in[0] & 15);
	if (header < IPV4_HEADER || len < header)
		return;
	f->known |= APP_POLICY_IP_SRC | APP_POLICY_IP_DST;
	f->src = in + 12;
	f->dst = in + 16;
	f->proto = in[9];
	if (wire_get16(in + 6) & 0x3fff)
		f->known |= APP_POLICY_IP_PROTO;
	else
		policy_ports(f, in + header, len - header);
}

static void policy_ipv6(struct policy_frame *f, const uint8_t *in, size_t len)
{
	if (len < IPV6_HEADER)
		return;
	f->known |= APP_POLICY_IP_SRC | APP_POLICY_IP_DST;
	f->src = in + 8;
	f->dst = in + 24;
	f->proto = in[6];
	/* Else it may be an option, behind which is the protocol that rules see. */
	if (f->proto == PROTO_TCP || f->proto == PROTO_UDP)
		policy_ports(f, in + IPV6_HEADER, len - IPV6_HEADER);
}

static void policy_frame(struct policy_frame *f, const uint8_t *in, size_t len)
{
	size_t at = ETH_HEADER;

	memset(f, 0, sizeof(*f));
	f->eth = in;
	f->type = wire_get16(in + at - 2);
	f->known = APP_POLICY_ETH_SRC | APP_POLICY_ETH_DST | APP_POLICY_VLAN;
	if (policy_tag(f->type)) {
		if (len < at + ETH_TAG) {
			f->known &= ~APP_POLICY_VLAN;
			return;
		}
		f->vlan = 0x1000 | (wire_get16(in + at) & 0xfff);
		f->type = wire_get16(in + at + 2);
		at += ETH_TAG;
	}
	if (policy_tag(f->type) || f->type < ETH_TYPE_MIN)
		return;
	f->known |= APP_POLICY_ETH_TYPE;
	if (f->type == ETH_TYPE_IPV4)
		policy_ipv4(f, in + at, len - at);
	else if (f->type == ETH_TYPE_IPV6)
		policy_ipv6(f, in + at, len - at);
}

static bool policy_prefix(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	const unsigned int left = bits % 8;

	return !memcmp(a, b, bits / 8) &&
	       (!left || !((a[bits / 8] ^ b[bits / 8]) >> (8 - left)));
}

/* One field, known to be there */
static bool policy_field(const struct app_policy_rule *r,
			 const struct policy_frame *f,
			 enum app_policy_field field)
{
	switch (field) {
	case APP_POLICY_ETH_SRC:
		return !memcmp(f->eth + 6, r->eth_src, 6);
	case APP_POLICY_ETH_DST:
		return !memcmp(f->eth, r->eth_dst, 6);
	case APP_POLICY_VLAN:
		return f->vlan == (r->vlan ? 0x1000 | r->vlan : 0);
	case APP_POLICY_ETH_TYPE:
		return f->type == r->eth_type;
	case APP_POLICY_IP_PROTO:
		return f->proto == r->ip_proto;
	case APP_POLICY_IP_SRC:
		return policy_prefix(f->src, r->src, r->src_bits);
	case APP_POLICY_IP_DST:
		return policy_prefix(f->dst, r->dst, r->dst_bits);
	case APP_POLICY_PORT_DST:
		return f->port_dst == r->port_dst;
	}
	return false;
}

/* Fields stand behind those that they need: what is of another type is not asked further. */
static enum verdict policy_match(const struct app_policy_rule *r,
				 const struct policy_frame *f)
{
	enum verdict all = YES;
	unsigned int bit;

	for (bit = 1; bit <= APP_POLICY_PORT_DST; bit <<= 1) {
		if (!(r->fields & bit))
			continue;
		if (!(f->known & bit))
			all = UNSURE;
		else if (!policy_field(r, f, bit))
			return NO;
	}
	return all;
}

bool app_policy_at(const struct app_policy_rule *rule, uint32_t sw)
{
	uint32_t i;

	for (i = 0; i < rule->sw_nr; i++)
		if (rule->sw[i] == sw)
			return true;
	return !rule->sw_nr;
}

bool app_policy_allows(const struct app_config *config, uint32_t sw,
		       const uint8_t *frame, size_t len)
{
	const struct app_policy_rule *r = config->policy;
	struct policy_frame f;
	enum verdict match;
	uint32_t i;

	if (len < ETH_HEADER)
		return false;
	policy_frame(&f, frame, len);
	for (i = 0; i < config->policy_nr; i++, r++) {
		if (!app_policy_at(r, sw))
			continue;
		match = policy_match(r, &f);
		if (match == YES || (match == UNSURE && !r->allow))
			return r->allow;
	}
	return !config->policy_deny || f.type == APP_ETH_TYPE_ARP;
}
