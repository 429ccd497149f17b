// SPDX-License-Identifier: GPL-2.0
/* Random rules: matches taken from packets, so that their prerequisites hold. */
#include <arpa/inet.h>

#include "gen.h"

enum { THEMES = 4 };

struct maker {
	struct gen *g;
	const struct brute_rules *r;
	struct brute_pkt theme[THEMES];	/* packets that this switch is about */
	bool slow;			/* sets of ARP, ICMP and ND are wanted */
};

/* What is known of the packets that an action list meets */
struct known {
	bool vlan, fragment_free;
	unsigned int pushed;
	uint16_t type;			/* 0: anything */
	uint8_t proto;			/* 0: anything */
	uint8_t icmp_type;		/* of ND with code 0; 0: anything */
};

static void copy(struct flow_match *m, const struct flow_key *view,
		 unsigned int field)
{
	struct flow_key bits;
	const uint8_t *v = (const uint8_t *)view, *b = (const uint8_t *)&bits;
	size_t i;

	memset(&bits, 0, sizeof(bits));
	brute_field_put(&bits, field, NULL);
	for (i = 0; i < sizeof(bits); i++) {
		((uint8_t *)&m->mask)[i] |= b[i];
		((uint8_t *)&m->key)[i] |= v[i] & b[i];
	}
}

static void thin(struct gen *g, void *key_at, void *mask_at, size_t len)
{
	uint8_t *key = key_at, *mask = mask_at;
	unsigned int i, bits = gen_below(g, len * 8 + 1);
	bool prefix = !gen_one_in(g, 5);

	for (i = 0; i < len * 8; i++)
		if (prefix ? i >= bits : gen_one_in(g, 2))
			mask[i / 8] &= ~(0x80 >> i % 8);
	for (i = 0; i < len; i++)
		key[i] &= mask[i];
}

#define THIN(g, m, member)						\
	thin(g, &(m)->key.member, &(m)->mask.member, sizeof((m)->key.member))

static void match_vlan(struct gen *g, struct flow_match *m,
		       const struct flow_key *view, struct known *k)
{
	bool present = view->vlan[0].tci & htons(TCI_PRESENT);

	copy(m, view, FLOW_VLAN_VID);
	k->vlan = present;
	if (!present)
		return;
	switch (gen_below(g, 4)) {
	case 0:				/* any tag */
		m->key.vlan[0].tci &= htons(TCI_PRESENT);
		m->mask.vlan[0].tci &= htons(TCI_PRESENT);
		break;
	case 1:				/* a pattern of VIDs */
		THIN(g, m, vlan[0].tci);
		m->key.vlan[0].tci |= htons(TCI_PRESENT);
		m->mask.vlan[0].tci |= htons(TCI_PRESENT);
		break;
	}
	if (gen_one_in(g, 4))
		copy(m, view, FLOW_VLAN_PCP);
}

static void match_ports(struct gen *g, struct flow_match *m,
			const struct flow_key *view, struct known *k)
{
	static const struct {
		uint8_t proto, src;
	} l4[] = {
		{ IP_TCP, FLOW_TCP_SRC }, { IP_UDP, FLOW_UDP_SRC },
		{ IP_SCTP, FLOW_SCTP_SRC }, { IP_ICMP, FLOW_ICMPV4_TYPE },
		{ IP_ICMPV6, FLOW_ICMPV6_TYPE },
	};
	unsigned int i;
	bool nd = view->ip_proto == IP_ICMPV6 && !view->tp_dst &&
		  (view->tp_src == htons(135) || view->tp_src == htons(136));

	for (i = 0; i < 5; i++) {
		if (view->ip_proto != l4[i].proto ||
		    (l4[i].proto == IP_ICMP && view->eth_type != htons(ETH_IP)) ||
		    (l4[i].proto == IP_ICMPV6 &&
		     view->eth_type != htons(ETH_IPV6)))
			continue;
		if (nd || gen_one_in(g, 2))
			copy(m, view, l4[i].src);
		if (nd || gen_one_in(g, 2))
			copy(m, view, l4[i].src + 1);
		if (l4[i].proto != IP_ICMP && l4[i].proto != IP_ICMPV6 &&
		    gen_one_in(g, 6)) {
			THIN(g, m, tp_src);
			THIN(g, m, tp_dst);
		}
	}
	if (!nd)
		return;
	k->icmp_type = ntohs(view->tp_src);
	if (gen_one_in(g, 2)) {
		copy(m, view, FLOW_ND_TARGET);
		if (gen_one_in(g, 3))
			THIN(g, m, nd_target);
	}
	if (gen_one_in(g, 3))
		copy(m, view, k->icmp_type == 135 ? FLOW_ND_SLL : FLOW_ND_TLL);
}

