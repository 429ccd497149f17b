// SPDX-License-Identifier: GPL-2.0
/* See fixture.h. */
#include <assert.h>
#include "fixture.h"
#include "sha256.h"
#include "test.h"

enum { REQUEST_LEN = 64, STATE_LEN = 48 };

static void hash(uint8_t out[32], const void *a, size_t a_len, const void *b,
		 size_t b_len)
{
	struct bls_sha256 s;

	bls_sha256_init(&s);
	bls_sha256_update(&s, a, a_len);
	bls_sha256_update(&s, b, b_len);
	bls_sha256_final(&s, out);
}

static void put64(uint8_t *out, uint64_t v)
{
	memcpy(out, &v, sizeof(v));
}

static uint64_t get64(const uint8_t *in)
{
	uint64_t v;

	memcpy(&v, in, sizeof(v));
	return v;
}

/* Nobody in a test forges it: a digest that knows its member. */
static void stub_sign(uint8_t sig[AGREE_SIG_LEN], unsigned int member,
		      const uint8_t *bytes, size_t len)
{
	uint8_t key[16] = "member";

	key[8] = (uint8_t)member;
	hash(sig, key, sizeof(key), bytes, len);
	hash(sig + 32, sig, 32, key, sizeof(key));
}

static void op_sign(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		    const uint8_t *bytes, size_t len)
{
	struct fixture_node *node = ctx;

	node->signed_nr++;
	stub_sign(sig, node->self, bytes, len);
}

static bool op_verify(void *ctx, unsigned int member, const uint8_t *bytes,
		      size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct fixture_node *node = ctx;
	uint8_t right[AGREE_SIG_LEN];

	node->verified++;
	stub_sign(right, member, bytes, len);
	return !memcmp(right, sig, AGREE_SIG_LEN);
}

size_t fixture_request(uint8_t out[128], uint32_t client, uint64_t epoch,
		       uint64_t counter)
{
	memset(out, 0x5a, REQUEST_LEN);
	memcpy(out, &client, 4);
	put64(out + 4, epoch);
	put64(out + 12, counter);
	return REQUEST_LEN;
}

static enum agree_err op_request(void *ctx, const uint8_t *bytes, size_t len,
				 struct request_id *id)
{
	(void)ctx;
	if (len != REQUEST_LEN || bytes[REQUEST_LEN - 1] != 0x5a)
		return AGREE_EREQUEST;
	memcpy(&id->client, bytes, 4);
	id->epoch = get64(bytes + 4);
	id->counter = get64(bytes + 12);
	return AGREE_OK;
}

/* All members execute the same, in the same order. */
static void op_execute(void *ctx, const struct agree_decided *d)
{
	struct fixture_node *node = ctx;
	struct fixture *f = node->fixture;
	uint64_t nr = node->executed++;

	hash(node->state, node->state, 32, d->request, d->len);
	assert(nr < FIXTURE_ORDER_MAX);
	if (nr == f->order_nr) {
		memcpy(f->order[nr], node->state, 32);
		f->order_nr++;
	}
	if (memcmp(f->order[nr], node->state, 32)) {
		printf("# member %u executes something else at %llu\n",
		       node->self, (unsigned long long)nr);
		abort();
	}
}

static void op_block_end(void *ctx, uint64_t height, uint64_t time_ms)
{
	struct fixture_node *node = ctx;

	(void)height;
	(void)time_ms;
	node->blocks++;
}

static size_t op_save(void *ctx, uint8_t *out, size_t room)
{
	struct fixture_node *node = ctx;

	assert(room >= STATE_LEN);
	put64(out, node->executed);
	put64(out + 8, node->blocks);
	memcpy(out + 16, node->state, 32);
	return STATE_LEN;
}

static bool op_load(void *ctx, const uint8_t *in, size_t len)
{
	struct fixture_node *node = ctx;

	if (len != STATE_LEN)
		return false;
	node->executed = get64(in);
	node->blocks = get64(in + 8);
	memcpy(node->state, in + 16, 32);
	return true;
}

static bool op_buggify(void *ctx, enum agree_buggify what)
{
	struct fixture_node *node = ctx;

	return node->fixture->buggify && node->fixture->buggify(node, what);
}

