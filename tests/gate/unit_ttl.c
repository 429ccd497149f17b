// SPDX-License-Identifier: GPL-2.0
/*
 * One off the TTL, and what is done with packets where that cannot be: as
 * openvswitch does it (ofproto/ofproto-dpif-xlate.c), whose functions are named.
 */
#include "unit_walk.h"

/* compose_dec_ttl() */
static bool test_ttl(void)
{
	begin();
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	ASK(add() && walk() == GATE_OK && left(0)->val.key.ip_ttl == 63);
	packet.val.key.ip_ttl = 2;
	ASK(walk() == GATE_OK && left(0)->val.key.ip_ttl == 1);
	packet.val.key.ip_ttl = 64;
	packet.known.key.ip_ttl = 0xfe;
	ASK(walk() == GATE_ETTL && !want.nr);
	start_packet(ARP, 0);
	ASK(walk() == GATE_OK && OUTPUTS(2) && !left(0)->val.key.ip_ttl);
	start_packet(IP, 0);
	forget(&packet.val.key.eth_type, 2);
	ASK(walk() == GATE_EINAPPLICABLE);
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_SET_NW_TTL)->ttl = 5;
	unit_output(&fm, 2);
	start_packet(IPV6, 0);
	forget(&packet.val.key.ip_ttl, 1);
	ASK(add() && walk() == GATE_OK && left(0)->val.key.ip_ttl == 5);
	ASK(left(0)->known.key.ip_ttl == 0xff);
	return true;
}

/* compose_dec_ttl(), where there is nothing to take off */
static bool test_ttl_over(void)
{
	unsigned int ttl;

	begin();
	rule(0, 1);
	unit_set(unit_apply(&fm, 0), FLOW_ETH_SRC, 5);
	unit_output(&fm, 3);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_set(unit_apply(&fm, 0), FLOW_ETH_SRC, 6);
	unit_output(&fm, 2);
	ASK(add());
	for (ttl = 0; ttl < 2; ttl++) {
		start_packet(ttl ? IP : IPV6, 0);
		packet.val.key.ip_ttl = ttl;
		ASK(walk() == GATE_OK && OUTPUTS(3, OF_PORT_CONTROLLER));
		ASK(field(1, FLOW_ETH_SRC) == 5);
		ASK(left(1)->val.key.ip_ttl == ttl);
	}
	packet.val.key.ip_ttl = 2;
	ASK(walk() == GATE_OK && OUTPUTS(3, 2) && field(1, FLOW_ETH_SRC) == 6);
	ASK(left(1)->val.key.ip_ttl == 1);
	start_packet(ARP, 0);
	ASK(walk() == GATE_OK && OUTPUTS(3, 2));
	/* 0 and 1 are alike; whatever reaches beyond is not. */
	start_packet(IP, 0);
	packet.val.key.ip_ttl = 0;
	packet.known.key.ip_ttl = 0xfe;
	ASK(walk() == GATE_OK && OUTPUTS(3, OF_PORT_CONTROLLER));
	ASK(left(1)->known.key.ip_ttl == 0xfe);
	packet.known.key.ip_ttl = 0xfd;
	ASK(walk() == GATE_ETTL);
	packet.known.key.ip_ttl = 0x7f;
	ASK(walk() == GATE_ETTL);
	packet.known.key.ip_ttl = 0;
	ASK(walk() == GATE_ETTL);
	/* A TTL that was set, or has gone down in the same list */
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_SET_NW_TTL)->ttl = 2;
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	ASK(add() && walk() == GATE_OK && OUTPUTS(2, OF_PORT_CONTROLLER));
	ASK(left(1)->val.key.ip_ttl == 1);
	return true;
}

