/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Generic netlink family of ovs_quorum.ko.
 *
 * What each command takes and gives, attribute by attribute, is in
 * docs/netlink/ovs_quorum.yaml; this header has the numbers.  All integers are
 * in host order.  Every command needs CAP_NET_ADMIN in the initial user
 * namespace and concerns the network namespace of the socket.
 */
#ifndef _UAPI_LINUX_OVS_QUORUM_H
#define _UAPI_LINUX_OVS_QUORUM_H

#define OVS_QUORUM_GENL_NAME		"ovs_quorum"
#define OVS_QUORUM_GENL_VERSION		1
#define OVS_QUORUM_MCGRP_UPDATES	"updates"
#define OVS_QUORUM_MCGRP_VIOLATIONS	"violations"

enum ovs_quorum_cmd {
	OVS_QUORUM_CMD_UNSPEC,
	OVS_QUORUM_CMD_SWITCH_SET,	/* create or change a guarded switch */
	OVS_QUORUM_CMD_SWITCH_GET,	/* do: one; dump: all */
	OVS_QUORUM_CMD_SWITCH_DEL,
	OVS_QUORUM_CMD_KEYSET_ADD,
	OVS_QUORUM_CMD_KEYSET_GET,	/* dump */
	OVS_QUORUM_CMD_KEYSET_RETIRE,
	OVS_QUORUM_CMD_PORT_SET,	/* add or replace one port */
	OVS_QUORUM_CMD_PORT_GET,	/* dump */
	OVS_QUORUM_CMD_PORT_DEL,
	OVS_QUORUM_CMD_UPDATE_SUBMIT,
	OVS_QUORUM_CMD_RULE_GET,	/* dump */
	OVS_QUORUM_CMD_GROUP_GET,	/* dump */
	OVS_QUORUM_CMD_FLOW_GET,	/* dump: admitted datapath flows */
	OVS_QUORUM_CMD_STATS_GET,	/* do: of one switch */
	OVS_QUORUM_CMD_LOCK,
	OVS_QUORUM_CMD_PENDING_FLUSH,
	OVS_QUORUM_CMD_UPDATE_NTF,	/* to group "updates" */
	OVS_QUORUM_CMD_VIOLATION_NTF,	/* to group "violations" */

	__OVS_QUORUM_CMD_MAX,
	OVS_QUORUM_CMD_MAX = __OVS_QUORUM_CMD_MAX - 1
};

enum ovs_quorum_attr {
	OVS_QUORUM_A_UNSPEC,
	OVS_QUORUM_A_PAD,
	OVS_QUORUM_A_SWITCH,		/* nest: enum ovs_quorum_switch_attr */
	OVS_QUORUM_A_DPID,		/* u64: names the switch */
	OVS_QUORUM_A_KEYSET,		/* nest: enum ovs_quorum_keyset_attr */
	OVS_QUORUM_A_PORT,		/* nest: enum ovs_quorum_port_attr */
	OVS_QUORUM_A_UPDATE,		/* binary: a sealed update (PROTOCOL.md); if there
					 * are several, they are the pieces of one
					 */
	OVS_QUORUM_A_RESULT,		/* nest: enum ovs_quorum_result_attr */
	OVS_QUORUM_A_RULE,		/* nest: enum ovs_quorum_rule_attr */
	OVS_QUORUM_A_GROUP,		/* binary: an OpenFlow GROUP_MOD that adds it */
	OVS_QUORUM_A_FLOW,		/* nest: enum ovs_quorum_flow_attr */
	OVS_QUORUM_A_STATS,		/* nest: enum ovs_quorum_stats_attr, all u64 */
	OVS_QUORUM_A_VIOLATION,		/* nest: enum ovs_quorum_violation_attr */

	__OVS_QUORUM_A_MAX,
	OVS_QUORUM_A_MAX = __OVS_QUORUM_A_MAX - 1
};

enum ovs_quorum_mode {
	OVS_QUORUM_MODE_OFF,		/* no updates, no gate */
	OVS_QUORUM_MODE_VERIFY,		/* updates are verified; flows only counted */
	OVS_QUORUM_MODE_ENFORCE,	/* flows must follow from the rules */
};

