#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The messages of sample.c, from the tables of docs/agreement.md alone.

usage: golden.py                         print golden.txt
       golden.py check                   is golden.txt what would be printed?
       golden.py seeds FUZZER DIRECTORY  write what is of use to a fuzzer

Shares no code with the core.  A line: mode (0: any), name, bytes.
"""

import hashlib
import os
import struct
import sys

BYZANTINE, CRASH, CENTRALIZED = 1, 2, 3
MEMBERS = {BYZANTINE: 4, CRASH: 3, CENTRALIZED: 1}
QUORUM = {BYZANTINE: 3, CRASH: 2, CENTRALIZED: 1}
DOMAIN, PHASE = 0x1122334455667788, 3
NOTARIZE, DUMMY, FINALIZE, CHECKPOINT = 1, 2, 3, 4
CHUNK_LEN = 32768
GOLDEN_HEAD = "# SPDX-License-Identifier: GPL-2.0\n"


def run(first, n):
    """n bytes that count up from the first"""
    return bytes((first + i) & 0xff for i in range(n))


def frame(kind, body):
    return struct.pack(">BBHIQ", 1, kind, 0, PHASE, DOMAIN) + body


def header(count):
    return (struct.pack(">QQ", 9, 7) + run(0x40, 32) +
            struct.pack(">QIQI", 5, 2, 0x0102030405060708, count) +
            run(0x60, 32) + bytes([0, 4, 2]) + bytes(13))


def whole(request):
    return struct.pack(">I", len(request)) + request


def alone(digest):
    return b"\xff\xff\xff\xff" + digest


def vote(mode, kind, i):
    out = struct.pack(">BQ", kind, 11 + i)
    out += bytes(32) if kind == DUMMY else run(0x10, 32)
    if kind == CHECKPOINT:
        out += run(0x30, 32)
    return out + (b"" if mode == CRASH else run(0x50 + i, 64))


def votes(mode, kinds):
    return struct.pack(">I", len(kinds)) + b"".join(
        vote(mode, k, i) for i, k in enumerate(kinds))


def cert(mode, kind):
    signers = range(MEMBERS[mode] - QUORUM[mode], MEMBERS[mode])
    out = struct.pack(">BQ", kind, 12)
    out += bytes(32) if kind == DUMMY else run(0x20, 32)
    if kind == CHECKPOINT:
        out += run(0x70, 32)
    out += struct.pack(">I", sum(1 << i for i in signers))
    return out + b"".join(run(0x90 + i, 64) for i in signers if mode != CRASH)


def messages(mode):
    both = run(0xc0, 64)
    yield "propose", frame(1, header(2) + whole(b"abc") + alone(run(0x80, 32)))
    yield "votes", frame(2, votes(mode, [NOTARIZE, DUMMY, FINALIZE]))
    yield "notarization", frame(3, cert(mode, NOTARIZE))
    yield "dummy-certificate", frame(3, cert(mode, DUMMY))
    yield "finalization", frame(3, cert(mode, FINALIZE))
    yield "relay", frame(4, whole(b"request") + whole(b"req"))
    fetch = struct.pack(">Q", 13) + run(64, 32)
    yield "fetch-requests", frame(5, fetch + struct.pack(">I", 2) + run(0, 64))
    yield "fetch-block", frame(5, fetch + struct.pack(">I", 0))
    yield "block", frame(6, header(2) + whole(b"abc") + whole(b"abc"))
    yield "status", frame(7, struct.pack(">QQQQQH", 21, 23, 16,
                                         0xa1a2a3a4a5a6a7a8, 0xb1, 0xffff))
    yield "checkpoint", frame(8, votes(mode, [CHECKPOINT]))
    yield "stable", frame(9, cert(mode, CHECKPOINT) +
                          struct.pack(">II", CHUNK_LEN + 1, 2) + both)
    yield "want", frame(10, struct.pack(">QI", 16, 1))
    yield "chunk", frame(11, struct.pack(">QI", 16, 1) + both[:5])


def tagged(tag, rest):
    return tag.ljust(16, b"\0") + struct.pack(">QI", DOMAIN, PHASE) + rest


def signed():
    digest = hashlib.sha256(tagged(b"ashlar-block-1", header(2))).digest()
    yield "block-digest", digest
    yield "statement", tagged(b"ashlar-vote-1",
                              struct.pack(">IQ", FINALIZE, 11) + run(0x10, 32))
    state = hashlib.sha256(run(0x30, 32) + run(0x10, 32)).digest()
    yield "checkpoint-statement", tagged(b"ashlar-vote-1",
                                         struct.pack(">IQ", CHECKPOINT, 11) +
                                         state)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def head(copy, serial, reserve, body, previous, cast):
    out = struct.pack(">BBHQQQIII", copy, len(cast), 0, 6, serial, reserve,
                      len(body), crc32c(body), previous) + bytes(12)
    for kind, height, digest in cast:
        out += struct.pack(">B7xQ", kind, height) + digest
    out = out.ljust(500, b"\0")
    return b"ashjrnl\1" + struct.pack(">I", crc32c(out)) + out


def record(kind, data):
    return struct.pack(">B3xI", kind, len(data)) + data


def batches():
    """Two batches of segment 6: one with votes and records, one with a reserve."""
    body = record(4, run(0, 40)) + record(2, run(7, 600))
    cast = [(NOTARIZE, 11, run(0x10, 32)), (DUMMY, 12, bytes(32))]
    first = [head(copy, 5, 0, body, 0, cast) for copy in (0, 1)]
    padding = bytes(-len(body) % 512)
    yield "batch", first[0] + body + padding + first[1]
    previous = struct.unpack(">I", first[0][8:12])[0]
    yield "batch-after", b"".join(head(copy, 6, 77, b"", previous, [])
                                  for copy in (0, 1))


def executed():
    """Client 1 at floor 2; client 7 in epoch 9 at 1, with 3 and 4."""
    return struct.pack(">II", 64, 2) + struct.pack(">IQQI", 1, 0, 2, 0) + \
        struct.pack(">IQQIQ", 7, 9, 1, 1, 0b110)


def lines():
    for mode in MEMBERS:
        for name, data in messages(mode):
            yield mode, name, data
    for name, data in [*signed(), *batches(), ("executed", executed())]:
        yield 0, name, data


# What a fuzzer wants in front of a line's bytes; None: not that line
FRONT = {
    "message": lambda mode, name: bytes([mode - 1]) if mode else None,
    "journal": lambda mode, name: b"\x01\x20" if name.startswith("batch")
               else None,
    "executed": lambda mode, name: b"\0" if name == "executed" else None,
}


def seeds(fuzzer, directory):
    os.makedirs(directory, exist_ok=True)
    for mode, name, data in lines():
        front = FRONT[fuzzer](mode, name)
        if front is not None:
            with open(f"{directory}/seed-{mode}-{name}", "wb") as f:
                f.write(front + data)


def text():
    return GOLDEN_HEAD + "".join(f"{mode} {name} {data.hex()}\n"
                                 for mode, name, data in lines())


def main():
    if sys.argv[1:] == ["check"]:
        path = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                            "golden.txt")
        with open(path, encoding="ascii") as f:
            same = f.read() == text()
        print("ok golden.txt is what golden.py prints" if same else
              "FAIL golden.txt is not what golden.py prints")
        sys.exit(not same)
    if sys.argv[1:2] == ["seeds"]:
        seeds(*sys.argv[2:])
    else:
        sys.stdout.write(text())


if __name__ == "__main__":
    main()
