// SPDX-License-Identifier: GPL-2.0
/*
 * A core library for tools/check-glibc.  What it serves differs from what the
 * kernel would: data is in capitals, the target of every link is "core".  So a
 * program sees whether it was asked.  CORE_INIT says how it starts: "refuse".
 * CORE_FORGET=no: it does not listen to DEFUSE_NR_FORGET.  Who reads
 * a link die-ADDRESS is killed while it holds the mutex there.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <defuse/forget.h>
#include <defuse/hook.h>
#include <errno.h>
#include <linux/defuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct defuse_libc *libc;
static unsigned char ours[1024];
static int forgets = 1;

/* Read by probe.c. */
int core_inits, core_hooks, core_upcalls, core_wrong;

static long raw(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	return libc->raw(nr, a1, a2, a3, a4, a5, a6);
}

/* The rules of <defuse/hook.h> for the moment of a call. */
static void check(int upcall)
{
	struct defuse_thread *thread = libc->thread();

	__atomic_add_fetch(upcall ? &core_upcalls : &core_hooks, 1,
			   __ATOMIC_RELAXED);
	if (thread->depth || thread->vfork ||
	    (upcall && thread->magic != DEFUSE_ABLE_MAGIC))
		core_wrong++;
}

static long undeclared(long nr, long a1, long a2, long a3, long a4, long a5,
		       long a6)
{
	struct defuse_thread *thread = libc->thread();
	unsigned long magic = thread->magic;
	long ret;

	thread->depth++;
	thread->magic = 0;
	ret = raw(nr, a1, a2, a3, a4, a5, a6);
	thread->magic = magic;
	thread->depth--;
	return ret;
}

static long hook(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	int fd = (int)a1;	/* the upper half of an int is not defined */
	long ret, i;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	/* Not counted: malloc's own, and the stack that posix_spawn gives its child. */
	if (nr == SYS_mmap || nr == SYS_munmap)
		return DEFUSE_PASS;
	check(0);
	if (nr == SYS_exit_group && core_wrong)
		raw(SYS_write, 1, (long)"broken rules\n", 13, 0, 0, 0);
	if (nr == SYS_exit_group && getenv("CORE_EXIT"))
		raw(SYS_write, 1, (long)"finalized\n", 10, 0, 0, 0);
	if (fd < 0 || (size_t)fd >= sizeof(ours) || !ours[fd])
		return nr == SYS_exit_group ? 0 : DEFUSE_PASS;
	switch (nr) {
	case SYS_read:
		ret = raw(nr, a1, a2, a3, 0, 0, 0);
		for (i = 0; i < ret; i++)
			((char *)a2)[i] = toupper(((char *)a2)[i]);
		return ret;
	case SYS_close:
		ours[fd] = 0;
		return DEFUSE_PASS;
	case DEFUSE_NR_FORGET:
		ours[fd] = forgets ? 0 : 1;
		return 0;
	}
	return DEFUSE_PASS;
}

static void die_at(const char *where)
{
	if (!where)
		return;
	pthread_mutex_lock((pthread_mutex_t *)strtoul(where + 5, NULL, 16));
	raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
}

static long upcall(long nr, long a1, long a2, long a3, long a4, long a5,
		   long a6)
{
	long ret;

	check(1);
	switch (nr) {
	case SYS_mkdir:
		return -EDQUOT;
	case SYS_readlink:
		die_at(strstr((const char *)a1, "/die-"));
		memcpy((char *)a2, "core", 4);
		return 4;
	}
	ret = undeclared(nr, a1, a2, a3, a4, a5, a6);
	if (nr == SYS_openat && ret >= 0 && (size_t)ret < sizeof(ours))
		ours[ret] = 1;
	return ret;
}

const struct defuse_core *defuse_core_init(const struct defuse_libc *given)
{
	static const struct defuse_core core = {
		DEFUSE_HOOK_VERSION, sizeof(core), hook, upcall, NULL
	};
	const char *how = getenv("CORE_INIT");
	struct defuse_thread *thread = given->thread();
	FILE *file;

	core_inits++;
	if (given->version != DEFUSE_HOOK_VERSION ||
	    given->size != sizeof(*given) || thread->magic || !thread->depth)
		core_wrong++;
	if (how && !strcmp(how, "refuse")) {
		fputs("core: refused\n", stderr);
		return NULL;
	}
	forgets = !getenv("CORE_FORGET");
	/* A core uses the C library while it loads; and errno. */
	libc = given;
	file = fopen("/nonexistent", "r");
	if (file)
		fclose(file);
	usleep(20000);	/* others shall come meanwhile */
	return &core;
}
