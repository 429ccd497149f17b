#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""SQLite in WAL mode: a writer, and readers that map the file, all at once.

usage: wal.py ROUNDS

Every transaction moves an amount from one row to another.  A reader that ever sees
another sum, or fewer transactions than it saw before, has found something wrong.
"""

import os
import sqlite3
import sys

ROWS = 200
SUM = ROWS * 1000


def connect(name, mmap):
    """A connection as all of them have it."""
    db = sqlite3.connect(name, timeout=120, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA mmap_size={mmap}")
    db.execute("PRAGMA wal_autocheckpoint=20")
    return db


def write(rounds):
    """The writer."""
    db = connect("wal.db", 1 << 20)
    for i in range(rounds):
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE t SET n = n - ? WHERE id = ?", (i % 7, i * 13 % ROWS))
        db.execute("UPDATE t SET n = n + ? WHERE id = ?", (i % 7, i * 29 % ROWS))
        db.execute("INSERT INTO log VALUES(?, ?)", (i, "x" * (i % 500)))
        db.execute("ROLLBACK" if i % 10 == 9 else "COMMIT")


def read(mmap, done):
    """A reader, until the writer's last transaction."""
    db = connect("wal.db", mmap)
    last = n = 0
    while last < done:
        db.execute("BEGIN")
        total = db.execute("SELECT sum(n) FROM t").fetchone()[0]
        last_now = db.execute("SELECT count(*) FROM log").fetchone()[0]
        db.execute("COMMIT")
        if total != SUM or last_now < last:
            print(f"sum {total}, {last_now} after {last}", flush=True)
            return 1
        last = last_now
        n += 1
    return 0


def main():
    """Starts them and says how they ended."""
    rounds = int(sys.argv[1])
    db = connect("wal.db", 0)
    db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER)")
    db.execute("CREATE TABLE log(i INTEGER, text TEXT)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO t VALUES(?, 1000)", [(i,) for i in range(ROWS)])
    db.execute("COMMIT")
    db.close()
    done = rounds - rounds // 10
    jobs = []
    for job in range(4):
        pid = os.fork()
        if pid == 0:
            os._exit(write(rounds) or 0 if job == 0
                     else read((0, 1 << 16, 1 << 22)[job - 1], done))
        jobs.append(pid)
    print([os.waitpid(pid, 0)[1] for pid in jobs])


main()
