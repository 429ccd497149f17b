// SPDX-License-Identifier: GPL-2.0
/*
 * The gate for FLOW_NEW, FLOW_SET and FLOW_DEL.
 *
 * What openvswitch would do with a message decides what must be looked at
 * (ovs_flow_cmd_new(), _set(), _del(), 6.1 to 6.12):
 *
 * - FLOW_NEW of a flow that is there, by UFID or because its key lies in another
 *   one's region, gives *that* flow the new actions, unless NLM_F_CREATE or
 *   NLM_F_EXCL is set: so NLM_F_CREATE is set here, and it fails with -EEXIST.
 * - FLOW_SET finds the flow by UFID alone and ignores key and mask but to check
 *   actions.  So the new actions are checked on the key and mask that the flow
 *   was admitted with, and openvswitch is given these.
 * - A UFID of no or more than 16 bytes counts as none.
 * - Flows without UFID are found by key, and no others are: FLOW_DEL by key
 *   cannot hit a flow that is in the shadow table.  Only probes get in without.
 */
#include <linux/openvswitch.h>

#include "attempt.h"
#include "guard.h"
#include "ovs_call.h"

#define OQ_FLOW_ATTRS (BIT(OVS_FLOW_ATTR_KEY) | BIT(OVS_FLOW_ATTR_MASK) |	\
		       BIT(OVS_FLOW_ATTR_ACTIONS) | BIT(OVS_FLOW_ATTR_UFID) |	\
		       BIT(OVS_FLOW_ATTR_UFID_FLAGS) |				\
		       BIT(OVS_FLOW_ATTR_CLEAR) | BIT(OVS_FLOW_ATTR_PROBE) |	\
		       BIT(OVS_FLOW_ATTR_PAD))

static void flow_read(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;

	t->probe = a[OVS_FLOW_ATTR_PROBE];
	t->has_ufid = oq_ufid_read(&t->ufid, a[OVS_FLOW_ATTR_UFID]);
	t->flow = oq_gate_flow(a[OVS_FLOW_ATTR_KEY], a[OVS_FLOW_ATTR_MASK],
			       a[OVS_FLOW_ATTR_ACTIONS]);
}

/* What the gate wants of a message before it looks at rules; NULL: nothing. */
static const char *flow_unfit(const struct oq_attempt *t)
{
	if (!t->guard->enforced)
		return NULL;
	if (!oq_attrs_within(t->info->attrs, OVS_FLOW_ATTR_MAX, OQ_FLOW_ATTRS))
		return "ovs_quorum: attribute outside the supported set";
	if (t->probe)
		return NULL;
	if (!t->has_ufid || !memchr_inv(t->ufid.id, 0, sizeof(t->ufid.id)))
		return "ovs_quorum: flow without UFID";
	return NULL;
}

static struct oq_flow *flow_of(struct oq_attempt *t, struct nlattr *key,
			       struct nlattr *mask,
				  const struct oq_flow *replaces)
{
	struct oq_flow *f;

	f = oq_flow_alloc(t->guard, &t->ufid, key, mask,
			  t->info->attrs[OVS_FLOW_ATTR_ACTIONS], replaces);
	if (f == ERR_PTR(-ENOSPC))
		NL_SET_ERR_MSG(t->info->extack, "ovs_quorum: too many flows");
	if (IS_ERR(f))
		return f;
	f->sw = t->d.sw;
	f->result = t->d.result;
	f->approved = t->d.err == GATE_OK;
	return f;
}

/* FLOW_NEW that creates, whatever the sender's flags say. */
static int original_create(struct oq_attempt *t)
{
	struct nlmsghdr create = *t->info->nlhdr, *was = (void *)t->info->nlhdr;
	int err;

	create.nlmsg_flags |= NLM_F_CREATE;
	t->info->nlhdr = &create;
	err = oq_original(OQ_FLOW_NEW, t->skb, t->info);
	t->info->nlhdr = was;
	return err;
}

