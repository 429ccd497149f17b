# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of quorumctl(8) for bash: source it, or install it as
# /usr/share/bash-completion/completions/quorumctl.

# The commands, and what may follow each
declare -A _quorumctl_words=(
	["switch set"]="--domain --datapath --mode --miss --vlan-limit --overlap
		--expiry --pending-max --rules-max --next-sequence"
	["switch show"]=""
	["switch del"]=""
	["key add"]="--phase --quorum"
	["key show"]=""
	["key retire"]=""
	["port set"]="--no-flood LOCAL"
	["port show"]=""
	["port del"]="LOCAL"
	["update submit"]=""
	["update make"]="--domain --dpid --phase --sequence --dep --flow --group
		--packet-out --openflow --keyset -o"
	["update batch"]=""
	["rules"]=""
	["flows"]=""
	["stats"]=""
	["monitor"]="--until --count --timeout"
	["lock"]=""
	["flush"]=""
	["check"]=""
	["keygen"]="rsa ecdsa threshold -n -t"
	["keyset make"]="--phase --scheme --quorum -n -o"
	["sign"]="--key --signer -o"
	["combine"]="--group -o"
	["merge"]="-o"
	["inspect"]="--key --keyset --group"
	["domain init"]="--id --controllers --switches --mode --scheme --rsa --sign --app
		--spare --procedure --verifier --user --host --base-port --days"
	["domain add-switch"]="--dpid --verifier --user --days"
	["domain renew"]="--days"
	["domain show"]=""
	["cluster status"]="--socket"
	["cluster members"]="--socket"
	["cluster switches"]="--socket"
	["cluster events"]="--count --follow --socket"
	["cluster updates"]="--count --follow --socket"
	["cluster log"]="--level --socket"
)

# The datapath ids that the kernel knows
_quorumctl_dpids()
{
	quorumctl switch show 2> /dev/null | sed -n 's/^\([0-9a-f]\{16\}\) .*/\1/p'
}

# The values of an option, if they are words
_quorumctl_values()	# OPTION COMMAND
{
	case $1 in
	--mode)
		if [ "$2" = "domain init" ]; then
			echo "byzantine crash centralized"
		else
			echo "off verify enforce"
		fi
		;;
	--procedure)	echo "update-consistent event-linearizable no-ack" ;;
	--app)		echo "learning cbench path route external" ;;
	--verifier)	echo "kernel process" ;;
	--level)	echo "error warning info debug" ;;
	--miss)		echo "drop controller" ;;
	--vlan-limit)	echo "1 2" ;;
	--scheme)	echo "individual threshold" ;;
	--until)	echo "applied rejected expired violation" ;;
	esac
}

_quorumctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local at=1 first second name candidates

	while [[ $at -lt $COMP_CWORD && ${COMP_WORDS[at]} == -* ]]; do
		at=$((at + 1))
	done
	first=${COMP_WORDS[at]}
	second=${COMP_WORDS[at + 1]:-}
	COMPREPLY=()
	if [ "$at" = "$COMP_CWORD" ]; then
		candidates="--json --help $(printf '%s\n' \
			"${!_quorumctl_words[@]}" | cut -d ' ' -f 1)"
	elif [[ $((at + 1)) = "$COMP_CWORD" &&
			-z ${_quorumctl_words[$first]+there} ]]; then
		candidates=$(printf '%s\n' "${!_quorumctl_words[@]}" |
			sed -n "s/^$first //p")
	else
		name=$first
		[ -n "${_quorumctl_words[$first]+there}" ] || name="$first $second"
		candidates=$(_quorumctl_values "$prev" "$name")
		if [ -z "$candidates" ]; then
			candidates="${_quorumctl_words[$name]:-} $(_quorumctl_dpids)"
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
	fi
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < \
		<(compgen -W "$candidates" -- "$cur")
}

complete -o filenames -F _quorumctl quorumctl
