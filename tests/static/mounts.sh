# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# mounts.sh: a mount by a library that is in C++ or not, and an ordinary directory;
# sourced by tests/vm/24*, after tests/vm/defuse.sh.

# shellcheck disable=SC2154 # they are of tests/vm/defuse.sh

base=/tmp/static
fs=$base/fs
back=$base/back
# shellcheck disable=SC2034 # for those who source this
plain=$base/plain
programs=$defuse_tests/static

install -m 755 "$programs/libdefuse-threaded.so" "$defuse_lib" || exit

static_mount()	# LIBRARY [OPTIONS]
{
	rm -rf $base
	mkdir -p $fs $back $plain
	mount -t defuse -o \
		"backend=$back,library=$defuse_lib/libdefuse-$1.so${2:+,$2}" defuse $fs
}

static_unmount()
{
	umount $fs
}
