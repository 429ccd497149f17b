# SPDX-License-Identifier: GPL-2.0
"""Random and damaged messages to the family, for `interface.py fuzz`.

The messages start from good ones, so that many get past the first checks.  Each
asks for an answer; a kernel that gives none has failed.  Now and then a good
update must still be applied: what came before must not have broken anything.
"""

import random
import time

import sealed
from family import (APPLIED, N, VERIFY, dpid, key, keyset, mode, new_switch, port,
                    result, switch)
from genl import (NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR, Refused, Silence,
                  Socket, attr, nest, u32)

DUMPS = (N.CMD_SWITCH_GET, N.CMD_KEYSET_GET, N.CMD_PORT_GET, N.CMD_RULE_GET,
         N.CMD_GROUP_GET, N.CMD_FLOW_GET)
CHECK_EVERY = 500


class Maker:
    """Messages: mostly good, then spoiled."""

    def __init__(self, rng):
        self.rng = rng
        keys = [key(i) for i in range(1, 5)]
        rule = sealed.flow_add(5, [sealed.in_port(1)], [sealed.output(2)])
        self.updates = [
            sealed.update(9, rule), sealed.update(9, rule, [1]),
            sealed.update(10, sealed.keyset_payload(2), kind=2),
            sealed.update(11, sealed.group_add(1, [sealed.output(1)])),
            sealed.update(12, sealed.packet_out(1, [sealed.output(2)], bytes(60)))]
        self.good = [
            (N.CMD_SWITCH_SET, [new_switch(mode(VERIFY))]),
            (N.CMD_SWITCH_SET, [new_switch(of=rng.getrandbits(3))]),
            (N.CMD_SWITCH_SET, [switch(mode(rng.randrange(3)))]),
            (N.CMD_SWITCH_GET, [dpid()]), (N.CMD_SWITCH_DEL, [dpid(3)]),
            (N.CMD_KEYSET_ADD, [dpid(3), keyset(keys=keys)]),
            (N.CMD_KEYSET_RETIRE, [dpid(3), nest(N.A_KEYSET, u32(1, 1))]),
            (N.CMD_PORT_SET, [dpid(), port(1, "v1", 1)]),
            (N.CMD_PORT_DEL, [dpid(), port(1)]),
            (N.CMD_STATS_GET, [dpid()]), (N.CMD_PENDING_FLUSH, [dpid()]),
        ] + [(c, [dpid()]) for c in DUMPS]

    def spoil(self, data):
        """A few bytes, a length, or the end of it."""
        rng, data = self.rng, bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            if not data:
                break
            at, what = rng.randrange(len(data)), rng.randrange(4)
            if what == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                data[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff))
            elif what == 2:
                del data[at:at + rng.randrange(1, 9)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
        return bytes(data)

    def garbage(self, depth=0):
        rng = self.rng
        kind = rng.randrange(20)
        if depth < 4 and rng.random() < 0.4:
            return nest(kind, *(self.garbage(depth + 1)
                                for _ in range(rng.randrange(5))))
        return attr(kind, rng.randbytes(rng.choice((0, 1, 2, 4, 8, 16, 65, 300))))

    def message(self):
        """(command, attributes)"""
        rng = self.rng
        what = rng.randrange(8)
        if what < 3:
            update = rng.choice(self.updates)
            if rng.random() < 0.9:
                update = self.spoil(update)
            cut = rng.randrange(len(update) + 1)
            pieces = [update] if rng.random() < 0.8 else [update[:cut],
                                                          update[cut:]]
            return N.CMD_UPDATE_SUBMIT, dpid() + b"".join(
                attr(N.A_UPDATE, p) for p in pieces)
        command, attrs = rng.choice(self.good)
        attrs = b"".join(attrs)
        if what < 6:
            return command, self.spoil(attrs)
        if what == 6:
            return command, attrs + self.garbage()
        return rng.randrange(256), self.garbage() + self.garbage()


def answered(s, command, attrs, flags):
    """Send it and read until its end."""
    s.send(command, attrs, flags)
    while True:
        for kind, _, seq, _ in s.messages():
            if seq == s.sequence and kind in (NLMSG_ERROR, NLMSG_DONE):
                return


def control(s, sequence):
    """A switch that the messages do not know still does what it must."""
    rule = sealed.flow_add(sequence, [], [])
    return result(s.ask(N.CMD_UPDATE_SUBMIT, dpid(0xc0),
                        attr(N.A_UPDATE, sealed.update(sequence, rule,
                                                       dpid=0xc0))))[0] == APPLIED


def fuzz(seconds, seed):
    rng = random.Random(seed)
    print(f"fuzz: {seconds} s, seed {seed}", flush=True)
    s = Socket()
    s.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY), of=0xc0, datapath="oq-ctl"))
    s.ask(N.CMD_KEYSET_ADD, dpid(0xc0), keyset())
    s.ask(N.CMD_SWITCH_SET, new_switch(mode(VERIFY)))
    s.ask(N.CMD_KEYSET_ADD, dpid(), keyset())
    maker, sent, checks = Maker(rng), 0, 0
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            command, attrs = maker.message()
            if command == N.CMD_LOCK:
                continue
            dump = rng.random() < (0.8 if command in DUMPS else 0.02)
            answered(s, command, attrs, NLM_F_DUMP if dump else NLM_F_ACK)
            sent += 1
            if sent % CHECK_EVERY == 0:
                checks += 1
                if not control(s, checks):
                    raise Silence("the control update was not applied")
    except (Silence, Refused, OSError) as e:
        print(f"FAIL: after {sent} messages, seed {seed}: {e}\n"
              f"{checks} passed, 1 failed", flush=True)
        return 1
    ok = control(s, checks + 1)
    print(f"fuzz: {sent} messages were answered")
    print(f"{checks + ok} passed, {int(not ok)} failed", flush=True)
    return 0 if ok else 1
