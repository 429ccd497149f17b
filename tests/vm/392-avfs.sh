#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# subset: 6.12 debug
#
# Archives as directories: what Debian's programs find behind "archive#" on a mount of
# libdefuse-avfs.so is the tree that went into the archive.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
. tests/demo/compare.sh

base=/tmp/avfs
fs=$base/fs back=$base/back tree=$base/tree work=$base/work
mkdir -p $fs $back $tree/deep/er $work
export LC_ALL=C.UTF-8

mkdir $tree/bits
cp -L /usr/include/x86_64-linux-gnu/bits/s*.h $tree/bits
seq 1 20000 > $tree/deep/numbers
echo content > "$tree/deep/er/with # and space"
ln -s deep/numbers $tree/link
ln -s deep $tree/dirlink
mkdir $tree/empty
chmod 640 $tree/deep/numbers
# Archives keep whole seconds.
find $tree -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +
echo plain > $back/plain
for kind in tar tar.gz tar.bz2 tar.xz; do
	tar -caf $back/t.$kind -C $tree .
done
mkdir $back/sub
cp $back/t.tar.gz $back/sub/in.tgz
tar -cf $back/nested.tar -C $back sub
(cd $tree && /usr/bin/python3 -m zipfile -c $back/t.zip deep empty)

check mount -t defuse \
	-o "backend=$back,library=$defuse_lib/libdefuse-avfs.so,fallback=none" defuse $fs

same "$(ls $back)" "$(ls $fs)" "plain names"
same plain "$(cat $fs/plain)"
check cmp $back/t.zip $fs/t.zip
for kind in tar tar.gz tar.bz2 tar.xz; do
	check same_tree $tree "$fs/t.$kind#"
done
check same_tree $tree "$fs/nested.tar#/sub/in.tgz#"
check diff -r $tree/deep "$fs/t.zip#/deep"

# Out of an archive, and into another.
check cp -a "$fs/t.tar.gz#" $work/copy
check same_tree $tree $work/copy
check tar -cf $work/again.tar --sort=name -C "$fs/t.tar.xz#" .
check tar -cf $work/right.tar --sort=name -C $tree .
# The first line is the root, which has the time of the archive.
check cmp <(tar -tvf $work/right.tar | sed 1d) <(tar -tvf $work/again.tar | sed 1d)
same "$(grep -r define $tree/bits | wc -l)" "$(grep -r define "$fs/t.tar#/bits" | wc -l)" grep
same "$(cd $tree && find . -type f | sort)" "$(cd "$fs/t.tar.bz2#" && find . -type f | sort)"
refuse grep -rq nowhere "$fs/t.tar#/bits"

# Links and the working directory.
check cmp $tree/link "$fs/t.tar#/link"
check cmp $tree/dirlink/numbers "$fs/t.tar.gz#/dirlink/numbers"
same content "$(cd "$fs/t.tar#/deep/er" && cat 'with # and space')"

# An open file handed to children: one position, two processes.
{ read -r a; head -c 0; bash -c 'read -r b; echo $b' > $work/b; read -r c; } \
	< "$fs/t.tar.gz#/deep/numbers"
same "1 2 3" "$a $(cat $work/b) $c" "a shared position"
same "$(md5sum < $tree/deep/numbers)" "$(md5sum < "$fs/t.zip#/deep/numbers")" "inherited"

# Many processes, and children of a process that was inside.
for i in 1 2 3 4; do
	diff -r $tree "$fs/t.tar.gz#" > $work/diff.$i 2>&1 &
done
wait
same 0 "$(cat $work/diff.* | wc -l)" "four at once"
check /usr/bin/python3 - "$fs/t.tar.gz#/deep/numbers" $tree/deep/numbers <<'PYTHON'
import os, sys
right = open(sys.argv[2]).read()
f = open(sys.argv[1])
assert f.readline() == "1\n"
for i in range(4):
    if os.fork() == 0:
        os._exit(open(sys.argv[1]).read() != right)
assert all(os.wait()[1] == 0 for i in range(4))
assert "1\n" + f.read() == right
PYTHON

# It cannot be written, and there is no other door.
refuse touch $fs/plain 2> $work/said
check grep -q 'Read-only file system' $work/said
refuse rm "$fs/t.tar#/link" 2> $work/said
same 1 "$(wc -l < $work/said)" "$(cat $work/said)"
check grep -q 'Read-only file system' $work/said
refuse cat "$fs/none.tar#/x" 2> $work/said
check grep -q 'No such file' $work/said
refuse busybox cat $fs/plain 2> $work/said
check grep -q 'Operation not supported' $work/said

check umount $fs
