// SPDX-License-Identifier: GPL-2.0
/*
 * The loop: take the next event, let it happen, look.  A run has two halves: faults,
 * and then none, when everything that correct clients asked for must be executed
 * everywhere within a bound.
 */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void violated(struct world *w, const char *format, ...)
{
	va_list args;

	if (w->failed)
		return;
	w->failed = true;
	va_start(args, format);
	vsnprintf(w->why, sizeof(w->why), format, args);
	va_end(args);
}

static void print_line(const struct trace_line *line)
{
	static const char *const step[] = {
		"snapshot", "segment", "start", "message", "request", "tick",
		"link", "switch", "output",
	};

	if (!strcmp(line->what, "step") && line->kind < 9)
		printf("  %10.3f ms node %2u %-8s from %2u: height %llu decided %llu, %s, %llu bytes\n",
		       (double)line->at_us / MS, line->at, step[line->kind],
		       line->from, (unsigned long long)(line->a >> 32),
		       (unsigned long long)(line->a & 0xffffffff),
		       agree_err_text((enum agree_err)(line->b >> 32)),
		       (unsigned long long)(line->b & 0xffffffff));
	else
		printf("  %10.3f ms node %2u %s: %llu %llu\n",
		       (double)line->at_us / MS, line->at, line->what,
		       (unsigned long long)line->a,
		       (unsigned long long)line->b);
}

void trace(struct world *w, const char *what, uint8_t kind, uint16_t at,
	   uint16_t from, uint64_t a, uint64_t b)
{
	struct trace_line *line = &w->trace[w->trace_nr++ % TRACE_NR];

	w->trace_sum = mix64(w->trace_sum, mix64(w->now_us << 16 ^ at ^
			     (uint64_t)from << 8 ^ (uint64_t)kind << 56,
			     mix64(a, b)));
	*line = (struct trace_line){ w->now_us, w->trace_sum, a, b, at, from,
				     kind, what };
	if (w->loud)
		print_line(line);
}

static void print_node(const struct node *node)
{
	struct agree_stats s;

	printf("  node %2u is member %u%s%s:", node->instance, node->member,
	       node->liar ? ", a liar" : "", node->damaged ? ", damaged" : "");
	if (!node->up) {
		printf(" down\n");
		return;
	}
	node_stats(node, &s);
	printf(" height %llu, decided %llu, checkpoint %llu, leader %u, timer %u ms, pool %u, %llu timeouts, executed %llu%s%s%s\n",
	       (unsigned long long)s.height, (unsigned long long)s.decided,
	       (unsigned long long)s.checkpoint, s.leader, s.timeout_ms,
	       s.pool, (unsigned long long)s.timeouts,
	       (unsigned long long)node->log.count,
	       s.recovering ? ", recovering" : "",
	       s.repairing ? ", repairing" : "",
	       node->paused ? ", paused" : "");
}

void world_print(const struct world *w)
{
	uint64_t i = w->trace_nr > TRACE_NR ? w->trace_nr - TRACE_NR : 0;
	unsigned int k;

	swarm_print(&w->swarm);
	for (k = 0; k < w->instances; k++)
		print_node(w->node[k]);
	if (w->kind->print)
		w->kind->print(w);
	for (; i < w->trace_nr; i++)
		print_line(&w->trace[i % TRACE_NR]);
}

static void make_nodes(struct world *w)
{
	const struct swarm *s = &w->swarm;
	unsigned int i, first = s->liars ? prng_below(&w->prng, w->n) : 0;
	struct node *node;

	for (i = 0; i < w->n; i++)
		node_new(w, (uint16_t)i, (uint16_t)i);
	w->instances = w->n;
	for (i = 0; i < s->liars; i++) {
		node = w->node[(first + i) % w->n];
		node->liar = true;
		if (!swarm_lies(s, LIE_TWIN))
			continue;
		node_new(w, (uint16_t)w->instances, node->member);
		w->node[w->instances]->liar = true;
		w->node[w->instances]->audience = (uint32_t)prng_next(&w->prng);
		node->audience = ~w->node[w->instances]->audience |
				 (uint32_t)prng_next(&w->prng);
		w->instances++;
	}
	for (i = 0; i < w->instances; i++) {
		node = w->node[i];
		node->base_ms += prng_below(&w->prng, s->clock_ms + 1);
		node->drift_ppb = (uint64_t)((int64_t)prng_below(&w->prng,
				  2 * s->drift_ppm * 1000 + 1) -
				  s->drift_ppm * 1000);
	}
}

