// SPDX-License-Identifier: GPL-2.0
/*
 * A node that is none: what control and metrics ask of one, with numbers that a test knows.
 * Every number is different, so that none can stand in for another.
 */
#include <stdio.h>
#include <string.h>

#include "stub.h"

enum { SWITCHES = 2, RECENT = 30 };

static struct {
	struct domain domain;
	struct domain_switch sw[SWITCHES + 1];
	bool unhealthy;
} stub;

struct node *stub_node(bool unhealthy)
{
	struct domain *d = &stub.domain;
	unsigned int i;

	d->id = 7;
	d->n = 4;
	for (i = 0; i < d->n; i++)
		snprintf(d->controller[i].name, sizeof(d->controller[i].name),
			 "controller-%u", i + 1);
	d->switches = SWITCHES + 1;
	d->sw = stub.sw;
	snprintf(d->app, sizeof(d->app), "external");
	stub.unhealthy = unhealthy;
	return (struct node *)&stub;
}

void node_stats(const struct node *node, struct node_stats *stats)
{
	uint64_t *word = (uint64_t *)&stats->driver;
	unsigned int i;

	(void)node;
	memset(stats, 0, sizeof(*stats));
	stats->ctl.agree.height = 102;
	stats->ctl.agree.decided = 101;
	stats->ctl.agree.leader = 2;
	stats->ctl.agree.term = 17;
	stats->ctl.agree.executed = UINT64_MAX;
	stats->ctl.agree.timeout_ms = 1500;
	stats->ctl.events = 103;
	stats->ctl.updates = 104;
	stats->ctl.sent = 105;
	stats->ctl.resent = 106;
	stats->ctl.acked = 107;
	stats->ctl.retired = 108;
	stats->ctl.refused = 109;
	stats->ctl.outstanding = 110;
	for (i = 0; i < sizeof(stats->driver) / sizeof(*word); i++)
		word[i] = 201 + i;
	stats->members.strangers = 301;
	stats->switches.strangers = 302;
	stats->members.frames_in = 303;
	stats->switches.frames_in = 304;
	stats->uptime_ms = 12345;
	stats->app_up = true;
	stats->app_fed = 401;
}

bool node_member(const struct node *node, unsigned int i,
		 struct node_member *member)
{
	(void)node;
	if (i >= stub.domain.n)
		return false;
	member->name = stub.domain.controller[i].name;
	member->self = i == 1;
	member->up = i < 3;
	member->evidence = i == 3;
	return true;
}

bool node_switch(const struct node *node, unsigned int i,
		 struct node_switch *sw)
{
	static const char *const names[SWITCHES] = { "s1", "s2" };

	(void)node;
	if (i >= SWITCHES)
		return false;
	memset(sw, 0, sizeof(*sw));
	sw->name = names[i];
	sw->dpid = i ? 0xfedcba9876543210 : 1;
	sw->up = !i;
	sw->known = true;
	sw->outstanding = 500 + i;
	return true;
}

bool node_recent(const struct node *node, enum node_recent_kind kind,
		 unsigned int back, struct node_recent *recent)
{
	(void)node;
	if (back >= RECENT)
		return false;
	memset(recent, 0, sizeof(*recent));
	recent->height = 1000 - back;
	recent->time_ms = 1700000000000 - back;
	recent->sw = "s1";
	recent->sequence = kind == NODE_UPDATE ? 900 - back : 0;
	snprintf(recent->text, sizeof(recent->text), "%s \"%u\"",
		 kind == NODE_UPDATE ? "ADD" : "PACKET_IN", back);
	return true;
}

const struct domain *node_domain(const struct node *node)
{
	(void)node;
	return &stub.domain;
}

unsigned int node_self(const struct node *node)
{
	(void)node;
	return 1;
}

bool node_healthy(const struct node *node, struct words *why)
{
	(void)node;
	if (!stub.unhealthy)
		return true;
	return words_set(why, "2 of 4 members are linked, 3 are needed");
}
