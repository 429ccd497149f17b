#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -p tests/vm/ovs.packages
#
# Several guarded switches at once: two bridges of one datapath, datapaths of two
# network namespaces, each in another mode.  None of them sees, changes, locks or
# disturbs another one, and a namespace takes its own with it when it goes.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/ovs.sh

far_run=/run/far

# The other ovs-vswitchd and its database.
far()
{
	OVS_RUNDIR=$far_run OVS_DBDIR=$far_run OVS_LOGDIR=${OUT:-/tmp} "$@"
}

far_up()
{
	mkdir $far_run
	ovsdb-tool create $far_run/conf.db \
		/usr/share/openvswitch/vswitch.ovsschema
	far ovsdb-server $far_run/conf.db -vconsole:off -vsyslog:off \
		--remote=punix:$far_run/db.sock --pidfile --detach --no-chdir
	far ovs-vsctl --no-wait init
	far ovs-vsctl --no-wait set Open_vSwitch . \
		other_config:n-handler-threads=1 \
		other_config:n-revalidator-threads=1 \
		other_config:max-idle=600000
	far ip netns exec far ovs-vswitchd unix:$far_run/db.sock \
		-vconsole:off -vsyslog:off -vfile:info --pidfile --detach \
		--no-chdir --log-file="${OUT:-/tmp}/far.log"
}

# port_on BRIDGE DEVICE NUMBER...: words for ovs-vsctl, which is slow to start.
port_on()
{
	printf '%s\n' -- add-port "$1" "$2" -- set interface "$2" \
		"ofport_request=$3" "${@:4}"
}

ovs_up
{
	echo netns add far
	for i in {1..8}; do
		echo netns add "h$i"
	done
	for i in {1..4}; do
		echo link add "v$i" type veth peer name eth0 netns "h$i"
		echo link set "v$i" up
	done
} | ip -batch -
far_device=([5]=v1 v2 v7 v8)
for i in {5..8}; do
	echo link add "${far_device[i]}" type veth peer name eth0 netns "h$i"
	echo link set "${far_device[i]}" up
done | ip -n far -batch -
# Hosts without an address, of IPv6 either, say nothing by themselves.
for i in {1..8}; do
	printf 'link set eth0 %s\n' 'addrgenmode none' up | ip -n "h$i" -batch -
done

mapfile -t words < <(
	port_on br0 v1 1
	port_on br0 v2 2
	port_on br1 v3 1
	port_on br1 v4 2
	port_on br0 over 9 type=patch options:peer=back
	port_on br1 back 9 type=patch options:peer=over
	port_on br0 int0 8 type=internal
)
ovs-vsctl set Open_vSwitch . other_config:max-idle=600000 -- \
	add-br br1 -- set bridge br1 fail-mode=secure "${words[@]}"
far_up
mapfile -t words < <(
	port_on br0 v1 1
	port_on br0 v2 2
)
far ovs-vsctl add-br br0 -- set bridge br0 fail-mode=secure "${words[@]}"
ip link set int0 netns far

# A quorum will approve what goes from port 1 to port 2, and nothing else of this.
ovs-ofctl add-flows br0 - << EOF
in_port=1,actions=output:2
in_port=2,actions=output:1
priority=65000,in_port=1,dl_src=02:cc:cc:cc:cc:cc,actions=output:9
EOF
ovs-ofctl add-flows br1 - << EOF
in_port=1,actions=output:2
in_port=2,actions=output:1
in_port=9,actions=output:1
EOF
far ovs-ofctl add-flows br0 - << EOF
in_port=1,actions=output:2
in_port=2,actions=output:1
EOF

modprobe ecc
check insmod "${QUORUM_KO:-build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko}"
check tests/ovs-quorum/multi.py $far_run/ovs-vswitchd.pid
refuse test -e /sys/module/ovs_quorum
