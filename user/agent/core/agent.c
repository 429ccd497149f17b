// SPDX-License-Identifier: GPL-2.0
/* One event in: handed to the part it is for; then each part does what has become due. */
#include "agent_state.h"

struct agent *agent_init(void *mem, const struct agent_config *config,
			 const struct agent_ops *ops, void *ctx)
{
	struct agent *a = mem;
	const char *why;

	assert(agent_config_check(config, &why) == AGENT_OK);
	memset(mem, 0, agent_size(config));
	agent_layout(a, config, mem);
	a->config = *config;
	a->ops = ops;
	a->ctx = ctx;
	a->ack_ms = TIME_NONE;
	a->unsaid = 1;
	ask_begin(a);
	return a;
}

static enum agent_err take(struct agent *a, const struct agent_event *event)
{
	switch (event->kind) {
	case AGENT_START:
		return start_begin(a, event->epoch, event->fresh);
	case AGENT_SWITCH_UP:
		/* A connection takes the place of the one before. */
		vswitchd_down(a);
		vswitchd_up(a);
		return AGENT_OK;
	case AGENT_SWITCH_DOWN:
		vswitchd_down(a);
		return AGENT_OK;
	case AGENT_SWITCH_MESSAGE:
		return vswitchd_message(a, event->bytes, event->len);
	case AGENT_LINK_UP:
		assert(event->from < a->config.n);
		link_up(a, event->from);
		return AGENT_OK;
	case AGENT_LINK_DOWN:
		assert(event->from < a->config.n);
		link_down(a, event->from);
		return AGENT_OK;
	case AGENT_CONTROLLER:
		assert(event->from < a->config.n);
		return link_message(a, event->from, event->bytes, event->len);
	case AGENT_VERIFIER_NEWS:
		start_news(a);
		sync_news(a);
		a->progress = true;
		return AGENT_OK;
	case AGENT_TICK:
		return AGENT_OK;
	}
	assert(!"kinds of events are those of the header");
	return AGENT_ETYPE;
}

enum agent_err agent_step(struct agent *a, const struct agent_event *event,
			  uint64_t now_ms, uint64_t *wake_ms)
{
	enum agent_err err;

	assert(now_ms >= a->now_ms);
	assert(a->begun || event->kind == AGENT_START);
	a->now_ms = now_ms;
	err = take(a, event);
	start_work(a);
	sync_work(a);
	held_work(a);
	vswitchd_work(a);
	ask_work(a);
	ack_work(a, event->kind == AGENT_TICK);
	bundle_work(a);
	*wake_ms = min_ms(a->ready ? TIME_NONE : a->ready_ms, sync_wake(a));
	*wake_ms = min_ms(*wake_ms, vswitchd_wake(a));
	*wake_ms = min_ms(*wake_ms, ask_wake(a));
	*wake_ms = min_ms(*wake_ms, ack_wake(a));
	*wake_ms = min_ms(*wake_ms, bundle_wake(a));
	return err;
}

void agent_stats(const struct agent *a, struct agent_stats *stats)
{
	*stats = a->stats;
	stats->floor = a->floor;
}
