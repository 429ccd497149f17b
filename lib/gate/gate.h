/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Does a datapath flow follow from the approved OpenFlow rules?
 *
 * A switch's rules are a *pipeline*: tables of rules, and groups.  It changes
 * by transactions, each of which publishes a new immutable *version*.  A
 * datapath flow (key, mask, actions: the attributes of OVS_FLOW_CMD_NEW) names
 * a *region* of packets.  The region is walked through the tables: in each it
 * must lie inside one rule and outside every rule of higher priority; so all
 * its packets meet the same rules, whose actions have *effects*: a list of
 * outputs, each with what the headers are by then.  The datapath actions have
 * effects as well.  The flow follows from the rules if the two are the same.
 *
 * Freestanding but for memory (port.h).  One writer at a time; readers of
 * versions take RCU's read lock (kernel), or turns (user space).
 */
#ifndef GATE_H
#define GATE_H

#include "port.h"
#include "../wire/openflow.h"

/* name, text.  Values are part of the interface: add at the end only. */
#define GATE_ERRORS(E)							\
	E(OK, "success")						\
	E(ENOMEM, "out of memory")					\
	/* changes of the rules */					\
	E(ERULES, "too many rules")					\
	E(EMASKS, "too many different masks in one table")		\
	E(EOVERLAP, "rule overlaps another of the same priority")	\
	E(ENOGROUP, "rule names a group that is not there")		\
	E(EGROUPS, "too many groups")					\
	E(EGROUPEXISTS, "group is already there")			\
	E(ENOTGROUP, "no such group")					\
	E(ECHAIN, "group inside a group")				\
	/* datapath flows: malformed */					\
	E(EATTR, "malformed attribute")					\
	E(EATTRDUP, "attribute given twice")				\
	E(EATTRKEY, "match on a field outside the supported set")	\
	E(EATTRACTION, "datapath action outside the supported set")	\
	E(EATTRSET, "set of a field outside the supported set")		\
	E(EUSERSPACE, "userspace action that no rule asks for")		\
	E(EPACKET, "packet cannot be parsed")				\
	/* datapath flows: well-formed, not approved */			\
	E(EPORT, "port belongs to no guarded switch")			\
	E(EINPORT, "input port is not matched exactly")			\
	E(ERECIRC, "recirculated packets are not supported")		\
	E(ESTRADDLE, "flow is wider than the rules: it straddles one")	\
	E(EEXTRA, "output that no rule asks for")			\
	E(EMISSING, "output that a rule asks for is missing")		\
	E(EOUTPUT, "output to another port than the rules say")		\
	E(EHEADERS, "packets leave with other headers than the rules say")	\
	E(ETTL, "TTL is not matched exactly")				\
	E(ETAGS, "VLAN tags are not matched exactly, or too many")	\
	E(EBUDGET, "too many rules to look through")			\
	E(EPACKETOUT, "packet is not an approved packet-out")		\
	E(EINAPPLICABLE, "approved action does not apply to these packets")

#define GATE_ENUM(name, text) GATE_##name,
enum gate_err { GATE_ERRORS(GATE_ENUM) GATE_ERR_NR };
#undef GATE_ENUM

const char *gate_err_text(enum gate_err err);

enum {
	GATE_RULES_DEFAULT = 16384,
	GATE_RULES_MAX = 1 << 20,
	GATE_MASKS_MAX = 512,		/* different masks in one table */
	GATE_GROUPS_MAX = 1024,
	GATE_PORTS_MAX = 1024,		/* of one switch */
	GATE_EFFECTS_MAX = 1024,	/* outputs of one flow */
	GATE_TABLES = OF_TABLE_MAX + 1,
};

/*
 * Rules
 */

/* An approved rule.  Immutable but for what is said. */
struct gate_rule {
	struct flow_match match;	/* in_port: OpenFlow's number */
	uint64_t cookie;
	uint64_t installed_ms;
	uint64_t id;			/* never used twice in a pipeline; ascending */
	uint16_t priority;
	uint16_t idle_timeout, hard_timeout;	/* s; 0: none */
	uint16_t flags;
	uint8_t table;
	uint8_t action_nr;		/* apply_nr + write_nr */
	uint8_t has_goto, goto_table, clear_actions, apply_nr, write_nr;
	uint64_t metadata, metadata_mask;	/* host order */
	struct of_action action[];
};

