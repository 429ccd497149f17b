// SPDX-License-Identifier: GPL-2.0
/*
 * A leader that is slow on purpose, just under the timeout, or leaves somebody
 * out (R15).  Judged at every SLOW_BLOCKS-th block of its term, so that all who find
 * it slow vote for the same dummy.
 */
#include "agree_state.h"

/* When the oldest of its requests came here.  false: none did */
static bool oldest_of(struct agree *a, const struct slot *s, uint64_t *since_ms)
{
	const struct body *b = s->block.body;
	bool any = false;
	uint32_t i;

	for (i = 0; b && i < b->nr; i++) {
		struct pool_request *r = pool_find(a->pool,
						   b->entry[i].digest);

		if (r && (!any || r->since_ms < *since_ms)) {
			*since_ms = r->since_ms;
			any = true;
		}
	}
	return any;
}

bool slow_full(const struct agree *a, const struct slot *s)
{
	const struct body *b = s->block.body;

	return b && (b->nr == a->config.batch_max ||
		     b->len + AGREE_BLOCK_LEN + AGREE_ENTRY_LEN +
		     a->config.request_max > a->config.block_max);
}

/* A valid proposal is here, and we are about to vote for it. */
void slow_sample(struct agree *a, const struct slot *s)
{
	const struct block_header *h = &s->block.header;
	uint64_t since_ms = 0, delay;

	if (h->term != a->slow_term || !h->run) {
		a->slow_term = h->term;
		a->slow_nr = 0;
		a->slow_full = 0;
		memset(a->slow_height, 0, sizeof(a->slow_height));
	}
	a->slow_height[h->run % SLOW_BLOCKS] = s->height;
	if (slow_full(a, s))
		a->slow_full = h->run + 1;
	if (!oldest_of(a, s, &since_ms))
		return;
	delay = a->now_ms - max64(a->entered_ms, since_ms);
	a->slow_delay_ms[a->slow_nr++ % SLOW_BLOCKS] =
		(uint32_t)min64(delay, UINT32_MAX / SLOW_BLOCKS);
}

static bool is_late(const struct agree *a)
{
	uint64_t sum = 0;
	unsigned int i;

	if (a->slow_nr < SLOW_BLOCKS)
		return false;
	for (i = 0; i < SLOW_BLOCKS; i++)
		sum += a->slow_delay_ms[i];
	/* round16 is the average round times 16, the number of samples. */
	return sum > 4 * (uint64_t)a->round16 +
		     SLOW_BLOCKS * (10 + (uint64_t)a->config.linger_ms);
}

/* Requests count from when they were relayed: before, the leader may not have known them. */
static bool leaves_out(const struct agree *a, uint32_t run)
{
	const struct pool_request *oldest = pool_oldest(a->pool);
	uint64_t before;

	if (!oldest || !oldest->relayed_ms || run < LEFT_OUT_BLOCKS ||
	    a->slow_full + LEFT_OUT_BLOCKS > run)
		return false;
	before = a->slow_height[(run - LEFT_OUT_BLOCKS) % SLOW_BLOCKS];
	return before && oldest->since_height <= before;
}

void slow_judge(struct agree *a)
{
	const struct block_header *tip = chain_header(a, a->tip);
	struct block_header next;

	a->slow = false;
	if (!tip || !chain_next(a, &next) || next.leader == a->self ||
	    next.term != tip->term || next.term != a->slow_term ||
	    (tip->run + 1) % SLOW_BLOCKS || a->tip + 1 != a->height)
		return;
	a->slow = is_late(a) || leaves_out(a, tip->run);
	a->stats.slow_leaders += a->slow;
}
