/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One message for a guarded datapath, on its way through the gate: gate.c.  With
 * the guard's lock.
 */
#ifndef OQ_ATTEMPT_H
#define OQ_ATTEMPT_H

#include "decide.h"
#include "hooks.h"
#include "shadow.h"

struct oq_attempt {
	struct oq_guard *guard;
	struct sk_buff *skb;
	struct genl_info *info;
	u8 kind;			/* enum ovs_quorum_violation_kind */
	bool probe, has_ufid;
	struct oq_ufid ufid;
	struct gate_flow flow;
	struct oq_decision d;
};

/*
 * In the place of an operation: find the guard, and let @handle do it with its
 * lock; without guard it is the original.
 */
int oq_gate(enum oq_op op, struct sk_buff *skb, struct genl_info *info, u8 kind,
	    int (*handle)(struct oq_attempt *t));

/*
 * Refuse: words, counter, notification, tracepoint.  @text: constant, with the
 * module's name in front.  -EPERM; -EINVAL, quietly, for probes: so
 * ovs-vswitchd takes a no (dpif_probe_feature()).
 */
int oq_refuse_for(struct oq_attempt *t, const char *text);
int oq_refuse(struct oq_attempt *t);	/* for t->d.err */

/* It went through: counter and tracepoint; notification, if it is counted. */
void oq_let_through(struct oq_attempt *t);

/* Attributes that this module was not written for may mean anything. */
bool oq_attrs_within(struct nlattr **attrs, int max, u32 known);

#endif
