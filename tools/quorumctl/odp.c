// SPDX-License-Identifier: GPL-2.0
/* Prints datapath flows. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/openvswitch.h>
#include <netlink/attr.h>
#include <stdbool.h>
#include <string.h>
#include "odp.h"

/* How a field of an attribute is written */
enum form { U8, FRAG, BE16, HEX16, HOST32, BE32_HEX, MAC, IP4, IP6 };

static const uint8_t form_len[] = { 1, 1, 2, 2, 4, 4, 6, 4, 16 };

struct part {
	const char *name;
	uint8_t form, offset;
};

/* One attribute of a key: its name and its fields; the last has no name */
struct layout {
	const char *name;
	uint8_t len;
	struct part part[8];
};

#define P(type, member, as, form) { as, form, offsetof(struct type, member) }

static const struct layout layouts[OVS_KEY_ATTR_MAX + 1] = {
	[OVS_KEY_ATTR_PRIORITY] = { "skb_priority", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_IN_PORT] = { "in_port", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_SKB_MARK] = { "skb_mark", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_RECIRC_ID] = { "recirc_id", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_DP_HASH] = { "dp_hash", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_ETHERTYPE] = { "eth_type", 2, { { "", HEX16, 0 } } },
	[OVS_KEY_ATTR_VLAN] = { "vlan_tci", 2, { { "", HEX16, 0 } } },
	[OVS_KEY_ATTR_TCP_FLAGS] = { "tcp_flags", 2, { { "", HEX16, 0 } } },
	[OVS_KEY_ATTR_CT_STATE] = { "ct_state", 4, { { "", HOST32, 0 } } },
	[OVS_KEY_ATTR_CT_ZONE] = { "ct_zone", 2, { { "", BE16, 0 } } },
	[OVS_KEY_ATTR_ETHERNET] = { "eth", sizeof(struct ovs_key_ethernet), {
		P(ovs_key_ethernet, eth_src, "src", MAC),
		P(ovs_key_ethernet, eth_dst, "dst", MAC) } },
	[OVS_KEY_ATTR_IPV4] = { "ipv4", sizeof(struct ovs_key_ipv4), {
		P(ovs_key_ipv4, ipv4_src, "src", IP4),
		P(ovs_key_ipv4, ipv4_dst, "dst", IP4),
		P(ovs_key_ipv4, ipv4_proto, "proto", U8),
		P(ovs_key_ipv4, ipv4_tos, "tos", U8),
		P(ovs_key_ipv4, ipv4_ttl, "ttl", U8),
		P(ovs_key_ipv4, ipv4_frag, "frag", FRAG) } },
	[OVS_KEY_ATTR_IPV6] = { "ipv6", sizeof(struct ovs_key_ipv6), {
		P(ovs_key_ipv6, ipv6_src, "src", IP6),
		P(ovs_key_ipv6, ipv6_dst, "dst", IP6),
		P(ovs_key_ipv6, ipv6_label, "label", BE32_HEX),
		P(ovs_key_ipv6, ipv6_proto, "proto", U8),
		P(ovs_key_ipv6, ipv6_tclass, "tclass", U8),
		P(ovs_key_ipv6, ipv6_hlimit, "hlimit", U8),
		P(ovs_key_ipv6, ipv6_frag, "frag", FRAG) } },
	[OVS_KEY_ATTR_TCP] = { "tcp", sizeof(struct ovs_key_tcp), {
		P(ovs_key_tcp, tcp_src, "src", BE16),
		P(ovs_key_tcp, tcp_dst, "dst", BE16) } },
	[OVS_KEY_ATTR_UDP] = { "udp", sizeof(struct ovs_key_udp), {
		P(ovs_key_udp, udp_src, "src", BE16),
		P(ovs_key_udp, udp_dst, "dst", BE16) } },
	[OVS_KEY_ATTR_SCTP] = { "sctp", sizeof(struct ovs_key_sctp), {
		P(ovs_key_sctp, sctp_src, "src", BE16),
		P(ovs_key_sctp, sctp_dst, "dst", BE16) } },
	[OVS_KEY_ATTR_ICMP] = { "icmp", sizeof(struct ovs_key_icmp), {
		P(ovs_key_icmp, icmp_type, "type", U8),
		P(ovs_key_icmp, icmp_code, "code", U8) } },
	[OVS_KEY_ATTR_ICMPV6] = { "icmpv6", sizeof(struct ovs_key_icmpv6), {
		P(ovs_key_icmpv6, icmpv6_type, "type", U8),
		P(ovs_key_icmpv6, icmpv6_code, "code", U8) } },
	[OVS_KEY_ATTR_ARP] = { "arp", sizeof(struct ovs_key_arp), {
		P(ovs_key_arp, arp_sip, "sip", IP4),
		P(ovs_key_arp, arp_tip, "tip", IP4),
		P(ovs_key_arp, arp_op, "op", BE16),
		P(ovs_key_arp, arp_sha, "sha", MAC),
		P(ovs_key_arp, arp_tha, "tha", MAC) } },
	[OVS_KEY_ATTR_ND] = { "nd", sizeof(struct ovs_key_nd), {
		P(ovs_key_nd, nd_target, "target", IP6),
		P(ovs_key_nd, nd_sll, "sll", MAC),
		P(ovs_key_nd, nd_tll, "tll", MAC) } },
};

