// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mappings by the library's way: making them, faults in them, and the end of them.
 *
 * A mapping is one of the pages of pages.h.  No process may see the kernel's zeros where
 * a page is absent, so a mapping is inaccessible until the pager watches it, and no
 * child gets it but one of fork(), for which all absent pages are brought in first
 * (map_fork.c): any other child faults.
 *
 * With a lower tree only private mappings come here, and have pages of their own.
 */
#include "map.h"

#include "map_table.h"
#include "pager.h"
#include "point.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

/* Where no file has a page. */
#define NOWHERE		(1L << 46)

static bool failed(long ret)
{
	return ret < 0 && ret > -4096;
}

static size_t whole_pages(size_t len)
{
	return (len + DFL_PAGE - 1) & ~(DFL_PAGE - 1);
}

/* What mmap(2) says of a file opened in this way, in its order. */
static int check(const struct dfl_handle *h, const struct dfl_call *c)
{
	const int mode = atomic_load_explicit(&h->flags, memory_order_relaxed) & O_ACCMODE;
	const long type = c->a[3] & MAP_TYPE;

	if (c->a[5] & (DFL_PAGE - 1) || !c->a[1] || c->a[5] < 0)
		return -EINVAL;
	if ((size_t)c->a[1] > (size_t)NOWHERE || c->a[5] > NOWHERE - c->a[1])
		return -EOVERFLOW;
	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type != MAP_PRIVATE && c->a[2] & PROT_WRITE && mode != O_RDWR)
		return -EACCES;
	if (mode == O_WRONLY)
		return -EACCES;
	return h->dir ? -ENODEV : 0;
}

static int get_pages(struct dfl_handle *h, int fd, struct dfl_pages **out)
{
	if (h->mount->lower)
		return dfl_pages_private(h->mount, out);
	if (!dfl_pages_identify(h))
		return -ENODEV;
	return dfl_pages_get(h->mount, h->dev, h->ino, fd, true, out);
}

/* Makes the pages ready for @map to be made. */
static int prepare(const struct dfl_map *map, size_t len, bool all)
{
	struct dfl_pages *p = map->pages;
	long size;
	int err = dfl_pages_lock(p, map->file);

	if (err)
		return err;
	size = dfl_pages_size(p, map->file);
	err = size < 0 ? size : 0;
	if (!err && map->stores)
		err = dfl_pages_track(p);
	if (!err && !dfl_pager_answers()) {
		all = true;
		if (p->ledger)
			p->ledger->unpaged = 1;
	}
	if (!err && all)
		err = dfl_pages_fill(p, map->file, map->offset, map->offset + len);
	dfl_pages_unlock(p);
	return err;
}

/* An error that only the kernel knows, before anything is unmapped. */
static int try_map(const struct dfl_call *c, int fd)
{
	long addr;

	if (!(c->a[3] & MAP_FIXED) && !(c->a[2] & PROT_EXEC))
		return 0;
	if (c->a[0] & (DFL_PAGE - 1))
		return -EINVAL;
	addr = dfl_raw(SYS_mmap, 0, c->a[1], c->a[2],
		       c->a[3] & ~(MAP_FIXED | MAP_POPULATE | MAP_LOCKED), fd, c->a[5]);
	if (failed(addr))
		return addr;
	dfl_raw(SYS_munmap, addr, c->a[1]);
	return 0;
}

int dfl_maps_flush(uintptr_t addr, size_t len)
{
	struct dfl_map *map = NULL;
	int err = 0;

	while ((map = dfl_maps_next(map, addr, len))) {
		uintptr_t from = map->start > addr ? map->start : addr;
		uintptr_t to = map->end < addr + len ? map->end : addr + len;
		const bool all = from == map->start && to == map->end;
		int one;

		if (!map->stores)
			continue;
		one = dfl_pages_lock(map->pages, map->file);
		if (!one) {
			/* All of the file: what others stored, who were killed. */
			one = dfl_pages_flush(map->pages, map->file,
					      all ? 0 : dfl_map_offset(map, from),
					      all ? INT64_MAX : dfl_map_offset(map, to));
			dfl_pages_unlock(map->pages);
		}
		err = err ?: one;
	}
	return err;
}

/* The lock is held.  @prot: at once, or 0 where the pager must watch first. */
static long place(const struct dfl_call *c, struct dfl_map *map, long prot)
{
	const size_t len = whole_pages(c->a[1]);
	const bool fixed = c->a[3] & MAP_FIXED;
	long addr;

	if (!dfl_maps_room(3))
		return -ENOMEM;
	if (fixed)
		dfl_maps_flush(c->a[0], len);
	addr = dfl_raw(SYS_mmap, c->a[0], c->a[1], prot, c->a[3], map->pages->fd,
		       map->offset);
	if (failed(addr))
		return addr;
	dfl_point(map_placed);
	if (fixed)
		dfl_maps_remove(addr, len);
	/* The child of a raw clone() must fault rather than read zeros. */
	if (dfl_raw(SYS_madvise, addr, len, MADV_DONTFORK) ||
	    (dfl_pager_answers() && dfl_pager_register(addr, len))) {
		dfl_raw(SYS_munmap, addr, len);
		return -ENOMEM;
	}
	map->start = addr;
	map->end = addr + len;
	dfl_maps_add(map);
	return addr;
}

