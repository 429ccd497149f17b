// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What waits: forgetting it in time, or at once, and counting it.
 */
#include "state.h"

bool quorum_expire(struct quorum *q, uint64_t now_ms,
		   struct quorum_pending *out, uint64_t *next)
{
	struct quorum_slot *s, *first = NULL;
	struct quorum_entry *e, *oldest = NULL;

	quorum_tick(q, now_ms);
	for (s = q->slot; s < q->slot + QUORUM_PHASES; s++) {
		e = quorum_pool_oldest(&s->pool);
		if (e && (!oldest || e->since_ms < oldest->since_ms)) {
			oldest = e;
			first = s;
		}
	}
	*next = UINT64_MAX;
	if (!oldest)
		return false;
	*next = quorum_later(oldest->since_ms, q->config.expiry_ms);
	if (*next > q->now_ms)
		return false;
	out->phase = first->phase.phase;
	out->sequence = oldest->sequence;
	memcpy(out->leaf, oldest->leaf, UPDATE_DIGEST_LEN);
	out->have = quorum_have(first, oldest);
	quorum_pool_forget(&first->pool, oldest);
	return true;
}

unsigned int quorum_flush(struct quorum *q)
{
	struct quorum_entry *e;
	struct quorum_slot *s;
	unsigned int nr = 0;

	for (s = q->slot; s < q->slot + QUORUM_PHASES; s++) {
		while ((e = quorum_pool_oldest(&s->pool))) {
			quorum_pool_forget(&s->pool, e);
			nr++;
		}
	}
	return nr;
}

void quorum_status(const struct quorum *q, struct quorum_status *out)
{
	const struct quorum_slot *newest = quorum_newest(q), *s;

	memset(out, 0, sizeof(*out));
	out->next_sequence = newest ? newest->window.base :
			     q->config.next_sequence;
	for (s = q->slot; s < q->slot + QUORUM_PHASES; s++) {
		out->evicted += s->pool.evicted;
		out->pending += s->pool.waiting;
	}
	out->roots = q->roots.nr;
}

bool quorum_is_done(const struct quorum *q, uint64_t sequence)
{
	const struct quorum_slot *newest = quorum_newest(q);

	return newest ? quorum_window_is_done(&newest->window, sequence) :
	       sequence < q->config.next_sequence;
}
