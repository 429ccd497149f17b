// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: they ask, ask again, and stay within their window.  Some lie: other
 * bytes under one id, numbers that were used, numbers far ahead, no signature.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_HEAD = 4 + 8 + 8 + 8 };	/* client, epoch, counter, sum */

struct packet *client_request(struct world *w, unsigned int client,
			      uint64_t epoch, uint64_t counter, size_t len)
{
	struct packet *p = packet_new(NULL, REQUEST_HEAD + len);
	uint32_t index = client;
	uint64_t sum;

	memcpy(p->bytes, &index, 4);
	memcpy(p->bytes + 4, &epoch, 8);
	memcpy(p->bytes + 12, &counter, 8);
	prng_fill(&w->prng, p->bytes + REQUEST_HEAD, len);
	sum = mix64(mix_bytes(w->client_secret, p->bytes, 20),
		    mix_bytes(3, p->bytes + REQUEST_HEAD, len));
	memcpy(p->bytes + 20, &sum, 8);
	p->sum = mix_bytes(1, p->bytes, p->len);
	return p;
}

enum agree_err client_check(struct world *w, const uint8_t *bytes, size_t len,
			    struct request_id *id)
{
	uint32_t client;
	uint64_t sum;

	if (len < REQUEST_HEAD)
		return AGREE_EREQUEST;
	memcpy(&client, bytes, 4);
	memcpy(&id->epoch, bytes + 4, 8);
	memcpy(&id->counter, bytes + 12, 8);
	memcpy(&sum, bytes + 20, 8);
	id->client = client;
	if (client >= w->swarm.clients || !id->counter)
		return AGREE_ECLIENT;
	if (sum != mix64(mix_bytes(w->client_secret, bytes, 20),
			 mix_bytes(3, bytes + REQUEST_HEAD,
				   len - REQUEST_HEAD)))
		return AGREE_ESIGNATURE;
	return AGREE_OK;
}

static void submit(struct world *w, unsigned int client, struct issued *is)
{
	uint32_t to = (uint32_t)prng_next(&w->prng);
	struct packet *p;
	unsigned int i;

	if (prng_chance(&w->prng, MILLION / 2))
		to = ~0u;
	else if (!(to & (bit(w->n) - 1)))
		to = bit(prng_below(&w->prng, w->n));
	for (i = 0; i < w->instances; i++) {
		if (!(to & bit(w->node[i]->member)))
			continue;
		if (!w->healed && prng_chance(&w->prng, w->swarm.loss_ppm))
			continue;
		p = is->both && prng_chance(&w->prng, MILLION / 2) ? is->other :
								     is->packet;
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + net_delay_us(w),
			.kind = EV_REQUEST, .at = (uint16_t)i,
			.from = (uint16_t)client, .packet = packet_ref(p) });
	}
	is->since_us = w->now_us;
}

static void issued_free(struct issued *is)
{
	packet_put(is->packet);
	packet_put(is->other);
}

static void lie(struct world *w, struct client *c, unsigned int client,
		struct issued *is)
{
	switch (prng_below(&w->prng, 5)) {
	case 0:
		is->both = true;
		is->other = client_request(w, client, c->epoch, is->counter,
					   w->swarm.request_len);
		break;
	case 1:			/* a gap */
		c->counter += prng_below(&w->prng, 2 * w->swarm.config.window);
		break;
	case 2:			/* not signed */
		is->packet->bytes[21] ^= 1;
		break;
	case 3:			/* an older epoch */
		packet_put(is->packet);
		is->packet = client_request(w, client, c->epoch - 1,
					    is->counter, 8);
		break;
	}
}

static void ask(struct world *w, unsigned int client)
{
	struct client *c = &w->client[client];
	struct issued *is = &c->issued[c->nr++];
	struct request_id id;
	size_t len = prng_below(&w->prng, w->swarm.request_len + 1);

	memset(is, 0, sizeof(*is));
	is->counter = ++c->counter;
	is->packet = client_request(w, client, c->epoch, is->counter, len);
	if (c->liar) {
		lie(w, c, client, is);
	} else {
		id = (struct request_id){ client, c->epoch, is->counter };
		history_issued(w, &id, is->packet->sum);
		if (!w->first_request)
			w->first_request = packet_ref(is->packet);
	}
	submit(w, client, is);
}

