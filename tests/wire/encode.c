// SPDX-License-Identifier: GPL-2.0
/*
 * What of_encode() must not write: structures that no message decodes to.
 * Each case is one change of a structure that it does write.
 */
#include "test.h"

#include <arpa/inet.h>

static struct of_message msg;
static uint8_t out[1 << 16];

/* ip, tcp_dst=80, in VLAN 5: push, output; write: output; metadata, goto */
static struct of_flow_mod *flow_mod(void)
{
	struct of_flow_mod *fm = &msg.flow_mod;

	memset(&msg, 0, sizeof(msg));
	msg.type = OF_FLOW_MOD;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	fm->match.key.eth_type = htons(0x0800);
	fm->match.mask.eth_type = 0xffff;
	fm->match.key.ip_proto = 6;
	fm->match.mask.ip_proto = 0xff;
	fm->match.key.tp_dst = htons(80);
	fm->match.mask.tp_dst = 0xffff;
	fm->match.key.vlan[0].tci = htons(0x1005);
	fm->match.mask.vlan[0].tci = htons(0x1fff);
	fm->instructions.apply_nr = 2;
	fm->instructions.write_nr = 1;
	fm->instructions.action[0].type = OF_ACTION_PUSH_VLAN;
	fm->instructions.action[0].tpid = 0x8100;
	fm->instructions.action[1].type = OF_ACTION_OUTPUT;
	fm->instructions.action[1].port = OF_PORT_CONTROLLER;
	fm->instructions.action[1].max_len = 100;
	fm->instructions.action[2].type = OF_ACTION_OUTPUT;
	fm->instructions.action[2].port = 7;
	fm->instructions.has_goto = 1;
	fm->instructions.goto_table = 1;
	fm->instructions.metadata = 2;
	fm->instructions.metadata_mask = 3;
	return fm;
}

static struct of_group_mod *group_mod(void)
{
	struct of_group_mod *gm = &msg.group_mod;

	memset(&msg, 0, sizeof(msg));
	msg.type = OF_GROUP_MOD;
	gm->bucket_nr = 2;
	gm->action_nr = 2;
	gm->bucket_end[0] = 1;
	gm->bucket_end[1] = 2;
	gm->action[0].port = 1;
	gm->action[1].port = 2;
	return gm;
}

static struct of_packet_out *packet_out(void)
{
	static uint8_t frame[1 << 16];
	struct of_packet_out *po = &msg.packet_out;

	memset(&msg, 0, sizeof(msg));
	msg.type = OF_PACKET_OUT;
	po->in_port = 1;
	po->action_nr = 1;
	po->action[0].port = OF_PORT_TABLE;
	po->data = frame;
	po->data_len = 14;
	return po;
}

static bool writes(void)
{
	static struct of_message again;
	size_t used, len;

	ASK(!of_encode(out, sizeof(out), &len, &msg));
	ASK(!of_decode(&again, out, len, &used) && used == len);
	if (msg.type == OF_PACKET_OUT)
		again.packet_out.data = msg.packet_out.data;
	ASK(!memcmp(&again, &msg, sizeof(msg)));
	return true;
}

static bool refuses(void)
{
	size_t used;

	return of_encode(out, sizeof(out), &used, &msg) == WIRE_EVALUE;
}

