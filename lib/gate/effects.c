// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Lists of outputs: what rules want, what a datapath flow does. */
#include "walk.h"

static bool effects_same_state(const struct gate_state *a,
			       const struct gate_state *b)
{
	return !memcmp(&a->val, &b->val, sizeof(a->val)) &&
	       !memcmp(&a->known, &b->known, sizeof(a->known)) &&
	       a->tags == b->tags;
}

enum gate_err gate_effects_add(struct gate_effects *e, uint32_t port,
			       const struct gate_state *state)
{
	struct gate_state s = *state;

	s.val.key.metadata = 0;
	s.known.key.metadata = 0;
	s.val.key.in_port = 0;
	s.known.key.in_port = 0;
	s.hidden = 0;
	if (e->nr == GATE_EFFECTS_MAX)
		return GATE_EBUDGET;
	if (!e->state_nr ||
	    !effects_same_state(&e->state[e->state_nr - 1], &s)) {
		if (e->state_nr == GATE_STATES_MAX)
			return GATE_EBUDGET;
		e->state[e->state_nr++] = s;
	}
	e->effect[e->nr].port = port;
	e->effect[e->nr].state = e->state_nr - 1;
	e->nr++;
	return GATE_OK;
}

/* Effects from @at on that leave with the same headers */
static unsigned int effects_run(const struct gate_effects *e, unsigned int at)
{
	unsigned int end = at;

	while (end < e->nr && e->effect[end].state == e->effect[at].state)
		end++;
	return end - at;
}

static unsigned int effects_count(const struct gate_effect *e, unsigned int nr,
				  uint32_t port)
{
	unsigned int n = 0;

	while (nr--)
		n += e++->port == port;
	return n;
}

/* The same ports, as often, in any order? */
static bool effects_permuted(const struct gate_effect *a,
			     const struct gate_effect *b, unsigned int nr)
{
	unsigned int i;

	/* Mostly the order is the same as well. */
	while (nr && a->port == b->port) {
		a++;
		b++;
		nr--;
	}
	for (i = 0; i < nr; i++)
		if (effects_count(a, nr, a[i].port) !=
		    effects_count(b, nr, a[i].port))
			return false;
	return true;
}

enum gate_err gate_effects_compare(const struct gate_effects *want,
				   const struct gate_effects *got)
{
	unsigned int at, run, other;

	if (got->nr != want->nr)
		return got->nr > want->nr ? GATE_EEXTRA : GATE_EMISSING;
	for (at = 0; at < want->nr; at += run) {
		run = effects_run(want, at);
		other = effects_run(got, at);
		if (run != other ||
		    !effects_same_state(&want->state[want->effect[at].state],
					&got->state[got->effect[at].state]))
			return GATE_EHEADERS;
		if (!effects_permuted(want->effect + at, got->effect + at, run))
			return GATE_EOUTPUT;
	}
	return GATE_OK;
}
