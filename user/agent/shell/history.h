/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this switch did, for checkers (docs/simulation.md, "Histories"): lives, bundles and
 * updates, a line for each, in the file before anybody is told.
 */
#ifndef AGENT_HISTORY_H
#define AGENT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../controller/shell/words.h"

struct applied_file;

/*
 * Appends to a file, behind the last whole line; a new one gets the first line.  @client:
 * the switch's number in the domain.  NULL: *why has words.
 */
struct applied_file *applied_file_open(const char *path, const char *name,
				       uint64_t dpid, unsigned int client,
				       struct words *why);
void applied_file_close(struct applied_file *h);

/* A life begins; @lost: with nothing known of the numbers used up */
bool applied_file_start(struct applied_file *h, uint64_t epoch, bool lost,
			struct words *why);
/* A signed bundle is about to leave; one that did before is not written again. */
bool applied_file_bundle(struct applied_file *h, const uint8_t *bytes,
			 size_t len, struct words *why);
bool applied_file_put(struct applied_file *h, uint32_t phase, uint64_t sequence,
		      const uint8_t *body, size_t len, bool applied,
		      struct words *why);

#endif
