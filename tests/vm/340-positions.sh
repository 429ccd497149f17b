#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900
# subset: 6.12 debug
# gate: 6.1
#
# One position for all who hold an open file, hooked or not, whatever happens in
# the middle: a signal handler, cancellation, SIGKILL, another pid namespace.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart

base=/tmp/shared
mkdir -p $base/{back,fs,trap,native}
mount -t tmpfs -o mode=755 back $base/back
mount -t tmpfs -o mode=755 native $base/native
install -m 755 -o root -g root "$defuse_tests/libdefuse-trap.so" $defuse_lib
cp "$defuse_tests"/positions{,-static} /tmp
check defuse_mount $base/back $base/fs
check mount -t defuse -o "backend=$base/back,library=$defuse_lib/libdefuse-trap.so" \
	defuse $base/trap

# suite NAME DIR
suite()
{
	echo "$1 in $2"
	check timeout 300 /tmp/positions "$1" "$2" /tmp/positions-static
}

# The control: what a file system without any of this does.
suite share $base/native
suite signals $base/native

suite share $base/fs
pages=$(defuse_counter $base/fs positions)
check [ "$pages" -gt 50 ]
echo "$pages pages mapped"
suite signals $base/fs
suite traps $base/trap
suite killed $base/trap
check rm -f /tmp/defuse-trap.finalized
suite exits $base/trap

# Who keeps to no rule.  The FD is one of door 1, its holder is not hooked.
bash -c "exec 9<> $base/fs/numbers; exec /tmp/positions-static hold page 9 100"
same 0 $? "a holder that keeps to no rule"
refuse bash -c "exec 9<> $base/fs; exec /tmp/positions-static hold page 9 100" 2> /dev/null

# Where the library has to serve, since there is no lower tree.
check mkdir $base/none
check defuse_mount $base/back $base/none fallback=none
check [ "$(bash -c 'for i in {1..300}; do read -r -N 1 c; done; echo $c' \
	< $base/none/written)" ]

check umount $base/none
check umount $base/trap
check umount $base/fs
check rmmod defuse
