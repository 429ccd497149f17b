# SPDX-License-Identifier: GPL-2.0
"""A member whose clock jumps: libfaketime gives it the time that a file says."""

import os
import signal

from cases_network import newcomers
from wait import until

WHO = 2
FILE = "/run/clock"


def library():
    return f"{os.environ.get('SDN_CLOCK')}/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def possible():
    return os.path.exists(library())


def set_clock(words):
    with open(FILE + ".new", "w", encoding="ascii") as f:
        f.write(words + "\n")
    os.rename(FILE + ".new", FILE)


def prepare(domain):
    """Before it starts.  Its timers are true: what the kernel calls monotonic does not jump."""
    set_clock("+0")
    domain.environment[WHO] = {
        "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": FILE,
        "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}


def jumps(bed):
    """An hour ahead, then a day behind: the others go on, and so does it.

    The control: a day ago its own certificate was not valid yet.
    """
    daemon = bed.domain.controllers[WHO]
    for words in ("+1h", "-1d", "+0"):
        set_clock(words)
        newcomers(bed)
        if words == "-1d":
            daemon.process.send_signal(signal.SIGHUP)
            until(lambda: daemon.said("certificates stay as they were[^\n]*not yet valid"),
                  f"the clock has jumped: {daemon.last_words()}")
        assert daemon.running(), daemon.last_words()
    bed.domain.wait_healthy()
    return bed.caught_up()
