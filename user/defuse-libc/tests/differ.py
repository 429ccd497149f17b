#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""differ.py MOUNT PLAIN [SEED [STEPS]]

Does the same random file operations in two directories, one on a defuse mount
and one on an ordinary file system, and compares every result: values, errno,
positions, bytes, attributes.  Run it under the patched C library.  Says the
seed of a difference; the last line counts.  DIFFER_WITHOUT=NAME,... leaves out
operations that the library does not offer; lseek means directories too.
"""
import errno
import os
import random
import shutil
import sys

NAMES = ["a", "b", "c", "d1", "d1/x", "d1/y", "d2", "d2/z", "l1", "l2", "d1/l3", "no/way",
         ".", "d1/.", "d1/..", "a/", "d1/", "l1/x", "d1/../a"]
WITHOUT = os.environ.get("DIFFER_WITHOUT", "").split(",")
FLAGS = [os.O_RDONLY, os.O_WRONLY, os.O_RDWR]
EXTRA = [0, 0, os.O_CREAT, os.O_CREAT, os.O_CREAT | os.O_EXCL, os.O_TRUNC, os.O_APPEND,
         os.O_CREAT | os.O_APPEND, os.O_DIRECTORY, os.O_NOFOLLOW, os.O_PATH,
         os.O_CREAT | os.O_TRUNC, os.O_CREAT | os.O_DIRECTORY]


def view(st, devs):
    """What must be the same of a struct stat."""
    devs.add(st.st_dev)
    size = st.st_size if not (st.st_mode & 0o170000) == 0o040000 else 0
    return (st.st_mode, st.st_nlink if size else 0, st.st_uid, st.st_gid, size)


class Side:
    """One directory: its name, open FDs in order of opening, device numbers seen."""

    def __init__(self, top):
        self.top = top
        self.fds = {}
        self.devs = set()
        self.inos = {}

    def path(self, name):
        return self.top + "/" + name

    def run(self, call):
        try:
            return call(self)
        except OSError as e:
            return ("error", errno.errorcode.get(e.errno, e.errno))


class Differ:
    def __init__(self, mount, plain, seed):
        self.sides = [Side(mount), Side(plain)]
        self.rng = random.Random(seed)
        self.seed = seed
        self.count = 0
        self.failed = 0
        self.serial = 0

    def both(self, what, call):
        results = [side.run(call) for side in self.sides]
        self.count += 1
        if results[0] != results[1]:
            self.failed += 1
            print(f"seed {self.seed} step {self.count}: {what}\n"
                  f"\tmount {results[0]!r}\n\tplain {results[1]!r}", flush=True)
            return None
        return results[1]

    def some_fd(self):
        return self.rng.choice(list(self.sides[1].fds)) if self.sides[1].fds else None

    def do_open(self):
        name, key = self.rng.choice(NAMES), self.serial
        # A FIFO must not stop the test.
        flags = self.rng.choice(FLAGS) | self.rng.choice(EXTRA) | os.O_NONBLOCK
        self.serial += 1
        if len(self.sides[1].fds) > 12:
            return self.do_close()

        def call(s):
            s.fds[key] = os.open(s.path(name), flags, 0o640)
            return "opened"
        if self.both(f"open {name} {flags:o}", call) != "opened":
            for s in self.sides:
                if key in s.fds:
                    os.close(s.fds.pop(key))

    def do_close(self):
        key = self.some_fd()
        if key is not None:
            self.both(f"close #{key}", lambda s: os.close(s.fds.pop(key)))

    def do_dup(self):
        key, new = self.some_fd(), self.serial
        self.serial += 1
        if key is None or len(self.sides[1].fds) > 12:
            return

        def call(s):
            s.fds[new] = os.dup(s.fds[key])
        self.both(f"dup #{key}", call)

    def do_dup2(self):
        a, b = self.some_fd(), self.some_fd()
        if a is not None:
            self.both(f"dup2 #{a} #{b}", lambda s: os.dup2(s.fds[a], s.fds[b]) == s.fds[b])

    def do_io(self):
        key, n, off = self.some_fd(), self.rng.randrange(5000), self.rng.randrange(-1, 9000)
        data = bytes(self.rng.randrange(256) for _ in range(7)) * (n // 7)
        if key is None:
            return
        calls = {
            "read": lambda s: os.read(s.fds[key], n),
            "write": lambda s: os.write(s.fds[key], data),
            "pread": lambda s: os.pread(s.fds[key], n, off),
            "pwrite": lambda s: os.pwrite(s.fds[key], data, off),
            "readv": lambda s: self.readv(s.fds[key], [n, 0, 3, off]),
            "writev": lambda s: os.writev(s.fds[key], [data, b"", b"tail", data]),
            "preadv": lambda s: os.preadv(s.fds[key], [bytearray(n)], max(off, 0)),
            "pwritev": lambda s: os.pwritev(s.fds[key], [data, b"x"], max(off, 0)),
            "lseek": lambda s: os.lseek(s.fds[key], off, off % 3),
            "lseek_data": lambda s: ("lseek" in WITHOUT and not self.regular(s, key)) or
                          os.lseek(s.fds[key], max(off, 0), os.SEEK_DATA) >= 0,
            "ftruncate": lambda s: os.ftruncate(s.fds[key], off),
            "fsync": lambda s: os.fsync(s.fds[key]),
            "fstat": lambda s: view(os.fstat(s.fds[key]), s.devs),
            "fchmod": lambda s: os.fchmod(s.fds[key], 0o600 + n % 64),
            "posix_fallocate": lambda s: os.posix_fallocate(s.fds[key], n, 10),
            "sendfile": lambda s: os.sendfile(s.fds[key], s.fds[key], 0, n),
            "getfl": lambda s: self.getfl(s.fds[key]),
            "setfl": lambda s: self.setfl(s.fds[key], n),
            "tell": lambda s: os.lseek(s.fds[key], 0, 1) if self.regular(s, key) else 0,
        }
        what = self.rng.choice([c for c in calls if c not in WITHOUT])
        self.both(f"{what} #{key} {n} {off}", calls[what])
        self.both(f"position after {what} #{key}", calls["tell"])

    @staticmethod
    def regular(s, key):
        return os.fstat(s.fds[key]).st_mode & 0o170000 == 0o100000

    @staticmethod
    def readv(fd, sizes):
        bufs = [bytearray(max(n, 0)) for n in sizes]
        n = os.readv(fd, bufs)
        return n, b"".join(bufs)[:n]

    @staticmethod
    def getfl(fd):
        import fcntl
        return fcntl.fcntl(fd, fcntl.F_GETFL)

    @staticmethod
    def setfl(fd, n):
        import fcntl
        return fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND if n % 3 == 0 else 0)

    def do_name(self):
        one, two = self.rng.choice(NAMES), self.rng.choice(NAMES)
        n, follow = self.rng.randrange(6000), self.rng.random() < .5
        calls = {
            "mkdir": lambda s: os.mkdir(s.path(one), 0o751),
            "rmdir": lambda s: os.rmdir(s.path(one)),
            "unlink": lambda s: os.unlink(s.path(one)),
            "rename": lambda s: os.rename(s.path(one), s.path(two)),
            "link": lambda s: os.link(s.path(one), s.path(two), follow_symlinks=follow),
            "symlink": lambda s: os.symlink(two, s.path(one)),
            "readlink": lambda s: os.readlink(s.path(one)),
            "chmod": lambda s: os.chmod(s.path(one), 0o600 + n % 0o100),
            "chown": lambda s: os.chown(s.path(one), n % 3, -1, follow_symlinks=follow),
            "truncate": lambda s: os.truncate(s.path(one), n),
            "utime": lambda s: os.utime(s.path(one), ns=(n, n + 1), follow_symlinks=follow),
            "access": lambda s: os.access(s.path(one), n % 8),
            "mkfifo": lambda s: os.mkfifo(s.path(one), 0o600),
            "xattr": lambda s: os.setxattr(s.path(one), "trusted.test", b"x"),
            "stat": lambda s: view(os.stat(s.path(one), follow_symlinks=follow), s.devs),
            "mtime": lambda s: n and os.utime(s.path(one), ns=(5, 7)) or
                     os.stat(s.path(one)).st_mtime_ns,
            "listdir": lambda s: sorted(os.listdir(s.path(one))),
            "scandir": lambda s: sorted((e.name, e.is_dir(follow_symlinks=False))
                                        for e in os.scandir(s.path(one))),
            "statvfs": lambda s: os.statvfs(s.path(one)).f_namemax,
        }
        what = self.rng.choice([c for c in calls if c not in WITHOUT])
        self.both(f"{what} {one} {two} {follow}", calls[what])

    def do_dirfd(self):
        key, name = self.some_fd(), self.rng.choice(["x", "y", "new", "..", "../a", "."])
        if key is None:
            return
        calls = {
            "fstatat": lambda s: view(os.stat(name, dir_fd=s.fds[key]), s.devs),
            "mkdirat": lambda s: os.mkdir(name, dir_fd=s.fds[key]),
            "unlinkat": lambda s: os.unlink(name, dir_fd=s.fds[key]),
            "openat": lambda s: os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK, dir_fd=s.fds[key])),
            "fdlist": lambda s: sorted(os.listdir(s.fds[key])),
            "fchdir": lambda s: (os.fchdir(s.fds[key]), sorted(os.listdir(".")),
                                 os.chdir("/"))[1],
        }
        what = self.rng.choice([c for c in calls if c not in WITHOUT])
        self.both(f"{what} #{key} {name}", calls[what])

    def do_chdir(self):
        name, new = self.rng.choice(NAMES), self.rng.choice(["x", "y", "a", "../a", "l1"])

        def call(s):
            try:
                os.chdir(s.path(name))
                fd = os.open(new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK)
                os.write(fd, b"appended")
                os.close(fd)
                return os.path.exists(new), os.path.getsize(new)
            finally:
                os.chdir("/")
        self.both(f"chdir {name} and append to {new}", call)

    def do_child(self):
        """A fork that works with the parent's FD; then an exec'ed program that does."""
        key = self.some_fd()
        if key is None:
            return

        def forked(s):
            pid = os.fork()
            if not pid:
                try:
                    os.write(s.fds[key], b"child")
                    os._exit(0)
                except OSError as e:
                    os._exit(e.errno)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

        def execed(s):
            os.set_inheritable(s.fds[key], True)
            pid = os.posix_spawn("/bin/sh", ["sh", "-c", "echo spawned >&9 2>/dev/null; cat <&9 2>&1"],
                                 os.environ, file_actions=[
                                     (os.POSIX_SPAWN_DUP2, s.fds[key], 9),
                                     (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                                     (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

        if self.rng.random() < .6:
            self.both(f"fork writes #{key}", forked)
        else:
            self.both(f"program writes and reads #{key}", execed)
        self.both(f"size after child #{key}", lambda s: view(os.fstat(s.fds[key]), s.devs))

    def tree(self):
        def call(s):
            out = []
            for top, dirs, files in os.walk(s.top):
                dirs.sort()
                for f in sorted(files):
                    p = os.path.join(top, f)
                    st = os.lstat(p)
                    data = b""
                    if st.st_mode & 0o170000 == 0o100000:
                        with open(p, "rb") as o:
                            data = o.read()
                    out.append((os.path.relpath(p, s.top), st.st_mode, st.st_nlink, data))
            return out
        self.both("whole tree", call)

    def run(self, steps):
        ways = ([self.do_open] * 6 + [self.do_close] * 3 + [self.do_dup, self.do_dup2] +
                [self.do_io] * 14 + [self.do_name] * 10 + [self.do_dirfd] * 4 + [self.do_chdir])
        for i in range(steps):
            self.rng.choice(ways)()
            if i % 150 == 149:
                self.do_child()
            if i % 500 == 499:
                self.tree()
            if self.failed > 5:
                break
        for s in self.sides:
            for fd in s.fds.values():
                os.close(fd)
            s.fds.clear()
        self.tree()
        if len(self.sides[0].devs) != 1:
            self.failed += 1
            print(f"seed {self.seed}: st_dev of the mount is {self.sides[0].devs}")


def main():
    tops = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    steps = int(sys.argv[4]) if len(sys.argv) > 4 else 3000
    os.umask(0o022)
    for top in tops: # ".." of what we work in must be the same too
        shutil.rmtree(top + "/differ", ignore_errors=True)
        os.mkdir(top + "/differ", 0o755)
    mount, plain = (top + "/differ" for top in tops)
    d = Differ(mount, plain, seed)
    d.run(steps)
    print(f"{d.count - d.failed} passed, {d.failed} failed")
    return 1 if d.failed or d.count < steps // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
