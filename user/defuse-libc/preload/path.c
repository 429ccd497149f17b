// SPDX-License-Identifier: LGPL-2.1-or-later
/* Wrappers of system calls about names, and of those that take a name or an FD. */
#include "front.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

extern _Noreturn void __chk_fail(void);

static bool needs_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

PRE_PUBLIC int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (needs_mode(flags)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return PRE_SYS_CANCEL(openat, AT_FDCWD, path, flags, mode);
}
PRE_ALIAS(open, open64);
PRE_ALIAS(open, __open);
PRE_ALIAS(open, __open64);

PRE_PUBLIC int openat(int dirfd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (needs_mode(flags)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return PRE_SYS_CANCEL(openat, dirfd, path, flags, mode);
}
PRE_ALIAS(openat, openat64);

/* With _FORTIFY_SOURCE and without a mode. */
PRE_PUBLIC int __open_2(const char *path, int flags)
{
	if (needs_mode(flags))
		__chk_fail();
	return PRE_SYS_CANCEL(openat, AT_FDCWD, path, flags);
}
PRE_ALIAS(__open_2, __open64_2);

PRE_PUBLIC int __openat_2(int dirfd, const char *path, int flags)
{
	if (needs_mode(flags))
		__chk_fail();
	return PRE_SYS_CANCEL(openat, dirfd, path, flags);
}
PRE_ALIAS(__openat_2, __openat64_2);

PRE_PUBLIC int creat(const char *path, mode_t mode)
{
	return PRE_SYS_CANCEL(creat, path, mode);
}
PRE_ALIAS(creat, creat64);

/* struct stat64 is struct stat, and that is the kernel's. */
PRE_PUBLIC int stat(const char *path, struct stat *st)
{
	return PRE_SYS(newfstatat, AT_FDCWD, path, st, 0);
}
PRE_ALIAS(stat, stat64);

PRE_PUBLIC int lstat(const char *path, struct stat *st)
{
	return PRE_SYS(newfstatat, AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}
PRE_ALIAS(lstat, lstat64);

PRE_PUBLIC int fstat(int fd, struct stat *st)
{
	return PRE_SYS(fstat, fd, st);
}
PRE_ALIAS(fstat, fstat64);
PRE_ALIAS(fstat, __fstat64);

PRE_PUBLIC int fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
	return PRE_SYS(newfstatat, dirfd, path, st, flags);
}
PRE_ALIAS(fstatat, fstatat64);

/* What programs built before glibc 2.33 call; there are two versions, equal here. */
static bool version_bad(int version)
{
	if (version == 0 || version == 1)
		return false;
	errno = EINVAL;
	return true;
}

PRE_PUBLIC int __xstat(int version, const char *path, struct stat *st)
{
	return version_bad(version) ? -1 : stat(path, st);
}
PRE_ALIAS(__xstat, __xstat64);

PRE_PUBLIC int __lxstat(int version, const char *path, struct stat *st)
{
	return version_bad(version) ? -1 : lstat(path, st);
}
PRE_ALIAS(__lxstat, __lxstat64);

PRE_PUBLIC int __fxstat(int version, int fd, struct stat *st)
{
	return version_bad(version) ? -1 : fstat(fd, st);
}
PRE_ALIAS(__fxstat, __fxstat64);

PRE_PUBLIC int __fxstatat(int version, int dirfd, const char *path, struct stat *st,
			  int flags)
{
	return version_bad(version) ? -1 : fstatat(dirfd, path, st, flags);
}
PRE_ALIAS(__fxstatat, __fxstatat64);

PRE_PUBLIC int statx(int dirfd, const char *path, int flags, unsigned int mask,
		     struct statx *st)
{
	return PRE_SYS(statx, dirfd, path, flags, mask, st);
}

PRE_PUBLIC int statfs(const char *path, struct statfs *st)
{
	return PRE_SYS(statfs, path, st);
}
PRE_ALIAS(statfs, statfs64);
PRE_ALIAS(statfs, __statfs);

PRE_PUBLIC int fstatfs(int fd, struct statfs *st)
{
	return PRE_SYS(fstatfs, fd, st);
}
PRE_ALIAS(fstatfs, fstatfs64);

PRE_PUBLIC int access(const char *path, int mode)
{
	return PRE_SYS(access, path, mode);
}

/* The plain system call knows no flags, the second one is of Linux 5.8. */
PRE_PUBLIC int faccessat(int dirfd, const char *path, int mode, int flags)
{
	long ret;

	if (!flags)
		return PRE_SYS(faccessat, dirfd, path, mode);
	ret = pre_call(SYS_faccessat2, dirfd, (long)path, mode, flags, 0, 0);
	return ret == -ENOSYS ? PRE_NEXT(faccessat)(dirfd, path, mode, flags) :
				pre_errno(ret);
}

PRE_PUBLIC int euidaccess(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}
PRE_ALIAS(euidaccess, eaccess);

PRE_PUBLIC ssize_t readlink(const char *path, char *buf, size_t size)
{
	return PRE_SYS(readlink, path, buf, size);
}

PRE_PUBLIC ssize_t __readlink_chk(const char *path, char *buf, size_t n, size_t size)
{
	if (n > size)
		__chk_fail();
	return readlink(path, buf, n);
}

PRE_PUBLIC ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size)
{
	return PRE_SYS(readlinkat, dirfd, path, buf, size);
}

