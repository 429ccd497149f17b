// SPDX-License-Identifier: GPL-2.0
/*
 * Flows in the text of Open vSwitch.  Only what the tests use: numbers, MAC and
 * IP addresses with masks, nested lists.
 */
#include <arpa/inet.h>

#include "dp.h"

/* A place in the text */
struct text {
	const char *at;
	bool bad;
};

static bool text_is(struct text *t, const char *word)
{
	const size_t len = strlen(word);

	if (strncmp(t->at, word, len))
		return false;
	t->at += len;
	return true;
}

static void text_expect(struct text *t, const char *word)
{
	if (!text_is(t, word))
		t->bad = true;
}

/* Number, MAC, IPv4 or IPv6 address: @len big-endian bytes */
static void text_one(struct text *t, uint8_t *out, size_t len)
{
	char word[64];
	size_t n = strcspn(t->at, "/,)");
	unsigned int b[6];
	uint64_t v;

	if (n >= sizeof(word)) {
		t->bad = true;
		return;
	}
	memcpy(word, t->at, n);
	word[n] = 0;
	t->at += n;
	if (len == 16) {
		t->bad |= inet_pton(AF_INET6, word, out) != 1;
	} else if (len == 4 && strchr(word, '.')) {
		t->bad |= inet_pton(AF_INET, word, out) != 1;
	} else if (len == 6) {
		t->bad |= sscanf(word, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2,
				 b + 3, b + 4, b + 5) != 6;
		for (n = 0; n < 6; n++)
			out[n] = (uint8_t)b[n];
	} else {
		v = strtoull(word, NULL, 0);
		for (n = 0; n < len; n++)
			out[n] = (uint8_t)(v >> 8 * (len - 1 - n));
	}
}

static void text_value(struct text *t, uint8_t *val, uint8_t *mask, size_t len)
{
	text_one(t, val, len);
	memset(mask, 0xff, len);
	if (text_is(t, "/")) {
		if (!strncmp(t->at, "0,", 2) || !strncmp(t->at, "0)", 2)) {
			memset(mask, 0, len);
			t->at++;
		} else {
			text_one(t, mask, len);
		}
	}
}

/* A part of an attribute's structure, by its name in the text */
struct part {
	const char *name;
	uint8_t offset, len;
};

struct attr {
	const char *name;
	uint8_t type, len;
	struct part part[8];
};

#define P(s, name, member)						\
	{ name, offsetof(struct s, member), sizeof(((struct s *)0)->member) }

