// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * OpenFlow actions, as openvswitch 3.1 performs them
 * (ofproto/ofproto-dpif-xlate.c, do_xlate_actions()).
 *
 * Where an action needs to know something about the packets that their set does
 * not fix, the answer is GATE_EINAPPLICABLE, never a guess.
 */
#include "run.h"

enum {
	ETH_IPV4 = 0x0800,
	ETH_ARP = 0x0806,
	ETH_RARP = 0x8035,
	ETH_VLAN = 0x8100,
	ETH_IPV6 = 0x86dd,
	IP_ICMP = 1,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_ICMPV6 = 58,
	IP_SCTP = 132,
	ICMPV6_SOLICIT = 135,
	ICMPV6_ADVERT = 136,
	FRAG_LATER_BIT = FLOW_FRAG_LATER & ~FLOW_FRAG_FIRST,
};

/* Is it so for all packets, for none, or not known?  "And" is the minimum. */
enum truth { NO, MAYBE, YES };

static enum truth both(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
	return a > b ? a : b;
}

static enum truth is_byte(uint8_t val, uint8_t known, uint8_t want)
{
	if ((val ^ want) & known)
		return NO;
	return known == 0xff ? YES : MAYBE;
}

static enum truth is_be16(__be16 val, __be16 known, uint16_t want)
{
	if ((ntohs(val) ^ want) & ntohs(known))
		return NO;
	return ntohs(known) == 0xffff ? YES : MAYBE;
}

static enum truth is_type(const struct gate_state *s, uint16_t type)
{
	if (s->hidden)
		return NO;
	return is_be16(s->val.key.eth_type, s->known.key.eth_type, type);
}

static enum truth is_ip(const struct gate_state *s)
{
	return either(is_type(s, ETH_IPV4), is_type(s, ETH_IPV6));
}

static enum truth is_proto(const struct gate_state *s, uint8_t proto)
{
	return is_byte(s->val.key.ip_proto, s->known.key.ip_proto, proto);
}

/* Is the transport header there, that is, no fragment but the first? */
static enum truth has_ports(const struct gate_state *s)
{
	if (s->val.key.ip_frag & FRAG_LATER_BIT)
		return NO;
	return s->known.key.ip_frag & FRAG_LATER_BIT ? YES : MAYBE;
}

static enum truth is_transport(const struct gate_state *s, uint8_t proto)
{
	return both(both(is_ip(s), is_proto(s, proto)), has_ports(s));
}

/*
 * openvswitch's is_icmpv4() does not ask for the fragment; then user space
 * would write into the payload of a later one.  Never said to be so.
 */
static enum truth is_icmp(const struct gate_state *s, uint16_t type,
			  uint8_t proto)
{
	const enum truth icmp = both(is_type(s, type), is_proto(s, proto));

	return has_ports(s) == YES ? icmp : both(icmp, MAYBE);
}

static enum truth is_nd(const struct gate_state *s, uint8_t type)
{
	const struct flow_key *val = &s->val.key, *known = &s->known.key;

	return both(is_icmp(s, ETH_IPV6, IP_ICMPV6),
		    both(is_be16(val->tp_src, known->tp_src, type),
			 is_be16(val->tp_dst, known->tp_dst, 0)));
}

/* Do packets have the field?  mf_are_prereqs_ok() of lib/meta-flow.c. */
static enum truth has_field(const struct gate_state *s, enum flow_field f)
{
	switch (f) {
	case FLOW_ETH_DST:
	case FLOW_ETH_SRC:
		return YES;
	case FLOW_VLAN_VID:
	case FLOW_VLAN_PCP:
		return s->tags > s->hidden ? YES : NO;
	case FLOW_IP_DSCP:
	case FLOW_IP_ECN:
		return is_ip(s);
	case FLOW_IPV4_SRC:
	case FLOW_IPV4_DST:
		return is_type(s, ETH_IPV4);
	case FLOW_IPV6_SRC:
	case FLOW_IPV6_DST:
	case FLOW_IPV6_FLABEL:
		return is_type(s, ETH_IPV6);
	case FLOW_TCP_SRC:
	case FLOW_TCP_DST:
		return is_transport(s, IP_TCP);
	case FLOW_UDP_SRC:
	case FLOW_UDP_DST:
		return is_transport(s, IP_UDP);
	case FLOW_SCTP_SRC:
	case FLOW_SCTP_DST:
		return is_transport(s, IP_SCTP);
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
		return is_icmp(s, ETH_IPV4, IP_ICMP);
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
		return is_icmp(s, ETH_IPV6, IP_ICMPV6);
	case FLOW_ARP_OP:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
	case FLOW_ARP_SHA:
	case FLOW_ARP_THA:
		return either(is_type(s, ETH_ARP), is_type(s, ETH_RARP));
	case FLOW_ND_TARGET:
		return either(is_nd(s, ICMPV6_SOLICIT),
			      is_nd(s, ICMPV6_ADVERT));
	case FLOW_ND_SLL:
		return is_nd(s, ICMPV6_SOLICIT);
	case FLOW_ND_TLL:
		return is_nd(s, ICMPV6_ADVERT);
	default:
		return MAYBE;	/* not writable: of_decode() lets none through */
	}
}

