#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600 -m 1536
# subset: 6.12 debug
#
# Every scenario of tests/conform once more, with Debian's C library and
# libdefuse-preload.so: both programs preloaded, and one of them through door 2.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_module
check defuse_install
export CONFORM_MANY=1000
conform_preload=$defuse_lib/libdefuse-preload.so

way()		# NAME A B
{
	local opens

	conform_place "$1"
	check conform_run "$1" "$2" "$3"
	if [ "$1" != native ]; then
		check conform_compare "$1"
		opens=$(defuse_counter "$conform_base/$1/dir" door1_opens)
		check [ "${opens:-0}" -gt 100 ]
		check grep -q 'comm=conform .* reads=[1-9]' "$conform_base/$1.stats"
		echo "$1: $(defuse_counters "$conform_base/$1/dir")"
	fi
	check conform_remove "$1"
}

way native conform conform
way preload conform conform
way half conform conform-static
check rmmod defuse
