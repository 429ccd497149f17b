/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Executes the core's updates in the order that agree.h demands, for many steps
 * at a time: the updates of one turn of the loop share one sync.
 *
 * In a turn journals are appended as they come, and what may not leave yet is held.
 * The turn ends before the loop sleeps, or after some time: early messages go out,
 * then one sync, then what was held, then everything is flushed at once.
 *
 * The sync is done here and not by another thread: waking one up and being woken
 * costs as much as a sync.
 *
 * It knows struct agree_update, and not whether agree_step() or a layer above made it.
 */
#ifndef SHELL_DRIVER_H
#define SHELL_DRIVER_H

#include <uv.h>

#include "../core/agree.h"
#include "storage.h"

enum {
	DRIVER_TURN_NS = 1000 * 1000,	/* of a turn; if syncs take long, twice as long as they */
	DRIVER_TURN_MAX_NS = 8 * 1000 * 1000,
	DRIVER_HELD_MAX = 8 * 1024 * 1024, /* bytes; more end the turn */
};

struct driver_ops {
	/* One step of the core; its update, valid until the next */
	const struct agree_update *(*step)(void *ctx,
					   const struct agree_event *event,
					   uint64_t now_ms);
	/* To a member, or AGREE_ALL; it may be lost, and leaves at the flush */
	void (*send)(void *ctx, uint16_t to, const uint8_t *bytes, size_t len);
	/* What driver_output() was given: all it rests on is durable. */
	void (*output)(void *ctx, uint32_t to, const uint8_t *bytes, size_t len);
	void (*flush)(void *ctx);
	/* Something the operator should read; not fatal */
	void (*say)(void *ctx, const char *words);
	/* A promise may be half on the disk: say it and end the process.  Must not return. */
	void (*fatal)(void *ctx, const char *words);
};

struct driver_config {
	uv_loop_t *loop;
	struct storage *storage;	/* borrowed */
	const struct driver_ops *ops;	/* borrowed */
	void *ctx;
};

struct driver;

struct driver *driver_create(const struct driver_config *config);
void driver_close(struct driver *d, void (*closed)(void *ctx));

/* Feed what the storage has to the core, then AGREE_START; from now on ticks are given. */
bool driver_start(struct driver *d, struct words *why);

/* Step the core with an event, whose synced is filled in, and take its update. */
enum agree_err driver_event(struct driver *d, const struct agree_event *event);

/*
 * For a layer above that is stepped with an event of its own: the time, how many steps are
 * durable, and its update.  Each update is one step.
 */
uint64_t driver_now_ms(struct driver *d);
uint64_t driver_synced(const struct driver *d);
void driver_take(struct driver *d, const struct agree_update *update);

/* From within a step: an output, to be held until the step's promises are durable */
void driver_output(struct driver *d, uint32_t to, const uint8_t *bytes,
		   size_t len);

struct driver_stats {
	uint64_t steps, turns, syncs, sync_ns, sync_max_ns, journal_bytes,
		segments, snapshots;
};

void driver_stats(const struct driver *d, struct driver_stats *stats);

#endif