static void match_l3(struct gen *g, struct flow_match *m,
		     const struct flow_key *view, struct known *k)
{
	unsigned int i;

	switch (k->type) {
	case ETH_IP:
		if (gen_one_in(g, 3)) {
			copy(m, view, FLOW_IPV4_SRC);
			THIN(g, m, ipv4_src);
		}
		if (gen_one_in(g, 2)) {
			copy(m, view, FLOW_IPV4_DST);
			if (gen_one_in(g, 2))
				THIN(g, m, ipv4_dst);
		}
		break;
	case ETH_IPV6:
		if (gen_one_in(g, 3)) {
			copy(m, view, FLOW_IPV6_SRC);
			THIN(g, m, ipv6_src);
		}
		if (gen_one_in(g, 2)) {
			copy(m, view, FLOW_IPV6_DST);
			if (gen_one_in(g, 2))
				THIN(g, m, ipv6_dst);
		}
		if (gen_one_in(g, 6))
			copy(m, view, FLOW_IPV6_FLABEL);
		break;
	case ETH_ARP:
		for (i = FLOW_ARP_OP; i <= FLOW_ARP_THA; i++)
			if (gen_one_in(g, 3))
				copy(m, view, i);
		if (gen_one_in(g, 3))
			THIN(g, m, arp_spa);
		if (gen_one_in(g, 4))
			THIN(g, m, arp_tha);
		return;
	default:
		return;
	}
	if (gen_one_in(g, 6))
		copy(m, view, FLOW_IP_DSCP);
	if (gen_one_in(g, 8))
		copy(m, view, FLOW_IP_ECN);
	if (!gen_one_in(g, 3)) {
		copy(m, view, FLOW_IP_PROTO);
		k->proto = view->ip_proto;
		if (!gen_one_in(g, 3))
			match_ports(g, m, view, k);
	}
}

static void make_match(struct maker *mk, struct of_flow_mod *fm, struct known *k)
{
	struct gen *g = mk->g;
	struct flow_match *m = &fm->match;
	struct brute_pkt p = mk->theme[gen_below(g, THEMES)];
	unsigned int hidden;
	struct flow_key view;

	memset(m, 0, sizeof(*m));
	memset(k, 0, sizeof(*k));
	if (gen_one_in(g, 4))
		gen_packet(g, mk->r, &p);
	hidden = p.tags > mk->r->vlan_limit ? p.tags - mk->r->vlan_limit : 0;
	brute_view(&view, mk->r, &p, hidden, fm->table ? gen_below(g, 4) : 0);
	if (gen_one_in(g, 3))
		copy(m, &view, FLOW_IN_PORT);
	if (gen_one_in(g, fm->table ? 3 : 12)) {
		copy(m, &view, FLOW_METADATA);
		if (gen_one_in(g, 2))
			THIN(g, m, metadata);
	}
	if (gen_one_in(g, 4)) {
		copy(m, &view, FLOW_ETH_DST);
		if (gen_one_in(g, 2))
			THIN(g, m, eth_dst);
	}
	if (gen_one_in(g, 6)) {
		copy(m, &view, FLOW_ETH_SRC);
		if (gen_one_in(g, 3))
			THIN(g, m, eth_src);
	}
	if (gen_one_in(g, 3))
		match_vlan(g, m, &view, k);
	if (gen_one_in(g, 4))
		return;
	copy(m, &view, FLOW_ETH_TYPE);
	k->type = ntohs(view.eth_type);
	if (!gen_one_in(g, 4))
		match_l3(g, m, &view, k);
}

static void value16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

