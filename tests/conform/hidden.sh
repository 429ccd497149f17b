#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 3400 -m 1536
#
# The scenarios of tests/conform on a mount with lower=fuse, through door 2 and through
# both doors at once, and for comparison on a plain FUSE mount of the same library:
# `make conform-hidden`, in the guest.
#
# What door 2 answers otherwise than a directory must be listed below, and be what plain
# FUSE answers, word for word, unless it says `own`.  What is listed must differ.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

# SCENARIO fuse|own WHY
known()
{
	cat <<- 'END'
	attr-both fuse no extended attributes
	attr-extended fuse no extended attributes
	dir-deep fuse a path has at most 4095 bytes
	dir-list fuse no FIFOs
	io-truncate fuse no FIFOs
	lock-both-flock fuse a lock on the backend, past the library, is not seen
	lock-both-ranges fuse likewise
	map-back fuse what is in a mapping is seen on the backend after msync
	map-ends fuse st_blocks: pages that were only read do not come to be
	open-reopen own /proc/self/fd of a file without a name that a library alone has open
	open-tmpfile fuse no O_TMPFILE
	open-types fuse no FIFOs, no devices
	page-advice fuse st_blocks, as above
	page-wild fuse st_blocks, as above
	END
}

# unknown WAY: what differs and is not listed.
unknown()
{
	sed -n "s/^DIFFERS $1 \(.*\):$/\1/p" "$OUT/$1.compared" | sort > "$OUT/$1.differs"
	known | cut -d' ' -f1 | sort | comm -13 - "$OUT/$1.differs"
}

# way WAY A OPTIONS: as conform_run and conform_compare.
way()
{
	check conform_place "$1" libdefuse-direct.so "$3"
	check conform_run "$1" "$2" conform-static
	conform_compare "$1" > "$OUT/$1.compared"
	cat "$OUT/$1.compared"
	check conform_remove "$1"
}

# A server that lies is found out, and its honest twin is not.
lying()
{
	local lie way m b
	for lie in '' data; do
		way=lie-$lie m=$conform_base/$way b=$conform_base/back/$way
		mkdir -p "$m"/{dir,fuse} "$b/dir" "$conform_out/$way"
		conform_backend "$b/dir" 50 1000
		LIAR=$lie LIAR_TRUTH=$defuse_lib/libdefuse-direct.so "$defuse_lib/defuse-fuse" -o \
			"cache=none,shared,library=$defuse_lib/liar.so,backend=$b/dir" "$m/fuse"
		check defuse_mount "$b/dir" "$m/dir" "lower=$m/fuse"
		conform_run "$way" conform-static conform-static io-vectors || :
		if [ -z "$lie" ]; then
			check cmp "$conform_out"/{native,"$way"}/io-vectors
		else
			refuse cmp -s "$conform_out"/{native,"$way"}/io-vectors
		fi
		check umount "$m/dir"
		check umount "$m/fuse"
	done
}

modprobe fuse
check defuse_setup
install -m 755 "$defuse_tests/liar.so" $defuse_lib/liar.so
export CONFORM_MANY=200

check conform_place native
check conform_run native conform conform
check conform_remove native
lying
way fuse conform-static cache=none,shared
way door2 conform-static lower=fuse
way mixed conform lower=fuse

for name in door2 mixed; do
	same "" "$(unknown $name)" "$name: these differ too"
done
while read -r name whose _; do
	check grep -qx "$name" "$OUT/door2.differs" "$OUT/mixed.differs"
	[ "$whose" = own ] || check cmp "$conform_out"/{fuse,door2}/"$name"
done < <(known)
