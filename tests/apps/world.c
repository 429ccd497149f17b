// SPDX-License-Identifier: GPL-2.0
/* The world: what happens in it, and what the application is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "world.h"

static void *world_alloc(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p)
		abort();
	memset(p, 0xa5, len ? len : 1);
	return p;
}

struct world *world_create(const struct app_ops *ops, uint32_t switches)
{
	struct world *w = calloc(1, sizeof(*w));
	uint32_t i;

	if (!w || switches > WORLD_SWITCHES)
		abort();
	w->ops = ops;
	w->room = sizeof(w->arena);
	w->now_ms = 1700000000000;
	for (i = 0; i < switches; i++)
		w->dpid[i] = 0x1000 + i;
	w->config = (struct app_config){
		.switches = switches, .dpid = w->dpid, .hosts_max = WORLD_HOSTS,
		.ports_max = 128, .probe_s = 5, .idle_timeout_s = 60,
		.secret = "of this domain",
	};
	return w;
}

void world_lose(struct world *w)
{
	while (w->pending_nr)
		free(w->pending[--w->pending_nr].payload);
}

void world_free(struct world *w)
{
	world_lose(w);
	free(w->app);
	free(w);
}

/* The port of a link is 1 + its number. */
void world_link(struct world *w, uint32_t a, uint32_t b)
{
	const uint32_t port = 1 + w->links;

	w->link[w->links++] = (struct world_link){
		.sw = { a, b }, .port = { port, port },
	};
}

uint32_t world_host(struct world *w, uint32_t sw)
{
	w->host[w->hosts] = (struct world_host){
		.sw = sw, .port = WORLD_HOST_PORT + w->hosts,
	};
	return w->hosts++;
}

size_t world_save(const struct world *w, uint8_t **bytes)
{
	const size_t max = w->ops->save_max(&w->config);
	size_t len;

	*bytes = world_alloc(max);
	len = w->ops->save(w->app, *bytes, max);
	if (len > max)
		abort();
	return len;
}

bool world_same(const struct world *a, const struct world *b)
{
	uint8_t *x, *y;
	const size_t m = world_save(a, &x), n = world_save(b, &y);
	const bool same = m == n && !memcmp(x, y, m);

	free(x);
	free(y);
	return same;
}

static void world_restart(struct world *w)
{
	uint8_t *bytes;
	const size_t len = world_save(w, &bytes);

	free(w->app);
	w->app = world_alloc(w->ops->size(&w->config));
	w->ops->init(w->app, &w->config);
	if (!w->ops->load(w->app, bytes, len))
		abort();
	free(bytes);
}

struct world *world_copy(const struct world *w)
{
	struct world *copy = world_alloc(sizeof(*copy));
	uint8_t *bytes;
	const size_t len = world_save(w, &bytes);

	memcpy(copy, w, sizeof(*copy));
	copy->config.dpid = copy->dpid;
	copy->app = world_alloc(w->ops->size(&copy->config));
	copy->ops->init(copy->app, &copy->config);
	if (w->pending_nr || !copy->ops->load(copy->app, bytes, len))
		abort();
	free(bytes);
	return copy;
}

static void world_put(struct world *w)
{
	unsigned int i;

	if (w->pending_nr + w->out.nr > WORLD_PENDING)
		abort();
	for (i = 0; i < w->out.nr; i++) {
		struct world_pending *p = &w->pending[w->pending_nr++];

		p->update = w->out.update[i];
		p->event = w->events;
		p->number = i;
		p->payload = test_copy(p->update.payload, p->update.len);
		p->update.payload = p->payload;
	}
	if (w->out.nr > w->most)
		w->most = w->out.nr;
	w->events++;
}

void world_event(struct world *w, enum app_event_kind kind, uint32_t sw,
		 const uint8_t *message, size_t len, bool resync)
{
	uint8_t *copy = world_alloc(len);
	const struct app_event event = {
		.kind = kind, .sw = sw, .dpid = w->dpid[sw], .resync = resync,
		.time_ms = w->now_ms, .message = copy, .len = len,
	};

	if (len)
		memcpy(copy, message, len);
	if (w->restarts)
		world_restart(w);
	memset(&w->out, 0, sizeof(w->out));
	w->out.arena = w->arena;
	w->out.room = w->room;
	w->ops->event(w->app, &event, &w->out);
	if (w->out.full)
		w->failed = true;
	world_put(w);
	free(copy);
}

void world_packet_in(struct world *w, uint32_t sw, uint32_t in_port,
		     uint32_t table, const uint8_t *frame, size_t len)
{
	uint8_t message[MESSAGE_MAX];
	const size_t used = packet_in_make(message, in_port, frame, len, len);

	message[15] = (uint8_t)table;
	world_event(w, APP_PACKET_IN, sw, message, used, false);
}

void world_port(struct world *w, uint32_t sw, uint32_t port, bool down)
{
	uint8_t message[MESSAGE_MAX];
	const size_t len = port_status_make(message, port,
					    down ? PORT_NO_LINK : 0);

	world_event(w, APP_PORT_STATUS, sw, message, len, false);
}

