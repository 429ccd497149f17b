// SPDX-License-Identifier: GPL-2.0
/*
 * What became of each number, and its acknowledgement: rows under one signature, kept and
 * repeated until every controller has seen them or the order knows the floor (G7, G8).
 */
#include "agent_state.h"

#include "../../../lib/bls/sha256.h"

static struct ack *place_of(struct agent *a, uint64_t sequence)
{
	return &a->ack[sequence % a->config.acks_max];
}

struct ack *ack_of(struct agent *a, uint64_t sequence)
{
	struct ack *ack = place_of(a, sequence);

	return sequence && ack->sequence == sequence ? ack : NULL;
}

/* Those below have given their places to others. */
static uint64_t lowest(const struct agent *a)
{
	return a->top >= a->config.acks_max ?
	       a->top - a->config.acks_max + 1 : 1;
}

/* The first that the order may not know of */
static uint64_t unknown(const struct agent *a)
{
	uint64_t low = lowest(a);

	return a->told + 1 > low ? a->told + 1 : low;
}

bool ack_used(struct agent *a, uint64_t sequence)
{
	return sequence <= a->floor || ack_of(a, sequence);
}

void ack_put(struct agent *a, uint64_t sequence, unsigned int status,
	     const uint8_t *body, size_t len, enum ack_state state)
{
	struct ack *ack = place_of(a, sequence);
	struct bls_sha256 h;

	/* Who gave this number out knows that acks_max before it is done. */
	assert(sequence > a->floor && ack->sequence != sequence &&
	       sequence - a->floor <= a->config.acks_max);
	*ack = (struct ack){
		.sequence = sequence, .state = state,
		.status = (uint8_t)status,
	};
	if (status) {
		bls_sha256_init(&h);
		bls_sha256_update(&h, body, len);
		bls_sha256_final(&h, ack->body);
	}
	if (a->top < sequence)
		a->top = sequence;
	a->progress = true;
}

void ack_ready(struct agent *a)
{
	uint64_t before = a->floor;
	struct ack *ack;

	a->unflushed = true;
	while ((ack = ack_of(a, a->floor + 1)) && ack->state >= ACK_READY)
		a->floor++;
	if (a->floor != before)
		a->floor_ms = a->now_ms;
}

static void encode(struct agent *a, const struct ack *last, uint8_t *out)
{
	struct ctl_ack ack = {
		.dpid = a->config.dpid, .epoch = a->epoch,
		.phase = a->config.phase, .sequence = last->sequence,
		.count = last->count, .status = last->status,
	};
	size_t used;

	memcpy(ack.body, last->row, sizeof(ack.body));
	used = ctl_ack_encode(out, CTL_ACK_LEN + AGREE_SIG_LEN,
			      a->config.domain, &ack);
	assert(used == CTL_ACK_LEN);
	memcpy(out + used, last->sig, AGREE_SIG_LEN);
}

/* To one controller, or with @to n to all that have not seen it */
static void send(struct agent *a, struct ack *last, unsigned int to)
{
	uint8_t out[CTL_ACK_LEN + AGREE_SIG_LEN];
	unsigned int i;

	encode(a, last, out);
	for (i = 0; i < a->config.n; i++)
		if (a->peer[i].linked &&
		    (to == i || (to == a->config.n && !(last->seen >> i & 1))))
			a->ops->to_controller(a->ctx, i, out, sizeof(out));
}

static void schedule(struct agent *a, struct ack *last)
{
	last->next_ms = a->now_ms +
			((uint64_t)a->config.retransmit_ms << last->shift);
	if (last->shift < BACKOFF_MAX)
		last->shift++;
	a->ack_ms = min_ms(a->ack_ms, last->next_ms);
}

static void row_digest(struct agent *a, struct ack *last, uint64_t first)
{
	struct bls_sha256 h;
	uint64_t s;

	if (first == last->sequence) {
		memcpy(last->row, last->body, sizeof(last->row));
		return;
	}
	bls_sha256_init(&h);
	for (s = first; s <= last->sequence; s++)
		bls_sha256_update(&h, ack_of(a, s)->body, AGREE_DIGEST_LEN);
	bls_sha256_final(&h, last->row);
}

