# SPDX-License-Identifier: GPL-2.0
"""What Python programs do with files, below the current directory."""

import ctypes
import hashlib
import io
import json
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

sys.dont_write_bytecode = False


def text():
    with open("text", "w+", encoding="utf-8") as f:
        f.writelines(f"line {n} äöü\n" for n in range(1000))
        f.seek(0)
        lines = f.readlines()
        f.truncate(100)
    print(len(lines), lines[-1].strip(), os.path.getsize("text"))


def binary():
    data = bytes(range(256)) * 512
    with open("binary", "wb", buffering=0) as f:
        for at in range(0, len(data), 1000):
            f.write(data[at:at + 1000])
    with open("binary", "rb") as f:
        f.seek(-10, io.SEEK_END)
        tail = f.read()
    fd = os.open("binary", os.O_RDWR)
    os.pwrite(fd, b"patch", 4000)
    print(os.pread(fd, 9, 3998), tail, os.fstat(fd).st_size)
    os.lseek(fd, 65536, os.SEEK_SET)
    print(os.readv(fd, [bytearray(3), bytearray(4)]),
          os.lseek(fd, 0, os.SEEK_CUR))
    os.close(fd)
    with open("binary", "rb") as f:
        print(hashlib.sha256(f.read()).hexdigest())


def children():
    """subprocess uses vfork, Popen with a file as every standard stream."""
    with open("child-out", "wb") as out, open("text", "rb") as text_in:
        subprocess.run(["cat"], stdin=text_in, stdout=out, check=True)
        out.flush()
        subprocess.run(["/bin/sh", "-c", "echo error >&2"], stderr=out,
                       env={}, check=True)
        os.write(out.fileno(), b"parent\n")
    with open("child-out", "rb") as f:
        print(hashlib.md5(f.read()).hexdigest())
    fd = os.open("spawned", os.O_WRONLY | os.O_CREAT, 0o644)
    pid = os.posix_spawn("/bin/echo", ["echo", "spawned"], {},
                         file_actions=[(os.POSIX_SPAWN_DUP2, fd, 1)])
    os.waitpid(pid, 0)
    pid = os.posix_spawn("/bin/echo", ["echo", "opened"], {}, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "spawned2", os.O_WRONLY | os.O_CREAT, 0o644)])
    os.waitpid(pid, 0)
    os.write(fd, b"after\n")
    os.close(fd)
    print(open("spawned").read(), open("spawned2").read())
    print(os.popen("cat spawned; ls | wc -l > popen-out").read())
    pid = os.fork()
    if pid == 0:
        with open("spawned", "a") as f:
            f.write("forked\n")
        os._exit(0)
    os.waitpid(pid, 0)
    print(open("spawned").read().split())


def threads():
    def work(n):
        for k in range(20):
            with open(f"thread-{n}", "a") as f:
                f.write(f"{k}\n")
            with open("together", "ab", buffering=0) as f:
                f.write(b"%d %02d\n" % (n, k))
    all_of_them = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in all_of_them:
        t.start()
    for t in all_of_them:
        t.join()
    with open("together") as f:
        lines = sorted(f)
    with open("together", "w") as f:
        f.writelines(lines)
    print(len(lines), len(set(lines)), os.path.getsize("thread-3"))


def maps():
    with open("mapped", "w+b") as f:
        f.write(b"." * 10000)
        f.flush()
        with mmap.mmap(f.fileno(), 0) as m:
            m[5000:5005] = b"HELLO"
            m.flush()
            f.seek(4999)
            print(f.read(7))
            f.seek(100)
            f.write(b"written")
            f.flush()
            print(m[100:107])


def trees():
    os.makedirs("tree/one/two")
    for n in range(30):
        with open(f"tree/one/f{n}", "w") as f:
            json.dump({"n": n}, f)
    shutil.copytree("tree", "tree2")
    print(sorted(e.name for e in os.scandir("tree2/one"))[:3],
          sum(len(files) for _, _, files in os.walk("tree2")))
    os.rename("tree2", "tree3")
    os.replace("tree3/one/f1", "tree3/one/f2")
    os.link("tree3/one/f3", "linked")
    os.symlink("linked", "symbolic")
    print(os.readlink("symbolic"), os.stat("symbolic").st_nlink,
          json.load(open("symbolic")))
    os.utime("linked", ns=(1_000_000_001, 2_000_000_003))
    print(os.stat("linked").st_mtime_ns)
    with zipfile.ZipFile("zip", "w") as z:
        for n in range(10):
            z.writestr(zipfile.ZipInfo(f"f{n}"), b"text" * n)
    with zipfile.ZipFile("zip") as z:
        print(z.testzip(), len(z.namelist()))
    shutil.rmtree("tree")
    with tempfile.NamedTemporaryFile(dir=".") as f:
        f.write(b"x" * 10)
        f.flush()
        print(os.stat(f.name).st_size)
    with tempfile.TemporaryFile(dir=".") as f:
        f.write(b"nameless")
        f.seek(0)
        print(f.read())
    for call in (lambda: open("nowhere/file"), lambda: os.mkdir("linked"),
                 lambda: os.rmdir("tree3"), lambda: os.listdir("linked"),
                 lambda: os.open("linked", os.O_CREAT | os.O_EXCL)):
        try:
            call()
        except OSError as e:
            print(type(e).__name__, e.errno)


def modules():
    """A module and a shared object that lie where the data lies."""
    with open("piece_module.py", "w") as f:
        f.write("ANSWER = 42\n")
    sys.path.insert(0, os.getcwd())
    import piece_module
    print(piece_module.ANSWER, os.path.exists("__pycache__"))
    library = "../gcc/libshared.so"
    if os.path.exists(library):
        print(ctypes.CDLL(os.path.abspath(library)).twice(4))


for part in (text, binary, children, threads, maps, trees, modules):
    print(f"[{part.__name__}]", flush=True)
    part()
