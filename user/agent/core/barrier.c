// SPDX-License-Identifier: GPL-2.0
/*
 * Barriers: an update is done when ovs-vswitchd answered the one behind it (G6).  One barrier
 * stands behind all that a step applied.
 */
#include "agent_state.h"

uint32_t barrier_send(struct agent *a)
{
	uint8_t out[OF_HEADER_LEN] = { OF_VERSION, OFPT_BARRIER_REQUEST, 0,
				       OF_HEADER_LEN };

	a->vs.barrier = (a->vs.barrier + 1) & XID_NUMBER;
	a->vs.barrier_wanted = false;
	put32(out + 4, xid_of(XID_BARRIER, a->vs.barrier));
	a->ops->to_switch(a->ctx, out, sizeof(out));
	return a->vs.barrier;
}

/* Numbers wrap: how far behind the last one asked for */
static uint32_t behind(const struct agent *a, uint32_t barrier)
{
	return (a->vs.barrier - barrier) & XID_NUMBER;
}

bool barrier_waits(const struct agent *a)
{
	return a->vs.barrier != a->vs.answered;
}

bool barrier_answered(struct agent *a, uint32_t xid)
{
	uint32_t barrier = xid & XID_NUMBER;
	struct ack *ack;
	uint64_t s;

	if (xid >> XID_KIND != XID_BARRIER ||
	    behind(a, barrier) >= behind(a, a->vs.answered))
		return false;
	a->vs.answered = barrier;
	for (s = a->floor + 1; s <= a->top; s++) {
		ack = ack_of(a, s);
		/* Those before it were answered with it. */
		if (ack && ack->state == ACK_BARRIER &&
		    behind(a, ack->barrier) >= behind(a, barrier))
			ack->state = ACK_READY;
	}
	ack_ready(a);
	return true;
}

/* What waits for a barrier waits for the next look at ovs-vswitchd's rules. */
void barrier_withdraw(struct agent *a)
{
	struct ack *ack;
	uint64_t s;

	for (s = a->floor + 1; s <= a->top; s++) {
		ack = ack_of(a, s);
		if (ack && ack->state == ACK_BARRIER)
			ack->state = ACK_SYNC;
	}
}

/* The connection is gone, and nobody knows what arrived. */
void barrier_lost(struct agent *a)
{
	barrier_withdraw(a);
	a->vs.answered = a->vs.barrier;
	a->vs.barrier_wanted = false;
}

void barrier_synced(struct agent *a, uint32_t barrier)
{
	struct ack *ack;
	uint64_t s;

	for (s = a->floor + 1; s <= a->top; s++) {
		ack = ack_of(a, s);
		if (ack && ack->state == ACK_SYNC) {
			ack->state = ACK_BARRIER;
			ack->barrier = barrier;
		}
	}
}
