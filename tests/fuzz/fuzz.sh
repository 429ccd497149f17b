#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh SECONDS [SEED]: fuzzes the module in the guest, for SECONDS in all.
#
# Most of the time goes to the ioctls, a quarter to claims and to the mount options.  Each
# part has its own mount and module: after it the file system must unmount and
# the module unload, or something still holds on to them.  The harness adds
# what the kernel said and what it leaked.
#
# tools/vm/run -k debug -t SECONDS+900 tests/fuzz/fuzz.sh SECONDS
#
# Last line: N passed, N failed.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
# The caller's seconds; bash counts its own in the variable of that name.
total=${1:?usage: fuzz.sh SECONDS [SEED]}
seed=${2:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
programs=${PROGRAMS:-$top/build/tests}
module=$top/build/modules/$(uname -r)/kernel/defuse/defuse.ko

passed=0
failed=0

if [ "${VM:-}" != 1 ]; then
	echo "fuzz.sh: not in a virtual machine, run me by tools/vm/run" >&2
	exit 1
fi
echo "seed $seed"

# step NAME CMD...
step()
{
	local name=$1 rc=0
	shift
	"$@" || rc=$?
	if [ $rc = 0 ]; then
		passed=$((passed + 1))
		echo "ok: $name"
	else
		failed=$((failed + 1))
		echo "FAIL: $name (exit code $rc, seed $seed)"
	fi
}

# Only its being there and being trusted matters: no process here loads it.
library=/usr/lib/defuse/libfuzz.so
mkdir -p /usr/lib/defuse
: > $library
chmod 644 $library

base=/run/fuzz
mkdir $base
mount -t tmpfs -o mode=755 tmpfs $base
mkdir $base/back $base/fs $base/options

step 'insmod' insmod "$module"
step 'mount' mount -i -t defuse -o "backend=$base/back,library=$library" \
	defuse $base/fs
step 'ioctls' "$programs/ioctl_fuzz" $base/fs $base/back \
	$((total * 3 / 4)) "$seed"

# The mount has survived: it shows what is below, both ways.
still_true()
{
	rm -rf ${base:?}/back/*
	echo from above > $base/fs/after
	[ "$(cat $base/back/after)" = 'from above' ] || return 1
	echo from below > $base/back/after2
	[ "$(cat $base/fs/after2)" = 'from below' ]
}

step 'the mount still tells the truth' still_true
grep -A 1 "$base/fs" /proc/self/mountstats | tail -n 1
step 'umount' umount $base/fs
step 'rmmod' rmmod defuse

step 'insmod again' insmod "$module"
step 'mount without a lower tree' mount -i -t defuse \
	-o "backend=$base/back,library=$library,fallback=none" defuse $base/fs
step 'claims' "$programs/claim_fuzz" $base/fs $((total / 8 + 1)) "$seed"
step 'umount again' umount $base/fs
step 'mount options' "$programs/mount_fuzz" $base/options $library \
	$((total / 8 + 1)) "$seed"
step 'rmmod after mounts' rmmod defuse
step 'no mount is left' sh -c '! grep -q defuse /proc/self/mounts'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
