# SPDX-License-Identifier: GPL-2.0
"""A member whose disk is full stops, and says so; it goes on when there is room."""

import os

from cases_network import newcomers
from command import run
from wait import until

SIZE = "32m"


def small_state(domain, i):
    """Before it starts: its state is on a file system of its own."""
    state = f"{domain.dir}/controller-{i}/state"
    os.rename(state, state + ".made")
    os.mkdir(state, 0o700)
    run("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", state)
    run("cp", "-a", state + ".made/.", state)


def fill(path):
    """All there is."""
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass


def disk_full(bed, i):
    domain = bed.domain
    stone = f"{domain.dir}/controller-{i}/state/stone"
    fill(stone)

    def stopped():
        bed.hosts[1].newcomer(bed.hosts[2])
        return not domain.controllers[i].running()

    try:
        until(stopped, f"controller-{i} stops")
    finally:
        os.unlink(stone)
    daemon = domain.controllers[i]
    assert daemon.process.returncode not in (0, -6, -11), \
        f"exit code {daemon.process.returncode}"
    assert daemon.said("(?i)no space|full"), daemon.last_words()
    newcomers(bed)
    domain.start(i)
    domain.wait_healthy(i)
    return bed.caught_up()
