/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * How rules are kept: a version has tables, a table has a subtable for each
 * mask, a subtable has its rules sorted in several ways.
 *
 * A question is a pattern: a region of packets, or the match of a flow mod.
 * Rules that have a packet in common with it ("meet" it) agree with it in all
 * bits that both look at.  A subtable has indexes, each led by another field
 * and followed by the remaining ones: the leading bits that a pattern fixes
 * are a range in each, and the smallest range is looked through.
 */
#ifndef GATE_TABLE_H
#define GATE_TABLE_H

#include "index.h"

/* A rule as tables have it.  One rule is in several indexes. */
struct gate_node {
	struct gate_mem mem;
	struct gate_node *picked;	/* the writer's */
	bool groups;			/* has a group action */
	bool rewrites;			/* sets what the datapath cannot set */
	struct gate_rule rule;
};

struct gate_group_node {
	struct gate_mem mem;
	bool rewrites;
	struct gate_group group;
};

enum { GATE_UNITS = 24 };		/* parts of a key that indexes know */

struct gate_subtable {
	struct gate_mem mem;
	union flow_words mask;
	/* What all rules agree on, and perhaps had more to agree on. */
	union flow_words common, common_mask;
	uint32_t words;			/* bit w: there is mask in word w */
	uint16_t priority;		/* the highest */
	uint8_t unit_nr, lead_nr;
	uint8_t unit[GATE_UNITS];	/* those in the mask */
	uint8_t lead[GATE_UNITS];	/* of them, those that lead an index */
	struct gate_index *order;	/* by priority, descending, and id */
	struct gate_index *led[GATE_UNITS];
};

struct gate_table {
	struct gate_mem mem;
	struct gate_index *order;	/* all rules, as in a subtable */
	uint64_t deadline_ms;		/* no hard timeout is over before */
	uint32_t group_users;		/* rules with a group action */
	uint32_t rewriters;
	uint16_t sub_nr, sub_max;
	struct gate_subtable *sub[];	/* by priority, descending */
};

struct gate_version {
	struct gate_mem mem;
	uint32_t rules;
	uint32_t rewriter_groups;
	struct gate_index *groups;	/* by number */
	struct gate_table *table[GATE_TABLES];	/* NULL: without rules */
};

/* A pattern: val has no bit that is not in known. */
struct gate_pattern {
	const struct flow_key *val, *known;
};

/* A place in an order by priority and id */
struct gate_order {
	uint16_t priority;
	uint64_t id;
};

gate_compare gate_order_compare;	/* key: struct gate_order */

static inline struct gate_order gate_order_of(const struct gate_node *node)
{
	return (struct gate_order){ node->rule.priority, node->rule.id };
}

/* Rules to look at, one after the other */
struct gate_range {
	const struct gate_index *index;
	struct gate_place at, end;
};

struct gate_node *gate_range_next(struct gate_range *r);

static inline uint64_t gate_key_word(const struct flow_key *key, unsigned int w)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)key + 8 * w, sizeof(v));
	return v;
}

/* Is every bit of @mask also in @known? */
static inline bool gate_key_covers(const struct flow_key *known,
				   const struct flow_key *mask)
{
	uint64_t missing = 0;
	unsigned int w;

	for (w = 0; w < FLOW_KEY_WORDS; w++)
		missing |= gate_key_word(mask, w) & ~gate_key_word(known, w);
	return !missing;
}

static inline const struct gate_node *gate_node_of(const struct gate_rule *rule)
{
	return (const struct gate_node *)((const uint8_t *)rule -
					  offsetof(struct gate_node, rule));
}

/*
 * rule.c
 */

/* A rule of a flow mod that adds, or of one that modifies @old.  NULL: no memory. */
struct gate_node *gate_node_new(struct gate_change *c,
				const struct of_flow_mod *fm, uint64_t now_ms);
struct gate_node *gate_node_modified(struct gate_change *c,
				     const struct of_flow_mod *fm,
				     const struct gate_node *old);

