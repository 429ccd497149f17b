# SPDX-License-Identifier: GPL-2.0
"""Who is let in: certificates; and what a member that lies can do."""

import contextlib
import re
import signal

from bed import others
from certificates import URI, Authority, refused, shown
from command import run
from domain import CONTROLLERS, ID
from wait import Late, until

MEMBERS, SWITCHES = 7000, 7001


def own(domain, name):
    return tuple(f"{domain.dir}/{name}/tls.{end}" for end in ("crt", "key"))


def strangers(bed):
    """Each is refused, and the log says why; the control is let in."""
    domain, address = bed.domain, bed.domain.where[1][1]
    ca = Authority(domain.dir, (f"{domain.dir}/ca.crt", f"{domain.dir}/ca.key"))
    other = Authority(domain.dir)
    name = URI.format(ID, "controller", "controller-3")
    known = own(domain, "switch-3")
    assert not refused_for(domain, address, SWITCHES, known, None), "the control is refused"
    for port, identity, words in (
            (MEMBERS, None, "certificate"),
            (MEMBERS, other.sign("unknown", name), "authority|issuer|verif"),
            (MEMBERS, ca.sign("expired", name, -1), "expired"),
            (MEMBERS, ca.sign("domain", URI.format(8, "controller", "controller-3")),
             "domain|name"),
            (MEMBERS, ca.sign("name", URI.format(ID, "controller", "controller-9")),
             "name|nobody"),
            (MEMBERS, known, "name|switch"),
            (SWITCHES, own(domain, "controller-3"), "name|controller")):
        assert refused_for(domain, address, port, identity, words), \
            f"port {port}, {identity} was not refused for \"{words}\""
    return True


def refused_for(domain, address, port, identity, words):
    """Refused, and the log of controller-1 has a new line with these words.

    It has a few lines in ten seconds and no more: then it is tried again.
    """
    log = domain.controllers[1]
    before = len(log.text())
    if words is None:
        return refused(address, port, identity) and "refused" in log.text()[before:]
    pattern = f"(?i)refused[^\n]*({words})"

    def said():
        return re.search(pattern, log.text()[before:])

    def again():
        if not refused(address, port, identity):
            raise AssertionError(f"port {port}, {identity}: let in")
        with contextlib.suppress(Late):
            return until(said, "a line", 5)
        return None

    return until(again, f"{pattern} in {log.text()[before:]!r}")


def rotation(bed, net):
    """New certificates while all runs; old links stay, new ones show the new one."""
    domain = bed.domain
    identity = own(domain, "switch-1")
    before = {i: shown(domain.where[i][1], MEMBERS + 2 * (i - 1), identity)
              for i in CONTROLLERS}
    run(domain.programs["quorumctl"], "domain", "renew", domain.dir)
    for daemon in (*domain.controllers.values(), *domain.agents.values()):
        daemon.process.send_signal(signal.SIGHUP)
    for i in CONTROLLERS:
        until(lambda i=i: shown(domain.where[i][1], MEMBERS + 2 * (i - 1), identity)
              != before[i], f"controller-{i} shows its new certificate")
    # Links that are made anew are made with it.
    leader = until(domain.leader, "there is a leader")
    net.cut(*others(leader))
    net.heal()
    domain.wait_healthy()
    return bed.hosts[1].newcomer(bed.hosts[3]) is not None
