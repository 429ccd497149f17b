# SPDX-License-Identifier: GPL-2.0
"""What a network meets: traffic, members and switches that die, links that fail."""

import threading
import time

from bed import EVIL, others
from command import run
from host import TAG, Stream
from network import BRIDGES
from wait import until
from watch import Watch

NEWCOMERS = 3


def starts(bed):
    bed.net.set_controllers()
    bed.domain.start_all()
    return bed.ready()


def streams(bed):
    """TCP there and back between bridges, checked byte for byte."""
    stream = Stream(bed.hosts[1], bed.hosts[2], 5001)
    until(lambda: stream.done_bytes > 10 << 20 or stream.error, "10 MB")
    return stream.stop()


def newcomers(bed):
    """Sources that nobody has seen: each is decided on before it gets through."""
    for _ in range(NEWCOMERS):
        took = bed.hosts[1].newcomer(bed.hosts[2])
        assert took is not None, "a new source does not get through"
    return True


def leader_killed(bed):
    """SIGKILL while a stream and newcomers run; it comes back and catches up."""
    domain = bed.domain
    leader = bed.honest_leader()
    stream = Stream(bed.hosts[1], bed.hosts[3], 5002)
    until(lambda: stream.done_bytes or stream.error, "the stream runs")
    came = []
    crowd = threading.Thread(target=lambda: came.extend(
        bed.hosts[4].newcomer(bed.hosts[2]) for _ in range(2 * NEWCOMERS)))
    crowd.start()
    until(lambda: came, "the first newcomer")
    domain.kill(leader)
    crowd.join()                # each newcomer gives up by itself
    assert len(came) == 2 * NEWCOMERS and None not in came, f"newcomers: {came}"
    # Its turn comes again and again, and passes.
    until(lambda: domain.leader() not in (None, leader), "another one leads")
    domain.start(leader)
    domain.wait_healthy(leader)
    bed.caught_up()
    return stream.stop()


def partition(bed, net):
    """One member away: it goes on.  Two: nothing new is decided; what was, stays."""
    domain = bed.domain
    leader = bed.honest_leader()
    second, third = [i for i in others(leader) if i in domain.honest()][:2]
    try:
        net.cut(leader)
        newcomers(bed)
        # Rules that were idle for a minute are gone: what is to stay was just used.
        assert bed.hosts[1].ping(bed.hosts[2]) == 64
        net.cut(second)
        # What is decided may still be on its way.
        last = domain.decided(third)
        took = bed.hosts[4].newcomer(bed.hosts[3], 3.0)
        assert took is None, f"two of four decided: after {took} s"
        assert bed.hosts[1].ping(bed.hosts[2]) == 64
    finally:
        net.heal(leader, second)
    newcomers(bed)
    domain.wait_healthy()
    bed.caught_up()
    return domain.decided(leader) > last


def vswitchd_restarted(bed):
    """Its rules are gone with it; the agents bring them back."""
    rules = {s: len(bed.net.flows(s)) for s in BRIDGES}
    bed.net.kill_vswitchd()
    bed.net.start_vswitchd()
    until(lambda: bed.net.connected() == len(BRIDGES), "bridges are connected")
    bed.all_ping()
    for s in BRIDGES:
        until(lambda s=s: len(bed.net.flows(s)) >= rules[s],
              f"s{s} has its {rules[s]} rules again")
    return True


def noticed(question, *args):
    """The question, when the answer is bad"""
    try:
        question(*args)
    except AssertionError:
        return True
    return False


def stray_rules(bed):
    """Nobody guards these bridges, so a stray rule works, and we see it: the control of
    all that asks for strays.  The agent takes it away when the bridge connects again.
    """
    a, b = bed.hosts[1], bed.hosts[3]
    bed.net.add_flow(1, f"{EVIL},in_port=3,actions=output:1,output:2,output:4")
    assert noticed(bed.unchanged), "a stray rule was not seen"
    assert noticed(bed.only, a, b), "frames for everybody were not seen"
    run("ovs-vsctl", "del-controller", "s1")
    bed.net.set_controllers()
    until(lambda: not any(EVIL in f for f in bed.net.flows(1)), "the stray rule is gone")
    bed.only(a, b)
    return bed.all_ping()


def circle_seen(bed):
    """The control of no_circles(): two bridges throw a frame to each other."""
    for s, ports in ((1, ((3, "output:1"), (1, "in_port"))), (2, ((1, "in_port"),))):
        for port, action in ports:
            bed.net.add_flow(s, f"{EVIL},in_port={port},dl_type=0x88b6,actions={action}")
    with Watch(bed.net.all_links()) as w:
        try:
            bed.hosts[1].wire.send(bytes(12) + b"\x88\xb6" + TAG.ljust(60, b"\0"))
            until(lambda: w.most() > 100, "the frame goes in a circle")
        finally:
            for s in (1, 2):
                run("ovs-ofctl", "-O", "OpenFlow13", "del-flows", f"s{s}",
                    "dl_type=0x88b6")
    return True


def agent_killed(bed):
    """An agent that dies and comes back: what is known goes on, what is new waits for it."""
    assert bed.hosts[1].ping(bed.hosts[2]) == 64
    bed.domain.agents[1].end(9)
    assert bed.hosts[1].ping(bed.hosts[2]) == 64
    bed.domain.start_agent(1)
    until(lambda: bed.net.connected() == len(BRIDGES), "bridges are connected")
    return newcomers(bed)


def goes_around(bed, break_link, mend_link):
    """Another way is found, and the old one again; no frame goes in circles."""
    # Links that were not seen while an agent was away are found again.
    until(lambda: {"l12", "l21"} <= bed.no_circles(), "the link is used")
    break_link()
    try:
        start = time.monotonic()
        assert bed.hosts[1].ping(bed.hosts[2]) == 64
        took = time.monotonic() - start
        ways = bed.no_circles()
        assert not {"l12", "l21"} & ways, f"through a dead link: {ways}"
        assert {"l31", "l13", "l32", "l23"} <= ways, f"only {ways}"
    finally:
        mend_link()
    until(lambda: {"l12", "l21"} <= bed.no_circles(), "the link is used again")
    print(f"       | another way after {took:.1f} s")
    return True


def link_fails(bed):
    return goes_around(bed, lambda: bed.net.link("l12", False),
                       lambda: bed.net.link("l12", True))


def link_falls_silent(bed):
    """No port goes down: that nothing comes through is known from LLDP alone."""
    return goes_around(bed, lambda: bed.net.mute("l12", "l21"),
                       lambda: bed.net.unmute("l12", "l21"))