static const struct agree_ops ops = {
	.sign = op_sign,
	.verify = op_verify,
	.request_check = op_request,
	.request_id = op_request,
	.execute = op_execute,
	.block_end = op_block_end,
	.state_save = op_save,
	.state_load = op_load,
	.buggify = op_buggify,
};

void fixture_sign(const struct fixture *f, unsigned int member,
		  struct vote *vote)
{
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];

	vote_statement(statement, &f->config, vote);
	stub_sign(vote->sig, member, statement, sizeof(statement));
}

struct agree_config fixture_config(enum agree_mode mode, unsigned int n)
{
	struct agree_config c = {
		.mode = mode, .n = (uint16_t)n, .domain = 7, .phase = 1,
		.clients = 4, .request_max = 128,
		.pool_per_client = 256, .pool_total = 1024,
		.batch_max = 16, .block_max = 4096, .linger_ms = 0,
		.inline_max = 0, .heights = 64, .history = 64,
		.checkpoint_blocks = 1000, .snapshot_max = 65536,
		.segment_max = 1 << 16, .rotate_blocks = 1000000,
		.timeout_min_ms = 100, .timeout_max_ms = 1000,
		.status_ms = 1000, .clock_skew_ms = 50, .window = 1024,
	};

	return c;
}

struct fixture *fixture_new(const struct agree_config *config)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *why;
	unsigned int i;

	if (!f || config->n > FIXTURE_MEMBERS)
		abort();
	f->config = *config;
	f->n = config->n;
	f->delay_ms = 1;
	f->now_ms = 1000000;
	if (agree_config_check(&f->config, &why)) {
		printf("# %s\n", why);
		abort();
	}
	for (i = 0; i < f->n; i++) {
		struct fixture_node *node = &f->node[i];

		node->fixture = f;
		node->self = (uint16_t)i;
		node->formatted = true;
		node->agree = test_alloc(agree_size(config));
	}
	for (i = 0; i < f->n; i++)
		fixture_boot(f, i);
	return f;
}

static void forget_storage(struct fixture_node *node)
{
	unsigned int i;

	for (i = 0; i < node->segment_nr; i++)
		free(node->segment[i].bytes);
	node->segment_nr = 0;
	free(node->snapshot);
	node->snapshot = NULL;
}

void fixture_free(struct fixture *f)
{
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		struct fixture_node *node = &f->node[i];

		forget_storage(node);
		while (node->said) {
			struct fixture_said *next = node->said->next;

			free(node->said);
			node->said = next;
		}
		free(node->agree);
	}
	while (f->queue_nr)
		free(f->queue[--f->queue_nr].bytes);
	free(f->queue);
	free(f);
}

static struct fixture_said *said_of(struct fixture_node *node, uint64_t height)
{
	struct fixture_said *s = node->said;

	while (s && s->height != height)
		s = s->next;
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->height = height;
	s->next = node->said;
	node->said = s;
	return s;
}

/* Said once, for ever; @kind 0: a proposal */
static void say(struct fixture_node *node, unsigned int kind, uint64_t height,
		const uint8_t *digest)
{
	struct fixture_said *s = said_of(node, height);

	if ((s->said[kind] && memcmp(s->digest[kind], digest, 32)) ||
	    (kind == VOTE_DUMMY && s->said[VOTE_FINALIZE]) ||
	    (kind == VOTE_FINALIZE && s->said[VOTE_DUMMY])) {
		printf("# member %u contradicts itself, kind %u, at %llu\n",
		       node->self, kind, (unsigned long long)height);
		abort();
	}
	s->said[kind] = true;
	memcpy(s->digest[kind], digest, 32);
}

/* A5: the message leaves, and so what it says stands. */
static void check_message(struct fixture_node *node, const uint8_t *bytes,
			size_t len)
{
	static struct agree_packet p;
	struct vote v;
	uint32_t i;

	if (message_decode(&p, &node->fixture->config, bytes, len)) {
		printf("# member %u sends a malformed message\n", node->self);
		abort();
	}
	node->fixture->sent[p.type]++;
	for (i = 0; p.type == AGREE_VOTES && i < p.count; i++) {
		message_vote(&p, i, &v);
		say(node, v.kind, v.height, v.digest);
	}
	if (p.type == AGREE_PROPOSE) {
		uint8_t digest[AGREE_DIGEST_LEN];

		block_digest(digest, &node->fixture->config, &p.block);
		say(node, 0, p.block.height, digest);
	}
}