#define FLOW_MOD(change)						\
	do {								\
		struct of_flow_mod *fm = flow_mod();			\
		struct of_instructions *ins = &fm->instructions;	\
									\
		(void)ins;						\
		change;							\
		TEST("flow mod: " #change, refuses());			\
	} while (0)

static void flow_mods(void)
{
	flow_mod();
	TEST("flow mod", writes());
	FLOW_MOD(msg.type = 0);
	FLOW_MOD(fm->command = 5);
	FLOW_MOD(fm->table = 254);
	FLOW_MOD(fm->table = 1);
	FLOW_MOD(fm->flags = 32);
	FLOW_MOD(fm->cookie = UINT64_MAX);
	FLOW_MOD(fm->cookie_mask = 1);
	FLOW_MOD(fm->out_port = 0);
	FLOW_MOD(fm->out_group = 0);
	FLOW_MOD(fm->command = OF_FLOW_DELETE);
	FLOW_MOD(fm->match.mask.eth_type = 0);
	FLOW_MOD(fm->match.mask.eth_type = 0xff);
	FLOW_MOD(fm->match.key.ip_proto = 1);
	FLOW_MOD(fm->match.mask.tp_dst = htons(0x00ff));
	FLOW_MOD(fm->match.key.ip_ttl = 1);
	FLOW_MOD(fm->match.mask.ip_ttl = 1);
	FLOW_MOD(fm->match.mask.ip_frag = 1);
	FLOW_MOD(fm->match.mask.vlan[0].tpid = 1);
	FLOW_MOD(fm->match.mask.vlan[1].tci = 1);
	FLOW_MOD(fm->match.mask.pad0 = 1);
	FLOW_MOD(fm->match.mask.pad2[3] = 1);
	FLOW_MOD(fm->match.mask.vlan[0].tci = htons(0x0fff));
	FLOW_MOD(fm->match.mask.vlan[0].tci = htons(0x3fff));
	FLOW_MOD(fm->match.mask.nd_sll[0] = 0xff);
	FLOW_MOD(fm->match.mask.arp_op = 0xffff);
	FLOW_MOD(ins->apply_nr = 65);
	FLOW_MOD(ins->write_nr = 63);
	FLOW_MOD(ins->has_goto = 0);
	FLOW_MOD(ins->has_goto = 2);
	FLOW_MOD(ins->goto_table = 0);
	FLOW_MOD(ins->goto_table = 254);
	FLOW_MOD(ins->clear_actions = 2);
	FLOW_MOD(ins->metadata = 4);
	FLOW_MOD(ins->metadata_mask = 0);
	FLOW_MOD(ins->action[0].type = 7);
	FLOW_MOD(ins->action[0].tpid = 0);
	FLOW_MOD(ins->action[1].port = 1);
	FLOW_MOD(ins->action[2].port = OF_PORT_TABLE);
	FLOW_MOD(ins->action[2].type = OF_ACTION_SET_FIELD);
	FLOW_MOD(ins->action[2].type = OF_ACTION_SET_FIELD;
		 ins->action[2].field = FLOW_FIELD_NR);
	FLOW_MOD(ins->action[2].type = OF_ACTION_SET_FIELD;
		 ins->action[2].field = 0xff);
}

#define GROUP_MOD(change)						\
	do {								\
		struct of_group_mod *gm = group_mod();			\
									\
		change;							\
		TEST("group mod: " #change, refuses());			\
	} while (0)

static void group_mods(void)
{
	group_mod();
	TEST("group mod", writes());
	GROUP_MOD(gm->command = 3);
	GROUP_MOD(gm->type = 1);
	GROUP_MOD(gm->type = OF_GROUP_TYPE_INDIRECT);
	GROUP_MOD(gm->group = OF_GROUP_ALL);
	GROUP_MOD(gm->command = OF_GROUP_DELETE);
	GROUP_MOD(gm->bucket_nr = 33);
	GROUP_MOD(gm->bucket_nr = 1);
	GROUP_MOD(gm->action_nr = 1);
	GROUP_MOD(gm->action_nr = 3);
	GROUP_MOD(gm->action_nr = 65);
	GROUP_MOD(gm->bucket_end[0] = 3);
	GROUP_MOD(gm->bucket_end[0] = 2; gm->bucket_end[1] = 1);
	GROUP_MOD(gm->bucket_end[0] = 0);
	GROUP_MOD(gm->action[1].type = OF_ACTION_GROUP);
}

#define PACKET_OUT(change)						\
	do {								\
		struct of_packet_out *po = packet_out();		\
									\
		change;							\
		TEST("packet out: " #change, refuses());		\
	} while (0)

static void packet_outs(void)
{
	packet_out();
	TEST("packet out", writes());
	packet_out()->data_len = 65535 - 24 - 16;
	TEST("packet out: longest", writes());
	PACKET_OUT(po->data_len = 65536 - 24 - 16);
	PACKET_OUT(po->data_len = 13);
	PACKET_OUT(po->in_port = OF_PORT_TABLE);
	PACKET_OUT(po->in_port = 0);
	PACKET_OUT(po->action_nr = 65);
	PACKET_OUT(po->action[0].port = OF_PORT_ANY);
}

int main(void)
{
	flow_mods();
	group_mods();
	packet_outs();
	return test_end();
}
