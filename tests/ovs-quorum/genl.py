# SPDX-License-Identifier: GPL-2.0
"""A generic netlink client on bare sockets: says what it is told to, checks little.

Attributes are bytes, made by the functions below and read by parse().
"""

import os
import select
import socket
import struct

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 1, 10, 11
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_DUMP_INTR, NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x10, 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG = 1
NLA_F_NESTED = 0x8000
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
TIMEOUT_S = 60.0  # of any answer: reached only if something is broken


def attr(kind, data):
    return (struct.pack("=HH", 4 + len(data), kind) + data +
            b"\0" * (-len(data) % 4))


def nest(kind, *attrs):
    return attr(kind | NLA_F_NESTED, b"".join(attrs))


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def u64(kind, value):
    return attr(kind, struct.pack("=Q", value))


def text(kind, value):
    return attr(kind, value.encode() + b"\0")


def parse_all(data):
    """[(type, payload)] of attributes."""
    out = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            raise ValueError("attribute of the kernel is cut short")
        out.append((kind & 0x3fff, data[4:length]))
        data = data[(length + 3) & ~3:]
    return out


def parse(data):
    """{type: payload}; of those that occur twice, the last."""
    return dict(parse_all(data))


def number(data):
    return int.from_bytes(data, "little")


class Refused(Exception):
    """A command was answered by an error, and words."""

    def __init__(self, errno, words):
        super().__init__(f"error {errno}: {words or 'no words'}")
        self.errno = errno
        self.words = words


class Silence(Exception):
    """No answer in time."""


class Socket:
    """A generic netlink socket that speaks to one family.

    The kernel makes the datagrams of dumps as large as the largest receive
    buffer that it has seen here, @room: 8192 is the least that it takes.
    """

    def __init__(self, family="ovs_quorum", room=1 << 17):
        self.room = room
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_GENERIC)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.bind((0, 0))
        self.sequence = 0
        self.interrupted = False
        self.family = GENL_ID_CTRL
        answer = parse(self.ask(CTRL_CMD_GETFAMILY,
                                text(CTRL_ATTR_FAMILY_NAME, family)))
        self.family = number(answer[CTRL_ATTR_FAMILY_ID])
        self.groups = {}
        for _, group in parse_all(answer.get(CTRL_ATTR_MCAST_GROUPS, b"")):
            group = parse(group)
            self.groups[group[1].rstrip(b"\0").decode()] = number(group[2])

    def close(self):
        self.sock.close()

    def join(self, group):
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                             self.groups[group])

    def send(self, command, attrs=b"", flags=NLM_F_ACK, version=1, reserved=0):
        self.sequence += 1
        body = struct.pack("=BBH", command, version, reserved) + attrs
        self.sock.send(struct.pack("=IHHII", 16 + len(body), self.family,
                                   flags | NLM_F_REQUEST, self.sequence, 0) +
                       body)

    def messages(self):
        """[(type, flags, sequence, payload)] of one datagram."""
        if not select.select([self.sock], [], [], TIMEOUT_S)[0]:
            raise Silence(f"no answer within {TIMEOUT_S} s")
        data, out = self.sock.recv(self.room), []
        while len(data) >= 16:
            length, kind, flags, seq, _ = struct.unpack_from("=IHHII", data)
            out.append((kind, flags, seq, data[16:length]))
            data = data[(length + 3) & ~3:]
        return out

    @staticmethod
    def error(flags, payload, kind=NLMSG_ERROR):
        """Raise what an NLMSG_ERROR or NLMSG_DONE says; 0 passes."""
        code = -struct.unpack_from("=i", payload)[0]
        if code <= 0:
            return
        words = None
        if flags & NLM_F_ACK_TLVS:
            tlvs = payload[4:] if kind == NLMSG_DONE else payload[20:]
            if kind != NLMSG_DONE and not flags & NLM_F_CAPPED:
                tlvs = payload[4 + struct.unpack_from("=I", payload, 4)[0]:]
            words = parse(tlvs).get(NLMSGERR_ATTR_MSG)
        raise Refused(code, words and words.rstrip(b"\0").decode())

    def ask(self, command, *attrs):
        """One command; the attributes of its reply, or None if it has none."""
        self.send(command, b"".join(attrs))
        reply = None
        while True:
            for kind, got, seq, payload in self.messages():
                if seq != self.sequence:
                    continue
                if kind == NLMSG_ERROR:
                    self.error(got, payload)
                    return reply
                reply = payload[4:]

    def dump(self, command, *attrs, between=None):
        """The attributes of each message of a dump; @between: called after each datagram."""
        self.send(command, b"".join(attrs), NLM_F_DUMP)
        out, self.interrupted = [], False
        while True:
            for kind, flags, seq, payload in self.messages():
                if seq != self.sequence:
                    continue
                self.interrupted |= bool(flags & NLM_F_DUMP_INTR)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    self.error(flags, payload, kind)
                    return out
                out.append(payload[4:])
            if between:
                between()

    def news(self):
        """One notification: (command, attributes)."""
        while True:
            for kind, _, seq, payload in self.messages():
                if kind == self.family and seq == 0:
                    return payload[0], payload[4:]


def in_namespace(function, *args):
    """Call it in a child with a network namespace of its own; its exit code."""
    import ctypes

    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
            raise OSError(ctypes.get_errno(), "unshare")
        code = function(*args)
    finally:
        os._exit(code)
