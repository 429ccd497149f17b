/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An unmodified OpenFlow 1.3 controller beside this member: each switch is shown to it as a
 * switch that connects.  It is fed the ordered events one at a time; what it says to one is
 * put to the vote under the event's number (C11), and leaves if f + 1 members' say the same.
 *
 * An event is over when every connection has answered two ECHO_REQUESTs sent after it: a controller that
 * handles the messages of a connection in order has then said all it will.  What it says at other
 * times (timers, a human) cannot be matched with other members, and is ignored and counted;
 * requests that only read are answered at any time.
 *
 * The first event of a switch waits until the controller is there, and so do those behind it, up to a bound.
 */
#ifndef SHELL_OFAPP_H
#define SHELL_OFAPP_H

#include <uv.h>

#include "../core/app_external.h"
#include "words.h"

struct ofapp_config {
	uv_loop_t *loop;
	const char *host;		/* an address */
	uint16_t port;
	uint32_t switches;
	const uint64_t *dpid;		/* switches of them; borrowed */
	uint64_t patience_ms;		/* for an answer; 0: as long as is usual */
	void *ctx;
	/* Put to the vote: a list of docs/controller.md, OUTPUT */
	void (*output)(void *ctx, uint64_t key, const uint8_t *list,
		       size_t len);
	/* CTL_ASK to the switch */
	void (*ask)(void *ctx, uint32_t sw, const uint8_t *request, size_t len);
};

struct ofapp;

struct ofapp *ofapp_create(const struct ofapp_config *config,
			   struct words *why);
void ofapp_close(struct ofapp *o, void (*closed)(void *ctx), void *ctx);

/* For app_config.outside, until ofapp_close() */
struct app_outside *ofapp_outside(struct ofapp *o);

/* The member's past is executed: events from now on are fed. */
void ofapp_live(struct ofapp *o);

struct ofapp_stats {
	uint64_t fed, outputs;		/* events, groups of outputs put to the vote */
	uint64_t ignored;		/* messages that answered no event */
	uint64_t refused;		/* messages that no switch of ours takes: answered with ERROR */
	uint64_t dropped;		/* events for which there was no room */
	uint64_t timeouts;		/* connections closed because they did not answer */
	uint32_t connections;		/* up now */
};

void ofapp_stats(const struct ofapp *o, struct ofapp_stats *stats);

#endif
