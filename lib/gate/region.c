// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * A flow's key and mask as a set of packets, with the meaning that
 * ovs_nla_get_match() of openvswitch gives them.  A whitelist: what is not here
 * is refused.  Owns metadata, Ethernet and VLAN tags; behind these is net.c.
 *
 * Rules of ovs_nla_get_match() that are easily overlooked:
 * - In a mask an attribute of all zeros is as good as absent, and what is
 *   absent is not compared; but a mask of the input port or the Ethernet type
 *   that is not zero is exact, and tag control information without ENCAP in the
 *   mask is exact too.
 * - With no mask at all everything that is in the key is exact: but a key
 *   without ETHERTYPE leaves the type open.
 * - ENCAP is flattened.  Here each level may have only what belongs there.
 */
#include "net.h"
#include "part.h"

#define BIT_OF(type) (1ULL << OVS_KEY_ATTR_##type)

/* The kernel's own packets may come with the state of their connection. */
#define CONNTRACK (BIT_OF(CT_STATE) | BIT_OF(CT_ZONE) | BIT_OF(CT_MARK) |	\
		   BIT_OF(CT_LABELS) | BIT_OF(CT_ORIG_TUPLE_IPV4) |		\
		   BIT_OF(CT_ORIG_TUPLE_IPV6))

/* Only outside of ENCAP */
#define METADATA (BIT_OF(PRIORITY) | BIT_OF(SKB_MARK) | BIT_OF(DP_HASH) |	\
		  BIT_OF(RECIRC_ID) | BIT_OF(IN_PORT) | CONNTRACK)
#define OUTER (METADATA | BIT_OF(ETHERNET) | BIT_OF(TUNNEL))
#define LINK (BIT_OF(ETHERTYPE) | BIT_OF(VLAN) | BIT_OF(ENCAP))

enum { NESTED = 0xff };

/* Bytes of each supported attribute; 0: not supported */
static const uint8_t key_len[GATE_ATTR_NR] = {
	[OVS_KEY_ATTR_ENCAP] = NESTED,
	[OVS_KEY_ATTR_PRIORITY] = 4,
	[OVS_KEY_ATTR_IN_PORT] = 4,
	[OVS_KEY_ATTR_ETHERNET] = sizeof(struct ovs_key_ethernet),
	[OVS_KEY_ATTR_VLAN] = 2,
	[OVS_KEY_ATTR_ETHERTYPE] = 2,
	[OVS_KEY_ATTR_IPV4] = sizeof(struct ovs_key_ipv4),
	[OVS_KEY_ATTR_IPV6] = sizeof(struct ovs_key_ipv6),
	[OVS_KEY_ATTR_TCP] = sizeof(struct ovs_key_tcp),
	[OVS_KEY_ATTR_UDP] = sizeof(struct ovs_key_udp),
	[OVS_KEY_ATTR_ICMP] = sizeof(struct ovs_key_icmp),
	[OVS_KEY_ATTR_ICMPV6] = sizeof(struct ovs_key_icmpv6),
	[OVS_KEY_ATTR_ARP] = sizeof(struct ovs_key_arp),
	[OVS_KEY_ATTR_ND] = sizeof(struct ovs_key_nd),
	[OVS_KEY_ATTR_SKB_MARK] = 4,
	[OVS_KEY_ATTR_TUNNEL] = NESTED,
	[OVS_KEY_ATTR_SCTP] = sizeof(struct ovs_key_sctp),
	[OVS_KEY_ATTR_TCP_FLAGS] = 2,
	[OVS_KEY_ATTR_DP_HASH] = 4,
	[OVS_KEY_ATTR_RECIRC_ID] = 4,
	[OVS_KEY_ATTR_CT_STATE] = 4,
	[OVS_KEY_ATTR_CT_ZONE] = 2,
	[OVS_KEY_ATTR_CT_MARK] = 4,
	[OVS_KEY_ATTR_CT_LABELS] = sizeof(struct ovs_key_ct_labels),
	[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4] = sizeof(struct ovs_key_ct_tuple_ipv4),
	[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6] = sizeof(struct ovs_key_ct_tuple_ipv6),
	[OVS_KEY_ATTR_IPV6_EXTHDRS] = 2,
};

