#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -m 1536
#
# The scenarios of tests/conform on memfs, without a lower tree, against tmpfs.  What
# differs for a good reason is listed below, by scenario; everything else must be equal.

set -uo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh
. tests/conform/ways.sh

check defuse_setup
export CONFORM_MANY=1000

# memfs_place WAY: as conform_place, each directory a segment of its own.
memfs_place()
{
	local m=$conform_base/$1
	local options=library=$defuse_lib/libdefuse-memfs.so,fallback=none

	mkdir -p "$m"/{dir,ro,small,else} "$conform_base/back/$1" "$conform_out/$1"
	# There is no backend to look at but the mount itself.
	ln -s "$m/dir" "$conform_base/back/$1/dir"
	mount -t tmpfs -o mode=755 conform "$m/else"
	mount -t defuse -o "backend=conform-dir:size=64M,$options" defuse "$m/dir" || return
	mount -t defuse -o "backend=conform-small:size=1M,$options" defuse "$m/small" || return
	mount -t defuse -o "backend=conform-ro:size=1M,$options" defuse "$m/ro"
	bash -c "mkdir $m/ro/d; echo 'read only' > $m/ro/f"
	umount "$m/ro"
	mount -t defuse -o "ro,backend=conform-ro,$options" defuse "$m/ro"
}

# SCENARIO WHY
known()
{
	cat <<- 'END'
	attr-both no extended attributes
	attr-extended no extended attributes
	attr-mode fchmodat() of a link: ELOOP for EOPNOTSUPP
	attr-owner fchownat() of an empty path
	attr-stat fstatat() of the working directory by an empty path
	big-file the largest file has 4 TiB
	copy-both no sendfile(): EINVAL, callers copy
	copy-range no copy_file_range(): EXDEV, callers copy
	copy-sendfile likewise
	copy-splice likewise
	dir-both a directory renamed while open is found by its old name
	dir-deep paths above 4095 bytes
	dir-list no FIFOs
	dir-removed getcwd() does not hear of rmdir()
	dir-working getcwd() does not hear of rename()
	error-address link() with a bad address: EOPNOTSUPP for EFAULT
	error-full space for inodes is taken off beforehand
	error-path no extended attributes, no special files
	error-special read-only comes before missing directories; EOPNOTSUPP before it
	exec-inherit mmap
	exec-nobody a descriptor is of use to the user only who opened it
	exec-program no programs
	exec-spawn a child of vfork opens files
	io-limit RLIMIT_FSIZE
	io-positions read() at the largest offset: EOPNOTSUPP for EINVAL
	io-truncate no FIFOs
	io-vectors RWF_APPEND, RWF_DSYNC
	link-hard linkat() of an empty path and through /proc
	link-symbolic O_PATH of a link
	map-both mmap
	map-ends mmap
	map-fork mmap
	map-private mmap
	map-refused mmap
	map-shared mmap
	open-flags access mode 3
	open-nofollow of a link as a directory: ELOOP for ENOTDIR
	open-path O_PATH is open for reading
	open-relative openat2()
	open-reopen /proc/self/fd of a file without a name
	open-tmpfile O_TMPFILE
	open-types no FIFOs; a file before ".."
	page-wild st_blocks of holes that were mapped
	reach-fault a bad address is touched in the process itself: SIGSEGV
	reach-proc /proc/self/fd
	reach-setuid no programs
	reach-uring no system calls but the C library's
	rename-crossing link() to another file system: EOPNOTSUPP for EXDEV
	rename-open a directory renamed while open is found by its old name
	shape-clone a child of clone() opens files
	shape-close-all a child of vfork opens files
	shape-exec-fails no programs
	shape-fork-threads copies by _Fork() open files
	shape-spawn file actions open files
	shape-vfork a child of vfork opens files
	END
}

conform_place native
check conform_run native conform conform
check memfs_place memfs
known | cut -d' ' -f1 | sort > "$OUT/known"
# Some of the known ones wait for what they were refused: they are not run.
find "$conform_out/native" -type f ! -name '.*' -printf '%f\n' | sort | comm -23 - "$OUT/known" > "$OUT/run"
check [ "$(wc -l < "$OUT/run")" -gt 40 ]
mapfile -t scenarios < "$OUT/run"
check conform_run memfs conform conform "${scenarios[@]}"
conform_compare memfs > "$OUT/compared"
sed -n 's/^DIFFERS memfs \(.*\):$/\1/p' "$OUT/compared" | sort > "$OUT/differs"
same "" "$(comm -13 "$OUT/known" "$OUT/differs")" "these differ too"
tail -n 1 "$OUT/compared"
