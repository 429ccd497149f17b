// SPDX-License-Identifier: GPL-2.0
/* STATS_GET: the counters of a switch, and what is there now. */
#include "guard.h"
#include "netlink.h"

static void sum_counters(struct oq_switch *sw, struct oq_stats *sum)
{
	const struct oq_stats *stats;
	int cpu, type;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		stats = per_cpu_ptr(sw->stats, cpu);
		for (type = 0; type <= OVS_QUORUM_STATS_A_MAX; type++)
			sum->count[type] += READ_ONCE(stats->count[type]);
	}
}

static void add_present(struct oq_switch *sw, struct oq_stats *sum)
{
	struct quorum_status status;

	mutex_lock(&sw->quorum_lock);
	quorum_status(sw->quorum, &status);
	mutex_unlock(&sw->quorum_lock);
	sum->count[OVS_QUORUM_STATS_A_PENDING] = status.pending;
	sum->count[OVS_QUORUM_STATS_A_EVICTED] = status.evicted;

	mutex_lock(&sw->guard->lock);
	oq_shadow_counts(sw->guard, sw, &sum->count[OVS_QUORUM_STATS_A_FLOWS],
			 &sum->count[OVS_QUORUM_STATS_A_MUZZLES]);
	mutex_unlock(&sw->guard->lock);
}

static int put_stats(struct sk_buff *skb, const struct oq_stats *sum)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_STATS);
	int type;

	if (!nest)
		return -EMSGSIZE;
	for (type = OVS_QUORUM_STATS_A_SUBMITTED; type <= OVS_QUORUM_STATS_A_MAX; type++)
		if (nla_put_u64_64bit(skb, type, sum->count[type],
				      OVS_QUORUM_STATS_A_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int oq_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_switch *sw = oq_command_switch(info);
	struct sk_buff *reply;
	struct oq_stats sum;
	void *header;
	int err;

	if (IS_ERR(sw))
		return PTR_ERR(sw);
	reply = oq_reply_new(info, OVS_QUORUM_CMD_STATS_GET, &header);
	if (!reply) {
		oq_switch_put(sw);
		return -ENOMEM;
	}
	sum_counters(sw, &sum);
	add_present(sw, &sum);
	oq_switch_put(sw);
	err = put_stats(reply, &sum);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}
