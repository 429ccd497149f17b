/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests of lib/gate share: counting, random numbers, and flow mods
 * and packets in few words.
 */
#ifndef GATE_UNIT_H
#define GATE_UNIT_H

#include "../count.h"
#include "alloc.h"
#include "table.h"
#include "walk.h"

/* splitmix64: the same numbers in every run */
static inline uint64_t test_random(void)
{
	static uint64_t state = 1;
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline unsigned int test_below(unsigned int n)
{
	return test_random() % n;
}

/* Big-endian bytes of a number, as many as a field has, at its end if short. */
static inline void unit_bytes(uint8_t *out, size_t len, uint64_t v)
{
	memset(out, 0, len);
	while (len-- && v) {
		out[len] = (uint8_t)v;
		v >>= 8;
	}
}

static inline size_t unit_field_len(enum flow_field f)
{
	struct flow_key none = { 0 };
	uint8_t value[FLOW_VALUE_MAX];

	return flow_field_get(value, &none, f);
}

static inline void unit_put(struct flow_key *key, enum flow_field f, uint64_t v)
{
	uint8_t value[FLOW_VALUE_MAX];

	unit_bytes(value, unit_field_len(f), v);
	flow_field_put(key, f, value);
}

/* Match the bits of @mask (~0: all of the field). */
static inline void unit_match_masked(struct flow_match *m, enum flow_field f,
				     uint64_t v, uint64_t mask)
{
	struct flow_key all;

	flow_field_mask(&all, f);
	if (mask == ~0ull) {
		unsigned int i;

		for (i = 0; i < sizeof(all); i++)
			((uint8_t *)&m->mask)[i] |= ((uint8_t *)&all)[i];
		unit_put(&m->key, f, v);
		return;
	}
	unit_put(&m->mask, f, mask);
	unit_put(&m->key, f, v & mask);
}

static inline void unit_match(struct flow_match *m, enum flow_field f,
			      uint64_t v)
{
	unit_match_masked(m, f, v, ~0ull);
}

static inline void unit_flow_mod(struct of_flow_mod *fm, unsigned int command,
				 unsigned int table, unsigned int priority)
{
	memset(fm, 0, sizeof(*fm));
	fm->command = command;
	fm->table = table;
	fm->priority = priority;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
}

/* The next action of the apply list; nothing may be in the write list yet. */
static inline struct of_action *unit_apply(struct of_flow_mod *fm,
					   unsigned int type)
{
	struct of_action *a = &fm->instructions.action[fm->instructions.apply_nr++];

	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

static inline struct of_action *unit_write(struct of_flow_mod *fm,
					   unsigned int type)
{
	struct of_instructions *in = &fm->instructions;
	struct of_action *a = &in->action[in->apply_nr + in->write_nr++];

	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

static inline void unit_set(struct of_action *a, enum flow_field f, uint64_t v)
{
	a->type = OF_ACTION_SET_FIELD;
	a->field = f;
	unit_bytes(a->value, unit_field_len(f), v);
}

static inline void unit_output(struct of_flow_mod *fm, uint32_t port)
{
	unit_apply(fm, OF_ACTION_OUTPUT)->port = port;
}

static inline void unit_bucket(struct of_group_mod *gm)
{
	gm->bucket_end[gm->bucket_nr++] = gm->action_nr;
}

static inline struct of_action *unit_group_action(struct of_group_mod *gm,
						  unsigned int type)
{
	struct of_action *a = &gm->action[gm->action_nr++];

	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

/* One mod in a transaction of its own */
static inline enum gate_err unit_commit(struct gate_pipeline *p,
					const struct of_flow_mod *fm,
					uint64_t now_ms,
					struct gate_touched *touched)
{
	struct gate_change *c = gate_change_begin(p);
	enum gate_err err;

	if (!c)
		return GATE_ENOMEM;
	err = gate_change_flow_mod(c, fm, now_ms);
	if (err)
		gate_change_abort(c);
	else
		gate_change_commit(c, touched);
	return err;
}

static inline enum gate_err unit_commit_group(struct gate_pipeline *p,
					      const struct of_group_mod *gm,
					      struct gate_touched *touched)
{
	struct gate_change *c = gate_change_begin(p);
	enum gate_err err;

	if (!c)
		return GATE_ENOMEM;
	err = gate_change_group_mod(c, gm);
	if (err)
		gate_change_abort(c);
	else
		gate_change_commit(c, touched);
	return err;
}

#endif
