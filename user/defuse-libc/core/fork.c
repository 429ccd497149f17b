// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Forks, announced and not.
 *
 * fork(3) runs our handlers.  Those of the program run between them: before fork_child() they
 * may come into the core too, so the first entry in a child does its work.
 * Every other way to copy a process is found out by a page that the kernel empties in
 * copies (MADV_WIPEONFORK; since Linux 4.14).
 */
#include "fork.h"

#include "base.h"
#include "fdtable.h"
#include "handle.h"
#include "lock.h"
#include "map.h"
#include "mount.h"
#include "point.h"

#include <sys/mman.h>

#define PAGE	4096

_Atomic(const struct defuse_thread *) dfl_forking;

/* Which process this is, counted from the first; 0, by the kernel: a copy. */
static _Atomic unsigned int *mark;
static unsigned int last = 1;

/*
 * fork() by a library, on this very thread, finds locks that the thread itself holds
 * and will release, in the child too.
 */
static bool fork_inside(void)
{
	return dfl_libc->thread()->depth > 0;
}

static void fork_prepare(void)
{
	if (!*mark || fork_inside())
		return;
	dfl_mount_fork_prepare();
	dfl_fd_fork_prepare();
	dfl_handle_fork_prepare();
	dfl_base_fork_prepare();
	atomic_store(&dfl_forking, dfl_libc->thread());
	dfl_point(fork_prepared);
}

static void fork_parent(void)
{
	if (!dfl_forks_here())
		return;
	atomic_store(&dfl_forking, NULL);
	dfl_base_fork_parent();
	dfl_handle_fork_parent();
	dfl_fd_fork_parent();
	dfl_mount_fork_parent();
}

static void fork_child(void)
{
	if (fork_inside())
		*mark = ++last;
	if (!dfl_forks_here())
		return;		/* or an earlier handler of the program came in */
	*mark = ++last;
	atomic_store(&dfl_forking, NULL);
	dfl_base_fork_child();
	dfl_handle_fork_child();
	dfl_fd_fork_child();
	dfl_mount_fork_child();
	dfl_map_fork_child();
	dfl_point(fork_in_child);
}

bool dfl_fork_known(void)
{
	if (*mark)
		return true;
	if (dfl_forks_here())
		fork_child();
	return *mark;
}

unsigned int dfl_fork_generation(void)
{
	return atomic_load_explicit(mark, memory_order_relaxed);
}

int dfl_fork_init(void)
{
	static _Atomic unsigned int unwiped;
	long addr = dfl_raw(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (addr < 0 && addr > -4096)
		return -1;
	mark = (_Atomic unsigned int *)addr;
	if (dfl_raw(SYS_madvise, addr, PAGE, MADV_WIPEONFORK))
		mark = &unwiped;
	*mark = last;
	return pthread_atfork(fork_prepare, fork_parent, fork_child) ? -1 : 0;
}
