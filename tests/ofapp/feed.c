// SPDX-License-Identifier: GPL-2.0
/*
 * feed HOST PORT: what a member's shell does around ofapp.c, with a short story instead of an
 * order: two switches come up, packets arrive, a port changes, a switch goes.
 *
 * FEED_DEEP: instead, many events wait for a controller that never comes, and their switch goes.
 * FEED_PATIENCE_MS: how long it waits for an answer; by default as long as quorumd.
 *
 * Prints each group of outputs ("key 3 dpid 1 BYTES"), requests for statistics ("ask ..."), and at the
 * end the counters.  Exits 0 once all events are fed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/wire/bytes.h"
#include "../../user/controller/core/ctl.h"
#include "../../user/controller/shell/log.h"
#include "../../user/controller/shell/ofapp.h"

enum { DEEP = 50000 };
enum { SWITCHES = 2, DEADLINE_MS = 240000, STEP_MS = 20, PORT_STATS_LEN = 112 };

struct story {
	struct ofapp *o;
	void *app;
	struct app_config config;
	unsigned int step;
	bool statistics;		/* asked for, and to be answered */
	uint8_t request[1024];
	size_t request_len;
	uint64_t since_ms;
	uv_timer_t timer;
	bool over;
};

static const uint64_t dpid[SWITCHES] = { 1, 2 };

static void event(struct story *s, enum app_event_kind kind, uint32_t sw,
		  const uint8_t *message, size_t len)
{
	struct app_out out = { 0 };
	struct app_event e = { .kind = kind, .sw = sw, .dpid = dpid[sw],
			       .message = message, .len = len };

	app_external.event(s->app, &e, &out);
}

static struct wire_writer begin(uint8_t *out, size_t room, uint8_t type,
				size_t len, uint32_t xid)
{
	struct wire_writer w = { out, room, 0 };

	wire_write_be(&w, 4, 1);
	wire_write_be(&w, type, 1);
	wire_write_be(&w, len, 2);
	wire_write_be(&w, xid, 4);
	return w;
}

static void up(struct story *s, uint32_t sw)
{
	uint8_t m[16 + 2 * EXTERNAL_PORT_LEN];
	struct wire_writer w = begin(m, sizeof(m), 6, EXTERNAL_FEATURES_LEN, 1);
	uint32_t port;

	event(s, APP_SWITCH_UP, sw, NULL, 0);
	wire_write_be(&w, dpid[sw], 8);
	wire_write_be(&w, 0, 4);
	wire_write_be(&w, 254, 1);
	wire_write_zero(&w, 3);
	wire_write_be(&w, 0x4f, 4);
	wire_write_zero(&w, 4);
	event(s, APP_REPLY, sw, m, w.used);
	w = begin(m, sizeof(m), 19, sizeof(m), 2);
	wire_write_be(&w, 13, 2);
	wire_write_zero(&w, 6);
	for (port = 1; port <= 2; port++) {
		wire_write_be(&w, port, 4);
		wire_write_zero(&w, 4);
		wire_write_be(&w, 0x020000000000 + 16 * dpid[sw] + port, 6);
		wire_write_zero(&w, EXTERNAL_PORT_LEN - 14);
	}
	event(s, APP_REPLY, sw, m, w.used);
}

static void packet(struct story *s, uint32_t sw, uint32_t port, uint64_t dst,
		   uint64_t src)
{
	uint8_t m[42 + 60];
	struct wire_writer w = begin(m, sizeof(m), 10, sizeof(m), 0);

	wire_write_be(&w, 0xffffffff, 4);
	wire_write_be(&w, 60, 2);
	wire_write_zero(&w, 2);		/* no match, table 0 */
	wire_write_zero(&w, 8);
	wire_write_be(&w, 1, 2);	/* OXM match: in_port */
	wire_write_be(&w, 12, 2);
	wire_write_be(&w, 0x80000004, 4);
	wire_write_be(&w, port, 4);
	wire_write_zero(&w, 4 + 2);
	wire_write_be(&w, dst, 6);
	wire_write_be(&w, src, 6);
	wire_write_be(&w, 0x0800, 2);
	wire_write_zero(&w, 46);
	event(s, APP_PACKET_IN, sw, m, w.used);
}

static void port_down(struct story *s, uint32_t sw, uint32_t port)
{
	uint8_t m[80];
	struct wire_writer w = begin(m, sizeof(m), 12, sizeof(m), 0);

	wire_write_be(&w, 2, 1);	/* modified */
	wire_write_zero(&w, 7);
	wire_write_be(&w, port, 4);
	wire_write_zero(&w, 4);
	wire_write_be(&w, 0x020000000000 + 16 * dpid[sw] + port, 6);
	wire_write_zero(&w, 2 + 16);
	wire_write_be(&w, 1, 4);	/* config: down */
	wire_write_be(&w, 1, 4);	/* state: no link */
	wire_write_zero(&w, sizeof(m) - w.used);
	event(s, APP_PORT_STATUS, sw, m, w.used);
}