static void enqueue(struct fixture *f, unsigned int from, unsigned int to,
		    const uint8_t *bytes, size_t len)
{
	struct fixture_message *m;

	if (f->loss_percent && test_below(100) < f->loss_percent)
		return;
	if (f->queue_nr == f->queue_room) {
		f->queue_room = f->queue_room * 2 + 64;
		f->queue = realloc(f->queue, f->queue_room * sizeof(*m));
		if (!f->queue)
			abort();
	}
	m = &f->queue[f->queue_nr];
	m->from = (uint16_t)from;
	m->to = (uint16_t)to;
	m->serial = f->serial++;
	m->at_ms = f->now_ms + f->delay_ms;
	if (f->jitter_ms)
		m->at_ms += test_below(f->jitter_ms + 1);
	m->bytes = test_copy(bytes, len);
	m->len = len;
	if (f->filter && !f->filter(f, m)) {
		free(m->bytes);
		return;
	}
	f->queue_nr++;
}

static void send(struct fixture *f, unsigned int from,
		 const struct agree_message *m)
{
	unsigned int to, times = 1;

	if (f->twice_percent && test_below(100) < f->twice_percent)
		times = 2;
	for (; times; times--)
		for (to = 0; to < f->n; to++)
			if (to != from && (m->to == AGREE_ALL || m->to == to))
				enqueue(f, from, to, m->bytes, m->len);
}

static void send_all(struct fixture *f, struct fixture_node *node, bool early)
{
	const struct agree_update *u = &node->update;
	unsigned int i;

	for (i = 0; i < u->message_nr; i++) {
		if (early && !u->message[i].early)
			continue;
		check_message(node, u->message[i].bytes, u->message[i].len);
		send(f, node->self, &u->message[i]);
	}
}

static void write_storage(struct fixture_node *node)
{
	const struct agree_update *u = &node->update;
	struct fixture_segment *s;
	unsigned int i, kept = 0;

	if (u->new_segment) {
		assert(node->segment_nr < FIXTURE_SEGMENTS);
		s = &node->segment[node->segment_nr++];
		memset(s, 0, sizeof(*s));
		s->number = u->journal_segment;
		assert(node->segment_nr == 1 || s[-1].number + 1 == s->number);
	}
	if (u->journal_len) {
		s = &node->segment[node->segment_nr - 1];
		assert(node->segment_nr && s->number == u->journal_segment);
		s->bytes = realloc(s->bytes, s->len + u->journal_len);
		if (!s->bytes)
			abort();
		memcpy(s->bytes + s->len, u->journal, u->journal_len);
		s->len += u->journal_len;
		node->batches++;
	}
	if (u->snapshot) {
		free(node->snapshot);
		node->snapshot = test_copy(u->snapshot, u->snapshot_len);
		node->snapshot_len = u->snapshot_len;
	}
	for (i = 0; i < node->segment_nr; i++) {
		if (node->segment[i].number < u->drop_below)
			free(node->segment[i].bytes);
		else
			node->segment[kept++] = node->segment[i];
	}
	node->segment_nr = kept;
}

static enum agree_err step(struct fixture *f, struct fixture_node *node,
			   const struct agree_event *event)
{
	struct agree_event e = *event;
	struct agree_update *u = &node->update;
	bool synced = true;

	/* Every update is durable before the next step here. */
	e.synced = node->steps++;
	agree_step(node->agree, &e, f->now_ms, u);
	node->wake_ms = u->wake_ms;
	if (f->survives && !f->survives(f, node, &synced)) {
		if (synced)
			write_storage(node);
		send_all(f, node, true);
		node->up = false;
		return u->verdict;
	}
	write_storage(node);
	send_all(f, node, false);
	return u->verdict;
}