/* Known and supported, of the right length, and in its place */
static enum gate_err check_attrs(struct gate_region *r,
				 const struct gate_attr_set *set, bool outer)
{
	unsigned int type;

	for (type = 0; type < GATE_ATTR_NR; type++) {
		if (!gate_attr_has(set, type))
			continue;
		r->bad = (int)type;
		if (!key_len[type])
			return GATE_EATTRKEY;
		if (key_len[type] != NESTED &&
		    key_len[type] != set->attr[type].len)
			return GATE_EATTR;
		if (!outer && OUTER >> type & 1)
			return GATE_EATTR;
	}
	r->bad = -1;
	return GATE_OK;
}

/*
 * User space always has TUNNEL in masks, with a TTL of zero: the key has none,
 * so openvswitch compares that there is no tunnel.  Anything else is refused.
 */
static enum gate_err check_tunnel(struct gate_region *r)
{
	const struct gate_attr *tunnel = &r->mask.attr[OVS_KEY_ATTR_TUNNEL];
	struct gate_attr_iter it = { .at = tunnel->data, .left = tunnel->len };
	struct gate_attr a;
	int rc;

	r->bad = OVS_KEY_ATTR_TUNNEL;
	while ((rc = gate_attr_next(&it, &a)) > 0)
		if (a.type != OVS_TUNNEL_KEY_ATTR_TTL || a.len != 1 ||
		    a.data[0])
			return GATE_EATTRKEY;
	if (rc)
		return GATE_EATTR;
	r->mask.seen &= ~BIT_OF(TUNNEL);
	r->bad = -1;
	return GATE_OK;
}

/* One level of nesting of key and mask */
static enum gate_err read_level(struct gate_region *r, const void *key,
				size_t key_bytes, const void *mask,
				size_t mask_bytes, bool outer)
{
	uint64_t extra;
	unsigned int type;
	enum gate_err err;

	err = gate_attr_set_read(&r->key, key, key_bytes, &r->bad);
	if (!err)
		err = check_attrs(r, &r->key, outer);
	if (err)
		return err;
	if (gate_attr_has(&r->key, OVS_KEY_ATTR_TUNNEL)) {
		r->bad = OVS_KEY_ATTR_TUNNEL;
		return GATE_EATTRKEY;
	}
	r->mask.seen = 0;
	if (r->exact)
		return GATE_OK;

	err = gate_attr_set_read(&r->mask, mask, mask_bytes, &r->bad);
	if (!err)
		err = check_attrs(r, &r->mask, outer);
	if (!err && gate_attr_has(&r->mask, OVS_KEY_ATTR_TUNNEL))
		err = check_tunnel(r);
	if (err)
		return err;
	/* parse_flow_mask_nlattrs(): zeros are as good as nothing */
	for (type = 0; type < GATE_ATTR_NR; type++)
		if (gate_attr_has(&r->mask, type) &&
		    gate_attr_is_zero(&r->mask.attr[type]))
			r->mask.seen &= ~(1ULL << type);
	/* match_validate(): nothing is masked that is not there */
	extra = r->mask.seen & ~(r->key.seen | BIT_OF(ETHERTYPE));
	if (extra) {
		r->bad = __builtin_ctzll(extra);
		return GATE_EATTR;
	}
	return GATE_OK;
}

bool region_take(struct gate_region *r, unsigned int type, void *val,
		 void *mask, size_t len)
{
	uint8_t *v = val, *m = mask;
	size_t i;

	r->rest &= ~(1ULL << type);
	if (!gate_attr_has(&r->key, type))
		return false;
	memcpy(val, r->key.attr[type].data, len);
	if (r->exact)
		memset(mask, 0xff, len);
	else if (gate_attr_has(&r->mask, type))
		memcpy(mask, r->mask.attr[type].data, len);
	else
		memset(mask, 0, len);
	for (i = 0; i < len; i++)
		v[i] &= m[i];
	return true;
}

