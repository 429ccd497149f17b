#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gate: 6.1
#
# Programs, scripts and shared objects that lie on the mount.

# What stands in single quotes is for other shells.
# shellcheck disable=SC2016

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
defuse_restart

base=/tmp/execute
fs=$base/fs back=$base/back
mkdir -p $fs $back
check defuse_mount $back $fs
cd $fs || exit

# Written through door 1, by dynamic programs.
cp /bin/echo program
cp /bin/busybox busybox
cp /bin/bash shell
printf '#!/bin/sh\necho "script $0 $*"\n' > script
printf '#!%s/shell\necho "interpreted by $BASH"\n' $fs > script2
printf '#!/usr/bin/python3\nimport sys\nprint("python", sys.argv[1])\n' > script3
chmod 755 script script2 script3

same 'run me' "$(./program run me)"
same 'run me' "$(env -i $fs/program run me)"
same 'static' "$(./busybox echo static)"
same 'script ./script a b' "$(./script a b)"
same 'script ./script a b' "$(env -i ./script a b)"
same "interpreted by $fs/shell" "$(./script2)"
same 'python x' "$(./script3 x)"
same 'run me' "$(PATH=$fs:$PATH bash -c 'program run me')"
same 'run me' "$(./busybox sh -c "$fs/program run me")"
same 'spawned' "$(/usr/bin/python3 -c "
import os
os.waitpid(os.posix_spawn('$fs/program', ['program', 'spawned'], {}), 0)")"
same 'by FD' "$(/usr/bin/python3 -c "
import os
os.execve(os.open('$fs/program', os.O_RDONLY), ['program', 'by FD'], {})")"
same "$fs/program" "$(./shell -c 'exec -a x ./program $0' "$fs/program")"
same 126 "$(: > noexec; ./noexec 2> /dev/null; echo $?)"
same 127 "$(./missing 2> /dev/null; echo $?)"
# The text of a running program cannot be written, whatever the door.
cp /bin/sleep running
./running 600 &
sleeper=$!
# The background shell has to get to its exec first.
for ((n = 0; n < 1200; n++)); do
	[ "$(readlink /proc/$sleeper/exe)" = $fs/running ] && break
	sleep 0.1
done
same $fs/running "$(readlink /proc/$sleeper/exe)"
refuse bash -c 'echo overwritten > running' 2> /dev/null
refuse /bin/busybox sh -c 'echo overwritten > running' 2> /dev/null
kill $sleeper
wait $sleeper 2> /dev/null
check bash -c 'echo overwritten > running'

# Shared objects: by the linker's search, by dlopen, by Python.
cat > part.c <<'C'
int answer(void) { return 42; }
C
cat > main.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
extern int answer(void);
int main(int argc, char **argv)
{
	void *p = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;

	if (argc > 1 && (!p || !dlsym(p, "answer"))) {
		puts(dlerror());
		return 1;
	}
	return printf("%d\n", answer()) < 0;
}
C
check gcc -shared -fPIC -o libpart.so part.c
check gcc -o linked main.c libpart.so "-Wl,-rpath,$fs"
check gcc -o searched main.c libpart.so
same 42 "$(./linked)"
same 42 "$(env -i ./linked)"
same 42 "$(LD_LIBRARY_PATH=$fs ./searched)"
same 42 "$(./linked $fs/libpart.so)"
same 42 "$(LD_PRELOAD=$fs/libpart.so ./linked)"
check grep -q libpart <(ldd ./linked)
same 42 "$(/usr/bin/python3 -c "
import ctypes
print(ctypes.CDLL('$fs/libpart.so').answer())")"

# A compiled extension of the host's Python, from here.
extension=$(/usr/bin/python3 -c 'import _json; print(_json.__file__)' 2> /dev/null) ||
	extension=
[ -n "$extension" ] || extension=$(find /usr/lib/python3* -name '_multibytecodec*.so' |
	head -n 1)
if [ -n "$extension" ]; then
	cp "$extension" .
	module=$(basename "$extension")
	module=${module%%.*}
	same "$fs/$(basename "$extension")" "$(/usr/bin/python3 -c "
import sys
sys.path.insert(0, '$fs')
import $module
print($module.__file__)")"
fi

cd / || exit
check umount $fs
