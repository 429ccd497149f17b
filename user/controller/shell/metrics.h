/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HTTP on 127.0.0.1: GET /metrics for Prometheus (text format 0.0.4), GET /health for whoever restarts
 * or routes around.  libmicrohttpd speaks HTTP, on our loop: it is well kept, and nothing of ours parses
 * what strangers send.
 */
#ifndef SHELL_METRICS_H
#define SHELL_METRICS_H

#include <uv.h>

#include "node.h"

enum {
	METRICS_CONNECTIONS_MAX = 16,
	METRICS_REQUEST_MAX = 8 * 1024,	/* bytes of a connection, headers and what it reads at once */
	METRICS_TIMEOUT_S = 10,
};

struct metrics;

/* @node: borrowed.  @port 0: any, see metrics_port(). */
struct metrics *metrics_create(uv_loop_t *loop, struct node *node,
			       uint16_t port, struct words *why);
uint16_t metrics_port(const struct metrics *m);
void metrics_close(struct metrics *m, void (*closed)(void *ctx), void *ctx);

#endif
