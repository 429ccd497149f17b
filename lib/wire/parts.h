/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The parts of OpenFlow messages, between the files of lib/wire.
 *
 * Decoding a message is two steps: bytes become a structure, where what the
 * structure cannot hold is refused; then the structure is checked.  Encoding
 * does the same check first, so that both agree on what a message is.
 */
#ifndef WIRE_PARTS_H
#define WIRE_PARTS_H

#include "bytes.h"
#include "openflow.h"

enum {
	OXM_CLASS_BASIC = 0x8000,
	OXM_HEADER_LEN = 4,
	OF_MATCH_OXM = 1,		/* type of a match */
	OF_MATCH_HEADER_LEN = 4,
	OF_FLOW_MOD_LEN = 48,		/* without match and instructions */
	OF_GROUP_MOD_LEN = 16,		/* without buckets */
	OF_BUCKET_LEN = 16,		/* without actions */
	OF_PACKET_OUT_LEN = 24,		/* without actions and frame */
	OF_ETH_HEADER_LEN = 14,
};

enum {					/* instructions, by the numbers of the wire */
	OF_INSTRUCTION_GOTO = 1,
	OF_INSTRUCTION_METADATA = 2,
	OF_INSTRUCTION_WRITE = 3,
	OF_INSTRUCTION_APPLY = 4,
	OF_INSTRUCTION_CLEAR = 5,
};

enum {					/* actions */
	OF_WIRE_OUTPUT = 0,
	OF_WIRE_PUSH_VLAN = 17,
	OF_WIRE_POP_VLAN = 18,
	OF_WIRE_GROUP = 22,
	OF_WIRE_SET_NW_TTL = 23,
	OF_WIRE_DEC_NW_TTL = 24,
	OF_WIRE_SET_FIELD = 25,
};

/*
 * oxm_field.c
 */

/* May a match give a mask for this field? */
bool oxm_maskable(enum flow_field f);

/* Bytes of a value, by OXM number; 0: no such field.  Sets @f. */
size_t oxm_field_of(unsigned int number, enum flow_field *f);
unsigned int oxm_number(enum flow_field f);

/*
 * Does the match have what table 11 demands of a match on @f?  As in Open
 * vSwitch, ICMP needs its own IP version, and ND the ICMP code 0 if any.
 */
bool oxm_prereq(const struct flow_match *m, enum flow_field f);

/* Can the field have this value at all, in a match or in a set-field action? */
enum wire_err oxm_value_check(enum flow_field f, const uint8_t *value);

/*
 * Is this a match that can be said in OXM?  @fields: out: bit f: it says f.
 * WIRE_EPREREQ also for bits that belong to no field whose prerequisites hold.
 */
enum wire_err oxm_match_check(const struct flow_match *m, uint64_t *fields);

/* oxm.c: a struct ofp_match with its padding.  @used: out: bytes */
enum wire_err oxm_match_decode(struct flow_match *m, const uint8_t *in,
			       size_t len, size_t *used);

/* oxm_encode.c.  @m was checked. */
void oxm_header_encode(struct wire_writer *w, enum flow_field f, bool mask);
void oxm_match_encode(struct wire_writer *w, const struct flow_match *m,
		      uint64_t fields);

/*
 * action.c
 */

/* Where a list of actions stands, and what is known of packets there */
struct of_place {
	bool table;			/* output to TABLE is possible */
	bool group;			/* so are groups */
	bool set;			/* an action set: one of a kind */
	const struct flow_match *match;	/* of the rule; NULL: no rule */
	unsigned int tags;		/* in, out: VLAN tags there are at least */
};

/* All of @len bytes are actions.  @nr: in: those there are; out: with these */
enum wire_err of_actions_decode(struct of_action action[OF_ACTIONS_MAX],
				uint8_t *nr, const uint8_t *in, size_t len);

enum wire_err of_actions_check(const struct of_action *action, unsigned int nr,
			       struct of_place *place);

/* A physical or logical port, or LOCAL */
bool of_port_real(uint32_t port);

/* action_encode.c */
void of_actions_encode(struct wire_writer *w, const struct of_action *action,
		       unsigned int nr);

/*
 * flow_mod.c, group_mod.c, packet_out.c: @in and @len are the whole message,
 * whose header was checked; *_check() looks at any structure.
 */
enum wire_err of_flow_mod_decode(struct of_flow_mod *fm, const uint8_t *in,
				 size_t len);
enum wire_err of_flow_mod_check(const struct of_flow_mod *fm,
				uint64_t *fields);
enum wire_err of_group_mod_decode(struct of_group_mod *gm, const uint8_t *in,
				  size_t len);
enum wire_err of_group_mod_check(const struct of_group_mod *gm);
enum wire_err of_packet_out_decode(struct of_packet_out *po, const uint8_t *in,
				   size_t len);
enum wire_err of_packet_out_check(const struct of_packet_out *po);

#endif
