// SPDX-License-Identifier: GPL-2.0
/*
 * Flows as ovs-vswitchd sends them: the key is the kernel's own, from the upcall
 * (ovs_nla_put_key()); mask and actions are user space's (Open vSwitch 3.1,
 * odp_flow_key_from_mask() and commit_odp_actions() in lib/odp-util.c).
 */
#include <arpa/inet.h>
#include <assert.h>
#include <linux/netlink.h>

#include "brute.h"

void attr_put(struct brute_attrs *a, unsigned int type, const void *data,
	      size_t len)
{
	struct nlattr h = { NLA_HDRLEN + len, type };

	assert(a->len + NLA_HDRLEN + NLA_ALIGN(len) <= sizeof(a->bytes));
	memset(a->bytes + a->len, 0, NLA_HDRLEN + NLA_ALIGN(len));
	memcpy(a->bytes + a->len, &h, sizeof(h));
	if (len)
		memcpy(a->bytes + a->len + NLA_HDRLEN, data, len);
	a->len += NLA_HDRLEN + NLA_ALIGN(len);
}

size_t attr_nest(struct brute_attrs *a, unsigned int type)
{
	size_t at = a->len;

	attr_put(a, type, NULL, 0);
	return at;
}

void attr_end(struct brute_attrs *a, size_t at)
{
	uint16_t len = a->len - at;

	memcpy(a->bytes + at, &len, sizeof(len));
}

static void put32(struct brute_attrs *a, unsigned int type, uint32_t v)
{
	attr_put(a, type, &v, sizeof(v));
}

static void put_be16(struct brute_attrs *a, unsigned int type, uint16_t v)
{
	v = htons(v);
	attr_put(a, type, &v, sizeof(v));
}

static void put_ct(struct brute_attrs *a)
{
	static const uint8_t zeros[16];

	put32(a, OVS_KEY_ATTR_CT_STATE, 0);
	attr_put(a, OVS_KEY_ATTR_CT_ZONE, zeros, 2);
	put32(a, OVS_KEY_ATTR_CT_MARK, 0);
	attr_put(a, OVS_KEY_ATTR_CT_LABELS, zeros, 16);
}

static void put_ports(struct brute_attrs *a, const struct brute_pkt *p,
		      uint16_t src, uint16_t dst)
{
	uint16_t tp[2] = { htons(src), htons(dst) };
	uint8_t icmp[2] = { src, dst };

	switch (p->proto) {
	case IP_TCP:
		attr_put(a, OVS_KEY_ATTR_TCP, tp, sizeof(tp));
		break;
	case IP_UDP:
		attr_put(a, OVS_KEY_ATTR_UDP, tp, sizeof(tp));
		break;
	case IP_SCTP:
		attr_put(a, OVS_KEY_ATTR_SCTP, tp, sizeof(tp));
		break;
	case IP_ICMP:
		if (p->type == ETH_IP)
			attr_put(a, OVS_KEY_ATTR_ICMP, icmp, sizeof(icmp));
		break;
	case IP_ICMPV6:
		if (p->type == ETH_IPV6)
			attr_put(a, OVS_KEY_ATTR_ICMPV6, icmp, sizeof(icmp));
		break;
	}
}

static void put_nd(struct brute_attrs *a, const uint8_t *target,
		   const uint8_t *sll, const uint8_t *tll)
{
	struct ovs_key_nd nd;

	memcpy(nd.nd_target, target, 16);
	memcpy(nd.nd_sll, sll, 6);
	memcpy(nd.nd_tll, tll, 6);
	attr_put(a, OVS_KEY_ATTR_ND, &nd, sizeof(nd));
}

static bool is_nd_type(const struct brute_pkt *p)
{
	return p->type == ETH_IPV6 && p->proto == IP_ICMPV6 &&
	       p->frag != FRAG_LATER && (p->tp_src == 135 || p->tp_src == 136);
}

static void ipv4_key(struct ovs_key_ipv4 *k, const struct brute_pkt *p)
{
	memcpy(&k->ipv4_src, p->src, 4);
	memcpy(&k->ipv4_dst, p->dst, 4);
	k->ipv4_proto = p->proto;
	k->ipv4_tos = p->tos;
	k->ipv4_ttl = p->ttl;
	k->ipv4_frag = p->frag;
}