static void say_row(struct agent *a, uint64_t first, uint64_t end)
{
	struct ack *last = ack_of(a, end), *ack;
	uint8_t out[CTL_ACK_LEN + AGREE_SIG_LEN];
	uint64_t s;

	for (s = first; s <= end; s++) {
		ack = ack_of(a, s);
		ack->state = ACK_SAID;
		ack->behind = (uint32_t)(end - s);
	}
	if (!last->status)
		return;
	last->count = (uint32_t)(end - first + 1);
	row_digest(a, last, first);
	encode(a, last, out);
	a->ops->sign(a->ctx, last->sig, out, CTL_ACK_LEN);
	a->stats.acks++;
	last->said_ms = a->now_ms;
	send(a, last, a->config.n);
	schedule(a, last);
}

/*
 * What is ready, in rows of equal status.  Not over one that is not: controllers take an
 * acknowledgement for one of all before it (C2).  A gap is there only if updates are in no order.
 */
static void say_ready(struct agent *a)
{
	uint64_t s, first, low = lowest(a);
	const struct ack *ack, *next;
	bool waits = false;

	a->unflushed = false;
	for (s = a->unsaid > low ? a->unsaid : low; s <= a->top; s++) {
		ack = ack_of(a, s);
		if (ack && ack->state < ACK_READY)
			return;
		if (!ack) {
			waits |= s > a->floor;
		} else if (ack->state == ACK_READY) {
			for (first = s; s - first + 1 < ROW_MAX; s++) {
				next = ack_of(a, s + 1);
				if (!next || next->state != ACK_READY ||
				    next->status != ack->status)
					break;
			}
			say_row(a, first, s);
		}
		if (!waits)
			a->unsaid = s + 1;
	}
}

static void repeat(struct agent *a)
{
	uint32_t all = (uint32_t)((1ull << a->config.n) - 1);
	uint64_t s;
	struct ack *ack;

	a->ack_ms = TIME_NONE;
	for (s = unknown(a); s <= a->top; s++) {
		ack = ack_of(a, s);
		if (!ack || !ack->count || ack->seen == all)
			continue;
		if (ack->next_ms <= a->now_ms) {
			a->stats.acks_resent++;
			send(a, ack, a->config.n);
			schedule(a, ack);
		}
		a->ack_ms = min_ms(a->ack_ms, ack->next_ms);
	}
}

void ack_work(struct agent *a, bool flush)
{
	/* While other barriers are being answered, rows grow. */
	if (a->unflushed && (flush || !barrier_waits(a)))
		say_ready(a);
	if (a->ack_ms <= a->now_ms)
		repeat(a);
}

void ack_link(struct agent *a, unsigned int to)
{
	uint64_t s;
	struct ack *ack;

	for (s = unknown(a); s <= a->top; s++) {
		ack = ack_of(a, s);
		if (ack && ack->count && !(ack->seen >> to & 1)) {
			a->stats.acks_resent++;
			send(a, ack, to);
		}
	}
}

enum agent_err ack_seen(struct agent *a, unsigned int from,
			const struct ctl_to_switch *m)
{
	struct ack *ack = ack_of(a, m->sequence);

	if (m->phase != a->config.phase || !ack || !ack->count)
		return AGENT_ESTALE;
	ack->seen |= 1u << from;
	return AGENT_OK;
}

void ack_repeat(struct agent *a, unsigned int from, uint64_t sequence)
{
	struct ack *ack = ack_of(a, sequence);

	if (!ack || ack->state != ACK_SAID)
		return;
	ack = ack_of(a, sequence + ack->behind);
	/* Those that sign slower than a quorum have one on the way. */
	if (!ack || !ack->count ||
	    a->now_ms - ack->said_ms < a->config.retransmit_ms)
		return;
	a->stats.acks_resent++;
	send(a, ack, from);
}

uint64_t ack_wake(const struct agent *a)
{
	return a->unflushed ? a->now_ms : a->ack_ms;
}
