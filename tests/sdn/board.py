# SPDX-License-Identifier: GPL-2.0
"""Says what is tried, tries it, keeps the score."""

import time

from command import Failed
from wait import Late


class Board:
    def __init__(self):
        self.passed = self.failed = 0

    def chapter(self, words):
        print(f"\n== {words}", flush=True)

    def say(self, text):
        for line in str(text).splitlines():
            print(f"       | {line}"[:150], flush=True)

    def must(self, words, attempt, *args):
        """attempt(*args) is true, and raises nothing that tells of a failure."""
        why, good, start = None, False, time.monotonic()
        try:
            good = attempt(*args)
        except (Late, Failed, OSError, AssertionError, KeyError, ValueError) as e:
            why = f"{type(e).__name__}: {e}"
        self.passed += bool(good)
        self.failed += not good
        verdict = "ok" if good else "FAIL"
        print(f"{verdict:4} {words} ({time.monotonic() - start:.1f} s)", flush=True)
        if why:
            self.say(why)
        return good

    def end(self):
        """The exit code"""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
