// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The library `direct` with traps: things that happen to a thread in the middle of an
 * operation, where the core holds the position.  They lie in the data.
 *
 * TRAP:KILL   the process is killed when half of it is written
 * TRAP:RAISE  the thread gets SIGUSR1 when half of it is written, or when it is read
 *
 * A call in a child of fork() before atfork_child() kills the child.
 */
#include "direct.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The table of `direct`, of whose sources this is built, has another name, and the type. */
#undef defuse_fs_operations
__attribute__((visibility("default")))
struct direct_operations defuse_fs_operations;

/* One line for each time the library was finalized. */
#define FINALIZED	"/tmp/defuse-trap.finalized"

static int is_trap(const char *buf, size_t size, const char *what)
{
	return size >= strlen(what) && !memcmp(buf, what, strlen(what));
}

static int trap_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		      size_t *done)
{
	size_t half = size / 2, rest = 0;
	int err;

	if (!is_trap(buf, size, "TRAP:"))
		return direct_operations.write(fs, fh, buf, size, offset, done);
	err = direct_operations.write(fs, fh, buf, half, offset, done);
	if (is_trap(buf, size, "TRAP:KILL"))
		kill(getpid(), SIGKILL);
	if (is_trap(buf, size, "TRAP:RAISE"))
		raise(SIGUSR1);
	if (!err)
		err = direct_operations.write(fs, fh, buf + half, size - half,
					      offset + half, &rest);
	*done += rest;
	return err;
}

static int trap_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		     size_t *done)
{
	int err = direct_operations.read(fs, fh, buf, size, offset, done);

	if (!err && is_trap(buf, *done, "TRAP:RAISE"))
		raise(SIGUSR1);
	return err;
}

static pid_t owner;

/* How often a descriptor was closed; for the test that has loaded us. */
__attribute__((visibility("default"))) _Atomic unsigned int trap_flushes;

static void must_know(void)
{
	if (owner != getpid())
		abort();
}

static int trap_init(const char *mount_point, const char *backend,
		     const struct defuse_host *host, void **fs)
{
	owner = getpid();
	return direct_operations.init(mount_point, backend, host, fs);
}

static int trap_atfork_child(void *fs)
{
	(void)fs;
	owner = getpid();
	return 0;
}

static int trap_flush(void *fs, uint64_t fh)
{
	(void)fs;
	(void)fh;
	must_know();
	trap_flushes++;
	return 0;
}

static int trap_close(void *fs, uint64_t fh)
{
	must_know();
	return direct_operations.close(fs, fh);
}

/* Takes its time, so that another thread may end the process meanwhile. */
static void trap_finalize(void *fs)
{
	int fd, i;

	(void)fs;
	for (i = 0; i < 1000; i++)
		sched_yield();
	fd = open(FINALIZED, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0 && write(fd, "+", 1) == 1)
		close(fd);
}

__attribute__((constructor)) static void set(void)
{
	defuse_fs_operations = direct_operations;
	defuse_fs_operations.name = "trap";
	defuse_fs_operations.read = trap_read;
	defuse_fs_operations.write = trap_write;
	defuse_fs_operations.finalize = trap_finalize;
	defuse_fs_operations.init = trap_init;
	defuse_fs_operations.atfork_child = trap_atfork_child;
	defuse_fs_operations.flush = trap_flush;
	defuse_fs_operations.close = trap_close;
}
