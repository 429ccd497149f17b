// SPDX-License-Identifier: GPL-2.0
/* What the commands of the family share: required attributes, the switch, replies. */
#include "limits.h"
#include "netlink.h"

#include <net/sock.h>

bool oq_attr_missing(struct netlink_ext_ack *extack, struct nlattr *nest,
		     struct nlattr **tb, int type)
{
	if (tb[type])
		return false;
	NL_SET_ERR_ATTR_MISS(extack, nest, type);
	NL_SET_ERR_MSG(extack, "a required attribute is missing");
	return true;
}

static struct oq_switch *switch_of(struct net *net, struct nlattr **attrs,
				   struct netlink_ext_ack *extack)
{
	struct oq_switch *sw;

	if (oq_attr_missing(extack, NULL, attrs, OVS_QUORUM_A_DPID))
		return ERR_PTR(-EINVAL);
	sw = oq_switch_get(oq_net(net), nla_get_u64(attrs[OVS_QUORUM_A_DPID]));
	if (!sw) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[OVS_QUORUM_A_DPID],
				    "there is no such switch");
		return ERR_PTR(-ENODEV);
	}
	return sw;
}

struct oq_switch *oq_command_switch(struct genl_info *info)
{
	return switch_of(genl_info_net(info), info->attrs, info->extack);
}

struct oq_switch *oq_dump_switch(struct netlink_callback *cb)
{
	return switch_of(sock_net(cb->skb->sk), oq_dump_attrs(cb), cb->extack);
}

int oq_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = OQ_DUMP_SKB_MIN;
	return 0;
}

struct oq_switch *oq_config_begin(struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct nlattr *attr = info->attrs[OVS_QUORUM_A_DPID];
	struct oq_switch *sw;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_DPID))
		return ERR_PTR(-EINVAL);
	mutex_lock(&on->config);
	sw = oq_switch_find(on, nla_get_u64(attr));
	if (!sw) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "there is no such switch");
		sw = ERR_PTR(-ENODEV);
	} else if (sw->locked) {
		NL_SET_ERR_MSG(info->extack, "configuration is locked");
		sw = ERR_PTR(-EPERM);
	}
	if (IS_ERR(sw))
		mutex_unlock(&on->config);
	return sw;
}

int oq_config_end(struct genl_info *info, int err)
{
	struct oq_net *on = oq_net(genl_info_net(info));

	if (!err)
		on->config_seq++;
	mutex_unlock(&on->config);
	return err;
}

struct sk_buff *oq_reply_new(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (skb)
		*header = genlmsg_put_reply(skb, info, &oq_family, 0, cmd);
	return skb;
}

void *oq_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		  unsigned int seq)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &oq_family, NLM_F_MULTI,
				   cmd);

	if (header) {
		cb->seq = seq ?: UINT_MAX;	/* 0 would mean that there is none */
		genl_dump_check_consistent(cb, header);
	}
	return header;
}
