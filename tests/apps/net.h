/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Switches that apply what an application puts out, by lib/wire's decoder and
 * the rules of PROTOCOL.md and docs/quorum.md: an update is applied whole or refused, an
 * overlap of equal priority is refused.  Simple on purpose: a list of rules.
 */
#ifndef APPS_NET_H
#define APPS_NET_H

#include "app.h"
#include "frames.h"
#include "openflow.h"

enum {
	NET_SWITCHES_MAX = 16,
	NET_RULES_MAX = 256,		/* of a switch */
	NET_SENT_MAX = 64,
	NET_ARENA = APP_UPDATES_MAX * APP_UPDATE_MAX,
};

struct net_rule {
	struct flow_match match;
	uint64_t cookie;
	uint32_t port;			/* its one output */
	uint16_t priority, idle_timeout;
};

struct net_switch {
	uint32_t nr;
	struct net_rule rule[NET_RULES_MAX];
};

/* A packet that an update sent */
struct net_sent {
	uint32_t sw, in_port, port;
	size_t len;
};

struct net {
	const struct app_ops *ops;
	const struct app_config *config;
	void *app;
	struct app_out out;
	size_t room;			/* of the arena, in use */
	uint8_t arena[NET_ARENA];
	struct net_switch sw[NET_SWITCHES_MAX];
	uint32_t sent_nr;
	struct net_sent sent[NET_SENT_MAX];
	uint64_t refused;		/* updates: always a bug of the application */
};

struct net *net_create(const struct app_ops *ops,
		       const struct app_config *config);
void net_free(struct net *net);

/* Run an event.  The updates are in net->out; nothing is applied yet. */
void net_event(struct net *net, enum app_event_kind kind, uint32_t sw,
	       const uint8_t *message, size_t len);
void net_resync(struct net *net, uint32_t sw);	/* SWITCH_UP, tables emptied */

/* Apply one update, or all in their order; false: refused */
bool net_apply(struct net *net, const struct app_update *update);
void net_apply_all(struct net *net);

/* Event and all its updates */
void net_packet(struct net *net, uint32_t sw, uint32_t in_port, uint32_t dst,
		uint32_t src, uint16_t vlan);
void net_port(struct net *net, uint32_t sw, uint32_t port, bool down);

/* Where a switch sends a packet: a port, 0: nowhere, OF_PORT_CONTROLLER */
uint32_t net_look(const struct net *net, uint32_t sw, uint32_t in_port,
		  uint32_t dst, uint32_t src, uint16_t vlan);

/* The state saved, loaded into another application and saved again: the same? */
bool net_saves(struct net *net);
size_t net_save(const struct net *net, uint8_t **bytes);	/* to be freed */
bool net_same_state(const struct net *a, const struct net *b);
void net_load(struct net *to, const struct net *from);

#endif