/*
 * A refused flow drops instead: without, each further packet of it would go up
 * to user space and come back here twice.  It goes when rules or ports change,
 * when user space deletes it, and when a flow with its UFID follows.
 */
static void muzzle(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;
	struct nlattr none = { .nla_len = NLA_HDRLEN };
	struct oq_guard *guard = t->guard;
	struct gate_result result;
	struct oq_flow *f;

	if (guard->muzzle_nr >= OQ_MUZZLES_MAX ||
	    oq_shadow_find(guard, &t->ufid) ||
	    oq_check_drop(guard, &t->flow, &result) != GATE_OK)
		return;
	f = oq_flow_alloc(guard, &t->ufid, a[OVS_FLOW_ATTR_KEY],
			  a[OVS_FLOW_ATTR_MASK], &none, NULL);
	if (IS_ERR(f))
		return;
	f->muzzle = true;
	f->sw = t->d.sw;
	if (oq_shadow_insert(guard, f)) {
		oq_flow_free(f);
		return;
	}
	if (oq_ovs_flow_drop(guard->net, guard->ifindex, a[OVS_FLOW_ATTR_KEY],
			     a[OVS_FLOW_ATTR_MASK], a[OVS_FLOW_ATTR_UFID]))
		oq_shadow_remove(guard, f);
}

static void unmuzzle(struct oq_guard *guard, struct oq_flow *f)
{
	oq_ovs_flow_del(guard->net, guard->ifindex, &f->ufid);
	oq_shadow_remove(guard, f);
}

/* Muzzles must not stand in the way of a flow that follows. */
static bool unmuzzle_all(struct oq_guard *guard, const struct oq_switch *sw)
{
	struct oq_flow *f, *next;
	bool any = false;

	if (!guard->muzzle_nr)
		return false;
	for (f = oq_shadow_first(guard); f; f = next) {
		next = oq_shadow_next(f);
		if (f->muzzle && f->sw == sw) {
			unmuzzle(guard, f);
			any = true;
		}
	}
	return any;
}

/*
 * Does a probe ask for matches that flows with actions may have as well?  A yes
 * makes ovs-vswitchd use them: not for conntrack, MPLS, tunnels.  What is zero
 * asks for nothing.  Recirculation is a yes though no flow may use it: after a
 * no ovs-vswitchd leaves recirc_id out of masks, and flows without it in their
 * masks are not let in.
 */
static bool probe_fits(const struct nlattr *key)
{
	const u32 known = BIT(OVS_KEY_ATTR_PRIORITY) |
			  BIT(OVS_KEY_ATTR_SKB_MARK) |
			  BIT(OVS_KEY_ATTR_IN_PORT) |
			  BIT(OVS_KEY_ATTR_RECIRC_ID) |
			  BIT(OVS_KEY_ATTR_DP_HASH) |
			  BIT(OVS_KEY_ATTR_ETHERNET) |
			  BIT(OVS_KEY_ATTR_VLAN) | BIT(OVS_KEY_ATTR_ENCAP) |
			  BIT(OVS_KEY_ATTR_ETHERTYPE) |
			  BIT(OVS_KEY_ATTR_IPV4) | BIT(OVS_KEY_ATTR_IPV6) |
			  BIT(OVS_KEY_ATTR_TCP) | BIT(OVS_KEY_ATTR_TCP_FLAGS) |
			  BIT(OVS_KEY_ATTR_UDP) | BIT(OVS_KEY_ATTR_SCTP) |
			  BIT(OVS_KEY_ATTR_ICMP) | BIT(OVS_KEY_ATTR_ICMPV6) |
			  BIT(OVS_KEY_ATTR_ARP) | BIT(OVS_KEY_ATTR_ND);
	const struct nlattr *a;
	int rest;

	nla_for_each_nested(a, key, rest)
		if ((nla_type(a) >= 32 || !(known & BIT(nla_type(a)))) &&
		    memchr_inv(nla_data(a), 0, nla_len(a)))
			return false;
	return true;
}

