// SPDX-License-Identifier: GPL-2.0
/*
 * What rules do to packets, one case after the other.  Where openvswitch
 * decides, its function is named.
 */
#include "unit_walk.h"

static bool test_ports(void)
{
	begin();
	rule(0, 1);
	unit_output(&fm, 1);			/* the input port: not */
	unit_output(&fm, 2);
	unit_output(&fm, 77);			/* does not exist */
	unit_output(&fm, OF_PORT_IN_PORT);
	unit_output(&fm, OF_PORT_LOCAL);
	unit_output(&fm, OF_PORT_CONTROLLER);
	ASK(add() && walk() == GATE_OK);
	ASK(OUTPUTS(2, 1, OF_PORT_LOCAL, OF_PORT_CONTROLLER));
	ASK(want.state_nr == 1 && !left(0)->val.key.in_port);
	ASK(result.visited[0] == 1 && !result.groups && !result.table);
	/* flood_packets() */
	rule(0, 1);
	unit_output(&fm, OF_PORT_FLOOD);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, OF_PORT_LOCAL));
	rule(0, 1);
	unit_output(&fm, OF_PORT_ALL);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, 3, OF_PORT_LOCAL));
	unit_put(&packet.val.key, FLOW_IN_PORT, OF_PORT_LOCAL);
	ASK(walk() == GATE_OK && OUTPUTS(1, 2, 3));
	rule(0, 1);
	unit_output(&fm, OF_PORT_LOCAL);
	unit_output(&fm, OF_PORT_TABLE);	/* of packet-outs only */
	ASK(add() && walk() == GATE_EINAPPLICABLE && !want.nr);
	return true;
}

static bool test_miss(void)
{
	begin();
	ASK(walk() == GATE_OK && !want.nr && result.visited[0] == 1);
	view.miss_to_controller = true;
	ASK(walk() == GATE_OK && OUTPUTS(OF_PORT_CONTROLLER));
	/* A later table likewise, and then the action set. */
	rule(0, 1);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 70;
	ASK(add() && walk() == GATE_OK && OUTPUTS(OF_PORT_CONTROLLER, 2));
	ASK(result.visited[1] == 1 << 6 && result.table == 70);
	view.miss_to_controller = false;
	ASK(walk() == GATE_OK && OUTPUTS(2));
	return true;
}

static bool test_metadata(void)
{
	begin();
	rule(0, 1);
	fm.instructions.metadata = 0x1200;
	fm.instructions.metadata_mask = 0xff00;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	ASK(add());
	rule(1, 1);
	unit_match(&fm.match, FLOW_METADATA, 0x1200);
	fm.instructions.metadata = 0x34;
	fm.instructions.metadata_mask = 0xff;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 2;
	ASK(add());
	rule(2, 1);
	unit_match(&fm.match, FLOW_METADATA, 0x1234);
	unit_output(&fm, 2);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2));
	ASK(!left(0)->known.key.metadata && result.visited[0] == 7);
	/* It starts as zero, whatever the caller had. */
	packet.val.key.metadata = ~0ull;
	ASK(walk() == GATE_OK && OUTPUTS(2));
	return true;
}

static bool test_straddle(void)
{
	begin();
	rule(0, 5);
	unit_match(&fm.match, FLOW_ETH_TYPE, IP);
	unit_match_masked(&fm.match, FLOW_IPV4_DST, 0x0a000000, 0xffffff00);
	unit_output(&fm, 2);
	ASK(add());
	rule(0, 6);
	unit_match(&fm.match, FLOW_ETH_TYPE, IP);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000007);
	fm.idle_timeout = 5;
	ASK(add());
	unit_put(&packet.val.key, FLOW_IPV4_DST, 0x0a000008);
	ASK(walk() == GATE_OK && OUTPUTS(2) && !choices);
	unit_put(&packet.val.key, FLOW_IPV4_DST, 0x0a000007);
	ASK(walk() == GATE_OK && !want.nr && choices == 1);
	ASK(walk_skipping(1) == GATE_OK && OUTPUTS(2) && choices == 1);
	/* The last bits: unknown, but one that tells .7 from the others. */
	packet.known.key.ipv4_dst = htonl(0xffffff00);
	packet.val.key.ipv4_dst = htonl(0x0a000000);
	ASK(walk() == GATE_ESTRADDLE && choices == 1);
	ASK(walk_skipping(1) == GATE_OK && OUTPUTS(2));
	packet.known.key.ipv4_dst = htonl(0xffffff08);
	packet.val.key.ipv4_dst = htonl(0x0a000008);
	ASK(walk() == GATE_OK && OUTPUTS(2));
	/* Neither rule holds all of it. */
	packet.known.key.ipv4_dst = htonl(0xfffffe08);
	ASK(walk() == GATE_ESTRADDLE && !choices);
	return true;
}

