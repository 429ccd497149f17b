// SPDX-License-Identifier: GPL-2.0
/*
 * A node of the second stage: a whole controller, its links to switches, and what a liar
 * makes of its updates.
 */
#include "domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ctl_config config_of(struct node *node)
{
	struct world *w = node->world;
	struct ctl_config c = {
		.agree = node->config,
		.switches = w->swarm.switches,
		.sw = w->domain->ctl_sw,
		.procedure = (enum ctl_procedure)w->swarm.procedure,
		.scheme = (uint8_t)w->swarm.scheme,
		.alg = update_alg(w),
		.signer = node->member + 1,
		.outstanding_max = 128,
		.outstanding_bytes = 1 << 18,
		.retransmit_ms = 50,
		/* Who never gives up may have to wait for ever. */
		.down_ms = w->swarm.faults || w->swarm.liar_switches ? 2000 : 0,
		.votes_max = w->domain->votes_max,
		.app = &app_sim,
		.app_config = {
			.switches = w->swarm.switches,
			.dpid = w->domain->dpid,
			.hosts_max = 16,
			.outside = w->domain->votes ? outside_new(node) : NULL,
		},
	};

	return c;
}

static void open_domain(struct world *w)
{
	struct domain *d = must_have(NULL, sizeof(*d));

	memset(d, 0, sizeof(*d));
	w->domain = d;
	d->group_secret = prng_next(&w->prng);
	/* By the number, so that nothing else of the world changes */
	d->votes = w->seed % 4 == 3;
	d->vary = w->seed % 8 == 7;
	/* Few: members withdraw their own votes. */
	d->votes_max = !d->votes || w->seed % 16 == 3 ? VOTES_FEW : 1024;
	switch_open(w);
}

static void close_domain(struct world *w)
{
	unsigned int i;

	switch_close(w);
	for (i = 0; i < w->instances; i++)
		outside_free(w->node[i]);
	applied_free(w->domain);
	free(w->domain->said);
	free(w->domain);
}

static size_t size(struct node *node)
{
	const char *why;

	if (!node->ctl_update) {
		free(node->update);
		node->ctl_update = must_have(NULL, sizeof(*node->ctl_update));
		node->update = &node->ctl_update->agree;
		node->ctl_config = must_have(NULL, sizeof(*node->ctl_config));
	}
	*node->ctl_config = config_of(node);
	if (ctl_config_check(node->ctl_config, &why)) {
		fprintf(stderr, "sim: %s\n", why);
		exit(2);
	}
	return ctl_size(node->ctl_config);
}

static void ctl_sign(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len)
{
	log_ops.sign(ctx, sig, bytes, len);
}

static bool ctl_verify(void *ctx, unsigned int member, const uint8_t *bytes,
		       size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	return log_ops.verify(ctx, member, bytes, len, sig);
}

static bool switch_verify(void *ctx, uint32_t sw, const uint8_t *bytes,
			  size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct node *node = ctx;
	uint8_t want[AGREE_SIG_LEN];

	if (sw >= node->world->swarm.switches) {
		violated(node->world, "signature of switch %u is asked for",
			 sw);
		return false;
	}
	switch_sign(&node->world->domain->sw[sw], bytes, len, want);
	return !memcmp(sig, want, sizeof(want));
}

static size_t sign_update(void *ctx, uint8_t sig[CTL_SIG_MAX],
			  const uint8_t statement[STATEMENT_LEN])
{
	return update_sign(ctx, sig, statement);
}

static bool buggify(void *ctx, enum agree_buggify what)
{
	return log_ops.buggify(ctx, what);
}

static void executed(void *ctx, const struct agree_decided *d)
{
	outside_executed(ctx, d->request, d->len);
}

static const struct ctl_ops ops = {
	.sign = ctl_sign,
	.verify = ctl_verify,
	.switch_verify = switch_verify,
	.update_sign = sign_update,
	.buggify = buggify,
	.executed = executed,
};

static void init(struct node *node, void *mem)
{
	app_node = node;
	node->core = ctl_init(mem, node->ctl_config, &ops, node);
}

static void do_step(struct node *node, const struct ctl_event *event,
		    uint64_t now_ms)
{
	struct ctl_event e = *event;

	app_node = node;
	e.agree.synced = node->synced;
	ctl_step(node->core, &e, now_ms, node->ctl_update);
}

