// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that stock Open vSwitch asked for, under the rules it had: all must be
 * accepted; and forgeries of them, none of which may be.
 *
 *	dp_recorded FILE
 */
#include "dp.h"

enum { PRIO = 32768, LINE = 2048, ETH = 1, IP = 2, TCP = 4, ICMP = 8 };

static struct of_flow_mod fm;
static struct of_group_mod gm;

static void rule(unsigned int table, unsigned int prio, uint32_t in_port,
		 unsigned int what)
{
	unit_flow_mod(&fm, OF_FLOW_ADD, table, prio);
	if (in_port)
		unit_match(&fm.match, FLOW_IN_PORT, in_port);
	if (what)
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
	if (what & (TCP | ICMP))
		unit_match(&fm.match, FLOW_IP_PROTO, what & TCP ? 6 : 1);
}

static bool out(struct dp_switch *sw, uint32_t port)
{
	unit_output(&fm, port);
	return dp_add(sw, &fm);
}

static bool forward(struct dp_switch *sw, uint32_t in, uint32_t port)
{
	rule(0, PRIO, in, 0);
	return out(sw, port);
}

static bool rules_a(struct dp_switch *sw)
{
	return forward(sw, 1, 2) && forward(sw, 2, 1);
}

static bool rules_b(struct dp_switch *sw)
{
	rule(0, PRIO + 1, 0, IP);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000002);
	if (!out(sw, 2))
		return false;
	rule(0, PRIO, 0, IP);
	unit_match_masked(&fm.match, FLOW_IPV4_DST, 0x0a000000, 0xffffff00);
	return out(sw, 1);
}

static bool rules_c(struct dp_switch *sw)
{
	rule(0, 100, 0, TCP);
	unit_match(&fm.match, FLOW_TCP_DST, 80);
	if (!dp_add(sw, &fm))
		return false;
	rule(0, 50, 0, IP);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000002);
	if (!out(sw, 2))
		return false;
	rule(0, 50, 0, IP);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000001);
	return out(sw, 1);
}

static void vid10(void)
{
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_VLAN_VID,
		 FLOW_VLAN_PRESENT | 10);
}

static bool rules_d_vlan(struct dp_switch *sw)
{
	rule(0, PRIO, 1, 0);
	unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = 0x8100;
	vid10();
	if (!out(sw, 2))
		return false;
	rule(0, PRIO, 2, 0);
	unit_match(&fm.match, FLOW_VLAN_VID, FLOW_VLAN_PRESENT | 10);
	unit_apply(&fm, OF_ACTION_POP_VLAN);
	return out(sw, 1);
}

static bool rules_d_push(struct dp_switch *sw)
{
	rule(0, PRIO, 1, 0);
	unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = 0x8100;
	vid10();
	unit_output(&fm, 2);
	return out(sw, 3) && forward(sw, 2, 1);
}

static bool rules_d_setttl(struct dp_switch *sw)
{
	rule(0, PRIO, 1, IP);
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_ETH_DST,
		 0x020000000002);
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_ETH_SRC,
		 0x02aa00000001);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	if (!out(sw, 2))
		return false;
	rule(0, PRIO, 2, IP);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	return out(sw, 1);
}

static bool rules_e(struct dp_switch *sw)
{
	rule(0, PRIO, 1, 0);
	fm.instructions.metadata = 7;
	fm.instructions.metadata_mask = UINT64_MAX;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	if (!dp_add(sw, &fm))
		return false;
	rule(0, PRIO, 2, 0);
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	if (!dp_add(sw, &fm))
		return false;
	rule(1, PRIO, 0, IP);
	unit_match(&fm.match, FLOW_METADATA, 7);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000002);
	if (!out(sw, 2))
		return false;
	rule(1, 10, 0, ICMP);
	unit_output(&fm, OF_PORT_IN_PORT);
	return out(sw, 1);
}

static bool rules_f_all(struct dp_switch *sw)
{
	memset(&gm, 0, sizeof(gm));
	gm.group = 1;
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 2;
	unit_bucket(&gm);
	unit_set(unit_group_action(&gm, OF_ACTION_SET_FIELD), FLOW_ETH_DST,
		 0x020000000003);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 3;
	unit_bucket(&gm);
	if (!dp_add_group(sw, &gm))
		return false;
	rule(0, PRIO, 1, 0);
	unit_apply(&fm, OF_ACTION_GROUP)->group = 1;
	return dp_add(sw, &fm) && forward(sw, 2, 1);
}

static bool rules_g_flood(struct dp_switch *sw)
{
	return forward(sw, 0, OF_PORT_FLOOD);
}

static bool rules_h(struct dp_switch *sw)
{
	rule(0, 0, 0, 0);
	return out(sw, OF_PORT_CONTROLLER);
}

static bool rules_h2(struct dp_switch *sw)
{
	rule(0, 5, 0, ICMP);
	unit_output(&fm, 2);
	return out(sw, OF_PORT_CONTROLLER) && rules_h(sw);
}

/* The drops of the recording, as they were; and one more rule to tell apart. */
static bool rules_frag(struct dp_switch *sw)
{
	rule(0, 10, 0, ICMP);
	unit_match(&fm.match, FLOW_ICMPV4_TYPE, 8);
	return out(sw, 2);
}

static void udp(unsigned int table, uint32_t in_port)
{
	rule(table, 9, in_port, IP);
	unit_match(&fm.match, FLOW_IP_PROTO, 17);
}

