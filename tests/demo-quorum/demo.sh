#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh: a bridge of stock Open vSwitch that forwards only what a quorum of
# four controllers signed, in the guest, on the stock kernel.
#
# Three hosts in network namespaces; the four keys are files here, and quorumctl
# signs with them.  First individual keys, then a threshold key; then attacks,
# each by whoever is root beside the quorum.  A sniffer at the far side sees
# whether anything crossed.  Ends with PASS or FAIL.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
. "$top/tests/vm/ovs.sh"
. "$top/tests/vm/quorum.sh"
. "$here/board.sh"

work=/tmp/demo
mkdir -p $work
cd $work

ping12()
{
	ip netns exec h1 ping -n -c 2 -i 0.2 -W 2 10.0.0.2
}

# make_update FILE FLOW...: an update of the current phase with the next number.
phase=1
sequence=1
make_update()
{
	local file=$1 args=() flow
	shift
	for flow in "$@"; do
		args+=(--flow "$flow")
	done
	quorumctl update make --domain $quorum_domain --dpid $quorum_dpid \
		--phase $phase --sequence $sequence "${args[@]}" -o "$file"
}

sign()	# FILE SIGNER...
{
	local file=$1 i
	shift
	for i in "$@"; do
		quorumctl sign --key "keys/key$i" --signer "$i" "$file"
	done
}

submit()
{
	quorumctl update submit $quorum_dpid "$@"
}

# approved FLOW...: signed by controllers 1 and 2, and applied.
approved()
{
	make_update u "$@"
	sign u 1 2
	submit u
	sequence=$((sequence + 1))
}