enum ovs_quorum_miss {
	OVS_QUORUM_MISS_DROP,
	OVS_QUORUM_MISS_CONTROLLER,
};

enum ovs_quorum_switch_attr {
	OVS_QUORUM_SWITCH_A_UNSPEC,
	OVS_QUORUM_SWITCH_A_PAD,
	OVS_QUORUM_SWITCH_A_DPID,	/* u64 */
	OVS_QUORUM_SWITCH_A_DOMAIN,	/* u64; at creation only */
	OVS_QUORUM_SWITCH_A_DATAPATH,	/* string: "ovs-system"; at creation only */
	OVS_QUORUM_SWITCH_A_MODE,	/* u8: enum ovs_quorum_mode */
	OVS_QUORUM_SWITCH_A_MISS,	/* u8: enum ovs_quorum_miss */
	OVS_QUORUM_SWITCH_A_VLAN_LIMIT,	/* u8: 1, 2: as OVS's vlan-limit */
	OVS_QUORUM_SWITCH_A_OVERLAP,	/* u32: ms that the last phase stays valid */
	OVS_QUORUM_SWITCH_A_EXPIRY,	/* u32: ms that an update may wait; not 0 */
	OVS_QUORUM_SWITCH_A_PENDING_MAX,	/* u32: waiting updates per signer; at creation */
	OVS_QUORUM_SWITCH_A_RULES_MAX,	/* u32; at creation only */
	OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE,	/* u64: set at creation; get: the lowest open one */
	OVS_QUORUM_SWITCH_A_LOCKED,	/* flag; get only */
	OVS_QUORUM_SWITCH_A_ATTACHED,	/* flag; get only: the datapath exists */
	OVS_QUORUM_SWITCH_A_PHASE,	/* u32; get only: the newest key set's */
	OVS_QUORUM_SWITCH_A_RULES,	/* u32; get only */
	OVS_QUORUM_SWITCH_A_GROUPS,	/* u32; get only */
	OVS_QUORUM_SWITCH_A_PORTS,	/* u32; get only */

	__OVS_QUORUM_SWITCH_A_MAX,
	OVS_QUORUM_SWITCH_A_MAX = __OVS_QUORUM_SWITCH_A_MAX - 1
};

enum ovs_quorum_scheme {
	OVS_QUORUM_SCHEME_INDIVIDUAL = 1,
	OVS_QUORUM_SCHEME_THRESHOLD = 2,
};

enum ovs_quorum_alg {
	OVS_QUORUM_ALG_RSA = 1,
	OVS_QUORUM_ALG_ECDSA_P256 = 2,
	OVS_QUORUM_ALG_BLS = 3,
};

enum ovs_quorum_keyset_attr {
	OVS_QUORUM_KEYSET_A_UNSPEC,
	OVS_QUORUM_KEYSET_A_PHASE,	/* u32 */
	OVS_QUORUM_KEYSET_A_SCHEME,	/* u8: enum ovs_quorum_scheme */
	OVS_QUORUM_KEYSET_A_N,		/* u16: controllers */
	OVS_QUORUM_KEYSET_A_QUORUM,	/* u16: signers that approve, or t */
	OVS_QUORUM_KEYSET_A_KEY,	/* nest: enum ovs_quorum_key_attr; one for each key */
	OVS_QUORUM_KEYSET_A_CURRENT,	/* flag; get only: the newest phase */

	__OVS_QUORUM_KEYSET_A_MAX,
	OVS_QUORUM_KEYSET_A_MAX = __OVS_QUORUM_KEYSET_A_MAX - 1
};

enum ovs_quorum_key_attr {
	OVS_QUORUM_KEY_A_UNSPEC,
	OVS_QUORUM_KEY_A_SIGNER,	/* u16: 1 .. n; 0: the group */
	OVS_QUORUM_KEY_A_ALG,		/* u8: enum ovs_quorum_alg */
	OVS_QUORUM_KEY_A_DATA,		/* binary: PROTOCOL.md, "Keys" */

