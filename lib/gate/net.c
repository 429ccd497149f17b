// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What a flow's key and mask say of network and transport headers.
 *
 * A first fragment has ports; that OpenFlow sees none in it is gate_state_view()'s
 * business.  In later ones openvswitch has zeros.
 */
#include "net.h"

/* match_validate() wants all bits of what makes others mean something. */
static bool is_exact(uint8_t mask)
{
	return mask == 0xff;
}

/*
 * Fragments in openvswitch are 0, 1, 2, and user space sets all bits of the mask
 * beside these; here they are 0, 1, 3.  Partial masks: not known.
 */
static enum gate_err put_frag(struct gate_region *r, uint8_t key,
			      uint8_t mask)
{
	static const uint8_t frag[] = {
		[OVS_FRAG_TYPE_NONE] = FLOW_FRAG_NO,
		[OVS_FRAG_TYPE_FIRST] = FLOW_FRAG_FIRST,
		[OVS_FRAG_TYPE_LATER] = FLOW_FRAG_LATER,
	};

	if (key >= sizeof(frag))
		return GATE_EATTR;
	if ((mask & 3) == 3) {
		r->state->val.key.ip_frag = frag[key];
		r->state->known.key.ip_frag = 0xff;
	}
	return GATE_OK;
}

/* What the key says, which decides what else may be in it */
struct net {
	uint8_t proto, proto_mask;
	uint8_t frag;			/* OVS_FRAG_TYPE_* */
};

static enum gate_err read_ipv4(struct gate_region *r, struct net *net)
{
	const uint8_t *raw = r->key.attr[OVS_KEY_ATTR_IPV4].data;
	struct ovs_key_ipv4 val, mask;

	if (!region_take(r, OVS_KEY_ATTR_IPV4, &val, &mask, sizeof(val)))
		return GATE_EATTR;
	net->proto = raw[offsetof(struct ovs_key_ipv4, ipv4_proto)];
	net->proto_mask = mask.ipv4_proto;
	net->frag = raw[offsetof(struct ovs_key_ipv4, ipv4_frag)];
	region_put(r, OVS_KEY_ATTR_IPV4, &val, &mask);
	return put_frag(r, net->frag, mask.ipv4_frag);
}

static enum gate_err read_ipv6(struct gate_region *r, struct net *net)
{
	const uint8_t *raw = r->key.attr[OVS_KEY_ATTR_IPV6].data;
	struct ovs_key_ipv6 val, mask;
	__be32 label;

	if (!region_take(r, OVS_KEY_ATTR_IPV6, &val, &mask, sizeof(val)))
		return GATE_EATTR;
	memcpy(&label, raw + offsetof(struct ovs_key_ipv6, ipv6_label), 4);
	if (label & htonl(0xfff00000))
		return GATE_EATTR;
	mask.ipv6_label &= htonl(0x000fffff);
	net->proto = raw[offsetof(struct ovs_key_ipv6, ipv6_proto)];
	net->proto_mask = mask.ipv6_proto;
	net->frag = raw[offsetof(struct ovs_key_ipv6, ipv6_frag)];
	region_put(r, OVS_KEY_ATTR_IPV6, &val, &mask);
	/* The kernel's own upcalls have it; comparing it takes packets out. */
	r->rest &= ~(1ULL << OVS_KEY_ATTR_IPV6_EXTHDRS);
	return put_frag(r, net->frag, mask.ipv6_frag);
}

/*
 * openvswitch has 8 bits of the operation, and 0 for those above 255 and for ARP
 * of other hardware; so the upper byte is known only if the lower is not 0.
 */
static enum gate_err read_arp(struct gate_region *r)
{
	const uint8_t *raw = r->key.attr[OVS_KEY_ATTR_ARP].data;
	struct ovs_key_arp val, mask;

	if (!region_take(r, OVS_KEY_ATTR_ARP, &val, &mask, sizeof(val)))
		return GATE_EATTR;
	if (raw[offsetof(struct ovs_key_arp, arp_op)])
		return GATE_EATTR;
	mask.arp_op &= htons(0x00ff);
	val.arp_op &= mask.arp_op;
	if (val.arp_op)
		mask.arp_op |= htons(0xff00);
	region_put(r, OVS_KEY_ATTR_ARP, &val, &mask);
	return GATE_OK;
}

/* TCP, UDP and SCTP have the same key: two ports. */
static bool read_ports(struct gate_region *r, unsigned int type,
		       struct ovs_key_tcp *val, struct ovs_key_tcp *mask)
{
	if (!region_take(r, type, val, mask, sizeof(*val)))
		memset(mask, 0, sizeof(*mask));
	if (type == OVS_KEY_ATTR_TCP)
		r->rest &= ~(1ULL << OVS_KEY_ATTR_TCP_FLAGS);
	return mask->tcp_src || mask->tcp_dst ||
	       gate_attr_has(&r->mask, OVS_KEY_ATTR_TCP_FLAGS);
}

/* Type and code are the low bytes of two ports whose high bytes are 0. */
static bool read_icmp(struct gate_region *r, unsigned int type,
		      struct ovs_key_tcp *val, struct ovs_key_tcp *mask)
{
	struct ovs_key_icmp v, m;
	bool masked;

