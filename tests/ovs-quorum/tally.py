# SPDX-License-Identifier: GPL-2.0
"""Counting what was as it must be."""

import errno
import sys

from genl import Refused


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, words):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            at = sys._getframe(1)
            while at.f_code.co_filename == __file__:
                at = at.f_back
            print(f"FAIL {at.f_code.co_name}:{at.f_lineno}: {words}", flush=True)

    def same(self, want, got, words=""):
        self.check(want == got, f"want {want!r}, got {got!r} {words}")

    def refused(self, code, words, function, *args, **kwargs):
        """It must fail with this code, and these words among others."""
        try:
            function(*args, **kwargs)
        except Refused as e:
            self.check(e.errno == code and words in (e.words or ""),
                       f"want {errno.errorcode[code]} '{words}', got "
                       f"{errno.errorcode.get(e.errno)} '{e.words}'")
        else:
            self.check(False, f"not refused: want {errno.errorcode[code]} "
                              f"'{words}'")
