// SPDX-License-Identifier: GPL-2.0
/* Verdicts on flows: each datapath action, and each way to be refused. */
#include "dp.h"

#define IN "in_port(2),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),"
#define TYPE IN "eth_type(0x1234),"
#define V4 IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,"	\
	   "tos=0,ttl=64,frag=no),tcp(src=1,dst=2),tcp_flags(0/0),"
#define LATER IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,"\
	   "tos=0,ttl=64,frag=later),"
#define FIRST IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,"\
	   "tos=0,ttl=64,frag=first),tcp(src=1,dst=2),tcp_flags(0/0),"
#define UDP IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=17,"	\
	   "tos=0,ttl=64,frag=no),udp(src=1,dst=2),"
#define SCTP IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=132,"\
	   "tos=0,ttl=64,frag=no),sctp(src=1,dst=2),"
#define V6 IN "eth_type(0x86dd),ipv6(src=::1,dst=::2,label=7,proto=6,"	\
	   "tclass=0,hlimit=64,frag=no),tcp(src=1,dst=2),tcp_flags(0/0),"
#define TAG IN "eth_type(0x8100),vlan(tci=0x300a),encap(eth_type(0x1234)),"
#define TAG_VID IN "eth_type(0x8100),vlan(tci=0x300a/0x1fff),"		\
	   "encap(eth_type(0x1234)),"
#define TAG_ANY IN "eth_type(0x8100),vlan(tci=0x300a/0),"		\
	   "encap(eth_type(0x1234)),"

/* What the rules say of all packets of port 1; "-": there is no rule. */
enum what {
	NOTHING, OUT2, OUT2_3, IN_PORT, CTL, CTL_OUT2, OUT2_CTL, SRC_OUT2,
	SRC_OUT2_OUT3, TTL_OUT2, DEC_OUT2, TOS_OUT2, IP_OUT2, IP6_OUT2,
	LABEL_OUT2, HLIM_OUT2, PORT_OUT2, UDP_OUT2, SCTP_OUT2, PUSH_OUT2,
	POP_OUT2, VID_OUT2, PCP_OUT2, PUSH_POP_VID,
};

static struct of_flow_mod fm;

static void set(unsigned int f, uint64_t v)
{
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), f, v);
}

static void rules(struct dp_switch *sw, enum what what)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	switch (what) {
	case NOTHING:
		return;
	case IN_PORT:
		unit_output(&fm, OF_PORT_IN_PORT);
		break;
	case CTL:
	case CTL_OUT2:
		unit_output(&fm, OF_PORT_CONTROLLER);
		break;
	case SRC_OUT2:
	case SRC_OUT2_OUT3:
		set(FLOW_ETH_SRC, 0x02aa00000001);
		break;
	case TTL_OUT2:
		unit_apply(&fm, OF_ACTION_SET_NW_TTL)->ttl = 9;
		break;
	case DEC_OUT2:
		unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
		break;
	case TOS_OUT2:
		set(FLOW_IP_DSCP, 5);
		break;
	case IP_OUT2:
		set(FLOW_IPV4_DST, 0x0a000009);
		break;
	case IP6_OUT2:
		set(FLOW_IPV6_DST, 9);
		break;
	case LABEL_OUT2:
		set(FLOW_IPV6_FLABEL, 9);
		break;
	case HLIM_OUT2:
		unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
		break;
	case PORT_OUT2:
		set(FLOW_TCP_DST, 80);
		break;
	case UDP_OUT2:
		set(FLOW_UDP_DST, 80);
		break;
	case SCTP_OUT2:
		set(FLOW_SCTP_DST, 80);
		break;
	case PUSH_OUT2:
		unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = 0x8100;
		break;
	case POP_OUT2:
		unit_apply(&fm, OF_ACTION_POP_VLAN);
		break;
	case VID_OUT2:
		set(FLOW_VLAN_VID, FLOW_VLAN_PRESENT | 5);
		break;
	case PCP_OUT2:
		set(FLOW_VLAN_PCP, 5);
		break;
	case PUSH_POP_VID:		/* table 1 looks at the tag that it had */
		unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = 0x8100;
		unit_apply(&fm, OF_ACTION_POP_VLAN);
		fm.instructions.has_goto = 1;
		fm.instructions.goto_table = 1;
		dp_add(sw, &fm);
		unit_flow_mod(&fm, OF_FLOW_ADD, 1, 20);
		unit_match(&fm.match, FLOW_VLAN_VID, FLOW_VLAN_PRESENT | 5);
		unit_output(&fm, 3);
		dp_add(sw, &fm);
		unit_flow_mod(&fm, OF_FLOW_ADD, 1, 10);
		break;
	default:
		break;
	}
	if (what != IN_PORT && what != CTL)
		unit_output(&fm, 2);
	if (what == OUT2_3 || what == SRC_OUT2_OUT3)
		unit_output(&fm, 3);
	if (what == OUT2_CTL)
		unit_output(&fm, OF_PORT_CONTROLLER);
	dp_add(sw, &fm);
}

