#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink interface of ovs_quorum.ko, command by command, refusal by refusal.

usage: interface.py
       interface.py fuzz SECONDS [SEED]

As root, in a virtual machine, with the module loaded.  Needs no datapath and no
Open vSwitch.  Each group of cases has a network namespace of its own, so it finds
no switch and leaves none.  Every refusal must have its error code and its words.
fuzz: random and damaged messages; the kernel must answer, and live.

Last line: N passed, N failed.
"""

import os
import sys
import traceback

import configured
import hostile
import locked
import submitted
from genl import in_namespace
from tally import Tally

GROUPS = configured.GROUPS + submitted.GROUPS + locked.GROUPS


def run_group(group, out):
    """In the child: the cases of one group; how many passed and failed."""
    tally = Tally()
    try:
        group(tally)
    except Exception:
        tally.check(False, f"{group.__name__}: {traceback.format_exc()}")
    os.write(out, f"{tally.passed} {tally.failed}".encode())
    sys.stdout.flush()
    return 0


def main():
    if sys.argv[1:2] == ["fuzz"]:
        seed = int(sys.argv[3]) if len(sys.argv) > 3 else os.getpid()
        sys.exit(in_namespace(hostile.fuzz, float(sys.argv[2]), seed))
    passed = failed = 0
    for group in GROUPS:
        back, out = os.pipe()
        sys.stdout.flush()
        in_namespace(run_group, group, out)
        os.close(out)
        counts = os.read(back, 64).split()
        os.close(back)
        if len(counts) != 2:
            print(f"FAIL: {group.__name__} ended without a result")
            failed += 1
            continue
        print(f"{group.__name__}: {int(counts[0])} passed, "
              f"{int(counts[1])} failed", flush=True)
        passed += int(counts[0])
        failed += int(counts[1])
    ok = locked.module_is_free()
    passed, failed = passed + ok, failed + (not ok)
    if not ok:
        print("FAIL: the module is still in use by a namespace that is gone")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


if __name__ == "__main__":
    main()
