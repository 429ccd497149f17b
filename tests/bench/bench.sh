#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh ROUNDS FUSE_ROUNDS PROGRAMS SOURCE_TAR: the measurements, in the
# guest.  The FUSE variants, which cost ten times as much, only take part in the
# first FUSE_ROUNDS rounds.
#
# All ways to one backing directory on tmpfs, in turn, in one boot:
#
#	direct	the directory itself, patched C library (as door1, not hooked)
#	door1	the mount, patched C library
#	door2	the mount, the same program linked statically; tar runs with
#		Debian's own C library instead
#	fuse	libfuse3's passthrough_ll, its defaults
#	fuse-wb	the same with -o writeback,cache=always
#
# Lines of fsbench go to $OUT/results; `report.py` makes the table.

set -euo pipefail

rounds=$1 fuse_rounds=$2 programs=$3 source_tar=$4
top=$(realpath "$(dirname "$(realpath "$0")")/../..")
. "$top/tests/vm/defuse.sh"

base=/tmp/bench
back=$base/back fs=$base/fs results=$OUT/results
mkdir -p $back $fs $base/fuse $base/fuse-wb $base/debian-libc
cp "$source_tar" $base/source.tar
cp "$programs"/{fsbench,fsbench-static,passthrough_ll} $base/
# The servers hold an FD for each i-node they know.
ulimit -n 65536

for f in libc.so.6 ld-linux-x86-64.so.2; do
	cp -L /usr/lib/x86_64-linux-gnu/$f $base/debian-libc/
done
# The host's files are read from the host, whose pace the clock must not see.
mkdir $base/lib
cp -L /bin/tar $base/
ldd /bin/tar | awk '$3 ~ /^\// && $1 !~ /^libc\.so/ { print $3 }' |
	xargs -I{} cp -L {} $base/lib/
export LD_LIBRARY_PATH=$base/lib
defuse_setup
defuse_mount $back $fs
modprobe fuse

# serve NAME [OPTIONS]: start a server, leave its process id in server_pid.
serve()
{
	local name=$1 opts=source=$back${2:+,$2}

	$base/passthrough_ll -f -o "$opts" $base/"$name" &
	server_pid=$!
	until grep -q " $base/$name fuse" /proc/self/mounts; do
		sleep 0.1
	done
}
serve fuse
fuse_pid=$server_pid
serve fuse-wb writeback,cache=always
wb_pid=$server_pid

old_libc=("$base/debian-libc/ld-linux-x86-64.so.2"
	--library-path "$base/debian-libc:$base/lib")

# measure VARIANT ARGS...: fsbench in the way of the variant; DIR stands for
# the variant's directory.
measure()
{
	local variant=$1 bench=$base/fsbench server=() dir=$fs/$1
	shift
	case $variant in
	direct)	 dir=$back/direct ;;
	door2)	 bench=$base/fsbench-static ;;
	fuse)	 dir=$base/fuse/fuse server=(-s "$fuse_pid") ;;
	fuse-wb) dir=$base/fuse-wb/fuse-wb server=(-s "$wb_pid") ;;
	esac
	mkdir -p "$back/$variant"
	$bench "${server[@]}" "$variant" "${@/#DIR/$dir}" >> "$results"
}

# untar VARIANT
untar()
{
	local variant=$1 tar=("$base/tar")

	mkdir -p "$back/$variant/tree"
	[ "$variant" != door2 ] || tar=("${old_libc[@]}" "$base/tar")
	mkdir $base/warm
	"${tar[@]}" -xf $base/source.tar -C $base/warm
	rm -r $base/warm
	measure "$variant" exec tar "${tar[@]}" -xf $base/source.tar -C DIR/tree
	diff -r "$back/direct/tree" "$back/$variant/tree"
	[ "$variant" = direct ] || rm -r "${back:?}/$variant/tree"
}

: > "$results"
for ((round = 1; round <= rounds; round++)); do
	variants=(direct door1 door2)
	[ "$round" -gt "$fuse_rounds" ] || variants+=(fuse fuse-wb)
	for v in "${variants[@]}"; do
		measure "$v" DIR small write read open stat unlink
	done
	for v in "${variants[@]}"; do
		measure "$v" DIR mixed write read unlink
	done
	for v in "${variants[@]}"; do
		measure "$v" DIR large write read unlink
	done
	for v in "${variants[@]}"; do
		untar "$v"
	done
	rm -r $back/direct/tree
	echo "round $round of $rounds: ${variants[*]}"
done

# Door 1 must have been door 1, and door 2 not.
defuse_counters $fs | tee "$OUT/mountstats"

cd /
umount $base/fuse $base/fuse-wb $fs
wait
