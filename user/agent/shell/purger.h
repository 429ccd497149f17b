/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells ovs-vswitchd to look at its datapath flows again (`revalidator/purge`), which it
 * does not do by itself when the kernel revokes them (docs/quorum.md section 6).
 *
 * ovs-vswitchd lets its own user talk to its control socket, and nobody else.  So a child
 * does it, which stays the user that we were started as, has no capability, and knows this
 * one sentence: what it gets from us is that it is time to say it.
 */
#ifndef AGENT_PURGER_H
#define AGENT_PURGER_H

#include <uv.h>

#include "../../controller/shell/words.h"

struct purger;

struct purger_events {
	void *ctx;
	/* How a purge went; words are "" if it did */
	void (*done)(void *ctx, const char *words);
	/* Somebody killed the child. */
	void (*gone)(void *ctx);
};

/*
 * Forks: to be called before there is anything that a child should not have, keys and the
 * loop among them.  @path: of the control socket, or of the pid file that tells it.
 */
struct purger *purger_create(const char *path, struct words *why);
bool purger_begin(struct purger *p, uv_loop_t *loop,
		  const struct purger_events *events, struct words *why);
/* Ends the child.  The loop, if there is one, has to run until it has let go. */
void purger_close(struct purger *p);

/* Soon, once for any number of calls before it begins */
void purger_purge(struct purger *p);

#endif
