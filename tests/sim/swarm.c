// SPDX-License-Identifier: GPL-2.0
#include "swarm.h"

#include <stdio.h>
#include <string.h>

static uint32_t one_of(struct prng *p, const uint32_t *values, size_t nr)
{
	return values[prng_below(p, nr)];
}

#define ONE_OF(p, ...)							\
	one_of(p, (const uint32_t[]){ __VA_ARGS__ },			\
	       sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void limits_calm(struct agree_config *c)
{
	c->domain = 7;
	c->phase = 1;
	c->request_max = 512;
	c->pool_per_client = 32;
	c->pool_total = 256;
	c->batch_max = 16;
	c->block_max = 16384;
	c->linger_ms = 1;
	c->inline_max = 64;
	c->heights = 64;
	c->history = 64;
	c->checkpoint_blocks = 32;
	c->snapshot_max = 1 << 18;
	c->segment_max = 1 << 18;
	c->rotate_blocks = 1000;
	c->timeout_min_ms = 50;
	c->timeout_max_ms = 400;
	c->status_ms = 200;
	c->clock_skew_ms = 500;
	c->window = 64;
}

void swarm_calm(struct swarm *s, enum agree_mode mode, unsigned int n)
{
	memset(s, 0, sizeof(*s));
	s->mode = mode;
	s->n = n;
	s->clients = 3;
	s->delay_us = 300;
	s->jitter_us = 300;
	s->sync_us = 500;
	s->fault_ms = 100;
	s->run_ms = 2000;
	s->request_ms = 10;
	s->request_len = 32;
	s->outstanding = 4;
	limits_calm(&s->config);
}

static void limits_seed(struct agree_config *c, struct prng *p)
{
	c->request_max = ONE_OF(p, 256, 512, 1024);
	c->pool_per_client = ONE_OF(p, 8, 16, 32);
	c->pool_total = c->pool_per_client * ONE_OF(p, 4, 8, 16);
	c->batch_max = ONE_OF(p, 1, 4, 16, 32);
	c->block_max = c->request_max * ONE_OF(p, 4, 8, 16) + 4096;
	c->linger_ms = ONE_OF(p, 0, 1, 5);
	c->inline_max = ONE_OF(p, 0, 64, 1024);
	if (c->inline_max > c->request_max)
		c->inline_max = c->request_max;
	c->heights = ONE_OF(p, 64, 64, 128);
	c->history = ONE_OF(p, 16, 32, 128);
	c->checkpoint_blocks = ONE_OF(p, 4, 8, 16, 64);
	c->segment_max = ONE_OF(p, 1 << 16, 1 << 17, 1 << 19);
	c->rotate_blocks = ONE_OF(p, 1, 4, 64, 1000);
	c->timeout_min_ms = ONE_OF(p, 20, 50, 100);
	c->timeout_max_ms = c->timeout_min_ms * ONE_OF(p, 2, 8);
	c->status_ms = ONE_OF(p, 50, 200, 500);
	c->clock_skew_ms = ONE_OF(p, 100, 500);
	c->window = ONE_OF(p, 64, 128);
}

static void network_seed(struct swarm *s, struct prng *p)
{
	s->delay_us = ONE_OF(p, 50, 300, 1000, 3000);
	s->jitter_us = ONE_OF(p, 0, 100, 1000, 5000);
	s->loss_ppm = ONE_OF(p, 0, 0, 1000, 20000, 100000);
	s->copy_ppm = ONE_OF(p, 0, 1000, 50000);
	s->late_ppm = ONE_OF(p, 0, 0, 1000, 20000);
	s->ordered = prng_chance(p, MILLION / 2);
}

void swarm_seed(struct swarm *s, struct prng *p, unsigned int switches)
{
	unsigned int f;

	memset(s, 0, sizeof(*s));
	s->mode = AGREE_BYZANTINE;
	if (prng_chance(p, 100000))
		s->mode = AGREE_CRASH;
	else if (prng_chance(p, 30000))
		s->mode = AGREE_CENTRALIZED;
	if (s->mode == AGREE_BYZANTINE) {
		s->n = ONE_OF(p, 4, 4, 4, 4, 4, 5, 7, 7, 10);
		f = (s->n - 1) / 3;
		s->liars = prng_chance(p, 600000) ? prng_range(p, 1, f) : 0;
	} else {
		s->n = s->mode == AGREE_CRASH ? ONE_OF(p, 3, 3, 5) : 1;
	}
	limits_seed(&s->config, p);
	s->config.domain = 7;
	s->config.phase = 1;
	s->pad = ONE_OF(p, 0, 0, 1000, 40000, 100000);
	s->config.snapshot_max = s->pad + (1 << 18);
	network_seed(s, p);
	s->clients = prng_range(p, 1, 6);
	s->liar_clients = s->clients > 1 ? prng_below(p, 2) : 0;
	s->faults = (uint32_t)prng_next(p) & ((1u << FAULT_KINDS) - 1);
	if (prng_chance(p, 100000))
		s->faults = 0;
	s->lies = (uint32_t)prng_next(p) & (uint32_t)prng_next(p) &
		  ((1u << LIE_KINDS) - 1);
	s->waits = prng_chance(p, MILLION / 3);
	s->sync_us = ONE_OF(p, 20, 300, 1000, 4000);
	s->fault_ms = ONE_OF(p, 20, 100, 400, 1500);
	s->run_ms = ONE_OF(p, 1000, 3000, 8000);
	s->crash_ppm = swarm_has(s, FAULT_CRASH_BUSY) ?
		       ONE_OF(p, 20, 100, 500) : 0;
	s->buggify_ppm = ONE_OF(p, 0, 0, 1000, 20000);
	s->clock_ms = ONE_OF(p, 0, 5, 50);
	s->drift_ppm = ONE_OF(p, 0, 50, 1000);
	s->request_ms = ONE_OF(p, 1, 5, 20, 100);
	s->request_len = ONE_OF(p, 8, 60, 150);
	s->outstanding = ONE_OF(p, 1, 4, 16);
	s->tears_groups = prng_chance(p, MILLION * 3 / 4);
	s->whole_restart = prng_chance(p, 300000);
	s->switches = switches;
	if (switches) {
		/* Bundles are the requests. */
		s->clients = 0;
		s->liar_clients = 0;
		s->config.request_max = 1024;
		s->config.block_max = 16384;
		s->config.snapshot_max = 1 << 20;
		s->pad = 0;
	}
	s->procedure = prng_range(p, 1, 2);
	s->scheme = prng_range(p, 1, 2);
	s->liar_switches = switches > 2 ? prng_below(p, 2) : 0;
}

void swarm_print(const struct swarm *s)
{
	const struct agree_config *c = &s->config;

	printf("  mode %d, n %u, liars %u (lies %#x), faults %#x each %u ms for %u ms, clients %u (%u lie)\n",
	       s->mode, s->n, s->liars, s->lies, s->faults, s->fault_ms,
	       s->run_ms, s->clients, s->liar_clients);
	printf("  loss %u, copies %u, late %u ppm; delay %u + %u us%s; sync %u us%s; crash %u, buggify %u ppm\n",
	       s->loss_ppm, s->copy_ppm, s->late_ppm, s->delay_us,
	       s->jitter_us, s->ordered ? ", in order" : "", s->sync_us,
	       s->waits ? ", members wait for it" : "", s->crash_ppm,
	       s->buggify_ppm);
	printf("  batch %u, pool %u/%u, heights %u, history %u, checkpoint %u, rotate %u, inline %u, timeout %u .. %u ms, status %u ms\n",
	       c->batch_max, c->pool_per_client, c->pool_total, c->heights,
	       c->history, c->checkpoint_blocks, c->rotate_blocks,
	       c->inline_max, c->timeout_min_ms, c->timeout_max_ms,
	       c->status_ms);
	if (s->switches)
		printf("  switches %u (%u lie), procedure %u, scheme %u\n",
		       s->switches, s->liar_switches, s->procedure, s->scheme);
}