/* pending[] is in the order in which updates were put. */
static bool world_may(const struct world *w, unsigned int k)
{
	const struct world_pending *p = &w->pending[k], *q;

	for (q = w->pending; q < p; q++) {
		if (q->update.sw == p->update.sw)
			return false;
		if (q->event == p->event ? p->update.after >> q->number & 1 :
					   q->update.flow == p->update.flow)
			return false;
	}
	return true;
}

static void world_apply_this(struct world *w, unsigned int k)
{
	const struct world_pending p = w->pending[k];

	w->pending_nr--;
	memmove(&w->pending[k], &w->pending[k + 1],
		(w->pending_nr - k) * sizeof(p));
	world_switch_apply(w, &p.update);
	free(p.payload);
	if (w->check && !w->check(w))
		w->failed = true;
}

static void world_apply_one(struct world *w)
{
	unsigned int k = test_random64() % w->pending_nr;

	while (!world_may(w, k))
		k = (k + 1) % w->pending_nr;
	world_apply_this(w, k);
}

void world_tell(struct world *w)
{
	while (w->asked_nr) {
		const struct world_asked a = w->asked[--w->asked_nr];

		world_packet_in(w, a.sw, a.in_port, a.table, a.frame, a.len);
	}
}

void world_round(struct world *w)
{
	world_tell(w);
	while (w->pending_nr)
		world_apply_this(w, 0);
}

void world_apply(struct world *w, unsigned int nr)
{
	while (nr-- && w->pending_nr)
		world_apply_one(w);
}

static void world_ask(struct world *w)
{
	const unsigned int k = test_random64() % w->asked_nr;
	const struct world_asked a = w->asked[k];

	w->asked[k] = w->asked[--w->asked_nr];
	world_packet_in(w, a.sw, a.in_port, a.table, a.frame, a.len);
}

void world_settle(struct world *w)
{
	unsigned int bound = 20000;

	while ((w->pending_nr || w->asked_nr) && --bound) {
		if (w->asked_nr && (!w->pending_nr || test_random64() % 2))
			world_ask(w);
		else
			world_apply_one(w);
		w->now_ms++;
	}
	if (!bound)
		w->failed = true;
}

void world_pass(struct world *w, uint64_t ms)
{
	uint32_t sw;

	w->now_ms += ms;
	for (sw = 0; sw < w->config.switches; sw++)
		world_event(w, APP_REPLY, sw, NULL, 0, false);
	world_settle(w);
}

void world_start(struct world *w)
{
	uint8_t message[PORT_DESC_MAX];
	uint32_t port[WORLD_SWITCHES + WORLD_LINKS + WORLD_HOSTS], nr, sw, i;
	size_t len;

	w->app = world_alloc(w->ops->size(&w->config));
	w->ops->init(w->app, &w->config);
	for (sw = 0; sw < w->config.switches; sw++) {
		for (nr = 0, i = 0; i < w->links; i++)
			if (w->link[i].sw[0] == sw || w->link[i].sw[1] == sw)
				port[nr++] = w->link[i].port[0];
		for (i = 0; i < w->hosts; i++)
			if (w->host[i].sw == sw)
				port[nr++] = w->host[i].port;
		world_event(w, APP_SWITCH_UP, sw, NULL, 0, false);
		len = port_desc_make(message, port, nr, 0, false);
		world_event(w, APP_REPLY, sw, message, len, false);
	}
	world_settle(w);
	/* By now each port has shown whether it is a link. */
	world_pass(w, 3000);
	world_pass(w, 3000);
}

void world_send_frame(struct world *w, uint32_t host, const uint8_t *frame,
		      size_t len)
{
	const struct world_host *h = &w->host[host];

	world_in(w, h->sw, h->port, frame, len, WORLD_TTL);
}

static size_t world_frame(uint8_t frame[FRAME_MAX], uint32_t from, uint32_t dst)
{
	uint8_t d[6], s[6];

	mac_of(d, dst);
	mac_of(s, 1 + from);
	return frame_make(frame, d, s, 0);
}

void world_send(struct world *w, uint32_t host, uint32_t dst)
{
	uint8_t frame[FRAME_MAX];
	const size_t len = world_frame(frame, host, dst);

	world_send_frame(w, host, frame, len);
}

enum world_fate world_follow(const struct world *w, uint32_t from, uint32_t to,
			     unsigned int *hops)
{
	uint32_t sw = w->host[from].sw, port = w->host[from].port, out;
	uint8_t frame[FRAME_MAX], table;
	const size_t len = world_frame(frame, from, 1 + to);

	for (*hops = 0; *hops < WORLD_TTL; ++*hops) {
		out = world_look(w, sw, port, frame, len, &table);
		if (out == OF_PORT_CONTROLLER)
			return WORLD_ASKS;
		if (out == w->host[to].port && sw == w->host[to].sw)
			return WORLD_DELIVERED;
		if (!out || !world_other(w, sw, out, &sw, &port))
			return WORLD_LOST;
	}
	return WORLD_CIRCLE;
}