static const struct attr attrs[] = {
	{ "eth", OVS_KEY_ATTR_ETHERNET, sizeof(struct ovs_key_ethernet),
	  { P(ovs_key_ethernet, "src", eth_src),
	    P(ovs_key_ethernet, "dst", eth_dst) } },
	{ "ipv4", OVS_KEY_ATTR_IPV4, sizeof(struct ovs_key_ipv4),
	  { P(ovs_key_ipv4, "src", ipv4_src), P(ovs_key_ipv4, "dst", ipv4_dst),
	    P(ovs_key_ipv4, "proto", ipv4_proto),
	    P(ovs_key_ipv4, "tos", ipv4_tos), P(ovs_key_ipv4, "ttl", ipv4_ttl),
	    P(ovs_key_ipv4, "frag", ipv4_frag) } },
	{ "ipv6", OVS_KEY_ATTR_IPV6, sizeof(struct ovs_key_ipv6),
	  { P(ovs_key_ipv6, "src", ipv6_src), P(ovs_key_ipv6, "dst", ipv6_dst),
	    P(ovs_key_ipv6, "label", ipv6_label),
	    P(ovs_key_ipv6, "proto", ipv6_proto),
	    P(ovs_key_ipv6, "tclass", ipv6_tclass),
	    P(ovs_key_ipv6, "hlimit", ipv6_hlimit),
	    P(ovs_key_ipv6, "frag", ipv6_frag) } },
	{ "tcp", OVS_KEY_ATTR_TCP, sizeof(struct ovs_key_tcp),
	  { P(ovs_key_tcp, "src", tcp_src), P(ovs_key_tcp, "dst", tcp_dst) } },
	{ "udp", OVS_KEY_ATTR_UDP, sizeof(struct ovs_key_udp),
	  { P(ovs_key_udp, "src", udp_src), P(ovs_key_udp, "dst", udp_dst) } },
	{ "sctp", OVS_KEY_ATTR_SCTP, sizeof(struct ovs_key_sctp),
	  { P(ovs_key_sctp, "src", sctp_src),
	    P(ovs_key_sctp, "dst", sctp_dst) } },
	{ "icmp", OVS_KEY_ATTR_ICMP, sizeof(struct ovs_key_icmp),
	  { P(ovs_key_icmp, "type", icmp_type),
	    P(ovs_key_icmp, "code", icmp_code) } },
	{ "icmpv6", OVS_KEY_ATTR_ICMPV6, sizeof(struct ovs_key_icmpv6),
	  { P(ovs_key_icmpv6, "type", icmpv6_type),
	    P(ovs_key_icmpv6, "code", icmpv6_code) } },
	{ "arp", OVS_KEY_ATTR_ARP, sizeof(struct ovs_key_arp),
	  { P(ovs_key_arp, "sip", arp_sip), P(ovs_key_arp, "tip", arp_tip),
	    P(ovs_key_arp, "op", arp_op), P(ovs_key_arp, "sha", arp_sha),
	    P(ovs_key_arp, "tha", arp_tha) } },
	{ "nd", OVS_KEY_ATTR_ND, sizeof(struct ovs_key_nd),
	  { P(ovs_key_nd, "target", nd_target), P(ovs_key_nd, "sll", nd_sll),
	    P(ovs_key_nd, "tll", nd_tll) } },
	{ "ct_tuple4", OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4,
	  sizeof(struct ovs_key_ct_tuple_ipv4),
	  { P(ovs_key_ct_tuple_ipv4, "src", ipv4_src),
	    P(ovs_key_ct_tuple_ipv4, "dst", ipv4_dst),
	    P(ovs_key_ct_tuple_ipv4, "proto", ipv4_proto),
	    P(ovs_key_ct_tuple_ipv4, "tp_src", src_port),
	    P(ovs_key_ct_tuple_ipv4, "tp_dst", dst_port) } },
	/* One number, without a name */
	{ "eth_type", OVS_KEY_ATTR_ETHERTYPE, 2, { { "", 0, 2 } } },
	{ "tcp_flags", OVS_KEY_ATTR_TCP_FLAGS, 2, { { "", 0, 2 } } },
};

/* Host order */
static const struct attr numbers[] = {
	{ .name = "recirc_id", .type = OVS_KEY_ATTR_RECIRC_ID, .len = 4 },
	{ .name = "dp_hash", .type = OVS_KEY_ATTR_DP_HASH, .len = 4 },
	{ .name = "skb_priority", .type = OVS_KEY_ATTR_PRIORITY, .len = 4 },
	{ .name = "skb_mark", .type = OVS_KEY_ATTR_SKB_MARK, .len = 4 },
	{ .name = "in_port", .type = OVS_KEY_ATTR_IN_PORT, .len = 4 },
	{ .name = "ct_state", .type = OVS_KEY_ATTR_CT_STATE, .len = 4 },
	{ .name = "ct_zone", .type = OVS_KEY_ATTR_CT_ZONE, .len = 2 },
	{ .name = "ct_mark", .type = OVS_KEY_ATTR_CT_MARK, .len = 4 },
	{ .name = "ct_label", .type = OVS_KEY_ATTR_CT_LABELS, .len = 16 },
	{ .name = "exthdrs", .type = OVS_KEY_ATTR_IPV6_EXTHDRS, .len = 2 },
};

static void to_host(uint8_t *v, size_t len)
{
	uint32_t n;
	uint16_t h;

	if (len == 4) {
		memcpy(&n, v, 4);
		n = ntohl(n);
		memcpy(v, &n, 4);
	} else if (len == 2) {
		memcpy(&h, v, 2);
		h = ntohs(h);
		memcpy(v, &h, 2);
	}
}

