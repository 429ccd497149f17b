#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# gate: 6.1
#
# What differs from the backend and is known to, each with its errno or its way out; and what
# the kernel itself does with a mount: core files, mappings of ids.

# What stands in single quotes is for other shells.
# shellcheck disable=SC2016

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart

base=/tmp/reach
fs=$base/fs back=$base/back
mkdir -p $fs $back
check defuse_mount $back $fs
echo text > $fs/f

# The core file of a process that died in an open of its own.
echo core > /proc/sys/kernel/core_pattern
mkfifo $base/fifo
(
	cd $fs || exit
	ulimit -c unlimited
	exec /usr/bin/python3 -c "
import os, signal
signal.signal(signal.SIGQUIT, signal.SIG_DFL)	# which a shell ignores for who runs behind it
open('$fs/f').read()
open('$base/ready', 'w').close()
os.open('$base/fifo', os.O_RDONLY)"
) &
reader=$!
# State S, in the open: its last one.
for ((n = 0; n < 1200; n++)); do
	[ -e $base/ready ] && grep -q '^257 ' /proc/$reader/syscall && break
	sleep 0.1
done
check grep -q '^257 ' /proc/$reader/syscall
kill -QUIT $reader
wait $reader 2> /dev/null
same 131 $? "killed by SIGQUIT"
check [ -s $fs/core ]
same "$(stat -c %s $back/core)" "$(stat -c %s $fs/core)"
check grep -q ELF <(head -c 4 $fs/core)

# A file is watched by name on the mount: door 2's changes are told.  A library changes
# the file behind the mount, as others could on the backend: that is told there.
cat > $base/watch.py <<'PY'
import ctypes
import os
import select
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(os.O_NONBLOCK)
assert libc.inotify_add_watch(fd, sys.argv[1].encode(), 2) == 1, ctypes.get_errno()
subprocess.run(sys.argv[2:], check=True)
print("told" if select.select([fd], [], [], 0)[0] else "not told")
PY
watch="/usr/bin/python3 $base/watch.py"
same told "$($watch $fs/f /bin/busybox sh -c "echo x >> $fs/f")"
same told "$($watch $back/f bash -c "echo x >> $fs/f")"
same told "$($watch $back/f /bin/busybox sh -c "echo x >> $fs/f")"
same 'not told' "$($watch $fs/f bash -c "echo x >> $fs/f")"
# Who looks himself is not misled: tail does where it does not know the file system.
: > $fs/log
tail -n +1 -s 0.1 -f $fs/log > $base/tail 2> /dev/null &
tail=$!
bash -c "echo line >> $fs/log"
for ((n = 0; n < 1200; n++)); do
	[ -s $base/tail ] && break
	sleep 0.1
done
same line "$(cat $base/tail)"
kill $tail
wait $tail 2> /dev/null

# There are no handles of files, and so no NFS server.
cat > $base/handle.py <<'PY'
import ctypes
import errno
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
buf = ctypes.create_string_buffer(struct.pack("I", 128) + bytes(160))
mount = ctypes.c_int()
ret = libc.name_to_handle_at(-100, sys.argv[1].encode(), buf, ctypes.byref(mount), 0)
print(errno.errorcode[ctypes.get_errno()] if ret else "handle")
PY
same ENOTSUP "$(/usr/bin/python3 $base/handle.py $fs/f)"
same handle "$(/usr/bin/python3 $base/handle.py $back/f)"

# Ids are not mapped: refused with EINVAL, as by every file system that does not say it can.
cat > $base/idmap.py <<'PY'
import ctypes
import errno
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
r, w = os.pipe()
hold, release = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(release)
    libc.unshare(0x10000000)
    os.write(w, b"x")
    os.read(hold, 1)
    os._exit(0)
os.read(r, 1)
for name in "uid_map", "gid_map":
    with open(f"/proc/{pid}/{name}", "w", encoding="ascii") as f:
        f.write("0 100000 1000")
userns = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
tree = libc.syscall(428, -100, sys.argv[1].encode(), 1)
attr = struct.pack("QQQQ", 0x100000, 0, 0, userns)
ret = libc.syscall(442, tree, b"", 0x1000, attr, len(attr))
print(errno.errorcode[ctypes.get_errno()] if ret else "mapped")
os.close(release)
os.waitpid(pid, 0)
PY
same EINVAL "$(/usr/bin/python3 $base/idmap.py $fs)"
modprobe loop
modprobe ext4
truncate -s 8M $base/image
mkfs.ext4 -q $base/image
mkdir $base/ext4 $base/fs4
check mount -o loop $base/image $base/ext4
same mapped "$(/usr/bin/python3 $base/idmap.py $base/ext4)"

# Another backend than tmpfs, and a remount of it below.
check defuse_mount $base/ext4 $base/fs4
check cp -a /etc/skel $base/fs4/skel
check bash -c "echo text > $base/fs4/f; setfattr -n user.x -v y $base/fs4/f"
same y "$(getfattr --only-values -n user.x $base/ext4/f 2> /dev/null)"
check chattr +a $base/fs4/f
check bash -c "echo more >> $base/fs4/f"
refuse bash -c "echo over > $base/fs4/f" 2> /dev/null
check chattr -a $base/fs4/f
check mount -o remount,ro $base/ext4
refuse bash -c "echo over > $base/fs4/f" 2> /dev/null
same 'text more' "$(tr '\n' ' ' < $base/fs4/f | sed 's/ $//')"
check mount -o remount,rw $base/ext4
check bash -c "echo over > $base/fs4/f"
check umount $base/fs4
check umount $base/ext4

cd / || exit
check umount $fs
check rmmod defuse
