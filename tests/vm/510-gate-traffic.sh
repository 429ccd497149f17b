#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 1200 -p tests/vm/ovs.packages
# gate: 6.1
#
# Real traffic for every match and action of the supported set, through stock
# ovs-vswitchd and the gate: nothing legitimate is refused, every forgery is.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/ovs.sh
. tests/vm/quorum.sh

modprobe sctp
quorum_load
ovs_up
ovs_hosts 3
ovs_neighbours 3
ip address add 10.0.0.254/24 dev br0
quorum_keys /tmp/keys
quorum_switch /tmp/keys
quorum_ports 3
# ovs-vswitchd sends misses to ovs-ofctl, as long as one of them is connected.
quorumctl switch set $quorum_dpid --miss controller
quorum_enforce
mkdir /tmp/work
check tests/ovs-quorum/traffic.py /tmp/work /tmp/keys/key{1,2} -- "$@"

# A new ovs-vswitchd finds flows that it did not put there.
pkill -KILL ovs-vswitchd
rm -f /run/openvswitch/ovs-vswitchd.pid
ovs_vswitchd
check tests/ovs-quorum/traffic.py /tmp/work /tmp/keys/key{1,2} -- flood tables

quorumctl stats $quorum_dpid
check quorumctl switch set $quorum_dpid --mode off
