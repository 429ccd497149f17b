/* SPDX-License-Identifier: GPL-2.0 */
/* Controllers of this machine, asked over their control sockets (docs/operating.md). */
#ifndef CLUSTER_H
#define CLUSTER_H

#include <json-c/json.h>
#include "args.h"

struct cluster {
	struct arg_list sockets;	/* --socket, or all of /run/ashlar */
};

/* Where they are, or the end with exit status 3 */
void cluster_find(struct cluster *c);
void cluster_free(struct cluster *c);

/*
 * One question and its answer.  NULL: it was said on standard error why there is none.  Does not
 * take @request; the caller puts the answer.
 */
json_object *cluster_ask(const char *path, json_object *request);

#endif
