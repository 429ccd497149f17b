# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# pieces.sh: real software, one function each, to be run on the mount and on a native directory.
# A piece works below the current directory, which is empty, and prints the same text
# wherever it runs; what it leaves is compared too.  It fails as soon as a program does.
#
# Reads: work (a native directory of this side's own, for what is not to be compared), size_*
# (how much), software_source (tarball), software_many (tarball of many files), software_dir
# (here), pg_bin.
# Sizes may be several words, or none.
# shellcheck disable=SC2154,SC2086

piece_make()
{
	tar -xf "$software_source"
	cd zlib-* || return
	./configure > "$work/configure" 2>&1
	make -j2 $size_make > "$work/make" 2>&1
	./example | tail -n 3
	printf 'hello, hello!\n' | ./minigzip > hello.gz
	gzip -dc < hello.gz
	make clean > /dev/null 2>&1
	# Its own temporary names.
	rm -f configure.log ztest*
	cd ..
}

piece_git()
{
	local i

	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
	export GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000'
	export GIT_COMMITTER_DATE='1700000000 +0000'
	# Or commit starts one that runs beside the clone, and takes objects from under it.
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0
	git init -q -b main work
	/usr/bin/python3 "$software_dir/generate.py" files work "$size_git"
	git -C work add .
	git -C work commit -q -m first
	for i in 1 2 3; do
		/usr/bin/python3 "$software_dir/generate.py" change work "$i"
		git -C work add -A
		git -C work commit -q -m "change $i"
	done
	git -C work rev-parse HEAD
	git clone -q work clone
	git clone -q --no-local --bare work bare.git
	git -C clone rev-parse HEAD
	git -C clone status --porcelain
	git -C clone checkout -q HEAD~2
	git -C clone ls-files -s | sha256sum
	git -C clone checkout -q main
	git -C work gc -q --prune=now
	git -C work fsck --full --strict
	git -C work count-objects -v | grep -E '^(count|in-pack|packs|garbage)'
	git -C bare.git fsck --full
	git -C work log --stat --oneline -n 2 | tail -n 1
	# Times and i-node numbers are in an index, and in the names of some files.
	rm -r work/.git clone/.git bare.git
}

piece_sqlite()
{
	/usr/bin/python3 "$software_dir/wal.py" "$size_sqlite"
	sqlite3 wal.db 'PRAGMA integrity_check; SELECT count(*), sum(n) FROM t;'
	sqlite3 wal.db .dump | sha256sum
	rm -f wal.db*
}

# As a user of its own, as it must be; its socket is not here.
pg()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		env PATH="$pg_bin:$PATH" HOME=/tmp PGHOST="$work" PGUSER=postgres "$@"
}

pg_start()
{
	pg pg_ctl -D "$PWD/data" -s -w -t 400 -l "$work/log" \
		-o "-c listen_addresses='' -c unix_socket_directories=$work $1" start
}

piece_postgresql()
{
	# The server must not outlive a failure.
	trap 'pg pg_ctl -D "$PWD/data" -s -m immediate stop 2> /dev/null' EXIT
	chmod 777 . "$work"
	pg initdb -D "$PWD/data" -U postgres -A trust --no-locale -E UTF8 \
		$size_initdb > "$work/initdb"
	grep -c ok "$work/initdb"
	pg_start '-c fsync=off'
	pg pgbench -q -i -s 1 postgres 2> "$work/pgbench"
	pg pgbench -c 1 -t "$size_pgbench" --random-seed=7 postgres | grep processed
	pg pgbench -c 4 -j 2 -t "$size_pgbench" postgres | grep processed
	pg psql -Atc 'SELECT count(*) FROM pgbench_history' postgres
	pg psql -Atc 'SELECT (SELECT sum(abalance) FROM pgbench_accounts) =
		(SELECT sum(bbalance) FROM pgbench_branches),
		(SELECT sum(bbalance) FROM pgbench_branches) =
		(SELECT sum(tbalance) FROM pgbench_tellers)' postgres
	# Killed, it recovers; then everything is read again and checked.
	pg pg_ctl -D "$PWD/data" -s -m immediate stop
	pg_start '-c fsync=on'
	pg psql -Atc 'SELECT count(*) FROM pgbench_history' postgres
	pg psql -qAtc 'VACUUM FULL pgbench_accounts' -c CHECKPOINT postgres
	pg vacuumdb -q -z postgres
	pg psql -Atc 'SELECT count(*) FROM pgbench_accounts' postgres
	pg pg_ctl -D "$PWD/data" -s -m fast stop
	pg pg_checksums -D "$PWD/data" -e > "$work/checksums"
	pg pg_checksums -D "$PWD/data" -c | grep 'Bad checksums'
	trap - EXIT
	# Random numbers and times are in every file.
	rm -r data
}

