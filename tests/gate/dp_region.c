// SPDX-License-Identifier: GPL-2.0
/* Keys and masks as sets of packets: golden ones, and every refusal. */
#include "dp.h"

#define MD "recirc_id(0),dp_hash(0/0),skb_priority(0/0),in_port(2)," \
	   "skb_mark(0/0),ct_state(0/0),ct_zone(0/0),ct_mark(0/0),ct_label(0/0),"
#define ETH0 "eth(src=02:00:00:00:00:01/0,dst=02:00:00:00:00:02/0),"
#define V4(proto, frag)							\
	"eth_type(0x0800),ipv4(src=10.0.0.1/0,dst=10.0.0.2/0,proto=" proto \
	",tos=0/0,ttl=64/0,frag=" frag ")"
#define V6(proto, frag)							\
	"eth_type(0x86dd),ipv6(src=fe80::1/0,dst=fe80::2/0,label=0/0,proto=" \
	proto ",tclass=0/0,hlimit=64/0,frag=" frag "),exthdrs(0/0)"

struct expect {
	uint8_t offset, len;
	uint64_t val, mask;		/* of the last 8 bytes; big-endian */
};

#define E(member, val, mask)						\
	{ offsetof(struct flow_key, member),				\
	  sizeof(((struct flow_key *)0)->member), val, mask }

