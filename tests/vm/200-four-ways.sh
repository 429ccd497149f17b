#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -m 1536
# subset: 6.12
# gate: 6.1
#
# Every scenario of tests/conform in a plain directory, through door 2, through
# door 1 and through both doors at once: the transcripts must be equal.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_setup
# The 100,000 files have a case of their own.
export CONFORM_MANY=1000

# counted WAY DOOR1 DOOR2: each "some", "none" or "any".  The shell that one
# scenario starts is dynamic in every way, so a few opens do not count.
counted()
{
	local dir=$conform_base/$1/dir opens
	opens=$(defuse_counter "$dir" door1_opens)
	same "$2" "$([ "${opens:-0}" -gt 100 ] && echo some || echo none)" \
		"$1: $opens opens through door 1"
	opens=$(defuse_counter "$dir" door2_opens)
	[ "$3" = any ] ||
		same "$3" "$([ "${opens:-0}" -gt 100 ] && echo some || echo none)" \
			"$1: $opens opens through door 2"
	same "$2" "$(grep -qs 'comm=conform .* reads=[1-9]' "$conform_base/$1.stats" &&
		echo some || echo none)" "$1: the statistics of the core"
	echo "$1: $(defuse_counters "$dir")"
}

way()
{
	conform_place "$1"
	check conform_run "$1" "$2" "$3"
	if [ "$1" != native ]; then
		check conform_compare "$1"
		counted "$1" "$4" "$5"
	fi
	check conform_remove "$1"
}

way native conform conform
way door2 conform-static conform-static none some
# Some things have a good reason to go through the kernel in door 1 too.
way door1 conform conform some any
# The library opens the files too, as one must whose files are not lower files.
DEFUSE_ADOPT=0 way opens conform conform some any
way mixed conform conform-static some some
way swapped conform-static conform some some
check rmmod defuse