static void make_set(struct maker *mk, struct of_action *a, unsigned int field)
{
	struct gen *g = mk->g;
	uint8_t *v = a->value;

	memset(a, 0, sizeof(*a));
	a->type = OF_ACTION_SET_FIELD;
	a->field = field;
	switch (field) {
	case FLOW_VLAN_VID:
		value16(v, gen_vid(g) | TCI_PRESENT);
		break;
	case FLOW_VLAN_PCP:
		v[0] = gen_below(g, 3);
		break;
	case FLOW_IP_DSCP:
		v[0] = gen_tos(g) >> 2;
		break;
	case FLOW_IP_ECN:
		v[0] = gen_tos(g) & 3;
		break;
	case FLOW_IPV4_SRC:
	case FLOW_IPV4_DST:
	case FLOW_ARP_SPA:
	case FLOW_ARP_TPA:
		gen_ipv4(g, v);
		break;
	case FLOW_IPV6_SRC:
	case FLOW_IPV6_DST:
	case FLOW_ND_TARGET:
		gen_ipv6(g, v);
		break;
	case FLOW_IPV6_FLABEL:
		v[3] = gen_below(g, 3);
		break;
	case FLOW_ICMPV4_TYPE:
	case FLOW_ICMPV4_CODE:
	case FLOW_ICMPV6_TYPE:
	case FLOW_ICMPV6_CODE:
		v[0] = gen_below(g, 2) * 8;
		break;
	case FLOW_ARP_OP:
		v[1] = 1 + gen_below(g, 2);
		break;
	case FLOW_TCP_SRC:
	case FLOW_TCP_DST:
	case FLOW_UDP_SRC:
	case FLOW_UDP_DST:
	case FLOW_SCTP_SRC:
	case FLOW_SCTP_DST:
		value16(v, gen_port(g));
		break;
	default:
		gen_mac(g, v);
	}
}

/* A field that the packets have, or now and then one that they may not have */
static unsigned int settable(struct maker *mk, const struct known *k)
{
	struct gen *g = mk->g;
	unsigned int f[32], nr = 0, i;

	if (gen_one_in(g, 60)) {
		do {
			i = gen_below(g, FLOW_FIELD_NR);
		} while (i == FLOW_IN_PORT || i == FLOW_METADATA ||
			 i == FLOW_ETH_TYPE || i == FLOW_IP_PROTO ||
			 (brute_field_slow(i) && !mk->slow));
		return i;
	}
	f[nr++] = FLOW_ETH_DST;
	f[nr++] = FLOW_ETH_SRC;
	if (k->vlan || k->pushed) {
		f[nr++] = FLOW_VLAN_VID;
		f[nr++] = FLOW_VLAN_VID;
		f[nr++] = FLOW_VLAN_PCP;
	}
	if (k->type == ETH_IP || k->type == ETH_IPV6) {
		f[nr++] = FLOW_IP_DSCP;
		f[nr++] = FLOW_IP_ECN;
	}
	if (k->type == ETH_IP) {
		f[nr++] = FLOW_IPV4_SRC;
		f[nr++] = FLOW_IPV4_DST;
		f[nr++] = FLOW_IPV4_DST;
	}
	if (k->type == ETH_IPV6) {
		f[nr++] = FLOW_IPV6_SRC;
		f[nr++] = FLOW_IPV6_DST;
		f[nr++] = FLOW_IPV6_FLABEL;
	}
	i = k->proto == IP_TCP ? FLOW_TCP_SRC :
	    k->proto == IP_UDP ? FLOW_UDP_SRC :
	    k->proto == IP_SCTP ? FLOW_SCTP_SRC : 0;
	if (i) {
		f[nr++] = i;
		f[nr++] = i + 1;
	}
	if (mk->slow && k->type == ETH_ARP)
		for (i = FLOW_ARP_OP; i <= FLOW_ARP_THA; i++)
			f[nr++] = i;
	if (mk->slow && k->type == ETH_IP && k->proto == IP_ICMP) {
		f[nr++] = FLOW_ICMPV4_TYPE;
		f[nr++] = FLOW_ICMPV4_CODE;
	}
	if (mk->slow && k->icmp_type) {
		f[nr++] = FLOW_ND_TARGET;
		f[nr++] = k->icmp_type == 135 ? FLOW_ND_SLL : FLOW_ND_TLL;
	}
	return f[gen_below(g, nr)];
}

