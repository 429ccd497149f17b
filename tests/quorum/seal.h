/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sealed updates for tests, signed with what stands for a signature: SHA-256
 * over the statement, the signer and the phase of the key, repeated.  It is
 * checked where the kernel would verify one, so a ticket with a wrong statement
 * is noticed.
 */
#ifndef QUORUM_TEST_SEAL_H
#define QUORUM_TEST_SEAL_H

#include "../bls/test.h"
#include "quorum.h"

enum {
	SEAL_DOMAIN = 9,
	SEAL_DPID = 7,
	SEAL_LEAVES = 8,	/* of a tree, at most */
	SEAL_ROOM = 1 << 17,
};


/* What a body says; the variant is its payload. */
struct seal_body {
	uint64_t domain, dpid, sequence;
	uint32_t phase;
	uint8_t variant;
	unsigned int dep_nr;
	struct update_dep dep[4];
};

struct seal_tree {
	unsigned int leaves;
	struct seal_body body[SEAL_LEAVES];
};

/* One signature of a sealed update */
struct seal_sig {
	uint16_t signer;
	uint8_t alg;
	bool forged;
};

struct seal {
	const struct seal_tree *tree;
	unsigned int index;
	unsigned int sig_nr;
	struct seal_sig sig[UPDATE_SIGS_MAX];
	int depth_error;	/* digests too many or too few in the path */
	bool bad_path;		/* one that leads to another root */
	uint32_t as_leaves, as_index;	/* what it says; 0 leaves: as it is */
};

/* A body of our datapath, without dependencies */
struct seal_body seal_body(uint32_t phase, uint64_t sequence, uint8_t variant);

/* One with dependencies, good and bad, that its name decides */
struct seal_body seal_dependent(uint32_t phase, uint64_t sequence,
				uint8_t variant);

void seal_leaf(uint8_t leaf[32], const struct seal_body *body);

/* Returns the bytes in @out, of SEAL_ROOM. */
size_t seal_make(uint8_t *out, const struct seal *seal);

/* Verify as the caller of lib/quorum would; returns how many are valid. */
unsigned int seal_verify(struct quorum_ticket *t);

#endif
