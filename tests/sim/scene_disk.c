// SPDX-License-Identifier: GPL-2.0
/* Disks that lose, tear, rot, fill up and are replaced */
#include "scenes.h"

/* commonware #3727: the journal reaches further than the snapshot: execute again, once. */
static bool application_behind_the_log(void)
{
	struct swarm s;
	struct world *w;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.config.checkpoint_blocks = 64;
	w = scene_new(&s, 1000);
	node_crash(w->node[1]);
	scene_run_ms(w, 50);
	node_boot(w->node[1]);
	scene_run_ms(w, 1000);
	return scene_end(w, true);
}

/* The same, the other way: the snapshot is newer than any segment that is left. */
static bool application_ahead_of_the_log(void)
{
	struct swarm s;
	struct world *w;
	struct disk *d;
	bool had;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.config.checkpoint_blocks = 8;
	w = scene_new(&s, 1500);
	node_crash(w->node[1]);
	d = &w->node[1]->disk;
	had = d->snapshot && d->segment_nr;
	/* It counts as faulty: its votes are gone with the journal. */
	disk_lose_journal(d);
	w->node[1]->formatted = false;
	w->node[1]->damaged = true;
	node_boot(w->node[1]);
	scene_run_ms(w, 3000);
	return scene_end(w, had);
}

/* cometbft #6031: a segment whose directory entry was not synced is gone after a power failure. */
static bool directory(bool forgets, unsigned int seed, bool *bad)
{
	struct swarm s;
	struct world *w;
	unsigned int i;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	s.config.segment_max = 1 << 14;
	s.forgets_directory = forgets;
	s.liars = 0;
	s.faults = 1 << FAULT_CRASH | 1 << FAULT_CRASH_ALL | 1 << FAULT_PARTITION;
	s.fault_ms = 60;
	s.run_ms = 6000;
	s.crash_ppm = 300;
	w = world_new(seed, &s, &core_agree);
	for (i = 0; i < 4; i++)
		w->node[i]->disk.forgets_directory = forgets;
	*bad = !world_run(w);
	world_free(w);
	return true;
}

static bool directory_synced(void)
{
	unsigned int seed, caught = 0;
	bool bad;

	for (seed = 1; seed <= 10; seed++) {
		directory(false, seed, &bad);
		if (bad)
			return false;
	}
	/* The control: who forgets it is found out. */
	for (seed = 1; seed <= 40 && !caught; seed++) {
		directory(true, seed, &bad);
		caught += bad;
	}
	return caught;
}

static bool full_disk(void)
{
	struct swarm s;
	struct world *w;
	uint64_t before;
	bool stopped;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 500);
	w->node[2]->full = true;
	scene_run_ms(w, 500);
	stopped = !w->node[2]->up;
	before = scene_decided(w, 0);
	node_boot(w->node[2]);		/* and stops again */
	scene_run_ms(w, 1000);
	stopped &= !w->node[2]->up;
	if (scene_decided(w, 0) <= before)
		violated(w, "one full disk stops all");
	w->node[2]->full = false;
	node_boot(w->node[2]);
	scene_run_ms(w, 1000);
	return scene_end(w, stopped);
}

/* R12: the disk is replaced by an empty one. */
static bool lost_disk(void)
{
	struct agree_stats stats;
	struct swarm s;
	struct world *w;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 1000);
	fault_lose_disk(w, w->node[1]);
	node_boot(w->node[1]);
	scene_run_ms(w, 4000);
	node_stats(w->node[1], &stats);
	if (stats.recovering)
		violated(w, "member 1 never ends its recovery");
	return scene_end(w, true);
}

/* The copy of each head is there for this. */
static bool one_head_rots(void)
{
	struct agree_stats stats;
	struct swarm s;
	struct world *w;
	unsigned int i, rotten = 0;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 800);
	node_crash(w->node[1]);
	for (i = 0; i < 20; i++)
		rotten += disk_rot(&w->node[1]->disk, &w->prng, ROT_HEAD);
	node_boot(w->node[1]);
	node_stats(w->node[1], &stats);
	if (stats.recovering)
		violated(w, "one copy of a head is not enough");
	scene_run_ms(w, 500);
	return scene_end(w, rotten > 3);
}

/* What a body held comes from others, and nothing behind it is executed before. */
static bool body_rots(void)
{
	struct swarm s;
	struct world *w;
	unsigned int i, rotten = 0;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 800);
	node_crash(w->node[1]);
	for (i = 0; i < 5; i++)
		rotten += disk_rot(&w->node[1]->disk, &w->prng, ROT_BODY);
	w->node[1]->damaged = true;
	node_boot(w->node[1]);
	scene_run_ms(w, 3000);
	return scene_end(w, rotten);
}

/* Both copies of a head rot: said aloud, and recovered like a lost disk. */
static bool votes_rot(void)
{
	struct agree_stats stats;
	struct swarm s;
	struct world *w;
	bool rotten, recovering;

	swarm_calm(&s, AGREE_BYZANTINE, 4);
	w = scene_new(&s, 800);
	node_crash(w->node[1]);
	do
		rotten = disk_rot(&w->node[1]->disk, &w->prng, ROT_VOTES);
	while (!rotten);
	w->node[1]->damaged = true;
	node_boot(w->node[1]);
	node_stats(w->node[1], &stats);
	recovering = stats.recovering;
	if (rotten && !recovering)
		violated(w, "votes may be lost, and nobody says so");
	scene_run_ms(w, 3000);
	node_stats(w->node[1], &stats);
	if (stats.recovering)
		violated(w, "member 1 never ends its recovery");
	return scene_end(w, rotten && recovering);
}

const struct scene scenes_disk[] = {
	{ "the application is behind the log", application_behind_the_log },
	{ "the application is ahead of the log",
	  application_ahead_of_the_log },
	{ "the directory is synced", directory_synced },
	{ "a full disk", full_disk },
	{ "a lost disk", lost_disk },
	{ "one copy of a head rots", one_head_rots },
	{ "a body rots", body_rots },
	{ "both copies of a head rot", votes_rot },
	{ NULL, NULL },
};