/* What is known, apart from metadata and port; all else is not */
static const struct golden {
	const char *name, *text;
	uint8_t tags, vlan_limit;
	struct expect e[10];
} goldens[] = {
	{ "nothing but the type", MD ETH0 "eth_type(0x1234)", 0, 1,
	  { E(eth_type, 0x1234, 0xffff) } },
	{ "any type", MD ETH0 "eth_type(0x1234/0)", 0, 1, { { 0 } } },
	{ "a type is exact or open", MD ETH0 "eth_type(0x1234/0x00ff)", 0, 1,
	  { E(eth_type, 0x1234, 0xffff) } },
	{ "802.2", MD ETH0 "eth_type(0)", 0, 1,
	  { E(eth_type, 0x05ff, 0xffff) } },
	{ "802.2 or anything", MD ETH0, 0, 1, { { 0 } } },
	{ "addresses", MD "eth(src=02:00:00:00:00:01,"
	  "dst=03:00:00:00:00:02/01:00:00:00:00:00),eth_type(0x1234)", 0, 1,
	  { E(eth_type, 0x1234, 0xffff),
	    E(eth_src, 0x020000000001, 0xffffffffffff),
	    E(eth_dst, 0x010000000000, 0x010000000000) } },
	{ "priority and mark only narrow", "in_port(2),skb_priority(7),"
	  "skb_mark(3)," ETH0 "eth_type(0x1234)", 0, 1,
	  { E(eth_type, 0x1234, 0xffff) } },
	{ "state of a connection that is not compared", "in_port(2),"
	  "ct_state(0x2a/0),ct_tuple4(src=10.0.0.1/0,dst=10.0.0.2/0,proto=1/0,"
	  "tp_src=8/0,tp_dst=0/0)," ETH0 "eth_type(0x1234)", 0, 1,
	  { E(eth_type, 0x1234, 0xffff) } },
	{ "IPv4, all of it", MD ETH0 "eth_type(0x0800),ipv4(src=10.0.0.1,"
	  "dst=10.1.2.3/255.255.0.0,proto=17,tos=4/0xfc,ttl=9,frag=no),"
	  "udp(src=53,dst=4660/0xff00)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ipv4_src, 0x0a000001, 0xffffffff),
	    E(ipv4_dst, 0x0a010000, 0xffff0000), E(ip_proto, 17, 0xff),
	    E(ip_tos, 4, 0xfc), E(ip_ttl, 9, 0xff), E(ip_frag, 0, 0xff),
	    E(tp_src, 53, 0xffff), E(tp_dst, 0x1200, 0xff00) } },
	{ "protocol in part", MD ETH0 V4("6/0xf0", "no")
	  ",tcp(src=1/0,dst=2/0),tcp_flags(0/0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 0, 0xf0),
	    E(ip_frag, 0, 0xff) } },
	{ "protocol in part, of which one has types", MD ETH0 V4("1/0xf0", "no")
	  ",icmp(type=8/0,code=0/0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 0, 0xf0),
	    E(ip_frag, 0, 0xff) } },
	{ "TCP flags only narrow", MD ETH0 V4("6", "no")
	  ",tcp(src=1/0,dst=2),tcp_flags(2/2)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 6, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_dst, 2, 0xffff) } },
	{ "first fragment", MD ETH0 V4("6", "first")
	  ",tcp(src=1/0,dst=2),tcp_flags(0/0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 6, 0xff),
	    E(ip_frag, FLOW_FRAG_FIRST, 0xff), E(tp_dst, 2, 0xffff) } },
	{ "later fragment", MD ETH0 V4("6", "later"), 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 6, 0xff),
	    E(ip_frag, FLOW_FRAG_LATER, 0xff), E(tp_src, 0, 0xffff),
	    E(tp_dst, 0, 0xffff) } },
	{ "fragment or not", MD ETH0 V4("6", "0/0xfc")
	  ",tcp(src=1/0,dst=2),tcp_flags(0/0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 6, 0xff) } },
	{ "ICMP", MD ETH0 V4("1", "no") ",icmp(type=8/0xf8,code=0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 1, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_src, 8, 0xfff8), E(tp_dst, 0, 0xffff) } },
	{ "SCTP", MD ETH0 V4("132", "no") ",sctp(src=5,dst=6/0)", 0, 1,
	  { E(eth_type, 0x0800, 0xffff), E(ip_proto, 132, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_src, 5, 0xffff) } },
	{ "IPv6", MD ETH0 "eth_type(0x86dd),ipv6(src=fe80::1/ffff::,dst=::7,"
	  "label=0x12345,proto=59,tclass=8,hlimit=64/0,frag=no),exthdrs(0/0)",
	  0, 1,
	  { E(eth_type, 0x86dd, 0xffff), E(ipv6_flabel, 0x12345, 0xfffff),
	    E(ip_proto, 59, 0xff), E(ip_tos, 8, 0xff), E(ip_frag, 0, 0xff) } },
	{ "ND", MD ETH0 V6("58", "no") ",icmpv6(type=135,code=0),"
	  "nd(target=::9/0,sll=02:00:00:00:00:07,tll=00:00:00:00:00:00/0)", 0, 1,
	  { E(eth_type, 0x86dd, 0xffff), E(ip_proto, 58, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_src, 135, 0xffff),
	    E(tp_dst, 0, 0xffff), E(nd_sll, 0x020000000007, 0xffffffffffff) } },
	{ "ND attributes that say nothing", MD ETH0 V6("58", "no")
	  ",icmpv6(type=135/0,code=3/0),nd(target=::9/0,"
	  "sll=02:00:00:00:00:07/0,tll=00:00:00:00:00:00/0)", 0, 1,
	  { E(eth_type, 0x86dd, 0xffff), E(ip_proto, 58, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_src, 0, 0xff00),
	    E(tp_dst, 0, 0xff00) } },
	{ "ARP", MD ETH0 "eth_type(0x0806),arp(sip=10.0.0.1,tip=10.0.0.2/0,"
	  "op=1/0xff,sha=02:00:00:00:00:01/0,tha=00:00:00:00:00:00)", 0, 1,
	  { E(eth_type, 0x0806, 0xffff), E(arp_op, 1, 0xffff),
	    E(arp_spa, 0x0a000001, 0xffffffff),
	    E(arp_tha, 0, 0xffffffffffff) } },
	{ "ARP operation 0 may be a large one", MD ETH0 "eth_type(0x0806),"
	  "arp(sip=10.0.0.1/0,tip=10.0.0.2/0,op=0,sha=02:00:00:00:00:01/0,"
	  "tha=00:00:00:00:00:00/0)", 0, 1,
	  { E(eth_type, 0x0806, 0xffff), E(arp_op, 0, 0x00ff) } },
	{ "one tag", MD ETH0 "eth_type(0x8100),vlan(tci=0x300a),encap("
	  V4("1", "no") ",icmp(type=8/0,code=0/0))", 1, 1,
	  { E(eth_type, 0x0800, 0xffff), E(vlan[0].tpid, 0x8100, 0xffff),
	    E(vlan[0].tci, 0x300a, 0xffff), E(ip_proto, 1, 0xff),
	    E(ip_frag, 0, 0xff), E(tp_src, 0, 0xff00), E(tp_dst, 0, 0xff00) } },
	{ "one tag, any priority", MD ETH0 "eth_type(0x8100),"
	  "vlan(tci=0x300a/0x1fff),encap(eth_type(0x1234))", 1, 1,
	  { E(eth_type, 0x1234, 0xffff), E(vlan[0].tpid, 0x8100, 0xffff),
	    E(vlan[0].tci, 0x100a, 0x1fff) } },
	{ "one tag, whatever it is", MD ETH0 "eth_type(0x8100),"
	  "vlan(tci=0x300a/0),encap(eth_type(0x1234))", 1, 1,
	  { E(eth_type, 0x1234, 0xffff), E(vlan[0].tpid, 0x8100, 0xffff),
	    E(vlan[0].tci, 0x1000, 0x1000) } },
	{ "802.2 behind a tag", MD ETH0 "eth_type(0x8100),vlan(tci=0x300a),"
	  "encap(eth_type(0))", 1, 1,
	  { E(eth_type, 0x05ff, 0xffff), E(vlan[0].tpid, 0x8100, 0xffff),
	    E(vlan[0].tci, 0x300a, 0xffff) } },
	{ "two tags", MD ETH0 "eth_type(0x88a8),vlan(tci=0x1001),encap("
	  "eth_type(0x8100),vlan(tci=0x1002),encap(eth_type(0x1234)))", 2, 2,
	  { E(eth_type, 0x1234, 0xffff), E(vlan[0].tpid, 0x88a8, 0xffff),
	    E(vlan[0].tci, 0x1001, 0xffff), E(vlan[1].tpid, 0x8100, 0xffff),
	    E(vlan[1].tci, 0x1002, 0xffff) } },
	{ "three tags", MD ETH0 "eth_type(0x88a8),vlan(tci=0x1001),encap("
	  "eth_type(0x8100),vlan(tci=0x1002),encap(eth_type(0x8100)))", 2, 2,
	  { E(eth_type, 0x8100, 0xffff), E(vlan[0].tpid, 0x88a8, 0xffff),
	    E(vlan[0].tci, 0x1001, 0xffff), E(vlan[1].tpid, 0x8100, 0xffff),
	    E(vlan[1].tci, 0x1002, 0xffff) } },
};

static struct gate_region region;

static enum gate_err read_region(const struct dp_flow *f, uint8_t vlan_limit,
				 struct gate_state *s)
{
	const struct gate_flow flow = dp_gate_flow(f);

	memset(&region, 0xa5, sizeof(region));
	return gate_region(&region, &flow, 1, vlan_limit, s);
}

static void expect_put(struct gate_state *s, const struct expect *e)
{
	unsigned int i;

	for (i = 0; i < e->len && i < 8; i++) {
		const unsigned int at = e->offset + e->len - 1 - i;

		((uint8_t *)&s->val)[at] = e->val >> 8 * i;
		((uint8_t *)&s->known)[at] = e->mask >> 8 * i;
	}
}

static bool is_golden(const struct golden *g)
{
	struct gate_state got, want = { 0 };
	const struct expect *e;
	struct dp_flow f;
	enum gate_err err;

	ASK(dp_parse_match(&f, g->text));
	err = read_region(&f, g->vlan_limit, &got);
	if (err)
		printf("# %s (attribute %d)\n", gate_err_text(err), region.bad);
	ASK(!err);
	want.val.key.in_port = htonl(1);
	want.known.key.in_port = htonl(UINT32_MAX);
	want.known.key.metadata = ~(__be64)0;
	memset(want.known.key.vlan, 0xff, sizeof(want.known.key.vlan));
	for (e = g->e; e->len; e++)
		expect_put(&want, e);
	/* Wider than a number, and the same in both */
	memcpy(want.val.key.ipv6_src, got.val.key.ipv6_src, 32);
	memcpy(want.known.key.ipv6_src, got.known.key.ipv6_src, 32);
	memcpy(want.val.key.nd_target, got.val.key.nd_target, 16);
	memcpy(want.known.key.nd_target, got.known.key.nd_target, 16);
	ASK(!memcmp(&want.val, &got.val, sizeof(want.val)));
	ASK(!memcmp(&want.known, &got.known, sizeof(want.known)));
	ASK(got.tags == g->tags && !got.hidden);
	return true;
}

static bool ipv6_addresses(void)
{
	struct gate_state s;
	struct dp_flow f;
	uint8_t want[16] = { 0xfe, 0x80 };

	ASK(dp_parse_match(&f, MD ETH0 "eth_type(0x86dd),ipv6(src=fe80::1/"
		"ffff::,dst=::7,label=0/0,proto=0/0,tclass=0/0,hlimit=0/0,"
		"frag=no),exthdrs(0/0)"));
	ASK(!read_region(&f, 1, &s));
	ASK(!memcmp(s.val.key.ipv6_src, want, 16));
	memset(want, 0xff, 2);
	ASK(!memcmp(s.known.key.ipv6_src, want, 16));
	memset(want, 0, 16);
	want[15] = 7;
	ASK(!memcmp(s.val.key.ipv6_dst, want, 16));
	memset(want, 0xff, 16);
	ASK(!memcmp(s.known.key.ipv6_dst, want, 16));
	return true;
}

#define QINQ "eth_type(0x88a8),vlan(tci=0x1001),encap("			\
	     "eth_type(0x8100),vlan(tci=0x1002),encap(eth_type(0x1234)))"

/*
 * vlan-limit 1: user space's mask stops at the second tag.  The kernel compares
 * its control information and the type behind it, but not the tag's type.
 */
static bool hidden_tag(void)
{
	struct gate_state s;
	struct dp_flow f, g;

	ASK(dp_parse_match(&f, MD ETH0 QINQ));
	ASK(!read_region(&f, 1, &s));
	ASK(s.tags == 2 && s.hidden == 1);
	ASK(s.known.key.vlan[1].tpid == htons(0xffff));

	ASK(dp_parse_match(&g, MD ETH0
		"eth_type(0x88a8),vlan(tci=0x1001),encap(eth_type(0x8100))"));
	f.mask = g.mask;
	ASK(!read_region(&f, 1, &s));
	ASK(s.tags == 2 && s.hidden == 1);
	ASK(s.known.key.vlan[1].tpid == htons(0xf657));
	ASK(s.val.key.vlan[1].tpid == htons(0x8000));
	ASK(s.known.key.vlan[1].tci == htons(0xffff));
	ASK(s.val.key.vlan[1].tci == htons(0x1002));
	ASK(s.known.key.eth_type == htons(0xffff));
	ASK(s.val.key.eth_type == htons(0x1234));
	/* but not for a tag that OpenFlow sees */
	ASK(read_region(&f, 2, &s) == GATE_ETAGS);
	return true;
}

static bool no_mask(void)
{
	struct gate_state s;
	struct dp_flow f;

	ASK(dp_parse_match(&f, "in_port(2)," ETH0 V4("1", "no")
			   ",icmp(type=8/0,code=0/0)"));
	f.has_mask = false;
	ASK(!read_region(&f, 1, &s));
	ASK(s.known.key.eth_type == htons(0xffff));
	ASK(s.known.key.ip_ttl == 0xff && s.val.key.ip_ttl == 64);
	ASK(s.known.key.tp_src == htons(0xffff));
	ASK(s.val.key.tp_src == htons(8));
	/* Connection tracking would be compared. */
	ASK(dp_parse_match(&f, MD ETH0 "eth_type(0x1234)"));
	f.has_mask = false;
	ASK(read_region(&f, 1, &s) == GATE_EATTRKEY);
	/* A key without a type leaves it open. */
	ASK(dp_parse_match(&f, "in_port(2)," ETH0));
	f.has_mask = false;
	ASK(!read_region(&f, 1, &s));
	ASK(!s.known.key.eth_type);
	/* Nothing behind a tag: openvswitch cannot make a mask of that. */
	ASK(dp_parse_match(&f, "in_port(2)," ETH0
		"eth_type(0x8100),vlan(tci=0x1001),encap()"));
	f.has_mask = false;
	ASK(read_region(&f, 1, &s) == GATE_ETAGS);
	return true;
}

static const struct refusal {
	const char *name, *text;
	enum gate_err err;
	int attr;
} refusals[] = {
	{ "recirculated", "recirc_id(1),in_port(2)," ETH0, GATE_ERECIRC,
	  OVS_KEY_ATTR_RECIRC_ID },
	{ "any recirculation", "recirc_id(0/1),in_port(2)," ETH0, GATE_ERECIRC,
	  OVS_KEY_ATTR_RECIRC_ID },
	{ "hash", "dp_hash(1/1),in_port(2)," ETH0, GATE_EATTRKEY,
	  OVS_KEY_ATTR_DP_HASH },
	{ "ct_state", "in_port(2),ct_state(0/0x20)," ETH0, GATE_EATTRKEY,
	  OVS_KEY_ATTR_CT_STATE },
	{ "ct_zone", "in_port(2),ct_zone(1)," ETH0, GATE_EATTRKEY,
	  OVS_KEY_ATTR_CT_ZONE },
	{ "ct_mark", "in_port(2),ct_mark(1)," ETH0, GATE_EATTRKEY,
	  OVS_KEY_ATTR_CT_MARK },
	{ "ct_tuple4", "in_port(2),ct_tuple4(src=10.0.0.1/0,dst=10.0.0.2/0,"
	  "proto=1,tp_src=8/0,tp_dst=0/0)," ETH0, GATE_EATTRKEY,
	  OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4 },
	{ "no input port", ETH0, GATE_EINPORT, OVS_KEY_ATTR_IN_PORT },
	{ "any input port", "in_port(2/0)," ETH0, GATE_EINPORT,
	  OVS_KEY_ATTR_IN_PORT },
	{ "some input ports", "in_port(2/0xff)," ETH0, GATE_EINPORT,
	  OVS_KEY_ATTR_IN_PORT },
	{ "input port too large", "in_port(65535)," ETH0, GATE_EINPORT,
	  OVS_KEY_ATTR_IN_PORT },
	{ "no Ethernet", "in_port(2),eth_type(0x0800)", GATE_EATTR,
	  OVS_KEY_ATTR_ETHERNET },
	{ "type is a length", MD ETH0 "eth_type(0x0500)", GATE_EATTR,
	  OVS_KEY_ATTR_ETHERTYPE },
	{ "IPv4 without its type", MD ETH0
	  "ipv4(src=10.0.0.1,dst=10.0.0.2/0,proto=1/0,tos=0/0,ttl=64/0,frag=no)",
	  GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "IPv4 with any type", MD ETH0 "eth_type(0x0800/0),"
	  "ipv4(src=10.0.0.1,dst=10.0.0.2/0,proto=1/0,tos=0/0,ttl=64/0,frag=no)",
	  GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "IPv4 of type IPv6", MD ETH0 "eth_type(0x86dd),"
	  "ipv4(src=10.0.0.1,dst=10.0.0.2/0,proto=1/0,tos=0/0,ttl=64/0,frag=no)",
	  GATE_EATTR, OVS_KEY_ATTR_IPV6 },
	{ "no such fragment", MD ETH0 V4("1/0", "3"), GATE_EATTR,
	  OVS_KEY_ATTR_IPV4 },
	{ "ports of ICMP", MD ETH0 V4("1", "no")
	  ",tcp(src=1/0,dst=2/0),tcp_flags(0/0)", GATE_EATTR,
	  OVS_KEY_ATTR_TCP },
	{ "ports without exact protocol", MD ETH0 V4("6/0xfe", "no")
	  ",tcp(src=1/0,dst=2),tcp_flags(0/0)", GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "flags without exact protocol", MD ETH0 V4("6/0xfe", "no")
	  ",tcp(src=1/0,dst=2/0),tcp_flags(1/1)", GATE_EATTR,
	  OVS_KEY_ATTR_IPV4 },
	{ "type without exact protocol", MD ETH0 V4("1/0xfe", "no")
	  ",icmp(type=8,code=0/0)", GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "ports of later fragments", MD ETH0 V4("6", "later")
	  ",tcp(src=1/0,dst=2/0),tcp_flags(0/0)", GATE_EATTR,
	  OVS_KEY_ATTR_TCP },
	{ "ICMP of IPv6", MD ETH0 V6("1", "no") ",icmp(type=8/0,code=0/0)",
	  GATE_EATTR, OVS_KEY_ATTR_ICMP },
	{ "flow label too large", MD ETH0 "eth_type(0x86dd),ipv6(src=::1/0,"
	  "dst=::2/0,label=0x100000/0,proto=0/0,tclass=0/0,hlimit=0/0,frag=no)",
	  GATE_EATTR, OVS_KEY_ATTR_IPV6 },
	{ "ND of any code", MD ETH0 V6("58", "no") ",icmpv6(type=135,code=0/0),"
	  "nd(target=::9,sll=02:00:00:00:00:07/0,tll=00:00:00:00:00:00/0)",
	  GATE_EATTR, OVS_KEY_ATTR_ND },
	{ "ND of another code", MD ETH0 V6("58", "no") ",icmpv6(type=135,code=1),"
	  "nd(target=::9,sll=02:00:00:00:00:07/0,tll=00:00:00:00:00:00/0)",
	  GATE_EATTR, OVS_KEY_ATTR_ND },
	{ "ND of a ping", MD ETH0 V6("58", "no") ",icmpv6(type=128,code=0),"
	  "nd(target=::9/0,sll=02:00:00:00:00:07/0,tll=00:00:00:00:00:00/0)",
	  GATE_EATTR, OVS_KEY_ATTR_ND },
	{ "ARP operation above 255", MD ETH0 "eth_type(0x0806),arp(sip=1.1.1.1/0,"
	  "tip=1.1.1.2/0,op=0x101,sha=02:00:00:00:00:01/0,"
	  "tha=00:00:00:00:00:00/0)", GATE_EATTR, OVS_KEY_ATTR_ARP },
	{ "ARP of type IPv4", MD ETH0 V4("1/0", "no") ",arp(sip=1.1.1.1/0,"
	  "tip=1.1.1.2/0,op=1/0,sha=02:00:00:00:00:01/0,"
	  "tha=00:00:00:00:00:00/0)", GATE_EATTR, OVS_KEY_ATTR_ARP },
	{ "VLAN type without tag", MD ETH0 "eth_type(0x8100)", GATE_ETAGS,
	  OVS_KEY_ATTR_VLAN },
	{ "tag without VLAN type", MD ETH0 "eth_type(0x1234),vlan(tci=0x1001/0)",
	  GATE_ETAGS, OVS_KEY_ATTR_VLAN },
	{ "tag that is not present", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x0001),encap(eth_type(0x1234))",
	  GATE_ETAGS, OVS_KEY_ATTR_VLAN },
	{ "mask without presence", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001/0xefff),encap(eth_type(0x1234))",
	  GATE_ETAGS, OVS_KEY_ATTR_VLAN },
	{ "any type of tag", MD ETH0
	  "eth_type(0x8100/0xff00),vlan(tci=0x1001),encap(eth_type(0x1234))",
	  GATE_ETAGS, OVS_KEY_ATTR_ETHERTYPE },
	{ "VLAN type behind a tag, without tag", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001),encap(eth_type(0x8100))",
	  GATE_ETAGS, OVS_KEY_ATTR_VLAN },
	{ "tag without mask behind it", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001),encap()", GATE_ETAGS,
	  OVS_KEY_ATTR_ENCAP },
	{ "IPv4 beside a tag", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001),encap(eth_type(0x0800)),"
	  "ipv4(src=10.0.0.1,dst=10.0.0.2/0,proto=1/0,tos=0/0,ttl=64/0,frag=no)",
	  GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "IPv4 beside a tag of something else", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001),encap(eth_type(0x1234)),"
	  "ipv4(src=10.0.0.1/0,dst=10.0.0.2/0,proto=1/0,tos=0/0,ttl=64/0,"
	  "frag=0/0)", GATE_EATTR, OVS_KEY_ATTR_IPV4 },
	{ "input port behind a tag", MD ETH0
	  "eth_type(0x8100),vlan(tci=0x1001),encap(eth_type(0x1234),in_port(3))",
	  GATE_EATTR, OVS_KEY_ATTR_IN_PORT },
	{ "four levels", MD ETH0 "eth_type(0x8100),vlan(tci=0x1001),encap("
	  "eth_type(0x8100),vlan(tci=0x1001),encap(eth_type(0x8100),"
	  "vlan(tci=0x1001),encap(eth_type(0x1234))))", GATE_ETAGS,
	  OVS_KEY_ATTR_VLAN },
	{ "twice", MD "in_port(2)," ETH0, GATE_EATTRDUP, OVS_KEY_ATTR_IN_PORT },
};