/* One off the TTL in a list, in the next table, in a bucket, in the slow path */
static bool rules_ttl(struct dp_switch *sw)
{
	memset(&gm, 0, sizeof(gm));
	gm.group = 1;
	unit_group_action(&gm, OF_ACTION_DEC_NW_TTL);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 2;
	unit_bucket(&gm);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = OF_PORT_IN_PORT;
	unit_bucket(&gm);
	if (!dp_add_group(sw, &gm))
		return false;
	udp(0, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	if (!out(sw, 2))
		return false;
	rule(0, 9, 1, TCP);
	unit_output(&fm, 3);
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_ETH_SRC,
		 0x02aa00000001);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	if (!out(sw, 2))
		return false;
	udp(0, 2);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 3;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	if (!dp_add(sw, &fm))
		return false;
	udp(1, 0);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	if (!out(sw, 1))
		return false;
	rule(0, 9, 3, 0);
	unit_apply(&fm, OF_ACTION_GROUP)->group = 1;
	if (!out(sw, 1))
		return false;
	rule(0, 9, 1, ICMP);
	unit_match(&fm.match, FLOW_ICMPV4_TYPE, 8);
	unit_match(&fm.match, FLOW_ICMPV4_CODE, 0);
	unit_set(unit_apply(&fm, OF_ACTION_SET_FIELD), FLOW_ICMPV4_TYPE, 0);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	return out(sw, OF_PORT_IN_PORT);
}

/* The host's own answer to a ping, with connection tracking on the host */
static bool rules_local(struct dp_switch *sw)
{
	return forward(sw, OF_PORT_LOCAL, 1);
}

static const struct {
	const char *name;
	bool (*rules)(struct dp_switch *sw);
	bool refused;			/* openvswitch knows what we do not */
} cases[] = {
	{ "a", rules_a, false },
	{ "b", rules_b, false },
	{ "c", rules_c, false },
	{ "d-vlan", rules_d_vlan, false },
	{ "d-push", rules_d_push, false },
	{ "d-setttl", rules_d_setttl, false },
	{ "e", rules_e, false },
	{ "f-all", rules_f_all, false },
	{ "f-select", rules_f_all, true },
	{ "g-flood", rules_g_flood, false },
	{ "h", rules_h, false },
	{ "h2", rules_h2, false },
	{ "frag", rules_frag, false },
	{ "bfd", rules_a, false },
	{ "local", rules_local, false },
	{ "ttl", rules_ttl, false },
};

/* Refused whatever the words are. */
static const struct {
	const char *what, *from, *to;
	enum gate_err err;
} forgeries[] = {
	{ "port wildcarded", "dst=5201/0xf000)", "dst=5201/0)", GATE_ESTRADDLE },
	{ "another port", "actions:3", "actions:4", GATE_EOUTPUT },
	{ "one port more", "actions:3", "actions:3,4", GATE_EEXTRA },
	{ "address widened", "dst=10.0.0.2,proto",
	  "dst=10.0.0.2/255.255.255.252,proto", GATE_ESTRADDLE },
	{ "rewrite", "actions:3", "actions:set(eth(src=02:00:00:00:00:99)),3",
	  GATE_EHEADERS },
	{ "recirculated", "recirc_id(0)", "recirc_id(0x9)", GATE_ERECIRC },
};

static void forge(struct dp_switch *sw, const char *line)
{
	char text[LINE], name[64];
	enum gate_err err;
	const char *at;
	unsigned int i;

	for (i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		at = strstr(line, forgeries[i].from);
		snprintf(name, sizeof(name), "forged: %s", forgeries[i].what);
		if (!at) {
			TEST(name, false);
			continue;
		}
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - line), line,
			 forgeries[i].to, at + strlen(forgeries[i].from));
		err = dp_check_text(sw, text);
		if (err != forgeries[i].err)
			printf("# %s\n", gate_err_text(err));
		TEST(name, err == forgeries[i].err);
	}
}

static bool one_line(struct dp_switch *sw, const char *line, bool refused,
		     const char *name)
{
	enum gate_err err = dp_check_text(sw, line);

	if (refused)
		return err == GATE_EATTRACTION || err == GATE_ERECIRC;
	if (err)
		printf("# %s: %s (attribute %d)\n# %s\n", name,
		       gate_err_text(err), sw->result.attr, line);
	if (err)
		return false;
	if (strstr(line, "slow_path"))
		return sw->result.kind == GATE_UPCALL;
	return sw->result.kind == (strstr(line, "actions:") ? GATE_FORWARD :
							      GATE_DROP);
}

int main(int argc, char **argv)
{
	unsigned int nr = sizeof(cases) / sizeof(cases[0]), i = nr, lines = 0;
	char line[LINE], name[LINE];
	struct dp_switch sw;
	bool forged = false;
	FILE *f;

	f = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!f) {
		fprintf(stderr, "usage: dp_recorded FILE\n");
		return 2;
	}
	dp_switch_init(&sw);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#')
			continue;
		if (!strncmp(line, "case ", 5)) {
			for (i = 0; i < nr; i++)
				if (!strcmp(line + 5, cases[i].name))
					break;
			dp_switch_destroy(&sw);
			dp_switch_init(&sw);
			if (i < nr && !cases[i].rules(&sw))
				return 1;
			continue;
		}
		if (i == nr)
			continue;
		lines++;
		snprintf(name, sizeof(name), "recorded %s %u", cases[i].name,
			 lines);
		TEST(name, one_line(&sw, line, cases[i].refused, name));
		if (!forged && strstr(line, "tcp(")) {
			forged = true;
			forge(&sw, line);
		}
	}
	fclose(f);
	TEST("all lines were there", lines == 39 && forged);
	dp_switch_destroy(&sw);
	TEST("no memory is left", !alloc_live);
	return test_end();
}
