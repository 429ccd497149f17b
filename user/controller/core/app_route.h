/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of application `route`: shortest paths over the topology that LLDP finds.
 * What it does is said in docs/applications.md; invariants R1 .. R4 are in
 * the files that keep them.
 *
 * Two tables.  The first says who may come in: a host's address at its port,
 * anything at the port of a link; LLDP, and who is not known, to the controllers.
 * The second has a rule for each destination.
 */
#ifndef CTL_APP_ROUTE_H
#define CTL_APP_ROUTE_H

#include "app_out.h"
#include "app_packet_in.h"

#define ROUTE_COOKIE 0x6173682d726f7574ull
#define ROUTE_FLOW_SWITCH (1ull << 32)	/* updates that are for no destination */
#define ROUTE_FLOW_FLOOD (1ull << 34)	/* packets wait for no rules but their switch's */

enum {
	ROUTE_NONE = 0xffffffff,	/* no switch, no host */
	ROUTE_LLDP = 300,		/* priorities */
	ROUTE_SOURCE = 200,
	ROUTE_LINK = 100,
	ROUTE_DESTINATION = 100,	/* in the other table */
	ROUTE_RULE_LEN = 88,		/* bytes of a rule for a destination at most */
	ROUTE_SETTLE_MS = 2000,		/* a port is for hosts if no probe came in so long */
	ROUTE_MOVE_MS = 1000,		/* who was just heard at a live port is there */
	ROUTE_MISSED = 3,		/* rounds of probes, until a link is none */
};

/* In told[]: has a rule, which one does not count; within an event: needs one, has none */
#define ROUTE_RETELL 0xfffffff0u
#define ROUTE_WANTED 0xffffffffu

enum route_todo {			/* of a port */
	ROUTE_PROBE = 1,		/* a probe is to leave */
	ROUTE_EDGE = 2,			/* its rules in the first table are of another kind of port */
	ROUTE_PURGE = 4,		/* rules through it are to go */
	ROUTE_OPEN = 8,			/* a link is new: EDGE, and what goes through it waits for that */
};

struct route_port {
	uint32_t port;
	uint32_t peer_sw, peer_port;	/* whose probes come in here; ROUTE_NONE: nobody's */
	uint64_t heard;			/* round of the last one */
	uint64_t since_ms;		/* it is live */
	bool live;
	bool listed;			/* PORT_DESC had it, in the parts so far */
	uint8_t todo;			/* enum route_todo */
};

struct route_switch {
	uint32_t nr;			/* ports */
	uint32_t todo;			/* of them have something to do */
	uint64_t round, probed_ms;	/* of its probes */
	bool up;
	bool more;			/* PORT_DESC: parts are to come */
};

enum route_host_state {
	ROUTE_FREE,
	ROUTE_KNOWN,
	ROUTE_DIRTY,			/* rules may not be on the shortest paths */
	ROUTE_GONE,			/* rules are to be deleted */
	ROUTE_HOST_STATES,
};

struct route_host {
	uint8_t mac[6];
	uint8_t state;			/* enum route_host_state */
	uint32_t sw, port;
	uint64_t seen_ms;
};

struct route {
	const struct app_config *config;
	uint64_t now_ms;
	uint32_t unsettled;		/* hosts that are DIRTY or GONE */
	struct route_switch *sw;
	struct route_port *port;	/* ports_max of each switch, ascending */
	struct route_host *host;	/* hosts_max */
	uint32_t *told;			/* [host][switch]: the port that it was told; 0: no rule */
	uint32_t *batch;		/* hosts of one switch, within an event */
	/* The tree made last */
	uint32_t *distance, *parent, *out, *order, reached;
	uint64_t first;			/* updates that paths wait for */
	uint64_t *updates;		/* of a switch or those it waits for: bits of this event */
};

/* app_route_graph.c: ports, links, trees */
struct route_port *route_ports(const struct route *r, uint32_t sw);
struct route_port *route_port_find(const struct route *r, uint32_t sw,
				   uint32_t port);
void route_port_todo(struct route *r, uint32_t sw, struct route_port *p,
		     uint8_t todo);
/* A switch says how a port is; one that is new is made, if there is room. */
void route_port_set(struct route *r, uint32_t sw, uint32_t port, bool live);
/* Do both ends say that this is a link, between two switches? */
bool route_link(const struct route *r, uint32_t sw, const struct route_port *p);
/* A probe of a port came in at another; peer_sw ROUTE_NONE: none does any more. */
void route_heard(struct route *r, uint32_t sw, struct route_port *p,
		 uint32_t peer_sw, uint32_t peer_port, uint64_t round);
void route_tree(struct route *r, uint32_t root);

/* app_route_hosts.c */
uint32_t *route_told(const struct route *r, uint32_t host);
uint32_t route_find(const struct route *r, const uint8_t mac[6]);
void route_host_set(struct route *r, uint32_t host, enum route_host_state state);
/* All hosts at a port are gone. */
void route_forget(struct route *r, uint32_t sw, uint32_t port);
/* All known hosts' paths may be others now. */
void route_dirty_all(struct route *r);
/* Someone is heard at a port for hosts: false: what it sent does not count. */
bool route_learn(struct route *r, uint32_t sw, const struct app_packet_in *in,
		 bool *new, struct app_out *out);
/* Delete rules of hosts that are gone, as many as there is room for. */
void route_bury(struct route *r, struct app_out *out);

/* app_route_paths.c */
/* A packet to a host: its rules, by reverse path.  @payload: what @sw is told anyway */
void route_packet(struct route *r, uint32_t host, uint32_t sw,
		  const struct app_packet_in *in, struct app_payload *payload,
		  struct app_out *out);
/* Paths of hosts that are dirty, after some updates; but leave room for @spare more. */
void route_reroute(struct route *r, uint64_t after, unsigned int spare,
		   struct app_out *out);

/* app_route_flood.c: to all ports for hosts */
void route_flood(struct route *r, uint32_t sw, const struct app_packet_in *in,
		 struct app_payload *payload, struct app_out *out);
bool route_settled(const struct route *r, const struct route_port *p);

/* app_route_work.c: what is due, and what there was no room for */
void route_due(struct route *r);
void route_work(struct route *r, struct app_out *out);
void route_probed(struct route *r, uint32_t sw, struct route_port *p,
		  const struct app_packet_in *in);

/* app_route_save.c */
size_t route_save_max(const struct app_config *config);
size_t route_save(const void *app, uint8_t *out, size_t room);
bool route_load(void *app, const uint8_t *in, size_t len);

/* Is there room for these many updates, whatever is in them? */
static inline bool route_room(const struct app_out *out, unsigned int nr)
{
	return app_out_fits(out, nr, (size_t)nr * APP_UPDATE_MAX);
}

#endif
