// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The rules of one table, by mask. */
#include "table.h"

static size_t table_size(unsigned int sub_max)
{
	return sizeof(struct gate_table) +
	       sub_max * sizeof(struct gate_subtable *);
}

static int table_sub_of(const struct gate_table *t, const struct flow_key *mask)
{
	unsigned int i;

	for (i = 0; i < t->sub_nr; i++)
		if (gate_subtable_has_mask(t->sub[i], mask))
			return i;
	return -1;
}

/* Make the table our own, with room for one more subtable if @grow. */
static struct gate_table *table_write(struct gate_change *c,
				      struct gate_table **t, bool grow)
{
	struct gate_table *own = *t;
	unsigned int max = own ? own->sub_max : 0;

	if (grow && (!own || own->sub_nr == max))
		max = max ? 2 * max : 1;
	if (own)
		own = gate_mem_write(c, own, table_size(own->sub_max),
				     table_size(max));
	else
		own = gate_mem_new(c, table_size(max));
	if (!own)
		return NULL;
	if (!*t)
		own->deadline_ms = UINT64_MAX;
	own->sub_max = max;
	*t = own;
	return own;
}

static struct gate_subtable *table_write_sub(struct gate_change *c,
					     struct gate_table *own, int i)
{
	struct gate_subtable *sub;

	sub = gate_mem_write(c, own->sub[i], sizeof(*sub), sizeof(*sub));
	if (sub)
		own->sub[i] = sub;
	return sub;
}

/* The subtable's highest priority has changed: put it where it belongs. */
static void table_sort_sub(struct gate_table *own, unsigned int i)
{
	struct gate_subtable *sub = own->sub[i];

	for (; i && own->sub[i - 1]->priority < sub->priority; i--)
		own->sub[i] = own->sub[i - 1];
	while (i + 1 < own->sub_nr &&
	       own->sub[i + 1]->priority > sub->priority) {
		own->sub[i] = own->sub[i + 1];
		i++;
	}
	own->sub[i] = sub;
}

static void table_count(struct gate_table *own, const struct gate_node *node)
{
	const uint64_t deadline = gate_rule_deadline(&node->rule);

	own->group_users += node->groups;
	own->rewriters += node->rewrites;
	if (deadline < own->deadline_ms)
		own->deadline_ms = deadline;
}

static void table_uncount(struct gate_table *own, const struct gate_node *node)
{
	own->group_users -= node->groups;
	own->rewriters -= node->rewrites;
}

enum gate_err gate_table_insert(struct gate_change *c, struct gate_table **t,
				struct gate_node *node)
{
	const struct gate_order order = gate_order_of(node);
	const struct flow_key *mask = &node->rule.match.mask;
	int i = *t ? table_sub_of(*t, mask) : -1;
	struct gate_subtable *sub;
	struct gate_table *own;

	if (i < 0 && *t && (*t)->sub_nr == GATE_MASKS_MAX)
		return GATE_EMASKS;
	own = table_write(c, t, i < 0);
	if (!own)
		return GATE_ENOMEM;
	if (i < 0) {
		sub = gate_subtable_new(c, mask);
		if (!sub)
			return GATE_ENOMEM;
		i = own->sub_nr++;
		own->sub[i] = sub;
	} else {
		sub = table_write_sub(c, own, i);
		if (!sub)
			return GATE_ENOMEM;
	}
	if (gate_subtable_insert(c, sub, node) ||
	    gate_index_insert(c, &own->order, gate_order_compare, &order, node))
		return GATE_ENOMEM;
	table_sort_sub(own, i);
	table_count(own, node);
	return GATE_OK;
}

enum gate_err gate_table_remove(struct gate_change *c, struct gate_table **t,
				struct gate_node *node)
{
	const struct gate_order order = gate_order_of(node);
	const int i = table_sub_of(*t, &node->rule.match.mask);
	struct gate_table *own = table_write(c, t, false);
	struct gate_subtable *sub;

	if (!own)
		return GATE_ENOMEM;
	sub = table_write_sub(c, own, i);
	if (!sub || gate_subtable_remove(c, sub, node) ||
	    gate_index_remove(c, &own->order, gate_order_compare, &order))
		return GATE_ENOMEM;
	table_uncount(own, node);
	gate_mem_drop(c, node);
	if (sub->order) {
		table_sort_sub(own, i);
		return GATE_OK;
	}
	gate_mem_drop(c, sub);
	own->sub_nr--;
	memmove(own->sub + i, own->sub + i + 1,
		(own->sub_nr - i) * sizeof(*own->sub));
	if (!own->sub_nr) {
		gate_mem_drop(c, own);
		*t = NULL;
	}
	return GATE_OK;
}

enum gate_err gate_table_replace(struct gate_change *c, struct gate_table **t,
				 struct gate_node *old, struct gate_node *node)
{
	const struct gate_order from = gate_order_of(old);
	const struct gate_order to = gate_order_of(node);
	const int i = table_sub_of(*t, &node->rule.match.mask);
	struct gate_table *own = table_write(c, t, false);
	struct gate_subtable *sub;

