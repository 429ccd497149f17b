/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings on a private mount (DEFUSE_IOC_MAPS): while a file is mapped by anybody, its
 * data are in the kernel's page cache, and I/O has to go there.
 *
 * A counter is a number that is not 0 in its low half while the file is mapped; it
 * changes whenever a mapping is made.  On other mounts there are no counters.
 */
#ifndef DFL_MAPS_H
#define DFL_MAPS_H

#include "handle.h"
#include "mount.h"

/* The counters of the mount that @fd is on, mapped; NULL: not to be had. */
const _Atomic uint64_t *dfl_maps_get(int fd);

static inline uint64_t dfl_maps_counter(const struct dfl_handle *h)
{
	return h->maps ? atomic_load(h->maps) : 0;
}

/* The counter of all files. */
static inline uint64_t dfl_maps_of_mount(const struct dfl_mount *m)
{
	return m->maps ? atomic_load(m->maps) : 0;
}

static inline bool dfl_mapped(uint64_t counter)
{
	return (uint32_t)counter;
}

/* Which counter a file has; @ino: its st_ino, 0: it has none. */
const _Atomic uint64_t *dfl_maps_slot(const struct dfl_mount *m, uint64_t ino);

/**
 * dfl_maps_rewrite() - the library has written, and a mapping was made meanwhile
 * @fd, @flags: shadow FD, its status flags
 *
 * Writes once more, through the kernel.  Return: @n, or -errno.
 */
long dfl_maps_rewrite(int fd, int flags, const char *buf, size_t n, off_t pos);

#endif /* DFL_MAPS_H */
