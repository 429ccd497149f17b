// SPDX-License-Identifier: GPL-2.0
/*
 * Applications outside, in some worlds of the second stage (C11): each member's own is told
 * of ordered events and answers a while later, and what it says goes to the vote.  It is not
 * deterministic in half of these worlds: correct ones may say one of two things.  It lives as
 * long as its member's process.  Those of liars say something else, the same for all liars,
 * or nothing, or much.
 */
#include "domain.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum { LIST_ROOM = 4096, RETRY_US = 3000 * MS, LOOK_US = 4 * MS };

/* What one said of an event, as a chain from which plans are made */
static uint64_t saying(uint64_t chain, unsigned int variant)
{
	return variant ? mix64(chain, variant) : chain;
}

static size_t list_make(const struct world *w, uint64_t key, uint64_t chain,
			uint8_t out[LIST_ROOM])
{
	struct wire_writer to = { out, LIST_ROOM, 0 };
	uint8_t payload[MARK_LEN + 64];
	const struct plan_update *u;
	struct plan plan;
	unsigned int i;

	plan_make(&plan, w, chain, APP_PACKET_IN, 0, false);
	for (i = 0; i < plan.nr; i++) {
		u = &plan.update[i];
		plan_payload(&plan, i, key, chain, payload);
		wire_write_be(&to, w->domain->dpid[u->sw], 8);
		wire_write_be(&to, u->flow, 8);
		wire_write_be(&to, u->after, 8);
		wire_write_be(&to, u->len, 4);
		wire_write(&to, payload, u->len);
	}
	return to.used;
}

static unsigned int variant_of(const struct node *node, uint64_t key)
{
	const struct world *w = node->world;

	return w->domain->vary && mix64(mix64(w->seed, node->member), key) & 1;
}

static void forget(struct voter *v, size_t i)
{
	memmove(&v->held[i], &v->held[i + 1],
		(--v->nr - i) * sizeof(v->held[0]));
}

/* Who falls behind answers the latest. */
static void hold(struct voter *v, uint64_t key, uint64_t chain)
{
	if (v->nr == OUTSIDE_MAX)
		forget(v, 0);
	v->held[v->nr++] = (struct held){ .key = key, .chain = chain };
}

static void told(void *ctx, const void *app, uint64_t number,
		 const struct app_event *event)
{
	struct node *node = ctx;
	uint8_t list[LIST_ROOM];
	uint64_t chain;

	(void)app;
	(void)event;
	chain = saying(node->log.chain, variant_of(node, number));
	if (list_make(node->world, number, chain, list))
		hold(node->voter, number, chain);
}

static void loaded(void *ctx, const void *app)
{
	struct node *node = ctx;

	(void)app;
	node->voter->nr = 0;
}

/* It is executed with the request that made it f + 1. */
static void voted(void *ctx, uint64_t key)
{
	struct node *node = ctx;
	struct voter *v = node->voter;
	size_t i;

	for (i = 0; i < v->nr; i++)
		if (v->held[i].key == key) {
			forget(v, i);
			break;
		}
	app_sim_voted(node, key, v->list_sum);
}

/* OUTPUT: key and list, by docs/controller.md section 2 */
void outside_executed(struct node *node, const uint8_t *request, size_t len)
{
	enum { TYPE_AT = 5, OUTPUT = 6, LIST_AT = 48 };

	if (node->voter)
		node->voter->list_sum = len < LIST_AT + AGREE_SIG_LEN ||
			request[TYPE_AT] != OUTPUT ? 0 :
			mix_bytes(6, request + LIST_AT,
				  len - LIST_AT - AGREE_SIG_LEN);
}

struct app_outside *outside_new(struct node *node)
{
	struct voter *v = node->voter;

	if (!v) {
		v = must_have(NULL, sizeof(*v));
		memset(v, 0, sizeof(*v));
		v->outside = (struct app_outside){
			.ctx = node, .event = told, .loaded = loaded,
			.voted = voted };
		node->voter = v;
	}
	v->nr = 0;
	v->list_sum = 0;
	return &v->outside;
}

void outside_free(struct node *node)
{
	free(node->voter);
}

void outside_start(struct node *node)
{
	heap_put(&node->world->heap, (struct event){
		.at_us = node->world->now_us + 1 +
			 prng_below(&node->world->prng, LOOK_US),
		.kind = EV_OUTSIDE, .at = node->instance,
		.stamp = node->incarnation });
}

static void remember(struct domain *d, uint64_t key, unsigned int variant)
{
	size_t had = d->said_room;

	if (key >= had) {
		d->said_room = 2 * key + 64;
		d->said = must_have(d->said, d->said_room);
		memset(d->said + had, 0, d->said_room - had);
	}
	d->said[key] |= (uint8_t)(1 << variant);
}

