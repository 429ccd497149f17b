// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Groups, and the group mods that change them. */
#include "table.h"
#include "walk.h"

int gate_group_compare(const void *item, const void *key)
{
	const struct gate_group_node *node = item;
	const uint32_t group = *(const uint32_t *)key;

	if (node->group.group == group)
		return 0;
	return node->group.group < group ? -1 : 1;
}

const struct gate_group *gate_version_group(const struct gate_version *v,
					    uint32_t group)
{
	const struct gate_group_node *node;

	node = gate_index_find(v->groups, gate_group_compare, &group);
	return node ? &node->group : NULL;
}

bool gate_groups_exist(const struct gate_version *v,
		       const struct of_action *action, unsigned int nr)
{
	for (; nr--; action++)
		if (action->type == OF_ACTION_GROUP &&
		    !gate_version_group(v, action->group))
			return false;
	return true;
}

static enum gate_err group_node_new(struct gate_change *c,
				    const struct of_group_mod *gm,
				    struct gate_group_node **out)
{
	const size_t actions = gm->action_nr * sizeof(*gm->action);
	struct gate_group_node *node;
	unsigned int i;

	for (i = 0; i < gm->action_nr; i++)
		if (gm->action[i].type == OF_ACTION_GROUP)
			return GATE_ECHAIN;
	node = gate_mem_new(c, sizeof(*node) + actions);
	if (!node)
		return GATE_ENOMEM;
	node->group.group = gm->group;
	node->group.type = gm->type;
	node->group.bucket_nr = gm->bucket_nr;
	node->group.action_nr = gm->action_nr;
	memcpy(node->group.bucket_end, gm->bucket_end, gm->bucket_nr);
	memcpy(node->group.action, gm->action, actions);
	for (i = 0; i < gm->action_nr; i++)
		if (gm->action[i].type == OF_ACTION_SET_FIELD &&
		    gate_field_slow(gm->action[i].field))
			node->rewrites = true;
	*out = node;
	return GATE_OK;
}

static enum gate_err group_add(struct gate_change *c,
			       const struct of_group_mod *gm)
{
	struct gate_version *v = c->version;
	struct gate_group_node *node;
	enum gate_err err;

	if (gate_version_group(v, gm->group))
		return GATE_EGROUPEXISTS;
	if (gate_version_groups(v) == GATE_GROUPS_MAX)
		return GATE_EGROUPS;
	err = group_node_new(c, gm, &node);
	if (err)
		return err;
	v->rewriter_groups += node->rewrites;
	return gate_index_insert(c, &v->groups, gate_group_compare, &gm->group,
				 node);
}

/* The rules of a table that use a group, in a list by picked */
static struct gate_node *group_users(const struct gate_table *t, uint32_t group)
{
	struct gate_node *node, *list = NULL;
	struct gate_place at = { 0, 0 };

	if (!t || !t->group_users)
		return NULL;
	for (; (node = gate_index_at(t->order, at));
	     gate_index_step(t->order, &at)) {
		if (!node->groups || !gate_rule_uses_group(&node->rule, group))
			continue;
		node->picked = list;
		list = node;
	}
	gate_breathe();
	return list;
}

static enum gate_err group_modify(struct gate_change *c,
				  const struct of_group_mod *gm)
{
	struct gate_version *v = c->version;
	struct gate_group_node *node, *old;
	enum gate_err err;
	unsigned int i;

	old = gate_index_find(v->groups, gate_group_compare, &gm->group);
	if (!old)
		return GATE_ENOTGROUP;
	err = group_node_new(c, gm, &node);
	if (err)
		return err;
	v->rewriter_groups += node->rewrites;
	v->rewriter_groups -= old->rewrites;
	err = gate_index_replace(c, &v->groups, gate_group_compare, &gm->group,
				 node);
	if (err)
		return err;
	gate_mem_drop(c, old);
	for (i = 0; i < GATE_TABLES && !c->touched.groups; i++)
		if (group_users(v->table[i], gm->group))
			c->touched.groups = true;
	return GATE_OK;
}

static enum gate_err group_delete(struct gate_change *c, uint32_t group)
{
	struct gate_version *v = c->version;
	struct gate_group_node *node;
	struct gate_node *user, *next;
	enum gate_err err;
	unsigned int i;

	node = gate_index_find(v->groups, gate_group_compare, &group);
	if (!node)
		return GATE_OK;
	for (i = 0; i < GATE_TABLES; i++) {
		for (user = group_users(v->table[i], group); user; user = next) {
			next = user->picked;
			c->touched.groups = true;
			err = gate_change_remove(c, user);
			if (err)
				return err;
		}
	}
	v->rewriter_groups -= node->rewrites;
	err = gate_index_remove(c, &v->groups, gate_group_compare, &group);
	if (!err)
		gate_mem_drop(c, node);
	return err;
}

static enum gate_err group_delete_all(struct gate_change *c)
{
	const struct gate_group_node *node;
	enum gate_err err = GATE_OK;

	while (!err && c->version->groups) {
		node = gate_index_at(c->version->groups,
				     (struct gate_place){ 0, 0 });
		err = group_delete(c, node->group.group);
	}
	return err;
}

static enum gate_err group_mod(struct gate_change *c,
			       const struct of_group_mod *gm)
{
	switch (gm->command) {
	case OF_GROUP_ADD:
		return group_add(c, gm);
	case OF_GROUP_MODIFY:
		return group_modify(c, gm);
	case OF_GROUP_DELETE:
	default:
		return gm->group == OF_GROUP_ALL ? group_delete_all(c) :
						   group_delete(c, gm->group);
	}
}

enum gate_err gate_change_group_mod(struct gate_change *c,
				    const struct of_group_mod *gm)
{
	const enum gate_err err = group_mod(c, gm);

	c->dirty = true;
	c->failed |= err != GATE_OK;
	return err;
}
