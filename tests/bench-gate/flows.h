/* SPDX-License-Identifier: GPL-2.0 */
/* Messages that ovs-vswitchd would send to the datapath. */
#ifndef BENCH_GATE_FLOWS_H
#define BENCH_GATE_FLOWS_H

#include <stdint.h>

#include "nl.h"

/* A flow of UDP over IPv4: from @in_port to @dst (the mask's bits), out of @out, or dropped if that is 0 */
struct flow {
	uint32_t in_port;
	uint32_t dst;
	uint32_t dst_mask;
	uint32_t out;
};

void flows_open(const char *datapath);
void flow_new(struct request *r, const struct flow *f, uint64_t ufid);
void flow_del(struct request *r, uint64_t ufid);
void flow_execute(struct request *r, const struct flow *f);

#endif
