/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers of a node as Prometheus reads them. */
#ifndef SHELL_METRICS_TEXT_H
#define SHELL_METRICS_TEXT_H

#include "node.h"

/* Text of *@len bytes, to be freed; NULL: no memory */
char *metrics_text(const struct node *node, size_t *len);

#endif
