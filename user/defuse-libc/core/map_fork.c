// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fork() of a process that has files mapped by the library's way.
 *
 * The child has no pager, and the parent, who has, may die.  So all pages that are
 * mapped are brought in before: then no page is missing in either, whatever becomes of
 * the other, and who writes to the file from now on brings in what he adds ("unpaged").
 * A child that the C library's fork() did not make has no such mapping at all.
 *
 * Registered after each library was loaded, and so called before what the library
 * itself does before a fork, which may be to take its locks.
 */
#include "map.h"

#include "enter.h"
#include "map_table.h"
#include "pager.h"
#include "point.h"

#include <sys/mman.h>

/* Of the thread that forks, which holds our locks: to it they are open (lock.h). */
static sigset_t fork_mask;
static _Atomic(const struct defuse_thread *) forker;

static void bring_in(struct dfl_map *map)
{
	struct dfl_pages *p = map->pages;
	int err = dfl_pages_lock(p, map->file);

	if (!err) {
		if (p->ledger)
			p->ledger->unpaged = 1;
		err = dfl_pages_fill(p, map->file, map->offset,
				     dfl_map_offset(map, map->end));
		dfl_pages_unlock(p);
	}
	/* If it cannot be brought in, the child shall fault. */
	if (!err && !map->nofork)
		dfl_raw(SYS_madvise, map->start, map->end - map->start, MADV_DOFORK);
}

bool dfl_map_forks_here(void)
{
	const struct defuse_thread *t = atomic_load_explicit(&forker, memory_order_relaxed);

	return t && t == dfl_libc->thread();
}

/* Called once for each mount: the first does it all. */
static void prepare(void)
{
	struct defuse_thread *t = dfl_libc->thread();
	struct dfl_map *map = NULL;
	struct dfl_scope scope;
	sigset_t mask;

	if (t->depth || dfl_map_forks_here())	/* fork() by a library */
		return;
	dfl_enter(&scope, t);
	dfl_maps_lock(&mask);
	while ((map = dfl_maps_next(map, DFL_PAGE, INTPTR_MAX)))
		bring_in(map);
	dfl_pages_fork_prepare();
	fork_mask = mask;
	atomic_store(&forker, t);
	dfl_point(map_fork_ready);
	dfl_leave(&scope);
}

static void keep_from_clones(void)
{
	struct dfl_map *map = NULL;

	while ((map = dfl_maps_next(map, DFL_PAGE, INTPTR_MAX)))
		dfl_raw(SYS_madvise, map->start, map->end - map->start, MADV_DONTFORK);
}

static void parent(void)
{
	sigset_t mask;

	if (!dfl_map_forks_here())
		return;
	keep_from_clones();
	mask = fork_mask;
	atomic_store(&forker, NULL);
	dfl_pages_fork_parent();
	dfl_maps_unlock(&mask);
}

void dfl_map_fork_child(void)
{
	if (!dfl_map_forks_here())
		return;
	atomic_store(&forker, NULL);
	dfl_maps_lock_child();
	dfl_pager_fork_child();
	dfl_pages_fork_child();
	dfl_point(map_fork_in_child);
	keep_from_clones();
	dfl_signals_restore(&fork_mask);
}

int dfl_map_fork_handlers(void)
{
	return pthread_atfork(prepare, parent, dfl_map_fork_child) ? -1 : 0;
}
