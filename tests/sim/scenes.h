/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named worlds: what went wrong elsewhere (docs/agreement.md section 6), each built by hand.
 * A scene returns true if it holds; it says why not by violated().
 */
#ifndef SIM_SCENES_H
#define SIM_SCENES_H

#include "world.h"

struct scene {
	const char *name;
	bool (*play)(void);
};

extern const struct scene scenes_restart[], scenes_disk[], scenes_journal[], scenes_liar[];

/* A calm world that is booted and has run for @ms */
struct world *scene_new(const struct swarm *swarm, uint64_t ms);

/* Heal, settle, look; then free.  @more: what the scene itself found */
bool scene_end(struct world *w, bool more);

void scene_run_ms(struct world *w, uint64_t ms);
uint64_t scene_decided(const struct world *w, unsigned int member);
void scene_cut(struct world *w, unsigned int from, unsigned int to, bool cut);
void scene_isolate(struct world *w, unsigned int member, bool cut);

/* The member that leads now, as member @of sees it */
unsigned int scene_leader(const struct world *w, unsigned int of);

#endif
