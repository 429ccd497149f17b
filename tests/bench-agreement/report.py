#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tables of what tests/bench-agreement/run measured.

usage: report.py RESULTS

A line is words of the form name=value; those of the load generator begin with
`load` after the point, those of a member have its number.
"""

import statistics
import sys

# Measured before, on a machine of this kind; notes/anchors-sdn.md B.1.
REFERENCE = [
    ("BFT-SMaRt, n=4, TLS, MACs, in memory, 1 client, first minute", "135 / s",
     "6.5 ms"),
    ("BFT-SMaRt, n=4, 32 clients, warm", "1430 .. 2560 / s", "25 .. 29 ms"),
    ("libhotstuff, n=4, TLS, in memory, block 1, 4 outstanding",
     "484 .. 492 / s", "7 .. 8 ms"),
    ("libhotstuff, n=4, block 400, 1600 outstanding", "8440 .. 10470 / s",
     "150 .. 167 ms"),
    ("raft 0.15 in C, n=3, durable, window 1", "250 .. 700 / s",
     "0.35 .. 0.96 ms"),
    ("raft 0.15 in C, n=3, durable, window 256", "8520 .. 9530 / s",
     "32 .. 36 ms"),
]


def read(path):
    """{(point, mode, n): {round: (load words, [member words])}} and keys."""
    points = {}
    keys = {}
    for line in open(path, encoding="ascii"):
        words = dict(w.split("=", 1) for w in line.split() if "=" in w)
        runs = points.setdefault(
            (words["point"], words["mode"], int(words["n"])), {})
        load, members = runs.setdefault(words["round"], ({}, []))
        if "sign_us" in words and "type" in words:
            keys.setdefault(words["type"], []).append(
                (float(words["sign_us"]), float(words["verify_us"])))
        elif "member" in words:
            members.append(words)
        else:
            load.update(words)
    return points, keys


def median(runs, name):
    values = [float(load[name]) for load, _ in runs.values() if name in load]
    return statistics.median(values) if values else None


def per_event(runs, name):
    """Median over rounds of a member's counter for each event it executed."""
    values = []
    for _, members in runs.values():
        events = max((int(m["events"]) for m in members), default=0)
        if events:
            values.append(sum(int(m[name]) for m in members) / events)
    return statistics.median(values) if values else None


def number(value, form="{:.0f}"):
    return "-" if value is None else form.format(value)


def millis(value):
    return "-" if value is None else f"{value / 1000:.2f}"


