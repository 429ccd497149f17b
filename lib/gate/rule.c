// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Approved rules: made of flow mods, and what flow mods ask of them. */
#include "table.h"
#include "walk.h"

static struct gate_node *node_alloc(struct gate_change *c,
				    const struct of_instructions *in)
{
	const unsigned int nr = in->apply_nr + in->write_nr;
	struct gate_node *node;
	struct gate_rule *rule;
	unsigned int i;

	node = gate_mem_new(c, sizeof(*node) + nr * sizeof(*in->action));
	if (!node)
		return NULL;
	rule = &node->rule;
	rule->action_nr = nr;
	rule->has_goto = in->has_goto;
	rule->goto_table = in->goto_table;
	rule->clear_actions = in->clear_actions;
	rule->apply_nr = in->apply_nr;
	rule->write_nr = in->write_nr;
	rule->metadata = in->metadata;
	rule->metadata_mask = in->metadata_mask;
	memcpy(rule->action, in->action, nr * sizeof(*in->action));
	for (i = 0; i < nr; i++) {
		if (in->action[i].type == OF_ACTION_GROUP)
			node->groups = true;
		if (in->action[i].type == OF_ACTION_SET_FIELD &&
		    gate_field_slow(in->action[i].field))
			node->rewrites = true;
	}
	return node;
}

struct gate_node *gate_node_new(struct gate_change *c,
				const struct of_flow_mod *fm, uint64_t now_ms)
{
	struct gate_node *node = node_alloc(c, &fm->instructions);
	struct gate_rule *rule;

	if (!node)
		return NULL;
	rule = &node->rule;
	rule->match = fm->match;
	rule->cookie = fm->cookie;
	rule->installed_ms = now_ms;
	rule->id = c->next_rule++;
	rule->priority = fm->priority;
	rule->idle_timeout = fm->idle_timeout;
	rule->hard_timeout = fm->hard_timeout;
	rule->flags = fm->flags;
	rule->table = fm->table;
	return node;
}

struct gate_node *gate_node_modified(struct gate_change *c,
				     const struct of_flow_mod *fm,
				     const struct gate_node *old)
{
	struct gate_node *node = node_alloc(c, &fm->instructions);
	struct gate_rule *rule;

	if (!node)
		return NULL;
	rule = &node->rule;
	rule->match = old->rule.match;
	rule->cookie = old->rule.cookie;
	rule->installed_ms = old->rule.installed_ms;
	rule->id = old->rule.id;
	rule->priority = old->rule.priority;
	rule->idle_timeout = old->rule.idle_timeout;
	rule->hard_timeout = old->rule.hard_timeout;
	rule->flags = old->rule.flags;
	rule->table = old->rule.table;
	return node;
}

uint64_t gate_rule_deadline(const struct gate_rule *rule)
{
	if (!rule->hard_timeout)
		return UINT64_MAX;
	return rule->installed_ms + rule->hard_timeout * 1000ull;
}

bool gate_rule_uses_group(const struct gate_rule *rule, uint32_t group)
{
	unsigned int i;

	for (i = 0; i < rule->action_nr; i++)
		if (rule->action[i].type == OF_ACTION_GROUP &&
		    rule->action[i].group == group)
			return true;
	return false;
}

static bool rule_outputs_to(const struct gate_rule *rule, uint32_t port)
{
	unsigned int i;

	for (i = 0; i < rule->action_nr; i++)
		if (rule->action[i].type == OF_ACTION_OUTPUT &&
		    rule->action[i].port == port)
			return true;
	return false;
}

bool gate_rule_filtered(const struct gate_rule *rule,
			const struct of_flow_mod *fm)
{
	if ((rule->cookie ^ fm->cookie) & fm->cookie_mask)
		return false;
	/* OpenFlow 1.3.5, A.3.4.1: out_port and out_group are for deletions. */
	if (fm->command != OF_FLOW_DELETE &&
	    fm->command != OF_FLOW_DELETE_STRICT)
		return true;
	if (fm->out_port != OF_PORT_ANY && !rule_outputs_to(rule, fm->out_port))
		return false;
	return fm->out_group == OF_GROUP_ANY ||
	       gate_rule_uses_group(rule, fm->out_group);
}