	__OVS_QUORUM_KEY_A_MAX,
	OVS_QUORUM_KEY_A_MAX = __OVS_QUORUM_KEY_A_MAX - 1
};

enum ovs_quorum_port_attr {
	OVS_QUORUM_PORT_A_UNSPEC,
	OVS_QUORUM_PORT_A_NUMBER,	/* u32: OpenFlow's, or OFPP_LOCAL */
	OVS_QUORUM_PORT_A_NETDEV,	/* string: the network device */
	OVS_QUORUM_PORT_A_NO_FLOOD,	/* u8: 1: FLOOD leaves it out */
	OVS_QUORUM_PORT_A_DP_PORT,	/* u32; get only: absent if there is no such port */

	__OVS_QUORUM_PORT_A_MAX,
	OVS_QUORUM_PORT_A_MAX = __OVS_QUORUM_PORT_A_MAX - 1
};

enum ovs_quorum_update_state {
	OVS_QUORUM_UPDATE_PENDING,	/* counted, more signers are needed */
	OVS_QUORUM_UPDATE_APPLIED,
	OVS_QUORUM_UPDATE_REJECTED,	/* a quorum signed what cannot be applied */
	OVS_QUORUM_UPDATE_EXPIRED,	/* notifications only */
};

/* Answer to UPDATE_SUBMIT; contents of UPDATE_NTF */
enum ovs_quorum_result_attr {
	OVS_QUORUM_RESULT_A_UNSPEC,
	OVS_QUORUM_RESULT_A_PAD,
	OVS_QUORUM_RESULT_A_DPID,	/* u64 */
	OVS_QUORUM_RESULT_A_PHASE,	/* u32 */
	OVS_QUORUM_RESULT_A_SEQUENCE,	/* u64 */
	OVS_QUORUM_RESULT_A_DIGEST,	/* binary, 32: the body's leaf digest */
	OVS_QUORUM_RESULT_A_STATE,	/* u8: enum ovs_quorum_update_state */
	OVS_QUORUM_RESULT_A_HAVE,	/* u16: valid signers */
	OVS_QUORUM_RESULT_A_NEED,	/* u16 */
	OVS_QUORUM_RESULT_A_REASON,	/* string: why rejected */
	OVS_QUORUM_RESULT_A_REVOKED,	/* u32: datapath flows deleted */

	__OVS_QUORUM_RESULT_A_MAX,
	OVS_QUORUM_RESULT_A_MAX = __OVS_QUORUM_RESULT_A_MAX - 1
};

enum ovs_quorum_rule_attr {
	OVS_QUORUM_RULE_A_UNSPEC,
	OVS_QUORUM_RULE_A_PAD,
	OVS_QUORUM_RULE_A_FLOW_MOD,	/* binary: an OpenFlow FLOW_MOD that adds it */
	OVS_QUORUM_RULE_A_AGE,		/* u64: ms since it was approved */
	OVS_QUORUM_RULE_A_ID,		/* u64: never used twice by a switch */

	__OVS_QUORUM_RULE_A_MAX,
	OVS_QUORUM_RULE_A_MAX = __OVS_QUORUM_RULE_A_MAX - 1
};

enum ovs_quorum_flow_attr {
	OVS_QUORUM_FLOW_A_UNSPEC,
	OVS_QUORUM_FLOW_A_UFID,		/* binary, 16 */
	OVS_QUORUM_FLOW_A_KEY,		/* nest: OVS_KEY_ATTR_* */
	OVS_QUORUM_FLOW_A_MASK,		/* nest: OVS_KEY_ATTR_*; absent: exact */
	OVS_QUORUM_FLOW_A_ACTIONS,	/* nest: OVS_ACTION_ATTR_* */
	OVS_QUORUM_FLOW_A_MUZZLE,	/* flag: a refused flow, dropping instead */

	__OVS_QUORUM_FLOW_A_MAX,
	OVS_QUORUM_FLOW_A_MAX = __OVS_QUORUM_FLOW_A_MAX - 1
};

