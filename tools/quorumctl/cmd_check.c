// SPDX-License-Identifier: GPL-2.0
/* check: what this kernel offers, and what can be seen of ways around the gate. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "check.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"

static bool warned;

void check_say(enum check_level level, const char *topic, const char *fmt, ...)
{
	static const char *const names[] = { "OK", "WARN", "SKIP" };
	json_object *o = json_object_new_object();
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warned |= level == CHECK_WARN;
	json_text(o, "level", names[level]);
	json_text(o, "topic", topic);
	json_text(o, "text", text);
	output(o, "%-4s %s: %s", names[level], topic, text);
}

static void *grown(void *array, size_t nr, size_t size)
{
	void *p = realloc(array, (nr + 1) * size);

	if (!p)
		die(CTL_REFUSED, "out of memory");
	memset((char *)p + nr * size, 0, size);
	return p;
}

static void add_switch(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_SWITCH_A_MAX + 1];
	struct check *c = arg;
	struct check_switch *sw;

	if (!nl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !nl_nest(a, OVS_QUORUM_SWITCH_A_MAX, top[OVS_QUORUM_A_SWITCH]))
		return;
	c->sw = grown(c->sw, c->sw_nr, sizeof(*c->sw));
	sw = &c->sw[c->sw_nr++];
	sw->dpid = nl_number(a[OVS_QUORUM_SWITCH_A_DPID]);
	sw->mode = nl_number(a[OVS_QUORUM_SWITCH_A_MODE]);
	sw->vlan_limit = nl_number(a[OVS_QUORUM_SWITCH_A_VLAN_LIMIT]);
	sw->locked = a[OVS_QUORUM_SWITCH_A_LOCKED];
	sw->attached = a[OVS_QUORUM_SWITCH_A_ATTACHED];
	snprintf(sw->datapath, sizeof(sw->datapath), "%s",
		 nl_string(a[OVS_QUORUM_SWITCH_A_DATAPATH]));
}

static void add_port(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_PORT_A_MAX + 1];
	struct check *c = arg;
	struct check_port *port;

	if (!nl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !nl_nest(a, OVS_QUORUM_PORT_A_MAX, top[OVS_QUORUM_A_PORT]))
		return;
	c->port = grown(c->port, c->port_nr, sizeof(*c->port));
	port = &c->port[c->port_nr++];
	port->attached = a[OVS_QUORUM_PORT_A_DP_PORT];
	snprintf(port->netdev, sizeof(port->netdev), "%s",
		 nl_string(a[OVS_QUORUM_PORT_A_NETDEV]));
}

/* False: the module is not loaded, or does not answer. */
static bool collect(struct check *c)
{
	struct nl_conn conn;
	size_t i, first;
	int err;

	if (!nl_connect_family(&conn, OVS_QUORUM_GENL_NAME)) {
		check_say(CHECK_WARN, "module",
			  "ovs_quorum is not loaded: nothing is guarded");
		return false;
	}
	nl_list(&conn, OVS_QUORUM_CMD_SWITCH_GET, NULL, add_switch, c);
	for (i = 0; !conn.error && i < c->sw_nr; i++) {
		first = c->port_nr;
		nl_list(&conn, OVS_QUORUM_CMD_PORT_GET, &c->sw[i].dpid, add_port,
			c);
		for (; first < c->port_nr; first++)
			c->port[first].dpid = c->sw[i].dpid;
	}
	err = conn.error;
	if (err)
		check_say(CHECK_SKIP, "module", "does not answer: %s",
			  conn.said[0] ? conn.said : strerror(-err));
	else
		check_say(CHECK_OK, "module", "loaded, %zu switches, %zu ports",
			  c->sw_nr, c->port_nr);
	nl_disconnect(&conn);
	return !err;
}

const struct check_port *check_port_by_ifindex(const struct check *c,
					       unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < c->port_nr; i++)
		if (ifindex && c->port[i].ifindex == ifindex)
			return &c->port[i];
	return NULL;
}

const struct check_switch *check_switch_by_dpid(const struct check *c,
						uint64_t dpid)
{
	size_t i;

	for (i = 0; i < c->sw_nr; i++)
		if (c->sw[i].dpid == dpid)
			return &c->sw[i];
	return NULL;
}

static void switches(const struct check *c)
{
	static const char *const modes[] = { "off", "verify" };
	const struct check_switch *sw;

	for (sw = c->sw; sw < c->sw + c->sw_nr; sw++) {
		if (sw->mode == OVS_QUORUM_MODE_ENFORCE)
			check_say(CHECK_OK, "mode", "%s enforces",
				  dpid_text(sw->dpid));
		else
			check_say(CHECK_WARN, "mode", "%s is in mode %s: nothing is refused",
				  dpid_text(sw->dpid),
				  sw->mode < 2 ? modes[sw->mode] : "?");
		if (sw->locked)
			check_say(CHECK_OK, "lock", "%s is locked",
				  dpid_text(sw->dpid));
		else
			check_say(CHECK_WARN, "lock", "%s is not locked: root can change its keys and mode, and unload the module",
				  dpid_text(sw->dpid));
		if (!sw->attached)
			check_say(CHECK_WARN, "datapath", "%s: there is no datapath %s",
				  dpid_text(sw->dpid), sw->datapath);
	}
}

int cmd_check(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	struct check c = { 0 };

	args_parse(argc, argv, args, 0, 0);
	collect(&c);
	check_crypto();
	check_kernel();
	switches(&c);
	check_links(&c);
	check_hooks(&c);
	check_processes(&c);
	check_datapaths(&c);
	check_ovsdb(&c);
	free(c.sw);
	free(c.port);
	return warned ? CTL_REFUSED : CTL_OK;
}