struct gate_group {
	uint32_t group;
	uint8_t type, bucket_nr, action_nr;
	uint8_t bucket_end[OF_BUCKETS_MAX];
	struct of_action action[];
};

struct gate_version;			/* the rules at some time */
struct gate_change;			/* a transaction under way */

struct gate_pipeline {
	struct gate_version __rcu *version;
	uint64_t next_rule;
	uint32_t rules_max;
};

/* Returns GATE_OK or GATE_ENOMEM.  No rules: every packet is dropped. */
enum gate_err gate_pipeline_init(struct gate_pipeline *p, uint32_t rules_max);

/* Frees everything.  No reader may be left (kernel: after synchronize_rcu()). */
void gate_pipeline_destroy(struct gate_pipeline *p);

/* Kernel: waits for memory that versions left behind; at module unload. */
void gate_barrier(void);

/**
 * gate_change_begin() - start a transaction
 *
 * One at a time for a pipeline.  Return: NULL if there is no memory.
 */
struct gate_change *gate_change_begin(struct gate_pipeline *p);

/**
 * gate_change_flow_mod() - one flow mod, with the semantics of OpenFlow 1.3.5
 * @now_ms: when timeouts start
 *
 * §6.4: add replaces a rule of equal match and priority; modify and delete,
 * strict or not, with the filters on cookie, out_port and out_group; modify of
 * nothing changes nothing.  Beyond the specification: an add that overlaps
 * another rule of equal priority is refused whether the flag says so or not,
 * since what a packet in both would meet is undefined.
 *
 * After an error the transaction can only be aborted.
 */
enum gate_err gate_change_flow_mod(struct gate_change *c,
				   const struct of_flow_mod *fm,
				   uint64_t now_ms);

/* §6.5; deleting a group deletes the rules that name it. */
enum gate_err gate_change_group_mod(struct gate_change *c,
				    const struct of_group_mod *gm);

/**
 * gate_change_expire() - drop rules whose hard timeout is over
 * @next_ms: out: when the next one is; UINT64_MAX: none
 * Return: how many were dropped, or -1 if there is no memory.
 */
int gate_change_expire(struct gate_change *c, uint64_t now_ms,
		       uint64_t *next_ms);

/* What a transaction changed, for whoever must look at flows again */
struct gate_touched {
	uint64_t table[4];		/* bit t: rules of table t changed */
	bool groups;			/* a group that rules use changed */
};

/**
 * gate_change_commit() - publish the new version, free the old one later
 * @touched: out
 * Cannot fail.  Either call consumes @c.
 */
void gate_change_commit(struct gate_change *c, struct gate_touched *touched);
void gate_change_abort(struct gate_change *c);

/* Reading a version: gate_deref(p->version), valid under RCU or the lock. */
uint64_t gate_version_number(const struct gate_version *v);	/* grows */
uint32_t gate_version_rules(const struct gate_version *v);
uint32_t gate_version_groups(const struct gate_version *v);

/*
 * The rule or group behind a place, for dumps; places are (table, priority
 * descending, id ascending) and survive changes: what was there all the time is seen
 * exactly once.  A zeroed cursor starts.  NULL: the end.
 */
struct gate_cursor {
	uint64_t id;
	uint32_t group;
	uint16_t priority;
	uint8_t table, state;
};

const struct gate_rule *gate_version_next_rule(const struct gate_version *v,
					       struct gate_cursor *at);
const struct gate_group *gate_version_next_group(const struct gate_version *v,
						 struct gate_cursor *at);
const struct gate_group *gate_version_group(const struct gate_version *v,
					    uint32_t group);

/*
 * The message that would make it once more (OFPFC_ADD, OFPGC_ADD); the time that its
 * timeouts have run is not in it.
 */
void gate_rule_message(const struct gate_rule *rule, struct of_message *msg);
void gate_group_message(const struct gate_group *group, struct of_message *msg);

