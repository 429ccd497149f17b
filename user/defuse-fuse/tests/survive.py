#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""survive.py MOUNT SUPERVISOR_PID

The server of a FUSE mount is killed again and again: what is open stays open, names
lead where they led, and of what was acknowledged nothing is lost.  A call that the
server had taken when it died fails with ECONNABORTED; nothing else may fail.
"""
import errno
import os
import signal
import sys
import threading
import time

THREADS, ROUNDS, KILLS = 6, 120, 12
PATIENCE_S = 240


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(p) for p in f.read().split()]


def kill_server(supervisor):
    """Kills the server, and comes back when there is another."""
    old = children(supervisor)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    while not set(children(supervisor)) - set(old):
        time.sleep(0.01)


def again(call):
    """Repeats what the dying server took with it.  Returns the result, and how often."""
    for n in range(1000):
        try:
            return call(), n
        except OSError as e:
            if e.errno != errno.ECONNABORTED:
                raise
    raise AssertionError("never answered")


class Worker(threading.Thread):
    """Works in a directory of its own, through one FD kept open all the time."""

    def __init__(self, top, number, struck):
        super().__init__()
        self.struck = struck
        self.top = f"{top}/{number}"
        self.checks = self.aborted = 0
        self.error = None

    def run(self):
        try:
            self.work()
        except BaseException as e:      # reported by the main thread
            self.error = repr(e)

    def same(self, want, got):
        self.checks += 1
        assert want == got, (self.top, want, got)

    def do(self, call, done=()):
        """A call; @done: errors that say that it was carried out the first time."""
        for n in range(1000):
            try:
                return call()
            except OSError as e:
                if n and e.errno in done:
                    return None
                if e.errno != errno.ECONNABORTED:
                    raise
                self.aborted += 1
        raise AssertionError("never answered")

    def work(self):
        self.do(lambda: os.mkdir(self.top), (errno.EEXIST,))
        kept = self.do(lambda: os.open(self.top + "/kept", os.O_RDWR | os.O_CREAT, 0o600))
        directory = self.do(lambda: os.open(self.top, os.O_RDONLY | os.O_DIRECTORY))
        for n in range(ROUNDS):
            if n == ROUNDS // 2:
                self.struck.wait(PATIENCE_S)
            text = b"%06d" % n
            self.do(lambda: os.pwrite(kept, text, 6 * n))
            self.same(text, self.do(lambda: os.pread(kept, 6, 6 * n)))
            name, new = f"{self.top}/n{n}", f"{self.top}/m{n}"
            fd = self.do(lambda: os.open(name, os.O_RDWR | os.O_CREAT, 0o600))
            self.do(lambda: os.write(fd, text) if not os.lseek(fd, 0, 0) else None)
            self.do(lambda: os.rename(name, new), (errno.ENOENT,))
            self.same(6, self.do(lambda: os.stat(new)).st_size)
            self.same(text, self.do(lambda: os.pread(fd, 10, 0)))
            os.close(fd)
            if n % 3:
                self.do(lambda: os.unlink(new), (errno.ENOENT,))
            self.same(6 * n + 6, self.do(lambda: os.fstat(kept)).st_size)
        want = sorted(["kept"] + [f"m{n}" for n in range(0, ROUNDS, 3)])
        self.same(want, sorted(self.do(lambda: os.listdir(directory))))
        self.same(b"".join(b"%06d" % n for n in range(ROUNDS)),
                  self.do(lambda: os.pread(kept, 10 * ROUNDS, 0)))
        os.close(directory)
        os.close(kept)


def main():
    mount, supervisor = sys.argv[1], int(sys.argv[2])
    passed = failed = 0

    # One at a time: an open file, a working directory, a name, a hole in time.
    os.mkdir(mount + "/cwd")
    with open(mount + "/cwd/f", "w") as f:
        f.write("before")
    os.chdir(mount + "/cwd")
    fd = os.open("f", os.O_RDWR)
    os.rename(mount + "/cwd", mount + "/moved")
    kill_server(supervisor)
    for want, call in [(b"before", lambda: os.read(fd, 100)),
                       (["f"], lambda: os.listdir(".")),
                       (6, lambda: os.fstat(fd).st_size),
                       (6, lambda: os.stat("f").st_size),
                       (5, lambda: os.write(fd, b"after")),
                       (b"beforeafter", lambda: os.pread(fd, 100, 0))]:
        got = again(call)[0]
        passed, failed = (passed + 1, failed) if got == want else (passed, failed + 1)
        if got != want:
            print(f"after the server's death: want {want!r}, got {got!r}")
    os.close(fd)
    os.chdir("/")

    struck = threading.Event()      # nobody is through before the first kill
    workers = [Worker(mount, n, struck) for n in range(THREADS)]
    for w in workers:
        w.start()
    kills = 0
    while kills < KILLS and any(w.is_alive() for w in workers):
        time.sleep(0.15)        # let them work: too early only makes the test easier
        kill_server(supervisor)
        struck.set()
        kills += 1
    for w in workers:
        w.join()
        passed += w.checks
        if w.error:
            failed += 1
            print(w.error)
    aborted = sum(w.aborted for w in workers)
    print(f"{kills} servers killed, {aborted} calls taken with them")
    if not kills:
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