struct world *world_new(uint64_t seed, const struct swarm *swarm,
			const struct core_kind *kind)
{
	struct world *w = must_have(NULL, sizeof(*w));
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->kind = kind;
	prng_seed(&w->prng, seed);
	if (swarm)
		w->swarm = *swarm;
	else
		swarm_seed(&w->swarm, &w->prng, kind == &core_agree ? 0 :
			   (unsigned int)prng_range(&w->prng, 2, 6));
	w->n = w->swarm.n;
	w->f = w->swarm.mode == AGREE_BYZANTINE ? (w->n - 1) / 3 :
	       w->swarm.mode == AGREE_CRASH ? (w->n - 1) / 2 : 0;
	w->client_secret = prng_next(&w->prng);
	for (i = 0; i < MEMBERS_MAX; i++)
		w->secret[i] = prng_next(&w->prng);
	make_nodes(w);
	if (kind->open)
		kind->open(w);
	return w;
}

void world_free(struct world *w)
{
	unsigned int i;

	client_free(w);
	if (w->kind->close)
		w->kind->close(w);
	for (i = 0; i < w->instances; i++)
		node_free(w->node[i]);
	heap_free(&w->heap);
	history_free(&w->history);
	free(w);
}

static void happen(struct world *w, const struct event *event)
{
	struct node *node = event->at < w->instances ? w->node[event->at] :
						       NULL;

	switch (event->kind) {
	case EV_MESSAGE:
	case EV_REQUEST:
	case EV_WAKE:
		if (node->up && !node_busy(node, event))
			node_event(node, event);
		break;
	case EV_DISK:
		if (node->up && event->stamp == node->incarnation)
			node_disk_done(node);
		break;
	case EV_BOOT:
		node_boot(node);
		break;
	case EV_RESUME:
		node->paused = false;
		if (node->up)
			node_resume(node);
		break;
	case EV_CLIENT:
		client_look(w, event->at);
		break;
	case EV_FAULT:
		fault_any(w);
		break;
	case EV_MEND:
		fault_mend(w, event);
		break;
	case EV_LIAR:
		liar_idea(node);
		break;
	default:
		w->kind->happen(w, event);
		break;
	}
}

/* A member that recovered what it had lost is one of the correct ones again. */
static void look_at(struct world *w, struct node *node)
{
	struct agree_stats stats;

	/* Only what is durable counts. */
	if (!node_check(node) || !node->up || !node->damaged || node->head)
		return;
	node_stats(node, &stats);
	if (stats.recovering || stats.repairing ||
	    node->seen_decided + w->swarm.config.heights < w->history.top)
		return;
	node->damaged = false;
	node->formatted = true;
	trace(w, "is whole again", EV_MEND, node->instance, 0, 0, 0);
}

bool world_until(struct world *w, uint64_t us, bool (*enough)(struct world *w))
{
	struct event event;
	unsigned int i;

	while (!w->failed && w->now_us < us) {
		if (enough && !(w->totals.events & 15) && enough(w))
			return true;
		if (!heap_get(&w->heap, &event)) {
			w->now_us = us;
			break;
		}
		if (event.at_us > w->now_us)
			w->now_us = event.at_us;
		w->totals.events++;
		happen(w, &event);
		packet_put(event.packet);
		if (!(w->totals.events & 255))
			for (i = 0; i < w->instances; i++)
				look_at(w, w->node[i]);
	}
	return !w->failed && (!enough || enough(w));
}

static void start(struct world *w)
{
	if (w->kind->start)
		w->kind->start(w);
	else
		client_start(w);
}

