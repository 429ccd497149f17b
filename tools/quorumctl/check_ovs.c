// SPDX-License-Identifier: GPL-2.0
/* Datapaths beside the guarded ones, and what Open vSwitch is configured to do. */
#include <errno.h>
#include <linux/openvswitch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "check.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"

struct datapaths {
	const struct check *check;
	bool warned;
};

static void on_datapath(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *a[OVS_DP_ATTR_MAX + 1];
	struct datapaths *d = arg;
	const char *name;
	size_t i;

	if (genlmsg_parse(nlh, sizeof(struct ovs_header), a, OVS_DP_ATTR_MAX,
			  NULL))
		return;
	name = nl_string(a[OVS_DP_ATTR_NAME]);
	for (i = 0; i < d->check->sw_nr; i++)
		if (!strcmp(d->check->sw[i].datapath, name))
			return;
	d->warned = true;
	check_say(CHECK_WARN, "datapath", "%s: no switch guards this datapath",
		  name);
}

void check_datapaths(const struct check *c)
{
	struct datapaths d = { .check = c };
	struct nl_conn conn;
	struct nl_msg *msg;

	if (!nl_connect_family(&conn, OVS_DATAPATH_FAMILY)) {
		check_say(CHECK_OK, "datapath", "openvswitch is not loaded");
		return;
	}
	msg = nlmsg_alloc();
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, conn.family,
				 sizeof(struct ovs_header), NLM_F_DUMP,
				 OVS_DP_CMD_GET, OVS_DATAPATH_VERSION))
		die(CTL_REFUSED, "out of memory");
	if (nl_run(&conn, msg, on_datapath, &d))
		check_say(CHECK_SKIP, "datapath", "cannot list datapaths: %s",
			  strerror(-conn.error));
	else if (!d.warned)
		check_say(CHECK_OK, "datapath", "all of the kernel's are guarded");
	nl_disconnect(&conn);
}

static json_object *cell(json_object *row, size_t column)
{
	return json_object_array_get_idx(row, column);
}

/*
 * ovs-vsctl's JSON: rows of values, each a scalar, ["set", [...]] or
 * ["map", [[key, value], ...]] (RFC 7047, 5.1).
 */
static const char *db_text(json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		return "";	/* an empty set: not configured */
	return json_object_get_string(value);
}

static const char *db_map(json_object *value, const char *key)
{
	json_object *pairs = json_object_array_get_idx(value, 1), *pair;
	const char *name;
	size_t i;

	for (i = 0; pairs && i < json_object_array_length(pairs); i++) {
		pair = json_object_array_get_idx(pairs, i);
		name = json_object_get_string(cell(pair, 0));
		if (!strcmp(name, key))
			return json_object_get_string(cell(pair, 1));
	}
	return "";
}

/* Rows of a table; NULL if ovs-vsctl cannot be asked.  To be put. */
static json_object *db_rows(const char *table, const char *columns,
			    json_object **rows)
{
	const char *const argv[] = {
		"ovs-vsctl", "--timeout=3", "--format=json", "--columns",
		columns, "list", table, NULL,
	};
	char *text = check_run(argv);
	json_object *o = text ? json_tokener_parse(text) : NULL;

	free(text);
	*rows = NULL;
	if (o && (!json_object_object_get_ex(o, "data", rows) ||
		  !json_object_is_type(*rows, json_type_array))) {
		json_object_put(o);
		o = NULL;
	}
	return o;
}

