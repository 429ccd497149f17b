/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Datapath flows (attributes of <linux/openvswitch.h>) as text, in the manner
 * of ovs-dpctl.  What has no text here is its number and bytes in hex.
 */
#ifndef ODP_H
#define ODP_H

#include <netlink/netlink.h>
#include <stdio.h>

/* @mask: NULL: exact.  Either is a nest of OVS_KEY_ATTR_*. */
void odp_key_print(FILE *out, struct nlattr *key, struct nlattr *mask);

/* A nest of OVS_ACTION_ATTR_*; "drop" if it is empty */
void odp_actions_print(FILE *out, struct nlattr *actions);

#endif