static enum agree_err say(struct node *node, uint64_t key, uint64_t chain)
{
	uint8_t list[LIST_ROOM];
	struct ctl_event in = { .kind = CTL_APP_OUTPUT, .key = key,
				.bytes = list };

	in.len = list_make(node->world, key, chain, list);
	if (!in.len)
		return AGREE_OK;
	return ctl_node_step(node, &in, 8, 0);
}

/* The same lies of all liars; also of what is not asked yet */
static void say_lies(struct node *node)
{
	struct world *w = node->world;
	struct voter *v = node->voter;
	uint64_t key = v->nr ? v->held[0].key : node->log.count;

	if (v->nr && prng_chance(&w->prng, MILLION / 2))
		forget(v, 0);
	if (prng_chance(&w->prng, MILLION / 4))
		key += prng_below(&w->prng, 20);
	else if (prng_chance(&w->prng, MILLION / 50))
		key = prng_next(&w->prng);
	else if (prng_chance(&w->prng, MILLION / 3))
		return;
	w->totals.lies++;
	say(node, key, mix64(key, 99));
}

/* What it never said, or so long ago that it may be lost */
static struct held *to_say(const struct node *node)
{
	struct voter *v = node->voter;
	size_t i;

	for (i = 0; i < v->nr; i++)
		if (!v->held[i].since_us ||
		    node->world->now_us - v->held[i].since_us > RETRY_US)
			return &v->held[i];
	return NULL;
}

static void say_next(struct node *node)
{
	struct world *w = node->world;
	struct held *h = to_say(node);
	uint64_t key, before;
	enum agree_err err;
	size_t i;

	if (!h)
		return;
	key = h->key;
	before = h->since_us;
	h->since_us = w->now_us;
	remember(w->domain, key, variant_of(node, key));
	err = say(node, key, h->chain);
	if (err == AGREE_EREQUEST || err == AGREE_EFORMAT)
		violated(w, "node %u: its output for %llu is refused: %s",
			 node->member, (unsigned long long)key,
			 agree_err_text(err));
	/* It may have been executed, or forgotten, by this very step. */
	for (i = 0; err && i < node->voter->nr; i++)
		if (node->voter->held[i].key == key)
			node->voter->held[i].since_us = before;
}

void outside_look(struct world *w, const struct event *event)
{
	struct node *node = w->node[event->at];

	if (!node->up || event->stamp != node->incarnation)
		return;
	if (!node->paused && !(w->swarm.waits && node->head)) {
		if (node->liar)
			say_lies(node);
		else
			say_next(node);
	}
	if (node->up && event->stamp == node->incarnation)
		outside_start(node);
}

/* Correct members that wait for this key */
static unsigned int holders(const struct world *w, uint64_t key)
{
	const struct voter *v;
	unsigned int i, nr = 0;
	size_t k;

	for (i = 0; i < w->n; i++) {
		v = w->node[i]->voter;
		if (w->node[i]->liar)
			continue;
		for (k = 0; k < v->nr; k++)
			if (v->held[k].key == key) {
				nr++;
				break;
			}
	}
	return nr;
}

/* C11 remembers so many executed keys; what is not above those that it forgot is past. */
static bool past(const struct world *w, uint64_t key)
{
	unsigned int above = 0;
	size_t i;

	for (i = 0; i < w->history.output_nr; i++)
		above += w->history.output[i].key > key;
	return above > w->domain->votes_max;
}

/* Of two variants one has f + 1 if 2 f + 1 speak. */
bool outside_settled(const struct world *w, uint64_t *key)
{
	unsigned int i, need = w->domain->vary ? 2 * w->f + 1 : w->f + 1;
	const struct voter *v;
	size_t k;

	if (w->domain->votes_max == VOTES_FEW)
		return true;
	for (i = 0; i < w->n; i++) {
		v = w->node[i]->voter;
		if (!v || w->node[i]->liar)
			continue;
		for (k = 0; k < v->nr; k++) {
			*key = v->held[k].key;
			if (holders(w, *key) >= need && !past(w, *key))
				return false;
		}
	}
	return true;
}

/* The first execution of all: said by a correct member? */
void outside_voted(struct world *w, const struct deed *deed)
{
	struct domain *d = w->domain;
	uint64_t key = deed->id.counter, chain = 0;
	uint8_t list[LIST_ROOM];
	unsigned int variant;
	size_t len;

	for (variant = 0; variant < 2; variant++) {
		if (!key || key > w->history.nr || key >= d->said_room ||
		    !(d->said[key] >> variant & 1))
			continue;
		chain = saying(w->history.entry[key - 1].chain, variant);
		len = list_make(w, key, chain, list);
		if (mix_bytes(6, list, len) == deed->sum)
			break;
	}
	if (variant == 2)
		violated(w, "vote: an output for %llu is executed that no correct member said",
			 (unsigned long long)key);
	else
		applied_voted(w, key, chain);
}
