/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network that carries packets: switches with tables, links, hosts, and an application
 * that is told what happens.  Updates are applied in any order that `after`,
 * flows and switches allow (§2.5.7).
 */
#ifndef APPS_WORLD_H
#define APPS_WORLD_H

#include "app.h"
#include "frames.h"
#include "openflow.h"

enum {
	WORLD_SWITCHES = 12,
	WORLD_LINKS = 24,
	WORLD_HOSTS = 80,
	WORLD_HOST_PORT = 100,		/* ports of hosts: from here on */
	WORLD_RULES = 400,
	WORLD_PENDING = 1024,
	WORLD_ASKED = 256,		/* packets on their way to the controllers */
	WORLD_TABLES = 3,
	WORLD_TTL = 40,
	WORLD_FRAME = 128,
};

struct world_rule {
	struct flow_match match;
	uint64_t cookie;
	uint32_t port;			/* its output; 0: none */
	uint16_t priority;
	uint8_t table, go;		/* to which table; 0: none */
};

struct world_switch {
	uint32_t nr;
	struct world_rule rule[WORLD_RULES];
};

struct world_link {
	uint32_t sw[2], port[2];
	bool dead;
};

struct world_host {
	uint32_t sw, port;
	unsigned int got;		/* frames that came, but probes */
	uint8_t probe[WORLD_FRAME];	/* the last of these */
	size_t probe_len;
	bool unplugged;
};

struct world_pending {
	struct app_update update;
	uint64_t event;
	unsigned int number;
	uint8_t *payload;
};

struct world_asked {
	uint32_t sw, in_port, table;
	uint8_t frame[WORLD_FRAME];
	size_t len;
};

struct world {
	const struct app_ops *ops;
	struct app_config config;
	uint64_t dpid[WORLD_SWITCHES];
	void *app;
	uint64_t now_ms;
	struct world_switch sw[WORLD_SWITCHES];
	uint32_t links, hosts;
	struct world_link link[WORLD_LINKS];
	struct world_host host[WORLD_HOSTS];
	struct app_out out;
	size_t room;			/* of the arena, in use */
	uint8_t arena[APP_UPDATES_MAX * APP_UPDATE_MAX];
	struct world_pending pending[WORLD_PENDING];
	unsigned int pending_nr;
	struct world_asked asked[WORLD_ASKED];
	unsigned int asked_nr;
	uint64_t events, refused, circles, most;	/* most: updates of one event */
	/* An application that is restarted from what it saved, before each event */
	bool restarts;
	bool (*check)(struct world *w);	/* after each update; NULL: none */
	bool failed;
};

struct world *world_create(const struct app_ops *ops, uint32_t switches);
void world_start(struct world *w);	/* init, all switches up, their ports told, links found */
struct world *world_copy(const struct world *w);	/* at rest; the state, saved and loaded */
void world_free(struct world *w);
void world_link(struct world *w, uint32_t a, uint32_t b);
uint32_t world_host(struct world *w, uint32_t sw);	/* addresses: mac_of(1 + number) */

void world_event(struct world *w, enum app_event_kind kind, uint32_t sw,
		 const uint8_t *message, size_t len, bool resync);
void world_packet_in(struct world *w, uint32_t sw, uint32_t in_port,
		     uint32_t table, const uint8_t *frame, size_t len);
void world_port(struct world *w, uint32_t sw, uint32_t port, bool down);
/* Apply so many updates, and tell what comes of it; settle: all, until it is quiet */
void world_apply(struct world *w, unsigned int nr);
void world_settle(struct world *w);
void world_lose(struct world *w);	/* all updates that are under way */
void world_tell(struct world *w);	/* all packets that are asked about */
/* The same, then all updates in the order in which they were put */
void world_round(struct world *w);
/* Statistics come from all switches: time passes. */
void world_pass(struct world *w, uint64_t ms);

/* A host sends; dst 0: to all.  It is under way; world_settle() brings it there. */
void world_send(struct world *w, uint32_t host, uint32_t dst);
void world_send_frame(struct world *w, uint32_t host, const uint8_t *frame,
		      size_t len);

enum world_fate { WORLD_DELIVERED, WORLD_ASKS, WORLD_LOST, WORLD_CIRCLE };

/* Where a packet would go by the tables of now */
enum world_fate world_follow(const struct world *w, uint32_t from, uint32_t to,
			     unsigned int *hops);

bool world_same(const struct world *a, const struct world *b);	/* saved bytes */
size_t world_save(const struct world *w, uint8_t **bytes);

/* world_switch.c */
bool world_switch_apply(struct world *w, const struct app_update *u);
/* What the tables do with a frame: a port, 0: dropped, OF_PORT_CONTROLLER; which table did */
uint32_t world_look(const struct world *w, uint32_t sw, uint32_t in_port,
		    const uint8_t *frame, size_t len, uint8_t *table);
/* A frame leaves a switch by a port. */
void world_out(struct world *w, uint32_t sw, uint32_t port,
	       const uint8_t *frame, size_t len, unsigned int ttl);
void world_in(struct world *w, uint32_t sw, uint32_t port,
	      const uint8_t *frame, size_t len, unsigned int ttl);
/* The switch and port at the other end; false: none that lives */
bool world_other(const struct world *w, uint32_t sw, uint32_t port,
		 uint32_t *to, uint32_t *to_port);

#endif
