# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# board.sh: runs the pieces on both sides, keeps the score, prints the table.
#
# Reads: native and fs (the two directories), work (for what was printed).
# shellcheck disable=SC2154

board_rows=()
board_failed=0

# now_us: microseconds; EPOCHREALTIME costs no process.
now_us()
{
	local t=$EPOCHREALTIME
	echo "${t/[.,]/}"
}

seconds()
{
	printf '%d.%02d' $(($1 / 1000000)) $(($1 % 1000000 / 10000))
}

# score NAME RESULT NATIVE_US MOUNT_US [DOOR1 DOOR2]; 0 us: not timed; opens
# through each door on the way
score()
{
	local native_s=- fs_s=- ratio=-

	[ "$3" -gt 0 ] && native_s=$(seconds "$3")
	[ "$4" -gt 0 ] && fs_s=$(seconds "$4")
	[ "$3" -gt 0 ] && [ "$4" -gt 0 ] &&
		ratio=$(printf '%d.%02d' $(($4 / $3)) $(($4 * 100 / $3 % 100)))
	board_rows+=("$(printf '%-33s %-4s %8s %8s %6s %7s %6s' \
		"$1" "$2" "$native_s" "$fs_s" "$ratio" "${5:--}" "${6:--}")")
	if [ "$2" != ok ]; then
		board_failed=$((board_failed + 1))
	fi
	echo "  $1: $2"
}

# verify NAME CMD...: a check of its own, not timed.  Its output is shown if
# it fails.
verify()
{
	local name=$1 rc=0
	shift
	"$@" > "$work/verify" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		score "$name" ok 0 0
	else
		sed -n '1,40s/^/    /p' "$work/verify"
		score "$name" FAIL 0 0
	fi
}

# run_piece SIDE DIR NAME: sets elapsed and rc, the piece's own result.  Never
# to be called in a condition, or from a function that is: bash would then
# switch off the set -e inside.
run_piece()
{
	local side=$1 dir=$2 name=$3 start

	start=$(now_us)
	set +e
	(
		set -euo pipefail
		cd "$dir"
		"piece_$name"
	) > "$work/$side.$name" 2>&1 < /dev/null
	rc=$?
	set -e
	elapsed=$(($(now_us) - start))
}

# A piece that fails halfway must be seen to fail.
piece_halfway()
{
	false
	true
}

board_control()
{
	run_piece native "$native" halfway
	[ "$rc" != 0 ] && return
	echo "a failing piece is not noticed"
	exit 1
}

# piece NAME DESCRIPTION: natively, then on the mount; then text and trees are
# compared.
piece()
{
	local name=$1 what=$2 t_native t_fs result=ok rc door1 door2

	run_piece native "$native" "$name"
	t_native=$elapsed
	if [ "$rc" != 0 ]; then
		echo "    $name fails on the native directory too:"
		tail -n 10 "$work/native.$name" | sed 's/^/    /'
		result=FAIL
	fi
	door1=$(defuse_counter "$fs" door1_opens)
	door2=$(defuse_counter "$fs" door2_opens)
	run_piece fs "$fs" "$name"
	t_fs=$elapsed
	door1=$(($(defuse_counter "$fs" door1_opens) - door1))
	door2=$(($(defuse_counter "$fs" door2_opens) - door2))
	if [ "$rc" != 0 ]; then
		echo "    $name on the mount: exit code $rc"
		result=FAIL
	fi
	if ! diff "$work/native.$name" "$work/fs.$name" > "$work/diff"; then
		echo "    printed (native < > mount):"
		head -n 20 "$work/diff" | sed 's/^/    /'
		result=FAIL
	fi
	if [ -d "$native/$name" ] &&
	   ! same_tree "$native/$name" "$fs/$name" notime > "$work/diff" 2>&1
	then
		echo "    trees (native < > mount):"
		head -n 20 "$work/diff" | sed 's/^/    /'
		result=FAIL
	fi
	score "$what" $result "$t_native" "$t_fs" "$door1" "$door2"
}

# board: the table; the verdict is the exit code.
board()
{
	local row

	printf '\n%-33s %-4s %8s %8s %6s %7s %6s\n' \
		'what' '' 'native s' 'mount s' 'ratio' 'door 1' 'door 2'
	for row in "${board_rows[@]}"; do
		echo "$row"
	done
	echo
	echo "$((${#board_rows[@]} - board_failed)) passed," \
		"$board_failed failed"
	[ $board_failed = 0 ]
}
