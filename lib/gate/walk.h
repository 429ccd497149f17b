/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Inside lib/gate: the seam between what knows OpenFlow rules (table.c, walk.c,
 * act.c, change.c) and what knows the datapath (attr.c, region.c, packet.c,
 * datapath.c, check.c).
 */
#ifndef GATE_WALK_H
#define GATE_WALK_H

#include "gate.h"

/*
 * A set of packets, and what became of their headers on the way: bits that are
 * known have a value, the others are what they were in the packet as it came.
 * No bit of val is set that is not in known.
 *
 * VLAN tags: how many there are is always known, of their bits what the flow
 * says; tags that are not there are known to be zero.  OpenFlow sees only the
 * first vlan_limit of them: what is behind, @hidden of them, is to it an unknown
 * protocol of the type in the first hidden tag (gate_state_view()).
 */
struct gate_state {
	union flow_words val, known;
	uint8_t tags;			/* 0 .. FLOW_VLANS_MAX */
	uint8_t hidden;			/* of these, at the end */
};

/* One output.  Equal states of neighbours are stored once. */
struct gate_effect {
	uint32_t port;			/* OpenFlow number, or OF_PORT_CONTROLLER */
	uint32_t state;			/* index */
};

enum { GATE_STATES_MAX = 128 };

struct gate_effects {
	unsigned int nr, state_nr;
	struct gate_effect effect[GATE_EFFECTS_MAX];
	struct gate_state state[GATE_STATES_MAX];	/* metadata and in_port zeroed */
};

/*
 * Add one; a state is stored if it differs from the last, without what packets
 * do not carry: metadata, in_port, hidden.  GATE_EBUDGET: full.
 */
enum gate_err gate_effects_add(struct gate_effects *e, uint32_t port,
			       const struct gate_state *state);

/**
 * gate_effects_compare() - the same outputs, with the same headers?
 *
 * In the same order; but neighbours that leave with the same headers may stand
 * in any order (user space floods in the order of a hash table).
 * Return: GATE_OK, GATE_EEXTRA, GATE_EMISSING, GATE_EOUTPUT, GATE_EHEADERS.
 */
enum gate_err gate_effects_compare(const struct gate_effects *want,
				   const struct gate_effects *got);

/**
 * gate_walk() - the pipeline's effects on all packets of a state
 * @start:   as they came in; in_port and the number of VLAN tags known
 * @skip:    a mask of choices: bit i set: the i-th rule with an idle timeout
 *           that the walk meets is taken as gone.  Such a rule may have expired
 *           in user space at any time, and its approval says so.
 * @choices: out: how many such rules the walk met
 * @want:    out: appended to
 * @result:  bits are added to visited and groups, which the caller zeroed; table
 *
 * Return: GATE_OK or GATE_ESTRADDLE, GATE_ETTL, GATE_ETAGS, GATE_EBUDGET,
 * GATE_EINAPPLICABLE.
 */
enum gate_err gate_walk(const struct gate_view *view,
			const struct gate_state *start, uint32_t skip,
			unsigned int *choices, struct gate_effects *want,
			struct gate_result *result);

/**
 * gate_act() - the effects of a list of OpenFlow actions, as of a packet-out
 * @state: in and out
 *
 * Output to OF_PORT_TABLE walks the tables, with no rule taken as gone.  What
 * gate_walk() returns, and GATE_ENOGROUP.
 */
enum gate_err gate_act(const struct gate_view *view, struct gate_state *state,
		       const struct of_action *action, unsigned int nr,
		       struct gate_effects *want, struct gate_result *result);

/*
 * The headers as OpenFlow sees them.  Behind a hidden tag there is nothing but an
 * unknown protocol.  Transport ports of fragments, and ICMP type and code, are
 * zero, as frag-handling normal has it (openvswitch,
 * rule_dpif_lookup_from_table()): for matching alone.  So a state has what the
 * datapath has: the ports of a first fragment are real, and may be set.
 */
void gate_state_view(struct gate_state *out, const struct gate_state *in);

/*
 * Header rewriting, used by both sides, so that both mean the same.
 */
void gate_state_set(struct gate_state *s, size_t offset, const uint8_t *value,
		    const uint8_t *mask, size_t len);
enum gate_err gate_state_push_vlan(struct gate_state *s, uint16_t tpid,
				   uint16_t tci);	/* tci with FLOW_VLAN_PRESENT */
enum gate_err gate_state_pop_vlan(struct gate_state *s);

/**
 * gate_version_next_rewriter() - the next rule that sets what no datapath action can
 * @at: zeroed cursor at first
 *
 * Walks all tables.  For gate_check_packet(): a packet that user space rewrote
 * is explained by such a rule.  NULL: no more.
 */
const struct gate_rule *gate_version_next_rewriter(const struct gate_version *v,
						   struct gate_cursor *at);

/* Is this a field that no datapath action can set? */
bool gate_field_slow(enum flow_field f);

/* Port map lookups; NULL: not there. */
const struct gate_port *gate_port_by_of(const struct gate_ports *ports,
					uint32_t of_port);
const struct gate_port *gate_port_by_dp(const struct gate_ports *ports,
					uint32_t dp_port);

#endif
