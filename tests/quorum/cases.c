// SPDX-License-Identifier: GPL-2.0
/*
 * What quorum.h promises, by name: counting, trees, exactly once.
 */
#include "cases.h"

struct desk *desk_open(uint32_t pending_max, uint32_t expiry_ms,
		       uint32_t overlap_ms, uint64_t next_sequence)
{
	struct quorum_config config = {
		.domain = SEAL_DOMAIN, .dpid = SEAL_DPID,
		.pending_max = pending_max, .expiry_ms = expiry_ms,
		.overlap_ms = overlap_ms, .next_sequence = next_sequence,
	};
	struct desk *d = calloc(1, sizeof(*d));

	d->q = malloc(quorum_size(&config));
	memset(d->q, 0xa5, quorum_size(&config));
	quorum_init(d->q, &config);
	return d;
}

void desk_close(struct desk *d)
{
	free(d->q);
	free(d);
}

enum quorum_err desk_keys(struct desk *d, uint32_t phase, uint16_t n,
			  uint16_t quorum)
{
	struct quorum_phase p = {
		.phase = phase, .scheme = SCHEME_INDIVIDUAL, .n = n,
		.quorum = quorum,
	};

	memset(p.alg + 1, ALG_ECDSA_P256, n);
	return quorum_phase_add(d->q, &p, d->now, &d->slot);
}

enum quorum_err desk_group(struct desk *d, uint32_t phase, uint16_t n,
			   uint16_t t)
{
	struct quorum_phase p = {
		.phase = phase, .scheme = SCHEME_THRESHOLD, .n = n,
		.quorum = t, .alg = { ALG_BLS },
	};

	return quorum_phase_add(d->q, &p, d->now, &d->slot);
}

enum quorum_err desk_offer(struct desk *d, struct quorum_ticket *t,
			   const struct seal_tree *tree, unsigned int index,
			   uint64_t signers)
{
	/* Tickets borrow their bytes; no case has so many at a time. */
	static uint8_t room[8][SEAL_ROOM];
	static unsigned int at;
	struct seal s = { .tree = tree, .index = index };
	unsigned int i;

	for (i = 0; i < 64; i++) {
		if (!(signers >> i & 1))
			continue;
		s.sig[s.sig_nr].signer = (uint16_t)i;
		s.sig[s.sig_nr++].alg = i ? ALG_ECDSA_P256 : ALG_BLS;
	}
	at = (at + 1) % 8;
	return quorum_offer(d->q, t, room[at], seal_make(room[at], &s), d->now);
}

enum quorum_err desk_credit(struct desk *d, struct quorum_ticket *t)
{
	d->verified = t->verify_nr;
	seal_verify(t);
	return quorum_credit(d->q, t, d->now, &d->state, &d->have, &d->need);
}

enum quorum_err desk_submit(struct desk *d, const struct seal_tree *tree,
			    unsigned int index, uint64_t signers)
{
	enum quorum_err err = desk_offer(d, &d->t, tree, index, signers);

	return err ? err : desk_credit(d, &d->t);
}

struct seal_tree desk_tree(struct seal_body body)
{
	struct seal_tree tree = { .leaves = 1, .body = { body } };

	return tree;
}

enum quorum_err desk_single(struct desk *d, struct seal_body body,
			    uint64_t signers)
{
	struct seal_tree tree = desk_tree(body);

	return desk_submit(d, &tree, 0, signers);
}

enum quorum_err desk_apply(struct desk *d, struct seal_body body,
			   uint64_t signers)
{
	enum quorum_err err = desk_single(d, body, signers);

	if (!err && d->state == QUORUM_REACHED)
		quorum_finish(d->q, &d->t, true);
	return err;
}

unsigned int desk_waiting(const struct desk *d)
{
	struct quorum_status st;

	quorum_status(d->q, &st);
	return st.pending;
}

static struct desk *four(uint16_t quorum)
{
	struct desk *d = desk_open(8, 1000, 0, 1);

	if (desk_keys(d, 1, 4, quorum))
		abort();
	return d;
}