	static_assert(sizeof(struct ovs_key_icmpv6) == sizeof(v), "ICMP");

	if (!region_take(r, type, &v, &m, sizeof(v))) {
		memset(mask, 0, sizeof(*mask));
		return false;
	}
	masked = m.icmp_type || m.icmp_code;
	val->tcp_src = htons(v.icmp_type);
	val->tcp_dst = htons(v.icmp_code);
	mask->tcp_src = htons(0xff00 | m.icmp_type);
	mask->tcp_dst = htons(0xff00 | m.icmp_code);
	return masked;
}

/*
 * openvswitch reads the ND fields if the code is 0, user space too; but
 * match_validate() asks for the type alone: with another code, or an open one,
 * it compares what was in its memory.  So both must be exact.
 */
static enum gate_err read_nd(struct gate_region *r,
			     const struct ovs_key_tcp *tp,
			     const struct ovs_key_tcp *tp_mask)
{
	const uint8_t *icmp = r->key.attr[OVS_KEY_ATTR_ICMPV6].data;
	struct ovs_key_nd val, mask;
	bool masked;

	if (!gate_attr_has(&r->key, OVS_KEY_ATTR_ICMPV6) ||
	    (icmp[0] != DP_ND_SOLICIT && icmp[0] != DP_ND_ADVERT))
		return GATE_OK;
	masked = gate_attr_has(&r->mask, OVS_KEY_ATTR_ND);
	if (!region_take(r, OVS_KEY_ATTR_ND, &val, &mask, sizeof(val)) ||
	    (!masked && !r->exact))
		return GATE_OK;
	if (tp_mask->tcp_src != htons(0xffff) ||
	    tp_mask->tcp_dst != htons(0xffff) || tp->tcp_dst) {
		r->bad = OVS_KEY_ATTR_ND;
		return GATE_EATTR;
	}
	if (!r->state->known.key.ip_frag)
		return GATE_OK;
	region_put(r, OVS_KEY_ATTR_ND, &val, &mask);
	return GATE_OK;
}

static enum gate_err read_transport(struct gate_region *r,
				    const struct net *net)
{
	const bool v6 = r->eth_type == DP_IPV6;
	struct gate_state *s = r->state;
	struct ovs_key_tcp val = { 0 }, mask = { 0 };
	enum gate_err err = GATE_OK;
	bool masked = false, known;

	if (net->frag == OVS_FRAG_TYPE_LATER)
		;
	else if (net->proto == DP_TCP)
		masked = read_ports(r, OVS_KEY_ATTR_TCP, &val, &mask);
	else if (net->proto == DP_UDP)
		masked = read_ports(r, OVS_KEY_ATTR_UDP, &val, &mask);
	else if (net->proto == DP_SCTP)
		masked = read_ports(r, OVS_KEY_ATTR_SCTP, &val, &mask);
	else if (net->proto == DP_ICMP && !v6)
		masked = read_icmp(r, OVS_KEY_ATTR_ICMP, &val, &mask);
	else if (net->proto == DP_ICMPV6 && v6)
		masked = read_icmp(r, OVS_KEY_ATTR_ICMPV6, &val, &mask);

	known = is_exact(net->proto_mask);
	if (masked && !known) {
		r->bad = v6 ? OVS_KEY_ATTR_IPV6 : OVS_KEY_ATTR_IPV4;
		return GATE_EATTR;
	}
	if (net->frag != OVS_FRAG_TYPE_LATER && net->proto == DP_ICMPV6 && v6)
		err = read_nd(r, &val, &mask);
	if (err)
		return err;

	/* With later fragments among them, nothing is certain. */
	if (!s->known.key.ip_frag)
		return GATE_OK;
	if (s->val.key.ip_frag == FLOW_FRAG_LATER)
		memset(&mask, 0xff, sizeof(mask));
	else if (!known)
		return GATE_OK;
	region_put(r, OVS_KEY_ATTR_TCP, &val, &mask);
	return GATE_OK;
}

enum gate_err region_net(struct gate_region *r)
{
	const uint64_t masked = r->mask.seen & r->rest;
	enum gate_err err = GATE_OK;
	struct net net = { 0 };

	if (r->type_known) {
		r->state->val.key.eth_type = htons(r->eth_type);
		r->state->known.key.eth_type = htons(0xffff);
	} else if (masked) {
		r->bad = __builtin_ctzll(masked);
		return GATE_EATTR;
	}

	switch (r->eth_type) {
	case DP_IPV4:
		r->bad = OVS_KEY_ATTR_IPV4;
		err = read_ipv4(r, &net);
		break;
	case DP_IPV6:
		r->bad = OVS_KEY_ATTR_IPV6;
		err = read_ipv6(r, &net);
		break;
	case DP_ARP:
	case DP_RARP:
		r->bad = OVS_KEY_ATTR_ARP;
		err = read_arp(r);
		break;
	}
	if (err)
		return err;
	r->bad = -1;
	if (r->eth_type == DP_IPV4 || r->eth_type == DP_IPV6)
		err = read_transport(r, &net);
	if (err)
		return err;
	/* Whatever is left does not belong to these packets. */
	if (r->rest) {
		r->bad = __builtin_ctzll(r->rest);
		return GATE_EATTR;
	}
	return GATE_OK;
}
