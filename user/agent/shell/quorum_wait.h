/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long an update waits for its quorum, from its first signature on.  One update at a
 * time is followed, so the sum is of a sample.
 */
#ifndef AGENT_SHELL_QUORUM_WAIT_H
#define AGENT_SHELL_QUORUM_WAIT_H

#include <stddef.h>
#include <stdint.h>

struct quorum_wait {
	uint64_t sequence;		/* is followed; 0: none */
	uint64_t done;			/* the highest applied */
	uint64_t since_ns;
	uint64_t nr, sum_ns;
};

/* A message of a controller, on its way to the core */
void quorum_wait_begin(struct quorum_wait *w, uint64_t domain,
		       const uint8_t *bytes, size_t len);
void quorum_wait_end(struct quorum_wait *w, uint64_t sequence);

#endif
