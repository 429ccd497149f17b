// SPDX-License-Identifier: GPL-2.0
/*
 * LOCK: what is locked stays as it is until the module is unloaded, and the
 * module stays until the namespace or the machine goes.  PENDING_FLUSH, which is
 * allowed nevertheless: it forgets nothing that was approved.
 */
#include "guard.h"
#include "netlink.h"

#include <linux/module.h>

static void lock_switch(struct oq_switch *sw)
{
	mutex_lock(&sw->guard->lock);
	sw->locked = true;
	mutex_unlock(&sw->guard->lock);
}

/* One reference of the module for each namespace; oq_net_exit() puts it. */
static int pin_module(struct oq_net *on, struct netlink_ext_ack *extack)
{
	if (on->pinned)
		return 0;
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -EBUSY;
	}
	on->pinned = true;
	return 0;
}

static int lock_one(struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct nlattr *dpid = info->attrs[OVS_QUORUM_A_DPID];
	struct oq_switch *sw = oq_switch_find(on, nla_get_u64(dpid));
	int err;

	if (!sw) {
		NL_SET_ERR_MSG_ATTR(info->extack, dpid, "there is no such switch");
		return -ENODEV;
	}
	err = pin_module(on, info->extack);
	if (!err)
		lock_switch(sw);
	return err;
}

static int lock_all(struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct oq_switch *sw;
	int err;

	err = pin_module(on, info->extack);
	if (err)
		return err;
	WRITE_ONCE(on->locked, true);
	list_for_each_entry(sw, &on->switches, net_node)
		lock_switch(sw);
	return 0;
}

int oq_lock_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));

	mutex_lock(&on->config);
	return oq_config_end(info, info->attrs[OVS_QUORUM_A_DPID] ?
				   lock_one(info) : lock_all(info));
}

int oq_pending_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_switch *sw = oq_command_switch(info);

	if (IS_ERR(sw))
		return PTR_ERR(sw);
	mutex_lock(&sw->quorum_lock);
	quorum_flush(sw->quorum);
	mutex_unlock(&sw->quorum_lock);
	oq_switch_put(sw);
	return 0;
}