/* do_xlate_actions(): all instructions are one list, which is over. */
static bool test_ttl_rest(void)
{
	begin();
	rule(0, 1);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 3;
	fm.instructions.metadata = 1;
	fm.instructions.metadata_mask = 1;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	ASK(add());
	rule(1, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	fm.instructions.clear_actions = 1;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 2;
	ASK(add());
	rule(2, 1);
	unit_output(&fm, OF_PORT_LOCAL);
	ASK(add());
	ASK(walk() == GATE_OK && OUTPUTS(OF_PORT_LOCAL, 2));
	ASK(result.visited[0] == 7 && left(1)->val.key.ip_ttl == 63);
	/* Neither cleared nor written, no next table; table 0's set stays. */
	packet.val.key.ip_ttl = 1;
	ASK(walk() == GATE_OK && OUTPUTS(OF_PORT_CONTROLLER, 3));
	ASK(result.visited[0] == 3 && result.table == 1);
	ASK(left(1)->val.key.ip_ttl == 1);

	/* In the action set: no sets, and no output. */
	begin();
	rule(0, 1);
	unit_output(&fm, 3);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 2;
	unit_set(unit_write(&fm, 0), FLOW_ETH_SRC, 5);
	unit_write(&fm, OF_ACTION_DEC_NW_TTL);
	ASK(add());
	packet.val.key.ip_ttl = 1;
	ASK(walk() == GATE_OK && OUTPUTS(3, OF_PORT_CONTROLLER));
	ASK(!field(1, FLOW_ETH_SRC));
	packet.val.key.ip_ttl = 2;
	ASK(walk() == GATE_OK && OUTPUTS(3, 2) && field(1, FLOW_ETH_SRC) == 5);
	return true;
}

/* xlate_group_bucket(): it is the bucket's list that is over. */
static bool test_ttl_bucket(void)
{
	begin();
	memset(&gm, 0, sizeof(gm));
	gm.group = 7;
	gm.type = OF_GROUP_TYPE_ALL;
	unit_group_action(&gm, OF_ACTION_DEC_NW_TTL);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 2;
	unit_bucket(&gm);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 3;
	unit_bucket(&gm);
	ASK(add_group());
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_GROUP)->group = 7;
	unit_output(&fm, OF_PORT_LOCAL);
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 1;
	ASK(add());
	rule(1, 1);
	unit_output(&fm, 2);
	ASK(add());
	ASK(walk() == GATE_OK && OUTPUTS(2, 3, OF_PORT_LOCAL, 2));
	packet.val.key.ip_ttl = 1;
	ASK(walk() == GATE_OK);
	ASK(OUTPUTS(OF_PORT_CONTROLLER, 3, OF_PORT_LOCAL, 2));
	return true;
}

static enum gate_err act(const struct of_action *list, unsigned int nr)
{
	want.nr = 0;
	want.state_nr = 0;
	memset(&result, 0, sizeof(result));
	view.rules = gate_deref(pipeline.version);
	return gate_act(&view, &packet, list, nr, &want, &result);
}

static bool test_ttl_packet_out(void)
{
	const struct of_action list[] = {
		{ .type = OF_ACTION_OUTPUT, .port = OF_PORT_TABLE },
		{ .type = OF_ACTION_OUTPUT, .port = 3 },
		{ .type = OF_ACTION_DEC_NW_TTL },
		{ .type = OF_ACTION_OUTPUT, .port = 2 },
	};

	begin();
	rule(0, 1);
	unit_apply(&fm, OF_ACTION_DEC_NW_TTL);
	unit_output(&fm, 2);
	ASK(add());
	/* Its own list goes on behind tables that ended early. */
	packet.val.key.ip_ttl = 1;
	ASK(act(list, 4) == GATE_OK);
	ASK(OUTPUTS(OF_PORT_CONTROLLER, 3, OF_PORT_CONTROLLER));
	packet.val.key.ip_ttl = 3;
	ASK(act(list, 4) == GATE_OK && OUTPUTS(2, 3, 2));
	ASK(left(0)->val.key.ip_ttl == 2 && left(2)->val.key.ip_ttl == 1);
	return true;
}

int main(void)
{
	TEST("TTL", test_ttl());
	TEST("TTL used up", test_ttl_over());
	TEST("TTL used up: what is not done", test_ttl_rest());
	TEST("TTL used up in a bucket", test_ttl_bucket());
	TEST("TTL used up in a packet-out", test_ttl_packet_out());
	gate_pipeline_destroy(&pipeline);
	TEST("no memory is left behind", !alloc_live);
	return test_end();
}
