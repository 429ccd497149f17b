# SPDX-License-Identifier: GPL-2.0
"""The network between controllers and agents: each controller a namespace of its own.

Controller i is 10.99.0.i in namespace c<i>; agents are 10.99.0.254, where we are.  Its
link can be cut: then nobody hears of it, and nobody is told so.
"""

from command import run
from domain import CONTROLLERS
from netns import inside

BRIDGE = "mgmt"


class Management:
    where = {i: (f"c{i}", f"10.99.0.{i}") for i in CONTROLLERS}

    def make(self):
        lines = [f"link add {BRIDGE} type bridge",
                 f"address add 10.99.0.254/24 dev {BRIDGE}", f"link set {BRIDGE} up"]
        for i in CONTROLLERS:
            lines += [f"netns add c{i}",
                      f"link add m{i} type veth peer name eth0 netns c{i}",
                      f"link set m{i} master {BRIDGE} up"]
        run("ip", "-batch", "-", text="\n".join(lines) + "\n")
        for i in CONTROLLERS:
            with inside(f"c{i}"):
                run("ip", "-batch", "-", text="link set lo up\nlink set eth0 up\n"
                    f"address add 10.99.0.{i}/24 dev eth0\n")

    def cut(self, *which):
        """What these say, and what is said to them, is lost."""
        for i in which:
            run("ip", "link", "set", f"m{i}", "nomaster")

    def heal(self, *which):
        for i in which or CONTROLLERS:
            run("ip", "link", "set", f"m{i}", "master", BRIDGE)
