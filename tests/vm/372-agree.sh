#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 400
# subset: 6.12 debug
#
# A library with data of its own (lower=fuse): reads, writes and mappings of hooked and
# static programs agree after every operation, and lose nothing of one another.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
modprobe fuse
check defuse_setup

base=/tmp/agree
mkdir -p $base/{fs,back}
mount -t tmpfs -o mode=755 back $base/back
hooked=$defuse_tests/agree static=$defuse_tests/agree-static

# A control: that is how a plain file behaves.
check "$hooked" "$static" $base/back/plain 150 1
check defuse_mount $base/back $base/fs lower=fuse
check "$hooked" "$static" $base/fs/a 400 2
check "$static" "$hooked" $base/fs/b 250 3
check "$hooked" "$hooked" $base/fs/c 250 4
check "$static" "$static" $base/fs/d 150 5
check "$hooked" race "$static" $base/fs/e 60
check [ "$(defuse_counter $base/fs door1_opens)" -gt 5 ]
check umount $base/fs
check umount $base/back
