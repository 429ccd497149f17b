/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Inside lib/quorum: the object. */
#ifndef QUORUM_STATE_H
#define QUORUM_STATE_H

#include "pending.h"
#include "roots.h"
#include "window.h"

/* A key set that is valid, until then */
struct quorum_slot {
	bool active;
	uint64_t until_ms;
	struct quorum_phase phase;
	struct quorum_window window;
	struct quorum_pool pool;
};

struct quorum {
	struct quorum_config config;	/* its limits put into range */
	uint64_t now_ms;		/* the latest we have heard of */
	uint32_t first_phase, last_phase;	/* ever added; 0: none yet */
	struct quorum_slot slot[QUORUM_PHASES];
	struct quorum_roots roots;
};

/* It is so late: phases whose overlap is over end.  Time does not go back. */
void quorum_tick(struct quorum *q, uint64_t now_ms);

/* The slot of a valid phase; or NULL, and why: QUORUM_EPHASE, QUORUM_ERETIRED */
struct quorum_slot *quorum_slot_of(struct quorum *q, uint32_t phase,
				   enum quorum_err *err);

/* The newest valid phase, or NULL */
const struct quorum_slot *quorum_newest(const struct quorum *q);

/* Does a key set count one signature of a group? */
static inline bool quorum_is_group(const struct quorum_phase *phase)
{
	return phase->scheme == SCHEME_THRESHOLD;
}

/* What may be wrong with a body, and may change with time */
enum quorum_err quorum_admissible(struct quorum *q,
				  const struct update_body *body,
				  struct quorum_slot **slot);

/* Signers of an entry, as callers count them */
static inline unsigned int quorum_have(const struct quorum_slot *s,
				       const struct quorum_entry *e)
{
	return quorum_is_group(&s->phase) ? s->phase.quorum : e->have;
}

static inline uint64_t quorum_later(uint64_t ms, uint32_t delay_ms)
{
	return ms > UINT64_MAX - delay_ms ? UINT64_MAX : ms + delay_ms;
}

#endif
