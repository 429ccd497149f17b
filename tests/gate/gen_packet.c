// SPDX-License-Identifier: GPL-2.0
/* Random packets, also those that a rule or a flow matches. */
#include <arpa/inet.h>

#include "gen.h"

/* splitmix64 */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void gen_seed(struct gen *g, uint64_t seed)
{
	g->state = mix(mix(seed + 0x1234567) + 0x9e3779b97f4a7c15ull);
}

uint32_t gen_u32(struct gen *g)
{
	g->state += 0x9e3779b97f4a7c15ull;
	return mix(g->state) >> 16;
}

uint32_t gen_below(struct gen *g, uint32_t n)
{
	return gen_u32(g) % n;
}

bool gen_one_in(struct gen *g, uint32_t n)
{
	return !gen_below(g, n);
}

void gen_mac(struct gen *g, uint8_t mac[6])
{
	static const uint8_t pool[][6] = {
		{ 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, { 2, 0, 0, 0, 0, 3 },
		{ 255, 255, 255, 255, 255, 255 }, { 0x33, 0x33, 0, 0, 0, 1 },
		{ 1, 0, 0x5e, 0, 0, 1 }, { 0 },
	};

	memcpy(mac, pool[gen_below(g, 7)], 6);
	if (gen_one_in(g, 20))
		mac[gen_below(g, 6)] = gen_u32(g);
}

void gen_ipv4(struct gen *g, uint8_t ip[4])
{
	ip[0] = gen_one_in(g, 8) ? 224 : 10;
	ip[1] = 0;
	ip[2] = gen_one_in(g, 4);
	ip[3] = gen_below(g, 5);
	if (gen_one_in(g, 20))
		ip[gen_below(g, 4)] = gen_u32(g);
}

void gen_ipv6(struct gen *g, uint8_t ip[16])
{
	memset(ip, 0, 16);
	ip[0] = gen_one_in(g, 4) ? 0xff : 0xfd;
	ip[7] = gen_one_in(g, 4);
	ip[15] = gen_below(g, 5);
	if (gen_one_in(g, 20))
		ip[gen_below(g, 16)] = gen_u32(g);
}

uint16_t gen_port(struct gen *g)
{
	static const uint16_t pool[] = { 0, 1, 80, 443, 0x50 << 8, 4096, 65535 };

	return gen_one_in(g, 12) ? gen_u32(g) : pool[gen_below(g, 7)];
}

uint8_t gen_tos(struct gen *g)
{
	static const uint8_t pool[] = { 0, 0, 1, 4, 0xb8, 0xff };

	return pool[gen_below(g, 6)];
}

uint16_t gen_vid(struct gen *g)
{
	static const uint16_t pool[] = { 0, 1, 2, 3, 10, 4095 };

	return pool[gen_below(g, 6)];
}

static void random_l4(struct gen *g, struct brute_pkt *p)
{
	static const uint8_t icmp[] = { 0, 3, 8, 11 };
	static const uint8_t icmpv6[] = { 1, 128, 129, 135, 135, 136, 136, 133 };

	p->tp_src = gen_port(g);
	p->tp_dst = gen_port(g);
	p->tcp_flags = gen_below(g, 64);
	if (p->proto == IP_ICMP) {
		p->tp_src = icmp[gen_below(g, 4)];
		p->tp_dst = gen_below(g, 2);
	} else if (p->proto == IP_ICMPV6) {
		p->tp_src = icmpv6[gen_below(g, 8)];
		p->tp_dst = gen_one_in(g, 6);
		gen_ipv6(g, p->target);
		if (gen_one_in(g, 2))
			gen_mac(g, p->sll);
		if (gen_one_in(g, 2))
			gen_mac(g, p->tll);
	}
}

static void random_packet(struct gen *g, const struct brute_rules *r,
			  struct brute_pkt *p)
{
	static const uint16_t types[] = {
		ETH_IP, ETH_IP, ETH_IP, ETH_IP, ETH_IPV6, ETH_IPV6, ETH_IPV6,
		ETH_ARP, ETH_ARP, ETH_RARP, ETH_NONE, 0x88b5,
	};
	static const uint8_t protos[] = {
		IP_TCP, IP_TCP, IP_UDP, IP_SCTP, IP_ICMP, IP_ICMPV6, IP_ICMPV6,
		2, 47,
	};
	static const uint8_t ttls[] = { 0, 1, 2, 64, 64, 64, 255 };
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->in_port = r->port[gen_below(g, r->port_nr)].dp_port;
	gen_mac(g, p->eth_dst);
	gen_mac(g, p->eth_src);
	i = gen_below(g, 40);
	p->tags = i < 24 ? 0 : i < 33 ? 1 : i < 39 ? 2 : 3;
	for (i = 0; i < p->tags; i++) {
		p->tpid[i] = gen_one_in(g, 3) ? ETH_QINQ : ETH_VLAN;
		p->tci[i] = gen_vid(g) | gen_below(g, 3) << 13;
	}
	p->type = types[gen_below(g, 12)];
	p->proto = protos[gen_below(g, 9)];
	if (p->proto == IP_ICMP && p->type == ETH_IPV6)
		p->proto = IP_ICMPV6;
	else if (p->proto == IP_ICMPV6 && p->type == ETH_IP)
		p->proto = IP_ICMP;
	p->tos = gen_tos(g);
	p->ttl = ttls[gen_below(g, 7)];
	p->frag = gen_one_in(g, 8) ? 1 + gen_below(g, 2) : 0;
	p->flabel = gen_below(g, 3);
	p->arp_op = 1 + gen_below(g, 2);
	if (p->type == ETH_IPV6) {
		gen_ipv6(g, p->src);
		gen_ipv6(g, p->dst);
	} else {
		gen_ipv4(g, p->src);
		gen_ipv4(g, p->dst);
	}
	gen_mac(g, p->sha);
	gen_mac(g, p->tha);
	random_l4(g, p);
}

static void merge(void *at, const void *key, const void *mask, size_t len)
{
	uint8_t *a = at;
	const uint8_t *k = key, *m = mask;
	size_t i;

	for (i = 0; i < len; i++)
		a[i] = (a[i] & ~m[i]) | (k[i] & m[i]);
}

static void merge16(uint16_t *at, __be16 key, __be16 mask)
{
	*at = (*at & ~ntohs(mask)) | (ntohs(key) & ntohs(mask));
}

/* Changes a packet so that it is one of a match, if that is possible */
static void hit(struct gen *g, const struct brute_rules *r, struct brute_pkt *p,
		const struct flow_match *m)
{
	const struct flow_key *k = &m->key, *w = &m->mask;
	const struct gate_port *in;
	uint16_t present = htons(TCI_PRESENT), tci;
	uint32_t label;

	if (w->in_port) {
		in = brute_port_of(r, ntohl(k->in_port));
		if (in)
			p->in_port = in->dp_port;
	}
	merge(p->eth_dst, k->eth_dst, w->eth_dst, 6);
	merge(p->eth_src, k->eth_src, w->eth_src, 6);
	if (w->vlan[0].tci & present) {
		if (!(k->vlan[0].tci & present)) {
			p->tags = 0;
		} else if (!p->tags) {
			p->tags = 1;
			p->tpid[0] = ETH_VLAN;
			p->tci[0] = gen_vid(g);
		}
		tci = p->tci[0];
		merge16(&tci, k->vlan[0].tci, w->vlan[0].tci);
		p->tci[0] = tci;
	}
	if (w->eth_type && k->eth_type != htons(ETH_VLAN) &&
	    k->eth_type != htons(ETH_QINQ))
		p->type = k->eth_type == htons(0x05ff) ? ETH_NONE :
			  ntohs(k->eth_type);
	merge(&p->proto, &k->ip_proto, &w->ip_proto, 1);
	merge(&p->tos, &k->ip_tos, &w->ip_tos, 1);
	if (p->type == ETH_IP) {
		merge(p->src, &k->ipv4_src, &w->ipv4_src, 4);
		merge(p->dst, &k->ipv4_dst, &w->ipv4_dst, 4);
	} else if (p->type == ETH_IPV6) {
		merge(p->src, k->ipv6_src, w->ipv6_src, 16);
		merge(p->dst, k->ipv6_dst, w->ipv6_dst, 16);
	} else {
		merge(p->src, &k->arp_spa, &w->arp_spa, 4);
		merge(p->dst, &k->arp_tpa, &w->arp_tpa, 4);
	}
	label = htonl(p->flabel);
	merge(&label, &k->ipv6_flabel, &w->ipv6_flabel, 4);
	p->flabel = ntohl(label);
	merge16(&p->tp_src, k->tp_src, w->tp_src);
	merge16(&p->tp_dst, k->tp_dst, w->tp_dst);
	merge16(&p->arp_op, k->arp_op, w->arp_op);
	merge(p->sha, k->arp_sha, w->arp_sha, 6);
	merge(p->tha, k->arp_tha, w->arp_tha, 6);
	merge(p->target, k->nd_target, w->nd_target, 16);
	merge(p->sll, k->nd_sll, w->nd_sll, 6);
	merge(p->tll, k->nd_tll, w->nd_tll, 6);
}

void gen_packet(struct gen *g, const struct brute_rules *r, struct brute_pkt *p)
{
	random_packet(g, r, p);
	if (r->nr && !gen_one_in(g, 4))
		hit(g, r, p, &r->rule[gen_below(g, r->nr)].match);
	/* The last header of IPv6 is none of those before it. */
	if (p->type == ETH_IPV6 &&
	    (p->proto == 0 || p->proto == 43 || p->proto == IP_FRAGMENT ||
	     p->proto == 51 || p->proto == 60))
		p->proto = IP_UDP;
	brute_normalise(p);
}

static void from_key(struct gen *g, const struct brute_key *k,
		     struct brute_pkt *p)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->in_port = k->in_port;
	memcpy(p->eth_dst, k->eth_dst, 6);
	memcpy(p->eth_src, k->eth_src, 6);
	for (i = 0; i < 2 && (k->tci[i] & TCI_PRESENT); i++) {
		p->tpid[i] = k->tpid[i];
		p->tci[i] = k->tci[i];
		p->tags++;
	}
	p->type = k->type;
	if (p->tags == 2 && (p->type == ETH_VLAN || p->type == ETH_QINQ)) {
		p->tags = 3;
		p->tpid[2] = p->type;
		p->tci[2] = gen_vid(g);
		p->type = ETH_IP;
		p->proto = IP_UDP;
		gen_ipv4(g, p->src);
	} else {
		p->proto = p->arp_op = k->proto;
		p->tos = k->tos;
		p->ttl = k->ttl;
		p->frag = k->frag;
		p->flabel = k->flabel;
		memcpy(p->src, k->src, 16);
		memcpy(p->dst, k->dst, 16);
		memcpy(p->sha, k->sha, 6);
		memcpy(p->tha, k->tha, 6);
		memcpy(p->target, k->target, 16);
		memcpy(p->sll, k->sll, 6);
		memcpy(p->tll, k->tll, 6);
		p->tp_src = k->tp_src;
		p->tp_dst = k->tp_dst;
		p->tcp_flags = k->tcp_flags;
	}
	brute_normalise(p);
}

