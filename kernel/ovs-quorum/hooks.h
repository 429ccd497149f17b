/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations of openvswitch: their originals, and what stands in their place.
 */
#ifndef OQ_HOOKS_H
#define OQ_HOOKS_H

#include <net/genetlink.h>

/* openvswitch's export, for the sake of depending on it. */
struct vport;
void ovs_vport_free(struct vport *vport);

enum oq_op {
	OQ_FLOW_NEW,
	OQ_FLOW_SET,
	OQ_FLOW_DEL,
	OQ_EXECUTE,
	OQ_DP_NEW,
	OQ_DP_DEL,
	OQ_VPORT_NEW,
	OQ_VPORT_DEL,
	OQ_HOOKS,			/* those above are hooked */
	OQ_DP_GET = OQ_HOOKS,
	OQ_VPORT_GET,
	OQ_OPS
};

/* Call openvswitch's own function.  Sleeps: ovs_mutex. */
int oq_original(enum oq_op op, struct sk_buff *skb, struct genl_info *info);

/* In the place of ovs_*_cmd_*(): gate.c, guard.c, port.c. */
int oq_on_flow_new(struct sk_buff *skb, struct genl_info *info);
int oq_on_flow_set(struct sk_buff *skb, struct genl_info *info);
int oq_on_flow_del(struct sk_buff *skb, struct genl_info *info);
int oq_on_execute(struct sk_buff *skb, struct genl_info *info);
int oq_on_dp_new(struct sk_buff *skb, struct genl_info *info);
int oq_on_dp_del(struct sk_buff *skb, struct genl_info *info);
int oq_on_vport_new(struct sk_buff *skb, struct genl_info *info);
int oq_on_vport_del(struct sk_buff *skb, struct genl_info *info);

#endif
