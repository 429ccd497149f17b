/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket for operators of this machine: `quorumctl cluster`.  A unix stream socket, mode 0660; who
 * may open it may ask.  A request is a line, a JSON object; so is its answer (docs/operating.md).
 *
 * A connection has one answer under way and is not read until that is gone.
 */
#ifndef SHELL_CONTROL_H
#define SHELL_CONTROL_H

#include <uv.h>

#include "node.h"

enum {
	CONTROL_CONNECTIONS_MAX = 8,
	CONTROL_LINE_MAX = 1024,
	CONTROL_IDLE_MS = 60 * 1000,
};

struct control;

/* @node: borrowed.  A socket that nobody listens on any more is replaced.  NULL: *why has the reason. */
struct control *control_create(uv_loop_t *loop, struct node *node,
			       const char *path, struct words *why);
/* @closed, if not NULL: the loop has let go of it. */
void control_close(struct control *c, void (*closed)(void *ctx), void *ctx);

#endif
