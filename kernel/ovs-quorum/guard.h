/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guards a datapath: hooks, admitted flows, ports, revocation.
 *
 * Who may be called with which lock: "config" is oq_net.config, "lock" is the
 * lock of the guard.
 */
#ifndef OQ_GUARD_H
#define OQ_GUARD_H

#include "quorum_switch.h"

/*
 * hooks.c.  Replaces operations of openvswitch's generic netlink families by
 * ours, which call the originals.  Install says in the log why it cannot.
 * Register the genl family before, unregister it after removing: that waits for
 * every hook that is still running.
 */
int oq_hooks_install(void);
void oq_hooks_remove(void);

/*
 * guard.c.  config held.  The first switch makes a datapath guarded, the last
 * one's removal ends that: flows are flushed on both occasions.
 */
struct oq_guard *oq_guard_get(struct oq_net *on, const char *name,
			      struct netlink_ext_ack *extack);
void oq_guard_put(struct oq_net *on, struct oq_guard *guard);

/* A guarded datapath by its ifindex; under RCU. */
struct oq_guard *oq_guard_find(struct net *net, int dp_ifindex);

/*
 * Take @sw into the guard, with its mode and ports as they are, or out.
 * config and lock held.  Everything that flows in the datapath is looked at again.
 */
void oq_guard_add(struct oq_guard *guard, struct oq_switch *sw);
void oq_guard_del(struct oq_guard *guard, struct oq_switch *sw);

/* Does any switch of the guard enforce?  lock held. */
bool oq_guard_enforces(const struct oq_guard *guard);

/*
 * port.c.  Which ports of the datapath the configured ones are now: for all
 * switches of the guard.  lock held; the caller revalidates if it returns true
 * (something changed).
 */
bool oq_ports_resolve(struct oq_guard *guard);

/*
 * port.c.  Change the configuration of a switch: add or replace, remove
 * (-ENOENT).  lock held; the caller revalidates.
 */
int oq_port_set(struct oq_switch *sw, const struct oq_port *port,
		struct netlink_ext_ack *extack);
int oq_port_del(struct oq_switch *sw, u32 number,
		struct netlink_ext_ack *extack);

/*
 * revoke.c.  Check admitted flows again and delete those that do not follow any
 * more, at once, in the caller's context; refused ones that drop instead are
 * deleted too, so that user space may try again.
 * @sw:      whose rules changed; NULL: of all switches
 * @touched: what changed; NULL: anything (modes, ports, policy)
 * Returns how many admitted flows were deleted.  lock held.
 */
unsigned int oq_revalidate(struct oq_guard *guard, struct oq_switch *sw,
			   const struct gate_touched *touched);

/* revoke.c.  Delete all flows of the datapath, whoever put them.  lock held. */
void oq_flush_flows(struct oq_guard *guard);

/*
 * packet_out.c.  Approved packet-outs: each lets one OVS_PACKET_CMD_EXECUTE
 * through, once, within OQ_PACKET_OUT_MS.  lock held.
 */
enum { OQ_PACKET_OUTS_MAX = 256, OQ_PACKET_OUT_MS = 10000 };

/* @msg: one encoded PACKET_OUT, copied.  -ENOMEM; -ENOBUFS: too many. */
int oq_packet_out_add(struct oq_switch *sw, const void *msg, size_t len,
		      u64 now_ms);
/* Drop those that are too old; returns when the next is (U64_MAX: none). */
u64 oq_packet_out_expire(struct oq_switch *sw, u64 now_ms);
void oq_packet_out_free_all(struct oq_switch *sw);

/*
 * shadow.c.  For OVS_QUORUM_CMD_FLOW_GET: writes admitted flows of a switch (sw
 * NULL: all) as OVS_QUORUM_A_FLOW nests; see the implementation for the cursor in
 * cb->args.  Takes the lock itself.
 */
int oq_shadow_dump(struct oq_guard *guard, struct oq_switch *sw,
		   struct sk_buff *skb, struct netlink_callback *cb);
void oq_shadow_counts(struct oq_guard *guard, struct oq_switch *sw,
		      u64 *flows, u64 *muzzles);	/* lock held */

/*
 * ovs_call.c.  Calls operations of openvswitch directly, without passing
 * netlink: no cb_lock, so from any process context.
 */
int oq_ovs_call_init(struct oq_net *on);	/* per namespace: the reply socket */
void oq_ovs_call_exit(struct oq_net *on);

#endif