static const struct verdict {
	const char *name;
	enum what what;
	const char *flow;
	enum gate_err err;
} verdicts[] = {
	{ "output", OUT2, TYPE "actions:3", GATE_OK },
	{ "outputs in any order", OUT2_3, TYPE "actions:4,3", GATE_OK },
	{ "no rule", NOTHING, TYPE "actions:3", GATE_EEXTRA },
	{ "another output", OUT2, TYPE "actions:4", GATE_EOUTPUT },
	{ "an output more", OUT2, TYPE "actions:3,4", GATE_EEXTRA },
	{ "an output twice", OUT2, TYPE "actions:3,3", GATE_EEXTRA },
	{ "an output less", OUT2_3, TYPE "actions:3", GATE_EMISSING },
	{ "output to a stranger", OUT2, TYPE "actions:9", GATE_EPORT },
	{ "from a stranger", OUT2, "in_port(9),eth(src=02:00:00:00:00:01),"
	  "actions:3", GATE_EPORT },
	{ "back where it came from", IN_PORT, TYPE "actions:2", GATE_OK },
	{ "to the controller", CTL, TYPE "actions:userspace(controller())",
	  GATE_OK },
	{ "to the controller, unasked", OUT2,
	  TYPE "actions:3,userspace(controller())", GATE_EEXTRA },
	{ "controller first", CTL_OUT2, TYPE "actions:userspace(controller()),3",
	  GATE_OK },
	{ "controller last", OUT2_CTL, TYPE "actions:3,userspace(controller())",
	  GATE_OK },
	{ "slow path and more", OUT2, TYPE "actions:userspace(slow_path()),3",
	  GATE_EUSERSPACE },
	{ "address set", SRC_OUT2,
	  TYPE "actions:set(eth(src=02:aa:00:00:00:01)),3", GATE_OK },
	{ "both addresses set", SRC_OUT2, TYPE "actions:set_all(eth("
	  "src=02:aa:00:00:00:01,dst=02:00:00:00:00:02)),3", GATE_OK },
	{ "the other address set as well", SRC_OUT2, TYPE "actions:set_all(eth("
	  "src=02:aa:00:00:00:01,dst=02:00:00:00:00:03)),3", GATE_EHEADERS },
	{ "address not set", SRC_OUT2, TYPE "actions:3", GATE_EHEADERS },
	{ "address set in part", SRC_OUT2, TYPE "actions:set(eth("
	  "src=02:aa:00:00:00:00/ff:ff:00:00:00:00)),3", GATE_OK },
	{ "address set too late", SRC_OUT2,
	  TYPE "actions:3,set(eth(src=02:aa:00:00:00:01))", GATE_EHEADERS },
	{ "set for one of two", SRC_OUT2_OUT3,
	  TYPE "actions:set(eth(src=02:aa:00:00:00:01)),3,"
	  "set(eth(src=02:00:00:00:00:01)),4", GATE_EHEADERS },
	{ "rewrites behind the last output", OUT2,
	  TYPE "actions:3,set(eth(src=02:aa:00:00:00:01))", GATE_OK },
	{ "TTL set", TTL_OUT2, V4 "actions:set(ipv4(ttl=9)),3", GATE_OK },
	{ "TTL less one", DEC_OUT2, V4 "actions:set(ipv4(ttl=63)),3", GATE_OK },
	{ "TTL less two", DEC_OUT2, V4 "actions:set(ipv4(ttl=62)),3",
	  GATE_EHEADERS },
	{ "DSCP set", TOS_OUT2, V4 "actions:set(ipv4(tos=20/0xfc)),3", GATE_OK },
	{ "ECN set as well", TOS_OUT2, V4 "actions:set(ipv4(tos=21)),3",
	  GATE_EHEADERS },
	{ "IPv4 set", IP_OUT2, V4 "actions:set(ipv4(dst=10.0.0.9)),3", GATE_OK },
	{ "all of IPv4 set", IP_OUT2, V4 "actions:set_all(ipv4(src=10.0.0.1,"
	  "dst=10.0.0.9,proto=6,tos=0,ttl=64,frag=no)),3", GATE_OK },
	{ "protocol set", IP_OUT2, V4 "actions:set_all(ipv4(src=10.0.0.1,"
	  "dst=10.0.0.9,proto=17,tos=0,ttl=64,frag=no)),3", GATE_EATTRSET },
	{ "fragment set", IP_OUT2, V4 "actions:set_all(ipv4(src=10.0.0.1,"
	  "dst=10.0.0.9,proto=6,tos=0,ttl=64,frag=later)),3", GATE_EATTRSET },
	{ "protocol in mask", IP_OUT2,
	  V4 "actions:set(ipv4(dst=10.0.0.9,proto=6)),3", GATE_EATTRSET },
	{ "IPv4 set in something else", IP_OUT2,
	  TYPE "actions:set(ipv4(dst=10.0.0.9)),3", GATE_EATTRSET },
	{ "IPv4 set in anything", OUT2, IN "eth_type(0x0800/0),"
	  "actions:set(ipv4(dst=10.0.0.9)),3", GATE_EATTR },
	{ "IPv6 set", IP6_OUT2, V6 "actions:set(ipv6(dst=::9)),3", GATE_OK },
	{ "all of IPv6 set", IP6_OUT2, V6 "actions:set_all(ipv6(src=::1,"
	  "dst=::9,label=7,proto=6,tclass=0,hlimit=64,frag=no)),3", GATE_OK },
	{ "flow label set", LABEL_OUT2, V6 "actions:set(ipv6(label=9/0xfffff)),3",
	  GATE_OK },
	{ "flow label too large", LABEL_OUT2,
	  V6 "actions:set(ipv6(label=0x100009)),3", GATE_EATTRSET },
	{ "flow label with too much mask", LABEL_OUT2,
	  V6 "actions:set(ipv6(label=9)),3", GATE_EATTRSET },
	{ "hop limit less one", HLIM_OUT2, V6 "actions:set(ipv6(hlimit=63)),3",
	  GATE_OK },
	{ "port set", PORT_OUT2, V4 "actions:set(tcp(dst=80)),3", GATE_OK },
	{ "both ports set", PORT_OUT2, V4 "actions:set_all(tcp(src=1,dst=80)),3",
	  GATE_OK },
	{ "the other port set", PORT_OUT2, V4 "actions:set(tcp(src=80)),3",
	  GATE_EHEADERS },
	{ "port set in IPv6", PORT_OUT2, V6 "actions:set(tcp(dst=80)),3",
	  GATE_OK },
	{ "port of a first fragment set", PORT_OUT2,
	  FIRST "actions:set(tcp(dst=80)),3", GATE_OK },
	{ "port of a first fragment not set", PORT_OUT2, FIRST "actions:3",
	  GATE_EHEADERS },
	{ "port of a later fragment set", PORT_OUT2,
	  LATER "actions:set(tcp(dst=80)),3", GATE_EATTRSET },
	{ "port of a later fragment not set", PORT_OUT2, LATER "actions:3",
	  GATE_OK },
	{ "port set where the protocol is open", OUT2, IN "eth_type(0x0800),"
	  "ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6/0xfe,tos=0,ttl=64,frag=no),"
	  "tcp(src=1/0,dst=2/0),tcp_flags(0/0),actions:set(tcp(dst=80)),3",
	  GATE_EATTRSET },
	{ "port set where fragments are among them", OUT2, IN "eth_type(0x0800),"
	  "ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,tos=0,ttl=64,frag=0/0xfc),"
	  "tcp(src=1/0,dst=2/0),tcp_flags(0/0),actions:set(tcp(dst=80)),3",
	  GATE_EATTRSET },
	{ "port of UDP set by the name of TCP", UDP_OUT2,
	  UDP "actions:set(tcp(dst=80)),3", GATE_EATTRSET },
	{ "port of UDP set", UDP_OUT2, UDP "actions:set(udp(dst=80)),3",
	  GATE_OK },
	{ "port of SCTP set", SCTP_OUT2, SCTP "actions:set(sctp(dst=80)),3",
	  GATE_OK },
	{ "no action for ICMP", OUT2, V4 "actions:set(icmp(type=8)),3",
	  GATE_EATTRSET },
	{ "tag pushed", PUSH_OUT2, TYPE "actions:push_vlan(vid=0,pcp=0),3",
	  GATE_OK },
	{ "another tag pushed", PUSH_OUT2, TYPE "actions:push_vlan(vid=1,pcp=0),3",
	  GATE_EHEADERS },
	{ "another type of tag pushed", PUSH_OUT2,
	  TYPE "actions:push_vlan(tpid=88a8,vid=0,pcp=0),3", GATE_EHEADERS },
	{ "no type of a tag", PUSH_OUT2,
	  TYPE "actions:push_vlan(tpid=0800,vid=0,pcp=0),3", GATE_EATTR },
	{ "tag popped", POP_OUT2, TAG "actions:pop_vlan,3", GATE_OK },
	{ "tag not popped", POP_OUT2, TAG "actions:3", GATE_EHEADERS },
	{ "tag popped, unasked", OUT2, TAG "actions:pop_vlan,3",
	  GATE_EHEADERS },
	{ "no tag popped", OUT2, TYPE "actions:pop_vlan,3", GATE_ETAGS },
	{ "VID set", VID_OUT2, TAG "actions:pop_vlan,push_vlan(vid=5,pcp=1),3",
	  GATE_OK },
	{ "priority set", PCP_OUT2,
	  TAG "actions:pop_vlan,push_vlan(vid=10,pcp=5),3", GATE_OK },
	{ "three tags", PUSH_OUT2, TYPE "actions:push_vlan(vid=0,pcp=0),"
	  "push_vlan(vid=0,pcp=0),push_vlan(vid=0,pcp=0),3", GATE_ETAGS },
	{ "any priority", OUT2, TAG_VID "actions:3", GATE_OK },
	{ "any tag", OUT2, TAG_ANY "actions:3", GATE_OK },
	{ "any tag, popped", POP_OUT2, TAG_ANY "actions:pop_vlan,3", GATE_OK },
	{ "any tag, one pushed", PUSH_OUT2, TAG_ANY "actions:"
	  "push_vlan(vid=0,pcp=0),3", GATE_OK },
	{ "any tag, replaced", OUT2, TAG_ANY "actions:"
	  "pop_vlan,push_vlan(vid=0,pcp=0),3", GATE_EHEADERS },
	{ "any tag, looked at", PUSH_POP_VID, TAG_ANY "actions:3",
	  GATE_ESTRADDLE },
	{ "a tag, looked at", PUSH_POP_VID, TAG "actions:3", GATE_OK },
	{ "hash", OUT2, TYPE "actions:hash(l4(0)),3", GATE_EATTRACTION },
	{ "recirculation", OUT2, TYPE "actions:recirc(1)", GATE_EATTRACTION },
	{ "connection tracking", OUT2, TYPE "actions:ct(),3",
	  GATE_EATTRACTION },
};

