#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
#
# A static program that is killed while a thread of it, in its island, holds a lock of memfs:
# the kernel tells the next owner, who puts in order what was begun and goes on at once.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
. tests/static/mounts.sh

# memfs with its points; without MEMFS_POINT it is as the other.
install -m 755 "$defuse_user/points/libdefuse-memfs.so" $defuse_lib/libdefuse-points-memfs.so
mapfile -t points < <(sed -n 's/.*mf_point("\(.*\)");.*/\1/p' \
	user/defuse-libc/fs/memfs/*.c | sort -u)
check [ ${#points[@]} -ge 10 ]
mkdir -p $fs
check mount -t defuse -o \
	"backend=killed:size=16M,library=$defuse_lib/libdefuse-points-memfs.so,fallback=none" \
	defuse $fs

# Another process, which lives on, works between two deaths.
coproc OTHER { "$programs"/actor $fs; }

# say LINE...: has the other do these, and none may fail.
say()
{
	local line answer

	for line; do
		echo "$line" >&"${OTHER[1]}"
		read -r -t 20 answer <&"${OTHER[0]}" || answer="no answer"
		same "0 " "${answer:0:2}" "$line after $died: $answer"
	done
}

# holder HOW POINT:N
holder()
{
	local status=0

	MEMFS_POINT=$2 "$programs"/holder-static $fs "$1" 2> /dev/null || status=$?
	case $status in
	0)	return 1 ;;
	137)	died="$1 at $2" ;;
	*)	fail "holder $1 at $2: $status" ;;
	esac
}

died=nobody
say "put file text"
refuse holder main "nothing:1"
for how in main thread child; do
	for point in "${points[@]}"; do
		# It is reached only by who mends, or gives up.
		[ "$point" != "put back" ] || check holder $how "logged:5"
		check holder $how "$point:1"
		say "get file" "put held other" "put more text" "mkdir new" "rename more new/more" \
			"unlink new/more" "rmdir new" "unlink held"
		# What it had made and not yet removed.
		rm -rf $fs/dir
	done
done
same file "$(ls $fs)"
eval "exec ${OTHER[1]}>&-"
wait
check umount $fs
check "$defuse_user/memfs-check" killed
check rmmod defuse
