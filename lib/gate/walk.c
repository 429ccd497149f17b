// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The way of a region of packets through the tables. */
#include "run.h"

void gate_run_init(struct gate_run *run, const struct gate_view *view,
		   struct gate_state *state, struct gate_effects *want,
		   struct gate_result *result)
{
	memset(run, 0, sizeof(*run));
	run->view = view;
	run->state = state;
	run->want = want;
	run->result = result;
	run->budget = GATE_LOOK_MAX;
	state->val.key.metadata = 0;
	memset(&state->known.key.metadata, 0xff,
	       sizeof(state->known.key.metadata));
}

/* Is the rule gone, in this run? */
static bool walk_skips(struct gate_run *run, const struct gate_rule *rule)
{
	const unsigned int choice = run->choices;

	if (!rule->idle_timeout)
		return false;
	run->choices++;
	return choice < 32 && run->skip & 1u << choice;
}

/* The rule of a table that all packets of the state meet; NULL: a miss */
static enum gate_err walk_find(struct gate_run *run, unsigned int table,
			       const struct gate_rule **rule)
{
	struct gate_state s;
	const struct gate_pattern region = { &s.val.key, &s.known.key };
	const struct gate_rule *after = NULL;
	enum gate_err err;

	gate_state_view(&s, run->state);
	for (;;) {
		err = gate_table_first(run->view->rules->table[table], region,
				       after, &run->budget, rule);
		if (err || !*rule)
			return err;
		if (!walk_skips(run, *rule))
			break;
		after = *rule;
	}
	return gate_key_covers(region.known, &(*rule)->match.mask) ?
	       GATE_OK : GATE_ESTRADDLE;
}

static void walk_write_metadata(struct gate_state *s,
				const struct gate_rule *rule)
{
	uint8_t value[8], mask[8];
	unsigned int i;

	for (i = 0; i < 8; i++) {
		value[i] = rule->metadata >> (56 - 8 * i);
		mask[i] = rule->metadata_mask >> (56 - 8 * i);
	}
	gate_state_set(s, offsetof(struct flow_key, metadata), value, mask, 8);
}

/*
 * openvswitch asks the same of a miss in every table
 * (rule_dpif_lookup_from_table()), and executes the action set after it.
 */
static enum gate_err walk_miss(struct gate_run *run)
{
	if (!run->view->miss_to_controller)
		return GATE_OK;
	return gate_effects_add(run->want, OF_PORT_CONTROLLER, run->state);
}

/*
 * A rule whose list is over writes nothing, clears nothing and goes nowhere
 * (do_xlate_actions(), for which its instructions are one list); what other rules
 * wrote into the action set stays.
 */
enum gate_err gate_run_tables(struct gate_run *run)
{
	const struct gate_rule *rule;
	unsigned int table = 0;
	enum gate_err err;
	bool over;

	for (;;) {
		run->result->visited[table / 64] |= 1ull << table % 64;
		run->result->table = table;
		err = walk_find(run, table, &rule);
		if (err)
			return err;
		if (!rule)
			return walk_miss(run);
		err = gate_run_list(run, rule->action, rule->apply_nr, &over);
		if (err || over)
			return err;
		if (rule->clear_actions)
			memset(&run->set, 0, sizeof(run->set));
		gate_action_set_write(&run->set, rule->action + rule->apply_nr,
				      rule->write_nr);
		walk_write_metadata(run->state, rule);
		/* of_decode() has seen to it that tables ascend. */
		if (!rule->has_goto || rule->goto_table <= table)
			return GATE_OK;
		table = rule->goto_table;
		gate_breathe();
	}
}

enum gate_err gate_walk(const struct gate_view *view,
			const struct gate_state *start, uint32_t skip,
			unsigned int *choices, struct gate_effects *want,
			struct gate_result *result)
{
	struct gate_state state = *start;
	struct gate_run run;
	enum gate_err err;

	gate_run_init(&run, view, &state, want, result);
	run.skip = skip;
	err = gate_run_tables(&run);
	if (!err)
		err = gate_run_set(&run, &run.set);
	*choices = run.choices;
	return err;
}

enum gate_err gate_act(const struct gate_view *view, struct gate_state *state,
		       const struct of_action *action, unsigned int nr,
		       struct gate_effects *want, struct gate_result *result)
{
	struct gate_run run;
	enum gate_err err;
	bool over;

	gate_run_init(&run, view, state, want, result);
	run.packet_out = true;
	err = gate_run_list(&run, action, nr, &over);
	if (!err)
		err = gate_run_set(&run, &run.set);
	return err;
}
