#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# gate: 6.1
#
# Can the scenarios fail at all?  A library that tells one lie at a time must be
# found out by them, each lie by the scenario that is about it.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_setup
install -m 755 "$defuse_tests/liar.so" $defuse_lib/liar.so
export LIAR_TRUTH=$defuse_lib/libdefuse-direct.so

lies=(
	"errno:open-exclusive"
	"short read:io-positions"
	"data:io-vectors"
	"lost write:io-positions"
	"position:io-append"
	"truncate:io-truncate"
	"size:attr-stat"
	"mode:attr-mode"
	"link:link-symbolic"
	"list:dir-list"
	"access:attr-access"
	"time:attr-times"
)
mapfile -t scenarios < <(printf '%s\n' "${lies[@]#*:}" | sort -u)

conform_place native
check conform_run native conform conform "${scenarios[@]}"
check conform_remove native

# The control: a liar who tells the truth.
conform_place honest liar.so
check conform_run honest conform conform "${scenarios[@]}"
check conform_compare honest
same liar "$(grep -o 'library=[a-z]*' $conform_base/honest.stats |
	sed 's/.*=//' | sort -u)" "the library in use"
check conform_remove honest

for lie in "${lies[@]}"; do
	way=${lie%%:*}
	way=lie-${way/ /-}
	export LIAR=${lie%%:*}
	scenario=${lie#*:}
	conform_place "$way" liar.so
	conform_run "$way" conform conform "$scenario" || :
	refuse cmp -s "$conform_out/native/$scenario" \
		"$conform_out/$way/$scenario"
	check [ -s "$conform_out/$way/$scenario" ]
	check conform_remove "$way"
done
check rmmod defuse