static bool is_verdict(const struct verdict *v)
{
	struct dp_switch sw;
	enum gate_err err;

	dp_switch_init(&sw);
	rules(&sw, v->what);
	err = dp_check_text(&sw, v->flow);
	if (err != v->err)
		printf("# %s (attribute %d)\n", gate_err_text(err),
		       sw.result.attr);
	dp_switch_destroy(&sw);
	ASK(err == v->err);
	return true;
}

/* No packet leaves: whatever the key is. */
static bool harmless(void)
{
	const uint8_t junk[] = { 1, 2, 3 };
	struct dp_switch sw;
	struct dp_flow f;

	dp_switch_init(&sw);
	ASK(!dp_check_text(&sw, TYPE));
	ASK(sw.result.kind == GATE_DROP);
	ASK(!dp_check_text(&sw, "in_port(99),recirc_id(7),ct_mark(3)"));
	ASK(sw.result.kind == GATE_DROP);
	ASK(!dp_check_text(&sw, TYPE "actions:userspace(slow_path(bfd))"));
	ASK(sw.result.kind == GATE_UPCALL);
	ASK(!dp_check_text(&sw, TYPE "actions:set(eth(src=02:aa:00:00:00:01))"));
	ASK(sw.result.kind == GATE_DROP);
	ASK(dp_parse(&f, TYPE));
	memcpy(f.key.bytes + f.key.len, junk, sizeof(junk));
	f.key.len += sizeof(junk);
	ASK(dp_check(&sw, &f) == GATE_EATTR);
	ASK(dp_parse(&f, TYPE));
	dp_put_u32(&f.mask, OVS_KEY_ATTR_IN_PORT, 0);
	ASK(dp_check(&sw, &f) == GATE_EATTRDUP);
	dp_switch_destroy(&sw);
	return true;
}