#define PART(m) { offsetof(struct brute_key, m),			\
		  sizeof(((struct brute_key *)NULL)->m) }
static const struct {
	uint16_t at, len;
} parts[] = {
	PART(in_port), PART(flabel), PART(type), PART(tpid[0]), PART(tci[0]),
	PART(tpid[1]), PART(tci[1]), PART(tp_src), PART(tp_dst),
	PART(tcp_flags), PART(proto), PART(tos), PART(ttl), PART(frag),
	PART(eth_src), PART(eth_dst), PART(src), PART(dst), PART(sha),
	PART(tha), PART(target), PART(sll), PART(tll),
};

/*
 * Each wildcarded field: as in the flow's key, as in another packet, or with one
 * bit or all bits changed.
 */
bool gen_sample(struct gen *g, const struct brute_rules *r,
		const struct brute_flow *f, struct brute_pkt *p)
{
	const uint8_t *key = (const uint8_t *)&f->key;
	const uint8_t *mask = (const uint8_t *)&f->mask;
	struct brute_key other, k;
	uint8_t *at = (uint8_t *)&k;
	unsigned int i, b, change = 1 + gen_below(g, 3);

	gen_packet(g, r, p);
	brute_pkt_key(&other, p);
	k = f->key;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (gen_one_in(g, change))
			memcpy(at + parts[i].at,
			       (uint8_t *)&other + parts[i].at, parts[i].len);
		b = gen_below(g, 24);
		if (b == 0)
			at[parts[i].at + gen_below(g, parts[i].len)] ^=
				1 << gen_below(g, 8);
		else if (b == 1)
			for (b = 0; b < parts[i].len; b++)
				at[parts[i].at + b] = gen_u32(g);
	}
	for (i = 0; i < sizeof(k); i++)
		at[i] = (at[i] & ~mask[i]) | (key[i] & mask[i]);
	if (!brute_port_dp(r, k.in_port))
		return false;
	if (!f->mask.tpid[1] && k.tpid[1] && gen_one_in(g, 2))
		k.tpid[1] = gen_one_in(g, 2) ? ETH_VLAN : ETH_QINQ;
	from_key(g, &k, p);
	/* A tag is no Ethernet type, and the reverse: the kernel parses tags. */
	for (i = 0; i < p->tags; i++)
		if (p->tpid[i] != ETH_VLAN && p->tpid[i] != ETH_QINQ)
			return false;
	return p->type != ETH_VLAN && p->type != ETH_QINQ &&
	       brute_flow_matches(f, p);
}