/*
 * A probe's flow may only drop, so it needs no place in the shadow table, and no
 * NLM_F_CREATE: one that is left from a killed ovs-vswitchd is found again, and
 * whatever else it hits drops at worst.
 */
static int flow_probe(struct oq_attempt *t)
{
	if (t->flow.actions_len)
		return oq_refuse_for(t, "ovs_quorum: probe for actions that are not supported");
	if (!probe_fits(t->info->attrs[OVS_FLOW_ATTR_KEY]))
		return oq_refuse_for(t, "ovs_quorum: probe for matches that are not supported");
	t->d.err = oq_check_drop(t->guard, &t->flow, &t->d.result);
	if (t->d.err != GATE_OK)
		return oq_refuse(t);
	return oq_original(OQ_FLOW_NEW, t->skb, t->info);
}

/* Insert before the kernel does: nothing can fail behind it. */
static int flow_install(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;
	struct oq_guard *guard = t->guard;
	struct oq_flow *f, *old;
	int err;

	old = oq_shadow_find(guard, &t->ufid);
	if (old && old->muzzle) {
		unmuzzle(guard, old);
		old = NULL;
	}
	f = flow_of(t, a[OVS_FLOW_ATTR_KEY], a[OVS_FLOW_ATTR_MASK], old);
	if (IS_ERR(f))
		return PTR_ERR(f);
	if (!old) {
		err = oq_shadow_insert(guard, f);
		if (err) {
			oq_flow_free(f);
			return err;
		}
	}
	err = original_create(t);
	if (err == -EEXIST && !old && unmuzzle_all(guard, t->d.sw))
		err = original_create(t);
	if (old && err)
		oq_flow_free(f);
	else if (old)
		oq_shadow_replace(guard, old, f);
	else if (err)
		oq_shadow_remove(guard, f);
	return err;
}

/* Nobody enforces: what can be kept in mind is, for who wants to know. */
static int flow_watch(struct oq_attempt *t, enum oq_op op)
{
	struct nlattr **a = t->info->attrs;
	struct oq_flow *f, *old;
	int err;

	err = oq_original(op, t->skb, t->info);
	if (err || !t->d.sw || !t->has_ufid)
		return err;
	old = oq_shadow_find(t->guard, &t->ufid);
	f = flow_of(t, a[OVS_FLOW_ATTR_KEY], a[OVS_FLOW_ATTR_MASK], old);
	if (IS_ERR(f))
		return 0;
	if (old)
		oq_shadow_replace(t->guard, old, f);
	else if (oq_shadow_insert(t->guard, f))
		oq_flow_free(f);
	return 0;
}

static int flow_new(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;
	const char *unfit;
	int err;

	flow_read(t);
	if (!a[OVS_FLOW_ATTR_KEY] || !a[OVS_FLOW_ATTR_ACTIONS])
		return -EINVAL;
	if (t->probe && !t->guard->enforced)
		return oq_original(OQ_FLOW_NEW, t->skb, t->info);
	oq_decide_flow(t->guard, &t->flow, &t->d);
	unfit = flow_unfit(t);
	if (unfit)
		return oq_refuse_for(t, unfit);
	if (t->probe)
		return flow_probe(t);
	if (t->d.verdict == OQ_REFUSE) {
		err = oq_refuse(t);
		muzzle(t);
		return err;
	}
	err = t->guard->enforced ? flow_install(t) :
	      flow_watch(t, OQ_FLOW_NEW);
	if (!err)
		oq_let_through(t);
	return err;
}

