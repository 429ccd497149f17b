/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One running controller: the core (ctl.h), its driver and storage, links to members and
 * switches, the application.  quorumd is this and a configuration; tests and benchmarks make more of
 * it.  All on one loop's thread.
 */
#ifndef SHELL_NODE_H
#define SHELL_NODE_H

#include "conf.h"
#include "domain.h"
#include "driver.h"
#include "link.h"

enum { NODE_RECENT = 256, NODE_RECENT_TEXT = 120 };

struct node;

/*
 * How a hostile controller is made of a correct one (tests, demos): what it would send passes here,
 * and may be changed, repeated, sent elsewhere with node_raw_*(), or held back (return false).  NULL in quorumd.
 */
struct node_hooks {
	void *ctx;
	bool (*to_member)(void *ctx, struct node *node, uint16_t to,
			  const uint8_t *bytes, size_t len);
	bool (*to_switch)(void *ctx, struct node *node, uint32_t sw,
			  const uint8_t *bytes, size_t len);
	void (*tick)(void *ctx, struct node *node);	/* every 100 ms */
};

/* @conf, @domain, @hooks: borrowed.  NULL: *why has the reason. */
struct node *node_create(uv_loop_t *loop, const struct conf *conf,
			 const struct domain *domain,
			 const struct node_hooks *hooks, struct words *why);
/* Closes everything; what is durable is durable. */
void node_close(struct node *node, void (*closed)(void *ctx), void *ctx);

/* New certificate and authorities from the same files; links that are up stay. */
bool node_renew(struct node *node, struct words *why);

/* For hooks */
void node_raw_to_member(struct node *node, uint16_t to, const uint8_t *bytes,
			size_t len);
void node_raw_to_switch(struct node *node, uint32_t sw, const uint8_t *bytes,
			size_t len);
/* This controller's key for update statements, and for votes and its own requests */
size_t node_sign_update(struct node *node, uint8_t *sig,
			const uint8_t statement[STATEMENT_LEN]);
void node_sign(struct node *node, uint8_t sig[AGREE_SIG_LEN],
	       const uint8_t *bytes, size_t len);

/* Of bundles that were followed, one at a time */
enum node_stage {
	NODE_AGREEMENT,			/* from its arrival until it is executed */
	NODE_PROCESSING,		/* until its first update leaves, signed */
	NODE_ACKNOWLEDGEMENT,		/* until that is acknowledged here */
	NODE_STAGES,
};

struct node_time {
	uint64_t nr, sum_ns;
};

/* What operators see: `quorumctl cluster`, metrics, health */
struct node_stats {
	struct ctl_stats ctl;
	struct driver_stats driver;
	struct links_stats members, switches;
	struct node_time time[NODE_STAGES];
	uint64_t uptime_ms;
	uint64_t app_fed, app_outputs, app_ignored;	/* an application outside */
	bool app_up;
};

struct node_member {
	const char *name;
	bool self, up;
	bool evidence;			/* it was caught contradicting itself (A7) */
};

struct node_switch {
	const char *name;
	uint64_t dpid;
	bool up;			/* the link here */
	bool known, down;		/* in the order */
	uint64_t epoch, floor, next;	/* next number to be given out */
	uint32_t outstanding;
	uint64_t events, updates;	/* since start */
};

enum node_recent_kind { NODE_EVENT, NODE_UPDATE };

/* What was executed lately, newest first; texts are for people */
struct node_recent {
	uint64_t height, time_ms;
	uint32_t index;
	const char *sw;			/* name of the switch */
	uint64_t sequence;		/* UPDATE */
	char text[NODE_RECENT_TEXT];	/* "PACKET_IN port 1 52:54:.. > 52:54:.. 0x0800", "ADD table 0 ..." */
};

void node_stats(const struct node *node, struct node_stats *stats);
bool node_member(const struct node *node, unsigned int i,
		 struct node_member *member);
bool node_switch(const struct node *node, unsigned int i,
		 struct node_switch *sw);	/* spare places are false */
bool node_recent(const struct node *node, enum node_recent_kind kind,
		 unsigned int back, struct node_recent *recent);
const struct domain *node_domain(const struct node *node);
unsigned int node_self(const struct node *node);
/* Can it take part: started, not recovering, a quorum of members linked?  Else why not. */
bool node_healthy(const struct node *node, struct words *why);

#endif
