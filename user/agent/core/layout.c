// SPDX-License-Identifier: GPL-2.0
/* Where in the caller's memory things are, and whether a configuration is one. */
#include "agent_state.h"

enum { ALIGN = 64, RULES_DEFAULT = 1 << 15 };

/* @mem NULL: only count */
static void *place(uint8_t *mem, size_t *used, size_t nr, size_t size)
{
	uint8_t *p = mem ? mem + *used : NULL;

	*used += (nr * size + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}

static unsigned int rule_bits(const struct agent_config *config)
{
	uint64_t want = config->rules_max ? config->rules_max : RULES_DEFAULT;
	unsigned int bits = 6;

	while (1ull << bits < 2 * want)
		bits++;
	return bits;
}

/* Written twice, counted once: so both agree. */
size_t agent_layout(struct agent *a, const struct agent_config *config,
		    uint8_t *mem)
{
	struct agent none;
	size_t used = 0;
	unsigned int i;

	if (!a)
		a = &none;
	place(mem, &used, 1, sizeof(struct agent));
	a->queue.bytes = place(mem, &used, config->events_bytes, 1);
	a->queue.room = config->events_bytes;
	a->bundle = place(mem, &used, config->bundles_max, sizeof(struct bundle));
	for (i = 0; i < config->bundles_max; i++) {
		uint8_t *bytes = place(mem, &used, config->bundle_max, 1);

		if (mem)
			a->bundle[i].bytes = bytes;
	}
	a->ack = place(mem, &used, config->acks_max, sizeof(struct ack));
	for (i = 0; i < config->n; i++) {
		a->peer[i].held.bytes = place(mem, &used, config->held_bytes, 1);
		a->peer[i].share = config->scheme == SCHEME_THRESHOLD ?
			place(mem, &used, SHARES_MAX, sizeof(struct share)) : NULL;
	}
	a->root = config->scheme == SCHEME_THRESHOLD ?
		place(mem, &used, ROOTS_MAX, sizeof(struct root)) : NULL;
	a->sync.bits = rule_bits(config);
	a->sync.rule = place(mem, &used, (size_t)1 << a->sync.bits,
			     sizeof(struct rule));
	a->sync.stray = place(mem, &used, STRAY_BYTES, 1);
	a->scratch = place(mem, &used, SCRATCH_LEN, 1);
	a->sealed = place(mem, &used, SCRATCH_LEN, 1);
	a->retry = place(mem, &used, SCRATCH_LEN, 1);
	return used;
}

size_t agent_size(const struct agent_config *config)
{
	return agent_layout(NULL, config, NULL);
}

struct config_rule {
	bool broken;
	const char *why;
};

enum agent_err agent_config_check(const struct agent_config *c,
				  const char **why)
{
	bool threshold = c->scheme == SCHEME_THRESHOLD;
	const struct config_rule rule[] = {
		{ !c->n || c->n > AGENT_CONTROLLERS_MAX,
		  "there are 1 to 32 controllers" },
		{ !c->quorum || c->quorum > c->n,
		  "quorum is 1 to n" },
		{ !threshold && c->scheme != SCHEME_INDIVIDUAL,
		  "scheme is individual or threshold" },
		{ threshold && (!c->t || c->t > c->n), "t is 1 to n" },
		{ !c->phase, "phases are counted from 1" },
		{ c->bundle_max < BUNDLE_ROOM_MIN ||
		  c->bundle_max > AGENT_MESSAGE_MAX - CTL_HEADER_LEN,
		  "bundle_max is 1024 to 65519 bytes" },
		{ c->events_bytes < c->bundle_max || c->events_bytes > 1u << 30,
		  "events_bytes is bundle_max to 2^30" },
		{ c->bundles_max < 2 || c->bundles_max > 1024,
		  "bundles_max is 2 to 1024" },
		{ c->held_bytes > 1u << 28, "held_bytes is at most 2^28" },
		{ c->acks_max < 2 || c->acks_max > 1u << 16,
		  "acks_max is 2 to 65536" },
		{ c->rules_max > 1u << 20, "rules_max is at most 2^20" },
		{ !c->retransmit_ms || c->retransmit_ms > 1000000,
		  "retransmit_ms is 1 to 1000000" },
		{ c->linger_ms > 1000000, "linger_ms is at most 1000000" },
		{ !c->echo_ms || c->echo_ms > 1000000,
		  "echo_ms is 1 to 1000000" },
		{ !c->asks_per_s || c->asks_per_s > 1000000,
		  "asks_per_s is 1 to 1000000" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rule) / sizeof(rule[0]); i++)
		if (rule[i].broken) {
			*why = rule[i].why;
			return AGENT_EFORMAT;
		}
	return AGENT_OK;
}
