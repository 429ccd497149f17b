// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast notifications.
 *
 * Violations are as many as whoever makes them wants: a token bucket for each
 * namespace bounds them, and the next one that goes out says how many did not.
 * Updates are bounded by what signers sign, and all go out.
 */
#include "limits.h"
#include "netlink.h"
#include "notify.h"
#include "trace.h"

#include <linux/ratelimit.h>
#include <linux/sched.h>

/* May one go out?  @missed: out: how many could not since the last. */
static bool take_token(struct oq_net *on, u64 *missed)
{
	u64 now_ms = oq_now_ms();
	u64 new;
	bool ok;

	spin_lock(&on->notify_lock);
	new = div_u64(now_ms - on->notify_filled_ms, OQ_VIOLATION_REFILL_MS);
	on->notify_filled_ms += new * OQ_VIOLATION_REFILL_MS;
	on->notify_tokens = min_t(u64, on->notify_tokens + new,
				  OQ_VIOLATIONS_BURST);
	ok = on->notify_tokens;
	if (ok) {
		on->notify_tokens--;
		*missed = on->notify_missed;
		on->notify_missed = 0;
	} else {
		on->notify_missed++;
	}
	spin_unlock(&on->notify_lock);
	return ok;
}

static int put_violation(struct sk_buff *skb, const struct oq_violation *v,
			 u64 missed)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_VIOLATION);
	char comm[TASK_COMM_LEN];

	if (!nest)
		return -EMSGSIZE;
	get_task_comm(comm, current);
	if (v->sw && nla_put_u64_64bit(skb, OVS_QUORUM_VIOLATION_A_DPID,
				       v->sw->dpid, OVS_QUORUM_VIOLATION_A_PAD))
		return -EMSGSIZE;
	if (nla_put_u8(skb, OVS_QUORUM_VIOLATION_A_KIND, v->kind) ||
	    nla_put_string(skb, OVS_QUORUM_VIOLATION_A_REASON, v->reason) ||
	    nla_put_u32(skb, OVS_QUORUM_VIOLATION_A_PORTID, v->portid) ||
	    nla_put_string(skb, OVS_QUORUM_VIOLATION_A_COMM, comm))
		return -EMSGSIZE;
	if (v->table >= 0 &&
	    nla_put_u8(skb, OVS_QUORUM_VIOLATION_A_TABLE, v->table))
		return -EMSGSIZE;
	if (v->ufid && nla_put(skb, OVS_QUORUM_VIOLATION_A_UFID, 16, v->ufid))
		return -EMSGSIZE;
	if (nla_put_u8(skb, OVS_QUORUM_VIOLATION_A_REFUSED, v->refused))
		return -EMSGSIZE;
	if (missed && nla_put_u64_64bit(skb, OVS_QUORUM_VIOLATION_A_MISSED, missed,
					OVS_QUORUM_VIOLATION_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Who listens and gets nothing for want of memory is told that it missed some. */
static void multicast(struct net *net, enum oq_group group, struct sk_buff *skb)
{
	if (skb)
		genlmsg_multicast_netns(&oq_family, net, skb, 0, group, GFP_KERNEL);
	else
		genl_set_err(&oq_family, net, 0, group, -ENOBUFS);
}

static struct sk_buff *violation_message(const struct oq_violation *v, u64 missed)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, &oq_family, 0,
			     OVS_QUORUM_CMD_VIOLATION_NTF);
	if (!header || put_violation(skb, v, missed)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

/* One line for an operator who listens to nothing; the name is the sender's own. */
static void log_violation(const struct oq_violation *v)
{
	static DEFINE_RATELIMIT_STATE(lines, OQ_VIOLATION_LOG_S * HZ, 1);

	if (!__ratelimit(&lines))
		return;
	if (v->sw)
		pr_notice("ovs_quorum: %s: %s (switch %016llx, process %d)\n",
			  v->refused ? "refused" : "counted", v->reason,
			  v->sw->dpid, task_tgid_nr(current));
	else
		pr_notice("ovs_quorum: %s: %s (process %d)\n",
			  v->refused ? "refused" : "counted", v->reason,
			  task_tgid_nr(current));
}

void oq_notify_violation(const struct oq_violation *v)
{
	u64 missed;

	log_violation(v);
	if (genl_has_listeners(&oq_family, v->net, OQ_GROUP_VIOLATIONS) &&
	    take_token(oq_net(v->net), &missed))
		multicast(v->net, OQ_GROUP_VIOLATIONS, violation_message(v, missed));
}

int oq_put_result(struct sk_buff *skb, const struct oq_result *r)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_RESULT);

	if (!nest ||
	    nla_put_u64_64bit(skb, OVS_QUORUM_RESULT_A_DPID, r->dpid,
			      OVS_QUORUM_RESULT_A_PAD) ||
	    nla_put_u32(skb, OVS_QUORUM_RESULT_A_PHASE, r->phase) ||
	    nla_put_u64_64bit(skb, OVS_QUORUM_RESULT_A_SEQUENCE, r->sequence,
			      OVS_QUORUM_RESULT_A_PAD) ||
	    nla_put(skb, OVS_QUORUM_RESULT_A_DIGEST, sizeof(r->digest), r->digest) ||
	    nla_put_u8(skb, OVS_QUORUM_RESULT_A_STATE, r->state) ||
	    nla_put_u16(skb, OVS_QUORUM_RESULT_A_HAVE, r->have) ||
	    nla_put_u16(skb, OVS_QUORUM_RESULT_A_NEED, r->need) ||
	    nla_put_u32(skb, OVS_QUORUM_RESULT_A_REVOKED, r->revoked))
		return -EMSGSIZE;
	if (r->reason && nla_put_string(skb, OVS_QUORUM_RESULT_A_REASON, r->reason))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static struct sk_buff *update_message(const struct oq_result *r)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, &oq_family, 0, OVS_QUORUM_CMD_UPDATE_NTF);
	if (!header || oq_put_result(skb, r)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

void oq_notify_update(struct net *net, const struct oq_result *r)
{
	trace_ovs_quorum_update(r->dpid, r->phase, r->sequence, r->state);
	if (genl_has_listeners(&oq_family, net, OQ_GROUP_UPDATES))
		multicast(net, OQ_GROUP_UPDATES, update_message(r));
}
