// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The cheap checks of a submitted update, cheapest first: comparisons, then the
 * hash of the body and its path.  Signatures are the caller's.
 */
#include "state.h"
#include "path.h"

/* Dependencies are numbers of the update's own phase and datapath.  A number is
 * given when an update is decided, and what it depends on was decided before:
 * so a lower one, and no cycle.
 */
static enum quorum_err check_deps(const struct quorum *q,
				  const struct quorum_slot *s,
				  const struct update_body *body)
{
	struct update_dep dep;
	unsigned int i;

	for (i = 0; i < body->dep_nr; i++) {
		dep = update_body_dep(body, i);
		if (dep.dpid != q->config.dpid)
			return QUORUM_EFOREIGN;
		if (dep.sequence >= body->sequence)
			return QUORUM_ECYCLE;
		if (!quorum_window_is_done(&s->window, dep.sequence))
			return QUORUM_EDEPENDS;
	}
	return QUORUM_OK;
}

enum quorum_err quorum_admissible(struct quorum *q,
				  const struct update_body *body,
				  struct quorum_slot **slot)
{
	enum quorum_err err = QUORUM_OK;
	struct quorum_slot *s;

	s = quorum_slot_of(q, body->phase, &err);
	if (!s)
		return err;
	*slot = s;
	err = quorum_window_check(&s->window, body->sequence);
	return err ? err : check_deps(q, s, body);
}

/* Is this a signature that the key set could verify? */
static enum quorum_err check_sig(const struct quorum_phase *phase,
				 const struct update_sig *sig)
{
	/* The share of a threshold signature proves nothing here. */
	if (sig->alg == ALG_BLS && sig->signer)
		return QUORUM_EALG;
	if (quorum_is_group(phase) ? sig->signer :
	    !sig->signer || sig->signer > phase->n)
		return QUORUM_ESIGNER;
	return sig->alg == phase->alg[sig->signer] ? QUORUM_OK : QUORUM_EALG;
}

/* All signatures, valid or not, must be such that they could be. */
static enum quorum_err check_sigs(const struct quorum_phase *phase,
				  const struct update_sealed *sealed)
{
	enum quorum_err err = QUORUM_EUNSIGNED;
	struct update_sig sig;
	size_t at = 0;

	while (update_sealed_sig(sealed, &at, &sig)) {
		err = check_sig(phase, &sig);
		if (err)
			break;
	}
	return err;
}

static void choose_sigs(struct quorum_ticket *t)
{
	struct quorum_signers known = { { 0 } };
	struct update_sig sig;
	size_t at = 0;

	memcpy(known.bits, t->known, sizeof(t->known));
	known.bits[0] |= t->counted[0];
	known.bits[1] |= t->counted[1];
	while (update_sealed_sig(&t->sealed, &at, &sig)) {
		if (quorum_signers_has(&known, quorum_signer_place(sig.signer)))
			continue;
		t->verify[t->verify_nr].sig = sig;
		t->verify[t->verify_nr++].valid = false;
	}
}

enum quorum_err quorum_offer(struct quorum *q, struct quorum_ticket *t,
			     const uint8_t *in, size_t len, uint64_t now_ms)
{
	const struct quorum_entry *e;
	struct quorum_signers known;
	struct quorum_slot *s;
	enum quorum_err err;

	quorum_tick(q, now_ms);
	memset(t, 0, sizeof(*t));
	t->wire = update_sealed_decode(&t->sealed, in, len);
	if (!t->wire)
		t->wire = update_body_decode(&t->body, t->sealed.body,
					     t->sealed.body_len);
	if (t->wire)
		return QUORUM_EWIRE;
	if (t->body.domain != q->config.domain)
		return QUORUM_EDOMAIN;
	if (t->body.dpid != q->config.dpid)
		return QUORUM_EDPID;
	err = quorum_admissible(q, &t->body, &s);
	if (!err)
		err = check_sigs(&s->phase, &t->sealed);
	if (err)
		return err;

	bls_merkle_leaf(t->leaf, t->sealed.body, t->sealed.body_len);
	err = quorum_path_root(t->root, t->leaf, &t->sealed);
	if (err)
		return err;
	statement_encode(t->statement, t->body.domain, t->body.phase,
			 t->sealed.leaves, t->root);
	t->slot = (unsigned int)(s - q->slot);
	t->scheme = s->phase.scheme;

	known = quorum_roots_find(&q->roots, t->slot, t->sealed.leaves,
				  t->root);
	memcpy(t->known, known.bits, sizeof(t->known));
	e = quorum_pool_find(&s->pool, t->body.sequence, t->leaf);
	if (e)
		memcpy(t->counted, e->signers.bits, sizeof(t->counted));
	choose_sigs(t);
	return QUORUM_OK;
}