/* ofpacts_execute_action_set() */
static bool test_action_set(void)
{
	begin();
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	unit_set(unit_write(&fm, 0), FLOW_VLAN_VID, 0x1007);
	unit_set(unit_write(&fm, 0), FLOW_ETH_SRC, 5);
	unit_write(&fm, OF_ACTION_PUSH_VLAN)->tpid = VLAN;
	unit_write(&fm, OF_ACTION_DEC_NW_TTL);
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	ASK(add());
	rule(1, 1);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 3;
	unit_set(unit_write(&fm, 0), FLOW_ETH_SRC, 6);
	ASK(add() && walk() == GATE_OK && OUTPUTS(3));
	ASK(field(0, FLOW_ETH_SRC) == 6 && field(0, FLOW_VLAN_VID) == 0x1007);
	ASK(left(0)->tags == 1 && left(0)->val.key.vlan[0].tpid == htons(VLAN));
	ASK(left(0)->val.key.ip_ttl == 62);
	/* SET_NW_TTL is one of the sets, so behind the decrement. */
	rule(1, 1);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	unit_write(&fm, OF_ACTION_SET_NW_TTL)->ttl = 9;
	ASK(add() && walk() == GATE_OK && OUTPUTS(2));
	ASK(left(0)->val.key.ip_ttl == 9);
	/* Without an output nothing is done at all: not even a bad decrement. */
	rule(1, 1);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	fm.instructions.clear_actions = 1;
	unit_write(&fm, OF_ACTION_DEC_NW_TTL);
	ASK(add());
	packet.val.key.ip_ttl = 2;
	ASK(walk() == GATE_OK && !want.nr);
	return true;
}

static bool test_clear(void)
{
	begin();
	rule(0, 1);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	ASK(add());
	rule(1, 1);
	fm.instructions.clear_actions = 1;
	ASK(add() && walk() == GATE_OK && !want.nr);
	rule(1, 1);
	fm.instructions.clear_actions = 1;
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 3;
	ASK(add() && walk() == GATE_OK && OUTPUTS(3));
	return true;
}

/* xlate_group_bucket(): each bucket, and what follows, on the packet before */
static bool test_groups(void)
{
	begin();
	memset(&gm, 0, sizeof(gm));
	gm.command = OF_GROUP_ADD;
	gm.group = 4;
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 2;
	unit_set(unit_group_action(&gm, 0), FLOW_ETH_SRC, 9);
	unit_bucket(&gm);
	unit_set(unit_group_action(&gm, 0), FLOW_ETH_DST, 8);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 3;
	unit_bucket(&gm);
	unit_set(unit_group_action(&gm, 0), FLOW_ETH_DST, 7);
	unit_bucket(&gm);			/* no output: nothing */
	ASK(add_group());
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_GROUP)->group = 4;
	unit_output(&fm, OF_PORT_LOCAL);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, 3, OF_PORT_LOCAL));
	ASK(result.groups && want.state_nr == 3);
	ASK(field(0, FLOW_ETH_SRC) == 9 && field(0, FLOW_ETH_DST) == 0);
	ASK(field(1, FLOW_ETH_SRC) == 0 && field(1, FLOW_ETH_DST) == 8);
	ASK(field(2, FLOW_ETH_SRC) == 0 && field(2, FLOW_ETH_DST) == 0);
	/* In a set a group wins over an output. */
	rule(0, 1);
	unit_write(&fm, OF_ACTION_GROUP)->group = 4;
	unit_write(&fm, OF_ACTION_OUTPUT)->port = OF_PORT_LOCAL;
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, 3));
	return true;
}