static void text_frag(struct text *t, uint8_t *val, uint8_t *mask)
{
	*mask = 0xff;
	if (text_is(t, "no"))
		*val = OVS_FRAG_TYPE_NONE;
	else if (text_is(t, "first"))
		*val = OVS_FRAG_TYPE_FIRST;
	else if (text_is(t, "later"))
		*val = OVS_FRAG_TYPE_LATER;
	else
		text_value(t, val, mask, 1);
}

/* The parts behind "name(" up to ")", into structures of key and mask */
static void text_parts(struct text *t, const struct attr *a, uint8_t *val,
		       uint8_t *mask)
{
	const struct part *p;

	while (!t->bad && !text_is(t, ")")) {
		text_is(t, ",");
		for (p = a->part; p < a->part + 8 && p->name; p++) {
			const char *from = t->at;

			if (!*p->name || (text_is(t, p->name) &&
					  text_is(t, "=")))
				break;
			t->at = from;
		}
		if (p == a->part + 8 || !p->name)
			t->bad = true;
		else if (!strcmp(p->name, "frag"))
			text_frag(t, val + p->offset, mask + p->offset);
		else
			text_value(t, val + p->offset, mask + p->offset, p->len);
	}
}

static bool text_name(struct text *t, const char *name)
{
	const size_t len = strlen(name);

	if (strncmp(t->at, name, len) || t->at[len] != '(')
		return false;
	t->at += len + 1;
	return true;
}

static const struct attr *text_attr(struct text *t)
{
	unsigned int i;

	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		if (text_name(t, attrs[i].name))
			return &attrs[i];
	return NULL;
}

/* vlan(tci=0x100a/0x1fff) */
static bool text_vlan(struct text *t, struct dp_flow *f)
{
	uint8_t val[2], mask[2];

	if (!text_name(t, "vlan"))
		return false;
	text_expect(t, "tci=");
	text_value(t, val, mask, 2);
	text_expect(t, ")");
	dp_put(&f->key, OVS_KEY_ATTR_VLAN, val, 2);
	dp_put(&f->mask, OVS_KEY_ATTR_VLAN, mask, 2);
	return true;
}

static bool text_number(struct text *t, struct dp_flow *f)
{
	uint8_t val[16] = { 0 }, mask[16] = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct attr *a = &numbers[i];

		if (!text_name(t, a->name))
			continue;
		if (a->len == 16) {		/* "0/0" is all there is */
			text_expect(t, "0/0");
		} else {
			text_value(t, val, mask, a->len);
			to_host(val, a->len);
			to_host(mask, a->len);
		}
		text_expect(t, ")");
		dp_put(&f->key, a->type, val, a->len);
		dp_put(&f->mask, a->type, mask, a->len);
		return true;
	}
	return false;
}

static void text_keys(struct text *t, struct dp_flow *f)
{
	uint8_t val[64], mask[64];
	const struct attr *a;
	size_t key_nest, mask_nest;

	while (!t->bad && *t->at && *t->at != ' ' && *t->at != ')') {
		if (text_is(t, ","))
			continue;
		if (text_number(t, f) || text_vlan(t, f))
			continue;
		if (text_name(t, "encap")) {
			key_nest = dp_nest(&f->key, OVS_KEY_ATTR_ENCAP);
			mask_nest = dp_nest(&f->mask, OVS_KEY_ATTR_ENCAP);
			text_keys(t, f);
			text_expect(t, ")");
			dp_end(&f->key, key_nest);
			dp_end(&f->mask, mask_nest);
			continue;
		}
		a = text_attr(t);
		if (!a) {
			t->bad = true;
			return;
		}
		memset(val, 0, sizeof(val));
		memset(mask, 0, sizeof(mask));
		text_parts(t, a, val, mask);
		/* eth_type(802.2): none in the key, all ones in the mask */
		if (a->type != OVS_KEY_ATTR_ETHERTYPE || val[0] || val[1])
			dp_put(&f->key, a->type, val, a->len);
		dp_put(&f->mask, a->type, mask, a->len);
	}
}

bool dp_parse_match(struct dp_flow *f, const char *text)
{
	struct text t = { .at = text };
	const uint8_t ttl = 0;
	size_t nest;

	memset(f, 0, sizeof(*f));
	f->has_mask = true;
	nest = dp_nest(&f->mask, OVS_KEY_ATTR_TUNNEL);
	dp_put(&f->mask, OVS_TUNNEL_KEY_ATTR_TTL, &ttl, 1);
	dp_end(&f->mask, nest);
	text_keys(&t, f);
	return !t.bad;
}

