/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Where the members of openvswitch's structures are in struct flow_key. */
#ifndef GATE_PART_H
#define GATE_PART_H

#include "gate.h"

struct gate_part {
	uint8_t from, to, len;		/* offset there, offset here, bytes */
};

/**
 * gate_parts() - the members of an OVS_KEY_ATTR_* that are bytes of a key
 * @nr: out: how many; 0 for types that are not structures of such bytes
 *
 * Fragments, ICMP and tags are not among them: they are encoded in other ways.
 */
const struct gate_part *gate_parts(unsigned int type, unsigned int *nr);

#endif
