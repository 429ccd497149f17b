#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# subset: 6.12
#
# One file, hammered by programs that come to it by every way at once: hooked and static, by
# read and write, by name, by mappings, by system calls past the C library.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

check defuse_setup
base=/tmp/hammer
mkdir -p $base/{back,fs}
mount -t tmpfs -o mode=755 back $base/back
check defuse_mount $base/back $base/fs
static=$defuse_tests/hammer-static
everybody=(- stream - at - name - map - raw - half
	"$static" stream "$static" at "$static" name "$static" map)
for adopt in 1 0; do
	check env DEFUSE_ADOPT=$adopt DEFUSE_STATS=$base/stats "$defuse_tests/hammer" \
		$base/fs/file 80 $((adopt + 7)) "${everybody[@]}"
done
check "$static" $base/fs/other 40 3 "${everybody[@]}"
check grep -q 'comm=hammer .* writes=[1-9]' $base/stats
defuse_counters $base/fs

# A library that lies must be found out.
install -m 755 "$defuse_tests/liar.so" $defuse_lib/liar.so
mkdir -p $base/{lies,mistrusted}
mount -t tmpfs -o mode=755 back $base/lies
check mount -t defuse -o "backend=$base/lies,library=$defuse_lib/liar.so" defuse \
	$base/mistrusted
export LIAR_TRUTH=$defuse_lib/libdefuse-direct.so
check "$defuse_tests/hammer" $base/mistrusted/honest 20 1 - at "$static" at
for lie in data 'lost write'; do
	refuse env LIAR="$lie" "$defuse_tests/hammer" "$base/mistrusted/$lie" 20 1 - at \
		"$static" at > /dev/null
done
check umount $base/mistrusted $base/lies $base/fs $base/back
check rmmod defuse
