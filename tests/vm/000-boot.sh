#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gate: 6.1
#
# The guest is what tools/vm promises, to every other case.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/vm/lib.sh

# The kernel that was asked for, and its modules.
same "$KREL" "$(uname -r)"
check test -d "/lib/modules/$KREL/kernel"
check modprobe -n loop

# The environment.
same vm "$(hostname)"
same /out "$OUT"
same /root "$HOME"
same C.UTF-8 "$LANG"
same /usr/bin/python3 "$(command -v python3)"
same 0 "$(id -u)"
for fs in proc:/proc sysfs:/sys devtmpfs:/dev devpts:/dev/pts tmpfs:/dev/shm \
	  tmpfs:/run tmpfs:/tmp debugfs:/sys/kernel/debug \
	  tracefs:/sys/kernel/tracing overlay:/; do
	check grep -q "^[^ ]* ${fs#*:} ${fs%%:*} " /proc/mounts
done
check test -w /dev/null
check test -e /dev/fd/0
check grep -q . /sys/kernel/tracing/available_tracers
same "" "$(cat)" "standard input is not empty"

# Loopback is up.
check busybox ping -c 1 -W 5 127.0.0.1

# The root takes writes, the host's does not get them (the host looks at
# $OUT/probe's neighbours after the run only through $OUT).
check touch /etc/vm-was-here
check touch "$PWD/vm-was-here"
check test ! -e /low
check touch "$OUT/probe"
check sh -c 'echo x > /dev/shm/x'

# Output survives a program that opens its standard error anew.
echo "seen before"
echo "seen after" > /dev/stderr
