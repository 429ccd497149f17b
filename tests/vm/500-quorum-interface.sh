#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900
# subset: 6.12 debug
# gate: 6.1
#
# The netlink family of ovs_quorum.ko: every command and every refusal, then
# messages that nobody would send; and it can be unloaded after.

set -euo pipefail
. tests/vm/lib.sh

modprobe openvswitch
modprobe ecc
check insmod "${QUORUM_KO:-build/modules/$KREL/kernel/ovs-quorum/ovs_quorum.ko}"
check tests/ovs-quorum/interface.py
check tests/ovs-quorum/interface.py fuzz 10 1
# Namespaces that were locked go in the background.
until [ "$(< /sys/module/ovs_quorum/refcnt)" = 0 ]; do
	sleep 0.1
done
check rmmod ovs_quorum
