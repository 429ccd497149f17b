// SPDX-License-Identifier: GPL-2.0
#include "driver.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { HELD_MESSAGE, HELD_OUTPUT };

/* Before the bytes of each thing that is held; 16 of them keep the next one aligned */
struct held {
	uint32_t kind, to;
	uint64_t len;
};

struct driver {
	struct driver_config config;
	struct shell_clock clock;
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	uv_timer_t wake;
	unsigned int handles;
	void (*closed)(void *ctx);
	bool started, unsynced, any;	/* any: this turn has something to end */
	uint64_t turn_ns;		/* when it began */
	uint64_t sync_mean_ns;
	uint64_t synced;		/* steps whose updates are durable */
	uint64_t wake_ms;
	uint8_t *held;
	size_t held_len, held_room;
	struct driver_stats stats;
};

static void fatal(struct driver *d, const struct words *why)
{
	d->config.ops->fatal(d->config.ctx, why->text);
	abort();
}

static size_t held_size(size_t len)
{
	return sizeof(struct held) + ((len + 15) & ~(size_t)15);
}

static void hold(struct driver *d, uint32_t kind, uint32_t to,
		 const uint8_t *bytes, size_t len)
{
	struct held h = { .kind = kind, .to = to, .len = len };
	size_t size = held_size(len), room = d->held_room;
	struct words why;

	while (room - d->held_len < size)
		room *= 2;
	if (room != d->held_room) {
		uint8_t *held = realloc(d->held, room);

		if (!held) {
			words_set(&why, "no memory for messages");
			fatal(d, &why);
		}
		d->held = held;
		d->held_room = room;
	}
	memcpy(d->held + d->held_len, &h, sizeof(h));
	memcpy(d->held + d->held_len + sizeof(h), bytes, len);
	d->held_len += size;
}

static void release(struct driver *d)
{
	const struct driver_ops *ops = d->config.ops;
	size_t at = 0;
	struct held h;

	while (at < d->held_len) {
		const uint8_t *bytes = d->held + at + sizeof(h);

		memcpy(&h, d->held + at, sizeof(h));
		if (h.kind == HELD_MESSAGE)
			ops->send(d->config.ctx, (uint16_t)h.to, bytes, h.len);
		else
			ops->output(d->config.ctx, h.to, bytes, h.len);
		at += held_size(h.len);
	}
	d->held_len = 0;
}

static void sync_journal(struct driver *d)
{
	uint64_t began_ns = uv_hrtime(), took_ns;
	struct words why;

	if (!d->unsynced)
		return;
	if (!storage_sync(d->config.storage, &why))
		fatal(d, &why);
	took_ns = uv_hrtime() - began_ns;
	d->unsynced = false;
	d->sync_mean_ns = (7 * d->sync_mean_ns + took_ns) / 8;
	d->stats.syncs++;
	d->stats.sync_ns += took_ns;
	if (took_ns > d->stats.sync_max_ns)
		d->stats.sync_max_ns = took_ns;
}

static void on_wake(uv_timer_t *timer);

static void end_turn(struct driver *d)
{
	uint64_t now_ms;

	if (!d->any)
		return;
	d->any = false;
	d->stats.turns++;
	/* Early messages travel while the disk works. */
	if (d->unsynced)
		d->config.ops->flush(d->config.ctx);
	sync_journal(d);
	d->synced = d->stats.steps;
	release(d);
	d->config.ops->flush(d->config.ctx);

	uv_update_time(d->config.loop);
	now_ms = driver_now_ms(d);
	uv_timer_start(&d->wake, on_wake,
		       d->wake_ms > now_ms ? d->wake_ms - now_ms : 0, 0);
}

static uint64_t turn_max_ns(const struct driver *d)
{
	uint64_t ns = 2 * d->sync_mean_ns;

	return ns < DRIVER_TURN_NS ? DRIVER_TURN_NS :
		ns > DRIVER_TURN_MAX_NS ? DRIVER_TURN_MAX_NS : ns;
}

uint64_t driver_now_ms(struct driver *d)
{
	return clock_now_ms(&d->clock);
}

void driver_take(struct driver *d, const struct agree_update *u)
{
	struct storage *storage = d->config.storage;
	struct words why;
	unsigned int i;
	bool ok = true;

	if (!d->any) {
		d->any = true;
		d->turn_ns = uv_hrtime();
	}
	d->stats.steps++;
	if (u->new_segment) {
		ok = storage_new_segment(storage, u->journal_segment, &why);
		d->stats.segments++;
	}
	if (ok && u->journal_len) {
		ok = storage_append(storage, u->journal, u->journal_len, &why);
		d->unsynced = true;
		d->stats.journal_bytes += u->journal_len;
	}
	if (ok && u->snapshot) {
		ok = storage_snapshot(storage, u->snapshot_height, u->snapshot,
				      u->snapshot_len, &why);
		d->stats.snapshots++;
	}
	if (ok && u->drop_below)
		ok = storage_drop_below(storage, u->drop_below, &why);
	if (!ok)
		fatal(d, &why);
	for (i = 0; i < u->message_nr; i++) {
		const struct agree_message *m = &u->message[i];

		if (m->early)
			d->config.ops->send(d->config.ctx, m->to, m->bytes,
					    m->len);
		else
			hold(d, HELD_MESSAGE, m->to, m->bytes, m->len);
	}
	d->wake_ms = u->wake_ms;
	if (d->held_len > DRIVER_HELD_MAX ||
	    uv_hrtime() - d->turn_ns > turn_max_ns(d))
		end_turn(d);
}

