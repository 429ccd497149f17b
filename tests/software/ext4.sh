#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -m 1536
#
# A backend with blocks instead of pages: scenarios about data,
# mappings and names on ext4, natively and through door 1.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

modprobe loop
modprobe ext4
check defuse_setup
export CONFORM_TYPE=ext4 CONFORM_MANY=100
scenarios=$(sed -n 's/^	{ "\([a-z-]*\)", .*/\1/p' tests/conform/c_{attr,copy,io,link,map,open,rename}.c)
# shellcheck disable=SC2086 # words
for way in native door1; do
	conform_place $way
	check conform_run $way conform conform $scenarios
	[ $way = native ] || check conform_compare $way
	check conform_remove $way
done
check rmmod defuse
