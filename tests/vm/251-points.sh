#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600 -c 1
# gate: 6.1
#
# A writer killed at every labelled point of the core: what is left is a state it went
# through, the processes that share its files go on, hooked and not, and everything can
# be unmounted and unloaded.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

check defuse_setup
core=$defuse_lib/points-core.so
install -m 755 "$defuse_user/points/libdefuse-core.so" $core
base=/tmp/points
mkdir -p $base/{back,fs}
mount -t tmpfs -o mode=755 back $base/back
check defuse_mount $base/back $base/fs
mkdir $base/back/{hooked,static}
check "$defuse_tests/points" $base/fs/hooked $base/back/hooked "$defuse_tests/points" $core
check "$defuse_tests/points-static" $base/fs/static $base/back/static \
	"$defuse_tests/points" $core
defuse_counters $base/fs
same "" "$(find $base/back -type f)" "left over"
# With a core that has no points nobody dies, and that is noticed.
refuse "$defuse_tests/points" $base/fs/hooked $base/back/hooked "$defuse_tests/points" \
	$defuse_lib/libdefuse-core.so 2> /dev/null
check umount $base/fs
check umount $base/back
check rmmod defuse