static void global(const struct check *c)
{
	json_object *rows, *o = db_rows("Open_vSwitch", "other_config", &rows);
	json_object *config;
	const char *limit;
	unsigned int n;
	size_t i;

	if (!o || !json_object_array_length(rows)) {
		json_object_put(o);
		return;
	}
	config = cell(json_object_array_get_idx(rows, 0), 0);
	if (!strcmp(db_map(config, "hw-offload"), "true"))
		check_say(CHECK_WARN, "hw-offload", "on: flows go to tc and hardware, past the gate");
	else
		check_say(CHECK_OK, "hw-offload", "off");
	limit = db_map(config, "vlan-limit");
	n = *limit ? (unsigned int)strtoul(limit, NULL, 10) : 1;
	if (!n || n > 2)
		n = 2;		/* 0: as many as the datapath has */
	for (i = 0; i < c->sw_nr; i++) {
		if (c->sw[i].vlan_limit == n)
			continue;
		check_say(CHECK_WARN, "vlan-limit", "%s has %u, Open vSwitch %u: tagged traffic will be refused",
			  dpid_text(c->sw[i].dpid), c->sw[i].vlan_limit, n);
		break;
	}
	if (i == c->sw_nr)
		check_say(CHECK_OK, "vlan-limit", "%u", n);
	json_object_put(o);
}

static void frags(const char *bridge)
{
	const char *const argv[] = {
		"ovs-ofctl", "--timeout=3", "-O", "OpenFlow13", "get-frags",
		bridge, NULL,
	};
	char *text = check_run(argv);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	if (!text)
		check_say(CHECK_SKIP, "frags", "%s: ovs-ofctl cannot ask it",
			  bridge);
	else if (strcmp(text, "normal"))
		check_say(CHECK_WARN, "frags", "%s: %s, where normal is approved",
			  bridge, text);
	else
		check_say(CHECK_OK, "frags", "%s: normal", bridge);
	free(text);
}

/* In-band control adds rules of its own, unless the controller is local. */
static bool in_band(json_object *controllers, json_object *bridge_config)
{
	const char *mode, *target;
	size_t i;

	if (!strcmp(db_map(bridge_config, "disable-in-band"), "true"))
		return false;
	for (i = 0; i < json_object_array_length(controllers); i++) {
		json_object *row = json_object_array_get_idx(controllers, i);

		mode = db_text(cell(row, 0));
		target = db_text(cell(row, 1));
		if (strcmp(mode, "out-of-band") && strncmp(target, "unix:", 5) &&
		    strncmp(target, "punix:", 6))
			return true;
	}
	return false;
}

static void bridge(const struct check *c, json_object *row,
		   json_object *controllers)
{
	const char *name = db_text(cell(row, 0));
	const char *fail_mode = db_text(cell(row, 3));
	uint64_t dpid;

	if (!strcmp(db_text(cell(row, 2)), "netdev"))
		check_say(CHECK_WARN, "netdev", "%s forwards in user space, where no gate is",
			  name);
	if (!dpid_parse(db_text(cell(row, 1)), &dpid) ||
	    !check_switch_by_dpid(c, dpid)) {
		check_say(CHECK_WARN, "bridge", "%s (%s) is no guarded switch",
			  name, db_text(cell(row, 1)));
		return;
	}
	if (!strcmp(fail_mode, "secure"))
		check_say(CHECK_OK, "fail-mode", "%s: secure", name);
	else
		check_say(CHECK_WARN, "fail-mode", "%s is not secure: without a controller it forwards like a hub, which will be refused",
			  name);
	if (controllers && in_band(controllers, cell(row, 4)))
		check_say(CHECK_WARN, "in-band", "%s has hidden rules for a controller, which will be refused: set out-of-band",
			  name);
	else if (controllers)
		check_say(CHECK_OK, "in-band", "%s: no", name);
	frags(name);
}

void check_ovsdb(const struct check *c)
{
	json_object *rows, *controllers;
	json_object *o = db_rows("Bridge", "name,datapath_id,datapath_type,fail_mode,other_config",
				 &rows);
	json_object *co;
	size_t i;

	if (!o) {
		check_say(CHECK_SKIP, "ovsdb", "ovs-vsctl cannot be asked: datapath types, offload and fail modes are unknown");
		return;
	}
	co = db_rows("Controller", "connection_mode,target", &controllers);
	global(c);
	for (i = 0; i < json_object_array_length(rows); i++)
		bridge(c, json_object_array_get_idx(rows, i), controllers);
	json_object_put(co);
	json_object_put(o);
}