PRE_PUBLIC ssize_t __readlinkat_chk(int dirfd, const char *path, char *buf, size_t n,
				    size_t size)
{
	if (n > size)
		__chk_fail();
	return readlinkat(dirfd, path, buf, n);
}

PRE_PUBLIC int truncate(const char *path, off_t length)
{
	return PRE_SYS(truncate, path, length);
}
PRE_ALIAS(truncate, truncate64);

PRE_PUBLIC int chmod(const char *path, mode_t mode)
{
	return PRE_SYS(chmod, path, mode);
}

PRE_PUBLIC int fchmod(int fd, mode_t mode)
{
	return PRE_SYS(fchmod, fd, mode);
}

/* The system call knows no flags; libc does what can be done about them. */
PRE_PUBLIC int fchmodat(int dirfd, const char *path, mode_t mode, int flags)
{
	return flags ? PRE_NEXT(fchmodat)(dirfd, path, mode, flags) :
		       (int)PRE_SYS(fchmodat, dirfd, path, mode);
}

PRE_PUBLIC int chown(const char *path, uid_t uid, gid_t gid)
{
	return PRE_SYS(chown, path, uid, gid);
}

PRE_PUBLIC int lchown(const char *path, uid_t uid, gid_t gid)
{
	return PRE_SYS(lchown, path, uid, gid);
}

PRE_PUBLIC int fchown(int fd, uid_t uid, gid_t gid)
{
	return PRE_SYS(fchown, fd, uid, gid);
}

PRE_PUBLIC int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
	return PRE_SYS(fchownat, dirfd, path, uid, gid, flags);
}

PRE_PUBLIC int utime(const char *path, const struct utimbuf *times)
{
	return PRE_SYS(utime, path, times);
}

PRE_PUBLIC int utimes(const char *path, const struct timeval times[2])
{
	return PRE_SYS(utimes, path, times);
}

PRE_PUBLIC int futimesat(int dirfd, const char *path, const struct timeval times[2])
{
	return PRE_SYS(futimesat, dirfd, path, times);
}

/* Without a name: the FD itself. */
PRE_PUBLIC int futimes(int fd, const struct timeval times[2])
{
	return PRE_SYS(futimesat, fd, NULL, times);
}

PRE_PUBLIC int lutimes(const char *path, const struct timeval times[2])
{
	struct timespec ns[2];
	int i;

	for (i = 0; times && i < 2; i++) {
		if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000) {
			errno = EINVAL;
			return -1;
		}
		ns[i].tv_sec = times[i].tv_sec;
		ns[i].tv_nsec = times[i].tv_usec * 1000;
	}
	return PRE_SYS(utimensat, AT_FDCWD, path, times ? ns : NULL, AT_SYMLINK_NOFOLLOW);
}

PRE_PUBLIC int utimensat(int dirfd, const char *path, const struct timespec times[2],
			 int flags)
{
	if (!path) {
		errno = EINVAL;
		return -1;
	}
	return PRE_SYS(utimensat, dirfd, path, times, flags);
}

PRE_PUBLIC int futimens(int fd, const struct timespec times[2])
{
	if (fd < 0) {
		errno = EBADF;
		return -1;
	}
	return PRE_SYS(utimensat, fd, NULL, times);
}

PRE_PUBLIC int mkdir(const char *path, mode_t mode)
{
	return PRE_SYS(mkdir, path, mode);
}

PRE_PUBLIC int mkdirat(int dirfd, const char *path, mode_t mode)
{
	return PRE_SYS(mkdirat, dirfd, path, mode);
}

PRE_PUBLIC int rmdir(const char *path)
{
	return PRE_SYS(rmdir, path);
}

PRE_PUBLIC int unlink(const char *path)
{
	return PRE_SYS(unlink, path);
}

PRE_PUBLIC int unlinkat(int dirfd, const char *path, int flags)
{
	return PRE_SYS(unlinkat, dirfd, path, flags);
}

PRE_PUBLIC int rename(const char *from, const char *to)
{
	return PRE_SYS(rename, from, to);
}

PRE_PUBLIC int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	return PRE_SYS(renameat, from_dirfd, from, to_dirfd, to);
}

PRE_PUBLIC int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to,
			 unsigned int flags)
{
	return PRE_SYS(renameat2, from_dirfd, from, to_dirfd, to, flags);
}

PRE_PUBLIC int link(const char *from, const char *to)
{
	return PRE_SYS(link, from, to);
}

PRE_PUBLIC int linkat(int from_dirfd, const char *from, int to_dirfd, const char *to,
		      int flags)
{
	return PRE_SYS(linkat, from_dirfd, from, to_dirfd, to, flags);
}

PRE_PUBLIC int symlink(const char *target, const char *path)
{
	return PRE_SYS(symlink, target, path);
}

PRE_PUBLIC int symlinkat(const char *target, int dirfd, const char *path)
{
	return PRE_SYS(symlinkat, target, dirfd, path);
}

PRE_PUBLIC int chdir(const char *path)
{
	return PRE_SYS(chdir, path);
}

PRE_PUBLIC int fchdir(int fd)
{
	return PRE_SYS(fchdir, fd);
}

PRE_PUBLIC mode_t umask(mode_t mask)
{
	return pre_call(SYS_umask, mask, 0, 0, 0, 0, 0);
}
