// SPDX-License-Identifier: GPL-2.0
/*
 * Requests on their way into the pool, from clients and from members; and those
 * that wait too long, to all (R6): their client may have told only us.
 */
#include "agree_state.h"

/* Relayed in one half of a timeout at most */
enum { RELAY_MAX = 64, RELAY_LEN_MAX = 65536 };

/* Of use, if it is what it says? */
static enum agree_err look(struct agree *a, const struct request_id *id,
			   bool needed)
{
	if (id->client >= a->config.clients)
		return AGREE_ECLIENT;
	switch (executed_look(a->executed, id)) {
	case EXECUTED_DONE:
		return needed ? AGREE_OK : AGREE_EDECIDED;
	case EXECUTED_AHEAD:
		return needed ? AGREE_OK : AGREE_EFAR;
	case EXECUTED_NEW:
		break;
	}
	return AGREE_OK;
}

static enum agree_err take(struct agree *a, const uint8_t *bytes, size_t len,
			   const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct request_id id;
	enum agree_err err;
	bool needed;

	/* Cheap before dear: a known one costs no signature. */
	if (pool_find(a->pool, digest))
		return AGREE_EDUPLICATE;
	needed = body_lacks(a, digest);
	if (a->ops->request_id) {
		err = a->ops->request_id(a->ctx, bytes, len, &id);
		if (!err)
			err = look(a, &id, needed);
		if (err)
			return err;
	}
	err = a->ops->request_check(a->ctx, bytes, len, &id);
	if (!err)
		err = look(a, &id, needed);
	if (err)
		return err;
	err = pool_add(a->pool, &id, digest, bytes, len, a->now_ms, a->height,
		       needed);
	if (err == AGREE_EFULL) {
		decide_sweep(a);
		err = pool_add(a->pool, &id, digest, bytes, len, a->now_ms,
			       a->height, needed);
	}
	if (err)
		return err;
	body_arrived(a, digest);
	a->again = true;
	return AGREE_OK;
}

enum agree_err request_receive(struct agree *a, const uint8_t *bytes,
			       size_t len)
{
	uint8_t digest[AGREE_DIGEST_LEN];

	if (!len || len > a->config.request_max)
		return AGREE_EREQUEST;
	digest_of(digest, bytes, len);
	return take(a, bytes, len, digest);
}

enum agree_err request_relayed(struct agree *a, const struct agree_packet *p)
{
	enum agree_err err, worst = AGREE_OK;
	struct block_entry entry;
	size_t at = 0;

	while (message_entry(p, &at, &entry)) {
		err = take(a, entry.bytes, entry.len, entry.digest);
		/* A correct member relays nothing that it did not check itself. */
		if (err == AGREE_EREQUEST || err == AGREE_ESIGNATURE)
			return err;
		if (!worst)
			worst = err;
	}
	return worst;
}

/* Is the leader stuck?  Then all must know that there is work. */
static bool is_stuck(const struct agree *a, uint64_t half_ms)
{
	return a->now_ms >= a->entered_ms + half_ms;
}

/*
 * Waits so long that the leader may not have it: nothing passes, or a block that
 * came well after it had room left; or for very long.  When all are busy, waiting
 * itself means nothing.
 */
static bool is_due(const struct agree *a, const struct pool_request *r,
		   uint64_t half_ms)
{
	uint64_t last_ms = max64(r->relayed_ms, r->since_ms);

	if (r->proposed || a->now_ms < last_ms + half_ms)
		return false;
	if (r->relayed_ms && a->now_ms < r->relayed_ms + 4 * half_ms)
		return false;
	return is_stuck(a, half_ms) || a->spare_ms >= r->since_ms + half_ms ||
	       a->now_ms >= last_ms + 8 * half_ms;
}

static unsigned int relay_to(const struct agree *a, uint64_t half_ms)
{
	unsigned int leader = chain_leader(a);

	return is_stuck(a, half_ms) || leader == a->n || leader == a->self ?
	       AGREE_ALL : leader;
}

void request_relay_run(struct agree *a)
{
	uint64_t half_ms = max64(pace_timeout(a) / 2, 1);
	size_t len = 0, room = min64(a->config.block_max, RELAY_LEN_MAX);
	struct pool_request *r = NULL;
	struct message_writer *w = NULL;
	uint32_t nr = 0;

	if (a->n == 1 || a->now_ms < request_wake(a))
		return;
	chain_mark(a);
	room = max64(room, AGREE_ENTRY_LEN + a->config.request_max);
	while ((r = pool_next(a->pool, r)) &&
	       nr < min64(a->config.batch_max, RELAY_MAX)) {
		struct block_entry entry = { .bytes = r->bytes, .len = r->len };

		if (!is_due(a, r, half_ms))
			continue;
		if (len + AGREE_ENTRY_LEN + r->len > room)
			break;
		if (!w) {
			if (!output_bulk(a, AGREE_HEADER_LEN + room))
				break;
			w = output_message(a, AGREE_RELAY);
		}
		message_put_entry(w, &entry);
		len += AGREE_ENTRY_LEN + r->len;
		if (!r->relayed_ms)
			r->since_height = a->height;
		r->relayed_ms = max64(a->now_ms, 1);
		nr++;
	}
	if (w)
		output_send(a, relay_to(a, half_ms), true);
	a->relay_ms = a->now_ms + (nr ? half_ms : max64(half_ms / 2, 1));
}

uint64_t request_wake(const struct agree *a)
{
	const struct pool_request *oldest = pool_oldest(a->pool);

	if (a->n == 1)
		return UINT64_MAX;
	if (!oldest)
		return a->remark && pool_waiting(a->pool) ? a->relay_ms :
							    UINT64_MAX;
	return max64(a->relay_ms,
		     oldest->since_ms + max64(pace_timeout(a) / 2, 1));
}
