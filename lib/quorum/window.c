// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The replay window.  Numbers are dense, so the window slides over those that
 * are done; a number that nobody ever signs holds it up, and in the end only
 * the next phase helps.
 *
 * A number being applied has a bit of its own.  Exactly once does not depend on
 * what becomes of the waiting updates.
 */
#include "window.h"

static bool get(const uint64_t *bits, uint64_t sequence)
{
	return bits[sequence % QUORUM_WINDOW / 64] >> sequence % 64 & 1;
}

static void set(uint64_t *bits, uint64_t sequence)
{
	bits[sequence % QUORUM_WINDOW / 64] |= (uint64_t)1 << sequence % 64;
}

static void clear(uint64_t *bits, uint64_t sequence)
{
	bits[sequence % QUORUM_WINDOW / 64] &= ~((uint64_t)1 << sequence % 64);
}

void quorum_window_start(struct quorum_window *w, uint64_t first)
{
	memset(w, 0, sizeof(*w));
	w->base = first;
}

bool quorum_window_is_done(const struct quorum_window *w, uint64_t sequence)
{
	if (sequence < w->base)
		return true;
	return sequence - w->base < QUORUM_WINDOW && get(w->done, sequence);
}

enum quorum_err quorum_window_check(const struct quorum_window *w,
				    uint64_t sequence)
{
	if (quorum_window_is_done(w, sequence))
		return QUORUM_EREPLAY;
	if (sequence - w->base >= QUORUM_WINDOW)
		return QUORUM_EWINDOW;
	return get(w->busy, sequence) ? QUORUM_EBUSY : QUORUM_OK;
}

void quorum_window_take(struct quorum_window *w, uint64_t sequence)
{
	set(w->busy, sequence);
}

void quorum_window_release(struct quorum_window *w, uint64_t sequence,
			   bool done)
{
	clear(w->busy, sequence);
	if (!done)
		return;
	set(w->done, sequence);
	/* The very last number stays in the window: behind it comes 0. */
	for (; get(w->done, w->base) && w->base != UINT64_MAX; w->base++)
		clear(w->done, w->base);
}
