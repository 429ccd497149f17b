#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""optional.py MOUNT has|caches|lacks [PLAIN]

What a library need not have: statfs, fchmod, fchown, futime, fallocate, seek, flush.
"has": it has all but flush; "caches": the same, but the kernel keeps pages, so there are no
holes; "lacks": it has flush alone, and says EDQUOT to files of 666 bytes (lacking.c).  PLAIN is
the directory of the backend, if it is one.
"""
import ctypes
import errno
import os
import sys

KEEP_SIZE, PUNCH_HOLE, COLLAPSE_RANGE = 1, 2, 8
libc = ctypes.CDLL(None, use_errno=True)
passed = failed = 0


def same(want, got, what):
    global passed, failed
    if want == got:
        passed += 1
    else:
        failed += 1
        print(f"{what}: want {want!r}, got {got!r}")


def answer(call, *args):
    """The result, or the name of the error."""
    try:
        return call(*args)
    except OSError as e:
        # EOPNOTSUPP has two names.
        return errno.errorcode[e.errno].replace("ENOTSUP", "EOPNOTSUPP")


def fallocate(fd, mode, offset, length):
    long = ctypes.c_long
    if libc.fallocate(fd, mode, long(offset), long(length)):
        raise OSError(ctypes.get_errno(), "fallocate")
    return 0


def make(mount, name, data=b""):
    fd = os.open(f"{mount}/{name}", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    same(len(data), os.write(fd, data), "write")
    return fd


def without_name(mount, has):
    """Attributes of a file whose name is gone, by its FD."""
    fd = make(mount, "nameless", b"x" * 100)
    os.unlink(mount + "/nameless")
    errors = None if has else "ESTALE"
    same(errors, answer(os.fchmod, fd, 0o604), "fchmod without a name")
    same(errors, answer(os.fchown, fd, 12, 34), "fchown without a name")
    same(errors, answer(lambda: os.utime(fd, ns=(5, 7))), "futimens without a name")
    same(None, answer(os.ftruncate, fd, 50), "ftruncate without a name")
    st = os.fstat(fd)
    same((0o604, 12, 34, 5) if has else (0o640, 0, 0, None),
         (st.st_mode & 0o7777, st.st_uid, st.st_gid, st.st_atime_ns if has else None),
         "attributes without a name")
    same((0, 50), (st.st_nlink, st.st_size), "links and size without a name")
    os.close(fd)


def opened_again(mount):
    """A file without a name, through /proc, in ways in which nobody has it open."""
    with open(mount + "/again", "wb") as f:
        f.write(b"0123456789")
    fd = os.open(mount + "/again", os.O_RDONLY)
    os.unlink(mount + "/again")
    name = f"/proc/self/fd/{fd}"
    same(None, answer(os.truncate, name, 8), "truncate without a name")
    two = os.open(name, os.O_WRONLY | os.O_APPEND)
    same(3, os.write(two, b"end"), "append without a name")
    same(b"01234567end", os.pread(fd, 20, 0), "what was appended")
    os.close(two)
    os.close(os.open(name, os.O_RDWR | os.O_TRUNC))
    same(0, os.fstat(fd).st_size, "O_TRUNC without a name")
    os.close(fd)


def space(mount, plain, has):
    st = os.statvfs(mount)
    same(255, st.f_namemax, "f_namemax")
    if not has:
        same((4096, 0), (st.f_bsize, st.f_blocks), "statfs of a library that has none")
    elif not plain:
        same(True, st.f_blocks >= st.f_bfree > 0 and st.f_files > 0, "statfs")
    else:
        of = os.statvfs(plain)
        same((of.f_bsize, of.f_frsize, of.f_blocks, of.f_files),
             (st.f_bsize, st.f_frsize, st.f_blocks, st.f_files), "statfs")


def allocation(mount, has):
    fd = make(mount, "allocated", b"data")
    refused = 0 if has else "EOPNOTSUPP"
    same(refused, answer(fallocate, fd, 0, 0, 100000), "fallocate")
    same(100000 if has else 4, os.fstat(fd).st_size, "size after fallocate")
    same(refused, answer(fallocate, fd, KEEP_SIZE, 0, 200000), "fallocate KEEP_SIZE")
    same(100000 if has else 4, os.fstat(fd).st_size, "size after KEEP_SIZE")
    same("EOPNOTSUPP", answer(fallocate, fd, COLLAPSE_RANGE, 0, 4096), "COLLAPSE_RANGE")
    os.pwrite(fd, b"y" * 20000, 0)
    same(refused, answer(fallocate, fd, PUNCH_HOLE | KEEP_SIZE, 4096, 4096), "PUNCH_HOLE")
    want = b"y" * 20000 if not has else b"y" * 4096 + b"\0" * 4096 + b"y" * 11808
    same(True, os.pread(fd, 20000, 0) == want, "bytes after PUNCH_HOLE")
    same(None, answer(os.posix_fallocate, fd, 90000, 30000), "posix_fallocate")
    same(120000, os.fstat(fd).st_size, "size after posix_fallocate")
    os.close(fd)
    fd = os.open(mount + "/allocated", os.O_RDONLY)
    same("EBADF", answer(fallocate, fd, 0, 0, 10), "fallocate of a file open for reading")
    os.close(fd)


def holes(mount, has):
    fd = make(mount, "holes")
    os.ftruncate(fd, 1 << 20)
    os.pwrite(fd, b"z" * 4096, 256 << 10)
    for offset, whence, want, one_piece in [
            (0, os.SEEK_DATA, 256 << 10, 0), (0, os.SEEK_HOLE, 0, 1 << 20),
            (256 << 10, os.SEEK_DATA, 256 << 10, 256 << 10),
            (256 << 10, os.SEEK_HOLE, (256 << 10) + 4096, 1 << 20),
            (300 << 10, os.SEEK_DATA, "ENXIO", 300 << 10),
            (1 << 20, os.SEEK_HOLE, "ENXIO", "ENXIO")]:
        same(want if has else one_piece, answer(os.lseek, fd, offset, whence),
             f"lseek {offset} {whence}")
    # A seek is no append's affair.
    other = os.open(mount + "/holes", os.O_WRONLY | os.O_APPEND)
    answer(os.lseek, other, 0, os.SEEK_DATA)
    same(4, os.write(other, b"tail"), "append")
    same((1 << 20) + 4, os.lseek(other, 0, os.SEEK_CUR), "position after an append")
    same(b"tail", os.pread(fd, 10, 1 << 20), "what was appended")
    os.close(other)
    os.close(fd)


def flushing(mount, plain):
    def count():
        return os.stat(plain + "/flushed").st_size

    fd = make(mount, "quota", b"q" * 666)
    copy = os.dup(fd)
    same("EDQUOT", answer(os.close, copy), "the error of flush")
    before = count()
    os.ftruncate(fd, 10)
    copy = os.dup(fd)
    same(None, answer(os.close, copy), "close of one FD")
    same(None, answer(os.close, fd), "close of the other")
    same(2, count() - before, "calls of flush")


def main():
    mount, kind = sys.argv[1:3]
    plain = sys.argv[3] if len(sys.argv) > 3 else None
    has = kind != "lacks"
    without_name(mount, has)
    opened_again(mount)
    space(mount, plain, has)
    allocation(mount, has)
    holes(mount, kind == "has")
    if not has:
        flushing(mount, plain)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
