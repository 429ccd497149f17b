/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time goes: one bundle of events at a time is followed on its way through this
 * controller.  What comes meanwhile is not, so the sums are of a sample.
 */
#ifndef SHELL_NODE_TRACE_H
#define SHELL_NODE_TRACE_H

#include "node.h"

struct node_trace {
	enum node_stage stage;		/* being waited for; NODE_STAGES: nothing is followed */
	uint32_t sw;
	uint64_t epoch, counter;	/* of the bundle */
	uint64_t sequence;		/* of its first update; 0: none yet */
	uint64_t since_ns;
	struct node_time time[NODE_STAGES];
};

void node_trace_init(struct node_trace *t);
/* Bytes from switch @sw, on their way to the core */
void node_trace_in(struct node_trace *t, uint32_t sw, const uint8_t *bytes,
		   size_t len);
void node_trace_executed(struct node_trace *t, uint32_t sw,
			 const struct ctl_bundle *bundle);
void node_trace_updated(struct node_trace *t, uint32_t sw, uint64_t sequence);
/* Bytes to switch @sw, on their way to the link */
void node_trace_out(struct node_trace *t, uint32_t sw, uint64_t domain,
		    const uint8_t *bytes, size_t len);

#endif
