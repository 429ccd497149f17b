#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh: ordinary programs of Debian on a defuse mount, in the guest, with
# the patched C library in place for the whole system.
#
# Everything is done twice, on a native directory and on the mount, both on
# the same tmpfs; what the programs print and what they leave must be equal.
# Then the counters and a trace must show that the library in the processes
# did the work.  Ends with a table and PASS or FAIL.
#
# tools/vm/run tests/demo/demo.sh SOURCE_TAR

set -euo pipefail

piece_dir=$(dirname "$(realpath "$0")")
top=$(realpath "$piece_dir/../..")
. "$top/tests/vm/defuse.sh"
. "$piece_dir/compare.sh"
. "$piece_dir/pieces.sh"
. "$piece_dir/board.sh"
. "$piece_dir/evidence.sh"

# The C library of a running program stays what it was: start again on the new.
if [ "${1:-}" != --staged ]; then
	defuse_setup
	exec "$(realpath "$0")" --staged "$@"
fi

piece_tar=${2:?usage: demo.sh SOURCE_TAR}
piece_rows=3000
piece_git='dirent io malloc'
export LC_ALL=C.UTF-8 HOME=/tmp

base=/tmp/demo
native=$base/native back=$base/back fs=$base/fs work=$base/work
mkdir -p $native $back $fs $work

echo "== the stage"
defuse_mount $back $fs
grep " $fs " /proc/self/mounts
cp "$piece_tar" $base/source.tar	# reading it must cost both sides the same
piece_tar=$base/source.tar

stats=$work/stats
touch $stats
export DEFUSE_STATS=$stats

echo "== the checker checks itself"
board_control
verify 'comparison notices differences' compare_control $work

echo "== programs"
piece tar 'tar x, tar c'
verify 'tar: attributes and times' same_tree $native/tar $fs/tar
piece rsync 'rsync -a, -c --delete'
piece bash 'bash redirection, inheritance'
piece gcc 'gcc, ar, ld; running the result'
piece python 'python3'
piece git 'git init ... gc, clone, fsck'
piece sqlite 'sqlite3, rollback journal and WAL'
piece files 'coreutils, find, xargs, sed, gzip'

# sums DIR: through /bin/busybox only, which is static and never hooked.
sums()
{
	(cd "$1" && /bin/busybox find . -type f ! -path '*__pycache__*' \
		-exec /bin/busybox sha256sum {} +) | LC_ALL=C sort
}

door2_sees_the_same()
{
	sums $native/tar > $work/sums.native
	sums $fs/tar | diff $work/sums.native - || return 1
	[ "$(wc -l < $work/sums.native)" -gt 1000 ] || return 1
	/bin/busybox sh -c "echo through door 2 > $fs/door2"
	[ "$(cat $fs/door2)" = 'through door 2' ] || return 1
	echo 'through door 1' > $fs/door1
	[ "$(/bin/busybox cat $fs/door1)" = 'through door 1' ]
}

echo "== the other door"
verify 'static busybox: the same bytes' door2_sees_the_same
verify 'backing directory: the same tree' same_tree $back $fs

echo "== who did the work"
seq 1 100000 > $fs/numbers
verify 'strace: no read on the mount' no_kernel_reads $fs/numbers $fs $back

counted_by_processes()
{
	local name n
	for name in opens reads writes; do
		n=$(process_total "$stats" "$name")
		echo "all processes together: $name=$n"
		[ "$n" -gt 1000 ] || return 1
	done
}

# A hooked reader raises the count of door 1 by one, an unhooked one leaves it.
counted_by_mount()
{
	local before after

	before=$(defuse_counter $fs door1_opens)
	cat $fs/numbers > /dev/null
	after=$(defuse_counter $fs door1_opens)
	echo "hooked reader: door1_opens $before -> $after"
	[ "$after" -gt "$before" ] || return 1
	before=$after
	/bin/busybox cat $fs/numbers > /dev/null
	after=$(defuse_counter $fs door1_opens)
	echo "static reader: door1_opens $before -> $after"
	[ "$after" = "$before" ]
}

verify 'counters of the processes' counted_by_processes
verify 'counters of the mount' counted_by_mount

echo
echo "counters of the mount:"
defuse_counters $fs | fold -s -w 74 | sed 's/^/  /'

# by_command NAME: that counter of the processes' lines, summed by command.
by_command()
{
	awk -v name="$1" '{
		comm = "?"
		n = 1
		for (i = 1; i <= NF; i++) {
			split($i, kv, "=")
			if (kv[1] == "comm")
				comm = kv[2]
			if (kv[1] == name)
				n = kv[2]
		}
		sum[comm] += n
	} END {
		for (c in sum)
			if (sum[c])
				printf "%s %d, ", c, sum[c]
		print ""
	}' "$stats" | fold -s -w 74 | sed 's/^/  /'
}

echo "processes that used the library, by command:"
by_command processes
echo "calls that it left to the kernel:"
by_command door2

unmounts()
{
	umount $fs && umount_control
}

umount_control()
{
	! grep -q " $fs " /proc/self/mounts
}

cd /
verify 'unmounts when all is done' unmounts

if board; then
	echo PASS
else
	echo FAIL
	exit 1
fi
