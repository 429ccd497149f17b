#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# subset: 6.12 debug
# gate: 6.1
#
# Static programs: with the library, in an island, or by door 2, as the environment
# says; with a library of threads, exceptions and thread-local objects.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
. tests/static/mounts.sh

stats=/tmp/stats
export DEFUSE_STATS=$stats

# Four ways into the same files, one operation at a time.
turns()		# LIBRARY SEED COUNT
{
	check static_mount "$1"
	rm -f $stats
	check /usr/bin/python3 tests/static/turns.py $fs $plain "$2" "$3" \
		dynamic="$programs"/actor island="$programs"/actor-static \
		"door2=env DEFUSE_STATIC=door2 $programs/actor-static" \
		raw="$programs"/actor-raw
	# One line of the dynamic actor, one of the one in the island.
	same 'actor actor-static' "$(sed -nE 's/.* comm=(\S*actor\S*) .*/\1/p' $stats |
		sort | xargs)"
	same 2 "$(grep -cE 'comm=actor\S* .* reads=[1-9]' $stats)"
	check static_unmount
}
turns threaded 1 100
turns direct 2 100

# Everything at once, and the same is left by all.
check static_mount threaded
mkdir $fs/{dynamic,island,door2}
export THREADED_LOG=/tmp/threaded
for how in dynamic island door2; do
	program=stress-static
	[ $how != dynamic ] || program=stress
	rm -f $stats
	DEFUSE_STATIC=$how "$programs"/$program $fs/$how > /tmp/$how
	same 0 $? "$how: $(grep -v '^ok' /tmp/$how | xargs)"
	same '15 passed, 0 failed' "$(tail -n 1 /tmp/$how)" "$how"
	case $how in
	door2)	refuse grep "comm=$program " $stats ;;
	*)	check grep -q "comm=$program .*library=threaded.* writes=[1-9]" $stats ;;
	esac
done
for how in island door2; do
	check diff -r $back/dynamic $back/$how
done
# Errors came as exceptions, and more than the 64 threads called.
check grep -qE '^callers=[0-9]{3} .*exceptions=[1-9]' $THREADED_LOG
check static_unmount
