// SPDX-License-Identifier: GPL-2.0
/* Matches, flow mods and whole messages as text, in ovs-ofctl's order. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include "action.h"

static const char *protocol4(uint8_t ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return NULL;
	}
}

static const char *protocol6(uint8_t ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_ICMPV6:
		return "icmp6";
	case IPPROTO_TCP:
		return "tcp6";
	case IPPROTO_UDP:
		return "udp6";
	case IPPROTO_SCTP:
		return "sctp6";
	default:
		return NULL;
	}
}

/* One word for Ethernet type and protocol; what it says of them, is said. */
static const char *shorthand(const struct flow_match *m, bool *type,
			     bool *proto)
{
	const char *s = NULL;

	*type = m->mask.eth_type == 0xffff;
	*proto = *type && m->mask.ip_proto == 0xff;
	if (*type)
		switch (ntohs(m->key.eth_type)) {
		case ETH_P_IP:
			s = *proto ? protocol4(m->key.ip_proto) : NULL;
			*proto = s;
			return s ? s : "ip";
		case ETH_P_IPV6:
			s = *proto ? protocol6(m->key.ip_proto) : NULL;
			*proto = s;
			return s ? s : "ipv6";
		case ETH_P_ARP:
			*proto = false;
			return "arp";
		}
	*type = false;
	*proto = false;
	return NULL;
}

struct printer {
	FILE *out;
	const struct flow_match *match;
	const char *comma;
};

static void name(struct printer *p, const char *s)
{
	fprintf(p->out, "%s%s", p->comma, s);
	p->comma = ",";
}

static void field(struct printer *p, const char *text, enum flow_field f)
{
	uint8_t value[FLOW_VALUE_MAX], mask[FLOW_VALUE_MAX];
	unsigned int i, len = field_len(f);

	flow_field_get(mask, &p->match->mask, f);
	for (i = 0; i < len && !mask[i];)
		i++;
	if (i == len)
		return;
	flow_field_get(value, &p->match->key, f);
	name(p, text);
	fputc('=', p->out);
	field_print_masked(p->out, f, value, mask);
}

static void vlan(struct printer *p)
{
	unsigned int tci = ntohs(p->match->key.vlan[0].tci);
	unsigned int mask = ntohs(p->match->mask.vlan[0].tci);
	unsigned int vid = mask & 0xfff, pcp = mask & 0xe000;

	if (!mask)
		return;
	if (mask & tci & FLOW_VLAN_PRESENT && (!vid || vid == 0xfff) &&
	    (vid || pcp)) {
		if (vid) {
			name(p, "dl_vlan=");
			fprintf(p->out, "%u", tci & 0xfff);
		}
		if (pcp) {
			name(p, "dl_vlan_pcp=");
			fprintf(p->out, "%u", tci >> 13);
		}
		return;
	}
	name(p, "vlan_tci=");
	fprintf(p->out, "0x%04x", tci);
	if (mask != 0xffff)
		fprintf(p->out, "/0x%04x", mask);
}

static void ports(struct printer *p)
{
	const struct flow_key *key = &p->match->key;
	bool six = ntohs(key->eth_type) == ETH_P_IPV6;

	if (six && key->ip_proto == IPPROTO_ICMPV6) {
		field(p, "icmp_type", FLOW_ICMPV6_TYPE);
		field(p, "icmp_code", FLOW_ICMPV6_CODE);
		field(p, "nd_target", FLOW_ND_TARGET);
		field(p, "nd_sll", FLOW_ND_SLL);
		field(p, "nd_tll", FLOW_ND_TLL);
	} else if (!six && key->ip_proto == IPPROTO_ICMP) {
		field(p, "icmp_type", FLOW_ICMPV4_TYPE);
		field(p, "icmp_code", FLOW_ICMPV4_CODE);
	} else {	/* TCP, UDP and SCTP have theirs in one place */
		field(p, "tp_src", FLOW_TCP_SRC);
		field(p, "tp_dst", FLOW_TCP_DST);
	}
}

static void match_print(struct printer *p)
{
	uint8_t dscp[FLOW_VALUE_MAX];
	bool type, proto;
	const char *s;

	s = shorthand(p->match, &type, &proto);
	if (s)
		name(p, s);
	field(p, "metadata", FLOW_METADATA);
	field(p, "in_port", FLOW_IN_PORT);
	vlan(p);
	field(p, "dl_src", FLOW_ETH_SRC);
	field(p, "dl_dst", FLOW_ETH_DST);
	if (!type)
		field(p, "dl_type", FLOW_ETH_TYPE);
	field(p, "ipv6_src", FLOW_IPV6_SRC);
	field(p, "ipv6_dst", FLOW_IPV6_DST);
	field(p, "ipv6_label", FLOW_IPV6_FLABEL);
	field(p, "arp_spa", FLOW_ARP_SPA);
	field(p, "arp_tpa", FLOW_ARP_TPA);
	field(p, "nw_src", FLOW_IPV4_SRC);
	field(p, "nw_dst", FLOW_IPV4_DST);
	if (!proto)
		field(p, "nw_proto", FLOW_IP_PROTO);
	field(p, "arp_op", FLOW_ARP_OP);
	field(p, "arp_sha", FLOW_ARP_SHA);
	field(p, "arp_tha", FLOW_ARP_THA);
	flow_field_get(dscp, &p->match->mask, FLOW_IP_DSCP);
	if (dscp[0]) {
		flow_field_get(dscp, &p->match->key, FLOW_IP_DSCP);
		name(p, "nw_tos=");
		fprintf(p->out, "%u", dscp[0] << 2);
	}
	field(p, "nw_ecn", FLOW_IP_ECN);
	ports(p);
}

