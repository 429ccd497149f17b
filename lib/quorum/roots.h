/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Inside lib/quorum: who is known to have signed the root of a tree.
 */
#ifndef QUORUM_ROOTS_H
#define QUORUM_ROOTS_H

#include "signers.h"

struct quorum_root {
	struct quorum_signers signers;	/* never empty if used */
	uint32_t leaves;
	uint8_t root[UPDATE_DIGEST_LEN];
	uint8_t slot;			/* of the key set */
	bool used;
	bool wanted;			/* since the hand came by last */
};

struct quorum_roots {
	unsigned int nr, hand;
	struct quorum_root root[QUORUM_ROOTS];
};

void quorum_roots_init(struct quorum_roots *r);

/* Who has signed it; nobody, if it is not known. */
struct quorum_signers quorum_roots_find(struct quorum_roots *r,
					unsigned int slot, uint32_t leaves,
					const uint8_t root[UPDATE_DIGEST_LEN]);

/* @signers, at least one, were found to have signed it. */
void quorum_roots_add(struct quorum_roots *r, unsigned int slot,
		      uint32_t leaves, const uint8_t root[UPDATE_DIGEST_LEN],
		      const struct quorum_signers *signers);

/* A key set goes, and what is known about its signers with it. */
void quorum_roots_purge(struct quorum_roots *r, unsigned int slot);

#endif
