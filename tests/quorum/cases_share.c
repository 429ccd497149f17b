// SPDX-License-Identifier: GPL-2.0
/* What is bounded: shares of signers, time, the window. */
#include "cases.h"

enum { SHARE = 8 };

/* Alice signs whatever she likes; Bob's credits stay. */
bool case_flood_of_one(void)
{
	struct desk *d = desk_open(SHARE, 10000, 0, 1);
	struct quorum_status st;
	unsigned int i;

	ASK(!desk_keys(d, 1, 4, 2));
	for (i = 1; i <= SHARE; i++)
		ASK(!desk_single(d, seal_body(1, i, 0), BOB));
	for (i = 1; i <= 1000; i++)
		ASK(!desk_single(d, seal_body(1, i, 1), ALICE));
	quorum_status(d->q, &st);
	ASK(st.evicted == 1000 - SHARE);	/* all of them hers */
	ASK(st.pending == 2 * SHARE);
	/* Joining Bob's costs her own, the oldest first. */
	ASK(!desk_single(d, seal_body(1, 1, 0), CAROL));
	ASK(d->state == QUORUM_REACHED && d->have == 2);
	for (i = 2; i <= SHARE; i++) {
		ASK(!desk_single(d, seal_body(1, i, 0), ALICE));
		ASK(d->state == QUORUM_REACHED);
	}
	/* the newest of hers is there still, and not the oldest */
	ASK(!desk_single(d, seal_body(1, 1000, 1), DAVE));
	ASK(d->state == QUORUM_REACHED);
	ASK(!desk_single(d, seal_body(1, 990, 1), DAVE));
	ASK(d->state == QUORUM_PENDING && d->have == 1);
	desk_close(d);
	return true;
}

bool case_flood_of_one_number(void)
{
	struct desk *d = desk_open(SHARE, 10000, 0, 1);
	unsigned int i;

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), BOB));
	for (i = 1; i < 256; i++)
		ASK(!desk_single(d, seal_body(1, 1, (uint8_t)i), ALICE));
	ASK(desk_waiting(d) == 1 + SHARE);
	ASK(!desk_apply(d, seal_body(1, 1, 0), CAROL));
	ASK(d->state == QUORUM_REACHED && !desk_waiting(d));
	desk_close(d);
	return true;
}

/* More roots than are remembered: some are verified again, none is believed
 * without.
 */
bool case_flood_of_roots(void)
{
	struct seal_tree tree = { .leaves = 2 }, bob = { .leaves = 2 };
	struct desk *d = desk_open(SHARE, 10000, 0, 1);
	struct quorum_status st;
	unsigned int i;

	ASK(!desk_keys(d, 1, 4, 3));
	bob.body[0] = seal_body(1, 1, 0);
	bob.body[1] = seal_body(1, 2, 0);
	ASK(!desk_submit(d, &bob, 0, BOB));
	for (i = 1; i <= 2000; i++) {
		tree.body[0] = seal_body(1, i, 1);
		tree.body[1] = seal_body(1, i, 2);
		ASK(!desk_submit(d, &tree, 0, ALICE));
		ASK(d->have == 1 && d->verified == 1);
		/* asked for at times, Bob's root stays */
		if (i % 100)
			continue;
		ASK(!desk_offer(d, &d->t, &bob, 1, BOB));
		ASK(!d->t.verify_nr && d->t.known[0] == 1 << 1);
	}
	quorum_status(d->q, &st);
	ASK(st.roots == QUORUM_ROOTS);
	desk_close(d);
	return true;
}

/* Memory is for QUORUM_SHARES signers; more of them share it evenly. */
bool case_large_set_shares(void)
{
	enum { N = UPDATE_SIGNERS_MAX };
	static struct seal_tree tree = { .leaves = 1 };
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = desk_open(SHARE, 10000, 0, 1);
	struct seal s = { .tree = &tree, .sig_nr = N };
	struct quorum_status st;
	unsigned int i, turn;

	for (i = 0; i < N; i++) {
		s.sig[i].signer = (uint16_t)(i + 1);
		s.sig[i].alg = ALG_ECDSA_P256;
	}
	ASK(!desk_keys(d, 1, N, N / 2));
	/* everybody signs something else, all the time */
	for (turn = 0; turn < 5; turn++) {
		for (i = 0; i < N; i++) {
			tree.body[0] = seal_body(1, 1 + turn * N + i, 1);
			s.sig_nr = 1;
			s.sig[0].signer = (uint16_t)(i + 1);
			ASK(!quorum_offer(d->q, &d->t, bytes,
					  seal_make(bytes, &s), 0));
			ASK(!desk_credit(d, &d->t) && d->have == 1);
		}
	}
	quorum_status(d->q, &st);
	ASK(st.pending == SHARE * QUORUM_SHARES);
	ASK(st.evicted == 5 * N - SHARE * QUORUM_SHARES);
	/* and then all the same */
	s.sig_nr = N;
	s.sig[0].signer = 1;
	tree.body[0] = seal_body(1, 4000, 1);
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(!desk_credit(d, &d->t) && d->have == N);
	ASK(d->state == QUORUM_REACHED);
	desk_close(d);
	return true;
}

