// SPDX-License-Identifier: GPL-2.0
/*
 * The driver with a core that follows a script: what happens in which order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "driver.h"

enum { SEGMENT = 16384 };

static const uint8_t me[STORAGE_IDENTITY_LEN] = "driven";
static const uint8_t word[] = "word";

/* Marks between the letters of fault_log: e and h are messages, early and held; o an output; f a flush */
static void mark(char letter)
{
	size_t len = strlen(fault_log);

	if (len + 1 < FAULT_LOG_MAX)
		fault_log[len] = letter;
}

struct driven {
	uv_loop_t loop;
	struct storage *storage;
	struct driver *driver;
	struct agree_update script[8];	/* of the steps to come */
	unsigned int step, output_at;	/* the step that puts out something, from 1 */
	unsigned int ticks;
	uint64_t tick_ms, now_ms;
	char events[64];		/* one letter each: n snapshot, g segment, s start ... */
	uint64_t segment[8];
	unsigned int segment_nr;
	size_t snapshot_len;
	bool formatted, closed;
	int fatal_fd;
};

static const struct agree_update *step(void *ctx,
				       const struct agree_event *event,
				       uint64_t now_ms)
{
	static const char letter[] = { [AGREE_SNAPSHOT] = 'n', [AGREE_SEGMENT] = 'g',
		[AGREE_START] = 's', [AGREE_MESSAGE] = 'm', [AGREE_REQUEST] = 'r',
		[AGREE_TICK] = 't' };
	static struct agree_update nothing;
	struct driven *d = ctx;

	d->now_ms = now_ms;
	nothing.wake_ms = now_ms + 1000000;
	if (strlen(d->events) + 1 < sizeof(d->events))
		d->events[strlen(d->events)] = letter[event->kind];
	if (event->kind == AGREE_SNAPSHOT)
		d->snapshot_len = event->len;
	if (event->kind == AGREE_SEGMENT)
		d->segment[d->segment_nr++] = event->segment;
	if (event->kind == AGREE_START)
		d->formatted = event->formatted;
	if (event->kind == AGREE_TICK) {
		d->ticks++;
		d->tick_ms = now_ms;
	}
	if (event->kind != AGREE_MESSAGE)
		return &nothing;
	if (++d->step == d->output_at)
		driver_output(d->driver, 77, word, sizeof(word));
	if (!d->script[d->step - 1].wake_ms)
		d->script[d->step - 1].wake_ms = now_ms + 1000000;
	return &d->script[d->step - 1];
}

static void send_message(void *ctx, uint16_t to, const uint8_t *bytes,
			 size_t len)
{
	(void)ctx;
	mark(len == sizeof(word) && !memcmp(bytes, word, len) ?
	     (to == AGREE_ALL ? 'H' : to == 1 ? 'e' : 'h') : '?');
}

static void output(void *ctx, uint32_t to, const uint8_t *bytes, size_t len)
{
	(void)ctx;
	mark(to == 77 && len == sizeof(word) && !memcmp(bytes, word, len) ?
	     'o' : '?');
}

static void flush(void *ctx)
{
	(void)ctx;
	mark('f');
}

static void say(void *ctx, const char *words)
{
	(void)ctx;
	printf("# said: %s\n", words);
}

static void fatal(void *ctx, const char *words)
{
	struct driven *d = ctx;
	ssize_t n = write(d->fatal_fd, fault_log, strlen(fault_log));

	_exit(n > 0 && strstr(words, "Input/output error") ? 42 : 43);
}

static const struct driver_ops ops = {
	.step = step, .send = send_message, .output = output, .flush = flush,
	.say = say, .fatal = fatal,
};

static void on_closed(void *ctx)
{
	((struct driven *)ctx)->closed = true;
}

static bool drive(struct driven *d, const char *dir, bool fresh)
{
	struct driver_config config = { .loop = &d->loop, .ops = &ops, .ctx = d };
	struct words why;

	memset(d, 0, sizeof(*d));
	uv_loop_init(&d->loop);
	if (fresh)
		ASK(storage_format(dir, me, false, &why));
	d->storage = storage_open(dir, me, SEGMENT, &why);
	ASK(d->storage);
	config.storage = d->storage;
	d->driver = driver_create(&config);
	ASK(d->driver && driver_start(d->driver, &why));
	uv_run(&d->loop, UV_RUN_NOWAIT);
	fault_reset();
	return true;
}

static bool stop(struct driven *d)
{
	driver_close(d->driver, on_closed);
	while (!d->closed)
		uv_run(&d->loop, UV_RUN_ONCE);
	ASK(!uv_loop_close(&d->loop));
	storage_close(d->storage);
	fault_reset();
	return true;
}

static void message(struct agree_update *u, uint16_t to, bool early)
{
	u->message[u->message_nr++] = (struct agree_message){
		.to = to, .early = early, .bytes = word, .len = sizeof(word),
	};
}

static void journal(struct agree_update *u)
{
	u->journal = word;
	u->journal_len = sizeof(word);
}

static void events(struct driven *d, unsigned int nr)
{
	struct agree_event event = { .kind = AGREE_MESSAGE };

	while (nr--)
		driver_event(d->driver, &event);
	uv_run(&d->loop, UV_RUN_NOWAIT);
}

