// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Functions that change, inside libc, what the core must know: which file an FD is,
 * that other FDs are behind the same memory, that the process ends.
 *
 * The FD that fclose() closes may have been opened by open() and fdopen(), so that it is in
 * the core's table.  Were it not taken out, the next file of that number would be
 * served as the old one.
 */
#include "front.h"

#include <dlfcn.h>
#include <mntent.h>
#include <pty.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmp.h>

/* FD of a stream, or -1; errno stays. */
static int number_of(FILE *stream)
{
	int error = errno, fd = stream ? fileno_unlocked(stream) : -1;

	errno = error;
	return fd;
}

PRE_PUBLIC int fclose(FILE *stream)
{
	int fd = number_of(stream), forgotten, ret;

	/* What is buffered is written by libc, through door 2; so no order is lost. */
	forgotten = pre_forget(fd);
	ret = PRE_NEXT(fclose)(stream);
	if (!ret && forgotten) {
		errno = -forgotten;
		ret = EOF;
	}
	return ret;
}

PRE_PUBLIC FILE *freopen(const char *path, const char *mode, FILE *stream)
{
	pre_forget(number_of(stream));
	return PRE_NEXT(freopen)(path, mode, stream);
}
PRE_ALIAS(freopen, freopen64);

PRE_PUBLIC int endmntent(FILE *stream)
{
	pre_forget(number_of(stream));
	return PRE_NEXT(endmntent)(stream);
}
PRE_ALIAS(endmntent, __endmntent);

static void standard_changed(void)
{
	pre_forget(STDIN_FILENO);
	pre_forget(STDOUT_FILENO);
	pre_forget(STDERR_FILENO);
}

PRE_PUBLIC int daemon(int nochdir, int noclose)
{
	int ret = PRE_NEXT(daemon)(nochdir, noclose);

	if (!ret && !noclose)
		standard_changed();
	return ret;
}

PRE_PUBLIC int login_tty(int fd)
{
	int ret;

	pre_forget(fd);
	ret = PRE_NEXT(login_tty)(fd);
	standard_changed();
	return ret;
}

PRE_PUBLIC int forkpty(int *leader, char *name, const struct termios *termp,
		       const struct winsize *winp)
{
	int ret = PRE_NEXT(forkpty)(leader, name, termp, winp);

	if (!ret)
		standard_changed();
	return ret;
}

/* For entry.S: NULL, or libc's own, which must see who calls it. */
void *pre_dlopen_of_libc(const char *file)
{
	return file && strchr(file, '/') && !strchr(file, '$') ? NULL : pre_next("dlopen");
}

/* Constructors hold the loader's lock, for which the core of another thread may wait. */
void *pre_dlopen(const char *file, int mode)
{
	uint64_t magic = pre_suspend();
	void *handle = PRE_NEXT(dlopen)(file, mode);

	pre_resume(magic);
	return handle;
}

PRE_PUBLIC int dlclose(void *handle)
{
	uint64_t magic = pre_suspend();
	int ret = PRE_NEXT(dlclose)(handle);

	pre_resume(magic);
	return ret;
}

/* A child in our memory, as one of vfork() (entry.S). */
PRE_PUBLIC int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	const bool count = (flags & CLONE_VM) && (flags & CLONE_VFORK) &&
			   pre_counts_children();
	pid_t *parent_tid, *child_tid;
	va_list args;
	void *tls;
	int ret;

	va_start(args, arg);
	parent_tid = va_arg(args, pid_t *);
	tls = va_arg(args, void *);
	child_tid = va_arg(args, pid_t *);
	va_end(args);
	if (count)
		pre_thread()->vfork++;
	ret = PRE_NEXT(clone)(fn, stack, flags, arg, parent_tid, tls, child_tid);
	if (count)
		pre_thread()->vfork--;
	return ret;
}
PRE_ALIAS(clone, __clone);

PRE_PUBLIC _Noreturn void _exit(int status)
{
	for (;;)
		pre_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}
PRE_ALIAS(_exit, _Exit);
