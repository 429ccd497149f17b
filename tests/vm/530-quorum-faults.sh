#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# subset: debug
# gate: 6.1 debug
#
# Each allocation of each command fails once: nothing is left half done, nothing
# unapproved gets in, and the same command works afterwards.

set -euo pipefail
. tests/vm/lib.sh

[ -e /proc/self/fail-nth ] || skip "this kernel has no fault injection"
modprobe openvswitch
modprobe ecc
check tests/ovs-quorum/faults.py \
	"${QUORUM_KO:-build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko}" "$@"
refuse test -e /sys/module/ovs_quorum
