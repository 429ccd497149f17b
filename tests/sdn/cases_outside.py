# SPDX-License-Identifier: GPL-2.0
"""An OpenFlow controller of somebody else behind each member; one of the four is a
tampered copy, which sends what it forwards to port 1 too."""

import os

from bed import EVIL
from domain import CONTROLLERS, Daemon
from host import Stream
from network import BRIDGES
from wait import until
from watch import Watch

L2 = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                  "ofapp", "l2.py")
PORT = 6653
TAMPERED = 4


def configure(domain):
    for i in CONTROLLERS:
        domain.append(f"controller-{i}/quorumd.conf",
                      f'app_host = "127.0.0.1";\napp_port = {PORT};\n')


def start(domain):
    for i in CONTROLLERS:
        domain.outside[i] = Daemon(
            f"os-ken {i}", ["osken-manager", "--ofp-listen-host", "127.0.0.1",
                            "--ofp-tcp-listen-port", PORT, L2],
            f"{domain.dir}/os-ken-{i}.log", domain.where[i][0],
            {"L2_TAMPERED": "1" if i == TAMPERED else "0"})


def starts(bed):
    # A learning switch floods: the bridges are a line, s2 - s1 - s3.
    bed.net.link("l23", False)
    bed.net.set_controllers()
    start(bed.domain)
    bed.domain.start_all()
    for i in CONTROLLERS:
        until(lambda i=i: bed.domain.status(i).get("application_up"),
              f"os-ken {i} is connected: {bed.domain.outside[i].last_words()}")
    return bed.ready()


def traffic(bed):
    stream = Stream(bed.hosts[1], bed.hosts[2], 5003)
    until(lambda: stream.done_bytes > 1 << 20 or stream.error, "1 MB")
    return stream.stop()


def nothing_tampered(bed):
    """h4 and h1 talk at s1; port 1 there is the link to s2, where nothing may come."""
    a, b = bed.hosts[1], bed.hosts[4]
    assert a.ping(b) == 64
    with Watch([(None, "l21")]) as w:
        assert a.ping(b) == 64
    assert not w.frames(), "the tampered copy has its way"
    rules = [f for s in BRIDGES for f in bed.net.flows(s)]
    assert rules and not any(f.count("output:") > 1 or EVIL in f for f in rules), rules
    return True


def one_killed(bed):
    """An application dies and comes back empty; the other three decide."""
    bed.domain.outside[1].end(9)
    assert bed.hosts[1].newcomer(bed.hosts[3]) is not None
    start_one = bed.domain.outside[1]
    return not start_one.running()
