// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a switch as the order tells it: incarnations, floors, down and
 * back, filled again.  All replicated, but for what is sent anew.
 */
#include "ctl_state.h"

/* OpenFlow 1.3.5 A.3.4.1, A.3.4.2: delete all flows of all tables, and all groups */
static const uint8_t wipe[] = {
	4, 14, 0, 56, 0, 0, 0, 0,	/* FLOW_MOD */
	0, 0, 0, 0, 0, 0, 0, 0,		/* cookie */
	0, 0, 0, 0, 0, 0, 0, 0,		/* cookie_mask */
	0xff, 3, 0, 0, 0, 0, 0, 0,	/* table ALL, DELETE, timeouts, priority */
	0xff, 0xff, 0xff, 0xff,		/* buffer: none */
	0xff, 0xff, 0xff, 0xff,		/* out_port ANY */
	0xff, 0xff, 0xff, 0xff,		/* out_group ANY */
	0, 0, 0, 0,			/* flags, padding */
	0, 1, 0, 4, 0, 0, 0, 0,		/* match of everything */
	4, 15, 0, 16, 0, 0, 0, 0,	/* GROUP_MOD */
	0, 2, 0, 0, 0xff, 0xff, 0xff, 0xfc, /* DELETE, group ALL */
};

static void tell(struct ctl *ctl, struct ctl_sw *sw, enum app_event_kind kind,
		 bool resync, uint64_t time_ms)
{
	struct app_event event = {
		.kind = kind,
		.sw = ctl_sw_index(ctl, sw),
		.dpid = ctl->config->sw[ctl_sw_index(ctl, sw)].dpid,
		.resync = resync,
		.time_ms = time_ms,
	};

	ctl_app_event(ctl, &event);
}

/*
 * C10: a new incarnation may have lost its tables and its window.  Numbers go on
 * from where the order is, so nothing that was ever signed can be applied
 * again; what is outstanding is sent again; then the tables are emptied and filled.
 */
void ctl_switch_epoch(struct ctl *ctl, struct ctl_sw *sw, uint64_t epoch)
{
	uint64_t sequence;

	if (sw->known && sw->epoch == epoch)
		return;
	assert(!sw->known || epoch > sw->epoch);	/* R13 */
	sw->resync |= sw->known;
	sw->lost = 0;
	sw->epoch = epoch;
	sw->start = sw->floor + 1;
	for (sequence = sw->start; sequence < sw->next; sequence++)
		ctl_job_of(ctl, sw, sequence)->acked = false;
	/* It begins anew, and so does its silence. */
	sw->base = sw->start;
	sw->ready = sw->start;
	ctl_resend_all(ctl, sw);
}

/*
 * A switch that claims numbers which it cannot have yet lies: those not given
 * out, and those of the block that is being executed.
 */
void ctl_switch_floor(struct ctl *ctl, struct ctl_sw *sw, uint64_t floor)
{
	if (floor <= sw->floor)
		return;
	if (floor >= sw->next ||
	    ctl_job_of(ctl, sw, floor)->height == ctl->height) {
		ctl->stats.hostile++;
		return;
	}
	if (floor >= sw->base)
		ctl_acknowledged(ctl, sw, sw->base, floor);
	ctl_jobs_retire(ctl, sw, floor);
	sw->lost = 0;
}

/*
 * A switch that was down is back when it shows that updates arrive: else one that
 * sends events and applies nothing could hold up the others again and again.
 */
void ctl_switch_settle(struct ctl *ctl, struct ctl_sw *sw, bool progress,
		       uint64_t time_ms)
{
	bool first = !sw->known, drained = sw->floor + 1 == sw->next;
	bool back = sw->down && (progress || drained);
	bool resync;

	sw->known = true;
	if (back) {
		sw->down = false;
		sw->lost = 0;
		ctl_touch(ctl, sw);
	}
	resync = sw->resync && !sw->down && drained;
	if (resync) {
		sw->resync = false;
		resync = ctl_job_add(ctl, ctl_sw_index(ctl, sw), NULL, wipe,
				     sizeof(wipe), NULL, 0) != CTL_NONE;
	}
	if (first || back || resync)
		tell(ctl, sw, APP_SWITCH_UP, resync, time_ms);
}

/* C9: f + 1 members, so a correct one, waited in vain. */
void ctl_switch_lost(struct ctl *ctl, struct ctl_sw *sw, uint32_t member,
		     uint64_t time_ms)
{
	uint64_t sequence;

	if (sw->down)
		return;
	sw->lost |= 1u << member;
	if ((unsigned int)__builtin_popcount(sw->lost) <=
	    agree_faulty(&ctl->agree_config))
		return;
	sw->down = true;
	sw->lost = 0;
	for (sequence = sw->floor + 1; sequence < sw->ready; sequence++)
		ctl_release(ctl, ctl_job_of(ctl, sw, sequence));
	tell(ctl, sw, APP_SWITCH_DOWN, false, time_ms);
}