static void ipv6_key(struct ovs_key_ipv6 *k, const struct brute_pkt *p)
{
	memcpy(k->ipv6_src, p->src, 16);
	memcpy(k->ipv6_dst, p->dst, 16);
	k->ipv6_label = htonl(p->flabel);
	k->ipv6_proto = p->proto;
	k->ipv6_tclass = p->tos;
	k->ipv6_hlimit = p->ttl;
	k->ipv6_frag = p->frag;
}

static void put_l3(struct brute_attrs *a, const struct brute_pkt *p,
		   unsigned int how)
{
	struct ovs_key_ipv4 ip4;
	struct ovs_key_ipv6 ip6;
	struct ovs_key_arp arp;

	switch (p->type) {
	case ETH_IP:
		ipv4_key(&ip4, p);
		attr_put(a, OVS_KEY_ATTR_IPV4, &ip4, sizeof(ip4));
		break;
	case ETH_IPV6:
		ipv6_key(&ip6, p);
		attr_put(a, OVS_KEY_ATTR_IPV6, &ip6, sizeof(ip6));
		if (how & HOW_EXTHDRS)
			attr_put(a, OVS_KEY_ATTR_IPV6_EXTHDRS, "\0\0", 2);
		break;
	case ETH_ARP:
	case ETH_RARP:
		memset(&arp, 0, sizeof(arp));
		memcpy(&arp.arp_sip, p->src, 4);
		memcpy(&arp.arp_tip, p->dst, 4);
		arp.arp_op = htons(p->arp_op);
		memcpy(arp.arp_sha, p->sha, 6);
		memcpy(arp.arp_tha, p->tha, 6);
		attr_put(a, OVS_KEY_ATTR_ARP, &arp, sizeof(arp));
		return;
	default:
		return;
	}
	if (p->frag == FRAG_LATER)
		return;
	put_ports(a, p, p->tp_src, p->tp_dst);
	if (p->proto == IP_TCP)
		put_be16(a, OVS_KEY_ATTR_TCP_FLAGS, p->tcp_flags);
	if (is_nd_type(p))
		put_nd(a, p->target, p->sll, p->tll);
}

void brute_message_key(struct brute_attrs *a, const struct brute_pkt *p,
		       unsigned int how)
{
	unsigned int i, tags = p->tags < 2 ? p->tags : 2;
	struct ovs_key_ethernet eth;
	size_t encap[2];

	a->len = 0;
	put32(a, OVS_KEY_ATTR_RECIRC_ID, 0);
	put32(a, OVS_KEY_ATTR_DP_HASH, 0);
	put32(a, OVS_KEY_ATTR_PRIORITY, 0);
	put32(a, OVS_KEY_ATTR_IN_PORT, p->in_port);
	put32(a, OVS_KEY_ATTR_SKB_MARK, 0);
	if (how & HOW_CT)
		put_ct(a);
	memcpy(eth.eth_src, p->eth_src, 6);
	memcpy(eth.eth_dst, p->eth_dst, 6);
	attr_put(a, OVS_KEY_ATTR_ETHERNET, &eth, sizeof(eth));
	for (i = 0; i < tags; i++) {
		put_be16(a, OVS_KEY_ATTR_ETHERTYPE, p->tpid[i]);
		put_be16(a, OVS_KEY_ATTR_VLAN, p->tci[i] | TCI_PRESENT);
		encap[i] = attr_nest(a, OVS_KEY_ATTR_ENCAP);
	}
	if (p->tags > 2) {
		put_be16(a, OVS_KEY_ATTR_ETHERTYPE, p->tpid[2]);
	} else if (p->type != ETH_NONE) {
		put_be16(a, OVS_KEY_ATTR_ETHERTYPE, p->type);
		put_l3(a, p, how);
	}
	while (i-- > 0)
		attr_end(a, encap[i]);
}

