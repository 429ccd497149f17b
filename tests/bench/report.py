#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py RESULTS: the tables of a benchmark run, from lines of fsbench.

Medians over the rounds.  A ratio is the throughput of a variant divided by
that of `direct` (of archives: `plain`) in the same run: above 1 is faster.
"""

import collections
import statistics
import sys

IN_PROCESS = ["door1", "door1-lib", "door2", "memfs", "preload", "diss", "compat"]
FUSE = ["dfuse", "dfuse-wb", "ll", "ll-wb", "hp", "pt", "fh"]
ARCHIVES = ["avfs", "avfs-dfuse", "avfsd"]
MAPPINGS = ["direct", "door1", "door2", "preload", "paged", "memfs", "memfs-fill"] + FUSE
# DESIGN says what should be reached: (variant, workloads, least ratio)
TARGETS = [("door1", ("small", "mixed", "large", "tar", "rsync"), 0.9),
           ("memfs", ("small",), 2.0), ("memfs", ("mixed",), 1.5),
           ("memfs", ("large",), 1.2)]

Sample = collections.namedtuple("Sample", "ns ops bytes client server preempted")


def read(path):
    """{(workload, phase): {variant: [Sample]}}, in order; archives apart"""
    files, archives = {}, {}
    with open(path, encoding="ascii") as f:
        for line in f:
            label, workload, phase, *numbers = line.split()
            rows = archives if label in ARCHIVES + ["plain"] else files
            row = rows.setdefault((workload, phase),
                                  collections.defaultdict(list))
            row[label].append(Sample(*map(int, numbers)))
    return files, archives


def median(samples, field):
    return statistics.median(getattr(s, field) for s in samples)


def spread(samples):
    """Largest distance from the median, in percent of it."""
    middle = median(samples, "ns")
    return max(abs(s.ns - middle) for s in samples) * 100 / middle


def name(key):
    workload, phase = key
    return workload if phase == "exec" else f"{workload} {phase}"


def ratio(row, variant, base="direct"):
    """by operation: variants need not have done equally many"""
    return (median(row[base], "ns") / row[base][0].ops *
            row[variant][0].ops / median(row[variant], "ns"))


def present(rows, variants):
    return [v for v in variants if any(v in row for row in rows.values())]


def throughput(title, rows, variants, base):
    variants = present(rows, variants)
    if not variants:
        return
    print(f"\n{title}\n{'':14}{base + ' us/op':>13}{'MB/s':>7}" +
          "".join(f"{v:>11}" for v in variants))
    for key, row in rows.items():
        samples = row[base]
        if not samples:
            continue
        ns, size = median(samples, "ns"), samples[0].bytes
        rate = f"{size / ns * 1000:7.0f}" if size else f"{'':7}"
        print(f"{name(key):14}{ns / samples[0].ops / 1000:13.2f}{rate}" +
              "".join(f"{ratio(row, v, base):11.2f}" if row[v] else f"{'-':>11}"
                      for v in variants))


def mappings(rows):
    """by engine: kernel, userfaultfd, FUSE"""
    rows = {phase: row for (workload, phase), row in rows.items()
            if phase in ("map", "private")}
    if not rows:
        return
    print("\n8 bytes of a mapping at random, mmap and munmap included\n"
          f"{'':22}{'ms':>9}{'ratio':>7}{'waits':>7}{'server':>7}")
    for phase, row in rows.items():
        for v in [v for v in MAPPINGS if row[v]]:
            what = v + (" MAP_PRIVATE" if phase == "private" else "")
            print(f"{what:22}{median(row[v], 'ns') / 1e6:9.1f}{ratio(row, v):7.2f}"
                  f"{median(row[v], 'client'):7.0f}{median(row[v], 'server'):7.0f}")


def waits(rows, variants):
    """variants that never wait are named, not listed"""
    def cell(workload, samples):
        if not samples:
            return "-"
        files, digits = (samples[0].ops, 1) if workload in ("small", "mixed") else (1, 0)
        return "+".join(f"{median(samples, field) / files:.{digits}f}"
                        for field in ("client", "server", "preempted"))

    busy = [v for v in variants if any(
        s.client + s.server > 20 for (_, phase), row in rows.items()
        if phase != "exec" for s in row[v])]
    print("\ncontext switches: client waits + server waits + either preempted; small, mixed: of a file\n"
          "at most 20 in any row but tar and rsync: " +
          ", ".join(v for v in variants if v not in busy))
    print(f"{'':14}" + "".join(f"{v:>17}" for v in busy))
    for key, row in rows.items():
        print(f"{name(key):14}" + "".join(f"{cell(key[0], row[v]):>17}" for v in busy))


def descriptors(rows):
    """exec with open files: base and slope of a line through the least of all rounds"""
    rows = {int(phase): row for (workload, phase), row in rows.items()
            if workload == "fds"}
    if not rows:
        return
    counts = sorted(rows)
    print("\nexec with files of the mount open, us\n" + f"{'files':11}" +
          "".join(f"{n:10}" for n in counts) + f"{'base':>9}{'ns/file':>9}")
    variants = present(rows, ["direct"] + IN_PROCESS + FUSE)
    for v in [v for v in variants if all(r[v] for r in rows.values())]:
        us = [min(rows[n][v]).ns / 1000 for n in counts]
        slope, base = statistics.linear_regression(counts, us)
        print(f"{v:11}" + "".join(f"{t:10.1f}" for t in us) +
              f"{base:9.1f}{slope * 1000:9.0f}")


def parts(rows):
    """what an open and a stat of memfs are made of"""
    rows = {phase: row["parts"] for (workload, phase), row in rows.items()
            if workload == "parts"}
    if rows:
        print("\nparts of an open and a stat without a lower tree (memfs), us")
    for phase, samples in rows.items():
        print(f"{phase:20}{median(samples, 'ns') / samples[0].ops / 1000:8.2f}")


def targets(rows):
    """which were reached, and how far from the best FUSE small files are"""
    print("\ntargets, as ratios to direct")
    for variant, workloads, least in TARGETS:
        found = {name(key): ratio(row, variant) for key, row in rows.items()
                 if key[0] in workloads and row[variant]}
        below = [f"{what} {r:.2f}" for what, r in found.items() if r < least]
        if found:
            print(f"{variant} {'/'.join(workloads)} >= {least}: {len(found) - len(below)} of "
                  f"{len(found)}" + ("; below: " + ", ".join(below) if below else ""))
    for title, group in (("FUSE variant", FUSE),
                         ("of libfuse's examples", [v for v in FUSE if v[0] != "d"])):
        times_best(title, rows, present(rows, group))


def times_best(title, rows, fuse):
    rows = {phase: row for (workload, phase), row in rows.items()
            if workload == "small" and any(row[v] for v in fuse)}
    if rows:
        print(f"\nsmall files, times the best {title}\n{'':30}" +
              "".join(f"{v:>9}" for v in ("door1", "memfs")))
    for phase, row in rows.items():
        best = max((v for v in fuse if row[v]), key=lambda v: ratio(row, v))
        print(f"  {phase:10}{best:>10}{ratio(row, best):8.2f}" + "".join(
            f"{ratio(row, v) / ratio(row, best):9.1f}" for v in ("door1", "memfs") if row[v]))


def first_touch(rows, variants):
    rows = [row for (_, phase), row in rows.items() if phase == "first"]
    print("\nfirst touch of the mount by a new process, us")
    for v in variants:
        samples = [s.ns for row in rows for s in row[v]]
        if samples:
            print(f"{v:11}{statistics.median(samples) / 1000:9.1f}")


def main():
    files, archives = read(sys.argv[1])
    variants = present(files, ["direct"] + IN_PROCESS + FUSE)
    plain = {key: row for key, row in files.items()
             if key[1] not in ("first", "map", "private") and
             key[0] not in ("fds", "parts")}

    print("medians of rounds: " + ", ".join(
        f"{v} {len(files[('small', 'write')][v])}" for v in variants))
    throughput("in the process: time of direct, and throughput as a ratio to it",
               plain, IN_PROCESS, "direct")
    throughput("through a FUSE server", plain, FUSE, "direct")
    unsteady = [f"{name(key)} {v}: " + ", ".join(
        f"{s.ns / s.ops / 1000:.1f}" for s in row[v])
        for key, row in plain.items() for v in variants
        if row[v] and spread(row[v]) > 3]
    print("rounds more than 3 % from their median, us/op: " + ("; ".join(unsteady) or "none"))
    mappings(files)
    throughput("files in a tar archive; plain: the same outside", {
        key: row for key, row in archives.items() if key[1] != "first"},
        ARCHIVES, "plain")
    descriptors(files)
    waits({**plain, **{key: row for key, row in files.items()
                       if key[1] == "map"}}, variants)
    parts(files)
    first_touch(files, variants)
    targets(plain)


if __name__ == "__main__":
    main()
