#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# selftest.sh [-k kernel]: does the runner notice?  Runs on the host and plants
# in machines what must not pass: a failure, a hang, a panic, an end without a
# word, a kernel warning; on the debug kernel also a leak and a use after free.
# Every case of this directory is only worth what this one says.

set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."
vm=$PWD/tools/vm
# With a space, since the guest must get it as it is.
export PLANTED="passed on" VM_ENV="PLANTED UNSET_ANYWAY"
kernel=${KVER:-6.1}
[ "${DEBUG:-0}" != 1 ] || kernel=debug
[ "${1:-}" != -k ] || kernel=$2

tmp=$(mktemp -d "${TMPDIR:-/tmp}/vm-selftest.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# expect NAME CODE WORDS [RUN-OPTION...]: a script is on standard input; its
# run must end with CODE and its output must have WORDS.
expect()
{
	local name=$1 code=$2 words=$3 rc=0 start=$SECONDS
	shift 3
	cat > "$tmp/script"
	"$vm/run" -k "$kernel" -o "$tmp/out" "$@" "$tmp/script" \
		one "two  words" > "$tmp/log" 2>&1 || rc=$?
	if [ $rc = "$code" ] && grep -qF -- "$words" "$tmp/log"; then
		passed=$((passed + 1))
		echo "ok $name ($((SECONDS - start)) s)"
	else
		failed=$((failed + 1))
		echo "not ok $name: want $code and '$words', got $rc and:"
		sed 's/^/    /' "$tmp/log"
	fi
}

expect "exit code, arguments, results" 7 'one|two  words|passed on' << 'EOS'
echo kept > "$OUT/kept"
echo "$1|$2|$PLANTED"
exit 7
EOS
[ "$(cat "$tmp/out/kept")" = kept ] || {
	failed=$((failed + 1))
	echo "not ok: \$OUT did not come back"
}
expect "panic" 125 'Kernel panic' << 'EOS'
echo c > /proc/sysrq-trigger
sleep 60
EOS
expect "silence" 125 'without a result' << 'EOS'
reboot -f
sleep 60
EOS
expect "hang" 124 'timeout' -t 40 << 'EOS'
sleep 1000
EOS
expect "warning" 126 'WARNING: planted' << 'EOS'
echo "WARNING: planted" > /dev/kmsg
EOS
expect "a process left behind" 0 'left' << 'EOS'
sleep 1000 &
echo left
EOS
expect "bzImage" 0 'booted' -b << 'EOS'
echo booted
EOS
# The same work takes the same number of nanoseconds, which are instructions.
expect "icount" 0 'steady' -i << 'EOS'
/usr/bin/python3 - << 'EOP'
import time
def work():
    start = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
    sum(range(100000))
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) - start
runs = sorted(work() for _ in range(9))
print(runs)
if runs[4] < runs[0] * 1.02:
    print("steady")
EOP
EOS

# A case directory in which all goes wrong.
mkdir "$tmp/cases"
for name in 001-good 002-bad 003-nothing 004-skip; do
	{
		echo '#!/bin/bash'
		echo '# vm: -c 1'
		echo '. tests/vm/lib.sh'
		case $name in
		*good) echo 'check true; refuse false; same a a' ;;
		*bad) echo 'check false; check true' ;;
		*skip) echo 'skip for a reason' ;;
		esac
	} > "$tmp/cases/$name.sh"
	chmod +x "$tmp/cases/$name.sh"
done
rc=0
"$vm/cases" -k "$kernel" "$tmp/cases" > "$tmp/log" 2>&1 || rc=$?
if [ $rc = 1 ] && [ "$(tail -n 1 "$tmp/log")" = "1 passed, 2 failed, 1 skipped" ] &&
   grep -q '^ok 004-skip # SKIP for a reason' "$tmp/log" &&
   grep -q 'FAIL: the case made no check' "$tmp/log"; then
	passed=$((passed + 1))
	echo "ok cases"
else
	failed=$((failed + 1))
	echo "not ok cases: $rc"
	sed 's/^/    /' "$tmp/log"
fi
mkdir "$tmp/none"
if "$vm/cases" -k "$kernel" "$tmp/none" > "$tmp/log" 2>&1; then
	failed=$((failed + 1))
	echo "not ok: cases passes though none ran"
else
	passed=$((passed + 1))
fi

# A module that does what the debug kernel is there to see.
if [ "$kernel" = debug ]; then
	cat > "$tmp/plant.c" << 'EOS'
// SPDX-License-Identifier: GPL-2.0
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>

static int what;
module_param(what, int, 0);
static char *volatile p;

static int __init plant_init(void)
{
	p = kmalloc(100, GFP_KERNEL);
	if (what == 1)
		p = NULL;	/* a leak */
	if (what == 2) {
		kfree(p);
		p[7] = 1;	/* a use after free */
		p = NULL;
	}
	return 0;
}

static void __exit plant_exit(void)
{
	kfree(p);
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_LICENSE("GPL");
EOS
	cat > "$tmp/suite.c" << 'EOS'
// SPDX-License-Identifier: GPL-2.0
#include <kunit/test.h>
#include <linux/module.h>

static void planted_good(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 4, 2 + 2);
}

static void planted_bad(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, BAD, 2 + 2);
}

static struct kunit_case planted_cases[] = {
	KUNIT_CASE(planted_good), KUNIT_CASE(planted_bad), {}
};

static struct kunit_suite planted_suite = {
	.name = "planted", .test_cases = planted_cases,
};
kunit_test_suite(planted_suite);
MODULE_LICENSE("GPL");
EOS
	sed 's/BAD/4/' "$tmp/suite.c" > "$tmp/good.c"
	sed 's/BAD/5/' "$tmp/suite.c" > "$tmp/bad.c"
	echo 'obj-m := plant.o good.o bad.o' > "$tmp/Makefile"
	make -s -C "$("$vm/kernel" debug | sed -n 's/^kdir=//p')" M="$tmp"

	expect "module, no fault" 0 'loaded' << 'EOS'
cd "$(dirname "$0")" && insmod plant.ko && rmmod plant && echo loaded
EOS
	expect "leak" 126 'unreferenced object' << 'EOS'
cd "$(dirname "$0")" && insmod plant.ko what=1
EOS
	expect "use after free" 126 'KASAN: use-after-free' << 'EOS'
cd "$(dirname "$0")" && insmod plant.ko what=2
EOS
	for suite in good:0:'2 passed, 0 failed' bad:1:'1 passed, 1 failed'; do
		IFS=: read -r name code want <<< "$suite"
		rc=0
		"$vm/kunit" "$tmp/$name.ko" > "$tmp/log" 2>&1 || rc=$?
		if [ $rc = "$code" ] && [ "$(tail -n 1 "$tmp/log")" = "$want" ]
		then
			passed=$((passed + 1))
			echo "ok kunit, $name"
		else
			failed=$((failed + 1))
			echo "not ok kunit, $name: $rc"
			sed 's/^/    /' "$tmp/log"
		fi
	done
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
