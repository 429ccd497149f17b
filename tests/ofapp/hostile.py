#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hostile.py: an OpenFlow controller that does what none should, on the port that it says first.

On each connection: a handshake; then messages that no switch of ours takes (each has to be
answered with ERROR), rules that answer no event, and on the first connection no answer to ECHO ever;
on the third one bytes that are no OpenFlow. Prints how many ERRORs came. Ends with its input.
"""

import select
import socket
import struct
import sys

HELLO, ERROR, ECHO, ECHO_REPLY, FEATURES, FEATURES_REPLY = 0, 1, 2, 3, 5, 6


def message(kind, body=b"", xid=7):
    return struct.pack("!BBHI", 4, kind, 8 + len(body), xid) + body


FLOW_MOD = struct.pack("!QQBBHHHIIIHH", 0, 0, 0, 0, 0, 0, 5, 0xffffffff, 0xffffffff,
                       0xffffffff, 0, 0) + struct.pack("!HHI", 1, 4, 0)
METER = struct.pack("!HHI", 6, 8, 1)
BAD = [
    message(14, FLOW_MOD + METER),		# an instruction that nobody approved of
    message(14, FLOW_MOD[:20]),			# cut off
    message(17, b"\0" * 8),			# TABLE_MOD
    message(29, b"\0" * 8),			# METER_MOD
    message(18, struct.pack("!HHI", 12, 0, 0)),	# TABLE_FEATURES
    message(18, b""),
    message(99),
]


def answer(to, what):
    try:
        to.sendall(what)
    except OSError:		# it has had enough of us
        pass


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    clients = {}
    errors = count = 0
    print("port %d" % listener.getsockname()[1], flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin] + list(clients), [], [])
        if sys.stdin in ready:
            break
        for s in ready:
            if s is listener:
                c, _ = s.accept()
                count += 1
                clients[c] = [b"", count]
                answer(c, message(HELLO) + message(FEATURES))
                if count == 3:
                    answer(c, struct.pack("!BBHI", 4, 2, 4, 0))
                continue
            try:
                data = s.recv(65536)
            except OSError:
                data = b""
            if not data:
                del clients[s]
                s.close()
                continue
            clients[s][0] += data
            while len(clients[s][0]) >= 8:
                buf = clients[s][0]
                _, kind, length, xid = struct.unpack("!BBHI", buf[:8])
                if len(buf) < length:
                    break
                clients[s][0] = buf[length:]
                if kind == FEATURES_REPLY:
                    answer(s, b"".join(BAD))
                elif kind == ERROR:
                    errors += 1
                elif kind == ECHO and clients[s][1] != 1:
                    answer(s, message(ECHO_REPLY, buf[8:length], xid))
    print("errors %d connections %d" % (errors, count), flush=True)


main()
