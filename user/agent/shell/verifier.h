/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What decides whether an update is applied: ovs_quorum.ko over generic netlink
 * (verifier_kernel.c), or the same libraries in this process (verifier_process.c).
 *
 * The calls are those of struct agent_ops.  Each says why in words, and none of
 * them waits for anybody but the kernel.
 */
#ifndef AGENT_VERIFIER_H
#define AGENT_VERIFIER_H

#include <uv.h>

#include "../../controller/shell/words.h"
#include "../core/agent.h"

struct verifier_events {
	void *ctx;
	/* Rules changed without a submission of ours: an expiry, somebody else's update */
	void (*news)(void *ctx);
	/* Something an operator should read */
	void (*say)(void *ctx, int level, const char *words);
};

struct verifier;

struct verifier_ops {
	void (*submit)(struct verifier *v, const uint8_t *sealed, size_t len,
		       struct agent_result *result);
	/* @phase: of the newest key set */
	bool (*state)(struct verifier *v, uint64_t *next_sequence,
		      uint32_t *phase);
	bool (*start)(struct verifier *v, uint64_t sequence);
	bool (*rules)(struct verifier *v, agent_rule_fn group,
		      agent_rule_fn rule, void *arg);
	/* A look now and then: what expired, what became of the module */
	void (*look)(struct verifier *v, uint64_t now_ms);
	void (*close)(struct verifier *v);
};

struct verifier {
	const struct verifier_ops *ops;
	struct verifier_events events;
};

/* Opens what needs privileges; the module may come later.  NULL: *why has words. */
struct verifier *verifier_kernel(uv_loop_t *loop, uint64_t dpid,
				 const struct verifier_events *events,
				 struct words *why);

/* @keyset: a file of PROTOCOL.md section 4, the first phase's */
struct verifier *verifier_process(uv_loop_t *loop, uint64_t domain,
				  uint64_t dpid, const char *keyset,
				  const struct verifier_events *events,
				  struct words *why);

#endif