static bool case_one_is_not_enough(void)
{
	struct desk *d = four(2);

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(d->state == QUORUM_PENDING && d->have == 1 && d->need == 2);
	ASK(!desk_single(d, seal_body(1, 1, 0), BOB));
	ASK(d->state == QUORUM_REACHED && d->have == 2);
	quorum_finish(d->q, &d->t, true);
	ASK(quorum_is_done(d->q, 1) && !quorum_is_done(d->q, 2));
	ASK(!desk_waiting(d));
	desk_close(d);
	return true;
}

static bool case_all_at_once(void)
{
	struct desk *d = four(3);

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB | CAROL | DAVE));
	ASK(d->state == QUORUM_REACHED && d->have == 4 && d->verified == 4);
	desk_close(d);
	return true;
}

static bool case_twice_is_not_two(void)
{
	struct desk *d = four(2);

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(d->verified == 1);
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(d->state == QUORUM_PENDING && d->have == 1);
	ASK(!d->verified);		/* counted: not verified again */
	desk_close(d);
	return true;
}

/* Two liars with two bodies of one number are no quorum (§2.6.5). */
static bool case_bodies_are_counted(void)
{
	struct desk *d = four(2);

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!desk_single(d, seal_body(1, 1, 1), BOB));
	ASK(d->state == QUORUM_PENDING && d->have == 1);
	ASK(desk_waiting(d) == 2);
	desk_close(d);
	return true;
}

static bool case_loser_is_dropped(void)
{
	struct desk *d = four(2);
	struct seal_tree two = desk_tree(seal_body(1, 1, 1));
	static struct quorum_ticket winner;
	struct quorum_ticket loser;

	ASK(!desk_single(d, seal_body(1, 1, 1), ALICE));
	ASK(!desk_offer(d, &loser, &two, 0, BOB));
	ASK(!desk_single(d, seal_body(1, 1, 0), CAROL | DAVE));
	ASK(d->state == QUORUM_REACHED);
	winner = d->t;
	/* would be the quorum of the other body */
	ASK(desk_credit(d, &loser) == QUORUM_EBUSY);
	ASK(desk_single(d, seal_body(1, 1, 1), BOB) == QUORUM_EBUSY);
	ASK(desk_single(d, seal_body(1, 1, 0), BOB) == QUORUM_EBUSY);
	ASK(desk_waiting(d) == 1);
	quorum_finish(d->q, &winner, true);
	ASK(!desk_waiting(d));
	desk_close(d);
	return true;
}

static bool case_race_to_the_quorum(void)
{
	struct seal_tree a = desk_tree(seal_body(1, 1, 0));
	struct seal_tree b = desk_tree(seal_body(1, 1, 1));
	struct desk *d = four(2);
	struct quorum_ticket ta, tb;

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!desk_offer(d, &ta, &a, 0, ALICE | BOB));
	ASK(!desk_offer(d, &tb, &b, 0, CAROL | DAVE));
	ASK(!desk_credit(d, &tb) && d->state == QUORUM_REACHED);
	ASK(desk_credit(d, &ta) == QUORUM_EBUSY && d->state == QUORUM_PENDING);
	quorum_finish(d->q, &ta, true);		/* is not the one */
	ASK(!quorum_is_done(d->q, 1));
	quorum_finish(d->q, &tb, true);
	ASK(quorum_is_done(d->q, 1) && !desk_waiting(d));
	ASK(desk_credit(d, &ta) == QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, 1, 0), ALICE | BOB) == QUORUM_EREPLAY);
	ASK(desk_single(d, seal_body(1, 1, 1), CAROL | DAVE) == QUORUM_EREPLAY);
	desk_close(d);
	return true;
}

static bool case_same_twice_in_flight(void)
{
	struct seal_tree a = desk_tree(seal_body(1, 1, 0));
	struct quorum_ticket t1, t2;
	struct desk *d = four(2);

	ASK(!desk_offer(d, &t1, &a, 0, ALICE | BOB));
	ASK(!desk_offer(d, &t2, &a, 0, ALICE | BOB));
	ASK(!desk_credit(d, &t1) && d->state == QUORUM_REACHED);
	ASK(desk_credit(d, &t2) == QUORUM_EBUSY);
	quorum_finish(d->q, &t1, true);
	ASK(desk_credit(d, &t2) == QUORUM_EREPLAY);
	desk_close(d);
	return true;
}

