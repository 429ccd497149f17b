/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this controller executed, as lines of text for the checkers (docs/simulation.md). A line is written when
 * what it tells is durable.  After a restart the past is executed again, and not written again.
 */
#ifndef SHELL_NODE_HISTORY_H
#define SHELL_NODE_HISTORY_H

#include "../../../lib/wire/update.h"
#include "../core/agree.h"
#include "words.h"

enum { HISTORY_LINE_MAX = 192 };

struct node_history;

/* Goes on with the file if it is there. */
struct node_history *node_history_open(const char *path, const char *name,
				       unsigned int number, struct words *why);
void node_history_close(struct node_history *h);

/* Bytes of the line; 0: it is in the file already */
size_t node_history_executed(struct node_history *h,
			     char line[HISTORY_LINE_MAX],
			     const struct agree_decided *decided);
/* An update got its number, by the request at (@height, @index) */
size_t node_history_given(struct node_history *h, char line[HISTORY_LINE_MAX],
			  const struct update_body *body, const uint8_t *bytes,
			  size_t len, uint64_t height, uint32_t index);
/* A state: lines of what is in it may be missing */
size_t node_history_loaded(char line[HISTORY_LINE_MAX], uint64_t height);
size_t node_history_ended(struct node_history *h, char line[HISTORY_LINE_MAX],
			  uint64_t height);
bool node_history_write(struct node_history *h, const uint8_t *line,
			size_t len, struct words *why);

#endif