static void step(struct node *node, const struct agree_event *event,
		 uint64_t now_ms)
{
	do_step(node, &(struct ctl_event){ .kind = CTL_AGREE, .agree = *event },
		now_ms);
}

enum agree_err ctl_node_step(struct node *node, const struct ctl_event *event,
			     uint8_t kind, uint16_t from)
{
	enum agree_err verdict;

	node->deed_nr = 0;
	do_step(node, event, node_now_ms(node));
	verdict = node->update->verdict;
	node_stepped(node, kind, from, (uint64_t)verdict << 32 | event->len);
	return verdict;
}

static void stats(const struct node *node, struct agree_stats *out)
{
	struct ctl_stats s;

	ctl_stats(node->core, &s);
	if (!node->liar && s.dropped)
		node->world->domain->lenient = true;
	*out = s.agree;
}

static void wave(struct node *node, struct pending *p)
{
	const struct ctl_update *u = node->ctl_update;
	unsigned int i;

	if (u->message_nr)
		p->wave = must_have(NULL, u->message_nr * sizeof(*p->wave));
	for (i = 0; i < u->message_nr; i++)
		p->wave[p->wave_nr++] = (struct out){
			(uint16_t)u->message[i].sw,
			packet_new(u->message[i].bytes, u->message[i].len) };
}

static void vouch(struct node *node, const struct packet *p)
{
	uint8_t statement[STATEMENT_LEN];
	struct ctl_to_switch m;

	if (ctl_to_switch_decode(&m, node->config.domain, p->bytes, p->len) ||
	    (m.type == CTL_UPDATE &&
	     !update_statement(m.sealed, m.sealed_len, statement)))
		violated(node->world, "node %u sends what is no message to a switch",
			 node->member);
	else if (m.type == CTL_UPDATE)
		applied_vouch(node->world, statement);
}

/* §2.7.6 (ii): the body is changed, and signed by the liar alone; or the signature is wrong. */
static struct packet *false_update(struct node *node, const struct packet *p)
{
	struct prng *prng = &node->world->prng;
	struct packet *out = packet_new(p->bytes, p->len);

	if (swarm_lies(&node->world->swarm, LIE_SHARE))
		out->bytes[out->len - 1 - prng_below(prng, 40)] ^= 1;
	if (swarm_lies(&node->world->swarm, LIE_UPDATE))
		out->bytes[prng_below(prng, out->len)] ^=
			1 << prng_below(prng, 8);
	return out;
}

static void waved(struct node *node, uint16_t sw, struct packet *packet)
{
	struct world *w = node->world;
	struct packet *p = packet_ref(packet);

	if (!node->liar) {
		vouch(node, p);
	} else if (prng_chance(&w->prng, MILLION / 3)) {
		packet_put(p);
		p = false_update(node, packet);
	}
	if (w->healed || !prng_chance(&w->prng, w->swarm.loss_ppm))
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + net_delay_us(w),
			.kind = EV_TO_SWITCH, .at = sw,
			.from = node->instance, .packet = packet_ref(p) });
	packet_put(p);
}

static void booted(struct node *node)
{
	struct world *w = node->world;
	unsigned int i;

	for (i = 0; i < w->swarm.switches; i++) {
		w->domain->sw[i].link[node->instance] = false;
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + 2 * MS + net_delay_us(w),
			.kind = EV_LINK, .at = node->instance,
			.from = (uint16_t)i, .stamp = 1 });
	}
	if (w->domain->votes)
		outside_start(node);
}

static void link_event(struct world *w, const struct event *event)
{
	struct node *node = w->node[event->at];
	struct ctl_event in = { .kind = CTL_LINK, .sw = event->from,
				.up = event->stamp };

	if (!node->up || node_busy(node, event))
		return;
	w->domain->sw[event->from].link[event->at] = event->stamp;
	node->deed_nr = 0;
	do_step(node, &in, node_now_ms(node));
	node_stepped(node, 6, event->from, event->stamp);
}

static void from_switch(struct world *w, const struct event *event)
{
	struct node *node = w->node[event->at];
	struct ctl_event in = { .kind = CTL_SWITCH, .sw = event->from,
				.bytes = event->packet->bytes,
				.len = event->packet->len };

	if (!node->up || event->stamp != node->incarnation ||
	    !w->domain->sw[event->from].link[event->at] ||
	    node_busy(node, event))
		return;
	ctl_node_step(node, &in, 7, event->from);
}