static long map_pages(const struct dfl_call *c, struct dfl_map *map)
{
	const bool all = c->a[3] & (MAP_POPULATE | MAP_LOCKED);
	sigset_t mask;
	bool hidden;
	long addr;
	int err;

	err = prepare(map, c->a[1], all) ?: try_map(c, map->pages->fd);
	if (err)
		return err;
	dfl_point(map_prepared);
	hidden = dfl_pager_answers();
	dfl_maps_lock(&mask);
	addr = place(c, map, hidden ? PROT_NONE : c->a[2]);
	dfl_maps_unlock(&mask);
	if (failed(addr) || !hidden || !c->a[2])
		return addr;
	dfl_point(map_watched);
	/* Not under the lock: locked memory faults here, and the pager is asked. */
	err = dfl_raw(SYS_mprotect, addr, c->a[1], c->a[2]);
	if (err) {
		dfl_maps_lock(&mask);
		dfl_raw(SYS_munmap, addr, c->a[1]);
		/* With what the table had, the caller's references go. */
		dfl_pages_hold(map->pages);
		if (dfl_handle_hold(map->file))
			dfl_maps_remove(addr, whole_pages(c->a[1]));
		dfl_maps_unlock(&mask);
		return err;
	}
	return addr;
}

long dfl_map_file(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_map map = {
		.file = h,
		.offset = c->a[5],
		.shared = (c->a[3] & MAP_TYPE) != MAP_PRIVATE,
	};
	long ret;

	if (!h->mount->paging || (h->mount->lower && map.shared))
		return DFL_DOOR2;
	ret = check(h, c);
	if (ret)
		return ret;
	map.stores = map.shared && (h->flags & O_ACCMODE) == O_RDWR;
	/* The errors here have no errno that mmap(2) knows. */
	if (dfl_pager_start())
		return -ENODEV;
	ret = get_pages(h, c->a[4], &map.pages);
	if (ret)
		return ret == -ENOENT ? -ENODEV : ret;
	if (dfl_handle_hold(h)) {
		ret = map_pages(c, &map);
		if (!failed(ret))
			return ret;
		dfl_handle_put(h);
	} else {
		ret = -EBADF;
	}
	dfl_pages_put(map.pages);
	return ret;
}

/* No page of the file can be had: as if the file ended before it. */
static void cannot_fill(uintptr_t addr)
{
	sigset_t mask;
	struct dfl_map *map;

	dfl_maps_lock(&mask);
	map = dfl_maps_next(NULL, addr, 1);
	if (map && dfl_raw(SYS_mmap, addr, DFL_PAGE, PROT_READ,
			   MAP_SHARED | MAP_FIXED, map->pages->fd, NOWHERE) == (long)addr)
		dfl_raw(SYS_madvise, addr, DFL_PAGE, MADV_DONTFORK);
	dfl_maps_unlock(&mask);
}

/* Brings in the page at @pos and some around it.  The range is in *@start, *@end. */
static int bring_in(struct dfl_pages *p, struct dfl_handle *h, uint64_t pos,
		    uint64_t *start, uint64_t *end)
{
	int err = dfl_pages_lock(p, h);

	if (err)
		return err;
	*start = pos & ~(DFL_BATCH_MIN - 1);
	if (pos == p->next_fault) {
		*start = pos;
		p->batch = p->batch < DFL_BATCH_MAX ? 2 * p->batch : DFL_BATCH_MAX;
	} else {
		p->batch = DFL_BATCH_MIN;
	}
	*end = *start + p->batch;
	p->next_fault = *end;
	err = dfl_pages_fill(p, h, *start, *end);
	dfl_pages_unlock(p);
	return err;
}

void dfl_map_fault(uintptr_t addr)
{
	uint64_t start = 0, end = 0;
	struct dfl_map copy = { 0 };
	struct dfl_map *map;
	sigset_t mask;
	uint64_t pos;

	dfl_maps_lock(&mask);
	map = dfl_maps_next(NULL, addr, 1);
	if (map && dfl_handle_hold(map->file)) {
		copy = *map;
		dfl_pages_hold(copy.pages);
	}
	dfl_maps_unlock(&mask);
	if (!copy.file) {	/* unmapped meanwhile */
		dfl_pager_wake(addr, DFL_PAGE);
		return;
	}
	dfl_count(copy.file->mount, faults);
	pos = dfl_map_offset(&copy, addr);
	if (bring_in(copy.pages, copy.file, pos, &start, &end))
		cannot_fill(addr);
	dfl_point(fault_served);
	start = start > copy.offset ? start : copy.offset;
	end = end < dfl_map_offset(&copy, copy.end) ? end : dfl_map_offset(&copy, copy.end);
	if (start < end)
		dfl_pager_wake(copy.start + (start - copy.offset), end - start);
	else
		dfl_pager_wake(addr, DFL_PAGE);
	dfl_pages_put(copy.pages);
	dfl_handle_put(copy.file);
}
