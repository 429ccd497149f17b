// SPDX-License-Identifier: GPL-2.0
/* What an agent has done so far, as lines of the log: for whoever sends SIGUSR1. */
#include <inttypes.h>

#include "daemon_parts.h"

static const char *const kinds[APP_EVENT_KINDS] = {
	[APP_PACKET_IN] = "packet_in",
	[APP_PORT_STATUS] = "port_status",
	[APP_FLOW_REMOVED] = "flow_removed",
	[APP_ERROR] = "error",
	[APP_REPLY] = "reply",
};

void daemon_stats_say(const struct daemon *d)
{
	struct agent_stats s;
	struct links_stats l;
	unsigned int i;

	agent_stats(d->agent, &s);
	links_stats(d->links, &l);
	log_say(LOG_L_INFO, "stats",
		"switch up=%d in_sync=%d resyncs=%" PRIu64 " repaired=%" PRIu64 " floor=%" PRIu64,
		s.switch_up, s.in_sync, s.resyncs, s.repaired, s.floor);
	log_say(LOG_L_INFO, "stats",
		"events taken=%" PRIu64 " bundles=%" PRIu64 " executed=%" PRIu64,
		s.events, s.bundles, s.executed);
	for (i = 0; i < APP_EVENT_KINDS; i++)
		if (kinds[i] && s.dropped[i])
			log_say(LOG_L_INFO, "stats",
				"events dropped kind=%s count=%" PRIu64,
				kinds[i], s.dropped[i]);
	log_say(LOG_L_INFO, "stats",
		"updates taken=%" PRIu64 " applied=%" PRIu64 " refused=%" PRIu64 " early=%" PRIu64 " replayed=%" PRIu64 " bad_signatures=%" PRIu64 " combined=%" PRIu64,
		s.updates, s.applied, s.refused, s.early, s.replayed,
		s.bad_signatures, s.combined);
	log_say(LOG_L_INFO, "stats",
		"updates followed quorum_waits=%" PRIu64 " quorum_wait_us=%" PRIu64,
		d->wait.nr, d->wait.sum_ns / 1000);
	log_say(LOG_L_INFO, "stats",
		"acknowledgements sent=%" PRIu64 " repeated=%" PRIu64, s.acks,
		s.acks_resent);
	log_say(LOG_L_INFO, "stats",
		"links frames_in=%" PRIu64 " frames_out=%" PRIu64 " dropped_full=%" PRIu64 " strangers=%" PRIu64 " breaches=%" PRIu64 " ups=%" PRIu64,
		l.frames_in, l.frames_out, l.dropped_full, l.strangers,
		l.breaches, l.ups);
	for (i = 0; i < d->domain->n; i++)
		log_say(LOG_L_INFO, "stats",
			"controller name=%s up=%d wrong_signatures=%" PRIu64,
			d->domain->controller[i].name, d->far[i].linked,
			s.liars[i]);
}