stat_of()
{
	quorumctl --json stats $quorum_dpid |
		/usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# nothing_crosses CMD...: while the command runs, and for two pings after it, no
# packet of host 1 arrives at host 3.  The sniffer is up when it says so.
nothing_crosses()
{
	local rc=0 sniffer

	ip netns exec h3 tcpdump -n -l -Z root -i eth0 -Q in \
		ether src 02:00:00:00:00:01 > crossed 2> sniffer &
	sniffer=$!
	until grep -q 'listening on' sniffer; do
		kill -0 $sniffer || { cat sniffer; return 1; }
		sleep 0.1
	done
	"$@" || rc=$?
	ip netns exec h1 ping -n -c 2 -i 0.2 -W 1 10.0.0.3 > /dev/null || :
	kill -INT $sniffer || :
	wait $sniffer || :
	grep -q 'packets captured' sniffer || { cat sniffer; return 1; }
	if grep -q . crossed; then
		echo "crossed: $(cat crossed)"
		return 1
	fi
	return $rc
}

refused()	# CMD...: fails, and says that it may not
{
	local rc=0

	"$@" > said 2>&1 || rc=$?
	cat said
	[ $rc != 0 ] && grep -qi 'not permitted\|refused\|quorum' said
}

chapter "a stock bridge, three hosts, a guard"
ovs_up
ovs_hosts 3
ovs_neighbours 3
quorum_load
lsmod | grep -E '^(ovs_quorum|openvswitch) '
quorum_keys keys
quorum_switch keys
quorum_ports 3
must "enforce: nothing is approved yet" -- quorum_enforce
quorumctl switch show $quorum_dpid
must_not "ping fails" -- ping12

to2='priority=10,in_port=1,ip,nw_dst=10.0.0.2,actions=output:2'
to1='priority=10,in_port=2,ip,nw_dst=10.0.0.1,actions=output:1'

chapter "rules signed by one controller do nothing"
make_update u "$to2" "$to1"
sign u 1
must_not "one signature of four: pending" -- submit u
ovs-ofctl -O OpenFlow13 add-flow br0 "$to2"
ovs-ofctl -O OpenFlow13 add-flow br0 "$to1"
must_not "ping still fails, though ovs-vswitchd has the rules" -- ping12

chapter "with the quorum"
sign u 2
must "two signatures: applied" -- submit u
sequence=$((sequence + 1))
quorumctl rules $quorum_dpid
must "ping works" -- ping12
ovs-dpctl dump-flows

chapter "a second round, with a threshold key"
quorumctl keygen threshold -n 4 -t 3 shares > /dev/null
quorumctl keyset make --phase 2 --scheme threshold --quorum 3 -o next \
	-n 4 shares/group.pub
quorumctl update make --domain $quorum_domain --dpid $quorum_dpid \
	--phase 1 --sequence $sequence --keyset next -o u
sign u 3 4
must "controllers 3 and 4 sign the next key set" -- submit u
phase=2 sequence=1
make_update u 'priority=20,in_port=1,icmp,actions=output:2' \
	'priority=20,in_port=2,icmp,actions=output:1'
for i in 1 2 3; do
	quorumctl sign --key shares/share$i --signer $i -o s$i u
done
must_not "two shares are too few to combine" -- \
	quorumctl combine --group shares/group.pub -o c s1 s2
must "three shares make the group's signature" -- \
	quorumctl combine --group shares/group.pub -o c s1 s2 s3
must "one signature of the group: applied" -- submit c
sequence=$((sequence + 1))
cp c applied
ovs-ofctl -O OpenFlow13 add-flow br0 \
	'priority=20,in_port=1,icmp,actions=output:2'
ovs-ofctl -O OpenFlow13 add-flow br0 \
	'priority=20,in_port=2,icmp,actions=output:1'
must "ping works" -- ping12

threshold()	# FLOW...
{
	local i

	make_update u "$@"
	for i in 1 2 3; do
		quorumctl sign --key shares/share$i --signer $i -o s$i u
	done
	quorumctl combine --group shares/group.pub -o c s1 s2 s3
	submit c
	sequence=$((sequence + 1))
}

chapter "attacks"
evil='priority=60000,in_port=1,actions=output:3'

single()
{
	make_update evil.u "$evil"
	quorumctl sign --key keys/key1 --signer 1 evil.u
	refused submit evil.u
}
must "a single signer's rule is refused" -- nothing_crosses single

replay()
{
	refused submit applied
}
must "a replayed update is refused" -- nothing_crosses replay

# A signature of the group, but of another update: the same bytes behind another
# body.
forged()
{
	make_update evil.u "$evil"
	/usr/bin/python3 - << 'EOF'
body, good = open("evil.u", "rb").read(), open("applied", "rb").read()
signature = good[-54:]		# its frame of 6 bytes, and 48
body = body[:22] + good[22:24] + body[24:]	# one signature
open("forged", "wb").write(body + signature)
EOF
	refused submit forged
}
must "a forged signature is refused" -- nothing_crosses forged

behind()
{
	local before

	before=$(stat_of refused)
	ovs-ofctl -O OpenFlow13 add-flow br0 "$evil"
	ip netns exec h1 ping -n -c 2 -i 0.2 -W 1 10.0.0.3 || :
	ovs-ofctl -O OpenFlow13 --strict del-flows br0 "${evil%,actions*}"
	echo "refused so far: $before, now $(stat_of refused)"
	[ "$(stat_of refused)" -gt "$before" ]
}
must "ovs-ofctl add-flow behind the quorum's back has no effect" -- \
	nothing_crosses behind

packet_out()
{
	local before

	before=$(stat_of execute_refused)
	ovs-ofctl -O OpenFlow13 packet-out br0 \
		"in_port=1,packet=020000000003020000000001080045000014000000004011000000000000000000,actions=output:3"
	until [ "$(stat_of execute_refused)" -gt "$before" ]; do
		sleep 0.1
	done
	echo "executes refused: $before, now $(stat_of execute_refused)"
}
must "a packet-out by ovs-ofctl has no effect" -- nothing_crosses packet_out

# What is in the datapath for pings from port 1, and lies about it.
wide='in_port(2),eth(),eth_type(0x0800),ipv4(proto=1,frag=no)'
narrow='in_port(2),eth(),eth_type(0x0800),ipv4(dst=10.0.0.7,proto=1,frag=no)'
U=ufid:00000000-1111-2222-3333-444444444444

add_flow()
{
	refused ovs-dpctl add-flow ovs-system \
		"$U,in_port(2),eth(),eth_type(0x0800),ipv4(frag=no)" 4
}
must "ovs-dpctl add-flow is refused" -- nothing_crosses add_flow

# Sets are found by UFID alone: the new actions would land on the wide flow.
set_bypass()
{
	local ufid

	ping12 > /dev/null
	ufid=$(ovs-dpctl dump-flows -m ovs-system |
		sed -n 's/^\(ufid:[^,]*\),.*in_port(v1).*proto=1.*/\1/p')
	[ -n "$ufid" ] || return 1
	refused ovs-dpctl mod-flow ovs-system "$ufid,$narrow" 4
}
must "a set whose narrow key would land on a wide flow is refused" -- \
	nothing_crosses set_bypass

# New flows are compared by masked key alone: the same without a set.
new_bypass()
{
	refused ovs-dpctl --may-create mod-flow ovs-system "$U,$wide" 4
	ovs-dpctl dump-flows ovs-system
}
must "a new flow that would replace another's actions is refused" -- \
	nothing_crosses new_bypass
ovs-dpctl del-flows ovs-system

chapter "revocation"
must "ping works" -- ping12
must "the quorum deletes the rules" -- threshold delete
must_not "ping fails at once: stale flows are gone" -- ping12
quorumctl stats $quorum_dpid | grep -i revoked

chapter "ovs-vswitchd killed and restarted"
must "the quorum approves again" -- threshold "$to2" "$to1"
must "ping works" -- ping12
pkill -KILL ovs-vswitchd
rm -f /run/openvswitch/ovs-vswitchd.pid
ovs_vswitchd
must_not "ping fails: the new ovs-vswitchd has no rules" -- ping12
ovs-ofctl -O OpenFlow13 add-flow br0 "$to2"
ovs-ofctl -O OpenFlow13 add-flow br0 "$to1"
must "ping works once it has learnt them" -- ping12
must "behind the quorum's back still nothing" -- nothing_crosses behind

chapter "what the kernel counted"
quorumctl stats $quorum_dpid
must "lock" -- quorumctl lock
must_not "a locked module cannot be removed" -- rmmod ovs_quorum
must_not "a locked switch cannot be opened" -- \
	quorumctl switch set $quorum_dpid --mode off
board
