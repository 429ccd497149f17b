// SPDX-License-Identifier: GPL-2.0
/*
 * A packet through tables of OpenFlow rules, one rule after the other.
 *
 * OpenFlow 1.3.5, sections 5.1 (pipeline), 5.9 to 5.12 (instructions, action set,
 * action list).  From Open vSwitch: a set of a field that the packet does not
 * have, and a pop without tag, do nothing, but a set of the VID makes a tag; a
 * pushed tag is zero; a table miss still executes the action set; a fragment has
 * no ports.
 */
#include <arpa/inet.h>

#include "brute.h"

struct run {
	const struct brute_rules *r;
	struct brute_pkt pkt;
	struct brute_wc *wc;
	struct brute_outs *outs;
	unsigned int hidden;		/* tags at the end that rules do not see */
	uint64_t metadata;
	const struct of_action *set[3 * OF_ACTIONS_MAX];	/* the action set */
	unsigned int set_nr;
};

const struct gate_port *brute_port_of(const struct brute_rules *r, uint32_t of)
{
	unsigned int i;

	for (i = 0; i < r->port_nr; i++)
		if (r->port[i].of_port == of)
			return &r->port[i];
	return NULL;
}

const struct gate_port *brute_port_dp(const struct brute_rules *r, uint32_t dp)
{
	unsigned int i;

	for (i = 0; i < r->port_nr; i++)
		if (r->port[i].dp_port == dp)
			return &r->port[i];
	return NULL;
}

static void see(struct run *run, unsigned int field)
{
	if (run->wc)
		brute_field_put(&run->wc->mask, field, NULL);
}

static void see_tags(struct run *run, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; run->wc && i < to && i < FLOW_VLANS_MAX; i++)
		memset(&run->wc->mask.vlan[i], 0xff, sizeof(struct flow_vlan));
}

static void out(struct run *run, uint32_t port)
{
	struct brute_outs *o = run->outs;

	if (o->nr == BRUTE_OUTS) {
		o->notes |= NOTE_FULL;
		return;
	}
	o->out[o->nr].port = port;
	o->out[o->nr++].pkt = run->pkt;
}

static void output(struct run *run, uint32_t port)
{
	const struct brute_rules *r = run->r;
	const struct gate_port *p;
	unsigned int i;

	switch (port) {
	case OF_PORT_CONTROLLER:
		out(run, BRUTE_USER);
		return;
	case OF_PORT_IN_PORT:
		out(run, run->pkt.in_port);
		return;
	case OF_PORT_FLOOD:
	case OF_PORT_ALL:
		for (i = 0; i < r->port_nr; i++) {
			p = &r->port[i];
			if (p->dp_port != run->pkt.in_port &&
			    (port == OF_PORT_ALL ||
			     !(p->flags & GATE_PORT_NO_FLOOD)))
				out(run, p->dp_port);
		}
		return;
	}
	p = brute_port_of(r, port);
	if (p && p->dp_port != run->pkt.in_port)
		out(run, p->dp_port);
}

static bool is_ip(const struct run *run)
{
	return !run->hidden &&
	       (run->pkt.type == ETH_IP || run->pkt.type == ETH_IPV6);
}

/* mf_are_prereqs_ok() */
static bool applies(struct run *run, unsigned int f)
{
	const struct brute_pkt *p = &run->pkt;
	uint16_t type = run->hidden ? 0 : p->type;
	uint8_t proto = f == FLOW_TCP_SRC || f == FLOW_TCP_DST ? IP_TCP :
			f == FLOW_UDP_SRC || f == FLOW_UDP_DST ? IP_UDP :
			IP_SCTP;

	switch (f) {
	case FLOW_ETH_DST:
	case FLOW_ETH_SRC:
	case FLOW_VLAN_VID:
		return true;
	case FLOW_VLAN_PCP:
		return p->tags > run->hidden;
	case FLOW_IP_DSCP:
	case FLOW_IP_ECN:
		see(run, FLOW_IP_PROTO);
		return is_ip(run);
	case FLOW_IPV4_SRC:
	case FLOW_IPV4_DST:
		see(run, FLOW_IP_PROTO);
		return type == ETH_IP;
	case FLOW_IPV6_SRC:
	case FLOW_IPV6_DST:
	case FLOW_IPV6_FLABEL:
		see(run, FLOW_IP_PROTO);
		return type == ETH_IPV6;
	case FLOW_TCP_SRC:
	case FLOW_TCP_DST:
	case FLOW_UDP_SRC:
	case FLOW_UDP_DST:
	case FLOW_SCTP_SRC:
	case FLOW_SCTP_DST:
		see(run, FLOW_IP_PROTO);
		return is_ip(run) && p->proto == proto &&
		       p->frag != FRAG_LATER;
	case FLOW_ARP_OP:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
	case FLOW_ARP_SHA:
	case FLOW_ARP_THA:
		return type == ETH_ARP || type == ETH_RARP;
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
		see(run, FLOW_IP_PROTO);
		return type == ETH_IP && p->proto == IP_ICMP;
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
		see(run, FLOW_IP_PROTO);
		return type == ETH_IPV6 && p->proto == IP_ICMPV6;
	case FLOW_ND_TARGET:
	case FLOW_ND_SLL:
	case FLOW_ND_TLL:
		see(run, FLOW_IP_PROTO);
		if (type != ETH_IPV6 || p->proto != IP_ICMPV6)
			return false;
		see(run, FLOW_ICMPV6_TYPE);
		see(run, FLOW_ICMPV6_CODE);
		return !p->tp_dst &&
		       ((p->tp_src == 135 && f != FLOW_ND_TLL) ||
			(p->tp_src == 136 && f != FLOW_ND_SLL));
	}
	return false;
}

