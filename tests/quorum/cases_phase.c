// SPDX-License-Identifier: GPL-2.0
/* Key sets that come and go. */
#include "cases.h"

bool case_overlap(void)
{
	struct desk *d = desk_open(8, 10000, 100, 1);
	struct quorum_phase *p[QUORUM_PHASES];
	unsigned int slot[QUORUM_PHASES];

	d->now = 1000;
	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(quorum_phases(d->q, 1000, p, slot) == 2);
	ASK(p[0]->phase == 2 && p[1]->phase == 1 && slot[0] == d->slot);

	d->now = 1099;
	ASK(!desk_single(d, seal_body(1, 1, 0), BOB));
	ASK(d->state == QUORUM_REACHED);
	quorum_finish(d->q, &d->t, true);
	ASK(!quorum_is_done(d->q, 1));		/* of phase 2 */
	/* an approval under one key set is none under the next */
	ASK(!desk_single(d, seal_body(2, 2, 0), ALICE));
	ASK(!desk_single(d, seal_body(1, 2, 0), BOB));
	ASK(d->have == 1);

	d->now = 1100;
	ASK(desk_single(d, seal_body(1, 2, 0), ALICE) == QUORUM_ERETIRED);
	ASK(quorum_phases(d->q, 1100, p, slot) == 1 && p[0]->phase == 2);
	ASK(desk_waiting(d) == 1);
	ASK(!desk_single(d, seal_body(2, 2, 0), BOB));
	ASK(d->state == QUORUM_REACHED);
	desk_close(d);
	return true;
}

bool case_no_overlap(void)
{
	struct desk *d = desk_open(8, 10000, 0, 1);

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(desk_single(d, seal_body(1, 1, 0), BOB) == QUORUM_ERETIRED);
	ASK(!desk_waiting(d));
	desk_close(d);
	return true;
}

bool case_retire(void)
{
	struct desk *d = desk_open(8, 10000, 1000, 1);

	ASK(quorum_phase_retire(d->q, 1) == QUORUM_EPHASE);
	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!quorum_phase_retire(d->q, 1));
	ASK(quorum_phase_retire(d->q, 1) == QUORUM_EPHASE);
	ASK(!desk_waiting(d));
	ASK(desk_single(d, seal_body(1, 1, 0), BOB) == QUORUM_ERETIRED);
	ASK(!desk_single(d, seal_body(2, 1, 0), BOB));
	ASK(!quorum_phase_retire(d->q, 2));
	ASK(desk_single(d, seal_body(2, 1, 0), BOB) == QUORUM_ERETIRED);
	ASK(desk_single(d, seal_body(3, 1, 0), BOB) == QUORUM_EPHASE);
	desk_close(d);
	return true;
}

bool case_phase_order(void)
{
	struct desk *d = desk_open(8, 10000, 1000, 1);

	ASK(!desk_keys(d, 5, 4, 2));		/* any is the first */
	ASK(desk_keys(d, 5, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 4, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 7, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_single(d, seal_body(4, 1, 0), ALICE) == QUORUM_EPHASE);
	ASK(!desk_single(d, seal_body(5, 1, 0), ALICE));
	ASK(!desk_keys(d, 6, 4, 2));
	ASK(!desk_keys(d, 7, 4, 2));		/* what was before 6 ends */
	ASK(desk_single(d, seal_body(5, 1, 0), BOB) == QUORUM_ERETIRED);
	ASK(!desk_single(d, seal_body(6, 1, 0), ALICE));
	ASK(!desk_single(d, seal_body(7, 1, 0), ALICE));
	desk_close(d);

	d = desk_open(8, 10000, 0, 1);
	ASK(!desk_keys(d, UINT32_MAX, 4, 2));
	ASK(desk_keys(d, 0, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 1, 4, 2) == QUORUM_EKEYSET);
	desk_close(d);
	return true;
}

/* Or everything that was applied under it could be applied again. */
bool case_phase_does_not_return(void)
{
	struct desk *d = desk_open(8, 10000, 0, 1);

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_apply(d, seal_body(1, 1, 0), ALICE | BOB));
	ASK(!quorum_phase_retire(d->q, 1));
	ASK(desk_keys(d, 1, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_single(d, seal_body(1, 1, 0), ALICE | BOB) == QUORUM_ERETIRED);
	ASK(!desk_keys(d, 2, 4, 2));
	desk_close(d);
	return true;
}

bool case_old_roots_are_forgotten(void)
{
	struct seal_tree tree = { .leaves = 2 };
	struct desk *d = desk_open(8, 10000, 0, 1);
	struct quorum_status st;

	ASK(!desk_keys(d, 1, 4, 2));
	tree.body[0] = seal_body(1, 1, 0);
	tree.body[1] = seal_body(1, 2, 0);
	ASK(!desk_submit(d, &tree, 0, ALICE));
	quorum_status(d->q, &st);
	ASK(st.roots == 1);
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(!desk_keys(d, 3, 4, 2));	/* in the slot that phase 1 had */
	quorum_status(d->q, &st);
	ASK(!st.roots && !st.pending);
	desk_close(d);
	return true;
}

bool case_retired_before_credit(void)
{
	struct seal_tree tree = desk_tree(seal_body(1, 1, 0));
	struct desk *d = desk_open(8, 10000, 50, 1);
	struct quorum_ticket t;

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_offer(d, &t, &tree, 0, ALICE | BOB));
	ASK(!desk_keys(d, 2, 4, 2));
	d->now = 50;
	ASK(desk_credit(d, &t) == QUORUM_ERETIRED);
	/* also when other keys are in its slot */
	ASK(!desk_keys(d, 3, 4, 2) && d->slot == t.slot);
	ASK(desk_credit(d, &t) == QUORUM_ERETIRED);
	ASK(!desk_waiting(d));
	desk_close(d);
	return true;
}

