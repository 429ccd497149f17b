// SPDX-License-Identifier: GPL-2.0
#include "metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"

enum kind { COUNTER, GAUGE };

#define MS_PER_S 1000.0
#define NS_PER_S 1e9

static void head(FILE *f, enum kind kind, const char *name, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		kind == COUNTER ? "counter" : "gauge");
}

static void put(FILE *f, enum kind kind, const char *name, const char *help,
		uint64_t value)
{
	head(f, kind, name, help);
	fprintf(f, "%s %" PRIu64 "\n", name, value);
}

static void put_seconds(FILE *f, enum kind kind, const char *name,
			const char *help, double value)
{
	head(f, kind, name, help);
	fprintf(f, "%s %.6f\n", name, value);
}

static void put_agreement(FILE *f, const struct agree_stats *a)
{
	put(f, GAUGE, "ashlar_decided_height", "Last decided height.", a->decided);
	put(f, GAUGE, "ashlar_checkpoint_height", "Last stable checkpoint.",
	    a->checkpoint);
	put(f, GAUGE, "ashlar_term", "Term of the leader.", a->term);
	put(f, GAUGE, "ashlar_leader_member", "Number of the leader, from 0.",
	    a->leader);
	put(f, GAUGE, "ashlar_requests_waiting", "Requests not ordered yet.",
	    a->pool);
	put_seconds(f, GAUGE, "ashlar_height_timeout_seconds",
		    "Timeout of a height, as it is now.",
		    a->timeout_ms / MS_PER_S);
	put(f, GAUGE, "ashlar_recovering", "1: votes for nothing yet.",
	    a->recovering);
	put(f, GAUGE, "ashlar_repairing",
	    "1: a hole in the journal is being filled.", a->repairing);
	put(f, COUNTER, "ashlar_requests_executed_total", "Requests executed.",
	    a->executed);
	put(f, COUNTER, "ashlar_blocks_total", "Blocks decided.", a->blocks);
	put(f, COUNTER, "ashlar_dummy_blocks_total",
	    "Heights decided without a block of their leader.", a->dummies);
	put(f, COUNTER, "ashlar_height_timeouts_total",
	    "Heights whose timer expired.", a->timeouts);
	put(f, COUNTER, "ashlar_slow_leaders_total",
	    "Terms ended because their leader was slow.", a->slow_leaders);
	put(f, COUNTER, "ashlar_fetches_total",
	    "Times that something was asked of another member again.",
	    a->fetches);
	put(f, COUNTER, "ashlar_messages_refused_total",
	    "Messages of members and switches that were refused.", a->refused);
	put(f, COUNTER, "ashlar_equivocations_total",
	    "Members caught contradicting themselves.", a->equivocations);
}

static void put_updates(FILE *f, const struct ctl_stats *c)
{
	put(f, COUNTER, "ashlar_events_total", "Events of switches, executed.",
	    c->events);
	put(f, COUNTER, "ashlar_updates_total", "Updates of switches, made.",
	    c->updates);
	put(f, COUNTER, "ashlar_updates_sent_total", "Updates sent.", c->sent);
	put(f, COUNTER, "ashlar_updates_resent_total",
	    "Updates sent again, without an acknowledgement in time.",
	    c->resent);
	put(f, COUNTER, "ashlar_updates_acknowledged_total",
	    "Updates that switches acknowledged.", c->acked);
	put(f, COUNTER, "ashlar_updates_retired_total",
	    "Updates that the order knows to be done.", c->retired);
	put(f, COUNTER, "ashlar_updates_refused_total",
	    "Updates that switches refused.", c->refused);
	put(f, COUNTER, "ashlar_updates_dropped_total",
	    "Updates not queued, because a switch was too far behind.",
	    c->dropped);
	put(f, COUNTER, "ashlar_switch_overflows_total",
	    "Times that a switch fell too far behind.", c->overflows);
	put(f, COUNTER, "ashlar_divergent_acknowledgements_total",
	    "Signed acknowledgements of updates that are not ours.",
	    c->divergent);
	put(f, COUNTER, "ashlar_hostile_requests_total",
	    "Ordered requests that mean nothing.", c->hostile);
	put(f, COUNTER, "ashlar_update_signatures_total",
	    "Signatures of updates; one is for many.", c->waves);
	put(f, COUNTER, "ashlar_voted_outputs_total",
	    "Outputs of applications that were executed.", c->outputs);
	put(f, GAUGE, "ashlar_updates_outstanding", "Updates not retired.",
	    c->outstanding);
	put(f, GAUGE, "ashlar_updates_ready",
	    "Updates that wait for nothing but their acknowledgement.",
	    c->ready);
	put(f, GAUGE, "ashlar_switches_down",
	    "Switches that the quorum gave up for now.", c->down);
	put(f, GAUGE, "ashlar_switches_to_fill",
	    "Switches that lost updates and are not filled again yet.",
	    c->resync);
}

static void put_stages(FILE *f, const struct node_time *time)
{
	static const char *const stages[NODE_STAGES] = {
		"agreement", "processing", "acknowledgement",
	};
	unsigned int i;

	head(f, COUNTER, "ashlar_stage_seconds_total",
	     "Time of bundles in a stage; one bundle at a time is followed.");
	for (i = 0; i < NODE_STAGES; i++)
		fprintf(f, "ashlar_stage_seconds_total{stage=\"%s\"} %.6f\n",
			stages[i], (double)time[i].sum_ns / NS_PER_S);
	head(f, COUNTER, "ashlar_stage_bundles_total",
	     "Bundles that were followed to the end of a stage.");
	for (i = 0; i < NODE_STAGES; i++)
		fprintf(f, "ashlar_stage_bundles_total{stage=\"%s\"} %" PRIu64 "\n",
			stages[i], time[i].nr);
}

