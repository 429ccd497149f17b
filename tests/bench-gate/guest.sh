#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh PROGRAMS UPDATES: the measurements in instructions, in a guest under
# -icount.  No ovs-vswitchd: its clock would run wild.

set -euo pipefail

programs=$1 updates=$2
top=$(realpath "$(dirname "$(realpath "$0")")/../..")
# shellcheck source-path=SCRIPTDIR source=../vm/quorum.sh
. "$top/tests/vm/quorum.sh"

results=$OUT/instructions
dp=oqbench nr=300 packets=2000
mkdir /tmp/bench
cp "$programs/bench-gate/gatebench" /tmp/bench/
cp -r "$updates" /tmp/bench/u
cd /tmp/bench/u

measure()	# LABEL WHAT ARGS...
{
	/tmp/bench/gatebench "$@" >> "$results"
}

modprobe openvswitch
modprobe veth
modprobe dummy
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
for i in 1 2; do
	ip netns add h$i
	ip link add v$i type veth peer name eth0 netns h$i
	ip link set v$i up
	ip -n h$i link set eth0 address 02:00:00:00:00:0$i
	ip -n h$i address add 10.0.0.$i/24 dev eth0
	ip -n h$i link set eth0 up
done
ip -n h1 neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0
ip link add d3 type dummy
ip link set d3 up
ovs-dpctl add-dp $dp
ovs-dpctl add-if $dp v1 v2 d3

# stage NAME: what a datapath is asked for, and a packet's way through it
stage()
{
	measure "put $1" put $dp 1 3 10.9.0.1/32 $nr
	measure "execute $1" execute $dp 1 3 10.9.0.1 $nr
	[ "$1" != enforce ] || submit two
	measure "flow" keep $dp 1 2 10.0.0.2/32 1
	for size in 18 1400; do
		measure "udp-$size $1" udp /run/netns/h1 /run/netns/h2 \
			10.0.0.2 $size $packets
	done
	ovs-dpctl del-flows $dp
}

submit()
{
	/tmp/bench/gatebench "submit $1" submit 0xa1 gate/"$1" > /dev/null
}

stage absent
quorum_load
stage unguarded
quorumctl switch set 0xa1 --domain 7 --datapath $dp --mode verify \
	--rules-max 20000
quorumctl key add 0xa1 --phase 1 keys/rsa[1-4].crt
for i in 1 2; do
	quorumctl port set 0xa1 $i v$i
done
quorumctl port set 0xa1 3 d3
submit one
stage verify
quorumctl switch set 0xa1 --mode enforce
stage enforce
quorumctl stats 0xa1 | tee "$OUT/stats-stages"

submit rest
for size in 10 100 1000 10000; do
	measure "apply $size" submit 0xa1 gate/$size-*
	measure "exact $size" put $dp 1 3 10.20.0.0/32 $nr $size
	measure "near $size" put $dp 1 3 10.20.128.0/17 $nr
	measure "far $size" put $dp 1 3 192.0.0.0/2 $nr
	measure "straddle $size" refused $dp 1 3 10.20.0.0/18 50
	ovs-dpctl del-flows $dp
done
measure "admitted" keep $dp 1 3 10.20.0.0/32 5000
measure "revoke gone" submit 0xa1 gate/gone
quorumctl switch show 0xa1
quorumctl stats 0xa1 | tee "$OUT/stats-rules"

scheme()	# NAME DPID KEYS...
{
	quorumctl switch set "$2" --domain 7 --datapath nowhere --mode verify
	quorumctl key add "$2" --phase 1 "${@:3}"
	measure "verify $1" submit "$2" "$1"/single/*
	measure "batch $1" submit "$2" "$1"/batch/*
}

scheme rsa2 0xb1 keys/rsa[1-4].crt
scheme rsa3 0xb2 keys/rsa[1-7].crt
scheme ecdsa2 0xb3 keys/ecdsa[1-4].crt
scheme bls3 0xb4 keys/bls/group.pub
