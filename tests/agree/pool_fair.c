// SPDX-License-Identifier: GPL-2.0
/*
 * Whose requests a batch takes: shares by weight while others flood, no
 * starvation by large requests or small ones, order within a client.
 */
#include "message.h"
#include "pool.h"
#include "sample.h"
#include "test.h"

enum { OUT_MAX = 1024 };

static struct agree_config config;
static struct pool *pool;
static struct pool_request *out[OUT_MAX];
static uint64_t counter[AGREE_CLIENTS_MAX];
static uint64_t height;

static void make(uint32_t clients, uint32_t quota, uint32_t request_max)
{
	sample_config(&config);
	config.clients = clients;
	config.pool_per_client = quota;
	config.pool_total = clients * quota;
	config.batch_max = OUT_MAX;
	config.request_max = request_max;
	memset(counter, 0, sizeof(counter));
}

static void start(void)
{
	free(pool);
	pool = test_alloc(pool_size(&config));
	memset(pool, 0xee, pool_size(&config));
	pool_init(pool, &config);
	height = 1;
}

static enum agree_err add(uint32_t client, uint32_t len)
{
	static uint8_t bytes[1 << 16];
	struct request_id id = { client, 1, ++counter[client] };
	uint8_t digest[AGREE_DIGEST_LEN];
	enum agree_err err;

	test_random(digest, sizeof(digest));
	err = pool_add(pool, &id, digest, bytes, len, height, height, false);
	if (err)
		counter[client]--;
	return err;
}

static void flood(uint32_t client, uint32_t len)
{
	while (!add(client, len))
		;
}

/* Takes a batch, decides it: its requests leave. */
static unsigned int batch(unsigned int max, size_t bytes)
{
	static uint64_t last[AGREE_CLIENTS_MAX];
	unsigned int i, nr = pool_batch(pool, out, max, bytes);
	size_t used = 0;

	memset(last, 0, sizeof(last));
	for (i = 0; i < nr; i++) {
		if (out[i]->id.counter <= last[out[i]->id.client] ||
		    out[i]->proposed)
			return 0;
		last[out[i]->id.client] = out[i]->id.counter;
		used += out[i]->len + AGREE_ENTRY_LEN;
		pool_propose(pool, out[i], height);
	}
	height++;
	return nr <= max && used <= bytes ? nr : 0;
}

static unsigned int count(unsigned int nr, uint32_t client)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += out[i]->id.client == client;
	return n;
}

static void decide(unsigned int nr)
{
	while (nr--)
		pool_remove(pool, out[nr]);
}

static bool equal_shares(void)
{
	unsigned int nr, round;
	uint32_t c;

	make(10, 300, 64);
	start();
	for (c = 1; c < 10; c++)
		flood(c, 40);
	/* Comes last, behind 2700 others, and is in the next batch. */
	ASK(!add(0, 40));
	nr = batch(100, SIZE_MAX);
	ASK(nr == 100 && count(nr, 0) == 1);
	for (c = 1; c < 10; c++)
		ASK(count(nr, c) == 11);
	decide(nr);
	/* Alone it has its tenth, batch by batch. */
	flood(0, 40);
	for (round = 0; round < 20; round++) {
		nr = batch(97, SIZE_MAX);
		ASK(nr == 97);
		for (c = 0; c < 10; c++)
			ASK(count(nr, c) >= 9 && count(nr, c) <= 11);
		decide(nr);
	}
	return true;
}

static bool weights(void)
{
	unsigned int nr;

	make(5, 300, 64);
	config.client_weight[0] = 5;
	config.client_weight[1] = 2;
	config.client_weight[2] = 0;	/* as 1 */
	config.client_weight[3] = 2;
	start();
	flood(0, 10);
	flood(1, 10);
	flood(2, 10);
	flood(3, 10);
	nr = batch(100, SIZE_MAX);
	ASK(nr == 100);
	ASK(count(nr, 0) == 50 && count(nr, 1) == 20);
	ASK(count(nr, 2) == 10 && count(nr, 3) == 20);
	decide(nr);
	/* In the middle of a turn: the next batch goes on there. */
	nr = batch(3, SIZE_MAX);
	ASK(nr == 3 && count(nr, 0) == 3);
	decide(nr);
	/* Who comes in between is the last of the round, and moves nobody. */
	ASK(!add(4, 10));
	nr = batch(7, SIZE_MAX);
	ASK(nr == 7 && count(nr, 0) == 2 && count(nr, 1) == 2);
	ASK(count(nr, 2) == 1 && count(nr, 3) == 2);
	decide(nr);
	nr = batch(1, SIZE_MAX);
	ASK(nr == 1 && count(nr, 4) == 1);
	decide(nr);
	return true;
}

/* What the others leave is taken whole. */
static bool work_conserving(void)
{
	unsigned int nr;

	make(4, 50, 64);
	start();
	flood(2, 10);
	ASK(!add(1, 10));
	nr = batch(200, SIZE_MAX);
	ASK(nr == 51 && pool_unproposed(pool) == 0);
	ASK(!batch(200, SIZE_MAX));
	decide(nr);
	ASK(pool_waiting(pool) == 0);
	return true;
}