void region_put(struct gate_region *r, unsigned int type, const void *val,
		const void *mask)
{
	const struct gate_part *part;
	unsigned int nr;

	for (part = gate_parts(type, &nr); nr--; part++) {
		memcpy((uint8_t *)&r->state->val + part->to,
		       (const uint8_t *)val + part->from, part->len);
		memcpy((uint8_t *)&r->state->known + part->to,
		       (const uint8_t *)mask + part->from, part->len);
	}
}

/* Is any bit of an attribute compared? */
static bool compared(const struct gate_region *r, unsigned int type)
{
	return gate_attr_has(&r->key, type) &&
	       (r->exact || gate_attr_has(&r->mask, type));
}

static enum gate_err region_error(struct gate_region *r, enum gate_err err,
				  int bad)
{
	r->bad = bad;
	return err;
}

/*
 * skb->priority and skb->mark are nothing that rules know: comparing them takes
 * packets out of the region, which is sound.  Hashes and connection tracking
 * have no place in a datapath where nothing is recirculated.
 */
static enum gate_err read_metadata(struct gate_region *r, uint32_t in_port)
{
	static const uint8_t refused[] = {
		OVS_KEY_ATTR_DP_HASH, OVS_KEY_ATTR_CT_STATE,
		OVS_KEY_ATTR_CT_ZONE, OVS_KEY_ATTR_CT_MARK,
		OVS_KEY_ATTR_CT_LABELS, OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4,
		OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6,
	};
	struct gate_state *s = r->state;
	uint32_t val, mask;
	unsigned int i;

	if (gate_attr_has(&r->key, OVS_KEY_ATTR_RECIRC_ID) &&
	    (gate_attr_u32(&r->key.attr[OVS_KEY_ATTR_RECIRC_ID]) ||
	     !region_take(r, OVS_KEY_ATTR_RECIRC_ID, &val, &mask, 4) ||
	     mask != UINT32_MAX))
		return region_error(r, GATE_ERECIRC, OVS_KEY_ATTR_RECIRC_ID);
	for (i = 0; i < sizeof(refused); i++)
		if (compared(r, refused[i]))
			return region_error(r, GATE_EATTRKEY, refused[i]);

	if (!region_take(r, OVS_KEY_ATTR_IN_PORT, &val, &mask, 4) ||
	    mask != UINT32_MAX || val >= DP_PORTS_MAX)
		return region_error(r, GATE_EINPORT, OVS_KEY_ATTR_IN_PORT);
	s->val.key.in_port = htonl(in_port);
	s->known.key.in_port = htonl(UINT32_MAX);
	memset(&s->known.key.metadata, 0xff, sizeof(s->known.key.metadata));
	r->rest &= ~METADATA;
	return GATE_OK;
}

static enum gate_err read_ethernet(struct gate_region *r)
{
	struct ovs_key_ethernet val, mask;

	/* Without it, the key is one of packets without Ethernet header. */
	if (!region_take(r, OVS_KEY_ATTR_ETHERNET, &val, &mask, sizeof(val)))
		return region_error(r, GATE_EATTR, OVS_KEY_ATTR_ETHERNET);
	region_put(r, OVS_KEY_ATTR_ETHERNET, &val, &mask);
	return GATE_OK;
}

/* The key's Ethernet type at this level; DP_TYPE_MIN - 1: none, 802.2 */
static enum gate_err read_type(struct gate_region *r)
{
	const struct gate_attr *a = &r->key.attr[OVS_KEY_ATTR_ETHERTYPE];