/* A field that packets have not: left alone; perhaps have: refused. */
static bool test_prerequisites(void)
{
	static const struct {
		uint16_t type;
		uint8_t proto;
		enum flow_field field;
		uint64_t value;
	} c[] = {
		{ IP, 6, FLOW_IPV4_SRC, 7 }, { IPV6, 6, FLOW_IPV6_DST, 7 },
		{ IP, 6, FLOW_TCP_DST, 7 }, { IPV6, 17, FLOW_UDP_SRC, 7 },
		{ IP, 132, FLOW_SCTP_SRC, 7 }, { IP, 1, FLOW_ICMPV4_TYPE, 7 },
		{ IPV6, 58, FLOW_ICMPV6_CODE, 7 }, { ARP, 0, FLOW_ARP_SPA, 7 },
		{ IP, 6, FLOW_IP_DSCP, 7 }, { IPV6, 0, FLOW_IP_ECN, 1 },
		{ IPV6, 0, FLOW_IPV6_FLABEL, 7 }, { 0x8035, 0, FLOW_ARP_OP, 2 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		begin();
		rule(0, 1);
		unit_set(unit_apply(&fm, 0), c[i].field, c[i].value);
		unit_output(&fm, 2);
		ASK(add());
		start_packet(c[i].type, c[i].proto);
		ASK(walk() == GATE_OK && OUTPUTS(2));
		ASK(field(0, c[i].field) == c[i].value);
		start_packet(0x1234, 0);
		ASK(walk() == GATE_OK && OUTPUTS(2) && !field(0, c[i].field));
		start_packet(c[i].type, c[i].proto);
		forget(&packet.val.key.eth_type, 2);
		ASK(walk() == GATE_EINAPPLICABLE);
		if (!c[i].proto)
			continue;
		start_packet(c[i].type, c[i].proto);
		forget(&packet.val.key.ip_proto, 1);
		ASK((walk() == GATE_EINAPPLICABLE) ==
		    (c[i].field >= FLOW_TCP_SRC && c[i].field != FLOW_IPV6_DST));
	}
	/* A value that was not known is known then. */
	begin();
	rule(0, 1);
	unit_set(unit_apply(&fm, 0), FLOW_ETH_DST, 7);
	unit_output(&fm, 2);
	ASK(add());
	forget(packet.val.key.eth_dst, 6);
	ASK(walk() == GATE_OK && field(0, FLOW_ETH_DST) == 7);
	ASK(left(0)->known.key.eth_dst[0] == 0xff);
	return true;
}

static bool test_nd(void)
{
	begin();
	rule(0, 1);
	unit_set(unit_apply(&fm, 0), FLOW_ND_SLL, 5);
	unit_set(unit_apply(&fm, 0), FLOW_ND_TARGET, 6);
	unit_set(unit_apply(&fm, 0), FLOW_ND_TLL, 7);
	unit_output(&fm, 2);
	ASK(add());
	start_packet(IPV6, 58);
	unit_put(&packet.val.key, FLOW_ICMPV6_TYPE, 135);
	ASK(walk() == GATE_OK && field(0, FLOW_ND_SLL) == 5);
	ASK(!field(0, FLOW_ND_TLL) && left(0)->val.key.nd_target[15] == 6);
	unit_put(&packet.val.key, FLOW_ICMPV6_TYPE, 136);
	ASK(walk() == GATE_OK && field(0, FLOW_ND_TLL) == 7);
	ASK(!field(0, FLOW_ND_SLL) && left(0)->val.key.nd_target[15] == 6);
	unit_put(&packet.val.key, FLOW_ICMPV6_TYPE, 128);
	ASK(walk() == GATE_OK && !left(0)->val.key.nd_target[15]);
	return true;
}

/* Matching does not see their ports; a first fragment has them all the same. */
static bool test_fragments(void)
{
	begin();
	rule(0, 2);
	unit_match(&fm.match, FLOW_ETH_TYPE, IP);
	unit_match(&fm.match, FLOW_IP_PROTO, 6);
	unit_match(&fm.match, FLOW_TCP_DST, 80);
	unit_output(&fm, 3);
	ASK(add());
	rule(0, 1);
	unit_set(unit_apply(&fm, 0), FLOW_TCP_DST, 81);
	unit_output(&fm, 2);
	ASK(add());
	unit_put(&packet.val.key, FLOW_TCP_DST, 80);
	ASK(walk() == GATE_OK && OUTPUTS(3));
	packet.val.key.ip_frag = FLOW_FRAG_FIRST;
	ASK(walk() == GATE_OK && OUTPUTS(2) && field(0, FLOW_TCP_DST) == 81);
	packet.val.key.ip_frag = FLOW_FRAG_LATER;
	unit_put(&packet.val.key, FLOW_TCP_DST, 0);
	ASK(walk() == GATE_OK && OUTPUTS(2) && field(0, FLOW_TCP_DST) == 0);
	forget(&packet.val.key.ip_frag, 1);
	ASK(walk() == GATE_ESTRADDLE);
	/* ICMP of a later fragment would be written into its payload. */
	begin();
	rule(0, 1);
	unit_set(unit_apply(&fm, 0), FLOW_ICMPV4_CODE, 1);
	ASK(add());
	start_packet(IP, 1);
	packet.val.key.ip_frag = FLOW_FRAG_LATER;
	ASK(walk() == GATE_EINAPPLICABLE);
	return true;
}

static bool test_vlan(void)
{
	begin();
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_PUSH_VLAN)->tpid = QINQ;
	unit_output(&fm, 2);
	unit_set(unit_apply(&fm, 0), FLOW_VLAN_PCP, 3);
	unit_set(unit_apply(&fm, 0), FLOW_VLAN_VID, 0x1009);
	unit_output(&fm, 2);
	unit_apply(&fm, OF_ACTION_POP_VLAN);
	unit_output(&fm, 2);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, 2, 2));
	ASK(left(0)->val.key.vlan[0].tpid == htons(QINQ));
	ASK(left(0)->val.key.vlan[0].tci == htons(FLOW_VLAN_PRESENT));
	ASK(left(1)->val.key.vlan[0].tci == htons(0x7009));
	ASK(!left(2)->tags && !left(2)->val.key.vlan[0].tci);
	add_tag(VLAN, 5);
	ASK(walk() == GATE_OK && left(1)->tags == 2);
	ASK(left(1)->val.key.vlan[1].tci == htons(0x1005));
	ASK(left(2)->tags == 1 && left(2)->val.key.vlan[0].tci == htons(0x1005));
	/* What is not known of a tag moves with it. */
	packet.known.key.vlan[0].tci = htons(0xf000);
	packet.val.key.vlan[0].tci = htons(FLOW_VLAN_PRESENT);
	ASK(walk() == GATE_OK);
	ASK(left(1)->known.key.vlan[1].tci == htons(0xf000));
	ASK(left(1)->known.key.vlan[0].tci == 0xffff);
	ASK(left(2)->known.key.vlan[0].tci == htons(0xf000));
	ASK(left(2)->known.key.vlan[1].tci == 0xffff);
	/* flow_push_vlan_uninit() would lose the innermost. */
	add_tag(VLAN, 6);
	ASK(walk() == GATE_ETAGS);
	/* Nothing to pop; a VID makes a tag, a priority does not. */
	begin();
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_POP_VLAN);
	unit_set(unit_apply(&fm, 0), FLOW_VLAN_PCP, 3);
	unit_output(&fm, 2);
	unit_set(unit_apply(&fm, 0), FLOW_VLAN_VID, 0x1009);
	unit_output(&fm, 2);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, 2));
	ASK(!left(0)->tags && left(1)->tags == 1);
	ASK(left(1)->val.key.vlan[0].tpid == htons(VLAN));
	ASK(left(1)->val.key.vlan[0].tci == htons(0x1009));
	return true;
}

