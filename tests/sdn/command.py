# SPDX-License-Identifier: GPL-2.0
"""Running programs to their end."""

import subprocess


class Failed(Exception):
    """A program that must succeed did not."""


def run(*words, text=None, good=(0,)):
    """What it prints; @text is its standard input."""
    done = subprocess.run([str(w) for w in words], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode not in good:
        raise Failed(f"{' '.join(str(w) for w in words)}: exit code "
                     f"{done.returncode}: {done.stdout.strip()[-600:]}")
    return done.stdout
