/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The OpenFlow 1.3 messages that an update may carry, decoded: FLOW_MOD,
 * GROUP_MOD, PACKET_OUT.
 *
 * Source: OpenFlow Switch Specification 1.3.5 (ONF TS-023), A.2, A.3.4, A.3.7.
 * Bytes and what is refused are in PROTOCOL.md.
 */
#ifndef WIRE_OPENFLOW_H
#define WIRE_OPENFLOW_H

#include "flow.h"
#include "wire_err.h"

enum {
	OF_VERSION = 4,
	OF_HEADER_LEN = 8,

	OF_PACKET_OUT = 13,		/* message types */
	OF_FLOW_MOD = 14,
	OF_GROUP_MOD = 15,

	OF_TABLE_MAX = 253,		/* the last that rules may be in */
	OF_TABLE_ALL = 0xff,		/* delete from all tables */
	OF_ACTIONS_MAX = 64,		/* of one message, all lists together */
	OF_BUCKETS_MAX = 32,
	OF_MESSAGES_MAX = 64,		/* of one update */
};

/* Port numbers above OF_PORT_MAX are reserved ones. */
#define OF_PORT_MAX		0xffffff00u
#define OF_PORT_IN_PORT		0xfffffff8u
#define OF_PORT_TABLE		0xfffffff9u	/* in packet-outs only */
#define OF_PORT_FLOOD		0xfffffffbu
#define OF_PORT_ALL		0xfffffffcu
#define OF_PORT_CONTROLLER	0xfffffffdu
#define OF_PORT_LOCAL		0xfffffffeu
#define OF_PORT_ANY		0xffffffffu
#define OF_GROUP_MAX		0xffffff00u
#define OF_GROUP_ALL		0xfffffffcu	/* delete all groups */
#define OF_GROUP_ANY		0xffffffffu
#define OF_NO_BUFFER		0xffffffffu

enum of_action_type {
	OF_ACTION_OUTPUT,
	OF_ACTION_GROUP,
	OF_ACTION_PUSH_VLAN,
	OF_ACTION_POP_VLAN,
	OF_ACTION_SET_FIELD,
	OF_ACTION_SET_NW_TTL,
	OF_ACTION_DEC_NW_TTL,
};

struct of_action {
	uint8_t type;			/* enum of_action_type */
	uint8_t field;			/* SET_FIELD: enum flow_field */
	uint16_t max_len;		/* OUTPUT to the controller: bytes */
	union {
		uint32_t port;		/* OUTPUT */
		uint32_t group;		/* GROUP */
		uint16_t tpid;		/* PUSH_VLAN: 0x8100 or 0x88a8 */
		uint8_t ttl;		/* SET_NW_TTL */
		uint8_t value[FLOW_VALUE_MAX];	/* SET_FIELD: OXM's encoding */
	};
};

enum of_command {			/* of flow mods, by the numbers of the wire */
	OF_FLOW_ADD = 0,
	OF_FLOW_MODIFY = 1,
	OF_FLOW_MODIFY_STRICT = 2,
	OF_FLOW_DELETE = 3,
	OF_FLOW_DELETE_STRICT = 4,
};

enum {					/* flags of flow mods: those that are allowed */
	OF_FLAG_SEND_FLOW_REM = 1,
	OF_FLAG_CHECK_OVERLAP = 2,
	OF_FLAG_RESET_COUNTS = 4,
	OF_FLAG_NO_PKT_COUNTS = 8,
	OF_FLAG_NO_BYT_COUNTS = 16,
};

/* What a rule does: the instructions, in the order in which they act */
struct of_instructions {
	uint8_t has_goto, goto_table;
	uint8_t clear_actions;		/* CLEAR_ACTIONS is there */
	uint8_t apply_nr, write_nr;	/* actions in the two lists */
	uint64_t metadata, metadata_mask;	/* WRITE_METADATA; mask 0: none.  Host order */
	/* First the apply list, then the write list. */
	struct of_action action[OF_ACTIONS_MAX];
};

struct of_flow_mod {
	uint64_t cookie, cookie_mask;
	uint8_t table;			/* 0 .. OF_TABLE_MAX, or OF_TABLE_ALL to delete */
	uint8_t command;		/* enum of_command */
	uint16_t idle_timeout, hard_timeout;	/* s; 0: none */
	uint16_t priority;
	uint16_t flags;			/* OF_FLAG_* */
	uint32_t out_port, out_group;	/* filter of deletions; OF_*_ANY: none */
	struct flow_match match;
	struct of_instructions instructions;
};

enum of_group_command {
	OF_GROUP_ADD = 0,
	OF_GROUP_MODIFY = 1,
	OF_GROUP_DELETE = 2,
};

enum of_group_type {			/* by the numbers of the wire */
	OF_GROUP_TYPE_ALL = 0,
	OF_GROUP_TYPE_INDIRECT = 2,
};

struct of_group_mod {
	uint32_t group;			/* or OF_GROUP_ALL, to delete */
	uint8_t command;		/* enum of_group_command */
	uint8_t type;			/* enum of_group_type */
	uint8_t bucket_nr;
	uint8_t action_nr;
	uint8_t bucket_end[OF_BUCKETS_MAX];	/* bucket i has the actions from
						 * bucket_end[i - 1] on, below bucket_end[i]
						 */
	struct of_action action[OF_ACTIONS_MAX];
};

struct of_packet_out {
	uint32_t in_port;		/* a port, OF_PORT_LOCAL or OF_PORT_CONTROLLER */
	uint8_t action_nr;
	struct of_action action[OF_ACTIONS_MAX];
	const uint8_t *data;		/* borrowed from the message */
	size_t data_len;		/* bytes, an Ethernet frame without FCS */
};

/* One message */
struct of_message {
	uint8_t type;			/* OF_FLOW_MOD, OF_GROUP_MOD, OF_PACKET_OUT */
	uint32_t xid;
	union {
		struct of_flow_mod flow_mod;
		struct of_group_mod group_mod;
		struct of_packet_out packet_out;
	};
};

/**
 * of_decode() - read the first message of some bytes
 * @msg:  out; about 3 KiB: not for the stack
 * @in:   any bytes; borrowed, and by packet-outs kept
 * @len:  bytes
 * @used: out: bytes of the message
 *
 * Strict: a message of another version, type or length, a field or action
 * outside the supported set, a missing prerequisite, a reserved port where it
 * means nothing, nonzero padding, a value with bits outside its mask, a field
 * twice are errors.  Nothing that was accepted means something else elsewhere.
 *
 * Return: WIRE_OK, or why not.
 */
enum wire_err of_decode(struct of_message *msg, const uint8_t *in, size_t len,
			size_t *used);

/**
 * of_check() - decode all messages of a payload, for their errors alone
 * @msg: room for one
 * @nr:  out: messages, 1 .. OF_MESSAGES_MAX
 * @at:  out: offset of the message that is wrong, where one is
 */
enum wire_err of_check(struct of_message *msg, const uint8_t *in, size_t len,
		       unsigned int *nr, size_t *at);

/**
 * of_encode() - write one message
 * @out:  @room bytes
 * @used: out: bytes written
 * @msg:  what of_decode() could have made; otherwise WIRE_EVALUE
 *
 * of_decode() of the result gives @msg again; fields appear in order of their
 * OXM numbers, so that equal messages are equal bytes.
 * Return: WIRE_OK, WIRE_EROOM.
 */
enum wire_err of_encode(uint8_t *out, size_t room, size_t *used,
			const struct of_message *msg);

#endif