void driver_output(struct driver *d, uint32_t to, const uint8_t *bytes,
		   size_t len)
{
	hold(d, HELD_OUTPUT, to, bytes, len);
}

uint64_t driver_synced(const struct driver *d)
{
	return d->synced;
}

enum agree_err driver_event(struct driver *d, const struct agree_event *event)
{
	struct agree_event e = *event;
	const struct agree_update *u;
	enum agree_err verdict;

	e.synced = d->synced;
	u = d->config.ops->step(d->config.ctx, &e, driver_now_ms(d));
	verdict = u->verdict;
	driver_take(d, u);
	return verdict;
}

static void on_wake(uv_timer_t *timer)
{
	struct agree_event tick = { .kind = AGREE_TICK };
	struct driver *d = timer->data;
	uint64_t now_ms = driver_now_ms(d);

	/* The loop's milliseconds do not begin when the clock's do. */
	if (now_ms < d->wake_ms)
		uv_timer_start(timer, on_wake, d->wake_ms - now_ms, 0);
	else
		driver_event(d, &tick);
}

/* Timers run before the poll, messages after it: a turn must not sleep with work undone. */
static void on_before_poll(uv_prepare_t *prepare)
{
	struct driver *d = prepare->data;

	/* A link that breaks in a flush is an event: one more turn, for each that can break. */
	do {
		end_turn(d);
	} while (d->any);
}

static void on_after_poll(uv_check_t *check)
{
	end_turn(check->data);
}

static void recovered(struct driver *d, const char *what, uint64_t number,
		      const struct agree_event *event)
{
	enum agree_err err = driver_event(d, event);
	struct words words;

	if (!err)
		return;
	words_set(&words, "%s %llu: %s", what, (unsigned long long)number,
		  agree_err_text(err));
	d->config.ops->say(d->config.ctx, words.text);
}

bool driver_start(struct driver *d, struct words *why)
{
	struct storage *storage = d->config.storage;
	struct agree_event e = { .kind = AGREE_SNAPSHOT };
	unsigned int i;

	assert(!d->started);
	if (!storage_read_snapshot(storage, &e.bytes, &e.len, why))
		return false;
	if (e.bytes)
		recovered(d, "snapshot", 0, &e);
	e.kind = AGREE_SEGMENT;
	for (i = 0; i < storage_segments(storage); i++) {
		if (!storage_read_segment(storage, i, &e.segment, &e.bytes,
					  &e.len, why))
			return false;
		recovered(d, "journal segment", e.segment, &e);
	}
	e = (struct agree_event){
		.kind = AGREE_START, .formatted = storage_formatted(storage),
	};
	if (RAND_bytes((uint8_t *)&e.nonce, sizeof(e.nonce)) != 1)
		return words_set(why, "no random numbers");
	d->started = true;
	recovered(d, "start", 0, &e);
	uv_prepare_start(&d->before_poll, on_before_poll);
	uv_check_start(&d->after_poll, on_after_poll);
	return true;
}

struct driver *driver_create(const struct driver_config *config)
{
	struct driver *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->held_room = 1 << 16;
	d->held = malloc(d->held_room);
	if (!d->held) {
		free(d);
		return NULL;
	}
	d->config = *config;
	clock_start(&d->clock);
	uv_prepare_init(config->loop, &d->before_poll);
	uv_check_init(config->loop, &d->after_poll);
	uv_timer_init(config->loop, &d->wake);
	d->before_poll.data = d;
	d->after_poll.data = d;
	d->wake.data = d;
	d->handles = 3;
	return d;
}

static void on_closed(uv_handle_t *handle)
{
	struct driver *d = handle->data;

	if (--d->handles)
		return;
	if (d->closed)
		d->closed(d->config.ctx);
	free(d->held);
	free(d);
}

void driver_close(struct driver *d, void (*closed)(void *ctx))
{
	if (d->started)
		end_turn(d);
	d->closed = closed;
	uv_close((uv_handle_t *)&d->before_poll, on_closed);
	uv_close((uv_handle_t *)&d->after_poll, on_closed);
	uv_close((uv_handle_t *)&d->wake, on_closed);
}

void driver_stats(const struct driver *d, struct driver_stats *stats)
{
	*stats = d->stats;
}