	r->eth_type = DP_TYPE_MIN - 1;
	r->type_known = gate_attr_has(&r->mask, OVS_KEY_ATTR_ETHERTYPE);
	if (!gate_attr_has(&r->key, OVS_KEY_ATTR_ETHERTYPE))
		return GATE_OK;
	r->type_known |= r->exact;
	r->eth_type = (uint16_t)(a->data[0] << 8 | a->data[1]);
	if (r->eth_type < DP_TYPE_MIN)
		return region_error(r, GATE_EATTR, OVS_KEY_ATTR_ETHERTYPE);
	return GATE_OK;
}

/*
 * A tag whose mask is given.  validate_vlan_mask_from_nlattrs() wants the type
 * exact, and the bit that stands for the tag's presence.  A mask of zeros is not
 * what it seems: openvswitch then takes bits of the key for the mask.  All that
 * is certain is the presence of the tag, and so only that is known.
 */
static enum gate_err read_masked_tag(struct gate_region *r, __be16 *tci_mask)
{
	__be16 tpid_mask = 0;

	if (gate_attr_has(&r->mask, OVS_KEY_ATTR_ETHERTYPE))
		memcpy(&tpid_mask, r->mask.attr[OVS_KEY_ATTR_ETHERTYPE].data, 2);
	if (tpid_mask != htons(0xffff))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_ETHERTYPE);
	*tci_mask = htons(FLOW_VLAN_PRESENT);
	if (gate_attr_has(&r->mask, OVS_KEY_ATTR_VLAN))
		memcpy(tci_mask, r->mask.attr[OVS_KEY_ATTR_VLAN].data, 2);
	if (!(*tci_mask & htons(FLOW_VLAN_PRESENT)))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_VLAN);
	return GATE_OK;
}

/*
 * A tag whose mask has no ENCAP.  User space makes such masks for tags beyond
 * its vlan-limit: it means the tag's type by ETHERTYPE, where openvswitch reads
 * the type behind the tags.  openvswitch compares the tag control information,
 * of this tag and the next, and not the tag's type: which is one of two.
 */
static enum gate_err read_unmasked_tag(struct gate_region *r,
				       unsigned int level, __be16 *tpid_mask,
				       __be16 *tci_mask)
{
	if (level < r->vlan_limit)
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_ENCAP);
	if (gate_attr_has(&r->mask, OVS_KEY_ATTR_VLAN))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_VLAN);
	if (!r->opaque)
		r->opaque_type = gate_attr_has(&r->mask,
					       OVS_KEY_ATTR_ETHERTYPE);
	r->opaque = true;
	/* What the two types have in common */
	*tpid_mask = htons((uint16_t)~(DP_VLAN ^ DP_QINQ));
	*tci_mask = htons(0xffff);
	return GATE_OK;
}

/* The tag of this level into the state; GATE_OK: ENCAP is to be read next. */
static enum gate_err read_tag(struct gate_region *r, unsigned int level)
{
	const uint64_t attrs = LINK | (level ? 0 : OUTER);
	struct flow_vlan val, mask = { .tpid = htons(0xffff),
				       .tci = htons(0xffff) };
	enum gate_err err = GATE_OK;

	if (!gate_attr_has(&r->key, OVS_KEY_ATTR_VLAN) ||
	    !gate_attr_has(&r->key, OVS_KEY_ATTR_ENCAP))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_VLAN);
	if (r->key.seen & ~attrs)
		return region_error(r, GATE_EATTR,
				    __builtin_ctzll(r->key.seen & ~attrs));
	memcpy(&val.tci, r->key.attr[OVS_KEY_ATTR_VLAN].data, 2);
	val.tpid = htons(r->eth_type);
	if (!(val.tci & htons(FLOW_VLAN_PRESENT)))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_VLAN);
	/* Of an empty ENCAP no exact mask can be made. */
	if (r->exact && !r->key.attr[OVS_KEY_ATTR_ENCAP].len)
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_ENCAP);
	if (!r->exact) {
		if (!r->opaque && gate_attr_has(&r->mask, OVS_KEY_ATTR_ENCAP))
			err = read_masked_tag(r, &mask.tci);
		else
			err = read_unmasked_tag(r, level, &mask.tpid,
						&mask.tci);
	}
	if (err)
		return err;
	val.tpid &= mask.tpid;
	val.tci &= mask.tci;
	r->state->val.key.vlan[level] = val;
	r->state->known.key.vlan[level] = mask;
	r->state->tags++;
	return GATE_OK;
}

