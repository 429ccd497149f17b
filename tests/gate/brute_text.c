// SPDX-License-Identifier: GPL-2.0
/* Rules, packets and flows as text, for people and for oracle.py. */
#include <arpa/inet.h>
#include <ctype.h>
#include <linux/netlink.h>

#include "brute.h"

static void hex(FILE *f, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len--)
		fprintf(f, "%02x", *at++);
}

#define MEMBER(m) { #m, offsetof(struct flow_key, m),			\
		    sizeof(((struct flow_key *)NULL)->m) }
static const struct {
	const char *name;
	uint16_t at, len;
} members[] = {
	MEMBER(metadata), MEMBER(in_port), MEMBER(eth_dst), MEMBER(eth_src),
	{ "vlan_tci", offsetof(struct flow_key, vlan[0].tci), 2 },
	MEMBER(eth_type), MEMBER(ip_proto), MEMBER(ip_tos), MEMBER(ipv4_src),
	MEMBER(ipv4_dst), MEMBER(ipv6_src), MEMBER(ipv6_dst),
	MEMBER(ipv6_flabel), MEMBER(tp_src), MEMBER(tp_dst), MEMBER(arp_op),
	MEMBER(arp_sha), MEMBER(arp_tha), MEMBER(arp_spa), MEMBER(arp_tpa),
	MEMBER(nd_target), MEMBER(nd_sll), MEMBER(nd_tll),
};

static const char *const field_names[] = {
#define FIELD(name, oxm, member, len) [FLOW_##name] = #name,
	FLOW_FIELDS(FIELD)
#undef FIELD
};

static void lower(FILE *f, const char *s)
{
	while (*s)
		fputc(tolower(*s++), f);
}

static void print_actions(FILE *f, const struct of_action *a, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (i)
			fputc(',', f);
		switch (a[i].type) {
		case OF_ACTION_OUTPUT:
			fprintf(f, "output:%x", a[i].port);
			break;
		case OF_ACTION_GROUP:
			fprintf(f, "group:%x", a[i].group);
			break;
		case OF_ACTION_PUSH_VLAN:
			fprintf(f, "push_vlan:%x", a[i].tpid);
			break;
		case OF_ACTION_POP_VLAN:
			fprintf(f, "pop_vlan");
			break;
		case OF_ACTION_SET_FIELD:
			fprintf(f, "set_field:");
			lower(f, field_names[a[i].field]);
			fputc(':', f);
			hex(f, a[i].value, brute_field_len(a[i].field));
			break;
		case OF_ACTION_SET_NW_TTL:
			fprintf(f, "set_ttl:%x", a[i].ttl);
			break;
		case OF_ACTION_DEC_NW_TTL:
			fprintf(f, "dec_ttl");
			break;
		}
	}
}

static void print_match(FILE *f, const struct flow_match *m)
{
	const uint8_t *key = (const uint8_t *)&m->key;
	const uint8_t *mask = (const uint8_t *)&m->mask;
	unsigned int i, k, any;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		for (any = k = 0; k < members[i].len; k++)
			any |= mask[members[i].at + k];
		if (!any)
			continue;
		fprintf(f, ",%s=", members[i].name);
		hex(f, key + members[i].at, members[i].len);
		fputc('/', f);
		hex(f, mask + members[i].at, members[i].len);
	}
}

void brute_print_rule(FILE *f, const struct of_flow_mod *fm)
{
	const struct of_instructions *in = &fm->instructions;

	fprintf(f, "rule table=%u,priority=%u,idle=%u", fm->table, fm->priority,
		fm->idle_timeout);
	print_match(f, &fm->match);
	fprintf(f, " apply=");
	print_actions(f, in->action, in->apply_nr);
	fprintf(f, " clear=%u write=", in->clear_actions);
	print_actions(f, in->action + in->apply_nr, in->write_nr);
	fprintf(f, " metadata=%llx/%llx",
		(unsigned long long)in->metadata,
		(unsigned long long)in->metadata_mask);
	if (in->has_goto)
		fprintf(f, " goto=%u", in->goto_table);
	fputc('\n', f);
}

void brute_print_rules(FILE *f, const struct brute_rules *r)
{
	unsigned int i, b, from;

	fprintf(f, "switch vlan_limit=%u miss_to_controller=%u\n", r->vlan_limit,
		r->miss_to_controller);
	for (i = 0; i < r->port_nr; i++)
		fprintf(f, "port of=%x dp=%u flags=%u\n", r->port[i].of_port,
			r->port[i].dp_port, r->port[i].flags);
	for (i = 0; i < r->group_nr; i++) {
		fprintf(f, "group id=%x", r->group[i].group);
		for (b = from = 0; b < r->group[i].bucket_nr; b++) {
			fprintf(f, " bucket=");
			print_actions(f, r->group[i].action + from,
				      r->group[i].bucket_end[b] - from);
			from = r->group[i].bucket_end[b];
		}
		fputc('\n', f);
	}
	for (i = 0; i < r->nr; i++)
		brute_print_rule(f, &r->rule[i]);
}

