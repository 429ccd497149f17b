/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Direct calls of openvswitch's operations: ovs_call.c.  From any process
 * context; ovs_mutex is taken inside.
 */
#ifndef OQ_OVS_CALL_H
#define OQ_OVS_CALL_H

#include "quorum_switch.h"
#include "shadow.h"

/* 0, -ENODEV: no such datapath, -ENOENT: no such flow.  Cannot fail otherwise. */
int oq_ovs_flow_del(struct net *net, int dp_ifindex, const struct oq_ufid *ufid);

/* All flows.  0, -ENODEV, -ENOMEM. */
int oq_ovs_flow_flush(struct net *net, int dp_ifindex);

/* A new flow without actions.  @mask may be NULL. */
int oq_ovs_flow_drop(struct net *net, int dp_ifindex, struct nlattr *key,
		     struct nlattr *mask, struct nlattr *ufid);

/* The ifindex of the datapath of a name; -ENODEV: none; another error. */
int oq_ovs_dp_ifindex(struct oq_net *on, const char *name);

/*
 * The number that a network device has as a port of a datapath; -ENODEV: it is
 * no port of it, or is about to be none; another error.
 */
s64 oq_ovs_port(struct oq_net *on, int dp_ifindex, const char *netdev);

#endif
