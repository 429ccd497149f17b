// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that wait to be decided: who is in, by digest and by client.  Which
 * of them go into a block is pool_batch.c.
 *
 * Every entry is in two lists, in order of arrival and in its client's order
 * of ids; those that no block has are in two more of the same orders.  A
 * client's list is searched from its end: its own requests come ascending, and
 * one that sends them otherwise costs at most pool_per_client steps and the
 * reserve, less than checking its signature.
 */
#include <assert.h>
#include <string.h>
#include "bytes.h"
#include "pool_parts.h"

/* A reserve for so many full blocks of requests that only proposals brought */
enum { RESERVE_BATCHES = 4 };

static uint32_t reserve_of(const struct agree_config *config)
{
	return RESERVE_BATCHES * config->batch_max;
}

static uint32_t buckets_of(const struct agree_config *config)
{
	uint32_t nr = 16, entries = config->pool_total + reserve_of(config);

	while (nr < entries)
		nr *= 2;
	return nr;
}

static size_t slot_len(const struct agree_config *config)
{
	return ((size_t)config->request_max + 7) / 8 * 8;
}

size_t pool_size(const struct agree_config *config)
{
	size_t entries = (size_t)config->pool_total + reserve_of(config);

	return sizeof(struct pool) +
	       config->clients * sizeof(struct pool_client) +
	       entries * (sizeof(struct pool_entry) + slot_len(config)) +
	       (size_t)buckets_of(config) * sizeof(struct pool_entry *);
}

struct pool *pool_init(void *mem, const struct agree_config *config)
{
	uint32_t i, entries = config->pool_total + reserve_of(config);
	struct pool *pool = mem;
	uint8_t *bytes;

	memset(pool, 0, sizeof(*pool));
	pool->clients = config->clients;
	pool->quota = config->pool_per_client;
	pool->total = config->pool_total;
	pool->reserve = reserve_of(config);
	pool->request_max = config->request_max;
	pool->bucket_mask = buckets_of(config) - 1;
	pool->client = (struct pool_client *)(pool + 1);
	pool->entry = (struct pool_entry *)(pool->client + pool->clients);
	pool->bucket = (struct pool_entry **)(pool->entry + entries);
	bytes = (uint8_t *)(pool->bucket + pool->bucket_mask + 1);

	memset(pool->client, 0, pool->clients * sizeof(*pool->client));
	memset(pool->entry, 0, entries * sizeof(*pool->entry));
	memset(pool->bucket, 0,
	       ((size_t)pool->bucket_mask + 1) * sizeof(struct pool_entry *));
	for (i = 0; i < pool->clients; i++)
		pool->client[i].weight = config->client_weight[i] ?
					 config->client_weight[i] : 1;
	for (i = entries; i--; ) {
		pool->entry[i].r.bytes = bytes + i * slot_len(config);
		pool->entry[i].chain = pool->free;
		pool->free = &pool->entry[i];
	}
	return pool;
}

/* Into a list behind @after; NULL: in front */
static void list_add(struct pool_list *list, enum pool_order k,
		     struct pool_entry *e, struct pool_entry *after)
{
	struct pool_entry *next = after ? after->link[k].next : list->first;

	e->link[k].prev = after;
	e->link[k].next = next;
	*(after ? &after->link[k].next : &list->first) = e;
	*(next ? &next->link[k].prev : &list->last) = e;
}

static void list_del(struct pool_list *list, enum pool_order k,
		     struct pool_entry *e)
{
	struct pool_link *l = &e->link[k];

	*(l->prev ? &l->prev->link[k].next : &list->first) = l->next;
	*(l->next ? &l->next->link[k].prev : &list->last) = l->prev;
	l->prev = NULL;
	l->next = NULL;
}

/*
 * The nearest in front of @e in order @all that no block has; NULL: none.  Looks
 * both ways at once: requests return to waiting a batch at a time, and then
 * a neighbour is one that returned just now.
 */
static struct pool_entry *waiting_before(const struct pool_entry *e,
					 const struct pool_list *list,
					 enum pool_order all,
					 enum pool_order waiting)
{
	struct pool_entry *before = e->link[all].prev;
	struct pool_entry *behind = e->link[all].next;

	if (!behind || !list->first)
		return list->last;
	while (before && before->r.proposed) {
		if (behind && !behind->r.proposed)
			return behind->link[waiting].prev;
		before = before->link[all].prev;
		if (behind)
			behind = behind->link[all].next;
	}
	return before;
}

static void wait_begin(struct pool *pool, struct pool_entry *e)
{
	struct pool_client *c = &pool->client[e->r.id.client];

	assert(!e->r.proposed);
	list_add(&pool->waiting, POOL_ARRIVAL_WAITING, e,
		 waiting_before(e, &pool->waiting, POOL_ARRIVAL,
				POOL_ARRIVAL_WAITING));
	if (!c->waiting.first)
		pool_turn_join(pool, c);
	list_add(&c->waiting, POOL_CLIENT_WAITING, e,
		 waiting_before(e, &c->waiting, POOL_CLIENT,
				POOL_CLIENT_WAITING));
	pool->unproposed++;
}

static void wait_end(struct pool *pool, struct pool_entry *e)
{
	struct pool_client *c = &pool->client[e->r.id.client];

	assert(!e->r.proposed && pool->unproposed);
	list_del(&pool->waiting, POOL_ARRIVAL_WAITING, e);
	list_del(&c->waiting, POOL_CLIENT_WAITING, e);
	if (!c->waiting.first)
		pool_turn_leave(pool, c);
	pool->unproposed--;
}

