// SPDX-License-Identifier: GPL-2.0
/*
 * Bringing ovs-vswitchd up to the verifier's rules: when it connects, and when the verifier
 * has news (G11).  One look: the approved rules, its groups, its flows, repairs, a barrier.
 */
#include "agent_state.h"

enum { ENTRIES_MAX = 1 << 22 };

void sync_begin(struct agent *a, uint64_t at_ms)
{
	a->sync.state = SYNC_WAIT;
	a->sync.at_ms = at_ms;
	a->stats.in_sync = false;
}

void sync_news(struct agent *a)
{
	struct sync *s = &a->sync;

	switch (s->state) {
	case SYNC_NONE:
		return;
	case SYNC_DONE:
		s->news = true;
		/* Many at once are one. */
		sync_begin(a, s->begun_ms + a->config.retransmit_ms);
		return;
	case SYNC_WAIT:
		s->news = true;
		return;
	default:
		s->renew = true;
	}
}

static void request(struct agent *a, unsigned int type)
{
	size_t len;

	a->sync.xid = xid_of(XID_SYNC, a->sync.xid + 1);
	len = multipart_request(a->scratch, type, a->sync.xid);
	a->ops->to_switch(a->ctx, a->scratch, len);
}

static void look(struct agent *a)
{
	struct sync *s = &a->sync;

	/* News of a look that did not get to its end are this one's. */
	s->news |= s->renew;
	s->again = s->renew = false;
	s->begun_ms = a->now_ms;
	if (!rules_approved(a)) {
		sync_begin(a, a->now_ms + a->config.retransmit_ms);
		return;
	}
	s->state = SYNC_GROUPS;
	request(a, OFPMP_GROUP_DESC);
}

static void finish_look(struct agent *a)
{
	struct sync *s = &a->sync;

	if (!rules_repair(a)) {
		sync_begin(a, a->now_ms + a->config.retransmit_ms);
		return;
	}
	s->state = SYNC_BARRIER;
	s->before = a->vs.xid & XID_NUMBER;
	s->barrier = barrier_send(a);
	if (!s->again)
		barrier_synced(a, s->barrier);
}

/*
 * ovs-vswitchd could not carry out a message of an update, maybe for want of what it lacked
 * then and has after the repairs.  Its answer may come after the last part of its rules.
 */
void sync_error(struct agent *a, uint32_t number)
{
	struct sync *s = &a->sync;

	if (s->state == SYNC_GROUPS || s->state == SYNC_FLOWS) {
		s->again = true;
	} else if (s->state == SYNC_BARRIER &&
		   ((s->before - number) & XID_NUMBER) < XID_NUMBER / 2) {
		s->again = true;
		barrier_withdraw(a);
	}
}

static enum agent_err entries(struct agent *a, const uint8_t *p, size_t len)
{
	enum agent_err err = AGENT_OK;
	size_t entry;

	for (; len && !err; p += entry, len -= entry) {
		if (len < 8)
			return AGENT_EBROKEN;
		entry = wire_get16(p);
		if (entry < 8 || entry > len || entry > AGENT_MESSAGE_MAX - 64)
			return AGENT_EBROKEN;
		err = a->sync.state == SYNC_GROUPS ? rules_group(a, p, entry) :
						     rules_flow(a, p, entry);
	}
	return a->sync.entries > ENTRIES_MAX ? AGENT_EBROKEN : err;
}

enum agent_err sync_reply(struct agent *a, const uint8_t *message, size_t len)
{
	struct sync *s = &a->sync;
	unsigned int type = s->state == SYNC_GROUPS ? OFPMP_GROUP_DESC :
						      OFPMP_FLOW;
	enum agent_err err;

	if ((s->state != SYNC_GROUPS && s->state != SYNC_FLOWS) ||
	    wire_get32(message + 4) != s->xid)
		return AGENT_ESTALE;
	if (message[1] != OFPT_MULTIPART_REPLY || len < MULTIPART_LEN ||
	    wire_get16(message + 8) != type)
		return AGENT_EBROKEN;
	err = entries(a, message + MULTIPART_LEN, len - MULTIPART_LEN);
	if (err)
		return err;
	if (wire_get16(message + 10) & OFPMP_MORE)
		return AGENT_OK;
	if (s->state == SYNC_GROUPS) {
		s->state = SYNC_FLOWS;
		request(a, OFPMP_FLOW);
	} else {
		finish_look(a);
	}
	return AGENT_OK;
}

void sync_answered(struct agent *a)
{
	struct sync *s = &a->sync;

	if (s->state != SYNC_BARRIER ||
	    ((s->barrier - a->vs.answered) & XID_NUMBER) - 1 < XID_NUMBER / 2)
		return;
	a->stats.resyncs++;
	if (s->repaired || s->news)
		a->ops->purge(a->ctx);
	if (s->repaired)
		agent_say_number(a, 6, "ovs-vswitchd's rules repaired: ",
				 s->repaired, "");
	s->news = false;
	if (s->again) {
		/* Each look gets further; if one did not, there is no hurry. */
		sync_begin(a, a->now_ms +
			   (s->repaired ? 0 : a->config.retransmit_ms));
		return;
	}
	s->state = SYNC_DONE;
	a->stats.in_sync = true;
	bundle_in_step(a);
	if (s->renew)
		sync_news(a);
}

void sync_work(struct agent *a)
{
	if (a->sync.state == SYNC_WAIT && a->sync.at_ms <= a->now_ms)
		look(a);
}

uint64_t sync_wake(const struct agent *a)
{
	return a->sync.state == SYNC_WAIT ? a->sync.at_ms : TIME_NONE;
}