static bool case_not_applied_is_offered_again(void)
{
	struct desk *d = four(2);

	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE | BOB));
	ASK(d->state == QUORUM_REACHED && !desk_waiting(d));
	quorum_finish(d->q, &d->t, false);
	ASK(!quorum_is_done(d->q, 1) && desk_waiting(d) == 1);
	ASK(!desk_single(d, seal_body(1, 1, 0), ALICE));
	ASK(!d->verified && d->state == QUORUM_REACHED && d->have == 2);
	quorum_finish(d->q, &d->t, true);
	ASK(quorum_is_done(d->q, 1));
	desk_close(d);
	return true;
}

static bool case_forged(void)
{
	struct seal_tree tree = desk_tree(seal_body(1, 1, 0));
	struct seal s = {
		.tree = &tree, .sig_nr = 2,
		.sig = { { 1, ALG_ECDSA_P256, true },
			 { 2, ALG_ECDSA_P256, true } },
	};
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = four(2);

	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(desk_credit(d, &d->t) == QUORUM_ESIGNATURE);
	ASK(!desk_waiting(d));
	s.sig[1].forged = false;
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(!desk_credit(d, &d->t) && d->have == 1);
	/* A forged one of somebody who counts costs nothing, and adds nothing. */
	s.sig[1].forged = true;
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(d->t.verify_nr == 1);
	ASK(!desk_credit(d, &d->t) && d->have == 1);
	desk_close(d);
	return true;
}

static bool case_refusals(void)
{
	struct seal_tree tree = desk_tree(seal_body(1, 5, 0));
	struct seal s = { .tree = &tree };
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = four(2);
	size_t len;

	ASK(desk_single(d, seal_body(1, 5, 0), 0) == QUORUM_EUNSIGNED);
	ASK(desk_single(d, seal_body(1, 5, 0), 1 << 5) == QUORUM_ESIGNER);
	ASK(desk_single(d, seal_body(1, 5, 0), 1) == QUORUM_ESIGNER);
	s.sig_nr = 1;
	s.sig[0].signer = 3;
	s.sig[0].alg = ALG_RSA;
	len = seal_make(bytes, &s);
	ASK(quorum_offer(d->q, &d->t, bytes, len, 0) == QUORUM_EALG);
	s.sig[0].alg = ALG_BLS;		/* a share */
	len = seal_make(bytes, &s);
	ASK(quorum_offer(d->q, &d->t, bytes, len, 0) == QUORUM_EALG);
	ASK(quorum_offer(d->q, &d->t, bytes, len - 1, 0) == QUORUM_EWIRE);
	ASK(d->t.wire != WIRE_OK);
	ASK(quorum_offer(d->q, &d->t, NULL, 0, 0) == QUORUM_EWIRE);

	tree.body[0].domain++;
	ASK(desk_submit(d, &tree, 0, ALICE) == QUORUM_EDOMAIN);
	tree.body[0].domain--;
	tree.body[0].dpid++;
	ASK(desk_submit(d, &tree, 0, ALICE) == QUORUM_EDPID);
	ASK(desk_single(d, seal_body(2, 5, 0), ALICE) == QUORUM_EPHASE);
	ASK(!desk_single(d, seal_body(1, 5, 0), ALICE));
	desk_close(d);
	return true;
}

