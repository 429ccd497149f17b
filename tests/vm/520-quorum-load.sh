#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900
# subset: 6.12 debug
# gate: 6.1 6.12
#
# Updates, flows, packets, dumps, modes, ports and datapaths, all at once: each
# update is applied once, no flow is left that does not follow, and the counters
# add up.

set -euo pipefail
. tests/vm/lib.sh

modprobe openvswitch
modprobe ecc
check tests/ovs-quorum/load.py \
	"${QUORUM_KO:-build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko}" load "$@"
refuse test -e /sys/module/ovs_quorum
