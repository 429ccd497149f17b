#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 300
# subset: 6.12 debug
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

# A file that went to a static program cannot be read there, nor wrongly.
said=$($bb cat < $base/fs/f 2>&1) || :
refuse grep -q library <<< "$said"
check umount $base/fs
check umount $base/back
check rmmod defuse
