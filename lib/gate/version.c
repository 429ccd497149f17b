// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Versions: the beginning and the end of a pipeline, and reading. */
#include "table.h"
#include "walk.h"

enum {					/* of a cursor */
	CURSOR_START,
	CURSOR_BEHIND,			/* what it names has been given */
	CURSOR_END,
};

enum gate_err gate_pipeline_init(struct gate_pipeline *p, uint32_t rules_max)
{
	struct gate_version *v = gate_alloc(sizeof(*v));

	if (!v)
		return GATE_ENOMEM;
	v->mem.born = 1;
	memset(p, 0, sizeof(*p));
	p->next_rule = 1;
	p->rules_max = rules_max < GATE_RULES_MAX ? rules_max : GATE_RULES_MAX;
	gate_publish(p->version, v);
	return GATE_OK;
}

void gate_pipeline_destroy(struct gate_pipeline *p)
{
	struct gate_version *v = gate_deref(p->version);
	struct gate_place at = { 0, 0 };
	void *group;
	unsigned int i;

	if (!v)
		return;
	for (i = 0; i < GATE_TABLES; i++)
		if (v->table[i])
			gate_table_free(v->table[i]);
	for (; (group = gate_index_at(v->groups, at));
	     gate_index_step(v->groups, &at))
		gate_free(group);
	gate_index_free(v->groups);
	gate_free(v);
	gate_publish(p->version, NULL);
}

uint64_t gate_version_number(const struct gate_version *v)
{
	return v->mem.born;
}

uint32_t gate_version_rules(const struct gate_version *v)
{
	return v->rules;
}

uint32_t gate_version_groups(const struct gate_version *v)
{
	return v->groups ? v->groups->nr : 0;
}

/* The first rule of a table at the cursor, or behind it if the table is its own */
static const struct gate_node *table_at(const struct gate_table *t,
					const struct gate_cursor *at, bool own)
{
	const struct gate_order order = { at->priority, at->id };
	struct gate_place place = { 0, 0 };

	if (own)
		place = gate_index_seek(t->order, gate_order_compare, &order,
					true);
	return gate_index_at(t->order, place);
}

const struct gate_rule *gate_version_next_rule(const struct gate_version *v,
					       struct gate_cursor *at)
{
	const bool behind = at->state == CURSOR_BEHIND;
	const struct gate_node *node = NULL;
	unsigned int i;

	if (at->state == CURSOR_END)
		return NULL;
	for (i = behind ? at->table : 0; i < GATE_TABLES && !node; i++)
		if (v->table[i])
			node = table_at(v->table[i], at,
					behind && i == at->table);
	if (!node) {
		at->state = CURSOR_END;
		return NULL;
	}
	at->state = CURSOR_BEHIND;
	at->table = node->rule.table;
	at->priority = node->rule.priority;
	at->id = node->rule.id;
	return &node->rule;
}

const struct gate_group *gate_version_next_group(const struct gate_version *v,
						 struct gate_cursor *at)
{
	const struct gate_group_node *node;
	struct gate_place place = { 0, 0 };

	if (at->state == CURSOR_END)
		return NULL;
	if (at->state == CURSOR_BEHIND)
		place = gate_index_seek(v->groups, gate_group_compare,
					&at->group, true);
	node = gate_index_at(v->groups, place);
	if (!node) {
		at->state = CURSOR_END;
		return NULL;
	}
	at->state = CURSOR_BEHIND;
	at->group = node->group.group;
	return &node->group;
}

static bool table_rewrites(const struct gate_version *v,
			   const struct gate_table *t)
{
	return t && (t->rewriters || (t->group_users && v->rewriter_groups));
}

static bool node_rewrites(const struct gate_version *v,
			  const struct gate_node *node)
{
	const struct gate_rule *rule = &node->rule;
	const struct gate_group_node *group;
	unsigned int i;

	if (node->rewrites || !node->groups)
		return node->rewrites;
	for (i = 0; i < rule->action_nr; i++) {
		if (rule->action[i].type != OF_ACTION_GROUP)
			continue;
		group = gate_index_find(v->groups, gate_group_compare,
					&rule->action[i].group);
		if (group && group->rewrites)
			return true;
	}
	return false;
}

const struct gate_rule *gate_version_next_rewriter(const struct gate_version *v,
						   struct gate_cursor *at)
{
	const struct gate_rule *rule;

	for (;;) {
		/* Whole tables without one are passed over. */
		while (at->state != CURSOR_END && at->table < GATE_TABLES &&
		       !table_rewrites(v, v->table[at->table])) {
			at->table++;
			at->priority = UINT16_MAX;
			at->id = 0;
			at->state = CURSOR_BEHIND;
		}
		if (at->table == GATE_TABLES)
			at->state = CURSOR_END;
		rule = gate_version_next_rule(v, at);
		if (!rule || node_rewrites(v, gate_node_of(rule)))
			return rule;
	}
}