/* It starts anew: what was not executed may never be. */
static void incarnate(struct client *c)
{
	while (c->nr)
		issued_free(&c->issued[--c->nr]);
	c->epoch++;
	c->counter = 0;
}

void client_look(struct world *w, unsigned int client)
{
	struct client *c = &w->client[client];
	const struct swarm *s = &w->swarm;
	uint64_t patience_us = 100 * MS + 3 * s->config.timeout_min_ms * MS;
	unsigned int i;

	if (!w->quiet) {
		if (prng_chance(&w->prng, 300))
			incarnate(c);
		if (c->nr < s->outstanding &&
		    (!c->nr || c->counter + 1 - c->issued[0].counter <
			       s->config.window / 2))
			ask(w, client);
	}
	for (i = 0; i < c->nr; i++)
		if (w->now_us - c->issued[i].since_us > patience_us)
			submit(w, client, &c->issued[i]);
	if (c->liar && c->nr == s->outstanding) {
		issued_free(&c->issued[0]);
		memmove(&c->issued[0], &c->issued[1],
			--c->nr * sizeof(c->issued[0]));
	}
	if (!w->quiet || c->nr)
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + 1 + prng_below(&w->prng, 2 * MS *
				(w->quiet ? 20 : s->request_ms)),
			.kind = EV_CLIENT, .at = (uint16_t)client });
}

void client_executed(struct world *w, const struct node *node,
		     const struct request_id *id)
{
	struct client *c = &w->client[id->client];
	unsigned int i, enough;

	if (id->epoch != c->epoch)
		return;
	for (i = 0; i < c->nr; i++)
		if (c->issued[i].counter == id->counter)
			break;
	if (i == c->nr)
		return;
	c->issued[i].done |= bit(node->member);
	enough = w->swarm.mode == AGREE_BYZANTINE ? w->f + 1 : 1;
	if ((unsigned int)__builtin_popcount(c->issued[i].done) < enough)
		return;
	c->acked++;
	issued_free(&c->issued[i]);
	memmove(&c->issued[i], &c->issued[i + 1],
		(--c->nr - i) * sizeof(c->issued[0]));
}

/* Who got its state from others never executed it, but can say that it was. */
void client_told(struct world *w, const struct node *node,
		 const struct packet *request)
{
	struct request_id id;

	if (node->update->verdict == AGREE_EDECIDED && !node->liar &&
	    client_check(w, request->bytes, request->len, &id) == AGREE_OK &&
	    history_has(w, &id))
		client_executed(w, node, &id);
}

bool client_idle(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->swarm.clients; i++)
		if (!w->client[i].liar && w->client[i].nr)
			return false;
	return true;
}

void client_say_open(const struct world *w, char *out, size_t room)
{
	const struct client *c;
	unsigned int i;

	for (i = 0; i < w->swarm.clients; i++) {
		c = &w->client[i];
		if (c->liar || !c->nr)
			continue;
		snprintf(out, room, "client %u waits for %u of epoch %llu, the first is %llu, done by %#x",
			 i, c->nr, (unsigned long long)c->epoch,
			 (unsigned long long)c->issued[0].counter,
			 c->issued[0].done);
		return;
	}
}

void client_start(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->swarm.clients; i++) {
		if (!w->client[i].epoch)
			w->client[i].epoch = 5;
		w->client[i].liar = i < w->swarm.liar_clients;
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + prng_below(&w->prng, 20 * MS),
			.kind = EV_CLIENT, .at = (uint16_t)i });
	}
}

void client_free(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->swarm.clients; i++)
		incarnate(&w->client[i]);
	packet_put(w->first_request);
}
