#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600 -m 1536
# subset: 6.12 debug
# gate: 6.1
#
# Files mapped by the library, with userfaultfd: where there is no lower tree, and where
# paging=userfaultfd asks for it.  The transcripts must be those of a plain directory.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_setup
maps=(map-shared map-private map-refused map-ends map-fork map-both
	page-parts page-advice page-execute page-buffers page-space page-unsaid page-wild)

# way WAY OPTIONS TEST: whether pages are shared is compared by TEST with 0.
way()
{
	local way=$1 options=$2 dir=$conform_base/$1/dir

	conform_place "$way" libdefuse-direct.so "$options"
	check conform_run "$way" conform conform "${maps[@]}"
	# A hole that was only looked at through a map takes space on tmpfs, and none here.
	sed -i 's/ blocks [0-9]*//' "$conform_out/$way"/*
	[ "$way" != native ] || return 0
	check conform_compare "$way"
	check [ "$(defuse_counter "$dir" paged)" "$3" 0 ]
	check grep -q 'comm=conform .* faults=[1-9]' "$conform_base/$way.stats"
	echo "$way: $(defuse_counters "$dir")"
	awk '{ for (i = 1; i <= NF; i++) if (split($i, f, "=") == 2) n[f[1]] += f[2] }
		END { print "faults=" n["faults"], "fills=" n["fills"],
			"fill_bytes=" n["fill_bytes"], "written_back=" n["written_back"] }' \
		"$conform_base/$way.stats"
	check conform_remove "$way"
}

way native ""
way none fallback=none -gt
same "fallback=none" "$(conform_place shown libdefuse-direct.so fallback=none &&
	findmnt -no OPTIONS $conform_base/shown/dir | tr , '\n' | grep -E 'fallback|paging')"
check conform_remove shown
# The errors of a read-only mount are those of a read-only file system.
conform_run native conform conform error-readonly
conform_place none libdefuse-direct.so fallback=none
check conform_run none conform conform error-readonly
check conform_compare none
check conform_remove none
rm "$conform_out"/native/error-readonly
# Private mappings alone; shared ones are of the lower file, which the backend sees too.
maps+=(map-back)
check conform_run native conform conform map-back
way paged paging=userfaultfd -eq

# Where userfaultfd alone goes wrong.
conform_place five libdefuse-direct.so fallback=none
python3 -c 'import sys
for n in range(256):
    sys.stdout.write(chr(97 + n % 26) * 4096)' > $conform_base/back/five/dir/f
chmod 666 $conform_base/back/five/dir/f
check "$defuse_tests/paged" $conform_base/five/dir/f $conform_base/back/five/dir/f
# No kernel file, no wrong data.
refuse "$defuse_tests/conform-static" $conform_base/five/dir $conform_out/five map-shared
check conform_remove five
check rmmod defuse
