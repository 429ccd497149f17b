#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
#
# instance=shared without socket=: mount.defuse starts the server of a FUSE file system for
# the mount alone, another one when it dies, and it ends with the mount, whoever held that
# last. Programs that are not hooked have their way to it by lower=fuse.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
modprobe fuse
defuse_restart

bb=/bin/busybox
base=/tmp/instance
fs=$base/fs back=$base/back
toy=$defuse_user/fuse-compat/tests/toyfs
mkdir -p $base/tree $fs $back
mount -t tmpfs -o mode=755 back $back

# mount_toy OPTIONS [COMMAND]: one line, as people type it.
mount_toy()
{
	local words="instance=shared ${2:-$toy -o root=$back,ino,null,allow_other}"

	mount -t defuse \
		-o "library=$defuse_lib/libdefuse-shared.so,$1,backend=\"$words\"" toy $fs
}

# soon TEST...: it becomes true.
soon()
{
	local n
	for ((n = 0; n < 1200; n++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

# Nobody of the mount is left, and nothing in /run.
gone()
{
	! pgrep -x toyfs && ! pgrep -x defuse-server && ! pgrep -x defuse-fuse &&
		[ -z "$(find /run/defuse -mindepth 1)" ]
}

# said WORDS COMMAND...: it fails and says so, and leaves nothing.
said()
{
	local words=$1 out
	shift
	out=$("$@" 2>&1) && fail "succeeded: $*"
	check grep -q "$words" <<< "$out"
	check soon gone > /dev/null
	refuse mountpoint -q $fs
}

# kill_server: as a crash would.
kill_server()
{
	check soon pgrep -x toyfs > /dev/null
	kill -KILL "$(pgrep -x toyfs)"
}

mkdir -p /run/defuse
said 'No such file' mount_toy fallback=none "$base/nothing -o x"
said 'say root=DIR' mount_toy fallback=none "$toy"
said 'names no command' mount -t defuse \
	-o "library=$defuse_lib/libdefuse-shared.so,fallback=none,backend=instance=shared" x $fs
said 'lower=fuse or fallback=none' mount_toy noatime
said 'exclude' mount_toy fallback=none,lower=fuse
said 'library' mount -t defuse \
	-o "library=$base/none.so,fallback=none,backend=\"instance=shared $toy -o root=$back\"" \
	x $fs
rmdir /run/defuse

# What programs do to open files.
check mount_toy fallback=none
same "1 1" "$(pgrep -xc toyfs) $(pgrep -xc defuse-server)" "who serves, and who keeps him"
same 755 "$(stat -c %a /run/defuse)"
check grep -q "backend=instance=shared socket=/run/defuse/toyfs-" < <(findmnt -no OPTIONS $fs)
echo one > $fs/one
same one "$(cat $back/one)"
chmod 640 $back/one
touch -d @1000000000 $back/one
check cp -p $fs/one $fs/two
same "640 1000000000" "$(stat -c '%a %Y' $back/two)"
tar -C /etc --format=posix -cf $base/apt.tar apt
check tar -C $fs -xpf $base/apt.tar
check diff -r /etc/apt $back/apt
same "$(cd /etc && find apt -printf '%P %m %U %T@\n' | sort)" \
	"$(cd $back && find apt -printf '%P %m %U %T@\n' | sort)" "what tar kept"
check fallocate -l 100000 $fs/room
same 100000 "$(stat -c %s $back/room)"
check fallocate -p -o 0 -l 65536 $fs/room
same "$(stat -f -c '%b %s %l' $back)" "$(stat -f -c '%b %s %l' $fs)" "df"
check python3 - $fs <<'PY'
import os, sys
os.chdir(sys.argv[1])
fd = os.open("holes", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(fd, b"data", 1 << 20)
assert os.lseek(fd, 0, os.SEEK_DATA) == 1 << 20
assert os.lseek(fd, 0, os.SEEK_HOLE) == 0
os.unlink("holes")
os.fchmod(fd, 0o604)
os.fchown(fd, 5, 6)
os.utime(fd, (100, 200))
st = os.fstat(fd)
assert (st.st_mode & 0o7777, st.st_uid, st.st_gid, st.st_mtime) == (0o604, 5, 6, 200), st
# Each descriptor that goes is a flush, and the last one a release.
def ended():
    st = os.stat(".caller")
    return int(st.st_atime), int(st.st_mtime)
other = os.dup(fd)
begin = ended()
os.close(other)
assert ended() == (begin[0] + 1, begin[1]), (begin, ended())
os.close(fd)
assert ended() == (begin[0] + 2, begin[1] + 1), (begin, ended())
# What a program leaves open is flushed before its parent knows that it ended.
begin = ended()
if not os.fork():
    fd = os.open("one", os.O_RDWR)
    os.write(fd, b"two")
    os._exit(0)
os.wait()
assert ended()[0] == begin[0] + 1, (begin, ended())
PY
same two "$(cat $fs/one)"
refuse $bb cat $fs/one
check mount -o remount,ro $fs
refuse touch $fs/new
check mount -o remount,rw $fs

# It dies while a file is open, and nobody asks: nobody notices.
exec 5< $fs/two
kill_server
same one "$(cat <&5)"
exec 5<&-
kill_server
same "apt one room two" "$(cd $fs && echo *)"
kill "$(pgrep -x toyfs)"
check soon pgrep -x toyfs > /dev/null
same two "$(cat $fs/one)"

# The mount's last user is one that has it by no name.
bash -c "exec 6<> $fs/one; umount -l $fs; echo three >&6" || fail "lazily unmounted"
same three "$(cat $back/one)"
check soon gone > /dev/null

# Nobody keeps it any more: it ends with the mount all the same.
check mount_toy fallback=none
kill -KILL "$(pgrep -x defuse-server)"
same three "$(cat $fs/one)"
check umount $fs
check soon eval '! pgrep -x toyfs > /dev/null'
rm -f /run/defuse/*

# As somebody else, and as a library.
chown 65534 $back
check mount_toy fallback=none "user=nobody $toy -o root=$back,ino,null,allow_other"
same 65534 "$(stat -c %u "/proc/$(pgrep -x toyfs)")"
echo mine > $fs/mine
same 65534 "$(stat -c %u $back/mine)"
check umount $fs
check soon gone > /dev/null
install -m 755 -o root -g root "$defuse_user/fuse-compat/tests/libdefuse-toyfs.so" $defuse_lib
check mount_toy fallback=none "$defuse_lib/libdefuse-toyfs.so -o root=$back,ino,null"
same mine "$(cat $fs/mine)"
check umount $fs
check soon gone > /dev/null

# Both doors, one server behind them.
check mount_toy lower=fuse
same "1 1 2" "$(pgrep -xc toyfs) $(pgrep -xc defuse-server) $(pgrep -xc defuse-fuse)"
same mine "$($bb cat $fs/mine)"
$bb sh -c "echo theirs > $fs/mine"
same theirs "$(cat $fs/mine)"
bash -c "echo a; $bb echo b; /bin/echo c" > $fs/both
same "a b c" "$($bb cat $fs/both | paste -sd ' ')"
$bb chmod 604 $fs/both
same 604 "$(stat -c %a $fs/both)"
mkdir $fs/d
$bb mv $fs/both $fs/d/x
same "a b c" "$(paste -sd ' ' $fs/d/x)"
kill_server
same "a b c" "$($bb cat $fs/d/x | paste -sd ' ')"
same "a b c" "$(paste -sd ' ' $fs/d/x)"
kill -KILL "$(pgrep -nx defuse-fuse)"
check soon $bb cat $fs/d/x > /dev/null 2>&1
same x "$($bb ls $fs/d)"
check umount $fs
check soon gone > /dev/null
same "apt d mine one room two" "$(cd $back && echo *)"
check rmmod defuse