/* xlate_wc_finish() and odp_flow_key_from_mask() */
static void put_l3_mask(struct brute_attrs *a, const struct brute_pkt *p,
			const struct flow_key *wc)
{
	struct ovs_key_ipv4 ip4;
	struct ovs_key_ipv6 ip6;
	struct ovs_key_arp arp;
	uint16_t src = ntohs(wc->tp_src), dst = ntohs(wc->tp_dst);

	switch (p->type) {
	case ETH_IP:
		ip4.ipv4_src = wc->ipv4_src;
		ip4.ipv4_dst = wc->ipv4_dst;
		ip4.ipv4_proto = wc->ip_proto;
		ip4.ipv4_tos = wc->ip_tos;
		ip4.ipv4_ttl = wc->ip_ttl;
		ip4.ipv4_frag = 0xff;
		attr_put(a, OVS_KEY_ATTR_IPV4, &ip4, sizeof(ip4));
		break;
	case ETH_IPV6:
		memcpy(ip6.ipv6_src, wc->ipv6_src, 16);
		memcpy(ip6.ipv6_dst, wc->ipv6_dst, 16);
		ip6.ipv6_label = wc->ipv6_flabel;
		ip6.ipv6_proto = wc->ip_proto;
		ip6.ipv6_tclass = wc->ip_tos;
		ip6.ipv6_hlimit = wc->ip_ttl;
		ip6.ipv6_frag = 0xff;
		attr_put(a, OVS_KEY_ATTR_IPV6, &ip6, sizeof(ip6));
		break;
	case ETH_ARP:
	case ETH_RARP:
		memset(&arp, 0, sizeof(arp));
		arp.arp_sip = wc->arp_spa;
		arp.arp_tip = wc->arp_tpa;
		arp.arp_op = wc->arp_op & htons(0xff);
		memcpy(arp.arp_sha, wc->arp_sha, 6);
		memcpy(arp.arp_tha, wc->arp_tha, 6);
		attr_put(a, OVS_KEY_ATTR_ARP, &arp, sizeof(arp));
		return;
	default:
		return;
	}
	if (p->frag == FRAG_LATER)
		return;
	if (p->proto == IP_ICMP || p->proto == IP_ICMPV6) {
		src &= 0xff;
		dst &= 0xff;
	}
	put_ports(a, p, src, dst);
	if (is_nd_type(p) && !p->tp_dst && src == 0xff && dst == 0xff)
		put_nd(a, wc->nd_target, wc->nd_sll, wc->nd_tll);
}

static bool nonzero(const void *p, size_t len)
{
	const uint8_t *at = p;

	while (len--)
		if (*at++)
			return true;
	return false;
}

void brute_message_mask(struct brute_attrs *a, const struct brute_rules *r,
			const struct brute_pkt *p, const struct flow_key *wc_in,
			unsigned int how)
{
	unsigned int i, tags = p->tags < r->vlan_limit ? p->tags : r->vlan_limit;
	struct ovs_key_ethernet eth;
	struct flow_key wc = *wc_in;
	size_t encap[2];
	uint16_t tci;

	/* User space widens such flows too far by itself; rules for ND had
	 * better match the code.
	 */
	if (is_nd_type(p) && (nonzero(wc.nd_target, 16) ||
			      nonzero(wc.nd_sll, 6) || nonzero(wc.nd_tll, 6)))
		wc.tp_src = wc.tp_dst = htons(0xff);
	a->len = 0;
	put32(a, OVS_KEY_ATTR_PRIORITY, 0);
	put32(a, OVS_KEY_ATTR_SKB_MARK, 0);
	if (how & HOW_CT)
		put_ct(a);
	put32(a, OVS_KEY_ATTR_RECIRC_ID, 0xffffffff);
	put32(a, OVS_KEY_ATTR_DP_HASH, 0);
	put32(a, OVS_KEY_ATTR_IN_PORT, 0xffffffff);
	memcpy(eth.eth_src, wc.eth_src, 6);
	memcpy(eth.eth_dst, wc.eth_dst, 6);
	attr_put(a, OVS_KEY_ATTR_ETHERNET, &eth, sizeof(eth));
	for (i = 0; i < tags; i++) {
		tci = ntohs(wc.vlan[i].tci);
		if (tci)
			tci |= TCI_PRESENT;
		put_be16(a, OVS_KEY_ATTR_ETHERTYPE, 0xffff);
		put_be16(a, OVS_KEY_ATTR_VLAN, tci);
		encap[i] = attr_nest(a, OVS_KEY_ATTR_ENCAP);
	}
	put_be16(a, OVS_KEY_ATTR_ETHERTYPE, 0xffff);
	if (p->tags <= r->vlan_limit)
		put_l3_mask(a, p, &wc);
	while (i-- > 0)
		attr_end(a, encap[i]);
}

