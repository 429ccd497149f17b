// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that user space wants executed: as they came, rewritten by user space,
 * and packet-outs.
 */
#include "dp.h"

#define ARP(dst, src, op, sha, spa, tha, tpa)				\
	dst src "0806 0001 0800 06 04" op sha spa tha tpa
#define H1 "020000000001"
#define H2 "020000000002"
#define GW "02aa00000001"
#define ZERO "000000000000"
#define IP1 "0a000001"
#define IP2 "0a000002"
#define IPGW "0a0000fe"
#define REQUEST ARP("ffffffffffff", H1, "0001", H1, IP1, ZERO, IPGW)
/* What a rule makes of it that answers for the gateway to host 1 */
#define REPLY ARP(H1, GW, "0002", GW, IPGW, H1, IP1)
#define ICMP H2 H1 "0800 45000054 12340000 40010000 0a000001 0a000002"	\
	     "0800 0000 0001 0002"
#define PONG H2 H1 "0800 45000054 12340000 3f010000 0a000001 0a000002"	\
	     "0000 0000 0001 0002"
#define TTL4(ttl) H2 H1 "0800 45000054 12340000" ttl "010000 0a000001"	\
	     "0a000002 0800 0000 0001 0002"
#define TTL6(ttl) H2 H1 "86dd 60000000 00043b" ttl			\
	     "fd000000000000000000000000000001"				\
	     "fd000000000000000000000000000002 00000000"
#define TAGGED H2 H1 "8100 0005 0806 0001 0800 06 04 0001" H1 IP1 ZERO IPGW

static struct of_flow_mod fm;
static struct of_packet_out po;

struct exec {
	struct dp_switch sw;
	struct dp_list key, actions;
	uint8_t packet[256];
	size_t len;
};

static void exec_init(struct exec *x, uint32_t port, const char *hex,
		      const char *actions)
{
	dp_switch_init(&x->sw);
	x->key.len = 0;
	dp_put_u32(&x->key, OVS_KEY_ATTR_PRIORITY, 0);
	dp_put_u32(&x->key, OVS_KEY_ATTR_SKB_MARK, 0);
	if (port)
		dp_put_u32(&x->key, OVS_KEY_ATTR_IN_PORT, port);
	x->len = dp_hex(x->packet, sizeof(x->packet), hex);
	if (!dp_parse_actions(&x->actions, actions))
		abort();
}

static struct gate_flow exec_flow(const struct exec *x)
{
	return (struct gate_flow) {
		.key = x->key.bytes, .key_len = x->key.len,
		.actions = x->actions.bytes, .actions_len = x->actions.len,
	};
}

static enum gate_err exec_check(struct exec *x)
{
	const struct gate_flow flow = exec_flow(x);

	return gate_check_packet(&x->sw.view, &flow, x->packet, x->len,
				 x->sw.scratch, &x->sw.result);
}

static enum gate_err exec_out(struct exec *x)
{
	const struct gate_flow flow = exec_flow(x);

	return gate_check_packet_out(&x->sw.view, &po, &flow, x->packet, x->len,
				     x->sw.scratch, &x->sw.result);
}

static enum gate_err exec_done(struct exec *x, enum gate_err err)
{
	dp_switch_destroy(&x->sw);
	return err;
}

static void set(unsigned int f, uint64_t v)
{
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), f, v);
}

/* Answers ARP requests of host 1 for the gateway, back out of its port */
static void answer(struct exec *x, unsigned int table)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, table, 10);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x0806);
	unit_match(&fm.match, FLOW_ARP_OP, 1);
	unit_match(&fm.match, FLOW_ARP_TPA, 0x0a0000fe);
	set(FLOW_ETH_DST, 0x020000000001);
	set(FLOW_ETH_SRC, 0x02aa00000001);
	set(FLOW_ARP_OP, 2);
	set(FLOW_ARP_SHA, 0x02aa00000001);
	set(FLOW_ARP_SPA, 0x0a0000fe);
	set(FLOW_ARP_THA, 0x020000000001);
	set(FLOW_ARP_TPA, 0x0a000001);
	unit_output(&fm, OF_PORT_IN_PORT);
	if (!dp_add(&x->sw, &fm))
		abort();
}