static uint32_t output_port(struct gen *g)
{
	static const uint32_t pool[] = {
		1, 1, 2, 2, 3, 3, 4, OF_PORT_LOCAL, OF_PORT_FLOOD, OF_PORT_ALL,
		OF_PORT_IN_PORT, OF_PORT_CONTROLLER, 9,
	};

	return pool[gen_below(g, 13)];
}

static void make_output(struct gen *g, struct of_action *a)
{
	memset(a, 0, sizeof(*a));
	a->type = OF_ACTION_OUTPUT;
	a->port = output_port(g);
}

/* One action.  In a bucket there is no group. */
static void make_action(struct maker *mk, struct of_action *a, struct known *k,
			bool bucket)
{
	struct gen *g = mk->g;
	unsigned int what = gen_below(g, 20);

	memset(a, 0, sizeof(*a));
	if (what < 8) {
		make_output(g, a);
	} else if (what < 9 && mk->r->group_nr && !bucket) {
		a->type = OF_ACTION_GROUP;
		a->group = mk->r->group[gen_below(g, mk->r->group_nr)].group;
	} else if (what < 10 && k->pushed < 2) {
		a->type = OF_ACTION_PUSH_VLAN;
		a->tpid = gen_one_in(g, 4) ? ETH_QINQ : ETH_VLAN;
		k->pushed++;
	} else if (what < 11 && (k->vlan || k->pushed || gen_one_in(g, 8))) {
		a->type = OF_ACTION_POP_VLAN;
		if (k->pushed)
			k->pushed--;
		else
			k->vlan = false;
	} else if (what < 12 && (k->type == ETH_IP || k->type == ETH_IPV6 ||
				 gen_one_in(g, 20))) {
		a->type = gen_one_in(g, 3) ? OF_ACTION_SET_NW_TTL :
			  OF_ACTION_DEC_NW_TTL;
		if (a->type == OF_ACTION_SET_NW_TTL)
			a->ttl = 1 + gen_below(g, 64);
	} else {
		make_set(mk, a, settable(mk, k));
	}
}

static void make_instructions(struct maker *mk, struct of_flow_mod *fm,
			      struct known *k)
{
	struct of_instructions *in = &fm->instructions;
	struct gen *g = mk->g;
	unsigned int i, apply, write;

	memset(in, 0, sizeof(*in));
	if (gen_one_in(g, 10))
		return;			/* drop */
	apply = gen_one_in(g, 6) ? 0 : 1 + gen_below(g, 4);
	write = gen_one_in(g, 3) ? 1 + gen_below(g, 3) : 0;
	for (i = 0; i < apply + write; i++)
		make_action(mk, &in->action[i], k, false);
	/* What ends in an output is seen. */
	if (apply && !gen_one_in(g, 3))
		make_output(g, &in->action[apply - 1]);
	if (write && !gen_one_in(g, 3))
		make_output(g, &in->action[apply + write - 1]);
	in->apply_nr = apply;
	in->write_nr = write;
	in->clear_actions = gen_one_in(g, 12);
	if (fm->table + 1 < BRUTE_TABLES && gen_one_in(g, 3)) {
		in->has_goto = 1;
		in->goto_table = fm->table + 1 +
				 gen_below(g, BRUTE_TABLES - fm->table - 1);
		if (gen_one_in(g, 2)) {
			in->metadata_mask = gen_one_in(g, 3) ? 3 : ~0ull;
			in->metadata = gen_below(g, 4) & in->metadata_mask;
		}
	}
}

static void make_group(struct maker *mk, struct of_group_mod *gm, uint32_t id)
{
	struct gen *g = mk->g;
	unsigned int b, n;
	struct known k;

	memset(gm, 0, sizeof(*gm));
	gm->group = id;
	gm->type = gen_one_in(g, 3) ? OF_GROUP_TYPE_INDIRECT :
		   OF_GROUP_TYPE_ALL;
	gm->bucket_nr = gm->type == OF_GROUP_TYPE_INDIRECT ? 1 :
			gen_below(g, 4);
	for (b = 0; b < gm->bucket_nr; b++) {
		memset(&k, 0, sizeof(k));
		for (n = gen_below(g, 3); n; n--)
			make_action(mk, &gm->action[gm->action_nr++], &k, true);
		if (!gen_one_in(g, 8))
			make_output(g, &gm->action[gm->action_nr++]);
		gm->bucket_end[b] = gm->action_nr;
	}
}

