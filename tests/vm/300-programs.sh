#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pieces of the demonstration on little input: what the programs print and
# leave on the mount is what they print and leave on a native directory.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
# shellcheck disable=SC2034
piece_dir=$PWD/tests/demo
. tests/demo/compare.sh
. tests/demo/pieces.sh

base=/tmp/programs
native=$base/native fs=$base/fs back=$base/back work=$base/work
mkdir -p $native $fs $back $work
export LC_ALL=C.UTF-8 HOME=/tmp

# A tree with the names that the pieces expect, out of what every host has.
mkdir -p $work/glibc-2.36
cp -rL /usr/include/x86_64-linux-gnu/bits $work/glibc-2.36/io
cp -rL /usr/include/asm-generic $work/glibc-2.36/dirent
cp -rL /usr/include/x86_64-linux-gnu/sys $work/glibc-2.36/malloc
cp /usr/include/fts.h $work/glibc-2.36/io/fts.c
cp /usr/include/ftw.h $work/glibc-2.36/io/ftw.c
tar -cf $work/source.tar --sort=name --owner=0 --group=0 --numeric-owner \
	-C $work glibc-2.36
# shellcheck disable=SC2034
piece_tar=$work/source.tar piece_rows=300 piece_git='dirent io malloc'

check defuse_mount $back $fs

# on SIDE DIR PIECE; never in a condition: the piece relies on its set -e.
on()
{
	(
		set -euo pipefail
		cd "$2" || exit
		"piece_$3"
	) > "$work/$1.$3" 2>&1 < /dev/null
}

for name in tar rsync bash gcc python git sqlite files; do
	on native $native $name
	same 0 $? "$name on the native directory"
	on fs $fs $name
	same 0 $? "$name on the mount: $(tail -n 3 "$work/fs.$name")"
	check diff "$work/native.$name" "$work/fs.$name"
	check same_tree "$native/$name" "$fs/$name" notime
done
check same_tree $back $fs
check umount $fs
