/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Inside lib/quorum: a set of signers.  Signer i is place i - 1; the group of a
 * threshold key set, the only signer there is, has place 0.
 */
#ifndef QUORUM_SIGNERS_H
#define QUORUM_SIGNERS_H

#include "quorum.h"

struct quorum_signers {
	uint64_t bits[UPDATE_SIGNERS_MAX / 64];
};

static inline unsigned int quorum_signer_place(uint16_t signer)
{
	return signer ? signer - 1u : 0;
}

static inline bool quorum_signers_has(const struct quorum_signers *s,
				      unsigned int place)
{
	return s->bits[place / 64] >> place % 64 & 1;
}

static inline void quorum_signers_add(struct quorum_signers *s,
				      unsigned int place)
{
	s->bits[place / 64] |= (uint64_t)1 << place % 64;
}

static inline void quorum_signers_del(struct quorum_signers *s,
				      unsigned int place)
{
	s->bits[place / 64] &= ~((uint64_t)1 << place % 64);
}

static inline void quorum_signers_join(struct quorum_signers *s,
				       const struct quorum_signers *other)
{
	s->bits[0] |= other->bits[0];
	s->bits[1] |= other->bits[1];
}

static inline bool quorum_signers_is_empty(const struct quorum_signers *s)
{
	return !(s->bits[0] | s->bits[1]);
}

#endif