/* Levels of nesting until one without a tag, which is left in key and mask */
static enum gate_err read_link(struct gate_region *r,
			       const struct gate_flow *flow, uint32_t in_port)
{
	const void *key = flow->key, *mask = flow->mask;
	size_t key_bytes = flow->key_len, mask_bytes = flow->mask_len;
	unsigned int level;
	enum gate_err err;

	for (level = 0;; level++) {
		err = read_level(r, key, key_bytes, mask, mask_bytes, !level);
		if (err)
			return err;
		r->rest = r->key.seen;
		if (!level)
			err = read_metadata(r, in_port);
		if (!err && !level)
			err = read_ethernet(r);
		if (!err)
			err = read_type(r);
		if (err)
			return err;
		if (level == FLOW_VLANS_MAX || !dp_is_vlan(r->eth_type))
			break;
		err = read_tag(r, level);
		if (err)
			return err;
		key = r->key.attr[OVS_KEY_ATTR_ENCAP].data;
		key_bytes = r->key.attr[OVS_KEY_ATTR_ENCAP].len;
		mask = NULL;
		mask_bytes = 0;
		if (!r->opaque && !r->exact) {
			mask = r->mask.attr[OVS_KEY_ATTR_ENCAP].data;
			mask_bytes = r->mask.attr[OVS_KEY_ATTR_ENCAP].len;
		}
	}
	if (r->key.seen & (BIT_OF(VLAN) | BIT_OF(ENCAP)))
		return region_error(r, GATE_ETAGS, OVS_KEY_ATTR_VLAN);
	if (r->opaque)
		r->type_known = r->opaque_type;
	r->rest &= ~LINK;
	return GATE_OK;
}

enum gate_err gate_region(struct gate_region *r, const struct gate_flow *flow,
			  uint32_t in_port, uint8_t vlan_limit,
			  struct gate_state *state)
{
	enum gate_err err;

	memset(state, 0, sizeof(*state));
	/* Tags that are not there are known not to be. */
	memset(state->known.key.vlan, 0xff, sizeof(state->known.key.vlan));
	r->state = state;
	r->exact = !flow->has_mask;
	r->opaque = false;
	r->vlan_limit = vlan_limit;
	r->bad = -1;
	err = read_link(r, flow, in_port);
	if (!err)
		err = region_net(r);
	if (err)
		return err;
	if (state->tags > vlan_limit)
		state->hidden = state->tags - vlan_limit;
	return GATE_OK;
}

enum gate_err gate_metadata(struct gate_region *r, const struct gate_flow *flow)
{
	/*
	 * The class for queueing is the sender's own business, and the state
	 * of a connection concerns actions alone that are refused.
	 */
	const uint64_t any = BIT_OF(IN_PORT) | BIT_OF(PRIORITY) | CONNTRACK;
	unsigned int type;
	enum gate_err err;

	r->bad = -1;
	err = gate_attr_set_read(&r->key, flow->key, flow->key_len, &r->bad);
	if (!err)
		err = check_attrs(r, &r->key, true);
	if (err)
		return err;
	for (type = 0; type < GATE_ATTR_NR; type++) {
		if (!gate_attr_has(&r->key, type) || any >> type & 1)
			continue;
		if (!(METADATA >> type & 1))
			return region_error(r, GATE_EATTRKEY, (int)type);
		if (!gate_attr_is_zero(&r->key.attr[type]))
			return region_error(r, type == OVS_KEY_ATTR_RECIRC_ID ?
					    GATE_ERECIRC : GATE_EATTRKEY,
					    (int)type);
	}
	return GATE_OK;
}
