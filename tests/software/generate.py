#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Trees that are the same whenever they are made.

usage: generate.py files DIR COUNT	COUNT small files, a hundred to a directory
       generate.py change DIR STEP	change, add, move and remove some of them
       generate.py tar FILE COUNT	such a tree as an archive
"""

import hashlib
import io
import os
import sys
import tarfile


def content(i, step=0):
    """Between nothing and a few kilobytes, most of it text."""
    seed = hashlib.sha256(f"{i} {step}".encode()).hexdigest()
    return "".join(f"{n} {seed}\n" for n in range(i * 7 % 23)).encode()


def name(i):
    """Where file i lies."""
    return f"d{i // 100}/f{i}"


def files(root, count):
    """Write them."""
    for i in range(count):
        path = os.path.join(root, name(i))
        if i % 100 == 0:
            os.mkdir(os.path.dirname(path))
        with open(path, "wb") as f:
            f.write(content(i))


def change(root, step):
    """What happens to a tree between two commits."""
    present = sorted(n for n in os.listdir(root) if n.startswith("d"))
    for k, d in enumerate(present):
        inside = sorted(os.listdir(os.path.join(root, d)))
        if k % 4 == step % 4 and len(inside) > 3:
            with open(os.path.join(root, d, inside[0]), "wb") as f:
                f.write(content(k, step))
            os.rename(os.path.join(root, d, inside[1]),
                      os.path.join(root, d, f"moved{step}"))
            os.unlink(os.path.join(root, d, inside[2]))


def archive(path, count):
    """The tree as tar writes it with --sort=name."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        def add(member, data=None):
            info = tarfile.TarInfo(member)
            info.mtime = 1700000000
            info.mode = 0o644 if data is not None else 0o755
            info.type = tarfile.REGTYPE if data is not None else tarfile.DIRTYPE
            info.size = len(data or b"")
            tar.addfile(info, io.BytesIO(data or b""))

        add("./")
        for d in sorted(f"d{k}" for k in range((count + 99) // 100)):
            add(f"./{d}/")
            first = int(d[1:]) * 100
            for f in sorted(f"f{i}" for i in range(first, min(first + 100, count))):
                add(f"./{d}/{f}", content(int(f[1:])))


if __name__ == "__main__":
    {"files": files, "change": change, "tar": archive}[sys.argv[1]](
        sys.argv[2], int(sys.argv[3]))
