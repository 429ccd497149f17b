// SPDX-License-Identifier: GPL-2.0
/*
 * Packets: their bytes, and what Linux (net/openvswitch/flow.c, key_extract())
 * makes of them.
 */
#include "brute.h"

static bool is_vlan(uint16_t type)
{
	return type == ETH_VLAN || type == ETH_QINQ;
}

static bool has_nd(const struct brute_pkt *p)
{
	return p->type == ETH_IPV6 && p->proto == IP_ICMPV6 &&
	       p->frag != FRAG_LATER && !p->tp_dst &&
	       (p->tp_src == 135 || p->tp_src == 136);
}

static bool has_ports(const struct brute_pkt *p)
{
	if (p->frag == FRAG_LATER)
		return false;
	if (p->proto == IP_TCP || p->proto == IP_UDP || p->proto == IP_SCTP)
		return p->type == ETH_IP || p->type == ETH_IPV6;
	return (p->type == ETH_IP && p->proto == IP_ICMP) ||
	       (p->type == ETH_IPV6 && p->proto == IP_ICMPV6);
}

void brute_normalise(struct brute_pkt *p)
{
	bool ip = p->type == ETH_IP || p->type == ETH_IPV6;
	bool arp = p->type == ETH_ARP || p->type == ETH_RARP;
	unsigned int i;

	for (i = 0; i < BRUTE_TAGS; i++) {
		if (i >= p->tags)
			p->tpid[i] = p->tci[i] = 0;
		p->tci[i] &= ~TCI_PRESENT;
	}
	if (p->type == ETH_IPV6 && p->frag == FRAG_LATER)
		p->proto = IP_FRAGMENT;
	if (!ip)
		p->proto = p->tos = p->ttl = p->frag = 0;
	if (!ip && !arp) {
		memset(p->src, 0, sizeof(p->src));
		memset(p->dst, 0, sizeof(p->dst));
	}
	if (p->type != ETH_IPV6) {
		memset(p->src + 4, 0, 12);
		memset(p->dst + 4, 0, 12);
		p->flabel = 0;
	}
	p->flabel &= 0xfffff;
	if (!arp) {
		p->arp_op = 0;
		memset(p->sha, 0, 6);
		memset(p->tha, 0, 6);
	}
	if (!has_ports(p))
		p->tp_src = p->tp_dst = 0;
	if (p->proto == IP_ICMP || p->proto == IP_ICMPV6) {
		p->tp_src &= 0xff;
		p->tp_dst &= 0xff;
	}
	p->tcp_flags = p->proto == IP_TCP && has_ports(p) ?
		       p->tcp_flags & 0xfff : 0;
	if (!has_nd(p)) {
		memset(p->target, 0, 16);
		memset(p->sll, 0, 6);
		memset(p->tll, 0, 6);
	}
}

static uint8_t *put(uint8_t *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return at + len;
}

static uint8_t *put8(uint8_t *at, uint8_t v)
{
	*at = v;
	return at + 1;
}

static uint8_t *put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
	return at + 2;
}

static uint8_t *zeros(uint8_t *at, size_t len)
{
	memset(at, 0, len);
	return at + len;
}

static uint8_t *put_nd_option(uint8_t *at, uint8_t type, const uint8_t *mac)
{
	static const uint8_t none[6];

	if (!memcmp(mac, none, 6))
		return at;
	at = put8(at, type);
	at = put8(at, 1);
	return put(at, mac, 6);
}