/* One header that may have changed: commit() */
struct header {
	unsigned int type;
	size_t len;
	uint8_t key[40], base[40], mask[40];
	uint8_t writable[40];
};

static bool put_set(struct brute_attrs *a, struct header *h, bool unmasked)
{
	bool changed = false, exact = true;
	uint8_t data[80];
	size_t nest, i;

	for (i = 0; i < h->len; i++) {
		h->mask[i] &= h->writable[i];
		changed |= (h->key[i] ^ h->base[i]) & h->mask[i];
		exact &= h->mask[i] == h->writable[i];
	}
	if (!changed)
		return false;
	if (unmasked || exact) {
		nest = attr_nest(a, OVS_ACTION_ATTR_SET);
		attr_put(a, h->type, h->key, h->len);
	} else {
		for (i = 0; i < h->len; i++) {
			data[i] = h->key[i] & h->mask[i];
			data[h->len + i] = h->mask[i];
		}
		nest = attr_nest(a, OVS_ACTION_ATTR_SET_MASKED);
		attr_put(a, h->type, data, 2 * h->len);
	}
	attr_end(a, nest);
	return unmasked;
}

static void commit_eth(struct brute_attrs *a, const struct brute_pkt *p,
		       const struct brute_pkt *base, struct flow_key *wc,
		       bool unmasked)
{
	struct header h = { .type = OVS_KEY_ATTR_ETHERNET, .len = 12 };

	memset(h.writable, 0xff, 12);
	memcpy(h.key, p->eth_src, 6);
	memcpy(h.key + 6, p->eth_dst, 6);
	memcpy(h.base, base->eth_src, 6);
	memcpy(h.base + 6, base->eth_dst, 6);
	memcpy(h.mask, wc->eth_src, 6);
	memcpy(h.mask + 6, wc->eth_dst, 6);
	if (put_set(a, &h, unmasked)) {
		memset(wc->eth_src, 0xff, 6);
		memset(wc->eth_dst, 0xff, 6);
	}
}

static void commit_ip(struct brute_attrs *a, const struct brute_pkt *p,
		      const struct brute_pkt *base, struct flow_key *wc,
		      bool unmasked)
{
	struct header h = { .len = 12 };

	if (p->type == ETH_IP) {
		h.type = OVS_KEY_ATTR_IPV4;
		ipv4_key((struct ovs_key_ipv4 *)h.key, p);
		ipv4_key((struct ovs_key_ipv4 *)h.base, base);
		memcpy(h.mask, &wc->ipv4_src, 4);
		memcpy(h.mask + 4, &wc->ipv4_dst, 4);
		h.mask[9] = wc->ip_tos;
		h.mask[10] = wc->ip_ttl;
		memset(h.writable, 0xff, 8);
		h.writable[9] = h.writable[10] = 0xff;
		if (put_set(a, &h, unmasked)) {
			wc->ipv4_src = wc->ipv4_dst = 0xffffffff;
			wc->ip_tos = wc->ip_ttl = wc->ip_proto = 0xff;
		}
	} else if (p->type == ETH_IPV6) {
		h.type = OVS_KEY_ATTR_IPV6;
		h.len = 40;
		ipv6_key((struct ovs_key_ipv6 *)h.key, p);
		ipv6_key((struct ovs_key_ipv6 *)h.base, base);
		memcpy(h.mask, wc->ipv6_src, 16);
		memcpy(h.mask + 16, wc->ipv6_dst, 16);
		memcpy(h.mask + 32, &wc->ipv6_flabel, 4);
		h.mask[37] = wc->ip_tos;
		h.mask[38] = wc->ip_ttl;
		memset(h.writable, 0xff, 39);
		h.writable[32] = h.writable[36] = 0;
		h.writable[33] = 0x0f;
		if (put_set(a, &h, unmasked)) {
			memset(wc->ipv6_src, 0xff, 16);
			memset(wc->ipv6_dst, 0xff, 16);
			wc->ipv6_flabel = htonl(0xfffff);
			wc->ip_tos = wc->ip_ttl = wc->ip_proto = 0xff;
		}
	}
}

