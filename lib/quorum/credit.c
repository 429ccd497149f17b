// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * From valid signatures to an applied update.  Between an offer and its credit,
 * and between a quorum and its end, anything may have happened: phases came and
 * went, the slot has other keys, another body won the number.  So a ticket is
 * believed in what it is (phase, number, leaf, who signed), and in nothing
 * about the state.
 */
#include "state.h"

enum quorum_err quorum_credit(struct quorum *q, struct quorum_ticket *t,
			      uint64_t now_ms, enum quorum_state *state,
			      unsigned int *have, unsigned int *need)
{
	struct quorum_signers good = { { 0 } }, valid = { { 0 } };
	enum quorum_err err = QUORUM_OK;
	struct quorum_entry *e;
	struct quorum_slot *s;
	unsigned int i, at;
	bool full;

	*state = QUORUM_PENDING;
	*have = 0;
	*need = 0;
	quorum_tick(q, now_ms);
	s = quorum_slot_of(q, t->body.phase, &err);
	if (!s)
		return err;

	for (i = 0; i < t->verify_nr; i++) {
		at = quorum_signer_place(t->verify[i].sig.signer);
		if (t->verify[i].valid)
			quorum_signers_add(&valid, at);
	}
	/* True and of use whatever becomes of this update.  The root of a tree
	 * of one is of use to nothing else.
	 */
	if (t->sealed.leaves > 1 && !quorum_signers_is_empty(&valid))
		quorum_roots_add(&q->roots, (unsigned int)(s - q->slot),
				 t->sealed.leaves, t->root, &valid);

	err = quorum_admissible(q, &t->body, &s);
	if (err)
		return err;
	/* Who counted at the offer has signed, even if it was forgotten since. */
	memcpy(good.bits, t->known, sizeof(t->known));
	good.bits[0] |= t->counted[0];
	good.bits[1] |= t->counted[1];
	quorum_signers_join(&good, &valid);
	if (quorum_signers_is_empty(&good))
		return QUORUM_ESIGNATURE;

	e = quorum_pool_credit(&s->pool, t->body.sequence, t->leaf, &good,
			       q->now_ms, &full);
	if (!e)
		return QUORUM_EFULL;
	*have = quorum_have(s, e);
	*need = s->phase.quorum;
	if (*have >= *need) {
		quorum_window_take(&s->window, t->body.sequence);
		quorum_pool_busy(&s->pool, e);
		*state = QUORUM_REACHED;
		return QUORUM_OK;
	}
	return full ? QUORUM_EFULL : QUORUM_OK;
}

void quorum_finish(struct quorum *q, struct quorum_ticket *t, bool done)
{
	struct quorum_entry *e;
	struct quorum_slot *s;
	enum quorum_err err;

	/* Gone with its phase: its number cannot be used any more either. */
	s = quorum_slot_of(q, t->body.phase, &err);
	if (!s)
		return;
	e = quorum_pool_find(&s->pool, t->body.sequence, t->leaf);
	if (!e || !e->busy)
		return;
	quorum_window_release(&s->window, t->body.sequence, done);
	if (done)
		quorum_pool_forget_number(&s->pool, t->body.sequence);
	else
		quorum_pool_idle(&s->pool, e, q->now_ms);
}
