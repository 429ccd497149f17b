// SPDX-License-Identifier: GPL-2.0
/*
 * Ordered events to a controller outside, one at a time, and its outputs to the vote.
 */
#include "ofapp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/wire/bytes.h"
#include "../../../lib/wire/openflow.h"
#include "log.h"
#include "ofapp_conn.h"

enum {
	QUEUE_MAX = 8 * 1024 * 1024,	/* bytes of events that wait */
	LIST_MAX = 15 * 1024,		/* bytes of what answers one event */
	ITEM_LEN = 28,			/* before each payload: docs/controller.md, OUTPUT */
	BARRIERS_MAX = 64,
	TICK_MS = 100,
	RETRY_MS = 500,
	PATIENCE_MS = 5000,		/* for answers */
	ECHO_ROUNDS = 2,
};

struct waiting {
	struct waiting *next;
	uint64_t number;
	uint32_t sw;
	enum app_event_kind kind;
	size_t len;
	uint8_t message[];
};

struct barrier {
	struct ofapp_conn *conn;
	uint32_t xid;
	uint64_t number;		/* of the event whose outputs are before it */
};

struct ofapp {
	struct ofapp_config config;
	struct app_outside outside;
	const void *app;		/* the replicated state */
	bool live, closing;
	struct ofapp_conn **conn;	/* [switches]; NULL until first needed */
	uv_timer_t timer;
	bool timer_open;
	unsigned int open;		/* connections that the loop still has */
	void (*closed)(void *ctx);
	void *closed_ctx;

	struct waiting *first, **last;
	size_t queued;

	struct waiting *now;		/* the event being fed */
	bool feeding;			/* feed() is at work */
	bool opening;			/* it waits for its switch's connection */
	unsigned int item_nr;
	size_t item_at;			/* of the last item, in list[] */
	uint32_t item_sw;
	unsigned int messages;		/* in the last item */
	size_t list_len;
	bool list_full;
	uint8_t list[LIST_MAX];

	uint64_t done;			/* events up to this one: their outputs are executed, or never will be */
	unsigned int barrier_nr;
	struct barrier barrier[BARRIERS_MAX];
	struct ofapp_stats stats;
};

const struct ofapp_config *ofapp_config(const struct ofapp *o)
{
	return &o->config;
}

uint64_t ofapp_dpid(const struct ofapp *o, uint32_t sw)
{
	return o->config.dpid[sw];
}

const struct external_switch *ofapp_switch_state(const struct ofapp *o,
						 uint32_t sw)
{
	return external_switch(o->app, sw);
}

void ofapp_ask(struct ofapp *o, uint32_t sw, const uint8_t *request,
	       size_t len)
{
	o->config.ask(o->config.ctx, sw, request, len);
}

void ofapp_refused(struct ofapp *o)
{
	o->stats.refused++;
}

static struct ofapp_conn *conn_get(struct ofapp *o, uint32_t sw)
{
	struct ofapp_conn *c = o->conn[sw];

	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->o = o;
		c->sw = sw;
		o->conn[sw] = c;
	}
	return c;
}

static void conn_open(struct ofapp *o, uint32_t sw, bool counts)
{
	struct ofapp_conn *c = conn_get(o, sw);

	if (!c || c->state != OFAPP_IDLE)
		return;
	o->open++;
	c->counts = counts;
	ofapp_conn_open(c);
}

/* What the controller says to an event: messages for one switch in a row are one update. */
void ofapp_said(struct ofapp *o, struct ofapp_conn *c, const uint8_t *message,
		size_t len)
{
	struct wire_writer w = { o->list, sizeof(o->list), o->list_len };
	bool more = o->item_nr && o->item_sw == c->sw &&
		o->messages < OF_MESSAGES_MAX &&
		o->list_len - o->item_at - ITEM_LEN + len <= APP_UPDATE_MAX;

	if (!o->now || !c->counts) {
		o->stats.ignored++;
		return;
	}
	if (o->list_len + len + (more ? 0 : ITEM_LEN) > sizeof(o->list) ||
	    (!more && o->item_nr == APP_UPDATES_MAX)) {
		o->list_full = true;
		return;
	}
	if (!more) {
		o->item_at = o->list_len;
		o->item_sw = c->sw;
		o->item_nr++;
		o->messages = 0;
		wire_write_be(&w, ofapp_dpid(o, c->sw), 8);
		wire_write_be(&w, o->now->number, 8);
		wire_write_be(&w, 0, 8);
		wire_write_be(&w, 0, 4);
	}
	wire_write(&w, message, len);
	o->list_len = w.used;
	o->messages++;
	w.used = o->item_at + 24;
	wire_write_be(&w, o->list_len - o->item_at - ITEM_LEN, 4);
}

