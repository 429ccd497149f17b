// SPDX-License-Identifier: GPL-2.0
/*
 * Verdicts on flows of packets that a rule takes one off the TTL of: with TTL
 * left, used up, not known.
 */
#include "dp.h"

#define IN "in_port(2),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),"
/* The TTL as value, or as value/mask */
#define V4(ttl) IN "eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,"\
	   "tos=0,ttl=" ttl ",frag=no),tcp(src=1,dst=2),tcp_flags(0/0),actions:"
#define V6(ttl) IN "eth_type(0x86dd),ipv6(src=::1,dst=::2,label=7,proto=6,"	\
	   "tclass=0,hlimit=" ttl ",frag=no),tcp(src=1,dst=2),"		\
	   "tcp_flags(0/0),actions:"
#define ARP IN "eth_type(0x0806),arp(sip=10.0.0.1,tip=10.0.0.2,op=1,"	\
	   "sha=02:00:00:00:00:01,tha=00:00:00:00:00:00),actions:"
#define OTHER IN "eth_type(0x1234),actions:"
#define CTL "userspace(controller())"
#define SRC "set(eth(src=02:aa:00:00:00:01))"

/* What the rules say of all packets of port 1 */
enum what {
	NO_RULE,
	KEEP,				/* out of port 2 */
	DEC,				/* one off the TTL, out of port 2 */
	OUT_SRC_DEC,			/* out of port 3; address set, then as DEC */
	SET_DEC,			/* TTL set to 1 first */
};

static struct of_flow_mod fm;

static void rules(struct dp_switch *sw, enum what what)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	if (what == NO_RULE)
		return;
	if (what == OUT_SRC_DEC) {
		unit_output(&fm, 3);
		unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_ETH_SRC,
			 0x02aa00000001);
	}
	if (what == SET_DEC)
		unit_apply(&fm, OF_ACTION_SET_NW_TTL)->ttl = 1;
	if (what != KEEP)
		unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	dp_add(sw, &fm);
}