static uint16_t be16(const uint8_t *v)
{
	return v[0] << 8 | v[1];
}

static void push_vlan(struct run *run, uint16_t tpid)
{
	struct brute_pkt *p = &run->pkt;

	see_tags(run, 0, p->tags - run->hidden);
	if (p->tags >= FLOW_VLANS_MAX)
		run->outs->notes |= NOTE_TAGS;
	/* flow_push_vlan_uninit() forgets the third one. */
	if (p->tags - run->hidden >= FLOW_VLANS_MAX || p->tags == BRUTE_TAGS) {
		run->outs->notes |= NOTE_UNDEFINED;
		return;
	}
	memmove(p->tpid + 1, p->tpid, sizeof(p->tpid) - sizeof(p->tpid[0]));
	memmove(p->tci + 1, p->tci, sizeof(p->tci) - sizeof(p->tci[0]));
	p->tpid[0] = tpid;
	p->tci[0] = 0;
	p->tags++;
}

static void pop_vlan(struct run *run)
{
	struct brute_pkt *p = &run->pkt;

	if (p->tags == run->hidden) {
		run->outs->notes |= NOTE_INAPPLICABLE;
		return;
	}
	see_tags(run, 0, p->tags - run->hidden);
	memmove(p->tpid, p->tpid + 1, sizeof(p->tpid) - sizeof(p->tpid[0]));
	memmove(p->tci, p->tci + 1, sizeof(p->tci) - sizeof(p->tci[0]));
	p->tags--;
	p->tpid[BRUTE_TAGS - 1] = p->tci[BRUTE_TAGS - 1] = 0;
}

static void set_field(struct run *run, const struct of_action *a)
{
	struct brute_pkt *p = &run->pkt, before = *p;
	const uint8_t *v = a->value;

	if (!applies(run, a->field)) {
		run->outs->notes |= NOTE_INAPPLICABLE;
		return;
	}
	see(run, a->field);
	switch (a->field) {
	case FLOW_ETH_DST:
		memcpy(p->eth_dst, v, 6);
		break;
	case FLOW_ETH_SRC:
		memcpy(p->eth_src, v, 6);
		break;
	case FLOW_VLAN_VID:
		if (p->tags == run->hidden) {
			run->outs->notes |= NOTE_INAPPLICABLE;
			push_vlan(run, ETH_VLAN);
		}
		p->tci[0] = (p->tci[0] & 0xe000) | (be16(v) & 0xfff);
		break;
	case FLOW_VLAN_PCP:
		p->tci[0] = (p->tci[0] & 0xfff) | v[0] << 13;
		break;
	case FLOW_IP_DSCP:
		p->tos = (p->tos & 3) | v[0] << 2;
		break;
	case FLOW_IP_ECN:
		p->tos = (p->tos & 0xfc) | v[0];
		break;
	case FLOW_IPV4_SRC:
	case FLOW_ARP_SPA:
		memcpy(p->src, v, 4);
		break;
	case FLOW_IPV4_DST:
	case FLOW_ARP_TPA:
		memcpy(p->dst, v, 4);
		break;
	case FLOW_IPV6_SRC:
		memcpy(p->src, v, 16);
		break;
	case FLOW_IPV6_DST:
		memcpy(p->dst, v, 16);
		break;
	case FLOW_IPV6_FLABEL:
		p->flabel = (v[1] & 15) << 16 | be16(v + 2);
		break;
	case FLOW_TCP_SRC:
	case FLOW_UDP_SRC:
	case FLOW_SCTP_SRC:
		p->tp_src = be16(v);
		break;
	case FLOW_TCP_DST:
	case FLOW_UDP_DST:
	case FLOW_SCTP_DST:
		p->tp_dst = be16(v);
		break;
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV6_TYPE:
		p->tp_src = v[0];
		break;
	case FLOW_ICMPV4_CODE:
	case FLOW_ICMPV6_CODE:
		p->tp_dst = v[0];
		break;
	case FLOW_ARP_OP:
		p->arp_op = be16(v);
		break;
	case FLOW_ARP_SHA:
		memcpy(p->sha, v, 6);
		break;
	case FLOW_ARP_THA:
		memcpy(p->tha, v, 6);
		break;
	case FLOW_ND_TARGET:
		memcpy(p->target, v, 16);
		break;
	case FLOW_ND_SLL:
		memcpy(p->sll, v, 6);
		break;
	case FLOW_ND_TLL:
		memcpy(p->tll, v, 6);
		break;
	}
	if (!brute_field_slow(a->field))
		return;
	if (memcmp(&before, p, sizeof(before)))
		run->outs->notes |= NOTE_SLOW;
	/* What then is an ND message, and what a fragment has, nobody says. */
	if (p->frag != FRAG_NO || a->field == FLOW_ICMPV6_TYPE ||
	    a->field == FLOW_ICMPV6_CODE)
		run->outs->notes |= NOTE_UNDEFINED;
}

