// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a guarded switch: made, published, found, hidden, released.
 *
 * It is found under RCU and kept by its reference count.  Deletion hides it and
 * then waits until the count is down, so that when it was acknowledged nothing
 * of the switch is left; nobody may wait for a deletion with a reference in hand.
 */
#include "expire.h"
#include "guard.h"
#include "keys.h"
#include "limits.h"
#include "switch.h"

#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>

struct oq_switch *oq_switch_find(struct oq_net *on, u64 dpid)
{
	struct oq_switch *sw;

	lockdep_assert_held(&on->config);
	list_for_each_entry(sw, &on->switches, net_node)
		if (sw->dpid == dpid)
			return sw;
	return NULL;
}

struct oq_switch *oq_switch_get(struct oq_net *on, u64 dpid)
{
	struct oq_switch *sw;

	rcu_read_lock();
	list_for_each_entry_rcu(sw, &on->switches, net_node)
		if (sw->dpid == dpid && refcount_inc_not_zero(&sw->ref))
			break;
	if (list_entry_is_head(sw, &on->switches, net_node))
		sw = NULL;
	rcu_read_unlock();
	return sw;
}

void oq_switch_put(struct oq_switch *sw)
{
	if (refcount_dec_and_test(&sw->ref))
		complete(&sw->unused);
}

static struct quorum *quorum_new(const struct oq_switch *sw, u64 next_sequence)
{
	struct quorum_config config = {
		.domain = sw->domain,
		.dpid = sw->dpid,
		.pending_max = sw->pending_max,
		.expiry_ms = sw->expiry_ms,
		.overlap_ms = sw->overlap_ms,
		.next_sequence = next_sequence,
	};
	struct quorum *q = kvzalloc(quorum_size(&config), GFP_KERNEL_ACCOUNT);

	if (q)
		quorum_init(q, &config);
	return q;
}

struct oq_switch *oq_switch_new(struct net *net,
				const struct oq_switch_config *config)
{
	struct oq_switch *sw = kzalloc(sizeof(*sw), GFP_KERNEL_ACCOUNT);

	if (!sw)
		return NULL;
	refcount_set(&sw->ref, 1);
	init_completion(&sw->unused);
	INIT_LIST_HEAD(&sw->guard_node);
	sw->net = net;
	sw->dpid = config->dpid;
	sw->domain = config->domain;
	sw->pending_max = config->pending_max;
	sw->rules_max = config->rules_max;
	sw->mode = OVS_QUORUM_MODE_OFF;
	sw->miss = OVS_QUORUM_MISS_DROP;
	sw->vlan_limit = OQ_VLAN_LIMIT_DEFAULT;
	sw->overlap_ms = OQ_OVERLAP_DEFAULT_MS;
	sw->expiry_ms = OQ_EXPIRY_DEFAULT_MS;
	INIT_LIST_HEAD(&sw->packet_outs);
	mutex_init(&sw->quorum_lock);
	oq_expire_init(sw);

	sw->stats = alloc_percpu_gfp(struct oq_stats, GFP_KERNEL_ACCOUNT);
	if (!sw->stats)
		goto err_free_switch;
	sw->quorum = quorum_new(sw, config->next_sequence);
	if (!sw->quorum)
		goto err_free_stats;
	if (gate_pipeline_init(&sw->pipeline, sw->rules_max) != GATE_OK)
		goto err_free_quorum;
	return sw;

err_free_quorum:
	kvfree(sw->quorum);
err_free_stats:
	free_percpu(sw->stats);
err_free_switch:
	kfree(sw);
	return NULL;
}

void oq_switch_free(struct oq_switch *sw)
{
	struct oq_keyset *ks;
	int i;

	for (i = 0; i < QUORUM_PHASES; i++) {
		ks = rcu_dereference_protected(sw->keyset[i], true);
		if (ks)
			oq_keyset_put(ks);
	}
	kvfree(sw->port);
	kvfree(sw->gate_port);
	gate_pipeline_destroy(&sw->pipeline);
	kvfree(sw->quorum);
	free_percpu(sw->stats);
	kfree(sw);
}

void oq_switch_publish(struct oq_net *on, struct oq_switch *sw)
{
	struct oq_switch *next;

	lockdep_assert_held(&on->config);
	list_for_each_entry(next, &on->switches, net_node)
		if (next->dpid > sw->dpid)
			break;
	list_add_tail_rcu(&sw->net_node, &next->net_node);
	on->switch_nr++;
}

void oq_switch_hide(struct oq_net *on, struct oq_switch *sw)
{
	lockdep_assert_held(&on->config);
	list_del_rcu(&sw->net_node);
	on->switch_nr--;

	mutex_lock(&sw->guard->lock);
	sw->dead = true;
	oq_guard_del(sw->guard, sw);
	oq_packet_out_free_all(sw);
	mutex_unlock(&sw->guard->lock);
}

void oq_switch_release(struct oq_net *on, struct oq_switch *sw)
{
	oq_expire_stop(sw);
	oq_switch_put(sw);
	wait_for_completion(&sw->unused);

	mutex_lock(&on->config);
	oq_guard_put(on, sw->guard);
	mutex_unlock(&on->config);
	synchronize_rcu();
	oq_switch_free(sw);
}

void oq_switch_delete_all(struct oq_net *on)
{
	struct oq_switch *sw;

	for (;;) {
		mutex_lock(&on->config);
		sw = list_first_entry_or_null(&on->switches, struct oq_switch,
					      net_node);
		if (sw)
			oq_switch_hide(on, sw);
		mutex_unlock(&on->config);
		if (!sw)
			break;
		oq_switch_release(on, sw);
	}
}
