# SPDX-License-Identifier: GPL-2.0
"""Waiting for what must come true, and saying what did not."""

import time

PACE_S = 0.05
# Nothing that a test waits for takes long; the deadline is for a machine that is busy.
DEADLINE_S = 180.0


class Late(Exception):
    """It did not come true in time."""


def until(condition, what, seconds=DEADLINE_S, pace=PACE_S):
    """The first true value of condition(), asked again and again."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Late(f"not within {seconds:.0f} s: {what}")
        time.sleep(pace)
