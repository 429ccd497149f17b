#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -m 1536
#
# A process that maps a file by the library's way, killed at every labelled point of paging:
# those who have the file mapped or open agree on what is left and go on, nobody waits for a
# lock, a process that comes later maps it, and everything can be unmounted and unloaded.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

check defuse_setup
core=$defuse_lib/points-core.so
install -m 755 "$defuse_user/points/libdefuse-core.so" $core
base=/tmp/paged
mkdir -p $base/{back,fs}
mount -t tmpfs -o mode=755 back $base/back
check defuse_mount $base/back $base/fs fallback=none
check "$defuse_tests/points_paged" $base/fs $base/back "$defuse_tests/points_paged" $core
defuse_counters $base/fs
# With a core that has no points nobody dies, and that is noticed.
refuse "$defuse_tests/points_paged" $base/fs $base/back "$defuse_tests/points_paged" \
	$defuse_lib/libdefuse-core.so 2> /dev/null
check umount $base/fs
check umount $base/back
check rmmod defuse
