// SPDX-License-Identifier: GPL-2.0
/* What else may send on packets of guarded ports: tc, BPF's tcx, nftables. */
#include <errno.h>
#include <netinet/in.h>	/* before what includes <linux/in.h> */
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"
#include "nl.h"

/* enum bpf_attach_type of Linux 6.6, which older headers do not have */
enum { TCX_INGRESS = 46, TCX_EGRESS = 47 };

struct finding {
	const struct check *check;
	const struct check_port *port;
	bool warned;
};

static void on_qdisc(struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tc = nlmsg_data(nlh);
	const struct check_port *port;
	struct nlattr *a[TCA_MAX + 1];
	struct finding *f = arg;
	const char *kind;

	if (nlh->nlmsg_type != RTM_NEWQDISC ||
	    nlmsg_parse(nlh, sizeof(*tc), a, TCA_MAX, NULL))
		return;
	port = check_port_by_ifindex(f->check, (unsigned int)tc->tcm_ifindex);
	kind = nl_string(a[TCA_KIND]);
	if (!port || (strcmp(kind, "ingress") && strcmp(kind, "clsact")))
		return;
	f->warned = true;
	check_say(CHECK_WARN, "tc", "%s has a qdisc %s: its filters see packets beside the datapath",
		  port->netdev, kind);
}

static void on_filter(struct nlmsghdr *nlh, void *arg)
{
	struct finding *f = arg;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || f->warned)
		return;
	f->warned = true;
	check_say(CHECK_WARN, "tc", "%s has a tc filter", f->port->netdev);
}

/* Filters of the root qdisc, which on their way out may send elsewhere */
static bool root_filters(struct nl_conn *conn, const struct check_port *port)
{
	struct tcmsg tc = { .tcm_ifindex = (int)port->ifindex };
	struct finding f = { .port = port };
	struct nl_msg *msg;

	msg = nlmsg_alloc_simple(RTM_GETTFILTER, NLM_F_REQUEST | NLM_F_DUMP);
	nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO);
	nl_run(conn, msg, on_filter, &f);
	return f.warned;
}

static void tc(const struct check *c)
{
	struct finding f = { .check = c };
	struct tcmsg none = { 0 };
	struct nl_conn conn;
	struct nl_msg *msg;
	size_t i;
	int err;

	nl_connect_protocol(&conn, NETLINK_ROUTE);
	msg = nlmsg_alloc_simple(RTM_GETQDISC, NLM_F_REQUEST | NLM_F_DUMP);
	nlmsg_append(msg, &none, sizeof(none), NLMSG_ALIGNTO);
	err = nl_run(&conn, msg, on_qdisc, &f);
	for (i = 0; i < c->port_nr; i++)
		if (c->port[i].ifindex && root_filters(&conn, &c->port[i]))
			f.warned = true;
	nl_disconnect(&conn);
	if (err)
		check_say(CHECK_SKIP, "tc", "cannot list qdiscs: %s",
			  strerror(-err));
	else if (!f.warned)
		check_say(CHECK_OK, "tc", "no filter on a guarded port");
}

/* Programs of one kind on a device; 0 too if the kernel has no such kind */
static unsigned int tcx_count(unsigned int ifindex, unsigned int type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = ifindex;
	attr.query.attach_type = type;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) &&
	    errno != ENOSPC)
		return 0;
	return attr.query.prog_cnt;
}

static void tcx(const struct check *c)
{
	const struct check_port *port;
	bool warned = false;

	for (port = c->port; port < c->port + c->port_nr; port++) {
		if (!port->ifindex ||
		    (!tcx_count(port->ifindex, TCX_INGRESS) &&
		     !tcx_count(port->ifindex, TCX_EGRESS)))
			continue;
		warned = true;
		check_say(CHECK_WARN, "tcx", "%s has a BPF program (tcx)",
			  port->netdev);
	}
	if (!warned)
		check_say(CHECK_OK, "tcx", "no program on a guarded port");
}

static bool guards(const struct check *c, const char *netdev)
{
	size_t i;

	for (i = 0; i < c->port_nr; i++)
		if (!strcmp(c->port[i].netdev, netdev))
			return true;
	return false;
}

static void nft_device(struct finding *f, const struct nlattr *name)
{
	if (!guards(f->check, nl_string(name)))
		return;
	f->warned = true;
	check_say(CHECK_WARN, "nft", "%s has a chain of family netdev",
		  nl_string(name));
}

static void on_chain(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *a[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1], *dev;
	int left;

	if (nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_CHAIN_MAX, NULL) ||
	    !nl_nest(hook, NFTA_HOOK_MAX, a[NFTA_CHAIN_HOOK]))
		return;
	/* One device is told both ways. */
	if (hook[NFTA_HOOK_DEVS])
		nla_for_each_nested(dev, hook[NFTA_HOOK_DEVS], left)
			nft_device(arg, dev);
	else if (hook[NFTA_HOOK_DEV])
		nft_device(arg, hook[NFTA_HOOK_DEV]);
}

static void nft(const struct check *c)
{
	struct nfgenmsg gen = { .nfgen_family = NFPROTO_NETDEV };
	struct finding f = { .check = c };
	struct nl_conn conn;
	struct nl_msg *msg;
	int err;

	nl_connect_protocol(&conn, NETLINK_NETFILTER);
	msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
				 NLM_F_REQUEST | NLM_F_DUMP);
	nlmsg_append(msg, &gen, sizeof(gen), NLMSG_ALIGNTO);
	err = nl_run(&conn, msg, on_chain, &f);
	if (err == -EOPNOTSUPP || err == -EINVAL)
		check_say(CHECK_OK, "nft", "nf_tables is not loaded");
	else if (err)
		check_say(CHECK_SKIP, "nft", "cannot list chains: %s",
			  strerror(-err));
	else if (!f.warned)
		check_say(CHECK_OK, "nft", "no netdev chain on a guarded port");
	nl_disconnect(&conn);
}

void check_hooks(const struct check *c)
{
	tc(c);
	tcx(c);
	nft(c);
}
