// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

enum fault fault;
unsigned int fault_at, fault_calls;
int fault_errno;
char fault_log[FAULT_LOG_MAX];
long fault_unreadable = -1;

ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_openat(int dir, const char *name, int flags, ...);
int __real_posix_fallocate(int fd, off_t at, off_t len);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_unlinkat(int dir, const char *name, int flags);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_openat(int dir, const char *name, int flags, ...);
int __wrap_posix_fallocate(int fd, off_t at, off_t len);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_unlinkat(int dir, const char *name, int flags);

void fault_reset(void)
{
	fault = FAULT_NONE;
	fault_at = 0;
	fault_calls = 0;
	memset(fault_log, 0, sizeof(fault_log));
}

/* The fault that this call meets, which is called @letter in the log */
static enum fault meet(char letter)
{
	size_t len = strlen(fault_log);

	if (len + 1 < FAULT_LOG_MAX)
		fault_log[len] = letter;
	if (++fault_calls != fault_at)
		return FAULT_NONE;
	if (fault == FAULT_KILL_BEFORE)
		kill(getpid(), SIGKILL);
	errno = fault_errno;
	return fault;
}

static void afterwards(enum fault met)
{
	if (met == FAULT_KILL_AFTER)
		kill(getpid(), SIGKILL);
}

static bool fails(enum fault met)
{
	return met == FAULT_ERROR || met == FAULT_HALF_ERROR;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	enum fault met = meet('w');
	ssize_t n;

	if (met == FAULT_ERROR)
		return -1;
	if (met == FAULT_HALF || met == FAULT_HALF_ERROR)
		len /= 2;
	n = len ? __real_pwrite(fd, bytes, len, at) : 0;
	afterwards(met);
	if (met == FAULT_HALF_ERROR) {
		errno = fault_errno;
		return -1;
	}
	return n;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
	if (fault_unreadable >= at && fault_unreadable < at + (off_t)len) {
		errno = EIO;
		return -1;
	}
	return __real_pread(fd, bytes, len, at);
}

static int sync_call(int fd, int (*real)(int fd))
{
	struct stat st;
	enum fault met = meet(!fstat(fd, &st) && S_ISDIR(st.st_mode) ? 'd' : 's');
	int ret;

	if (fails(met))
		return -1;
	ret = real(fd);
	afterwards(met);
	return ret;
}

int __wrap_fsync(int fd)
{
	return sync_call(fd, __real_fsync);
}

int __wrap_fdatasync(int fd)
{
	return sync_call(fd, __real_fdatasync);
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	enum fault met = FAULT_NONE;
	mode_t mode = 0;
	va_list args;
	int fd;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		/* The lock is not part of what must survive. */
		if (strcmp(name, "lock"))
			met = meet('c');
	}
	if (fails(met))
		return -1;
	fd = __real_openat(dir, name, flags, mode);
	afterwards(met);
	return fd;
}

int __wrap_posix_fallocate(int fd, off_t at, off_t len)
{
	enum fault met = meet('a');
	int ret;

	if (fails(met))
		return fault_errno;
	ret = __real_posix_fallocate(fd, at, len);
	afterwards(met);
	return ret;
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	enum fault met = meet('r');
	int ret;

	if (fails(met))
		return -1;
	ret = __real_renameat(from_dir, from, to_dir, to);
	afterwards(met);
	return ret;
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	enum fault met = meet('u');
	int ret;

	if (fails(met))
		return -1;
	ret = __real_unlinkat(dir, name, flags);
	afterwards(met);
	return ret;
}
