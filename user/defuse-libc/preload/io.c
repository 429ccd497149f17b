// SPDX-License-Identifier: LGPL-2.1-or-later
/* Wrappers of system calls about FDs. */
#include "front.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

extern _Noreturn void __chk_fail(void);

PRE_PUBLIC ssize_t read(int fd, void *buf, size_t n)
{
	return PRE_SYS_CANCEL(read, fd, buf, n);
}
PRE_ALIAS(read, __read);

PRE_PUBLIC ssize_t __read_chk(int fd, void *buf, size_t n, size_t size)
{
	if (n > size)
		__chk_fail();
	return read(fd, buf, n);
}

PRE_PUBLIC ssize_t pread(int fd, void *buf, size_t n, off_t offset)
{
	return PRE_SYS_CANCEL(pread64, fd, buf, n, offset);
}
PRE_ALIAS(pread, pread64);
PRE_ALIAS(pread, __pread64);

PRE_PUBLIC ssize_t __pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size)
{
	if (n > size)
		__chk_fail();
	return pread(fd, buf, n, offset);
}
PRE_ALIAS(__pread_chk, __pread64_chk);

PRE_PUBLIC ssize_t readv(int fd, const struct iovec *iov, int count)
{
	return PRE_SYS_CANCEL(readv, fd, iov, count);
}

/* The offset of these is in two halves, of which x86-64 uses the lower alone. */
PRE_PUBLIC ssize_t preadv(int fd, const struct iovec *iov, int count, off_t offset)
{
	return PRE_SYS_CANCEL(preadv, fd, iov, count, offset);
}
PRE_ALIAS(preadv, preadv64);

PRE_PUBLIC ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t offset,
			   int flags)
{
	return PRE_SYS_CANCEL(preadv2, fd, iov, count, offset, 0, flags);
}
PRE_ALIAS(preadv2, preadv64v2);

PRE_PUBLIC ssize_t write(int fd, const void *buf, size_t n)
{
	return PRE_SYS_CANCEL(write, fd, buf, n);
}
PRE_ALIAS(write, __write);

PRE_PUBLIC ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	return PRE_SYS_CANCEL(pwrite64, fd, buf, n, offset);
}
PRE_ALIAS(pwrite, pwrite64);
PRE_ALIAS(pwrite, __pwrite64);

PRE_PUBLIC ssize_t writev(int fd, const struct iovec *iov, int count)
{
	return PRE_SYS_CANCEL(writev, fd, iov, count);
}

PRE_PUBLIC ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
	return PRE_SYS_CANCEL(pwritev, fd, iov, count, offset);
}
PRE_ALIAS(pwritev, pwritev64);

PRE_PUBLIC ssize_t pwritev2(int fd, const struct iovec *iov, int count, off_t offset,
			    int flags)
{
	return PRE_SYS_CANCEL(pwritev2, fd, iov, count, offset, 0, flags);
}
PRE_ALIAS(pwritev2, pwritev64v2);

PRE_PUBLIC off_t lseek(int fd, off_t offset, int whence)
{
	return PRE_SYS(lseek, fd, offset, whence);
}
PRE_ALIAS(lseek, lseek64);
PRE_ALIAS(lseek, llseek);
PRE_ALIAS(lseek, __lseek);

PRE_PUBLIC int fsync(int fd)
{
	return PRE_SYS_CANCEL(fsync, fd);
}

PRE_PUBLIC int fdatasync(int fd)
{
	return PRE_SYS_CANCEL(fdatasync, fd);
}

PRE_PUBLIC int ftruncate(int fd, off_t length)
{
	return PRE_SYS(ftruncate, fd, length);
}
PRE_ALIAS(ftruncate, ftruncate64);

PRE_PUBLIC int fallocate(int fd, int mode, off_t offset, off_t length)
{
	return PRE_SYS_CANCEL(fallocate, fd, mode, offset, length);
}
PRE_ALIAS(fallocate, fallocate64);

PRE_PUBLIC int posix_fallocate(int fd, off_t offset, off_t length)
{
	long ret = pre_call(SYS_fallocate, fd, 0, offset, length, 0, 0);

	/* libc then writes into every block, if that is possible at all. */
	return ret == -EOPNOTSUPP ? PRE_NEXT(posix_fallocate)(fd, offset, length) : -ret;
}
PRE_ALIAS(posix_fallocate, posix_fallocate64);

PRE_PUBLIC int posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
	return -pre_call(SYS_fadvise64, fd, offset, length, advice, 0, 0);
}
PRE_ALIAS(posix_fadvise, posix_fadvise64);

PRE_PUBLIC ssize_t sendfile(int out, int in, off_t *offset, size_t n)
{
	return PRE_SYS(sendfile, out, in, offset, n);
}
PRE_ALIAS(sendfile, sendfile64);

PRE_PUBLIC ssize_t copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset,
				   size_t n, unsigned int flags)
{
	return PRE_SYS_CANCEL(copy_file_range, in, in_offset, out, out_offset, n, flags);
}

PRE_PUBLIC ssize_t splice(int in, off_t *in_offset, int out, off_t *out_offset, size_t n,
			  unsigned int flags)
{
	return PRE_SYS_CANCEL(splice, in, in_offset, out, out_offset, n, flags);
}

PRE_PUBLIC ssize_t tee(int in, int out, size_t n, unsigned int flags)
{
	return PRE_SYS_CANCEL(tee, in, out, n, flags);
}

PRE_PUBLIC int flock(int fd, int operation)
{
	return PRE_SYS(flock, fd, operation);
}

PRE_PUBLIC int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return PRE_SYS(ioctl, fd, request, arg);
}

/* Process groups are negative: the plain command cannot tell them from errors. */
static int get_owner(int fd)
{
	struct f_owner_ex owner;
	int ret = PRE_SYS(fcntl, fd, F_GETOWN_EX, &owner);

	if (ret)
		return ret;
	return owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
}

PRE_PUBLIC int fcntl(int fd, int command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	switch (command) {
	case F_GETOWN:
		return get_owner(fd);
	case F_SETLKW:
	case F_OFD_SETLKW:
		return PRE_SYS_CANCEL(fcntl, fd, command, arg);
	}
	return PRE_SYS(fcntl, fd, command, arg);
}
PRE_ALIAS(fcntl, fcntl64);
PRE_ALIAS(fcntl, __fcntl);

PRE_PUBLIC int dup(int fd)
{
	return PRE_SYS(dup, fd);
}

PRE_PUBLIC int dup2(int from, int to)
{
	return PRE_SYS(dup2, from, to);
}
PRE_ALIAS(dup2, __dup2);

PRE_PUBLIC int dup3(int from, int to, int flags)
{
	return PRE_SYS(dup3, from, to, flags);
}

PRE_PUBLIC int close(int fd)
{
	return PRE_SYS_CANCEL(close, fd);
}
PRE_ALIAS(close, __close);

PRE_PUBLIC int close_range(unsigned int first, unsigned int last, int flags)
{
	return PRE_SYS(close_range, first, last, flags);
}

PRE_PUBLIC void closefrom(int first)
{
	int low = first > 0 ? first : 0;

	if (pre_call(SYS_close_range, low, ~0U, 0, 0, 0, 0))
		PRE_NEXT(closefrom)(first);	/* by way of /proc */
}