# From a native directory to here and back.
piece_rsync()
{
	tar -xf "$software_source" -C "$work"
	rsync -aHAX "$work"/zlib-*/ in/
	echo "then: $(rsync -aHAXcni --delete "$work"/zlib-*/ in/)"
	echo change >> in/zlib.h
	rm in/adler32.c
	mkdir in/new
	ln in/crc32.c in/new/hard
	ln -s ../crc32.c in/new/soft
	rsync -aHi --delete --delay-updates in/ "$work"/out/ | wc -l
	echo "then: $(rsync -aHcni --delete in/ "$work"/out/)"
	rsync -aHi --delete --inplace --no-whole-file "$work"/zlib-*/ in/ |
		sed 's/ .*//' | sort | uniq -c
	rm -r "$work"/out "$work"/zlib-*
}

piece_venv()
{
	/usr/bin/python3 -m venv $size_venv env
	env/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'
	mkdir mine
	printf 'def twice(n):\n\treturn 2 * n\n' > mine/__init__.py
	env/bin/python -m compileall -q mine
	env/bin/python -c 'import mine; print(mine.twice(21))'
	[ ! -x env/bin/pip ] || env/bin/pip list --disable-pip-version-check |
		sed 's/ .*//'
	find env -type f -name '*.py' | wc -l
	# The directory's own name is in its files.
	rm -r env
}

piece_tar()
{
	mkdir out
	tar -xf "$software_many" -C out
	find out -type f | wc -l
	tar -cf - --sort=name --owner=0 --group=0 --numeric-owner -C out . |
		cmp - "$software_many"
	find out -type f -name '*7' -delete
	find out -type f | wc -l
	du -s --apparent-size out/d0 > /dev/null
	find out -mindepth 1 -delete
	find . | sort
}

piece_dpkg()
{
	local d=package/usr/share/doc/ashlar-test

	mkdir -p package/DEBIAN $d package/usr/lib/ashlar-test
	printf '%s\n' 'Package: ashlar-test' 'Version: 1.0' 'Architecture: all' \
		'Maintainer: nobody <nobody@localhost>' 'Description: a test' \
		> package/DEBIAN/control
	printf '#!/bin/sh\nexit 0\n' > package/DEBIAN/postinst
	chmod 755 package/DEBIAN/postinst
	/usr/bin/python3 "$software_dir/generate.py" files package/usr/lib/ashlar-test \
		"$size_dpkg"
	echo text > $d/README
	ln -s README $d/READ.ME
	find package -exec touch -h -d '2023-01-01 00:00:00 UTC' {} +
	SOURCE_DATE_EPOCH=1700000000 dpkg-deb --root-owner-group -Zgzip -b package out.deb
	sha256sum out.deb
	dpkg-deb -c out.deb | wc -l
	dpkg-deb -f out.deb Version
	dpkg-deb -R out.deb raw
	dpkg-deb -x out.deb extracted
	diff -r --no-dereference package raw
}
