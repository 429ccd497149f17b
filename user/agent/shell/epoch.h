/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an agent remembers of its former lives, in its state directory.
 *
 * `epoch`: above all former ones, and on the disk before anybody hears of it.  `window`:
 * what was seen of the verifier's numbers.  It need only outlive this process: a crash of
 * the machine is told by the boot's id, and takes the kernel's window with it.
 */
#ifndef AGENT_EPOCH_H
#define AGENT_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../../controller/shell/words.h"

struct epoch;

/*
 * One process at a time has the directory: to be called before anything that another one
 * would miss, its socket for one.  NULL: *why has words.
 */
struct epoch *epoch_lock(const char *state, struct words *why);
/* A new epoch, written as the user that we are from now on */
bool epoch_begin(struct epoch *e, struct words *why);
void epoch_close(struct epoch *e);

uint64_t epoch_number(const struct epoch *e);

/*
 * The window of the verifier as it is: @next_sequence of @phase.  Return: was it lost
 * since somebody last looked?  Stays true until epoch_window_found().
 */
bool epoch_window_lost(struct epoch *e, uint32_t phase, uint64_t next_sequence);
/* By what was remembered alone: there is no verifier to ask */
bool epoch_window_is_lost(const struct epoch *e);
void epoch_window_found(struct epoch *e, uint32_t phase,
			uint64_t next_sequence);

/* Writes what was seen, if it is new. */
bool epoch_remember(struct epoch *e, struct words *why);

#endif
