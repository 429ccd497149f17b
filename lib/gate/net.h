/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Between region.c and net.c. */
#ifndef GATE_NET_H
#define GATE_NET_H

#include "datapath.h"

/**
 * region_take() - key and mask of one attribute, which is looked at with this
 * @val, @mask: out: @len bytes; no bit of @val is outside @mask
 * Return: false: the key does not have it.
 */
bool region_take(struct gate_region *r, unsigned int type, void *val,
		 void *mask, size_t len);

/* What is known of an attribute's members, for all that gate_parts() names */
void region_put(struct gate_region *r, unsigned int type, const void *val,
		const void *mask);

/* What is behind Ethernet and tags: r->eth_type, and attributes in r->rest */
enum gate_err region_net(struct gate_region *r);

#endif
