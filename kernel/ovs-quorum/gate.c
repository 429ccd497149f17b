// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: the way of a message through it, and what is said about it.
 *
 * Check, openvswitch's own work and the shadow table are one step under the
 * guard's lock.
 */
#include <linux/openvswitch.h>

#include "attempt.h"
#include "dp.h"
#include "guard.h"
#include "notify.h"
#include "trace.h"

/* The extack wants text that outlives the answer. */
#define OQ_TEXT(name, text) "ovs_quorum: " text,
static const char *const refusals[GATE_ERR_NR] = { GATE_ERRORS(OQ_TEXT) };
#undef OQ_TEXT

/*
 * What was decided, to the counters and to whoever listens.
 */

static void report(const struct oq_attempt *t, const char *reason)
{
	struct oq_switch *sw = t->d.sw;
	struct oq_violation v = {
		.sw = sw,
		.net = t->guard->net,
		.kind = t->kind,
		.reason = reason,
		.portid = t->info->snd_portid,
		.table = t->d.result.table,
		.ufid = t->has_ufid ? t->ufid.id : NULL,
		.refused = t->d.verdict == OQ_REFUSE,
	};
	bool execute = t->kind == OVS_QUORUM_VIOLATION_EXECUTE;

	if (execute)
		trace_ovs_quorum_execute(sw ? sw->dpid : 0, t->d.verdict, reason);
	else
		trace_ovs_quorum_flow(sw ? sw->dpid : 0, t->kind, t->d.verdict,
				      reason);
	if (t->d.verdict == OQ_PASS)
		return;
	if (sw && !v.refused)
		oq_count(sw, OVS_QUORUM_STATS_A_COUNTED);
	else if (sw)
		oq_count(sw, execute ? OVS_QUORUM_STATS_A_EXECUTE_REFUSED :
				       OVS_QUORUM_STATS_A_REFUSED);
	oq_notify_violation(&v);
}

/*
 * @text: with the prefix.  A probe asks whether we can do something, and takes
 * -EINVAL for a quiet no (dpif_probe_feature() of ovs-vswitchd).
 */
int oq_refuse_for(struct oq_attempt *t, const char *text)
{
	if (t->info->extack)
		t->info->extack->_msg = text;
	if (t->probe)
		return -EINVAL;
	t->d.verdict = OQ_REFUSE;
	report(t, text + strlen("ovs_quorum: "));
	return -EPERM;
}

int oq_refuse(struct oq_attempt *t)
{
	return oq_refuse_for(t, refusals[t->d.err]);
}

void oq_let_through(struct oq_attempt *t)
{
	report(t, gate_err_text(t->d.err));
	if (t->d.sw && t->d.err == GATE_OK)
		oq_count(t->d.sw, t->kind == OVS_QUORUM_VIOLATION_EXECUTE ?
			 OVS_QUORUM_STATS_A_EXECUTED :
			 OVS_QUORUM_STATS_A_ADMITTED);
}

/* Attributes that this module was not written for may mean anything. */
bool oq_attrs_within(struct nlattr **attrs, int max, u32 known)
{
	int i;

	for (i = 1; i <= max; i++)
		if (attrs[i] && !(known & BIT(i)))
			return false;
	return true;
}

static void attempt_init(struct oq_attempt *t, struct oq_guard *guard,
			 struct sk_buff *skb, struct genl_info *info, u8 kind)
{
	memset(t, 0, sizeof(*t));
	t->guard = guard;
	t->skb = skb;
	t->info = info;
	t->kind = kind;
	oq_decision_init(&t->d);
}

int oq_gate(enum oq_op op, struct sk_buff *skb, struct genl_info *info,
	    u8 kind, int (*handle)(struct oq_attempt *t))
{
	struct oq_attempt t;
	struct oq_passage p;
	int err;

	err = oq_dp_enter(&p, info);
	if (err)
		goto out_leave;
	if (!p.guard) {
		err = oq_original(op, skb, info);
		goto out_leave;
	}
	if (p.guard->unflushed)
		oq_flush_flows(p.guard);
	if (p.guard->unflushed) {
		err = -ENOMEM;
		goto out_leave;
	}
	attempt_init(&t, p.guard, skb, info, kind);
	err = handle(&t);
out_leave:
	oq_dp_leave(&p);
	return err;
}
