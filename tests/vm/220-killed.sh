#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -c 1
# subset: 6.12
# gate: 6.1
#
# A writer killed at every system call it makes, through either door: what is
# left is a state it went through, others go on, and the mount can be unmounted.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

check defuse_setup
base=/tmp/killed
mkdir -p $base/{back,fs}
mount -t tmpfs -o mode=755 back $base/back
check defuse_mount $base/back $base/fs
mkdir $base/back/{native,door1,door2}
check "$defuse_tests/killer-static" $base/back/native $base/back/native
check "$defuse_tests/killer-static" $base/fs/door2 $base/back/door2
same 0 "$(defuse_counter $base/fs door1_opens)" "opens through door 1"
check "$defuse_tests/killer" $base/fs/door1 $base/back/door1
check [ "$(defuse_counter $base/fs door1_opens)" -gt 100 ]
defuse_counters $base/fs
same "" "$(ls $base/back/door1)" "left over"
check umount $base/fs
check umount $base/back
check rmmod defuse
