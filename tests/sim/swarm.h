/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a seed's world is like: how many members, how small the limits, which
 * faults there are at all.  Each run leaves some kinds out (swarm testing):
 * a fault that is always there hides what only happens without it.
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "agree.h"
#include "prng.h"

enum fault {
	FAULT_CRASH, FAULT_CRASH_ALL, FAULT_PAUSE, FAULT_PARTITION, FAULT_ONE_WAY,
	FAULT_CLOG, FAULT_SLOW_LINK, FAULT_SLOW_DISK, FAULT_FULL_DISK,
	FAULT_ROT_HEAD, FAULT_ROT_BODY, FAULT_ROT_VOTES, FAULT_ROT_SNAPSHOT,
	FAULT_LOSE_DISK, FAULT_CLOCK, FAULT_CRASH_BUSY, FAULT_REBOOT, FAULT_KINDS,
};

enum lie {
	LIE_TWIN,		/* two cores under one name */
	LIE_WITHHOLD, LIE_REPLAY, LIE_CORRUPT, LIE_DELAY,
	LIE_VOTE,		/* votes for what its core did not vote for */
	LIE_CERT,		/* certificates that are none */
	LIE_PROPOSE,		/* other proposals to others, with old or bad requests */
	LIE_OLD_REQUEST,	/* the first request for ever: §2.7.6 (i) */
	LIE_STATUS, LIE_SNAPSHOT, LIE_FLOOD,
	LIE_UPDATE,		/* updates that nobody asked for: §2.7.6 (ii) */
	LIE_SHARE, LIE_KINDS,
};

struct swarm {
	enum agree_mode mode;
	unsigned int n, liars, clients, liar_clients, switches;
	uint32_t faults, lies;		/* bits */
	uint32_t loss_ppm, copy_ppm, late_ppm, delay_us, jitter_us;
	bool ordered;			/* links keep the order */
	bool waits;			/* members take nothing in while the disk is busy */
	uint32_t sync_us, fault_ms, run_ms;
	uint32_t crash_ppm, buggify_ppm, clock_ms, drift_ppm;
	uint32_t request_ms, request_len, outstanding;
	uint32_t pad;			/* bytes of the application's state */
	bool forgets_directory;		/* the driver's own defect, for a control */
	bool tears_groups;		/* disk.h */
	bool whole_restart;		/* all restart at the end */
	unsigned int procedure, scheme, liar_switches;	/* second stage */
	struct agree_config config;
};

void swarm_seed(struct swarm *s, struct prng *prng, unsigned int switches);

/* No fault at all, limits as they are in small: for scenes */
void swarm_calm(struct swarm *s, enum agree_mode mode, unsigned int n);

void swarm_print(const struct swarm *s);

static inline bool swarm_has(const struct swarm *s, enum fault fault)
{
	return s->faults >> fault & 1;
}

static inline bool swarm_lies(const struct swarm *s, enum lie lie)
{
	return s->lies >> lie & 1;
}

#endif
