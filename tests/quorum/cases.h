/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the program cases: cases.c, cases_phase.c and cases_share.c. */
#ifndef QUORUM_TEST_CASES_H
#define QUORUM_TEST_CASES_H

#include "seal.h"

/* One switch, and what the last calls said of it */
struct desk {
	struct quorum *q;
	uint64_t now;
	unsigned int slot;
	struct quorum_ticket t;
	unsigned int verified;		/* signatures checked by the last submit */
	enum quorum_state state;
	unsigned int have, need;
};

struct desk *desk_open(uint32_t pending_max, uint32_t expiry_ms,
		       uint32_t overlap_ms, uint64_t next_sequence);
void desk_close(struct desk *d);

/* Key sets: n signers with ECDSA keys; or a group. */
enum quorum_err desk_keys(struct desk *d, uint32_t phase, uint16_t n,
			  uint16_t quorum);
enum quorum_err desk_group(struct desk *d, uint32_t phase, uint16_t n,
			   uint16_t t);

/* Offer leaf @index of a tree with the signatures of @signers (a mask: bit i is
 * signer i).  The bytes stay until the ticket is closed.
 */
enum quorum_err desk_offer(struct desk *d, struct quorum_ticket *t,
			   const struct seal_tree *tree, unsigned int index,
			   uint64_t signers);
/* Verify, and credit. */
enum quorum_err desk_credit(struct desk *d, struct quorum_ticket *t);
/* Both, with the desk's own ticket */
enum quorum_err desk_submit(struct desk *d, const struct seal_tree *tree,
			    unsigned int index, uint64_t signers);
/* The same of a tree of one; and finish, if that makes the quorum. */
enum quorum_err desk_single(struct desk *d, struct seal_body body,
			    uint64_t signers);
enum quorum_err desk_apply(struct desk *d, struct seal_body body,
			   uint64_t signers);
unsigned int desk_waiting(const struct desk *d);
struct seal_tree desk_tree(struct seal_body body);

enum { ALICE = 1 << 1, BOB = 1 << 2, CAROL = 1 << 3, DAVE = 1 << 4 };

bool case_overlap(void);
bool case_no_overlap(void);
bool case_retire(void);
bool case_phase_order(void);
bool case_phase_does_not_return(void);
bool case_old_roots_are_forgotten(void);
bool case_retired_before_credit(void);
bool case_keyset_update(void);
bool case_slot_used_again(void);
bool case_nonsense_keysets(void);
bool case_one_tree_for_two_phases(void);

bool case_flood_of_one(void);
bool case_flood_of_one_number(void);
bool case_flood_of_roots(void);
bool case_large_set_shares(void);
bool case_applied_are_not_evicted(void);
bool case_expiry(void);
bool case_late_credit_lives_on(void);
bool case_flush(void);
bool case_wide_window(void);
bool case_end_of_numbers(void);

#endif
