// SPDX-License-Identifier: GPL-2.0
/*
 * Datapath flows: which packets the kernel matches, from the attributes.
 * After Linux 6.1, net/openvswitch/flow_netlink.c, ovs_nla_get_match().
 */
#include <linux/netlink.h>

#include "brute.h"

enum { KEY_MAX = OVS_KEY_ATTR_IPV6_EXTHDRS };

/* The attributes seen last; like the kernel's, never cleared in between. */
struct seen {
	const uint8_t *at[KEY_MAX + 1];
	size_t len[KEY_MAX + 1];
	uint64_t bits;
};

#define BIT(type) (1ull << OVS_KEY_ATTR_##type)

static int key_len(unsigned int type)
{
	switch (type) {
	case OVS_KEY_ATTR_ENCAP: return -1;
	case OVS_KEY_ATTR_PRIORITY:
	case OVS_KEY_ATTR_IN_PORT:
	case OVS_KEY_ATTR_SKB_MARK:
	case OVS_KEY_ATTR_RECIRC_ID:
	case OVS_KEY_ATTR_DP_HASH:
	case OVS_KEY_ATTR_CT_STATE:
	case OVS_KEY_ATTR_CT_MARK: return 4;
	case OVS_KEY_ATTR_VLAN:
	case OVS_KEY_ATTR_ETHERTYPE:
	case OVS_KEY_ATTR_TCP_FLAGS:
	case OVS_KEY_ATTR_CT_ZONE:
	case OVS_KEY_ATTR_IPV6_EXTHDRS:
	case OVS_KEY_ATTR_ICMP:
	case OVS_KEY_ATTR_ICMPV6: return 2;
	case OVS_KEY_ATTR_ETHERNET:
	case OVS_KEY_ATTR_IPV4: return 12;
	case OVS_KEY_ATTR_IPV6: return 40;
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP: return 4;
	case OVS_KEY_ATTR_ARP: return 24;
	case OVS_KEY_ATTR_ND: return 28;
	case OVS_KEY_ATTR_CT_LABELS: return 16;
	case OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4: return 16;
	case OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6: return 40;
	}
	return -2;			/* tunnels, MPLS, NSH: outside of this model */
}

/* __parse_flow_nlattrs() */
static bool parse(struct seen *s, const uint8_t *at, size_t len, bool nonzero)
{
	struct nlattr a;
	size_t n, i;
	int want;

	while (len >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			break;
		a.nla_type &= NLA_TYPE_MASK;
		n = a.nla_len - sizeof(a);
		want = a.nla_type <= KEY_MAX ? key_len(a.nla_type) : -2;
		if (want == -2 || (want >= 0 && n != (size_t)want) ||
		    s->bits >> a.nla_type & 1)
			return false;
		for (i = 0; i < n && !at[sizeof(a) + i]; i++)
			;
		if (!nonzero || i < n) {
			s->bits |= 1ull << a.nla_type;
			s->at[a.nla_type] = at + sizeof(a);
			s->len[a.nla_type] = n;
		}
		n = NLA_ALIGN(a.nla_len);
		n = n < len ? n : len;
		at += n;
		len -= n;
	}
	return !len;
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)	/* host order */
{
	uint32_t v;

	memcpy(&v, at, 4);
	return v;
}

static uint16_t stale16(const struct seen *s, unsigned int type)
{
	return s->at[type] ? get16(s->at[type]) : 0;
}

static bool is_vlan(uint16_t type)
{
	return type == ETH_VLAN || type == ETH_QINQ;
}

/*
 * __parse_vlan_from_nlattrs(): one tag of the key.  Returns 1 if there is one, 0
 * if not, -1 if it is malformed.
 */
static int parse_tag(struct seen *s, struct brute_key *k, unsigned int i)
{
	if (!(s->bits & BIT(ETHERNET)) && !i)
		return 0;
	if (!(s->bits & BIT(ETHERTYPE)) ||
	    !is_vlan(get16(s->at[OVS_KEY_ATTR_ETHERTYPE])))
		return 0;
	if (!(s->bits & BIT(VLAN)) || !(s->bits & BIT(ENCAP)))
		return -1;
	k->tpid[i] = get16(s->at[OVS_KEY_ATTR_ETHERTYPE]);
	k->tci[i] = get16(s->at[OVS_KEY_ATTR_VLAN]);
	if (!(k->tci[i] & TCI_PRESENT) &&
	    (k->tci[i] || s->len[OVS_KEY_ATTR_ENCAP]))
		return -1;
	s->bits &= ~(BIT(VLAN) | BIT(ENCAP) | BIT(ETHERTYPE));
	return parse(s, s->at[OVS_KEY_ATTR_ENCAP],
		     s->len[OVS_KEY_ATTR_ENCAP], false) ? 1 : -1;
}

static int parse_tag_mask(struct seen *s, const struct brute_key *key,
			  struct brute_key *mask, unsigned int i)
{
	uint16_t tci, tpid;