static void text_set(struct text *t, struct dp_list *l, bool masked)
{
	uint8_t data[128] = { 0 };
	const struct attr *a = text_attr(t);
	size_t nest;

	if (!a) {
		t->bad = true;
		return;
	}
	nest = dp_nest(l, masked ? OVS_ACTION_ATTR_SET_MASKED :
				   OVS_ACTION_ATTR_SET);
	text_parts(t, a, data, data + a->len);
	dp_put(l, a->type, data, masked ? 2 * a->len : a->len);
	dp_end(l, nest);
	text_expect(t, ")");
}

/* Whatever is in parentheses, which may be nested */
static void text_skip(struct text *t)
{
	unsigned int depth = 1;

	for (; *t->at && depth; t->at++)
		depth += (*t->at == '(') - (*t->at == ')');
}

static void text_push(struct text *t, struct dp_list *l)
{
	struct ovs_action_push_vlan vlan;
	unsigned int vid, pcp, tpid = 0x8100;
	int used = 0;

	if (sscanf(t->at, "tpid=%x,%n", &tpid, &used) == 1)
		t->at += used;
	used = 0;
	if (sscanf(t->at, "vid=%u,pcp=%u)%n", &vid, &pcp, &used) != 2) {
		t->bad = true;
		return;
	}
	t->at += used;
	vlan.vlan_tpid = htons(tpid);
	vlan.vlan_tci = htons(pcp << 13 | 0x1000 | vid);
	dp_put(l, OVS_ACTION_ATTR_PUSH_VLAN, &vlan, sizeof(vlan));
}

bool dp_parse_actions(struct dp_list *l, const char *text)
{
	struct text t = { .at = text };
	char *end;

	l->len = 0;
	while (!t.bad && *t.at) {
		if (text_is(&t, ","))
			continue;
		if (*t.at >= '0' && *t.at <= '9') {
			dp_put_u32(l, OVS_ACTION_ATTR_OUTPUT,
				   strtoul(t.at, &end, 10));
			t.at = end;
		} else if (text_name(&t, "push_vlan")) {
			text_push(&t, l);
		} else if (text_is(&t, "pop_vlan")) {
			dp_put(l, OVS_ACTION_ATTR_POP_VLAN, NULL, 0);
		} else if (text_name(&t, "set")) {
			text_set(&t, l, true);
		} else if (text_name(&t, "set_all")) {
			text_set(&t, l, false);
		} else if (text_name(&t, "userspace")) {
			const char *controller = strstr(t.at, "controller(");

			dp_put_userspace(l, controller ? 5 : 2);
			text_skip(&t);
		} else if (text_name(&t, "hash")) {
			dp_put(l, OVS_ACTION_ATTR_HASH, "\0\0\0\0\0\0\0", 8);
			text_skip(&t);
		} else if (text_name(&t, "recirc")) {
			dp_put_u32(l, OVS_ACTION_ATTR_RECIRC, 1);
			text_skip(&t);
		} else if (text_name(&t, "ct")) {
			dp_put(l, OVS_ACTION_ATTR_CT, NULL, 0);
			text_skip(&t);
		} else {
			t.bad = true;
		}
	}
	return !t.bad;
}

/*
 * The log writes set(...) where Open vSwitch sent a masked one that names the
 * fields given; so does this.  set_all(...) is the one without mask.
 */
bool dp_parse(struct dp_flow *f, const char *text)
{
	const char *actions = strstr(text, "actions:");
	char match[1024];
	size_t len = actions ? (size_t)(actions - text) : strlen(text);

	if (len >= sizeof(match))
		return false;
	memcpy(match, text, len);
	while (len && (match[len - 1] == ' ' || match[len - 1] == ',' ||
		       match[len - 1] == '\n'))
		len--;
	match[len] = 0;
	if (!dp_parse_match(f, match))
		return false;
	return !actions || dp_parse_actions(&f->actions, actions + 8);
}