static bool is_refused(const struct refusal *r)
{
	struct gate_state s;
	struct dp_flow f;
	enum gate_err err;

	ASK(dp_parse_match(&f, r->text));
	err = read_region(&f, 1, &s);
	if (err != r->err || region.bad != r->attr)
		printf("# %s (attribute %d)\n", gate_err_text(err), region.bad);
	ASK(err == r->err);
	ASK(region.bad == r->attr);
	return true;
}

/* Attributes that nothing is known of, in key and in mask; and wrong lengths */
static bool unknown_attributes(void)
{
	static const uint8_t zero[40];
	unsigned int type, in_mask, len;
	unsigned int unknown = 0;
	struct gate_state s;
	struct dp_flow f;
	enum gate_err err;

	for (type = 0; type < 64; type++) {
		for (in_mask = 0; in_mask < 2; in_mask++) {
			ASK(dp_parse_match(&f, "in_port(2)," ETH0));
			dp_put(in_mask ? &f.mask : &f.key, type, zero, 4);
			err = read_region(&f, 1, &s);
			if (err == GATE_EATTRKEY) {
				ASK(region.bad == (int)type);
				unknown++;
			}
		}
		for (len = 0; len < 40; len++) {
			if (type == OVS_KEY_ATTR_IN_PORT ||
			    type == OVS_KEY_ATTR_ETHERNET)
				continue;
			ASK(dp_parse_match(&f, "in_port(2)," ETH0));
			dp_put(&f.key, type, zero, len);
			err = read_region(&f, 1, &s);
			ASK(err || len == 4 || len == 2 || len == 16);
		}
	}
	/* 0, TUNNEL (which the mask has already), MPLS, NSH, 29 .. 31, 33 .. 63 */
	ASK(unknown == 2 * (1 + 3 + 3 + 31) - 1);
	return true;
}

