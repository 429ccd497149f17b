// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Transactions: flow mods, timeouts, publication.
 *
 * One writer for each pipeline, by the caller's lock.  Readers never wait.
 */
#include "table.h"

/* Retired pieces: more than these are not freed in an RCU callback. */
enum { RETIRED_MAX = 1024 };

struct gate_change *gate_change_begin(struct gate_pipeline *p)
{
	const struct gate_version *old = gate_deref(p->version);
	const size_t head = sizeof(struct gate_mem);
	struct gate_change *c = gate_alloc(sizeof(*c));

	if (!c)
		return NULL;
	c->pipeline = p;
	c->made.next = &c->made;
	c->made.prev = &c->made;
	c->number = old->mem.born + 1;
	c->next_rule = p->next_rule;
	c->version = gate_mem_new(c, sizeof(*c->version));
	if (!c->version) {
		gate_free(c);
		return NULL;
	}
	memcpy((uint8_t *)c->version + head, (const uint8_t *)old + head,
	       sizeof(*old) - head);
	return c;
}

static void change_touch(struct gate_change *c, unsigned int table)
{
	c->touched.table[table / 64] |= 1ull << table % 64;
}

enum gate_err gate_change_remove(struct gate_change *c, struct gate_node *node)
{
	const unsigned int table = node->rule.table;

	change_touch(c, table);
	c->version->rules--;
	return gate_table_remove(c, &c->version->table[table], node);
}

static enum gate_err change_add(struct gate_change *c,
				const struct of_flow_mod *fm, uint64_t now_ms)
{
	struct gate_version *v = c->version;
	struct gate_table **t = &v->table[fm->table];
	struct gate_node *node, *old;

	old = gate_table_find(*t, &fm->match, fm->priority);
	if (!old) {
		if (gate_table_overlap(*t, &fm->match, fm->priority))
			return GATE_EOVERLAP;
		if (v->rules >= c->pipeline->rules_max)
			return GATE_ERULES;
	}
	node = gate_node_new(c, fm, now_ms);
	if (!node)
		return GATE_ENOMEM;
	change_touch(c, fm->table);
	if (old)
		return gate_table_replace(c, t, old, node);
	v->rules++;
	return gate_table_insert(c, t, node);
}

static enum gate_err change_modify(struct gate_change *c,
				   const struct of_flow_mod *fm,
				   struct gate_node *old)
{
	struct gate_table **t = &c->version->table[old->rule.table];
	struct gate_node *node = gate_node_modified(c, fm, old);

	if (!node)
		return GATE_ENOMEM;
	change_touch(c, old->rule.table);
	return gate_table_replace(c, t, old, node);
}

/* Modify or delete, in one table */
static enum gate_err change_table(struct gate_change *c,
				  const struct of_flow_mod *fm,
				  unsigned int table)
{
	const bool strict = fm->command == OF_FLOW_MODIFY_STRICT ||
			    fm->command == OF_FLOW_DELETE_STRICT;
	const bool modify = fm->command == OF_FLOW_MODIFY ||
			    fm->command == OF_FLOW_MODIFY_STRICT;
	struct gate_node *node, *next;
	enum gate_err err;

	node = gate_table_pick(c->version->table[table], fm, strict);
	for (; node; node = next) {
		next = node->picked;
		err = modify ? change_modify(c, fm, node) :
			       gate_change_remove(c, node);
		if (err)
			return err;
		gate_breathe();
	}
	return GATE_OK;
}

static enum gate_err change_flow_mod(struct gate_change *c,
				     const struct of_flow_mod *fm,
				     uint64_t now_ms)
{
	const struct of_instructions *in = &fm->instructions;
	enum gate_err err = GATE_OK;
	unsigned int i;

	if (fm->command != OF_FLOW_DELETE &&
	    fm->command != OF_FLOW_DELETE_STRICT &&
	    !gate_groups_exist(c->version, in->action,
			       in->apply_nr + in->write_nr))
		return GATE_ENOGROUP;
	if (fm->command == OF_FLOW_ADD)
		return change_add(c, fm, now_ms);
	if (fm->table != OF_TABLE_ALL)
		return change_table(c, fm, fm->table);
	for (i = 0; i < GATE_TABLES && !err; i++)
		err = change_table(c, fm, i);
	return err;
}

enum gate_err gate_change_flow_mod(struct gate_change *c,
				   const struct of_flow_mod *fm,
				   uint64_t now_ms)
{
	const enum gate_err err = change_flow_mod(c, fm, now_ms);

	c->dirty = true;
	c->failed |= err != GATE_OK;
	return err;
}

/* One table: what is due is dropped, and the next deadline noted. */
static int change_expire(struct gate_change *c, struct gate_table **t,
			 uint64_t now_ms)
{
	struct gate_node *node, *next, *due = NULL;
	struct gate_place at = { 0, 0 };
	uint64_t deadline = UINT64_MAX, ms;
	int nr = 0;

	for (; (node = gate_index_at((*t)->order, at));
	     gate_index_step((*t)->order, &at)) {
		ms = gate_rule_deadline(&node->rule);
		if (ms <= now_ms) {
			node->picked = due;
			due = node;
		} else if (ms < deadline) {
			deadline = ms;
		}
	}
	for (node = due; node; node = next) {
		next = node->picked;
		if (gate_change_remove(c, node))
			return -1;
		nr++;
		gate_breathe();
	}
	if (*t && gate_table_set_deadline(c, t, deadline))
		return -1;
	return nr;
}

int gate_change_expire(struct gate_change *c, uint64_t now_ms,
		       uint64_t *next_ms)
{
	struct gate_table **t = c->version->table;
	int nr = 0, n;

	*next_ms = UINT64_MAX;
	for (; t < c->version->table + GATE_TABLES; t++) {
		if (!*t)
			continue;
		if ((*t)->deadline_ms <= now_ms) {
			n = change_expire(c, t, now_ms);
			c->dirty = true;
			if (n < 0) {
				c->failed = true;
				return -1;
			}
			nr += n;
		}
		if (*t && (*t)->deadline_ms < *next_ms)
			*next_ms = (*t)->deadline_ms;
	}
	return nr;
}

static void change_free_retired(struct gate_change *c)
{
	struct gate_mem *m;

	while (c->retired) {
		m = c->retired;
		c->retired = m->next;
		gate_free(m);
	}
	gate_free(c);
}

static void change_later(struct gate_rcu_head *rcu)
{
	change_free_retired((struct gate_change *)((uint8_t *)rcu -
				offsetof(struct gate_change, rcu)));
}

void gate_change_commit(struct gate_change *c, struct gate_touched *touched)
{
	struct gate_pipeline *p = c->pipeline;

	gate_assert(!c->failed);
	*touched = c->touched;
	if (!c->dirty || c->failed) {
		memset(touched, 0, sizeof(*touched));
		gate_change_abort(c);
		return;
	}
	gate_mem_drop(c, gate_deref(p->version));
	p->next_rule = c->next_rule;
	gate_publish(p->version, c->version);
	if (c->retired_nr > RETIRED_MAX) {
		gate_wait_readers();
		change_free_retired(c);
	} else {
		gate_call_later(&c->rcu, change_later);
	}
}

void gate_change_abort(struct gate_change *c)
{
	struct gate_mem *m;

	while (c->made.next != &c->made) {
		m = c->made.next;
		c->made.next = m->next;
		gate_free(m);
	}
	gate_free(c);
}

void gate_barrier(void)
{
	gate_wait_calls();
}
