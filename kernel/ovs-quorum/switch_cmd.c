// SPDX-License-Identifier: GPL-2.0
/*
 * SWITCH_SET, SWITCH_GET, SWITCH_DEL: the configuration of a guarded switch.
 *
 * All of it changes with config held, and what the gate decides by with the
 * guard's lock as well; what is locked does not change at all.
 */
#include "expire.h"
#include "guard.h"
#include "keyset.h"
#include "limits.h"
#include "netlink.h"
#include "switch.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/sock.h>

static u64 attr_u64(struct nlattr *attr, u64 otherwise)
{
	return attr ? nla_get_u64(attr) : otherwise;
}

static u32 attr_u32(struct nlattr *attr, u32 otherwise)
{
	return attr ? nla_get_u32(attr) : otherwise;
}

static u8 attr_u8(struct nlattr *attr, u8 otherwise)
{
	return attr ? nla_get_u8(attr) : otherwise;
}

/* What may change at any time; of attributes that are there. */
static void take_settings(struct oq_switch *sw, struct nlattr **tb)
{
	lockdep_assert_held(&sw->guard->lock);
	WRITE_ONCE(sw->mode, attr_u8(tb[OVS_QUORUM_SWITCH_A_MODE], sw->mode));
	sw->miss = attr_u8(tb[OVS_QUORUM_SWITCH_A_MISS], sw->miss);
	sw->vlan_limit = attr_u8(tb[OVS_QUORUM_SWITCH_A_VLAN_LIMIT],
				 sw->vlan_limit);
	sw->overlap_ms = attr_u32(tb[OVS_QUORUM_SWITCH_A_OVERLAP],
				  sw->overlap_ms);
	WRITE_ONCE(sw->expiry_ms, attr_u32(tb[OVS_QUORUM_SWITCH_A_EXPIRY],
					   sw->expiry_ms));
	mutex_lock(&sw->quorum_lock);
	quorum_set_times(sw->quorum, sw->expiry_ms, sw->overlap_ms);
	mutex_unlock(&sw->quorum_lock);
}

static int check_enforce(struct nlattr **tb, bool has_keys,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *mode = tb[OVS_QUORUM_SWITCH_A_MODE];

	if (attr_u8(mode, OVS_QUORUM_MODE_OFF) != OVS_QUORUM_MODE_ENFORCE ||
	    has_keys)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, mode,
			    "mode enforce needs a key set: nothing could ever be approved");
	return -ENOKEY;
}

/* Another switch on the datapath of a locked one would be a way around it. */
static bool guard_is_locked(struct oq_guard *guard)
{
	struct oq_switch *sw;
	bool locked = false;

	mutex_lock(&guard->lock);
	list_for_each_entry(sw, &guard->switches, guard_node)
		locked |= sw->locked;
	mutex_unlock(&guard->lock);
	return locked;
}

static int check_creation(struct oq_net *on, struct nlattr **tb,
			  struct nlattr *nest, struct netlink_ext_ack *extack)
{
	if (on->locked) {
		NL_SET_ERR_MSG(extack, "configuration is locked");
		return -EPERM;
	}
	/* Otherwise there are no hooks, yet or any more. */
	if (THIS_MODULE->state != MODULE_STATE_LIVE) {
		NL_SET_ERR_MSG(extack, "the module is being loaded or unloaded");
		return -EBUSY;
	}
	if (oq_attr_missing(extack, nest, tb, OVS_QUORUM_SWITCH_A_DOMAIN) ||
	    oq_attr_missing(extack, nest, tb, OVS_QUORUM_SWITCH_A_DATAPATH))
		return -EINVAL;
	if (!dev_valid_name(nla_data(tb[OVS_QUORUM_SWITCH_A_DATAPATH]))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[OVS_QUORUM_SWITCH_A_DATAPATH],
				    "not the name of a datapath");
		return -EINVAL;
	}
	if (on->switch_nr >= OQ_SWITCHES_MAX) {
		NL_SET_ERR_MSG(extack, "too many switches");
		return -ENOSPC;
	}
	return check_enforce(tb, false, extack);
}