static bool all(const uint8_t *bytes, size_t len, uint8_t value)
{
	while (len--)
		if (*bytes++ != value)
			return false;
	return true;
}

static void value_print(FILE *out, enum form form, const uint8_t *v)
{
	static const char *const frags[] = { "no", "first", "later" };
	char text[INET6_ADDRSTRLEN];
	uint32_t u32;
	uint16_t u16;

	switch (form) {
	case U8:
		fprintf(out, "%u", v[0]);
		break;
	case FRAG:	/* enum ovs_frag_type; matched as a whole */
		fputs(v[0] <= OVS_FRAG_TYPE_LATER ? frags[v[0]] : "?", out);
		break;
	case BE16:
	case HEX16:
		memcpy(&u16, v, sizeof(u16));
		fprintf(out, form == BE16 ? "%u" : "0x%04x", ntohs(u16));
		break;
	case HOST32:
		memcpy(&u32, v, sizeof(u32));
		fprintf(out, "%" PRIu32, u32);
		break;
	case BE32_HEX:
		memcpy(&u32, v, sizeof(u32));
		fprintf(out, "0x%" PRIx32, ntohl(u32));
		break;
	case MAC:
		fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", v[0], v[1], v[2],
			v[3], v[4], v[5]);
		break;
	case IP4:
		fputs(inet_ntop(AF_INET, v, text, sizeof(text)), out);
		break;
	case IP6:
		fputs(inet_ntop(AF_INET6, v, text, sizeof(text)), out);
		break;
	}
}

static void hex_print(FILE *out, const char *name, struct nlattr *a)
{
	const uint8_t *v = nla_data(a);
	int i;

	fprintf(out, "%s%d(", name, nla_type(a));
	for (i = 0; i < nla_len(a); i++)
		fprintf(out, "%02x", v[i]);
	fputc(')', out);
}

/* One attribute; @mask may be NULL. */
static void attr_print(FILE *out, struct nlattr *a, struct nlattr *mask)
{
	const struct layout *l;
	const struct part *p;
	const char *comma = "";
	const uint8_t *m;
	size_t len;

	l = &layouts[nla_type(a) <= OVS_KEY_ATTR_MAX ? nla_type(a) : 0];
	if (!l->name || nla_len(a) != l->len ||
	    (mask && nla_len(mask) != l->len)) {
		hex_print(out, "key", a);
		return;
	}
	fprintf(out, "%s(", l->name);
	for (p = l->part; p->name; p++) {
		len = form_len[p->form];
		m = mask ? (uint8_t *)nla_data(mask) + p->offset : NULL;
		if (m && all(m, len, 0))
			continue;
		fprintf(out, "%s%s%s", comma, p->name, *p->name ? "=" : "");
		value_print(out, p->form, (uint8_t *)nla_data(a) + p->offset);
		if (m && !all(m, len, 0xff)) {
			fputc('/', out);
			value_print(out, p->form, m);
		}
		comma = ",";
	}
	fputc(')', out);
}

