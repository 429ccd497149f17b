/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock that the core is shown: near the time of day, never back, never
 * standing still.  When somebody sets the time of day it is followed at twice
 * or half the speed, so no timer of the core fires all at once or hangs.
 */
#ifndef SHELL_CLOCK_H
#define SHELL_CLOCK_H

#include <stdint.h>

struct shell_clock {
	uint64_t monotonic_ns;		/* at the last reading */
	uint64_t shown_ns;
};

void clock_init(struct shell_clock *clock, uint64_t monotonic_ns,
		uint64_t day_ns);

/* Milliseconds.  @monotonic_ns must not go back; @day_ns may do anything. */
uint64_t clock_read(struct shell_clock *clock, uint64_t monotonic_ns,
		    uint64_t day_ns);

/* The same from the system's clocks */
void clock_start(struct shell_clock *clock);
uint64_t clock_now_ms(struct shell_clock *clock);

#endif