/* With vlan-limit 1 the second tag is an unknown protocol. */
static bool test_hidden(void)
{
	struct gate_state seen;

	begin();
	rule(0, 3);
	unit_match(&fm.match, FLOW_ETH_TYPE, IP);
	unit_output(&fm, 3);
	ASK(add());
	rule(0, 2);
	unit_match(&fm.match, FLOW_ETH_TYPE, VLAN);
	unit_match(&fm.match, FLOW_VLAN_VID, 0x1006);
	unit_apply(&fm, OF_ACTION_POP_VLAN);
	unit_apply(&fm, OF_ACTION_POP_VLAN);	/* cannot see the other */
	unit_set(unit_apply(&fm, 0), FLOW_IP_DSCP, 3);
	unit_output(&fm, 2);
	ASK(add());
	add_tag(VLAN, 5);
	add_tag(QINQ, 6);
	ASK(walk() == GATE_OK && OUTPUTS(3));
	packet.hidden = 1;
	gate_state_view(&seen, &packet);
	ASK(seen.tags == 1 && !seen.hidden && !seen.val.key.ip_ttl);
	ASK(seen.val.key.eth_type == htons(VLAN) && !seen.val.key.vlan[1].tci);
	ASK(seen.known.key.ipv4_dst == 0xffffffff);
	ASK(walk() == GATE_OK && OUTPUTS(2) && left(0)->tags == 1);
	ASK(!left(0)->hidden);
	ASK(left(0)->val.key.vlan[0].tci == htons(0x1005));
	ASK(!field(0, FLOW_IP_DSCP) && left(0)->val.key.ip_ttl == 64);
	/* gate_state_pop_vlan() itself pops what is there. */
	ASK(!gate_state_pop_vlan(&packet) && packet.hidden == 1);
	ASK(!gate_state_pop_vlan(&packet) && !packet.hidden && !packet.tags);
	ASK(!gate_state_pop_vlan(&packet));
	return true;
}

