#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""rules.py DIR: OpenFlow messages for 10, 100, 1,000 and 10,000 rules, in files.

DIR/of-N-K has up to 64 of the messages that make the rules up to N of those up to
the size before: `ip,nw_dst=10.20.0.0 + i,actions=output:3`.
"""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..",
                                "ovs-quorum"))
import sealed  # noqa: E402

SIZES = (10, 100, 1000, 10000)
FIRST = 10 << 24 | 20 << 16
ETH_TYPE, IPV4_DST = 5, 12
EACH = 64


def rule(i):
    return sealed.flow_add(100, (sealed.oxm(ETH_TYPE, b"\x08\x00"),
                                 sealed.oxm(IPV4_DST, struct.pack(">I", FIRST + i))),
                           [sealed.output(3)])


def main():
    done = 0
    for size in SIZES:
        for k, at in enumerate(range(done, size, EACH)):
            name = os.path.join(sys.argv[1], f"of-{size}-{k:03}")
            with open(name, "wb") as f:
                f.write(b"".join(map(rule, range(at, min(at + EACH, size)))))
        done = size


if __name__ == "__main__":
    main()
