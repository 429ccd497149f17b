# SPDX-License-Identifier: GPL-2.0
"""Tables of what tests/bench-quorum/run measured."""

import os
import pathlib
import platform
import re
import statistics

# dissertation, table 2.3: one event, four controllers, BFT-SMaRt and Ryu
DISSERTATION = {"response": 11.42, "acknowledgement": 5.50, "quorum": 0.28,
                "agreement": 9.78, "processing": 1.36}


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    return name.group(1) if name else "?"


class Book:
    """Results of all rounds."""

    def __init__(self):
        self.results = {}       # (table, row, column): one of each round
        self.loads = []

    def add(self, _turn, table, row, column, result):
        self.results.setdefault((table, row, column), []).append(result)
        self.loads.append(os.getloadavg()[0])

    def median(self, table, row, column, name):
        found = [r[name] for r in self.results.get((table, row, column), ()) if name in r]
        return statistics.median(found) if found else None

    def of(self, table, part):
        """Rows (part 1) or columns (part 2) of a table, as they came."""
        return list(dict.fromkeys(k[part] for k in self.results if k[0] == table))

    def say(self, command, rounds, measure_ms):
        loads = self.loads or [0]
        print(f"command: {command}")
        print(f"host: {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs of"
              f" {processor()}")
        print(f"load average while it ran: {min(loads):.1f} to {max(loads):.1f},"
              f" median {statistics.median(loads):.1f}")
        print(f"medians of {rounds} rounds of {measure_ms} ms after {measure_ms // 3} ms")
        self.systems()
        self.named("procedure", "procedure, 4 switches")
        self.named("attack", "the first leader is hostile, 4 switches: what it does")
        self.real()
        self.stages()
        self.costs()

    def systems(self):
        for table, names, what in (
                ("throughput", ("rate",), "set-ups a second, 512 on the way"),
                ("latency", ("p50", "p10", "p99"), "set-up, ms, one on the way at each switch")):
            columns = self.of(table, 2)
            print(f"\n{what}\n{'switches':<14}"
                  + "".join(f"{c:>{8 * len(names) + 8}}" for c in columns))
            print(" " * 14 + "".join("".join(f"{n:>8}" for n in names) + f"{'ratio':>8}"
                                     for _ in columns))
            for row in self.of(table, 1):
                cells = [self.cell(table, row, c, names) for c in columns]
                print(f"{row:<14}" + "".join(cells))

    def cell(self, table, row, column, names):
        values = [self.median(table, row, column, n) for n in names]
        base = self.median(table, "os-ken", column, names[0])
        if values[0] is None:
            return f"{'-':>{8 * len(names) + 8}}"
        ratio = values[0] / base if base else None
        digits = 0 if names[0] == "rate" else 2
        return ("".join(f"{v:>8.{digits}f}" for v in values)
                + (f"{ratio:>8.2f}" if ratio is not None else f"{'-':>8}"))

    def named(self, table, title):
        rows = self.of(f"{table} throughput", 1)
        for row in rows:
            print(f"\n{title} ({row})")
            print(f"{'':<14}{'set-ups/s':>10}{'updates/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
            for column in self.of(f"{table} throughput", 2):
                fast = (f"{table} throughput", row, column)
                slow = (f"{table} latency", row, column)
                print(f"{column:<14}{self.number(*fast, 'rate', 10, 0)}"
                      f"{self.number(*fast, 'updates_rate', 10, 0)}"
                      f"{self.number(*slow, 'p50', 9, 2)}{self.number(*slow, 'p99', 9, 2)}")

    def real(self):
        rows = self.of("real", 1)
        if rows:
            print("\na new address at Open vSwitch, ms until its packet arrives, one after the"
                  f" other\n{'':<14}{'p50':>8}{'p10':>8}{'p99':>8}{'ratio':>8}{'count':>8}")
        for row in rows:
            print(f"{row:<14}{self.cell('real', row, '', ('p50', 'p10', 'p99'))}"
                  f"{self.number('real', row, '', 'count', 8, 0)}")

    def number(self, table, row, column, name, width, digits):
        value = self.median(table, row, column, name)
        return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"

    def stages(self):
        stages = list(DISSERTATION)
        print("\none event at one switch, mean ms (dissertation, table 2.3)\n"
              f"{'':<14}" + "".join(f"{s:>16}" for s in stages))
        print(f"{'dissertation':<14}" + "".join(f"{v:>16.2f}" for v in DISSERTATION.values()))
        for row in self.of("latency", 1):
            if row != "os-ken":
                print(f"{row:<14}" + "".join(
                    self.number("latency", row, 1, "stage_" + s, 16, 2) for s in stages))

    def costs(self):
        print("\nwhat it takes at full load, each set-up: us of the processor, and counts for"
              " all controllers together\n"
              f"{'':<14}{'switches':>9}{'quorumd':>9}{'agents':>9}{'os-ken':>9}"
              f"{'ev/block':>9}{'ev/bundle':>10}{'upd/sig':>9}{'ev/sync':>9}{'resent':>9}")
        for row in self.of("throughput", 1):
            for column in self.of("throughput", 2):
                key = ("throughput", row, column)
                print(f"{row:<14}{column:>9}" + "".join(
                    self.number(*key, name, width, 1) for name, width in (
                        ("us_quorumd", 9), ("us_agent", 9), ("us_os-ken", 9),
                        ("per_block", 9), ("per_bundle", 10), ("per_signature", 9),
                        ("per_sync", 9), ("ashlar_updates_resent_total", 9))))
