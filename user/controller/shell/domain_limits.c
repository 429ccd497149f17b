// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of a domain, with defaults, and the core's configuration made of it all.
 *
 * The defaults are for 4 to 10 controllers and a few dozen switches on one site.  A controller then asks
 * for some 300 MiB of address space (700 MiB with 1024 switches), of which it touches what it uses:
 * some 50 MiB under load.  request_max is more than a frame of a switch can hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain_parts.h"

enum {
	POOL_PER_CLIENT = 32,
	POOL_MIN = 1024,
	POOL_MAX = 4096,
	OUTSTANDING_BYTES = 8 << 20,
	OUTSTANDING_SWITCH_BYTES = 12 << 10,
};

struct limit {
	const char *name;
	size_t offset;
	uint32_t value;
};

#define AGREE(field, value)						\
	{ #field, offsetof(struct domain, agree) +			\
	  offsetof(struct agree_config, field), value }
#define CTL(field, value) { #field, offsetof(struct domain, field), value }

/* 0: see set_defaults() */
static const struct limit limits[] = {
	AGREE(request_max, 64 << 10),
	AGREE(pool_per_client, POOL_PER_CLIENT),
	AGREE(pool_total, 0),
	AGREE(batch_max, 256),
	AGREE(block_max, 1 << 20),
	AGREE(linger_ms, 0),
	AGREE(inline_max, 0),
	AGREE(heights, 64),
	AGREE(history, 1024),
	AGREE(checkpoint_blocks, 1024),
	AGREE(snapshot_max, 32 << 20),
	AGREE(segment_max, 32 << 20),
	AGREE(rotate_blocks, 1024),
	AGREE(timeout_min_ms, 250),
	AGREE(timeout_max_ms, 8000),
	AGREE(status_ms, 500),
	AGREE(clock_skew_ms, 1000),
	AGREE(window, 128),
	CTL(outstanding_max, 4096),
	CTL(outstanding_bytes, 0),
	CTL(retransmit_ms, 500),
	CTL(down_ms, 10000),
	CTL(votes_max, 1024),
};

enum { LIMITS = sizeof(limits) / sizeof(limits[0]) };

static uint32_t *field(struct domain *d, const struct limit *l)
{
	return (uint32_t *)((uint8_t *)d + l->offset);
}

static void set_defaults(struct domain *d)
{
	uint32_t pool = 4 * (d->switches + d->n);
	unsigned int i;

	for (i = 0; i < LIMITS; i++)
		*field(d, &limits[i]) = limits[i].value;
	d->agree.pool_total = pool < POOL_MIN ? POOL_MIN :
		pool > POOL_MAX ? POOL_MAX : pool;
	d->outstanding_bytes = OUTSTANDING_BYTES +
		d->switches * OUTSTANDING_SWITCH_BYTES;
}

void domain_ctl_config(const struct domain *d, unsigned int self,
		       struct ctl_config *config)
{
	const struct domain_owned *o = d->owned;

	memset(config, 0, sizeof(*config));
	config->agree = d->agree;
	config->agree.mode = d->mode;
	config->agree.n = (uint16_t)d->n;
	config->agree.self = (uint16_t)self;
	config->agree.domain = d->id;
	config->agree.phase = d->phase;
	config->switches = d->switches;
	config->sw = o->sw;
	config->procedure = d->procedure;
	config->scheme = d->scheme;
	config->alg = d->controller[self].sign_alg;
	config->signer = (uint16_t)(self + 1);
	config->outstanding_max = d->outstanding_max;
	config->outstanding_bytes = d->outstanding_bytes;
	config->retransmit_ms = d->retransmit_ms;
	config->down_ms = d->down_ms;
	config->votes_max = d->votes_max;
	config->app = domain_app(d);
	config->app_config = d->app_config;
}

/* The limit that the core's reason begins with, or 1: the file */
static int line_of(const struct group *root, const struct group *g,
		   const char *why)
{
	char name[32];
	size_t len = strspn(why, "abcdefghijklmnopqrstuvwxyz_");

	snprintf(name, sizeof(name), "%.*s", (int)len, why);
	if (g->s && config_setting_get_member(g->s, name))
		return group_line(g, name);
	if (!strcmp(name, "n"))
		return group_line(root, "controllers");
	return g->s ? setting_line(g->s) : 1;
}

void domain_read_limits(struct domain *d, const struct group *root, bool sound)
{
	const char *names[LIMITS + 1];
	struct ctl_config *config;
	struct group g;
	const char *why;
	uint64_t value;
	unsigned int i;

	set_defaults(d);
	if (group_group(root, "limits", &g, false)) {
		for (i = 0; i < LIMITS; i++) {
			names[i] = limits[i].name;
			if (group_number(&g, names[i], &value, 0, INT32_MAX,
					 false))
				*field(d, &limits[i]) = (uint32_t)value;
		}
		names[LIMITS] = NULL;
		group_only(&g, names);
	}
	/* The core's reasons would be about what is missing. */
	if (!sound)
		return;
	config = malloc(sizeof(*config));
	if (!config) {
		complain(root->c, root->file, 0, "no memory");
		return;
	}
	domain_ctl_config(d, 0, config);
	if (ctl_config_check(config, &why))
		complain(root->c, root->file, line_of(root, &g, why), "%s", why);
	free(config);
}