/* The next key set comes by an update of the current phase. */
bool case_keyset_update(void)
{
	unsigned int overlap;

	for (overlap = 0; overlap <= 100; overlap += 100) {
		struct desk *d = desk_open(8, 10000, overlap, 1);
		struct quorum_ticket t;

		ASK(!desk_keys(d, 1, 4, 2));
		ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB));
		ASK(d->state == QUORUM_REACHED);
		t = d->t;
		ASK(!desk_keys(d, 2, 4, 2));
		quorum_finish(d->q, &t, true);
		ASK(!quorum_is_done(d->q, 1));	/* of phase 2 */
		ASK(desk_single(d, seal_body(1, 1, 0), ALICE | BOB) ==
		    (overlap ? QUORUM_EREPLAY : QUORUM_ERETIRED));
		ASK(!desk_apply(d, seal_body(2, 1, 0), ALICE | BOB));
		ASK(quorum_is_done(d->q, 1));
		desk_close(d);
	}
	return true;
}

/* Statements name the phase: who signed a root in one has not in the other. */
bool case_one_tree_for_two_phases(void)
{
	struct seal_tree tree = { .leaves = 2 };
	struct desk *d = desk_open(8, 10000, 1000, 1);
	uint8_t root[32];

	tree.body[0] = seal_body(1, 1, 0);
	tree.body[1] = seal_body(2, 1, 0);
	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(!desk_submit(d, &tree, 0, ALICE | BOB) && d->verified == 2);
	memcpy(root, d->t.root, 32);
	ASK(!desk_offer(d, &d->t, &tree, 1, BOB));
	ASK(!memcmp(d->t.root, root, 32));
	ASK(!d->t.known[0] && d->t.verify_nr == 1);
	ASK(!desk_credit(d, &d->t) && d->have == 1);
	desk_close(d);
	return true;
}

/* A ticket that outlives its key set must not touch the next one's numbers. */
bool case_slot_used_again(void)
{
	struct desk *d = desk_open(8, 10000, 0, 1);
	struct quorum_ticket old;

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB));
	old = d->t;
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(!desk_keys(d, 3, 4, 2) && d->slot == old.slot);
	quorum_finish(d->q, &old, true);
	ASK(!quorum_is_done(d->q, 1));
	ASK(!desk_single(d, seal_body(3, 1, 0), ALICE | BOB));
	ASK(d->state == QUORUM_REACHED);
	quorum_finish(d->q, &old, true);
	ASK(!quorum_is_done(d->q, 1));
	quorum_finish(d->q, &d->t, true);
	ASK(quorum_is_done(d->q, 1));
	desk_close(d);
	return true;
}

bool case_nonsense_keysets(void)
{
	struct desk *d = desk_open(8, 10000, 0, 1);
	struct quorum_phase p = { .phase = 1, .scheme = SCHEME_INDIVIDUAL };
	unsigned int slot;

	ASK(desk_keys(d, 0, 4, 2) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 1, 0, 0) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 1, 0, 1) == QUORUM_EKEYSET);
	ASK(desk_keys(d, 1, 4, 1) == QUORUM_EKEYSET);	/* could be a liar */
	ASK(desk_keys(d, 1, 4, 4) == QUORUM_EKEYSET);	/* may never come */
	ASK(desk_group(d, 1, 4, 1) == QUORUM_EKEYSET);
	p.n = 1;
	p.quorum = 1;
	ASK(quorum_phase_add(d->q, &p, 0, &slot) == QUORUM_EKEYSET);
	p.alg[1] = ALG_BLS;
	ASK(quorum_phase_add(d->q, &p, 0, &slot) == QUORUM_EKEYSET);
	p.alg[1] = ALG_RSA;
	p.scheme = 3;
	ASK(quorum_phase_add(d->q, &p, 0, &slot) == QUORUM_EKEYSET);
	p.scheme = SCHEME_THRESHOLD;
	ASK(quorum_phase_add(d->q, &p, 0, &slot) == QUORUM_EKEYSET);
	p.scheme = SCHEME_INDIVIDUAL;
	p.n = UPDATE_SIGNERS_MAX + 1;
	p.quorum = p.n / 2;
	ASK(quorum_phase_add(d->q, &p, 0, &slot) == QUORUM_EKEYSET);
	ASK(!quorum_phases(d->q, 0, (struct quorum_phase *[2]){ 0 },
			   (unsigned int [2]){ 0 }));
	ASK(!desk_keys(d, 1, 4, 3));
	desk_close(d);
	return true;
}