void odp_key_print(FILE *out, struct nlattr *key, struct nlattr *mask)
{
	struct nlattr *a, *m;
	const char *comma = "";
	int left;

	nla_for_each_nested(a, key, left) {
		m = mask ? nla_find(nla_data(mask), nla_len(mask), nla_type(a)) :
			   NULL;
		if (mask && (!m || all(nla_data(m), nla_len(m), 0)))
			continue;	/* a wildcard */
		fputs(comma, out);
		comma = ",";
		if (nla_type(a) == OVS_KEY_ATTR_ENCAP) {
			fputs("encap(", out);
			odp_key_print(out, a, m);
			fputc(')', out);
		} else {
			attr_print(out, a, m);
		}
	}
}

/* A set action with a mask: the value and the mask in one attribute */
static void masked_set_print(FILE *out, struct nlattr *a)
{
	uint8_t half[2][sizeof(struct ovs_key_ipv6) + NLA_HDRLEN + 4];
	struct nlattr *value = (struct nlattr *)half[0];
	struct nlattr *mask = (struct nlattr *)half[1];
	int len = nla_len(a) / 2;

	if (nla_len(a) % 2 || (size_t)len > sizeof(struct ovs_key_ipv6)) {
		hex_print(out, "set", a);
		return;
	}
	*value = (struct nlattr){ NLA_HDRLEN + len, nla_type(a) };
	*mask = *value;
	memcpy(half[0] + NLA_HDRLEN, nla_data(a), len);
	memcpy(half[1] + NLA_HDRLEN, (uint8_t *)nla_data(a) + len, len);
	fputs("set(", out);
	attr_print(out, value, mask);
	fputc(')', out);
}

static void action_print(FILE *out, struct nlattr *a)
{
	struct nlattr *inner = nla_data(a);
	struct ovs_action_push_vlan vlan;

	switch (nla_type(a)) {
	case OVS_ACTION_ATTR_OUTPUT:
		if (nla_len(a) == 4) {
			fprintf(out, "%" PRIu32, nla_get_u32(a));
			return;
		}
		break;
	case OVS_ACTION_ATTR_USERSPACE:
		fputs("userspace", out);
		return;
	case OVS_ACTION_ATTR_POP_VLAN:
		fputs("pop_vlan", out);
		return;
	case OVS_ACTION_ATTR_PUSH_VLAN:
		if (nla_len(a) == sizeof(vlan)) {
			memcpy(&vlan, nla_data(a), sizeof(vlan));
			fprintf(out, "push_vlan(tpid=0x%04x,vid=%u,pcp=%u)",
				ntohs(vlan.vlan_tpid),
				ntohs(vlan.vlan_tci) & 0xfff,
				ntohs(vlan.vlan_tci) >> 13);
			return;
		}
		break;
	case OVS_ACTION_ATTR_SET:
	case OVS_ACTION_ATTR_SET_MASKED:
		if (!nla_ok(inner, nla_len(a)))
			break;
		if (nla_type(a) == OVS_ACTION_ATTR_SET_MASKED) {
			masked_set_print(out, inner);
			return;
		}
		fputs("set(", out);
		attr_print(out, inner, NULL);
		fputc(')', out);
		return;
	}
	hex_print(out, "action", a);
}

void odp_actions_print(FILE *out, struct nlattr *actions)
{
	const char *comma = "";
	struct nlattr *a;
	int left;

	if (!nla_len(actions))
		fputs("drop", out);
	nla_for_each_nested(a, actions, left) {
		fputs(comma, out);
		action_print(out, a);
		comma = ",";
	}
}