	if (!own)
		return GATE_ENOMEM;
	sub = table_write_sub(c, own, i);
	if (!sub || gate_subtable_replace(c, sub, old, node))
		return GATE_ENOMEM;
	if (from.id == to.id) {
		if (gate_index_replace(c, &own->order, gate_order_compare, &to,
				       node))
			return GATE_ENOMEM;
	} else if (gate_index_insert(c, &own->order, gate_order_compare, &to,
				     node) ||
		   gate_index_remove(c, &own->order, gate_order_compare,
				     &from)) {
		return GATE_ENOMEM;
	}
	table_uncount(own, old);
	table_count(own, node);
	gate_mem_drop(c, old);
	return GATE_OK;
}

enum gate_err gate_table_set_deadline(struct gate_change *c,
				      struct gate_table **t, uint64_t ms)
{
	struct gate_table *own = table_write(c, t, false);

	if (!own)
		return GATE_ENOMEM;
	own->deadline_ms = ms;
	return GATE_OK;
}

void gate_table_free(struct gate_table *t)
{
	struct gate_place at = { 0, 0 };
	struct gate_node *node;
	unsigned int i;

	for (; (node = gate_index_at(t->order, at));
	     gate_index_step(t->order, &at))
		gate_free(node);
	gate_index_free(t->order);
	for (i = 0; i < t->sub_nr; i++)
		gate_subtable_free(t->sub[i]);
	gate_free(t);
}

struct gate_node *gate_table_find(const struct gate_table *t,
				  const struct flow_match *match,
				  uint16_t priority)
{
	const int i = t ? table_sub_of(t, &match->mask) : -1;

	return i < 0 ? NULL :
	       gate_subtable_find(t->sub[i], &match->key, priority);
}

struct gate_node *gate_table_overlap(const struct gate_table *t,
				     const struct flow_match *match,
				     uint16_t priority)
{
	const struct gate_pattern p = { &match->key, &match->mask };
	const struct gate_subtable *sub;
	struct gate_node *node;
	struct gate_range r;
	unsigned int i;

	for (i = 0; t && i < t->sub_nr; i++) {
		sub = t->sub[i];
		if (sub->priority < priority)
			break;
		if (!gate_subtable_may_meet(sub, p))
			continue;
		r = gate_subtable_range(sub, p, priority, priority);
		while ((node = gate_range_next(&r)))
			if (node->rule.priority == priority &&
			    gate_node_meets(node, sub, p))
				return node;
		gate_breathe();
	}
	return NULL;
}

struct gate_node *gate_table_pick(const struct gate_table *t,
				  const struct of_flow_mod *fm, bool strict)
{
	const struct gate_pattern p = { &fm->match.key, &fm->match.mask };
	struct gate_node *node, *list = NULL;
	const struct gate_subtable *sub;
	struct gate_range r;
	unsigned int i;

	if (strict) {
		node = gate_table_find(t, &fm->match, fm->priority);
		if (!node || !gate_rule_filtered(&node->rule, fm))
			return NULL;
		node->picked = NULL;
		return node;
	}
	for (i = 0; t && i < t->sub_nr; i++) {
		sub = t->sub[i];
		/* Rules that meet the match need not be within it. */
		if (!gate_key_covers(&sub->mask.key, &fm->match.mask))
			continue;
		r = gate_subtable_range(sub, p, UINT16_MAX, 0);
		while ((node = gate_range_next(&r))) {
			if (!gate_node_meets(node, sub, p) ||
			    !gate_rule_filtered(&node->rule, fm))
				continue;
			node->picked = list;
			list = node;
		}
		gate_breathe();
	}
	return list;
}

/* Is a rule behind another one? */
static bool rule_after(const struct gate_rule *rule,
		       const struct gate_rule *after)
{
	if (rule->priority != after->priority)
		return rule->priority < after->priority;
	return rule->id > after->id;
}

enum gate_err gate_table_first(const struct gate_table *t,
			       struct gate_pattern region,
			       const struct gate_rule *after,
			       unsigned int *budget,
			       const struct gate_rule **found)
{
	const struct gate_rule *best = NULL;
	const struct gate_subtable *sub;
	struct gate_node *node;
	struct gate_range r;
	unsigned int i;

	for (i = 0; t && i < t->sub_nr; i++) {
		sub = t->sub[i];
		if (best && sub->priority < best->priority)
			break;
		if (!gate_subtable_may_meet(sub, region))
			continue;
		r = gate_subtable_range(sub, region,
					after ? after->priority : UINT16_MAX,
					best ? best->priority : 0);
		while ((node = gate_range_next(&r))) {
			if (!*budget)
				return GATE_EBUDGET;
			--*budget;
			if (best && rule_after(&node->rule, best))
				continue;
			if (after && !rule_after(&node->rule, after))
				continue;
			if (gate_node_meets(node, sub, region))
				best = &node->rule;
		}
	}
	*found = best;
	return GATE_OK;
}
