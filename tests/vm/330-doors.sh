#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which door: common programs must not read or write file content through the
# kernel on the mount; a static one must.  A program that falls back is right
# but slow, and nobody would notice but here.

# What stands in single quotes is for other shells.
# shellcheck disable=SC2016

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
. tests/demo/evidence.sh

base=/tmp/doors
fs=$base/fs back=$base/back work=$base/work
mkdir -p $fs $back $work
check defuse_mount $back $fs
seq 1 20000 > $fs/numbers
seq 1 20000 > $back/same
mkdir $fs/dir
touch $fs/dir/{a,b,c}

check no_kernel_reads $fs/numbers $fs $back

# hooked CMD...: no data call of it, or of its children, is on the mount.
# copy_file_range and mmap have a way of their own.
hooked()
{
	local n

	strace -f -y -o $work/trace "$@" > $work/output 2>&1
	same 0 $? "$*: $(tail -n 1 $work/output)"
	# shellcheck disable=SC2034
	n=$(data_calls='read|pread64|readv|preadv|write|pwrite64|writev|getdents64'
		trace_reads $work/trace $fs | wc -l)
	same 0 "$n" "$* on the mount: $(trace_reads $work/trace $fs |
		head -n 1 | cut -c1-150)"
}

cd $fs || exit
hooked cat numbers same
hooked cp numbers copy
hooked cmp numbers same
hooked grep -c 7 numbers
hooked sort -o sorted numbers
hooked tail -n 3 numbers
hooked wc numbers
hooked sha256sum numbers
# Directories are the kernel's where the library says that they are the same.
hooked env DEFUSE_ADOPT=0 ls -l dir
hooked env DEFUSE_ADOPT=0 find .
hooked env DEFUSE_ADOPT=0 tar -cf archive.tar dir numbers
hooked tar -xf archive.tar -C dir
hooked dd if=numbers of=copied bs=4k
head -n 100 numbers > few
hooked bash -c 'while read -r x; do echo $x; done < few > lines'
hooked bash -c 'cat < numbers > cat-out; sed -n 1,10p numbers >> cat-out'
hooked /usr/bin/python3 -c 'print(sum(map(int, open("numbers"))),
	file=open("sum", "w"))'
hooked gzip -k numbers
hooked rsync -a numbers synced
hooked sqlite3 db 'CREATE TABLE t(a); INSERT INTO t VALUES(1); SELECT * FROM t;'
hooked perl -ne 'print if /77/' numbers

# What one door writes the other reads.
check cmp numbers $back/numbers
same 100 "$(/bin/busybox wc -l < lines)"
same 20000 "$(/bin/busybox sh -c 'wc -l < numbers')"
same 200010000 "$(/bin/busybox cat sum)"

# One file system under two mount points: linking across is refused as anywhere.
mkdir $fs/shown $base/point
mount --bind $fs/shown $base/point
refuse ln numbers $base/point/linked
check ln numbers shown/linked
refuse ln $base/point/linked $fs/back
check ln $base/point/linked $base/point/again
check umount $base/point

# As many files as RLIMIT_NOFILE allows, all of them used: where no second FD is left
# for the library, the kernel reads.
check /usr/bin/python3 - <<'PY'
import os
import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
files = []
try:
    while True:
        files.append(os.open("numbers", os.O_RDONLY))
        assert os.read(files[-1], 4) == b"1\n2\n"
except OSError:
    pass
assert len(files) > 160, len(files)
for fd in files:
    assert os.pread(fd, 4, 2) == b"2\n3\n"
    os.close(fd)
print(len(files), "files open at once")
PY

cd / || exit
check umount $fs
