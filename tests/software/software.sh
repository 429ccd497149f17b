#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# software.sh SIZE DIR [PIECE...]: in the guest.  Runs each piece on a native directory and on a
# mount, both on a tmpfs, and compares output, exit codes and what they left.
# SIZE is `whole` or `short`; DIR has the tarballs that tests/software/run made.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

size=$1 tarballs=$2
if [ -z "${DEFUSE_RESTARTED:-}" ]; then
	defuse_setup || exit
	DEFUSE_RESTARTED=1 exec bash "$0" "$@"
fi
shift 2
here=$PWD/tests/software
. tests/demo/compare.sh
. tests/software/pieces.sh

software_dir=$here software_source=$tarballs/zlib.tar software_many=$tarballs/many.tar
pg_bin=/usr/lib/postgresql/15/bin
case $size in
whole)	size_make=all size_git=10000 size_sqlite=3000 size_initdb='' size_pgbench=200
	size_venv='' size_dpkg=2000 ;;
short)	size_make=minigzip size_git=500 size_sqlite=150 size_initdb=-N
	size_pgbench=10 size_venv=--without-pip size_dpkg=100 ;;
*)	echo "software.sh: size $size?"; exit 2 ;;
esac
# The pieces read them.
export software_dir software_source software_many pg_bin size_make size_git size_sqlite \
	size_initdb size_pgbench size_venv size_dpkg

base=/tmp/software
mkdir -p $base/{native,back,fs,out,work}
mount -t tmpfs -o mode=755,size=60% native $base/native
mount -t tmpfs -o mode=755,size=60% back $base/back
check defuse_mount $base/back $base/fs
export LC_ALL=C.UTF-8 HOME=/tmp TZ=UTC

# on SIDE PIECE; never in a condition: the piece relies on its set -e.
on()
{
	(
		set -euo pipefail
		work=$base/work/$1.$2
		mkdir -p "$work" "$base/$1/$2"
		cd "$base/$1/$2" || exit
		"piece_$2"
	) > "$base/out/$1.$2" 2>&1 < /dev/null
}

[ $# != 0 ] || set -- dpkg git make postgresql rsync sqlite tar venv
for name in "$@"; do
	start=$SECONDS
	on native "$name"
	same 0 $? "$name on the native directory: $(tail -n 3 "$base/out/native.$name")"
	middle=$SECONDS
	on fs "$name"
	same 0 $? "$name on the mount: $(tail -n 3 "$base/out/fs.$name")"
	end=$SECONDS
	check diff "$base/out/native.$name" "$base/out/fs.$name"
	check same_tree "$base/native/$name" "$base/fs/$name" notime
	check same_tree "$base/back/$name" "$base/fs/$name"
	echo "$name: native $((middle - start)) s, defuse $((end - middle)) s:" \
		"$(wc -l < "$base/out/fs.$name") lines"
	cp -r "$base/out" "${OUT:-/tmp}/"
	find "$base/native/$name" "$base/fs/$name" -mindepth 1 -delete
done
defuse_counters $base/fs
check umount $base/fs
check rmmod defuse