/* What was refused, or would have been in mode verify */
enum ovs_quorum_violation_kind {
	OVS_QUORUM_VIOLATION_FLOW_NEW,
	OVS_QUORUM_VIOLATION_FLOW_SET,
	OVS_QUORUM_VIOLATION_EXECUTE,
	OVS_QUORUM_VIOLATION_DATAPATH,	/* of ports and datapaths */
};

enum ovs_quorum_violation_attr {
	OVS_QUORUM_VIOLATION_A_UNSPEC,
	OVS_QUORUM_VIOLATION_A_PAD,
	OVS_QUORUM_VIOLATION_A_DPID,	/* u64; absent if no switch is concerned */
	OVS_QUORUM_VIOLATION_A_KIND,	/* u8: enum ovs_quorum_violation_kind */
	OVS_QUORUM_VIOLATION_A_REASON,	/* string */
	OVS_QUORUM_VIOLATION_A_PORTID,	/* u32: of the sender's socket */
	OVS_QUORUM_VIOLATION_A_COMM,	/* string: the sender's task */
	OVS_QUORUM_VIOLATION_A_TABLE,	/* u8: where the walk ended, if it did in one */
	OVS_QUORUM_VIOLATION_A_UFID,	/* binary, 16, if there is one */
	OVS_QUORUM_VIOLATION_A_REFUSED,	/* u8: 1: refused; 0: counted only */
	OVS_QUORUM_VIOLATION_A_MISSED,	/* u64: notifications suppressed before this one */

	__OVS_QUORUM_VIOLATION_A_MAX,
	OVS_QUORUM_VIOLATION_A_MAX = __OVS_QUORUM_VIOLATION_A_MAX - 1
};

enum ovs_quorum_stats_attr {
	OVS_QUORUM_STATS_A_UNSPEC,
	OVS_QUORUM_STATS_A_PAD,
	OVS_QUORUM_STATS_A_SUBMITTED,	/* updates offered */
	OVS_QUORUM_STATS_A_MALFORMED,	/* of these: refused before any signature */
	OVS_QUORUM_STATS_A_REPLAYED,
	OVS_QUORUM_STATS_A_VERIFIED,	/* signatures found valid */
	OVS_QUORUM_STATS_A_FORGED,	/* signatures found invalid */
	OVS_QUORUM_STATS_A_REMEMBERED,	/* signatures on a root known already */
	OVS_QUORUM_STATS_A_APPLIED,
	OVS_QUORUM_STATS_A_REJECTED,
	OVS_QUORUM_STATS_A_EXPIRED,
	OVS_QUORUM_STATS_A_EVICTED,
	OVS_QUORUM_STATS_A_PENDING,	/* waiting now */
	OVS_QUORUM_STATS_A_FLOWS,	/* datapath flows admitted and alive now */
	OVS_QUORUM_STATS_A_MUZZLES,	/* refused ones that drop instead, now */
	OVS_QUORUM_STATS_A_ADMITTED,	/* FLOW_NEW and FLOW_SET let through */
	OVS_QUORUM_STATS_A_REFUSED,	/* FLOW_NEW and FLOW_SET refused */
	OVS_QUORUM_STATS_A_EXECUTED,	/* PACKET_EXECUTE let through */
	OVS_QUORUM_STATS_A_EXECUTE_REFUSED,
	OVS_QUORUM_STATS_A_PACKET_OUTS,	/* approved packet-outs used */
	OVS_QUORUM_STATS_A_REVOKED,	/* flows deleted because rules changed */
	OVS_QUORUM_STATS_A_RULES_EXPIRED,	/* hard timeouts */
	OVS_QUORUM_STATS_A_COUNTED,	/* violations in mode verify */

	__OVS_QUORUM_STATS_A_MAX,
	OVS_QUORUM_STATS_A_MAX = __OVS_QUORUM_STATS_A_MAX - 1
};

#endif /* _UAPI_LINUX_OVS_QUORUM_H */