static void barrier_answer(struct ofapp_conn *c, uint32_t xid)
{
	uint8_t out[OF_HEADER_LEN];
	struct wire_writer w = { out, sizeof(out), 0 };

	wire_write_be(&w, 4, 1);
	wire_write_be(&w, OFT_BARRIER_REPLY, 1);
	wire_write_be(&w, sizeof(out), 2);
	wire_write_be(&w, xid, 4);
	ofapp_conn_send(c, out, sizeof(out));
}

/* What was said before it is executed by the domain or never will be, and what was asked is answered. */
static bool barrier_due(const struct ofapp *o, const struct barrier *b)
{
	return b->number <= o->done && !ofapp_conn_asks(b->conn);
}

void ofapp_barriers_check(struct ofapp *o)
{
	unsigned int i, kept = 0;

	for (i = 0; i < o->barrier_nr; i++)
		if (barrier_due(o, &o->barrier[i]))
			barrier_answer(o->barrier[i].conn, o->barrier[i].xid);
		else
			o->barrier[kept++] = o->barrier[i];
	o->barrier_nr = kept;
}

void ofapp_barrier(struct ofapp *o, struct ofapp_conn *c, uint32_t xid)
{
	struct barrier b = { c, xid, 0 };

	if (o->now && c->counts && o->item_nr)
		b.number = o->now->number;
	if (o->barrier_nr == BARRIERS_MAX || barrier_due(o, &b))
		barrier_answer(c, xid);
	else
		o->barrier[o->barrier_nr++] = b;
}

static void barriers_release(struct ofapp *o, uint64_t number)
{
	if (o->done < number)
		o->done = number;
	ofapp_barriers_check(o);
}

static void feed(struct ofapp *o);

static void event_over(struct ofapp *o)
{
	struct waiting *e = o->now;
	bool put = o->item_nr && !o->list_full;

	o->stats.fed++;
	if (o->list_full) {
		o->stats.ignored++;
		log_say(LOG_L_WARNING, "application",
			"answer dropped: too long event=%llu",
			(unsigned long long)e->number);
	} else if (put) {
		o->stats.outputs++;
		o->config.output(o->config.ctx, e->number, o->list,
				 o->list_len);
	}
	if (!put)
		barriers_release(o, e->number);
	/* Not before: what comes in from within output() must find the list taken. */
	o->now = NULL;
	free(e);
	feed(o);
}

static void fence(struct ofapp *o)
{
	unsigned int asked = 0;
	uint32_t i;

	for (i = 0; i < o->config.switches; i++) {
		struct ofapp_conn *c = o->conn[i];

		if (!c || c->state != OFAPP_UP)
			continue;
		c->counts = true;
		c->echoes = ECHO_ROUNDS;
		c->since_ms = uv_now(o->config.loop);
		ofapp_conn_echo(c);
		asked++;
	}
	if (!asked)
		event_over(o);
}

void ofapp_conn_answered(struct ofapp *o)
{
	uint32_t i;

	if (!o->now || o->opening)
		return;
	for (i = 0; i < o->config.switches; i++)
		if (o->conn[i] && o->conn[i]->state == OFAPP_UP &&
		    o->conn[i]->echoes)
			return;
	event_over(o);
}

void ofapp_conn_up(struct ofapp *o, struct ofapp_conn *c)
{
	c->state = OFAPP_UP;
	log_say(LOG_L_INFO, "application", "switch shown switch=%016llx",
		(unsigned long long)ofapp_dpid(o, c->sw));
	if (o->opening && o->now->sw == c->sw) {
		o->opening = false;
		fence(o);
	}
}

static void ended(struct ofapp *o)
{
	uint32_t i;

	if (o->timer_open || o->open)
		return;
	for (i = 0; i < o->config.switches; i++)
		free(o->conn[i]);
	free(o->conn);
	o->closed(o->closed_ctx);
	free(o);
}

