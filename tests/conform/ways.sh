# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ways.sh: runs conform in several ways and compares; sourced by cases in
# tests/vm after lib.sh and defuse.sh.
#
#	native	two dynamic programs in a plain directory: what is right
#	door2	two static programs on a mount
#	door1	two dynamic programs with the patched C library on a mount
#	opens	the same, every open(2) through the library
#	mixed	A through door 1, B through door 2, on the same files
#	swapped	A through door 2, B through door 1
#	preload	two dynamic programs on Debian's C library, with the front end that
#		conform_preload names
#	fuse	two static programs on a FUSE mount of the library, without defuse
#
# Each way has backends of its own, always of the same type as the native one: CONFORM_TYPE is
# tmpfs or ext4.
# The variables defuse_* come from defuse.sh.
# shellcheck disable=SC2154

conform_base=/tmp/conform
conform_out=$conform_base/out

# conform_backend DIR MEGABYTES INODES
conform_backend()
{
	if [ "${CONFORM_TYPE:-tmpfs}" = tmpfs ]; then
		mount -t tmpfs -o "mode=755,size=$2m,nr_inodes=$3" conform "$1"
		return
	fi
	truncate -s "$2M" "$1.image"
	mkfs.ext4 -q -O ^has_journal -N "$3" "$1.image" && mount -o loop "$1.image" "$1"
}

# conform_place WAY [LIBRARY [OPTIONS]]: its directory, a read-only one, a small
# one, and one on another file system.
conform_place()
{
	local way=$1 library=${2:-libdefuse-direct.so} more=${3:-} kind options
	local b=$conform_base/back/$way m=$conform_base/$way

	mkdir -p "$b"/{dir,ro,small} "$m"/{dir,ro,small,else} "$conform_out/$way"
	conform_backend "$b/dir" 500 200000
	conform_backend "$b/ro" 10 100
	conform_backend "$b/small" 1 100
	conform_backend "$m/else" 10 1000
	mkdir "$b/ro/d"
	echo "read only" > "$b/ro/f"
	if [ "$way" = native ]; then
		for kind in dir ro small; do
			mount --bind "$b/$kind" "$m/$kind"
		done
		mount -o remount,bind,ro "$m/ro"
		return
	fi
	if [ "$way" = fuse ]; then
		for kind in dir ro small; do
			"$defuse_lib/defuse-fuse" -o \
				"$more,backend=$b/$kind,library=$defuse_lib/$library" \
				"$m/$kind" || return
		done
		mount -o remount,bind,ro "$m/ro"
		return
	fi
	for kind in dir ro small; do
		options=rw
		[ $kind != ro ] || options=ro
		options+=${more:+,$more}
		mount -t defuse \
			-o "$options,backend=$b/$kind,library=$defuse_lib/$library" \
			defuse "$m/$kind" || return
	done
}

# conform_run WAY A B [SCENARIO...]: A and B are names of programs.
conform_run()
{
	local way=$1 a=$2 b=$3 start=$SECONDS rc=0
	local m=$conform_base/$way

	shift 3
	LD_PRELOAD=${conform_preload-} \
	CONFORM_BACK=$conform_base/back/$way/dir CONFORM_RO=$m/ro \
	CONFORM_SMALL=$m/small CONFORM_ELSE=$m/else DEFUSE_STATS=$m.stats \
		"$defuse_tests/$a" -b "$defuse_tests/$b" "$m/dir" \
		"$conform_out/$way" "$@" || rc=$?
	echo "$way: $((SECONDS - start)) s, exit code $rc"
	return $rc
}

# conform_compare WAY: prints the first difference of each scenario, and how
# many scenarios differ as the last line.  Fails if one does, or if none was there.
conform_compare()
{
	local way=$1 name n=0 bad=0 file first
	local native=$conform_out/native differ=$conform_out/$way.differ

	for file in "$native"/*; do
		n=$((n + 1))
		[ -e "$conform_out/$way/${file##*/}" ] || : > "$conform_out/$way/${file##*/}"
	done
	diff -raq -x .labels "$native" "$conform_out/$way" > "$differ" || :
	while read -r _ file _; do
		name=${file##*/}
		bad=$((bad + 1))
		mkdir -p "${OUT:-/tmp}/$way"
		file=${OUT:-/tmp}/$way/$name.diff
		diff -aU1 "$native/$name" "$conform_out/$way/$name" > "$file" || :
		echo "DIFFERS $way $name:"
		first=$(grep -anm 1 '^[-+][^-+]' "$file" | cut -d: -f1)
		sed -n "$((first - 1)),$((first + 2))p" "$file" | cut -c1-230
	done < "$differ"
	echo "$way: $n scenarios, $bad differ"
	[ $bad = 0 ] && [ $n != 0 ]
}

# Everything of a way goes away again: nothing holds a reference.
conform_remove()
{
	local way=$1 kind n rc=0

	for kind in dir ro small else; do
		umount "$conform_base/$way/$kind" || rc=1
	done
	# A server ends soon after its mount.
	for ((n = 0; n < 100; n++)); do
		pgrep -x defuse-fuse > /dev/null || break
		sleep 0.1
	done
	for kind in dir ro small; do
		umount "$conform_base/back/$way/$kind" || rc=1
	done
	return $rc
}