/* UINT64_MAX: never */
uint64_t gate_rule_deadline(const struct gate_rule *rule);

/* Do the filters of a flow mod let it touch this rule? */
bool gate_rule_filtered(const struct gate_rule *rule,
			const struct of_flow_mod *fm);
bool gate_rule_uses_group(const struct gate_rule *rule, uint32_t group);

/*
 * subtable.c
 */

struct gate_subtable *gate_subtable_new(struct gate_change *c,
					const struct flow_key *mask);
bool gate_subtable_has_mask(const struct gate_subtable *sub,
			    const struct flow_key *mask);

/* @sub must be the transaction's own.  GATE_OK or GATE_ENOMEM. */
enum gate_err gate_subtable_insert(struct gate_change *c,
				   struct gate_subtable *sub,
				   struct gate_node *node);
enum gate_err gate_subtable_remove(struct gate_change *c,
				   struct gate_subtable *sub,
				   const struct gate_node *node);
/* Of equal match and priority. */
enum gate_err gate_subtable_replace(struct gate_change *c,
				    struct gate_subtable *sub,
				    const struct gate_node *old,
				    struct gate_node *node);
void gate_subtable_free(struct gate_subtable *sub);

struct gate_node *gate_subtable_find(const struct gate_subtable *sub,
				     const struct flow_key *key,
				     uint16_t priority);

/* Can any rule meet the pattern?  Cheap; false is certain. */
bool gate_subtable_may_meet(const struct gate_subtable *sub,
			    struct gate_pattern p);

/*
 * The rules that can meet the pattern and have a priority from @first down to
 * @last, and others: the smallest range that is found with little work.
 */
struct gate_range gate_subtable_range(const struct gate_subtable *sub,
				      struct gate_pattern p, uint16_t first,
				      uint16_t last);
bool gate_node_meets(const struct gate_node *node,
		     const struct gate_subtable *sub, struct gate_pattern p);

/*
 * table.c.  The pipeline's slot of the table changes: *t may move, and is NULL
 * while there are no rules.
 */
enum gate_err gate_table_insert(struct gate_change *c, struct gate_table **t,
				struct gate_node *node);
enum gate_err gate_table_remove(struct gate_change *c, struct gate_table **t,
				struct gate_node *node);
enum gate_err gate_table_replace(struct gate_change *c, struct gate_table **t,
				 struct gate_node *old, struct gate_node *node);
enum gate_err gate_table_set_deadline(struct gate_change *c,
				      struct gate_table **t, uint64_t ms);
void gate_table_free(struct gate_table *t);

struct gate_node *gate_table_find(const struct gate_table *t,
				  const struct flow_match *match,
				  uint16_t priority);

/* Another rule of this priority that has a packet in common with the match */
struct gate_node *gate_table_overlap(const struct gate_table *t,
				     const struct flow_match *match,
				     uint16_t priority);

/*
 * The rules that a flow mod is about, in a list by picked; strict: of the same
 * priority and match, otherwise all that lie within the match.
 */
struct gate_node *gate_table_pick(const struct gate_table *t,
				  const struct of_flow_mod *fm, bool strict);

/**
 * gate_table_first() - the first rule that a region meets, by priority and id
 * @after:  of those behind this one in the order of priority; NULL: of all
 * @budget: how many rules may be looked at; decremented
 * @found:  out; NULL: none
 * Return: GATE_OK or GATE_EBUDGET.
 */
enum gate_err gate_table_first(const struct gate_table *t,
			       struct gate_pattern region,
			       const struct gate_rule *after,
			       unsigned int *budget,
			       const struct gate_rule **found);

/*
 * change.c.  A rule goes; it must be in the version under way.
 */
enum gate_err gate_change_remove(struct gate_change *c, struct gate_node *node);

/*
 * group.c
 */
gate_compare gate_group_compare;	/* key: uint32_t */

/* Are all groups there that these actions name? */
bool gate_groups_exist(const struct gate_version *v,
		       const struct of_action *action, unsigned int nr);

#endif
