// SPDX-License-Identifier: GPL-2.0
/* Guarded ports as network devices: whose they are, and XDP programs on them. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"

struct link {
	char name[IFNAMSIZ];
	unsigned int ifindex, master;
	bool xdp, internal;	/* internal: a device that openvswitch made */
};

struct links {
	struct link *link;
	size_t nr;
};

static void add_link(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *a[IFLA_MAX + 1], *nest[IFLA_XDP_MAX + 1];
	struct nlattr *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct links *links = arg;
	struct link *link;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(nlh, sizeof(*ifi), a, IFLA_MAX, NULL))
		return;
	link = realloc(links->link, (links->nr + 1) * sizeof(*link));
	if (!link)
		die(CTL_REFUSED, "out of memory");
	links->link = link;
	link += links->nr++;
	memset(link, 0, sizeof(*link));
	snprintf(link->name, sizeof(link->name), "%s", nl_string(a[IFLA_IFNAME]));
	link->ifindex = (unsigned int)ifi->ifi_index;
	link->master = (unsigned int)nl_number(a[IFLA_MASTER]);
	if (a[IFLA_XDP] && nl_nest(nest, IFLA_XDP_MAX, a[IFLA_XDP]))
		link->xdp = nl_number(nest[IFLA_XDP_ATTACHED]) !=
			    XDP_ATTACHED_NONE;
	if (a[IFLA_LINKINFO] && nl_nest(info, IFLA_INFO_MAX, a[IFLA_LINKINFO]))
		link->internal = !strcmp(nl_string(info[IFLA_INFO_KIND]),
					 "openvswitch");
}

static const struct link *by_name(const struct links *links, const char *name)
{
	size_t i;

	for (i = 0; i < links->nr; i++)
		if (!strcmp(links->link[i].name, name))
			return &links->link[i];
	return NULL;
}

/* Is the port in its datapath, and in nothing else? */
static bool port_is_right(const struct check *c, const struct check_port *port,
			  const struct links *links, const struct link *link)
{
	const struct check_switch *sw = check_switch_by_dpid(c, port->dpid);
	const struct link *dp = sw ? by_name(links, sw->datapath) : NULL;

	if (!port->attached) {
		check_say(CHECK_WARN, "ports", "%s: %s is not in the datapath: no gate is behind it",
			  dpid_text(port->dpid), port->netdev);
		return false;
	}
	if (link && !link->internal && dp && link->master != dp->ifindex) {
		check_say(CHECK_WARN, "ports", "%s: %s has another master than %s",
			  dpid_text(port->dpid), port->netdev, sw->datapath);
		return false;
	}
	return true;
}

void check_links(struct check *c)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	bool right = true, xdp = false;
	struct links links = { 0 };
	const struct link *link;
	struct check_port *port;
	struct nl_conn conn;
	struct nl_msg *msg;
	int err;

	nl_connect_protocol(&conn, NETLINK_ROUTE);
	msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP);
	nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO);
	err = nl_run(&conn, msg, add_link, &links);
	nl_disconnect(&conn);
	if (err) {
		check_say(CHECK_SKIP, "ports", "cannot list devices: %s",
			  strerror(-err));
		free(links.link);
		return;
	}
	for (port = c->port; port < c->port + c->port_nr; port++) {
		link = by_name(&links, port->netdev);
		port->ifindex = link ? link->ifindex : 0;
		right &= port_is_right(c, port, &links, link);
		if (link && link->xdp) {
			xdp = true;
			check_say(CHECK_WARN, "xdp", "%s has an XDP program, which sees packets before the datapath",
				  port->netdev);
		}
	}
	if (right)
		check_say(CHECK_OK, "ports", "all %zu are in their datapaths",
			  c->port_nr);
	if (!xdp)
		check_say(CHECK_OK, "xdp", "no program on a guarded port");
	free(links.link);
}