static bool run_list(struct run *run, const struct of_action *const *a,
		     unsigned int nr);

static bool run_array(struct run *run, const struct of_action *a,
		      unsigned int nr)
{
	const struct of_action *list[OF_ACTIONS_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		list[i] = &a[i];
	return run_list(run, list, nr);
}

/* Section 5.10; ofpacts_execute_action_set() */
static void run_set(struct run *run, const struct of_action *const *a,
		    unsigned int nr)
{
	const struct of_action *list[3 * OF_ACTIONS_MAX], *last = NULL;
	static const uint8_t once[] = {
		OF_ACTION_POP_VLAN, OF_ACTION_PUSH_VLAN, OF_ACTION_DEC_NW_TTL,
	};
	unsigned int i, o, list_nr = 0;

	for (i = 0; i < nr; i++)
		if (a[i]->type == OF_ACTION_GROUP ||
		    (a[i]->type == OF_ACTION_OUTPUT &&
		     (!last || last->type == OF_ACTION_OUTPUT)))
			last = a[i];
	if (!last)
		return;
	for (o = 0; o < sizeof(once); o++)
		for (i = nr; i-- > 0; )
			if (a[i]->type == once[o]) {
				list[list_nr++] = a[i];
				break;
			}
	for (i = 0; i < nr; i++)
		if (a[i]->type == OF_ACTION_SET_FIELD ||
		    a[i]->type == OF_ACTION_SET_NW_TTL)
			list[list_nr++] = a[i];
	list[list_nr++] = last;
	run_list(run, list, list_nr);
}

static void run_group(struct run *run, uint32_t id)
{
	const struct of_action *list[OF_ACTIONS_MAX];
	const struct of_group_mod *g = NULL;
	struct brute_pkt pkt = run->pkt;
	unsigned int i, b, from = 0;

	for (i = 0; i < run->r->group_nr; i++)
		if (run->r->group[i].group == id)
			g = &run->r->group[i];
	for (b = 0; g && b < g->bucket_nr; b++) {
		for (i = from; i < g->bucket_end[b]; i++)
			list[i - from] = &g->action[i];
		run_set(run, list, i - from);
		run->pkt = pkt;
		from = i;
	}
}

/* Returns false where the TTL was used up: the rest of the list is skipped. */
static bool run_list(struct run *run, const struct of_action *const *a,
		     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		switch (a[i]->type) {
		case OF_ACTION_OUTPUT:
			output(run, a[i]->port);
			break;
		case OF_ACTION_GROUP:
			run_group(run, a[i]->group);
			break;
		case OF_ACTION_PUSH_VLAN:
			push_vlan(run, a[i]->tpid);
			break;
		case OF_ACTION_POP_VLAN:
			pop_vlan(run);
			break;
		case OF_ACTION_SET_FIELD:
			set_field(run, a[i]);
			break;
		case OF_ACTION_SET_NW_TTL:
		case OF_ACTION_DEC_NW_TTL:
			see(run, FLOW_IP_PROTO);
			if (run->wc)
				run->wc->mask.ip_ttl = 0xff;
			if (!is_ip(run)) {
				run->outs->notes |= NOTE_INAPPLICABLE;
			} else if (a[i]->type == OF_ACTION_SET_NW_TTL) {
				run->pkt.ttl = a[i]->ttl;
			} else if (run->pkt.ttl > 1) {
				run->pkt.ttl--;
			} else {
				out(run, BRUTE_USER);
				return false;
			}
			break;
		}
	}
	return true;
}

