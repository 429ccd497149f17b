// SPDX-License-Identifier: GPL-2.0
/*
 * The pool against a plain list: random requests, blocks that have them or lose
 * them again, decisions, sweeps.  A second pool gets the same calls, and must
 * give the same batches.
 */
#include "message.h"
#include "pool.h"
#include "sample.h"
#include "test.h"

struct item {
	struct request_id id;
	uint8_t digest[AGREE_DIGEST_LEN];
	uint8_t bytes[64];
	uint32_t len;
	uint64_t proposed, since;
	bool fetched;
};

enum { ITEMS_MAX = 256 };

static struct agree_config config;
static struct pool *pool, *twin;
static struct item item[ITEMS_MAX];	/* by arrival */
static unsigned int nr, reserve;

static void make(void)
{
	sample_config(&config);
	config.client_weight[3] = 3;
	pool = test_alloc(pool_size(&config));
	twin = test_alloc(pool_size(&config));
	pool_init(pool, &config);
	pool_init(twin, &config);
	reserve = 4 * config.batch_max;
}

static void forget(unsigned int i)
{
	memmove(&item[i], &item[i + 1], (--nr - i) * sizeof(*item));
}

static enum agree_err expect(const struct item *new)
{
	unsigned int i, of_client = 0, normal = 0, fetched = 0;
	bool same_id = false;

	for (i = 0; i < nr; i++) {
		if (!memcmp(item[i].digest, new->digest, AGREE_DIGEST_LEN))
			return AGREE_EDUPLICATE;
		same_id |= item[i].id.client == new->id.client &&
			   item[i].id.epoch == new->id.epoch &&
			   item[i].id.counter == new->id.counter;
		of_client += !item[i].fetched &&
			     item[i].id.client == new->id.client;
		normal += !item[i].fetched;
		fetched += item[i].fetched;
	}
	if (new->fetched) {
		for (i = 0; fetched >= reserve && i < nr; i++)
			if (item[i].fetched) {
				forget(i);
				break;
			}
		return AGREE_OK;
	}
	if (same_id)
		return AGREE_EDUPLICATE;
	if (of_client >= config.pool_per_client ||
	    normal >= config.pool_total)
		return AGREE_EFULL;
	return AGREE_OK;
}

static bool add(uint64_t now)
{
	struct item new = {
		.id = { test_below(8), test_below(2), 1 + test_below(60) },
		.len = 1 + test_below(64), .since = now,
		.fetched = !test_below(4),
	};
	enum agree_err want;

	test_random(new.bytes, new.len);
	if (nr && !test_below(8))
		memcpy(new.digest, item[test_below(nr)].digest, AGREE_DIGEST_LEN);
	else
		test_random(new.digest, sizeof(new.digest));
	/* Digests that share a bucket */
	new.digest[2] = 0;
	new.digest[3] = 0;
	want = expect(&new);
	ASK(pool_add(pool, &new.id, new.digest, new.bytes, new.len, now, now,
		     new.fetched) == want);
	ASK(pool_add(twin, &new.id, new.digest, new.bytes, new.len, now, now,
		     new.fetched) == want);
	if (!want)
		item[nr++] = new;
	return true;
}

static void propose(unsigned int i, uint64_t height)
{
	pool_propose(pool, pool_find(pool, item[i].digest), height);
	pool_propose(twin, pool_find(twin, item[i].digest), height);
	item[i].proposed = height;
}

static void drop(unsigned int i)
{
	pool_remove(pool, pool_find(pool, item[i].digest));
	pool_remove(twin, pool_find(twin, item[i].digest));
	forget(i);
}

static unsigned int place(const struct pool_request *r)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!memcmp(item[i].digest, r->digest, AGREE_DIGEST_LEN))
			break;
	return i;
}

static bool batch(uint64_t height)
{
	struct pool_request *out[32], *also[32];
	unsigned int max = 1 + test_below(32), i, k, got, waiting = 0;
	size_t bytes = 68 + test_below(1500), used = 0;

	got = pool_batch(pool, out, max, bytes);
	ASK(pool_batch(twin, also, max, bytes) == got);
	for (i = 0; i < nr; i++)
		waiting += !item[i].proposed;
	ASK(got <= max && (got || !waiting));
	for (i = 0; i < got; i++) {
		ASK(!memcmp(out[i]->digest, also[i]->digest, AGREE_DIGEST_LEN));
		ASK(place(out[i]) < nr && !item[place(out[i])].proposed);
		used += out[i]->len + AGREE_ENTRY_LEN;
		for (k = 0; k < i; k++) {
			ASK(out[k] != out[i]);
			if (out[k]->id.client != out[i]->id.client)
				continue;
			ASK(out[k]->id.epoch < out[i]->id.epoch ||
			    (out[k]->id.epoch == out[i]->id.epoch &&
			     out[k]->id.counter <= out[i]->id.counter));
		}
	}
	ASK(used <= bytes);
	/* It ended because nothing was left, or there was no place for all. */
	ASK(got == waiting || got == max || used + 68 > bytes);
	/* Sometimes nothing comes of it. */
	for (i = 0; i < got && test_below(8); i++)
		propose(place(out[i]), height);
	return true;
}

