// SPDX-License-Identifier: GPL-2.0
/* Crashes, pauses and restarts */
#include "scenes.h"

/*
 * commonware #4275: all members journal a dummy vote and crash before it leaves; after the
 * restart each must count its own vote, or the height is never passed.
 */
static bool restart_after_journaled_dummy(void)
{
	struct swarm s;
	struct world *w;
	unsigned int i, leader;
	uint64_t before;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 500);
	leader = scene_leader(w, 0);
	/* Nobody hears anybody: all time out, and their votes go nowhere. */
	for (i = 0; i < 4; i++)
		scene_isolate(w, i, true);
	before = scene_decided(w, 0);
	scene_run_ms(w, 1500);
	for (i = 0; i < 4; i++)
		node_crash(w->node[i]);
	for (i = 0; i < 4; i++) {
		scene_isolate(w, i, false);
		if (i != leader)
			node_boot(w->node[i]);
	}
	scene_run_ms(w, 8000);
	for (i = 0; i < 4; i++)
		if (i != leader && scene_decided(w, i) <= before)
			violated(w, "member %u is stuck at height %llu", i,
				 (unsigned long long)before);
	return scene_end(w, true);
}

/* BFT-SMaRt #27: a member sleeps while others go on beyond what history they keep. */
static bool paused_and_resumed(void)
{
	struct swarm s;
	struct world *w;
	uint64_t behind;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.config.history = 16;
	s.config.checkpoint_blocks = 8;
	s.pad = 70000;			/* some chunks of state */
	w = scene_new(&s, 500);
	w->node[3]->paused = true;
	scene_run_ms(w, 5000);
	behind = scene_decided(w, 0) - scene_decided(w, 3);
	w->node[3]->paused = false;
	node_resume(w->node[3]);
	scene_run_ms(w, 5000);
	if (scene_decided(w, 3) + 16 < scene_decided(w, 0))
		violated(w, "member 3 does not catch up: %llu of %llu",
			 (unsigned long long)scene_decided(w, 3),
			 (unsigned long long)scene_decided(w, 0));
	return scene_end(w, behind > 2 * 16);
}

/* fabric-orderingservice #7: two of four restart at a time, and one is far behind. */
static bool state_transfer_with_two_of_four_restarting(void)
{
	struct swarm s;
	struct world *w;
	uint64_t before;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.config.history = 16;
	s.config.checkpoint_blocks = 8;
	w = scene_new(&s, 500);
	node_crash(w->node[3]);
	scene_run_ms(w, 4000);
	before = scene_decided(w, 0);
	node_crash(w->node[2]);
	node_boot(w->node[3]);
	scene_run_ms(w, 200);
	node_boot(w->node[2]);
	/* From here on there are two who never were away, and no more than that is needed. */
	scene_run_ms(w, 5000);
	if (scene_decided(w, 3) <= before || scene_decided(w, 2) <= before)
		violated(w, "no progress after two restarts");
	return scene_end(w, true);
}

/* concord #704: what was lost on the way must come again, or nobody moves. */
static bool votes_lost_on_the_way(void)
{
	struct swarm s;
	struct world *w;
	uint64_t before;
	unsigned int i;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.loss_ppm = 300000;
	w = scene_new(&s, 4000);
	before = scene_decided(w, 0);
	for (i = 0; i < 20; i++) {
		scene_isolate(w, i % 4, true);
		scene_run_ms(w, 200);
		scene_isolate(w, i % 4, false);
	}
	scene_run_ms(w, 4000);
	return scene_end(w, before && scene_decided(w, 0) > before);
}

/* hotstuff #106: a silent leader costs a timeout once, not once a rotation. */
static bool silent_leader_costs_one_timeout(void)
{
	struct agree_stats stats, later;
	struct swarm s;
	struct world *w;
	unsigned int leader;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 500);
	leader = scene_leader(w, 0);
	node_crash(w->node[leader]);
	scene_run_ms(w, 3000);
	node_stats(w->node[(leader + 1) % 4], &stats);
	scene_run_ms(w, 3000);
	node_stats(w->node[(leader + 1) % 4], &later);
	if (later.dummies != stats.dummies)
		violated(w, "%llu dummies more with a leader that is alive",
			 (unsigned long long)(later.dummies - stats.dummies));
	return scene_end(w, stats.dummies && later.decided > stats.decided);
}

/* All restart, several times, and each time everything is still there. */
static bool all_restart(void)
{
	struct swarm s;
	struct world *w;
	unsigned int i, k;
	uint64_t before;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 300);
	for (k = 0; k < 5; k++) {
		before = w->history.nr;
		for (i = 0; i < 4; i++)
			node_crash(w->node[i]);
		scene_run_ms(w, 100);
		for (i = 0; i < 4; i++)
			node_boot(w->node[i]);
		scene_run_ms(w, 1500);
		if (w->history.nr <= before)
			violated(w, "nothing is executed after restart %u", k);
	}
	return scene_end(w, true);
}

/* Majorities, and one */
static bool other_modes_restart(void)
{
	struct swarm s;
	struct world *w;

	swarm_calm(&s, AGREE_CENTRALIZED, 1);
	w = scene_new(&s, 500);
	node_crash(w->node[0]);
	node_boot(w->node[0]);
	scene_run_ms(w, 500);
	if (!scene_end(w, true))
		return false;
	swarm_calm(&s, AGREE_CRASH, 3);
	w = scene_new(&s, 500);
	node_crash(w->node[scene_leader(w, 0)]);
	scene_run_ms(w, 2000);
	return scene_end(w, true);
}

const struct scene scenes_restart[] = {
	{ "restart after a journaled dummy vote", restart_after_journaled_dummy },
	{ "a member paused and resumed", paused_and_resumed },
	{ "state transfer with two of four restarting",
	  state_transfer_with_two_of_four_restarting },
	{ "votes lost on the way", votes_lost_on_the_way },
	{ "a silent leader costs one timeout",
	  silent_leader_costs_one_timeout },
	{ "all restart", all_restart },
	{ "other modes restart", other_modes_restart },
	{ NULL, NULL },
};