static bool tunnels(void)
{
	const uint8_t one = 1;
	struct gate_state s;
	struct dp_flow f;
	size_t nest;

	ASK(dp_parse_match(&f, "in_port(2)," ETH0));
	ASK(!read_region(&f, 1, &s));
	memset(&f.mask, 0, sizeof(f.mask));
	dp_put_u32(&f.mask, OVS_KEY_ATTR_IN_PORT, UINT32_MAX);
	nest = dp_nest(&f.mask, OVS_KEY_ATTR_TUNNEL);
	dp_put(&f.mask, OVS_TUNNEL_KEY_ATTR_TTL, &one, 1);
	dp_end(&f.mask, nest);
	ASK(read_region(&f, 1, &s) == GATE_EATTRKEY);
	memset(&f.mask, 0, sizeof(f.mask));
	dp_put_u32(&f.mask, OVS_KEY_ATTR_IN_PORT, UINT32_MAX);
	nest = dp_nest(&f.mask, OVS_KEY_ATTR_TUNNEL);
	dp_put(&f.mask, OVS_TUNNEL_KEY_ATTR_CSUM, NULL, 0);
	dp_end(&f.mask, nest);
	ASK(read_region(&f, 1, &s) == GATE_EATTRKEY);
	return true;
}

/* What is compared must be there. */
static bool mask_without_key(void)
{
	struct gate_state s;
	struct dp_flow f;

	ASK(dp_parse_match(&f, "in_port(2)," ETH0 "eth_type(0x1234)"));
	ASK(!read_region(&f, 1, &s));
	dp_put_u32(&f.mask, OVS_KEY_ATTR_PRIORITY, 0);
	ASK(!read_region(&f, 1, &s));
	dp_put_u32(&f.mask, OVS_KEY_ATTR_SKB_MARK, 1);
	ASK(read_region(&f, 1, &s) == GATE_EATTR);
	ASK(region.bad == OVS_KEY_ATTR_SKB_MARK);
	return true;
}

