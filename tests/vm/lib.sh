# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh: small helpers for the cases in this directory, sourced by each:
#
#	. tests/vm/lib.sh
#
# A case checks with `check CMD...`, `refuse CMD...` and `same WANT GOT`; each
# failure is printed and the case goes on.  At its end a case fails if any
# check did, and also if it made no check at all: a case that quietly stopped
# testing must not pass.  `skip WHY` ends it as skipped.

vm_checks=0
vm_failed=0

# fail WORDS...: count a failure and say where.
fail()
{
	vm_failed=$((vm_failed + 1))
	printf 'FAIL %s:%s: %s\n' "${BASH_SOURCE[-1]##*/}" \
		"${BASH_LINENO[-2]}" "$*"
}

# check CMD...: the command must succeed.
check()
{
	local rc=0
	vm_checks=$((vm_checks + 1))
	"$@" || rc=$?
	[ $rc = 0 ] || fail "exit code $rc: $*"
}

# refuse CMD...: the command must fail.
refuse()
{
	vm_checks=$((vm_checks + 1))
	! "$@" || fail "succeeded but must not: $*"
}

# same WANT GOT [WORDS...]: two strings must be equal.
same()
{
	vm_checks=$((vm_checks + 1))
	[ "$1" = "$2" ] || fail "want '$1', got '$2'${3:+: ${*:3}}"
}

skip()
{
	printf 'SKIP: %s\n' "$*"
	exit 77
}

vm_end()
{
	local rc=$?
	trap - EXIT
	[ $rc = 77 ] && [ $vm_failed = 0 ] && exit 77
	if [ $rc != 0 ]; then
		echo "FAIL: the case ended early, exit code $rc"
	elif [ $vm_checks = 0 ]; then
		echo "FAIL: the case made no check"
		rc=1
	elif [ $vm_failed != 0 ]; then
		rc=1
	fi
	echo "$vm_checks checks, $vm_failed failed"
	exit $rc
}
trap vm_end EXIT

# These cases load modules and write to /proc: never on the host.
if [ "${VM:-}" != 1 ] || [ "$(hostname)" != vm ] || [ ! -e /ctl/boot ]; then
	echo "FAIL: not in a virtual machine, run me by tools/vm/run"
	exit 1
fi
