#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 300
# subset: 6.12 debug
# gate: 6.1
#
# lower=fuse: door 2 of a library whose backend is not a directory, or as good as that:
# direct's own data are reached through a FUSE server of the same library.  Hooked and
# static programs agree, the server is killed and nobody minds, and when the mount goes
# nothing of it is left.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
modprobe fuse
defuse_restart

bb=/bin/busybox
base=/tmp/hidden
fs=$base/fs back=$base/back
mkdir -p $fs $back
mount -t tmpfs -o mode=755 back $back

# servers: process ids of the supervisor and of the server.
servers()
{
	pgrep -x defuse-fuse
}

# gone: nothing of the hidden mount is left, or becomes so soon.
gone()
{
	local n
	for ((n = 0; n < 1200; n++)); do
		[ -n "$(servers)" ] || return 0
		sleep 0.1
	done
	return 1
}

# A library that has no directory at all.
check mount -t defuse \
	-o "backend=Good day,library=$defuse_lib/libdefuse-hello.so,lower=fuse" greet $fs
check grep -q 'lower=fuse' < <(findmnt -no OPTIONS $fs)
same 2 "$(servers | wc -l)" "supervisor and server"
same "Good day" "$(cat $fs/greeting)" "door 1"
same "Good day" "$($bb cat $fs/greeting)" "door 2"
same "greeting pid" "$($bb ls $fs | paste -sd ' ')"
refuse $bb cat $fs/missing
same "$(pgrep -nx defuse-fuse)" "$($bb cat $fs/pid)" "the server reads"
refuse grep -q "^$(pgrep -nx defuse-fuse)$" $fs/pid
same 1 "$(findmnt -n -t defuse,fuse,fuse.defuse-fuse | wc -l)" "mounts that can be seen"
check mount -o remount,ro $fs
check mount -o remount,rw $fs
refuse mount -o remount,lower=/tmp $fs
check umount $fs
check gone

# Refusals say why, and leave nothing.
said=$(mount -t defuse -o "backend=x,library=$defuse_lib/none.so,lower=fuse" x $fs 2>&1) &&
	fail "mounted without a library"
check grep -q none.so <<< "$said"
said=$(mount -t defuse -o "backend=$base/none,library=$defuse_lib/libdefuse-direct.so,lower=fuse" \
	x $fs 2>&1) && fail "mounted without a backend"
check grep -q 'No such file' <<< "$said"
said=$(mount -i -t defuse -o "backend=x,library=$defuse_lib/libdefuse-hello.so,lower=fuse" \
	x $fs 2>&1) && fail "mounted without a server"
said=$(mount -t defuse -o \
	"backend=x,library=$defuse_lib/libdefuse-hello.so,lower=fuse,fallback=none" \
	x $fs 2>&1) && fail "mounted with two answers to one question"
check grep -q exclude <<< "$said"
check gone
refuse mountpoint -q $fs

# Both doors on the same files.
check defuse_mount $back $fs lower=fuse
echo one > $fs/f
same one "$($bb cat $fs/f)"
$bb sh -c "echo two >> $fs/f"
same 'one two' "$(paste -sd ' ' $fs/f)"
bash -c "echo three; $bb echo four; /bin/echo five" >> $fs/f
same 'one two three four five' "$(paste -sd ' ' $back/f)"
$bb mv $fs/f $fs/g
same 'one two three four five' "$(paste -sd ' ' $fs/g)"
mv $fs/g $fs/h
same 'one two three four five' "$($bb cat $fs/h | paste -sd ' ')"
mkdir $fs/d
$bb touch $fs/d/x
same x "$(ls $fs/d)"
rm $fs/d/x
same '' "$($bb ls $fs/d)"
$bb sh -c "cd $fs/d && echo here > y && cat y" > $base/out
same here "$(cat $base/out $fs/d/y | sort -u)"
check test "$(stat -c %i $fs/h)" = "$($bb stat -c %i $fs/h)"
$bb chmod 640 $fs/h
same 640 "$(stat -c %a $fs/h)"
same 24 "$($bb stat -c %s $fs/h)"
truncate -s 5 $fs/h
same 5 "$($bb stat -c %s $fs/h)"
check [ "$(defuse_counter $fs door1_opens)" -gt 5 ]
cp $bb $fs/busybox
same ran "$($fs/busybox echo ran)" "a program on the mount"
check cmp $bb $fs/busybox

