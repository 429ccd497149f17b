// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: which command takes which attributes.
 *
 * docs/netlink/ovs_quorum.yaml says the same in prose; tests/netlink-spec
 * compares the two.  Validation is strict everywhere: a family that leaves
 * resv_start_op at 0 gets nothing else.
 */
#include "limits.h"
#include "netlink.h"

#include <linux/module.h>

/* Not const: policies of 6.1 take no pointers to const. */
static struct netlink_range_validation overlap_range = {
	.max = OQ_OVERLAP_MAX_MS,
};

static struct netlink_range_validation expiry_range = {
	.min = 1,
	.max = OQ_EXPIRY_MAX_MS,
};

static struct netlink_range_validation rules_range = {
	.min = 1,
	.max = GATE_RULES_MAX,
};

/* The window above it must not wrap. */
static struct netlink_range_validation sequence_range = {
	.min = 1,
	.max = S64_MAX,
};

static struct netlink_range_validation phase_range = {
	.min = 1,
	.max = U32_MAX,
};

const struct nla_policy oq_switch_policy[OVS_QUORUM_SWITCH_A_MAX + 1] = {
	[OVS_QUORUM_SWITCH_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_SWITCH_A_DOMAIN] = { .type = NLA_U64 },
	[OVS_QUORUM_SWITCH_A_DATAPATH] = { .type = NLA_NUL_STRING,
					   .len = IFNAMSIZ - 1 },
	[OVS_QUORUM_SWITCH_A_MODE] =
		NLA_POLICY_MAX(NLA_U8, OVS_QUORUM_MODE_ENFORCE),
	[OVS_QUORUM_SWITCH_A_MISS] =
		NLA_POLICY_MAX(NLA_U8, OVS_QUORUM_MISS_CONTROLLER),
	[OVS_QUORUM_SWITCH_A_VLAN_LIMIT] =
		NLA_POLICY_RANGE(NLA_U8, 1, OQ_VLAN_LIMIT_MAX),
	[OVS_QUORUM_SWITCH_A_OVERLAP] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &overlap_range),
	[OVS_QUORUM_SWITCH_A_EXPIRY] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &expiry_range),
	[OVS_QUORUM_SWITCH_A_PENDING_MAX] =
		NLA_POLICY_RANGE(NLA_U32, 1, QUORUM_PENDING_MAX),
	[OVS_QUORUM_SWITCH_A_RULES_MAX] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &rules_range),
	[OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE] =
		NLA_POLICY_FULL_RANGE(NLA_U64, &sequence_range),
};

const struct nla_policy oq_key_policy[OVS_QUORUM_KEY_A_MAX + 1] = {
	[OVS_QUORUM_KEY_A_SIGNER] =
		NLA_POLICY_MAX(NLA_U16, UPDATE_SIGNERS_MAX),
	[OVS_QUORUM_KEY_A_ALG] =
		NLA_POLICY_RANGE(NLA_U8, OVS_QUORUM_ALG_RSA, OVS_QUORUM_ALG_BLS),
	[OVS_QUORUM_KEY_A_DATA] =
		NLA_POLICY_RANGE(NLA_BINARY, OQ_KEY_MIN_LEN, KEYSET_KEY_MAX),
};

const struct nla_policy oq_keyset_policy[OVS_QUORUM_KEYSET_A_MAX + 1] = {
	[OVS_QUORUM_KEYSET_A_PHASE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &phase_range),
	[OVS_QUORUM_KEYSET_A_SCHEME] =
		NLA_POLICY_RANGE(NLA_U8, OVS_QUORUM_SCHEME_INDIVIDUAL,
				 OVS_QUORUM_SCHEME_THRESHOLD),
	[OVS_QUORUM_KEYSET_A_N] =
		NLA_POLICY_RANGE(NLA_U16, 1, UPDATE_SIGNERS_MAX),
	[OVS_QUORUM_KEYSET_A_QUORUM] =
		NLA_POLICY_RANGE(NLA_U16, 1, UPDATE_SIGNERS_MAX),
	[OVS_QUORUM_KEYSET_A_KEY] = NLA_POLICY_NESTED(oq_key_policy),
};

const struct nla_policy oq_keyset_retire_policy[OVS_QUORUM_KEYSET_A_MAX + 1] = {
	[OVS_QUORUM_KEYSET_A_PHASE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &phase_range),
};