/* An explicit drop of newer kernels, which must be last */
static bool drop_action(void)
{
	struct dp_switch sw;
	struct dp_flow f;

	dp_switch_init(&sw);
	rules(&sw, OUT2);
	ASK(dp_parse(&f, TYPE "actions:3"));
	dp_put_u32(&f.actions, 24, 0);
	ASK(!dp_check(&sw, &f) && sw.result.kind == GATE_FORWARD);
	dp_put_u32(&f.actions, OVS_ACTION_ATTR_OUTPUT, 4);
	ASK(dp_check(&sw, &f) == GATE_EATTR && sw.result.attr == 24);
	ASK(dp_parse(&f, TYPE));
	dp_put_u32(&f.actions, 24, 0);
	ASK(!dp_check(&sw, &f) && sw.result.kind == GATE_DROP);
	dp_switch_destroy(&sw);
	return true;
}

/* All actions but those that there is a row for above */
static bool other_actions(void)
{
	static const uint8_t zero[8];
	unsigned int type, len, refused = 0;
	struct dp_switch sw;
	struct dp_flow f;
	enum gate_err err;

	dp_switch_init(&sw);
	rules(&sw, OUT2);
	for (type = 0; type < 64; type++) {
		for (len = 0; len <= 8; len += 4) {
			ASK(dp_parse(&f, TYPE "actions:3"));
			dp_put(&f.actions, type, zero, len);
			err = dp_check(&sw, &f);
			refused += err == GATE_EATTRACTION;
			/* an explicit drop */
			ASK(err || (type == 24 && len == 4));
			ASK(!err || sw.result.attr == (int)type);
		}
	}
	ASK(refused == 3 * (64 - 7));
	dp_switch_destroy(&sw);
	return true;
}