/* The reply to the request that is open, as the switch would give it in the order */
static void statistics(struct story *s)
{
	uint8_t m[16 + PORT_STATS_LEN];
	struct wire_writer w = begin(m, sizeof(m), 19, sizeof(m),
				     ctl_ask_xid(s->request, s->request_len));

	wire_write(&w, s->request + 8, 2);
	wire_write_zero(&w, 6);
	wire_write_be(&w, 2, 4);
	wire_write_zero(&w, 4);
	wire_write_be(&w, 77, 8);	/* packets received */
	wire_write_zero(&w, sizeof(m) - w.used);
	s->statistics = false;
	event(s, APP_REPLY, 0, m, w.used);
}

static const uint64_t a = 0x02000000000a, b = 0x02000000000b;

static void go_on(struct story *s)
{
	switch (s->step++) {
	case 0:
		up(s, 0);
		up(s, 1);
		break;
	case 1:
		packet(s, 0, 1, b, a);
		packet(s, 0, 2, a, b);
		packet(s, 0, 1, b, a);
		break;
	case 2:
		packet(s, 1, 2, b, a);
		packet(s, 1, 1, a, b);
		break;
	case 3:
		port_down(s, 0, 2);
		break;
	case 4:
		packet(s, 0, 2, a, b);
		break;
	case 5:
		event(s, APP_SWITCH_DOWN, 0, NULL, 0);
		packet(s, 1, 2, b, a);
		break;
	case 6:
		up(s, 0);
		packet(s, 0, 2, a, b);
		break;
	default:
		s->over = true;
	}
}

/* All of them are over in one turn once there is nobody to wait for. */
static void go_deep(struct story *s)
{
	unsigned int i;

	up(s, 0);
	for (i = 0; i < DEEP; i++)
		port_down(s, 0, 2);
	event(s, APP_SWITCH_DOWN, 0, NULL, 0);
	s->step = 1;
}

static void closed(void *ctx)
{
	(void)ctx;
}

static const unsigned int fed_after[] = { 2, 5, 7, 8, 9, 11, 13 };

static void tick(uv_timer_t *timer)
{
	struct story *s = timer->data;
	struct ofapp_stats stats;

	ofapp_stats(s->o, &stats);
	if (uv_now(timer->loop) - s->since_ms > DEADLINE_MS) {
		printf("too late: step %u, fed %llu\n", s->step,
		       (unsigned long long)stats.fed);
		exit(1);
	}
	if (getenv("FEED_DEEP")) {
		if (!s->step)
			go_deep(s);
		s->over = stats.fed == DEEP + 2;
		if (!s->over)
			return;
	}
	if (s->statistics)
		statistics(s);
	if (!s->over && s->step && stats.fed < fed_after[s->step - 1])
		return;
	/* Requests come when they come: one tick after the event. */
	if (s->step == 4 && getenv("FEED_ASKS") && !s->request_len)
		return;
	if (!s->over)
		go_on(s);
	if (!s->over)
		return;
	printf("fed %llu outputs %llu ignored %llu refused %llu connections %u\n",
	       (unsigned long long)stats.fed, (unsigned long long)stats.outputs,
	       (unsigned long long)stats.ignored,
	       (unsigned long long)stats.refused, stats.connections);
	fflush(stdout);
	ofapp_close(s->o, closed, s);
	uv_close((uv_handle_t *)timer, NULL);
}

static void output(void *ctx, uint64_t key, const uint8_t *list, size_t len)
{
	size_t at, i, part;

	(void)ctx;
	for (at = 0; at < len; at += 28 + part) {
		part = wire_get32(list + at + 24);
		printf("key %llu dpid %llu ", (unsigned long long)key,
		       (unsigned long long)wire_get64(list + at));
		for (i = 0; i < part; i++)
			printf("%02x", list[at + 28 + i]);
		printf("\n");
	}
	fflush(stdout);
}

static void ask(void *ctx, uint32_t sw, const uint8_t *request, size_t len)
{
	struct story *s = ctx;

	printf("ask dpid %llu type %u\n", (unsigned long long)dpid[sw],
	       wire_get16(request + 8));
	memcpy(s->request, request, len);
	s->request_len = len;
	s->statistics = true;
}

int main(int argc, char **argv)
{
	const char *patience_ms = getenv("FEED_PATIENCE_MS");
	static struct story s;
	struct words why;
	struct ofapp_config config = {
		.loop = uv_default_loop(), .switches = SWITCHES, .dpid = dpid,
		.ctx = &s, .output = output, .ask = ask,
	};

	if (argc != 3)
		return 2;
	if (patience_ms)
		config.patience_ms = strtoull(patience_ms, NULL, 10);
	config.host = argv[1];
	config.port = (uint16_t)atoi(argv[2]);
	log_open("feed", LOG_L_DEBUG, false);
	s.o = ofapp_create(&config, &why);
	if (!s.o) {
		printf("%s\n", why.text);
		return 1;
	}
	s.config = (struct app_config){ .outside = ofapp_outside(s.o),
					.switches = SWITCHES, .dpid = dpid };
	s.app = malloc(app_external.size(&s.config));
	app_external.init(s.app, &s.config);
	ofapp_live(s.o);
	uv_timer_init(config.loop, &s.timer);
	s.timer.data = &s;
	uv_update_time(config.loop);
	s.since_ms = uv_now(config.loop);
	uv_timer_start(&s.timer, tick, 0, STEP_MS);
	uv_run(config.loop, UV_RUN_DEFAULT);
	free(s.app);
	return 0;
}
