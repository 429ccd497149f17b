#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900
# subset: 6.12
# gate: 6.1
#
# lib/bls in the kernel: every vector, on every engine, without a warning.

set -euo pipefail
. tests/vm/lib.sh

# The debug kernel runs the KUnit suites instead: it has no bls_check.ko.
module=build/modules/$KREL/lib/bls/bls_check.ko
[ -e "$module" ] || skip "bls_check.ko is for kernels without KUnit"

check insmod "$module"
dmesg -t | grep '^bls: ' || :
check grep -qxE 'bls: [1-9][0-9]* passed, 0 failed' <(dmesg -t)
check grep -q '^bls: portable verify: [1-9]' <(dmesg -t)
# QEMU emulates MULX, ADCX and ADOX: here the fast engine must have run.
check grep -q '^bls: adx verify: [1-9]' <(dmesg -t)
refuse grep -q '^bls: FAIL' <(dmesg -t)
check rmmod bls_check
