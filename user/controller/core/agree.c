// SPDX-License-Identifier: GPL-2.0
/*
 * The front door of agreement (agree.h): memory, and one event in, one update
 * out.  What an event means is in the rooms of agree_state.h; the rules that
 * follow from state are applied here, until none applies any more.
 */
#include "agree_state.h"
#include "sha256.h"

void *carve_take(struct carve *c, size_t len)
{
	size_t at = c->used;

	c->used += (len + 63) / 64 * 64;
	return c->mem ? c->mem + at : NULL;
}

void digest_of(uint8_t out[AGREE_DIGEST_LEN], const uint8_t *bytes, size_t len)
{
	struct bls_sha256 s;

	bls_sha256_init(&s);
	bls_sha256_update(&s, bytes, len);
	bls_sha256_final(&s, out);
}

static void carve(struct agree *a, struct carve *c)
{
	const struct agree_config *config = &a->config;
	void *pool = carve_take(c, pool_size(config));
	void *executed = carve_take(c, executed_size(config));

	if (c->mem) {
		a->pool = pool_init(pool, config);
		a->executed = executed_init(executed, config);
	}
	a->batch = carve_take(c, config->batch_max * sizeof(*a->batch));
	slot_carve(a, c);
	body_carve(a, c);
	history_carve(a, c);
	tally_carve(a, c);
	checkpoint_carve(a, c);
	output_carve(a, c);
}

static void set_config(struct agree *a, const struct agree_config *config)
{
	memset(a, 0, sizeof(*a));
	a->config = *config;
	a->n = config->n;
	a->self = config->self;
	a->f = agree_faulty(config);
	a->q = agree_quorum(config);
	/* Alone there is nobody to convince. */
	a->is_signed = agree_signed(config) && config->n > 1;
}

size_t agree_size(const struct agree_config *config)
{
	struct agree a;
	struct carve c = { 0 };

	set_config(&a, config);
	carve_take(&c, sizeof(a));
	carve(&a, &c);
	return c.used;
}

struct agree *agree_init(void *mem, const struct agree_config *config,
			 const struct agree_ops *ops, void *ctx)
{
	struct carve c = { .mem = mem };
	struct agree *a = carve_take(&c, sizeof(*a));
	const char *why;

	assert(((uintptr_t)mem & 63) == 0);
	assert(agree_config_check(config, &why) == AGREE_OK);
	set_config(a, config);
	a->ops = ops;
	a->ctx = ctx;
	carve(a, &c);
	a->height = 1;
	a->round16 = 16;
	return a;
}

static enum agree_err message_receive(struct agree *a,
				      const struct agree_event *event)
{
	struct agree_packet *p = &a->packet;
	enum agree_err err, worst = AGREE_OK;
	struct vote vote;
	uint32_t i;

	if (event->from >= a->n || event->from == a->self)
		return AGREE_EMEMBER;
	err = message_decode(p, &a->config, event->bytes, event->len);
	if (err)
		return err;
	switch (p->type) {
	case AGREE_PROPOSE:
		return store_propose(a, event->from, p);
	case AGREE_VOTES:
		for (i = 0; i < p->count; i++) {
			message_vote(p, i, &vote);
			err = tally_vote(a, event->from, &vote);
			if (!worst)
				worst = err;
		}
		return worst;
	case AGREE_CERT:
		return seal_receive(a, event->from, &p->cert);
	case AGREE_RELAY:
		return request_relayed(a, p);
	case AGREE_FETCH:
		return fetch_answer(a, event->from, p);
	case AGREE_BLOCK:
		return store_block(a, p);
	case AGREE_STATUS:
		return catchup_status(a, event->from, &p->status);
	case AGREE_CHECKPOINT:
		for (i = 0; i < p->count; i++) {
			message_vote(p, i, &vote);
			err = checkpoint_vote(a, event->from, &vote);
			if (!worst)
				worst = err;
		}
		return worst;
	case AGREE_STABLE:
		return transfer_stable(a, event->from, p);
	case AGREE_WANT:
		return transfer_want(a, event->from, p);
	case AGREE_CHUNK:
		return transfer_chunk(a, event->from, p);
	}
	return AGREE_EFORMAT;
}

