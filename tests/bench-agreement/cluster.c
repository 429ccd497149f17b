// SPDX-License-Identifier: GPL-2.0
/*
 * cluster MODE MEMBERS BATCH EVENTS: all cores in one process, for counting their
 * instructions.  No clock, no disk, no socket: messages are passed by memory, in
 * the order in which they were sent; signatures are a stub that costs next to
 * nothing.  The same instructions in every run.
 *
 * Every member gets every request.  Under callgrind what is counted is
 * agree_step(), once the first tenth of the events has been decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "agree.h"

enum {
	REQUEST_LEN = 128,
	QUEUE_MAX = 1 << 16,
	JOURNAL_KEPT = 1 << 20,
	WAITING = 4096,			/* requests on their way */
};

struct letter {
	uint16_t from, to;
	size_t len;
	uint8_t *bytes;
};

struct member {
	struct agree *agree;
	struct agree_config config;
	uint64_t wake_ms, executed, state;
};

static struct member member[AGREE_MEMBERS_MAX];
static struct letter queue[QUEUE_MAX];
static unsigned int head, tail, n;
static uint64_t now_ms = 1000000;
static struct agree_update update;

static void refuse(const char *words)
{
	fprintf(stderr, "cluster: %s\n", words);
	exit(1);
}

static void sign(void *ctx, uint8_t sig[AGREE_SIG_LEN], const uint8_t *bytes,
		 size_t len)
{
	struct member *m = ctx;

	memset(sig, m->config.self, AGREE_SIG_LEN);
	memcpy(sig, bytes + len - 32, 32);
}

static bool verify(void *ctx, unsigned int who, const uint8_t *bytes,
		   size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	(void)ctx;
	return sig[AGREE_SIG_LEN - 1] == who && !memcmp(sig, bytes + len - 32, 32);
}

static enum agree_err request_check(void *ctx, const uint8_t *bytes,
				    size_t len, struct request_id *id)
{
	(void)ctx;
	if (len != REQUEST_LEN)
		return AGREE_EREQUEST;
	id->client = 0;
	id->epoch = 1;
	memcpy(&id->counter, bytes, sizeof(id->counter));
	return AGREE_OK;
}

static void execute(void *ctx, const struct agree_decided *d)
{
	struct member *m = ctx;

	m->executed++;
	m->state = m->state * 31 + d->id.counter;
}

static void block_end(void *ctx, uint64_t height, uint64_t time_ms)
{
	(void)ctx;
	(void)height;
	(void)time_ms;
}

static size_t state_save(void *ctx, uint8_t *out, size_t room)
{
	struct member *m = ctx;

	if (room < sizeof(m->state))
		refuse("no room for the state");
	memcpy(out, &m->state, sizeof(m->state));
	return sizeof(m->state);
}

static bool state_load(void *ctx, const uint8_t *in, size_t len)
{
	(void)ctx;
	(void)in;
	(void)len;
	return false;
}

static const struct agree_ops ops = {
	.sign = sign, .verify = verify, .request_check = request_check,
	.execute = execute, .block_end = block_end,
	.state_save = state_save, .state_load = state_load,
};

static void post(unsigned int from, unsigned int to,
		 const struct agree_message *m)
{
	struct letter *l = &queue[tail++ % QUEUE_MAX];

	if (tail - head > QUEUE_MAX)
		refuse("too many messages on their way");
	*l = (struct letter){ (uint16_t)from, (uint16_t)to, m->len, malloc(m->len) };
	if (!l->bytes)
		refuse("no memory");
	memcpy(l->bytes, m->bytes, m->len);
}

static void step(unsigned int i, const struct agree_event *event)
{
	static uint8_t journal[JOURNAL_KEPT];
	unsigned int j, to;

	agree_step(member[i].agree, event, now_ms, &update);
	/* What a write would read */
	for (size_t at = 0; at < update.journal_len; at += JOURNAL_KEPT)
		memcpy(journal, update.journal + at,
		       update.journal_len - at < JOURNAL_KEPT ?
		       update.journal_len - at : JOURNAL_KEPT);
	for (j = 0; j < update.message_nr; j++)
		for (to = 0; to < n; to++)
			if (to != i && (update.message[j].to == AGREE_ALL ||
					update.message[j].to == to))
				post(i, to, &update.message[j]);
	member[i].wake_ms = update.wake_ms;
}