/* Userspace actions that are not quite what Open Vswitch sends */
static bool userspace(void)
{
	const uint16_t type = 5;
	const uint8_t cookie[8] = { 5 };
	unsigned int i;

	for (i = 0; i < 10; i++) {
		struct dp_switch sw;
		struct dp_flow f;
		size_t nest;
		enum gate_err err;

		dp_switch_init(&sw);
		rules(&sw, CTL);
		ASK(dp_parse(&f, TYPE));
		nest = dp_nest(&f.actions, OVS_ACTION_ATTR_USERSPACE);
		if (i != 1)
			dp_put_u32(&f.actions, OVS_USERSPACE_ATTR_PID, i != 2);
		if (i == 3)
			dp_put_u32(&f.actions, OVS_USERSPACE_ATTR_PID, 1);
		if (i == 4)
			dp_put_u16(&f.actions, OVS_USERSPACE_ATTR_USERDATA,
				   type);
		else if (i != 5)
			dp_put(&f.actions, OVS_USERSPACE_ATTR_USERDATA, cookie,
			       8);
		if (i == 6)
			dp_put(&f.actions, OVS_USERSPACE_ATTR_ACTIONS, NULL, 0);
		if (i == 7)
			dp_put_u32(&f.actions,
				   OVS_USERSPACE_ATTR_EGRESS_TUN_PORT, 3);
		if (i == 8)
			dp_put_u32(&f.actions, 9, 3);
		dp_end(&f.actions, nest);
		if (i == 9)
			dp_put_u32(&f.actions, OVS_ACTION_ATTR_OUTPUT, 3);
		err = dp_check(&sw, &f);
		ASK(i ? err == GATE_EATTR || err == GATE_EUSERSPACE ||
			err == GATE_EEXTRA : !err);
		dp_switch_destroy(&sw);
	}
	return true;
}

