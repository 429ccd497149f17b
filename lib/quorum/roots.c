// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Roots of trees that are known to be signed.  A signature over a root counts
 * for each update in its tree, so one verification serves a whole batch
 * (Wong and Lam, "Digital signatures for flows and multicasts", ICNP 1998).
 *
 * The statement that was signed is domain, phase, leaves and root: the first
 * is the same for all, the second is the slot, the others are the key here.
 *
 * Replaced by a clock hand: what was asked for since it came by last stays.  A
 * signer who floods us with roots can push out others: that costs verifying
 * them again, and no credit.
 */
#include "roots.h"

void quorum_roots_init(struct quorum_roots *r)
{
	memset(r, 0, sizeof(*r));
}

static struct quorum_root *find(struct quorum_roots *r, unsigned int slot,
				uint32_t leaves, const uint8_t *root)
{
	struct quorum_root *e;

	for (e = r->root; e < r->root + QUORUM_ROOTS; e++)
		if (e->used && e->leaves == leaves && e->slot == slot &&
		    !memcmp(e->root, root, UPDATE_DIGEST_LEN))
			return e;
	return NULL;
}

struct quorum_signers quorum_roots_find(struct quorum_roots *r,
					unsigned int slot, uint32_t leaves,
					const uint8_t root[UPDATE_DIGEST_LEN])
{
	struct quorum_root *e = find(r, slot, leaves, root);
	struct quorum_signers nobody = { { 0 } };

	if (!e)
		return nobody;
	e->wanted = true;
	return e->signers;
}

/* A place for one more.  Ends: the hand passes each place twice at most. */
static struct quorum_root *replace(struct quorum_roots *r)
{
	struct quorum_root *e;

	do {
		e = &r->root[r->hand];
		r->hand = (r->hand + 1) % QUORUM_ROOTS;
		if (!e->wanted)
			break;
		e->wanted = false;
	} while (1);
	r->nr += !e->used;
	return e;
}

void quorum_roots_add(struct quorum_roots *r, unsigned int slot,
		      uint32_t leaves, const uint8_t root[UPDATE_DIGEST_LEN],
		      const struct quorum_signers *signers)
{
	struct quorum_root *e = find(r, slot, leaves, root);

	if (!e) {
		e = replace(r);
		memset(e, 0, sizeof(*e));
		memcpy(e->root, root, UPDATE_DIGEST_LEN);
		e->leaves = leaves;
		e->slot = (uint8_t)slot;
		e->used = true;
	}
	quorum_signers_join(&e->signers, signers);
}

void quorum_roots_purge(struct quorum_roots *r, unsigned int slot)
{
	struct quorum_root *e;

	for (e = r->root; e < r->root + QUORUM_ROOTS; e++) {
		if (!e->used || e->slot != slot)
			continue;
		memset(e, 0, sizeof(*e));
		r->nr--;
	}
}
