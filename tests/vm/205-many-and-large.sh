#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 1200 -m 2048
#
# 100,000 files in one directory, in each of the ways.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_setup
export CONFORM_MANY=100000

way()
{
	conform_place "$1"
	check conform_run "$1" "$2" "$3" big-file big-directory
	[ "$1" = native ] || check conform_compare "$1"
	check conform_remove "$1"
}

way native conform-static conform-static
way door2 conform-static conform-static
way door1 conform conform
check rmmod defuse
