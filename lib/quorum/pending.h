/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Inside lib/quorum: the updates of one phase that wait for more signers.
 *
 * A credit is one signer's approval of one body.  Each signer of the phase has
 * a share of the credits.  There are as many entries as credits and no entry is
 * without credit, so whoever stays within his share always finds room.
 */
#ifndef QUORUM_PENDING_H
#define QUORUM_PENDING_H

#include "list.h"
#include "signers.h"

struct quorum_entry;

struct quorum_credit {
	struct quorum_list by_signer;	/* oldest first; or the free ones */
	struct quorum_entry *entry;
	struct quorum_credit *next;	/* of the same entry */
	unsigned int place;
};

struct quorum_entry {
	struct quorum_list by_age;	/* oldest first; busy ones: in none */
	struct quorum_list by_number;	/* other bodies of it; or the free ones */
	struct quorum_entry *next;	/* of the same hash */
	struct quorum_credit *credits;
	uint64_t sequence, since_ms;	/* the last credit came */
	struct quorum_signers signers;
	uint8_t leaf[UPDATE_DIGEST_LEN];
	uint16_t have;			/* signers */
	bool busy;			/* reached the quorum, is being applied */
};

struct quorum_pool {
	unsigned int size;		/* entries, credits */
	unsigned int buckets;		/* a power of two, not below size */
	unsigned int share, signers;
	unsigned int waiting;		/* entries that are not busy */
	uint64_t evicted;
	struct quorum_entry *entry;
	struct quorum_credit *credit;
	struct quorum_entry **bucket;
	struct quorum_list free_entries, free_credits, by_age;
	struct quorum_list by_number[QUORUM_WINDOW];
	struct quorum_list by_signer[UPDATE_SIGNERS_MAX];
	unsigned int credits[UPDATE_SIGNERS_MAX];
};

/* Bytes behind the pool for @pending_max credits of a signer */
size_t quorum_pool_size(uint32_t pending_max);
void quorum_pool_init(struct quorum_pool *p, uint32_t pending_max, void *mem);

/* Forget everything; from now on @signers have up to @pending_max credits. */
void quorum_pool_start(struct quorum_pool *p, unsigned int signers,
		       uint32_t pending_max);

struct quorum_entry *quorum_pool_find(const struct quorum_pool *p,
				      uint64_t sequence,
				      const uint8_t leaf[UPDATE_DIGEST_LEN]);

/**
 * quorum_pool_credit() - signers approve of a body
 * @good: who; those who have credit already are no matter
 * @full: out: somebody could not be credited
 *
 * Whose share is used up loses his oldest credit, but for those of bodies that
 * are being applied; if he has no others he is not credited.
 * Return: the entry; NULL if nobody was credited.
 */
struct quorum_entry *quorum_pool_credit(struct quorum_pool *p,
					uint64_t sequence,
					const uint8_t leaf[UPDATE_DIGEST_LEN],
					const struct quorum_signers *good,
					uint64_t now_ms, bool *full);

/* A busy entry neither grows old nor loses credits. */
void quorum_pool_busy(struct quorum_pool *p, struct quorum_entry *e);
void quorum_pool_idle(struct quorum_pool *p, struct quorum_entry *e,
		      uint64_t now_ms);

/* The one that waits for longest, or NULL */
struct quorum_entry *quorum_pool_oldest(const struct quorum_pool *p);

void quorum_pool_forget(struct quorum_pool *p, struct quorum_entry *e);

/* Forget all bodies of a number. */
void quorum_pool_forget_number(struct quorum_pool *p, uint64_t sequence);

#endif