static struct pool_entry **bucket_of(const struct pool *pool,
				     const uint8_t digest[AGREE_DIGEST_LEN])
{
	return &pool->bucket[wire_get32(digest) & pool->bucket_mask];
}

struct pool_request *pool_find(struct pool *pool,
			       const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct pool_entry *e = *bucket_of(pool, digest);

	while (e && memcmp(e->r.digest, digest, AGREE_DIGEST_LEN))
		e = e->chain;
	return e ? &e->r : NULL;
}

/* Less, equal or greater, as memcmp() */
static int id_compare(const struct request_id *a, const struct request_id *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return a->counter < b->counter ? -1 : a->counter > b->counter;
}

/* Its client's last entry that does not come behind @id; NULL: none */
static struct pool_entry *id_before(const struct pool_client *c,
				    const struct request_id *id)
{
	struct pool_entry *e = c->all.last;

	while (e && id_compare(&e->r.id, id) > 0)
		e = e->link[POOL_CLIENT].prev;
	return e;
}

enum agree_err pool_add(struct pool *pool, const struct request_id *id,
			const uint8_t digest[AGREE_DIGEST_LEN],
			const uint8_t *bytes, size_t len, uint64_t now_ms,
			uint64_t height, bool needed)
{
	struct pool_entry *e, *before, **bucket = bucket_of(pool, digest);
	struct pool_client *c;
	uint8_t *slot;

	if (id->client >= pool->clients)
		return AGREE_ECLIENT;
	c = &pool->client[id->client];
	if (!len || len > pool->request_max)
		return AGREE_EREQUEST;
	if (pool_find(pool, digest))
		return AGREE_EDUPLICATE;
	before = id_before(c, id);
	if (!needed) {
		if (before && !id_compare(&before->r.id, id))
			return AGREE_EDUPLICATE;
		if (c->nr == pool->quota || pool->nr == pool->total)
			return AGREE_EFULL;
	} else if (pool->reserve_nr == pool->reserve) {
		/* The newest proposal is the one that can still be voted for. */
		pool_remove(pool, &pool->fetched.first->r);
		before = id_before(c, id);
	}

	e = pool->free;
	assert(e);
	pool->free = e->chain;
	slot = e->r.bytes;
	memset(e, 0, sizeof(*e));
	memcpy(e->r.digest, digest, AGREE_DIGEST_LEN);
	e->r.id = *id;
	e->r.since_ms = now_ms;
	e->r.since_height = height;
	e->r.fetched = needed;
	e->r.len = (uint32_t)len;
	e->r.bytes = slot;
	memcpy(slot, bytes, len);

	e->chain = *bucket;
	*bucket = e;
	list_add(&pool->all, POOL_ARRIVAL, e, pool->all.last);
	list_add(&c->all, POOL_CLIENT, e, before);
	if (needed) {
		list_add(&pool->fetched, POOL_RESERVE, e, pool->fetched.last);
		pool->reserve_nr++;
	} else {
		c->nr++;
		pool->nr++;
	}
	wait_begin(pool, e);
	return AGREE_OK;
}

static struct pool_entry *entry_of(struct pool *pool, struct pool_request *r)
{
	struct pool_entry *e = (struct pool_entry *)r;

	assert(e >= pool->entry && r->len);
	return e;
}

void pool_remove(struct pool *pool, struct pool_request *r)
{
	struct pool_entry *e = entry_of(pool, r), **p;
	struct pool_client *c = &pool->client[r->id.client];

	if (!r->proposed)
		wait_end(pool, e);
	list_del(&pool->all, POOL_ARRIVAL, e);
	list_del(&c->all, POOL_CLIENT, e);
	if (r->fetched) {
		list_del(&pool->fetched, POOL_RESERVE, e);
		pool->reserve_nr--;
	} else {
		c->nr--;
		pool->nr--;
	}
	for (p = bucket_of(pool, r->digest); *p != e; p = &(*p)->chain)
		;
	*p = e->chain;
	e->chain = pool->free;
	pool->free = e;
	r->len = 0;
}

void pool_propose(struct pool *pool, struct pool_request *r, uint64_t height)
{
	struct pool_entry *e = entry_of(pool, r);

	if (height && !r->proposed)
		wait_end(pool, e);
	if (height == 0 && r->proposed) {
		r->proposed = 0;
		wait_begin(pool, e);
	}
	r->proposed = height;
}

void pool_sweep(struct pool *pool, uint32_t client,
		bool (*gone)(void *ctx, const struct request_id *id), void *ctx)
{
	struct pool_entry *e, *next;

	assert(client < pool->clients);
	for (e = pool->client[client].all.first; e; e = next) {
		next = e->link[POOL_CLIENT].next;
		if (gone(ctx, &e->r.id))
			pool_remove(pool, &e->r);
	}
}

uint32_t pool_waiting(const struct pool *pool)
{
	return pool->nr + pool->reserve_nr;
}

uint32_t pool_unproposed(const struct pool *pool)
{
	return pool->unproposed;
}

struct pool_request *pool_oldest(struct pool *pool)
{
	return pool->waiting.first ? &pool->waiting.first->r : NULL;
}

struct pool_request *pool_next(struct pool *pool, struct pool_request *r)
{
	struct pool_entry *e = r ? entry_of(pool, r)->link[POOL_ARRIVAL].next :
				   pool->all.first;

	return e ? &e->r : NULL;
}
