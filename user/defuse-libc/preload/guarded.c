// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The system calls that are offered to the core, for syscall(): those of the patched C
 * library (glibc-patches/README.md).  tests/preload compares the two lists, and
 * sees that each has a wrapper here.
 */
#include "front.h"

#define GUARDED(X)								\
	X(read) X(pread64) X(readv) X(preadv) X(preadv2) X(write) X(pwrite64)	\
	X(writev) X(pwritev) X(pwritev2) X(open) X(openat) X(openat2) X(creat)	\
	X(close) X(close_range) X(dup) X(dup2) X(dup3) X(fcntl) X(ioctl)	\
	X(flock) X(lseek) X(fsync) X(fdatasync) X(truncate) X(ftruncate)	\
	X(fallocate) X(fadvise64) X(sendfile) X(copy_file_range) X(splice)	\
	X(tee) X(getdents64) X(stat) X(lstat) X(fstat) X(newfstatat) X(statx)	\
	X(statfs) X(fstatfs) X(access) X(faccessat) X(faccessat2) X(readlink)	\
	X(readlinkat) X(chmod) X(fchmod) X(fchmodat) X(chown) X(lchown)		\
	X(fchown) X(fchownat) X(utime) X(utimes) X(futimesat) X(utimensat)	\
	X(mkdir) X(mkdirat) X(rmdir) X(unlink) X(unlinkat) X(rename)		\
	X(renameat) X(renameat2) X(link) X(linkat) X(symlink) X(symlinkat)	\
	X(chdir) X(fchdir) X(umask) X(exit_group)

#define BIT(name)	| (SYS_##name / 64 == WORD ? 1UL << SYS_##name % 64 : 0UL)

/* Of 512 numbers, a bit each. */
const unsigned long pre_guarded[8] = {
#define WORD 0
	0UL GUARDED(BIT),
#undef WORD
#define WORD 1
	0UL GUARDED(BIT),
#undef WORD
#define WORD 2
	0UL GUARDED(BIT),
#undef WORD
#define WORD 3
	0UL GUARDED(BIT),
#undef WORD
#define WORD 4
	0UL GUARDED(BIT),
#undef WORD
#define WORD 5
	0UL GUARDED(BIT),
#undef WORD
#define WORD 6
	0UL GUARDED(BIT),
#undef WORD
#define WORD 7
	0UL GUARDED(BIT),
#undef WORD
};

long pre_syscall(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	return pre_errno(pre_call(nr, a1, a2, a3, a4, a5, a6));
}