/*
 * Without a tag, setting the VID makes one (mf_set_flow_value(),
 * flow_fix_vlan_tpid()); flow mods cannot ask for that, but groups can, and an
 * action set after a pop.
 */
static enum gate_err act_set_field(struct gate_state *s,
				   const struct of_action *a)
{
	const enum truth has = has_field(s, a->field);
	union flow_words value, mask;

	if (has == MAYBE)
		return GATE_EINAPPLICABLE;
	memset(&value, 0, sizeof(value));
	flow_field_put(&value.key, a->field, a->value);
	if (a->field == FLOW_VLAN_VID && has == NO)
		return gate_state_push_vlan(s, ETH_VLAN,
					    ntohs(value.key.vlan[0].tci) |
					    FLOW_VLAN_PRESENT);
	if (has == NO)
		return GATE_OK;
	flow_field_mask(&mask.key, a->field);
	gate_state_set(s, 0, (const uint8_t *)&value, (const uint8_t *)&mask,
		       sizeof(value));
	return GATE_OK;
}

static enum gate_err act_set_ttl(struct gate_state *s, uint8_t ttl)
{
	const enum truth ip = is_ip(s);
	const uint8_t all = 0xff;

	if (ip == NO)
		return GATE_OK;
	if (ip == MAYBE)
		return GATE_EINAPPLICABLE;
	gate_state_set(s, offsetof(struct flow_key, ip_ttl), &ttl, &all, 1);
	return GATE_OK;
}

/*
 * compose_dec_ttl(): where there is nothing to take off, the packet as it is by
 * then goes to the controller, and the list is over.
 */
static enum gate_err act_dec_ttl(struct gate_run *run, bool *over)
{
	struct gate_state *s = run->state;
	const uint8_t known = s->known.key.ip_ttl;
	const uint8_t most = s->val.key.ip_ttl | (uint8_t)~known;

	if (is_ip(s) != YES)
		return is_ip(s) == NO ? GATE_OK : GATE_EINAPPLICABLE;
	if (most <= 1) {
		*over = true;
		return gate_effects_add(run->want, OF_PORT_CONTROLLER, s);
	}
	if (known != 0xff)
		return GATE_ETTL;
	return act_set_ttl(s, most - 1);
}

/* xlate_output_action() */
static enum gate_err act_output(struct gate_run *run, uint32_t port)
{
	const struct gate_ports *ports = &run->view->ports;
	const uint32_t in_port = ntohl(run->state->val.key.in_port);
	const struct gate_port *p;
	enum gate_err err;
	unsigned int i;

	switch (port) {
	case OF_PORT_CONTROLLER:
		return gate_effects_add(run->want, port, run->state);
	case OF_PORT_TABLE:
		return run->packet_out ? gate_run_tables(run) :
					 GATE_EINAPPLICABLE;
	case OF_PORT_IN_PORT:
		p = gate_port_by_of(ports, in_port);
		break;
	case OF_PORT_FLOOD:
	case OF_PORT_ALL:
		/* flood_packets(): the local port too */
		for (i = 0; i < ports->nr; i++) {
			p = &ports->port[i];
			if (p->of_port == in_port ||
			    (port == OF_PORT_FLOOD &&
			     p->flags & GATE_PORT_NO_FLOOD))
				continue;
			err = gate_effects_add(run->want, p->of_port,
					       run->state);
			if (err)
				return err;
		}
		return GATE_OK;
	default:
		if (port == in_port)
			return GATE_OK;
		p = gate_port_by_of(ports, port);
		break;
	}
	return p ? gate_effects_add(run->want, p->of_port, run->state) :
		   GATE_OK;
}

/*
 * xlate_group_bucket(): every bucket is an action set on the packet as it came to
 * the group, and so is what comes after the group.
 */
