# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# defuse.sh: a defuse system in the guest, and mounts of it; sourced by cases:
#
#	. tests/vm/defuse.sh
#	defuse_setup		# module, libraries, mount.defuse, patched libc
#	defuse_restart		# the same, for the shell of the case as well
#	defuse_mount BACKEND DIR [OPTIONS]
#
# The C library of a running shell stays what it was: only programs started
# after defuse_setup go through door 1.  DEFUSE_LIBS and DEFUSE_USER name other
# builds than build/glibc and build/user.

defuse_top=$(dirname "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")")
defuse_libs=${DEFUSE_LIBS:-$defuse_top/build/glibc}
defuse_user=${DEFUSE_USER:-$defuse_top/build/user}
# shellcheck disable=SC2034 # for those who source this
defuse_tests=${DEFUSE_TESTS:-$defuse_top/build/tests}
defuse_lib=/usr/lib/defuse

# The module alone: for tests of the kernel interface.
defuse_module()
{
	[ -d /sys/module/defuse ] ||
		insmod "$defuse_top/build/modules/$(uname -r)/kernel/defuse/defuse.ko"
}

# The libraries where a mount will accept them, without the patched libc.
defuse_install()
{
	mkdir -p $defuse_lib
	install -m 755 -o root -g root "$defuse_user"/*.so "$defuse_user/defuse-island" \
		$defuse_lib
	defuse_helper
}

defuse_helper()
{
	local server

	for server in defuse-fuse defuse-server; do
		[ ! -x "$defuse_user/$server" ] ||
			install -m 755 -o root -g root "$defuse_user/$server" $defuse_lib
	done
	[ ! -x "$defuse_user/mount.defuse" ] ||
		install -m 755 -o root -g root "$defuse_user/mount.defuse" \
			/sbin/mount.defuse
}

# Everything; every program started from now on is able.
defuse_setup()
{
	defuse_module || return
	"$defuse_top/tools/defuse-run" --libs "$defuse_libs" \
		--user "$defuse_user" --system || return
	defuse_helper
}

# The C library of a running shell stays what it was: start the case again on the new.
defuse_restart()
{
	[ -z "${DEFUSE_RESTARTED:-}" ] || return 0
	defuse_setup || exit
	DEFUSE_RESTARTED=1 exec bash "$0"
}

# defuse_mount BACKEND DIR [OPTIONS]
defuse_mount()
{
	mount -t defuse \
		-o "backend=$1,library=$defuse_lib/libdefuse-direct.so${3:+,$3}" \
		defuse "$2"
}

# defuse_counters DIR: the counters of the mount at DIR as words NAME=N, see
# kernel/defuse/stats.h.
defuse_counters()
{
	awk -v dir="$1" '$1 == "device" { here = $5 == dir && $8 == "defuse" }
		here && $1 == "defuse:" { $1 = ""; print }' /proc/self/mountstats
}

# defuse_counter DIR NAME: one of them.
defuse_counter()
{
	defuse_counters "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"
}