void world_boot(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->instances; i++)
		node_boot(w->node[i]);
	start(w);
	if (w->swarm.faults)
		heap_put(&w->heap, (struct event){ .at_us = 100 * MS,
			.kind = EV_FAULT });
	for (i = 0; i < w->instances; i++)
		if (w->node[i]->liar)
			heap_put(&w->heap, (struct event){
				.at_us = w->now_us + 10 * MS,
				.kind = EV_LIAR, .at = (uint16_t)i });
}

/* From now on nothing breaks any more: but liars lie for ever. */
void world_heal(struct world *w)
{
	unsigned int i;

	w->healed = true;
	w->quiet = true;
	net_heal(w);
	for (i = 0; i < w->instances; i++) {
		w->node[i]->full = false;
		w->node[i]->paused = false;
		node_boot(w->node[i]);
		node_resume(w->node[i]);
	}
	trace(w, "heal", 0, 0, 0, 0, 0);
}

bool world_settled(struct world *w)
{
	const struct node *node;
	unsigned int i;

	if (!client_idle(w) || (w->kind->settled && !w->kind->settled(w)))
		return false;
	for (i = 0; i < w->instances; i++) {
		node = w->node[i];
		if (!node->liar && (!node->up ||
				    node->log.count < w->history.nr))
			return false;
	}
	return true;
}

/*
 * The longest that it may take: the timer that runs now may be as long as it ever gets
 * (R16), then f liars in a row may lead, each for one timer, and a correct leader's
 * height may be cut short by one more; those who are behind ask once a status_ms, get
 * a bounded answer, and may have to ask liars first.
 */
static uint64_t bound_us(const struct world *w)
{
	const struct agree_config *c = &w->swarm.config;
	uint64_t timer_ms = (uint64_t)c->timeout_max_ms * 8;

	return (timer_ms * (w->f + 3) + (uint64_t)c->status_ms * 40 + 5000) *
	       MS;
}

static void say_who_is_behind(struct world *w)
{
	struct agree_stats s = { 0 };
	const struct node *node = w->node[0];
	char more[128] = "";
	unsigned int i;

	for (i = 0; i < w->instances; i++) {
		node = w->node[i];
		if (!node->liar && (!node->up ||
				    node->log.count < w->history.nr))
			break;
	}
	client_say_open(w, more, sizeof(more));
	if (i == w->instances && w->kind->say_unsettled)
		w->kind->say_unsettled(w, more, sizeof(more));
	if (node->up)
		node_stats(node, &s);
	violated(w, "liveness: %s within %llu ms; member %u: executed %llu of %zu, height %llu, decided %llu%s%s %s",
		 i < w->instances ? "somebody is behind" :
		 "not everything is executed or applied",
		 (unsigned long long)(bound_us(w) / MS), node->member,
		 (unsigned long long)node->log.count, w->history.nr,
		 (unsigned long long)s.height, (unsigned long long)s.decided,
		 s.recovering ? ", recovering" : "",
		 s.repairing ? ", repairing" : "", more);
}

static bool settle(struct world *w)
{
	uint64_t since = w->now_us;

	if (!world_until(w, w->now_us + bound_us(w), world_settled) &&
	    !w->failed)
		say_who_is_behind(w);
	if (w->now_us - since > w->totals.heal_us)
		w->totals.heal_us = w->now_us - since;
	return !w->failed;
}

bool world_finish(struct world *w)
{
	unsigned int i;

	world_heal(w);
	if (!settle(w))
		return false;
	if (w->swarm.whole_restart) {
		for (i = 0; i < w->instances; i++)
			node_crash(w->node[i]);
		for (i = 0; i < w->instances; i++)
			node_boot(w->node[i]);
		w->quiet = false;
		start(w);
		world_until(w, w->now_us + 300 * MS, NULL);
		w->quiet = true;
		if (!settle(w))
			return false;
	}
	for (i = 0; i < w->instances; i++)
		node_check(w->node[i]);
	if (!world_until(w, w->now_us + bound_us(w), bounds_settled))
		bounds_say(w);
	w->totals.decided = w->history.top;
	w->totals.executed = w->history.nr;
	return !w->failed;
}

bool world_run(struct world *w)
{
	world_boot(w);
	world_until(w, (uint64_t)w->swarm.run_ms * MS, NULL);
	return !w->failed && world_finish(w);
}
