/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that wait to be decided.  Bounded for each client: a flood fills
 * only its sender's places, and a batch is filled by deficit round robin, so
 * that one noisy client delays the others by its weight's share at most.
 */
#ifndef AGREE_POOL_H
#define AGREE_POOL_H

#include "agree.h"

struct pool;

struct pool_request {
	uint8_t digest[AGREE_DIGEST_LEN];
	struct request_id id;
	uint64_t since_ms;		/* when it came */
	uint64_t since_height;		/* height then being worked on */
	uint64_t proposed;		/* height of the undecided block that has it, 0: none;
					 * pool_propose() sets it
					 */
	uint64_t relayed_ms;		/* when it was sent to all (R6); 0: never */
	bool fetched;			/* needed by a proposal: not counted for its client */
	uint32_t len;
	uint8_t *bytes;
};

size_t pool_size(const struct agree_config *config);
struct pool *pool_init(void *mem, const struct agree_config *config);

/**
 * pool_add() - a checked request comes in
 * @needed: an undecided proposal has it: then the client's quota does not count, only a
 *          reserve of 4 * batch_max such requests, of which the oldest makes room: so a
 *          struct pool_request is not to be kept over this call
 *
 * Return: AGREE_OK; AGREE_EDUPLICATE (same digest, or same id: the first stays unless
 * @needed, when both stay); AGREE_EFULL.
 */
enum agree_err pool_add(struct pool *pool, const struct request_id *id,
			const uint8_t digest[AGREE_DIGEST_LEN],
			const uint8_t *bytes, size_t len, uint64_t now_ms,
			uint64_t height, bool needed);

struct pool_request *pool_find(struct pool *pool,
			       const uint8_t digest[AGREE_DIGEST_LEN]);
void pool_remove(struct pool *pool, struct pool_request *r);

/* An undecided block at @height has it; 0: no longer, it waits again. */
void pool_propose(struct pool *pool, struct pool_request *r, uint64_t height);

/* All that wait with an id for which gone() says so (executed, or out of its window). */
void pool_sweep(struct pool *pool, uint32_t client,
		bool (*gone)(void *ctx, const struct request_id *id), void *ctx);

/**
 * pool_batch() - what to propose next
 * @out:   room for @max
 * @bytes: most bytes of them together as entries of a block: each is AGREE_ENTRY_LEN longer
 *
 * Only requests with proposed == 0, each client's in ascending (epoch, counter) order, clients by
 * deficit round robin over client_weight, starting where the last batch ended.
 * Return: how many.
 */
unsigned int pool_batch(struct pool *pool, struct pool_request **out,
			unsigned int max, size_t bytes);

uint32_t pool_waiting(const struct pool *pool);		/* all */
uint32_t pool_unproposed(const struct pool *pool);	/* with proposed == 0 */
/* The one that waits longest of those not proposed; NULL: none */
struct pool_request *pool_oldest(struct pool *pool);
/* Walk all; NULL: the first */
struct pool_request *pool_next(struct pool *pool, struct pool_request *r);

#endif
