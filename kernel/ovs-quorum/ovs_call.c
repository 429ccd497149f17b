// SPDX-License-Identifier: GPL-2.0
/*
 * Direct calls of openvswitch's netlink operations, past netlink.
 *
 * What such an operation needs is an skb whose ->sk tells the namespace, and a
 * struct genl_info.  From ovs_*_cmd_*() in net/openvswitch/datapath.c:
 *
 * - skb: only sock_net(skb->sk).
 * - info: nlhdr (flags: NLM_F_CREATE, NLM_F_ECHO), the ovs_header behind the
 *   genetlink header, attrs, snd_portid and snd_seq for replies, the namespace.
 *   Attributes are taken as policy has checked them: ours are built here or
 *   were checked when they came with somebody's message.
 * - Whether the sender may do it (GENL_UNS_ADMIN_PERM) is asked by genetlink, not
 *   by the operations.  Nobody holds cb_lock or needs to: it protects the tables
 *   of families, which stay, as openvswitch.ko does.
 * - Flow operations without NLM_F_ECHO reply nothing (ovs_must_notify()); those who
 *   listen to the multicast groups hear of the change as of any other.
 * - Get operations reply by genlmsg_reply() to snd_portid: a kernel socket of
 *   ours.  It is connected to the kernel (port 0), so netlink_getsockbyportid()
 *   turns away everybody else who sends to it.  The reply is there when the
 *   operation returns.
 *
 * The hooks do not see these calls: hooks.c.
 */
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/openvswitch.h>
#include <linux/netlink.h>
#include <net/sock.h>

#include "compat.h"
#include "dp.h"
#include "guard.h"
#include "hooks.h"
#include "ovs_call.h"

/* As on the wire: nothing between the three. */
struct oq_message {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	struct ovs_header ovs;
};

enum {
	OQ_REPLY_LEN = 256,		/* what we read is at the beginning */
	OQ_REPLIES_STALE = 16,		/* that a failed call may have left */
};

struct oq_attr_ufid {
	struct nlattr nla;
	u8 id[OQ_UFID_MAX];
};

struct oq_attr_name {
	struct nlattr nla;
	char name[IFNAMSIZ];
};

static int ovs_call(enum oq_op op, struct net *net, int dp_ifindex,
		    u16 flags, struct nlattr **attrs, u32 portid, u32 seq)
{
	struct oq_message msg = {
		.nlh = {
			.nlmsg_len = sizeof(msg),
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_seq = seq,
			.nlmsg_pid = portid,
		},
		.genl = { .version = OVS_DP_VER_FEATURES },
		.ovs = { .dp_ifindex = dp_ifindex },
	};
	struct genl_info info = {
		.snd_seq = seq,
		.snd_portid = portid,
		.attrs = attrs,
	};
	struct sk_buff skb = {};

	BUILD_BUG_ON(offsetof(struct oq_message, ovs) !=
		     NLMSG_HDRLEN + GENL_HDRLEN);
	oq_info_set_headers(&info, &msg.nlh);
	genl_info_net_set(&info, net);
	skb.sk = net->genl_sock;
	return oq_original(op, &skb, &info);
}

int oq_ovs_flow_del(struct net *net, int dp_ifindex, const struct oq_ufid *ufid)
{
	struct oq_attr_ufid attr = {
		.nla = {
			.nla_len = NLA_HDRLEN + ufid->len,
			.nla_type = OVS_FLOW_ATTR_UFID,
		},
	};
	struct nlattr *attrs[OVS_FLOW_ATTR_MAX + 1] = {
		[OVS_FLOW_ATTR_UFID] = &attr.nla,
	};

	memcpy(attr.id, ufid->id, sizeof(attr.id));
	return ovs_call(OQ_FLOW_DEL, net, dp_ifindex, 0, attrs, 0, 0);
}

int oq_ovs_flow_flush(struct net *net, int dp_ifindex)
{
	struct nlattr *attrs[OVS_FLOW_ATTR_MAX + 1] = {};

	return ovs_call(OQ_FLOW_DEL, net, dp_ifindex, 0, attrs, 0, 0);
}

int oq_ovs_flow_drop(struct net *net, int dp_ifindex, struct nlattr *key,
		     struct nlattr *mask, struct nlattr *ufid)
{
	struct nlattr none = {
		.nla_len = NLA_HDRLEN,
		.nla_type = OVS_FLOW_ATTR_ACTIONS,
	};
	struct nlattr quiet = {		/* says nothing in the log */
		.nla_len = NLA_HDRLEN,
		.nla_type = OVS_FLOW_ATTR_PROBE,
	};
	struct nlattr *attrs[OVS_FLOW_ATTR_MAX + 1] = {
		[OVS_FLOW_ATTR_KEY] = key,
		[OVS_FLOW_ATTR_MASK] = mask,
		[OVS_FLOW_ATTR_UFID] = ufid,
		[OVS_FLOW_ATTR_ACTIONS] = &none,
		[OVS_FLOW_ATTR_PROBE] = &quiet,
	};

