#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 300
# subset: 6.12 debug
# gate: 6.1
#
# fallback=none: no lower tree.  The library serves who declared himself; all
# others are refused with a clear error, never given wrong data.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

# A static shell tool, so that it is door 2 whatever the C library.
bb=/bin/busybox
base=/tmp/none

defuse_restart
mkdir -p $base/{back,fs}
mount -t tmpfs -o mode=755 back $base/back
echo "from the library" > $base/back/f
mkdir $base/back/d
check defuse_mount $base/back $base/fs fallback=none
check grep -q fallback=none < <(findmnt -no OPTIONS $base/fs)

# not_supported CMD...: fails, and says why.
not_supported()
{
	local said
	if said=$("$@" 2>&1); then
		fail "succeeded: $*"
	fi
	check grep -qi 'not supported' <<< "$said"
}

not_supported $bb cat $base/fs/f
not_supported $bb ls $base/fs/d
not_supported $bb touch $base/fs/new
not_supported $bb rm $base/fs/f
not_supported $bb mv $base/fs/f $base/fs/g
not_supported $bb stat $base/fs/f
not_supported $bb mkdir $base/fs/new
not_supported $bb ln -s x $base/fs/new
same 2 "$(find $base/back -mindepth 1 | wc -l)" "nothing was changed"
check [ "$(defuse_counter $base/fs refused)" -ge 5 ]

# Door 1: what a program without maps and locks needs.
same "from the library" "$(cat $base/fs/f)"
same "from the library" "$(head -c 100 < $base/fs/f)"
check cp $base/fs/f $base/fs/copy
check cmp $base/back/f $base/back/copy
check dd if=/dev/zero of=$base/fs/zeros bs=4k count=10 status=none
same 40960 "$(stat -c %s $base/fs/zeros)"
same 40960 "$($bb stat -c %s $base/back/zeros)"
check mkdir $base/fs/d/e
check mv $base/fs/copy $base/fs/d/e/moved
check ln -s f $base/fs/link
same f "$(readlink $base/fs/link)"
check rm $base/fs/zeros
same "d f link" "$(find $base/fs -mindepth 1 -maxdepth 1 -printf '%f\n' |
	sort | paste -sd ' ')"
refuse cat $base/fs/none
check [ "$(defuse_counter $base/fs door1_opens)" -ge 5 ]

# A child in its parent's memory opens nothing there, and is told; it inherits.
same "95 from the library" "$(python3 - $base/fs/f <<- 'END' | xargs
	import os, sys
	name = sys.argv[1]
	fd = os.open(name, os.O_RDONLY)
	def cat(action):
	    return os.posix_spawn('/bin/cat', ['cat'], {}, file_actions=[action])
	try:
	    cat((os.POSIX_SPAWN_OPEN, 0, name, os.O_RDONLY, 0))
	except OSError as e:
	    print(e.errno, flush=True)
	os.waitpid(cat((os.POSIX_SPAWN_DUP2, fd, 0)), 0)
	END
)"

# A file that went to a static program cannot be read there, nor wrongly.
said=$($bb cat < $base/fs/f 2>&1) || :
refuse grep -q library <<< "$said"

# Read-only, by a mount point or as a whole: nothing changes, and EROFS says so.
readonly()
{
	local call
	for call in "> $1/f" ">> $1/f" "> $1/new" "mkdir $1/new" "rmdir $1/d/e" "rm -f $1/f" \
		"ln -s f $1/new" "ln $1/f $1/new" "mv $1/f $1/new" "chmod 600 $1/f" \
		"touch $1/f" "truncate -s 1 $1/f"; do
		check grep -q 'Read-only file system' <<< "$(bash -c "$call" 2>&1)"
	done
	same "from the library" "$(cat "$1/f")"
	same "d f link" "$(find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd ' ')"
}
mkdir $base/point
mount --bind $base/fs $base/point
mount -o remount,bind,ro $base/point
readonly $base/point
check umount $base/point
check mount -o remount,ro $base/fs
readonly $base/fs
# Those who are not hooked are told the same where the kernel comes to it.
check grep -q 'Read-only file system' <<< "$($bb rmdir $base/fs/d 2>&1)"
not_supported $bb mkdir $base/fs/new

# The text of a path is a hint to a process that knows the mount; what is opened, the kernel
# says.
mkdir $base/over
echo "from above" > $base/over/f
cat > $base/hints <<'SH'
reads()
{
	local line
	read -r line < "$1/fs/f" && echo "$line"
}
reads "$1"
mount --bind "$1/over" "$1/fs"
reads "$1"
reads "$1"
umount "$1/fs"
reads "$1"
reads "$1"
SH
same "from the library,from above,from above,from the library,from the library" \
	"$(bash $base/hints $base | paste -sd ,)"
check python3 - $base <<'PY'
import os, sys
name = sys.argv[1] + "/fs/f"
for i in range(3):
    assert open(name).read() == "from the library\n"
os.chmod(sys.argv[1], 0o700)
os.setresuid(65534, 65534, 65534)
try:
    open(name)
except PermissionError:
    sys.exit(0)
sys.exit("the directory on the way was not asked")
PY
chmod 755 $base
check umount $base/fs
check umount $base/back
check rmmod defuse
