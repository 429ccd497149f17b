/* SPDX-License-Identifier: GPL-2.0 */
/* What operators ask, and the answers. */
#ifndef SHELL_CONTROL_REPLY_H
#define SHELL_CONTROL_REPLY_H

#include <json-c/json.h>

#include "node.h"

/* {"error": @words} */
json_object *control_error(const char *words);

/* The answer to one line, which may be any bytes: never NULL */
json_object *control_reply(struct node *node, const char *line, size_t len);

#endif