	return ovs_call(OQ_FLOW_NEW, net, dp_ifindex, NLM_F_CREATE, attrs, 0, 0);
}

/* Returns bytes, -EAGAIN: none there, or another error. */
static int receive(struct oq_net *on, void *buf, size_t len)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	return kernel_recvmsg(on->sock, &msg, &vec, 1, len, MSG_DONTWAIT);
}

static int reply_check(const struct nlmsghdr *nlh, int len, u32 seq)
{
	if (len < (int)sizeof(struct oq_message) || nlh->nlmsg_seq != seq)
		return -EPROTO;
	return 0;
}

/* Calls a get operation; @buf has its reply.  Returns the bytes of it. */
static int ovs_get(struct oq_net *on, enum oq_op op, int dp_ifindex,
		   struct nlattr **attrs, u8 buf[OQ_REPLY_LEN])
{
	int i, err, len = 0;

	mutex_lock(&on->call);
	for (i = 0; i < OQ_REPLIES_STALE; i++)
		if (receive(on, buf, OQ_REPLY_LEN) == -EAGAIN)
			break;
	on->call_seq++;
	err = ovs_call(op, on->net, dp_ifindex, 0, attrs, on->call_portid,
		       on->call_seq);
	if (!err) {
		len = receive(on, buf, OQ_REPLY_LEN);
		err = len < 0 ? len : reply_check((void *)buf, len, on->call_seq);
	}
	mutex_unlock(&on->call);
	return err ?: len;
}

static void name_set(struct oq_attr_name *attr, int type, const char *name)
{
	attr->nla.nla_type = type;
	attr->nla.nla_len = NLA_HDRLEN +
			    strscpy_pad(attr->name, name, sizeof(attr->name)) + 1;
}

int oq_ovs_dp_ifindex(struct oq_net *on, const char *name)
{
	u8 buf[OQ_REPLY_LEN] __aligned(NLMSG_ALIGNTO);
	struct oq_attr_name attr;
	struct nlattr *attrs[OVS_DP_ATTR_MAX + 1] = {
		[OVS_DP_ATTR_NAME] = &attr.nla,
	};
	int err;

	name_set(&attr, OVS_DP_ATTR_NAME, name);
	err = ovs_get(on, OQ_DP_GET, 0, attrs, buf);
	if (err < 0)
		return err;
	return ((struct oq_message *)buf)->ovs.dp_ifindex ?: -ENODEV;
}

/*
 * A network device that is being unregistered is a port until openvswitch's work
 * item comes to it; its name is gone before.  Internal ports may be in another
 * namespace, and stay ports there.
 */
static bool device_is(struct net *net, const char *name, int ifindex)
{
	struct net_device *dev;
	bool is;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	is = dev && dev->ifindex == ifindex;
	rcu_read_unlock();
	return is;
}

s64 oq_ovs_port(struct oq_net *on, int dp_ifindex, const char *netdev)
{
	u8 buf[OQ_REPLY_LEN] __aligned(NLMSG_ALIGNTO);
	struct oq_attr_name attr;
	struct nlattr *attrs[OVS_VPORT_ATTR_MAX + 1] = {
		[OVS_VPORT_ATTR_NAME] = &attr.nla,
	};
	bool elsewhere = false;
	struct nlattr *a;
	int len, rest, ifindex = 0;
	s64 port = -ENODEV;

	name_set(&attr, OVS_VPORT_ATTR_NAME, netdev);
	len = ovs_get(on, OQ_VPORT_GET, dp_ifindex, attrs, buf);
	if (len < 0)
		return len;
	nla_for_each_attr(a, (struct nlattr *)(buf + sizeof(struct oq_message)),
			  len - (int)sizeof(struct oq_message), rest) {
		switch (nla_type(a)) {
		case OVS_VPORT_ATTR_PORT_NO:
			port = nla_get_u32(a);
			break;
		case OVS_VPORT_ATTR_IFINDEX:
			ifindex = nla_get_u32(a);
			break;
		case OVS_VPORT_ATTR_NETNSID:
			elsewhere = true;
			break;
		}
	}
	if (!elsewhere && !device_is(on->net, netdev, ifindex))
		return -ENODEV;
	return port;
}

int oq_ovs_call_init(struct oq_net *on)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int err;

	mutex_init(&on->call);
	INIT_LIST_HEAD(&on->strangers);
	err = sock_create_kern(on->net, PF_NETLINK, SOCK_RAW, NETLINK_GENERIC,
			       &on->sock);
	if (err)
		return err;
	err = kernel_connect(on->sock, (struct sockaddr *)&addr, sizeof(addr), 0);
	if (err)
		goto err_release_sock;
	err = kernel_getsockname(on->sock, (struct sockaddr *)&addr);
	if (err < 0)
		goto err_release_sock;
	on->call_portid = addr.nl_pid;
	return 0;

err_release_sock:
	sock_release(on->sock);
	return err;
}

void oq_ovs_call_exit(struct oq_net *on)
{
	oq_dp_net_exit(on);
	sock_release(on->sock);
}
