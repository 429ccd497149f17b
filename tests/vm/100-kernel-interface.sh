#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 300
# subset: 6.12 debug
# gate: 6.1
#
# The ioctls, the marker and the verification rule, on a stock C library.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

base=/tmp/door1
check defuse_module
check defuse_install
mkdir -p $base/back $base/fs
mount -t tmpfs -o mode=755 back $base/back
check defuse_mount $base/back $base/fs

check "$defuse_tests/door1" $base/fs $base/back

check umount $base/fs

# The pages of files that the library maps.
check defuse_mount $base/back $base/fs paging=userfaultfd
check grep -q paging=userfaultfd < <(findmnt -no OPTIONS $base/fs)
check "$defuse_tests/door1" $base/fs $base/back pages
check umount $base/fs
check defuse_mount $base/back $base/fs fallback=none
check "$defuse_tests/door1" $base/fs $base/back pages claim
check umount $base/fs

# A private mount: what the library says, and the lower tree's own device.
check modprobe fuse
check defuse_mount $base/back $base/fs lower=fuse
check "$defuse_tests/door1" $base/fs $base/back held
check umount $base/fs
check umount $base/back
check rmmod defuse
