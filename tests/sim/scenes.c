// SPDX-License-Identifier: GPL-2.0
/* scenes [NAME]: all of them, or those with NAME in their name. */
#include "scenes.h"

#include <stdio.h>
#include <string.h>

static const char *why;
static char words[256];

struct world *scene_new(const struct swarm *swarm, uint64_t ms)
{
	struct world *w = world_new(1, swarm, &core_agree);

	world_boot(w);
	scene_run_ms(w, ms);
	return w;
}

void scene_run_ms(struct world *w, uint64_t ms)
{
	world_until(w, w->now_us + ms * MS, NULL);
}

bool scene_end(struct world *w, bool more)
{
	bool good = world_finish(w);

	if (good && !w->history.nr) {
		good = false;
		why = "nothing was executed";
	} else if (good && !more) {
		good = false;
		why = "the scene did not go as it should";
	} else if (!good) {
		snprintf(words, sizeof(words), "%s", w->why);
		why = words;
		world_print(w);
	}
	world_free(w);
	return good;
}

uint64_t scene_decided(const struct world *w, unsigned int member)
{
	struct agree_stats stats;

	node_stats(w->node[member], &stats);
	return stats.decided;
}

unsigned int scene_leader(const struct world *w, unsigned int of)
{
	struct agree_stats stats;

	node_stats(w->node[of], &stats);
	return stats.leader;
}

void scene_cut(struct world *w, unsigned int from, unsigned int to, bool cut)
{
	w->link[from][to].cut = cut;
}

void scene_isolate(struct world *w, unsigned int member, bool cut)
{
	unsigned int i;

	for (i = 0; i < w->instances; i++) {
		scene_cut(w, member, i, cut);
		scene_cut(w, i, member, cut);
	}
}

int main(int argc, char **argv)
{
	static const struct scene *const all[] = {
		scenes_restart, scenes_disk, scenes_journal, scenes_liar,
	};
	unsigned int passed = 0, failed = 0, i;
	const struct scene *s;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (s = all[i]; s->name; s++) {
			if (argc > 1 && !strstr(s->name, argv[1]))
				continue;
			why = "";
			if (s->play()) {
				passed++;
				printf("ok   %s\n", s->name);
			} else {
				failed++;
				printf("FAIL %s: %s\n", s->name, why);
			}
			fflush(stdout);
		}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
