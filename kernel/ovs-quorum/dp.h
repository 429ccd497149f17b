/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which datapath an operation is about, and who guards it: guard.c, for the
 * hooks.
 *
 * openvswitch takes the ifindex of any internal port for its datapath's
 * (get_dp_rcu()), in whatever namespace that device is by now.  So while
 * anything is guarded anywhere, an operation must name a datapath by the ifindex
 * of its own device, in its own namespace; everything else is refused.
 */
#ifndef OQ_DP_H
#define OQ_DP_H

#include "quorum_switch.h"

int oq_dp_init(void);
void oq_dp_exit(void);
void oq_dp_net_exit(struct oq_net *on);

/* An operation on flows or packets of one datapath */
struct oq_passage {
	struct oq_guard *guard;		/* with its lock; NULL: nobody's datapath */
	int srcu;
};

/*
 * Find the guard and take its lock, or make sure that there is none and that none
 * begins before oq_dp_leave(), which is due in any case.  Returns 0, or why not,
 * with words.
 */
int oq_dp_enter(struct oq_passage *p, struct genl_info *info);
void oq_dp_leave(struct oq_passage *p);

/*
 * The same for configuration: is this ifindex a datapath's own?  config held.
 * 0; -ENODEV: it is no datapath's; -EPERM, with words.
 */
int oq_dp_identify(struct oq_net *on, int dp_ifindex, struct genl_info *info);

/* Any guard in any namespace? */
bool oq_dp_any_guard(void);

/* Refuse an operation of the administrator: words, log, notification; -EPERM. */
int oq_dp_refuse(struct genl_info *info, struct oq_switch *sw, const char *text);

#endif
