/* SPDX-License-Identifier: GPL-2.0 */
/* Shares of the group's signature: combined, and verified one by one. */
#ifndef AGENT_THRESHOLD_H
#define AGENT_THRESHOLD_H

#include "../../controller/shell/domain.h"

struct threshold;

/* The keys of the shares are those of @domain.  NULL: *why says which is none. */
struct threshold *threshold_create(const struct domain *domain,
				   struct words *why);
void threshold_free(struct threshold *t);

/* As struct agent_ops has them: the result is not verified */
bool threshold_combine(struct threshold *t, uint8_t sig[48],
		       const uint16_t *signer, const uint8_t (*share)[48],
		       unsigned int nr);
bool threshold_verify(struct threshold *t, uint16_t signer,
		      const uint8_t share[48],
		      const uint8_t statement[STATEMENT_LEN]);

#endif
