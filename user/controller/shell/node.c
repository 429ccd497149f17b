// SPDX-License-Identifier: GPL-2.0
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "../core/message.h"
#include "node_parts.h"

static void on_tick(uv_timer_t *timer)
{
	struct node *node = timer->data;

	node->hooks->tick(node->hooks->ctx, node);
	node_flush(node);
}

static bool open_all(struct node *node, struct words *why)
{
	if (!node_links_prepare(node, why) || !node_core_open(node, why) ||
	    !node_links_open(node, why) || !node_core_start(node, why) ||
	    !node_links_dial(node, why))
		return false;
	if (node->hooks && node->hooks->tick) {
		uv_timer_init(node->loop, &node->tick);
		node->tick.data = node;
		node->ticking = true;
		uv_timer_start(&node->tick, on_tick, NODE_TICK_MS, NODE_TICK_MS);
	}
	return true;
}

struct node *node_create(uv_loop_t *loop, const struct conf *conf,
			 const struct domain *domain,
			 const struct node_hooks *hooks, struct words *why)
{
	struct node *node = calloc(1, sizeof(*node));
	int self = domain_controller(domain, conf->self);

	if (!node || self < 0) {
		free(node);
		if (self < 0)
			words_set(why, "there is no controller \"%s\" in the domain",
				  conf->self);
		else
			words_set(why, "no memory");
		return NULL;
	}
	node->loop = loop;
	node->conf = conf;
	node->domain = domain;
	node->hooks = hooks;
	node->self = (unsigned int)self;
	node->began_ms = uv_hrtime() / 1000000;
	node_trace_init(&node->trace);
	if (open_all(node, why))
		return node;
	node_close(node, NULL, NULL);
	return NULL;
}

static void on_part_closed(void *ctx)
{
	struct node *node = ctx;

	if (--node->parts)
		return;
	node_core_free(node);
	node_links_free(node);
	if (node->closed)
		node->closed(node->closed_ctx);
	free(node);
}

static void on_tick_closed(uv_handle_t *handle)
{
	on_part_closed(handle->data);
}

void node_close(struct node *node, void (*closed)(void *ctx), void *ctx)
{
	node->closed = closed;
	node->closed_ctx = ctx;
	node->parts = 1 + !!node->driver + !!node->members + !!node->switches +
		!!node->ofapp + node->ticking;
	/* What is held is synced, and leaves. */
	if (node->driver)
		driver_close(node->driver, on_part_closed);
	node->closing = true;
	if (node->members)
		links_close(node->members, on_part_closed);
	if (node->switches)
		links_close(node->switches, on_part_closed);
	if (node->ofapp)
		ofapp_close(node->ofapp, on_part_closed, node);
	if (node->ticking)
		uv_close((uv_handle_t *)&node->tick, on_tick_closed);
	on_part_closed(node);
}

void node_stats(const struct node *node, struct node_stats *stats)
{
	struct ofapp_stats app;

	memset(stats, 0, sizeof(*stats));
	ctl_stats(node->ctl, &stats->ctl);
	driver_stats(node->driver, &stats->driver);
	links_stats(node->members, &stats->members);
	links_stats(node->switches, &stats->switches);
	memcpy(stats->time, node->trace.time, sizeof(stats->time));
	stats->uptime_ms = uv_hrtime() / 1000000 - node->began_ms;
	if (!node->ofapp)
		return;
	ofapp_stats(node->ofapp, &app);
	stats->app_fed = app.fed;
	stats->app_outputs = app.outputs;
	stats->app_ignored = app.ignored;
	stats->app_up = app.connections;
}

bool node_member(const struct node *node, unsigned int i,
		 struct node_member *member)
{
	const struct agree_evidence *evidence;
	unsigned int k, nr;

	if (i >= node->domain->n)
		return false;
	*member = (struct node_member){
		.name = node->domain->controller[i].name,
		.self = i == node->self,
		.up = i == node->self || links_up(node->members, i),
	};
	nr = ctl_evidence(node->ctl, &evidence);
	for (k = 0; k < nr; k++)
		member->evidence |= evidence[k].member == i;
	return true;
}

bool node_switch(const struct node *node, unsigned int i,
		 struct node_switch *sw)
{
	struct ctl_switch_stats stats;

	if (i >= node->domain->switches || !node->domain->sw[i].key)
		return false;
	ctl_switch_stats(node->ctl, i, &stats);
	*sw = (struct node_switch){
		.name = node->domain->sw[i].name,
		.dpid = node->domain->sw[i].dpid,
		.up = node->link[i].greeted,
		.known = stats.known,
		.down = stats.down,
		.epoch = stats.epoch,
		.floor = stats.floor,
		.next = stats.next,
		.outstanding = (uint32_t)(stats.next - stats.floor - 1),
		.events = node->link[i].events,
		.updates = node->link[i].updates,
	};
	return true;
}

const struct domain *node_domain(const struct node *node)
{
	return node->domain;
}

unsigned int node_self(const struct node *node)
{
	return node->self;
}

bool node_healthy(const struct node *node, struct words *why)
{
	unsigned int i, up = 0, quorum = agree_quorum(&node->config.agree);
	struct ctl_stats stats;

	if (!node->started || node->closing)
		return words_set(why, "it is not running");
	ctl_stats(node->ctl, &stats);
	if (stats.agree.recovering)
		return words_set(why, "it lost its state and learns from the others which height is safe");
	if (stats.agree.repairing)
		return words_set(why, "a hole in its journal is being filled from the others");
	for (i = 0; i < node->domain->n; i++)
		up += i == node->self || links_up(node->members, i);
	return up >= quorum ||
		words_set(why, "%u of %u members are linked, a quorum is %u", up,
			  node->domain->n, quorum);
}