static bool case_dependencies(void)
{
	struct seal_body b = seal_body(1, 3, 0);
	struct desk *d = four(2);

	b.dep_nr = 1;
	b.dep[0].dpid = SEAL_DPID;
	b.dep[0].sequence = 2;
	ASK(desk_single(d, b, ALICE | BOB) == QUORUM_EDEPENDS);
	ASK(!desk_apply(d, seal_body(1, 1, 0), ALICE | BOB));
	ASK(desk_single(d, b, ALICE | BOB) == QUORUM_EDEPENDS);
	ASK(!desk_single(d, seal_body(1, 2, 0), ALICE | BOB));
	ASK(d->state == QUORUM_REACHED);	/* is not applied yet */
	ASK(desk_single(d, b, ALICE | BOB) == QUORUM_EDEPENDS);
	ASK(desk_single(d, seal_body(1, 2, 0), ALICE | BOB) == QUORUM_EBUSY);
	desk_close(d);

	d = four(2);
	ASK(!desk_apply(d, seal_body(1, 2, 0), ALICE | BOB));
	ASK(!desk_apply(d, b, ALICE | BOB) && d->state == QUORUM_REACHED);
	b = seal_body(1, 4, 0);
	b.dep_nr = 1;
	b.dep[0].dpid = SEAL_DPID;
	b.dep[0].sequence = 5;
	ASK(desk_single(d, b, ALICE | BOB) == QUORUM_ECYCLE);
	b.dep[0].dpid = SEAL_DPID - 1;
	b.dep[0].sequence = 1;
	ASK(desk_single(d, b, ALICE | BOB) == QUORUM_EFOREIGN);
	desk_close(d);
	return true;
}

static bool case_group(void)
{
	struct desk *d = desk_open(8, 1000, 0, 1);

	ASK(!desk_group(d, 1, 4, 3));
	ASK(desk_single(d, seal_body(1, 1, 0), ALICE) == QUORUM_ESIGNER);
	ASK(!desk_single(d, seal_body(1, 1, 0), 1));
	ASK(d->state == QUORUM_REACHED && d->have == 3 && d->need == 3);
	quorum_finish(d->q, &d->t, true);
	ASK(desk_single(d, seal_body(1, 1, 0), 1) == QUORUM_EREPLAY);
	desk_close(d);
	return true;
}

static struct seal_tree grove(uint64_t first)
{
	struct seal_tree tree = { .leaves = 5 };
	unsigned int i;

	for (i = 0; i < tree.leaves; i++)
		tree.body[i] = seal_body(1, first + i, 0);
	return tree;
}

static bool case_root_is_verified_once(void)
{
	struct seal_tree tree = grove(1);
	struct quorum_status st;
	struct desk *d = four(2);
	unsigned int i;

	for (i = 0; i < tree.leaves; i++) {
		ASK(!desk_submit(d, &tree, i, ALICE | BOB));
		ASK(d->state == QUORUM_REACHED);
		ASK(d->verified == (i ? 0 : 2));
		quorum_finish(d->q, &d->t, true);
	}
	quorum_status(d->q, &st);
	ASK(st.next_sequence == 6 && st.roots == 1);
	desk_close(d);
	return true;
}

/* A root signed by Alice credits Alice, whoever else is named. */
static bool case_root_credits_its_signers(void)
{
	struct seal_tree tree = grove(1);
	struct seal s = {
		.tree = &tree, .index = 1, .sig_nr = 2,
		.sig = { { 1, ALG_ECDSA_P256, false },
			 { 2, ALG_ECDSA_P256, true } },
	};
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = four(2);

	ASK(!desk_submit(d, &tree, 0, ALICE));
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(d->t.verify_nr == 1 && d->t.verify[0].sig.signer == 2);
	ASK(!desk_credit(d, &d->t));
	ASK(d->have == 1 && d->state == QUORUM_PENDING);
	/* Carol signs a tree with the same leaf: that is no knowledge of ours */
	ASK(!desk_submit(d, &tree, 2, CAROL));
	ASK(d->have == 2 && d->state == QUORUM_REACHED);
	desk_close(d);
	return true;
}

static bool case_other_place_in_the_tree(void)
{
	struct seal_tree tree = grove(1), bad = grove(1);
	struct seal s = {
		.tree = &tree, .index = 2, .sig_nr = 1, .depth_error = 1,
		.sig = { { 1, ALG_ECDSA_P256, false } },
	};
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = four(2);

	ASK(quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0) ==
	    QUORUM_EPATH);
	s.depth_error = -1;
	ASK(quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0) ==
	    QUORUM_EPATH);
	s.depth_error = 0;
	s.bad_path = true;
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(desk_credit(d, &d->t) == QUORUM_ESIGNATURE);
	/* a root that is known says nothing of a leaf that is not in the tree */
	ASK(!desk_submit(d, &tree, 0, ALICE | BOB));
	bad.body[1].variant++;
	ASK(!desk_offer(d, &d->t, &bad, 1, ALICE));
	ASK(!d->t.known[0] && d->t.verify_nr == 1);
	desk_close(d);
	return true;
}

