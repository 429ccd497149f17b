/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a guarded switch: switch.c. */
#ifndef OQ_SWITCH_LIFE_H
#define OQ_SWITCH_LIFE_H

#include "quorum_switch.h"

/* What is constant of a switch. */
struct oq_switch_config {
	u64 dpid, domain, next_sequence;
	u32 pending_max, rules_max;
};

/*
 * A switch in mode off with defaults, which nobody sees yet and no guard has.
 * NULL: no memory.
 */
struct oq_switch *oq_switch_new(struct net *net,
				const struct oq_switch_config *config);

/* Undoes oq_switch_new(): nobody has seen it. */
void oq_switch_free(struct oq_switch *sw);

/*
 * Show it to everybody; sw->guard is set.  config held.
 */
void oq_switch_publish(struct oq_net *on, struct oq_switch *sw);

/*
 * Deletion: hide it, with config held; then, without, wait for those who still
 * have it, and free it and its guard.
 */
void oq_switch_hide(struct oq_net *on, struct oq_switch *sw);
void oq_switch_release(struct oq_net *on, struct oq_switch *sw);

/* At the end of a namespace. */
void oq_switch_delete_all(struct oq_net *on);

#endif
