// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Headers of a set of packets, and their rewriting. */
#include "walk.h"

static_assert(sizeof(union flow_words) == sizeof(struct flow_key),
	      "words cover the key");

void gate_state_set(struct gate_state *s, size_t offset, const uint8_t *value,
		    const uint8_t *mask, size_t len)
{
	uint8_t *val = (uint8_t *)&s->val.key + offset;
	uint8_t *known = (uint8_t *)&s->known.key + offset;

	while (len--) {
		*val = (*val & ~*mask) | (*value & *mask);
		*known |= *mask;
		val++;
		known++;
		value++;
		mask++;
	}
}

enum gate_err gate_state_push_vlan(struct gate_state *s, uint16_t tpid,
				   uint16_t tci)
{
	struct flow_vlan *val = s->val.key.vlan, *known = s->known.key.vlan;

	if (s->tags == FLOW_VLANS_MAX)
		return GATE_ETAGS;
	memmove(val + 1, val, s->tags * sizeof(*val));
	memmove(known + 1, known, s->tags * sizeof(*known));
	val->tpid = htons(tpid);
	val->tci = htons(tci);
	memset(known, 0xff, sizeof(*known));
	s->tags++;
	return GATE_OK;
}

/* Without a tag nothing happens, as in the kernel and in openvswitch. */
enum gate_err gate_state_pop_vlan(struct gate_state *s)
{
	struct flow_vlan *val = s->val.key.vlan, *known = s->known.key.vlan;

	if (!s->tags)
		return GATE_OK;
	s->tags--;
	memmove(val, val + 1, s->tags * sizeof(*val));
	memmove(known, known + 1, s->tags * sizeof(*known));
	memset(val + s->tags, 0, sizeof(*val));
	memset(known + s->tags, 0xff, sizeof(*known));
	if (s->hidden > s->tags)
		s->hidden = s->tags;
	return GATE_OK;
}

/* Behind the first hidden tag there is nothing that OpenFlow knows. */
static void state_hide_tags(struct gate_state *s)
{
	const unsigned int seen = s->tags - s->hidden;
	const size_t behind = offsetof(struct flow_key, eth_type);
	const struct flow_vlan tag = s->val.key.vlan[seen];
	const struct flow_vlan known = s->known.key.vlan[seen];

	memset((uint8_t *)&s->val.key + behind, 0,
	       sizeof(struct flow_key) - behind);
	memset((uint8_t *)&s->known.key + behind, 0xff,
	       sizeof(struct flow_key) - behind);
	memset(s->val.key.vlan + seen, 0,
	       (FLOW_VLANS_MAX - seen) * sizeof(struct flow_vlan));
	memset(s->known.key.vlan + seen, 0xff,
	       (FLOW_VLANS_MAX - seen) * sizeof(struct flow_vlan));
	s->val.key.eth_type = tag.tpid;
	s->known.key.eth_type = known.tpid;
	s->tags = seen;
	s->hidden = 0;
}

/* @known: zero they are; or some packets are fragments and others are not. */
static void state_hide_ports(struct gate_state *s, uint8_t known)
{
	s->val.key.tp_src = 0;
	s->val.key.tp_dst = 0;
	memset(&s->known.key.tp_src, known, sizeof(s->known.key.tp_src));
	memset(&s->known.key.tp_dst, known, sizeof(s->known.key.tp_dst));
}

void gate_state_view(struct gate_state *out, const struct gate_state *in)
{
	*out = *in;
	if (out->hidden)
		state_hide_tags(out);
	if (out->val.key.ip_frag || !(out->known.key.ip_frag & FLOW_FRAG_FIRST))
		state_hide_ports(out, out->val.key.ip_frag ? 0xff : 0);
}

/*
 * Linux 6.1, net/openvswitch/flow_netlink.c, validate_set(): there is no set
 * action for ARP, ICMP and ND.  openvswitch sends such packets through user
 * space (commit_set_arp_action() and its like: SLOW_ACTION).
 */
bool gate_field_slow(enum flow_field f)
{
	switch (f) {
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
	case FLOW_ARP_OP:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
	case FLOW_ARP_SHA:
	case FLOW_ARP_THA:
	case FLOW_ND_TARGET:
	case FLOW_ND_SLL:
	case FLOW_ND_TLL:
		return true;
	default:
		return false;
	}
}