static int switch_create(struct oq_net *on, struct nlattr **tb,
			 struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct oq_switch_config config;
	struct oq_guard *guard;
	struct oq_switch *sw;
	int err;

	lockdep_assert_held(&on->config);
	err = check_creation(on, tb, nest, extack);
	if (err)
		return err;
	config = (struct oq_switch_config) {
		.dpid = nla_get_u64(tb[OVS_QUORUM_SWITCH_A_DPID]),
		.domain = nla_get_u64(tb[OVS_QUORUM_SWITCH_A_DOMAIN]),
		.next_sequence =
			attr_u64(tb[OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE], 1),
		.pending_max = attr_u32(tb[OVS_QUORUM_SWITCH_A_PENDING_MAX],
					QUORUM_PENDING_DEFAULT),
		.rules_max = attr_u32(tb[OVS_QUORUM_SWITCH_A_RULES_MAX],
				      GATE_RULES_DEFAULT),
	};
	sw = oq_switch_new(on->net, &config);
	if (!sw)
		return -ENOMEM;
	guard = oq_guard_get(on, nla_data(tb[OVS_QUORUM_SWITCH_A_DATAPATH]),
			     extack);
	if (IS_ERR(guard)) {
		err = PTR_ERR(guard);
		goto err_free_switch;
	}
	if (guard_is_locked(guard)) {
		NL_SET_ERR_MSG(extack, "another switch of this datapath is locked");
		err = -EPERM;
		goto err_put_guard;
	}
	sw->guard = guard;
	mutex_lock(&guard->lock);
	take_settings(sw, tb);
	oq_guard_add(guard, sw);
	mutex_unlock(&guard->lock);
	oq_switch_publish(on, sw);
	return 0;

err_put_guard:
	oq_guard_put(on, guard);
err_free_switch:
	oq_switch_free(sw);
	return err;
}

/* What is constant may be said again, as it is. */
static int check_constants(const struct oq_switch *sw, struct nlattr **tb,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *bad = NULL;

	if (attr_u64(tb[OVS_QUORUM_SWITCH_A_DOMAIN], sw->domain) != sw->domain)
		bad = tb[OVS_QUORUM_SWITCH_A_DOMAIN];
	else if (tb[OVS_QUORUM_SWITCH_A_DATAPATH] &&
		 nla_strcmp(tb[OVS_QUORUM_SWITCH_A_DATAPATH], sw->guard->name))
		bad = tb[OVS_QUORUM_SWITCH_A_DATAPATH];
	else if (attr_u32(tb[OVS_QUORUM_SWITCH_A_PENDING_MAX],
			  sw->pending_max) != sw->pending_max)
		bad = tb[OVS_QUORUM_SWITCH_A_PENDING_MAX];
	else if (attr_u32(tb[OVS_QUORUM_SWITCH_A_RULES_MAX],
			  sw->rules_max) != sw->rules_max)
		bad = tb[OVS_QUORUM_SWITCH_A_RULES_MAX];
	else
		bad = tb[OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE];
	if (!bad)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, bad, "can be set at creation only");
	return -EINVAL;
}

static int switch_change(struct oq_switch *sw, struct nlattr **tb,
			 struct netlink_ext_ack *extack)
{
	struct oq_guard *guard = sw->guard;
	int err;

	if (sw->locked) {
		NL_SET_ERR_MSG(extack, "configuration is locked");
		return -EPERM;
	}
	err = check_constants(sw, tb, extack) ?:
	      check_enforce(tb, oq_keyset_newest(sw), extack);
	if (err)
		return err;
	mutex_lock(&guard->lock);
	take_settings(sw, tb);
	oq_revalidate(guard, NULL, NULL);	/* flushes if it begins to enforce */
	mutex_unlock(&guard->lock);
	oq_expire_at(sw, oq_now_ms());		/* what waits may have less time now */
	return 0;
}

int oq_switch_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct nlattr *nest = info->attrs[OVS_QUORUM_A_SWITCH];
	struct nlattr *tb[OVS_QUORUM_SWITCH_A_MAX + 1];
	struct oq_switch *sw;
	int err;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_SWITCH))
		return -EINVAL;
	err = nla_parse_nested(tb, OVS_QUORUM_SWITCH_A_MAX, nest,
			       oq_switch_policy, info->extack);
	if (err)
		return err;
	if (oq_attr_missing(info->extack, nest, tb, OVS_QUORUM_SWITCH_A_DPID))
		return -EINVAL;
	mutex_lock(&on->config);
	sw = oq_switch_find(on, nla_get_u64(tb[OVS_QUORUM_SWITCH_A_DPID]));
	err = sw ? switch_change(sw, tb, info->extack) :
		   switch_create(on, tb, nest, info->extack);
	return oq_config_end(info, err);
}

