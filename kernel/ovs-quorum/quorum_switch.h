/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of ovs_quorum.ko and their locks.
 *
 *	struct oq_net		a network namespace: its switches and guards
 *	struct oq_guard		a datapath of openvswitch by name ("ovs-system")
 *	struct oq_switch	an OpenFlow switch (bridge) on it: rules, keys, ports
 *
 * Locks, outermost first:
 *
 *	oq_net.config		mutex: who is configured; held by configuration
 *				commands and by the hooks of datapaths and ports
 *	oq_guard.lock		mutex: what the gate decides by: modes, pipelines (to
 *				change), ports, the shadow table.  Held over check
 *				*and* openvswitch's own work, so that no approval
 *				changes in between.  ovs_mutex nests inside.
 *	oq_net.call		mutex: one direct call of openvswitch with a reply
 *	oq_switch.quorum_lock	mutex: struct quorum.  Never held over a signature
 *				check, an allocation or another lock.
 *
 * Signatures are verified under no lock.  Dumps of rules take RCU only.
 * An oq_switch is found by RCU and kept by its reference count; it keeps its guard.
 */
#ifndef OQ_SWITCH_H
#define OQ_SWITCH_H

#include <linux/completion.h>
#include <linux/if.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <linux/ovs_quorum.h>
#include "../../lib/gate/gate.h"
#include "../../lib/quorum/quorum.h"

struct oq_keyset;		/* keys.h: the keys of one phase */
struct oq_guard;

/* Per-CPU counters, by the attribute that reports them. */
struct oq_stats {
	u64 count[OVS_QUORUM_STATS_A_MAX + 1];
};

/* One configured port; exists in the datapath if dp_port is not -1. */
struct oq_port {
	u32 number;
	s64 dp_port;
	u8 no_flood;
	char netdev[IFNAMSIZ];
};

struct oq_switch {
	struct list_head net_node;	/* oq_net.switches, RCU */
	struct list_head guard_node;	/* oq_guard.switches; guard->lock */
	refcount_t ref;
	struct completion unused;	/* the last reference is gone */
	struct net *net;		/* the oq_net goes before it: not counted */
	struct oq_guard *guard;

	u64 dpid, domain;		/* constant */
	u32 pending_max, rules_max;	/* constant */

	/* Written under guard->lock. */
	u8 mode, miss, vlan_limit;
	bool locked;
	bool dead;			/* deleted: no new updates */
	u32 overlap_ms, expiry_ms;
	unsigned int port_nr;
	struct oq_port *port;		/* ascending by number */
	struct gate_port *gate_port;	/* of those that exist, for gate_view */
	unsigned int gate_port_nr;
	struct gate_pipeline pipeline;
	struct list_head packet_outs;	/* approved, not used yet: packet_out.c */
	unsigned int packet_out_nr;

	struct mutex quorum_lock;	/* of what is below, up to the key sets */
	struct quorum *quorum;
	struct oq_keyset __rcu *keyset[QUORUM_PHASES];	/* by slot */

	struct delayed_work expire;	/* waiting updates, hard timeouts, packet-outs */
	spinlock_t expire_lock;		/* innermost */
	u64 expire_at;			/* ms; U64_MAX: not armed */
	bool expire_stopped;
	u64 rules_expire_at;		/* ms: the first hard timeout; guard->lock */
	struct oq_stats __percpu *stats;
};

/* A configured datapath, whether it exists at the moment or not. */
struct oq_guard {
	struct list_head net_node;	/* oq_net.guards; config lock; RCU for the hooks */
	struct rcu_head rcu;
	refcount_t ref;
	struct net *net;
	char name[IFNAMSIZ];
	int ifindex;			/* 0: does not exist now */

	struct mutex lock;		/* see above */
	struct list_head switches;
	struct rhashtable shadow;	/* shadow.c: admitted flows by UFID */
	unsigned int shadow_nr;
	struct gate_scratch *scratch;

	/* shadow.c */
	struct rb_root by_age;		/* the same flows, ascending by id */
	u64 next_id;
	unsigned int muzzle_nr;		/* of shadow_nr: refused, dropping instead */
	size_t shadow_bytes;

	/* guard.c */
	struct list_head all_node;	/* guards of all namespaces */
	unsigned int users;		/* switches; config */
	struct work_struct work;	/* devices came, went, changed names */
	bool enforced;			/* what oq_guard_enforces() was last time */
	bool unflushed;			/* a flush failed: nothing may pass */
};

struct oq_net {
	struct net *net;
	struct mutex config;		/* see above */
	struct list_head switches;	/* RCU; ascending by DPID */
	struct list_head guards;	/* RCU */
	unsigned int switch_nr;
	unsigned int config_seq;	/* grows with each change, for dumps */
	struct socket *sock;		/* replies of direct calls come here: ovs_call.c */
	struct mutex call;		/* one reply at a time; ovs_mutex nests inside */
	u32 call_portid, call_seq;
	struct list_head strangers;	/* guard.c: RCU: datapaths without a guard */
	bool locked;			/* all of the namespace, for ever */
	bool pinned;			/* something is locked: the module stays */

	/* notify.c: a token bucket for violations */
	spinlock_t notify_lock;		/* innermost */
	u64 notify_filled_ms;
	unsigned int notify_tokens;
	u64 notify_missed;
};

struct oq_net *oq_net(struct net *net);

/*
 * switch.c.  By its DPID: borrowed, config held; or with a reference, from
 * anywhere.  NULL: there is none.  Deletion waits until the last reference is
 * put: keep it for the length of a command, not longer.
 */
struct oq_switch *oq_switch_find(struct oq_net *on, u64 dpid);
struct oq_switch *oq_switch_get(struct oq_net *on, u64 dpid);
void oq_switch_put(struct oq_switch *sw);

static inline void oq_count(struct oq_switch *sw, int what)
{
	this_cpu_inc(sw->stats->count[what]);
}

static inline void oq_count_add(struct oq_switch *sw, int what, u64 n)
{
	this_cpu_add(sw->stats->count[what], n);
}

static inline u64 oq_now_ms(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

#endif
