# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# quorum.sh: a guarded bridge in the guest; sourced by cases after ovs.sh:
#
#	quorum_load			# ovs_quorum.ko, quorumctl in PATH
#	quorum_keys DIR			# four RSA keys and certificates
#	quorum_switch DIR		# bridge br0 is switch 0xa1, mode verify
#	quorum_ports 3			# v1 .. v3 are its ports 1 .. 3
#	quorum_enforce
#
# KREL and the directory of the case are those of tools/vm/run.

quorum_dpid=0xa1
quorum_domain=7

quorum_load()
{
	local top

	top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
	PATH=$top/build/quorumctl:$PATH
	export PATH
	modprobe openvswitch
	modprobe ecc
	insmod "$top/build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko"
}

quorum_keys()
{
	local i

	mkdir -p "$1"
	for i in 1 2 3 4; do
		quorumctl keygen rsa "$1/key$i" > /dev/null
	done
}

quorum_switch()
{
	quorumctl switch set $quorum_dpid --domain $quorum_domain \
		--datapath ovs-system --mode verify
	quorumctl key add $quorum_dpid --phase 1 "$1"/key[1-4].crt
}

quorum_ports()
{
	local i

	quorumctl port set $quorum_dpid LOCAL br0
	for ((i = 1; i <= $1; i++)); do
		quorumctl port set $quorum_dpid "$i" "v$i"
	done
}

quorum_enforce()
{
	quorumctl switch set $quorum_dpid --mode enforce
}