static bool in_ports(void)
{
	struct gate_flow flow;
	struct dp_flow f;
	uint32_t port;

	ASK(dp_parse_match(&f, MD ETH0));
	flow = dp_gate_flow(&f);
	ASK(!gate_flow_in_port(&flow, false, &port) && port == 2);
	flow.has_mask = false;
	ASK(!gate_flow_in_port(&flow, false, &port) && port == 2);
	ASK(!gate_flow_in_port(&flow, true, &port) && port == 2);
	flow.has_mask = true;
	flow.mask_len = 0;
	ASK(gate_flow_in_port(&flow, false, &port) == GATE_EINPORT);
	ASK(!gate_flow_in_port(&flow, true, &port) && port == 2);
	ASK(dp_parse_match(&f, "in_port(2/1)," ETH0));
	flow = dp_gate_flow(&f);
	ASK(gate_flow_in_port(&flow, false, &port) == GATE_EINPORT);
	ASK(dp_parse_match(&f, ETH0));
	flow = dp_gate_flow(&f);
	ASK(gate_flow_in_port(&flow, false, &port) == GATE_EINPORT);
	ASK(!gate_flow_in_port(&flow, true, &port) && port == 0);
	ASK(dp_parse_match(&f, "in_port(2),in_port(3)"));
	flow = dp_gate_flow(&f);
	ASK(gate_flow_in_port(&flow, false, &port) == GATE_EATTR);
	return true;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
		TEST(goldens[i].name, is_golden(&goldens[i]));
	TEST("IPv6 addresses", ipv6_addresses());
	TEST("a tag that OpenFlow does not see", hidden_tag());
	TEST("without a mask", no_mask());
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		TEST(refusals[i].name, is_refused(&refusals[i]));
	TEST("unknown attributes, wrong lengths", unknown_attributes());
	TEST("tunnels", tunnels());
	TEST("a mask without a key", mask_without_key());
	TEST("input ports", in_ports());
	return test_end();
}
