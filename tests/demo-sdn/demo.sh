#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh OUT: a network run by four controllers, one of them hostile, in the guest, on the
# stock kernel.
#
# Three bridges of stock Open vSwitch in a triangle, each guarded by ovs_quorum.ko in
# enforce mode, four hosts, four quorumd, three quorum-agent.  The story is in story.py.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
built=$1
. "$top/tests/vm/quorum.sh"

sysctl -qw net.ipv6.conf.default.disable_ipv6=1
mkdir -p /run/ashlar /run/netns
ip link set lo up
modprobe veth
quorum_load
PATH=$built/quorumctl:$PATH
export OVS_SCHEMA=/usr/share/openvswitch/vswitch.ovsschema
export OVS_VSWITCHD=/usr/lib/openvswitch-switch/ovs-vswitchd
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$top/tests/sdn
exec "$here/story.py" "$built"
