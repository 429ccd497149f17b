#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -c 1
# subset: 6.12 debug
# gate: 6.1
#
# The module comes and goes while its hooks are in use, until it is locked.
#
# One CPU: QEMU 7.2 can go on executing the int3 by which the kernel changes code
# on another CPU after it is gone from memory, and then nothing ends any more.

set -euo pipefail
. tests/vm/lib.sh

modprobe openvswitch
modprobe ecc
check tests/ovs-quorum/load.py \
	"${QUORUM_KO:-build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko}" unload "$@"
refuse test -e /sys/module/ovs_quorum
