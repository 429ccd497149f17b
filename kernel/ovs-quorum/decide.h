/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a flow or a packet: gate.c.  With the guard's lock. */
#ifndef OQ_DECIDE_H
#define OQ_DECIDE_H

#include "quorum_switch.h"

enum oq_verdict {
	OQ_PASS,
	OQ_COUNT,			/* let through, but it is a violation */
	OQ_REFUSE,
};

struct oq_decision {
	enum gate_err err;
	enum oq_verdict verdict;
	struct oq_switch *sw;		/* has the input port and is not off, or NULL */
	struct gate_result result;
};

/*
 * By the rules, ports and modes of now.
 *
 *	guard		switch of the input port	a flow that does not follow
 *	enforces	enforce				is refused
 *	enforces	verify				is counted, if all outputs are
 *							to ports of that switch; else
 *							it is refused
 *	enforces	off, none			is refused, unless it drops
 *	does not	verify				is counted
 *	does not	off, none			passes, and is not looked at
 */
void oq_decide_flow(struct oq_guard *guard, const struct gate_flow *flow,
		    struct oq_decision *d);

/* The same in parts: nothing found yet; then, of d->err and d->sw, the verdict. */
void oq_decision_init(struct oq_decision *d);
void oq_decide(struct oq_guard *guard, const struct gate_flow *flow,
	       struct oq_decision *d);

/* May there be a flow with this key and mask that drops, whoever has the port? */
enum gate_err oq_check_drop(struct oq_guard *guard,
			    const struct gate_flow *flow,
			    struct gate_result *result);

/* The switch that has this port of the datapath and is not off; or NULL. */
struct oq_switch *oq_port_owner(const struct oq_guard *guard, u32 dp_port);

/* What flows of a switch are checked against now. */
struct gate_view oq_view(const struct oq_switch *sw);

#endif