int oq_switch_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct oq_switch *sw = oq_config_begin(info);

	if (IS_ERR(sw))
		return PTR_ERR(sw);
	oq_switch_hide(on, sw);
	oq_config_end(info, 0);
	oq_switch_release(on, sw);
	return 0;
}

static int put_config(struct sk_buff *skb, const struct oq_switch *sw)
{
	if (nla_put_u64_64bit(skb, OVS_QUORUM_SWITCH_A_DPID, sw->dpid,
			      OVS_QUORUM_SWITCH_A_PAD) ||
	    nla_put_u64_64bit(skb, OVS_QUORUM_SWITCH_A_DOMAIN, sw->domain,
			      OVS_QUORUM_SWITCH_A_PAD) ||
	    nla_put_string(skb, OVS_QUORUM_SWITCH_A_DATAPATH, sw->guard->name) ||
	    nla_put_u8(skb, OVS_QUORUM_SWITCH_A_MODE, sw->mode) ||
	    nla_put_u8(skb, OVS_QUORUM_SWITCH_A_MISS, sw->miss) ||
	    nla_put_u8(skb, OVS_QUORUM_SWITCH_A_VLAN_LIMIT, sw->vlan_limit) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_OVERLAP, sw->overlap_ms) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_EXPIRY, sw->expiry_ms) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_PENDING_MAX, sw->pending_max) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_RULES_MAX, sw->rules_max))
		return -EMSGSIZE;
	return sw->locked ? nla_put_flag(skb, OVS_QUORUM_SWITCH_A_LOCKED) : 0;
}

static int put_state(struct sk_buff *skb, struct oq_switch *sw)
{
	const struct gate_version *version;
	struct quorum_status status;
	u32 rules, groups;

	mutex_lock(&sw->quorum_lock);
	quorum_status(sw->quorum, &status);
	mutex_unlock(&sw->quorum_lock);
	rcu_read_lock();
	version = gate_deref(sw->pipeline.version);
	rules = gate_version_rules(version);
	groups = gate_version_groups(version);
	rcu_read_unlock();

	if (nla_put_u64_64bit(skb, OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE,
			      status.next_sequence, OVS_QUORUM_SWITCH_A_PAD) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_PHASE, oq_keyset_newest(sw)) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_RULES, rules) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_GROUPS, groups) ||
	    nla_put_u32(skb, OVS_QUORUM_SWITCH_A_PORTS, sw->port_nr))
		return -EMSGSIZE;
	return READ_ONCE(sw->guard->ifindex) ?
	       nla_put_flag(skb, OVS_QUORUM_SWITCH_A_ATTACHED) : 0;
}

static int put_switch(struct sk_buff *skb, struct oq_switch *sw)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_SWITCH);

	if (!nest || put_config(skb, sw) || put_state(skb, sw))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int oq_switch_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct oq_switch *sw = oq_command_switch(info);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(sw))
		return PTR_ERR(sw);
	reply = oq_reply_new(info, OVS_QUORUM_CMD_SWITCH_GET, &header);
	if (!reply) {
		oq_switch_put(sw);
		return -ENOMEM;
	}
	mutex_lock(&on->config);
	err = put_switch(reply, sw);
	mutex_unlock(&on->config);
	oq_switch_put(sw);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/* Where a dump is. */
struct switch_cursor {
	u64 dpid;			/* the next one, or more */
	bool end;
};

static int dump_switch(struct sk_buff *skb, struct netlink_callback *cb,
		       struct oq_switch *sw, unsigned int seq)
{
	void *header = oq_dump_put(skb, cb, OVS_QUORUM_CMD_SWITCH_GET, seq);

	if (!header)
		return -EMSGSIZE;
	if (put_switch(skb, sw)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int oq_switch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct switch_cursor *at = (struct switch_cursor *)cb->ctx;
	struct oq_net *on = oq_net(sock_net(cb->skb->sk));
	struct nlattr *dpid = oq_dump_attrs(cb)[OVS_QUORUM_A_DPID];
	struct oq_switch *sw;
	int err = 0;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (dpid) {
		NL_SET_ERR_MSG_ATTR(cb->extack, dpid, "a dump is of all switches");
		return -EINVAL;
	}
	mutex_lock(&on->config);
	list_for_each_entry(sw, &on->switches, net_node) {
		if (at->end || sw->dpid < at->dpid)
			continue;
		err = dump_switch(skb, cb, sw, on->config_seq);
		if (err)
			break;
		at->dpid = sw->dpid + 1;
		at->end = sw->dpid == U64_MAX;
	}
	mutex_unlock(&on->config);
	return skb->len ?: err;
}
