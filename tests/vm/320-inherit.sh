#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Open files of the mount in the hands of others: children of every make,
# positions that are shared, FDs that come from the outside.
# subset: 6.12
# gate: 6.1

# What stands in single quotes is for other shells.
# shellcheck disable=SC2016

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart

base=/tmp/inherit
fs=$base/fs back=$base/back
mkdir -p $fs $back
check defuse_mount $back $fs
cd $fs || exit

# One position for hooked and unhooked writers, by turns.
bash -c 'echo 1; /bin/busybox echo 2; /bin/echo 3; (echo 4); env -i /bin/echo 5
	/bin/busybox sh -c "echo 6; /bin/echo 7"; exec /bin/echo 8' > order
same '1 2 3 4 5 6 7 8' "$(tr '\n' ' ' < order | sed 's/ $//')"

# And for readers.
seq 1 9 > numbers
same '1 2 3 4 5' "$({
	read -r a
	b=$(/bin/busybox sh -c 'read -r x; echo $x')
	read -r c
	d=$(bash -c 'read -r x; echo $x')
	read -r e
	echo "$a $b $c $d $e"
} < numbers)"

# A whole script's output, errors and input.
bash -c "exec > $fs/script.out 2>&1 < $fs/numbers
	echo one; /bin/echo two; cat /missing; head -n 1; cat missing-too"
same 5 "$(wc -l < script.out)"
same 1 "$(sed -n 4p script.out)"
bash -c "nohup sh -c 'sleep 0.2; echo late' > $fs/late 2>&1 & wait"
same late "$(tail -n 1 late)"

# Appending from many at once loses nothing.
for i in 1 2 3 4 5 6; do
	program=/bin/echo
	[ $((i % 2)) = 0 ] || program='/bin/busybox echo'
	(for j in 1 2 3 4 5 6 7 8; do $program "line $i $j" >> together; done) &
done
wait
same 48 "$(sort -u together | wc -l)"
same 48 "$(wc -l < together)"

# FDs over exec with odd numbers, closed ones, duplicates.
exec 9> nine
bash -c 'echo via 9 >&9; exec 9>&-; { echo closed >&9; } 2> /dev/null; echo still'
exec 9>> nine
/bin/busybox sh -c 'echo more >&9'
same 'via 9 more' "$(tr '\n' ' ' < nine | sed 's/ $//')"
exec 9>&-
same "$fs/numbers" "$(readlink /proc/self/fd/0 < numbers)"
same 9 "$(wc -l 3< numbers < /dev/fd/3)"
same 9 "$(bash -c 'cat /proc/self/fd/3' 3< numbers | wc -l)"
check cmp <(cat numbers) <(/bin/busybox cat numbers)

# xargs, find -exec, make -j: many short children.  They append: cat uses
# copy_file_range(2), which on no file system excludes others from the position.
seq 1 40 | xargs -P 4 -I{} sh -c 'echo {} > x{}; cat x{}' >> xargs.out
same 40 "$(sort -u xargs.out | wc -l)"
same 820 "$(find . -name 'x[0-9]*' -exec cat {} + | paste -sd+ | bc 2> /dev/null ||
	find . -name 'x[0-9]*' -exec cat {} + | awk '{ s += $1 } END { print s }')"
find . -name 'x[0-9]*' -delete
same 0 "$(find . -name 'x[0-9]*' | wc -l)"
printf 'all: a b c d ;\n%%:\n\techo $@ > $@; cat $@ >> log\n' > Makefile
check make -s -j 4 all
same 'a b c d' "$(sort log | tr '\n' ' ' | sed 's/ $//')"

# Locks between a hooked process, another, and an unhooked one.
exec 8> lock
check flock -n 8
refuse flock -n $fs/lock true
exec 8>&-
check flock -n $fs/lock true

# FDs passed over a socket, and vfork children with FDs of their own.
check /usr/bin/python3 - <<'PY'
import array
import os
import socket
import subprocess

a, b = socket.socketpair()
fd = os.open("passed", os.O_RDWR | os.O_CREAT, 0o644)
os.write(fd, b"before ")
socket.send_fds(a, [b"x"], [fd])
pid = os.fork()
if pid == 0:
    _, fds, _, _ = socket.recv_fds(b, 1, 1)
    os.write(fds[0], b"passed ")
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
os.write(fd, b"after")
assert open("passed").read() == "before passed after"

# posix_spawn's and vfork's children close and open; the parent must not mind.
for _ in range(20):
    subprocess.run(["true"], close_fds=True, stdout=fd, check=True)
out = subprocess.run(["cat", "passed"], stdout=subprocess.PIPE, check=True)
assert out.stdout == b"before passed after"
assert os.lseek(fd, 0, os.SEEK_CUR) == 19
os.lseek(fd, 0, os.SEEK_SET)
assert os.read(fd, 100) == b"before passed after"
with os.popen("cat passed; echo to-popen > popen") as p:
    assert p.read() == "before passed after"
assert open("popen").read() == "to-popen\n"
try:
    os.execv("/missing", ["x"])
except FileNotFoundError:
    pass
os.lseek(fd, 7, os.SEEK_SET)
assert os.read(fd, 6) == b"passed"
PY

cd / || exit
check umount $fs
