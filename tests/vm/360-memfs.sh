#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# subset: 6.12 debug
# gate: 6.1
#
# memfs on a mount without a lower tree: Debian's programs, several users, files without
# a name in the hands of others, and processes that are killed.

# What stands in single quotes is for other shells.
# shellcheck disable=SC2016

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart

fs=/tmp/memfs plain=/tmp/plain
mkdir -p $fs $plain
chmod 755 /tmp $plain
memfs=library=$defuse_lib/libdefuse-memfs.so,fallback=none
check mount -t defuse -o "backend=vm:size=64M:mode=666,$memfs" defuse $fs

# Programs.
seq 1 20000 > $fs/numbers
same "$(seq 1 20000 | md5sum)" "$(md5sum < $fs/numbers)"
check mkdir -p $fs/a/b/c
check cp -a /etc/passwd $fs/a/b/c/
check cmp /etc/passwd $fs/a/b/c/passwd
same "$(stat -c '%a %u %g %s %Y' /etc/passwd)" "$(stat -c '%a %u %g %s %Y' $fs/a/b/c/passwd)"
check tar -C /usr/share -cf $fs/t.tar perl5
check mkdir $fs/out
check tar -C $fs/out -xpf $fs/t.tar
check diff -r /usr/share/perl5 $fs/out/perl5
check mv $fs/out $fs/moved
check ln $fs/numbers $fs/hard
same 2 "$(stat -c %h $fs/numbers)"
check ln -s moved/perl5 $fs/soft
same "$(find /usr/share/perl5 | wc -l)" "$(find $fs/soft/ | wc -l)"
check rm -r $fs/moved
check truncate -s 1G $fs/sparse
same "1073741824 0" "$(stat -c '%s %b' $fs/sparse)"
check fallocate -l 1M $fs/sparse
same 2048 "$(stat -c %b $fs/sparse)"
check fallocate -p -o 4096 -l 8192 $fs/sparse
same 2032 "$(stat -c %b $fs/sparse)"
same 255 "$(stat -fc %l $fs)"
check [ "$(stat -fc %f $fs)" -lt "$(stat -fc %b $fs)" ]
check touch -d @12345 $fs/hard
same 12345 "$(stat -c %Y $fs/numbers)"
same "a b" "$(cd $fs/a && echo "${PWD##*/} $(ls)")"

refuse stat -f $fs/none
# Locks, between processes and between names of one file.
check flock -n $fs/numbers true
refuse flock -n $fs/numbers flock -n $fs/hard true
check flock -n $fs/numbers flock -n $fs/sparse true
check ln -s none $fs/bad
refuse python3 -c "import os; os.open('$fs/bad', os.O_CREAT | os.O_EXCL | os.O_WRONLY)"
refuse test -e $fs/none

# A slash behind a name.
refuse cat $fs/numbers/
refuse mv $fs/numbers $fs/new/
check mkdir $fs/slash/
check rmdir $fs/slash/

# Users.  The mode of the segment lets them in, the modes of the tree say where.
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
same 666 "$(stat -c %a /dev/shm/vm)"
check mkdir -m 1777 $fs/pub
check as 1000 bash -c "umask 027; echo mine > $fs/pub/f; mkdir $fs/pub/d"
same "640 1000 1000" "$(stat -c '%a %u %g' $fs/pub/f)"
same "750 1000 1000" "$(stat -c '%a %u %g' $fs/pub/d)"
refuse as 1001 cat $fs/pub/f
refuse as 1001 rm -f $fs/pub/f
refuse as 1001 ls $fs/pub/d
refuse as 1001 touch $fs/pub/d/x
refuse as 1001 touch $fs/x
refuse as 1001 chmod 777 $fs/pub/f
check as 1000 cat $fs/pub/f
check as 1000 rm $fs/pub/f

# Files without a name.
same heredoc "$(cat <<< heredoc)"
exec 7<> $fs/nameless
echo content >&7
rm $fs/nameless
same content "$(/bin/cat /dev/fd/0 <<< content)"
same content "$(bash -c 'exec /bin/cat' < $fs/hard > /dev/null; bash -c 'python3 -c "
import os; print(os.pread(7, 100, 0).decode().strip())"')"
# The parent closes; the child has not used it yet.
same still "$(python3 -c "
import os, time
fd = os.open('$fs/gone', os.O_RDWR | os.O_CREAT)
os.write(fd, b'still')
os.unlink('$fs/gone')
r, w = os.pipe()
if os.fork() == 0:
    os.close(w)
    os.read(r, 1)
    os.write(1, os.pread(fd, 100, 0))
    os._exit(0)
os.close(r)
os.close(fd)
for i in range(300):        # enough for the library to look after what it may free
    n = '$fs/o%d' % i
    os.close(os.open(n, os.O_RDWR | os.O_CREAT))
    os.unlink(n)
os.close(w)
os.wait()
")"
exec 7>&-

# Killed in the middle of everything.
for i in $(seq 1 6); do
	python3 - "$i" <<- 'END' &
		import os, random, sys
		r = random.Random(int(sys.argv[1]))
		os.chdir("/tmp/memfs/a")
		while True:
		    n, m = ("n%d" % r.randrange(20) for _ in "ab")
		    try:
		        k = r.randrange(6)
		        if k == 0:
		            with open(n, "wb") as f:
		                f.write(bytes(r.randrange(200000)))
		        elif k == 1: os.rename(n, m)
		        elif k == 2: os.unlink(n)
		        elif k == 3: os.mkdir(m)
		        elif k == 4: os.rmdir(m)
		        else: os.link(n, m)
		    except OSError:
		        pass
	END
	pids[i]=$!
done
# Until there is something to be seen of them.
for _ in $(seq 1 200); do
	[ "$(find $fs/a -maxdepth 1 -name 'n*' | wc -l)" -lt 5 ] || break
done
kill -9 "${pids[@]}"
wait
check ls -R $fs/a
check rm -r $fs/a
df --output=itotal,iused $fs
check umount $fs
check "$defuse_user/memfs-check" vm

# The tree outlives its mount.
check mount -t defuse -o "backend=vm,$memfs" defuse $fs
same "$(seq 1 20000 | md5sum)" "$(md5sum < $fs/numbers)"
check mount -o remount,ro $fs
refuse touch $fs/numbers
refuse rm -f $fs/numbers
check umount $fs
check rmmod defuse
