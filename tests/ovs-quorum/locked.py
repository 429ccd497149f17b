# SPDX-License-Identifier: GPL-2.0
"""Cases of interface.py: what is locked stays as it is."""

import ctypes
from errno import EAGAIN, ENODEV, EPERM, EWOULDBLOCK

from configured import show
from family import (APPLIED, ENFORCE, N, OFF, PENDING, VERIFY, dpid, keyset, mode,
                    new_switch, port, switch)
from genl import Socket, nest, u32
from submitted import RULE, guarded, rules, submit, wait_for
from sealed import flow_add, keyset_payload, update

LOCKED = "configuration is locked"
SYS_DELETE_MODULE, O_NONBLOCK = 176, 0o4000


def uses():
    with open("/sys/module/ovs_quorum/refcnt", encoding="ascii") as f:
        return int(f.read())


def module_is_free():
    """Namespaces go in the background: wait for the last one."""
    return wait_for(lambda: uses() == 0)


def try_unload():
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(SYS_DELETE_MODULE, b"ovs_quorum", O_NONBLOCK)
    return ctypes.get_errno() if done else 0


def lock_switch(t):
    s = Socket()
    t.refused(ENODEV, "no such switch", s.ask, N.CMD_LOCK, dpid())
    guarded(s)
    s.ask(N.CMD_SWITCH_SET, new_switch(of=2, datapath="oq-second"))
    s.ask(N.CMD_PORT_SET, dpid(), port(1, "v1"))
    before = uses()
    s.ask(N.CMD_LOCK, dpid())
    s.ask(N.CMD_LOCK, dpid())
    t.same(before + 1, uses(), "one use of the module for a namespace")
    t.check(N.SWITCH_A_LOCKED in show(s), "it does not say that it is locked")
    t.check(N.SWITCH_A_LOCKED not in show(s, 2), "so is the other")

    def refuse(command, *attrs):
        t.refused(EPERM, LOCKED, s.ask, command, *attrs)

    for attrs in (switch(), switch(mode(OFF)), switch(mode(ENFORCE)),
                  switch(u32(N.SWITCH_A_EXPIRY, 7)), new_switch(mode(VERIFY))):
        refuse(N.CMD_SWITCH_SET, attrs)
    refuse(N.CMD_SWITCH_DEL, dpid())
    refuse(N.CMD_KEYSET_ADD, dpid(), keyset(2))
    refuse(N.CMD_KEYSET_RETIRE, dpid(),
           nest(N.A_KEYSET, u32(N.KEYSET_A_PHASE, 1)))
    refuse(N.CMD_PORT_SET, dpid(), port(2, "v2"))
    refuse(N.CMD_PORT_DEL, dpid(), port(1))
    t.refused(EPERM, "another switch", s.ask, N.CMD_SWITCH_SET, new_switch(of=3))
    t.check(try_unload() in (EAGAIN, EWOULDBLOCK), "the module can be unloaded")

    t.same(PENDING, submit(s, update(1, RULE, [1]))[0], "updates go on")
    t.same(APPLIED, submit(s, update(1, RULE, [2]))[0])
    t.same(PENDING, submit(s, update(2, RULE, [1]))[0])
    s.ask(N.CMD_PENDING_FLUSH, dpid())
    t.same(PENDING, submit(s, update(2, RULE, [2]))[0], "flushing is allowed")
    t.same(APPLIED, submit(s, update(3, keyset_payload(2), kind=2))[0], "keys")
    t.same(APPLIED, submit(s, update(1, flow_add(3, [], []), phase=2))[0])
    t.same(2, len(rules(s)))

    s.ask(N.CMD_SWITCH_SET, switch(mode(VERIFY), of=2))
    s.ask(N.CMD_SWITCH_SET, new_switch(of=4, datapath="oq-fourth"))
    s.ask(N.CMD_SWITCH_DEL, dpid(2))


def lock_namespace(t):
    s = Socket()
    guarded(s)
    s.ask(N.CMD_LOCK)
    t.check(N.SWITCH_A_LOCKED in show(s), "its switch is not locked")
    t.refused(EPERM, LOCKED, s.ask, N.CMD_SWITCH_SET, switch(mode(OFF)))
    t.refused(EPERM, LOCKED, s.ask, N.CMD_SWITCH_SET,
              new_switch(of=2, datapath="oq-second"))
    t.refused(EPERM, LOCKED, s.ask, N.CMD_SWITCH_DEL, dpid())
    t.check(try_unload() in (EAGAIN, EWOULDBLOCK), "the module can be unloaded")
    t.same(APPLIED, submit(s, update(1, RULE))[0])


GROUPS = [lock_switch, lock_namespace]