/* New actions for an admitted flow, on the key and mask that it has. */
static int flow_set_actions(struct oq_attempt *t, struct oq_flow *old)
{
	struct nlattr **a = t->info->attrs;
	struct nlattr *key = a[OVS_FLOW_ATTR_KEY], *mask = a[OVS_FLOW_ATTR_MASK];
	struct oq_flow *f;
	int err;

	t->flow = oq_gate_flow(old->key, old->mask, a[OVS_FLOW_ATTR_ACTIONS]);
	oq_decide_flow(t->guard, &t->flow, &t->d);
	if (t->d.verdict == OQ_REFUSE)
		return oq_refuse(t);
	f = flow_of(t, old->key, old->mask, old);
	if (IS_ERR(f))
		return PTR_ERR(f);
	a[OVS_FLOW_ATTR_KEY] = old->key;
	a[OVS_FLOW_ATTR_MASK] = old->mask;
	err = oq_original(OQ_FLOW_SET, t->skb, t->info);
	a[OVS_FLOW_ATTR_KEY] = key;
	a[OVS_FLOW_ATTR_MASK] = mask;
	if (err) {
		oq_flow_free(f);
		if (err == -ENOENT)
			oq_shadow_remove(t->guard, old);
		return err;
	}
	oq_shadow_replace(t->guard, old, f);
	oq_let_through(t);
	return 0;
}

static int flow_set_watch(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;
	int err;

	if (t->probe || !a[OVS_FLOW_ATTR_KEY] || !a[OVS_FLOW_ATTR_ACTIONS])
		return oq_original(OQ_FLOW_SET, t->skb, t->info);
	oq_decide_flow(t->guard, &t->flow, &t->d);
	err = flow_watch(t, OQ_FLOW_SET);
	if (!err)
		oq_let_through(t);
	return err;
}

static int flow_set(struct oq_attempt *t)
{
	const char *unfit;
	struct oq_flow *old;

	flow_read(t);
	if (!t->guard->enforced)
		return flow_set_watch(t);
	if (t->probe)
		return oq_refuse_for(t, "ovs_quorum: probe of a change");
	old = t->has_ufid ? oq_shadow_find(t->guard, &t->ufid) : NULL;
	if (old)
		t->d.sw = old->sw;
	unfit = flow_unfit(t);
	if (unfit)
		return oq_refuse_for(t, unfit);
	if (!old) {			/* the kernel has no such flow either */
		NL_SET_ERR_MSG(t->info->extack,
			       "ovs_quorum: no admitted flow has this UFID");
		return -ENOENT;
	}
	if (!t->info->attrs[OVS_FLOW_ATTR_ACTIONS])
		return oq_original(OQ_FLOW_SET, t->skb, t->info);
	return flow_set_actions(t, old);
}

static int flow_del(struct oq_attempt *t)
{
	struct oq_flow *f;
	int err;

	flow_read(t);
	err = oq_original(OQ_FLOW_DEL, t->skb, t->info);
	if (err && err != -ENOENT)
		return err;
	if (t->has_ufid) {
		f = oq_shadow_find(t->guard, &t->ufid);
		if (f)
			oq_shadow_remove(t->guard, f);
	} else if (!err && !t->info->attrs[OVS_FLOW_ATTR_KEY]) {
		oq_shadow_clear(t->guard);
	}
	return err;
}

int oq_on_flow_new(struct sk_buff *skb, struct genl_info *info)
{
	return oq_gate(OQ_FLOW_NEW, skb, info, OVS_QUORUM_VIOLATION_FLOW_NEW,
		       flow_new);
}

int oq_on_flow_set(struct sk_buff *skb, struct genl_info *info)
{
	return oq_gate(OQ_FLOW_SET, skb, info, OVS_QUORUM_VIOLATION_FLOW_SET,
		       flow_set);
}

int oq_on_flow_del(struct sk_buff *skb, struct genl_info *info)
{
	return oq_gate(OQ_FLOW_DEL, skb, info, OVS_QUORUM_VIOLATION_FLOW_SET,
		       flow_del);
}
