# SPDX-License-Identifier: GPL-2.0
"""A datapath of our own, without ovs-vswitchd, for a guard to guard.

Ports are internal ones: they need no device, and go with the datapath.  Frames are
of a local experimental type (IEEE Std 802: 0x88b5), so a flow's key is short.
"""

import ctypes
import socket
import struct

import sealed
from datapath import (ACTION_OUTPUT, ACTIONS, KEY_IN_PORT, NLM_F_ACK, UFID, Datapath,
                      Refused, attr, attrs, output)
from family import APPLIED, N, VERIFY, dpid, keyset, mode, new_switch, port, switch
from submitted import submit

DP_NEW, DP_DEL = 1, 2
DP_NAME, DP_UPCALL_PID, DP_USER_FEATURES = 1, 2, 5
VPORT_NEW, VPORT_DEL = 1, 2
VPORT_NO, VPORT_TYPE, VPORT_NAME, VPORT_UPCALL_PID = 1, 2, 3, 5
VPORT_INTERNAL = 2
KEY_ETHERNET, KEY_ETHERTYPE = 4, 6
SYS_DELETE_MODULE, SYS_FINIT_MODULE, O_NONBLOCK = 176, 313, 0o4000
LIBC = ctypes.CDLL(None, use_errno=True)


def text(name):
    return name.encode() + b"\0"


def u32(value):
    return struct.pack("=I", value)


class Bed(Datapath):
    """The datapath @name with the internal ports @name1 .. @name3."""

    PORTS = (1, 2, 3)

    def __init__(self, name="oq"):
        self.name = name
        super().__init__("lo")
        self.dp_id = self.family("ovs_datapath")
        self.vport_id = self.family("ovs_vport")
        self.index = 0

    def call(self, family, command, index, *content):
        self.talk(family, command, struct.pack("=i", index) +
                  b"".join(attr(k, v) for k, v in content), NLM_F_ACK)

    def find(self):
        """The datapath may have gone and come again; is it there?"""
        try:
            self.index = socket.if_nametoindex(self.name)
        except OSError:
            self.index = 0
        return self.index != 0

    def make(self):
        """With its ports."""
        self.make_bare()
        for i in self.PORTS:
            self.call(self.vport_id, VPORT_NEW, self.index,
                      (VPORT_NO, u32(i)), (VPORT_TYPE, u32(VPORT_INTERNAL)),
                      (VPORT_NAME, text(self.device(i))),
                      (VPORT_UPCALL_PID, u32(0)))

    def remove(self):
        self.call(self.dp_id, DP_DEL, 0, (DP_NAME, text(self.name)))
        self.index = 0

    def make_bare(self):
        """Without them: a key may name a port that is not there."""
        self.call(self.dp_id, DP_NEW, 0, (DP_NAME, text(self.name)),
                  (DP_UPCALL_PID, u32(0)), (DP_USER_FEATURES, u32(0)))
        self.find()

    def device(self, i):
        return f"{self.name}{i}"

    @staticmethod
    def key(in_port, source):
        return (attr(KEY_IN_PORT, u32(in_port)) +
                attr(KEY_ETHERNET, source.to_bytes(6, "big") + b"\2" * 6) +
                attr(KEY_ETHERTYPE, struct.pack(">H", 0x88b5)))

    @staticmethod
    def frame(source):
        return b"\2" * 6 + source.to_bytes(6, "big") + b"\x88\xb5" + bytes(50)

    @staticmethod
    def ufid(number):
        return b"oq" + number.to_bytes(14, "big")

    def offer(self, number, in_port, out, change=False):
        """Put or set flow @number; the errno, 0 if it was let in."""
        try:
            (self.set if change else self.put)(
                self.key(in_port, 0x020000000000 + number), None,
                output(out), self.ufid(number))
        except Refused as refused:
            return refused.errno
        return 0

    def outputs(self):
        """{UFID: (input port, output port or None)} of what is in the kernel."""
        out = {}
        for flow in self.dump():
            acts = attrs(flow.get(ACTIONS, b""))
            ports = [struct.unpack("=I", v)[0] for k, v in acts
                     if k == ACTION_OUTPUT]
            key = dict(attrs(flow[1])) if 1 in flow else {}
            where = struct.unpack("=I", key[KEY_IN_PORT])[0] \
                if KEY_IN_PORT in key else None
            out[flow[UFID]] = (where, ports[0] if ports else None)
        return out


def quiet(function, *args, but=()):
    """Call it; the errno if it was refused with one of @but, else 0."""
    try:
        function(*args)
    except OSError as error:
        if error.errno not in but:
            raise
        return error.errno
    return 0


def guard(s, bed):
    """Make it a guarded switch in mode verify with ports 1 .. 3."""
    s.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY), datapath=bed.name))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
    for i in bed.PORTS:
        s.ask(N.CMD_PORT_SET, dpid(), port(i, bed.device(i)))


def set_mode(s, value):
    s.ask(N.CMD_SWITCH_SET, switch(mode(value)))


def forward(in_port, out):
    """FLOW_MOD: what comes from one port goes to the other."""
    return sealed.flow_add(10, [sealed.in_port(in_port)], [sealed.output(out)])


def tree(bodies, signers=(1, 2)):
    """Sealed updates of one tree, so each signer signs once; 2^n bodies."""
    rows = [[sealed.leaf(b) for b in bodies]]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([sealed.hashlib.sha256(b"\1" + a + b).digest()
                     for a, b in zip(row[::2], row[1::2])])
    said = sealed.statement(rows[-1][0], leaves=len(bodies))
    sigs = [(i, sealed.sign(i, said)) for i in signers]
    return [sealed.seal(b, sigs, leaves=len(bodies), index=i,
                        path=[row[(i >> n) ^ 1] for n, row in enumerate(rows[:-1])])
            for i, b in enumerate(bodies)]


def approve(s, sequence, payload):
    state, *_, reason = submit(s, sealed.update(sequence, payload))
    if state != APPLIED:
        raise RuntimeError(f"update {sequence} was not applied: {reason}")


def load_module(path):
    """0 or an errno."""
    with open(path, "rb") as f:
        done = LIBC.syscall(SYS_FINIT_MODULE, f.fileno(), b"", 0)
    return ctypes.get_errno() if done else 0


def unload_module():
    done = LIBC.syscall(SYS_DELETE_MODULE, b"ovs_quorum", O_NONBLOCK)
    return ctypes.get_errno() if done else 0