static void happen(struct world *w, const struct event *event)
{
	switch (event->kind) {
	case EV_SWITCH:
		switch_look(w, event->at);
		break;
	case EV_TO_SWITCH:
		switch_take(&w->domain->sw[event->at], event->from,
			    event->packet);
		break;
	case EV_FROM_SWITCH:
		from_switch(w, event);
		break;
	case EV_LINK:
		link_event(w, event);
		break;
	case EV_OUTSIDE:
		outside_look(w, event);
		break;
	default:
		break;
	}
}

static void start(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->swarm.switches && !w->started; i++)
		heap_put(&w->heap, (struct event){
			.at_us = w->now_us + 5 * MS +
				 prng_below(&w->prng, 20 * MS),
			.kind = EV_SWITCH, .at = (uint16_t)i });
	w->started = true;
}

static bool settled(struct world *w)
{
	unsigned int i;
	uint64_t key;

	for (i = 0; i < w->swarm.switches; i++)
		if (!w->domain->sw[i].liar && !switch_idle(&w->domain->sw[i]))
			return false;
	return applied_all(w) && outside_settled(w, &key);
}

static void say_unsettled(struct world *w, char *out, size_t room)
{
	const struct domain *d = w->domain;
	const struct sim_switch *sw;
	uint64_t key;
	size_t i;

	if (!outside_settled(w, &key))
		snprintf(out, room, "no output for event %llu is executed",
			 (unsigned long long)key);
	for (i = 0; i < w->swarm.switches; i++) {
		sw = &d->sw[i];
		if (!sw->liar && !switch_idle(sw)) {
			snprintf(out, room, "switch %zu: epoch %llu%s, %u bundles, applied %llu, told %llu",
				 i, (unsigned long long)sw->epoch,
				 sw->starting ? " starting" : "",
				 sw->bundle_nr,
				 (unsigned long long)sw->applied,
				 (unsigned long long)sw->told);
			return;
		}
	}
	for (i = 0; i < d->produced_nr; i++)
		if (!d->produced[i].applied && !d->sw[d->produced[i].sw].excused)
			break;
	if (i < d->produced_nr)
		snprintf(out, room, "update %u of event %llu is not applied by switch %u",
			 d->produced[i].i, (unsigned long long)d->produced[i].k,
			 d->produced[i].sw);
}

static void print(const struct world *w)
{
	const struct sim_switch *sw;
	struct ctl_stats s;
	unsigned int i;

	for (i = 0; i < w->instances; i++) {
		if (!w->node[i]->up)
			continue;
		ctl_stats(w->node[i]->core, &s);
		printf("  node %2u: %u updates outstanding, %u ready, %u switches down, %llu dropped, %llu sent, %llu again\n",
		       i, s.outstanding, s.ready, s.down,
		       (unsigned long long)s.dropped,
		       (unsigned long long)s.sent,
		       (unsigned long long)s.resent);
	}
	for (i = 0; i < w->swarm.switches; i++) {
		sw = &w->domain->sw[i];
		printf("  switch %u%s%s: epoch %llu%s, applied %llu, told %llu, %u bundles, %u held\n",
		       i, sw->liar ? ", a liar" : "",
		       sw->excused ? ", excused" : "",
		       (unsigned long long)sw->epoch,
		       sw->starting ? " starting" : "",
		       (unsigned long long)sw->applied,
		       (unsigned long long)sw->told, sw->bundle_nr,
		       sw->held_nr);
	}
}

static bool judges(const struct world *w, const struct request_id *id)
{
	return id->client < w->swarm.switches &&
	       id->client >= w->swarm.liar_switches;
}

const struct core_kind core_ctl = {
	.size = size,
	.init = init,
	.step = step,
	.stats = stats,
	.open = open_domain,
	.close = close_domain,
	.start = start,
	.settled = settled,
	.say_unsettled = say_unsettled,
	.print = print,
	.happen = happen,
	.booted = booted,
	.wave = wave,
	.waved = waved,
	.seen = applied_seen,
	.voted = outside_voted,
	.judges = judges,
};