/* Two attributes in one set; a value outside its mask */
static bool odd_sets(void)
{
	uint8_t eth[24] = { 0 };
	struct dp_switch sw;
	struct dp_flow f;
	size_t nest;

	dp_switch_init(&sw);
	rules(&sw, OUT2);
	ASK(dp_parse(&f, TYPE));
	nest = dp_nest(&f.actions, OVS_ACTION_ATTR_SET);
	dp_put(&f.actions, OVS_KEY_ATTR_ETHERNET, eth, 12);
	dp_put(&f.actions, OVS_KEY_ATTR_ETHERNET, eth, 12);
	dp_end(&f.actions, nest);
	dp_put_u32(&f.actions, OVS_ACTION_ATTR_OUTPUT, 3);
	ASK(dp_check(&sw, &f) == GATE_EATTR);

	ASK(dp_parse(&f, TYPE));
	nest = dp_nest(&f.actions, OVS_ACTION_ATTR_SET_MASKED);
	dp_put(&f.actions, OVS_KEY_ATTR_ETHERNET, eth, 24);
	dp_end(&f.actions, nest);
	dp_put_u32(&f.actions, OVS_ACTION_ATTR_OUTPUT, 3);
	ASK(!dp_check(&sw, &f));
	eth[3] = 1;
	ASK(dp_parse(&f, TYPE));
	nest = dp_nest(&f.actions, OVS_ACTION_ATTR_SET_MASKED);
	dp_put(&f.actions, OVS_KEY_ATTR_ETHERNET, eth, 24);
	dp_end(&f.actions, nest);
	dp_put_u32(&f.actions, OVS_ACTION_ATTR_OUTPUT, 3);
	ASK(dp_check(&sw, &f) == GATE_EATTR);
	dp_switch_destroy(&sw);
	return true;
}

#define QINQ(mask)							\
	IN "eth_type(0x88a8),vlan(tci=0x1001),encap(" mask "),"
#define INNER "eth_type(0x8100),vlan(tci=0x1002),encap(eth_type(0x1234))"

static bool qinq(struct dp_switch *sw, const char *actions,
		 enum gate_err *err)
{
	struct dp_flow f, short_mask;

	if (!dp_parse(&f, QINQ(INNER)) ||
	    !dp_parse(&short_mask, QINQ("eth_type(0x8100)")) ||
	    !dp_parse_actions(&f.actions, actions))
		return false;
	f.mask = short_mask.mask;
	*err = dp_check(sw, &f);
	return true;
}

