// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of OpenFlow: where their bits are in a struct flow_key, what a packet
 * looks like to a rule, and which bits user space looks at to tell rules apart.
 */
#include <arpa/inet.h>

#include "brute.h"

static const struct {
	uint16_t at, len;		/* in the struct; in OXM */
} fields[FLOW_FIELD_NR] = {
#define FIELD(name, oxm, member, len)					\
	[FLOW_##name] = { offsetof(struct flow_key, member), len },
	FLOW_FIELDS(FIELD)
#undef FIELD
};

size_t brute_field_len(unsigned int field)
{
	return fields[field].len;
}

bool brute_field_slow(unsigned int f)
{
	return (f >= FLOW_ICMPV4_TYPE && f <= FLOW_ARP_THA) ||
	       (f >= FLOW_ICMPV6_TYPE && f <= FLOW_ND_TLL);
}

static void put_bits(uint8_t *at, uint16_t v, uint16_t mask)
{
	at[0] = (at[0] & ~(mask >> 8)) | (v & mask) >> 8;
	at[1] = (at[1] & ~mask) | (v & mask);
}

void brute_field_put(struct flow_key *key, unsigned int f, const uint8_t *value)
{
	static const uint8_t ones[] = {
		255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255,
	};
	uint8_t *at = (uint8_t *)key + fields[f].at;

	if (!value)
		value = ones;
	switch (f) {
	case FLOW_VLAN_VID:
		put_bits(at, value[0] << 8 | value[1], 0x1fff);
		break;
	case FLOW_VLAN_PCP:
		put_bits(at, value[0] << 13, 0xe000);
		break;
	case FLOW_IP_DSCP:
		*at = (*at & 3) | value[0] << 2;
		break;
	case FLOW_IP_ECN:
		*at = (*at & 0xfc) | (value[0] & 3);
		break;
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
		at[1] = value[0];
		break;
	case FLOW_IPV6_FLABEL:
		at[1] = (at[1] & 0xf0) | (value[1] & 0x0f);
		at[2] = value[2];
		at[3] = value[3];
		break;
	default:
		memcpy(at, value, fields[f].len);
	}
}

void brute_view(struct flow_key *v, const struct brute_rules *r,
		const struct brute_pkt *p, unsigned int hidden,
		uint64_t metadata)
{
	const struct gate_port *in = brute_port_dp(r, p->in_port);
	unsigned int i, visible = p->tags - hidden;
	bool first = p->frag == FRAG_FIRST;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < 8; i++)
		((uint8_t *)&v->metadata)[i] = metadata >> (56 - 8 * i);
	v->in_port = htonl(in ? in->of_port : 0);
	memcpy(v->eth_dst, p->eth_dst, 6);
	memcpy(v->eth_src, p->eth_src, 6);
	for (i = 0; i < FLOW_VLANS_MAX && i < visible; i++) {
		v->vlan[i].tpid = htons(p->tpid[i]);
		v->vlan[i].tci = htons(p->tci[i] | TCI_PRESENT);
	}
	if (hidden) {
		v->eth_type = htons(p->tpid[visible]);
		return;
	}
	v->eth_type = htons(p->type == ETH_NONE ? 0x05ff : p->type);
	v->ip_proto = p->proto;
	v->ip_tos = p->tos;
	v->ip_ttl = p->ttl;
	v->ip_frag = p->frag == FRAG_LATER ? FLOW_FRAG_LATER : p->frag;
	if (p->type == ETH_IP) {
		memcpy(&v->ipv4_src, p->src, 4);
		memcpy(&v->ipv4_dst, p->dst, 4);
	} else if (p->type == ETH_IPV6) {
		memcpy(v->ipv6_src, p->src, 16);
		memcpy(v->ipv6_dst, p->dst, 16);
	} else {
		memcpy(&v->arp_spa, p->src, 4);
		memcpy(&v->arp_tpa, p->dst, 4);
	}
	v->ipv6_flabel = htonl(p->flabel);
	/* rule_dpif_lookup_from_table(): ports of fragments are unavailable */
	v->tp_src = htons(first ? 0 : p->tp_src);
	v->tp_dst = htons(first ? 0 : p->tp_dst);
	v->arp_op = htons(p->arp_op);
	memcpy(v->arp_sha, p->sha, 6);
	memcpy(v->arp_tha, p->tha, 6);
	memcpy(v->nd_target, p->target, 16);
	memcpy(v->nd_sll, p->sll, 6);
	memcpy(v->nd_tll, p->tll, 6);
}

bool brute_overlap(const struct flow_match *a, const struct flow_match *b)
{
	const uint8_t *ak = (const uint8_t *)&a->key;
	const uint8_t *am = (const uint8_t *)&a->mask;
	const uint8_t *bk = (const uint8_t *)&b->key;
	const uint8_t *bm = (const uint8_t *)&b->mask;
	size_t i;

	for (i = 0; i < sizeof(struct flow_key); i++)
		if ((ak[i] ^ bk[i]) & am[i] & bm[i])
			return false;
	return true;
}

