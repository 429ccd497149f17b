# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# pieces.sh: what ordinary programs do, one function each, to be run on the
# mount and on a native directory.  A piece works below the current directory
# only, names it nowhere, and prints the same text wherever it runs: so both
# text and tree can be compared.  It fails as soon as a program fails.
#
# Reads: piece_tar (the source tarball), piece_rows (for sqlite),
# piece_git (the subdirectories of the source that git gets).

# A negated command never ends a script by itself.
refused()
{
	if "$@" 2> /dev/null; then
		echo "not refused: $*"
		return 1
	fi
}

piece_tar()
{
	mkdir tar
	tar -xf "${piece_tar:?}" -C tar
	# Written out again it must be the archive that came in.
	tar -cf - --sort=name --owner=0 --group=0 --numeric-owner \
		-C tar glibc-2.36 | cmp - "$piece_tar"
	find tar -type f | wc -l
}

piece_rsync()
{
	rsync -a tar/ rsync/
	echo "to do after a copy: $(rsync -a -c -n -i --delete tar/ rsync/)"
	local victim=rsync/glibc-2.36/io/fts.c
	echo change >> $victim
	rm rsync/glibc-2.36/io/ftw.c
	rsync -a -c -i --delete tar/ rsync/ | sort
}

# Every way in which a shell hands an open file to somebody else.
piece_bash()
{
	mkdir bash
	cd bash || return
	bash -c 'echo builtin; /bin/echo child; (echo sub; exec /bin/echo exec)
		env -i /bin/echo no environment
		/bin/busybox echo static
		echo quiet >&2; sh -c "echo dash; /bin/echo of dash"' > out 2>&1
	cat out
	bash -c 'seq 1 2000 > out2; seq 2001 3000 >> out2'
	sort -n out2 | tail -n 1
	# One position, shared by the shell and all its children.
	{ read -r a; head -c 0; read -r b; /bin/busybox true; read -r c; } < out2
	echo "$a $b $c"
	{ /bin/echo 1; echo 2; /bin/busybox echo 3; env echo 4; } > order
	cat order
	exec 7<> both
	echo hello >&7
	bash -c 'echo from a child >&7'
	sh -c 'cat <&7' | wc -c
	cat both
	exec 7>&-
	while read -r word rest; do
		echo "$word" "$(wc -w <<< "$rest")" >> words
	done < out
	cat words
	(for i in 1 2 3 4; do
		(for j in 1 2 3 4 5; do echo "line $i $j" >> shared; done) &
	done
	wait)
	sort shared | uniq | wc -l
	sort shared -o shared
	mkfifo pipe
	cat pipe > frompipe & echo through a pipe > pipe; wait
	rm pipe
	cat frompipe <(echo substituted)
	tee one two < order | md5sum
	cd ..
}

piece_gcc()
{
	mkdir gcc
	cd gcc || return
	cat > part.h <<-'C'
		int twice(int);
	C
	cat > part.c <<-'C'
		#include "part.h"
		int twice(int n) { return 2 * n; }
	C
	cat > main.c <<-'C'
		#include <stdio.h>
		#include "part.h"
		int main(void)
		{
			FILE *f = fopen("result", "w");
			if (!f || fprintf(f, "%d\n", twice(21)) < 0 || fclose(f))
				return 1;
			return puts("compiled and linked") < 0;
		}
	C
	gcc -O1 -Wall -c part.c main.c
	ar rcsD libpart.a part.o
	gcc -o static-part main.o libpart.a
	gcc -shared -fPIC -o libshared.so part.c
	gcc -o dynamic main.o libshared.so -Wl,-rpath,"\$ORIGIN"
	./static-part
	cat result
	rm result
	./dynamic
	cat result
	cd ..
}

piece_python()
{
	mkdir python
	cd python || return
	/usr/bin/python3 "${piece_dir:?}/pieces.py"
	cd ..
}

piece_git()
{
	local part
	mkdir git
	cd git || return
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
	export GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000'
	export GIT_COMMITTER_DATE='1700000000 +0000'
	git init -q -b main .
	for part in ${piece_git:?}; do
		cp -a "../tar/glibc-2.36/$part" .
	done
	git add .
	git commit -q -m 'first'
	git rev-parse HEAD
	git mv dirent moved
	echo more >> io/ftw.c
	git commit -q -a -m 'second'
	git status --porcelain
	git log --oneline | cat
	git diff --stat HEAD~ | tail -n 1
	git checkout -q HEAD~
	git checkout -q main
	git gc -q
	git fsck --full --strict
	git count-objects -v | grep -E '^(count|in-pack|garbage)'
	git clone -q . ../git-clone
	git -C ../git-clone fsck --full
	git -C ../git-clone rev-parse HEAD
	cd ..
	# Times and i-node numbers are in the index; temporary names in hooks.
	rm -r git-clone/.git git/.git
}

piece_sqlite()
{
	mkdir sqlite
	cd sqlite || return
	local mode
	for mode in delete wal; do
		{
			echo "PRAGMA journal_mode=$mode;"
			echo 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);'
			for part in 1 2 3; do
				echo 'BEGIN;'
				seq "$part" 3 "${piece_rows:?}" |
					sed "s/.*/INSERT INTO t VALUES(&, 'row &');/"
				echo 'COMMIT;'
			done
			echo "INSERT INTO t VALUES(1000000, 'alone');"
			echo 'CREATE INDEX i ON t(b);'
			echo 'DELETE FROM t WHERE a % 7 = 0;'
			echo "UPDATE t SET b = b || '!' WHERE a % 5 = 0;"
			echo 'VACUUM;'
			echo 'PRAGMA integrity_check;'
		} | sqlite3 $mode.db
		sqlite3 $mode.db 'SELECT count(*), sum(a), max(b) FROM t;'
		sqlite3 $mode.db .dump | sha256sum
		sqlite3 $mode.db 'PRAGMA integrity_check;'
	done
	cd ..
}

# Names and attributes: the commands that manage trees.
piece_files()
{
	mkdir -p files/a/b/c
	cd files || return
	seq 1 60 | xargs -I{} -P 2 sh -c 'echo {} > a/b/f{}'
	find . -type f | wc -l
	find a -name 'f1*' -print0 | xargs -0 cat | sort -n | md5sum
	cp -a a copy
	mv copy moved
	ln moved/b/f1 hard
	ln -s moved/b/f2 soft
	cat hard soft
	stat -c '%h %s %F' hard soft moved
	chmod 640 hard
	stat -c %a moved/b/f1
	truncate -s 100000 sparse
	dd if=/dev/zero of=sparse bs=1 seek=5 count=3 conv=notrunc status=none
	wc -c < sparse
	touch -d '2020-01-02 03:04:05 UTC' dated
	stat -c %Y dated
	mkdir empty
	rmdir empty
	rm -r a
	refused rmdir moved
	refused mkdir moved
	refused cat missing
	refused ln soft hard
	cp --sparse=always sparse thin
	cmp sparse thin
	split -n 4 -d hard
	split -b 1000 -d sparse part-
	cat part-* | cmp - sparse
	printf 'b\na\n' | sort -o sorted
	sed -i 's/a/A/' sorted
	cat sorted
	install -m 700 sorted installed
	gzip -k sorted && zcat sorted.gz
	gzip -l sorted.gz | wc -l
	rm sorted.gz
	find . -maxdepth 1 | wc -l
	cd ..
}
