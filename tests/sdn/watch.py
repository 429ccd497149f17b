# SPDX-License-Identifier: GPL-2.0
"""What crosses devices: each frame that carries our tag is counted where it comes in."""

import collections
import select
import socket
import threading

from host import ETH_ALL, TAG
from netns import inside

PACKET_OUTGOING = 4
ICMP = 1


class Watch:
    """with Watch(devices) as w: ...; then w.crossed has {device: {frame: how often}}.

    @devices: (namespace or None, device).
    """

    def __init__(self, devices):
        self.crossed = {}
        self.socks = {}
        for where, device in devices:
            with inside(where):
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                     socket.htons(ETH_ALL))
            sock.bind((device, ETH_ALL))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            name = f"{where}:{device}" if where else device
            self.socks[sock] = name
            self.crossed[name] = collections.Counter()
        self.ending = False
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while True:
            ready = select.select(list(self.socks), [], [], 0.2)[0]
            if not ready and self.ending:
                return
            for sock in ready:
                try:
                    data, address = sock.recvfrom(2048)
                except OSError:         # its device went down
                    continue
                if address[2] != PACKET_OUTGOING and TAG in data:
                    self.crossed[self.socks[sock]][data] += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        for sock in self.socks:
            sock.close()

    def devices(self):
        """Where something crossed."""
        return {name for name, frames in self.crossed.items() if frames}

    def most(self):
        """How often the same frame crossed the same device, at worst."""
        return max((n for frames in self.crossed.values()
                    for n in frames.values()), default=0)

    def frames(self):
        return sum(sum(frames.values()) for frames in self.crossed.values())
