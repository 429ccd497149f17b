/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Inside lib/quorum: which sequence numbers of a phase are used up, and which
 * are being applied.
 */
#ifndef QUORUM_WINDOW_H
#define QUORUM_WINDOW_H

#include "quorum.h"

struct quorum_window {
	uint64_t base;		/* the lowest number that is open */
	uint64_t done[QUORUM_WINDOW / 64];	/* by number mod QUORUM_WINDOW */
	uint64_t busy[QUORUM_WINDOW / 64];
};

/* Numbers below @first count as done. */
void quorum_window_start(struct quorum_window *w, uint64_t first);

/* QUORUM_OK, or QUORUM_EREPLAY, QUORUM_EWINDOW, QUORUM_EBUSY. */
enum quorum_err quorum_window_check(const struct quorum_window *w,
				    uint64_t sequence);
bool quorum_window_is_done(const struct quorum_window *w, uint64_t sequence);

/* A number that quorum_window_check() found open is being applied ... */
void quorum_window_take(struct quorum_window *w, uint64_t sequence);
/* ... and is not any more. */
void quorum_window_release(struct quorum_window *w, uint64_t sequence,
			   bool done);

#endif