static bool is_gone(const struct brute_rules *r, unsigned int rule,
		    uint32_t gone)
{
	unsigned int i;

	for (i = 0; i < r->idle_nr && i < 32; i++)
		if (r->idle[i] == rule)
			return gone >> i & 1;
	return false;
}

static bool rule_matches(const struct flow_match *m, const struct flow_key *v)
{
	const uint8_t *key = (const uint8_t *)&m->key;
	const uint8_t *mask = (const uint8_t *)&m->mask;
	size_t i;

	for (i = 0; i < sizeof(*v); i++)
		if ((((const uint8_t *)v)[i] ^ key[i]) & mask[i])
			return false;
	return true;
}

static const struct of_flow_mod *look_up(struct run *run, unsigned int table,
					 uint32_t gone)
{
	const struct brute_rules *r = run->r;
	const struct of_flow_mod *fm, *best = NULL;
	struct flow_key view;
	unsigned int i;

	brute_view(&view, r, &run->pkt, run->hidden, run->metadata);
	/* User space thinks that its mask covers this type; the kernel does not. */
	for (i = 0; run->hidden && i < r->nr; i++)
		if (r->rule[i].match.key.eth_type == htons(ETH_VLAN) ||
		    r->rule[i].match.key.eth_type == htons(ETH_QINQ))
			run->outs->notes |= NOTE_HIDDEN;
	for (i = 0; i < r->nr; i++) {
		fm = &r->rule[i];
		if (fm->table == table && !is_gone(r, i, gone) &&
		    (!best || fm->priority > best->priority) &&
		    rule_matches(&fm->match, &view))
			best = fm;
	}
	for (i = 0; run->wc && i < r->nr; i++) {
		fm = &r->rule[i];
		if (fm->table == table && !is_gone(r, i, gone) &&
		    (!best || fm->priority > best->priority || fm == best))
			brute_wc_lookup(run->wc, &view, &fm->match, fm == best);
	}
	return best;
}

static void run_start(struct run *run, const struct brute_rules *r,
		      const struct brute_pkt *pkt, struct brute_wc *wc,
		      struct brute_outs *outs)
{
	memset(run, 0, offsetof(struct run, set));
	run->set_nr = 0;
	run->r = r;
	run->pkt = *pkt;
	run->wc = wc;
	run->outs = outs;
	run->hidden = pkt->tags > r->vlan_limit ? pkt->tags - r->vlan_limit : 0;
	outs->nr = outs->notes = 0;
	if (wc)
		memset(&wc->mask, 0, sizeof(wc->mask));
	if (pkt->tags > FLOW_VLANS_MAX)
		outs->notes |= NOTE_TAGS;
}

void brute_run_rules(const struct brute_rules *r, const struct brute_pkt *pkt,
		     uint32_t gone, struct brute_wc *wc, struct brute_outs *outs)
{
	const struct of_flow_mod *rule;
	const struct of_instructions *in;
	unsigned int i, table = 0;
	struct run run;

	run_start(&run, r, pkt, wc, outs);
	for (;;) {
		rule = look_up(&run, table, gone);
		if (!rule) {
			if (r->miss_to_controller)
				out(&run, BRUTE_USER);
			break;
		}
		in = &rule->instructions;
		if (!run_array(&run, in->action, in->apply_nr))
			break;
		if (in->clear_actions)
			run.set_nr = 0;
		for (i = 0; i < in->write_nr; i++)
			run.set[run.set_nr++] = &in->action[in->apply_nr + i];
		run.metadata = (run.metadata & ~in->metadata_mask) |
			       (in->metadata & in->metadata_mask);
		if (!in->has_goto)
			break;
		table = in->goto_table;
	}
	run_set(&run, run.set, run.set_nr);
}

void brute_run_actions(const struct brute_rules *r, const struct brute_pkt *pkt,
		       const struct of_action *action, unsigned int nr,
		       struct brute_outs *outs)
{
	struct run run;

	run_start(&run, r, pkt, NULL, outs);
	run_array(&run, action, nr);
}
