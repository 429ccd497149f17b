// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Calls about addresses that we have mapped.
 *
 * What the kernel does to a mapping of shared memory is right in most cases; here is what
 * it cannot know: that stores must reach the library, and what may be stored to.
 */
#include "map.h"

#include "map_table.h"
#include "point.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static bool failed(long ret)
{
	return ret < 0 && ret > -4096;
}

static size_t whole_pages(size_t len)
{
	return (len + DFL_PAGE - 1) & ~(DFL_PAGE - 1);
}

/* munmap(), and mmap() of something else over ours. */
static long replace(const struct dfl_call *c)
{
	sigset_t mask;
	long ret;

	dfl_maps_lock(&mask);
	if (dfl_maps_room(2)) {
		dfl_maps_flush(c->a[0], whole_pages(c->a[1]));
		dfl_point(map_flushed);
		ret = dfl_repeat(c);
		dfl_point(map_replaced);
		if (!failed(ret))
			dfl_maps_remove(c->a[0], whole_pages(c->a[1]));
	} else {
		ret = -ENOMEM;
	}
	dfl_maps_unlock(&mask);
	return ret;
}

static int sync_files(uintptr_t addr, size_t len)
{
	struct dfl_map *map = NULL;
	int err = 0;

	while ((map = dfl_maps_next(map, addr, len))) {
		struct dfl_mount *m = map->file->mount;
		int one = 0;

		if (map->stores && m->ops.fsync)
			one = m->ops.fsync(m->fs, map->file->fh, 0);
		err = err ?: one;
	}
	return err;
}

static long serve_msync(const struct dfl_call *c)
{
	sigset_t mask;
	long ret = dfl_repeat(c);

	if (ret)
		return ret;
	dfl_maps_lock(&mask);
	ret = dfl_maps_flush(c->a[0], whole_pages(c->a[1]));
	if (!ret && c->a[2] & MS_SYNC)
		ret = sync_files(c->a[0], whole_pages(c->a[1]));
	dfl_maps_unlock(&mask);
	return ret ? -EIO : 0;
}

static long serve_mprotect(const struct dfl_call *c)
{
	struct dfl_map *map = NULL;
	sigset_t mask;
	long ret = 0;

	dfl_maps_lock(&mask);
	while (!ret && (map = dfl_maps_next(map, c->a[0], c->a[1])))
		if (c->a[2] & PROT_WRITE && map->shared && !map->stores)
			ret = -EACCES;
	dfl_maps_unlock(&mask);
	return ret ?: dfl_repeat(c);
}

/* The file has zeros there from now on.  The lock is held. */
static int punch(struct dfl_map *map, uint64_t pos, uint64_t end)
{
	struct dfl_pages *p = map->pages;
	struct dfl_mount *m = map->file->mount;
	char *zeros = p->buf;
	int err = dfl_pages_lock(p, map->file);
	size_t put = 0;
	long size;

	if (err)
		return err;
	size = dfl_pages_size(p, map->file);
	if (size < 0)
		err = size;
	else if (end > (uint64_t)size)
		end = size;
	memset(zeros, 0, DFL_BATCH_MAX);
	while (!err && pos < end) {
		size_t n = end - pos < DFL_BATCH_MAX ? end - pos : DFL_BATCH_MAX;

		err = m->ops.write ?
			      m->ops.write(m->fs, map->file->fh, zeros, n, pos, &put) :
			      -EOPNOTSUPP;
		dfl_point(hole_written);
		if (!err && !put)
			err = -ENOSPC;
		err = err ?: dfl_pages_overwrite(p, zeros, put, pos);
		pos += put;
	}
	dfl_pages_unlock(p);
	return err;
}

/* The kernel would make a hole in the pages alone, and the file would fill it again. */
static long madvise_remove(uintptr_t addr, size_t len)
{
	struct dfl_map *map = NULL;
	int err = 0;

	while (!err && (map = dfl_maps_next(map, addr, len))) {
		uintptr_t from = map->start > addr ? map->start : addr;
		uintptr_t to = map->end < addr + len ? map->end : addr + len;

		err = map->stores ? punch(map, dfl_map_offset(map, from),
					  dfl_map_offset(map, to)) : -EACCES;
	}
	return err;
}

static long madvise_fork(uintptr_t addr, size_t len, bool nofork)
{
	struct dfl_map *map = NULL;

	if (!dfl_maps_room(2))
		return -ENOMEM;
	dfl_maps_split(addr);
	dfl_maps_split(addr + len);
	while ((map = dfl_maps_next(map, addr, len)))
		map->nofork = nofork;
	return 0;
}

