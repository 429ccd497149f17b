// SPDX-License-Identifier: GPL-2.0
/* key, port: what a switch verifies with, and which ports it has. */
#include <stdlib.h>
#include "args.h"
#include "file.h"
#include "keysetfile.h"
#include "nl.h"
#include "quorumctl.h"
#include "show.h"

static void put_keyset(struct nl_msg *msg, const struct keyset *set)
{
	struct nlattr *nest = nl_nest_start(msg, OVS_QUORUM_A_KEYSET), *one;
	struct keyset_key key;
	size_t at = 0;

	nla_put_u32(msg, OVS_QUORUM_KEYSET_A_PHASE, set->phase);
	nla_put_u8(msg, OVS_QUORUM_KEYSET_A_SCHEME, set->scheme);
	nla_put_u16(msg, OVS_QUORUM_KEYSET_A_N, set->n);
	nla_put_u16(msg, OVS_QUORUM_KEYSET_A_QUORUM, set->quorum);
	while (keyset_key(set, &at, &key)) {
		one = nl_nest_start(msg, OVS_QUORUM_KEYSET_A_KEY);
		if (!one)
			die(CTL_REFUSED, "too many keys for one message");
		nla_put_u16(msg, OVS_QUORUM_KEY_A_SIGNER, key.signer);
		nla_put_u8(msg, OVS_QUORUM_KEY_A_ALG, key.alg);
		if (nla_put(msg, OVS_QUORUM_KEY_A_DATA, key.len, key.key))
			die(CTL_REFUSED, "too many keys for one message");
		nla_nest_end(msg, one);
	}
	/* The nest's length has 16 bits: RSA keys of 128 signers do not fit. */
	if ((const char *)nlmsg_tail(nlmsg_hdr(msg)) - (const char *)nest >
	    UINT16_MAX)
		die(CTL_REFUSED, "too many keys for one message; use smaller ones");
	nla_nest_end(msg, nest);
}

int cmd_key_add(int argc, char **argv)
{
	const char *phase = NULL, *quorum = NULL;
	const struct arg args[] = {
		{ .name = "--phase", .text = &phase },
		{ .name = "--quorum", .text = &quorum },
		{ 0 },
	};
	int nr = args_parse(argc, argv, args, 2, 1 + UPDATE_SIGNERS_MAX) - 1;
	uint64_t dpid = arg_dpid(argv[1]);
	struct keyset_file f;
	struct nl_msg *msg;
	struct nl_conn c;

	if (phase) {
		keyset_make(&f, arg_number("--phase", phase, 1, UINT32_MAX), 0,
			    quorum ? arg_number("--quorum", quorum, 1,
						UPDATE_SIGNERS_MAX) : 0,
			    argv + 2, nr);
	} else {
		if (nr != 1 || quorum)
			die_usage("keys need --phase; a key set stands alone");
		keyset_load(&f, argv[2]);
	}
	nl_connect_quorum(&c);
	msg = nl_request(OVS_QUORUM_CMD_KEYSET_ADD, 0);
	nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
	put_keyset(msg, &f.set);
	nl_must(&c, msg, NULL, NULL);
	nl_disconnect(&c);
	keyset_free(&f);
	return CTL_OK;
}

/* A dump of what belongs to one switch */
static int dump(int argc, char **argv, int cmd, nl_answer answer)
{
	const struct arg args[] = { { 0 } };
	struct nl_conn c;
	uint64_t dpid;

	args_parse(argc, argv, args, 1, 1);
	dpid = arg_dpid(argv[1]);
	nl_connect_quorum(&c);
	nl_list(&c, cmd, &dpid, answer, NULL);
	if (c.error)
		nl_die(&c, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

int cmd_key_show(int argc, char **argv)
{
	return dump(argc, argv, OVS_QUORUM_CMD_KEYSET_GET, show_keyset);
}

int cmd_port_show(int argc, char **argv)
{
	return dump(argc, argv, OVS_QUORUM_CMD_PORT_GET, show_port);
}

int cmd_rules(int argc, char **argv)
{
	dump(argc, argv, OVS_QUORUM_CMD_GROUP_GET, show_group);
	return dump(argc, argv, OVS_QUORUM_CMD_RULE_GET, show_rule);
}

int cmd_flows(int argc, char **argv)
{
	return dump(argc, argv, OVS_QUORUM_CMD_FLOW_GET, show_flow);
}

int cmd_key_retire(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	struct nlattr *nest;
	struct nl_msg *msg;
	uint64_t dpid;
	uint32_t phase;
	struct nl_conn c;

	args_parse(argc, argv, args, 2, 2);
	dpid = arg_dpid(argv[1]);
	phase = arg_number("PHASE", argv[2], 1, UINT32_MAX);
	nl_connect_quorum(&c);
	msg = nl_request(OVS_QUORUM_CMD_KEYSET_RETIRE, 0);
	nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
	nest = nl_nest_start(msg, OVS_QUORUM_A_KEYSET);
	nla_put_u32(msg, OVS_QUORUM_KEYSET_A_PHASE, phase);
	nla_nest_end(msg, nest);
	nl_must(&c, msg, NULL, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

static int port_change(uint64_t dpid, int cmd, uint32_t number,
		       const char *netdev, bool no_flood)
{
	struct nlattr *nest;
	struct nl_msg *msg;
	struct nl_conn c;

	nl_connect_quorum(&c);
	msg = nl_request(cmd, 0);
	nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
	nest = nl_nest_start(msg, OVS_QUORUM_A_PORT);
	nla_put_u32(msg, OVS_QUORUM_PORT_A_NUMBER, number);
	if (netdev) {
		nla_put_string(msg, OVS_QUORUM_PORT_A_NETDEV, netdev);
		nla_put_u8(msg, OVS_QUORUM_PORT_A_NO_FLOOD, no_flood);
	}
	nla_nest_end(msg, nest);
	nl_must(&c, msg, NULL, NULL);
	nl_disconnect(&c);
	return CTL_OK;
}

int cmd_port_set(int argc, char **argv)
{
	bool no_flood = false;
	const struct arg args[] = {
		{ .name = "--no-flood", .flag = &no_flood },
		{ 0 },
	};

	args_parse(argc, argv, args, 3, 3);
	return port_change(arg_dpid(argv[1]), OVS_QUORUM_CMD_PORT_SET,
			   arg_port(argv[2]), argv[3], no_flood);
}

int cmd_port_del(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };

	args_parse(argc, argv, args, 2, 2);
	return port_change(arg_dpid(argv[1]), OVS_QUORUM_CMD_PORT_DEL,
			   arg_port(argv[2]), NULL, false);
}
