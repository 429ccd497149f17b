/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The approved rules and groups of a switch, as the kernel would keep them: payloads are
 * applied whole or not at all, by lib/gate.
 */
#ifndef AGENT_RULEBOOK_H
#define AGENT_RULEBOOK_H

#include <stdbool.h>

#include "../core/agent.h"

struct rulebook;

struct rulebook *rulebook_create(void);		/* NULL: no memory */
void rulebook_free(struct rulebook *b);

/**
 * rulebook_apply() - the OpenFlow messages of an update
 * @reason: out: why it cannot be applied, for good; NULL if it was
 *
 * Return: false if there was no memory; nothing was changed then.
 */
bool rulebook_apply(struct rulebook *b, const uint8_t *payload, size_t len,
		    uint64_t now_ms, const char **reason);

/* Rules whose hard timeout is over; true: some went. */
bool rulebook_expire(struct rulebook *b, uint64_t now_ms);

/* All groups, then all rules, as canonical ADDs */
void rulebook_give(struct rulebook *b, agent_rule_fn group,
		   agent_rule_fn rule, void *arg);

#endif