/* The last of three leaves has the path of the last of two, to the same root;
 * but that is not what was signed.
 */
static bool case_other_number_of_leaves(void)
{
	struct seal_tree tree = grove(1);
	struct seal s = {
		.tree = &tree, .index = 2, .sig_nr = 1,
		.as_leaves = 2, .as_index = 1,
		.sig = { { 1, ALG_ECDSA_P256, false } },
	};
	static uint8_t bytes[SEAL_ROOM];
	struct desk *d = four(2);
	uint8_t root[32];

	tree.leaves = 3;
	ASK(!desk_submit(d, &tree, 0, ALICE));
	memcpy(root, d->t.root, 32);
	ASK(!quorum_offer(d->q, &d->t, bytes, seal_make(bytes, &s), 0));
	ASK(!memcmp(d->t.root, root, 32));
	ASK(!d->t.known[0] && d->t.verify_nr == 1);
	ASK(desk_credit(d, &d->t) == QUORUM_ESIGNATURE);
	desk_close(d);
	return true;
}

/* What paths make is what lib/bls makes of the leaves. */
static bool case_paths(void)
{
	struct seal_tree tree = { 0 };
	struct desk *d = four(2);
	uint8_t leaf[SEAL_LEAVES][32], root[32];
	unsigned int n, i;

	for (n = 1; n <= SEAL_LEAVES; n++) {
		tree.leaves = n;
		for (i = 0; i < n; i++) {
			tree.body[i] = seal_body(1, i + 1, (uint8_t)n);
			seal_leaf(leaf[i], &tree.body[i]);
		}
		ASK(!bls_merkle_root(root, (const uint8_t (*)[32])leaf, n));
		for (i = 0; i < n; i++) {
			ASK(!desk_offer(d, &d->t, &tree, i, ALICE));
			ASK(!memcmp(d->t.root, root, 32));
			ASK(!memcmp(d->t.leaf, leaf[i], 32));
		}
	}
	desk_close(d);
	return true;
}

static bool case_texts(void)
{
	unsigned int i, j;

	for (i = 0; i < QUORUM_ERR_NR; i++)
		for (j = 0; j < i; j++)
			ASK(strcmp(quorum_err_text((enum quorum_err)i),
				   quorum_err_text((enum quorum_err)j)));
	ASK(!strcmp(quorum_err_text(QUORUM_ERR_NR), "unknown error"));
	return true;
}

int main(void)
{
#define CASE(name) TEST(#name, case_##name())
	CASE(one_is_not_enough);
	CASE(all_at_once);
	CASE(twice_is_not_two);
	CASE(bodies_are_counted);
	CASE(loser_is_dropped);
	CASE(race_to_the_quorum);
	CASE(same_twice_in_flight);
	CASE(not_applied_is_offered_again);
	CASE(forged);
	CASE(refusals);
	CASE(dependencies);
	CASE(group);
	CASE(root_is_verified_once);
	CASE(root_credits_its_signers);
	CASE(other_place_in_the_tree);
	CASE(other_number_of_leaves);
	CASE(paths);
	CASE(one_tree_for_two_phases);
	CASE(texts);
	CASE(overlap);
	CASE(no_overlap);
	CASE(retire);
	CASE(phase_order);
	CASE(phase_does_not_return);
	CASE(old_roots_are_forgotten);
	CASE(retired_before_credit);
	CASE(keyset_update);
	CASE(slot_used_again);
	CASE(nonsense_keysets);
	CASE(flood_of_one);
	CASE(flood_of_one_number);
	CASE(flood_of_roots);
	CASE(large_set_shares);
	CASE(applied_are_not_evicted);
	CASE(expiry);
	CASE(late_credit_lives_on);
	CASE(flush);
	CASE(wide_window);
	CASE(end_of_numbers);
#undef CASE
	return test_end();
}