static void forward_all(struct exec *x)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	unit_output(&fm, 2);
	if (!dp_add(&x->sw, &fm))
		abort();
}

static enum gate_err forward(uint32_t port, const char *hex,
			     const char *actions)
{
	struct exec x;

	exec_init(&x, port, hex, actions);
	forward_all(&x);
	return exec_done(&x, exec_check(&x));
}

static bool plain(void)
{
	ASK(!forward(2, REQUEST, "3"));
	ASK(!forward(2, ICMP, "3"));
	ASK(!forward(2, TAGGED, "3"));
	ASK(forward(2, ICMP, "4") == GATE_EOUTPUT);
	ASK(forward(2, ICMP, "3,4") == GATE_EEXTRA);
	ASK(forward(3, ICMP, "3") == GATE_EEXTRA);
	ASK(forward(0, ICMP, "3") == GATE_EPORT);
	ASK(forward(9, ICMP, "3") == GATE_EPORT);
	ASK(forward(2, ICMP, "set(eth(src=02:00:00:00:00:09)),3") ==
	    GATE_EHEADERS);
	ASK(!forward(2, ICMP, "set(eth(src=02:00:00:00:00:01)),3"));
	ASK(forward(2, "0200", "3") == GATE_EPACKET);
	ASK(!forward(2, "0200", ""));
	ASK(!forward(2, ICMP, "userspace(slow_path())"));
	ASK(forward(2, ICMP, "userspace(controller())") == GATE_EOUTPUT);
	return true;
}

static bool metadata(void)
{
	static const struct {
		uint8_t type, len, zero, other;
	} attrs[] = {			/* zero: accepted if zero; other: if not */
		{ OVS_KEY_ATTR_RECIRC_ID, 4, true, false },
		{ OVS_KEY_ATTR_DP_HASH, 4, true, false },
		{ OVS_KEY_ATTR_CT_STATE, 4, true, true },
		{ OVS_KEY_ATTR_CT_ZONE, 2, true, true },
		{ OVS_KEY_ATTR_CT_MARK, 4, true, true },
		{ OVS_KEY_ATTR_CT_LABELS, 16, true, true },
		{ OVS_KEY_ATTR_PRIORITY, 4, true, true },
		{ OVS_KEY_ATTR_SKB_MARK, 4, true, false },
		{ OVS_KEY_ATTR_ETHERTYPE, 2, false, false },
		{ OVS_KEY_ATTR_ETHERNET, 12, false, false },
		{ OVS_KEY_ATTR_TUNNEL, 0, false, false },
		{ OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4, 16, true, true },
		{ OVS_KEY_ATTR_PACKET_TYPE, 4, false, false },
	};
	uint8_t data[16];
	unsigned int i, fill;
	enum gate_err err;
	struct exec x;

	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		for (fill = 0; fill < 2; fill++) {
			exec_init(&x, 2, ICMP, "3");
			forward_all(&x);
			x.key.len = 0;
			dp_put_u32(&x.key, OVS_KEY_ATTR_IN_PORT, 2);
			memset(data, (int)fill, sizeof(data));
			dp_put(&x.key, attrs[i].type, data, attrs[i].len);
			err = exec_done(&x, exec_check(&x));
			ASK((err == GATE_OK) == (fill ? attrs[i].other : attrs[i].zero));
			ASK(!err || x.sw.result.attr == attrs[i].type);
		}
	}
	return true;
}

static enum gate_err answered(unsigned int table, uint32_t port,
			      const char *hex, const char *actions)
{
	struct exec x;

	exec_init(&x, port, hex, actions);
	answer(&x, table);
	if (table) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
		fm.instructions.has_goto = 1;
		fm.instructions.goto_table = table;
		if (!dp_add(&x.sw, &fm))
			abort();
	}
	return exec_done(&x, exec_check(&x));
}