static const struct verdict {
	const char *name;
	enum what what;
	const char *flow;
	enum gate_err err;
} verdicts[] = {
	{ "used up", DEC, V4("1") CTL, GATE_OK },
	{ "0", DEC, V4("0") CTL, GATE_OK },
	{ "hop limit used up", DEC, V6("1") CTL, GATE_OK },
	{ "hop limit 0", DEC, V6("0") CTL, GATE_OK },
	{ "used up: dropped", DEC, V4("1"), GATE_OK },
	{ "0 or 1", DEC, V4("0/0xfe") CTL, GATE_OK },
	{ "hop limit 0 or 1", DEC, V6("0/0xfe") CTL, GATE_OK },
	{ "0 to 3", DEC, V4("0/0xfc") CTL, GATE_ETTL },
	{ "1 or 3", DEC, V4("1/0xfd") CTL, GATE_ETTL },
	{ "odd", DEC, V4("1/0x01") CTL, GATE_ETTL },
	{ "any", DEC, V4("1/0") CTL, GATE_ETTL },
	{ "any hop limit", DEC, V6("1/0") CTL, GATE_ETTL },
	{ "any, dropped", DEC, V4("1/0"), GATE_OK },
	{ "any, set to 1", SET_DEC, V4("1/0") "set(ipv4(ttl=1))," CTL,
	  GATE_OK },
	{ "any, not set to 1", SET_DEC, V4("1/0") CTL, GATE_EHEADERS },
	{ "2", DEC, V4("2") "set(ipv4(ttl=1)),3", GATE_OK },
	{ "2 to the controller", DEC, V4("2") CTL, GATE_EHEADERS },
	{ "2, lessened, to the controller", DEC,
	  V4("2") "set(ipv4(ttl=1))," CTL, GATE_EOUTPUT },
	{ "hop limit 2 to the controller", DEC, V6("2") CTL, GATE_EHEADERS },
	{ "2, and a copy to the controller", DEC,
	  V4("2") CTL ",set(ipv4(ttl=1)),3", GATE_EEXTRA },
	{ "used up, yet lessened", DEC, V4("1") "set(ipv4(ttl=0)),3",
	  GATE_EHEADERS },
	{ "used up, yet lessened for the controller", DEC,
	  V4("1") "set(ipv4(ttl=0))," CTL, GATE_EHEADERS },
	{ "0, yet lessened", DEC, V4("0") "set(ipv4(ttl=255)),3",
	  GATE_EHEADERS },
	{ "used up, let out as it is", DEC, V4("1") "3", GATE_EOUTPUT },
	{ "hop limit used up, let out as it is", DEC, V6("1") "3",
	  GATE_EOUTPUT },
	{ "used up, and let out", DEC, V4("1") CTL ",3", GATE_EEXTRA },
	{ "let out, and used up", DEC, V4("1") "3," CTL, GATE_EEXTRA },
	{ "used up, two copies", DEC, V4("1") CTL "," CTL, GATE_EEXTRA },
	{ "used up, another cookie", DEC, V4("1") "3,userspace(slow_path())",
	  GATE_EUSERSPACE },
	{ "used up, no rule", NO_RULE, V4("1") CTL, GATE_EEXTRA },
	{ "1, and no rule takes it", KEEP, V4("1") CTL, GATE_EOUTPUT },
	{ "ARP", DEC, ARP "3", GATE_OK },
	{ "ARP to the controller", DEC, ARP CTL, GATE_EOUTPUT },
	{ "something else", DEC, OTHER "3", GATE_OK },
	{ "something else to the controller", DEC, OTHER CTL, GATE_EOUTPUT },
	{ "IPv4 or not", DEC, IN "eth_type(0x0800/0),actions:" CTL, GATE_EATTR },
	{ "output, address, used up", OUT_SRC_DEC, V4("1") "4," SRC "," CTL,
	  GATE_OK },
	{ "output, address forgotten, used up", OUT_SRC_DEC, V4("1") "4," CTL,
	  GATE_EHEADERS },
	{ "output, address, used up, no copy", OUT_SRC_DEC, V4("1") "4," SRC,
	  GATE_EMISSING },
	{ "output, address, used up, output", OUT_SRC_DEC,
	  V4("1") "4," SRC "," CTL ",3", GATE_EEXTRA },
	{ "output, address, output", OUT_SRC_DEC, V4("1") "4," SRC ",3",
	  GATE_EOUTPUT },
	{ "output, address, 2", OUT_SRC_DEC,
	  V4("2") "4," SRC ",set(ipv4(ttl=1)),3", GATE_OK },
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

/* Each TTL, each way: what goes to the controller does not go out. */
static bool each_ttl(void)
{
	unsigned int ttl, six;
	struct dp_switch sw;
	char text[512];
	int n;

	dp_switch_init(&sw);
	rules(&sw, DEC);
	for (ttl = 0; ttl < 256; ttl++) {
		for (six = 0; six < 2; six++) {
			n = snprintf(text, sizeof(text), IN "eth_type(%s),%s%u,"
				     "frag=no),actions:", six ? "0x86dd" : "0x0800",
				     six ? "ipv6(src=::1,dst=::2,label=7,"
					   "proto=99,tclass=0,hlimit=" :
					   "ipv4(src=10.0.0.1,dst=10.0.0.2,"
					   "proto=99,tos=0,ttl=", ttl);
			snprintf(text + n, sizeof(text) - n, CTL);
			ASK((dp_check_text(&sw, text) == GATE_OK) == (ttl < 2));
			snprintf(text + n, sizeof(text) - n, "set(%s=%u)),3",
				 six ? "ipv6(hlimit" : "ipv4(ttl",
				 (ttl - 1) & 0xff);
			ASK((dp_check_text(&sw, text) == GATE_OK) == (ttl >= 2));
		}
	}
	dp_switch_destroy(&sw);
	return true;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		TEST(verdicts[i].name, is_verdict(&verdicts[i]));
	TEST("each TTL", each_ttl());
	TEST("no memory is left", !alloc_live);
	return test_end();
}
