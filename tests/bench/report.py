#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py RESULTS: the table of a benchmark run, from lines of fsbench.

Medians over the rounds.  A ratio is the throughput of a variant divided by
that of `direct` in the same run: above 1 is faster.  Of a command the fastest
round counts: it reads files of the host, and in a deterministic guest the
clock runs wild while one waits for the outside.
"""

import collections
import statistics
import sys

VARIANTS = ["direct", "door1", "door2", "fuse", "fuse-wb"]


def read(path):
    """{(workload, phase): {variant: [(ns, ops, bytes, switches)]}}, in order"""
    rows = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            label, workload, phase, *numbers = line.split()
            ns, ops, size, mine, server = map(int, numbers)
            row = rows.setdefault((workload, phase),
                                  collections.defaultdict(list))
            row[label].append((ns, ops, size, mine + server))
    return rows


def median(samples, index):
    return statistics.median(s[index] for s in samples)


def typical(phase, samples):
    """The sample that stands for all, ns first."""
    if phase == "exec":
        return min(samples)
    return [median(samples, i) for i in range(4)]


def spread(samples):
    """Largest distance from the median, in percent of it."""
    middle = median(samples, 0)
    return max(abs(s[0] - middle) for s in samples) * 100 / middle


def main():
    rows = read(sys.argv[1])
    variants = [v for v in VARIANTS if any(v in r for r in rows.values())]
    others = variants[1:]

    print("medians of rounds: " + ", ".join(
        f"{v} {len(rows[('small', 'write')][v])}" for v in variants))
    print("time of direct, then throughput as a ratio to it (1 = as fast)")
    print(f"{'':14}{'direct us/op':>13}{'MB/s':>8}" +
          "".join(f"{v:>9}" for v in others))
    worst = (0.0, "")
    for (workload, phase), row in rows.items():
        if phase == "first":
            continue
        ns, ops, size, _ = typical(phase, row["direct"])
        rate = f"{size / ns * 1000:8.0f}" if size else f"{'':8}"
        print(f"{workload + ' ' + phase:14}{ns / ops / 1000:13.2f}{rate}" +
              "".join(f"{ns / typical(phase, row[v])[0]:9.2f}"
                      for v in others))
        if phase != "exec":
            worst = max([worst] + [(spread(row[v]), f"{workload} {phase} {v}")
                                   for v in variants])
    print(f"largest distance of any round from its median: {worst[0]:.1f} % "
          f"({worst[1]})")

    print("\nvoluntary context switches, client and server together")
    print(f"{'':14}" + "".join(f"{v:>9}" for v in variants))
    for (workload, phase), row in rows.items():
        if phase != "first":
            print(f"{workload + ' ' + phase:14}" +
                  "".join(f"{typical(phase, row[v])[3]:9.0f}"
                          for v in variants))

    print("\nfirst touch of the mount by a new process, us")
    first = [row for (_, phase), row in rows.items() if phase == "first"]
    print(f"{'':14}" + "".join(
        f"{statistics.median(s[0] for r in first for s in r[v]) / 1000:9.1f}"
        for v in variants))


if __name__ == "__main__":
    main()