/* The rule rewrites what openvswitch cannot; user space sends the result. */
static bool rewritten(void)
{
	ASK(!answered(0, 2, REPLY, "2"));
	ASK(!answered(0, 3, REPLY, "3"));
	ASK(!answered(5, 2, REPLY, "2"));
	ASK(answered(0, 2, REPLY, "3"));
	ASK(answered(0, 2, REPLY, "2,3"));
	ASK(answered(0, 2, REPLY, "userspace(controller())"));
	ASK(answered(0, 2, REQUEST, "2"));
	/* Each field that the rule sets must be as it sets it. */
	ASK(answered(0, 2, ARP(H2, GW, "0002", GW, IPGW, H1, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, H2, "0002", GW, IPGW, H1, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, GW, "0001", GW, IPGW, H1, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, GW, "0002", H2, IPGW, H1, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, GW, "0002", GW, IP2, H1, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, GW, "0002", GW, IPGW, H2, IP1), "2"));
	ASK(answered(0, 2, ARP(H1, GW, "0002", GW, IPGW, H1, IP2), "2"));
	ASK(answered(0, 2, ICMP, "2"));
	return true;
}

/* What explains a packet must have come in where the packet did. */
static bool rewritten_elsewhere(void)
{
	unsigned int other;

	for (other = 0; other < 2; other++) {
		struct exec x;
		enum gate_err err;

		exec_init(&x, other ? 4 : 2, REPLY, "3");
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
		unit_match(&fm.match, FLOW_IN_PORT, 1);
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0806);
		unit_match(&fm.match, FLOW_ARP_OP, 1);
		set(FLOW_ARP_OP, 2);
		unit_output(&fm, 2);
		ASK(dp_add(&x.sw, &fm));
		err = exec_done(&x, exec_check(&x));
		ASK(other ? err != GATE_OK : err == GATE_OK);
	}
	return true;
}

/* A ping is turned into its answer, with a TTL less by one, and told about. */
static bool rewritten_icmp(void)
{
	static const char *const actions[] = {
		"3", "userspace(controller())", "4",
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct exec x;
		enum gate_err err;

		exec_init(&x, 2, PONG, actions[i]);
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
		unit_match(&fm.match, FLOW_IP_PROTO, 1);
		unit_match(&fm.match, FLOW_ICMPV4_TYPE, 8);
		set(FLOW_ICMPV4_TYPE, 0);
		unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
		unit_output(&fm, 2);
		unit_output(&fm, OF_PORT_CONTROLLER);
		ASK(dp_add(&x.sw, &fm));
		err = exec_done(&x, exec_check(&x));
		ASK((err == GATE_OK) == (i < 2));
	}
	return true;
}

/* The same with no TTL left: only the controller gets it, TTL as it was. */
static bool rewritten_used_up(void)
{
	static const struct {
		const char *packet, *actions;
		bool yes;
	} cases[] = {
		{ "01", "userspace(controller())", true },
		{ "00", "userspace(controller())", true },
		{ "02", "userspace(controller())", false },
		{ "00", "3", false },
		{ "01", "3", true },		/* had 2 */
		{ "01", "4", true },		/* before the TTL is looked at */
		{ "05", "4", true },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char hex[256];
		struct exec x;
		enum gate_err err;

		snprintf(hex, sizeof(hex), H2 H1 "0800 45000054 12340000 %s"
			 "010000 0a000001 0a000002 0000 0000 0001 0002",
			 cases[i].packet);
		exec_init(&x, 2, hex, cases[i].actions);
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
		unit_match(&fm.match, FLOW_IP_PROTO, 1);
		unit_match(&fm.match, FLOW_ICMPV4_TYPE, 8);
		set(FLOW_ICMPV4_TYPE, 0);
		unit_output(&fm, 3);
		unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
		unit_output(&fm, 2);
		ASK(dp_add(&x.sw, &fm));
		err = exec_done(&x, exec_check(&x));
		ASK((err == GATE_OK) == cases[i].yes);
	}
	return true;
}

