# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests/*/fuzz share.  A script says `here`, its directory, and `O`, the
# output directory; sources this; may define build() and seeds() anew; and ends with
#
#	fuzz_targets LEAST OPTION... -- "$@"
#
# where its arguments are SECONDS [NAME...].  Gives each fuzz_NAME.c (all of
# them, without names) an equal part of the time, and more if that was not enough
# for LEAST inputs; fewer are a failure.  What they find useful stays in the
# output directory for the next run, and so does an input that broke a promise.
# Last line: N passed, N failed, of fuzzers.  Exit code 77: no clang with
# libFuzzer here.

O=$(realpath -m "$O")

# Makes these, $O/fuzz/fuzz_NAME
build()	# PROGRAM...
{
	# shellcheck disable=SC2154 # what the script says
	nice make -s -C "$here" O="$O" "$@"
}

# Puts where a fuzzer begins into a directory
seeds()	# NAME DIRECTORY
{
	:
}

# Sets ran.  An input has a minute: a machine that stands still is no loop without end.
fuzz_run()	# NAME OPTION...
{
	local name=$1 log=$O/fuzz_$1.log rc=0

	shift
	nice "$O/fuzz/fuzz_$name" -timeout=60 "$@" -artifact_prefix="$O/$name-" \
		-print_final_stats=1 "$O/corpus/$name" > "$log" 2>&1 || rc=$?
	ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	return $rc
}

fuzz_target()	# NAME SECONDS LEAST OPTION...
{
	local name=$1 seconds=$2 least=$3 log=$O/fuzz_$1.log rc=0 ran

	shift 3
	fuzz_run "$name" -max_total_time="$seconds" "$@" || rc=$?
	if [ "$rc" = 0 ] && [ "${ran:-0}" -lt "$least" ]; then
		fuzz_run "$name" -runs="$least" -max_total_time=600 "$@" || rc=$?
	fi
	if [ "$rc" = 0 ] && [ "${ran:-0}" -ge "$least" ]; then
		echo "ok fuzz_$name: $ran inputs in $seconds s"
		return 0
	fi
	tail -n 40 "$log"
	echo "FAIL fuzz_$name: exit code $rc, ${ran:-no} inputs, the log is $log"
	return 1
}

fuzz_targets()	# LEAST OPTION... -- SECONDS [NAME...]
{
	local least=$1 options=() names=() name share passed=0 failed=0

	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	if ! [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
		echo "usage: fuzz SECONDS [NAME...]" >&2
		exit 2
	fi
	names=("${@:2}")
	if [ "${#names[@]}" = 0 ]; then
		for name in "$here"/fuzz_*.c; do
			name=${name##*/fuzz_}
			names+=("${name%.c}")
		done
	fi
	if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
			clang -x c -fsanitize=fuzzer - -o /dev/null 2> /dev/null; then
		echo "skipped: tests/${here##*/}/fuzz: this machine has no clang with libFuzzer" >&2
		exit 77
	fi
	mkdir -p "$O/fuzz"
	build "${names[@]/#/$O/fuzz/fuzz_}"
	share=$((($1 + ${#names[@]} - 1) / ${#names[@]}))
	for name in "${names[@]}"; do
		mkdir -p "$O/corpus/$name"
		seeds "$name" "$O/corpus/$name"
		if fuzz_target "$name" "$share" "$least" "${options[@]}"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
