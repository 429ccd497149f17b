// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Key sets: which phases are valid, and what goes with them.  Each has its own
 * window and its own waiting updates; nothing is carried over.
 */
#include "state.h"

static uint32_t pending_max_of(const struct quorum_config *config)
{
	if (!config->pending_max)
		return 1;
	return config->pending_max > QUORUM_PENDING_MAX ? QUORUM_PENDING_MAX :
	       config->pending_max;
}

size_t quorum_size(const struct quorum_config *config)
{
	return sizeof(struct quorum) +
	       QUORUM_PHASES * quorum_pool_size(pending_max_of(config));
}

void quorum_init(struct quorum *q, const struct quorum_config *config)
{
	uint32_t pending_max = pending_max_of(config);
	uint8_t *mem = (uint8_t *)(q + 1);
	unsigned int i;

	memset(q, 0, sizeof(*q));
	q->config = *config;
	q->config.pending_max = pending_max;
	if (!q->config.next_sequence)
		q->config.next_sequence = 1;
	quorum_roots_init(&q->roots);
	for (i = 0; i < QUORUM_PHASES; i++) {
		quorum_pool_init(&q->slot[i].pool, pending_max, mem);
		mem += quorum_pool_size(pending_max);
	}
}

void quorum_set_times(struct quorum *q, uint32_t expiry_ms, uint32_t overlap_ms)
{
	q->config.expiry_ms = expiry_ms;
	q->config.overlap_ms = overlap_ms;
}

static void end(struct quorum *q, struct quorum_slot *s)
{
	if (!s->active)
		return;
	s->active = false;
	quorum_pool_start(&s->pool, 0, q->config.pending_max);
	quorum_roots_purge(&q->roots, (unsigned int)(s - q->slot));
}

void quorum_tick(struct quorum *q, uint64_t now_ms)
{
	unsigned int i;

	if (q->now_ms < now_ms)
		q->now_ms = now_ms;
	for (i = 0; i < QUORUM_PHASES; i++)
		if (q->slot[i].until_ms <= q->now_ms)
			end(q, &q->slot[i]);
}

struct quorum_slot *quorum_slot_of(struct quorum *q, uint32_t phase,
				   enum quorum_err *err)
{
	unsigned int i;

	for (i = 0; i < QUORUM_PHASES; i++)
		if (q->slot[i].active && q->slot[i].phase.phase == phase)
			return &q->slot[i];
	*err = q->first_phase && phase >= q->first_phase &&
	       phase <= q->last_phase ? QUORUM_ERETIRED : QUORUM_EPHASE;
	return NULL;
}

const struct quorum_slot *quorum_newest(const struct quorum *q)
{
	const struct quorum_slot *s, *newest = NULL;

	for (s = q->slot; s < q->slot + QUORUM_PHASES; s++)
		if (s->active &&
		    (!newest || newest->phase.phase < s->phase.phase))
			newest = s;
	return newest;
}

/* Key sets from updates went through keyset_decode(), which checks the same.
 * With f = floor((n - 1) / 3) liars: one signer is honest, and the honest
 * suffice.
 */
static bool makes_sense(const struct quorum_phase *p)
{
	unsigned int i, f = p->n ? (p->n - 1u) / 3 : 0;

	if (!p->phase || !p->n || p->n > UPDATE_SIGNERS_MAX ||
	    p->quorum < f + 1 || p->quorum > p->n - f)
		return false;
	if (quorum_is_group(p))
		return p->alg[0] == ALG_BLS;
	for (i = 1; i <= p->n; i++)
		if (p->alg[i] != ALG_RSA && p->alg[i] != ALG_ECDSA_P256)
			return false;
	return p->scheme == SCHEME_INDIVIDUAL;
}

enum quorum_err quorum_phase_add(struct quorum *q,
				 const struct quorum_phase *phase,
				 uint64_t now_ms, unsigned int *slot)
{
	bool first = !q->last_phase;
	unsigned int i, at = 0;
	struct quorum_slot *s;
	uint64_t until;

	quorum_tick(q, now_ms);
	if (!makes_sense(phase) ||
	    (!first && phase->phase - q->last_phase != 1))
		return QUORUM_EKEYSET;

	until = quorum_later(q->now_ms, q->config.overlap_ms);
	for (i = 0; i < QUORUM_PHASES; i++) {
		s = &q->slot[i];
		if (s->active && s->phase.phase == q->last_phase) {
			s->until_ms = until;
			at = !i;
		} else {
			end(q, s);
		}
	}
	quorum_tick(q, now_ms);		/* without overlap it ends here */
	s = &q->slot[at];

	s->active = true;
	s->until_ms = UINT64_MAX;
	s->phase = *phase;
	quorum_window_start(&s->window,
			    first ? q->config.next_sequence : 1);
	quorum_pool_start(&s->pool, quorum_is_group(phase) ? 1 : phase->n,
			  q->config.pending_max);
	if (first)
		q->first_phase = phase->phase;
	q->last_phase = phase->phase;
	*slot = at;
	return QUORUM_OK;
}

enum quorum_err quorum_phase_retire(struct quorum *q, uint32_t phase)
{
	enum quorum_err err;
	struct quorum_slot *s = quorum_slot_of(q, phase, &err);

	if (!s)
		return QUORUM_EPHASE;
	end(q, s);
	return QUORUM_OK;
}

unsigned int quorum_phases(const struct quorum *q, uint64_t now_ms,
			   struct quorum_phase *out[QUORUM_PHASES],
			   unsigned int slot[QUORUM_PHASES])
{
	const struct quorum_slot *newest = quorum_newest(q);
	unsigned int i, nr = 0, at;

	if (now_ms < q->now_ms)
		now_ms = q->now_ms;
	for (i = 0; i < QUORUM_PHASES; i++) {
		at = newest == &q->slot[1] ? !i : i;
		if (!q->slot[at].active || q->slot[at].until_ms <= now_ms)
			continue;
		out[nr] = (struct quorum_phase *)&q->slot[at].phase;
		slot[nr++] = at;
	}
	return nr;
}
