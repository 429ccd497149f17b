#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -p tests/vm/sshfs.packages
#
# Debian's sshfs, unmodified, on a defuse mount: one instance in a server, over an SSH
# server on loopback; Debian's programs use it. mount.defuse starts it.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/compat/sshd.sh

defuse_restart
base=/tmp/sshfs
mkdir -p $base/{back,fs}
ip link set lo up
sshd_start $base/sshd ""

backend="instance=shared sshfs -F $base/sshd/ssh_config"
backend+=" -o allow_other,default_permissions loop:$base/back"
check mount -t defuse \
	-o "library=$defuse_lib/libdefuse-shared.so,fallback=none,backend=\"$backend\"" \
	defuse $base/fs

echo over ssh > $base/fs/one
same "over ssh" "$(cat $base/back/one)"
same "over ssh" "$(cat $base/fs/one)"
check cp -r /etc/apt $base/fs/apt
check diff -r /etc/apt $base/fs/apt
check diff -r /etc/apt $base/back/apt
check tar -C $base/fs -cf $base/apt.tar apt
mkdir $base/fs/tar
check tar -C $base/fs/tar -xpf $base/apt.tar
check diff -r /etc/apt $base/back/tar/apt
check touch -d @1000000000 $base/fs/one
check cp -p $base/fs/one $base/fs/two
same 1000000000 "$(stat -c %Y $base/back/two)"
check rm -r $base/fs/tar $base/fs/two
check mv $base/fs/apt $base/fs/moved
check dd if=/dev/urandom of=$base/fs/big bs=1M count=4 status=none
check cmp $base/fs/big $base/back/big
check rm -r $base/fs/moved
same "big one" "$(find $base/fs -mindepth 1 -printf '%f\n' | sort | paste -sd ' ')"
refuse cat $base/fs/nothing

# A static program: no library, no lower tree, and a clear error.
refuse /bin/busybox cat $base/fs/one
same 1 "$(pgrep -xc sshfs)" "one instance for all"
kill -KILL "$(pgrep -x sshfs)"
same "over ssh" "$(cat $base/fs/one)" "the next one"
check umount $base/fs
for ((n = 0; n < 1200; n++)); do
	pgrep -x sshfs > /dev/null || break
	sleep 0.1
done
refuse pgrep -x sshfs
sshd_stop $base/sshd
check rmmod defuse