static uint8_t *put_l4(uint8_t *at, const struct brute_pkt *p, unsigned int how)
{
	if (p->frag == FRAG_LATER)
		return zeros(at, 8);
	switch (p->proto) {
	case IP_TCP:
		at = put16(put16(at, p->tp_src), p->tp_dst);
		at = zeros(at, 8);
		at = put16(at, 5 << 12 | p->tcp_flags);
		return zeros(at, 6);
	case IP_UDP:
		at = put16(put16(at, p->tp_src), p->tp_dst);
		at = put16(at, 8);
		return zeros(at, 2);
	case IP_SCTP:
		at = put16(put16(at, p->tp_src), p->tp_dst);
		return zeros(at, 8);
	case IP_ICMP:
	case IP_ICMPV6:
		at = put8(put8(at, p->tp_src), p->tp_dst);
		at = zeros(at, 6);
		if (!has_nd(p))
			return at;
		at = put(at, p->target, 16);
		if (how & WIRE_ND_OPTION) {
			at = put16(at, 200 << 8 | 2);
			at = zeros(at, 14);
		}
		at = put_nd_option(at, 1, p->sll);
		return put_nd_option(at, 2, p->tll);
	}
	return zeros(at, 12);
}

static uint8_t *put_ipv4(uint8_t *at, const struct brute_pkt *p,
			 unsigned int how)
{
	unsigned int words = how & WIRE_IP_OPTIONS ? 6 : 5;
	uint8_t *start = at;

	at = put8(at, 0x40 | words);
	at = put8(at, p->tos);
	at = zeros(at, 4);
	at = put16(at, p->frag == FRAG_FIRST ? 0x2000 :
		   p->frag == FRAG_LATER ? 100 : 0);
	at = put8(put8(at, p->ttl), p->proto);
	at = zeros(at, 2);
	at = put(put(at, p->src, 4), p->dst, 4);
	if (how & WIRE_IP_OPTIONS)
		at = put(at, "\1\1\1", 4);
	at = put_l4(at, p, how);
	put16(start + 2, at - start);
	return at;
}

static uint8_t *put_ipv6(uint8_t *at, const struct brute_pkt *p,
			 unsigned int how)
{
	uint8_t *start = at, *next;
	uint8_t proto = p->proto;

	at = put8(at, 0x60 | p->tos >> 4);
	at = put8(at, p->tos << 4 | p->flabel >> 16);
	at = put16(at, p->flabel);
	at = zeros(at, 2);
	next = at;
	at = put8(put8(at, 0), p->ttl);
	at = put(put(at, p->src, 16), p->dst, 16);
	if (how & WIRE_EXTENSION) {
		*next = 0;
		next = at;
		at = put16(at, 0);
		at = put(at, "\1\4\0\0\0", 6);
	}
	if (p->frag != FRAG_NO) {
		*next = IP_FRAGMENT;
		if (p->frag == FRAG_LATER)
			proto = IP_UDP;	/* the key does not show it */
		next = at;
		at = put16(at, 0);
		at = put16(at, p->frag == FRAG_FIRST ? 1 : 100 << 3);
		at = zeros(at, 4);
	}
	*next = proto;
	at = put_l4(at, p, how);
	put16(start + 4, at - start - 40);
	return at;
}

size_t brute_serialise(uint8_t *out, const struct brute_pkt *p,
		       unsigned int how)
{
	uint8_t *at = out, *body;
	unsigned int i;

	at = put(put(at, p->eth_dst, 6), p->eth_src, 6);
	for (i = 0; i < p->tags; i++)
		at = put16(put16(at, p->tpid[i]), p->tci[i]);
	body = at + 2;
	if (p->type == ETH_NONE) {
		at = put16(at, 30);
		at = put(at, "\x42\x42\x03", 3);
		at = zeros(at, 27);
	} else {
		if (how & WIRE_SNAP) {
			at = put16(at, 200);
			at = put(at, "\xaa\xaa\3\0\0", 6);
		}
		at = put16(at, p->type);
		body = at;
	}
	if (p->type == ETH_IP) {
		at = put_ipv4(body, p, how);
	} else if (p->type == ETH_IPV6) {
		at = put_ipv6(body, p, how);
	} else if (p->type == ETH_ARP || p->type == ETH_RARP) {
		at = put16(put16(body, 1), ETH_IP);
		at = put16(at, 6 << 8 | 4);
		at = put16(at, p->arp_op);
		at = put(put(at, p->sha, 6), p->src, 4);
		at = put(put(at, p->tha, 6), p->dst, 4);
	} else if (p->type != ETH_NONE) {
		at = zeros(body, 30);
	}
	if (how & WIRE_PADDING)
		at = zeros(at, 12);
	return at - out;
}