/* Members that user space takes as a whole when it looks for a prefix; last: ports */
#define MEMBER(m, stage) { offsetof(struct flow_key, m),		\
			   sizeof(((struct flow_key *)NULL)->m), stage }
static const struct {
	uint16_t at, len;
	uint8_t stage;			/* 0: known anyway */
} members[] = {
	MEMBER(metadata, 0), MEMBER(in_port, 0), MEMBER(eth_dst, 1),
	MEMBER(eth_src, 1), MEMBER(vlan, 1), MEMBER(eth_type, 0),
	MEMBER(ip_proto, 2), MEMBER(ip_tos, 2), MEMBER(ip_ttl, 2),
	MEMBER(ip_frag, 0), MEMBER(ipv4_src, 2), MEMBER(ipv4_dst, 2),
	MEMBER(ipv6_src, 2), MEMBER(ipv6_dst, 2), MEMBER(ipv6_flabel, 2),
	MEMBER(arp_op, 2), MEMBER(arp_sha, 2), MEMBER(arp_tha, 2),
	MEMBER(arp_spa, 2), MEMBER(arp_tpa, 2), MEMBER(nd_target, 3),
	MEMBER(nd_sll, 3), MEMBER(nd_tll, 3), MEMBER(tp_src, 3),
	MEMBER(tp_dst, 3),
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

struct difference {
	unsigned int bits, first;	/* how many; the first, counted from the top */
};

static struct difference member_difference(unsigned int m,
					   const struct flow_key *view,
					   const struct flow_match *rule)
{
	struct difference d = { 0, 0 };
	unsigned int i;

	for (i = 0; i < members[m].len * 8u; i++) {
		size_t at = members[m].at + i / 8;
		uint8_t x = ((const uint8_t *)view)[at] ^
			    ((const uint8_t *)&rule->key)[at];

		x &= ((const uint8_t *)&rule->mask)[at] & 0x80 >> i % 8;
		if (x && !d.bits++)
			d.first = i;
	}
	return d;
}

/* The @n-th bit that differs, or the first one with all of the mask before it */
static void see_bits(struct brute_wc *wc, unsigned int m,
		     const struct flow_key *view, const struct flow_match *rule,
		     unsigned int n)
{
	const uint8_t *mask = (const uint8_t *)&rule->mask;
	const uint8_t *key = (const uint8_t *)&rule->key;
	unsigned int i;

	for (i = 0; i < members[m].len * 8u; i++) {
		size_t at = members[m].at + i / 8;
		uint8_t bit = mask[at] & 0x80 >> i % 8;
		bool differs = (((const uint8_t *)view)[at] ^ key[at]) & bit;

		if (wc->style == STYLE_PREFIX || (differs && !n))
			((uint8_t *)&wc->mask)[at] |= bit;
		if (differs && !n--)
			return;
	}
}

static void see_all(struct brute_wc *wc, const struct flow_match *rule,
		    unsigned int stage)
{
	const uint8_t *mask = (const uint8_t *)&rule->mask;
	unsigned int m, i;

	for (m = 0; m < MEMBERS; m++)
		for (i = 0; i < members[m].len; i++)
			if (members[m].stage <= stage)
				((uint8_t *)&wc->mask)[members[m].at + i] |=
					mask[members[m].at + i];
}

static unsigned int next_choice(struct brute_wc *wc, unsigned int n)
{
	wc->seed = wc->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (wc->seed >> 33) % n;
}

void brute_wc_lookup(struct brute_wc *wc, const struct flow_key *view,
		     const struct flow_match *rule, bool matches)
{
	unsigned int m, found[MEMBERS], nr = 0, stage = 3;
	struct difference d;
	bool present;

	if (matches || wc->style == STYLE_ALL) {
		see_all(wc, rule, 3);
		return;
	}
	/* That there is a tag, or none, is always in the mask. */
	present = (view->vlan[0].tci ^ rule->key.vlan[0].tci) &
		  rule->mask.vlan[0].tci & htons(TCI_PRESENT);
	for (m = 0; m < MEMBERS; m++) {
		d = member_difference(m, view, rule);
		if (!d.bits)
			continue;
		if (members[m].stage < stage)
			stage = members[m].stage;
		found[nr++] = m;
	}
	if (wc->style == STYLE_STAGED) {
		see_all(wc, rule, stage);
		return;
	}
	if (!stage || present)
		return;
	m = found[next_choice(wc, nr)];
	/* A field says something only if the packet has it. */
	if (members[m].stage == 3) {
		for (nr = 0; nr < MEMBERS; nr++)
			if ((members[nr].stage == 2 || nr >= MEMBERS - 2) &&
			    member_difference(nr, view, rule).bits) {
				m = nr;
				break;
			}
	}
	if (members[m].stage == 3)
		wc->mask.ip_proto |= rule->mask.ip_proto;
	d = member_difference(m, view, rule);
	see_bits(wc, m, view, rule,
		 wc->style == STYLE_PREFIX ? 0 : next_choice(wc, d.bits));
}