/* Large requests among small ones: bytes are shared too, nobody starves. */
static bool large_requests(void)
{
	unsigned int nr, round, large = 0, small = 0;
	size_t room = 4 * (16384 + AGREE_ENTRY_LEN);

	make(4, 2000, 16384);
	config.pool_total = 4000;
	start();
	flood(0, 16384);
	flood(1, 100);
	for (round = 0; round < 30; round++) {
		nr = batch(1000, room);
		ASK(nr);
		large += count(nr, 0) * 16384;
		small += count(nr, 1) * (100 + 924);
		decide(nr);
		if (pool_waiting(pool) < 2000)
			break;
	}
	ASK(round == 30 && large && small);
	/* A request of 16 KiB costs as much as 17 of 100 bytes. */
	ASK(large < small * 2 && small < large * 2);
	return true;
}

/*
 * One large request against a flood with a thousand times its weight, in blocks
 * that have room for no more: it comes after 17 rounds of 1000 small ones.
 */
static bool no_starvation(void)
{
	unsigned int nr, round;
	bool came = false;

	make(4, 3000, 16384);
	config.pool_total = 4000;
	config.client_weight[1] = 1000;
	start();
	ASK(!add(0, 16384));
	for (round = 0; round < 17 * 1000 / 157 + 2 && !came; round++) {
		flood(1, 100);
		nr = batch(1000, 16384 + AGREE_ENTRY_LEN);
		ASK(nr);
		came = count(nr, 0);
		decide(nr);
	}
	return came;
}

/* Nobody can pay at first: still a batch comes, at once. */
static bool costly_only(void)
{
	unsigned int nr;
	uint32_t c;

	make(8, 4, 16384);
	start();
	for (c = 0; c < 8; c++)
		flood(c, 16384);
	nr = batch(8, SIZE_MAX);
	ASK(nr == 8);
	for (c = 0; c < 8; c++)
		ASK(count(nr, c) == 1);
	decide(nr);
	nr = batch(100, SIZE_MAX);
	ASK(nr == 24);
	decide(nr);
	return true;
}

/* A block that failed gives its requests back: they come first, in order. */
static bool returned(void)
{
	static struct pool_request *first[OUT_MAX];
	unsigned int nr, i, again;

	make(4, 100, 64);
	start();
	flood(0, 10);
	flood(1, 10);
	nr = batch(60, SIZE_MAX);
	ASK(nr == 60);
	memcpy(first, out, sizeof(first));
	again = batch(60, SIZE_MAX);
	ASK(again == 60 && pool_unproposed(pool) == 80);
	decide(again);
	ASK(pool_oldest(pool)->id.counter == 61);
	for (i = 0; i < nr; i++)
		pool_propose(pool, first[(i * 7) % 60], 0);
	ASK(pool_oldest(pool)->id.counter == 1);
	nr = batch(60, SIZE_MAX);
	ASK(nr == 60 && count(nr, 0) == 30);
	for (i = 0; i < nr; i++)
		ASK(out[i]->id.counter <= 30);
	return true;
}

/* Nothing comes of many batches: who was in each of them has saved nothing. */
static bool given_up(void)
{
	unsigned int i;

	make(2, 300, 64);
	start();
	ASK(!add(0, 10));
	flood(1, 10);
	for (i = 0; i < 50; i++)
		ASK(pool_batch(pool, out, 100, SIZE_MAX) == 100);
	flood(0, 10);
	i = batch(100, SIZE_MAX);
	ASK(i == 100 && count(i, 0) >= 49 && count(i, 0) <= 51);
	return true;
}

/* A full pool of all clients: who came with the flood waits one round. */
static bool many_clients(void)
{
	unsigned int nr, round, seen = 0;
	uint32_t c;

	make(AGREE_CLIENTS_MAX, 4, 64);
	start();
	for (c = 0; c < AGREE_CLIENTS_MAX; c++)
		flood(c, 64);
	for (round = 0; round < 4; round++) {
		nr = batch(1024, SIZE_MAX);
		ASK(nr == 1024);
		for (c = 0; c < AGREE_CLIENTS_MAX; c++)
			seen += count(nr, c) == 1;
		decide(nr);
	}
	return seen == AGREE_CLIENTS_MAX;
}

int main(void)
{
	TEST("equal shares while nine flood", equal_shares());
	TEST("shares by weight, turns that go on", weights());
	TEST("nothing is left out without need", work_conserving());
	TEST("large requests cost more", large_requests());
	TEST("a large request does not starve", no_starvation());
	TEST("nobody can pay at first", costly_only());
	TEST("requests of a failed block come first", returned());
	TEST("batches of which nothing comes", given_up());
	TEST("4096 clients", many_clients());
	free(pool);
	return test_end();
}
