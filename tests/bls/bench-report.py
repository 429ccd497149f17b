#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""bench-report.py [FILE]: lines `WHO-WHAT us` as a table.

One column for each implementation, in microseconds, and the ratio of each of our
engines to blst where both are there: below 1 is faster.  Then the signatures of
OpenSSL, and what a second of one core verifies.
"""

import sys

OPERATIONS = [
    ("sign", "sign"),
    ("sk-to-pk", "public key"),
    ("hash-to-g1", "hash to curve"),
    ("g1-decode", "decode signature"),
    ("g2-decode", "decode key"),
    ("verify-wire", "verify, key and all from the wire"),
    ("verify-known-key", "verify, known key"),
    ("verify-lines", "verify, precomputed lines"),
    ("combine-3", "combine 3 of 4"),
    ("combine-7", "combine 7 of 10"),
    ("batch-1", "batch of 1, each"),
    ("batch-16", "batch of 16, each"),
    ("batch-256", "batch of 256, each"),
    ("key-lines", "precompute lines"),
    ("feldman-3", "commit to a coefficient"),
]
COLUMNS = ["portable", "adx", "blst", "blst-c"]


def read(lines):
    times = {}
    for line in lines:
        fields = line.split()
        if len(fields) == 2 and not line.startswith("skipped"):
            times[fields[0]] = float(fields[1])
        else:
            print(line.strip())
    return times


def cell(value):
    return f"{value:11.1f}" if value else f"{'-':>11}"


def ratio(a, b):
    return f"{a / b:8.2f}" if a and b else f"{'-':>8}"


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else "/dev/stdin",
              encoding="ascii") as lines:
        times = read(lines)
    if "portable-verify-wire" not in times:
        sys.exit("bench-report: no times of lib/bls")
    print("us, medians" + " " * 24 + "".join(f"{c:>11}" for c in COLUMNS) +
          "  C/blst adx/blst  C/bl-c")
    for key, name in OPERATIONS:
        t = [times.get(f"{c}-{key}") for c in COLUMNS]
        print(f"{name:35}" + "".join(map(cell, t)) + ratio(t[0], t[2]) +
              ratio(t[1], t[2]) + ratio(t[0], t[3]))
    print()
    for name in sorted(k for k in times if k.startswith(("openssl", "blst-npm"))):
        print(f"{name:35}{times[name]:11.1f}")
    print()
    for engine in ("portable", "adx"):
        each = times.get(f"{engine}-batch-256")
        if each:
            print(f"{engine}: {1e6 / each:.0f} signatures a second in batches "
                  "of 256 under one key")


if __name__ == "__main__":
    main()
