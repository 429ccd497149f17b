# SPDX-License-Identifier: GPL-2.0
"""Hosts in network namespaces: raw frames, sockets and ping from one process.

Host i is the network namespace "h<i>" with the device eth0 (tests/vm/ovs.sh).
A socket stays in the namespace in which it was made, so a process that visits
them once can speak for all hosts.
"""

import ctypes
import os
import select
import socket
import struct
import subprocess
import time

from frames import TAG

CLONE_NEWNET = 0x40000000
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 0x10
TP_STATUS_VLAN_TPID_VALID = 0x40

LIBC = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """with Namespace(3): ... runs in host 3's network namespace."""

    def __init__(self, host):
        self.path = f"/run/netns/h{host}"

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(self.path, os.O_RDONLY)
        self.enter(there)
        os.close(there)

    def __exit__(self, *_):
        self.enter(self.home)
        os.close(self.home)

    @staticmethod
    def enter(fd):
        if LIBC.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Wire:
    """One host's end of its wire: sends and receives whole frames."""

    def __init__(self, host):
        self.host = host
        with Namespace(host):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(3))
        self.sock.bind(("eth0", 3))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def send(self, frame):
        self.sock.send(frame)

    def receive(self):
        """The next frame that came in and carries the tag, or None."""
        while True:
            try:
                data, control, _, addr = self.sock.recvmsg(
                    70000, 256, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            if addr[2] == PACKET_OUTGOING or TAG not in data:
                continue
            return self.with_tag(data, control)

    @staticmethod
    def with_tag(data, control):
        """The kernel keeps the outermost VLAN tag beside the frame."""
        for level, kind, aux in control:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", aux[:20])
            if status & TP_STATUS_VLAN_VALID:
                if not status & TP_STATUS_VLAN_TPID_VALID:
                    tpid = 0x8100
                return data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
        return data


class Hosts:
    """Wires of hosts 1 .. n."""

    QUIET = 0.4     # seconds in which nothing more must come
    PATIENCE = 20   # seconds for what must come

    def __init__(self, n):
        self.wires = {i: Wire(i) for i in range(1, n + 1)}

    def exchange(self, sender, frame, want):
        """Send one frame; return what arrived, {host: [frames]}.

        Waits long for as many frames as `want` has, then a little for more.
        """
        for wire in self.wires.values():
            while wire.receive() is not None:
                pass
        self.wires[sender].send(frame)
        missing = sum(len(frames) for frames in want.values())
        got = {}
        end = time.monotonic() + (self.PATIENCE if missing else self.QUIET)
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([w.sock for w in self.wires.values()],
                                        [], [], left)
            for wire in self.wires.values():
                if wire.sock not in ready:
                    continue
                while (data := wire.receive()) is not None:
                    got.setdefault(wire.host, []).append(data)
                    missing -= 1
                    if missing == 0:
                        end = time.monotonic() + self.QUIET
        return got


def ping(host, address, count=2, size=56):
    """Does it answer at least once?"""
    with Namespace(host):
        done = subprocess.run(
            ["ping", "-n", "-c", str(count), "-i", "0.3", "-W", "5", "-s",
             str(size), address], capture_output=True, text=True, check=False)
    return done.returncode == 0


def stream(client, server, address, port, protocol=socket.IPPROTO_TCP):
    """Connect, say a word, hear it back: TCP or SCTP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    word = TAG + b"stream"
    with Namespace(server):
        listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    with Namespace(client):
        sock = socket.socket(family, socket.SOCK_STREAM, protocol)
    with listener, sock:
        listener.settimeout(Hosts.PATIENCE)
        sock.settimeout(Hosts.PATIENCE)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
        try:
            sock.connect((address, port))
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(Hosts.PATIENCE)
                sock.sendall(word)
                peer.sendall(peer.recv(100))
                return sock.recv(100) == word
        except OSError:
            return False


def datagram(client, server, address, port):
    """One UDP datagram there and one back."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    word = TAG + b"datagram"
    with Namespace(server):
        there = socket.socket(family, socket.SOCK_DGRAM)
    with Namespace(client):
        here = socket.socket(family, socket.SOCK_DGRAM)
    with there, here:
        there.settimeout(Hosts.PATIENCE)
        here.settimeout(Hosts.PATIENCE)
        there.bind((address, port))
        try:
            here.sendto(word, (address, port))
            data, back = there.recvfrom(100)
            there.sendto(data, back)
            return here.recv(100) == word
        except OSError:
            return False


def iperf(client, server, address, size="2M"):
    """iperf3 from one host to another, as many bytes."""
    with Namespace(server):
        listener = subprocess.Popen(
            ["iperf3", "-s", "-1", "--forceflush", "-B", address],
            stdout=subprocess.PIPE, text=True)
    with listener:
        for line in listener.stdout:
            if "Server listening" in line:
                break
        with Namespace(client):
            done = subprocess.run(["iperf3", "-c", address, "-n", size],
                                  capture_output=True, text=True, check=False)
        if done.returncode:
            listener.kill()
    return done.returncode == 0