bool case_applied_are_not_evicted(void)
{
	struct desk *d = desk_open(2, 10000, 0, 1);
	static struct quorum_ticket t;
	struct quorum_pending out;
	uint64_t next;

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB));
	t = d->t;
	ASK(!desk_single(d, seal_body(1, 2, 0), ALICE));
	ASK(!desk_single(d, seal_body(1, 3, 0), ALICE));
	ASK(desk_waiting(d) == 1);
	ASK(!desk_single(d, seal_body(1, 3, 0), BOB));
	ASK(d->state == QUORUM_REACHED);
	/* both of Alice's are being applied */
	ASK(desk_single(d, seal_body(1, 4, 0), ALICE) == QUORUM_EFULL);
	ASK(!desk_single(d, seal_body(1, 4, 0), CAROL));
	ASK(desk_single(d, seal_body(1, 4, 0), ALICE) == QUORUM_EFULL);
	ASK(quorum_flush(d->q) == 1);
	d->now = 100000;
	ASK(!quorum_expire(d->q, d->now, &out, &next));
	quorum_finish(d->q, &t, false);
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(d->state == QUORUM_REACHED && !d->verified);
	desk_close(d);
	return true;
}

bool case_expiry(void)
{
	struct desk *d = desk_open(SHARE, 100, 0, 1);
	struct quorum_pending out;
	struct seal_body b = seal_body(1, 2, 0);
	uint8_t leaf[32];
	uint64_t next;

	ASK(!desk_keys(d, 1, 4, 3));
	ASK(!quorum_expire(d->q, 0, &out, &next) && next == UINT64_MAX);
	d->now = 50;
	ASK(!desk_single(d, b, ALICE | BOB));
	d->now = 60;
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!quorum_expire(d->q, 149, &out, &next) && next == 150);
	ASK(quorum_expire(d->q, 150, &out, &next));
	seal_leaf(leaf, &b);
	ASK(out.phase == 1 && out.sequence == 2 && out.have == 2);
	ASK(!memcmp(out.leaf, leaf, 32));
	ASK(!quorum_expire(d->q, 150, &out, &next) && next == 160);
	/* a clock that another caller read earlier */
	ASK(!quorum_expire(d->q, 10, &out, &next) && next == 160);
	d->now = 155;
	ASK(!desk_single(d, b, CAROL) && d->have == 1);
	quorum_set_times(d->q, 5, 0);
	ASK(quorum_expire(d->q, 155, &out, &next) && out.sequence == 1);
	ASK(!quorum_expire(d->q, 155, &out, &next) && next == 160);
	desk_close(d);
	return true;
}

/* Alice signs early, so that it expires when Bob's credit has hardly come. */
bool case_late_credit_lives_on(void)
{
	struct desk *d = desk_open(SHARE, 100, 0, 1);
	struct quorum_pending out;
	uint64_t next;

	ASK(!desk_keys(d, 1, 4, 3));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	d->now = 99;
	ASK(!desk_single(d, seal_body(1, 1, 0), BOB));
	ASK(!quorum_expire(d->q, 198, &out, &next) && next == 199);
	/* saying it again does not prolong it */
	d->now = 150;
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB));
	ASK(quorum_expire(d->q, 199, &out, &next) && out.have == 2);
	desk_close(d);
	return true;
}

bool case_flush(void)
{
	struct desk *d = desk_open(SHARE, 100, 1000, 1);

	ASK(!desk_keys(d, 1, 4, 2));
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!desk_keys(d, 2, 4, 2));
	ASK(!desk_single(d, seal_body(2, 1, 0), ALICE));
	ASK(!desk_single(d, seal_body(2, 2, 0), ALICE));
	ASK(quorum_flush(d->q) == 3);
	ASK(!quorum_flush(d->q) && !desk_waiting(d));
	ASK(!desk_single(d, seal_body(2, 1, 0), BOB) && d->have == 1);
	desk_close(d);
	return true;
}

bool case_wide_window(void)
{
	struct desk *d = desk_open(SHARE, 100, 0, 10);
	struct quorum_status st;
	unsigned int i;

	ASK(quorum_is_done(d->q, 9) && !quorum_is_done(d->q, 10));
	ASK(!desk_keys(d, 1, 1, 1));
	ASK(desk_single(d, seal_body(1, 9, 0), ALICE) == QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, 10 + QUORUM_WINDOW, 0), ALICE) ==
	    QUORUM_EWINDOW);
	for (i = QUORUM_WINDOW - 1; i; i--)
		ASK(!desk_apply(d, seal_body(1, 10 + i, 0), ALICE));
	quorum_status(d->q, &st);
	ASK(st.next_sequence == 10);
	ASK(desk_single(d, seal_body(1, 11, 0), ALICE) == QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, 10 + QUORUM_WINDOW, 0), ALICE) ==
	    QUORUM_EWINDOW);
	ASK(!desk_apply(d, seal_body(1, 10, 0), ALICE));
	quorum_status(d->q, &st);
	ASK(st.next_sequence == 10 + QUORUM_WINDOW);
	ASK(!desk_apply(d, seal_body(1, 10 + QUORUM_WINDOW, 0), ALICE));
	ASK(desk_single(d, seal_body(1, 10, 0), ALICE) == QUORUM_EREPLAY);
	desk_close(d);
	return true;
}

bool case_end_of_numbers(void)
{
	struct desk *d = desk_open(SHARE, 100, 0, UINT64_MAX - 1);

	ASK(!desk_keys(d, 1, 1, 1));
	ASK(!desk_apply(d, seal_body(1, UINT64_MAX, 0), ALICE));
	ASK(!desk_apply(d, seal_body(1, UINT64_MAX - 1, 0), ALICE));
	ASK(desk_single(d, seal_body(1, UINT64_MAX, 0), ALICE) == QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, UINT64_MAX - 1, 0), ALICE) ==
	    QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, 1, 0), ALICE) == QUORUM_EREPLAY);
	desk_close(d);
	return true;
}