const struct nla_policy oq_port_policy[OVS_QUORUM_PORT_A_MAX + 1] = {
	[OVS_QUORUM_PORT_A_NUMBER] = { .type = NLA_U32 },
	[OVS_QUORUM_PORT_A_NETDEV] = { .type = NLA_NUL_STRING,
				       .len = IFNAMSIZ - 1 },
	[OVS_QUORUM_PORT_A_NO_FLOOD] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy oq_port_del_policy[OVS_QUORUM_PORT_A_MAX + 1] = {
	[OVS_QUORUM_PORT_A_NUMBER] = { .type = NLA_U32 },
};

/* At the top, by command. */
static const struct nla_policy dpid_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
};

static const struct nla_policy switch_set_policy[] = {
	[OVS_QUORUM_A_SWITCH] = NLA_POLICY_NESTED(oq_switch_policy),
};

static const struct nla_policy keyset_add_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_A_KEYSET] = NLA_POLICY_NESTED(oq_keyset_policy),
};

static const struct nla_policy keyset_retire_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_A_KEYSET] = NLA_POLICY_NESTED(oq_keyset_retire_policy),
};

static const struct nla_policy port_set_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_A_PORT] = NLA_POLICY_NESTED(oq_port_policy),
};

static const struct nla_policy port_del_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_A_PORT] = NLA_POLICY_NESTED(oq_port_del_policy),
};

static const struct nla_policy update_submit_policy[] = {
	[OVS_QUORUM_A_DPID] = { .type = NLA_U64 },
	[OVS_QUORUM_A_UPDATE] = NLA_POLICY_MIN_LEN(1),
};

static const struct genl_ops oq_ops[] = {
	{
		.cmd = OVS_QUORUM_CMD_SWITCH_SET,
		.doit = oq_switch_set_doit,
		.policy = switch_set_policy,
		.maxattr = ARRAY_SIZE(switch_set_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_SWITCH_GET,
		.doit = oq_switch_get_doit,
		.start = oq_dump_start,
		.dumpit = oq_switch_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_SWITCH_DEL,
		.doit = oq_switch_del_doit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_KEYSET_ADD,
		.doit = oq_keyset_add_doit,
		.policy = keyset_add_policy,
		.maxattr = ARRAY_SIZE(keyset_add_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_KEYSET_GET,
		.start = oq_dump_start,
		.dumpit = oq_keyset_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_KEYSET_RETIRE,
		.doit = oq_keyset_retire_doit,
		.policy = keyset_retire_policy,
		.maxattr = ARRAY_SIZE(keyset_retire_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_PORT_SET,
		.doit = oq_port_set_doit,
		.policy = port_set_policy,
		.maxattr = ARRAY_SIZE(port_set_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_PORT_GET,
		.start = oq_dump_start,
		.dumpit = oq_port_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_PORT_DEL,
		.doit = oq_port_del_doit,
		.policy = port_del_policy,
		.maxattr = ARRAY_SIZE(port_del_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_UPDATE_SUBMIT,
		.doit = oq_update_submit_doit,
		.policy = update_submit_policy,
		.maxattr = ARRAY_SIZE(update_submit_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_RULE_GET,
		.start = oq_dump_start,
		.dumpit = oq_rule_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_GROUP_GET,
		.start = oq_dump_start,
		.dumpit = oq_group_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_FLOW_GET,
		.start = oq_dump_start,
		.dumpit = oq_flow_get_dumpit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_STATS_GET,
		.doit = oq_stats_get_doit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_LOCK,
		.doit = oq_lock_doit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OVS_QUORUM_CMD_PENDING_FLUSH,
		.doit = oq_pending_flush_doit,
		.policy = dpid_policy,
		.maxattr = ARRAY_SIZE(dpid_policy) - 1,
		.flags = GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group oq_groups[] = {
	[OQ_GROUP_UPDATES] = {
		.name = OVS_QUORUM_MCGRP_UPDATES,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[OQ_GROUP_VIOLATIONS] = {
		.name = OVS_QUORUM_MCGRP_VIOLATIONS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family oq_family __ro_after_init = {
	.name = OVS_QUORUM_GENL_NAME,
	.version = OVS_QUORUM_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = oq_ops,
	.n_ops = ARRAY_SIZE(oq_ops),
	.mcgrps = oq_groups,
	.n_mcgrps = ARRAY_SIZE(oq_groups),
};

int __init oq_netlink_register(void)
{
	return genl_register_family(&oq_family);
}

void oq_netlink_unregister(void)
{
	genl_unregister_family(&oq_family);
}