/*
 * Ports
 */

enum {					/* flags of a port */
	GATE_PORT_NO_FLOOD = 1,		/* FLOOD leaves it out (OFPPC_NO_FLOOD) */
};

struct gate_port {
	uint32_t of_port;		/* 1 .. OF_PORT_MAX, or OF_PORT_LOCAL */
	uint32_t dp_port;		/* the datapath's number */
	uint8_t flags;
};

/* The ports of one switch that exist now, ascending by of_port. */
struct gate_ports {
	unsigned int nr;
	const struct gate_port *port;
};

/* What flows are checked against */
struct gate_view {
	const struct gate_version *rules;
	struct gate_ports ports;
	uint8_t vlan_limit;		/* OVS other_config:vlan-limit, 1 or 2 */
	bool miss_to_controller;	/* what a miss means, in any table */
};

/*
 * Flows
 */

/*
 * The attributes of a flow message: payloads of OVS_FLOW_ATTR_KEY, _MASK,
 * _ACTIONS, as user space sent them.  Any bytes.
 */
struct gate_flow {
	const void *key, *mask, *actions;
	size_t key_len, mask_len, actions_len;
	bool has_mask;			/* without, all of the key is exact */
};

enum gate_kind {
	GATE_DROP,			/* no outputs: always allowed */
	GATE_UPCALL,			/* all packets go to user space (slow path) */
	GATE_FORWARD,
};

struct gate_result {
	enum gate_kind kind;
	uint64_t visited[4];		/* bit t: the verdict depends on table t */
	bool groups;			/* the verdict depends on a group */
	/* For messages: where the walk ended; -1: nowhere */
	int table;
	int attr;			/* offending attribute type, or -1 */
};

/* Room for one check at a time: about 200 KiB, any contents. */
struct gate_scratch;
size_t gate_scratch_size(void);

/**
 * gate_flow_in_port() - the datapath port of a key, before anything else
 *
 * For flows the input port must be matched exactly; @mask_len 0 with has_mask
 * false means that it is.  For PACKET_EXECUTE a key without one is
 * OVSP_LOCAL (0), as in openvswitch.
 */
enum gate_err gate_flow_in_port(const struct gate_flow *flow, bool execute,
				uint32_t *dp_port);

/**
 * gate_check_flow() - may this flow be in the datapath?
 *
 * Return: GATE_OK, or why not.  Empty actions are a drop, and a drop needs a
 * well-formed key and mask and nothing else.
 */
enum gate_err gate_check_flow(const struct gate_view *view,
			      const struct gate_flow *flow,
			      struct gate_scratch *scratch,
			      struct gate_result *result);

/**
 * gate_check_packet() - may this packet be executed with these actions?
 * @flow:   metadata in key (OVS_PACKET_ATTR_KEY), and actions; no mask
 * @packet: an Ethernet frame: headers are parsed from it
 *
 * What the rules say for a packet that arrives so; or, for rules with actions
 * that the datapath cannot do (set of ARP, ICMP or ND fields), what user space made
 * of a packet that they say it for.
 */
enum gate_err gate_check_packet(const struct gate_view *view,
				const struct gate_flow *flow,
				const uint8_t *packet, size_t len,
				struct gate_scratch *scratch,
				struct gate_result *result);

/**
 * gate_check_packet_out() - is this the packet-out that was approved?
 * @out: decoded by of_decode()
 *
 * The same bytes, the same input port, and actions of the same effect.  Output to
 * OF_PORT_TABLE needs no approval of its own: gate_check_packet() says yes.
 */
enum gate_err gate_check_packet_out(const struct gate_view *view,
				    const struct of_packet_out *out,
				    const struct gate_flow *flow,
				    const uint8_t *packet, size_t len,
				    struct gate_scratch *scratch,
				    struct gate_result *result);

/**
 * gate_flow_untouched() - can a flow's verdict have changed at all?
 * @result:  of the check that let it in
 * @touched: by changes since then
 */
bool gate_flow_untouched(const struct gate_result *result,
			 const struct gate_touched *touched);

#endif