/* Bytes that are left of a frame */
struct rest {
	const uint8_t *at;
	size_t len;
};

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void skip(struct rest *r, size_t len)
{
	r->at += len;
	r->len -= len;
}

/* parse_ethertype() */
static uint16_t parse_type(struct rest *r)
{
	uint16_t type = get16(r->at);

	skip(r, 2);
	if (type >= 0x600)
		return type;
	if (r->len < 8 || memcmp(r->at, "\xaa\xaa", 2) ||
	    r->at[3] || r->at[4] || r->at[5])
		return ETH_NONE;
	type = get16(r->at + 6);
	skip(r, 8);
	return type >= 0x600 ? type : ETH_NONE;
}

/* parse_icmpv6() */
static void parse_nd(struct brute_pkt *p, const struct rest *r)
{
	static const uint8_t none[6];
	struct rest o = *r;
	uint8_t *mac;
	size_t len;

	if (o.len < 24)
		return;
	memcpy(p->target, o.at + 8, 16);
	for (skip(&o, 24); o.len >= 8; skip(&o, len)) {
		len = o.at[1] * 8;
		if (!len || len > o.len)
			return;
		if (len != 8 || (o.at[0] != 1 && o.at[0] != 2))
			continue;
		mac = o.at[0] == 1 ? p->sll : p->tll;
		if (memcmp(mac, none, 6)) {
			memset(p->target, 0, 16);
			memset(p->sll, 0, 6);
			memset(p->tll, 0, 6);
			return;
		}
		memcpy(mac, o.at + 2, 6);
	}
}

static enum brute_parsed parse_l4(struct brute_pkt *p, const struct rest *r)
{
	size_t need = p->proto == IP_TCP ? 20 : p->proto == IP_SCTP ? 12 : 8;

	if (!has_ports(p))
		return PARSED;
	if (r->len < need)
		return PARSED_ODD;
	if (p->proto == IP_ICMP || p->proto == IP_ICMPV6) {
		p->tp_src = r->at[0];
		p->tp_dst = r->at[1];
		if (has_nd(p))
			parse_nd(p, r);
		return PARSED;
	}
	if (p->proto == IP_TCP) {
		need = (r->at[12] >> 4) * 4;
		if (need < 20 || need > r->len)
			return PARSED_ODD;
		p->tcp_flags = get16(r->at + 12) & 0xfff;
	}
	p->tp_src = get16(r->at);
	p->tp_dst = get16(r->at + 2);
	return PARSED;
}

static enum brute_parsed parse_ipv4(struct brute_pkt *p, struct rest r)
{
	size_t header, total;
	uint16_t frag;

	if (r.len < 20)
		return PARSED_ODD;
	header = (r.at[0] & 15) * 4;
	total = get16(r.at + 2);
	if (header < 20 || header > r.len || total < header || total > r.len)
		return PARSED_ODD;
	r.len = total;
	memcpy(p->src, r.at + 12, 4);
	memcpy(p->dst, r.at + 16, 4);
	p->proto = r.at[9];
	p->tos = r.at[1];
	p->ttl = r.at[8];
	frag = get16(r.at + 6);
	p->frag = frag & 0x1fff ? FRAG_LATER : frag & 0x2000 ? FRAG_FIRST :
		  FRAG_NO;
	skip(&r, header);
	return parse_l4(p, &r);
}

/* parse_ipv6hdr(), with ipv6_find_hdr() for the last header */
static enum brute_parsed parse_ipv6(struct brute_pkt *p, struct rest r)
{
	size_t total, len;
	uint8_t next;