static enum gate_err forward_dec(const char *hex, const char *actions)
{
	struct exec x;

	exec_init(&x, 2, hex, actions);
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	if (!dp_add(&x.sw, &fm))
		abort();
	return exec_done(&x, exec_check(&x));
}

static bool used_up(void)
{
	ASK(!forward_dec(TTL4("01"), "userspace(controller())"));
	ASK(!forward_dec(TTL4("00"), "userspace(controller())"));
	ASK(!forward_dec(TTL6("01"), "userspace(controller())"));
	ASK(!forward_dec(TTL6("00"), "userspace(controller())"));
	ASK(!forward_dec(TTL4("01"), ""));
	ASK(forward_dec(TTL4("01"), "3") == GATE_EOUTPUT);
	ASK(forward_dec(TTL6("01"), "3") == GATE_EOUTPUT);
	ASK(forward_dec(TTL4("01"), "userspace(controller()),3") == GATE_EEXTRA);
	ASK(forward_dec(TTL4("01"), "set(ipv4(ttl=0)),3") == GATE_EHEADERS);
	ASK(forward_dec(TTL4("02"), "userspace(controller())") == GATE_EHEADERS);
	ASK(forward_dec(TTL6("02"), "userspace(controller())") == GATE_EHEADERS);
	ASK(!forward_dec(TTL4("02"), "set(ipv4(ttl=1)),3"));
	ASK(!forward_dec(TTL6("02"), "set(ipv6(hlimit=1)),3"));
	ASK(forward_dec(REQUEST, "userspace(controller())") == GATE_EOUTPUT);
	ASK(!forward_dec(REQUEST, "3"));
	/* Cut short, it has no TTL at all: openvswitch then sees 0. */
	ASK(!forward_dec(H2 H1 "0800 45000054", "userspace(controller())"));
	return true;
}

/* The rule pushes a tag, or pops the one that it asked for. */
static bool rewritten_tags(void)
{
	unsigned int pop;

	for (pop = 0; pop < 2; pop++) {
		struct exec x;

		exec_init(&x, 2, pop ? H2 H1 "0806 0001 0800 06 04 0002" H1 IP1
				       ZERO IPGW :
				       H2 H1 "8100 0005 0806 0001 0800 06 04"
				       "0002" H1 IP1 ZERO IPGW, "3");
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0806);
		unit_match(&fm.match, FLOW_ARP_OP, 1);
		unit_match(&fm.match, FLOW_VLAN_VID,
			   pop ? FLOW_VLAN_PRESENT | 5 : 0);
		set(FLOW_ARP_OP, 2);
		if (pop) {
			unit_apply(&fm, OF_ACTION_POP_VLAN);
		} else {
			unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = 0x8100;
			set(FLOW_VLAN_VID, FLOW_VLAN_PRESENT | 5);
		}
		unit_output(&fm, 2);
		ASK(dp_add(&x.sw, &fm));
		ASK(!exec_done(&x, exec_check(&x)));
	}
	return true;
}

/* One host among very many that are answered for; and none */
static bool many_rewriters(void)
{
	unsigned int round, i;

	for (round = 0; round < 2; round++) {
		struct exec x;
		enum gate_err err;

		exec_init(&x, 2, round ? ARP(H1, GW, "0002", GW, IP2, H1, IP1) :
					 REPLY, "2");
		for (i = 0; i < 500; i++) {
			unit_flow_mod(&fm, OF_FLOW_ADD, 0, 20);
			unit_match(&fm.match, FLOW_ETH_TYPE, 0x0806);
			unit_match(&fm.match, FLOW_ARP_TPA, 0x0a010000 + i);
			set(FLOW_ARP_OP, 2);
			set(FLOW_ARP_SPA, 0x0a010000 + i);
			unit_output(&fm, OF_PORT_IN_PORT);
			ASK(dp_add(&x.sw, &fm));
		}
		answer(&x, 0);
		err = exec_done(&x, exec_check(&x));
		ASK(round ? err != GATE_OK : !err);
	}
	return true;
}