	if (!(s->bits & BIT(ENCAP)))
		return 0;
	if (!(key->tci[i] & TCI_PRESENT))
		return -1;
	/* Where the mask has none, or zeros, these are those of the key. */
	tci = stale16(s, OVS_KEY_ATTR_VLAN);
	tpid = stale16(s, OVS_KEY_ATTR_ETHERTYPE);
	if (tpid != 0xffff || !(tci & TCI_PRESENT))
		return -1;
	mask->tpid[i] = tpid;
	mask->tci[i] = tci;
	s->bits &= ~(BIT(VLAN) | BIT(ENCAP) | BIT(ETHERTYPE));
	return parse(s, s->at[OVS_KEY_ATTR_ENCAP],
		     s->len[OVS_KEY_ATTR_ENCAP], true) ? 1 : -1;
}

/* ovs_key_from_nlattrs(), for the key and for the mask */
static bool fill(const struct seen *s, struct brute_key *k, bool is_mask)
{
	uint64_t bits = s->bits;
	const uint8_t *a;

#define HAVE(type)							\
	((bits & BIT(type)) &&						\
	 (bits &= ~BIT(type), a = s->at[OVS_KEY_ATTR_##type], true))
	if (HAVE(DP_HASH))
		k->hash = get32(a);
	if (HAVE(RECIRC_ID))
		k->recirc = get32(a);
	if (HAVE(PRIORITY))
		k->priority = get32(a);
	if (HAVE(IN_PORT)) {
		k->in_port = is_mask ? 0xffffffff : get32(a);
		if (!is_mask && k->in_port >= 65536)
			return false;
	} else if (!is_mask) {
		k->in_port = 65536;
	}
	if (HAVE(SKB_MARK))
		k->mark = get32(a);
	if (HAVE(CT_STATE)) {
		k->ct_state = get32(a);
		if (k->ct_state & ~0xffu)
			return false;
	}
	if (HAVE(CT_ZONE))
		memcpy(&k->ct_zone, a, 2);
	if (HAVE(CT_MARK))
		k->ct_mark = get32(a);
	if (HAVE(CT_LABELS))
		memcpy(k->ct_labels, a, 16);
	if (HAVE(CT_ORIG_TUPLE_IPV4))
		memcpy(k->ct_orig, a, 16);
	if (HAVE(CT_ORIG_TUPLE_IPV6))
		memcpy(k->ct_orig, a, 40);
	k->mac_proto = is_mask ? 0xff :
		       (bits & BIT(ETHERNET)) || !(bits & BIT(ETHERTYPE)) ? 0 : 1;
	if (!(bits & BIT(ETHERNET)) && HAVE(ETHERTYPE)) {
		k->type = is_mask ? 0xffff : get16(a);
		if (k->type < 0x600)
			return false;
	}
	if (HAVE(ETHERNET)) {
		memcpy(k->eth_src, a, 6);
		memcpy(k->eth_dst, a + 6, 6);
		if (bits & BIT(VLAN))
			return false;
		if (HAVE(ETHERTYPE)) {
			k->type = is_mask ? 0xffff : get16(a);
			if (k->type < 0x600)
				return false;
		} else if (!is_mask) {
			k->type = ETH_NONE;
		}
	} else if (!is_mask && !k->type) {
		return false;
	}
	if (HAVE(IPV4)) {
		if (!is_mask && a[11] > FRAG_LATER)
			return false;
		memcpy(k->src, a, 4);
		memcpy(k->dst, a + 4, 4);
		k->proto = a[8];
		k->tos = a[9];
		k->ttl = a[10];
		k->frag = a[11];
	}
	if (HAVE(IPV6)) {
		if (!is_mask && (a[39] > FRAG_LATER || a[32] ||
				 (a[33] & 0xf0)))
			return false;
		memcpy(k->src, a, 16);
		memcpy(k->dst, a + 16, 16);
		k->flabel = (uint32_t)get16(a + 32) << 16 | get16(a + 34);
		k->proto = a[36];
		k->tos = a[37];
		k->ttl = a[38];
		k->frag = a[39];
	}
	if (HAVE(IPV6_EXTHDRS))
		memcpy(&k->exthdrs, a, 2);
	if (HAVE(ARP)) {
		if (!is_mask && a[8])
			return false;
		memcpy(k->src, a, 4);
		memcpy(k->dst, a + 4, 4);
		k->proto = a[9];
		memcpy(k->sha, a + 10, 6);
		memcpy(k->tha, a + 16, 6);
	}
	if (HAVE(TCP) || HAVE(UDP) || HAVE(SCTP)) {
		k->tp_src = get16(a);
		k->tp_dst = get16(a + 2);
	}
	if (HAVE(TCP_FLAGS))
		k->tcp_flags = get16(a);
	if (HAVE(ICMP) || HAVE(ICMPV6)) {
		k->tp_src = a[0];
		k->tp_dst = a[1];
	}
	if (HAVE(ND)) {
		memcpy(k->target, a, 16);
		memcpy(k->sll, a + 16, 6);
		memcpy(k->tll, a + 22, 6);
	}
#undef HAVE
	return !bits;
}

/* match_validate() */
static bool validate(const struct brute_flow *f, uint64_t key, uint64_t mask)
{
	const struct brute_key *k = &f->key, *m = &f->mask;
	uint64_t expected = 0, l3 = 0, l4 = 0;
	uint64_t allowed = key & ~(BIT(IPV4) | BIT(CT_ORIG_TUPLE_IPV4) |
		BIT(IPV6) | BIT(CT_ORIG_TUPLE_IPV6) | BIT(TCP) |
		BIT(TCP_FLAGS) | BIT(UDP) | BIT(SCTP) | BIT(ICMP) |
		BIT(ICMPV6) | BIT(ARP) | BIT(ND));
	bool ip = k->type == ETH_IP || k->type == ETH_IPV6;

	allowed |= BIT(IN_PORT) | BIT(ETHERTYPE);
	if (k->type == ETH_ARP || k->type == ETH_RARP)
		l3 = BIT(ARP);
	if (k->type == ETH_IP)
		l3 = BIT(IPV4);
	if (k->type == ETH_IPV6)
		l3 = BIT(IPV6);
	if (ip && k->frag != FRAG_LATER) {
		if (k->proto == IP_UDP)
			l4 = BIT(UDP);
		if (k->proto == IP_SCTP)
			l4 = BIT(SCTP);
		if (k->proto == IP_TCP)
			l4 = BIT(TCP) | BIT(TCP_FLAGS);
		if (k->type == ETH_IP && k->proto == IP_ICMP)
			l4 = BIT(ICMP);
		if (k->type == ETH_IPV6 && k->proto == IP_ICMPV6)
			l4 = BIT(ICMPV6);
	}
	expected = l3 | l4;
	if (m->type == 0xffff)
		allowed |= l3 | (l3 == BIT(IPV4) ? BIT(CT_ORIG_TUPLE_IPV4) : 0) |
			   (l3 == BIT(IPV6) ? BIT(CT_ORIG_TUPLE_IPV6) : 0);
	if (m->proto == 0xff)
		allowed |= l4;
	if (l4 == BIT(ICMPV6) && (k->tp_src == 135 || k->tp_src == 136)) {
		expected |= BIT(ND);
		allowed &= ~BIT(CT_ORIG_TUPLE_IPV6);
		if (m->tp_src == 0xff)
			allowed |= BIT(ND);
	}
	return (key & expected) == expected && (mask & allowed) == mask;
}

/* Without a mask, all there is in the key is exact: mask_set_nlattr(). */
static void all_ones(uint8_t *at, size_t len)
{
	struct nlattr a;

	while (len >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			return;
		if ((a.nla_type & NLA_TYPE_MASK) == OVS_KEY_ATTR_ENCAP)
			all_ones(at + sizeof(a), a.nla_len - sizeof(a));
		else
			memset(at + sizeof(a), 255, a.nla_len - sizeof(a));
		if ((a.nla_type & NLA_TYPE_MASK) == OVS_KEY_ATTR_CT_STATE)
			memset(at + sizeof(a) + 1, 0, 3);
		if ((size_t)NLA_ALIGN(a.nla_len) >= len)
			return;
		at += NLA_ALIGN(a.nla_len);
		len -= NLA_ALIGN(a.nla_len);
	}
}

bool brute_flow_decode(struct brute_flow *f, const struct gate_flow *attrs)
{
	uint8_t copy[BRUTE_ATTRS];
	const uint8_t *mask = attrs->mask;
	size_t mask_len = attrs->mask_len;
	uint64_t key_bits;
	struct seen s;
	int err;

	memset(f, 0, sizeof(*f));
	memset(&s, 0, sizeof(s));
	if (!parse(&s, attrs->key, attrs->key_len, false))
		return false;
	err = parse_tag(&s, &f->key, 0);
	if (err > 0 && (f->key.tci[0] & TCI_PRESENT))
		err = parse_tag(&s, &f->key, 1);
	if (err < 0 || !fill(&s, &f->key, false))
		return false;
	key_bits = s.bits;
	if (!attrs->has_mask) {
		if (attrs->key_len > sizeof(copy))
			return false;
		memcpy(copy, attrs->key, attrs->key_len);
		all_ones(copy, attrs->key_len);
		mask = copy;
		mask_len = attrs->key_len;
	}
	s.bits = 0;
	if (!parse(&s, mask, mask_len, true))
		return false;
	f->mask.tci[0] = f->mask.tci[1] = 0xffff;
	err = parse_tag_mask(&s, &f->key, &f->mask, 0);
	if (err >= 0 && (f->key.tci[0] & TCI_PRESENT))
		err = parse_tag_mask(&s, &f->key, &f->mask, 1);
	if (err < 0 || !fill(&s, &f->mask, true))
		return false;
	return validate(f, key_bits, s.bits);
}

bool brute_flow_matches(const struct brute_flow *f, const struct brute_pkt *pkt)
{
	const uint8_t *key = (const uint8_t *)&f->key;
	const uint8_t *mask = (const uint8_t *)&f->mask;
	struct brute_key k;
	size_t i;

	brute_pkt_key(&k, pkt);
	for (i = 0; i < sizeof(k); i++)
		if ((((const uint8_t *)&k)[i] ^ key[i]) & mask[i])
			return false;
	return true;
}
