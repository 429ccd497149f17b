#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# traffic.sh PROGRAMS UPDATES ROUNDS SECONDS PACKETS: what a host sees, and what
# one costs that sends what no rule allows; in a guest with stock ovs-vswitchd.

set -euo pipefail

programs=$1 updates=$2 rounds=$3 seconds=$4 packets=$5
top=$(realpath "$(dirname "$(realpath "$0")")/../..")
# shellcheck source-path=SCRIPTDIR source=../vm/ovs.sh
. "$top/tests/vm/ovs.sh"
# shellcheck source-path=SCRIPTDIR source=../vm/quorum.sh
. "$top/tests/vm/quorum.sh"

results=$OUT/traffic
cp "$programs/bench-gate/gatebench" /tmp/
cp -r "$updates" /tmp/u
cd /tmp/u

# A number out of the JSON on standard input, by the keys that lead to it
json()
{
	/usr/bin/python3 -c 'import functools, json, sys
print(int(functools.reduce(lambda d, k: d[k], sys.argv[1:], json.load(sys.stdin))))' "$@"
}

throughput()
{
	ip netns exec h1 iperf3 -J -c 10.0.0.2 -t "$seconds" |
		json end sum_received bits_per_second
}

guard_up()
{
	quorum_load
	quorumctl switch set $quorum_dpid --domain $quorum_domain \
		--datapath ovs-system --mode verify
	quorumctl key add $quorum_dpid --phase 1 keys/rsa[1-4].crt
	quorum_ports 3
	quorum_enforce
	quorumctl update submit $quorum_dpid traffic/hosts > /dev/null
}

guard_down()
{
	quorumctl switch set $quorum_dpid --mode off
	quorumctl switch del $quorum_dpid
	rmmod ovs_quorum
}

stat_of()
{
	quorumctl --json stats $quorum_dpid | json "$1"
}

ticks()
{
	awk '{ print $14 + $15 }' "/proc/$(cat /run/openvswitch/ovs-vswitchd.pid)/stat"
}

# storm NAME: host 1 sends to host 3, 200 packets a second
storm()
{
	local t refused execute

	t=$(ticks) refused=$(stat_of refused) execute=$(stat_of execute_refused)
	ip netns exec h1 ping -n -q -i 0.005 -c "$packets" -W 1 10.0.0.3 \
		> storm.ping || :
	cat storm.ping
	echo "storm $1 $(awk '/transmitted/ { print $1, $(NF) + 0 }' storm.ping)" \
		"$(($(stat_of refused) - refused))" \
		"$(($(stat_of execute_refused) - execute))" \
		"$(($(ticks) - t))" "$(stat_of muzzles)" >> "$results"
}

# shellcheck disable=SC2119 # the database as it comes
ovs_up
ovs-appctl vlog/set ANY:file:off	# the host's disk is not what is measured
ovs_hosts 3
ovs_neighbours 3
for rule in 'in_port=1,ip,nw_dst=10.0.0.2,actions=output:2' \
	    'in_port=2,ip,nw_dst=10.0.0.1,actions=output:1' \
	    'in_port=1,ip,nw_dst=10.0.0.3,actions=output:3'; do
	ovs-ofctl -O OpenFlow13 add-flow br0 "$rule"
done
ip netns exec h2 iperf3 -s -D > /dev/null
until ip netns exec h2 ss -tln | grep :5201 > /dev/null; do
	sleep 0.1
done

for ((round = 1; round <= rounds; round++)); do
	echo "iperf absent $(throughput)" >> "$results"
	guard_up
	echo "iperf enforce $(throughput)" >> "$results"
	ovs-dpctl dump-flows ovs-system > "$OUT/flows"
	[ "$round" = "$rounds" ] || guard_down
done

quorumctl update submit $quorum_dpid traffic/third
storm approved
# ovs-vswitchd 3.1 does not notice that a flow is gone until something makes it
# revalidate: it executes packets one by one, and puts no flow.
quorumctl update submit $quorum_dpid traffic/not-third
storm stale
ovs-appctl revalidator/purge
storm muzzled
# As many muzzles as there may be, and no revalidator that looks at them: from
# here on what is refused is not muzzled.
ovs-vsctl set Open_vSwitch . other_config:max-revalidator=100000 \
	other_config:max-idle=100000
ovs-dpctl del-flows ovs-system
v1=$(ovs-dpctl show ovs-system | sed -n 's/^ *port \([0-9]*\): v1$/\1/p')
/tmp/gatebench fill refused ovs-system "$v1" 4 11.0.0.0/32 16384
storm full
cat "$results"