static void packet_out(struct exec *x, uint32_t in_port, uint32_t port)
{
	memset(&po, 0, sizeof(po));
	po.in_port = in_port;
	po.data = x->packet;
	po.data_len = x->len;
	po.action_nr = 1;
	po.action[0].type = OF_ACTION_OUTPUT;
	po.action[0].port = port;
}

static bool packet_outs(void)
{
	uint8_t other[256];
	struct exec x;

	exec_init(&x, 0, ICMP, "3");
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	ASK(!exec_out(&x));
	packet_out(&x, OF_PORT_CONTROLLER, 3);
	ASK(exec_out(&x) == GATE_EOUTPUT);
	packet_out(&x, 1, 2);
	ASK(exec_out(&x) == GATE_EINPORT);
	packet_out(&x, 9, 2);
	ASK(exec_out(&x) == GATE_EPORT);
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	memcpy(other, x.packet, x.len);
	other[x.len - 1] ^= 1;
	po.data = other;
	ASK(exec_out(&x) == GATE_EPACKETOUT);
	po.data = x.packet;
	po.data_len--;
	ASK(exec_out(&x) == GATE_EPACKETOUT);
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	po.action[1] = po.action[0];
	po.action_nr = 2;
	ASK(exec_out(&x) == GATE_EMISSING);
	po.action[0].port = OF_PORT_TABLE;
	ASK(exec_out(&x) == GATE_EINAPPLICABLE);
	dp_put_u32(&x.key, OVS_KEY_ATTR_DP_HASH, 1);
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	ASK(exec_out(&x) == GATE_EATTRKEY);
	exec_done(&x, GATE_OK);

	exec_init(&x, 2, ICMP, "3");
	packet_out(&x, 1, 2);
	ASK(!exec_out(&x));
	packet_out(&x, 2, 2);
	ASK(exec_out(&x) == GATE_EINPORT);
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	ASK(exec_out(&x) == GATE_EINPORT);
	/* through the tables: as if it had come in */
	packet_out(&x, 1, OF_PORT_TABLE);
	ASK(exec_out(&x) == GATE_EEXTRA);
	forward_all(&x);
	ASK(!exec_out(&x));
	exec_done(&x, GATE_OK);

	exec_init(&x, 0, TTL4("01"), "userspace(controller())");
	packet_out(&x, OF_PORT_CONTROLLER, 2);
	ASK(exec_out(&x) == GATE_EOUTPUT);
	po.action[1] = po.action[0];
	po.action[0].type = OF_ACTION_DEC_NW_TTL;
	po.action_nr = 2;
	ASK(!exec_out(&x));
	exec_done(&x, GATE_OK);

	exec_init(&x, 0, ICMP, "set(eth(src=02:00:00:00:00:09)),3,4,1");
	packet_out(&x, OF_PORT_CONTROLLER, 0);
	unit_set(&po.action[0], FLOW_ETH_SRC, 0x020000000009);
	po.action[1].type = OF_ACTION_OUTPUT;
	po.action[1].port = 2;
	po.action[2].type = OF_ACTION_OUTPUT;
	po.action[2].port = 3;
	po.action[3].type = OF_ACTION_OUTPUT;
	po.action[3].port = OF_PORT_LOCAL;
	po.action_nr = 4;
	ASK(!exec_out(&x));
	po.action_nr = 3;
	ASK(exec_out(&x) == GATE_EEXTRA);
	exec_done(&x, GATE_OK);
	return true;
}

int main(void)
{
	TEST("as they came", plain());
	TEST("metadata", metadata());
	TEST("rewritten ARP", rewritten());
	TEST("rewritten, from another port", rewritten_elsewhere());
	TEST("rewritten ICMP", rewritten_icmp());
	TEST("rewritten ICMP, TTL used up", rewritten_used_up());
	TEST("rewritten, with tags", rewritten_tags());
	TEST("TTL used up", used_up());
	TEST("many rules that rewrite", many_rewriters());
	TEST("packet-outs", packet_outs());
	TEST("no memory is left", !alloc_live);
	return test_end();
}
