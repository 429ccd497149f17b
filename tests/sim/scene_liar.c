// SPDX-License-Identifier: GPL-2.0
/* Members that lie */
#include "scenes.h"

static struct swarm with_liar(uint32_t lies)
{
	struct swarm s;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.liars = 1;
	s.lies = lies;
	return s;
}

static struct node *liar_of(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (w->node[i]->liar)
			return w->node[i];
	return NULL;
}

/* A leader that tells one half this and the other half that; then it restarts and does it again. */
static bool equivocation_before_and_after_a_restart(void)
{
	const struct agree_evidence *evidence;
	struct swarm s = with_liar(1 << LIE_PROPOSE | 1 << LIE_TWIN |
				   1 << LIE_VOTE);
	struct world *w;
	unsigned int i, proved = 0;

	s.config.rotate_blocks = 1;
	w = scene_new(&s, 1000);
	for (i = 0; i < w->instances; i++)
		if (w->node[i]->liar) {
			node_crash(w->node[i]);
			node_boot(w->node[i]);
		}
	scene_run_ms(w, 1500);
	for (i = 0; i < w->n; i++)
		if (!w->node[i]->liar)
			proved += agree_evidence(w->node[i]->core, &evidence);
	return scene_end(w, w->totals.lies > 10 && proved);
}

/* commonware #2797: what was proved is still there after a restart of who saw it. */
static bool evidence_survives_a_restart(void)
{
	const struct agree_evidence *evidence;
	struct swarm s = with_liar(1 << LIE_VOTE | 1 << LIE_PROPOSE);
	unsigned int i, before[4] = { 0 }, after, lost = 0, had = 0;
	struct world *w;

	s.config.rotate_blocks = 1;
	s.config.checkpoint_blocks = 1024;
	s.config.history = 1024;
	w = scene_new(&s, 1500);
	for (i = 0; i < 4; i++) {
		if (w->node[i]->liar)
			continue;
		before[i] = agree_evidence(w->node[i]->core, &evidence);
		had += before[i];
		node_crash(w->node[i]);
		node_boot(w->node[i]);
		after = agree_evidence(w->node[i]->core, &evidence);
		lost += after < before[i];
	}
	if (lost)
		violated(w, "evidence is lost by restarts of %u members", lost);
	return scene_end(w, had);
}

/* A leader just under the timeout may not hold the domain for long (R15). */
static bool slow_leader_just_under_the_timeout(void)
{
	struct agree_stats stats;
	struct swarm s = with_liar(1 << LIE_DELAY);
	struct world *w;
	uint64_t executed;
	unsigned int i;

	s.outstanding = 8;
	w = scene_new(&s, 4000);
	executed = w->history.nr;
	scene_run_ms(w, 4000);
	for (i = 0; i < 4; i++)
		if (!w->node[i]->liar)
			break;
	node_stats(w->node[i], &stats);
	if (stats.leader == liar_of(w)->member && !stats.slow_leaders)
		violated(w, "the slow leader stays");
	/* 24 at a time, each under 45 ms, would be 500 a second at the most. */
	return scene_end(w, w->history.nr - executed > 1000);
}

/* §2.7.6 (i): one event is proposed for ever. */
static bool old_event_proposed_for_ever(void)
{
	struct swarm s = with_liar(1 << LIE_OLD_REQUEST);
	struct world *w;
	uint64_t executed;

	w = scene_new(&s, 1000);
	executed = w->history.nr;
	scene_run_ms(w, 3000);
	return scene_end(w, w->history.nr - executed > 100);
}

/* A member that floods harms itself: others go on. */
static bool flood(void)
{
	struct swarm s = with_liar(1 << LIE_FLOOD | 1 << LIE_REPLAY |
				   1 << LIE_STATUS);
	struct world *w;
	uint64_t executed;

	w = scene_new(&s, 1000);
	executed = w->history.nr;
	scene_run_ms(w, 3000);
	return scene_end(w, w->totals.lies > 100 &&
			 w->history.nr - executed > 100);
}

/* Certificates of nothing, and snapshots of another state */
static bool false_certificates(void)
{
	struct swarm s = with_liar(1 << LIE_CERT | 1 << LIE_SNAPSHOT |
				   1 << LIE_PROPOSE);
	struct world *w;

	s.config.checkpoint_blocks = 8;
	s.config.history = 16;
	s.pad = 50000;
	w = scene_new(&s, 1000);
	node_crash(w->node[(liar_of(w)->member + 1) % 4]);
	scene_run_ms(w, 4000);
	node_boot(w->node[(liar_of(w)->member + 1) % 4]);
	scene_run_ms(w, 3000);
	return scene_end(w, w->totals.lies > 10);
}

const struct scene scenes_liar[] = {
	{ "equivocation before and after a restart",
	  equivocation_before_and_after_a_restart },
	{ "evidence survives a restart", evidence_survives_a_restart },
	{ "a slow leader just under the timeout",
	  slow_leader_just_under_the_timeout },
	{ "an old event proposed for ever", old_event_proposed_for_ever },
	{ "a flood", flood },
	{ "certificates of nothing", false_certificates },
	{ NULL, NULL },
};