static bool test_packet_out(void)
{
	struct of_action list[3] = {
		{ .type = OF_ACTION_SET_FIELD, .field = FLOW_ETH_SRC, .value = { 9 } },
		{ .type = OF_ACTION_OUTPUT, .port = OF_PORT_TABLE },
		{ .type = OF_ACTION_OUTPUT, .port = 3 },
	};

	begin();
	rule(0, 1);
	unit_match(&fm.match, FLOW_ETH_SRC, 0x090000000000);
	unit_set(unit_apply(&fm, 0), FLOW_ETH_DST, 1);
	unit_output(&fm, OF_PORT_IN_PORT);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	ASK(add());
	view.rules = gate_deref(pipeline.version);
	unit_put(&packet.val.key, FLOW_IN_PORT, OF_PORT_CONTROLLER);
	want.nr = 0;
	want.state_nr = 0;
	ASK(gate_act(&view, &packet, list, 3, &want, &result) == GATE_OK);
	ASK(OUTPUTS(3, 2) && field(0, FLOW_ETH_DST) == 1);
	list[0].type = OF_ACTION_GROUP;
	list[0].group = 5;
	ASK(gate_act(&view, &packet, list, 3, &want, &result) == GATE_ENOGROUP);
	return true;
}

static bool test_choices(void)
{
	unsigned int i;

	begin();
	for (i = 0; i < 4; i++) {
		rule(0, 10 - i);
		if (i < 3)
			fm.idle_timeout = 1;
		unit_output(&fm, i == 0 ? 2 : i == 1 ? 3 : OF_PORT_LOCAL);
		if (i == 1) {
			fm.instructions.has_goto = 1;
			fm.instructions.goto_table = 1;
		}
		ASK(add());
	}
	rule(1, 1);
	fm.idle_timeout = 1;
	unit_output(&fm, 2);
	ASK(add());
	ASK(walk_skipping(0) == GATE_OK && OUTPUTS(2) && choices == 1);
	ASK(walk_skipping(1) == GATE_OK && OUTPUTS(3, 2) && choices == 3);
	ASK(walk_skipping(5) == GATE_OK && OUTPUTS(3) && choices == 3);
	ASK(walk_skipping(3) == GATE_OK && OUTPUTS(OF_PORT_LOCAL) && choices == 3);
	ASK(walk_skipping(7) == GATE_OK && OUTPUTS(OF_PORT_LOCAL) && choices == 3);
	return true;
}

int main(void)
{
	TEST("ports", test_ports());
	TEST("misses", test_miss());
	TEST("metadata", test_metadata());
	TEST("regions that straddle", test_straddle());
	TEST("action sets", test_action_set());
	TEST("action sets are cleared", test_clear());
	TEST("buckets", test_groups());
	TEST("fields that packets may not have", test_prerequisites());
	TEST("neighbour discovery", test_nd());
	TEST("fragments", test_fragments());
	TEST("VLAN tags", test_vlan());
	TEST("hidden tags", test_hidden());
	TEST("packet-outs", test_packet_out());
	TEST("rules that may have timed out", test_choices());
	gate_pipeline_destroy(&pipeline);
	TEST("no memory is left behind", !alloc_live);
	return test_end();
}