static void create(unsigned int i, enum agree_mode mode, unsigned int batch)
{
	struct member *m = &member[i];
	const char *why = "";
	void *mem;

	m->config = (struct agree_config){
		.mode = mode, .n = (uint16_t)n, .self = (uint16_t)i,
		.domain = 1, .phase = 1, .clients = 1,
		.request_max = REQUEST_LEN, .pool_per_client = 2 * WAITING,
		.pool_total = 2 * WAITING, .batch_max = batch,
		.block_max = batch * (REQUEST_LEN + 64) + 4096, .heights = 64,
		.history = 256, .checkpoint_blocks = 1024,
		.snapshot_max = 65536, .segment_max = 32 << 20,
		.rotate_blocks = 1 << 20, .timeout_min_ms = 1000,
		.timeout_max_ms = 8000, .status_ms = 600000,
		.clock_skew_ms = 1000, .window = 4 * WAITING,
	};
	if (agree_config_check(&m->config, &why))
		refuse(why);
	mem = aligned_alloc(64, (agree_size(&m->config) + 63) & ~(size_t)63);
	if (!mem)
		refuse("no memory");
	m->agree = agree_init(mem, &m->config, &ops, m);
	step(i, &(struct agree_event){ .kind = AGREE_START, .formatted = true,
				       .nonce = i + 1 });
}

static void request(uint64_t counter)
{
	uint8_t bytes[REQUEST_LEN] = { 0 };
	unsigned int i;

	memcpy(bytes, &counter, sizeof(counter));
	for (i = 0; i < n; i++)
		step(i, &(struct agree_event){ .kind = AGREE_REQUEST,
					       .bytes = bytes, .len = sizeof(bytes) });
}

/* A letter, or, when there is none, time */
static void go_on(void)
{
	unsigned int i;

	if (head != tail) {
		struct letter *l = &queue[head++ % QUEUE_MAX];

		step(l->to, &(struct agree_event){ .kind = AGREE_MESSAGE,
						   .from = l->from,
						   .bytes = l->bytes, .len = l->len });
		free(l->bytes);
		return;
	}
	now_ms++;
	for (i = 0; i < n; i++)
		if (member[i].wake_ms <= now_ms)
			step(i, &(struct agree_event){ .kind = AGREE_TICK });
}

static uint64_t executed_by_all(void)
{
	uint64_t least = member[0].executed;
	unsigned int i;

	for (i = 1; i < n; i++)
		if (member[i].executed < least)
			least = member[i].executed;
	return least;
}

/* Until everybody has executed so many, all in all */
static void decide(uint64_t total, uint64_t waiting)
{
	static uint64_t sent;
	uint64_t done, idle = 0, before = 0;

	while ((done = executed_by_all()) < total) {
		while (sent < total && sent - done < waiting)
			request(++sent);
		go_on();
		idle = done == before ? idle + 1 : 0;
		before = done;
		if (idle > 1000000)
			refuse("nothing is decided");
	}
}

int main(int argc, char **argv)
{
	uint64_t events, warm, waiting;
	struct agree_stats before, after;
	unsigned int i, batch;
	enum agree_mode mode;

	if (argc != 5)
		refuse("usage: cluster byzantine|crash|centralized MEMBERS BATCH EVENTS");
	mode = !strcmp(argv[1], "byzantine") ? AGREE_BYZANTINE :
		!strcmp(argv[1], "crash") ? AGREE_CRASH : AGREE_CENTRALIZED;
	n = (unsigned int)strtoul(argv[2], NULL, 10);
	batch = (unsigned int)strtoul(argv[3], NULL, 10);
	events = strtoull(argv[4], NULL, 10);
	if (!n || n > AGREE_MEMBERS_MAX || !batch || batch > WAITING / 2)
		refuse("how many members, and how large a batch?");
	warm = 2 * batch + events / 10;
	waiting = 2 * batch;
	for (i = 0; i < n; i++)
		create(i, mode, batch);
	decide(warm, waiting);
	agree_stats(member[0].agree, &before);
	CALLGRIND_ZERO_STATS;
	decide(warm + events, waiting);
	agree_stats(member[0].agree, &after);
	printf("cluster events=%llu blocks=%llu dummies=%llu\n",
	       (unsigned long long)events,
	       (unsigned long long)(after.decided - before.decided),
	       (unsigned long long)after.dummies);
	return 0;
}