static void commit_ports(struct brute_attrs *a, const struct brute_pkt *p,
			 const struct brute_pkt *base, struct flow_key *wc,
			 bool unmasked)
{
	uint16_t key[2] = { htons(p->tp_src), htons(p->tp_dst) };
	uint16_t old[2] = { htons(base->tp_src), htons(base->tp_dst) };
	struct header h = { .len = 4, .writable = { 255, 255, 255, 255 } };

	h.type = p->proto == IP_TCP ? OVS_KEY_ATTR_TCP :
		 p->proto == IP_UDP ? OVS_KEY_ATTR_UDP : OVS_KEY_ATTR_SCTP;
	if (p->proto != IP_TCP && p->proto != IP_UDP && p->proto != IP_SCTP)
		return;
	memcpy(h.key, key, 4);
	memcpy(h.base, old, 4);
	memcpy(h.mask, &wc->tp_src, 2);
	memcpy(h.mask + 2, &wc->tp_dst, 2);
	if (put_set(a, &h, unmasked)) {
		wc->tp_src = wc->tp_dst = 0xffff;
		wc->ip_proto = 0xff;
	}
}

static void commit_tags(struct brute_attrs *a, const struct brute_pkt *p,
			const struct brute_pkt *base, struct flow_key *wc)
{
	int from = base->tags - 1, to = p->tags - 1;
	uint16_t tag[2];

	while (from >= 0 && to >= 0 && base->tpid[from] == p->tpid[to] &&
	       base->tci[from] == p->tci[to]) {
		from--;
		to--;
	}
	for (; from >= 0; from--) {
		attr_put(a, OVS_ACTION_ATTR_POP_VLAN, NULL, 0);
		if (from < FLOW_VLANS_MAX)
			memset(&wc->vlan[from], 0xff, sizeof(wc->vlan[0]));
	}
	for (; to >= 0; to--) {
		tag[0] = htons(p->tpid[to]);
		tag[1] = htons(p->tci[to] | TCI_PRESENT);
		attr_put(a, OVS_ACTION_ATTR_PUSH_VLAN, tag, sizeof(tag));
	}
}

void brute_put_userspace(struct brute_attrs *a, bool slow_path)
{
	uint16_t cookie[24] = { slow_path ? 2 : 5 };
	size_t nest = attr_nest(a, OVS_ACTION_ATTR_USERSPACE);

	put32(a, OVS_USERSPACE_ATTR_PID, 0xffffffff);
	attr_put(a, OVS_USERSPACE_ATTR_USERDATA, cookie, sizeof(cookie));
	attr_end(a, nest);
}

void brute_message_actions(struct brute_attrs *a, const struct brute_pkt *pkt,
			   const struct brute_outs *outs, struct flow_key *wc,
			   unsigned int how)
{
	bool unmasked = how & HOW_UNMASKED_SETS;
	const struct brute_pkt *base = pkt, *p;
	unsigned int i;

	a->len = 0;
	if (outs->notes & NOTE_SLOW) {
		brute_put_userspace(a, true);
		return;
	}
	for (i = 0; i < outs->nr; i++) {
		p = &outs->out[i].pkt;
		commit_eth(a, p, base, wc, unmasked);
		commit_ip(a, p, base, wc, unmasked);
		commit_ports(a, p, base, wc, unmasked);
		commit_tags(a, p, base, wc);
		base = p;
		if (outs->out[i].port == BRUTE_USER)
			brute_put_userspace(a, false);
		else
			put32(a, OVS_ACTION_ATTR_OUTPUT, outs->out[i].port);
	}
}

struct gate_flow brute_gate_flow(const struct brute_message *m)
{
	struct gate_flow f = {
		.key = m->key.bytes,
		.mask = m->mask.bytes,
		.actions = m->actions.bytes,
		.key_len = m->key.len,
		.mask_len = m->has_mask ? m->mask.len : 0,
		.actions_len = m->actions.len,
		.has_mask = m->has_mask,
	};

	return f;
}
