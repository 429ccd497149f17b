// SPDX-License-Identifier: GPL-2.0
/* How many may fail, and how many must agree (docs/agreement.md section 1). */
#include <assert.h>
#include "message.h"

unsigned int agree_faulty(const struct agree_config *config)
{
	assert(config->n);
	switch (config->mode) {
	case AGREE_BYZANTINE:
		return (config->n - 1u) / 3;
	case AGREE_CRASH:
		return (config->n - 1u) / 2;
	case AGREE_CENTRALIZED:
		break;
	}
	return 0;
}

unsigned int agree_quorum(const struct agree_config *config)
{
	unsigned int n = config->n, f = agree_faulty(config), q;

	q = config->mode == AGREE_BYZANTINE ? (n + f + 2) / 2 : n / 2 + 1;
	/* Two quorums share a correct member, and the correct ones make one. */
	assert(2 * q >= n + (config->mode == AGREE_BYZANTINE ? f : 0) + 1);
	assert(q <= n - f);
	return q;
}

bool agree_signed(const struct agree_config *config)
{
	return config->mode != AGREE_CRASH;
}