static enum agree_err handle(struct agree *a, const struct agree_event *event)
{
	switch (event->kind) {
	case AGREE_SNAPSHOT:
		assert(!a->started && !a->any_segment);
		return snapshot_restore(a, event->bytes, event->len);
	case AGREE_SEGMENT:
		assert(!a->started);
		return restart_segment(a, event->segment, event->bytes,
				       event->len);
	case AGREE_START:
		assert(!a->started);
		return restart_start(a, event);
	case AGREE_MESSAGE:
		assert(a->started);
		return message_receive(a, event);
	case AGREE_REQUEST:
		assert(a->started);
		return request_receive(a, event->bytes, event->len);
	case AGREE_TICK:
		assert(a->started);
		return AGREE_OK;
	}
	assert(!"an event of no kind");
	return AGREE_EFORMAT;
}

static void apply_rules(struct agree *a)
{
	unsigned int rounds = 0;

	pace_run(a);
	do {
		a->again = false;
		tally_run(a);
		chain_advance(a);
		decide_run(a);
		proposal_run(a);
		propose_run(a);
		if (++rounds == ROUNDS_MAX)
			a->more |= a->again;
	} while (a->again && rounds < ROUNDS_MAX);
	vote_send(a);
	recover_run(a);
	fetch_run(a);
	request_relay_run(a);
	transfer_run(a);
	catchup_run(a);
}

static uint64_t wake_of(const struct agree *a)
{
	uint64_t wake;

	if (a->more)
		return a->now_ms;
	wake = min64(pace_wake(a), propose_wake(a));
	wake = min64(wake, fetch_wake(a));
	wake = min64(wake, request_wake(a));
	wake = min64(wake, transfer_wake(a));
	wake = min64(wake, catchup_wake(a));
	wake = min64(wake, recover_wake(a));
	return max64(wake, a->now_ms);
}

/* What is late, early or known is nobody's fault. */
static bool is_refusal(enum agree_err err)
{
	switch (err) {
	case AGREE_OK:
	case AGREE_EDUPLICATE:
	case AGREE_EDECIDED:
	case AGREE_ESTALE:
	case AGREE_EFAR:
		return false;
	default:
		return true;
	}
}

void agree_step(struct agree *a, const struct agree_event *event,
		uint64_t now_ms, struct agree_update *update)
{
	assert(now_ms >= a->now_ms);
	a->now_ms = now_ms;
	a->steps++;
	a->more = false;
	a->seals_step = 0;
	a->executed_step = 0;
	output_synced(a, event->synced);
	output_begin(a, update);
	update->verdict = handle(a, event);
	a->stats.refused += is_refusal(update->verdict);
	if (a->started)
		apply_rules(a);
	output_end(a);
	update->wake_ms = a->started ? wake_of(a) : now_ms;
}

void agree_stats(const struct agree *a, struct agree_stats *stats)
{
	struct block_header next = { 0 };

	*stats = a->stats;
	stats->height = a->height;
	stats->decided = a->decided.height;
	memcpy(stats->decided_digest, a->decided_digest, AGREE_DIGEST_LEN);
	stats->checkpoint = a->checkpoint;
	chain_next(a, &next);
	stats->term = next.term;
	stats->leader = next.leader;
	stats->timeout_ms = (uint32_t)pace_timeout(a);
	stats->pool = pool_waiting(a->pool);
	stats->recovering = a->recovering || a->height <= a->vote_floor;
	stats->repairing = a->replayed > a->decided.height;
}

unsigned int agree_evidence(const struct agree *a,
			    const struct agree_evidence **evidence)
{
	*evidence = a->evidence;
	return a->evidence_nr;
}
