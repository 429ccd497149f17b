#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR: the tables of `make bench-gate`, from DIR/instructions and DIR/traffic.

Lines of gatebench are `LABEL... MEDIAN P10 P90 MEAN NR`, in instructions; a ratio
is to the first of a row's columns, above 1 is dearer.  Lines of traffic.sh are
`iperf WHO BITS_PER_SECOND` and `storm NAME PACKETS MS REFUSED EXECUTE_REFUSED TICKS
MUZZLES`.
"""

import os
import statistics
import sys

STAGES = ("absent", "unguarded", "verify", "enforce")
SIZES = ("10", "100", "1000", "10000")
SCHEMES = {"rsa2": "RSA-3072, 2 signers", "rsa3": "RSA-3072, 3 signers",
           "ecdsa2": "ECDSA P-256, 2 signers", "bls3": "BLS, group of 4, t = 3"}
OPERATIONS = {"put": "flow put", "execute": "packet execute",
              "udp-18": "packet, 18 bytes of UDP",
              "udp-1400": "packet, 1400 bytes of UDP"}
PUTS = {"exact": "put, address of a rule", "near": "put, /17 beside the rules",
        "far": "put, /2 far from them", "straddle": "put, /18 with rules: refused"}
STORMS = {"approved": "approved", "muzzled": "refused",
          "stale": "refused, after revocation",
          "full": "refused, no muzzle left"}
MEDIAN, MEAN, NR = 0, 3, 4


def instructions(path):
    """{label: [median, p10, p90, mean, nr]}"""
    out = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            fields = line.split()
            out[" ".join(fields[:-5])] = [int(n) for n in fields[-5:]]
    return out


def row(name, values):
    """Each value, and all but the first as ratios to it."""
    print(f"{name:28}" + "".join(f"{v:>11,}" for v in values) +
          "".join(f"{v / values[0]:8.2f}" for v in values[1:]))


def head(name, columns):
    print(f"\n{name:28}" + "".join(f"{c:>11}" for c in columns) +
          "".join(f"{c[:7]:>8}" for c in columns[1:]))


def work(got):
    head("instructions", STAGES)
    for key, name in OPERATIONS.items():
        row(name, [got[f"{key} {s}"][MEDIAN] for s in STAGES])

    head("in enforce, by rules", SIZES)
    for key, name in PUTS.items():
        row(name, [got[f"{key} {s}"][MEDIAN] for s in SIZES])
    print(f"{'update of 64 rules, applied':28}" + f"{'-':>11}" * 2 + "".join(
        f"{got[f'apply {s}'][MEDIAN]:>11,}" for s in SIZES[2:]))
    gone, nr = got["revoke gone"][MEDIAN], got["admitted"][NR]
    print(f"an update that deletes a rule, with {nr:,} flows admitted: {gone:,}, "
          f"{gone // nr:,} a flow")

    print(f"\n{'instructions per update':28}{'alone':>13}{'to RSA, 2':>11}"
          f"{'64, mean':>13}{'to alone':>11}")
    base = got["verify rsa2"][MEDIAN]
    for key, name in SCHEMES.items():
        alone, batch = got[f"verify {key}"][MEDIAN], got[f"batch {key}"][MEAN]
        print(f"{name:28}{alone:>13,}{alone / base:>11.2f}{batch:>13,}"
              f"{batch / alone:>11.3f}")
    rest = statistics.median(got[f"batch {k}"][MEDIAN] for k in SCHEMES)
    print(f"{'the same, root known':28}{int(rest):>13,}{rest / base:>11.3f}")


def traffic(path):
    rates, storms = {}, {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            kind, name, *numbers = line.split()
            if kind == "iperf":
                rates.setdefault(name, []).append(int(numbers[0]) / 1e6)
            else:
                storms[name] = [int(n) for n in numbers]
    print(f"\n{'TCP, Mbit/s, by turns':28}" + f"{'median':>9}{'lowest':>9}{'highest':>9}")
    for name in ("absent", "enforce"):
        r = rates[name]
        print(f"{name:28}{statistics.median(r):9.0f}{min(r):9.0f}{max(r):9.0f}")
    ratio = (statistics.median(rates["enforce"]) /
             statistics.median(rates["absent"]))
    print(f"enforce to absent: {ratio:.2f} (above 1 is faster), "
          f"{len(rates['absent'])} runs each")

    print(f"\n{'a host sends':28}{'packets':>9}{'a second':>9}{'put ref.':>9}"
          f"{'exec ref.':>10}{'per pkt':>9}{'vswitchd ms':>12}{'muzzles':>9}")
    for key, name in STORMS.items():
        packets, ms, put, execute, ticks, muzzles = storms[key]
        print(f"{name:28}{packets:9}{packets * 1000 // ms:9}{put:9}{execute:10}"
              f"{(put + execute) / packets:9.3f}{ticks * 10:12}{muzzles:9}")


def main():
    work(instructions(os.path.join(sys.argv[1], "instructions")))
    traffic(os.path.join(sys.argv[1], "traffic"))


if __name__ == "__main__":
    main()