static long serve_madvise(const struct dfl_call *c)
{
	const size_t len = whole_pages(c->a[1]);
	sigset_t mask;
	long ret;

	if (c->a[0] & (DFL_PAGE - 1) ||
	    (c->a[2] != MADV_REMOVE && c->a[2] != MADV_DOFORK && c->a[2] != MADV_DONTFORK))
		return dfl_repeat(c);
	dfl_maps_lock(&mask);
	if (c->a[2] == MADV_REMOVE)
		ret = madvise_remove(c->a[0], len);
	else
		ret = madvise_fork(c->a[0], len, c->a[2] == MADV_DONTFORK);
	dfl_maps_unlock(&mask);
	return ret;
}

/*
 * The kernel forgets that a mapping was watched when it moves: so nothing may be absent,
 * of what it shows now and of what it will show when the file grows.
 */
static int fill_all(struct dfl_map *map, uint64_t offset, size_t len)
{
	struct dfl_pages *p = map->pages;
	int err = dfl_pages_lock(p, map->file);

	if (err)
		return err;
	if (p->ledger)
		p->ledger->unpaged = 1;
	err = dfl_pages_fill(p, map->file, offset, offset + len);
	dfl_pages_unlock(p);
	return err;
}

static long move(const struct dfl_call *c, struct dfl_map *map)
{
	const size_t old_len = whole_pages(c->a[1]), new_len = whole_pages(c->a[2]);
	struct dfl_map moved = *map;
	long ret;

	moved.offset = dfl_map_offset(map, c->a[0]);
	ret = fill_all(map, moved.offset, new_len);
	if (ret)
		return -ENOMEM;
	if (c->a[3] & MREMAP_FIXED)
		dfl_maps_flush(c->a[4], new_len);
	ret = dfl_repeat(c);
	if (failed(ret))
		return ret;
	dfl_point(map_moved);
	dfl_pages_hold(moved.pages);
	if (!dfl_handle_hold(moved.file))
		return -EFAULT;		/* cannot be: the table has a reference */
	if (old_len)
		dfl_maps_remove(c->a[0], old_len);
	if (c->a[3] & MREMAP_FIXED)
		dfl_maps_remove(c->a[4], new_len);
	moved.start = ret;
	moved.end = ret + new_len;
	dfl_maps_add(&moved);
	return ret;
}

static long serve_mremap(const struct dfl_call *c)
{
	const size_t old_len = whole_pages(c->a[1]), new_len = whole_pages(c->a[2]);
	struct dfl_map *map;
	sigset_t mask;
	long ret;

	if (c->a[0] & (DFL_PAGE - 1) || !new_len)
		return dfl_repeat(c);
	dfl_maps_lock(&mask);
	map = dfl_maps_next(NULL, c->a[0], 1);
	if (!dfl_maps_room(4)) {
		ret = -ENOMEM;
	} else if (c->a[3] & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) {
		ret = -EINVAL;		/* MREMAP_DONTUNMAP would leave zeros behind */
	} else if (!map) {
		/* Something else that moves over ours. */
		dfl_maps_flush(c->a[4], new_len);
		ret = dfl_repeat(c);
		if (!failed(ret))
			dfl_maps_remove(c->a[4], new_len);
	} else if ((uintptr_t)c->a[0] + old_len > map->end) {
		ret = -EFAULT;		/* more than one mapping */
	} else if (new_len <= old_len && !(c->a[3] & MREMAP_FIXED)) {
		if (new_len < old_len)
			dfl_maps_flush(c->a[0] + new_len, old_len - new_len);
		ret = dfl_repeat(c);
		if (!failed(ret) && new_len < old_len)
			dfl_maps_remove(c->a[0] + new_len, old_len - new_len);
	} else {
		ret = move(c, map);
	}
	dfl_maps_unlock(&mask);
	return ret;
}

long dfl_map_serve(const struct dfl_call *c)
{
	switch (c->nr) {
	case SYS_mmap:
	case SYS_munmap:
		return c->a[0] & (DFL_PAGE - 1) ? -EINVAL : replace(c);
	case SYS_mremap:
		return serve_mremap(c);
	case SYS_msync:
		return serve_msync(c);
	case SYS_madvise:
		return serve_madvise(c);
	case SYS_mprotect:
		return serve_mprotect(c);
	}
	return dfl_repeat(c);
}

void dfl_map_flush_all(void)
{
	sigset_t mask;

	if (!dfl_map_overlaps(DFL_PAGE, INTPTR_MAX))
		return;
	dfl_maps_lock(&mask);
	dfl_maps_flush(DFL_PAGE, INTPTR_MAX);
	dfl_point(maps_flushed);
	dfl_maps_unlock(&mask);
}
