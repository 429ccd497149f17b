/* SPDX-License-Identifier: GPL-2.0 */
/* Approved packet-outs, for the gate: packet_out.c.  With the guard's lock. */
#ifndef OQ_PACKET_OUT_H
#define OQ_PACKET_OUT_H

#include "quorum_switch.h"

struct oq_packet_out;

/* An approved packet-out of @sw that this execution is; NULL: none. */
struct oq_packet_out *oq_packet_out_find(struct oq_switch *sw,
					 const struct gate_flow *flow,
					 const void *packet, size_t len,
					 struct gate_result *result);

/* It is used up. */
void oq_packet_out_use(struct oq_switch *sw, struct oq_packet_out *po);

#endif
