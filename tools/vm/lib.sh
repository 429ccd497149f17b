# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh: what the commands in this directory share: messages, the cache
# and its locks, the choice of kernel.  Knows nothing of what is tested.

# shellcheck disable=SC2034 # used by those who source this
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${ASHLAR_CACHE:-/var/cache/ashlar}/vm
export LC_ALL=C.UTF-8

# A developer's shims (pyenv and the like) must not reach our helpers.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "${status:-1}"
}

# KVER and DEBUG are how `make` and CI choose; -k on a command line wins.
default_kernel()
{
	if [ "${DEBUG:-0}" = 1 ]; then
		echo debug
	else
		echo "${KVER:-6.1}"
	fi
}

# locked NAME CMD...: one at a time for each NAME, across processes.  CMD
# runs in a subshell whose file descriptor 9 holds the lock.
locked()
{
	local name=$1
	shift
	mkdir -p "$cache/lock"
	(
		flock 9
		"$@"
	) 9> "$cache/lock/$name"
}

# publish TMP FINAL: make a finished directory visible, all at once.
publish()
{
	rm -rf "$2"
	mv -T "$1" "$2"
}

# fact KEY FILE: one value out of the key=value lines of a kernel.
fact()
{
	sed -n "s/^$1=//p" "$2"
}
