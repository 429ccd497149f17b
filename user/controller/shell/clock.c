// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <assert.h>
#include <time.h>

/* Differences below this are left to whoever disciplines the time of day. */
static const uint64_t slack_ns = 20 * 1000 * 1000;

void clock_init(struct shell_clock *clock, uint64_t monotonic_ns,
		uint64_t day_ns)
{
	clock->monotonic_ns = monotonic_ns;
	clock->shown_ns = day_ns;
}

uint64_t clock_read(struct shell_clock *clock, uint64_t monotonic_ns,
		    uint64_t day_ns)
{
	uint64_t passed_ns = monotonic_ns - clock->monotonic_ns, lag_ns;

	assert(monotonic_ns >= clock->monotonic_ns);
	clock->monotonic_ns = monotonic_ns;
	clock->shown_ns += passed_ns;
	if (day_ns > clock->shown_ns + slack_ns) {
		lag_ns = day_ns - clock->shown_ns;
		clock->shown_ns += lag_ns < passed_ns ? lag_ns : passed_ns;
	} else if (day_ns + slack_ns < clock->shown_ns) {
		clock->shown_ns -= passed_ns / 2;
	}
	return clock->shown_ns / 1000000;
}

static uint64_t system_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void clock_start(struct shell_clock *clock)
{
	clock_init(clock, system_ns(CLOCK_MONOTONIC),
		   system_ns(CLOCK_REALTIME));
}

uint64_t clock_now_ms(struct shell_clock *clock)
{
	return clock_read(clock, system_ns(CLOCK_MONOTONIC),
			  system_ns(CLOCK_REALTIME));
}
