# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# front.sh: the command line, the manual page, completion, and what is said where
# there is no module; sourced by run after offline.sh.

# shellcheck disable=SC2154 # from run
page=$top/tools/quorumctl/quorumctl.8
completion=$top/tools/quorumctl/quorumctl.bash

# Command lines
status 2 'no command' "no command" q
status 2 'no command "nonsense"' "an unknown command" q nonsense
status 2 'no command "switch"' "half a command" q switch
status 2 'unknown option' "an unknown option" q --nonsense
status 2 'usage: quorumctl .*stats DPID' "too few arguments" q stats
status 2 'unexpected argument "x"' "too many arguments" q stats 1 x
status 2 'unknown option --x' "an unknown option of a command" q stats 1 --x
status 2 'not a datapath id' "a bad datapath id" q stats 0x1x
status 2 'none of: off verify enforce' "a bad mode" q switch set 1 --mode on
status 2 'wants a value' "an option without its value" q switch set 1 --mode
status 2 'given twice' "an option twice" q switch set 1 --mode off --mode off
status 2 'not a port' "port 0" q port set 1 0 veth1
status 2 'not a port' "a reserved port" q port set 1 FLOOD veth1
status 2 'none of' "an event that does not exist" q monitor --until nothing
must "--json with nothing to say is an array" grep -qx '\[\]' \
	<(q --json merge -o m s1 | tr -d ' \n'; echo)

# Every command is everywhere.
mapfile -t commands < <(q --help |
	sed -nE 's/^quorumctl ([a-z]+( (add-switch|set|show|del|add|retire|submit|make|batch|init|renew|status|members|switches|events|updates|log))?).*/\1/p')
is "commands are listed" true "$([ ${#commands[@]} -ge 25 ] && echo true)"
plain=$(man -l -Tascii -P cat "$page" 2> /dev/null | col -bx | tr -s ' ') || plain=
if [ -n "$plain" ]; then
	missing=
	for command in "${commands[@]}"; do
		grep -qE "^ +$command( |$)" <<< "$plain" || missing+=" '$command'"
	done
	is "the manual page has every command" "" "$missing"
	missing=
	for option in $(q --help | grep -oE -- '--[a-z-]+' | sort -u); do
		grep -q -- "$option" <<< "$plain" || missing+=" $option"
	done
	is "the manual page has every option" "" "$missing"
else
	skipped=$((skipped + 1))
	echo "skipped: there is no man(1)"
fi
if command -v mandoc > /dev/null; then
	is "the manual page is clean (mandoc)" "" \
		"$(mandoc -T lint "$page" 2>&1 || :)"
elif command -v man > /dev/null; then
	is "the manual page is clean (man)" "" \
		"$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 > /dev/null)"
fi

# complete WORD...: what bash offers for the last word
complete_words()
(
	# shellcheck source=../../tools/quorumctl/quorumctl.bash
	. "$completion"
	# The programs in PATH have no say here.
	# shellcheck disable=SC2317 # completion calls it
	quorumctl()
	{
		echo "00000000000000a1 domain 7"
	}
	# shellcheck disable=SC2034 # what a completion function reads
	COMP_WORDS=(quorumctl "$@") COMP_CWORD=$#
	_quorumctl
	printf '%s\n' "${COMPREPLY[@]}"
)
missing=
for command in "${commands[@]}"; do
	read -r first second <<< "$command"
	grep -qx "$first" <(complete_words "$first") || missing+=" '$first'"
	[ -z "$second" ] ||
		grep -qx -- "$second" <(complete_words "$first" "$second") ||
		missing+=" '$command'"
done
is "completion has every command" "" "$missing"
is "completion has no others" "${#commands[@]}" \
	"$(bash -c '. "$1" && echo ${#_quorumctl_words[@]}' - "$completion")"
is "completion of options" "--mode" "$(complete_words switch set 1 --mo)"
is "completion of values" "verify" "$(complete_words switch set 1 --mode v)"
is "and of those of another command" "crash" "$(complete_words domain init d --mode cr)"
is "completion of datapath ids" "00000000000000a1" "$(complete_words rules 0)"
missing=
for command in "${commands[@]}"; do
	options=$(q --help | sed -n "/^quorumctl $command /,/^quorumctl /{
		/^quorumctl $command /p; /^\t/p }" | grep -oE -- ' \[?--?[a-z-]+' |
		tr -d ' [' | sort -u || :)
	read -r -a words <<< "$command"
	for option in $options; do
		grep -qx -- "$option" <(complete_words "${words[@]}" "$option") ||
			missing+=" '$command $option'"
	done
done
is "completion has every option" "" "$missing"

# Without the module; where it is loaded, its own tests do better.
if ! grep -q '^ovs_quorum ' /proc/modules; then
	for command in "switch set 1 --mode off" "switch show" "switch show 1" \
			"switch del 1" "key add 1 set" "key show 1" \
			"key retire 1 1" "port set 1 1 lo" "port show 1" \
			"port del 1 1" "update submit 1 u" "rules 1" "flows 1" \
			"stats 1" "lock" "flush 1" "monitor --count 1"; do
		# shellcheck disable=SC2086 # words
		status 3 'ovs_quorum is not loaded' "$command" q $command
	done
	status 1 'WARN module: ovs_quorum is not loaded' "check warns" q check
fi
must "check says everything in JSON" /usr/bin/python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
topics = {line["topic"] for line in d}
want = set("""module crypto-sha256 crypto-rsa crypto-ecdsa crypto-digest ftrace
lockdown secure-boot module-signatures kexec ports xdp tc tcx nft
packet-sockets tun datapath""".split())
assert want <= topics, want - topics
assert {line["level"] for line in d} <= {"OK", "WARN", "SKIP"}' \
	<(q --json check || :)

# Every topic has its row in the threat model.
model=$top/docs/threat-model.md
missing=
while read -r topic; do
	grep -q "\`$topic\`" "$model" || missing+=" $topic"
done < <(sed -nE 's/.*check_say\([A-Z_]+, "([a-z0-9-]+)".*/\1/p' \
	"$top"/tools/quorumctl/check*.c "$top"/tools/quorumctl/cmd_check.c | sort -u)
is "the threat model explains every topic of check" "" "$missing"
