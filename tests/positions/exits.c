// SPDX-License-Identifier: GPL-2.0
/*
 * The ends a process can make: what stdio holds reaches the library or not, as on
 * any file system, and the library is finalized once.
 */
#define _GNU_SOURCE
#include "positions.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the trap library says that it was finalized. */
#define FINALIZED	"/tmp/defuse-trap.finalized"

static long size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) ? 0 : st.st_size;
}

static FILE *out;

static void at_quick(void)
{
	fputs("quick", out);
	fflush(out);
}

static void at_normal(void)
{
	fputs("late", out);
}

static void *exits(void *arg)
{
	pthread_barrier_wait(arg);
	_exit(0);
}

static void end_exit(void)
{
	atexit(at_normal);
	exit(0);
}

static void end_underscore(void)
{
	_exit(0);
}

static void end_quick(void)
{
	at_quick_exit(at_quick);
	quick_exit(0);
}

static void end_killed(void)
{
	raise(SIGKILL);
}

/* Two threads at once: neither ends the process while the other finalizes. */
static void end_twice(void)
{
	pthread_barrier_t both;
	pthread_t thread;

	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&thread, NULL, exits, &both);
	exits(&both);
}

static void end_thread(void)
{
	pthread_exit(NULL);
}

static void end_exec(void)
{
	execl("/missing", "missing", NULL);
	exit(0);
}

/*
 * @end of a child that has 3 bytes in a stdio buffer: the exit status, the bytes that
 * reach the file, how often the library was finalized.
 */
static bool ends(void (*end)(void), int status, int bytes, int finalized)
{
	long before = size_of(FINALIZED);
	pid_t pid;

	unlink("buffered");
	pid = fork();
	if (!pid) {
		out = fopen("buffered", "w");
		fputs("abc", out);
		end();
		_exit(9);
	}
	ASK(wait_for(pid) == status);
	ASK(size_of("buffered") == bytes);
	ASK(size_of(FINALIZED) - before == finalized);
	return true;
}

void test_exits(void)
{
	int fd = numbered("ends");

	promote(fd);		/* the library is loaded here, and known to all children */
	TEST("exit() writes what is buffered, then finalizes", ends(end_exit, 0, 7, 1));
	TEST("_exit() finalizes", ends(end_underscore, 0, 0, 1));
	TEST("quick_exit() runs its handlers, then finalizes", ends(end_quick, 0, 8, 1));
	TEST("abort() does neither", ends(abort, 128 + SIGABRT, 0, 0));
	TEST("nor does being killed", ends(end_killed, 128 + SIGKILL, 0, 0));
	TEST("two threads call _exit()", ends(end_twice, 0, 0, 1));
	TEST("the last thread ends", ends(end_thread, 0, 3, 1));
	TEST("exec fails, then exit()", ends(end_exec, 0, 3, 1));
	close(fd);
}
