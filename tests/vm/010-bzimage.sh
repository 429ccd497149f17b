#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -b
# gate: 6.1
#
# The compressed image, as a boot loader starts it, boots and runs the module too.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

# The version of the boot protocol: the image says its own, the short way into
# vmlinux always 2.12.
refuse grep -qx 0x020c /sys/kernel/boot_params/version
same "$KREL" "$(uname -r)"

check defuse_module
check defuse_install
mkdir -p /tmp/back /tmp/fs
echo seen > /tmp/back/f
check defuse_mount /tmp/back /tmp/fs
same seen "$(cat /tmp/fs/f)"
check umount /tmp/fs
check rmmod defuse
