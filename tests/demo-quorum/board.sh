# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# board.sh: says what is tried, tries it, keeps the score.

board_passed=0
board_failed=0

# must WORDS -- CMD...: it has to succeed.
# must_not WORDS -- CMD...: it has to fail; what it says is shown.
# Both print what the command printed, indented, up to a few lines.
board_try()
{
	local want=$1 words=$2 rc=0 verdict=ok
	shift 3
	"$@" > /tmp/board 2>&1 || rc=$?
	case $want,$rc in
	pass,0 | fail,[1-9]*) board_passed=$((board_passed + 1)) ;;
	*)	verdict=FAIL
		board_failed=$((board_failed + 1)) ;;
	esac
	printf '%-4s %s\n' $verdict "$words"
	grep -v '^$' /tmp/board | cut -c1-150 | tail -n 4 | sed 's/^/       | /' || :
}

must()
{
	board_try pass "$@"
}

must_not()
{
	board_try fail "$@"
}

chapter()
{
	printf '\n== %s\n' "$*"
}

board()
{
	printf '\n%s passed, %s failed\n' $board_passed $board_failed
	if [ $board_failed = 0 ]; then
		echo PASS
	else
		echo FAIL
		return 1
	fi
}
