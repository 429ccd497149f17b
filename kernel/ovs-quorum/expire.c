// SPDX-License-Identifier: GPL-2.0
/*
 * What ends by time, in one delayed work for each switch.
 *
 * expire_at is when the work is due: it only moves to earlier times, until the
 * work runs and finds out itself when it must run next.
 */
#include "expire.h"
#include "guard.h"
#include "limits.h"
#include "notify.h"

#include <linux/jiffies.h>

void oq_expire_at(struct oq_switch *sw, u64 at_ms)
{
	u64 now_ms = oq_now_ms();
	u64 wait_ms = at_ms > now_ms ? at_ms - now_ms : 0;

	if (at_ms == U64_MAX)
		return;
	wait_ms = min_t(u64, wait_ms, OQ_EXPIRE_SLEEP_MAX_MS);
	spin_lock(&sw->expire_lock);
	if (at_ms < sw->expire_at && !sw->expire_stopped) {
		sw->expire_at = at_ms;
		mod_delayed_work(system_unbound_wq, &sw->expire,
				 msecs_to_jiffies(wait_ms));
	}
	spin_unlock(&sw->expire_lock);
}

/* Updates that waited too long for signers: when is the next one? */
static u64 expire_updates(struct oq_switch *sw, u64 now_ms)
{
	struct oq_result result = {
		.dpid = sw->dpid,
		.state = OVS_QUORUM_UPDATE_EXPIRED,
		.reason = "too few controllers signed in time",
	};
	struct quorum_pending old;
	u64 next_ms;
	bool more;

	for (;;) {
		mutex_lock(&sw->quorum_lock);
		more = quorum_expire(sw->quorum, now_ms, &old, &next_ms);
		mutex_unlock(&sw->quorum_lock);
		if (!more)
			return next_ms;
		oq_count(sw, OVS_QUORUM_STATS_A_EXPIRED);
		result.phase = old.phase;
		result.sequence = old.sequence;
		result.have = old.have;
		memcpy(result.digest, old.leaf, sizeof(result.digest));
		oq_notify_update(sw->net, &result);
		cond_resched();
	}
}

/* Hard timeouts of rules: when is the next one? */
static u64 expire_rules(struct oq_switch *sw, u64 now_ms)
{
	struct gate_touched touched;
	struct gate_change *change;
	u64 next_ms;
	int gone;

	lockdep_assert_held(&sw->guard->lock);
	if (now_ms < sw->rules_expire_at)
		return sw->rules_expire_at;
	change = gate_change_begin(&sw->pipeline);
	if (!change)
		goto retry;
	gone = gate_change_expire(change, now_ms, &next_ms);
	if (gone <= 0) {
		gate_change_abort(change);
		if (gone < 0)
			goto retry;
	} else {
		gate_change_commit(change, &touched);
		oq_count_add(sw, OVS_QUORUM_STATS_A_RULES_EXPIRED, gone);
		oq_revalidate(sw->guard, sw, &touched);
	}
	sw->rules_expire_at = next_ms;
	return next_ms;

retry:
	return now_ms + OQ_EXPIRE_RETRY_MS;
}

static void expire_work(struct work_struct *work)
{
	struct oq_switch *sw = container_of(to_delayed_work(work),
					    struct oq_switch, expire);
	u64 now_ms = oq_now_ms(), next_ms;

	spin_lock(&sw->expire_lock);
	sw->expire_at = U64_MAX;
	spin_unlock(&sw->expire_lock);

	next_ms = expire_updates(sw, now_ms);
	mutex_lock(&sw->guard->lock);
	if (!sw->dead) {
		next_ms = min(next_ms, expire_rules(sw, now_ms));
		next_ms = min(next_ms, oq_packet_out_expire(sw, now_ms));
	}
	mutex_unlock(&sw->guard->lock);
	oq_expire_at(sw, next_ms);
}

void oq_expire_init(struct oq_switch *sw)
{
	INIT_DELAYED_WORK(&sw->expire, expire_work);
	spin_lock_init(&sw->expire_lock);
	sw->expire_at = U64_MAX;
	sw->rules_expire_at = U64_MAX;
}

void oq_expire_stop(struct oq_switch *sw)
{
	spin_lock(&sw->expire_lock);
	sw->expire_stopped = true;
	spin_unlock(&sw->expire_lock);
	cancel_delayed_work_sync(&sw->expire);
}
