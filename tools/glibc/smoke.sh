# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2317,SC2329 # called by name, in check-glibc
#
# smoke.sh: programs of Debian that check-glibc runs on the patched C library.
# Each function runs in an empty directory, with errors fatal.

# smoke NAME DIR: the script that runs smoke_NAME in DIR and names the command
# that failed; for bash -Eeuo pipefail.
smoke()
{
	echo "trap 'echo \"failed: \$BASH_COMMAND\"' ERR"
	echo "cd '$2'"
	declare -f "smoke_$1"
	echo "smoke_$1"
}

smoke_coreutils()
{
	mkdir a
	seq 100000 > a/seq
	head -c 1000000 /dev/urandom > a/random
	ln a/seq a/link
	ln -s seq a/symlink
	cp -a a b
	diff -r a b
	[ "$(sort -rn b/seq | tail -n 1)" = 1 ]
	[ "$(find b -type f -exec md5sum {} + | wc -l)" = 3 ]
	mv b/seq c
	truncate -s 10 c
	[ "$(stat -c %s c)" = 10 ]
	rm -r a b c
	[ -z "$(ls)" ]
}

smoke_archives()
{
	cp -r /usr/include/linux in
	tar cf - in | tar xf - --one-top-level=out
	diff -r in out/in
	tar czf in.tar.gz in
	rsync -a in/ copy/
	diff -r in copy
	xz -T2 -k in.tar.gz
	xz -dc in.tar.gz.xz | cmp - in.tar.gz
}

smoke_bash()
{
	echo one > f
	echo two >> f
	[ "$(wc -l < f)" = 2 ]
	exec 5<> f
	read -r line <&5
	[ "$line" = one ]
	exec 5>&-
	[ "$(cat <(echo x) - <<< y | xargs)" = "x y" ]
	(sleep 0 & wait $!)
	trap 'rm f' USR1
	kill -USR1 $$
	[ ! -e f ]
}

smoke_python()
{
	/usr/bin/python3 - <<'END'
import concurrent.futures, math, multiprocessing, os, socket, sqlite3
import subprocess, tempfile, threading
assert subprocess.check_output(['echo', 'ok']) == b'ok\n'
with open('f', 'w') as f:
    subprocess.run(['echo', 'to a file'], stdout=f, check=True)
assert open('f').read() == 'to a file\n'
assert subprocess.run('exit 3', shell=True).returncode == 3
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(len, ['ab'] * 1000)) == 2000
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
db = sqlite3.connect('db')
db.execute('create table t(a)')
db.executemany('insert into t values(?)', [(i,) for i in range(1000)])
db.commit()
assert db.execute('select sum(a) from t').fetchone() == (499500,)
assert abs(math.sin(1) ** 2 + math.cos(1) ** 2 - 1) < 1e-15
pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'echo spawned > g'], os.environ)
assert os.waitpid(pid, 0)[1] == 0 and open('g').read() == 'spawned\n'
assert os.popen('echo popen').read() == 'popen\n'
assert 'f' in os.listdir('.') and os.scandir('.')
socket.getaddrinfo('localhost', 80)
END
}

smoke_perl()
{
	# shellcheck disable=SC2016 # the dollar signs are perl's
	perl -we 'use POSIX; use Socket; open(my $f, ">", "f") or die;
		print $f "x" x 100000; close $f or die; die if -s "f" != 100000;
		my $p = fork; if (!$p) { POSIX::_exit(3) } waitpid $p, 0;
		die if $? >> 8 != 3; die if `echo y` ne "y\n"'
}

smoke_compilers()
{
	echo 'int main() { return 42; }' > a.c
	gcc a.c -o a
	local rc=0
	./a || rc=$?
	[ "$rc" = 42 ]
	cat > b.cc <<-'END'
		#include <fstream>
		#include <iostream>
		#include <thread>
		thread_local int value = 1;
		int main()
		{
			std::thread thread([] { value = 2; });
			thread.join();
			try { throw 3; } catch (int) { }
			std::ofstream("out") << value << std::endl;
		}
	END
	g++ b.cc -o b
	./b
	[ "$(cat out)" = 1 ]
	printf 'all:\n\techo made > made\n' > Makefile
	make -s
	[ "$(cat made)" = made ]
}

smoke_git()
{
	export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
	git init -q repo
	cd repo || return
	seq 1000 > f
	git add f
	git -c user.name=n -c user.email=e commit -qm first
	git clone -q . ../clone
	diff f ../clone/f
	git fsck --strict
}

smoke_names()
{
	getent hosts localhost
	[ "$(getent passwd root | cut -d : -f 3)" = 0 ]
	[ "$(id -un)" = root ]
	[ "$(echo ä | iconv -f UTF-8 -t ISO-8859-1 | wc -c)" = 2 ]
	ldconfig -p | grep -F libc.so.6
	LD_PRELOAD=/lib/x86_64-linux-gnu/libm.so.6 true
	ldd /bin/ls
}
