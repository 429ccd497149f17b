/* SPDX-License-Identifier: GPL-2.0 */
/* Multicast notifications: notify.c.  Any process context, any of our locks. */
#ifndef OQ_NOTIFY_H
#define OQ_NOTIFY_H

#include "quorum_switch.h"

struct oq_violation {
	struct oq_switch *sw;		/* NULL: none is concerned */
	struct net *net;
	u8 kind;			/* enum ovs_quorum_violation_kind */
	const char *reason;
	u32 portid;
	int table;			/* -1: none */
	const void *ufid;		/* 16 bytes, or NULL */
	bool refused;
};

/* To group "violations", rate-limited per namespace; also a tracepoint. */
void oq_notify_violation(const struct oq_violation *v);

struct oq_result {
	u64 dpid, sequence;
	u32 phase, revoked;
	u8 digest[UPDATE_DIGEST_LEN];
	u8 state;			/* enum ovs_quorum_update_state */
	u16 have, need;
	const char *reason;		/* NULL: none */
};

/* To group "updates": applied, rejected, expired. */
void oq_notify_update(struct net *net, const struct oq_result *r);

/* The same attributes, into a reply. */
int oq_put_result(struct sk_buff *skb, const struct oq_result *r);

#endif
