// SPDX-License-Identifier: GPL-2.0
/* switch, lock, flush: guarded switches and their modes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "args.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"
#include "show.h"

static void put_number(struct nl_msg *msg, int type, int len, const char *name,
		       const char *text, uint64_t min, uint64_t max)
{
	uint64_t n;
	uint32_t u32;
	uint8_t u8;

	if (!text)
		return;
	n = arg_number(name, text, min, max);
	u32 = (uint32_t)n;
	u8 = (uint8_t)n;
	nla_put(msg, type, len,
		len == 1 ? (void *)&u8 : len == 4 ? (void *)&u32 : (void *)&n);
}

static void put_word(struct nl_msg *msg, int type, const char *name,
		     const char *text, const char *words)
{
	if (text)
		nla_put_u8(msg, type, arg_word(name, text, words));
}

int cmd_switch_set(int argc, char **argv)
{
	const char *domain = NULL, *datapath = NULL, *mode = NULL, *miss = NULL;
	const char *vlan = NULL, *overlap = NULL, *expiry = NULL;
	const char *pending = NULL, *rules = NULL, *next = NULL;
	const struct arg args[] = {
		{ .name = "--domain", .text = &domain },
		{ .name = "--datapath", .text = &datapath },
		{ .name = "--mode", .text = &mode },
		{ .name = "--miss", .text = &miss },
		{ .name = "--vlan-limit", .text = &vlan },
		{ .name = "--overlap", .text = &overlap },
		{ .name = "--expiry", .text = &expiry },
		{ .name = "--pending-max", .text = &pending },
		{ .name = "--rules-max", .text = &rules },
		{ .name = "--next-sequence", .text = &next },
		{ 0 },
	};
	struct nl_conn c;
	struct nlattr *nest;
	struct nl_msg *msg;
	uint64_t dpid;

	args_parse(argc, argv, args, 1, 1);
	dpid = arg_dpid(argv[1]);
	msg = nl_request(OVS_QUORUM_CMD_SWITCH_SET, 0);
	nest = nl_nest_start(msg, OVS_QUORUM_A_SWITCH);
	nla_put_u64(msg, OVS_QUORUM_SWITCH_A_DPID, dpid);
	put_number(msg, OVS_QUORUM_SWITCH_A_DOMAIN, 8, "--domain", domain,
		   0, UINT64_MAX);
	if (datapath)
		nla_put_string(msg, OVS_QUORUM_SWITCH_A_DATAPATH, datapath);
	put_word(msg, OVS_QUORUM_SWITCH_A_MODE, "--mode", mode,
		 "off verify enforce");
	put_word(msg, OVS_QUORUM_SWITCH_A_MISS, "--miss", miss,
		 "drop controller");
	put_number(msg, OVS_QUORUM_SWITCH_A_VLAN_LIMIT, 1, "--vlan-limit", vlan,
		   1, 2);
	put_number(msg, OVS_QUORUM_SWITCH_A_OVERLAP, 4, "--overlap", overlap,
		   0, UINT32_MAX);
	put_number(msg, OVS_QUORUM_SWITCH_A_EXPIRY, 4, "--expiry", expiry,
		   1, UINT32_MAX);
	put_number(msg, OVS_QUORUM_SWITCH_A_PENDING_MAX, 4, "--pending-max",
		   pending, 1, UINT32_MAX);
	put_number(msg, OVS_QUORUM_SWITCH_A_RULES_MAX, 4, "--rules-max", rules,
		   1, UINT32_MAX);
	put_number(msg, OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE, 8, "--next-sequence",
		   next, 1, UINT64_MAX);
	nla_nest_end(msg, nest);
	nl_connect_quorum(&c);
	nl_must(&c, msg, NULL, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

int cmd_switch_show(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	int nr = args_parse(argc, argv, args, 0, 1);
	uint64_t dpid = nr ? arg_dpid(argv[1]) : 0;
	struct nl_conn c;
	struct nl_msg *msg;

	nl_connect_quorum(&c);
	if (nr) {
		output_single();
		msg = nl_request(OVS_QUORUM_CMD_SWITCH_GET, 0);
		nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
		nl_run(&c, msg, show_switch, NULL);
	} else {
		nl_list(&c, OVS_QUORUM_CMD_SWITCH_GET, NULL, show_switch, NULL);
	}
	if (c.error)
		nl_die(&c, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

/* A request that names a switch and nothing else */
static int about_switch(int argc, char **argv, int cmd, int min,
			nl_answer answer)
{
	const struct arg args[] = { { 0 } };
	int nr = args_parse(argc, argv, args, min, 1);
	uint64_t dpid = nr ? arg_dpid(argv[1]) : 0;
	struct nl_conn c;
	struct nl_msg *msg;

	nl_connect_quorum(&c);
	msg = nl_request(cmd, 0);
	if (nr)
		nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
	nl_must(&c, msg, answer, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

int cmd_switch_del(int argc, char **argv)
{
	return about_switch(argc, argv, OVS_QUORUM_CMD_SWITCH_DEL, 1, NULL);
}

int cmd_lock(int argc, char **argv)
{
	return about_switch(argc, argv, OVS_QUORUM_CMD_LOCK, 0, NULL);
}

int cmd_flush(int argc, char **argv)
{
	return about_switch(argc, argv, OVS_QUORUM_CMD_PENDING_FLUSH, 1, NULL);
}

int cmd_stats(int argc, char **argv)
{
	output_single();
	return about_switch(argc, argv, OVS_QUORUM_CMD_STATS_GET, 1, show_stats);
}
