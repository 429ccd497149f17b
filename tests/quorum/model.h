/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lib/quorum must do, said as plainly as possible: lists of everything
 * that ever happened, no limit on memory, every question answered by looking
 * through all of it.  Shares no code with it.
 */
#ifndef QUORUM_TEST_MODEL_H
#define QUORUM_TEST_MODEL_H

#include "seal.h"

enum {
	MODEL_PHASES = 64,
	MODEL_NUMBERS = 40000,		/* the highest sequence of a phase */
	MODEL_CREDITS = 200000,
};

typedef unsigned __int128 signer_set;	/* bit i - 1: signer i; group: bit 0 */

struct model_phase {
	struct quorum_phase p;
	uint64_t until, first;
	bool gone;
	uint8_t *number;		/* 0 open, 1 done, 2 being applied */
};

struct model_body {
	uint32_t phase;
	uint64_t sequence;
	uint8_t variant;
};

struct model_credit {
	struct model_body body;
	unsigned int signer;		/* bit */
	bool live;
};

struct model_wait {
	struct model_body body;
	uint64_t since;
	bool busy, live;
};

struct model_root {
	const struct seal_tree *tree;
	signer_set who;
};

struct model {
	struct quorum_config config;
	uint64_t now, evicted;
	unsigned int phase_nr, credit_nr, wait_nr, root_nr;
	struct model_phase phase[MODEL_PHASES];
	struct model_credit credit[MODEL_CREDITS];
	struct model_wait wait[MODEL_CREDITS];
	struct model_root root[1000];
};

/* What the model remembers of an offer */
struct model_ticket {
	const struct seal_tree *tree;	/* NULL: a path that leads elsewhere */
	struct seal_body body;
	unsigned int leaves;
	signer_set known, counted, verify;
};

void model_init(struct model *m, const struct quorum_config *config);
void model_exit(struct model *m);
enum quorum_err model_phase_add(struct model *m, const struct quorum_phase *p,
				uint64_t now);
enum quorum_err model_retire(struct model *m, uint32_t phase);
enum quorum_err model_offer(struct model *m, struct model_ticket *t,
			    const struct seal *seal, uint64_t now);
enum quorum_err model_credit(struct model *m, struct model_ticket *t,
			     signer_set valid, uint64_t now,
			     enum quorum_state *state, unsigned int *have,
			     unsigned int *need);
void model_finish(struct model *m, struct model_ticket *t, bool done);

/* Is this one that may be forgotten now, and first?  Forgets it. */
bool model_expired(struct model *m, const struct quorum_pending *out);
/* When the next one may be, now included; UINT64_MAX: nothing waits */
uint64_t model_deadline(const struct model *m);
unsigned int model_flush(struct model *m);
void model_tick(struct model *m, uint64_t now);
void model_status(const struct model *m, struct quorum_status *out);
bool model_is_done(const struct model *m, uint64_t sequence);
const struct model_phase *model_newest(const struct model *m);
uint64_t model_base(const struct model_phase *p);

#endif