static enum gate_err act_bucket(struct gate_run *run,
				const struct of_action *action, unsigned int nr)
{
	const struct gate_state before = *run->state;
	struct gate_action_set set;
	enum gate_err err;

	memset(&set, 0, sizeof(set));
	gate_action_set_write(&set, action, nr);
	err = gate_run_set(run, &set);
	*run->state = before;
	return err;
}

static enum gate_err act_group(struct gate_run *run, uint32_t number)
{
	const struct gate_group *group;
	enum gate_err err = GATE_OK;
	unsigned int i, at = 0;

	run->result->groups = true;
	group = gate_version_group(run->view->rules, number);
	/* Rules name what is there; a packet-out may not. */
	if (!group)
		return GATE_ENOGROUP;
	for (i = 0; i < group->bucket_nr && !err; i++) {
		err = act_bucket(run, group->action + at,
				 group->bucket_end[i] - at);
		at = group->bucket_end[i];
	}
	return err;
}

/*
 * OpenFlow sees the first tags only.  The pushed one has VID and priority 0, not
 * those of the tag behind.
 */
static enum gate_err act_pop_vlan(struct gate_state *s)
{
	return s->tags > s->hidden ? gate_state_pop_vlan(s) : GATE_OK;
}

/* @over: set to true if what follows in the same list is not to be done */
static enum gate_err act(struct gate_run *run, const struct of_action *a,
			 bool *over)
{
	switch (a->type) {
	case OF_ACTION_OUTPUT:
		return act_output(run, a->port);
	case OF_ACTION_GROUP:
		return act_group(run, a->group);
	case OF_ACTION_PUSH_VLAN:
		return gate_state_push_vlan(run->state, a->tpid,
					    FLOW_VLAN_PRESENT);
	case OF_ACTION_POP_VLAN:
		return act_pop_vlan(run->state);
	case OF_ACTION_SET_FIELD:
		return act_set_field(run->state, a);
	case OF_ACTION_SET_NW_TTL:
		return act_set_ttl(run->state, a->ttl);
	case OF_ACTION_DEC_NW_TTL:
		return act_dec_ttl(run, over);
	default:
		return GATE_EINAPPLICABLE;
	}
}

enum gate_err gate_run_list(struct gate_run *run,
			    const struct of_action *action, unsigned int nr,
			    bool *over)
{
	enum gate_err err = GATE_OK;

	*over = false;
	for (; nr-- && !err && !*over; action++)
		err = act(run, action, over);
	return err;
}

/* Sets of one field: the last counts, in the place of the first. */
static void set_write_field(struct gate_action_set *set,
			    const struct of_action *a)
{
	unsigned int i;

	for (i = 0; i < set->set_nr; i++)
		if (set->set[i]->type == a->type &&
		    (a->type != OF_ACTION_SET_FIELD ||
		     set->set[i]->field == a->field))
			break;
	set->set[i] = a;
	if (i == set->set_nr)
		set->set_nr++;
}

void gate_action_set_write(struct gate_action_set *set,
			   const struct of_action *action, unsigned int nr)
{
	for (; nr--; action++) {
		switch (action->type) {
		case OF_ACTION_POP_VLAN:
			set->pop_vlan = action;
			break;
		case OF_ACTION_PUSH_VLAN:
			set->push_vlan = action;
			break;
		case OF_ACTION_DEC_NW_TTL:
			set->dec_ttl = action;
			break;
		case OF_ACTION_GROUP:
			set->group = action;
			break;
		case OF_ACTION_OUTPUT:
			set->output = action;
			break;
		default:
			set_write_field(set, action);
		}
	}
}

/*
 * ofpacts_execute_action_set(): without group or output nothing at all is
 * done; a group wins.
 */
enum gate_err gate_run_set(struct gate_run *run,
			   const struct gate_action_set *set)
{
	const struct of_action *const once[] = {
		set->pop_vlan, set->push_vlan, set->dec_ttl,
	};
	const struct of_action *last = set->group ? set->group : set->output;
	enum gate_err err = GATE_OK;
	bool over = false;
	unsigned int i;

	if (!last)
		return GATE_OK;
	for (i = 0; i < sizeof(once) / sizeof(once[0]) && !err && !over; i++)
		if (once[i])
			err = act(run, once[i], &over);
	for (i = 0; i < set->set_nr && !err && !over; i++)
		err = act(run, set->set[i], &over);
	return err || over ? err : act(run, last, &over);
}
