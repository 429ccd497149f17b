#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600 -m 1536
#
# Debian's programs on Debian's C library with libdefuse-preload.so: what they print and
# leave on the mount is what they print and leave on a native directory, and
# those that make their own system calls are served by the library.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/demo/compare.sh

base=/tmp/preload
native=$base/native fs=$base/fs back=$base/back work=$base/work
mkdir -p $native $fs $back $work
export LC_ALL=C.UTF-8 HOME=/tmp
preload=$defuse_lib/libdefuse-preload.so

check defuse_module
check defuse_install
check defuse_mount $back $fs

mkdir -p $work/glibc-2.36/{io,dirent}
cp -L /usr/include/x86_64-linux-gnu/bits/s*.h $work/glibc-2.36/io
cp -L /usr/include/asm-generic/s*.h $work/glibc-2.36/dirent
cp /usr/include/fts.h $work/glibc-2.36/io/fts.c
cp /usr/include/ftw.h $work/glibc-2.36/io/ftw.c
tar -cf $work/source.tar --sort=name --owner=0 --group=0 --numeric-owner \
	-C $work glibc-2.36

# on SIDE DIR PIECE [VARIABLE=VALUE...]
on()
{
	local side=$1 dir=$2 piece=$3

	shift 3
	(
		cd "$dir" || exit
		env "$@" piece_dir="$defuse_top/tests/demo" piece_git='dirent io' \
			piece_tar=$work/source.tar piece_rows=100 \
			bash -euo pipefail -c ". $defuse_top/tests/demo/pieces.sh
				piece_$piece"
	) > "$work/$side.$piece" 2>&1 < /dev/null
}

for name in tar bash python git files; do
	on native $native $name
	same 0 $? "$name on the native directory: $(tail -n 3 "$work/native.$name")"
	# With names and directories too the library's affair.
	on fs $fs $name LD_PRELOAD=$preload DEFUSE_STATS=$work/stats DEFUSE_ADOPT=0
	same 0 $? "$name on the mount: $(tail -n 3 "$work/fs.$name")"
	check diff "$work/native.$name" "$work/fs.$name"
	check same_tree $native/$name $fs/$name notime
done
check same_tree $back $fs
same "$(cd $back/files && ls -lR)" "$(cd $fs/files &&
	LD_PRELOAD=$preload DEFUSE_STATS=$work/stats DEFUSE_ADOPT=0 ls -lR)" "ls"

# served COUNTER PROGRAM...: the statistics of the core say that it was.
served()
{
	local what=$1 program

	shift
	for program; do
		check grep -q "comm=$program .* $what=[1-9]" $work/stats
	done
}
served opens bash cat cp find git ls python3 tar
served reads cat cp git python3 tar
served writes cat dd git python3 tar
served metadata chmod git mv rm

# What is missed takes door 2: sed and sort read and write through stdio.
seq 1 3000 > $fs/numbers
rm $work/stats
check env LD_PRELOAD=$preload DEFUSE_STATS=$work/stats \
	sort -n -r $fs/numbers -o $fs/sorted
check env LD_PRELOAD=$preload DEFUSE_STATS=$work/stats sed -i 1d $fs/sorted
same 2999 "$(head -n 1 $fs/sorted)"
same 2999 "$(wc -l < $back/sorted)"
refuse grep -q 'comm=sed .* reads=[1-9]' $work/stats

# tools/defuse-run says the same in one word.
check tools/defuse-run --preload --user "$defuse_user" bash -c \
	"DEFUSE_STATS=$work/run cat $fs/numbers | cmp - $back/numbers"
check grep -q 'comm=cat .* reads=[1-9]' $work/run

# Without a lower tree there is no door 2: served, or refused with words.
mkdir $base/hello
check mount -t defuse -o "backend=Hi,library=$defuse_lib/libdefuse-hello.so,fallback=none" \
	defuse $base/hello
same Hi "$(LD_PRELOAD=$preload cat $base/hello/greeting)" "cat"
same /greeting,/pid, "$(LD_PRELOAD=$preload find $base/hello -type f -printf "/%P," | tr -d "\n")" "find"
refuse env LD_PRELOAD=$preload sed p $base/hello/greeting 2> $work/said
check grep -q 'Operation not supported' $work/said
check umount $base/hello

check umount $fs
check rmmod defuse