static bool gone(void *ctx, const struct request_id *id)
{
	return id->counter <= *(const uint64_t *)ctx;
}

static void sweep(void)
{
	uint32_t client = test_below(8);
	uint64_t floor = test_below(60);
	unsigned int i;

	pool_sweep(pool, client, gone, &floor);
	pool_sweep(twin, client, gone, &floor);
	for (i = nr; i--; )
		if (item[i].id.client == client && item[i].id.counter <= floor)
			forget(i);
}

/* Every question has the answer of the list. */
static bool same(void)
{
	unsigned int i, unproposed = 0, oldest = nr;
	struct pool_request *r = NULL;

	ASK(pool_waiting(pool) == nr);
	for (i = nr; i--; )
		if (!item[i].proposed) {
			unproposed++;
			oldest = i;
		}
	ASK(pool_unproposed(pool) == unproposed);
	r = pool_oldest(pool);
	ASK(oldest < nr ? r && place(r) == oldest : !r);
	r = NULL;
	for (i = 0; i < nr; i++) {
		r = pool_next(pool, r);
		ASK(r && r == pool_find(pool, item[i].digest));
		ASK(r->len == item[i].len && r->proposed == item[i].proposed);
		ASK(!memcmp(r->bytes, item[i].bytes, r->len));
		ASK(r->fetched == item[i].fetched &&
		    r->since_ms == item[i].since &&
		    r->since_height == item[i].since &&
		    r->id.client == item[i].id.client &&
		    r->id.counter == item[i].id.counter);
	}
	return !pool_next(pool, r);
}

static bool random_steps(void)
{
	uint64_t n;
	unsigned int i;

	for (n = 1; n < 20000; n++) {
		switch (test_below(16)) {
		case 0:
			ASK(batch(n));
			break;
		case 1:		/* a block fails */
			for (i = 0; i < nr; i++)
				if (item[i].proposed % 2)
					propose(i, 0);
			break;
		case 2:
			for (i = nr; i--; )
				if (item[i].proposed && test_below(2))
					drop(i);
			break;
		case 3:
			if (nr)
				drop(test_below(nr));
			break;
		case 4:
			if (nr)
				propose(test_below(nr), n);
			break;
		case 5:
			if (!test_below(4))
				sweep();
			break;
		default:
			ASK(add(n));
		}
		ASK(same());
	}
	return true;
}

static bool refusals(void)
{
	uint8_t digest[AGREE_DIGEST_LEN] = { 1 }, bytes[65] = { 0 };
	struct request_id id = { .client = 8, .counter = 1 };
	struct pool *p = pool_init(twin, &config);

	ASK(pool_add(p, &id, digest, bytes, 1, 0, 0, false) == AGREE_ECLIENT);
	id.client = 7;
	ASK(pool_add(p, &id, digest, bytes, 0, 0, 0, false) == AGREE_EREQUEST);
	ASK(pool_add(p, &id, digest, bytes, 65, 0, 0, true) == AGREE_EREQUEST);
	ASK(pool_add(p, &id, digest, bytes, 64, 0, 0, false) == AGREE_OK);
	ASK(pool_waiting(p) == 1 && !pool_find(p, bytes));
	/* The reserve drops its oldest, and nothing else. */
	for (id.counter = 2; id.counter < 100; id.counter++) {
		digest[1] = (uint8_t)id.counter;
		ASK(!pool_add(p, &id, digest, bytes, 1, 0, 0, true));
	}
	ASK(pool_waiting(p) == 1 + reserve);
	digest[1] = 0;
	ASK(pool_find(p, digest));
	digest[1] = 99 - (uint8_t)reserve;
	ASK(!pool_find(p, digest));
	digest[1]++;
	ASK(pool_find(p, digest));
	return true;
}

int main(void)
{
	make();
	TEST("random steps", random_steps());
	TEST("what is refused, what is dropped", refusals());
	free(pool);
	free(twin);
	return test_end();
}
