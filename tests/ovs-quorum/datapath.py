# SPDX-License-Identifier: GPL-2.0
"""The kernel datapath as a hostile ovs-vswitchd would talk to it.

Raw generic netlink to the families ovs_flow and ovs_packet, bytes as given:
nothing here checks what it sends.  Attribute numbers: <linux/openvswitch.h>.
"""

import errno
import os
import socket
import struct

GENL_ID_CTRL = 16
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_CREATE = 1, 4, 0x300, 0x400
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLMSGERR_ATTR_MSG = 1
NLM_F_ACK_TLVS = 0x200

FLOW_NEW, FLOW_DEL, FLOW_GET, FLOW_SET = 1, 2, 3, 4
KEY, ACTIONS, MASK, PROBE, UFID = 1, 2, 7, 8, 9
PACKET_EXECUTE = 3
PACKET, PACKET_KEY, PACKET_ACTIONS = 1, 2, 3

KEY_PRIORITY, KEY_IN_PORT, KEY_SKB_MARK = 2, 3, 15
ACTION_OUTPUT, ACTION_SET, ACTION_POP_VLAN, ACTION_SET_MASKED = 1, 3, 5, 11
ACTION_USERSPACE, USERSPACE_PID, USERSPACE_USERDATA = 2, 1, 2


def attr(kind, data):
    return (struct.pack("=HH", 4 + len(data), kind) + data +
            b"\0" * (-len(data) % 4))


def attrs(data):
    """[(type, payload)] of well-formed attributes."""
    out = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        out.append((kind & 0x3fff, data[4:length]))
        data = data[(length + 3) & ~3:]
    return out


def output(port):
    return attr(ACTION_OUTPUT, struct.pack("=I", port))


def userspace(cookie):
    """To this process, with Open vSwitch's cookie in as many bytes as it has."""
    return attr(ACTION_USERSPACE,
                attr(USERSPACE_PID, struct.pack("=I", 1)) +
                attr(USERSPACE_USERDATA, cookie.ljust(48, b"\0")))


class Refused(OSError):
    """errno, and what the kernel said about it (extack)."""

    def __init__(self, number, words):
        super().__init__(number, words or os.strerror(number))
        self.words = words


class Datapath:
    """One datapath, by the name of its device."""

    def __init__(self, name="ovs-system"):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.index = socket.if_nametoindex(name)
        self.flow_id = self.family("ovs_flow")
        self.packet_id = self.family("ovs_packet")

    def talk(self, family, command, body, flags):
        """Send one message; return the answers' bodies, or raise Refused."""
        message = struct.pack("=BBH", command, 1, 0) + body
        self.sock.send(struct.pack("=IHHII", 16 + len(message), family,
                                   NLM_F_REQUEST | flags, 1, 0) + message)
        answers = []
        while True:
            data = self.sock.recv(1 << 18)
            while len(data) >= 16:
                length, kind, nlflags, _, _ = struct.unpack_from("=IHHII", data)
                if kind == NLMSG_ERROR:
                    self.judge(data[16:length], nlflags)
                    return answers
                if kind == NLMSG_DONE:
                    return answers
                answers.append(data[20:length])
                if not flags & (NLM_F_DUMP | NLM_F_ACK):
                    return answers
                data = data[(length + 3) & ~3:]

    @staticmethod
    def judge(data, flags):
        code = -struct.unpack_from("=i", data)[0]
        if code == 0:
            return
        words = ""
        if flags & NLM_F_ACK_TLVS:
            inner = struct.unpack_from("=I", data, 4)[0]
            for kind, value in attrs(data[4 + ((inner + 3) & ~3):]):
                if kind == NLMSGERR_ATTR_MSG:
                    words = value.rstrip(b"\0").decode()
        raise Refused(code, words)

    def family(self, name):
        body = attr(2, name.encode() + b"\0")
        answer = self.talk(GENL_ID_CTRL, 3, body, 0)[0]
        return struct.unpack("=H", dict(attrs(answer))[1])[0]

    def flow(self, command, content, flags):
        return self.talk(self.flow_id, command, struct.pack("=i", self.index) +
                         b"".join(attr(k, v) for k, v in content), flags)

    def dump(self):
        """[{attribute: payload}] of all flows."""
        return [dict(attrs(a[4:])) for a in self.flow(FLOW_GET, [], NLM_F_DUMP)]

    def put(self, key, mask, actions, ufid=None, create=True, more=()):
        content = [(KEY, key), (ACTIONS, actions),
                   (UFID, ufid or os.urandom(16)), *more]
        if mask is not None:
            content.append((MASK, mask))
        self.flow(FLOW_NEW, content, NLM_F_ACK | (NLM_F_CREATE if create else 0))

    def set(self, key, mask, actions, ufid):
        content = [(KEY, key), (ACTIONS, actions), (UFID, ufid)]
        if mask is not None:
            content.append((MASK, mask))
        self.flow(FLOW_SET, content, NLM_F_ACK)

    def delete(self, ufid):
        self.flow(FLOW_DEL, [(UFID, ufid)], NLM_F_ACK)

    def execute(self, in_port, packet, actions):
        key = (attr(KEY_PRIORITY, b"\0" * 4) + attr(KEY_SKB_MARK, b"\0" * 4) +
               attr(KEY_IN_PORT, struct.pack("=I", in_port)))
        body = struct.pack("=i", self.index) + b"".join(
            attr(k, v) for k, v in ((PACKET, packet), (PACKET_KEY, key),
                                    (PACKET_ACTIONS, actions)))
        self.talk(self.packet_id, PACKET_EXECUTE, body, NLM_F_ACK)


def refusal(call, *args, **named):
    """The words with which a call was refused with EPERM, or None if it was not."""
    try:
        call(*args, **named)
    except Refused as refused:
        return (refused.words or "no words") if refused.errno == errno.EPERM \
            else None
    return None