def baseline(points, point, mode, n):
    """Crash mode with as many faults as this tolerates."""
    if mode != "byzantine":
        return None
    return points.get((point, "crash", (n - 1) // 3 * 2 + 1))


def row(points, key):
    point, mode, n = key
    runs = points[key]
    rate = median(runs, "events_per_s")
    p50 = median(runs, "p50_us")
    base = baseline(points, point, mode, n)
    ratio = "-", "-"
    if base and rate and median(base, "events_per_s"):
        ratio = (f"{rate / median(base, 'events_per_s'):.2f}",
                 f"{p50 / median(base, 'p50_us'):.2f}")
    print(f"{point:<11} {mode:<12}{n:>3} {number(rate):>9}"
          f" {number(median(runs, 'requests_per_s')):>9}"
          f" {blocks_per_s(runs):>8} {millis(p50):>8}"
          f" {millis(median(runs, 'p99_us')):>8}"
          f" {number(per_event(runs, 'cpu_us'), '{:.1f}'):>8}"
          f" {ratio[0]:>7} {ratio[1]:>7}")


def blocks_per_s(runs):
    """Requests a second, over requests in a block."""
    values = []
    for load, members in runs.values():
        blocks = max((int(m["blocks"]) for m in members), default=0)
        executed = max((int(m["executed"]) for m in members), default=0)
        if blocks and executed and load:
            values.append(float(load["requests_per_s"]) * blocks / executed)
    return number(statistics.median(values) if values else None)


def table(points):
    print("\ncpu: of all members together, microseconds for an event;"
          " ratios: to crash mode with as many faults")
    print(f"{'point':<11} {'mode':<12}{'n':>3} {'events/s':>9}"
          f" {'reqs/s':>9} {'blocks/s':>8} {'p50 ms':>8} {'p99 ms':>8}"
          f" {'cpu us':>8} {'x rate':>7} {'x p50':>7}")
    for key in points:
        row(points, key)


def scale(points):
    """What more members cost, all of them on this machine's processors."""
    print("\nof 4 members' rate, that of more members, times smaller;"
          " and their p50, times longer")
    for (point, mode, n), runs in points.items():
        base = points.get((point, mode, 4))
        if not base or n <= 4:
            continue
        print(f"{point:<11} {mode:<12}{n:>3}"
              f" {median(base, 'events_per_s') / median(runs, 'events_per_s'):>8.2f}"
              f" {median(runs, 'p50_us') / median(base, 'p50_us'):>8.2f}")


def stalls(points):
    """Member 0, the first leader, is silent, slow or floods."""
    print("\none controller faulty: the longest time nobody was answered, times"
          " that this was more than 50 ms, and what the others counted")
    print(f"{'point':<11} {'mode':<12}{'n':>3} {'stall ms':>9} {'stalls':>7}"
          f" {'resent':>7} {'dummies':>8} {'slow':>5} {'terms':>6}"
          f" {'timeout ms':>11}")
    for key, runs in points.items():
        if not key[0].endswith(("silent", "slow", "flood")):
            continue
        others = [m for _, ms in runs.values() for m in ms
                  if m["member"] != "0"]
        most = {name: max((int(m[name]) for m in others), default=0)
                for name in ("dummies", "slow_leaders", "term", "timeout_ms")}
        print(f"{key[0]:<11} {key[1]:<12}{key[2]:>3}"
              f" {millis(median(runs, 'stall_max_us')):>9}"
              f" {number(median(runs, 'stalls')):>7}"
              f" {number(median(runs, 'resent')):>7} {most['dummies']:>8}"
              f" {most['slow_leaders']:>5} {most['term']:>6}"
              f" {most['timeout_ms']:>11}")


def costs(points):
    print("\na member's time for an event, in microseconds of the processor:"
          " checking requests, votes, the rest of\nthe core, everything else;"
          " and waiting for the disk")
    print(f"{'point':<11} {'mode':<12}{'n':>3} {'check':>8} {'votes':>8}"
          f" {'core':>8} {'shell':>8} {'sync':>8} {'events/sync':>12} {'us/sync':>8}")
    for key, runs in points.items():
        part = {name: per_event(runs, name) for name in (
            "check_us", "sign_us", "verify_us", "step_us", "sync_us",
            "syncs", "cpu_us")}
        if part["step_us"] is None or not part["syncs"]:
            continue
        n = key[2]
        votes = part["sign_us"] + part["verify_us"]
        core = part["step_us"] - votes - part["check_us"]
        print(f"{key[0]:<11} {key[1]:<12}{n:>3} {part['check_us'] / n:>8.2f}"
              f" {votes / n:>8.2f} {core / n:>8.2f}"
              f" {(part['cpu_us'] - part['step_us']) / n:>8.2f}"
              f" {part['sync_us'] / n:>8.2f} {n / part['syncs']:>12.1f}"
              f" {part['sync_us'] / part['syncs']:>8.0f}")


def main():
    points, keys = read(sys.argv[1])
    for kind, pairs in keys.items():
        print(f"{kind}: sign {statistics.median(p[0] for p in pairs):.0f} us,"
              f" verify {statistics.median(p[1] for p in pairs):.0f} us")
    table(points)
    scale(points)
    stalls(points)
    costs(points)
    print("\nothers, for orientation: their processes on a machine of this"
          " kind, not in this run")
    for name, rate, latency in REFERENCE:
        print(f"  {name:<62} {rate:>18} {latency:>16}")


if __name__ == "__main__":
    main()