/* Three steps, one sync: what is early leaves before it, the rest behind it, in order. */
static bool one_sync_for_a_turn(void)
{
	struct driven d;

	ASK(drive(&d, scratch(), true));
	d.script[0].new_segment = true;
	d.script[0].journal_segment = 1;
	journal(&d.script[0]);
	message(&d.script[0], 2, false);
	message(&d.script[1], 1, true);
	journal(&d.script[1]);
	d.output_at = 2;
	journal(&d.script[2]);
	message(&d.script[2], AGREE_ALL, false);
	events(&d, 3);
	ASK(!strcmp(fault_log, "casdcd" "e" "f" "wws" "hoH" "f"));
	/* A turn without promises has no sync; one without anything is none. */
	fault_reset();
	message(&d.script[3], 2, false);
	events(&d, 1);
	ASK(!strcmp(fault_log, "hf"));
	fault_reset();
	events(&d, 0);
	ASK(!fault_log[0]);
	return stop(&d);
}

/* Steps 1 to 4 of an update, and a segment that follows an unsynced one */
static bool order_of_an_update(void)
{
	struct driven d;

	ASK(drive(&d, scratch(), true));
	d.script[0].new_segment = true;
	d.script[0].journal_segment = 1;
	journal(&d.script[0]);
	d.script[1].new_segment = true;
	d.script[1].journal_segment = 2;
	journal(&d.script[1]);
	d.script[1].snapshot = word;
	d.script[1].snapshot_len = sizeof(word);
	d.script[1].snapshot_height = 5;
	d.script[1].drop_below = 2;
	message(&d.script[1], 2, false);
	events(&d, 2);
	ASK(!strcmp(fault_log, "casdcdww" "scasdww" "scwsrd" "u" "f" "hf"));
	return stop(&d);
}

static bool long_turns_end(void)
{
	static uint8_t much[DRIVER_HELD_MAX / 2];
	struct agree_event event = { .kind = AGREE_MESSAGE };
	struct driven d;
	unsigned int i;

	ASK(drive(&d, scratch(), true));
	for (i = 0; i < 3; i++) {
		message(&d.script[i], 2, false);
		d.script[i].message[0].bytes = much;
		d.script[i].message[0].len = sizeof(much);
	}
	driver_event(d.driver, &event);
	ASK(!strchr(fault_log, 'f') || strlen(fault_log) == 2);
	driver_event(d.driver, &event);
	driver_event(d.driver, &event);
	/* Without the loop's help */
	ASK(strchr(fault_log, 'f'));
	return stop(&d);
}

static bool wakes(void)
{
	struct driven d;
	uint64_t asked_ms;

	ASK(drive(&d, scratch(), true));
	asked_ms = driver_now_ms(d.driver) + 30;
	d.script[0].wake_ms = asked_ms;
	events(&d, 1);
	while (!d.ticks)
		uv_run(&d.loop, UV_RUN_NOWAIT);
	ASK(d.ticks == 1 && d.tick_ms >= asked_ms);
	/* What is left of a step is done without waiting. */
	d.script[1].wake_ms = 1;
	events(&d, 1);
	while (d.ticks == 1)
		uv_run(&d.loop, UV_RUN_NOWAIT);
	return stop(&d);
}

static bool recovers(void)
{
	const char *dir = scratch();
	struct driven d;

	ASK(drive(&d, dir, true));
	ASK(!strcmp(d.events, "s") && d.formatted);
	d.script[0].new_segment = true;
	d.script[0].journal_segment = 3;
	journal(&d.script[0]);
	d.script[1].new_segment = true;
	d.script[1].journal_segment = 4;
	journal(&d.script[1]);
	d.script[1].snapshot = word;
	d.script[1].snapshot_len = sizeof(word);
	d.script[1].snapshot_height = 5;
	events(&d, 2);
	ASK(stop(&d));
	ASK(drive(&d, dir, false));
	ASK(!strcmp(d.events, "nggs") && d.formatted);
	ASK(d.snapshot_len == sizeof(word));
	ASK(d.segment[0] == 3 && d.segment[1] == 4);
	return stop(&d);
}

/* A sync that fails ends the process, and nothing that rests on it has left. */
static bool failed_sync_is_the_end(void)
{
	const char *dir = scratch();
	char said[64] = "";
	int fd[2], status = 0;
	struct driven d;
	pid_t child;

	ASK(!pipe(fd));
	fflush(stdout);
	child = fork();
	if (!child) {
		if (!drive(&d, dir, true))
			_exit(1);
		d.fatal_fd = fd[1];
		d.script[0].new_segment = true;
		d.script[0].journal_segment = 1;
		journal(&d.script[0]);
		message(&d.script[0], 1, true);
		message(&d.script[0], 2, false);
		d.output_at = 1;
		fault = FAULT_ERROR;
		fault_errno = EIO;
		fault_at = 9;	/* casdcdww, then the sync */
		events(&d, 1);
		_exit(0);
	}
	ASK(waitpid(child, &status, 0) == child);
	ASK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	ASK(read(fd[0], said, sizeof(said) - 1) > 0);
	ASK(!strcmp(said, "casdcdefwws"));
	close(fd[0]);
	close(fd[1]);
	return true;
}

void cases_driver(void)
{
	TEST("driver: one sync for a turn", one_sync_for_a_turn());
	TEST("driver: order of an update", order_of_an_update());
	TEST("driver: long turns end", long_turns_end());
	TEST("driver: wakes", wakes());
	TEST("driver: recovers", recovers());
	TEST("driver: a failed sync is the end", failed_sync_is_the_end());
}
