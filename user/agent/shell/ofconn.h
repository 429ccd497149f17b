/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ovs-vswitchd's connection: OpenFlow messages over a unix socket, on which we listen.
 * One connection at a time; a new one takes the place of the old, which is a former life
 * of ovs-vswitchd.
 *
 * Whole messages only, by their header's length.  What they say is the core's to judge.
 */
#ifndef AGENT_OFCONN_H
#define AGENT_OFCONN_H

#include <uv.h>

#include "../../controller/shell/words.h"

struct ofconn;

struct ofconn_config {
	uv_loop_t *loop;
	const char *path;		/* of the socket; an old one is removed */
	const char *owner;		/* user who may connect; "": who we are now */
	void *ctx;
	void (*up)(void *ctx);
	/* Also after ofconn_reset(), later */
	void (*down)(void *ctx, const char *why);
	/* The bytes are valid during the call. */
	void (*message)(void *ctx, const uint8_t *bytes, size_t len);
};

/* Listens.  NULL: *why has words. */
struct ofconn *ofconn_create(const struct ofconn_config *config,
			     struct words *why);
/* Closes everything without callbacks; the loop has to run until it has let go. */
void ofconn_close(struct ofconn *c);

/*
 * A message for ovs-vswitchd.  It leaves at ofconn_flush().  Nothing is dropped while it
 * is connected: a peer that lets more than OFCONN_QUEUE_MAX wait loses its connection.
 * Without a connection it goes nowhere.
 */
enum { OFCONN_QUEUE_MAX = 64 << 20 };
void ofconn_send(struct ofconn *c, const uint8_t *message, size_t len);
void ofconn_flush(struct ofconn *c);

/* Give this connection up, at the next ofconn_flush(). */
void ofconn_reset(struct ofconn *c, const char *why);

#endif
