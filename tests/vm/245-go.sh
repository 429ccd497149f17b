#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
#
# A program in Go, whose runtime enters the kernel without a C library, takes turns with
# a hooked one, a static one in its island, and a static one by door 2.
# `make vm-go` builds it; the case is skipped where that was not done.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
[ -x "$defuse_tests/static/actor-go" ] || skip "no program in Go: make vm-go builds it"
defuse_restart
. tests/static/mounts.sh

for library in threaded direct; do
	check static_mount $library
	check /usr/bin/python3 tests/static/turns.py $fs $plain 3 200 \
		dynamic="$programs"/actor island="$programs"/actor-static \
		"door2=env DEFUSE_STATIC=door2 $programs/actor-static" \
		go="$programs"/actor-go
	check static_unmount
done
