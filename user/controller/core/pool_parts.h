/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the pool: pool.c keeps the entries, pool_batch.c the clients' turns.
 */
#ifndef AGREE_POOL_PARTS_H
#define AGREE_POOL_PARTS_H

#include "pool.h"

/* Lists that an entry may be in */
enum pool_order {
	POOL_ARRIVAL,		/* all, in the order they came */
	POOL_CLIENT,		/* all of a client, by (epoch, counter) */
	POOL_ARRIVAL_WAITING,	/* the same, of those that no block has */
	POOL_CLIENT_WAITING,
	POOL_RESERVE,		/* those with fetched, in the order they came */
	POOL_ORDERS,
};

struct pool_link {
	struct pool_entry *prev, *next;
};

struct pool_entry {
	struct pool_request r;		/* first: one is the other */
	struct pool_link link[POOL_ORDERS];
	struct pool_entry *chain;	/* of its bucket, or of the free ones */
};

struct pool_list {
	struct pool_entry *first, *last;
};

struct pool_client {
	struct pool_list all, waiting;
	uint32_t nr;			/* without those of the reserve */
	uint32_t weight;
	/* pool_batch.c: place in the ring of those that have something waiting */
	struct pool_client *prev, *next;
	uint64_t deficit;
	uint64_t batch;			/* that cursor belongs to */
	struct pool_entry *cursor;	/* the next to take */
};

struct pool {
	uint32_t clients, quota, total, reserve, bucket_mask;
	size_t request_max;
	uint32_t nr, reserve_nr, unproposed;
	struct pool_list all, waiting, fetched;
	struct pool_entry *free;
	/* pool_batch.c */
	struct pool_client *turn;	/* NULL: nothing waits */
	bool begun;			/* it got its quantum for this turn */
	uint32_t ring_nr;
	uint64_t batch;
	struct pool_client *client;
	struct pool_entry *entry, **bucket;
};

/* A client has something to propose, or nothing any more. */
void pool_turn_join(struct pool *pool, struct pool_client *c);
void pool_turn_leave(struct pool *pool, struct pool_client *c);

#endif