# The kernel keeps names of directories; what is done on the backend is seen all the same.
mkdir -p $back/n/m
echo old > $back/n/m/f
same old "$($bb cat $fs/n/m/f)"
same old "$(cat $fs/n/m/f)"
mv $back/n $back/n2
refuse $bb cat $fs/n/m/f
refuse cat $fs/n/m/f
mkdir -p $back/n/m
echo new > $back/n/m/f
same new "$($bb cat $fs/n/m/f)"
same new "$(cat $fs/n/m/f)"
same old "$($bb cat $fs/n2/m/f)"
same 'other other' "$($bb sh -c "exec 8< $fs/n/m; mv $back/n $back/n3; mkdir -p $back/n/m
	touch $back/n/m/other; ls $fs/n/m/.; ls $fs/n/m" | paste -sd ' ')" "while it is open"
chmod 700 $back/n
refuse setpriv --reuid 65534 --clear-groups $bb ls $fs/n/m
chmod 755 $back/n
same other "$(setpriv --reuid 65534 --clear-groups $bb ls $fs/n/m)"

# Somebody is in a directory that is removed, or moved.
for sh in "$bb sh" bash; do
	same '0 no more' "$($sh -c "mkdir $fs/r; cd $fs/r; /bin/rmdir $fs/r; stat -c %h .
		touch x 2> /dev/null || echo no more" | paste -sd ' ')" "$sh in a directory"
	same "$fs/t s" "$($sh -c "mkdir -p $fs/r/s; cd $fs/r; /bin/mv $fs/r $fs/t
		$bb pwd; ls; rm -r $fs/t" | paste -sd ' ')" "$sh in a directory"
done

# What is stored in a mapping is no hole.
check /usr/bin/python3 - $fs/holes <<'PY'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 1 << 20)
try:
    os.lseek(fd, 0, os.SEEK_DATA)
    sys.exit("data from nowhere")
except OSError:
    pass
m = mmap.mmap(fd, 1 << 20)
m[500000] = 1
assert 400000 < os.lseek(fd, 0, os.SEEK_DATA) <= 500000
PY

# The server is killed: an open file, the working directory, names.
exec 7< $fs/d/y
check $bb sh -c "cd $fs/d; kill -9 $(pgrep -nx defuse-fuse)
	n=0; while [ \$n != 1200 ] && ! cat y; do n=\$((n + 1)); sleep 0.1; done
	[ \"\$(ls)\" = y ]" > /dev/null 2>&1
same here "$($bb cat <&7)" "a file opened before"
exec 7<&-
same 2 "$(servers | wc -l)" "another server"

# Lazily unmounted while in use: served until the last user is gone.
$bb sh -c "exec 8<> $fs/h; cd $fs/d; umount -l $fs; echo late >&8; cat y; ls" > $base/out
same 'here y' "$(paste -sd ' ' $base/out)"
check gone
same late "$(cat $back/h)"

# memfs in a process and in the server: a file without a name that nobody has opened through a
# library lives as long as its descriptor, which only the kernel knows of.
check mount -t defuse -o \
	"backend=$base/segment:size=4M,library=$defuse_lib/libdefuse-memfs.so,lower=fuse" mem $fs
mkfifo $base/go
: > $fs/first
free=$($bb stat -fc %f $fs)
$bb dd if=/dev/zero of=$fs/gone bs=100k count=1 2> /dev/null
check [ "$($bb stat -fc %f $fs)" -lt "$free" ]
$bb rm $fs/gone
same "$free" "$($bb stat -fc %f $fs)" "blocks free"
head -c 100000 /dev/zero > $fs/gone
check bash -c "exec 7< $fs/gone
	bash -c 'read -r _ < $base/go; wc -c <&7' > $base/out &
	exec 7<&-
	$bb rm $fs/gone
	for n in 1 2 3; do $bb df $fs > /dev/null; done
	echo > $base/go
	wait"
same 100000 "$(cat $base/out)" "a file without a name"
check umount $fs
check gone

# trust=daemon: no library in any process, whoever asks.
check defuse_mount $back $fs lower=fuse,trust=daemon
before=$(defuse_counter $fs markers)
same late "$(cat $fs/h)"
echo more > $fs/i
same more "$(cat $back/i)"
check /usr/bin/python3 - $fs/i <<'PY'
import fcntl, os, struct, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for nr in (0xdf04,):            # DEFUSE_IOC_LIBRARY
    try:
        fcntl.ioctl(fd, nr)
    except PermissionError:
        pass
    else:
        sys.exit("the library was given away")
assert not any("libdefuse-direct" in l for l in open("/proc/self/maps"))
PY
same "$before" "$(defuse_counter $fs markers)" "markers"
same 0 "$(defuse_counter $fs door1_opens)" "opens through door 1"
check umount $fs
check gone
