// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The messages that would make approved rules and groups once more. */
#include "gate.h"

void gate_rule_message(const struct gate_rule *rule, struct of_message *msg)
{
	struct of_flow_mod *fm = &msg->flow_mod;
	struct of_instructions *in = &fm->instructions;

	memset(msg, 0, sizeof(*msg));
	msg->type = OF_FLOW_MOD;
	fm->cookie = rule->cookie;
	fm->table = rule->table;
	fm->command = OF_FLOW_ADD;
	fm->idle_timeout = rule->idle_timeout;
	fm->hard_timeout = rule->hard_timeout;
	fm->priority = rule->priority;
	fm->flags = rule->flags;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	fm->match = rule->match;
	in->has_goto = rule->has_goto;
	in->goto_table = rule->goto_table;
	in->clear_actions = rule->clear_actions;
	in->apply_nr = rule->apply_nr;
	in->write_nr = rule->write_nr;
	in->metadata = rule->metadata;
	in->metadata_mask = rule->metadata_mask;
	memcpy(in->action, rule->action, rule->action_nr * sizeof(rule->action[0]));
}

void gate_group_message(const struct gate_group *group, struct of_message *msg)
{
	struct of_group_mod *gm = &msg->group_mod;

	memset(msg, 0, sizeof(*msg));
	msg->type = OF_GROUP_MOD;
	gm->group = group->group;
	gm->command = OF_GROUP_ADD;
	gm->type = group->type;
	gm->bucket_nr = group->bucket_nr;
	gm->action_nr = group->action_nr;
	memcpy(gm->bucket_end, group->bucket_end, sizeof(gm->bucket_end));
	memcpy(gm->action, group->action, group->action_nr * sizeof(group->action[0]));
}