void brute_print_pkt(FILE *f, const struct brute_pkt *p)
{
	unsigned int i;

	fprintf(f, "in=%u src=", p->in_port);
	hex(f, p->eth_src, 6);
	fprintf(f, " dst=");
	hex(f, p->eth_dst, 6);
	for (i = 0; i < p->tags; i++)
		fprintf(f, " vlan(%04x,%04x)", p->tpid[i], p->tci[i]);
	fprintf(f, " type=%04x", p->type);
	if (p->type == ETH_ARP || p->type == ETH_RARP) {
		fprintf(f, " arp(op=%u,", p->arp_op);
		hex(f, p->sha, 6);
		fputc(',', f);
		hex(f, p->src, 4);
		fputc(',', f);
		hex(f, p->tha, 6);
		fputc(',', f);
		hex(f, p->dst, 4);
		fputc(')', f);
	} else if (p->type == ETH_IP || p->type == ETH_IPV6) {
		fprintf(f, " ip(");
		hex(f, p->src, p->type == ETH_IP ? 4 : 16);
		fputc(',', f);
		hex(f, p->dst, p->type == ETH_IP ? 4 : 16);
		fprintf(f, ",proto=%u,tos=%02x,ttl=%u,frag=%u,label=%05x)",
			p->proto, p->tos, p->ttl, p->frag, p->flabel);
		fprintf(f, " tp(%u,%u)", p->tp_src, p->tp_dst);
		if (p->tp_src == 135 || p->tp_src == 136) {
			fprintf(f, " nd(");
			hex(f, p->target, 16);
			fputc(',', f);
			hex(f, p->sll, 6);
			fputc(',', f);
			hex(f, p->tll, 6);
			fputc(')', f);
		}
	}
	if (p->damaged)
		fprintf(f, " DAMAGED");
	fputc('\n', f);
}

void brute_print_outs(FILE *f, const struct brute_outs *outs)
{
	unsigned int i;

	for (i = 0; i < outs->nr; i++) {
		if (outs->out[i].port == BRUTE_USER)
			fprintf(f, "  to user: ");
		else
			fprintf(f, "  to %u: ", outs->out[i].port);
		brute_print_pkt(f, &outs->out[i].pkt);
	}
	fprintf(f, "  %u outputs, notes %#x\n", outs->nr, outs->notes);
}

static const char *const key_names[] = {
	"unspec", "encap", "skb_priority", "in_port", "eth", "vlan", "eth_type",
	"ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6", "arp", "nd", "skb_mark",
	"tunnel", "sctp", "tcp_flags", "dp_hash", "recirc_id", "mpls",
	"ct_state", "ct_zone", "ct_mark", "ct_label", "ct_tuple4", "ct_tuple6",
	"nsh", "packet_type", "nd_ext", "tunnel_info", "ipv6_exthdrs",
};

static const char *const action_names[] = {
	"unspec", "output", "userspace", "set", "push_vlan", "pop_vlan",
	"sample", "recirc", "hash", "push_mpls", "pop_mpls", "set_masked", "ct",
	"trunc", "push_eth", "pop_eth",
};

enum kind { KEY, ACTION, USERSPACE };

static void print_attrs(FILE *f, const uint8_t *at, size_t len, enum kind kind)
{
	const char *const *names = kind == KEY ? key_names : action_names;
	unsigned int nr = kind == KEY ? sizeof(key_names) / sizeof(*key_names) :
			  sizeof(action_names) / sizeof(*action_names);
	const char *between = "";
	struct nlattr a;
	unsigned int type;
	size_t n;

	while (len >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			break;
		type = a.nla_type & NLA_TYPE_MASK;
		if (kind != USERSPACE && type < nr)
			fprintf(f, "%s%s(", between, names[type]);
		else
			fprintf(f, "%s%u(", between, type);
		n = a.nla_len - sizeof(a);
		if (kind == KEY && type == OVS_KEY_ATTR_ENCAP)
			print_attrs(f, at + sizeof(a), n, KEY);
		else if (kind == ACTION && (type == OVS_ACTION_ATTR_SET ||
					    type == OVS_ACTION_ATTR_SET_MASKED))
			print_attrs(f, at + sizeof(a), n, KEY);
		else if (kind == ACTION && type == OVS_ACTION_ATTR_USERSPACE)
			print_attrs(f, at + sizeof(a), n, USERSPACE);
		else
			hex(f, at + sizeof(a), n);
		fputc(')', f);
		between = ",";
		n = (size_t)NLA_ALIGN(a.nla_len);
		n = n < len ? n : len;
		at += n;
		len -= n;
	}
	if (len)
		fprintf(f, "%s?%zu bytes", between, len);
}

void brute_print_flow(FILE *f, const struct brute_message *m)
{
	fprintf(f, "key: ");
	print_attrs(f, m->key.bytes, m->key.len, KEY);
	fprintf(f, "\nmask: ");
	if (m->has_mask)
		print_attrs(f, m->mask.bytes, m->mask.len, KEY);
	else
		fprintf(f, "none");
	fprintf(f, "\nactions: ");
	print_attrs(f, m->actions.bytes, m->actions.len, ACTION);
	fputc('\n', f);
}

void brute_dump_flow(FILE *f, const struct brute_message *m)
{
	fprintf(f, "flow key=");
	hex(f, m->key.bytes, m->key.len);
	fprintf(f, " mask=");
	if (m->has_mask)
		hex(f, m->mask.bytes, m->mask.len);
	else
		fputc('-', f);
	fprintf(f, " actions=");
	hex(f, m->actions.bytes, m->actions.len);
	fputc('\n', f);
}
