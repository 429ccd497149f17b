# SPDX-License-Identifier: GPL-2.0
"""A host in a network namespace: pings, streams and frames from one process."""

import contextlib
import os
import select
import socket
import struct
import threading
import time

from netns import inside

ETH_ALL = 3
TAG = b"ashlar-sdn-"
PATIENCE_S = 120.0


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Host:
    """h<number>, with the address 10.0.0.<number>."""

    def __init__(self, number):
        self.number = number
        self.name = f"h{number}"
        self.address = f"10.0.0.{number}"
        self.mac = bytes((2, 0, 0, 0, 0, number))
        self.strangers = 0
        with inside(self.name):
            self.icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                      socket.IPPROTO_ICMP)
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.wire.bind(("eth0", 0))
        self.sequence = 0

    def __repr__(self):
        return self.name

    def echo(self, other, wait_s):
        """One ping: the TTL of its answer, or None."""
        self.sequence = (self.sequence + 1) & 0xffff
        head = struct.pack("!HH", self.number, self.sequence)
        body = TAG + b"ping"
        total = checksum(struct.pack("!BBH", 8, 0, 0) + head + body)
        with contextlib.suppress(OSError):      # no answer to ARP yet
            self.icmp.sendto(struct.pack("!BBH", 8, 0, total) + head + body,
                             (other.address, 0))
        end = time.monotonic() + wait_s
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.icmp], [], [], left)[0]:
                break
            packet = self.icmp.recv(2048)
            if packet[20] == 0 and packet[24:28] == head:
                return packet[8]
        return None

    def ping(self, other, seconds=PATIENCE_S, pace=1.0):
        """Until one is answered: the TTL of the answer, or None after so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ttl = self.echo(other, min(pace, left))
            if ttl is not None:
                return ttl
        return None

    def newcomer(self, other, seconds=PATIENCE_S, pace=0.5):
        """A source that the network has not seen sends to a host; when it arrived.

        The first frame of a new source is forwarded only when the domain has decided
        so.  Seconds from the first try, or None.
        """
        self.strangers += 1
        mac = struct.pack("!BBI", 6, self.number, self.strangers)
        frame = other.mac + mac + b"\x88\xb5" + TAG + mac.hex().encode()
        tries = 0
        with inside(other.name):
            ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                socket.htons(0x88b5))
        start = time.monotonic()
        with ear:
            ear.bind(("eth0", 0x88b5))
            while time.monotonic() - start < seconds:
                tries += 1
                self.wire.send((frame + b"%6d" % tries).ljust(60, b"\0"))
                end = time.monotonic() + pace
                while (left := end - time.monotonic()) > 0:
                    if not select.select([ear], [], [], left)[0]:
                        break
                    if ear.recv(2048)[:len(frame)] == frame:
                        return time.monotonic() - start
        return None

    def close(self):
        self.icmp.close()
        self.wire.close()


class Stream(threading.Thread):
    """Bytes there and back over one TCP connection, for as long as it is wanted."""

    BLOCK = 16384

    def __init__(self, client, server, port):
        super().__init__(daemon=True)
        self.error = None
        self.done_bytes = 0
        self.stalled_s = 0.0
        self.stopping = False
        with inside(server.name):
            self.listener = socket.socket()
        with inside(client.name):
            self.sock = socket.socket()
        self.listener.bind((server.address, port))
        self.listener.listen()
        self.to = (server.address, port)
        threading.Thread(target=self.serve, daemon=True).start()
        self.start()

    def serve(self):
        with contextlib.suppress(OSError):
            peer, _ = self.listener.accept()
            with peer:
                while data := peer.recv(65536):
                    peer.sendall(data)

    def run(self):
        self.sock.settimeout(PATIENCE_S)
        try:
            self.sock.connect(self.to)
            while not self.stopping:
                self.turn()
        except OSError as e:
            self.error = e

    def turn(self):
        block = os.urandom(self.BLOCK)
        start = time.monotonic()
        self.sock.sendall(block)
        got = b""
        while len(got) < len(block):
            more = self.sock.recv(len(block) - len(got))
            if not more:
                raise OSError("the other end closed")
            got += more
        if got != block:
            raise OSError("other bytes came back")
        self.done_bytes += 2 * len(block)
        self.stalled_s = max(self.stalled_s, time.monotonic() - start)

    def stop(self):
        """Bytes that went through; raises what went wrong."""
        self.stopping = True
        self.join(2 * PATIENCE_S)
        self.sock.close()
        self.listener.close()
        if self.error or self.is_alive():
            raise OSError(f"stream: {self.error or 'it hangs'}")
        return self.done_bytes