void fixture_boot(struct fixture *f, unsigned int i)
{
	struct fixture_node *node = &f->node[i];
	struct agree_config c = f->config;
	struct agree_event e = { .kind = AGREE_SNAPSHOT };
	unsigned int s, nr = node->segment_nr;
	enum agree_err err;

	assert(!node->up);
	c.self = node->self;
	node->steps = 0;
	node->executed = 0;
	node->blocks = 0;
	memset(node->state, 0, sizeof(node->state));
	agree_init(node->agree, &c, &ops, node);
	node->up = true;
	if (node->snapshot) {
		e.bytes = node->snapshot;
		e.len = node->snapshot_len;
		err = step(f, node, &e);
		if (err)
			printf("# snapshot: %s\n", agree_err_text(err));
	}
	for (s = 0; s < nr; s++) {
		e.kind = AGREE_SEGMENT;
		e.segment = node->segment[s].number;
		e.bytes = node->segment[s].bytes;
		e.len = node->segment[s].len;
		err = step(f, node, &e);
		if (err)
			printf("# segment: %s\n", agree_err_text(err));
	}
	memset(&e, 0, sizeof(e));
	e.kind = AGREE_START;
	e.formatted = node->formatted;
	e.nonce = ++f->nonce;
	step(f, node, &e);
}

void fixture_crash(struct fixture *f, unsigned int i)
{
	f->node[i].up = false;
}

void fixture_wipe(struct fixture *f, unsigned int i)
{
	f->node[i].up = false;
	forget_storage(&f->node[i]);
	f->node[i].formatted = false;
}

enum agree_err fixture_submit(struct fixture *f, unsigned int i,
			      const uint8_t *bytes, size_t len)
{
	struct agree_event e = {
		.kind = AGREE_REQUEST, .bytes = bytes, .len = len,
	};

	return step(f, &f->node[i], &e);
}

void fixture_submit_all(struct fixture *f)
{
	uint8_t bytes[128];
	size_t len = fixture_request(bytes, 0, 1, ++f->counter);
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (f->node[i].up)
			fixture_submit(f, i, bytes, len);
}

enum agree_err fixture_inject(struct fixture *f, unsigned int from,
			      unsigned int to, const uint8_t *bytes,
			      size_t len)
{
	struct agree_event e = {
		.kind = AGREE_MESSAGE, .from = (uint16_t)from,
		.bytes = bytes, .len = len,
	};

	return step(f, &f->node[to], &e);
}

bool fixture_next(struct fixture *f, uint64_t until_ms)
{
	uint64_t at = UINT64_MAX;
	size_t i, first = f->queue_nr;
	unsigned int n, sleeper = f->n;
	struct agree_event tick = { .kind = AGREE_TICK };

	for (i = 0; i < f->queue_nr; i++)
		if (f->queue[i].at_ms < at ||
		    (f->queue[i].at_ms == at &&
		     f->queue[i].serial < f->queue[first].serial)) {
			at = f->queue[i].at_ms;
			first = i;
		}
	for (n = 0; n < f->n; n++)
		if (f->node[n].up && f->node[n].wake_ms < at) {
			at = f->node[n].wake_ms;
			sleeper = n;
		}
	if (at > until_ms || at == UINT64_MAX) {
		if (until_ms > f->now_ms)
			f->now_ms = until_ms;
		return false;
	}
	if (at > f->now_ms)
		f->now_ms = at;
	if (sleeper < f->n) {
		step(f, &f->node[sleeper], &tick);
	} else {
		struct fixture_message m = f->queue[first];

		f->queue[first] = f->queue[--f->queue_nr];
		if (f->node[m.to].up)
			fixture_inject(f, m.from, m.to, m.bytes, m.len);
		free(m.bytes);
	}
	return true;
}

void fixture_run(struct fixture *f, uint64_t ms)
{
	uint64_t until = f->now_ms + ms;

	while (fixture_next(f, until))
		;
}

bool fixture_run_until(struct fixture *f, uint64_t nr, uint64_t ms)
{
	uint64_t until = f->now_ms + ms;
	unsigned int i;

	for (;;) {
		for (i = 0; i < f->n; i++)
			if (f->node[i].up && f->node[i].executed < nr)
				break;
		if (i == f->n)
			return true;
		if (!fixture_next(f, until))
			return false;
	}
}

bool fixture_equal(struct fixture *f)
{
	const struct fixture_node *first = NULL;
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		const struct fixture_node *node = &f->node[i];

		if (!node->up)
			continue;
		if (first && (node->executed != first->executed ||
			      memcmp(node->state, first->state, 32)))
			return false;
		first = node;
	}
	return first;
}

struct agree_stats fixture_stats(struct fixture *f, unsigned int i)
{
	struct agree_stats s;

	agree_stats(f->node[i].agree, &s);
	return s;
}
