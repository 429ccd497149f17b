// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of mappings.  An array, so that malloc's own calls are let through without
 * a lock: what an application does to its own range at the same moment is its affair.
 */
#include "map_table.h"

#include "map.h"
#include "pager.h"

#include <assert.h>

#define MAPS	2048

static pthread_mutex_t maps_lock = PTHREAD_MUTEX_INITIALIZER;
static struct dfl_map maps[MAPS];
static _Atomic unsigned int high;	/* slots from here on were never used */
static unsigned int used;

void dfl_maps_lock(sigset_t *mask)
{
	dfl_signals_block(mask);
	if (!dfl_map_forks_here())
		pthread_mutex_lock(&maps_lock);
}

void dfl_maps_unlock(const sigset_t *mask)
{
	if (!dfl_map_forks_here())
		pthread_mutex_unlock(&maps_lock);
	dfl_signals_restore(mask);
}

void dfl_maps_lock_child(void)
{
	pthread_mutex_init(&maps_lock, NULL);
}

static bool overlaps(const struct dfl_map *map, uintptr_t addr, size_t len)
{
	uintptr_t start = atomic_load_explicit(&map->start, memory_order_acquire);
	uintptr_t end = atomic_load_explicit(&map->end, memory_order_relaxed);

	return start && addr < end && len > 0 && addr + len - 1 >= start;
}

bool dfl_map_overlaps(uintptr_t addr, size_t len)
{
	unsigned int n = atomic_load_explicit(&high, memory_order_acquire), i;

	for (i = 0; i < n; i++)
		if (overlaps(&maps[i], addr, len))
			return true;
	return false;
}

struct dfl_map *dfl_maps_next(const struct dfl_map *after, uintptr_t addr, size_t len)
{
	unsigned int i;

	for (i = after ? after - maps + 1 : 0; i < high; i++)
		if (overlaps(&maps[i], addr, len))
			return &maps[i];
	return NULL;
}

bool dfl_maps_room(unsigned int n)
{
	return used + n <= MAPS;
}

void dfl_maps_add(const struct dfl_map *map)
{
	unsigned int i;

	assert(dfl_maps_room(1) && map->start < map->end);
	for (i = 0; i < high && maps[i].start; i++)
		;
	maps[i].pages = map->pages;
	maps[i].file = map->file;
	maps[i].offset = map->offset;
	maps[i].shared = map->shared;
	maps[i].stores = map->stores;
	maps[i].nofork = map->nofork;
	atomic_store_explicit(&maps[i].end, map->end, memory_order_relaxed);
	atomic_store_explicit(&maps[i].start, map->start, memory_order_release);
	used++;
	if (i == high)
		atomic_store_explicit(&high, i + 1, memory_order_release);
}

void dfl_maps_split(uintptr_t addr)
{
	struct dfl_map *map = dfl_maps_next(NULL, addr, 1), upper;

	if (!map || map->start == addr)
		return;
	upper = *map;
	upper.start = addr;
	upper.offset = dfl_map_offset(map, addr);
	dfl_pages_hold(upper.pages);
	/* Cannot fail: the table has a reference. */
	if (!dfl_handle_hold(upper.file))
		assert(0);
	/* Both for a moment: nothing of ours may look as if it were not. */
	dfl_maps_add(&upper);
	atomic_store_explicit(&map->end, addr, memory_order_relaxed);
}

void dfl_maps_remove(uintptr_t addr, size_t len)
{
	struct dfl_map *map = NULL;

	dfl_maps_split(addr);
	dfl_maps_split(addr + len);
	while ((map = dfl_maps_next(map, addr, len))) {
		atomic_store_explicit(&map->start, 0, memory_order_release);
		used--;
		dfl_pages_put(map->pages);
		dfl_handle_put(map->file);
	}
}
