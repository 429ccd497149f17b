// SPDX-License-Identifier: GPL-2.0
/*
 * Revocation: user space cannot keep a flow alive that does not follow any more.
 */
#include "decide.h"
#include "guard.h"
#include "ovs_call.h"
#include "shadow.h"
#include "trace.h"

enum { OQ_FLUSH_TRIES = 8 };		/* when memory is short */

void oq_flush_flows(struct oq_guard *guard)
{
	int i, err = -ENODEV;

	lockdep_assert_held(&guard->lock);
	for (i = 0; guard->ifindex && i < OQ_FLUSH_TRIES; i++) {
		err = oq_ovs_flow_flush(guard->net, guard->ifindex);
		if (err != -ENOMEM)
			break;
		cond_resched();
	}
	guard->unflushed = err && err != -ENODEV;
	if (!guard->unflushed)
		oq_shadow_clear(guard);
}

/* Of a guard that begins to enforce nobody knows which flows are there. */
static unsigned int revalidate_begin(struct oq_guard *guard)
{
	unsigned int nr = guard->shadow_nr - guard->muzzle_nr;
	bool enforces = oq_guard_enforces(guard);
	bool begins = enforces && !guard->enforced;

	guard->enforced = enforces;
	if (!begins && !guard->unflushed)
		return 0;
	oq_flush_flows(guard);
	return nr;
}

static void revoke(struct oq_guard *guard, struct oq_flow *f)
{
	oq_ovs_flow_del(guard->net, guard->ifindex, &f->ufid);
	oq_shadow_remove(guard, f);
}

/* Does an admitted flow stay?  Its owner and its result become those of now. */
static bool flow_stays(struct oq_guard *guard, struct oq_flow *f)
{
	struct gate_flow flow = oq_gate_flow(f->key, f->mask, f->actions);
	struct oq_switch *was = f->sw;
	struct oq_decision d;

	oq_decide_flow(guard, &flow, &d);
	f->sw = d.sw;
	f->result = d.result;
	f->approved = d.err == GATE_OK;
	if (d.verdict != OQ_REFUSE)
		return true;
	trace_ovs_quorum_revoke(d.sw ? d.sw->dpid : 0, f->ufid.id, d.err);
	if (d.sw ?: was)
		oq_count(d.sw ?: was, OVS_QUORUM_STATS_A_REVOKED);
	return false;
}

static bool flow_concerned(const struct oq_flow *f,
			   const struct oq_switch *sw,
			      const struct gate_touched *touched)
{
	if (sw && f->sw != sw)
		return false;
	return f->muzzle || !f->approved || !touched ||
	       !gate_flow_untouched(&f->result, touched);
}

unsigned int oq_revalidate(struct oq_guard *guard, struct oq_switch *sw,
			   const struct gate_touched *touched)
{
	struct oq_flow *f, *next;
	unsigned int revoked = 0;

	lockdep_assert_held(&guard->lock);
	if (!touched) {			/* a flow may have another owner by now */
		sw = NULL;
		revoked = revalidate_begin(guard);
	} else if (!guard->enforced) {
		return 0;
	}
	for (f = oq_shadow_first(guard); f; f = next) {
		next = oq_shadow_next(f);
		if (!flow_concerned(f, sw, touched))
			continue;
		if (f->muzzle) {
			revoke(guard, f);
		} else if (!flow_stays(guard, f)) {
			revoke(guard, f);
			revoked++;
		}
		cond_resched();
	}
	return revoked;
}
