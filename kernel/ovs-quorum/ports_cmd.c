// SPDX-License-Identifier: GPL-2.0
/*
 * PORT_SET, PORT_GET, PORT_DEL: which network device is which OpenFlow port.
 *
 * Any change may make a flow of any switch of the datapath wrong: all are looked
 * at again.
 */
#include "guard.h"
#include "netlink.h"

#include <linux/netdevice.h>

static bool port_number_ok(u32 number)
{
	return (number >= 1 && number <= OF_PORT_MAX) || number == OF_PORT_LOCAL;
}

/* The port nest of a command; -EINVAL, with words. */
static int parse_port(struct genl_info *info, const struct nla_policy *policy,
		      struct nlattr **tb)
{
	struct nlattr *nest = info->attrs[OVS_QUORUM_A_PORT];
	int err;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_PORT))
		return -EINVAL;
	err = nla_parse_nested(tb, OVS_QUORUM_PORT_A_MAX, nest, policy,
			       info->extack);
	if (err)
		return err;
	if (oq_attr_missing(info->extack, nest, tb, OVS_QUORUM_PORT_A_NUMBER))
		return -EINVAL;
	if (!port_number_ok(nla_get_u32(tb[OVS_QUORUM_PORT_A_NUMBER]))) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[OVS_QUORUM_PORT_A_NUMBER],
				    "not the number of a port");
		return -EINVAL;
	}
	return 0;
}

static void ports_changed(struct oq_guard *guard)
{
	oq_ports_resolve(guard);
	oq_revalidate(guard, NULL, NULL);
}

int oq_port_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[OVS_QUORUM_PORT_A_MAX + 1];
	struct oq_port port = { .dp_port = -1 };
	struct oq_switch *sw;
	int err;

	err = parse_port(info, oq_port_policy, tb);
	if (err)
		return err;
	if (oq_attr_missing(info->extack, info->attrs[OVS_QUORUM_A_PORT], tb,
			    OVS_QUORUM_PORT_A_NETDEV))
		return -EINVAL;
	nla_strscpy(port.netdev, tb[OVS_QUORUM_PORT_A_NETDEV], sizeof(port.netdev));
	if (!dev_valid_name(port.netdev)) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[OVS_QUORUM_PORT_A_NETDEV],
				    "not the name of a network device");
		return -EINVAL;
	}
	port.number = nla_get_u32(tb[OVS_QUORUM_PORT_A_NUMBER]);
	if (tb[OVS_QUORUM_PORT_A_NO_FLOOD])
		port.no_flood = nla_get_u8(tb[OVS_QUORUM_PORT_A_NO_FLOOD]);

	sw = oq_config_begin(info);
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	mutex_lock(&sw->guard->lock);
	err = oq_port_set(sw, &port, info->extack);
	if (!err)
		ports_changed(sw->guard);
	mutex_unlock(&sw->guard->lock);
	return oq_config_end(info, err);
}

int oq_port_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[OVS_QUORUM_PORT_A_MAX + 1];
	struct oq_switch *sw;
	int err;

	err = parse_port(info, oq_port_del_policy, tb);
	if (err)
		return err;
	sw = oq_config_begin(info);
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	mutex_lock(&sw->guard->lock);
	err = oq_port_del(sw, nla_get_u32(tb[OVS_QUORUM_PORT_A_NUMBER]),
			  info->extack);
	if (!err)
		ports_changed(sw->guard);
	mutex_unlock(&sw->guard->lock);
	return oq_config_end(info, err);
}

/* Where a dump is. */
struct port_cursor {
	u32 number;			/* the next one, or more */
};

static int put_port(struct sk_buff *skb, const struct oq_port *port)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_PORT);

	if (!nest ||
	    nla_put_u32(skb, OVS_QUORUM_PORT_A_NUMBER, port->number) ||
	    nla_put_string(skb, OVS_QUORUM_PORT_A_NETDEV, port->netdev) ||
	    nla_put_u8(skb, OVS_QUORUM_PORT_A_NO_FLOOD, port->no_flood))
		return -EMSGSIZE;
	if (port->dp_port >= 0 &&
	    nla_put_u32(skb, OVS_QUORUM_PORT_A_DP_PORT, port->dp_port))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int oq_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct port_cursor *at = (struct port_cursor *)cb->ctx;
	struct oq_switch *sw = oq_dump_switch(cb);
	unsigned int seq, i;
	void *header;
	int err = 0;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	seq = READ_ONCE(oq_net(sw->net)->config_seq);
	mutex_lock(&sw->guard->lock);
	for (i = 0; i < sw->port_nr; i++) {
		if (sw->port[i].number < at->number)
			continue;
		header = oq_dump_put(skb, cb, OVS_QUORUM_CMD_PORT_GET, seq);
		if (!header || put_port(skb, &sw->port[i])) {
			genlmsg_cancel(skb, header);
			err = -EMSGSIZE;
			break;
		}
		genlmsg_end(skb, header);
		at->number = sw->port[i].number + 1;	/* the last is OFPP_LOCAL */
	}
	mutex_unlock(&sw->guard->lock);
	oq_switch_put(sw);
	return skb->len ?: err;
}
