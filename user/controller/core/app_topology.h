/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configured topology as application `path` uses it: which links live, and
 * for a switch the tree of shortest paths towards it.
 */
#ifndef CTL_APP_TOPOLOGY_H
#define CTL_APP_TOPOLOGY_H

#include "app.h"

enum { TOPOLOGY_NONE = 0xffffffff };	/* no switch, no host */

/* A switch's end of a link */
struct topology_end {
	uint32_t to;			/* switch at the other end */
	uint32_t port;			/* here */
	uint32_t link;
};

struct topology {
	const struct app_config *config;
	uint32_t *first;		/* of each switch, in end[]; one more at the end */
	struct topology_end *end;	/* of a switch by (to, port) */
	uint32_t *by_mac;		/* hosts, by address, then number */
	uint32_t *by_root;		/* hosts, by switch, then number */

	/* State */
	uint8_t *link_down;		/* bit i: says end i of the link */
	uint8_t *switch_down;

	/* The tree made last */
	uint32_t *distance;		/* to the root; TOPOLOGY_NONE: no way */
	uint32_t *parent;		/* next hop towards the root */
	uint32_t *out;			/* and the port to it; 0 at the root */
	uint32_t *order;		/* switches that are in it, from the root outwards */
	uint32_t reached;		/* of them */
};

size_t topology_size(const struct app_config *config);
void topology_init(struct topology *t, void *mem,
		   const struct app_config *config);

/* The host with this address, or TOPOLOGY_NONE.  Of several the first counts. */
uint32_t topology_host(const struct topology *t, const uint8_t mac[6]);

/* A switch says that a port is up or down.  Did a link change thereby? */
bool topology_port(struct topology *t, uint32_t sw, uint32_t port, bool down,
		   uint32_t *link);

/* Is this the port of a link? */
bool topology_is_link(const struct topology *t, uint32_t sw, uint32_t port);

/*
 * Make the tree towards @root: breadth first over living links; of several
 * next hops the one with the lowest number, of several links to it the lowest
 * port.  No path leads through a switch that is down.
 */
void topology_tree(struct topology *t, uint32_t root);

#endif