void match_text_print(FILE *out, const struct flow_match *match)
{
	struct printer p = { out, match, "" };

	match_print(&p);
}

static void flow_print(FILE *out, const struct of_flow_mod *fm)
{
	static const char *const command[] = {
		"", "modify ", "modify_strict ", "delete ", "delete_strict ",
	};
	bool deletes = fm->command == OF_FLOW_DELETE ||
		       fm->command == OF_FLOW_DELETE_STRICT;
	struct printer p = { out, &fm->match, "," };

	fputs(command[fm->command], out);
	if (fm->table == OF_TABLE_ALL)
		fputs("table=255", out);
	else
		fprintf(out, "table=%u", fm->table);
	if (fm->cookie_mask || (deletes && fm->cookie))
		fprintf(out, ",cookie=0x%" PRIx64 "/0x%" PRIx64, fm->cookie,
			fm->cookie_mask);
	else if (fm->cookie)
		fprintf(out, ",cookie=0x%" PRIx64, fm->cookie);
	if (fm->idle_timeout)
		fprintf(out, ",idle_timeout=%u", fm->idle_timeout);
	if (fm->hard_timeout)
		fprintf(out, ",hard_timeout=%u", fm->hard_timeout);
	if (fm->flags & OF_FLAG_SEND_FLOW_REM)
		fputs(",send_flow_rem", out);
	if (fm->flags & OF_FLAG_CHECK_OVERLAP)
		fputs(",check_overlap", out);
	if (fm->flags & OF_FLAG_RESET_COUNTS)
		fputs(",reset_counts", out);
	if (fm->flags & OF_FLAG_NO_PKT_COUNTS)
		fputs(",no_packet_counts", out);
	if (fm->flags & OF_FLAG_NO_BYT_COUNTS)
		fputs(",no_byte_counts", out);
	if (fm->out_port != OF_PORT_ANY) {
		fputs(",out_port=", out);
		port_text_print(out, fm->out_port);
	}
	if (fm->out_group != OF_GROUP_ANY)
		fprintf(out, ",out_group=%" PRIu32, fm->out_group);
	if (fm->command != OF_FLOW_DELETE)
		fprintf(out, ",priority=%u", fm->priority);
	match_print(&p);
	if (deletes)
		return;
	fputs(" actions=", out);
	instructions_text_print(out, &fm->instructions);
}

static void group_print(FILE *out, const struct of_group_mod *gm)
{
	static const char *const command[] = { "add ", "modify ", "delete " };
	unsigned int i, at = 0;

	fprintf(out, "%sgroup_id=", command[gm->command]);
	if (gm->group == OF_GROUP_ALL)
		fputs("all", out);
	else
		fprintf(out, "%" PRIu32, gm->group);
	if (gm->command == OF_GROUP_DELETE)
		return;
	fprintf(out, ",type=%s",
		gm->type == OF_GROUP_TYPE_ALL ? "all" : "indirect");
	for (i = 0; i < gm->bucket_nr; i++) {
		fputs(",bucket=actions=", out);
		if (gm->bucket_end[i] == at)
			fputs("drop", out);
		actions_print(out, gm->action + at, gm->bucket_end[i] - at);
		at = gm->bucket_end[i];
	}
}

static void packet_out_print(FILE *out, const struct of_packet_out *po)
{
	size_t i;

	fputs("in_port=", out);
	port_text_print(out, po->in_port);
	fputs(",packet=", out);
	for (i = 0; i < po->data_len; i++)
		fprintf(out, "%02x", po->data[i]);
	fputs(" actions=", out);
	if (!po->action_nr)
		fputs("drop", out);
	actions_print(out, po->action, po->action_nr);
}

void message_text_print(FILE *out, const struct of_message *msg)
{
	switch (msg->type) {
	case OF_FLOW_MOD:
		flow_print(out, &msg->flow_mod);
		break;
	case OF_GROUP_MOD:
		group_print(out, &msg->group_mod);
		break;
	case OF_PACKET_OUT:
		packet_out_print(out, &msg->packet_out);
		break;
	}
}
