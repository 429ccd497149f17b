#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600 -a nofsgsbase
#
# The island of a static program where the thread pointer can be set by a system call
# only; and where there is no island, though there should be one.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart
. tests/static/mounts.sh

export DEFUSE_STATS=/tmp/stats
check static_mount threaded
refuse grep -qw fsgsbase /proc/cpuinfo
mkdir $fs/{a,b,c}
same '15 passed, 0 failed' "$("$programs"/stress-pie $fs/a | tail -n 1)"
check grep -q 'comm=stress-pie .*library=threaded.* writes=[1-9]' $DEFUSE_STATS

# Without the helper: one line, and door 2.
rm $DEFUSE_STATS
mv $defuse_lib/defuse-island /tmp
same '15 passed, 0 failed' "$("$programs"/stress-static $fs/b 2> /tmp/said | tail -n 1)"
check grep -q '^defuse: cannot load .*defuse-island: .*continuing without it$' /tmp/said
refuse grep comm=stress-static $DEFUSE_STATS
check diff -r $back/a $back/b

# With a helper that will not start.
printf '#!/bin/false\n' > $defuse_lib/defuse-island
chmod 755 $defuse_lib/defuse-island
same '15 passed, 0 failed' "$("$programs"/stress-static $fs/c 2> /tmp/said | tail -n 1)"
check grep -q '^defuse: cannot load .*defuse-island: .*continuing without it$' /tmp/said
mv /tmp/defuse-island $defuse_lib

# With a library that crashes while it starts.
echo text > $back/file
same '0 text' "$(echo 'get file' | THREADED_CRASH=1 "$programs"/actor-static $fs 2> /tmp/said)"
check grep -q 'libdefuse-threaded.so: crashed in init()' /tmp/said
check static_unmount

# Without a lower tree there is no door 2, but an island.
check static_mount direct fallback=none
echo text > $back/file
same 'open 0 get 0 text' "$(printf 'open file 0\nget file\n' | "$programs"/actor-static $fs |
	sed 's/^0 0$/open 0/; s/^0 t/get 0 t/' | xargs)"
same 95 "$(echo 'get file' | DEFUSE_STATIC=door2 "$programs"/actor-static $fs)"
check static_unmount