	if (r.len < 40)
		return PARSED_ODD;
	total = get16(r.at + 4);
	if (total + 40 > r.len)
		return PARSED_ODD;
	p->tos = r.at[0] << 4 | r.at[1] >> 4;
	p->flabel = (r.at[1] & 15) << 16 | get16(r.at + 2);
	next = r.at[6];
	p->ttl = r.at[7];
	memcpy(p->src, r.at + 8, 16);
	memcpy(p->dst, r.at + 24, 16);
	skip(&r, 40);
	r.len = total;
	while (next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 60) {
		if (r.len < 8)
			return PARSED_ODD;
		len = next == 44 ? 8 : next == 51 ? (r.at[1] + 2) * 4 :
		      (r.at[1] + 1) * 8;
		if (len > r.len)
			return PARSED_ODD;
		if (next == 44) {
			if (p->frag != FRAG_NO || !get16(r.at + 2))
				return PARSED_ODD;
			p->frag = get16(r.at + 2) & 0xfff8 ? FRAG_LATER :
				  FRAG_FIRST;
			if (p->frag == FRAG_LATER) {
				p->proto = IP_FRAGMENT;
				return r.at[0] == 0 || r.at[0] == 43 ||
				       r.at[0] == 44 || r.at[0] == 51 ||
				       r.at[0] == 60 ? PARSED_ODD : PARSED;
			}
		}
		next = r.at[0];
		skip(&r, len);
	}
	p->proto = next;
	return parse_l4(p, &r);
}

enum brute_parsed brute_parse(struct brute_pkt *p, const uint8_t *in,
			      size_t len)
{
	struct rest r = { in, len };

	memset(p, 0, sizeof(*p));
	if (len < 14)
		return PARSED_NOT;
	memcpy(p->eth_dst, in, 6);
	memcpy(p->eth_src, in + 6, 6);
	skip(&r, 12);
	while (r.len >= 6 && is_vlan(get16(r.at)) && p->tags < BRUTE_TAGS) {
		p->tpid[p->tags] = get16(r.at);
		p->tci[p->tags++] = get16(r.at + 2) & ~TCI_PRESENT;
		skip(&r, 4);
	}
	p->type = parse_type(&r);
	if (is_vlan(p->type))
		return PARSED_ODD;
	switch (p->type) {
	case ETH_IP:
		return parse_ipv4(p, r);
	case ETH_IPV6:
		return parse_ipv6(p, r);
	case ETH_ARP:
	case ETH_RARP:
		if (r.len < 28 || memcmp(r.at, "\0\1\10\0\6\4", 6))
			return PARSED_ODD;
		p->arp_op = get16(r.at + 6);
		memcpy(p->sha, r.at + 8, 6);
		memcpy(p->src, r.at + 14, 4);
		memcpy(p->tha, r.at + 18, 6);
		memcpy(p->dst, r.at + 24, 4);
		return p->arp_op > 0xff ? PARSED_ODD : PARSED;
	}
	return PARSED;
}

/* The kernel looks at two tags; a third one is an Ethernet type. */
void brute_pkt_key(struct brute_key *k, const struct brute_pkt *p)
{
	unsigned int i;

	memset(k, 0, sizeof(*k));
	k->in_port = p->in_port;
	memcpy(k->eth_dst, p->eth_dst, 6);
	memcpy(k->eth_src, p->eth_src, 6);
	for (i = 0; i < 2 && i < p->tags; i++) {
		k->tpid[i] = p->tpid[i];
		k->tci[i] = p->tci[i] | TCI_PRESENT;
	}
	if (p->tags > 2) {
		k->type = p->tpid[2];
		return;
	}
	k->type = p->type;
	k->flabel = p->flabel;
	k->proto = p->type == ETH_ARP || p->type == ETH_RARP ? p->arp_op :
		   p->proto;
	k->tos = p->tos;
	k->ttl = p->ttl;
	k->frag = p->frag;
	memcpy(k->src, p->src, 16);
	memcpy(k->dst, p->dst, 16);
	memcpy(k->sha, p->sha, 6);
	memcpy(k->tha, p->tha, 6);
	memcpy(k->target, p->target, 16);
	memcpy(k->sll, p->sll, 6);
	memcpy(k->tll, p->tll, 6);
	k->tp_src = p->tp_src;
	k->tp_dst = p->tp_dst;
	k->tcp_flags = p->tcp_flags;
}
