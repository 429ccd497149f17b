// SPDX-License-Identifier: GPL-2.0
/* Which configurations are possible: each limit, with its reason in words. */
#include "executed.h"
#include "journal.h"

enum {
	REQUEST_BYTES_MAX = 1 << 20,
	BLOCK_BYTES_MAX = 1 << 26,
	POOL_REQUESTS_MAX = 1 << 20,
	HEIGHTS_MIN = 64,
	HEIGHTS_MAX = 1 << 16,
	SEGMENT_BYTES_MIN = 1 << 12,
	SEGMENT_BYTES_MAX = 1 << 30,
	WINDOW_MAX = 1 << 16,
	TIME_MAX_MS = 600 * 1000,
};

static bool power_of_two(uint32_t v)
{
	return v && !(v & (v - 1));
}

static const char *check_members(const struct agree_config *c)
{
	switch (c->mode) {
	case AGREE_BYZANTINE:
		if (c->n < 4)
			return "n: byzantine needs 4 members or more";
		break;
	case AGREE_CRASH:
		if (c->n < 3)
			return "n: crash needs 3 members or more";
		break;
	case AGREE_CENTRALIZED:
		if (c->n != 1)
			return "n: centralized has one member";
		break;
	default:
		return "mode: byzantine, crash or centralized";
	}
	if (c->n > AGREE_MEMBERS_MAX)
		return "n: 32 members at most";
	if (c->self >= c->n)
		return "self: a member's number, below n";
	if (!c->phase)
		return "phase: from 1";
	return NULL;
}

static const char *check_requests(const struct agree_config *c)
{
	if (!c->clients || c->clients > AGREE_CLIENTS_MAX)
		return "clients: 1 .. 4096";
	if (!c->request_max || c->request_max > REQUEST_BYTES_MAX)
		return "request_max: 1 byte .. 1 MiB";
	if (!c->pool_total || c->pool_total > POOL_REQUESTS_MAX)
		return "pool_total: 1 .. 1048576 requests";
	if (!c->pool_per_client || c->pool_per_client > c->pool_total)
		return "pool_per_client: 1 .. pool_total";
	if (!c->batch_max || c->batch_max > AGREE_FETCH_MAX)
		return "batch_max: 1 .. 1024 requests, which one FETCH can ask for";
	if (c->block_max > BLOCK_BYTES_MAX)
		return "block_max: 64 MiB at most";
	if (c->block_max < AGREE_BLOCK_LEN + AGREE_ENTRY_LEN + c->request_max)
		return "block_max: room for a header and one request of request_max";
	if (c->inline_max > c->request_max)
		return "inline_max: request_max at most";
	if (!c->window || c->window % 64 || c->window > WINDOW_MAX)
		return "window: a multiple of 64, 65536 at most";
	/* R13: all that a client may have waiting can be executed in any order. */
	if (c->pool_per_client > c->window / 2)
		return "window: twice pool_per_client at least";
	return NULL;
}

static const char *check_memory(const struct agree_config *c)
{
	if (!power_of_two(c->heights) || c->heights < HEIGHTS_MIN ||
	    c->heights > HEIGHTS_MAX)
		return "heights: a power of two, 64 .. 65536";
	if (!power_of_two(c->history) || c->history > HEIGHTS_MAX)
		return "history: a power of two, 65536 at most";
	if (!c->checkpoint_blocks)
		return "checkpoint_blocks: 1 or more";
	if (c->snapshot_max > (uint32_t)AGREE_CHUNKS_MAX * AGREE_CHUNK_LEN)
		return "snapshot_max: 32 MiB at most, 1024 chunks";
	if (c->snapshot_max <= executed_save_max(c))
		return "snapshot_max: more than the executed ids of all clients";
	if (c->segment_max < SEGMENT_BYTES_MIN ||
	    c->segment_max > SEGMENT_BYTES_MAX)
		return "segment_max: 4 KiB .. 1 GiB";
	return NULL;
}

static const char *check_times(const struct agree_config *c)
{
	if (!c->rotate_blocks)
		return "rotate_blocks: 1 or more";
	if (!c->timeout_min_ms || c->timeout_min_ms > c->timeout_max_ms)
		return "timeout_min_ms: 1 .. timeout_max_ms";
	if (c->timeout_max_ms > TIME_MAX_MS)
		return "timeout_max_ms: ten minutes at most";
	if (c->linger_ms >= c->timeout_min_ms)
		return "linger_ms: less than timeout_min_ms";
	if (!c->status_ms || c->status_ms > TIME_MAX_MS)
		return "status_ms: 1 ms .. ten minutes";
	if (c->clock_skew_ms > TIME_MAX_MS)
		return "clock_skew_ms: ten minutes at most";
	return NULL;
}

enum agree_err agree_config_check(const struct agree_config *config,
				  const char **why)
{
	*why = check_members(config);
	if (!*why)
		*why = check_requests(config);
	if (!*why)
		*why = check_memory(config);
	if (!*why)
		*why = check_times(config);
	return *why ? AGREE_ECONFIG : AGREE_OK;
}
