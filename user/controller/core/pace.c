// SPDX-License-Identifier: GPL-2.0
/* The timer of a height (R6), and how long it is (R16). */
#include "agree_state.h"

enum { DOUBLINGS_MAX = 16 };

uint64_t pace_timeout(const struct agree *a)
{
	uint64_t min = a->config.timeout_min_ms, max = a->config.timeout_max_ms;
	uint64_t t = (uint64_t)a->round16 * 8 / 16;

	t = t < min ? min : min64(t, max);
	t <<= min64(a->in_vain, DOUBLINGS_MAX);
	return min64(t, max * 8);
}

void pace_recount(struct agree *a)
{
	uint64_t h;

	a->in_vain = 0;
	for (h = a->decided.height + 1; h < a->height; h++) {
		const struct slot *s = slot_find(a, h);

		a->in_vain += s && (s->dummy.have || s->cast[VOTE_DUMMY]);
	}
}

static uint64_t half(const struct agree *a)
{
	return max64(pace_timeout(a) / 2, 1);
}

static bool has_work(const struct agree *a)
{
	return pool_waiting(a->pool) || a->tip > a->decided.height || a->owed;
}

static uint64_t start_of(const struct agree *a)
{
	return max64(a->entered_ms, a->work_ms);
}

void pace_enter(struct agree *a)
{
	a->entered_ms = a->now_ms;
	a->retry_ms = 0;
	a->expired = false;
	slow_judge(a);
}

void pace_voted(struct agree *a, struct slot *s)
{
	s->voted_ms = a->now_ms;
}

/* The time from our vote to the quorum's: a moving average over about eight */
void pace_notarized(struct agree *a, struct slot *s)
{
	uint64_t sample, max = (uint64_t)a->config.timeout_max_ms * 16;
	int64_t change;

	if (a->tip == a->decided.height)
		a->await_ms = a->now_ms;
	if (!s->voted_ms || s->height != a->height)
		return;
	sample = min64((a->now_ms - s->voted_ms) * 16, max);
	change = ((int64_t)sample - (int64_t)a->round16) / 8;
	a->round16 = (uint32_t)((int64_t)a->round16 + change);
}

/* What was lost on the way, or with the memory of its receiver, comes again (R14). */
static void retry(struct agree *a)
{
	const struct slot *tip = slot_find(a, a->tip);

	vote_resend(a, AGREE_ALL);
	if (a->n == 1)
		return;
	if (tip && tip->note.have) {
		seal_to_cert(a, &tip->note, VOTE_NOTARIZE, a->tip, &a->cert);
		message_put_cert(output_message(a, AGREE_CERT), &a->config,
				 &a->cert);
		output_send(a, AGREE_ALL, false);
	}
	catchup_send(a, AGREE_ALL, catchup_next(a));
}

static void expire(struct agree *a)
{
	struct slot *s = slot_get(a, a->height);

	/* R18: above the last height there is none, so it is better not passed in vain. */
	if (!s || s->cast[VOTE_DUMMY] || s->cast[VOTE_FINALIZE] ||
	    !vote_allowed(a, a->height) ||
	    a->height == a->decided.height + a->config.heights) {
		a->expired = true;
		return;
	}
	if (!vote_room(a)) {
		a->more = true;
		return;
	}
	a->expired = true;
	a->stats.timeouts++;
	vote_cast(a, s, VOTE_DUMMY);
}

/* Not so often that the memory for heights is used up (R18) */
static bool is_early(struct agree *a)
{
	return a->height < a->decided.height + a->config.heights / 4 &&
	       buggify(a, AGREE_BUGGIFY_EARLY_TIMEOUT);
}

void pace_run(struct agree *a)
{
	bool work = has_work(a);
	uint64_t start;

	if (work && !a->working) {
		a->work_ms = a->now_ms;
		a->retry_ms = 0;
		a->expired = false;
	}
	a->working = work;
	if (!work)
		return;
	start = start_of(a);
	if (a->now_ms >= max64(start + half(a), a->retry_ms)) {
		decide_sweep(a);
		a->working = has_work(a);
		if (!a->working)
			return;
		retry(a);
		a->retry_ms = a->now_ms + half(a);
	}
	if (!a->expired &&
	    (a->now_ms >= start + pace_timeout(a) || a->slow || is_early(a)))
		expire(a);
}

uint64_t pace_wake(const struct agree *a)
{
	uint64_t start = start_of(a), wake;

	/* Work that came in this step is seen at the next one. */
	if (!a->working)
		return has_work(a) ? a->now_ms : UINT64_MAX;
	wake = max64(start + half(a), a->retry_ms);
	if (!a->expired)
		wake = min64(wake, start + pace_timeout(a));
	return wake;
}
