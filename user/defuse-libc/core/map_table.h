/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which addresses of this process are mapped by the library's way.
 *
 * Lock: dfl_maps_lock(), with signals blocked.  It is held while a library reads and
 * writes; the pager's thread takes it too, so no memory of the application is touched
 * under it.
 */
#ifndef DFL_MAP_TABLE_H
#define DFL_MAP_TABLE_H

#include "handle.h"
#include "pages.h"

/**
 * struct dfl_map - one range of addresses, whole pages
 * @start, @end: where; 0: free slot
 * @pages: what is mapped, from @offset on; a reference
 * @file:  a handle to read, and where @stores to write with; a reference
 * @shared: MAP_SHARED
 * @stores: what is stored here belongs to the file
 * @nofork: the application asked for MADV_DONTFORK
 */
struct dfl_map {
	_Atomic uintptr_t start, end;
	struct dfl_pages *pages;
	struct dfl_handle *file;
	uint64_t offset;
	bool shared, stores, nofork;
};

void dfl_maps_lock(sigset_t *mask);
void dfl_maps_unlock(const sigset_t *mask);
void dfl_maps_lock_child(void);

/* All with the lock held. */

/* The next range that overlaps, behind @after or from the beginning on; NULL: none. */
struct dfl_map *dfl_maps_next(const struct dfl_map *after, uintptr_t addr, size_t len);

/* Offset in the file of an address of @map, or of its end. */
static inline uint64_t dfl_map_offset(const struct dfl_map *map, uintptr_t addr)
{
	return map->offset + (addr - map->start);
}

/* Room for @n more ranges? */
bool dfl_maps_room(unsigned int n);

/* Enters a copy of @map, with the references it has. */
void dfl_maps_add(const struct dfl_map *map);

/* Makes a range begin at @addr, and one end there, if one goes across. */
void dfl_maps_split(uintptr_t addr);

/* Takes out what lies between; needs room for two. */
void dfl_maps_remove(uintptr_t addr, size_t len);

/* Writes back what was stored between (map.c).  Return: 0 or the first error. */
int dfl_maps_flush(uintptr_t addr, size_t len);

#endif /* DFL_MAP_TABLE_H */
