/* SPDX-License-Identifier: GPL-2.0 */
/* What ends by time: updates without quorum, hard timeouts, packet-outs. */
#ifndef OQ_EXPIRE_H
#define OQ_EXPIRE_H

#include "quorum_switch.h"

void oq_expire_init(struct oq_switch *sw);

/* Something of the switch ends at @at_ms (boot time).  Any of our locks. */
void oq_expire_at(struct oq_switch *sw, u64 at_ms);

/* For ever; waits for the work that runs.  No locks held. */
void oq_expire_stop(struct oq_switch *sw);

#endif
