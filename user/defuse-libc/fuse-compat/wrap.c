// SPDX-License-Identifier: LGPL-2.1-or-later
#include "wrap.h"

#include "instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

/* Ends the program, not the process, while main() runs in init(). */
void __real_exit(int status) __attribute__((noreturn));
void __wrap_exit(int status) __attribute__((noreturn));
void __wrap_exit(int status)
{
	if (process_starting())
		process_gave_up();
	__real_exit(status);
}

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status)
{
	if (process_starting())
		process_gave_up();
	__real__exit(status);
}

int __real_atexit(void (*function)(void));
int __wrap_atexit(void (*function)(void));
int __wrap_atexit(void (*function)(void))
{
	return process_host ? 0 : __real_atexit(function);
}

/* Modes were masked before the file system saw them; others belong to the program. */
mode_t __real_umask(mode_t mask);
mode_t __wrap_umask(mode_t mask);
mode_t __wrap_umask(mode_t mask)
{
	return process_host ? process_host->umask() : __real_umask(mask);
}

/* A file system that lives by its working directory belongs in a server. */
static int refused(const char *what)
{
	if (process_starting()) {
		process_host->log(what);
		process_gave_up();
	}
	errno = EPERM;
	return -1;
}

int __real_chdir(const char *path);
int __wrap_chdir(const char *path);
int __wrap_chdir(const char *path)
{
	return process_host ? refused("it changes the working directory: use instance=shared") :
			      __real_chdir(path);
}

int __real_fchdir(int fd);
int __wrap_fchdir(int fd);
int __wrap_fchdir(int fd)
{
	return process_host ? refused("it changes the working directory: use instance=shared") :
			      __real_fchdir(fd);
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	return process_host ? refused("it forks: use instance=shared") : __real_fork();
}

int __real_daemon(int nochdir, int noclose);
int __wrap_daemon(int nochdir, int noclose);
int __wrap_daemon(int nochdir, int noclose)
{
	return process_host ? 0 : __real_daemon(nochdir, noclose);
}

int __real_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
int __wrap_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
int __wrap_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return __real_sigaction(sig, process_host ? NULL : act, old);
}

sighandler_t __real_signal(int sig, sighandler_t handler);
sighandler_t __wrap_signal(int sig, sighandler_t handler);
sighandler_t __wrap_signal(int sig, sighandler_t handler)
{
	return process_host ? SIG_DFL : __real_signal(sig, handler);
}

/* The descriptors it opens must not take the program's numbers. */
static int kept(int fd)
{
	if (fd < 0 || !process_host)
		return fd;
	fd = process_host->private_fd(fd);
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPENS(name)								\
int __real_##name(const char *path, int flags, ...);				\
int __wrap_##name(const char *path, int flags, ...);				\
int __wrap_##name(const char *path, int flags, ...)				\
{										\
	va_list args;								\
	mode_t mode;								\
										\
	va_start(args, flags);							\
	mode = mode_of(flags, args);						\
	va_end(args);								\
	return kept(__real_##name(path, flags, mode));				\
}

OPENS(open)
OPENS(open64)

#define OPENS_AT(name)								\
int __real_##name(int dirfd, const char *path, int flags, ...);			\
int __wrap_##name(int dirfd, const char *path, int flags, ...);			\
int __wrap_##name(int dirfd, const char *path, int flags, ...)			\
{										\
	va_list args;								\
	mode_t mode;								\
										\
	va_start(args, flags);							\
	mode = mode_of(flags, args);						\
	va_end(args);								\
	return kept(__real_##name(dirfd, path, flags, mode));			\
}

OPENS_AT(openat)
OPENS_AT(openat64)

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	if (!process_host)
		return __real_close(fd);
	process_host->close_fd(fd);
	return 0;
}

/*
 * closedir() would not tell the core that a private number is free.  So the stream has a
 * high number that is not private: safe from the program but for closefrom().
 */
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	int private, fd;
	DIR *dir;

	if (!process_host)
		return __real_opendir(path);
	private = kept(__real_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (private < 0)
		return NULL;
	fd = fcntl(private, F_DUPFD_CLOEXEC, private);
	process_host->close_fd(private);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		__real_close(fd);
	return dir;
}