void ofapp_conn_gone(struct ofapp *o, struct ofapp_conn *c)
{
	unsigned int i, kept = 0;

	o->open--;
	for (i = 0; i < o->barrier_nr; i++)
		if (o->barrier[i].conn != c)
			o->barrier[kept++] = o->barrier[i];
	o->barrier_nr = kept;
	c->echoes = 0;
	c->since_ms = uv_now(o->config.loop);
	if (o->closing)
		ended(o);
	else if (!o->opening || o->now->sw != c->sw)
		ofapp_conn_answered(o);
}

static void conn_drop(struct ofapp *o, uint32_t sw, const char *why)
{
	struct ofapp_conn *c = o->conn[sw];

	if (c)
		ofapp_conn_close(c, why);
}

/* Is the message what its kind says, so that the stream stays one? */
static bool feedable(const struct waiting *e)
{
	static const uint8_t type[APP_EVENT_KINDS] = {
		[APP_PACKET_IN] = 10, [APP_FLOW_REMOVED] = 11,
		[APP_PORT_STATUS] = 12, [APP_ERROR] = OFT_ERROR,
	};

	return e->len >= OF_HEADER_LEN && e->message[0] == 4 &&
	       e->message[1] == type[e->kind] &&
	       wire_get16(e->message + 2) == e->len;
}

static void feed_one(struct ofapp *o)
{
	struct waiting *e = o->now;
	struct ofapp_conn *c = o->conn[e->sw];

	o->item_nr = 0;
	o->list_len = 0;
	o->list_full = false;
	switch (e->kind) {
	case APP_SWITCH_UP:
	case APP_REPLY:
		/* A connection of its former life shows tables that are gone. */
		conn_drop(o, e->sw, c && c->state == OFAPP_UP ?
			  "the switch is new" : NULL);
		o->opening = true;
		conn_open(o, e->sw, true);
		return;
	case APP_SWITCH_DOWN:
		conn_drop(o, e->sw, "the switch is down");
		break;
	default:
		if (c && c->state == OFAPP_UP && feedable(e))
			ofapp_conn_send(c, e->message, e->len);
	}
	fence(o);
}

/* Events that are over at once come back to here: a loop, as there may be many. */
static void feed(struct ofapp *o)
{
	if (o->feeding)
		return;
	o->feeding = true;
	while (!o->now && o->first && !o->closing) {
		o->now = o->first;
		o->first = o->now->next;
		if (!o->first)
			o->last = &o->first;
		o->queued -= sizeof(*o->now) + o->now->len;
		feed_one(o);
	}
	o->feeding = false;
}

/* Is there an event in which its connection is to be made? */
static bool shown_later(const struct ofapp *o, uint32_t sw)
{
	const struct waiting *e;

	if (o->opening && o->now->sw == sw)
		return true;
	for (e = o->first; e; e = e->next)
		if (e->sw == sw && (e->kind == APP_SWITCH_UP ||
				    e->kind == APP_REPLY))
			return true;
	return false;
}

static void tick(uv_timer_t *timer)
{
	struct ofapp *o = timer->data;
	uint64_t now = uv_now(o->config.loop);
	struct ofapp_conn *c;
	uint32_t i;

	if (!o->live)
		return;
	for (i = 0; i < o->config.switches; i++) {
		c = o->conn[i];
		if (c && (c->state == OFAPP_SHAKING ||
			  (c->state == OFAPP_UP && c->echoes)) &&
		    now - c->since_ms > o->config.patience_ms) {
			o->stats.timeouts++;
			conn_drop(o, i, "the controller does not answer");
		}
		if (c && now > o->config.patience_ms)
			ofapp_conn_forget(c, now - o->config.patience_ms);
		if (!external_known(external_switch(o->app, i)) ||
		    (c && (c->state != OFAPP_IDLE ||
			   now - c->since_ms < RETRY_MS)))
			continue;
		if (o->opening && o->now->sw == i)
			conn_open(o, i, true);
		else if (!shown_later(o, i))
			conn_open(o, i, false);
	}
	/* It went away before it could be shown. */
	if (o->opening && !external_known(external_switch(o->app,
							  o->now->sw))) {
		o->opening = false;
		fence(o);
	}
	ofapp_barriers_check(o);
	feed(o);
}

