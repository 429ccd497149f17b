/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPS_STUB_H
#define OPS_STUB_H

#include "node.h"

/* The one there is */
struct node *stub_node(bool unhealthy);

#endif
