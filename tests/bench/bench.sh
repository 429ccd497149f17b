#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh ROUNDS FUSE_ROUNDS PROGRAMS SOURCE_TAR: the measurements, in the guest.  The
# FUSE variants, which cost ten times as much, only take part in the first FUSE_ROUNDS
# rounds.
#
# All ways to one backing directory on tmpfs, in turn, in one boot:
#
#	direct	   the directory itself, patched C library (as door1, not hooked)
#	door1	   the mount, patched C library; the kernel opens, `direct` adopts
#	door1-lib  the same without adoption: names and opens are the library's, too
#	door2	   the mount, the same program linked statically; tar and rsync run with
#		   Debian's own C library instead
#	preload	   the mount, Debian's own C library, libdefuse-preload.so
#	diss	   the directory, by the protocol of the dissertation (protocol.h)
#	compat	   libfuse's passthrough_fh, built as a DEFUSE library, in the process
#	dfuse	   defuse-fuse: the library of door1 behind FUSE
#	dfuse-wb   the same with -o writeback,cache=always
#	ll, ll-wb  libfuse's passthrough_ll, its defaults, and with the same options
#	hp	   passthrough_hp, which caches by itself
#	pt	   the same with FUSE passthrough, where the kernel has it
#	fh	   passthrough_fh: the high-level interface
#
# and memfs, a tree in memory without any directory behind it; for mappings also paged
# (door1 with paging=userfaultfd) and memfs-fill (memfs without the pager's privilege).
#
# BENCH_VARIANTS: only these.
#
# Lines of fsbench go to $OUT/results; `report.py` makes the tables.

set -euo pipefail

rounds=$1 fuse_rounds=$2 programs=$3 source_tar=$4
top=$(realpath "$(dirname "$(realpath "$0")")/../..")
# shellcheck source=tests/vm/defuse.sh
. "$top/tests/vm/defuse.sh"
# shellcheck source=tests/bench/places.sh
. "$top/tests/bench/places.sh"

# unpack VARIANT: tar there, and rsync from there to elsewhere; each has run once before.
unpack()
{
	local variant=$1 dir command

	dir=$(place "$variant")
	mkdir -p "$dir/tree"
	command_of "$variant" tar
	mkdir $base/warm
	chroot $root "${command[@]}" -xf $base/source.tar -C $base/warm
	measure "$variant" exec tar "${command[@]}" -xf $base/source.tar -C DIR/tree
	diff -r $base/warm "$dir/tree"
	command_of "$variant" rsync
	chroot $root /bin/rsync -a --numeric-ids $base/warm/ $base/copy
	rm -r $base/warm $base/copy
	measure "$variant" exec rsync "${command[@]}" -a --numeric-ids DIR/tree/ $base/copy
	diff -r "$dir/tree" $base/copy
	rm -r "${dir:?}/tree" $base/copy
}

# archived: plain files beside the same ones in archives, by a library in the process, by
# that library behind FUSE, and by AVFS's own daemon
archived()
{
	local workload variant phases dir

	for workload in small mixed large; do
		phases=(read)
		[ $workload != small ] || phases=(read open stat)
		dir=$base/plain
		measure_at $dir plain DIR $workload write > /dev/null
		tar -cf $base/archives/$workload.tar -C $dir $workload
		for variant in plain avfs avfs-dfuse avfsd; do
			case $variant in
			plain)	dir=$base/plain ;;
			avfsd)	dir="$base/avfsd$base/archives/$workload.tar#" ;;
			*)	dir="$base/$variant/$workload.tar#" ;;
			esac
			measure_at "$dir" $variant DIR $workload "${phases[@]}"
		done
		rm -r $base/plain/$workload $base/archives/$workload.tar
	done
}

# taken_apart: what an open without a lower tree is made of
taken_apart()
{
	measure memfs DIR small write > /dev/null
	chroot $root "${old_libc[@]}" $base/bin/parts $base/memfs memfs/small/f000000 \
		/usr/lib/defuse/libdefuse-memfs.so bench:size=512M
	measure memfs DIR small unlink > /dev/null
}

# in_round N: sets `variants`
in_round()
{
	local v

	variants=()
	for v in ${BENCH_VARIANTS:-direct door1 door1-lib door2 preload diss memfs compat \
			dfuse dfuse-wb ll ll-wb hp pt fh}; do
		[ "$1" -le "$fuse_rounds" ] || [ -z "${server_pid[$v]-}" ] || continue
		[ -n "${missing[$v]-}" ] || variants+=("$v")
	done
}

files()
{
	local v

	for v in "${variants[@]}"; do
		if [ "$v" = diss ]; then	# has one open file at a time
			measure "$v" DIR small write read open stat unlink
		else
			measure "$v" DIR small write read open hold release stat unlink
		fi
	done
	for v in "${variants[@]}"; do
		[ "$v" = fh ] || measure "$v" DIR mixed write read unlink
	done
	for v in "${variants[@]}"; do
		case $v in
		fh)		continue ;;
		diss | compat)	measure "$v" DIR large write read records unlink ;;
		direct | door1)	measure "$v" DIR large write read records map private unlink ;;
		*)		measure "$v" DIR large write read records map unlink ;;
		esac
	done
	# The other engines of mappings.
	measure memfs-fill DIR large write map unlink
	measure paged DIR large write private unlink
}

commands()
{
	local v

	for v in "${variants[@]}"; do
		case $v in
		diss | compat | ll-wb | hp | fh) ;;
		*)	unpack "$v" ;;
		esac
	done
	# The others open as one of these does.
	for v in "${variants[@]}"; do
		case $v in
		direct | door1 | memfs | dfuse)
			measure "$v" fds $base/bin/fsbench-static DIR 0 500 1000 2000 4000 ;;
		esac
	done
}

cp "$source_tar" /tmp/source.tar
places_setup "$programs"
mv /tmp/source.tar $base/
: > "$OUT/results"
for ((round = 1; round <= rounds; round++)); do
	in_round "$round"
	{
		files
		commands
		taken_apart
		[ "$round" -gt "$fuse_rounds" ] || archived
	} >> "$OUT/results"
	echo "round $round of $rounds: ${variants[*]}"
done

# Door 1 must have been door 1, and door 2 not.
defuse_counters $fs | tee "$OUT/mountstats"

cd /
places_end