static void put_storage(FILE *f, const struct driver_stats *d)
{
	put(f, COUNTER, "ashlar_steps_total", "Steps of the core.", d->steps);
	put(f, COUNTER, "ashlar_turns_total", "Turns of the loop that had any.",
	    d->turns);
	put(f, COUNTER, "ashlar_journal_syncs_total", "Syncs of the journal.",
	    d->syncs);
	put_seconds(f, COUNTER, "ashlar_journal_sync_seconds_total",
		    "Time in syncs.", (double)d->sync_ns / NS_PER_S);
	put_seconds(f, GAUGE, "ashlar_journal_sync_max_seconds",
		    "The longest sync.", (double)d->sync_max_ns / NS_PER_S);
	put(f, COUNTER, "ashlar_journal_bytes_total",
	    "Bytes written to the journal.", d->journal_bytes);
	put(f, COUNTER, "ashlar_journal_segments_total",
	    "Segments of the journal begun.", d->segments);
	put(f, COUNTER, "ashlar_snapshots_total", "Snapshots written.",
	    d->snapshots);
}

static void put_links(FILE *f, const struct links_stats *members,
		      const struct links_stats *switches)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} rows[] = {
#define ROW(name, help, field)						\
	{ "ashlar_link_" name "_total", help, offsetof(struct links_stats, field) }
		ROW("received_frames", "Frames received.", frames_in),
		ROW("sent_frames", "Frames sent.", frames_out),
		ROW("received_bytes", "Bytes received.", bytes_in),
		ROW("sent_bytes", "Bytes sent.", bytes_out),
		ROW("dropped_full_frames", "Frames dropped: the peer's queue was full.",
		    dropped_full),
		ROW("dropped_down_frames", "Frames dropped: the link was down.",
		    dropped_down),
		ROW("refused", "Connections refused: certificate, name, or nonsense.",
		    strangers),
		ROW("breaches", "Links closed for a frame that breaks a rule.",
		    breaches),
		ROW("established", "Links that came up.", ups),
#undef ROW
	};
	const struct links_stats *of[] = { members, switches };
	static const char *const peers[] = { "controller", "switch" };
	unsigned int i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		head(f, COUNTER, rows[i].name, rows[i].help);
		for (k = 0; k < 2; k++) {
			const uint64_t *value = (const void *)
				((const char *)of[k] + rows[i].offset);

			fprintf(f, "%s{peers=\"%s\"} %" PRIu64 "\n",
				rows[i].name, peers[k], *value);
		}
	}
}

/* Names have no byte that Prometheus wants escaped: domain_load() sees to it. */
static void put_peers(FILE *f, const struct node *node)
{
	const struct domain *d = node_domain(node);
	struct node_member m;
	struct node_switch sw;
	unsigned int i;

	head(f, GAUGE, "ashlar_member_up", "1: the link to the controller is up.");
	for (i = 0; i < d->n && node_member(node, i, &m); i++)
		if (!m.self)
			fprintf(f, "ashlar_member_up{name=\"%s\"} %d\n", m.name,
				m.up);
	head(f, GAUGE, "ashlar_switch_up", "1: the link to the switch is up.");
	for (i = 0; i < d->switches; i++)
		if (node_switch(node, i, &sw))
			fprintf(f, "ashlar_switch_up{name=\"%s\",dpid=\"%016" PRIx64 "\"} %d\n",
				sw.name, sw.dpid, sw.up);
	head(f, GAUGE, "ashlar_switch_updates_outstanding",
	     "Updates of the switch that are not retired.");
	for (i = 0; i < d->switches; i++)
		if (node_switch(node, i, &sw))
			fprintf(f, "ashlar_switch_updates_outstanding{name=\"%s\",dpid=\"%016" PRIx64 "\"} %" PRIu32 "\n",
				sw.name, sw.dpid, sw.outstanding);
}

static void put_log(FILE *f)
{
	static const enum log_level levels[] = {
		LOG_L_ERROR, LOG_L_WARNING, LOG_L_INFO, LOG_L_DEBUG,
	};
	unsigned int i;

	head(f, COUNTER, "ashlar_log_lines_total", "Lines of the log.");
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		fprintf(f, "ashlar_log_lines_total{level=\"%s\"} %lu\n",
			log_level_name(levels[i]), log_count(levels[i]));
}

static void put_application(FILE *f, const struct node_stats *s)
{
	put(f, GAUGE, "ashlar_application_up",
	    "1: the OpenFlow application outside is connected.", s->app_up);
	put(f, COUNTER, "ashlar_application_events_total",
	    "Events given to the application outside.", s->app_fed);
	put(f, COUNTER, "ashlar_application_outputs_total",
	    "Outputs that it answered with.", s->app_outputs);
	put(f, COUNTER, "ashlar_application_ignored_total",
	    "Messages of it that were ignored.", s->app_ignored);
}

char *metrics_text(const struct node *node, size_t *len)
{
	struct words why = { "" };
	struct node_stats s;
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		return NULL;
	node_stats(node, &s);
	put(f, GAUGE, "ashlar_healthy", "1: the controller can take part.",
	    node_healthy(node, &why));
	put_seconds(f, GAUGE, "ashlar_uptime_seconds", "Since the start.",
		    (double)s.uptime_ms / MS_PER_S);
	put_agreement(f, &s.ctl.agree);
	put_updates(f, &s.ctl);
	put_stages(f, s.time);
	put_storage(f, &s.driver);
	put_links(f, &s.members, &s.switches);
	put_peers(f, node);
	put_application(f, &s);
	put_log(f);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}