static void make_ports(struct gen *g, struct brute_rules *r)
{
	unsigned int i, by = gen_below(g, 3), of = 1;

	r->port_nr = 0;
	for (i = 0; i < 4; i++, of++) {
		if (gen_one_in(g, 16))
			continue;	/* a port that is gone */
		r->port[r->port_nr].of_port = of;
		r->port[r->port_nr].dp_port = by == 2 ? 9 - of : of + by;
		r->port[r->port_nr++].flags = gen_one_in(g, 6) ?
					      GATE_PORT_NO_FLOOD : 0;
	}
	r->port[r->port_nr].of_port = OF_PORT_LOCAL;
	r->port[r->port_nr].dp_port = by;
	r->port[r->port_nr++].flags = 0;
}

static bool collides(const struct brute_rules *r, const struct of_flow_mod *fm)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (r->rule[i].table == fm->table &&
		    r->rule[i].priority == fm->priority &&
		    brute_overlap(&r->rule[i].match, &fm->match))
			return true;
	return false;
}

void gen_rules(struct gen *g, struct brute_rules *r)
{
	unsigned int i, tables = 1 + gen_below(g, BRUTE_TABLES), table, n;
	struct maker mk = { .g = g, .r = r };
	struct of_flow_mod *fm;
	struct known k;

	memset(r, 0, offsetof(struct brute_rules, rule));
	r->vlan_limit = gen_one_in(g, 3) ? 1 : 2;
	r->miss_to_controller = gen_one_in(g, 6);
	mk.slow = gen_one_in(g, 6);
	make_ports(g, r);
	for (i = 0; i < THEMES; i++) {
		do {
			gen_packet(g, r, &mk.theme[i]);
		} while (mk.theme[i].type != mk.theme[0].type);
	}
	for (i = gen_below(g, 3); i; i--) {
		make_group(&mk, &r->group[r->group_nr], 5 + r->group_nr);
		r->group_nr++;
	}
	for (table = 0; table < tables; table++) {
		for (n = 1 + gen_below(g, 12); n; n--) {
			fm = &r->rule[r->nr];
			memset(fm, 0, sizeof(*fm));
			fm->table = table;
			fm->out_port = OF_PORT_ANY;
			fm->out_group = OF_GROUP_ANY;
			fm->priority = 1 + gen_below(g, 6);
			make_match(&mk, fm, &k);
			if (collides(r, fm))
				continue;
			make_instructions(&mk, fm, &k);
			if (gen_one_in(g, 20) && r->idle_nr < 4) {
				fm->idle_timeout = 10;
				r->idle[r->idle_nr++] = r->nr;
			}
			r->nr++;
		}
	}
	for (i = 0; i < r->nr; i++)
		for (n = 0; n < r->rule[i].instructions.apply_nr +
				r->rule[i].instructions.write_nr; n++)
			r->slow |= r->rule[i].instructions.action[n].type ==
				   OF_ACTION_SET_FIELD &&
				   brute_field_slow(r->rule[i].instructions
						    .action[n].field);
	for (i = 0; i < r->group_nr; i++)
		for (n = 0; n < r->group[i].action_nr; n++)
			r->slow |= r->group[i].action[n].type ==
				   OF_ACTION_SET_FIELD &&
				   brute_field_slow(r->group[i].action[n].field);
}

unsigned int gen_packet_out(struct gen *g, const struct brute_rules *r,
			    struct of_action *action, unsigned int room)
{
	struct maker mk = { .g = g, .r = r };
	unsigned int i, n = 1 + gen_below(g, 5);
	struct known k;

	memset(&k, 0, sizeof(k));
	for (i = 0; i < n && i < room; i++)
		make_action(&mk, &action[i], &k, false);
	return i;
}
