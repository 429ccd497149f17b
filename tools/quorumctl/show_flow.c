// SPDX-License-Identifier: GPL-2.0
/* Admitted datapath flows, as the kernel tells them. */
#include <stdio.h>
#include <stdlib.h>
#include "nl.h"
#include "odp.h"
#include "output.h"
#include "quorumctl.h"
#include "show.h"

static char *printed_key(struct nlattr *key, struct nlattr *mask)
{
	char *buffer;
	size_t room;
	FILE *f = open_memstream(&buffer, &room);

	if (!f)
		die(CTL_REFUSED, "out of memory");
	odp_key_print(f, key, mask);
	fclose(f);
	return buffer;
}

static char *printed_actions(struct nlattr *actions)
{
	char *buffer;
	size_t room;
	FILE *f = open_memstream(&buffer, &room);

	if (!f)
		die(CTL_REFUSED, "out of memory");
	odp_actions_print(f, actions);
	fclose(f);
	return buffer;
}

static void show_one(struct nlattr *flow)
{
	struct nlattr *a[OVS_QUORUM_FLOW_A_MAX + 1];
	json_object *o = json_object_new_object();
	char *key, *actions;

	if (!nl_nest(a, OVS_QUORUM_FLOW_A_MAX, flow) ||
	    !a[OVS_QUORUM_FLOW_A_UFID] || !a[OVS_QUORUM_FLOW_A_KEY])
		die(CTL_REFUSED, "cannot read the answer: the module is of another version");
	key = printed_key(a[OVS_QUORUM_FLOW_A_KEY], a[OVS_QUORUM_FLOW_A_MASK]);
	actions = a[OVS_QUORUM_FLOW_A_ACTIONS] ?
		  printed_actions(a[OVS_QUORUM_FLOW_A_ACTIONS]) : NULL;
	json_bytes(o, "ufid", nla_data(a[OVS_QUORUM_FLOW_A_UFID]),
		   nla_len(a[OVS_QUORUM_FLOW_A_UFID]));
	json_text(o, "flow", key);
	json_text(o, "actions", actions ? actions : "drop");
	json_flag(o, "muzzle", a[OVS_QUORUM_FLOW_A_MUZZLE]);
	output(o, "ufid:%s, %s, actions:%s%s",
	       hex_text(nla_data(a[OVS_QUORUM_FLOW_A_UFID]),
			nla_len(a[OVS_QUORUM_FLOW_A_UFID])),
	       key, actions ? actions : "drop",
	       a[OVS_QUORUM_FLOW_A_MUZZLE] ? " (refused)" : "");
	free(key);
	free(actions);
}

/* A message has as many flows as fit. */
void show_flow(struct nlmsghdr *nlh, void *arg)
{
	struct genlmsghdr *g = genlmsg_hdr(nlh);
	struct nlattr *a;
	int left;

	(void)arg;
	nla_for_each_attr(a, genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), left)
		if (nla_type(a) == OVS_QUORUM_A_FLOW)
			show_one(a);
}