/* vlan-limit 1: two tags, of which rules see one */
static bool hidden_tags(void)
{
	struct dp_switch sw;
	enum gate_err err;

	dp_switch_init(&sw);
	rules(&sw, OUT2);
	ASK(qinq(&sw, "3", &err) && !err);
	ASK(qinq(&sw, "pop_vlan,3", &err) && err == GATE_EHEADERS);
	/* A rule for one of the two types that the second tag can have */
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 20);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x8100);
	unit_output(&fm, 3);
	ASK(dp_add(&sw, &fm));
	ASK(qinq(&sw, "3", &err) && err == GATE_ESTRADDLE);
	ASK(qinq(&sw, "4", &err) && err == GATE_ESTRADDLE);
	/* Rules for what is behind the tags do not apply. */
	unit_flow_mod(&fm, OF_FLOW_DELETE_STRICT, 0, 20);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x8100);
	ASK(dp_add(&sw, &fm));
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 20);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x1234);
	unit_output(&fm, 3);
	ASK(dp_add(&sw, &fm));
	ASK(qinq(&sw, "3", &err) && !err);
	dp_switch_destroy(&sw);

	dp_switch_init(&sw);
	rules(&sw, POP_OUT2);
	ASK(qinq(&sw, "pop_vlan,3", &err) && !err);
	ASK(qinq(&sw, "pop_vlan,pop_vlan,3", &err) && err == GATE_EHEADERS);
	dp_switch_destroy(&sw);
	return true;
}

/* Rules with idle timeouts may be there or gone, each by itself. */
static bool expiring(void)
{
	static const char *const flows[] = {
		TYPE "actions:3", TYPE "actions:4", TYPE "actions:1",
		TYPE "actions:3,4",
	};
	struct dp_switch sw;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		dp_switch_init(&sw);
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 30);
		fm.idle_timeout = 10;
		unit_output(&fm, 2);
		ASK(dp_add(&sw, &fm));
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 20);
		fm.idle_timeout = 10;
		unit_output(&fm, 3);
		ASK(dp_add(&sw, &fm));
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
		unit_output(&fm, OF_PORT_LOCAL);
		ASK(dp_add(&sw, &fm));
		ASK(dp_check_text(&sw, flows[i]) ==
		    (i == 3 ? GATE_EEXTRA : GATE_OK));
		/* gone is gone: the rule that does not expire stands */
		dp_switch_destroy(&sw);
	}
	return true;
}

/* Many of them: it ends, and says no. */
static bool too_many_choices(void)
{
	struct dp_switch sw;
	unsigned int i;

	dp_switch_init(&sw);
	for (i = 0; i < 60; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 100 + i);
		fm.idle_timeout = 10;
		unit_output(&fm, 2);
		ASK(dp_add(&sw, &fm));
	}
	ASK(!dp_check_text(&sw, TYPE "actions:3"));
	ASK(dp_check_text(&sw, TYPE "actions:4") == GATE_EOUTPUT);
	dp_switch_destroy(&sw);
	return true;
}

static bool untouched(void)
{
	struct gate_touched touched = { .table = { 0 } };
	struct dp_switch sw;

	dp_switch_init(&sw);
	rules(&sw, OUT2);
	ASK(!dp_check_text(&sw, TYPE "actions:3"));
	ASK(sw.result.visited[0] == 1 && !sw.result.groups);
	touched.table[1] = 1;
	touched.groups = true;
	ASK(gate_flow_untouched(&sw.result, &touched));
	touched.table[0] = 2;
	ASK(gate_flow_untouched(&sw.result, &touched));
	touched.table[0] = 1;
	ASK(!gate_flow_untouched(&sw.result, &touched));
	ASK(!dp_check_text(&sw, TYPE));
	ASK(gate_flow_untouched(&sw.result, &touched));
	touched.table[0] = 0;
	sw.result.groups = true;
	ASK(!gate_flow_untouched(&sw.result, &touched));
	dp_switch_destroy(&sw);
	return true;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		TEST(verdicts[i].name, is_verdict(&verdicts[i]));
	TEST("drops and upcalls", harmless());
	TEST("explicit drop", drop_action());
	TEST("other actions", other_actions());
	TEST("userspace actions", userspace());
	TEST("odd sets", odd_sets());
	TEST("hidden tags", hidden_tags());
	TEST("rules that expire", expiring());
	TEST("too many rules that expire", too_many_choices());
	TEST("untouched", untouched());
	TEST("no memory is left", !alloc_live);
	return test_end();
}
