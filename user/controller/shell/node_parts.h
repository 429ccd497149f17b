/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the node_*.c files share.
 */
#ifndef SHELL_NODE_PARTS_H
#define SHELL_NODE_PARTS_H

#include "node.h"
#include "node_history.h"
#include "node_trace.h"
#include "ofapp.h"
#include "signer.h"
#include "verified.h"

enum {
	NODE_TICK_MS = 100,
	NODE_VERIFIED = 8192,
	NODE_TABLES_MAX = 16,		/* switches whose keys get tables (keys.h): each takes 35 ms and 150 KB */
	NODE_MEMBER_QUEUE = 16 << 20,	/* bytes */
	NODE_SWITCH_QUEUE = 4 << 20,
	NODE_RECENT_BYTES = 120,	/* of a message: its beginning says what it is */
};

#define NODE_TO_HISTORY	UINT32_MAX	/* driver_output(): not a switch */

/* One thing that was executed; its text is made when somebody asks. */
struct node_recent_entry {
	uint64_t height, time_ms, sequence;
	uint32_t index, sw;
	uint32_t kind;			/* enum app_event_kind; of updates 0 */
	uint32_t len;
	uint8_t bytes[NODE_RECENT_BYTES];
};

struct node_recent_ring {
	uint64_t nr;			/* so far */
	struct node_recent_entry entry[NODE_RECENT];
};

struct node_switch_link {
	bool greeted;			/* it said HELLO: the core knows of the link */
	uint64_t events, updates;
};

struct node {
	uv_loop_t *loop;
	const struct conf *conf;
	const struct domain *domain;
	const struct node_hooks *hooks;
	unsigned int self;
	uint64_t began_ms;
	bool started, closing;

	/* node_core.c */
	struct ctl_config config;
	void *mem;
	struct ctl *ctl;
	struct ctl_update update;
	struct storage *storage;
	struct driver *driver;
	struct ofapp *ofapp;		/* application "external" */
	struct signer *signer;
	struct key *own;		/* votes, requests */
	struct key **key;		/* of members, then of switches; NULL: a spare place */
	struct verified *verified;
	uint64_t height, time_ms;	/* being executed */
	uint32_t index;

	/* node_links.c */
	struct links *members, *switches;
	struct link_peer *peer;		/* members, then switches */
	char (*peer_name)[IDENTITY_NAME_MAX];
	struct node_switch_link *link;
	uint8_t *frame;			/* to a switch, being made */

	struct node_history *history;
	struct node_trace trace;
	struct node_recent_ring recent[2];	/* by enum node_recent_kind */

	uv_timer_t tick;
	bool ticking;
	unsigned int parts;		/* that the loop has not let go of yet */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* node_core.c */
bool node_core_open(struct node *node, struct words *why);
bool node_core_start(struct node *node, struct words *why);
void node_core_free(struct node *node);
void node_event(struct node *node, struct ctl_event *event);
void node_fatal(struct node *node, const char *words);

/* node_links.c: first, who there is; when the core is there, sockets; and when it has started, dial. */
bool node_links_prepare(struct node *node, struct words *why);
bool node_links_open(struct node *node, struct words *why);
bool node_links_dial(struct node *node, struct words *why);
void node_links_free(struct node *node);
void node_flush(struct node *node);
void node_to_members(struct node *node, uint16_t to, const uint8_t *bytes,
		     size_t len);
void node_to_switch(struct node *node, uint32_t sw, const uint8_t *bytes,
		    size_t len);

/* node_recent.c: from within a step */
void node_recent_event(struct node *node, uint32_t sw,
		       const struct ctl_bundle_event *event);
void node_recent_update(struct node *node, uint32_t sw, uint64_t sequence,
			const uint8_t *payload, size_t len);

#endif