static void outside_event(void *ctx, const void *app, uint64_t number,
			  const struct app_event *event)
{
	struct ofapp *o = ctx;
	struct waiting *e;

	o->app = app;
	if (!o->live || o->closing)
		return;
	if (event->kind == APP_REPLY && o->conn[event->sw] &&
	    event->len >= OF_HEADER_LEN &&
	    o->conn[event->sw]->state == OFAPP_UP)
		ofapp_conn_reply(o->conn[event->sw], event->message,
				 event->len);
	/* A switch is shown once all that a handshake tells is known. */
	if ((event->kind == APP_SWITCH_UP || event->kind == APP_REPLY) &&
	    (!external_known(external_switch(app, event->sw)) ||
	     (event->kind == APP_REPLY &&
	      (shown_later(o, event->sw) ||
	       (o->conn[event->sw] &&
		o->conn[event->sw]->state != OFAPP_IDLE)))))
		return;
	if (o->queued + sizeof(*e) + event->len > QUEUE_MAX) {
		o->stats.dropped++;
		return;
	}
	e = malloc(sizeof(*e) + event->len);
	if (!e) {
		o->stats.dropped++;
		return;
	}
	*e = (struct waiting){ NULL, number, event->sw, event->kind,
			       event->len };
	if (event->len)
		memcpy(e->message, event->message, event->len);
	*o->last = e;
	o->last = &e->next;
	o->queued += sizeof(*e) + e->len;
	/* Nothing is put to the vote from here: that takes an answer of the controller. */
	feed(o);
}

static void outside_loaded(void *ctx, const void *app)
{
	struct ofapp *o = ctx;

	o->app = app;
}

static void outside_voted(void *ctx, uint64_t number)
{
	struct ofapp *o = ctx;

	barriers_release(o, number);
}

struct app_outside *ofapp_outside(struct ofapp *o)
{
	return &o->outside;
}

struct ofapp *ofapp_create(const struct ofapp_config *config,
			   struct words *why)
{
	struct sockaddr_storage a;
	struct ofapp *o;
	int rc;

	if (uv_ip4_addr(config->host, config->port, (struct sockaddr_in *)&a) &&
	    uv_ip6_addr(config->host, config->port, (struct sockaddr_in6 *)&a)) {
		words_set(why, "%s is not an address", config->host);
		return NULL;
	}
	o = calloc(1, sizeof(*o));
	if (o)
		o->conn = calloc(config->switches, sizeof(struct ofapp_conn *));
	if (!o || !o->conn) {
		free(o);
		words_set(why, "no memory");
		return NULL;
	}
	o->config = *config;
	if (!o->config.patience_ms)
		o->config.patience_ms = PATIENCE_MS;
	o->outside = (struct app_outside){ o, outside_event, outside_loaded,
					   outside_voted };
	o->last = &o->first;
	rc = uv_timer_init(config->loop, &o->timer);
	assert(!rc);
	o->timer.data = o;
	o->timer_open = true;
	return o;
}

void ofapp_live(struct ofapp *o)
{
	o->live = true;
	uv_timer_start(&o->timer, tick, 0, TICK_MS);
}

static void timer_closed(uv_handle_t *handle)
{
	struct ofapp *o = handle->data;

	o->timer_open = false;
	ended(o);
}

void ofapp_close(struct ofapp *o, void (*closed)(void *ctx), void *ctx)
{
	struct waiting *e;
	uint32_t i;

	o->closing = true;
	o->closed = closed;
	o->closed_ctx = ctx;
	while ((e = o->first)) {
		o->first = e->next;
		free(e);
	}
	free(o->now);
	o->now = NULL;
	o->opening = false;
	for (i = 0; i < o->config.switches; i++)
		if (o->conn[i])
			ofapp_conn_close(o->conn[i], NULL);
	uv_close((uv_handle_t *)&o->timer, timer_closed);
}

void ofapp_stats(const struct ofapp *o, struct ofapp_stats *stats)
{
	uint32_t i;

	*stats = o->stats;
	for (i = 0; i < o->config.switches; i++)
		stats->connections += o->conn[i] &&
			o->conn[i]->state == OFAPP_UP;
}
