/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* A run through the pipeline: act.c performs actions, walk.c finds rules. */
#ifndef GATE_RUN_H
#define GATE_RUN_H

#include "table.h"
#include "walk.h"

enum {
	GATE_LOOK_MAX = 4096,		/* rules that one run looks at */
	/* what an action set can have more of than one: see act.c */
	GATE_SET_MAX = FLOW_FIELD_NR + 1,
};

/* An action set (OpenFlow 1.3.5, §5.10); the actions are in rules and groups. */
struct gate_action_set {
	const struct of_action *pop_vlan, *push_vlan, *dec_ttl, *group, *output;
	unsigned int set_nr;
	const struct of_action *set[GATE_SET_MAX];
};

struct gate_run {
	const struct gate_view *view;
	struct gate_state *state;
	struct gate_effects *want;
	struct gate_result *result;
	struct gate_action_set set;
	unsigned int budget;
	uint32_t skip;
	unsigned int choices;
	bool packet_out;		/* output to OF_PORT_TABLE is allowed */
};

void gate_run_init(struct gate_run *run, const struct gate_view *view,
		   struct gate_state *state, struct gate_effects *want,
		   struct gate_result *result);

/*
 * act.c.  @over: out: the list ended before its end, as it does in openvswitch
 * where a TTL is used up: the rest of the rule is not to be done either.
 */
enum gate_err gate_run_list(struct gate_run *run,
			    const struct of_action *action, unsigned int nr,
			    bool *over);
void gate_action_set_write(struct gate_action_set *set,
			   const struct of_action *action, unsigned int nr);
enum gate_err gate_run_set(struct gate_run *run,
			   const struct gate_action_set *set);

/* walk.c: from table 0 on; the action set is filled, not executed. */
enum gate_err gate_run_tables(struct gate_run *run);

#endif
